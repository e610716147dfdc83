#include "viz/kit/grid.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/base/text.hpp"
#include "viz/kit/color_scale.hpp"
#include "viz/kit/format.hpp"
#include "viz/kit/matrix.hpp"

namespace orrery::viz {
namespace {

constexpr float least_number_width = 30, least_number_height = 18;

// The end of a half-open range of indices, where -1 means "to the end".
int end_of(int end, std::size_t count) { return end < 0 ? int(count) : std::min(end, int(count)); }

Rect cells_between(const Rect& cells, std::size_t rows, std::size_t cols, const CellRange& range,
                   bool transposed) {
    int r0 = std::max(range.row_begin, 0), r1 = end_of(range.row_end, rows);
    int c0 = std::max(range.col_begin, 0), c1 = end_of(range.col_end, cols);
    if (r1 <= r0 || c1 <= c0) return {};
    if (transposed) std::swap(r0, c0), std::swap(r1, c1), std::swap(rows, cols);
    const float w = cells.w / float(cols), h = cells.h / float(rows);
    return {cells.x + float(c0) * w, cells.y + float(r0) * h, float(c1 - c0) * w,
            float(r1 - r0) * h};
}

std::string fixed(double value, int decimals) {
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, "%.*f", decimals, value);
    std::string text = buffer;
    for (char& ch : text)
        if (ch == ',') ch = '.';
    if (text[0] != '-') return text;
    text.erase(0, 1);
    return text.find_first_not_of("0.") == std::string::npos ? text : "−" + text;
}

// The name, or as much of its beginning as fits where there is no room for “…” too.
std::string beginning(const Canvas& c, const std::string& name, float width) {
    const TextStyle style{Font::body, text_label, {}};
    if (width >= 40 || c.measure(name, style).w <= width) return name;
    std::string shown;
    for (const std::string& character : split_characters(name)) {
        if (!shown.empty() && c.measure(shown + character, style).w > width) break;
        shown += character;
    }
    return shown;
}

// One step of a dragged number: a tenth of the power of ten of the largest.
float step_of(const Tensor& tensor) {
    float largest = 0;
    for (const float v : tensor.flat())
        if (std::isfinite(v)) largest = std::max(largest, std::abs(v));
    if (largest == 0) return 0.1f;
    return std::pow(10.0f, std::clamp(std::floor(std::log10(largest)), -30.0f, 30.0f) - 1);
}

}  // namespace

std::vector<std::pair<std::size_t, std::size_t>> edited_cells(std::string_view edits,
                                                              std::string_view input) {
    // "q 0 0" as it stands in an edit: "q.0.0."
    std::string begin(input);
    std::replace(begin.begin(), begin.end(), ' ', '.');
    begin += '.';
    std::vector<std::pair<std::size_t, std::size_t>> cells;
    for (const std::string& edit : split(edits, ';')) {
        const std::string cell = edit.substr(0, edit.find('='));
        if (!std::string_view(cell).starts_with(begin)) continue;
        const auto places = split(std::string_view(cell).substr(begin.size()), '.');
        long long row = 0, col = 0;
        if (places.size() == 2 && parse_integer(places[0], row) && parse_integer(places[1], col) &&
            row >= 0 && col >= 0)
            cells.emplace_back(std::size_t(row), std::size_t(col));
    }
    return cells;
}

std::string SameFormat::operator()(double value) const {
    if (!std::isfinite(value)) return format_value(value);
    return fixed(value / std::pow(10.0, power), decimals);
}

std::string SameFormat::factor() const {
    if (power == 0) return {};
    static const char* const digits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
    std::string text = power < 0 ? "· 10⁻" : "· 10";
    for (char ch : std::to_string(std::abs(power))) text += digits[ch - '0'];
    return text;
}

