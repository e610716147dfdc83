// Markdown and code on a canvas, for lessons and help
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "viz/kit/canvas.hpp"
#include "viz/kit/view.hpp"

namespace orrery::viz {

// Headings, paragraphs, lists, emphasis, `code`, links (a click acts "open …"), tables, quotes.
// Fenced blocks go to `fence` (info string, body, place: x, y, width), which draws and returns its
// height; without it they are set as code. Draws from (box.x, box.y) down; returns the height used,
// which may exceed the box: the caller scrolls.
using FenceDrawer =
    std::function<float(std::string_view info, std::string_view body, const Rect& place)>;
float markdown(Canvas& c, const Rect& box, std::string_view text, const View& view,
               const FenceDrawer& fence = {});

// C++ with quiet colours, line numbers from `first_line`, lines [lit_begin, lit_end) marked.
// Returns the height used.
float code_block(Canvas& c, const Rect& box, std::string_view code, int first_line, int lit_begin,
                 int lit_end);

}  // namespace orrery::viz
