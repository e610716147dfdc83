#include "viz/kit/matrix.hpp"

#include <algorithm>
#include <cmath>
#include <list>
#include <mutex>

#include "core/base/error.hpp"
#include "viz/kit/color_scale.hpp"
#include "viz/kit/counting.hpp"
#include "viz/kit/format.hpp"

namespace orrery::viz {
namespace {

constexpr float title_height = 26, axis_height = 19, names_height = 19, legend_height = 26;
constexpr float frame_pad = 3;      // between the cells and their outline
constexpr float widest_name = 112;  // of a row
constexpr float least_legend = 148;
constexpr std::size_t most_numbers = 48;  // rows and columns that still get numbers
constexpr float least_number_cell = 30;
constexpr float least_dotted = 4;  // cells of which words left out are marked

TextStyle label(const Theme& t, Align align = Align::left) {
    return {Font::body, text_label, t.text_quiet, align};
}

// One slice of a tensor with more than two axes, always the same buffer for the same slice, so that
// its texture is made once.
Tensor slice_of(const Tensor& tensor, int slice) {
    const std::size_t cols = tensor.cols();
    if (tensor.rank() < 3 || slice < 0) return tensor.reshaped({tensor.rows(), cols});
    const std::size_t rows = tensor.dim(-2), count = rows == 0 ? 0 : tensor.rows() / rows;
    if (count <= 1) return tensor.reshaped({tensor.rows(), cols});
    const std::size_t which = std::min(std::size_t(slice), count - 1);

    struct Known {
        Tensor whole;
        const float* address;
        Tensor part;
        std::size_t which;
    };
    static std::mutex guard;
    static std::list<Known> known;
    const std::lock_guard lock(guard);
    for (auto it = known.begin(); it != known.end(); ++it)
        if (it->address == tensor.data() && it->which == which &&
            it->whole.shape() == tensor.shape()) {
            known.splice(known.begin(), known, it);
            return it->part;
        }
    Tensor part({rows, cols});
    const auto from = tensor.flat().subspan(which * rows * cols, rows * cols);
    std::copy(from.begin(), from.end(), part.flat().begin());
    known.push_front({tensor, tensor.data(), part, which});
    if (known.size() > 64) known.pop_back();
    return part;
}

// Counted from 1, as everywhere that people read.
std::string index_name(std::size_t i) { return counted(static_cast<long long>(i)); }
std::string name_of(const std::vector<std::string>& names, std::size_t i) {
    return i < names.size() ? names[i] : index_name(i);
}

// How the names over the columns are set: on `levels` lines by turns, every `stride`-th of them.
struct ColumnNames {
    int levels = 1;
    std::size_t stride = 1;
    float room = 0;  // pixels for one name
};

ColumnNames set_columns(const Canvas& c, std::size_t cols, float cell, const MatrixLook& look) {
    const TextStyle style = label(c.theme());
    float widest = 0, total = 0;
    const std::size_t seen = std::min<std::size_t>(cols, 256);
    for (std::size_t j = 0; j < seen; ++j) {
        const float w = c.measure(name_of(look.col_names, j), style).w;
        widest = std::max(widest, w), total += w;
    }
    const bool letters = widest <= 14;  // one line of them reads best
    const float space = letters ? 1 : 6;
    ColumnNames set;
    if (look.col_names.empty()) {
        // Numbers: round strides, one line
        if (cols > 0) widest = c.measure(index_name(cols - 1), style).w;
        std::size_t factor = 1;
        for (const std::size_t step :
             {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000}) {
            factor = step;
            if (float(step) * cell >= widest + space) break;
        }
        set.stride = factor, set.room = float(factor) * cell;
        return set;
    }
    if (letters && !look.col_names.empty()) {
        set.stride = std::size_t(std::max(1.0f, std::ceil((widest + space) / cell)));
        set.room = float(set.stride) * cell;
        return set;
    }
    if (widest + space > cell) set.levels = 2;
    if (float(set.levels) * cell >= std::min(widest, 34.0f) + space) {
        set.room = float(set.levels) * cell - space;
        return set;
    }
    // Too narrow for a readable piece of every name: leave some out
    set.stride = std::size_t(std::ceil((std::min(widest, 40.0f) + space) / (2 * cell)));
    set.room = float(set.stride) * 2 * cell - space;
    return set;
}

// Everything around the cells.
struct Frame {
    float title = 0, axis = 0, names = 0, gutter = 0, legend = 0;
    ColumnNames columns;
    float above() const { return title + axis + names + frame_pad; }
    float below() const { return frame_pad + legend; }
};

Frame frame_for(const Canvas& c, std::size_t rows, std::size_t cols, float cell_width,
                const MatrixLook& look, bool compact) {
    Frame f;
    if (compact) return f;
    const TextStyle style = label(c.theme());
    f.title = look.title.empty() ? 0 : title_height;
    if (!look.names) {
        f.gutter = frame_pad;
        return f;
    }
    f.columns = set_columns(c, cols, cell_width, look);
    const bool column_names = cols > 1 || !look.col_names.empty();
    f.axis = look.col_axis.empty() ? 0 : axis_height;
    f.names = column_names || !look.row_axis.empty() ? names_height * float(f.columns.levels) : 0;
    if (rows > 1 || !look.row_names.empty()) {
        if (look.row_names.empty()) {
            f.gutter = c.measure(index_name(rows == 0 ? 0 : rows - 1), style).w;
        } else {
            for (std::size_t i = 0; i < std::min<std::size_t>(rows, 256); ++i)
                f.gutter = std::max(f.gutter, c.measure(name_of(look.row_names, i), style).w);
            f.gutter = std::min(f.gutter, widest_name);
        }
    }
    if (!look.row_axis.empty())
        f.gutter = std::max(f.gutter, c.measure(look.row_axis + " ↓", style).w);
    if (f.gutter > 0) f.gutter += 8;
    f.gutter += frame_pad;
    // What the hatch means goes below a narrow colour bar
    const bool two_lines = look.mask && float(cols) * cell_width < 190;
    f.legend = look.legend ? legend_height + (two_lines ? 18.0f : 0.0f) : 0;
    return f;
}

// Cells are squares of whole pixels; where that would make them too small to see, each axis uses
// the room it has.
Size cells_in(const Canvas& c, const Rect& box, std::size_t rows, std::size_t cols,
              const MatrixLook& look, bool compact) {
    const auto fit = [&](float guess) {
        const Frame f = frame_for(c, rows, cols, guess, look, compact);
        return Size{(box.w - f.gutter - frame_pad) / float(cols),
                    (box.h - f.above() - f.below()) / float(rows)};
    };
    Size room = fit(look.max_cell);
    const auto square = [&](const Size& s) { return std::min({s.w, s.h, look.max_cell}); };
    // The names over narrow columns take two lines
    room = fit(std::max(square(room), 0.01f));
    float cell = square(room);
    if (cell >= 6) return {std::floor(cell), std::floor(cell)};
    // Squares still, unless that leaves no more than a thread
    const float least = std::min(room.w, room.h);
    if (least * float(std::min(rows, cols)) >= 80) {
        const float side = least >= 3 ? std::floor(least) : least;
        return {side, side};
    }
    const float stretch = std::min(14.0f, look.max_cell);
    Size size{std::min(room.w, stretch), std::min(room.h, stretch)};
    for (float* s : {&size.w, &size.h})
        if (*s >= 3) *s = std::floor(*s);
    return {std::max(size.w, 1e-4f), std::max(size.h, 1e-4f)};
}

// Where there is little room the cells keep it: the colour bar goes beside the title, the names of
// the axes follow, then the names of rows and columns are left out.
struct Fitted {
    MatrixLook look;
    bool bar_in_title = false, axes_in_title = false;
};

Fitted fitting(const Canvas& c, const Rect& box, std::size_t rows, std::size_t cols,
               const MatrixLook& wanted, bool compact) {
    Fitted fit{wanted};
    MatrixLook& look = fit.look;
    const auto too_small = [&] {
        const Size cell = cells_in(c, box, rows, cols, look, compact);
        return cell.h < 9 && cell.h * float(rows) < 120;
    };
    if (compact || !too_small()) return fit;
    fit.bar_in_title = look.legend, look.legend = false;
    if (!too_small()) return fit;
    fit.axes_in_title = !look.row_axis.empty() || !look.col_axis.empty();
    look.row_axis.clear(), look.col_axis.clear();
    if (!too_small()) return fit;
    look.names = false;
    return fit;
}

void role_mark(Canvas& c, Point centre, Role role) {
    const Color color = c.theme().role(role);
    const float r = 5;
    switch (role) {
        case Role::query:
            c.polygon({{centre.x, centre.y - r},
                       {centre.x + r, centre.y + r - 1},
                       {centre.x - r, centre.y + r - 1}},
                      color);
            break;
        case Role::key:
            c.polygon({{centre.x, centre.y - r - 1},
                       {centre.x + r, centre.y},
                       {centre.x, centre.y + r + 1},
                       {centre.x - r, centre.y}},
                      color);
            break;
        case Role::value:
            c.circle(centre, r, color);
            break;
        case Role::attention:
            c.rect({centre.x - r + 0.5f, centre.y - r + 0.5f, 2 * r - 1, 2 * r - 1}, color, 1);
            break;
        case Role::neutral:
            break;
    }
}

Stroke role_outline(const Theme& t, Role role) {
    switch (role) {
        case Role::query:
            return {t.query, 1.5f, Dash::solid};
        case Role::key:
            return {t.key, 1.5f, Dash::dashed};
        case Role::value:
            return {t.value, 1.5f, Dash::dotted};
        case Role::attention:
            return {t.attention, 1, Dash::doubled};
        case Role::neutral:
            break;
    }
    return {t.outline, 1, Dash::solid};
}

// Cells of a matrix as places on the canvas.
struct Grid {
    Rect box, view;
    std::size_t rows, cols;
    float width() const { return box.w / (view.w * float(cols)); }
    float height() const { return box.h / (view.h * float(rows)); }
    Rect cell(int row, int col) const { return cells(row, row + 1, col, col + 1); }
    Rect cells(int row_begin, int row_end, int col_begin, int col_end) const {
        const float x = box.x + (float(col_begin) - view.x * float(cols)) * width();
        const float y = box.y + (float(row_begin) - view.y * float(rows)) * height();
        return {x, y, float(col_end - col_begin) * width(), float(row_end - row_begin) * height()};
    }
    bool shows_row(std::size_t i) const {
        const float y = cell(int(i), 0).centre().y;
        return y > box.y && y < box.bottom();
    }
    bool shows_col(std::size_t j) const {
        const float x = cell(0, int(j)).centre().x;
        return x > box.x && x < box.right();
    }
};

void names_left(Canvas& c, const Grid& net, float left, const MatrixLook& look, int lit) {
    if (net.rows <= 1 && look.row_names.empty()) return;
    const Theme& t = c.theme();
    std::size_t stride = 1;
    for (const std::size_t step :
         {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000}) {
        stride = step;
        if (float(step) * net.height() >= 14) break;
    }
    const float room = net.box.x - frame_pad - 6 - left;
    const auto draw = [&](std::size_t i, bool bright) {
        const Rect row = net.cell(int(i), 0);
        TextStyle style = label(t, Align::right);
        if (bright)
            style.color = t.text, style.font = Font::bold;
        else if (!look.row_names.empty())
            style.color = t.text;
        c.text_in({left, row.centre().y - 9, room, 18}, name_of(look.row_names, i), style);
    };
    const int reach = int(std::ceil(17 / net.height()));
    const auto first = std::size_t(std::max(0.0f, net.view.y * float(net.rows)));
    for (std::size_t i = first / stride * stride; i < net.rows; i += stride) {
        if (!net.shows_row(i)) {
            if (i > first) break;
            continue;
        }
        if (lit >= 0 && std::abs(int(i) - lit) < reach) continue;
        draw(i, false);
    }
    //: a dot for every word that is left out: what stands there is no text of its own
    if (stride > 1 && net.height() >= least_dotted && !look.row_names.empty())
        for (std::size_t i = first; i < net.rows && net.shows_row(i); ++i)
            if (i % stride != 0 && (lit < 0 || std::abs(int(i) - lit) >= reach))
                c.circle({net.box.x - frame_pad - 9, net.cell(int(i), 0).centre().y}, 1.2f,
                         t.text_quiet);
    if (lit >= 0 && std::size_t(lit) < net.rows && net.shows_row(std::size_t(lit)))
        draw(std::size_t(lit), true);
}

void names_above(Canvas& c, const Grid& net, const ColumnNames& set, float limit,
                 const MatrixLook& look, int lit) {
    if (net.cols <= 1 && look.col_names.empty()) return;
    const Theme& t = c.theme();
    const float bottom = net.box.y - frame_pad - 1;
    const TextStyle plain = label(t, Align::centre);
    Rect kept[2];  // where the bright name stands
    const auto place = [&](std::size_t j, int level, float room, const TextStyle& style) {
        const float middle = net.cell(0, int(j)).centre().x;
        const float w = std::min(c.measure(name_of(look.col_names, j), style).w, room) + 0.5f;
        const float left = std::clamp(middle - w / 2, net.box.x - frame_pad,
                                      std::max(limit - w, net.box.x - frame_pad));
        return Rect{left, bottom - names_height * float(level + 1), w, names_height};
    };
    const auto level_of = [&](std::size_t j) {
        return set.levels > 1 ? int(j / set.stride % 2) : 0;
    };
    if (lit >= 0 && std::size_t(lit) < net.cols && net.shows_col(std::size_t(lit))) {
        TextStyle style = plain;
        style.font = Font::bold, style.color = t.text;
        const int level = level_of(std::size_t(lit));
        const Rect box = place(std::size_t(lit), level, widest_name, style);
        c.text_in(box, name_of(look.col_names, std::size_t(lit)), style);
        kept[level] = box.inset(-4, 0);
    }
    const auto first = std::size_t(std::max(0.0f, net.view.x * float(net.cols)));
    const std::size_t step = set.stride;
    if (step > 1 && set.levels == 1 && net.width() >= least_dotted && !look.col_names.empty())
        for (std::size_t j = first; j < net.cols && net.shows_col(j); ++j)
            if (const Point at{net.cell(0, int(j)).centre().x, bottom - names_height / 2};
                j % step != 0 && int(j) != lit && !kept[0].contains(at))
                c.circle(at, 1.2f, t.text_quiet);
    for (std::size_t j = first / step * step; j < net.cols; j += step) {
        if (!net.shows_col(j)) {
            if (j > first + step) break;
            continue;
        }
        if (int(j) == lit) continue;
        TextStyle style = plain;
        if (!look.col_names.empty()) style.color = t.text;
        const int level = level_of(j);
        const Rect box = place(j, level, set.room, style);
        if (!intersection(box, kept[level]).empty()) continue;
        if (box.right() > limit + 0.5f) continue;
        c.text_in(box, name_of(look.col_names, j), style);
        if (level > 0) {
            const float x = net.cell(0, int(j)).centre().x;
            const Rect stem{x, box.bottom() - 2, 1, names_height - 1};
            if (intersection(stem, kept[0]).empty())
                c.line({x, box.bottom() - 1}, {x, bottom - 1}, {t.hairline, 1});
        }
    }
}

// Numbers inside the cells, as many digits as fit all of them.
void numbers(Canvas& c, const Grid& net, const Tensor& tensor, const Tensor& mask,
             const ColorScale& scale, float reveal) {
    if (net.rows > most_numbers || net.cols > most_numbers) return;
    if (net.width() < least_number_cell || net.height() < 20) return;
    TextStyle style{Font::body, text_label, {}, Align::centre};
    const float room = net.width() - 3;
    int digits = 4;
    for (int wanted = 6; wanted > 4; --wanted) {
        bool fits = true;
        for (std::size_t i = 0; i < net.rows && fits; ++i)
            for (const float v : tensor.row(i))
                if (c.measure(format_short(v, wanted), style).w > room) fits = false;
        if (fits) {
            digits = wanted;
            break;
        }
    }
    const auto cells = std::size_t(reveal * float(net.rows * net.cols) + 0.5f);
    for (std::size_t i = 0; i < net.rows; ++i)
        for (std::size_t j = 0; j < net.cols; ++j) {
            if (i * net.cols + j >= cells) return;
            if (mask.rank() > 0 && mask.row(i)[j] == 0) continue;
            const float v = tensor.row(i)[j];
            if (!std::isfinite(v)) continue;
            const Rect cell = net.cell(int(i), int(j));
            if (!net.box.contains(cell.centre())) continue;
            const std::string text = format_short(v, digits);
            if (c.measure(text, style).w > room) continue;
            style.color = ink_on(scale.color(v, i));
            c.text_in(cell, text, style);
        }
}

bool is_same(const Selection& s, const std::string& name, int slice) {
    return s.tensor == name && (s.head < 0 || slice < 0 || s.head == slice);
}

void light(Canvas& c, const Grid& net, const std::string& name, const View& view,
           const MatrixLook& look, int& lit_row, int& lit_col) {
    const Theme& t = c.theme();
    const Selection& chosen = view.chosen();
    if (is_same(chosen, name, look.slice))
        lit_row = chosen.row, lit_col = chosen.col;
    else if (chosen.tensor.empty() && chosen.token >= 0) {
        if (!look.row_names.empty()) lit_row = chosen.token;
        if (!look.col_names.empty()) lit_col = chosen.token;
    }
    if (lit_row >= int(net.rows)) lit_row = -1;
    if (lit_col >= int(net.cols)) lit_col = -1;

    c.push_clip(net.box.inset(-frame_pad - 1));
    //: the row and the column: a band, and its edges where the cells are as dark as the band
    const Color band = t.text.with_alpha(0.10f), edge = t.text.with_alpha(0.45f);
    const float gap = net.width() >= 8 && net.height() >= 8 ? 1.0f : 0.0f;
    if (lit_row >= 0) {
        const Rect row = net.cells(lit_row, lit_row + 1, 0, int(net.cols));
        c.rect(row, band);
        c.rect({row.x, row.y - 1, row.w, 1}, edge),
            c.rect({row.x, row.bottom() - gap, row.w, 1}, edge);
    }
    if (lit_col >= 0) {
        const Rect col = net.cells(0, int(net.rows), lit_col, lit_col + 1);
        c.rect(col, band);
        c.rect({col.x - 1, col.y, 1, col.h}, edge),
            c.rect({col.right() - gap, col.y, 1, col.h}, edge);
    }

    //: what the chosen cell was made of
    for (const CellRange& range : view.explanation.operands) {
        if (range.tensor != name) continue;
        const auto end = [](int e, std::size_t all) {
            return e < 0 ? int(all) : std::min(e, int(all));
        };
        const Rect box = net.cells(range.row_begin, end(range.row_end, net.rows), range.col_begin,
                                   end(range.col_end, net.cols));
        c.outline(intersection(box.inset(-2), net.box.inset(-frame_pad)), {t.accent, 2}, 4);
    }
    const auto mark = [&](const Selection& s, Stroke stroke) {
        if (!is_same(s, name, look.slice) || s.row < 0 || s.col < 0) return;
        if (s.row >= int(net.rows) || s.col >= int(net.cols)) return;
        Rect cell = net.cell(s.row, s.col);
        if (cell.w < 6) cell = cell.inset((cell.w - 6) / 2, 0);
        if (cell.h < 6) cell = cell.inset(0, (cell.h - 6) / 2);
        cell.w -= gap, cell.h -= gap;
        // A ring of the ground around it, to stand out from cells of any colour
        c.outline(cell.inset(-3), {t.background, 3}, 5);
        c.outline(cell.inset(-2), stroke, 4);
    };
    mark(view.pin, {t.warning, 2, Dash::dashed});
    mark(view.lock, {t.accent, 2});
    if (!view.hover.empty()) mark(view.hover, {t.text, 2});
    c.pop_clip();
}

}  // namespace

void color_bar(Canvas& c, const Rect& box, const MatrixStyle& style, const View& view,
               bool has_mask) {
    const Theme& t = c.theme();
    static const Tensor ramp = [] {
        Tensor r({1, 128});
        for (std::size_t j = 0; j < 128; ++j) r.flat()[j] = (float(j) + 0.5f) / 128;
        return r;
    }();
    Rect rest = box;
    const float line = std::min(box.h, 18.0f);
    rest = rest.take_top(line);
    TextStyle text = label(t);
    std::string low = format_value(style.low), high = format_value(style.high);
    if (style.norm == Norm::per_row)
        low = view.say("matrix.row_low"), high = view.say("matrix.row_high");

    //: what the hatch means: at the right, or on a line of its own where there is one
    if (has_mask) {
        const std::string word = view.say("matrix.masked");
        const float w = c.measure(word, text).w + 0.5f;
        const float ends = c.measure(low, text).w + c.measure(high, text).w;
        Rect place{};
        if (rest.w - w - 34 > ends + 40)
            place = rest.take_right(w + 20), rest.take_right(14);
        else if (box.h >= 2 * line)
            place = {box.x, box.y + line, std::min(w + 20, box.w), line};
        if (!place.empty()) {
            const Rect swatch{place.x, std::round(place.centre().y) - 6, 14, 12};
            c.rect(swatch, t.sunken);
            c.hatch(swatch, t.text_quiet.with_alpha(0.7f), 4);
            c.outline(swatch, {t.outline, 1});
            place.take_left(20);
            c.text_in(place, word, text);
        }
    }
    if (style.norm == Norm::log) {
        const std::string word = view.say("matrix.log");
        const float w = c.measure(word, text).w;
        if (rest.w - w > 130) c.text_in(rest.take_right(w + 0.5f), word, text), rest.take_right(8);
    }
    const float low_width = c.measure(low, text).w + 0.5f,
                high_width = c.measure(high, text).w + 0.5f;
    c.text_in(rest.take_left(low_width), low, text);
    rest.take_left(6);
    const float width = std::clamp(rest.w - high_width - 6, 0.0f, 140.0f);
    const Rect bar{std::round(rest.x), std::round(rest.centre().y - 4), std::floor(width), 8};
    if (bar.w >= 8) {
        MatrixStyle plain;
        plain.map = style.map, plain.norm = Norm::linear, plain.low = 0, plain.high = 1;
        c.matrix(bar, ramp, plain);
        c.outline(bar.inset(-1), {t.outline, 1}, 2);
    }
    c.text_in({bar.right() + 6, rest.y, high_width, rest.h}, high, text);
}

Size matrix_size(const Canvas& c, std::size_t rows, std::size_t cols, float cell,
                 const MatrixLook& look) {
    const Frame f = frame_for(c, rows, cols, cell, look, false);
    float width = f.gutter + float(cols) * cell + frame_pad;
    if (look.legend) width = std::max(width, f.gutter + least_legend);
    if (!look.title.empty())
        width = std::max(width, c.measure(look.title, {Font::bold, text_body, {}, Align::left}).w +
                                    (look.role == Role::neutral ? 0 : 18));
    return {width, f.above() + float(rows) * cell + f.below()};
}

float matrix_cell(const Canvas& c, const Rect& box, std::size_t rows, std::size_t cols,
                  const MatrixLook& look) {
    if (rows == 0 || cols == 0) return look.max_cell;
    const Size size = cells_in(c, box, rows, cols, look, false);
    return std::min(size.w, size.h);
}

Rect matrix(Canvas& c, const Rect& box, const Trace& trace, const std::string& name,
            const View& view, const MatrixLook& wanted) {
    const Theme& t = c.theme();
    const Tensor tensor = slice_of(trace[name], wanted.slice);
    const std::size_t rows = tensor.rows(), cols = tensor.cols();
    const Fitted fit =
        rows == 0 || cols == 0 ? Fitted{wanted} : fitting(c, box, rows, cols, wanted, view.compact);
    const MatrixLook& look = fit.look;
    std::string note =
        look.note.empty() ? std::to_string(rows) + " × " + std::to_string(cols) : look.note;
    {
        MatrixStyle own;
        own.map = look.map, own.norm = look.norm, own.low = look.low, own.high = look.high;
        note = range_note(note, own, name, view);
    }
    if (fit.axes_in_title) {
        note = wanted.row_axis.empty() ? "" : wanted.row_axis + " ↓";
        if (!wanted.col_axis.empty()) note += (note.empty() ? "" : "  ") + wanted.col_axis + " →";
    }
    Tensor mask;
    if (look.mask) {
        const Tensor seen = slice_of(*look.mask, look.slice);
        if (seen.rows() == rows && seen.cols() == cols) mask = seen;
    }

    const Size cell =
        rows == 0 || cols == 0 ? Size{0, 0} : cells_in(c, box, rows, cols, look, view.compact);
    const Frame f = frame_for(c, rows, cols, std::max(cell.w, 0.01f), look, view.compact);

    //: title
    Rect beside_title{};
    if (f.title > 0) {
        Rect line{box.x, box.y, box.w, 22};
        if (look.role != Role::neutral) {
            role_mark(c, {line.x + 6, line.centre().y}, look.role);
            line.take_left(18);
        }
        const TextStyle style{Font::bold, text_body, t.role_text(look.role), Align::left};
        const Rect used = c.text_in(line, look.title, style);
        line.take_left(used.w + 10);
        const TextStyle quiet = label(t);
        const float width = c.measure(note, quiet).w;
        if (width <= line.w) {
            c.text_in({line.x, line.y + 1, line.w, line.h}, note, quiet);
            line.take_left(width + 14);
        }
        if (fit.bar_in_title && line.w >= 110)
            beside_title = {line.right() - std::min(line.w, 180.0f), line.y + 2,
                            std::min(line.w, 180.0f), 18};
    }
    if (rows == 0 || cols == 0) {
        return {box.x, box.y + f.title, 0, 0};
    }

    MatrixStyle own;
    own.map = look.map, own.norm = look.norm, own.low = look.low, own.high = look.high;
    own.mask = mask, own.gap = 1;
    MatrixStyle style = with_lens(own, name, view);
    if (const auto found = view.lenses.find(name);
        found != view.lenses.end() && !found->second.view.empty())
        style.view = found->second.view;
    const ColorScale scale = color_scale(tensor, style, t.dark);
    style.low = scale.low, style.high = scale.high;
    if (scale.low == scale.high && style.norm != Norm::per_row) {
        // One value only: any domain about it
        style.low = scale.low - 1, style.high = scale.high + 1;
    }

    const Grid net{{std::round(box.x + f.gutter), std::round(box.y + f.above()),
                    cell.w * float(cols), cell.h * float(rows)},
                   style.view,
                   rows,
                   cols};
    const float limit = box.right();

    //: cells, as far as they are computed
    const float reveal = std::clamp(look.reveal, 0.0f, 1.0f);
    if (reveal < 1) {
        c.rect(net.box, t.sunken, 2);
        const auto done = std::size_t(reveal * float(rows * cols) + 0.5f);
        const std::size_t full = done / cols, part = done % cols;
        const auto draw = [&](const Rect& where) {
            if (where.empty()) return;
            c.push_clip(where);
            c.matrix(net.box, tensor, style);
            c.pop_clip();
        };
        draw(net.cells(0, int(full), 0, int(cols)));
        if (part > 0) draw(net.cells(int(full), int(full) + 1, 0, int(part)));
    } else {
        c.matrix(net.box, tensor, style);
    }
    if (!view.compact) {
        ColorScale shown = scale;
        shown.low = style.low, shown.high = style.high;
        numbers(c, net, tensor, mask, shown, reveal);
    }
    c.outline(net.box.inset(-frame_pad), role_outline(t, look.role), 5);

    int lit_row = -1, lit_col = -1;
    light(c, net, name, view, look, lit_row, lit_col);

    //: names and axes
    if (!view.compact) {
        if (look.names) {
            names_left(c, net, box.x, look, lit_row);
            names_above(c, net, f.columns, limit, look, lit_col);
        }
        float y = box.y + f.title;
        if (f.axis > 0) {
            c.text_in({net.box.x - frame_pad, y, std::max(limit - net.box.x, 0.0f), axis_height},
                      look.col_axis + " →", label(t));
            y += f.axis;
        }
        if (!look.row_axis.empty() && f.gutter > frame_pad) {
            const float bottom = net.box.y - frame_pad - 1;
            c.text_in({box.x, bottom - names_height, f.gutter - frame_pad - 6, names_height},
                      look.row_axis + " ↓", label(t, Align::right));
        }
        if (!beside_title.empty()) lens_bar(c, beside_title, name, tensor, own, view);
        if (look.legend) {
            const float left = net.box.x - frame_pad;
            const float width =
                std::clamp(net.box.w + 2 * frame_pad, std::min(least_legend, limit - left), 340.0f);
            const float top = net.box.bottom() + frame_pad + 7;
            const float height = box.bottom() - top >= 36 ? 36.0f : 18.0f;
            lens_bar(c, {left, top, width, height}, name, tensor, own, view);
        }
    }

    Region region;
    region.id = "cells." + name + (look.slice >= 0 ? "." + std::to_string(look.slice) : "");
    region.box = net.box;
    region.kind = Region::Kind::cells;
    region.target.tensor = name;
    region.target.head = look.slice;
    region.rows = rows, region.cols = cols;
    region.view = style.view;
    c.region(std::move(region));
    return net.box;
}

}  // namespace orrery::viz
