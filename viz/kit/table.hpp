// Table: words and numbers in rows
#pragma once

#include <string>
#include <vector>

#include "viz/kit/canvas.hpp"
#include "viz/kit/view.hpp"

namespace orrery::viz {

struct Column {
    std::string title = {};
    Align align = Align::left;  // numbers stand right
    Font font = Font::body;
    float weight = 1;  // its share of the width that no column needs
};

struct TableLook {
    std::string id = {};      // of the rows' regions: "id.3"; "" none
    std::string action = {};  // a click on a row acts `action` + row
    int lit = -1;             // the row that is marked
    bool stripes = false;     // every other row on a quiet ground
};

// A head and rows, as wide as needed and at most `box`; cells that do not fit are shortened, rows
// that do not fit are counted below ("+12"). Returns the height used.
float table(Canvas& c, const Rect& box, const std::vector<Column>& columns,
            const std::vector<std::vector<std::string>>& rows, const TableLook& look,
            const View& view);

}  // namespace orrery::viz
