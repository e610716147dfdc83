#include "viz/kit/scale_ends.hpp"

#include <algorithm>
#include <cmath>

namespace orrery::viz {

float largest_of(std::span<const float> values) {
    float most = 0;
    for (float v : values)
        if (std::isfinite(v)) most = std::max(most, std::abs(v));
    return most;
}

float largest_of(const Trace& trace, const View& view,
                 std::initializer_list<std::string_view> names) {
    float most = 0;
    for (const Trace* t : {&trace, view.beside})
        for (std::string_view name : names)
            if (const Entry* entry = t ? t->find(name) : nullptr)
                most = std::max(most, largest_of(entry->tensor));
    return most;
}

float round_up(float value) {
    if (!(value > 0) || !std::isfinite(value)) return 1;
    const float unit = std::pow(10.0f, std::floor(std::log10(value)));
    for (float step : {1.0f, 1.5f, 2.0f, 3.0f, 4.0f, 5.0f, 6.0f, 8.0f, 10.0f})
        if (value <= step * unit * 1.0001f) return step * unit;
    return value;
}

}  // namespace orrery::viz
