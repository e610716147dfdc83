// Shell: the whole window as a picture of the session
//
// Nothing here keeps state: what is open, scrolled, typed or focused is the session's. What the
// mouse can do is in the regions of the canvas; viz/app/controls.hpp turns events into actions by
// them.
#pragma once

#include "viz/app/session.hpp"
#include "viz/kit/canvas.hpp"

namespace orrery::viz {

void draw_window(Canvas& c, const Session& s);

// Pixels a point of the window: as wanted, or less, down to a quarter, where the window would lack
// the room to be drawn in.
float fitting_scale(float wanted, Size pixels);

// Where the parts of the window lie at a size; empty rectangles are not on show.
struct WindowLayout {
    bool too_small = false;
    bool rail = false;    // the left pane is its 48 px rail
    bool drawer = false;  // the right pane lies over the picture
    Rect top, left, right, centre, transport, status;
    Rect header, compare, picture, knobs;  // of the centre
};
WindowLayout window_layout(const Session& s, Size size);

}  // namespace orrery::viz
