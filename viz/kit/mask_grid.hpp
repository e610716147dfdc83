// Mask grid: who may see whom, a dot or a hatch in every cell, to be clicked and painted
#pragma once

#include <string>

#include "core/tensor/tensor.hpp"
#include "viz/kit/canvas.hpp"
#include "viz/kit/view.hpp"

namespace orrery::viz {

struct MaskGridLook {
    std::string tensor = "mask";  // the entry of the trace that hovering selects
    std::string paint;            // the input that is painted ("mask"); "" none
    float reveal = 1;             // share of the rows that are there already
    Selection lit;                // a cell that is outlined
};

// `mask` [queries, keys] in exactly `box`; where cells are too small to paint, as a picture. Cells
// painted by hand have a corner.
void mask_grid(Canvas& c, const Rect& box, const Tensor& mask, const View& view,
               const MaskGridLook& look);

}  // namespace orrery::viz
