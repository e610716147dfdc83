// Selection: one place in a trace, shared by all panels
#pragma once

#include <string>

namespace orrery::viz {

// -1 means "any". `tensor` is a name of the trace.
struct Selection {
    std::string tensor;
    int layer = -1, head = -1, row = -1, col = -1, token = -1;

    bool empty() const {
        return tensor.empty() && layer < 0 && head < 0 && row < 0 && col < 0 && token < 0;
    }
    bool is_cell() const { return !tensor.empty() && row >= 0 && col >= 0; }
    friend bool operator==(const Selection&, const Selection&) = default;
};

// Cells of a tensor, for outlining the operands of another cell. -1 means "to the end".
struct CellRange {
    std::string tensor;
    int row_begin = 0, row_end = -1, col_begin = 0, col_end = -1;
};

// "scores:r2:c3" and back; what a link's `sel` carries. Unknown text gives an empty selection.
std::string to_string(const Selection& selection);
Selection selection_from(const std::string& text);

}  // namespace orrery::viz
