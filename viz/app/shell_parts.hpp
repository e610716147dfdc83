// The parts of the window, each drawn into its box (see shell.hpp)
#pragma once

#include "viz/app/shell.hpp"
#include "viz/app/widgets.hpp"

namespace orrery::viz {

void draw_top_bar(Ui& ui, const Rect& box);
void draw_left(Ui& ui, const WindowLayout& layout);
void draw_centre(Ui& ui, const WindowLayout& layout);
void draw_right(Ui& ui, const WindowLayout& layout);
void draw_transport(Ui& ui, const Rect& box);
void draw_status(Ui& ui, const Rect& box);
void draw_gallery(Ui& ui, const Rect& box);
void draw_presenter(Ui& ui);
void draw_keys(Ui& ui);
// ‹ 3 / 20 › at the right of `row`, which it takes from it: where on the path, and two buttons.
void draw_path_steps(Ui& ui, Rect& row, const std::string& next, const std::string& back,
                     const std::string& next_tip, const std::string& back_tip);
void draw_notes(Ui& ui, float bottom);
void draw_tooltip(Ui& ui, const std::vector<Region>& regions);

// Where a cell lies, as people say it, counted from 1: "head 2  row 1 “the”  column 3".
std::string place_words(const Ui& ui, const Selection& at);
// The same with the name of the matrix in front.
std::string cell_words(const Ui& ui, const Selection& at);

// The five tabs; each returns the bottom of what it drew.
float draw_lesson_tab(Ui& ui, const ScrollArea& area);
float draw_maths_tab(Ui& ui, const ScrollArea& area);
float draw_code_tab(Ui& ui, const ScrollArea& area);
float draw_values_tab(Ui& ui, const ScrollArea& area);
float draw_quiz_tab(Ui& ui, const ScrollArea& area);

// How high the knobs of the open panel are at a width.
float knobs_height(const Session& s, float width);
bool has_transport(const Session& s);

}  // namespace orrery::viz
