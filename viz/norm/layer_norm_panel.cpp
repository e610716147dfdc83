// LayerNorm, drawn: every row is moved to the middle and made one spread wide
//
//   x  ->  mean, variance  ->  (x - mean) / spread  ->  * gain + bias
//
// Above, all rows as matrices; below, the chosen row as dots on number lines, or its gradient taken
// apart. Turn `shift` and `scale`: the upper two lines move, the lower two stand still.
#include "core/norm/layer_norm.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "viz/kit/color_scale.hpp"
#include "viz/kit/drawing.hpp"
#include "viz/kit/examples.hpp"
#include "viz/kit/flow.hpp"
#include "viz/kit/format.hpp"
#include "viz/kit/grid.hpp"
#include "viz/kit/matrix.hpp"
#include "viz/kit/panel.hpp"
#include "viz/kit/scale_ends.hpp"
#include "viz/kit/tokens.hpp"

namespace orrery::viz {
namespace {

constexpr const char* default_text = "the cat sat on the mat";

// ---- what is declared

std::size_t chosen_row(const Trace& t, const View& view) {
    const std::size_t rows = t["x"].rows();
    const Selection& s = view.chosen();
    const bool own = s.row >= 0 && s.tensor != "gain" && s.tensor != "bias" && t.find(s.tensor);
    const std::size_t row = own ? std::size_t(s.row) : view.knobs.size("row");
    return rows == 0 ? 0 : std::min(row, rows - 1);
}

std::size_t fact_row(const Trace& t, const Knobs& k) {
    const std::size_t rows = t["x"].rows();
    return rows == 0 ? 0 : std::min(k.size("row"), rows - 1);
}

double mean_of(std::span<const float> row) {
    double sum = 0;
    for (float v : row) sum += double(v);
    return sum / double(row.size());
}

double spread_of(std::span<const float> row) {
    const double mean = mean_of(row);
    double squares = 0;
    for (float v : row) squares += (double(v) - mean) * (double(v) - mean);
    return std::sqrt(squares / double(row.size()));
}

std::string number(double v) { return format_value(v); }

// A number as a factor or summand: negative ones in brackets.
std::string bracketed(double v) { return v < 0 ? "(" + number(v) + ")" : number(v); }

// "1.2 + 0.4 − 0.3", at most `most` numbers.
std::string sum_of(std::span<const float> row, std::size_t most = 8) {
    std::string text;
    for (std::size_t j = 0; j < row.size() && j < most; ++j) {
        if (j == 0)
            text += number(row[j]);
        else
            text += row[j] < 0 ? " − " + number(-double(row[j])) : " + " + number(row[j]);
    }
    return row.size() > most ? text + " + …" : text;
}

CellRange one(const char* tensor, int row, int col) { return {tensor, row, row + 1, col, col + 1}; }
CellRange whole_row(const char* tensor, int row) { return {tensor, row, row + 1, 0, -1}; }

Explanation explain_cell(const Trace& t, const View& view, const Selection& s) {
    const std::string& name = s.tensor;
    const auto value = [&](const char* entry, int row, int col) {
        const Tensor& tensor = t[entry];
        return double(tensor.row(std::size_t(row))[std::size_t(col)]);
    };
    const Entry* entry = t.find(name);
    if (!entry || s.row >= int(entry->tensor.rows()) || s.col >= int(entry->tensor.cols()))
        return {};
    const int i = s.row, j = s.col;
    const Tensor& x = t["x"];
    const double d = double(x.cols()), eps = double(view.knobs.real("eps"));
    Explanation e;
    e.term = name;
    e.why = view.say("why." + name);
    const std::string equals =
        " = " + number(double(entry->tensor.row(std::size_t(i))[std::size_t(j)]));
    if (name == "x") {
        const double scale = double(view.knobs.real("scale")),
                     shift = double(view.knobs.real("shift"));
        if (scale != 1 || shift != 0)
            e.formula = number(scale) + " × " + bracketed((value("x", i, j) - shift) / scale) +
                        " + " + bracketed(shift) + equals;
    } else if (name == "mean") {
        e.formula = "(" + sum_of(x.row(std::size_t(i))) + ") / " + number(d) + equals;
        e.operands = {whole_row("x", i)};
    } else if (name == "centred") {
        e.formula = number(value("x", i, j)) + " − " + bracketed(value("mean", i, 0)) + equals;
        e.operands = {one("x", i, j), one("mean", i, 0)};
    } else if (name == "variance") {
        const Tensor& centred = t["centred"];
        const auto row = centred.row(std::size_t(i));
        e.formula = "(";
        for (std::size_t c = 0; c < row.size() && c < 4; ++c)
            e.formula += (c ? " + " : "") + bracketed(double(row[c])) + "²";
        e.formula += (row.size() > 4 ? " + …) / " : ") / ") + number(d) + equals;
        e.operands = {whole_row("x", i), one("mean", i, 0)};
    } else if (name == "inv_std") {
        e.formula = "1 / √(" + number(value("variance", i, 0)) + " + " + number(eps) + ")" + equals;
        e.operands = {one("variance", i, 0)};
    } else if (name == "unit") {
        e.formula = "(" + number(value("x", i, j)) + " − " + bracketed(value("mean", i, 0)) +
                    ") / √(" + number(value("variance", i, 0)) + " + " + number(eps) + ")" + equals;
        e.operands = {one("x", i, j), one("mean", i, 0), one("variance", i, 0)};
    } else if (name == "y") {
        e.formula = bracketed(value("gain", 0, j)) + " × " + bracketed(value("unit", i, j)) +
                    " + " + bracketed(value("bias", 0, j)) + equals;
        e.operands = {one("unit", i, j), one("gain", 0, j), one("bias", 0, j)};
    } else if (name == "dx") {
        e.formula = number(value("inv_std", i, 0)) + " × (" +
                    number(value("dy", i, j) * value("gain", 0, j)) + " − " +
                    bracketed(value("shift", i, 0)) + " − " + bracketed(value("unit", i, j)) +
                    " × " + bracketed(value("stretch", i, 0)) + ")" + equals;
        e.operands = {one("dy", i, j), one("gain", 0, j), one("unit", i, j)};
    }
    return e;
}

// Rounding leaves crumbs like 1e-7 where the true mean is 0; in words they are 0.
double without_crumbs(double mean, std::span<const float> row) {
    return std::abs(mean) < 1e-5 * spread_of(row) ? 0 : mean;
}

std::string in_words(const Trace& t, const View& view) {
    const Tensor& x = t["x"];
    if (x.size() == 0) return view.say("words.empty");
    const std::size_t i = chosen_row(t, view);
    const Tensor &y = t["y"], &unit = t["unit"], &dx = t["dx"];
    const auto arguments = [&](std::span<const float> row) {
        return Arguments{{"row", std::to_string(i + 1)},
                         {"mean", number(without_crumbs(mean_of(row), row))},
                         {"spread", number(spread_of(row))}};
    };
    std::string text = view.say(
        "words.shape", {{"rows", std::to_string(x.rows())}, {"d", std::to_string(x.cols())}});
    text += view.say("words.before", arguments(x.row(i)));
    text += view.say("words.unit", arguments(unit.row(i)));
    text += view.say("words.after", arguments(y.row(i)));
    double largest = 0;
    for (float v : dx.row(i)) largest = std::max(largest, std::abs(double(v)));
    return text + view.say("words.gradient", {{"largest", number(largest)}});
}

void declare(Declaration& d) {
    d.knob("shift", 0.0f, -20.0f, 20.0f);
    d.knob("scale", 1.0f, 0.001f, 100.0f, Scale::log);
    d.knob("eps", norm::layer_norm_eps, 1e-12f, 1.0f, Scale::log);
    d.knob("gain", 1.0f, -3.0f, 3.0f);
    d.knob("bias", 0.0f, -3.0f, 3.0f);
    d.knob("below", "row", {"row", "gradient"});
    d.knob("row", 0, 0, 7).advanced = true;
    d.knob("column", 0, 0, 32).advanced = true;
    d.knob("rows", 4, 1, 8).advanced = true;
    d.knob("d", 6, 2, 32).advanced = true;

    d.input(
        "x",
        [](const Knobs& k, const Workspace&) {
            return examples::wave({k.size("rows"), k.size("d")});
        },
        true);
    // `column` 0 means every column.
    const auto for_column = [](const Knobs& k, const char* knob, float otherwise) {
        Tensor t({k.size("d")}, otherwise);
        for (std::size_t j = 0; j < t.size(); ++j)
            if (k.size("column") == 0 || k.size("column") == j + 1) t.flat()[j] = k.real(knob);
        return t;
    };
    d.input(
        "gain", [=](const Knobs& k, const Workspace&) { return for_column(k, "gain", 1); }, true);
    d.input(
        "bias", [=](const Knobs& k, const Workspace&) { return for_column(k, "bias", 0); }, true);
    d.output("y");
    d.parts("x", "mean", "variance", "unit", "gain", "bias", "y", "row", "gradient");

    const auto of_row = [&](const char* name, const char* entry,
                            double (*read)(std::span<const float>)) {
        d.fact(name, [=](const Trace& t, const Knobs& k) -> FactValue {
            const Tensor& tensor = t[entry];
            return tensor.size() == 0 ? 0.0 : read(tensor.row(fact_row(t, k)));
        });
    };
    const auto first = [](std::span<const float> row) { return double(row[0]); };
    of_row("mean", "mean", first);
    of_row("variance", "variance", first);
    of_row("spread", "x", spread_of);
    of_row("unit_spread", "unit", spread_of);
    of_row("mean_out", "y", mean_of);
    of_row("spread_out", "y", spread_of);
    of_row("first_out", "y", first);
    of_row("moved", "moved", first);
    of_row("dx_mean", "dx", mean_of);
    d.fact("dx_along", [](const Trace& t, const Knobs& k) -> FactValue {
        // The cosine of the angle between dx and the centred row: 0 is a right angle.
        const Tensor &dx = t["dx"], &unit = t["unit"];
        if (dx.size() == 0) return 0.0;
        const std::size_t i = fact_row(t, k);
        double dot = 0, a = 0, b = 0;
        for (std::size_t j = 0; j < dx.cols(); ++j) {
            dot += double(dx.row(i)[j]) * double(unit.row(i)[j]);
            a += double(dx.row(i)[j]) * double(dx.row(i)[j]);
            b += double(unit.row(i)[j]) * double(unit.row(i)[j]);
        }
        return a * b > 0 ? dot / std::sqrt(a * b) : 0.0;
    });

    for (const char* name : {"x", "mean", "centred", "variance", "inv_std", "unit", "y", "gain",
                             "bias", "dy", "dx", "shift", "stretch"})
        d.explain(name, explain_cell);
    d.length([](const Trace&) { return 4.0; });
    d.describe(in_words);
    d.preset("shifted", {{"shift", "5"}});
    d.preset("stretched", {{"scale", "10"}});
    d.preset("tiny", {{"scale", "0.01"}, {"eps", "0.001"}});
    d.preset("learned", {{"gain", "2"}, {"bias", "1"}, {"column", "2"}});
    d.preset("gradient", {{"below", "gradient"}});
}

// ---- what is computed

// Whether most numbers are those of the made-up rows; some may have been changed by hand.
bool is_made_up(const Tensor& x) {
    if (x.rank() != 2) return false;
    const Tensor made = examples::wave(x.shape());
    std::size_t same = 0;
    for (std::size_t n = 0; n < x.size(); ++n) same += x.flat()[n] == made.flat()[n] ? 1 : 0;
    return 2 * same > x.size();
}

void compute(const Knobs& k, const Inputs& in, Trace& out) {
    const float eps = k.real("eps"), scale = k.real("scale"), shift = k.real("shift");
    Tensor x = in["x"];
    const bool moved = scale != 1.0f || shift != 0.0f;
    if (moved)
        for (float& v : x.flat()) v = scale * v + shift;

    // The words of the rows: those that came with them; made-up rows are given some to be told apart by
    auto names = in.workspace().tokens;
    if (is_made_up(in["x"])) {
        if (names.empty()) names = examples::words(default_text, x.rows());
        names.resize(std::min(names.size(), x.rows()));
    }
    const auto steps = norm::layer_norm_steps(x, in["gain"], in["bias"], eps);
    if (names.size() == x.rows() || is_made_up(in["x"])) out.names("tokens", names);
    out.add("x", x);
    out.add("gain", in["gain"]);
    out.add("bias", in["bias"]);
    record(steps, out);

    // How far shift and scale moved the answer, the largest entry of each row.
    Tensor difference(steps.mean.shape());
    if (moved) {
        const Tensor still = norm::layer_norm(in["x"], in["gain"], in["bias"], eps);
        for (std::size_t i = 0; i < x.rows(); ++i)
            for (std::size_t j = 0; j < x.cols(); ++j)
                difference.row(i)[0] =
                    std::max(difference.row(i)[0], std::abs(steps.y.row(i)[j] - still.row(i)[j]));
    }
    out.from("");
    out.add("moved", difference);

    // A made-up gradient from the layers above, to show what becomes of it.
    Tensor dy = examples::normal(x.shape(), k.seed(), "gradient of y");
    for (float& v : dy.flat()) v = examples::one_decimal(v);
    out.add("dy", dy);
    record(norm::layer_norm_backward(dy, steps, in["gain"]), out);

    out.backward([steps, gain = in["gain"], scale](const Tensors& grads) {
        const auto found = grads.find("y");
        if (found == grads.end()) return Tensors{};
        auto g = norm::layer_norm_backward(found->second, steps, gain);
        if (scale != 1.0f)
            for (float& v : g.dx.flat()) v *= scale;
        return Tensors{{"x", g.dx}, {"gain", g.dgain}, {"bias", g.dbias}};
    });
}

// ---- what is drawn

float smooth(float p) { return p * p * (3 - 2 * p); }

struct Picture : Drawing {
    Focus focus{view.chosen(), view.explanation};
    std::size_t row = 0, d = 0, rows = 0;
    float x_end = 1, unit_end = 2;  // what the colours and the number lines reach to

