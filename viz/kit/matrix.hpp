// Matrix: a tensor of two axes as coloured cells, with names, hover, zoom and a legend
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/tensor/trace.hpp"
#include "viz/kit/canvas.hpp"
#include "viz/kit/view.hpp"

namespace orrery::viz {

struct MatrixLook {
    std::string title = {};     // above the cells; "" none
    std::string note = {};      // after the title, quiet: the shape when empty
    Role role = Role::neutral;  // colours title and outline, gives the letter and mark
    Map map = Map::diverging;   // cividis for probabilities
    Norm norm = Norm::symmetric;
    float low = 0, high = 0;                   // domain; equal means fitted. Probabilities: 0 and 1
    std::vector<std::string> row_names = {};   // tokens left of the rows; empty: indices
    std::vector<std::string> col_names = {};   // over the columns
    std::string row_axis = {}, col_axis = {};  // "query", "key": what rows and columns are
    bool names = true;                         // of rows and columns
    const Tensor* mask = nullptr;              // 0 = hatched
    int slice = -1;                            // for more than two axes: which of the leading ones
    float max_cell = 44, min_cell = 3;         // pixels a cell may have
    bool legend = true;                        // colour bar with its range under the cells
    float reveal = 1;                          // fraction of cells (row by row) already computed
};

// Draws entry `name` of the trace inside `box`, as large as max_cell allows, top left.
// Adds one `cells` region whose target is (name, head = slice), lights the selection's row and
// column, outlines operands of `view.explanation`. Returns the box of the cells alone.
Rect matrix(Canvas& c, const Rect& box, const Trace& trace, const std::string& name,
            const View& view, const MatrixLook& look = {});

// The size that `matrix` wants for a tensor of rows × cols with cells of `cell` pixels, its names,
// title and legend included. For laying out several that should have equal cells.
Size matrix_size(const Canvas& c, std::size_t rows, std::size_t cols, float cell,
                 const MatrixLook& look);
// The largest cell (at most look.max_cell) with which it fits `box`.
float matrix_cell(const Canvas& c, const Rect& box, std::size_t rows, std::size_t cols,
                  const MatrixLook& look);

// The style with what the reader chose for this tensor: scale, range, colours.
MatrixStyle with_lens(const MatrixStyle& style, std::string_view name, const View& view);
// Whether the reader chose another range than the one `style` has.
bool own_range(const MatrixStyle& style, std::string_view name, const View& view);

// The colour bar of a matrix, to be clicked: it opens a histogram of the numbers with ends that can
// be dragged, the scales (linear, log, per row, symmetric) and the colours. Says what the hatch and
// the checker mean where the matrix has them. `style` is the panel's own, without the lens.
void lens_bar(Canvas& c, const Rect& box, const std::string& name, const Tensor& tensor,
              const MatrixStyle& style, const View& view);
// A note for the title of a matrix whose range the reader chose ("colours 0 … 0.3"); else `note`.
std::string range_note(const std::string& note, const MatrixStyle& style, std::string_view name,
                       const View& view);

// The colour bar with its two ends, and what the hatch means when there is one.
void color_bar(Canvas& c, const Rect& box, const MatrixStyle& style, const View& view,
               bool has_mask);

}  // namespace orrery::viz
