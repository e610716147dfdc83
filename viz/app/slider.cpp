#include "viz/app/slider.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/text.hpp"

namespace orrery::viz {

static bool is_log(const Knob& knob) { return knob.scale == Scale::log && knob.low > 0; }

double slider_fraction(const Knob& knob, double value) {
    if (!(knob.high > knob.low)) return 0;
    const double fraction = is_log(knob)
                                ? std::log(value / knob.low) / std::log(knob.high / knob.low)
                                : (value - knob.low) / (knob.high - knob.low);
    return std::clamp(std::isfinite(fraction) ? fraction : 0.0, 0.0, 1.0);
}

std::string slider_value(const Knob& knob, double fraction) {
    fraction = std::clamp(fraction, 0.0, 1.0);
    if (fraction <= 0) return number_text(knob.low);
    if (fraction >= 1) return number_text(knob.high);
    const double value = is_log(knob) ? knob.low * std::pow(knob.high / knob.low, fraction)
                                      : knob.low + fraction * (knob.high - knob.low);
    if (knob.type == Knob::Type::integer || knob.type == Knob::Type::toggle)
        return number_text(std::round(value));
    if (is_log(knob)) return number_text(std::clamp(value, knob.low, knob.high), 3);
    // As many digits as a two-hundredth of the range needs.
    const double grain = std::pow(10.0, std::floor(std::log10((knob.high - knob.low) / 200)));
    const double rounded = std::clamp(std::round(value / grain) * grain, knob.low, knob.high);
    return number_text(std::abs(rounded) < grain / 2 ? 0.0 : rounded, 6);
}

std::string slider_nudge(const Knob& knob, const Knobs& knobs, int steps) {
    switch (knob.type) {
        case Knob::Type::integer:
            return number_text(
                std::clamp(double(knobs.integer(knob.name) + steps), knob.low, knob.high));
        case Knob::Type::toggle:
            return steps > 0 ? "true" : "false";
        case Knob::Type::choice: {
            const auto at =
                std::find(knob.choices.begin(), knob.choices.end(), knobs.choice(knob.name));
            const int i = int(at - knob.choices.begin()) + steps;
            return knob.choices[std::size_t(std::clamp(i, 0, int(knob.choices.size()) - 1))];
        }
        case Knob::Type::real:
            return slider_value(knob,
                                slider_fraction(knob, knobs.number(knob.name)) + steps * 0.01);
        case Knob::Type::text:
            break;
    }
    return knobs.text(knob.name);
}

}  // namespace orrery::viz
