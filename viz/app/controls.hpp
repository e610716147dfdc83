// Controls: what the mouse and the keyboard do, by the regions of the last picture of the window
//
// Everything ends in `session.act`. The window feeds it from Dear ImGui's events, the robot of the
// tests from a list.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "viz/app/session.hpp"
#include "viz/kit/canvas.hpp"

namespace orrery::viz {

class Controls {
   public:
    explicit Controls(Session& session) : session_(session) {}

    // The regions that the window shows now. True: something had to be put right (a pane scrolled
    // beyond its end), so draw again.
    bool update(const Canvas& canvas);

    void move(Point at);
    void leave();
    // Button 0 left, 2 middle.
    void press(Point at, int button = 0);
    void release(Point at, int button = 0);
    void double_click(Point at);
    void wheel(Point at, float dx, float dy, bool zoom);
    // "Ctrl+Shift+Z"; false when no one wanted it.
    bool key(std::string_view chord);

    // The text field with the keyboard, if any, and what is typed there.
    const Region* text_field() const;
    void type(std::string_view text);    // while typing
    void commit(std::string_view text);  // Enter, or the field is left
    // Letters typed or pasted into the large field, at its caret.
    void insert(std::string_view text);
    void step_aside();  // Escape: leave the field as it was

    const Region* find(std::string_view id) const;
    const std::vector<Region>& regions() const { return regions_; }

   private:
    void click(const Region& region);
    void drag_to(Point at);
    const Region* under(Point at) const;
    const Region* scroll_at(Point at) const;
    void scroll_to(const Region& area, float offset);
    void focus(int direction);
    // Numbers changed in the picture (viz/kit/canvas.hpp, Region::edit and Region::paint).
    double number_at(const Selection& cell) const;
    void change(const Region& region, const Selection& cell, double value);
    void paint_at(Point at);
    const Region* editable_lock() const;
    bool key_of_cell(std::string_view chord);
    bool key_of_editor(std::string_view chord);
    std::size_t editor_place(const Region& field, Point at) const;

    Session& session_;
    std::vector<Region> regions_;
    Region held_;  // what the mouse was pressed on; empty id: nothing
    int held_button_ = -1;
    Point pressed_, last_;
    bool dragged_ = false;
    std::string code_shown_;  // the paragraph that the code tab went to last
    float held_value_ = 0;
    Selection held_cell_;     // of a cells region: where the press was
    double held_number_ = 0;  // what stood there; painting: what is painted
};

}  // namespace orrery::viz
