// GELU, drawn: the curve with numbers on it
//
// Left the curve, ReLU beside it, and a vector of numbers as dots on it: each drops from the x axis
// to the curve. The chosen x can be dragged. Right its slope, or the distance of the two forms.
#include "core/activation/gelu.hpp"

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

constexpr std::size_t points = 241;

// ---- what is declared

std::string number(double v) { return format_value(v); }

double value(const Trace& t, std::string_view name, std::size_t j) {
    const Tensor& tensor = t[name];
    return j < tensor.size() ? double(tensor.flat()[j]) : 0;
}

activation::GeluForm form_of(const Knobs& k) {
    return k.choice("form") == "exact" ? activation::GeluForm::exact : activation::GeluForm::tanh;
}

Explanation explain_cell(const Trace& t, const View& view, const Selection& s) {
    const auto j = std::size_t(std::max(s.col, 0));
    const std::string& name = s.tensor;
    const bool probed = name.starts_with("probe.");
    const std::string what = probed ? name.substr(6) : name;
    const std::string prefix = probed ? "probe." : "";
    const double x = value(t, prefix + "x", j);
    const std::string equals = " = " + number(value(t, name, j));
    Explanation e;
    e.why = view.say("why." + what,
                     {{"x", number(x)}, {"percent", number(100 * value(t, prefix + "share", j))}});
    e.term = what;
    const CellRange own{prefix + "x", 0, 1, int(j), int(j) + 1};
    if (what == "share") {
        e.formula = view.knobs.choice("form") == "exact"
                        ? "(1 + erf(" + number(x) + " / √2)) / 2" + equals
                        : "(1 + tanh(√(2/π) × (" + number(x) + " + 0.044715 × " + bracketed(x) +
                              "³))) / 2" + equals;
        e.operands = {own};
    } else if (what == "y") {
        e.formula = bracketed(x) + " × " + number(value(t, prefix + "share", j)) + equals;
        e.operands = {own, {prefix + "share", 0, 1, int(j), int(j) + 1}};
    }
    return e;
}

std::string in_words(const Trace& t, const View& view) {
    std::string text = view.say("words.probe", {{"x", number(value(t, "probe.x", 0))},
                                                {"y", number(value(t, "probe.y", 0))},
                                                {"share", number(value(t, "probe.share", 0))},
                                                {"slope", number(value(t, "probe.slope", 0))}});
    std::size_t dead = 0;
    for (float v : t["slope"].flat()) dead += std::abs(v) < 0.01f;
    return text + view.say("words.numbers",
                           {{"n", std::to_string(t["x"].size())}, {"dead", std::to_string(dead)}});
}

void declare(Declaration& d) {
    d.knob("at", 2.0f, -4.0f, 4.0f);
    d.knob("form", "exact", {"exact", "tanh"});
    d.knob("right", "slope", {"slope", "difference"});
    d.knob("reach", 4.0f, 0.5f, 12.0f).advanced = true;
    d.knob("n", 9, 1, 65).advanced = true;

    d.input("x", [](const Knobs& k, const Workspace&) {
        // Evenly from -reach to reach.
        Tensor x({k.size("n")});
        const float reach = k.real("reach"), last = float(std::max<std::size_t>(2, x.size()) - 1);
        for (std::size_t i = 0; i < x.size(); ++i) x.flat()[i] = reach * (2 * float(i) / last - 1);
        return x;
    });
    d.output("y");
    d.parts("curve", "x", "y", "slope", "difference", "probe");

    const auto of_probe = [&](const char* name, const char* entry) {
        d.fact(name, [=](const Trace& t, const Knobs&) -> FactValue { return value(t, entry, 0); });
    };
    of_probe("at_y", "probe.y");
    of_probe("at_share", "probe.share");
    of_probe("at_slope", "probe.slope");
    d.fact("least", [](const Trace& t, const Knobs&) -> FactValue {
        const auto y = t["curve.y"].flat();
        return double(*std::min_element(y.begin(), y.end()));
    });
    d.fact("steepest", [](const Trace& t, const Knobs&) -> FactValue {
        const auto slope = t["curve.slope"].flat();
        return double(*std::max_element(slope.begin(), slope.end()));
    });
    d.fact("other_form", [](const Trace& t, const Knobs&) -> FactValue {
        double largest = 0;
        for (const float v : t["curve.difference"].flat())
            largest = std::max(largest, std::abs(double(v)));
        return largest;
    });
    d.fact("dead", [](const Trace& t, const Knobs&) -> FactValue {
        double dead = 0;
        for (float v : t["slope"].flat()) dead += std::abs(v) < 0.01f;
        return dead;
    });

    for (const char* name : {"x", "share", "y", "slope", "difference", "probe.x", "probe.share",
                             "probe.y", "probe.slope", "probe.relu", "probe.relu_slope"})
        d.explain(name, explain_cell);
    d.length([](const Trace&) { return 3.0; });
    d.describe(in_words);
    d.preset("dip", {{"at", "-0.75"}});
    d.preset("dead", {{"at", "-3.5"}});
    d.preset("forms", {{"right", "difference"}});
}