SameFormat same_format(const Canvas& c, std::span<const float> values, float width) {
    const TextStyle style{Font::body, text_label, {}};
    double largest = 0;
    for (float v : values)
        if (std::isfinite(v)) largest = std::max(largest, std::abs(double(v)));
    const auto fits = [&](const SameFormat& format) {
        for (float v : values)
            if (c.measure(format(double(v)), style).w > width) return false;
        return true;
    };
    const auto exact = [&](const SameFormat& format) {
        const double unit = std::pow(10.0, format.power - format.decimals);
        for (float v : values) {
            const double n = double(v) / unit;
            if (std::isfinite(v) && std::abs(n - std::round(n)) > 1e-5 * std::max(1.0, std::abs(n)))
                return false;
            if (std::round(n) == 0 && std::abs(double(v)) > 1e-5 * largest) return false;
        }
        return true;
    };
    SameFormat format;
    const auto choose = [&] {
        // No more decimals than there are, and no more than fit
        for (format.decimals = 0; format.decimals < 2 && !exact(format);) ++format.decimals;
        while (format.decimals > 0 && !fits(format)) --format.decimals;
    };
    choose();
    if (largest == 0) return format;
    // The largest number has five units of the last place at least: else a power of ten goes into
    // the heading
    const bool exactly = exact(format);
    const double needed = exactly ? 0 : 5 * std::pow(10.0, -format.decimals);
    if (fits(format) && largest >= needed) return format;
    const SameFormat without = format;
    format.power = int(std::floor(std::log10(largest)));
    if (std::pow(10.0, format.power) * 9.995 <= largest) ++format.power;
    if (format.power == 0) return without;
    choose();
    return format;
}

float grid_head(const GridLook& look) {
    const float line = line_height({Font::bold, text_label, {}});
    return (look.title.empty() ? 0 : line + look.title_above) +
           (look.col_names.empty() ? 0 : line + 2);
}

Tensor flat_matrix(const Tensor& tensor) {
    if (tensor.rank() < 2) return tensor.reshaped({1, tensor.size()});
    Tensor t = tensor;
    while (t.rank() > 2) t = t.slice(0);
    return t;
}

Rect grid_cell(const Rect& cells, std::size_t rows, std::size_t cols, std::size_t row,
               std::size_t col, bool transposed) {
    const int r = int(row), k = int(col);
    return cells_between(cells, rows, cols, {"", r, r + 1, k, k + 1}, transposed);
}