    void start() {
        rows = t["x"].rows(), d = t["x"].cols();
        row = chosen_row(t, view);
        x_end = round_up(largest_of(t, view, {"x", "centred"}));
        unit_end = round_up(std::max(largest_of(t, view, {"unit", "y"}), 1.5f));
    }

    // The word that the row belongs to, or its number.
    std::string row_name(std::size_t i) const {
        const auto& names = t.names("tokens");
        return i < names.size() ? shown_token(names[i])
                                : view.say("row_name", {{"n", std::to_string(i + 1)}});
    }
    std::string quoted_row() const {
        const bool is_word = row < t.names("tokens").size();
        return is_word ? view.say("row_word", {{"word", row_name(row)}}) : row_name(row);
    }

    // ---- all rows, as matrices

    void matrices(Rect band) {
        const float names = beside(), stat = beside();
        const float gap = between();
        const int stats = view.compact ? 0 : 2;
        const float w = cell_width(band.w);
        const bool plain_vectors = plain();
        const float head = view.compact ? 4 : 24, vectors = view.compact ? 0 : head_height() - 24;
        const float h =
            std::clamp((band.h - head - vectors) / float(rows), 3.0f, std::min(w, 44.0f));
        const float y = band.y + vectors + head, height = h * float(rows), width = w * float(d);
        const float used = names + 8 + float(stats) * (stat + 6) + 3 * gap + 3 * width;
        float x = band.x + (band.w - used) / 2 + names + 8;

        MatrixStyle in_style, out_style, plain;
        in_style.low = -x_end, in_style.high = x_end;
        out_style.low = -unit_end, out_style.high = unit_end;
        plain = in_style;

        GridLook look;
        look.style = in_style, look.lens = "x";
        // What is dragged is the input itself, so only where the picture shows it unchanged
        if (view.knobs.number("scale") == 1 && view.knobs.number("shift") == 0) {
            look.edit = "x";
            for (std::size_t axis = 2; axis < t["x"].rank(); ++axis) look.edit += " 0";
        }
        look.title = view.say("title.x");
        if (!view.compact)
            for (std::size_t i = 0; i < rows; ++i)
                look.row_names.push_back(shorten(row_name(i), names, label()));
        look.names_width = names;
        const Rect x_cells{x, y, width, height};
        if (view.shows("x")) grid_cells(c, x_cells, t, "x", focus, view, look);
        ring(c, x_cells, "x", view);
        look.edit.clear();
        if (view.shows("x")) mark_row(x_cells, h);
        look.row_names.clear();
        x += width + gap;

        if (stats) {
            if (view.shows("mean")) chevron({x, y, stat, height}, gap);
            for (const char* name : {"mean", "variance"}) {
                look.title = view.say(std::string("title.") + name);
                look.style = plain;
                if (std::string_view(name) == "variance")
                    look.style.high = std::max(largest_of(t, view, {"variance"}), 1e-30f),
                    look.style.low = -look.style.high;
                look.reveal = phase(name[0] == 'm' ? 0 : 2) * 2;
                const Rect cells{x, y, stat, height};
                if (view.shows(name)) grid_cells(c, cells, t, name, focus, view, look);
                ring(c, cells, name, view);
                x += stat + (name[0] == 'm' ? 6 : 0);
            }
            x += gap;
        }

        look.style = out_style, look.lens = "unit";
        look.title = fitting(width + gap - 8, bold(),
                             {view.say("title.unit"), view.say("title.unit.short")});
        look.reveal = phase(2.4) / 0.6f;
        const Rect unit{x, y, width, height};
        if (view.shows("unit")) grid_cells(c, unit, t, "unit", focus, view, look);
        if (view.shows("unit")) chevron(unit, gap);
        ring(c, unit, "unit", view);
        x += width + gap;

        const Rect cells{x, y, width, height};
        look.title = view.say("title.y");
        look.reveal = phase(3);
        if (view.shows("y")) grid_cells(c, cells, t, "y", focus, view, look);
        if (view.shows("y")) chevron(cells, gap);
        ring(c, cells, "y", view);
        if (view.shows("y")) mark_row(cells, h);
        if (view.compact) return;

        //: what the colours mean, beside the titles: one ramp for what comes in, one for what goes out
        const float line_y = y - line_height(bold()) - look.title_above - 1;
        const auto bar_from = [&](const Rect& under, float taken) {
            const float left = under.x + taken + 14;
            return Rect{left, line_y, std::min(under.right() - left, 190.0f), 18};
        };
        if (view.shows("x")) {
            const Rect bar = bar_from(x_cells, c.measure(view.say("title.x"), bold()).w);
            if (bar.w >= least_ramp) lens_bar(c, bar, "x", flat_matrix(t["x"]), in_style, view);
        }
        float taken = c.measure(view.say("title.y"), bold()).w;
        if (plain_vectors && (view.shows("gain") || view.shows("bias"))) {
            const std::string still = view.say("note.plain");
            const float wide = c.measure(still, quiet()).w;
            if (taken + 8 + wide + 14 + least_ramp <= width) {
                const Rect note{cells.x + taken + 8, line_y, wide + 1, 18};
                c.text_in(note, still, quiet());
                Region region;
                region.id = "note.plain", region.box = note;
                region.tip = view.say("note.plain.tip");
                c.region(std::move(region));
                for (const char* name : {"gain", "bias"}) ring(c, note, name, view);
                taken += 8 + wide;
            }
        }
        if (view.shows("unit") || view.shows("y")) {
            const Rect bar = bar_from(cells, taken);
            if (bar.w >= least_ramp)
                lens_bar(c, bar, "unit", flat_matrix(t["unit"]), out_style, view);
        }
        if (plain_vectors) return;

        GridLook vector;
        vector.style = out_style, vector.lens = "unit";
        float top = band.y;
        for (const char* name : {"gain", "bias"}) {
            const Rect line{x, top, width, 24};
            if (view.shows(name)) {
                c.text_in({x - 108, top, 100, 24}, view.say(std::string("title.") + name),
                          bold(Align::right));
                grid_cells(c, line, t, name, focus, view, vector);
            }
            ring(c, line, name, view);
            top += 28;
        }
    }

