// Studio: paints a canvas into memory with the current OpenGL context
#pragma once

#include <memory>

#include "viz/app/window/gl_paint.hpp"
#include "viz/kit/canvas.hpp"
#include "viz/kit/fonts.hpp"
#include "viz/kit/png.hpp"

struct ImGuiContext;

namespace orrery::viz {

// Fonts, painter and Dear ImGui context of its own; the caller's stays the current one.
class Studio {
   public:
    Studio();
    // ValueError when the picture would be larger than 16384 pixels.
    Image picture(const Canvas& canvas, float scale);

   private:
    ImGuiContext* imgui_ = nullptr;
    std::unique_ptr<FontSet> fonts_;
    std::unique_ptr<GlPainter> painter_;
};

}  // namespace orrery::viz
