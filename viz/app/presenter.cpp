// The presenter: one picture on the whole window and one sentence below; and the table of keys
#include <algorithm>

#include "viz/app/action.hpp"
#include "viz/app/catalogue.hpp"
#include "viz/app/picture.hpp"
#include "viz/app/shell_parts.hpp"

namespace orrery::viz {

void draw_presenter(Ui& ui) {
    const Theme& t = ui.theme;
    const Session& s = ui.s;
    Rect page{0, 0, ui.c.size().w, ui.c.size().h};
    Region all;
    all.id = "presenter", all.box = page;
    ui.c.region(std::move(all));
    if (s.blank) {
        ui.c.rect(page, Color{0, 0, 0, 255});
        return;
    }
    Rect head = page.take_top(std::min(48.0f, page.h * 0.12f)).inset(16, 4);
    Rect foot = page.take_bottom(std::min(72.0f, page.h * 0.18f)).inset(24, 8);
    ui.c.text_in(head, title_of(s.settings.language, s.component()),
                 {Font::bold, text_title, t.text});
    const std::string badge = badge_of(s.component());
    if (!badge.empty()) {
        const std::string word = ui.say("badge." + badge);
        const float width = pill_width(ui, word);
        if (head.w > width + 200)
            pill(ui, head.take_right(width).inset(0, (head.h - 24) / 2), word, t.good);
    }
    View view = s.view({page.w, page.h});
    ui.c.embed(draw_picture(*s.panel(), s.shown(), view), page);
    const std::string* sentence = find_string(s.settings.language, s.component(), "tagline");
    if (!view.explanation.why.empty()) sentence = &view.explanation.why;
    if (sentence) {
        const TextStyle style{Font::body, text_body, t.text};
        const auto lines = wrap(*sentence, foot.w, style);
        Rect at = foot;
        for (std::size_t i = 0; i < lines.size() && i < 2; ++i)
            ui.c.text_in(at.take_top(26), lines[i], {Font::body, text_body, t.text, Align::centre});
    }
    //: how far the animation is
    if (s.motion().length > 0) {
        ui.c.rect({0, ui.c.size().h - 3, ui.c.size().w, 3}, t.hairline);
        ui.c.rect(
            {0, ui.c.size().h - 3, ui.c.size().w * float(s.motion().t / s.motion().length), 3},
            t.accent);
    }
    draw_tooltip(ui, ui.c.regions());
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
