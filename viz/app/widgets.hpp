// Widgets: what can be pressed, dragged, chosen and typed into, drawn on the canvas
//
// Each adds a region whose action does the work; whether it is hovered or focused is read off the
// session. Ids are stable, so that lessons can point at them and tests can press them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "viz/app/icons.hpp"
#include "viz/app/session.hpp"
#include "viz/kit/canvas.hpp"

namespace orrery::viz {

struct Ui {
    Canvas& c;
    const Session& s;
    const Theme& theme;
    Ui(Canvas& canvas, const Session& session) : c(canvas), s(session), theme(canvas.theme()) {}

    bool hot(std::string_view id) const { return s.under == id; }
    bool focused(std::string_view id) const { return s.focus == id; }
    std::string say(std::string_view key, const Arguments& arguments = {}) const {
        return s.say(key, arguments);
    }
    TextStyle body() const { return {Font::body, text_body, theme.text}; }
    TextStyle label() const { return {Font::body, text_label, theme.text_quiet}; }
    TextStyle strong(float size = text_body) const { return {Font::bold, size, theme.text}; }
    TextStyle mono(float size = text_label) const { return {Font::mono, size, theme.text}; }
};

struct ButtonLook {
    Icon icon = Icon::none;
    bool primary = false;   // filled with the accent
    bool selected = false;  // the one in force
    bool quiet = false;     // no outline until hovered
    bool enabled = true;
    std::string tip;
    Align align = Align::centre;
    Font font = Font::body;
    float size = text_label;
};

// The width a button needs for its label.
float button_width(const Ui& ui, std::string_view label, const ButtonLook& look = {});
void button(Ui& ui, const Rect& box, std::string id, std::string_view label, std::string action,
            const ButtonLook& look = {});
void icon_button(Ui& ui, const Rect& box, std::string id, Icon icon, std::string action,
                 std::string tip, bool selected = false, bool enabled = true);
void toggle_switch(Ui& ui, const Rect& box, std::string id, bool on, std::string action,
                   std::string tip);
// A track with a thumb; `action` gets the fraction.
void slider(Ui& ui, const Rect& box, std::string id, float fraction, std::string action,
            std::string tip);
// A field; the window lays a text input over it while it is focused.
void text_field(Ui& ui, const Rect& box, std::string id, std::string_view content,
                std::string action, std::string_view placeholder, std::string tip,
                bool multiline = false, Font font = Font::body);
struct Option {
    std::string value, label, tip;
};
// All side by side in one frame. `prefix` + value is the action.
void segmented(Ui& ui, const Rect& box, std::string id, const std::vector<Option>& options,
               std::string_view chosen, std::string prefix);
float segmented_width(const Ui& ui, const std::vector<Option>& options);
// A button that opens a list below (or above) it.
void drop_down(Ui& ui, const Rect& box, std::string id, const std::vector<Option>& options,
               std::string_view chosen, std::string prefix, std::string tip);
// The open list itself: entries on the layer above the page.
void menu_list(Ui& ui, const Rect& anchor, std::string id, const std::vector<Option>& options,
               std::string_view chosen, std::string prefix, float width);
void pill(Ui& ui, const Rect& box, std::string_view text, Color color);
float pill_width(const Ui& ui, std::string_view text);
void focus_ring(Ui& ui, const Rect& box, float radius = corner);

// An area whose content may be taller: between begin and end everything is clipped to it and moved
// by what the session says was scrolled. `end` takes the bottom of the content.
class ScrollArea {
   public:
    ScrollArea(Ui& ui, const Rect& box, std::string id);
    // Where content goes: as wide as the area less its bar, from the scrolled top.
    Rect content() const { return content_; }
    bool visible(const Rect& box) const;
    void end(float bottom);

   private:
    Ui& ui_;
    Rect box_, content_;
    std::string id_;
    float offset_;
};

}  // namespace orrery::viz
