// Numbers as text: the one place that decides how a value is written
//
// Drawing, tooltip, text description and export all use these, so that what is shown is what is
// stored.
#pragma once

#include <string>

#include "viz/kit/language.hpp"

namespace orrery::viz {

// "%.4g" with a real minus sign (−), "NaN", "+∞", "−∞"; -0 is "0". Nine digits when `full`.
std::string format_value(double value, bool full = false);
// As short as fits `characters`: for the inside of small cells. Never a wrong digit.
std::string format_short(double value, int characters);
// Counts and bytes: "1.2 k", "3.4 MB" (powers of 1000), "12". In Chinese numbers are counted in ten
// thousands: "1.2 万", "3.4 亿".
std::string format_count(double value, Language language = Language::english);
std::string format_bytes(double value);

}  // namespace orrery::viz
