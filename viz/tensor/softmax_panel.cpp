// Softmax, drawn: scores, their exponentials, their shares, one line for each candidate
//
//   x / temperature + shift  ->  exp(x - largest)  ->  ÷ total  ->  y
//
// Below: the shares at every temperature; what happens when the largest is not taken away; or the
// slope of every share along every score.
#include "core/tensor/softmax.hpp"

#include <algorithm>
#include <cmath>

#include "viz/kit/bar_rows.hpp"
#include "viz/kit/drawing.hpp"
#include "viz/kit/flow.hpp"
#include "viz/kit/format.hpp"
#include "viz/kit/grid.hpp"
#include "viz/kit/matrix.hpp"
#include "viz/kit/panel.hpp"
#include "viz/kit/plot.hpp"

namespace orrery::viz {
namespace {

constexpr std::size_t most = 8, points = 121;
constexpr float difference_width = 76;  // as wide as its title
constexpr float coldest = 0.05f, hottest = 20.0f;

// ---- what is declared

std::string number(double v) { return format_value(v); }

std::string word(const View& view, int j) {
    return j >= 0 && j < int(most) ? view.say("word." + std::to_string(j + 1))
                                   : std::to_string(j + 1);
}

double value(const Trace& t, std::string_view name, int row, int col) {
    const Tensor& tensor = t[name];
    if (row < 0 || col < 0 || std::size_t(row) >= tensor.rows() ||
        std::size_t(col) >= tensor.cols())
        return 0;
    return double(tensor.row(std::size_t(row))[std::size_t(col)]);
}

std::string sum_of(std::span<const float> row) {
    std::string text;
    for (std::size_t j = 0; j < row.size() && j < 4; ++j)
        text += (j ? " + " : "") + number(double(row[j]));
    return row.size() > 4 ? text + " + …" : text;
}

Explanation explain_cell(const Trace& t, const View& view, const Selection& s) {
    const std::string& name = s.tensor;
    const int i = s.row, j = s.col;
    Explanation e;
    const std::string equals = " = " + number(value(t, name, i, j));
    const std::string largest = bracketed(value(t, "largest", 0, 0));
    e.why = view.say("why." + name, {{"word", word(view, j)}, {"other", word(view, i)}});
    e.term = name;
    if (name == "x") {
        const double temperature = double(view.knobs.real("temperature")),
                     shift = double(view.knobs.real("shift"));
        if (temperature != 1 || shift != 0)
            e.formula = bracketed(value(t, "scores", 0, j)) + " / " + number(temperature) + " + " +
                        bracketed(shift) + equals;
    } else if (name == "difference") {
        e.formula = number(value(t, "x", 0, j)) + " − " + largest + equals;
        e.operands = {{"x", 0, 1, j, j + 1}};
    } else if (name == "exps") {
        e.formula = "exp(" + number(value(t, "x", 0, j)) + " − " + largest + ")" + equals;
        e.operands = {{"x", 0, 1, j, j + 1}, {"difference", 0, 1, j, j + 1}};
    } else if (name == "total") {
        e.formula = sum_of(t["exps"].row(0)) + equals;
        e.operands = {{"exps", 0, 1, 0, -1}};
    } else if (name == "y") {
        e.formula =
            number(value(t, "exps", 0, j)) + " / " + number(value(t, "total", 0, 0)) + equals;
        e.operands = {{"exps", 0, 1, j, j + 1}};
    } else if (name == "naive.exps") {
        e.formula = "exp(" + number(value(t, "x", 0, j)) + ")" + equals;
        e.operands = {{"x", 0, 1, j, j + 1}};
    } else if (name == "naive.y") {
        e.formula = number(value(t, "naive.exps", 0, j)) + " / " +
                    number(value(t, "naive.total", 0, 0)) + equals;
        e.operands = {{"naive.exps", 0, 1, j, j + 1}};
    } else if (name == "jacobian") {
        const double yi = value(t, "y", 0, i), yj = value(t, "y", 0, j);
        e.formula = number(yi) + " × (" + (i == j ? "1" : "0") + " − " + number(yj) + ")" + equals;
        if (i == j) e.why = view.say("why.jacobian.own", {{"word", word(view, j)}});
        e.operands = {{"y", 0, 1, i, i + 1}, {"y", 0, 1, j, j + 1}};
    }
    return e;
}

double entropy_bits(std::span<const float> row) {
    double bits = 0;
    for (float v : row)
        if (v > 0) bits -= double(v) * std::log2(double(v));
    return bits;
}

std::size_t not_numbers(const Tensor& t) {
    std::size_t count = 0;
    for (float v : t.flat()) count += std::isnan(v);
    return count;
}

double steepest(const Tensor& jacobian) {
    double most_of = 0;
    for (float v : jacobian.flat()) most_of = std::max(most_of, std::abs(double(v)));
    return most_of;
}

std::string in_words(const Trace& t, const View& view) {
    const auto y = t["y"].row(0);
    const auto best = std::size_t(std::max_element(y.begin(), y.end()) - y.begin());
    std::string text =
        view.say("words.shares", {{"n", std::to_string(y.size())},
                                  {"temperature", number(view.knobs.number("temperature"))},
                                  {"word", word(view, int(best))},
                                  {"share", number(double(y[best]))}});
    text += view.say("words.total", {{"total", number(value(t, "total", 0, 0))},
                                     {"largest", number(value(t, "largest", 0, 0))},
                                     {"bits", number(entropy_bits(y))}});
    const std::size_t odd = not_numbers(t["naive.y"]);
    return text + (odd ? view.say("words.naive_fails", {{"n", std::to_string(odd)}})
                       : view.say("words.naive_works"));
}

void declare(Declaration& d) {
    d.knob("temperature", 1.0f, coldest, hottest, Scale::log);
    d.knob("shift", 0.0f, -200.0f, 200.0f);
    d.knob("below", "temperature", {"temperature", "naive", "jacobian"});
    d.knob("d", 6, 1, int(most)).advanced = true;

    d.input(
        "x",
        [](const Knobs& k, const Workspace&) {
            // Of the candidates in infer/sampling some, each with its score there
            const float scores[most] = {3.4f, 2.9f, 1.9f, 0.6f, -0.4f, -0.9f, -1.6f, -2.3f};
            Tensor x({1, k.size("d")});
            for (std::size_t j = 0; j < x.size(); ++j) x.flat()[j] = scores[j];
            return x;
        },
        true);
    d.output("y");
    d.parts("x", "largest", "exps", "total", "y", "curve", "naive", "jacobian");

    d.fact("largest",
           [](const Trace& t, const Knobs&) -> FactValue { return value(t, "largest", 0, 0); });
    d.fact("total",
           [](const Trace& t, const Knobs&) -> FactValue { return value(t, "total", 0, 0); });
    d.fact("first_share",
           [](const Trace& t, const Knobs&) -> FactValue { return value(t, "y", 0, 0); });
    d.fact("second_share",
           [](const Trace& t, const Knobs&) -> FactValue { return value(t, "y", 0, 1); });
    d.fact("sum", [](const Trace& t, const Knobs&) -> FactValue {
        double sum = 0;
        for (float v : t["y"].row(0)) sum += double(v);
        return sum;
    });
    d.fact("entropy",
           [](const Trace& t, const Knobs&) -> FactValue { return entropy_bits(t["y"].row(0)); });
    d.fact("moved",
           [](const Trace& t, const Knobs&) -> FactValue { return value(t, "moved", 0, 0); });
    d.fact("naive_nan", [](const Trace& t, const Knobs&) -> FactValue {
        return double(not_numbers(t["naive.y"]));
    });
    d.fact("slope",
           [](const Trace& t, const Knobs&) -> FactValue { return steepest(t["jacobian"]); });

    for (const char* name :
         {"x", "largest", "difference", "exps", "total", "y", "naive.exps", "naive.y", "jacobian"})
        d.explain(name, explain_cell);
    d.length([](const Trace&) { return 4.0; });
    d.describe(in_words);
    d.preset("cold", {{"temperature", "0.2"}});
    d.preset("hot", {{"temperature", "10"}});
    d.preset("overflow", {{"shift", "100"}, {"below", "naive"}});
    d.preset("slopes", {{"below", "jacobian"}});
}

// ---- what is computed

void compute(const Knobs& k, const Inputs& in, Trace& out) {
    const float temperature = k.real("temperature"), shift = k.real("shift");
    const Tensor& scores = in["x"];
    Tensor x = scores;
    const bool changed = temperature != 1.0f || shift != 0.0f;
    if (changed)
        for (float& v : x.flat()) v = v / temperature + shift;
    out.add("scores", scores);
    out.add("x", x);
    const SoftmaxSteps steps = softmax_steps(x);
    record(steps, out);
    const Tensor y = steps.y;

    // The same without taking the largest away, and every slope.
    out.nest("naive", [&](Trace& nested) {
        nested.from("tensor/softmax");
        const NaiveSoftmaxSteps naive = softmax_naive_steps(x);
        nested.add("exps", naive.exps, "exp of x as it is, which may be infinite");
        nested.add("total", naive.total, "exp of x as it is, which may be infinite");
        nested.add("y", naive.y, "shares, of which infinity over infinity is none");
    });
    out.from("tensor/softmax");
    out.add("jacobian", softmax_jacobian(Tensor({y.cols()}, {y.row(0).begin(), y.row(0).end()})),
            "what one share gains the others lose");

    // How far the shift has moved a share; and the shares at every temperature.
    Tensor still = scores;
    for (float& v : still.flat()) v /= temperature;
    still = softmax(still);
    Tensor moved({1, 1}), temperatures({points}), curve({points, y.cols()});
    for (std::size_t j = 0; j < y.cols(); ++j)
        moved.flat()[0] = std::max(moved.flat()[0], std::abs(y.row(0)[j] - still.row(0)[j]));
    for (std::size_t n = 0; n < points; ++n) {
        const float share = float(n) / float(points - 1);
        temperatures.flat()[n] = coldest * std::pow(hottest / coldest, share);
        for (std::size_t j = 0; j < y.cols(); ++j)
            curve.row(n)[j] = scores.row(0)[j] / temperatures.flat()[n];
    }
    Tensor difference = x;
    for (float& v : difference.flat()) v -= steps.largest.flat()[0];
    out.from("");
    out.add("difference", difference);
    out.add("moved", moved);
    out.add("temperatures", temperatures);
    out.add("curve", softmax(curve));

    out.backward([y, temperature](const Tensors& grads) {
        Tensors result;
        if (const auto dy = grads.find("y"); dy != grads.end()) {
            Tensor dx = softmax_backward(dy->second, y);
            for (float& v : dx.flat()) v /= temperature;
            result["x"] = dx;
        }
        return result;
    });
}

// ---- what is drawn

struct Picture : Drawing {
    Focus focus{view.chosen(), view.explanation};
    std::size_t d = 0;
    std::vector<std::string> names{};
    float names_width = 0;
    float tallest = 30;       // most height of a line
    bool has_feet = true;     // largest, total and sum are written below the bars
    bool has_curves = false;  // the curves are on show, so each candidate has its colour