    // Room for the tokens' names, for the mean and for the variance; and between the matrices.
    float beside() const { return view.compact ? 0 : 62; }
    float between() const { return view.compact ? 10 : 18; }
    float cell_width(float room) const {
        const float stats = view.compact ? 0 : 2 * (beside() + 6);
        return std::min((room - beside() - 8 - stats - 3 * between()) / (3.0f * float(d)), 54.0f);
    }

    // Gain and bias do nothing: one line tells of them instead of two rows of cells.
    bool plain() const { return is_all("gain", 1) && is_all("bias", 0); }
    // What lies above the rows of the matrices: titles, and gain and bias where they do something.
    float head_height() const { return plain() ? 24 : 82; }

    bool is_all(const char* name, float value) const {
        const auto all = t[name].flat();
        return std::all_of(all.begin(), all.end(), [&](float v) { return v == value; });
    }

    static constexpr float least_ramp = 80;  // a colour bar with its two numbers

    // A small arrow head in the gap before `cells`.
    void chevron(const Rect& cells, float gap) {
        const float px = cells.x - gap / 2, py = cells.centre().y;
        c.polyline({{px - 3, py - 6}, {px + 3, py}, {px - 3, py + 6}}, {theme.text_quiet, 2});
    }

    // The row that the lower half speaks of.
    void mark_row(const Rect& cells, float h) {
        if (view.compact || rows < 2) return;
        c.outline(Rect{cells.x, cells.y + float(row) * h, cells.w, h}.inset(-2), {theme.text, 2},
                  3);
    }

