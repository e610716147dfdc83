#include "viz/app/picture.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/error.hpp"
#include "viz/kit/format.hpp"
#include "viz/kit/formula.hpp"
#include "viz/kit/header.hpp"
#include "viz/kit/matrix.hpp"

namespace orrery::viz {
namespace {

constexpr float column_most = 480, side_by_side_from = 620;

// Text from the top of a column; what does not fit whole is left out: the pane Maths has all of it.
struct Column {
    Canvas& c;
    Rect at;
    const Theme& t = c.theme();

    bool paragraph(std::string_view text, const TextStyle& style) {
        const float height = c.measure_paragraph(at.w, text, style).h;
        if (text.empty() || height > at.h) return false;
        c.paragraph(at.take_top(height), text, style);
        return true;
    }
    // The heading stands only above something.
    void section(const std::string& title, const std::string& text, const TextStyle& style) {
        const TextStyle bold{Font::bold, 14, t.text};
        if (text.empty() || c.measure_paragraph(at.w, text, style).h + 28 > at.h) return;
        at.take_top(4);
        c.text_in(at.take_top(22), title, bold);
        paragraph(text, style);
        at.take_top(6);
    }
};

std::string lines_of(const std::vector<std::string>& lines) {
    std::string all;
    for (const auto& line : lines) all += (all.empty() ? "" : "\n") + line;
    return all;
}

// What a component without a picture says of itself: formula, shapes, why, and where it runs.
void draw_words(Column& column, const OpenPanel& panel, const View& view) {
    const Theme& t = column.t;
    const Header* header = find_header(panel.id);
    const TextStyle prose{Font::body, 15, t.text}, code{Font::mono, text_label, t.text};
    if (header) {
        const auto own = [&](std::string_view key, const std::string& otherwise) {
            const std::string* said = find_string(view.language, panel.id, key);
            return said ? *said : otherwise;
        };
        bool first = true;
        for (const std::string& line : header->formula) {
            const Formula formula(line);
            const Size size = formula.measure(column.c, 17);
            const bool set = formula.parsed() && size.w <= column.at.w;
            const float height =
                set ? size.h : column.c.measure_paragraph(column.at.w, line, code).h;
            if (height + (first ? 30 : 6) > column.at.h) break;
            if (first)
                column.c.text_in(column.at.take_top(24), view.say("maths.formula"),
                                 {Font::bold, 14, t.text});
            first = false;
            const Rect row = column.at.take_top(height + 6);
            if (set)
                formula.draw(column.c, {row.x, row.y}, 17, [](std::string_view) { return false; });
            else
                column.c.paragraph(row, line, code);
        }
        column.section(view.say("maths.shapes"), own("header.shapes", lines_of(header->shapes)),
                       code);
        column.section(view.say("maths.why"), own("header.why", header->why), prose);
    }
    column.section(view.say("card.use"), instead_of_picture(panel), code);
}

// The tensors of a trace as labelled matrices, and single numbers in a line.
void draw_tensors(Canvas& c, Rect page, const OpenPanel& panel, const Trace& trace,
                  const View& view) {
    std::vector<const Entry*> entries;
    std::string numbers;
    for (const Entry& entry : trace.entries()) {
        if (entry.tensor.size() > 1 && entry.tensor.rank() > 0)
            entries.push_back(&entry);
        else if (entry.tensor.size() == 1)
            numbers += (numbers.empty() ? "" : " · ") + entry.name + " " +
                       format_value(double(entry.tensor.flat()[0]));
    }
    //: first what goes in and what comes out
    const auto rank = [&](const Entry* e) {
        for (const auto& input : panel.declaration.inputs())
            if (input.name == e->name) return 0;
        const auto& out = panel.declaration.outputs();
        return std::find(out.begin(), out.end(), e->name) != out.end() ? 1 : 2;
    };
    if (!view.compact)
        std::stable_sort(entries.begin(), entries.end(),
                         [&](const Entry* a, const Entry* b) { return rank(a) < rank(b); });
    const TextStyle style{Font::body, 14, c.theme().text},
        quiet{Font::body, text_label, c.theme().text_quiet};
    if (!numbers.empty() && !view.compact) {
        const float height = c.measure_paragraph(page.w, numbers, style).h;
        if (height < page.h) c.paragraph(page.take_top(height + 8), numbers, style);
    }
    if (entries.empty() || page.w < 40 || page.h < 40) return;
    const auto fit = std::size_t(std::max(1.0f, std::floor(page.w / 180)) *
                                 std::max(1.0f, std::floor(page.h / 110)));
    const std::size_t most = view.compact ? 4 : std::min<std::size_t>(12, fit);
    const std::size_t count = std::min(entries.size(), most);
    if (entries.size() > count && !view.compact) {
        std::string rest;
        const std::size_t end = std::min(entries.size(), count + 8);
        for (std::size_t i = count; i < end; ++i)
            rest += (rest.empty() ? "" : ", ") + entries[i]->name;
        if (end < entries.size()) rest += ", +" + std::to_string(entries.size() - end);
        rest = view.say("card.more", {{"names", rest}});
        const float height = c.measure_paragraph(page.w, rest, quiet).h;
        if (height < page.h / 3) c.paragraph(page.take_bottom(height + 2), rest, quiet);
    }
    const auto columns = std::size_t(std::clamp(
        std::ceil(std::sqrt(double(count) * double(page.w) / double(std::max(page.h, 1.0f)) / 1.6)),
        1.0, std::min(double(count), std::max(1.0, std::floor(double(page.w) / 180)))));
    const std::size_t rows = (count + columns - 1) / columns;
    for (std::size_t i = 0; i < count; ++i) {
        const Rect cell{page.x + page.w * float(i % columns) / float(columns),
                        page.y + page.h * float(i / columns) / float(rows), page.w / float(columns),
                        page.h / float(rows)};
        MatrixLook look;
        look.title = entries[i]->name;
        look.legend = !view.compact;
        if (entries[i]->tensor.rank() > 2) look.slice = 0;
        matrix(c, cell.inset(8, view.compact ? 8.0f : 4.0f), trace, entries[i]->name, view, look);
    }
}

// A panel without a drawing of its own: what it is in words, and every tensor of its trace.
void draw_card(Canvas& c, const OpenPanel& panel, const Trace& trace, const View& view) {
    Rect page = Rect{0, 0, view.size.w, view.size.h}.inset(view.compact ? 8 : 16);
    if (view.compact) return draw_tensors(c, page, panel, trace, view);
    const bool tensors = std::any_of(trace.entries().begin(), trace.entries().end(),
                                     [](const Entry& e) { return e.tensor.size() > 0; });
    if (!tensors) {
        Column all{c, {page.x, page.y, std::min(page.w, 760.0f), page.h}};
        return draw_words(all, panel, view);
    }
    const bool beside = page.w >= side_by_side_from;
    Rect words = beside ? page.take_left(std::min(page.w * 0.46f, column_most))
                        : page.take_top(page.h * 0.5f);
    if (beside) page.take_left(24);
    Column column{c, words};
    draw_words(column, panel, view);
    draw_tensors(c, page, panel, trace, view);
}

}  // namespace

Canvas draw_picture(const OpenPanel& panel, const Shown& shown, const View& view) {
    Canvas c(view.size, view.dark, view.high_contrast);
    if (!shown.trace) {
        if (!shown.error.empty()) {
            const float width = std::max(80.0f, std::min(view.size.w - 64, 560.0f));
            const Rect box{(view.size.w - width) / 2, view.size.h / 3, width, 120};
            c.paragraph(box, shown.error, {Font::body, text_body, c.theme().text});
        }
        return c;
    }
    try {
        if (panel.panel.draw) return draw_panel(panel.panel, panel.declaration, *shown.trace, view);
        draw_card(c, panel, *shown.trace, view);
        return c;
    } catch (const std::exception& e) {
        Canvas failed(view.size, view.dark, view.high_contrast);
        failed.paragraph(Rect{0, 0, view.size.w, view.size.h}.inset(24), e.what(),
                         {Font::body, text_body, failed.theme().text});
        return failed;
    }
}

std::string instead_of_picture(const OpenPanel& panel) {
    if (panel.declaration.make_job()) return "orrery train";
    if (panel.panel.compute) return "orrery run " + panel.id;
    if (panel.id.starts_with("tokenizer/")) return "orrery tokenizer";
    return "orrery show " + panel.id;
}

std::string badge_of(std::string_view id) {
    const Header* header = find_header(id);
    return header ? header->badge : "";
}

}  // namespace orrery::viz
