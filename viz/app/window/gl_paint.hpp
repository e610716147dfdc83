// GlPainter: paints canvases with OpenGL, matrices by a fragment shader
//
// A matrix is one float texture and a colour map of 256 entries; a fragment looks up the cells
// under it. Below one pixel a cell it takes the value of largest size of a pooled copy (2^k cells a
// texel along each axis on its own), so that a single spike never disappears and a zoom costs at
// most nine look-ups.
#pragma once

#include <memory>

#include "viz/kit/paint.hpp"

namespace orrery::viz {

// Needs a current OpenGL 3.3 context when made, used and destroyed. Error when the shader does not
// compile.
class GlPainter final : public MatrixPainter {
   public:
    GlPainter();
    ~GlPainter() override;
    GlPainter(const GlPainter&) = delete;
    GlPainter& operator=(const GlPainter&) = delete;

    // Once a frame, before the first paint: forgets what the last frame drew, frees what was not
    // used.
    void begin_frame();
    void paint(ImDrawList& list, const DrawMatrix& matrix, const Rect& box, float scale) override;

    // Bytes of textures held.
    std::size_t bytes() const;

    struct State;

   private:
    std::unique_ptr<State> state_;
};

}  // namespace orrery::viz
