// SVG: a canvas as a file, with text as text
#pragma once

#include <string>

#include "viz/kit/canvas.hpp"
#include "viz/kit/png.hpp"

namespace orrery::viz {

// Matrices of up to 48 × 48 cells are rectangles, larger ones an embedded picture. Notes become the
// title and the metadata.
std::string to_svg(const Canvas& canvas, const Notes& notes = {});

}  // namespace orrery::viz
