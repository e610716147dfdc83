#include "viz/app/shell.hpp"

#include <algorithm>

#include "viz/app/catalogue.hpp"
#include "viz/app/palette.hpp"
#include "viz/app/shell_parts.hpp"
#include "viz/app/text_editor.hpp"
#include "viz/kit/format.hpp"
#include "viz/kit/header.hpp"

namespace orrery::viz {
namespace {

constexpr float top_height = 48, rail_width = 48, status_height = 28, transport_height = 60,
                header_height = 68, compare_height = 40;
constexpr float full_left_from = 1500, side_by_side_from = 1100;
// What is more is scrolled to where the window is low.
constexpr float one_row_of_knobs = 76, two_rows_of_knobs = 136;
constexpr float least_picture = 290;  // what "More" leaves of the picture's height
constexpr float least_width = 480, least_height = 320;

void draw_too_small(Ui& ui) {
    const Size size = ui.c.size();
    const float height =
        ui.c.measure_paragraph(size.w - 32, ui.say("window.too_small"), ui.body()).h;
    draw_icon(ui.c, {0, 0, size.w, std::max(0.0f, size.h - height)}, Icon::orrery, ui.theme.accent,
              std::min(40.0f, size.h / 4));
    ui.c.paragraph({16, (size.h - height) / 2 + size.h / 8, size.w - 32, height},
                   ui.say("window.too_small"), ui.body());
}

}  // namespace

float fitting_scale(float wanted, Size pixels) {
    const Size points{pixels.w / wanted, pixels.h / wanted};
    return std::max(0.25f, wanted * shrink(points, {least_width, least_height}));
}

bool has_transport(const Session& s) {
    return s.panel() && (s.motion().length > 0 || s.panel()->declaration.make_job());
}

WindowLayout window_layout(const Session& s, Size size) {
    WindowLayout l;
    Rect page{0, 0, size.w, size.h};
    if (size.w < least_width || size.h < least_height) {
        l.too_small = true;
        return l;
    }
    l.top = page.take_top(top_height);
    l.status = page.take_bottom(status_height);
    if (has_transport(s)) l.transport = page.take_bottom(transport_height);
    l.rail = size.w < full_left_from || !s.settings.left_open;
    l.left = page.take_left(l.rail ? rail_width : s.settings.left_width);
    if (s.panel() && s.settings.right_open) {
        float width = s.settings.right_width;
        if (s.tab == "code") width = std::max(width, page.w * 0.45f);
        // A comparison needs the room of the right pane.
        l.drawer = size.w < side_by_side_from || (!s.compare().empty() && size.w < full_left_from);
        if (!l.drawer) {
            l.right = page.take_right(std::min(width, page.w * 0.6f));
        } else if (s.drawer) {
            const float wide = std::min(std::max(width, 340.0f), page.w * 0.85f);
            l.right = {page.right() - wide, page.y, wide, page.h};
        }
    }
    l.centre = page;
    if (s.panel()) {
        Rect rest = page;
        l.header = rest.take_top(header_height);
        //: "More" may take what the picture can spare; what is more still is scrolled
        const float low = s.pinned() ? one_row_of_knobs : two_rows_of_knobs;
        const float most = s.more_knobs ? std::max(two_rows_of_knobs, rest.h - least_picture)
                                        : std::min(rest.h * 0.45f, size.h < 900 ? low : 1e6f);
        l.knobs = rest.take_bottom(std::min(knobs_height(s, rest.w), most));
        if (s.pinned()) l.compare = rest.take_top(compare_height);
        l.picture = rest;
    }
    return l;
}

void draw_top_bar(Ui& ui, const Rect& box) {
    const Theme& t = ui.theme;
    ui.c.rect(box, t.surface);
    ui.c.line({box.x, box.bottom() - 0.5f}, {box.right(), box.bottom() - 0.5f}, {t.hairline, 1});
    Rect row = box.inset(8, 8);
    const Language language = ui.s.settings.language;

    //: what stands at the right, from the edge inwards
    icon_button(ui, row.take_right(32), "top.larger", Icon::none, "larger", ui.say("top.larger"));
    ui.c.text_in({row.right(), row.y, 32, row.h}, "A+", {Font::bold, 15, t.text, Align::centre});
    icon_button(ui, row.take_right(32), "top.smaller", Icon::none, "smaller",
                ui.say("top.smaller"));
    ui.c.text_in({row.right(), row.y, 32, row.h}, "A−",
                 {Font::bold, text_label, t.text, Align::centre});
    icon_button(ui, row.take_right(32), "top.theme", ui.s.settings.dark ? Icon::sun : Icon::moon,
                "toggle-theme", ui.say(ui.s.settings.dark ? "top.to_light" : "top.to_dark"));
    row.take_right(8);
    const std::vector<Option> languages{{"en", "EN", "English (F8)"}, {"zh", "中文", "中文 (F8)"}};
    segmented(ui, row.take_right(segmented_width(ui, languages)).inset(0, 2), "top.language",
              languages, code(language), "language ");
    row.take_right(12);

    //: home, and where we are
    ButtonLook home;
    home.icon = Icon::orrery, home.quiet = true, home.font = Font::bold, home.size = text_body;
    home.tip = ui.say("top.home");
    button(ui, row.take_left(button_width(ui, "Orrery", home)), "top.home", "Orrery", "home", home);
    row.take_left(4);
    //: the search box keeps the middle
    const float search = std::min(300.0f, std::max(120.0f, row.w * 0.34f));
    Rect find = row.take_right(search);
    //: the way back to the path, when one was left
    const std::string path = ui.say("path.go_on");
    ButtonLook on_with_it;
    on_with_it.icon = Icon::play, on_with_it.tip = ui.say("path.go_on.tip");
    const float path_width = button_width(ui, path, on_with_it);
    if (ui.s.following && row.w > path_width + 330) {
        row.take_right(12);
        draw_path_steps(ui, row, "path next", "path back", "path.next", "path.back");
        row.take_right(4);
        button(ui, row.take_right(path_width), "path.here", path, "path here", on_with_it);
        row.take_right(8);
    }
    if (ui.s.panel()) {
        Rect crumbs = row.inset(0, 0);
        const auto crumb = [&](std::string_view text, bool strong, const std::string& action = "") {
            if (crumbs.w < 40) return;
            draw_icon(ui.c, crumbs.take_left(18), Icon::right, t.text_quiet, 10);
            const TextStyle style{strong ? Font::bold : Font::body, 15,
                                  strong           ? t.text
                                  : action.empty() ? t.text_quiet
                                                   : t.accent};
            const float width = std::min(crumbs.w, ui.c.measure(text, style).w + 6);
            const Rect place = crumbs.take_left(width);
            ui.c.text_in(place, text, style);
            if (action.empty()) return;
            Region r;
            r.id = "top.parent." + action, r.box = place, r.kind = Region::Kind::button;
            r.action = action, r.tip = ui.say("top.parent");
            if (ui.focused(r.id)) focus_ring(ui, place);
            ui.c.region(std::move(r));
        };
        //: the panels whose tensors these are, the outermost first
        std::vector<std::pair<std::string, std::string>> parents;
        for (std::string in = ui.s.in(); !in.empty() && parents.size() < 4;) {
            const InputSource source = input_source(in);
            if (!source.panel) break;
            parents.insert(parents.begin(),
                           {title_of(language, source.panel->id), "open " + source.link});
            const std::string* further = parse_link(source.link).find("in");
            in = further ? std::string(*further) : std::string();
        }
        if (const Chapter* chapter = chapter_of(ui.s.component());
            chapter && row.w > 260 && parents.empty())
            crumb(ui.say("chapter." + chapter->key), false);
        for (const auto& [title, action] : parents) crumb(title, false, action);
        crumb(title_of(language, ui.s.component()), true);
    }
    const std::string id = "top.search";
    ui.c.rect(find, t.sunken, corner, {ui.hot(id) ? t.outline : t.hairline, 1});
    draw_icon(ui.c, {find.x + 4, find.y, 28, find.h}, Icon::search, t.text_quiet, 14);
    Rect words{find.x + 34, find.y, find.w - 42, find.h};
    const std::string keys = "Ctrl+K";
    ui.c.text_in(words.take_right(ui.c.measure(keys, {Font::mono, text_label, t.text_quiet}).w),
                 keys, {Font::mono, text_label, t.text_quiet, Align::right});
    ui.c.text_in(words, ui.say("top.search"), ui.label());
    if (ui.focused(id)) focus_ring(ui, find);
    Region r;
    r.id = id, r.box = find, r.kind = Region::Kind::button, r.action = "palette";
    r.tip = ui.say("top.search.tip");
    ui.c.region(std::move(r));
}

void draw_status(Ui& ui, const Rect& box) {
    const Theme& t = ui.theme;
    ui.c.rect(box, t.surface);
    ui.c.line({box.x, box.y + 0.5f}, {box.right(), box.y + 0.5f}, {t.hairline, 1});
    Rect row = box.inset(12, 0);
    if (!ui.s.panel()) {
        ui.c.text_in(row, ui.say("status.home"), ui.label());
        return;
    }
    //: at the right what does not move: seed and time
    std::string right = ui.say("status.seed", {{"seed", std::to_string(ui.s.knobs().seed())}});
    if (ui.s.shown().trace)
        right +=
            " · " + ui.say("status.ms",
                           {{"ms", format_short(std::max(0.01, ui.s.shown().milliseconds), 4)}});
    if (ui.s.stale()) right = ui.say("status.computing") + " · " + right;
    const float width = ui.c.measure(right, ui.label()).w + 16;
    const Rect where = row.take_right(width);
    ui.c.text_in(where, right, {Font::body, text_label, t.text_quiet, Align::right});
    Region told;
    told.id = "status.seed", told.box = where, told.tip = ui.say("status.seed.help");
    ui.c.region(std::move(told));
    //: at the left the hovered cell, else what the picture leaves out
    const View view = ui.s.view({});
    const Selection& at = view.chosen();
    std::string left;
    if (!at.tensor.empty() && ui.s.shown().trace) {
        left = at.is_cell() ? cell_words(ui, at) : at.tensor;
        if (!view.explanation.formula.empty()) left += "   " + view.explanation.formula;
    } else {
        const std::string* own =
            find_string(ui.s.settings.language, ui.s.component(), "leaves_out");
        const Header* header = find_header(ui.s.component());
        const std::string what = own ? *own : header ? header->leaves_out : "";
        if (!what.empty()) left = ui.say("status.leaves_out", {{"what", what}});
    }
    ui.c.text_in(row, left, ui.label());
}

void draw_notes(Ui& ui, float bottom) {
    const Theme& t = ui.theme;
    const Size size = ui.c.size();
    const float width = std::min(520.0f, size.w - 32);
    float y = bottom - 12;
    ui.c.push_layer(1);
    for (std::size_t i = ui.s.notes.size(); i-- > 0;) {
        const Note& note = ui.s.notes[i];
        const TextStyle style{Font::body, 14, t.text};
        const float text = ui.c.measure_paragraph(width - 76, note.text, style).h;
        const Rect box{(size.w - width) / 2, y - text - 20, width, text + 20};
        ui.c.rect({box.x, box.y + 2, box.w, box.h}, Color{0, 0, 0, 70}, corner + 2);
        ui.c.rect(box, t.raised, corner, {note.bad ? t.bad : t.outline, 1});
        ui.c.rect({box.x, box.y, 4, box.h}, note.bad ? t.bad : t.accent, 2);
        ui.c.paragraph({box.x + 20, box.y + 10, width - 76, text}, note.text, style);
        icon_button(ui, {box.right() - 40, box.y + 4, 32, std::min(32.0f, box.h - 8)},
                    "note." + std::to_string(i), Icon::close, "dismiss " + std::to_string(i),
                    ui.say("note.dismiss"));
        y = box.y - 8;
        if (y < 80) break;
    }
    ui.c.pop_layer();
}

void draw_window(Canvas& c, const Session& s) {
    Ui ui(c, s);
    const Size size = c.size();
    c.rect({0, 0, size.w, size.h}, ui.theme.background);
    const WindowLayout l = window_layout(s, size);
    if (l.too_small) return draw_too_small(ui);
    if (s.presenting && s.panel()) {
        draw_presenter(ui);
        draw_notes(ui, size.h - 80);
        if (s.palette) draw_palette(c, s);
        if (s.keys_shown) draw_keys(ui);
        return;
    }
    if (s.panel())
        draw_centre(ui, l);
    else
        draw_gallery(ui, l.centre);
    if (!l.transport.empty()) draw_transport(ui, l.transport);
    draw_status(ui, l.status);
    if (!l.right.empty() && !l.drawer) draw_right(ui, l);
    draw_top_bar(ui, l.top);
    draw_left(ui, l);
    if (!l.right.empty() && l.drawer) {
        c.push_layer(1);
        draw_right(ui, l);
        c.pop_layer();
    }
    draw_notes(ui, l.transport.empty() ? l.status.y : l.transport.y);
    draw_editor(ui);
    if (s.palette) draw_palette(c, s);
    if (s.keys_shown) draw_keys(ui);
    draw_tooltip(ui, c.regions());
}

}  // namespace orrery::viz
