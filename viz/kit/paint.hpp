// Paint: a canvas's display list drawn with a Dear ImGui draw list
//
// The same function paints the window and the pictures made without one.
#pragma once

#include "viz/kit/canvas.hpp"
#include "viz/kit/fonts.hpp"

struct ImDrawList;

namespace orrery::viz {

// Draws matrices; the one thing a draw list can not (viz/app/window/gl_paint).
class MatrixPainter {
   public:
    virtual ~MatrixPainter() = default;
    // `box` is in the pixels of the draw list; `scale` is that of gaps and hatches.
    virtual void paint(ImDrawList& list, const DrawMatrix& matrix, const Rect& box,
                       float scale) = 0;
};

// Paints all layers, the page first. The canvas's origin goes to `origin`, in pixels of the draw
// list. The list must belong to a context whose fonts are `fonts`.
void paint(const Canvas& canvas, ImDrawList& list, const FontSet& fonts, MatrixPainter& matrices,
           Point origin, float scale);

}  // namespace orrery::viz
