// Slider: a knob's value as a fraction of its range, and back
#pragma once

#include <string>

#include "viz/kit/knobs.hpp"

namespace orrery::viz {

// Where the value lies in the range, 0 to 1, by the knob's scale.
double slider_fraction(const Knob& knob, double value);
// The value at a fraction, as `set` takes it: whole for integers, three digits for reals.
std::string slider_value(const Knob& knob, double fraction);
// `steps` arrow keys away: 1 for integers, a hundredth of the range for reals, the next choice.
std::string slider_nudge(const Knob& knob, const Knobs& knobs, int steps);

}  // namespace orrery::viz
