// Layout: what a reader would complain about, found in what a canvas recorded
#pragma once

#include <string>
#include <vector>

#include "viz/kit/canvas.hpp"

namespace orrery::test {

// One line for each text that overlaps another, is cut off, lies outside the canvas, is smaller
// than 13 pixels, has characters no font draws, or is a missing string ("⟦key⟧"). Empty when all is
// well. Text that a later opaque rectangle hides, and text scrolled out of a scroll region, do not
// count.
std::vector<std::string> layout_problems(const viz::Canvas& canvas);

}  // namespace orrery::test
