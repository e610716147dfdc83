#include "viz/app/offscreen.hpp"

#include "viz/app/window/studio.hpp"

namespace orrery::viz {

// The page's own WebGL context is always there.
std::string offscreen_problem() { return ""; }

Image render(const Canvas& canvas, float scale) {
    static Studio* studio = new Studio;
    return studio->picture(canvas, scale);
}

std::string render_png(const Canvas& canvas, float scale, const Notes& notes) {
    return encode_png(render(canvas, scale), notes);
}

}  // namespace orrery::viz