    void start() {
        d = t["x"].cols();
        for (std::size_t j = 0; j < d; ++j) {
            names.push_back(word(view, int(j)));
            names_width =
                std::max(names_width, c.measure(names.back(), {Font::body, text_label, {}}).w + 14);
        }
    }

    BarRowsLook look_of(const char* title) const {
        BarRowsLook look;
        if (!view.compact) look.title = view.say(title);
        look.color = theme.accent, look.negative = theme.negative;
        look.line = tallest;
        return look;
    }

    Color color_of(std::size_t j) const {
        const Color colors[] = {theme.value,     theme.accent,     theme.positive,
                                theme.attention, theme.text_quiet, theme.negative};
        return colors[j % 6];
    }

    void stages(Rect band) {
        const float gap = view.compact ? 8 : 60;
        // The differences stand between the scores and the arrow, as numbers alone
        const bool lowered = view.shows("exps") && !view.compact;
        const float column = lowered ? difference_width + 8 : 0;
        const float w = (band.w - (view.compact ? 0 : names_width) - 2 * gap - column) / 3;
        const float foot = view.compact || !has_feet ? 0 : 20;
        const float lines = band.h - (view.compact ? 0 : bar_rows_head) - foot;
        const float line = std::min(tallest, lines / float(d));
        Rect box{band.x, band.y, w + (view.compact ? 0 : names_width), band.h - foot};

        //: scores
        BarRowsLook look = look_of("title.x");
        look.names = names, look.names_width = view.compact ? 0 : names_width;
        look.color = theme.positive;  // a score has a sign; shares have a colour of their own
        look.grow = eased(view.t, 0);
        const float largest = t["largest"].flat()[0];
        // The bars begin at 0 as long as that leaves something to see, else at the lowest score.
        const auto x = t["x"].row(0);
        const auto [least, greatest] = std::minmax_element(x.begin(), x.end());
        const float reach = std::max(*greatest - *least, 1e-6f);
        look.low = std::min(0.0f, *least), look.high = std::max(0.0f, *greatest);
        if (look.high == look.low) look.high = look.low + reach;
        Rect bars = box;
        if (view.t >= 1 && view.shows("largest")) look.mark = largest;
        if (view.shows("x")) bars = bar_rows(c, box, t, "x", focus, view, look);
        look.mark = NAN;
        ring(c, box, "x", view);
        const float y_foot = band.y + (view.compact ? 0 : bar_rows_head) + line * float(d) + 3;
        const auto foot_line = [&](const Rect& under, const std::string& text, const char* tensor) {
            if (view.compact || !has_feet) return;
            const Rect at{under.x, y_foot, under.w, 18};
            const bool is_news = tensor == std::string_view("total") && view.t < 4;
            const bool lit = focus.cell.tensor == tensor || is_news;
            const Rect used =
                c.text_in(at, text, {Font::body, text_label, lit ? theme.text : theme.text_quiet});
            Region region;
            region.id = std::string("foot.") + tensor;
            region.box = used;
            region.target = {tensor, -1, -1, 0, 0, -1};
            c.region(std::move(region));
            ring(c, at, tensor, view);
        };
        if (view.t >= 1 && view.shows("largest")) {
            const float mark = bars.x + bars.w * (largest - look.low) / (look.high - look.low);
            //: under its line
            const std::string text =
                view.say("foot.largest", {{"largest", number(double(largest))}});
            const float text_w = c.measure(text, quiet()).w + 1;
            const float left = std::min(mark - text_w / 2, box.right() + gap - 8 - text_w);
            foot_line({std::max(left, box.x), y_foot, text_w, 18}, text, "largest");
        }

        //: exponentials
        if (lowered) differences({box.right() + 8, band.y, difference_width, box.h}, line);
        Rect next{box.right() + column + gap, band.y, w, band.h - foot};
        look = look_of("title.exps");
        if (!view.compact)  // what exp means, where there is room for it
            look.title = fitting(next.w, bold(), {view.say("title.exps.long"), look.title});
        look.grow = eased(view.t, 1.2, 0.8), look.high = 1, look.decimals = 3;
        if (view.shows("exps")) {
            arrow(next, gap, line, view.say("arrow.exp"), view.t > 1);
            bar_rows(c, next, t, "exps", focus, view, look);
        }
        ring(c, next, "exps", view);
        if (view.t >= 2.5 && view.shows("total"))
            foot_line(next, view.say("foot.total", {{"total", number(value(t, "total", 0, 0))}}),
                      "total");

        //: shares
        Rect last{next.right() + gap, band.y, w, band.h - foot};
        look = look_of("title.y");
        look.grow = eased(view.t, 3), look.high = 1, look.decimals = 3;
        look.color = theme.value;
        if (view.shows("y")) {
            arrow(last, gap, line, view.say("arrow.divide"), view.t > 2.5);
            const Rect area = bar_rows(c, last, t, "y", focus, view, look);
            if (has_curves) own_colors(area, line, look.grow);
            if (view.t >= 4 && !view.compact && has_feet)
                c.text_in({last.x, y_foot, last.w, 18}, view.say("foot.sum"), quiet());
        }
        ring(c, last, "y", view);
    }

