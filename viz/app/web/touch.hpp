// Touch: fingers as what the mouse does
//
// A tap on a cell is a hover, a long press locks it, a tap on anything else is a click. One finger
// drags sliders and edges and scrolls everything else; two zoom the matrix between them.
#pragma once

#include "viz/app/controls.hpp"

namespace orrery::viz {

class Touch {
   public:
    explicit Touch(Controls& controls) : controls_(controls) {}

    enum class What { down, moved, up, cancelled, held };
    void event(What what, int finger, Point at);

   private:
    struct Finger {
        int id = -1;
        Point begin, at;
    };
    Finger* find(int id);
    const Region* under(Point at) const;
    void pinch(const Finger& moved, Point to);

    Controls& controls_;
    Finger fingers_[2];
    enum class Doing { nothing, waiting, dragging, scrolling, pinching, done } doing_{};
};

}  // namespace orrery::viz
