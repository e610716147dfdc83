// Fade: what the cell under the mouse has nothing to do with steps back
//
// It works on the regions that a picture has recorded, so no panel does anything for it. Words and
// arrows stay as they are: only cells are dimmed.
#pragma once

#include "viz/kit/canvas.hpp"
#include "viz/kit/view.hpp"

namespace orrery::viz {

inline constexpr float faded_alpha = 0.3f;  // of what is unrelated

// Draws a veil in the colour of the ground over the cells that are not the chosen cell's row or
// column, nor its operands. `amount` from 0 (nothing is drawn) to 1. A cell whose operands are not
// known dims nothing: no one can say what it has nothing to do with.
void fade_unrelated(Canvas& c, const View& view, float amount);

}  // namespace orrery::viz
