#include "viz/app/controls.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/text.hpp"
#include "viz/app/action.hpp"
#include "viz/app/export.hpp"
#include "viz/app/link.hpp"
#include "viz/app/text_editor.hpp"

namespace orrery::viz {
namespace {

constexpr float wheel_pixels = 56, click_slack = 4;

bool takes_focus(const Region& r) {
    return r.enabled && !r.id.empty() && r.id != "backdrop" &&
           (r.kind == Region::Kind::button || r.kind == Region::Kind::slider ||
            r.kind == Region::Kind::text);
}

bool is_picture(const Region& r) { return r.kind == Region::Kind::cells; }

// Where content of a scroll area ends: said by its bar.
float most_scroll(const Region& bar) { return std::max(0.0f, float(bar.rows) - bar.box.h); }

}  // namespace

const Region* Controls::find(std::string_view id) const {
    for (const Region& r : regions_)
        if (r.id == id) return &r;
    return nullptr;
}

bool Controls::update(const Canvas& canvas) {
    regions_ = canvas.regions();
    bool again = false;
    if (const Region* anchor = find("anchor.lesson"); anchor && session_.follow_lesson) {
        // The prose just above the played picture is what is read now.
        session_.follow_lesson = false;
        if (const Region* area = find("scroll.right.lesson")) {
            const float from = area->value, to = anchor->value - 180;
            scroll_to(*area, to);
            again = again || std::abs(from - to) > 1;
        }
    }
    //: the large field goes to its caret
    if (session_.reveal_caret && session_.editor) {
        session_.reveal_caret = false;
        const Region *caret = find("anchor.caret"), *area = find("scroll.editor");
        if (caret && area) {
            const float from = area->value, line = line_height(editor_style(canvas.theme()));
            const float last = area->box.h - line - 2 * editor_padding;
            scroll_to(*area, std::clamp(from, caret->value - std::max(0.0f, last), caret->value));
            again = again || session_.scrolls["editor"] != from;
        }
    }
    //: the code tab goes to the paragraph that made what is chosen, once for each
    const Region* code = find("anchor.code");
    if (code && code->content != code_shown_)
        if (const Region* area = find("scroll.right.code")) {
            const float from = area->value, to = std::max(0.0f, code->value - 40);
            code_shown_ = code->content;
            scroll_to(*area, to);
            again = again || std::abs(from - to) > 1;
        }
    for (const Region& r : regions_) {
        if (r.kind != Region::Kind::scroll || !r.id.starts_with("scroll.") || r.value <= 0)
            continue;
        const Region* bar = find("bar." + r.id.substr(7));
        const float most = bar ? most_scroll(*bar) : 0;
        if (r.value <= most + 0.5f) continue;
        session_.act(r.action + " " + number_text(double(most), 6));
        again = true;
    }
    if (!session_.focus.empty() && !find(session_.focus)) {
        session_.focus.clear();
        again = true;
    }
    // What lies under a mouse that rests may have changed.
    if (session_.mouse.x >= 0 && held_.id.empty()) {
        const std::string before = session_.under;
        const Selection hover = session_.hover;
        move(session_.mouse);
        again = again || before != session_.under || !(hover == session_.hover);
    }
    return again;
}

const Region* Controls::under(Point at) const { return hit(regions_, at); }

const Region* Controls::scroll_at(Point at) const {
    const Region* best = nullptr;
    for (const Region& r : regions_)
        if (r.box.contains(at) && r.kind == Region::Kind::scroll && r.id.starts_with("scroll.") &&
            (!best || r.layer >= best->layer))
            best = &r;
    const Region* top = under(at);
    return best && top && top->layer > best->layer ? nullptr : best;
}

void Controls::move(Point at) {
    if (!held_.id.empty() || held_button_ == 2) {
        session_.mouse = at;
        return drag_to(at);
    }
    session_.mouse = at;
    const Region* r = under(at);
    session_.under = r ? r->id : std::string();
    Selection hover;
    if (r && r->kind == Region::Kind::cells)
        hover = cell_at(*r, at);
    else if (r)
        hover = r->target;
    if (!(hover == session_.hover)) {
        if (hover.empty())
            session_.act("hover");
        else
            session_.act("hover " + to_string(hover));
    }
}

void Controls::leave() {
    session_.mouse = {-1, -1};
    session_.under.clear();
    session_.act("hover");
}

void Controls::press(Point at, int button) {
    pressed_ = last_ = at;
    dragged_ = false;
    held_button_ = button;
    ++session_.gesture;
    const Region* r = under(at);
    if (!r || (!r->enabled && r->kind == Region::Kind::button)) {
        held_ = {};
        if (button == 0 && !session_.focus.empty()) session_.act("focus");
        return;
    }
    held_ = *r;
    held_value_ = r->value;
    if (button != 0) return;
    session_.picture_has_focus = is_picture(*r);
    if (r->kind == Region::Kind::text) {
        session_.act("focus " + r->id);
        if (session_.editor && r->id == "editor.text")
            session_.editor->put_caret(editor_place(*r, at), session_.full_digits);
    } else if (!session_.focus.empty()) {
        session_.act("focus");
    }
    if (r->kind == Region::Kind::slider) drag_to(at);
    session_.drafts.erase("cell");
    if (r->kind != Region::Kind::cells) return;
    held_cell_ = cell_at(*r, at);
    held_number_ = number_at(held_cell_);
    if (!r->paint.empty() && held_cell_.is_cell()) {
        held_number_ = held_number_ != 0 ? 0 : 1;
        change(*r, held_cell_, held_number_);
    }
}

//--- numbers changed in the picture

double Controls::number_at(const Selection& cell) const {
    const Trace* trace = session_.shown().trace.get();
    if (!trace || !cell.is_cell() || !trace->find(cell.tensor)) return 0;
    return cell_value((*trace)[cell.tensor], cell);
}

void Controls::change(const Region& region, const Selection& cell, double value) {
    const std::string& input = region.paint.empty() ? region.edit : region.paint;
    session_.act("edit " + input + " " + std::to_string(cell.row) + " " + std::to_string(cell.col) +
                 " " + number_text(value, 6));
}

// What was painted where the press was goes on along the drag.
void Controls::paint_at(Point at) {
    if (!held_.box.contains(at)) return;
    const Selection cell = cell_at(held_, at);
    if (!cell.is_cell() || cell == held_cell_) return;
    held_cell_ = cell;
    session_.hover = cell;
    change(held_, cell, held_number_);
}

const Region* Controls::editable_lock() const {
    if (!session_.lock.is_cell() || !session_.picture_has_focus) return nullptr;
    for (const Region& r : regions_)
        if (r.kind == Region::Kind::cells && !r.edit.empty() &&
            r.target.tensor == session_.lock.tensor)
            return &r;
    return nullptr;
}

// Keys of a locked number that can be changed: Shift with the arrows, typing, Enter.
bool Controls::key_of_cell(std::string_view chord) {
    const Region* r = editable_lock();
    if (!r) return false;
    auto& drafts = session_.drafts;
    const auto draft = drafts.find("cell");
    const Selection cell = session_.lock;
    if (chord == "Shift+Up" || chord == "Shift+Down") {
        const double by = chord == "Shift+Up" ? double(r->step) : -double(r->step);
        drafts.erase("cell");
        change(*r, cell, std::round((number_at(cell) + by) / double(r->step)) * double(r->step));
        return true;
    }
    if (chord.size() == 1 && std::string_view("0123456789.-").find(chord) != chord.npos) {
        if (drafts["cell"].size() < 12) session_.act("draft cell " + drafts["cell"] + chord[0]);
        return true;
    }
    if (draft == drafts.end()) {
        if (chord != "Delete" && chord != "Backspace") return false;
        return session_.act("edit " + r->edit + " " + std::to_string(cell.row) + " " +
                            std::to_string(cell.col) + " default");
    }
    if (chord == "Backspace") {
        std::string text = draft->second;
        text.pop_back();
        if (text.empty()) drafts.erase(draft);
        return session_.act(text.empty() ? "hover" : "draft cell " + text);
    }
    if (chord == "Escape") return drafts.erase(draft), session_.act("hover");
    if (chord == "Enter") {
        double value = 0;
        const bool good = parse_number(draft->second, value) && std::isfinite(value);
        drafts.erase(draft);
        if (good) change(*r, cell, value);
        return session_.act("hover");
    }
    drafts.erase(draft);
    return false;
}

void Controls::drag_to(Point at) {
    if (std::abs(at.x - pressed_.x) + std::abs(at.y - pressed_.y) > click_slack) dragged_ = true;
    const Region& r = held_;
    const float dx = at.x - last_.x, dy = at.y - last_.y;
    last_ = at;
    if (r.id.empty()) return;
    const auto number = [](double v) { return number_text(v, 9); };
    if (r.kind == Region::Kind::cells && held_button_ == 0 && !r.paint.empty()) {
        paint_at(at);
        return;
    }
    if (r.kind == Region::Kind::cells && held_button_ == 0 && !r.edit.empty()) {
        // Up is larger; four pixels are one step
        if (!dragged_ || !held_cell_.is_cell()) return;
        session_.lock = held_cell_;
        const double step = double(r.step);
        const double to = std::round(held_number_ / step) + std::round((pressed_.y - at.y) / 4);
        change(r, held_cell_, to * step);
        return;
    }
    if (r.kind == Region::Kind::cells && (held_button_ == 2 || dragged_)) {
        // The matrix is moved under the mouse; a press that moves does not lock.
        if (held_button_ == 2 || r.view.w < 1 || r.view.h < 1)
            session_.act("pan " + r.target.tensor + " " + number(double(-dx / r.box.w)) + " " +
                         number(double(-dy / r.box.h)));
        return;
    }
    if (held_button_ != 0) return;
    switch (r.kind) {
        case Region::Kind::slider: {
            const bool upright = r.box.h > r.box.w;
            const float fraction =
                upright ? 1 - (at.y - r.box.y) / r.box.h : (at.x - r.box.x) / r.box.w;
            session_.act(r.action + " " + number(double(std::clamp(fraction, 0.0f, 1.0f))));
            break;
        }
        case Region::Kind::scroll: {
            if (!r.id.starts_with("bar.")) break;
            const float most = most_scroll(r),
                        thumb = std::max(24.0f, r.box.h * r.box.h / float(r.rows));
            const float way = std::max(1.0f, r.box.h - thumb);
            const float offset = held_value_ + (at.y - pressed_.y) / way * most;
            session_.act(r.action + " " + number(double(std::clamp(offset, 0.0f, most))));
            break;
        }
        case Region::Kind::drag:
            // A divider says in `value` how wide its pane is, negative when the pane lies to its
            // right.
            if (r.action.ends_with("-width"))
                session_.act(r.action + " " +
                             number(double(std::abs(r.value + (at.x - pressed_.x)))));
            else
                session_.act(r.action + " " + number(double(dx)) + " " + number(double(dy)));
            break;
        case Region::Kind::text:
            //: what is dragged over is selected; beyond an edge the lines follow
            if (session_.editor && r.id == "editor.text") {
                session_.editor->put_caret(editor_place(r, at), true);
                session_.reveal_caret = !r.box.contains(at);
            }
            break;
        default:
            break;
    }
}

//--- the large field

std::size_t Controls::editor_place(const Region& field, Point at) const {
    const TextEditor& editor = *session_.editor;
    const TextStyle style = editor_style(theme(session_.dark()));
    const auto scrolled = session_.scrolls.find("editor");
    at.x -= field.box.x + editor_padding;
    at.y -= field.box.y + editor_padding;
    if (scrolled != session_.scrolls.end()) at.y += scrolled->second;
    return place_at(editor.text(), editor_lines(editor.text(), editor_width(field.box), style), at,
                    style);
}

void Controls::insert(std::string_view text) {
    if (session_.editor && session_.focus == "editor.text")
        session_.act("editor-insert " + percent_encode(text));
}

// Keys while it is open; a few lead on to the program.
bool Controls::key_of_editor(std::string_view chord) {
    Session& s = session_;
    if (chord == "Escape") return s.act("close");
    if (chord == "Ctrl+Enter") return s.act("editor-use");
    if (chord == "F8" || chord == "F11") return false;
    const Region* field = find("editor.text");
    if (s.focus != "editor.text") {
        const Region* r = find(s.focus);
        if (r && r->kind == Region::Kind::button && (chord == "Enter" || chord == "Space"))
            click(*r);
        return true;
    }
    if (chord == "Ctrl+C" || chord == "Ctrl+X") {
        if (s.editor->selected().empty()) return true;
        s.clipboard = s.editor->selected();
        if (chord == "Ctrl+X") s.editor->erase(true);
    } else {
        const TextStyle style = editor_style(theme(s.dark()));
        s.editor->key(
            chord, field ? editor_width(field->box) : 600.0f, style,
            std::size_t(field ? std::max(1.0f, field->box.h / line_height(style) - 1) : 10.0f));
    }
    s.reveal_caret = true;
    return s.act("focus editor.text");
}

void Controls::release(Point at, int button) {
    const Region held = held_;
    held_ = {};
    held_button_ = -1;
    if (button == 0 && !held.id.empty()) {
        const Region* r = under(at);
        const bool same = r && r->id == held.id;
        if (held.kind == Region::Kind::slider && held.action == "slide-step")
            session_.act("settle-step");
        if (same && (held.kind == Region::Kind::button ||
                     (held.kind == Region::Kind::hover && !held.action.empty())))
            click(held);
        if (same && held.kind == Region::Kind::cells && !dragged_ && held.paint.empty()) {
            const Selection cell = cell_at(held, at);
            if (!held.action.empty()) {
                session_.act(held.action + " " + to_string(cell));
            } else if (!cell.empty()) {
                session_.act(cell == session_.lock ? "unlock" : "lock " + to_string(cell));
            }
        }
    }
    move(at);
}

void Controls::double_click(Point at) {
    const Region* r = under(at);
    if (!r) return;
    if (r->id == "editor.text" && session_.editor) {
        session_.editor->select_word(editor_place(*r, at));
        held_ = {};  // the press that comes with it does not take the selection away
        session_.act("focus editor.text");
    } else if (r->kind == Region::Kind::cells && !r->edit.empty()) {
        const Selection cell = cell_at(*r, at);
        session_.act("edit " + r->edit + " " + std::to_string(cell.row) + " " +
                     std::to_string(cell.col) + " default");
    } else if (r->kind == Region::Kind::cells && r->paint.empty()) {
        session_.act("lens " + r->target.tensor + " view 0 0 1 1");
    } else if (r->kind == Region::Kind::drag && r->action.starts_with("lens ")) {
        // The ends of a histogram go back to where the picture has them
        session_.act(r->action.substr(0, r->action.find(" shift ")) + " range 0 0");
    }
}

void Controls::click(const Region& region) {
    if (!region.enabled) return;
    const std::string menu = session_.menu;
    if (!region.action.empty()) session_.act(region.action);
    // Choosing from an open list closes it.
    if (!menu.empty() && session_.menu == menu && region.id.starts_with(menu + "."))
        session_.act("menu " + menu);
}

void Controls::scroll_to(const Region& area, float offset) {
    const Region* bar = find("bar." + area.id.substr(7));
    const float most = bar ? most_scroll(*bar) : 0;
    const float to = std::clamp(offset, 0.0f, most);
    if (to != area.value) session_.act(area.action + " " + number_text(double(to), 7));
}

void Controls::wheel(Point at, float dx, float dy, bool zoom) {
    const Region* r = under(at);
    if (session_.palette && dy != 0) return void(session_.act(dy < 0 ? "choose 1" : "choose -1"));
    if (r && r->kind == Region::Kind::cells &&
        (zoom || r->view.w < 1 || r->view.h < 1 || !scroll_at(at))) {
        const float x = (at.x - r->box.x) / r->box.w, y = (at.y - r->box.y) / r->box.h;
        session_.act("zoom " + r->target.tensor + " " + number_text(double(x), 7) + " " +
                     number_text(double(y), 7) + " " + number_text(std::pow(1.2, double(dy)), 7));
        return;
    }
    const Region* area = scroll_at(at);
    if (area) scroll_to(*area, area->value - (dy + dx * 0) * wheel_pixels);
}

void Controls::focus(int direction) {
    std::vector<const Region*> stops;
    int layer = 0;
    for (const Region& r : regions_)
        if (r.layer == 1 && takes_focus(r) &&
            (session_.palette || session_.keys_shown || session_.editor || !session_.menu.empty()))
            layer = 1;
    for (const Region& r : regions_)
        if (r.layer >= layer && takes_focus(r)) stops.push_back(&r);
    // From the top left to the bottom right, as one reads.
    std::stable_sort(stops.begin(), stops.end(), [](const Region* a, const Region* b) {
        return std::abs(a->box.centre().y - b->box.centre().y) > 12
                   ? a->box.centre().y < b->box.centre().y
                   : a->box.x < b->box.x;
    });
    if (stops.empty()) return;
    int at = direction > 0 ? -1 : int(stops.size());
    for (std::size_t i = 0; i < stops.size(); ++i)
        if (stops[i]->id == session_.focus) at = int(i);
    at = (at + direction + int(stops.size())) % int(stops.size());
    session_.act("focus " + stops[std::size_t(at)]->id);
    session_.picture_has_focus = false;
}

bool Controls::key(std::string_view chord) {
    Session& s = session_;
    ++s.gesture;
    if (chord == "Tab") return focus(+1), true;
    if (chord == "Shift+Tab") return focus(-1), true;
    if (s.editor && key_of_editor(chord)) return true;
    if (chord == "Ctrl+Enter" && find(s.focus + ".larger")) return s.act("edit-text " + s.focus);
    if (!s.palette && s.menu.empty() && s.focus.empty() && key_of_cell(chord)) return true;
    if (chord == "Escape") return s.act("close");
    if (s.palette) {
        if (chord == "Down") return s.act("choose 1");
        if (chord == "Up") return s.act("choose -1");
        if (chord == "Enter") return s.act("take");
    }
    //: the focused widget keeps its keys
    if (const Region* r = find(s.focus)) {
        if (r->kind == Region::Kind::button && (chord == "Enter" || chord == "Space"))
            return click(*r), true;
        if (r->kind == Region::Kind::slider) {
            const auto [verb, name] = split_word(r->action);
            const int steps = chord == "Left" || chord == "Down"  ? -1
                              : chord == "Right" || chord == "Up" ? 1
                              : chord == "PageDown"               ? -10
                              : chord == "PageUp"                 ? 10
                                                                  : 0;
            if (steps != 0 && verb == "slide")
                return s.act("nudge " + std::string(name) + " " + std::to_string(steps));
            if (steps != 0 && verb == "slide-t") return s.act(steps > 0 ? "next" : "back");
            if (steps != 0 && verb == "slide-step")
                return s.act(steps > 0 ? "step-once" : "step-back");
            if (chord == "Home") return s.act(r->action + " 0");
            if (chord == "End") return s.act(r->action + " 1");
        }
    }
    //: in the picture the arrows move the cell
    if (s.panel() && (s.picture_has_focus || !s.lock.empty())) {
        if (chord == "Up") return s.act("move -1 0");
        if (chord == "Down") return s.act("move 1 0");
        if (s.picture_has_focus && chord == "Left") return s.act("move 0 -1");
        if (s.picture_has_focus && chord == "Right") return s.act("move 0 1");
    }
    if (!s.panel() &&
        (chord == "PageDown" || chord == "PageUp" || chord == "Down" || chord == "Up")) {
        if (const Region* area = find("scroll.gallery"))
            scroll_to(*area, area->value + (chord.ends_with("Down") ? 1.0f : -1.0f) *
                                               (chord.starts_with("Page") ? 400.0f : 80.0f));
        return true;
    }
    for (const KeyBinding& binding : key_bindings())
        if (binding.chord == chord && (!binding.presenting || s.presenting)) {
            if (!s.panel()) {
                const auto [verb, rest] = split_word(binding.action);
                static constexpr std::string_view anywhere[]{
                    "palette",     "keys",    "toggle-language", "full-screen", "larger", "smaller",
                    "actual-size", "go-back", "go-forward",      "undo",        "redo"};
                if (std::find(std::begin(anywhere), std::end(anywhere), verb) == std::end(anywhere))
                    return true;
            }
            s.act(binding.action);
            return true;
        }
    return false;
}

const Region* Controls::text_field() const {
    const Region* r = find(session_.focus);
    return r && r->kind == Region::Kind::text ? r : nullptr;
}

void Controls::type(std::string_view text) {
    const Region* r = text_field();
    if (!r) return;
    // The search box answers every letter; the others wait for Enter.
    if (r->action == "search")
        session_.act("search " + std::string(text));
    else if (r->action == "editor-text" && session_.editor)
        session_.editor->replace(std::string(text));
    else
        session_.drafts[r->id] = text;
}

void Controls::commit(std::string_view text) {
    const Region* r = text_field();
    if (!r) return;
    if (r->action == "search") return void(session_.act("take"));
    if (r->action == "editor-text") {
        if (session_.editor) session_.editor->replace(std::string(text));
        return void(session_.act("focus"));
    }
    if (r->action == "editor-path") {
        session_.act("editor-path " + std::string(text));
        return void(session_.act("focus"));
    }
    ++session_.gesture;
    const std::string action = r->action, id = r->id;
    // A field that was only visited changes nothing.
    if (session_.drafts.erase(id) > 0) session_.act(action + " " + std::string(text));
    if (action == "until") session_.drafts[id] = text;
    session_.act("focus");
}

void Controls::step_aside() {
    session_.drafts.erase(session_.focus);
    session_.act("close");
}

}  // namespace orrery::viz
