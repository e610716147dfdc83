// Bar rows: a row of a tensor as bars below each other, so that several stand side by side
//
// Entry j of the row lies on line j of the box. Beside it another tensor of the same length can be
// drawn, whose entry j lies on the same line: what becomes of what is read from left to right.
#pragma once

#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "core/tensor/trace.hpp"
#include "viz/kit/grid.hpp"
#include "viz/kit/plot.hpp"

namespace orrery::viz {

struct BarRowsLook {
    std::string title = {};               // over the bars
    std::string note = {};                // beside it, quiet, where there is room
    std::vector<std::string> names = {};  // left of the lines
    float names_width = 0;
    std::size_t row = 0;      // which row of the tensor
    float low = 0, high = 0;  // the domain; equal means fitted, with 0 in it
    Color color = {};         // of positive bars
    Color negative = {};      // of negative ones
    float grow = 1;           // share of their length that the bars have reached
    float line = 24;          // most height of a line
    float least_number = 17;  // least height of a line that has its number beside it
    bool numbers = true;
    int decimals = -1;                   // of all numbers; -1: as many as they need, at most two
    float mark = NAN;                    // an upright line at this value
    std::vector<float> ghosts = {};      // a hollow mark on each line: where it was before
    std::vector<std::size_t> bold = {};  // lines whose name is set bold and marked by ◀
    bool hoverable = true;
    std::string action = {};  // a click on line j acts `action` + (j + 1)
};

// Height of the title over the lines.
inline constexpr float bar_rows_head = 24;

// Draws; returns the box of the lines (from the left end of the domain to the right).
Rect bar_rows(Canvas& c, const Rect& box, const Trace& trace, const std::string& name,
              const Focus& focus, const View& view, const BarRowsLook& look);

// The height of one line when `count` lines are put into `height` pixels below the title.
float bar_rows_line(float height, std::size_t count, const BarRowsLook& look);

// Where (x, y) lies in the area that `line_plot` returned; the look must have fixed ends.
Point on_plot(const Rect& area, const PlotLook& look, double x, double y);

// 0 before `begin`, 1 from `begin + length` on, smooth in between: for opening motions.
float eased(double t, double begin, double length = 1);

// A number as a factor or summand: negative ones in brackets.
std::string bracketed(double value);

}  // namespace orrery::viz