// ---- what is computed

void compute(const Knobs& k, const Inputs& in, Trace& out) {
    using activation::GeluForm;
    const GeluForm form = form_of(k);
    const GeluForm other = form == GeluForm::exact ? GeluForm::tanh : GeluForm::exact;
    const Tensor x = in["x"];

    const auto slopes = [&](const Tensor& at) {
        return activation::gelu_backward(Tensor(at.shape(), 1.0f), at, form);
    };
    const auto distance = [&](const Tensor& at, const Tensor& y) {
        Tensor difference = activation::gelu(at, other);
        for (std::size_t i = 0; i < at.size(); ++i)
            difference.flat()[i] = y.flat()[i] - difference.flat()[i];
        return difference;
    };
    const auto put = [&](Trace& to, const Tensor& at) {
        to.add("x", at);
        const auto steps = activation::gelu_steps(at, form);
        record(steps, to);
        to.from("activation/gelu");
        to.add("slope", slopes(at),
               form == GeluForm::exact ? "the slope of x times its share"
                                       : "the same for the tanh form");
        to.from("");
        to.add("difference", distance(at, steps.y));
        Tensor relu = at, relu_slope = at;
        for (float& v : relu.flat()) v = std::max(v, 0.0f);
        for (float& v : relu_slope.flat()) v = v > 0 ? 1.0f : 0.0f;
        to.add("relu", relu);
        to.add("relu_slope", relu_slope);
    };
    put(out, x);

    // The whole curve, and the one number that can be dragged.
    const float reach = k.real("reach");
    Tensor along({points});
    for (std::size_t i = 0; i < points; ++i)
        along.flat()[i] = reach * (2 * float(i) / float(points - 1) - 1);
    out.nest("curve", [&](Trace& nested) { put(nested, along); });
    out.nest("probe", [&](Trace& nested) { put(nested, Tensor({1}, k.real("at"))); });

    out.backward([=](const Tensors& grads) {
        Tensors result;
        if (const auto dy = grads.find("y"); dy != grads.end())
            result["x"] = activation::gelu_backward(dy->second, x, form);
        return result;
    });
}

// ---- what is drawn

struct Picture : Drawing {
    Series series(const char* y, std::string name, Color color, Dash dash = Dash::solid) const {
        Series s;
        const auto xs = t["curve.x"].flat(), ys = t[y].flat();
        s.name = std::move(name), s.color = color, s.dash = dash;
        s.x.assign(xs.begin(), xs.end());
        s.y.assign(ys.begin(), ys.end());
        return s;
    }

    // The part of a curve left of x, for the opening motion.
    static void cut(Series& s, float share) {
        const auto kept = std::size_t(share * float(s.x.size()));
        for (std::size_t i = kept; i < s.y.size(); ++i) s.y[i] = NAN;
    }

    void dot(Point at, float radius, Color color, const char* tensor, std::size_t j) {
        const Selection& s = view.chosen();
        const bool lit = s.tensor == tensor && s.col == int(j);
        c.circle(at, lit ? radius + 2 : radius, color, {lit ? theme.accent : theme.text, 1.5f});
        if (view.compact) return;
        Region region;
        region.id = std::string("dot.") + tensor + "." + std::to_string(j);
        region.box = {at.x - 8, at.y - 8, 16, 16};
        region.target = {tensor, -1, -1, 0, int(j), -1};
        c.region(std::move(region));
    }