    // How far every score lies below the largest: what goes into exp.
    void differences(Rect column, float line) {
        const TextStyle bold{Font::bold, text_label, theme.text, Align::right};
        c.text_in({column.x, column.y, column.w, 18}, view.say("title.difference"), bold);
        if (view.t < 1 || line < BarRowsLook{}.least_number) return;
        column.take_top(bar_rows_head);
        const auto values = t["difference"].row(0);
        const SameFormat format = same_format(c, values, column.w - 8);
        for (std::size_t j = 0; j < d; ++j) {
            const Rect cell{column.x, column.y + float(j) * line, column.w, line};
            bool lit = focus.cell.tensor == "difference" && focus.cell.col == int(j);
            for (const CellRange& range : focus.explanation.operands)
                lit |= range.tensor == "difference" && range.col_begin == int(j);
            if (lit) c.rect(cell.inset(0, 1), theme.accent.with_alpha(0.12f), 4);
            const double v = double(values[j]);
            c.text_in(cell.inset(4, 0), std::isfinite(v) ? format(v) : number(v),
                      {lit ? Font::bold : Font::body, text_label, theme.text, Align::right});
            Region region;
            region.id = "difference." + std::to_string(j), region.box = cell;
            region.target = {"difference", -1, -1, 0, int(j), -1};
            c.region(std::move(region));
        }
    }