    // ---- the chosen row, as dots on number lines

    struct Line {
        const char* entry;
        std::string name;
        float end;        // the ruler runs from -end to end
        float color_end;  // so do the colours
        double appears;   // t at which its dots have arrived
    };

    float place(const Rect& ruler, float value, float end) const {
        const float f = std::clamp((value / end + 1) / 2, -0.02f, 1.02f);
        return ruler.x + ruler.w * f;
    }

    void number_lines(Rect band) {
        const float scale_by = view.knobs.real("scale"), shift_by = view.knobs.real("shift");
        const bool moved = scale_by != 1 || shift_by != 0;
        std::vector<float> origin;  // where the row was before shift and scale
        if (moved)
            for (float v : t["x"].row(row)) origin.push_back((v - shift_by) / scale_by);
        // The rulers fit this row; the colours are those of the matrices.
        // A state beside this one is drawn with the same rulers.
        const auto reach = [&](const char* name) {
            float end = largest_of(t[name].row(row));
            if (const Entry* other = view.beside ? view.beside->find(name) : nullptr)
                if (row < other->tensor.rows())
                    end = std::max(end, largest_of(other->tensor.row(row)));
            return end;
        };
        float top = round_up(std::max({reach("x"), largest_of(origin), reach("centred")}));
        float low = round_up(std::max({reach("unit"), reach("y"), 1.5f}));
        // One ruler for all lines, so that what halves the numbers halves the picture; two where the
        // numbers before and after are of another size altogether.
        const bool one_ruler = top <= 3 * low && low <= 3 * top;
        if (one_ruler) top = low = std::max(top, low);
        const std::array<Line, 4> lines{Line{"x", view.say("line.x"), top, x_end, 0},
                                        Line{"centred", view.say("line.centred"), top, x_end, 2},
                                        Line{"unit", view.say("line.unit"), low, unit_end, 3},
                                        Line{"y", view.say("line.y"), low, unit_end, 4}};
        const bool words = !view.compact;
        const std::string note =
            fitting(band.w, quiet(), {view.say("note.all"), view.say("note.learned"), ""});
        if (words && band.h >= 172 && !note.empty()) c.text_in(band.take_bottom(20), note, quiet());
        if (words) {
            Rect head = band.take_top(22);
            if (moved && view.t >= 4) {
                const std::string still =
                    view.say("line.still", {{"moved", number(t["moved"].row(row)[0])}});
                c.text_in(head.take_right(c.measure(still, bold()).w + 1), still, bold());
            }
            c.text_in(
                head,
                fitting(head.w, bold(),
                        {view.say(moved ? "line.ghosts" : "line.head", {{"row", quoted_row()}}),
                         view.say(moved ? "line.ghosts.short" : "line.head.short",
                                  {{"row", quoted_row()}})}),
                bold());
        }
        const float left = words ? 156 : 4, right = words ? 184 : 4, ticks_room = words ? 20 : 0;
        const float pitch = (band.h - ticks_room - 14) / 3.55f;
        const Rect ruler{band.x + left, band.y + 12, band.w - left - right, band.h};

        const float between = one_ruler ? 1.12f : 1.3f;
        std::array<float, 4> ys{ruler.y, ruler.y + pitch, ruler.y + (1 + between) * pitch,
                                ruler.y + (2 + between) * pitch};
        const auto y_of = [&](std::size_t n) { return ys[n]; };
        for (std::size_t n = 0; n < 4; ++n) {
            const Line& line = lines[n];
            const Tensor& values = t[line.entry];
            const auto now = values.row(row);
            const float y = y_of(n);
            const float arrived = n == 0 ? 1 : phase(line.appears - 1);
            //: the ruler and its numbers
            c.line({ruler.x, y}, {ruler.right(), y}, {theme.outline, 1});
            c.line({place(ruler, 0, 1), y - 6}, {place(ruler, 0, 1), y + 6}, {theme.outline, 1});
            if (words && (n == 3 || (n == 1 && !one_ruler)))
                for (float f : {-1.0f, -0.5f, 0.0f, 0.5f, 1.0f}) {
                    const float px = place(ruler, f, 1);
                    c.line({px, y + 8}, {px, y + 12}, {theme.outline, 1});
                    c.text({px, y + 13}, format_value(double(f * line.end)), quiet(Align::centre));
                }
            if (words) c.text_in({band.x, y - 12, left - 18, 24}, line.name, label());
            if (words && n == 2 && !one_ruler)
                c.text_in({band.x, (ys[1] + ys[2]) / 2 - 9, left - 18, 18}, view.say("line.ruler"),
                          quiet());
            //: mean and one spread to either side
            const float known = n == 0 ? phase(0) : arrived >= 1 ? 1.0f : 0.0f;
            if (known > 0) {
                const float mean = float(mean_of(now)), spread = float(spread_of(now));
                c.push_alpha(known);
                const float a = place(ruler, mean - spread, line.end);
                const float b = place(ruler, mean + spread, line.end);
                c.rect({a, y - 8, b - a, 16}, theme.accent.with_alpha(0.16f), 3);
                for (float edge : {a, b})
                    c.line({edge, y - 8}, {edge, y + 8}, {theme.accent, 1.5f});
                const float m = place(ruler, mean, line.end);
                c.polygon({{m, y + 1}, {m - 5, y + 9}, {m + 5, y + 9}}, theme.accent);
                c.pop_alpha();
                // Gain 1 and bias 0 leave the last line as the one above it, and it says so
                if (words)
                    c.text_in({ruler.right() + 18, y - 12, right - 18, 24},
                              n == 3 && plain()
                                  ? view.say("line.same")
                                  : view.say("line.stats", {{"mean", brief(mean, line.end)},
                                                            {"spread", brief(spread, line.end)}}),
                              quiet());
            }
            if (n > 0 && arrived <= 0) continue;

            //: where they would be without shift and scale
            if (n == 0)
                for (float v : origin)
                    c.circle({place(ruler, v, line.end), y}, 4.5f, theme.background,
                             {theme.text_quiet, 1});

            //: the dots, on their way from the line before
            const Tensor& before = t[lines[n == 0 ? 0 : n - 1].entry];
            const float before_end = lines[n == 0 ? 0 : n - 1].end, p = smooth(arrived);
            const ColorScale scale = color_scale(values, style_of(line), view.dark);
            for (std::size_t j = 0; j < d; ++j) {
                const float to = place(ruler, now[j], line.end);
                const float from = place(ruler, before.row(row)[j], before_end);
                const float y_from = n == 0 ? y : y_of(n - 1);
                const Point at{from + (to - from) * p, y_from + (y - y_from) * p};
                const bool lit = focus.cell.col == int(j) && focus.cell.row >= 0;
                if (n > 0 && (n != 2 || one_ruler || lit))
                    c.line(
                        {from, y_from}, at,
                        {lit ? theme.accent : theme.outline.with_alpha(0.45f), lit ? 2.0f : 1.0f});
                c.circle(at, lit ? 7.0f : 5.5f, scale.color(now[j]),
                         {lit ? theme.accent : theme.text, lit ? 2.0f : 1.0f});
                if (!words) continue;
                Region region;
                region.id = "dot." + std::string(line.entry) + "." + std::to_string(j);
                region.box = {at.x - 7, at.y - 9, 14, 18};
                region.target = {line.entry, -1, -1, int(row), int(j), -1};
                c.region(std::move(region));
            }
        }
        ring(c, {band.x, band.y, band.w, band.h}, "row", view);
    }