    void curve(const Rect& band) {
        const float reach = view.knobs.real("reach");
        PlotLook look;
        look.title = fitting(band.w - 16, {Font::bold, text_body, theme.text},
                             {view.say("curve.title"), view.say("curve.title.short")});
        look.x_axis = "x", look.y_axis = "y";
        look.x_low = -reach, look.x_high = reach;
        look.y_low = std::min(-0.5f, -0.12f * reach), look.y_high = reach;
        look.id = "curve";
        Series relu = series("curve.relu", view.say("relu"), theme.text_quiet, Dash::dashed);
        Series gelu = series("curve.y", view.say("gelu"), theme.accent);
        cut(gelu, eased(view.t, 0));
        relu.y.back() =
            NAN;  // both end in one point: then the legend has GELU first, as on the right
        const Rect area = line_plot(c, band, {relu, gelu}, look, view);
        const Point zero = on_plot(area, look, 0, 0);
        c.line({area.x, zero.y}, {area.right(), zero.y}, {theme.outline, 1});
        c.line({zero.x, area.y}, {zero.x, area.bottom()}, {theme.hairline, 1});

        //: what the dashed line is, in the empty corner above its flat half
        if (!view.compact && view.t >= 1) {
            const float room = zero.x - area.x - 8;
            const std::string words = fitting(
                room, quiet(),
                {view.say("relu.is.long"), view.say("relu.is"), view.say("relu.is.short"), ""});
            c.text_in({area.x + 6, zero.y - 32, room + 2, 18}, words, quiet());
        }

        //: the numbers of x drop from the axis to the curve
        const auto xs = t["x"].flat();
        const std::size_t shown = view.shows("x") || view.shows("y") ? xs.size() : 0;
        for (std::size_t j = 0; j < shown; ++j) {
            if (std::abs(xs[j]) > reach * 1.001f) continue;
            const float turn = eased(view.t, 1 + double(j) / double(xs.size()), 1);
            const double x = double(xs[j]), y = value(t, "y", j);
            const Point from = on_plot(area, look, x, 0),
                        to = on_plot(area, look, x, y * double(turn));
            if (view.t < 1) continue;
            c.line(from, to, {theme.positive, 1.5f});
            dot(to, view.compact ? 3 : 5, theme.positive, "y", j);
        }

        //: the one that can be dragged
        if (view.compact || !view.shows("probe")) return;
        const double x = value(t, "probe.x", 0), y = value(t, "probe.y", 0);
        const bool inside = std::abs(x) <= double(reach);
        if (inside && view.t >= 2) {
            const Point at = on_plot(area, look, x, y), foot = on_plot(area, look, x, 0);
            c.line({at.x, area.y}, {at.x, area.bottom()}, {theme.accent, 1, Dash::dotted});
            c.line(foot, at, {theme.accent, 3});
            dot(at, 8, theme.accent, "probe.y", 0);
        }
        // Only that part of the axis which the knob reaches.
        const float from = on_plot(area, look, std::max(-4.0, -double(reach)), 0).x,
                    to = on_plot(area, look, std::min(4.0, double(reach)), 0).x;
        if (reach >= 4) {
            Region drag;
            drag.id = "curve.drag";
            drag.box = {from, area.bottom() - 16, to - from, 16};
            drag.kind = Region::Kind::slider, drag.action = "slide at";
            drag.tip = view.say("drag.tip");
            c.region(drag);
            if (inside) {
                const float px = on_plot(area, look, x, 0).x, py = area.bottom();
                c.polygon({{px, py - 12}, {px - 7, py - 1}, {px + 7, py - 1}}, theme.accent);
            }
        }
        ring(c, area, "curve", view);
        ring(c, area, "probe", view);
    }

