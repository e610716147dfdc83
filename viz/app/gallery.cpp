// Home: live cards along the survey's path, those to start with first
#include <algorithm>
#include <cmath>

#include "viz/app/cards.hpp"
#include "viz/app/catalogue.hpp"
#include "viz/app/picture.hpp"
#include "viz/app/playlist.hpp"
#include "viz/app/shell_parts.hpp"

namespace orrery::viz {
namespace {

constexpr float margin = 32, gap = 16, words_height = 76;

void card(Ui& ui, const Rect& box, const std::string& id, const std::string& region_id) {
    const Theme& t = ui.theme;
    const Language language = ui.s.settings.language;
    const bool hot = ui.hot(region_id) || ui.focused(region_id);
    if (hot)
        ui.c.rect({box.x, box.y + 3, box.w, box.h},
                  Color{0, 0, 0, t.dark ? std::uint8_t(90) : std::uint8_t(30)}, corner + 4);
    ui.c.rect(box, t.surface, corner + 2, {hot ? t.accent : t.hairline, hot ? 1.5f : 1.0f});
    Rect inside = box.inset(1);
    Rect words = inside.take_bottom(words_height);
    ui.c.line({inside.x, words.y}, {inside.right(), words.y}, {t.hairline, 1});
    const Rect picture = inside.inset(7);
    if (const auto shown = ui.s.cards().find(id); shown && shown->trace) {
        View view;
        view.size = {picture.w, picture.h};
        view.knobs = shown->knobs;
        view.step = shown->step;
        view.language = language;
        view.dark = t.dark;
        view.reduced_motion = ui.s.settings.reduced_motion;
        view.component = id;
        view.compact = true;
        double length = 0;
        try {
            if (const auto& of = shown->panel->declaration.length_of()) length = of(*shown->trace);
        } catch (const std::exception&) {
        }
        // While hovered or focused a card plays, and begins again after a moment at the end.
        view.t =
            hot && length > 0 && !view.reduced_motion
                ? std::min(length, std::fmod(ui.s.clock() * std::max(1.0, length / 6), length + 1))
                : length;
        ui.c.embed(draw_picture(*shown->panel, *shown, view), picture, 1, false);
    } else {
        ui.c.text_in(picture, ui.say("gallery.computing"),
                     {Font::body, text_label, t.text_quiet, Align::centre});
    }
    words = words.inset(14, 8);
    ui.c.text_in(words.take_top(24), title_of(language, id), {Font::bold, text_body, t.text});
    const TextStyle quiet{Font::body, text_label, t.text_quiet};
    auto lines = wrap(tagline_of(language, id), words.w, quiet);
    for (std::size_t i = 0; i < lines.size() && i < 2; ++i) {
        if (i == 1 && lines.size() > 2) lines[1] = shorten(lines[1] + " …", words.w, quiet);
        ui.c.text_in(words.take_top(18), lines[i], quiet);
    }
    if (ui.focused(region_id)) focus_ring(ui, box);
    Region r;
    r.id = region_id, r.box = box, r.kind = Region::Kind::button, r.action = "open " + id;
    ui.c.region(std::move(r));
}

}  // namespace

void draw_gallery(Ui& ui, const Rect& box) {
    const Theme& t = ui.theme;
    const Language language = ui.s.settings.language;
    ScrollArea area(ui, box, "gallery");
    Rect page = area.content();
    const float width = std::min(1240.0f, page.w - 2 * margin);
    const float left = page.x + std::max(margin, (page.w - width) / 2);
    float y = page.y + 36;

    //: one sentence says what this is
    const TextStyle title{Font::bold, 34, t.text};
    y += ui.c.paragraph({left, y, width, 200}, ui.say("gallery.title"), title).h + 6;
    const TextStyle lead{Font::body, text_body + 1, t.text_quiet};
    y += ui.c.paragraph({left, y, std::min(width, 760.0f), 200}, ui.say("gallery.lead"), lead).h +
         28;

    //: the path through them all, and its short version for a class
    const std::string tongue = language == Language::chinese ? ".zh" : "";
    float across = left;
    const auto offer = [&](const std::string& id, const std::string& label,
                           const std::string& action) {
        ButtonLook look;
        look.primary = across == left;
        const float w = std::min(width, button_width(ui, label, look));
        if (across > left && across + w > left + width) across = left, y += 44;
        const Rect place{across, y, w, 36};
        if (area.visible(place)) button(ui, place, id, label, action, look);
        across += w + 12;
    };
    const Progress& left_at = ui.s.progress;
    if (is_carried_path(left_at.path) && left_at.stop > 0)
        offer("path.here", ui.say("gallery.path.go_on", {{"n", std::to_string(left_at.stop + 1)}}),
              "path here");
    for (const std::string name : {"next_token", "next_token_demo"})
        offer("path." + name, ui.say("gallery.path." + name), "class " + name + tongue);
    y += 36 + 32;

    const auto heading = [&](std::string_view text, std::string_view quiet) {
        const Rect at = ui.c.text({left, y}, text, {Font::bold, text_title - 2, t.text});
        ui.c.text_in({at.right() + 12, y + 2, left + width - at.right() - 12, at.h}, quiet,
                     ui.label());
        y += at.h + 12;
    };
    const auto cards = [&](const std::vector<std::string>& ids, const std::string& prefix,
                           float least) {
        const int columns = std::max(1, int((width + gap) / (least + gap)));
        const float w = (width - gap * float(columns - 1)) / float(columns);
        const float h = std::round(std::min(w, 420.0f) * 0.56f) + words_height;
        for (std::size_t i = 0; i < ids.size(); ++i) {
            const auto column = int(i) % columns;
            if (i > 0 && column == 0) y += h + gap;
            const Rect place{left + float(column) * (w + gap), y, w, h};
            if (area.visible(place)) card(ui, place, ids[i], prefix + ids[i]);
        }
        y += h + 28;
    };
    if (!start_here().empty()) {
        heading(ui.say("gallery.start"), ui.say("gallery.start.why"));
        cards(start_here(), "start.", 340);
    }
    //: the whole path; what has no picture of its own yet is named quietly
    for (const Chapter& chapter : catalogue()) {
        heading(ui.say("chapter." + chapter.key), ui.say("chapter." + chapter.key + ".why"));
        std::vector<std::string> drawn;
        for (const CatalogueItem& item : chapter.items)
            if (item.drawn) drawn.push_back(item.id);
        if (!drawn.empty()) cards(drawn, "card.", 260);
        if (!drawn.empty()) y -= 12;
        float x = left;
        bool any = false;
        for (const CatalogueItem& item : chapter.items) {
            if (item.drawn) continue;
            const std::string name = title_of(language, item.id), id = "coming." + item.id;
            ButtonLook look;
            look.quiet = true;
            const float w = std::min(width, button_width(ui, name, look));
            if (x + w > left + width) x = left, y += 36;
            const Rect place{x, y, w, 30};
            if (area.visible(place)) {
                ui.c.rect(place, t.surface, 15, {t.hairline, 1});
                ui.c.text_in(place.inset(12, 0), name,
                             {Font::body, text_label, ui.hot(id) ? t.text : t.text_quiet});
                if (ui.focused(id)) focus_ring(ui, place, 15);
                Region r;
                r.id = id, r.box = place, r.kind = Region::Kind::button,
                r.action = "open " + item.id;
                r.tip = ui.say("gallery.coming");
                ui.c.region(std::move(r));
            }
            x += w + 8;
            any = true;
        }
        y += any ? 30 + 28 : 0;
    }
    area.end(y + 24);
}

}  // namespace orrery::viz
