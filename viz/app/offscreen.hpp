// Off-screen: a canvas as pixels, without any display
//
// OpenGL in software or hardware through EGL without a surface, with the window's own painter and
// shader. A build without the window has no pictures as PNG; SVG needs none of this.
#pragma once

#include <string>

#include "viz/kit/canvas.hpp"
#include "viz/kit/png.hpp"

namespace orrery::viz {

// Empty when pictures can be made here, else why not and what to do.
std::string offscreen_problem();
// The picture at `scale` pixels a logical pixel. Error with offscreen_problem(), ValueError when
// the picture would be larger than 16384 pixels.
Image render(const Canvas& canvas, float scale = 1);
// Likewise as the bytes of a PNG file.
std::string render_png(const Canvas& canvas, float scale = 1, const Notes& notes = {});

}  // namespace orrery::viz