    // The bars of the shares, each in the colour of its curve below.
    void own_colors(const Rect& area, float line, float grow) {
        const float thick = std::clamp(line - 6, 2.0f, 16.0f);
        for (std::size_t j = 0; j < d; ++j) {
            const float share = std::clamp(t["y"].row(0)[j], 0.0f, 1.0f);
            const Rect bar{area.x, area.y + (float(j) + 0.5f) * line - thick / 2,
                           std::max(share * area.w * grow, share * grow > 0 ? 1.0f : 0.0f), thick};
            const bool lit = focus.cell.tensor == "y" && focus.cell.col == int(j);
            if (std::isfinite(share))
                c.rect(bar, color_of(j), 2, {lit ? theme.text : Color{}, lit ? 2.0f : 0.0f});
        }
    }

    void arrow(const Rect& into, float gap, float line, const std::string& text, bool lit) {
        if (view.compact) return;
        const float y = into.y + bar_rows_head + line * float(d) / 2;
        operation(c, {into.x - gap + 6, y}, {into.x - 6, y}, text, lit && view.t < 4);
    }

    // ---- below: the shares at every temperature

    void curves(const Rect& band) {
        const Dash dashes[] = {Dash::solid, Dash::dashed, Dash::dotted};
        std::vector<Series> lines;
        const Tensor& curve = t["curve"];
        const auto at = t["temperatures"].flat();
        for (std::size_t j = 0; j < d; ++j) {
            Series s;
            s.name = names[j];
            s.color = color_of(j), s.dash = dashes[j % 3];
            s.x.assign(at.begin(), at.end());
            for (std::size_t n = 0; n < points; ++n) s.y.push_back(curve.row(n)[j]);
            lines.push_back(std::move(s));
        }
        PlotLook look;
        // In little room one line names the picture and its axis.
        const bool low = band.h < 200;
        if (!low) look.title = view.say("curve.title");
        look.x_axis = view.say("curve.x"), look.y_axis = view.say(low ? "curve.title" : "curve.y");
        look.log_x = true, look.x_low = coldest, look.x_high = hottest;
        look.y_low = 0, look.y_high = 1;
        look.cursor = view.knobs.real("temperature");
        look.id = "curve";
        const Rect area = line_plot(c, band, lines, look, view);
        Region drag;
        drag.id = "curve.drag";
        drag.box = {area.x, area.y, area.w, 14};
        drag.kind = Region::Kind::slider, drag.action = "slide temperature";
        drag.tip = view.say("curve.tip");
        c.region(drag);
        ring(c, band, "curve", view);
    }

