// The presenter: one picture on the whole window and one sentence below; and the table of keys
#include <algorithm>

#include "viz/app/action.hpp"
#include "viz/app/catalogue.hpp"
#include "viz/app/compare.hpp"
#include "viz/app/picture.hpp"
#include "viz/app/shell_parts.hpp"

namespace orrery::viz {

namespace {

constexpr Color laser_red = rgb(0xE4002B);
constexpr float spot_radius = 110;
// A picture is laid out for at least this, and drawn smaller where there is less room: its words are
// still larger than elsewhere.
constexpr float least_width = 860, least_height = 400, least_scale = 0.7f;

// Everything dark but a disc about the pointer.
void draw_spotlight(Canvas& c, Point at) {
    const float reach = c.size().w + c.size().h;
    c.circle(at, spot_radius + reach / 2, Color{0, 0, 0, 0}, {Color{0, 0, 0, 190}, reach});
}

void draw_pointer_tools(Ui& ui) {
    const Session& s = ui.s;
    ui.c.push_layer(2);
    if (s.spotlight && s.mouse.x >= 0) draw_spotlight(ui.c, s.mouse);
    for (const auto& stroke : s.strokes)
        if (stroke.size() > 1) ui.c.polyline(stroke, {laser_red, 3});
    if (s.laser && s.mouse.x >= 0) {
        ui.c.circle(s.mouse, 11, laser_red.with_alpha(0.25f));
        ui.c.circle(s.mouse, 5.5f, laser_red, {Color{255, 255, 255, 255}, 1.5f});
    }
    ui.c.pop_layer();
}

// What is said under the picture: about the hovered cell, else by the class, else what it is.
std::string sentence_of(const Session& s, const View& view) {
    if (!view.hover.empty() && !view.explanation.why.empty()) return view.explanation.why;
    if (s.on_path()) {
        const auto& all = s.playlist[s.playlist_at].sentences;
        if (!all.empty()) return all[std::min(s.sentence_at, all.size() - 1)];
    }
    if (!view.explanation.why.empty()) return view.explanation.why;
    const std::string* tagline = find_string(s.settings.language, s.component(), "tagline");
    return tagline ? *tagline : "";
}

}  // namespace

void draw_path_steps(Ui& ui, Rect& row, const std::string& next, const std::string& back,
                     const std::string& next_tip, const std::string& back_tip) {
    const Session& s = ui.s;
    const auto middle = [&](Rect box) {
        return Rect{box.x, box.y + std::max(0.0f, (box.h - 30) / 2), box.w, std::min(box.h, 30.0f)};
    };
    icon_button(ui, middle(row.take_right(28)), "path.next", Icon::right, next, ui.say(next_tip));
    const std::string place =
        std::to_string(s.playlist_at + 1) + " / " + std::to_string(s.playlist.size());
    ui.c.text_in(row.take_right(ui.c.measure(place, ui.label()).w + 4), place,
                 {Font::body, text_label, ui.theme.text_quiet, Align::centre});
    icon_button(ui, middle(row.take_right(28)), "path.back", Icon::left, back, ui.say(back_tip));
}

void draw_presenter(Ui& ui) {
    const Theme& t = ui.theme;
    const Session& s = ui.s;
    const Size size = ui.c.size();
    Rect page{0, 0, size.w, size.h};
    Region all;
    all.id = "presenter", all.box = page;
    ui.c.region(std::move(all));
    if (s.blank) {
        ui.c.rect(page, Color{0, 0, 0, 255});
        return;
    }
    //: the sentence takes what it needs, at most three lines
    const View plain = s.view({page.w, page.h});
    const TextStyle style{Font::body, size.h < 500 ? text_body : text_body + 2, t.text,
                          Align::centre};
    const float line = line_height(style);
    auto lines = wrap(sentence_of(s, plain), std::max(60.0f, size.w - 48), style);
    if (lines.size() > 3) lines.resize(3);
    Rect head = page.take_top(std::min(40.0f, page.h * 0.12f)).inset(16, 2);
    const bool begins = s.on_path() && s.playlist_at == 0 && s.sentence_at == 0;
    const std::string hint = begins ? ui.say("presenter.hint") : "";
    Rect foot = page.take_bottom(std::min(
        line * float(std::max<std::size_t>(lines.size(), 1)) + 18 + (begins ? 20.0f : 0.0f),
        size.h * 0.3f));
    const std::string badge = badge_of(s.component());
    if (s.on_path() && s.playlist.size() > 1) {
        draw_path_steps(ui, head, "next", "back", "presenter.next", "presenter.back");
        head.take_right(12);
    }
    //: that numbers are computed is the rule; what is not is said
    if (!badge.empty() && badge != "computed") {
        const std::string word = ui.say("badge." + badge);
        const float width = pill_width(ui, word);
        if (head.w > width + 200)
            pill(ui, head.take_right(width).inset(0, (head.h - 24) / 2), word,
                 badge == "schematic" ? t.warning : t.accent);
    }
    ui.c.text_in(head, title_of(s.settings.language, s.component()),
                 {Font::bold, text_title, t.text});
    if (s.shown().trace || !s.shown().error.empty()) {
        const float k =
            std::max(shrink({page.w, page.h}, {least_width, least_height}), least_scale);
        ui.c.embed(session_picture(s, s.view({page.w / k, page.h / k}), s.fade()), page, k);
    } else
        ui.c.text_in(page, ui.say("centre.computing"),
                     {Font::body, text_body, t.text_quiet, Align::centre});
    Rect at = foot.inset(24, 6);
    for (const std::string& words : lines) ui.c.text_in(at.take_top(line), words, style);
    //: at the beginning, what to press
    if (!hint.empty())
        ui.c.text_in(at, hint, {Font::body, text_label, t.text_quiet, Align::centre});
    //: how far the animation is
    if (s.motion().length > 0) {
        ui.c.rect({0, size.h - 3, size.w, 3}, t.hairline);
        ui.c.rect({0, size.h - 3, size.w * float(s.motion().t / s.motion().length), 3}, t.accent);
    }
    if (s.pen) {
        Region paper;
        paper.id = "presenter.pen", paper.box = {0, 0, size.w, size.h};
        paper.kind = Region::Kind::drag, paper.action = "ink", paper.layer = 1;
        ui.c.region(std::move(paper));
    }
    if (!s.laser && !s.pen && !s.spotlight) draw_tooltip(ui, ui.c.regions());
    draw_pointer_tools(ui);
}

void draw_keys(Ui& ui) {
    const Theme& t = ui.theme;
    const Size page = ui.c.size();
    ui.c.push_layer(1);
    ui.c.rect({0, 0, page.w, page.h}, Color{0, 0, 0, 110});
    Region back;
    back.id = "backdrop", back.box = {0, 0, page.w, page.h}, back.kind = Region::Kind::button,
    back.action = "close";
    ui.c.region(std::move(back));
    struct Entry {
        std::string keys, what;
    };
    std::vector<Entry> entries;
    for (const KeyBinding& binding : key_bindings())
        if (!binding.help.empty())
            entries.push_back({std::string(binding.shown), ui.say(binding.help)});
    const int columns = page.w > 900 ? 3 : page.w > 620 ? 2 : 1;
    const float width = std::min(page.w - 32, 320.0f * float(columns) + 48);
    const std::size_t per_column =
        (entries.size() + std::size_t(columns) - 1) / std::size_t(columns);
    const float height = std::min(page.h - 32, 64 + 30 * float(per_column) + 20);
    const Rect box{(page.w - width) / 2, (page.h - height) / 2, width, height};
    ui.c.rect(box, t.raised, corner + 4, {t.outline, 1});
    Rect inside = box.inset(24, 16);
    ui.c.text_in(inside.take_top(40), ui.say("keys.title"), {Font::bold, text_title, t.text});
    ui.c.push_clip(inside);
    const float column = inside.w / float(columns);
    for (std::size_t i = 0; i < entries.size(); ++i) {
        Rect row{inside.x + column * float(i / per_column), inside.y + 30 * float(i % per_column),
                 column - 16, 30};
        const TextStyle style{Font::mono, text_label, t.text, Align::centre};
        const float w = ui.c.measure(entries[i].keys, style).w + 14;
        Rect place = row.take_left(std::max(118.0f, w + 4));
        Rect cap = place.take_left(w).inset(0, 3);
        ui.c.rect(cap, t.sunken, 4, {t.outline, 1});
        ui.c.text_in(cap, entries[i].keys, style);
        ui.c.text_in(row, entries[i].what, {Font::body, text_label, t.text});
    }
    ui.c.pop_clip();
    ui.c.pop_layer();
}

}  // namespace orrery::viz
