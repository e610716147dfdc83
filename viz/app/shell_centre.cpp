// The centre: title and badge, the picture, its knobs and presets
#include <algorithm>
#include <cmath>

#include "core/base/text.hpp"
#include "viz/app/catalogue.hpp"
#include "viz/app/compare.hpp"
#include "viz/app/own_text.hpp"
#include "viz/app/picture.hpp"
#include "viz/app/shell_parts.hpp"
#include "viz/app/slider.hpp"
#include "viz/app/text_editor.hpp"
#include "viz/kit/flow.hpp"
#include "viz/kit/format.hpp"

namespace orrery::viz {
namespace {

constexpr float label_height = 20, control_height = 32, cell_gap = 16, row_gap = 8, padding = 12;
constexpr float knob_height = label_height + control_height;
constexpr float least_picture_width = 640;
constexpr float most_given = 24;  // of a slider's width, to keep a row

// One control under the picture: a knob, the text, or the row of presets.
struct Cell {
    enum class Kind { text, presets, knob, more } kind;
    const Knob* knob = nullptr;
    float least = 0, most = 0;
    Rect box;
};

std::string knob_title(const Session& s, const std::string& name) {
    const std::string* title = find_string(s.settings.language, s.component(), "knob." + name);
    return title ? *title : name;
}

std::string choice_title(const Session& s, const Knob& knob, const std::string& choice) {
    const std::string* title =
        find_string(s.settings.language, s.component(), "knob." + knob.name + "." + choice);
    return title ? *title : choice;
}

std::string preset_title(const Session& s, const std::string& name) {
    const std::string* title = find_string(s.settings.language, s.component(), "preset." + name);
    return title ? *title : name;
}

bool is_hidden(const Session& s, const std::string& name) {
    return std::find(s.hidden.begin(), s.hidden.end(), name) != s.hidden.end();
}

// About as wide as the letters will be: layout is needed where there is no canvas.
float text_guess(std::string_view text) {
    float width = 0;
    for (const char c : text) width += (static_cast<unsigned char>(c) & 0xC0) == 0x80 ? 3.2f : 7.2f;
    return width;
}

float options_guess(const Session& s, const Knob& knob) {
    float width = 0;
    for (const auto& choice : knob.choices) width += text_guess(choice_title(s, knob, choice)) + 22;
    return width;
}

std::vector<Cell> cells_of(const Session& s) {
    std::vector<Cell> cells;
    if (!s.panel()) return cells;
    const Declaration& d = s.panel()->declaration;
    // A text is no source of a panel that shows another's tensors.
    if (d.reads_text() && !is_hidden(s, "text") && s.in().empty())
        cells.push_back({Cell::Kind::text, nullptr, 160, 460, {}});
    std::vector<std::string> shown_presets;
    float presets = 0;
    for (const auto& preset : d.presets())
        if (preset.name != "card") presets += text_guess(preset_title(s, preset.name)) + 30;
    if (presets > 0 && !is_hidden(s, "presets"))
        cells.push_back({Cell::Kind::presets, nullptr, presets, presets + 8, {}});
    bool advanced = false;
    for (const Knob& knob : d.knobs()) {
        if (knob.name == "edits" || is_hidden(s, knob.name)) continue;
        if (knob.used && !knob.used(s.knobs())) continue;
        // The sizes of tensors that come from another panel are set there.
        const auto& idle = s.shown().idle_knobs;
        if (!s.in().empty() && s.shown().panel.get() == s.panel() &&
            std::find(idle.begin(), idle.end(), knob.name) != idle.end())
            continue;
        if (knob.advanced) advanced = true;
        if (knob.advanced && !s.more_knobs) continue;
        const float title = text_guess(knob_title(s, knob.name)) + 8;
        Cell cell{Cell::Kind::knob, &knob, 128, 220, {}};
        if (knob.type == Knob::Type::toggle) cell.least = cell.most = std::max(60.0f, title);
        if (knob.type == Knob::Type::choice) {
            const float options = options_guess(s, knob);
            cell.least = options <= 300 ? options : 150;
            cell.most = std::max(cell.least, options <= 300 ? options + 12 : 180);
        }
        if (knob.type == Knob::Type::text) cell.least = 180, cell.most = 360;
        cell.least = std::max(cell.least, std::min(title, 180.0f));
        cell.most = std::max(cell.most, cell.least);
        cells.push_back(cell);
    }
    if (advanced) cells.push_back({Cell::Kind::more, nullptr, 84, 84, {}});
    return cells;
}

// Rows from left to right; what is left of a row's width is shared. Returns the height.
float place_cells(std::vector<Cell>& cells, float width) {
    std::size_t begin = 0;
    float y = padding;
    while (begin < cells.size()) {
        std::size_t end = begin;
        float least = 0, spare = 0;
        while (end < cells.size()) {
            const float more = cells[end].least + (end > begin ? cell_gap : 0);
            if (end > begin && least + more > width - 2 * padding) break;
            least += more, spare += cells[end].most - cells[end].least, ++end;
        }
        //: "More" alone on a row would cost the picture that row: what slides gives a little each
        if (end + 1 == cells.size() && cells[end].kind == Cell::Kind::more) {
            const float missing = least + cell_gap + cells[end].least - (width - 2 * padding);
            const auto slides = [](const Cell& c) {
                return c.kind == Cell::Kind::text ||
                       (c.kind == Cell::Kind::knob &&
                        (c.knob->type == Knob::Type::integer || c.knob->type == Knob::Type::real));
            };
            const auto count = std::count_if(cells.begin() + std::ptrdiff_t(begin),
                                             cells.begin() + std::ptrdiff_t(end), slides);
            if (missing <= most_given * float(count)) {
                for (std::size_t i = begin; i < end; ++i)
                    if (slides(cells[i])) cells[i].least -= missing / float(count);
                least = width - 2 * padding, spare = 0, ++end;
            }
        }
        const float left = std::max(0.0f, width - 2 * padding - least);
        const float share = spare > 0 ? std::min(1.0f, left / spare) : 0;
        float x = padding;
        for (std::size_t i = begin; i < end; ++i) {
            const float w = std::min(cells[i].least + (cells[i].most - cells[i].least) * share,
                                     width - 2 * padding);
            cells[i].box = {x, y, w, knob_height};
            x += w + cell_gap;
        }
        y += knob_height + row_gap;
        begin = end;
    }
    return cells.empty() ? 0 : y - row_gap + padding;
}

// At the end of a text's field: opens the large one.
void larger_button(Ui& ui, Rect& box, const std::string& field) {
    ButtonLook quiet;
    quiet.quiet = true, quiet.icon = Icon::fit, quiet.tip = ui.say("editor.open");
    button(ui, box.take_right(32), field + ".larger", "", "edit-text " + field, quiet);
}

void draw_text_cell(Ui& ui, Rect box) {
    Rect head = box.take_top(label_height);
    ui.c.text_in(head, ui.say("knob.text"), ui.label());
    const std::string& text = ui.s.workspace().text;
    //: a text that the picture does not use is not shown; writing one makes it the one in use
    const std::string& knob = knob_of_text(ui.s.panel());
    if (!knob.empty() && ui.s.knobs().choice(knob) != own_text_choice) {
        larger_button(ui, box, "text");
        const auto typed = ui.s.drafts.find("text");
        return text_field(ui, box, "text", typed != ui.s.drafts.end() ? typed->second : "",
                          "own-text", ui.say("knob.text.unused"), ui.say("knob.text.unused.help"));
    }
    ButtonLook quiet;
    quiet.quiet = true, quiet.icon = Icon::reset, quiet.tip = ui.say("knob.text.default");
    if (ui.s.own_text()) button(ui, box.take_right(32), "text.default", "", "default-text", quiet);
    if (text.size() <= editor_most_bytes) larger_button(ui, box, "text");
    // A long text is not edited here: the field shows how it begins.
    constexpr std::size_t most_edited = 16384;
    if (text.size() > most_edited) {
        const std::string size =
            ui.say("knob.text.size", {{"size", format_bytes(double(text.size()))}});
        ui.c.rect(box, ui.theme.sunken, corner, {ui.theme.hairline, 1});
        Rect row = box.inset(8, 0);
        ui.c.text_in(row.take_right(ui.c.measure(size, ui.label()).w + 8), size,
                     {Font::body, text_label, ui.theme.text_quiet, Align::right});
        std::string line = text.substr(0, 200);
        for (char& c : line)
            if (static_cast<unsigned char>(c) < 32) c = ' ';
        ui.c.text_in(row, line, {Font::body, text_label + 1, ui.theme.text});
        Region r;
        r.id = "text", r.box = box,
        r.tip = ui.say(text.size() <= editor_most_bytes ? "knob.text.medium" : "knob.text.long");
        ui.c.region(std::move(r));
        return;
    }
    const auto draft = ui.s.drafts.find("text");
    text_field(ui, box, "text", draft != ui.s.drafts.end() ? draft->second : text, "own-text",
               ui.say("knob.text.placeholder"), ui.say("knob.text.help"));
}

void draw_knob(Ui& ui, Rect box, const Knob& knob) {
    const Session& s = ui.s;
    const Knobs& knobs = s.knobs();
    const std::string id = "knob." + knob.name, title = knob_title(s, knob.name);
    const std::string* help = find_string(s.settings.language, s.component(), id + ".help");
    std::string tip = title + (help ? "\n" + *help : "");
    const Rect whole = box;
    Rect head = box.take_top(label_height);
    const bool changed = !knobs.is_default(knob.name);
    if (changed && head.w > 70) {
        const Rect end = head.take_right(target);
        icon_button(ui, {end.x, head.bottom() - target, target, target}, id + ".reset", Icon::undo,
                    "reset " + knob.name, ui.say("knob.reset"));
    }
    ui.c.text_in(head, title,
                 {changed ? Font::bold : Font::body, text_label,
                  changed ? ui.theme.text : ui.theme.text_quiet});
    Region label;
    label.id = id + ".label", label.box = head, label.tip = tip;
    ui.c.region(std::move(label));
    switch (knob.type) {
        case Knob::Type::toggle:
            toggle_switch(ui, box, id, knobs.flag(knob.name), "flip " + knob.name, tip);
            break;
        case Knob::Type::choice: {
            std::vector<Option> options;
            for (const auto& choice : knob.choices)
                options.push_back({choice, choice_title(s, knob, choice), tip});
            if (segmented_width(ui, options) <= box.w + 1)
                segmented(ui, box.inset(0, 1), id, options, knobs.choice(knob.name),
                          "set " + knob.name + " ");
            else
                drop_down(ui, box, id, options, knobs.choice(knob.name), "set " + knob.name + " ",
                          tip);
            break;
        }
        case Knob::Type::text:
            larger_button(ui, box, id);
            text_field(ui, box, id, knobs.text(knob.name), "set " + knob.name, "", tip, false,
                       Font::body);
            break;
        case Knob::Type::integer:
        case Knob::Type::real: {
            const double value = knobs.number(knob.name);
            text_field(ui, box.take_right(64), id + ".value", number_text(value, 6),
                       "set " + knob.name, "", tip, false, Font::mono);
            box.take_right(6);
            slider(ui, box, id, float(slider_fraction(knob, value)), "slide " + knob.name, tip);
            break;
        }
    }
    View view;
    view.pointed = s.pointed;
    ring(ui.c, whole.inset(-4), knob.name, view);
}

void draw_knobs(Ui& ui, const Rect& box) {
    const Theme& t = ui.theme;
    if (box.empty()) return;
    ui.c.rect(box, t.surface);
    ui.c.line({box.x, box.y + 0.5f}, {box.right(), box.y + 0.5f}, {t.hairline, 1});
    std::vector<Cell> cells = cells_of(ui.s);
    ScrollArea area(ui, box.inset(0, 1), "knobs");
    const Rect at = area.content();
    const float height = place_cells(cells, box.w);
    for (Cell& cell : cells) {
        Rect place{at.x + cell.box.x, at.y + cell.box.y, cell.box.w, cell.box.h};
        switch (cell.kind) {
            case Cell::Kind::text:
                draw_text_cell(ui, place);
                break;
            case Cell::Kind::knob:
                draw_knob(ui, place, *cell.knob);
                break;
            case Cell::Kind::more: {
                place.take_top(label_height);
                ButtonLook look;
                look.selected = ui.s.more_knobs;
                button(ui, place, "knobs.more",
                       ui.say(ui.s.more_knobs ? "knobs.less" : "knobs.more"), "more-knobs", look);
                break;
            }
            case Cell::Kind::presets: {
                ui.c.text_in(place.take_top(label_height), ui.say("knobs.presets"), ui.label());
                for (const auto& preset : ui.s.panel()->declaration.presets()) {
                    if (preset.name == "card") continue;
                    const std::string title = preset_title(ui.s, preset.name);
                    ButtonLook look;
                    const std::string* help = find_string(ui.s.settings.language, ui.s.component(),
                                                          "preset." + preset.name + ".help");
                    look.tip = help ? *help : "";
                    button(ui, place.take_left(button_width(ui, title, look)),
                           "preset." + preset.name, title, "preset " + preset.name, look);
                    place.take_left(6);
                }
                break;
            }
        }
    }
    area.end(at.y + height - 2);
}

}  // namespace

float knobs_height(const Session& s, float width) {
    std::vector<Cell> cells = cells_of(s);
    return place_cells(cells, width);
}

static void draw_header(Ui& ui, Rect row) {
    const Theme& t = ui.theme;
    const Session& s = ui.s;
    row = row.inset(12, 8);
    Rect below = row;
    row = below.take_top(32);
    if (!s.settings.right_open || ui.c.size().w < 1100)
        icon_button(ui, row.take_right(32), "centre.right", Icon::panel_right,
                    s.settings.right_open ? "drawer" : "right open", ui.say("centre.right"));
    icon_button(ui, row.take_right(32), "centre.export", Icon::download, "menu export",
                ui.say("centre.export"), s.menu == "export");
    const Rect anchor{row.right(), row.y, 32, row.h};
    icon_button(ui, row.take_right(32), "centre.present", Icon::screen, "present",
                ui.say("centre.present"));
    // Where there is little room the title goes first; the search box does the rest.
    const bool wide = row.w > 480;
    if (wide) {
        icon_button(ui, row.take_right(32), "centre.compare", Icon::compare, "compare",
                    ui.say("centre.compare"), s.pinned() != nullptr);
        icon_button(ui, row.take_right(32), "centre.link", Icon::link, "copy-link",
                    ui.say("centre.link"));
        icon_button(ui, row.take_right(32), "centre.fit", Icon::fit, "fit", ui.say("centre.fit"),
                    false, !s.lenses.empty());
    }
    icon_button(ui, row.take_right(32), "centre.reset", Icon::reset, "reset",
                ui.say("centre.reset"));
    if (wide) {
        icon_button(ui, row.take_right(32), "centre.redo", Icon::redo, "redo",
                    ui.say("centre.redo"), false, s.can_redo());
        icon_button(ui, row.take_right(32), "centre.undo", Icon::undo, "undo",
                    ui.say("centre.undo"), false, s.can_undo());
    }
    row.take_right(8);

    const TextStyle title{Font::bold, text_title, t.text};
    const std::string name = title_of(s.settings.language, s.component());
    const std::string badge = badge_of(s.component());
    const std::string badge_text = badge.empty() ? "" : ui.say("badge." + badge);
    const float badge_width = badge.empty() ? 0 : pill_width(ui, badge_text);
    const float width =
        std::min(ui.c.measure(name, title).w + 2, std::max(60.0f, row.w - badge_width - 12));
    ui.c.text_in(row.take_left(width), name, title);
    row.take_left(12);
    if (!badge.empty() && row.w >= badge_width) {
        const Rect box = row.take_left(badge_width).inset(0, (row.h - 24) / 2);
        pill(ui, box, badge_text,
             badge == "computed"    ? t.good
             : badge == "schematic" ? t.warning
                                    : t.accent);
        Region r;
        r.id = "centre.badge", r.box = box, r.tip = ui.say("badge." + badge + ".help");
        ui.c.region(std::move(r));
        row.take_left(12);
    }
    const std::string tagline = tagline_of(s.settings.language, s.component());
    if (!tagline.empty()) ui.c.text_in(below, tagline, ui.label());
    if (s.menu == "export") {
        std::vector<Option> options;
        for (const std::string kind : {"png", "svg", "csv", "npy", "safetensors"})
            options.push_back({kind, ui.say("export." + kind), ""});
        menu_list(ui, anchor, "export", options, "", "export ", 200);
    }
}

// What is pinned, and how it is compared: a row above the picture.
static void draw_compare_bar(Ui& ui, Rect row) {
    const Theme& t = ui.theme;
    const Session& s = ui.s;
    ui.c.rect(row, t.surface);
    ui.c.line({row.x, row.bottom() - 0.5f}, {row.right(), row.bottom() - 0.5f}, {t.hairline, 1});
    row = row.inset(12, 4);
    ButtonLook quit;
    quit.icon = Icon::close, quit.quiet = true, quit.tip = ui.say("compare.unpin.help");
    const std::string unpin = ui.say("compare.unpin");
    button(ui, row.take_right(button_width(ui, unpin, quit)), "compare.unpin", unpin, "unpin",
           quit);
    row.take_right(8);
    const std::vector<Option> options{
        {"off", ui.say("compare.off"), ui.say("compare.off.help")},
        {"side", ui.say("compare.side"), ui.say("compare.side.help")},
        {"difference", ui.say("compare.difference"), ui.say("compare.difference.help")}};
    segmented(ui, row.take_left(std::min(row.w, segmented_width(ui, options))), "compare", options,
              s.compare().empty() ? "off" : s.compare(), "compare ");
    row.take_left(12);
    //: said until something was changed; from then on the picture says what
    if (row.w > 120 && changes(s).empty()) ui.c.text_in(row, ui.say("compare.bar"), ui.label());
}

void draw_centre(Ui& ui, const WindowLayout& l) {
    const Session& s = ui.s;
    draw_header(ui, l.header);
    draw_knobs(ui, l.knobs);
    if (!l.compare.empty()) draw_compare_bar(ui, l.compare);
    if (l.picture.w < 40 || l.picture.h < 40) return;

    Region area;
    area.id = "picture", area.box = l.picture;
    ui.c.region(std::move(area));
    const bool old = s.stale();
    // In less room than this, a phone's, a picture is laid out as if it had it and drawn smaller.
    const float k = shrink({l.picture.w, l.picture.h}, {least_picture_width, 0});
    const View view = s.view({l.picture.w / k, l.picture.h / k});
    if (!s.shown().trace && s.shown().error.empty()) {
        ui.c.text_in(l.picture, ui.say("centre.computing"),
                     {Font::body, text_body, ui.theme.text_quiet, Align::centre});
        return;
    }
    ui.c.embed(session_picture(s, view, s.fade()), l.picture, k);
    if (s.picture_has_focus) ui.c.outline(l.picture.inset(2), {ui.theme.focus, 1.5f}, corner);
    //: an old picture says that it is, and why there is no new one
    const std::string& error = s.shown().trace ? s.shown().error : std::string();
    if (old || !error.empty() || !s.shown().exact) {
        const std::string text = !error.empty() ? error
                                 : old          ? ui.say("centre.stale")
                                                : ui.say("centre.nearest");
        const float width = std::min(l.picture.w - 24, pill_width(ui, text));
        pill(ui, {l.picture.right() - width - 12, l.picture.y + 4, width, 24}, text,
             !error.empty() ? ui.theme.bad : ui.theme.warning);
    }
}

}  // namespace orrery::viz
