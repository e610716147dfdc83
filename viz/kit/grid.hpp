// Grid: a small tensor as cells in an exact place, so that rows and columns of several line up
//
// `matrix` (viz/kit/matrix.hpp) finds room for a matrix of any size. A grid is told where each cell
// goes: the cell where row i and column j of two grids meet is the cell that they make.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/tensor/trace.hpp"
#include "viz/kit/canvas.hpp"
#include "viz/kit/view.hpp"

namespace orrery::viz {

// What the picture speaks of: the cell under the mouse, or the one that the animation is at.
struct Focus {
    Selection cell;
    Explanation explanation;
    bool auto_chosen = false;  // by the picture, not by the mouse
};

struct GridLook {
    std::string title;          // above the cells and `title_above` them
    std::string note;           // after the title, quiet
    Role role = Role::neutral;  // of title and outline
    MatrixStyle style;
    std::vector<std::string> row_names;  // left of the rows as they lie on the page
    std::vector<std::string> col_names;  // over the columns
    float names_width = 64;              // room for row names
    float title_above = 6;               // pixels between title and what is below it
    bool transposed = false;             // rows of the tensor run from left to right
    float reveal = 1;                    // share of cells, row by row, that are there already
    bool numbers = true;                 // where cells are large enough
    bool hoverable = true;
    std::string edit;   // an editable input with its leading indices, "q 0 0": cells can be dragged
    std::string paint;  // the same for cells that are on or off
    std::string lens;   // several that share one colour bar: the tensor whose lens they follow
    int slice = -1;     // for heads: which matrix of [1, heads, rows, cols]; -1 the first
    bool fade_others = false;              // the rows that are not marked step back
    std::vector<std::size_t> marked_rows;  // as they lie: a mark right of them
};

// One way of writing all numbers of a picture: equally many decimals, and where they are too large
// or too small for the room, times a power of ten that the heading tells.
struct SameFormat {
    int decimals = 0, power = 0;
    std::string operator()(double value) const;
    std::string factor() const;  // "· 10⁻³"; empty when power is 0
};
SameFormat same_format(const Canvas& c, std::span<const float> values, float width);

// Height that the title and the column names of a grid take above its cells.
float grid_head(const GridLook& look);

// The first matrix [rows, cols] of a tensor with leading axes of length 1; a vector is one row.
Tensor flat_matrix(const Tensor& tensor);

// Draws entry `name` of the trace with its cells in exactly `cells`. Lights row and column of the
// focus when it lies in this tensor, and outlines what the focus is made of.
void grid_cells(Canvas& c, const Rect& cells, const Trace& trace, const std::string& name,
                const Focus& focus, const View& view, const GridLook& look);

// The place of cell (row, col) of the tensor in `cells`.
Rect grid_cell(const Rect& cells, std::size_t rows, std::size_t cols, std::size_t row,
               std::size_t col, bool transposed = false);

// Cells (row, column) of an editable input that were changed by hand; `input` as in GridLook::edit.
std::vector<std::pair<std::size_t, std::size_t>> edited_cells(std::string_view edits,
                                                              std::string_view input);

// A word over or beside a picture: what an operation does, in a quiet pill on an arrow.
void operation(Canvas& c, Point from, Point to, std::string_view word, bool lit);

}  // namespace orrery::viz