    // Rounding leaves crumbs like 1e-7 where the true mean is 0; beside the ruler they are 0.
    static std::string brief(float v, float end) {
        return std::abs(v) < 1e-5f * end ? "0" : format_short(double(v), v < 0 ? 5 : 4);
    }

    MatrixStyle style_of(const Line& line) const {
        MatrixStyle style;
        style.low = -line.color_end, style.high = line.color_end;
        return style;
    }

    // ---- the gradient of the chosen row, taken apart

    void gradient(Rect band) {
        Rect head = band.take_top(22);
        c.text_in(head, view.say("gradient.head", {{"row", quoted_row()}}), bold());
        const auto dy = t["dy"].row(row), gain = t["gain"].row(0), unit = t["unit"].row(row);
        const auto dx = t["dx"].row(row);
        const float shift = t["shift"].row(row)[0], stretch = t["stretch"].row(row)[0];
        std::array<std::vector<float>, 5> parts;
        for (std::size_t j = 0; j < d; ++j) {
            const float incoming = dy[j] * gain[j];
            parts[0].push_back(incoming);
            parts[1].push_back(shift);
            parts[2].push_back(unit[j] * stretch);
            parts[3].push_back(incoming - shift - unit[j] * stretch);
            parts[4].push_back(dx[j]);
        }
        float end = 0, dx_end = 0;
        for (std::size_t n = 0; n < 4; ++n)
            for (float v : parts[n])
                if (std::isfinite(v)) end = std::max(end, std::abs(v));
        for (float v : dx)
            if (std::isfinite(v)) dx_end = std::max(dx_end, std::abs(v));
        const char* const names[] = {"gradient.in", "gradient.shift", "gradient.stretch",
                                     "gradient.rest", "gradient.dx"};
        const char* const signs[] = {"=", "+", "+", "→"};
        const float sign = 30, w = (band.w - 4 * sign) / 5;
        float note_h = 0;
        for (const char* name : names)
            note_h = std::max(
                note_h,
                c.measure_paragraph(w, view.say(std::string(name) + ".note"), quiet()).h + 4);
        for (std::size_t n = 0; n < 5; ++n) {
            Rect box{band.x + float(n) * (w + sign), band.y, w, band.h};
            const Rect title = box.take_top(20), note = box.take_bottom(note_h);
            const SameFormat format = same_format(c, parts[n], w / float(d) - 2);
            std::string name = view.say(names[n]);
            if (w / float(d) >= least_bar && format.power != 0) name += "  " + format.factor();
            c.text_in(title, name, bold(Align::centre));
            c.paragraph(note, view.say(std::string(names[n]) + ".note"), quiet());
            bars_of(box.inset(0, 4), parts[n], n == 4 ? dx_end : end, n, format);
            if (n < 4)
                c.text_in({box.right(), box.y, sign, box.h}, signs[n],
                          {Font::bold, text_title, theme.text, Align::centre});
        }
        ring(c, band, "gradient", view);
    }