    // ---- below: without taking the largest away

    void naive(Rect band) {
        const std::size_t odd = not_numbers(t["naive.y"]);
        const Rect words = band.take_bottom(band.w > 840 ? 20 : 36);
        c.text_in(band.take_top(24), view.say("naive.title"), {Font::bold, text_body, theme.text});
        const float gap = 60, w = (band.w - names_width - 2 * gap) / 3;
        BarRowsLook look = look_of("naive.exps");
        look.names = names, look.names_width = names_width;
        Rect box{band.x, band.y, w + names_width, band.h};
        bar_rows(c, box, t, "naive.exps", focus, view, look);
        Rect next{box.right() + gap, band.y, w, band.h};
        look = look_of("naive.y");
        look.high = 1, look.decimals = 3, look.color = theme.value;
        bar_rows(c, next, t, "naive.y", focus, view, look);
        Rect last{next.right() + gap, band.y, w, band.h};
        look = look_of("naive.stable");
        look.high = 1, look.decimals = 3, look.color = theme.value, look.hoverable = false;
        bar_rows(c, last, t, "y", focus, view, look);
        const double top = value(t, "largest", 0, 0);
        const bool low = odd > 0 && top < 0;
        c.paragraph(words,
                    view.say(odd == 0 ? "naive.works"
                             : low    ? "naive.underflow"
                                      : "naive.overflow",
                             {{"largest", number(top)}}),
                    {Font::body, text_label, odd ? theme.text : theme.text_quiet});
        ring(c, band, "naive", view);
    }

