// The tooltip, one kind only: what it is, its value, how it was computed, why, and the keys
#include <algorithm>
#include <cmath>

#include "viz/app/compare.hpp"
#include "viz/app/export.hpp"
#include "viz/app/shell_parts.hpp"
#include "viz/kit/counting.hpp"
#include "viz/kit/format.hpp"
#include "viz/kit/tokens.hpp"

namespace orrery::viz {
namespace {

struct Line {
    std::string text;
    TextStyle style;
    float gap = 0;  // above it
};

// The word that stands for row or column `i` of an axis with `count` entries, quoted; "" when none
// does.
std::string word_for(const Trace& trace, std::initializer_list<std::string_view> axes,
                     std::size_t count, int i) {
    for (const std::string_view axis : axes) {
        const auto& words = trace.names(axis);
        if (words.size() == count && i >= 0 && std::size_t(i) < count)
            return " “" + shown_token(words[std::size_t(i)]) + "”";
    }
    return "";
}

void about_cell(Ui& ui, std::vector<Line>& lines) {
    const Theme& t = ui.theme;
    const Session& s = ui.s;
    const Trace& trace = *s.shown().trace;
    const Selection& at = s.hover;
    const Entry* entry = trace.find(at.tensor);
    if (!entry) return;
    const std::string* part = find_string(s.settings.language, s.component(), "part." + at.tensor);
    lines.push_back({part && *part != at.tensor ? *part + "  " + at.tensor : at.tensor,
                     {Font::bold, 14, t.text}});
    const Tensor& tensor = entry->tensor;
    if (!at.is_cell()) {
        lines.push_back(
            {orrery::to_string(tensor.shape()), {Font::mono, text_label, t.text_quiet}});
        return;
    }
    lines.push_back({place_words(ui, at), {Font::body, text_label, t.text_quiet}, 2});
    const double value = cell_value(tensor, at);
    lines.push_back({format_value(value, s.full_digits), {Font::mono, 20, t.text}, 6});
    if (s.pin.is_cell() && trace.find(s.pin.tensor)) {
        const double other = cell_value(trace[s.pin.tensor], s.pin);
        lines.push_back(
            {ui.say("tip.difference", {{"value", format_value(value - other, s.full_digits)}}),
             {Font::body, text_label, t.accent},
             2});
    }
    //: the same cell of the pinned state
    if (s.pinned() && s.pinned()->shown.trace && lies_in(at, *s.pinned()->shown.trace) &&
        s.pinned()->shown.trace->find(at.tensor)) {
        const double was = cell_value((*s.pinned()->shown.trace)[at.tensor], at);
        lines.push_back({ui.say("tip.compare", {{"a", format_value(was, s.full_digits)},
                                                {"b", format_value(value, s.full_digits)},
                                                {"d", format_value(value - was, s.full_digits)}}),
                         {Font::mono, 14, t.text},
                         4});
    }
    const View view = s.view({});
    if (!view.explanation.formula.empty())
        lines.push_back({view.explanation.formula, {Font::mono, text_label, t.text}, 6});
    if (!view.explanation.why.empty())
        lines.push_back({view.explanation.why, {Font::body, 14, t.text}, 6});
    for (const Region& r : ui.c.regions())
        if (r.id == s.under && !r.edit.empty()) {
            lines.push_back({ui.say("tip.edit"), {Font::body, text_label, t.accent}, 6});
            lines.push_back({ui.say("tip.edit_keys"), {Font::body, text_label, t.text_quiet}, 2});
        }
    lines.push_back({ui.say("tip.keys"), {Font::body, text_label, t.text_quiet}, 8});
}

}  // namespace

std::string place_words(const Ui& ui, const Selection& at) {
    const Session& s = ui.s;
    const Entry* entry = s.shown().trace ? s.shown().trace->find(at.tensor) : nullptr;
    if (!entry || !at.is_cell()) return "";
    const Trace& trace = *s.shown().trace;
    const Tensor& tensor = entry->tensor;
    const std::size_t rows = tensor.rank() < 2 ? 1 : tensor.dim(-2), cols = tensor.cols();
    std::string where;
    if (at.layer >= 0) where += ui.say("tip.layer", {{"n", counted(at.layer)}}) + "  ";
    if (at.head >= 0 && tensor.rank() > 2)
        where += ui.say("tip.head", {{"n", counted(at.head)}}) + "  ";
    where += ui.say(
        "tip.row",
        {{"n", counted(at.row)},
         {"word", word_for(trace, {at.tensor + ".rows", "queries", "tokens"}, rows, at.row)}});
    return where + "  " +
           ui.say(
               "tip.column",
               {{"n", counted(at.col)},
                {"word", word_for(trace, {at.tensor + ".cols", "keys", "tokens"}, cols, at.col)}});
}

std::string cell_words(const Ui& ui, const Selection& at) {
    const std::string* part =
        find_string(ui.s.settings.language, ui.s.component(), "part." + at.tensor);
    return (part && *part != at.tensor ? *part + "  " + at.tensor : at.tensor) + "  ·  " +
           place_words(ui, at);
}

void draw_tooltip(Ui& ui, const std::vector<Region>& regions) {
    const Theme& t = ui.theme;
    const Session& s = ui.s;
    if (s.mouse.x < 0 || s.palette || s.keys_shown) return;
    std::vector<Line> lines;
    const Region* under = nullptr;
    for (const Region& r : regions)
        if (r.id == s.under) under = &r;
    if (under && under->kind == Region::Kind::text && s.focus == under->id) return;
    if (under && !under->tip.empty() && (s.menu.empty() || under->layer > 0)) {
        std::string_view tip = under->tip;
        const auto cut = tip.find('\n');
        lines.push_back({std::string(tip.substr(0, cut)),
                         {cut == std::string_view::npos ? Font::body : Font::bold, 14, t.text}});
        if (cut != std::string_view::npos)
            lines.push_back({std::string(tip.substr(cut + 1)), {Font::body, 14, t.text}, 4});
    } else if (!s.hover.tensor.empty() && s.shown().trace && under &&
               (under->kind == Region::Kind::cells || !under->target.tensor.empty())) {
        about_cell(ui, lines);
    }
    if (lines.empty()) return;
    const Size page = ui.c.size();
    const float most = std::min(380.0f, page.w - 40);
    float width = 0, height = 0;
    for (const Line& line : lines) {
        const Size size = ui.c.measure_paragraph(most, line.text, line.style);
        width = std::max(width, std::min(most, size.w));
        height += size.h + line.gap;
    }
    Rect box{s.mouse.x + 16, s.mouse.y + 18, std::ceil(width) + 24, height + 18};
    if (box.right() > page.w - 8) box.x = std::max(8.0f, s.mouse.x - 16 - box.w);
    if (box.bottom() > page.h - 8) box.y = std::max(8.0f, s.mouse.y - 14 - box.h);
    ui.c.push_layer(2);
    ui.c.rect({box.x, box.y + 2, box.w, box.h}, Color{0, 0, 0, 70}, corner + 2);
    ui.c.rect(box, t.raised, corner, {t.outline, 1});
    float y = box.y + 9;
    for (const Line& line : lines) {
        y += line.gap;
        y += ui.c.paragraph({box.x + 12, y, most, 1e4f}, line.text, line.style).h;
    }
    ui.c.pop_layer();
}

}  // namespace orrery::viz