void grid_cells(Canvas& c, const Rect& cells, const Trace& trace, const std::string& name,
                const Focus& focus, const View& view, const GridLook& look) {
    const Entry* entry = trace.find(name);
    if (!entry || cells.empty() || entry->tensor.size() == 0) return;
    const auto one_of = [&](const Tensor& t) {
        if (look.slice < 0 || t.rank() != 4) return flat_matrix(t);
        return t.slice(0).slice(std::min(std::size_t(look.slice), t.dim(1) - 1));
    };
    const Tensor tensor = one_of(entry->tensor);
    const Tensor shown = look.transposed ? tensor.transposed() : tensor;
    MatrixStyle style = with_lens(look.style, look.lens.empty() ? name : look.lens, view);
    if (style.mask.rank() != 0) {
        style.mask = one_of(style.mask);
        if (look.transposed) style.mask = style.mask.transposed();
    }
    const std::size_t rows = shown.rows(), cols = shown.cols();
    const float w = cells.w / float(cols), h = cells.h / float(rows);
    const Theme& theme = c.theme();

    //: one way of writing all numbers
    const bool room = w >= least_number_width && h >= least_number_height && !view.compact;
    const bool numbers = room && look.numbers;
    SameFormat format;
    if (numbers) {
        std::vector<float> written;
        for (std::size_t n = 0; n < rows * cols; ++n)
            if (style.mask.rank() == 0 || style.mask.row(n / cols)[n % cols] != 0.0f)
                written.push_back(shown.row(n / cols)[n % cols]);
        format = same_format(c, written, w - 4);
    }

    //: title and names
    if (!view.compact) {
        const TextStyle label{Font::body, text_label, theme.text_quiet, Align::centre};
        const float line = line_height(label);
        float top = cells.y;
        if (!look.col_names.empty()) {
            top -= line + 2;
            for (std::size_t j = 0; j < cols && j < look.col_names.size(); ++j)
                if (w >= 14)
                    c.text_in({cells.x + float(j) * w + 1, top, w - 2, line},
                              beginning(c, look.col_names[j], w - 3), label);
        }
        // Every row's name, or every second, third … where the rows are too low
        const auto stride = std::size_t(std::max(1.0f, std::ceil(11.4f / h)));
        for (std::size_t i = 0; i < rows && i < look.row_names.size(); i += stride)
            c.text_in({cells.x - look.names_width - 8, cells.y + (float(i) + 0.5f) * h - 9,
                       look.names_width, 18},
                      look.row_names[i], {Font::body, text_label, theme.text, Align::right});
        //: a dot for every name that is left out: what stands there is no text of its own
        for (std::size_t i = 0; stride > 1 && h >= 4 && i < rows && i < look.row_names.size(); ++i)
            if (i % stride != 0)
                c.circle({cells.x - 11, cells.y + (float(i) + 0.5f) * h}, 1.2f, theme.text_quiet);
        if (!look.title.empty()) {
            const TextStyle title{Font::bold, text_label, theme.role_text(look.role)};
            const std::string factor = format.factor();
            const std::string together = look.title + " " + factor;
            const float at = top - look.title_above - line;
            // Beside the title; over it where that is too narrow
            const bool beside = factor.empty() || c.measure(together, title).w <= cells.w;
            const Rect box =
                c.text({cells.x, at}, beside && !factor.empty() ? together : look.title, title);
            if (!beside) c.text({cells.x, at - line}, factor, title);
            const std::string note =
                look.lens.empty() ? range_note(look.note, look.style, name, view) : look.note;
            if (!note.empty())
                c.text({box.right() + 6, box.y}, note, {Font::body, text_label, theme.text_quiet});
        }
    }

    //: the cells, as far as they are computed
    c.matrix(cells, shown, style);
    const std::size_t count = rows * cols;
    const auto there = std::size_t(std::clamp(look.reveal, 0.0f, 1.0f) * float(count) + 0.001f);
    if (there < count) {
        const std::size_t full = there / cols, rest = there % cols;
        if (rest > 0)
            c.rect({cells.x + float(rest) * w, cells.y + float(full) * h, cells.w - float(rest) * w,
                    h},
                   theme.sunken);
        const float below = float(full + (rest > 0)) * h;
        if (below < cells.h)
            c.rect({cells.x, cells.y + below, cells.w, cells.h - below}, theme.sunken);
    }

    //: the numbers in them
    if (numbers) {
        const ColorScale scale = color_scale(shown, style, view.dark);
        for (std::size_t n = 0; n < there; ++n) {
            const std::size_t i = n / cols, j = n % cols;
            if (style.mask.rank() != 0 && style.mask.row(i)[j] == 0.0f) continue;
            const float value = shown.row(i)[j];
            if (!std::isfinite(value)) continue;  // said by the checker and the chevron
            c.text_in({cells.x + float(j) * w, cells.y + float(i) * h, w, h}, format(double(value)),
                      {Font::body, text_label, ink_on(scale.color(value, i)), Align::centre});
        }
    }

    //: outline, row and column of the focus, its operands, the focus itself
    c.outline(cells, {look.role == Role::neutral ? theme.outline : theme.role(look.role), 1.5f});
    const Selection& cell = focus.cell;
    const std::size_t t_rows = tensor.rows(), t_cols = tensor.cols();
    const auto lit = [&](const CellRange& range, Stroke stroke) {
        const Rect box = cells_between(cells, t_rows, t_cols, range, look.transposed);
        if (!box.empty()) c.outline(box.inset(-1), stroke, 3);
    };
    for (const CellRange& range : focus.explanation.operands)
        if (range.tensor == name) lit(range, {theme.accent, 2});
    const bool same_head = look.slice < 0 || cell.head < 0 || cell.head == look.slice;
    if (cell.tensor == name && same_head && cell.row >= 0 && cell.row < int(t_rows) &&
        cell.col < int(t_cols)) {
        if (!focus.auto_chosen && rows > 1 && cols > 1 && cell.col >= 0) {
            const Color wash = theme.accent.with_alpha(0.10f);
            c.rect(cells_between(cells, t_rows, t_cols, {"", cell.row, cell.row + 1, 0, -1},
                                 look.transposed),
                   wash);
            c.rect(cells_between(cells, t_rows, t_cols, {"", 0, -1, cell.col, cell.col + 1},
                                 look.transposed),
                   wash);
        }
        const int from = std::max(cell.col, 0), to = cell.col < 0 ? -1 : cell.col + 1;
        lit({"", cell.row, cell.row + 1, from, to}, {theme.text, 2});
    }

    //: numbers that were changed by hand, and the one being typed
    const std::string& editable = look.edit;
    if (!editable.empty() && view.knobs.has("edits") && !view.compact)
        for (const auto& [row, col] : edited_cells(view.knobs.text("edits"), editable)) {
            if (row >= t_rows || col >= t_cols) continue;
            const Rect box = grid_cell(cells, t_rows, t_cols, row, col, look.transposed);
            const float s = std::clamp(std::min(box.w, box.h) * 0.35f, 5.0f, 9.0f);
            c.polygon({{box.right() - s, box.y}, {box.right(), box.y}, {box.right(), box.y + s}},
                      theme.warning);
        }
    if (!editable.empty() && !view.typed.empty() && view.lock.tensor == name &&
        view.lock.is_cell() && view.lock.row < int(t_rows) && view.lock.col < int(t_cols)) {
        Rect box = grid_cell(cells, t_rows, t_cols, std::size_t(view.lock.row),
                             std::size_t(view.lock.col), look.transposed);
        const TextStyle typed{Font::bold, text_label, theme.text, Align::centre};
        const float wanted = std::max(c.measure(view.typed + "|", typed).w + 8, box.w);
        box = {box.centre().x - wanted / 2, box.centre().y - 11, wanted, 22};
        c.push_layer(1);
        c.rect(box, theme.raised, 3, {theme.accent, 2});
        c.text_in(box, view.typed + "|", typed);
        c.pop_layer();
    }

    //: rows that changed
    if (look.fade_others)
        for (std::size_t i = 0; i < rows; ++i)
            if (std::find(look.marked_rows.begin(), look.marked_rows.end(), i) ==
                look.marked_rows.end())
                c.rect({cells.x, cells.y + float(i) * h, cells.w, h},
                       theme.background.with_alpha(0.5f));
    for (std::size_t i : look.marked_rows)
        if (i < rows) {
            const float y = cells.y + (float(i) + 0.5f) * h, x = cells.right() + 5;
            c.polygon({{x, y}, {x + 8, y - 5}, {x + 8, y + 5}}, theme.warning);
        }

    if (!look.hoverable) return;
    Region region;
    region.id = "cells." + name + (look.slice >= 0 ? "." + std::to_string(look.slice) : "");
    region.target.head = look.slice;
    region.box = cells, region.kind = Region::Kind::cells;
    region.target.tensor = name;
    region.rows = rows, region.cols = cols, region.transposed = look.transposed;
    region.edit = look.edit, region.paint = look.paint;
    if (!look.edit.empty()) region.step = step_of(tensor);
    c.region(std::move(region));
}

void operation(Canvas& c, Point from, Point to, std::string_view word, bool lit) {
    const Theme& theme = c.theme();
    const Color color = lit ? theme.accent : theme.outline;
    c.arrow(from, to, {color, lit ? 2.0f : 1.5f});
    if (word.empty()) return;
    const TextStyle style{Font::body, text_label, lit ? theme.text : theme.text_quiet,
                          Align::centre};
    const Point middle{(from.x + to.x) / 2, (from.y + to.y) / 2};
    c.text({middle.x, middle.y - line_height(style) - 4}, word, style);
}

}  // namespace orrery::viz
