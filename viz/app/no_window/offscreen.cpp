#include "viz/app/offscreen.hpp"

#include "core/base/error.hpp"

namespace orrery::viz {

std::string offscreen_problem() {
    return "this build has no OpenGL, so it makes no PNG: write an .svg, or build with the preset "
           "release";
}

Image render(const Canvas&, float) { throw Error("shot: " + offscreen_problem()); }
std::string render_png(const Canvas&, float, const Notes&) {
    throw Error("shot: " + offscreen_problem());
}

}  // namespace orrery::viz
