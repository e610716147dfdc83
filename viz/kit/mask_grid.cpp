#include "viz/kit/mask_grid.hpp"

#include <algorithm>
#include <cmath>

#include "viz/kit/grid.hpp"

namespace orrery::viz {

void mask_grid(Canvas& c, const Rect& box, const Tensor& mask, const View& view,
               const MaskGridLook& look) {
    const Theme& theme = c.theme();
    const std::size_t rows = mask.rows(), cols = mask.cols();
    if (rows == 0 || cols == 0 || box.empty()) return;
    const float w = box.w / float(cols), h = box.h / float(rows);
    if (std::min(w, h) < 7) {  // too many to paint one by one
        MatrixStyle style;
        style.map = Map::grey, style.norm = Norm::linear, style.high = 1;
        c.matrix(box, mask, style);
        c.outline(box, {theme.outline, 1});
        return;
    }
    //: a dot or a hatch
    const auto there = std::size_t(std::clamp(look.reveal, 0.0f, 1.0f) * float(rows) + 0.001f);
    for (std::size_t i = 0; i < rows; ++i)
        for (std::size_t j = 0; j < cols; ++j) {
            const Rect cell = Rect{box.x + float(j) * w, box.y + float(i) * h, w, h}.inset(1);
            const bool yes = mask.row(i)[j] != 0.0f, shown = i < there;
            c.rect(cell, shown && yes ? theme.raised : theme.sunken, 2, {theme.outline, 1});
            if (!shown) continue;
            if (yes)
                c.circle(cell.centre(), std::max(std::min(cell.w, cell.h) * 0.22f, 1.5f),
                         theme.accent);
            else
                c.hatch(cell, theme.text_quiet.with_alpha(0.6f), 4);
            if (look.lit.row == int(i) && look.lit.col == int(j))
                c.outline(cell, {theme.text, 2}, 2);
        }
    if (view.compact) return;
    if (!look.paint.empty() && view.knobs.has("edits"))
        for (const auto& [row, col] : edited_cells(view.knobs.text("edits"), look.paint)) {
            if (row >= rows || col >= cols) continue;
            const Rect cell = grid_cell(box, rows, cols, row, col).inset(1);
            const float s = std::clamp(std::min(w, h) * 0.35f, 4.0f, 9.0f);
            c.polygon(
                {{cell.right() - s, cell.y}, {cell.right(), cell.y}, {cell.right(), cell.y + s}},
                theme.warning);
        }
    Region region;
    region.id = "cells." + look.tensor, region.box = box, region.kind = Region::Kind::cells;
    region.target.tensor = look.tensor, region.rows = rows, region.cols = cols;
    region.paint = look.paint;
    c.region(std::move(region));
}

}  // namespace orrery::viz
