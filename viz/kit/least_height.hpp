// Least height: in less than a picture needs it is laid out as if it had it, and drawn smaller
#pragma once

#include <functional>

#include "viz/kit/canvas.hpp"
#include "viz/kit/view.hpp"

namespace orrery::viz {

// Calls `draw` with the canvas and the view to draw on. A gallery card is left as it is.
void with_least_height(Canvas& c, const View& view, float least,
                       const std::function<void(Canvas&, const View&)>& draw);

}  // namespace orrery::viz
