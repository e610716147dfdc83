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
//
// A link to another lesson, "../norm/layer_norm.md", opens norm/layer_norm; one to the web is shown
// and names its address on hover. A code span that is the name of a part, knob, input or fact of
// `view.component` (alone or before " = ") is a hover region "word.NAME" that says its title.
using FenceDrawer =
    std::function<float(std::string_view info, std::string_view body, const Rect& place)>;
float markdown(Canvas& c, const Rect& box, std::string_view text, const View& view,
               const FenceDrawer& fence = {});

// C++ with quiet colours and line numbers from `first_line` (0: none); lines [lit_begin, lit_end),
// as numbered (from 1 when there are no numbers), are marked. Lines that are too long go on below,
// indented further. Returns the height used.
float code_block(Canvas& c, const Rect& box, std::string_view code, int first_line, int lit_begin,
                 int lit_end);

}  // namespace orrery::viz