    // ---- below: the slope of every share along every score

    void slopes(Rect band) {
        c.text_in(band.take_top(24), view.say("jacobian.title"),
                  {Font::bold, text_body, theme.text});
        const float head = 20, side = names_width + 8;
        const float least_w = std::min(64.0f, (band.w * 0.62f - side) / float(d));
        const float h = std::min((band.h - head - 2) / float(d), 40.0f);
        const Rect cells{band.x + side, band.y + head, least_w * float(d), h * float(d)};
        GridLook look;
        look.row_names = names, look.col_names = names, look.names_width = names_width;
        look.style.low = -0.25f, look.style.high = 0.25f;
        grid_cells(c, cells, t, "jacobian", focus, view, look);
        Rect words{cells.right() + 28, cells.y - head, band.right() - cells.right() - 28, band.h};
        c.paragraph(words.take_top(band.h - 26), view.say("jacobian.words"), quiet());
        color_bar(c, words.take_bottom(20), look.style, view, false);
        ring(c, band, "jacobian", view);
    }
};

void draw(Canvas& c, const Trace& t, const View& view) {
    if (t["x"].size() == 0) return;
    Picture picture{{c, t, view}};
    picture.start();
    Rect page =
        Rect{0, 0, view.size.w, view.size.h}.inset(view.compact ? 8 : 20, view.compact ? 8 : 12);
    if (view.compact) {
        picture.stages(page);
        return;
    }
    const std::string& below = view.knobs.choice("below");
    //: in a window too low for more, the bars alone
    if (page.h < 160 && (view.shows("x") || view.shows("y"))) {
        picture.has_feet = false;
        picture.stages(page.inset(0, -6));
        return;
    }
    const bool shown = view.shows(below == "temperature" ? "curve" : below);
    picture.has_curves = shown && below == "temperature";
    //: what the numbers are of
    if (below != "naive" || page.h > 380) {
        const Arguments n{{"n", std::to_string(picture.d)}};
        const TextStyle style{Font::body, text_body, c.theme().text};
        c.text_in(page.take_top(26),
                  picture.fitting(page.w, style,
                                  {view.say("candidates.long", n), view.say("candidates", n)}),
                  style);
    }
    const float lines = float(picture.d);
    const std::string how = view.say("how");
    const float how_h = c.measure_paragraph(page.w, how, picture.quiet()).h + 6;
    const float least = bar_rows_head + 20 + 17.5f * lines, chart = below == "naive" ? 0.6f : 0.5f;
    // Alone it may be as high as the page; with the lower half that keeps its room.
    const float line = shown ? 30.0f : std::min(60.0f, (page.h - how_h - 60) / lines);
    const float wanted = bar_rows_head + 20 + std::max(line, 17.5f) * lines;
    const bool has_how = view.shows("exps") && page.h - how_h - least > (shown ? 190 : 0);
    const float rest = page.h - (has_how ? how_h : 0);
    const float high = shown ? std::clamp(rest - std::max(rest * chart, 180.0f),
                                          std::min(least, rest * 0.5f), wanted)
                             : std::min(wanted, rest);
    picture.tallest = std::max(line, 30.0f);
    picture.stages(page.take_top(high));
    if (has_how) {
        page.take_top(4);
        page.take_top(c.paragraph(page, how, picture.quiet()).h + 2);
    }
    page.take_top(below == "naive" ? 8 : 12);
    if (!shown) return;
    if (below == "temperature") picture.curves(page);
    if (below == "naive") picture.naive(page);
    if (below == "jacobian") picture.slopes(page);
}

}  // namespace

Panel make_tensor_softmax_panel() { return {declare, compute, draw}; }

}  // namespace orrery::viz