    void bars_of(const Rect& box, const std::vector<float>& values, float end, std::size_t part,
                 const SameFormat& format) {
        c.rect(box, theme.surface, corner);
        const float middle = box.y + box.h / 2;
        c.line({box.x, middle}, {box.right(), middle}, {theme.outline, 1});
        const float pitch = box.w / float(values.size());
        const bool numbers = pitch >= least_bar;
        const float reach = box.h / 2 - (numbers ? 20 : 6);
        for (std::size_t j = 0; j < values.size(); ++j) {
            const float v = values[j], size = end > 0 && std::isfinite(v) ? v / end * reach : 0;
            const bool lit = focus.cell.col == int(j) && focus.cell.row >= 0;
            const Rect bar{box.x + (float(j) + 0.2f) * pitch, size > 0 ? middle - size : middle,
                           pitch * 0.6f, std::abs(size)};
            c.rect(bar, v < 0 ? theme.negative : theme.positive, 2,
                   {lit ? theme.accent : theme.outline, lit ? 2.0f : 1.0f});
            if (numbers)
                c.text({bar.x + bar.w / 2, v < 0 ? bar.bottom() + 1 : bar.y - 17},
                       format(double(v)), quiet(Align::centre));
            if (part != 0 && part != 4) continue;
            Region region;
            region.id = "bar." + std::to_string(part) + "." + std::to_string(j);
            region.box = {box.x + float(j) * pitch, box.y, pitch, box.h};
            region.target = {part == 0 ? "dy" : "dx", -1, -1, int(row), int(j), -1};
            c.region(std::move(region));
        }
    }
    static constexpr float least_bar = 34;
};

constexpr float least_below = 120;  // four number lines, or the gradient's bars with their words

void draw(Canvas& c, const Trace& t, const View& view) {
    if (t["x"].size() == 0) return;
    Picture picture{{c, t, view}};
    picture.start();
    const float margin = view.compact ? 8 : 20;
    Rect page = Rect{0, 0, view.size.w, view.size.h}.inset(margin, view.compact ? 8 : 14);
    const float share = view.compact ? 0.34f : 0.42f;
    const float wanted = view.compact
                             ? 1000
                             : picture.head_height() + std::min(picture.cell_width(page.w), 44.0f) *
                                                           float(picture.rows);
    const float least =
        view.compact ? 0
                     : picture.head_height() + 18 * float(picture.rows);  // rows can be told apart
    const float high = std::min(std::max(page.h * share, std::min(least, page.h * 0.55f)), wanted);
    // In a low window what is below would lie on itself: the matrices have all the room
    const bool alone = !view.compact && page.h - high - 20 < least_below;
    picture.matrices(alone ? page : page.take_top(high));
    if (alone) return;
    page.take_top(view.compact ? 6 : 20);
    if (view.knobs.choice("below") == "gradient" && !view.compact) {
        if (view.shows("gradient")) picture.gradient(page);
    } else if (view.shows("row")) {
        picture.number_lines(page);
    }
}

}  // namespace

Panel make_norm_layer_norm_panel() { return {declare, compute, draw}; }

}  // namespace orrery::viz
