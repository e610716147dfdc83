// The left pane: gallery, lessons, and all components by chapter; a rail of icons when there is no
// room
#include <algorithm>

#include "viz/app/catalogue.hpp"
#include "viz/app/shell_parts.hpp"

namespace orrery::viz {
namespace {

constexpr float row_height = 30, pane_width = 264;

Region plain(std::string id, const Rect& box) {
    Region r;
    r.id = std::move(id), r.box = box;
    return r;
}

// Some Chinese names have the English one behind them, which is left out where it has no room.
std::string_view name_in(const Canvas& c, float width, std::string_view name,
                         const TextStyle& style) {
    const std::size_t blank = name.find(' ');
    const bool chinese = !name.empty() && static_cast<unsigned char>(name[0]) >= 0x80;
    const bool fits = blank == std::string_view::npos || c.measure(name, style).w <= width;
    return fits || !chinese ? name : name.substr(0, blank);
}

void row(Ui& ui, const Rect& box, const std::string& id, std::string_view title,
         const std::string& action, Icon icon, bool selected, bool quiet,
         std::string_view note = {}) {
    const Theme& t = ui.theme;
    if (selected) ui.c.rect(box, t.accent.with_alpha(0.16f), corner);
    if (selected) ui.c.rect({box.x, box.y + 6, 3, box.h - 12}, t.accent, 1.5f);
    if (!selected && ui.hot(id)) ui.c.rect(box, t.text.with_alpha(0.06f), corner);
    Rect inner = box.inset(10, 0);
    if (icon != Icon::none) {
        draw_icon(ui.c, inner.take_left(18), icon, selected ? t.accent : t.text_quiet, 15);
        inner.take_left(8);
    }
    if (!note.empty()) {
        const TextStyle style{Font::mono, text_label, t.text_quiet, Align::right};
        ui.c.text_in(inner.take_right(ui.c.measure(note, style).w + 2), note, style);
        inner.take_right(8);
    }
    const TextStyle style{selected ? Font::bold : Font::body, quiet ? text_label : 14,
                          quiet ? t.text_quiet : t.text};
    ui.c.text_in(inner, name_in(ui.c, inner.w, title, style), style);
    if (ui.focused(id)) focus_ring(ui, box);
    Region r = plain(id, box);
    r.kind = Region::Kind::button, r.action = action;
    ui.c.region(std::move(r));
}

// "§2.3" of the survey; nothing for what it has no section for.
std::string section_of(const CatalogueItem& item) {
    const std::string first = item.survey.substr(0, item.survey.find(','));
    return first.find_first_not_of("0123456789.") == std::string::npos ? "§" + first : "";
}

void draw_pane(Ui& ui, const Rect& box) {
    const Theme& t = ui.theme;
    ui.c.rect(box, t.surface);
    ui.c.line({box.right() - 0.5f, box.y}, {box.right() - 0.5f, box.bottom()}, {t.hairline, 1});
    ui.c.region(plain("left.pane", box));
    ScrollArea area(ui, box.inset(8, 8), "left");
    const Language language = ui.s.settings.language;
    Rect at = area.content();
    const auto place = [&](float height) {
        const Rect strip{at.x, at.y, at.w, height};
        at.y += height;
        return strip;
    };
    row(ui, place(row_height), "left.gallery", ui.say("left.gallery"), "home", Icon::gallery,
        !ui.s.panel(), false);
    //: lessons, with how many were done
    const auto& lessons = taught_ids();
    const auto done = std::count_if(lessons.begin(), lessons.end(), [&](const auto& id) {
        return ui.s.progress.lessons_done.count(id) > 0;
    });
    if (!lessons.empty()) {
        place(12);
        const Rect head = place(24);
        ui.c.text_in(head.inset(10, 0), ui.say("left.lessons"),
                     {Font::bold, text_label, t.text_quiet});
        ui.c.text_in(head.inset(10, 0), std::to_string(done) + "/" + std::to_string(lessons.size()),
                     {Font::mono, text_label, t.text_quiet, Align::right});
        for (const auto& id : lessons) {
            const bool read = ui.s.progress.lessons_done.count(id) > 0;
            row(ui, place(row_height), "left.lesson." + id, title_of(language, id), "lesson " + id,
                read ? Icon::check : Icon::book, false, false);
        }
    }
    //: components along the survey's path
    for (const Chapter& chapter : catalogue()) {
        place(12);
        ui.c.text_in(place(24).inset(10, 0), ui.say("chapter." + chapter.key),
                     {Font::bold, text_label, t.text_quiet});
        for (const CatalogueItem& item : chapter.items)
            row(ui, place(row_height), "left." + item.id, title_of(language, item.id),
                "open " + item.id, Icon::none, item.id == ui.s.component(), !item.drawn,
                section_of(item));
    }
    area.end(at.y);
}

void draw_rail(Ui& ui, const Rect& box, bool open) {
    const Theme& t = ui.theme;
    ui.c.rect(box, t.surface);
    ui.c.line({box.right() - 0.5f, box.y}, {box.right() - 0.5f, box.bottom()}, {t.hairline, 1});
    ui.c.region(plain("left.rail", box));
    Rect column = box.inset(6, 8);
    const auto place = [&] {
        const Rect strip = column.take_top(36);
        column.take_top(4);
        return strip;
    };
    icon_button(ui, place(), "left.rail.gallery", Icon::gallery, "home",
                open ? "" : ui.say("left.gallery"), !ui.s.panel());
    icon_button(ui, place(), "left.rail.lessons", Icon::book, "left open",
                open ? "" : ui.say("left.lessons"));
    icon_button(ui, place(), "left.rail.components", Icon::tree, "left open",
                open ? "" : ui.say("left.components"));
    Rect low = column;
    icon_button(ui, low.take_bottom(36), "left.rail.keys", Icon::help, "keys", ui.say("left.keys"));
}

}  // namespace

void draw_left(Ui& ui, const WindowLayout& l) {
    if (!l.rail) {
        draw_pane(ui, l.left);
        Region r;
        r.id = "left.edge", r.box = {l.left.right() - 4, l.left.y, 8, l.left.h};
        r.kind = Region::Kind::drag, r.action = "left-width", r.value = l.left.w;
        ui.c.region(std::move(r));
        return;
    }
    // The rail opens while the mouse, or the keyboard, is on it or on what it opened.
    const bool open = ui.s.under.starts_with("left.") || ui.s.focus.starts_with("left.") ||
                      ui.s.under == "scroll.left" || ui.s.under == "bar.left";
    const bool by_rail_icon = ui.s.under == "left.rail.keys";
    draw_rail(ui, l.left, open);
    if (open && !by_rail_icon) {
        ui.c.push_layer(1);
        const Rect box{l.left.right(), l.left.y, pane_width, l.left.h};
        ui.c.rect({box.right(), box.y, 6, box.h}, Color{0, 0, 0, 50});
        draw_pane(ui, box);
        ui.c.pop_layer();
    }
}

}  // namespace orrery::viz