    void right(const Rect& band) {
        const bool slope = view.knobs.choice("right") == "slope";
        const float reach = view.knobs.real("reach");
        PlotLook look;
        look.x_axis = "x";
        look.x_low = -reach, look.x_high = reach;
        look.id = slope ? "slope" : "difference";
        std::vector<Series> lines;
        if (slope) {
            look.title = view.say("slope.title"), look.y_axis = view.say("slope.y");
            look.y_low = -0.25f, look.y_high = 1.25f;
            lines = {series("curve.relu_slope", view.say("relu"), theme.text_quiet, Dash::dashed),
                     series("curve.slope", view.say("gelu"), theme.accent)};
            cut(lines[1], eased(view.t, 2));
        } else {
            look.title = view.say("difference.title"), look.y_axis = view.say("difference.y");
            look.y_low = -6e-4f, look.y_high = 6e-4f;
            lines = {series("curve.difference",
                            view.say(view.knobs.choice("form") == "exact" ? "difference.exact"
                                                                          : "difference.tanh"),
                            theme.accent)};
            cut(lines[0], eased(view.t, 2));
        }
        const Rect area = line_plot(c, band, lines, look, view);
        const Point zero = on_plot(area, look, 0, 0);
        c.line({area.x, zero.y}, {area.right(), zero.y}, {theme.outline, 1});
        const int room = std::clamp(int(area.w / 84), 2, 10) + 2;  // for as many ticks, at most
        if (!view.compact && band.h >= 150 && ticks(-double(reach), double(reach), room).size() < 2)
            //: a narrow axis has the 0 alone: its two ends
            for (const float end : {-reach, reach}) {
                const Point at{on_plot(area, look, double(end), 0).x, area.bottom() + 3};
                c.text(at, number(double(end)), quiet(Align::centre));
            }
        if (slope && reach > 2.6f) {
            //: where next to nothing of the gradient comes through, less than a hundredth
            const auto xs = t["curve.x"].flat(), slopes = t["curve.slope"].flat();
            std::size_t n = 0;
            while (n < points && std::abs(slopes[n]) < 0.01f) ++n;
            if (n > 0) {
                const float edge = on_plot(area, look, double(xs[n - 1]), 0).x;
                c.hatch({area.x, area.y, edge - area.x, area.h}, theme.outline.with_alpha(0.6f), 9);
                const std::string text = view.say("slope.dead");
                const float w = c.measure(text, label()).w;
                const Rect pill{area.x + 4, area.y + 6, w + 12, 22};
                c.rect(pill, theme.background, 4);
                c.text_in(pill, text, label(Align::centre));
            }
        }
        const double x = value(t, "probe.x", 0);
        if (view.t >= 3 && std::abs(x) <= double(reach) && view.shows("probe")) {
            const char* entry = slope ? "probe.slope" : "probe.difference";
            const Point at = on_plot(area, look, x, value(t, entry, 0));
            c.line({at.x, area.y}, {at.x, area.bottom()}, {theme.accent, 1, Dash::dotted});
            dot(at, 8, theme.accent, entry, 0);
        }
        ring(c, area, slope ? "slope" : "difference", view);
    }

    // One line: what the dragged number becomes.
    void sentence(const Rect& line) {
        if (view.t < 3) return;
        const Arguments what{{"x", number(value(t, "probe.x", 0))},
                             {"share", number(value(t, "probe.share", 0))},
                             {"y", number(value(t, "probe.y", 0))},
                             {"slope", number(value(t, "probe.slope", 0))}};
        // What is sent back is spoken of where it is drawn; where the share comes from, where it can be
        // read at leisure
        const std::string there = view.say("probe", what),
                          where = view.presenting ? there : view.say("probe.bell", what);
        std::string text = fitting(line.w, bold(), {where, there});
        if (view.knobs.choice("right") == "slope" && view.shows("slope"))
            text = fitting(
                line.w, bold(),
                {where + view.say("probe.back", what), where + view.say("probe.back.short", what),
                 there + view.say("probe.back", what), there + view.say("probe.back.short", what)});
        c.text_in(line, text, bold());
    }
};

void draw(Canvas& c, const Trace& t, const View& view) {
    Picture picture{{c, t, view}};
    Rect page =
        Rect{0, 0, view.size.w, view.size.h}.inset(view.compact ? 8 : 20, view.compact ? 8 : 12);
    if (view.compact) {
        picture.curve(page);
        return;
    }
    const Rect line = page.take_bottom(22);
    page.take_bottom(6);
    picture.sentence(line);
    const bool right = view.shows(view.knobs.choice("right"));
    Rect left = page.take_left(right ? page.w * 0.54f : page.w);
    if (view.shows("curve") || view.shows("x") || view.shows("y")) picture.curve(left);
    page.take_left(20);
    if (right) picture.right(page);
}

}  // namespace

Panel make_activation_gelu_panel() { return {declare, compute, draw}; }

}  // namespace orrery::viz
