// AdamW, drawn: three ways of stepping on one landscape, and one step of AdamW taken apart
//
//   the loss over two weights, with three paths     the loss over the steps
//   one step taken apart, for both weights          what the decay does in it
#include "core/optim/adamw.hpp"

#include <algorithm>
#include <cmath>

#include "core/optim/walk.hpp"
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

constexpr float reach = 3;          // the map shows both weights from -reach to reach
constexpr std::size_t points = 60;  // of the map, along each side
constexpr float legend_line = 22;   // height of a line of what is below the plots

// ---- what is declared

std::string number(double v) { return format_value(v); }

double at(const Trace& t, std::string_view name, std::size_t j) {
    const auto values = t[name].flat();
    return j < values.size() ? double(values[j]) : 0;
}

double last(const Trace& t, std::string_view name) { return at(t, name, t[name].size() - 1); }

optim::AdamwConfig config_of(const Knobs& k) {
    return {.lr = k.real("lr"),
            .beta1 = k.real("beta1"),
            .beta2 = k.real("beta2"),
            .eps = k.real("eps"),
            .weight_decay = k.real("weight_decay"),
            .correct = k.flag("correct")};
}

// The step that is looked at, counted from 1.
std::size_t step_of(const Knobs& k) { return std::min(k.size("step_t"), k.size("steps")); }

optim::WalkSteps walk_of(const Knobs& k) {
    const optim::WalkConfig walk{.land = {.surface = optim::surface_named(k.choice("surface")),
                                          .stretch = k.real("stretch"),
                                          .size = k.real("size")},
                                 .adamw = config_of(k),
                                 .descent_lr = k.real("descent_lr"),
                                 .steps = k.size("steps")};
    return optim::walk_steps(Tensor({2}, {k.real("start_1"), k.real("start_2")}), walk);
}

// One row of a path as a tensor of its own.
Tensor row_of(const Tensor& path, std::size_t row) {
    const auto values = path.row(std::min(row, path.shape()[0] - 1));
    return Tensor({values.size()}, std::vector<float>(values.begin(), values.end()));
}

Explanation explain_cell(const Trace& t, const View& view, const Selection& s) {
    const std::string& name = s.tensor;
    const auto j = std::size_t(std::max(s.col, 0));
    const optim::AdamwConfig c = config_of(view.knobs);
    const std::size_t step = step_of(view.knobs);
    const auto v = [&](const char* tensor) { return number(at(t, tensor, j)); };
    const auto signed_v = [&](const char* tensor) { return bracketed(at(t, tensor, j)); };
    const std::string equals = " = " + number(at(t, name, j)), when = std::to_string(step);
    Explanation e;
    e.term = name;
    e.why = view.say("why." + name, {{"weight", std::to_string(j + 1)}});
    const auto from = [&](std::initializer_list<const char*> names) {
        for (const char* n : names) e.operands.push_back({n, 0, 1, int(j), int(j) + 1});
    };
    const auto kept = [](float beta) { return number(double(1 - beta)); };
    if (name == "w" || name == "grad") {
        e.formula = view.say("column." + name) + equals;
    } else if (name == "l2_pull") {
        e.formula = view.say("formula.l2_pull") + equals;
    } else if (name == "move") {
        e.formula = number(double(c.lr)) + " × " + signed_v("update") + equals;
        from({"update"});
    } else if (name == "m_t") {
        e.formula = number(double(c.beta1)) + " × " + signed_v("m") + " + " + kept(c.beta1) +
                    " × " + signed_v("grad") + equals;
        from({"m", "grad"});
    } else if (name == "v_t") {
        e.formula = number(double(c.beta2)) + " × " + v("v") + " + " + kept(c.beta2) + " × " +
                    signed_v("grad") + "²" + equals;
        from({"v", "grad"});
    } else if (name == "m_hat") {
        e.formula =
            c.correct ? v("m_t") + " / (1 − " + number(double(c.beta1)) + "^" + when + ")" + equals
                      : "m" + equals;
        from({"m_t"});
    } else if (name == "v_hat") {
        e.formula =
            c.correct ? v("v_t") + " / (1 − " + number(double(c.beta2)) + "^" + when + ")" + equals
                      : "v" + equals;
        from({"v_t"});
    } else if (name == "rms") {
        e.formula = "√" + v("v_hat") + equals;
        from({"v_hat"});
    } else if (name == "update") {
        e.formula =
            v("m_hat") + " / (√" + v("v_hat") + " + " + number(double(c.eps)) + ")" + equals;
        from({"m_hat", "v_hat", "rms"});
    } else if (name == "w_t") {
        e.formula = v("w") + " − " + number(double(c.lr)) + " × (" + v("update") + " + " +
                    number(double(c.weight_decay)) + " × " + signed_v("w") + ")" + equals;
        from({"w", "move", "pull"});
    } else if (name == "pull") {
        e.formula = number(double(c.lr)) + " × " + number(double(c.weight_decay)) + " × " +
                    signed_v("w") + equals;
        from({"w"});
    }
    return e;
}

// A cell of the ground: the loss with these two weights.
Explanation explain_map(const Trace& t, const View& view, const Selection& s) {
    if (s.row < 0 || s.col < 0 || std::size_t(std::max(s.row, s.col)) >= points) return {};
    const auto place = [](int i) {
        return number(std::round(double(reach) * (2 * (i + 0.5) / double(points) - 1) * 100) / 100);
    };
    Explanation e;
    e.formula = view.say("axis.loss") + "(" + place(s.col) + ", " + place(int(points) - 1 - s.row) +
                ") = " + number(double(t["map"].at({std::size_t(s.row), std::size_t(s.col)})));
    e.why = view.say("why.map");
    return e;
}

std::string in_words(const Trace& t, const View& view) {
    const std::string when = std::to_string(step_of(view.knobs));
    Arguments walk{{"steps", std::to_string(view.knobs.size("steps"))},
                   {"adamw", number(last(t, "adamw_loss"))},
                   {"descent", number(last(t, "descent_loss"))}};
    const bool decay = view.knobs.real("weight_decay") != 0;
    if (decay) walk.push_back({"l2", number(last(t, "l2_loss"))});
    return view.say(decay ? "words.walk" : "words.walk.plain", walk) +
           view.say("words.step", {{"step", when},
                                   {"g1", number(at(t, "grad", 0))},
                                   {"g2", number(at(t, "grad", 1))},
                                   {"u1", number(at(t, "update", 0))},
                                   {"u2", number(at(t, "update", 1))}});
}

void declare(Declaration& d) {
    const optim::AdamwConfig usual;
    d.knob("step_t", 1, 1, 400);
    d.knob("lr", 0.1f, 1e-6f, 1.0f, Scale::log);
    d.knob("descent_lr", 0.03f, 1e-6f, 1.0f, Scale::log).advanced = true;
    d.knob("weight_decay", 0.1f, 0.0f, 2.0f).advanced = true;
    d.knob("surface", "valley", {"valley", "bend", "saddle"}).advanced = true;
    d.knob("correct", usual.correct).advanced = true;
    d.knob("size", 1.0f, 1e-10f, 1e4f, Scale::log).advanced = true;
    d.knob("beta1", usual.beta1, 0.0f, 0.999f).advanced = true;
    d.knob("beta2", usual.beta2, 0.0f, 0.9999f).advanced = true;
    d.knob("stretch", 30.0f, 1.0f, 1000.0f, Scale::log).advanced = true;
    d.knob("start_1", -2.0f, -reach, reach).advanced = true;
    d.knob("start_2", 2.5f, -reach, reach).advanced = true;
    d.knob("eps", usual.eps, 1e-12f, 1.0f, Scale::log).advanced = true;
    d.knob("steps", 60, 1, 400).advanced = true;

    // What AdamW finds before the step: its place, the slope there and its averages.
    d.input("w", [](const Knobs& k, const Workspace&) {
        return row_of(walk_of(k).adamw, step_of(k) - 1);
    });
    d.input("grad", [](const Knobs& k, const Workspace&) {
        return row_of(walk_of(k).grad, step_of(k) - 1);
    });
    d.input("m",
            [](const Knobs& k, const Workspace&) { return row_of(walk_of(k).m, step_of(k) - 1); });
    d.input("v",
            [](const Knobs& k, const Workspace&) { return row_of(walk_of(k).v, step_of(k) - 1); });
    for (const char* name : {"w_t", "m_t", "v_t"}) d.output(name);
    d.parts("map", "losses", "taken_apart", "moments");

    const auto entry = [&d](const char* fact, const char* tensor, std::size_t j) {
        d.fact(fact, [=](const Trace& t, const Knobs&) -> FactValue { return at(t, tensor, j); });
    };
    entry("grad_1", "grad", 0), entry("grad_2", "grad", 1);
    entry("update_1", "update", 0), entry("update_2", "update", 1);
    entry("pull_1", "pull", 0), entry("pull_2", "pull", 1);
    entry("l2_pull_1", "l2_pull", 0), entry("l2_pull_2", "l2_pull", 1);
    for (const char* name : {"adamw_loss", "l2_loss", "descent_loss"})
        d.fact(name, [=](const Trace& t, const Knobs&) -> FactValue { return last(t, name); });
    d.fact("end_1", [](const Trace& t, const Knobs&) -> FactValue {
        return at(t, "adamw", t["adamw"].size() - 2);
    });
    d.fact("end_2", [](const Trace& t, const Knobs&) -> FactValue { return last(t, "adamw"); });
    d.fact("largest_update", [](const Trace& t, const Knobs&) -> FactValue {
        double largest = 0;
        for (const float u : t["update"].flat()) largest = std::max(largest, std::abs(double(u)));
        return largest;
    });

    for (const char* name : {"w", "grad", "m_t", "v_t", "m_hat", "v_hat", "rms", "update", "move",
                             "w_t", "pull", "l2_pull"})
        d.explain(name, explain_cell);
    d.explain("map", explain_map);
    d.length([](const Trace&) { return 6.0; });
    d.least_height(320);
    d.describe(in_words);
    d.preset("uncorrected", {{"correct", "0"}, {"step_t", "1"}});
    d.preset("hundredfold", {{"size", "100"}});
    d.preset("strong_decay", {{"weight_decay", "1"}, {"step_t", "12"}});
}

// ---- what is computed

void compute(const Knobs& k, const Inputs& in, Trace& out) {
    const optim::AdamwConfig config = config_of(k);
    const std::size_t t = step_of(k);
    const optim::WalkSteps walk = walk_of(k);
    const Tensor grad = in["grad"];
    for (const char* name : {"w", "grad", "m", "v"}) out.add(name, in[name]);
    const auto steps = optim::adamw_steps(in["w"], grad, in["m"], in["v"], t, config);
    record(steps, out);
    record(optim::pull_steps(in["w"], grad, in["m"], in["v"], t, config), out);
    record(walk, out);
    out.from("");
    // What the update takes off the weight, before the decay.
    Tensor move = steps.update;
    for (float& v : move.flat()) v *= config.lr;
    out.add("move", move);
    // The usual size of a weight's slope, by which it is divided.
    Tensor rms = steps.v_hat;
    for (float& v : rms.flat()) v = std::sqrt(v);
    out.add("rms", rms);
    out.add("map", optim::loss_map({optim::surface_named(k.choice("surface")), k.real("stretch"),
                                    k.real("size")},
                                   reach, points));
    // Where the landscape is lowest.
    const bool two = k.choice("surface") == "saddle";
    out.add("lowest", two ? Tensor({2, 2}, {-1, 0.5f, 1, 0.5f}) : Tensor({1, 2}, {1, 0.5f}));
    out.backward([=](const Tensors& grads) {
        const auto given = [&](const char* name) {
            const auto found = grads.find(name);
            return found == grads.end() ? Tensor(grad.shape()) : found->second;
        };
        const auto g =
            optim::adamw_backward(given("w_t"), given("m_t"), given("v_t"), steps, grad, t, config);
        return Tensors{{"w", g.dw}, {"grad", g.dgrad}, {"m", g.dm}, {"v", g.dv}};
    });
}

// ---- what is drawn

struct Walker {
    const char* path;
    const char* loss;
    const char* name;
    Color color;
    Dash dash;
    float width;
};

struct Picture : Drawing {
    std::size_t now = 1;  // the step looked at
    float reached = 1;    // share of the walk that the opening motion has done

    // Without decay Adam with L2 would walk on AdamW's own line, and is left out.
    std::vector<Walker> walkers() const {
        std::vector<Walker> all{{"descent", "descent_loss", "descent", theme.text, Dash::dotted, 2},
                                {"adamw", "adamw_loss", "adamw", theme.accent, Dash::solid, 4}};
        if (!coincide())
            all.push_back({"l2", "l2_loss", "l2", theme.role(Role::key), Dash::dashed, 2});
        return all;
    }

    // Without decay there is nothing in which the two could differ.
    bool coincide() const { return view.knobs.real("weight_decay") == 0; }

    // Which line is whose, in the order of the texts, not of where the lines end.
    struct Entry {
        std::string name;
        Walker line;
    };
    std::vector<Entry> entries(float width) const {
        const auto all = walkers();
        const Walker &descent = all[0], &adamw = all[1];
        const auto named = [&](const Walker& w) {
            const std::string name = view.say(w.name);
            return is_off(w) ? view.say("off_plot", {{"name", name}}) : name;
        };
        //: what is to be seen of it, where there is room
        const float room = width - sample_w - 6;
        const Arguments rate{{"rate", number(double(view.knobs.real("descent_lr")))}};
        const std::string plain =
            is_off(descent) ? named(descent)
                            : fitting(room, quiet(),
                                      {view.say("descent.walks", rate),
                                       view.say("descent.walks.short", rate), named(descent)});
        if (!coincide()) return {{named(adamw), adamw}, {named(all[2]), all[2]}, {plain, descent}};
        if (!overshoots()) return {{named(adamw), adamw}, {plain, descent}};
        return {{fitting(room, quiet(),
                         {view.say("adamw.overshoots"), view.say("adamw.overshoots.short"),
                          named(adamw)}),
                 adamw},
                {plain, descent}};
    }
    // Whether AdamW's loss rises on its way down: it is carried on by m, which keeps past slopes.
    bool overshoots() const {
        const auto loss = t["adamw_loss"].flat();
        for (std::size_t j = 1; j < loss.size(); ++j)
            if (loss[j] > 1.01f * loss[j - 1]) return view.knobs.real("beta1") > 0;
        return false;
    }
    static constexpr float sample_w = 28;
    std::size_t legend_lines(float width) const {
        std::size_t lines = 1;
        float x = 0;
        for (const Entry& e : entries(width)) {
            const float w = sample_w + 6 + c.measure(e.name, quiet()).w;
            if (x > 0 && x + w > width) ++lines, x = 0;
            x += w + 16;
        }
        return lines;
    }
    void walkers_legend(const Rect& box) {
        float x = box.x, y = box.y;
        for (const Entry& e : entries(box.w)) {
            const float w = sample_w + 6 + c.measure(e.name, quiet()).w;
            if (x > box.x && x + w > box.right()) x = box.x, y += legend_line;
            const float middle = y + legend_line / 2;
            c.line({x, middle}, {x + sample_w, middle},
                   {e.line.color, std::min(e.line.width, 2.5f), e.line.dash});
            c.text_in({x + sample_w + 6, y, box.right() - x - sample_w - 6, legend_line}, e.name,
                      {Font::body, text_label, theme.text});
            x += w + 16;
        }
    }

    // The highest loss that the plot has room for, twice over: what is above it is thrown out.
    float highest() const {
        float most = 0;
        for (const char* name : {"adamw_loss", "l2_loss"})
            for (const float v : t[name].flat())
                if (v > 0) most = std::max(most, v);
        return most;
    }
    bool is_off(const Walker& w) const {
        const float most = highest();
        for (const float v : t[w.loss].flat())
            if (v > 2 * most) return true;
        return false;
    }

    void start() {
        now = step_of(view.knobs);
        reached = eased(view.t, 0, 6);
    }

    MatrixStyle style() const {
        MatrixStyle s;
        s.map = Map::cividis, s.norm = Norm::log, s.gap = 0;
        return s;
    }

    void start_ring(Point at, float radius) {
        c.circle(at, radius, theme.text.with_alpha(0), {theme.background, 4});
        c.circle(at, radius, theme.text.with_alpha(0), {theme.text, 2});
    }
    void end_mark(Point at, Color color) {
        c.rect({at.x - 4, at.y - 4, 8, 8}, color, 1, {theme.background, 1});
    }
    void cross(Point at) {
        for (const bool seam : {true, false})
            for (const float side : {-1.0f, 1.0f})
                c.line({at.x - 6 * side, at.y - 6}, {at.x + 6 * side, at.y + 6},
                       {seam ? theme.background : theme.text, seam ? 4.0f : 2.0f});
    }

    static constexpr const char* marks[] = {"start", "looked_at", "end", "lowest"};
    // Of the marks' names, and the colour bar beside or below them.
    std::size_t marks_lines(float width) const {
        float marks_width = 0;
        for (const char* name : marks)
            marks_width += 34 + c.measure(view.say(std::string("mark.") + name), quiet()).w;
        const float bar_width = 250 + c.measure(view.say("loss_here.lower"), quiet()).w;
        return marks_width + bar_width > width - 30 ? 2 : 1;
    }
    float below = 0;  // height of what is below the plots, the same for both

    //: the landscape with the three paths
    void landscape(Rect box) {
        const bool two_lines = marks_lines(box.w) > 1;
        Rect legend{};
        if (!view.compact) {
            legend = box.take_bottom(below);
            if (!view.shows("losses"))
                walkers_legend(legend.take_top(legend_line * float(legend_lines(legend.w - 30))));
        }
        PlotLook look;
        look.title = view.compact ? "" : view.say("title.map");
        look.x_axis = view.say("axis.w1"), look.y_axis = view.say("axis.w2");
        look.x_low = -reach, look.x_high = reach, look.y_low = -reach, look.y_high = reach;
        look.id = "", look.title = view.compact ? "" : look.title;
        Series none;
        none.x = {-reach, reach}, none.y = {NAN, NAN};
        const Rect area = line_plot(c, box, {none}, look, view);
        const Tensor& map = t["map"];
        c.matrix(area, map, with_lens(style(), "map", view));
        Region region;
        region.id = "cells.map", region.box = area, region.kind = Region::Kind::cells;
        region.target = {"map", -1, -1, -1, -1, -1};
        region.rows = points, region.cols = points;
        c.region(std::move(region));

        c.push_clip(area);
        for (const Walker& w : walkers()) {
            const Tensor& path = t[w.path];
            const std::size_t n = path.shape()[0];
            const auto kept = std::size_t(std::ceil(reached * float(n - 1)));
            std::vector<Point> line;
            for (std::size_t j = 0; j <= kept && j < n; ++j) {
                const auto place = path.row(j);
                if (!std::isfinite(place[0]) || !std::isfinite(place[1])) break;
                Point p = on_plot(area, look, double(place[0]), double(place[1]));
                p.x = std::clamp(p.x, -4000.0f, 8000.0f), p.y = std::clamp(p.y, -4000.0f, 8000.0f);
                line.push_back(p);
            }
            // A seam keeps the path apart from any ground; L2's lies on AdamW's for long.
            if (line.size() > 1) {
                if (w.dash != Dash::dashed) c.polyline(line, {theme.background, w.width + 2});
                c.polyline(line, {w.color, w.width, w.dash});
            }
            if (line.empty()) continue;
            if (view.t < 6) {
                c.circle(line.back(), 5, w.color, {theme.background, 2});
                continue;
            }
            if (!view.compact && line.size() == n) end_mark(line.back(), w.color);
            if (now - 1 < line.size()) {
                c.circle(line[now - 1], view.compact ? 4.0f : 5.0f, w.color, {theme.background, 2});
            }
        }
        if (!view.compact)
            for (std::size_t j = 0; j < t["lowest"].rows(); ++j) {
                const auto place = t["lowest"].row(j);
                cross(on_plot(area, look, double(place[0]), double(place[1])));
            }
        if (t["adamw"].shape()[0] > 0) {
            const auto first = t["adamw"].row(0);
            start_ring(on_plot(area, look, double(first[0]), double(first[1])), 9);
        }
        c.pop_clip();
        if (view.compact) return;

        //: what the marks and the ground are
        Rect under = legend.take_top(legend_line);
        for (std::size_t i = 0; i < std::size(marks); ++i) {
            const Point at{under.x + 8, under.y + 11};
            if (i == 0) start_ring(at, 6);
            if (i == 1) c.circle(at, 5, theme.text, {theme.background, 2});
            if (i == 2) end_mark(at, theme.text);
            if (i == 3) cross(at);
            under.take_left(20);
            under.take_left(c.text_in(under, view.say(std::string("mark.") + marks[i]), quiet()).w +
                            14);
        }
        if (two_lines) under = legend;
        // Between the points of the map a walker may find it lower than the lowest of them
        const float least = *std::min_element(map.flat().begin(), map.flat().end());
        bool lower = false;
        for (const Walker& w : walkers())
            for (const float v : t[w.loss].flat()) lower = lower || v < least;
        under.take_left(
            c.text_in(under, view.say(lower ? "loss_here.lower" : "loss_here"), quiet()).w +
            (lower ? 4 : 8));
        lens_bar(c, {under.x, under.y + 2, std::max(under.w, 60.0f), 18}, "map", map, style(),
                 view);
        ring(c, box, "map", view);
    }

    //: the loss after every step; one that is thrown out leaves the plot, which its name tells
    void losses(Rect box) {
        walkers_legend(box.take_bottom(below));
        float lowest = INFINITY;
        const float most = highest();
        for (const char* name : {"adamw_loss", "l2_loss"})
            for (const float v : t[name].flat())
                if (v > 0) lowest = std::min(lowest, v);
        std::vector<Series> lines;
        for (const Walker& w : walkers()) {
            Series s;
            s.color = w.color, s.dash = w.dash;
            const auto values = t[w.loss].flat();
            const auto kept = std::size_t(std::ceil(reached * float(values.size() - 1)));
            for (std::size_t j = 0; j < values.size(); ++j) {
                const bool drawn = j <= kept && values[j] > 0 && values[j] <= 2 * most;
                s.x.push_back(float(j)), s.y.push_back(drawn ? values[j] : NAN);
            }
            lines.push_back(std::move(s));
        }
        const std::size_t n = t["adamw_loss"].size();
        PlotLook look;
        look.title = view.say("title.losses");
        look.x_axis = view.say("axis.step"), look.y_axis = view.say("axis.loss");
        look.x_low = 0, look.x_high = float(std::max<std::size_t>(n, 2) - 1);
        look.log_y = true;
        if (most > 0) {
            look.y_low = std::max(lowest, most * 1e-8f) / 1.5f;
            look.y_high = most * 1.5f;
        }
        if (view.t >= 6) look.cursor = float(now);
        const Rect area = line_plot(c, box, lines, look, view);
        //: a column for each step: what the three lose there; a click looks at it
        const float width = area.w / float(std::max<std::size_t>(n, 2) - 1);
        for (std::size_t j = 0; j < n; ++j) {
            const float left = std::max(area.x + (float(j) - 0.5f) * width, area.x),
                        right = std::min(area.x + (float(j) + 0.5f) * width, area.right());
            Region region;
            region.id = "losses." + std::to_string(j);
            region.box = {left, area.y, right - left, area.h};
            region.kind = Region::Kind::button;
            region.action = "set step_t " + std::to_string(std::max<std::size_t>(j, 1));
            region.tip = view.say("axis.step") + " " + std::to_string(j);
            for (const char* name : {"adamw", "l2", "descent"})
                if (!coincide() || name != std::string_view("l2"))
                    region.tip += "\n" + view.say(name) + " = " +
                                  number(at(t, std::string(name) + "_loss", j));
            c.region(std::move(region));
        }
        ring(c, box, "losses", view);
    }

    // Three digits, as the cells have room for; hovering tells all.
    static std::string brief(double v) {
        if (!std::isfinite(v) || v == 0) return number(v);
        if (std::abs(v) < 1e-4 || std::abs(v) >= 1e5) return format_short(v, 7);
        const int whole = int(std::floor(std::log10(std::abs(v)))) + 1;
        char text[32];
        std::snprintf(text, sizeof text, "%.*f", std::clamp(3 - whole, 0, 6), std::abs(v));
        std::string digits = text;
        if (digits.find('.') != std::string::npos) {
            while (digits.back() == '0') digits.pop_back();
            if (digits.back() == '.') digits.pop_back();
        }
        return (v < 0 ? "−" : "") + digits;
    }

    // Its number with the decimal point at `point`.
    void cell(const Rect& box, const char* name, std::size_t j, float point) {
        const Selection& s = view.chosen();
        const bool lit = s.tensor == name && s.col == int(j);
        bool made_of = false;
        for (const CellRange& r : view.explanation.operands)
            made_of = made_of || (r.tensor == name && r.col_begin == int(j));
        if (lit || made_of)
            c.rect(box.inset(2, 1), theme.accent.with_alpha(lit ? 0.2f : 0.1f), 4,
                   {theme.accent, lit ? 2.0f : 1.0f});
        const TextStyle style{Font::body, text_label, theme.text};
        const std::string text = brief(at(t, name, j));
        const float whole = c.measure(text.substr(0, text.find('.')), style).w,
                    width = c.measure(text, style).w + 1;
        // A power of ten stands at the right end.
        const float wanted =
            text.find('e') == std::string::npos ? point - whole : box.right() - 8 - width;
        const float x = std::clamp(wanted, box.x + 2, std::max(box.x + 2, box.right() - width));
        c.text_in({x, box.y, width, box.h}, text, style);
        Region region;
        region.id = std::string("cell.") + name + "." + std::to_string(j);
        region.box = box;
        region.target = {name, -1, -1, 0, int(j), -1};
        c.region(std::move(region));
    }

    std::string row_name(std::size_t j) const {
        return view.say("weight", {{"n", std::to_string(j + 1)}});
    }

    //: one step for both weights, from the gradient to the new weight
    void taken_apart(Rect box) {
        const bool moments = view.shows("moments"), decay = !coincide();
        const std::size_t weights = std::min<std::size_t>(t["w"].size(), 2);
        const std::string rate = number(double(view.knobs.real("lr")));
        float names_width = 0;
        for (std::size_t j = 0; j < weights; ++j)
            names_width = std::max(names_width, c.measure(row_name(j), quiet()).w + 14);
        std::vector<const char*> columns{"w", "grad"};
        // Without m and v, in plain words: the slope on average, and its usual size.
        if (moments)
            columns.insert(columns.end(), {"m_t", "v_t", "m_hat", "v_hat"});
        else
            columns.insert(columns.end(), {"m_hat", "rms"});
        columns.insert(columns.end(), {"update", "move"});
        if (decay) columns.push_back("pull");
        columns.push_back("w_t");
        // What L2 would take off is for comparison; in little room it stays away.
        const std::size_t with_l2 = columns.size() + 1;
        const bool has_l2 = decay && (box.w - names_width) / float(with_l2) >= 46;
        if (has_l2) columns.push_back("l2_pull");
        const Arguments about{{"step", std::to_string(now)}, {"rate", rate}};
        const std::string example = view.say("title.step", about),
                          update = view.say(moments ? "title.update" : "title.update.plain"),
                          step = view.say(decay ? "title.new.decay" : "title.new", about),
                          l2 = has_l2 ? view.say("title.step.l2") : "";
        c.text_in(box.take_top(22),
                  fitting(box.w, bold(),
                          {example + update + step + l2, example + update + step,
                           example + step + l2, example + step, step}),
                  bold());
        Rect titles = box.take_top(20);
        const float w = std::min((titles.w - names_width) / float(columns.size()), 150.0f),
                    h = std::min(box.h / float(std::max<std::size_t>(weights, 1)), 32.0f);
        const Rect whole{box.x, box.y, names_width + w * float(columns.size()), h * float(weights)};
        const TextStyle style{Font::body, text_label, theme.text};
        for (std::size_t i = 0; i < columns.size(); ++i) {
            const float x = box.x + names_width + float(i) * w;
            //: a name as long as there is room for
            std::vector<std::string> names{view.say(std::string("column.") + columns[i])};
            if (columns[i] == std::string_view("move"))
                names = {rate + " × " + view.say("column.update"), "× " + rate};
            if (columns[i] == std::string_view("m_hat") && !moments)
                names = {view.say("column.mean"), view.say("column.mean.short")};
            if (columns[i] == std::string_view("l2_pull"))
                names.push_back(view.say("column.l2_pull.short"));
            std::size_t pick = 0;
            while (pick + 1 < names.size() && c.measure(names[pick], quiet()).w > w - 12) ++pick;
            c.text_in({x, titles.y, w - 8, 20}, names[pick],
                      {Font::body, text_label, theme.text_quiet, Align::right});
            //: the points stand below each other, as far right as the longest fraction lets them
            float fraction = 0;
            for (std::size_t j = 0; j < weights; ++j) {
                const std::string text = brief(at(t, columns[i], j));
                if (const auto dot = text.find('.');
                    dot != std::string::npos && text.find('e') == std::string::npos)
                    fraction = std::max(fraction, c.measure(text.substr(dot), style).w);
            }
            for (std::size_t j = 0; j < weights; ++j)
                cell({x, box.y + float(j) * h, w, h}, columns[i], j, x + w - 8 - fraction);
        }
        for (std::size_t j = 0; j <= weights; ++j)
            c.line({whole.x, whole.y + float(j) * h}, {whole.right(), whole.y + float(j) * h},
                   {j == 0 ? theme.outline : theme.hairline, 1});
        for (std::size_t j = 0; j < weights; ++j)
            c.text_in({box.x, box.y + float(j) * h, names_width - 6, h}, row_name(j), quiet());
        ring(c, box, "taken_apart", view);
        if (moments)
            ring(c, {whole.x + names_width + 2 * w, titles.y, 4 * w, whole.h + 20}, "moments",
                 view);
    }
};

void draw(Canvas& c, const Trace& t, const View& view) {
    Picture picture{{c, t, view}};
    picture.start();
    Rect page =
        Rect{0, 0, view.size.w, view.size.h}.inset(view.compact ? 8 : 20, view.compact ? 8 : 10);
    if (view.compact) {
        picture.landscape(page);
        return;
    }
    const auto share = [&](const char* name) {
        return at(t, name, 0) == 0 ? 0 : std::abs(at(t, name, 1) / at(t, name, 0));
    };
    const auto three = [](double v) {
        return v >= 1000 ? number(std::round(v)) : Picture::brief(v);
    };
    const bool same = std::abs(share("update") - 1) < 0.005;
    const std::string sentence =
        view.say(same ? "sentence.same" : "sentence", {{"step", std::to_string(picture.now)},
                                                       {"grads", three(share("grad"))},
                                                       {"updates", three(share("update"))}});
    if (view.shows("taken_apart")) {
        const std::string ends =
            view.say("sentence.ends", {{"adamw", Picture::brief(last(t, "adamw_loss"))},
                                       {"descent", Picture::brief(last(t, "descent_loss"))}});
        c.text_in(page.take_bottom(22),
                  picture.fitting(page.w, picture.bold(),
                                  {view.t >= 6 ? sentence + ends : sentence, sentence}),
                  {Font::bold, text_label, c.theme().text});
        page.take_bottom(2);
        picture.taken_apart(page.take_bottom(page.h < 380 ? 92 : 106));
        page.take_bottom(6);
    }
    const bool map = view.shows("map"), losses = view.shows("losses");
    const float map_w = losses ? page.w * 0.52f : page.w;
    std::size_t lines = map ? picture.marks_lines(map_w) : 0;
    if (losses)
        lines = std::max(lines, picture.legend_lines(page.w - (map ? map_w + 24 : 0)));
    else
        lines += picture.legend_lines(map_w - 30);
    picture.below = legend_line * float(lines);
    if (map) {
        picture.landscape(losses ? page.take_left(map_w) : page);
        page.take_left(24);
    }
    if (losses) picture.losses(page);
}

}  // namespace

Panel make_optim_adamw_panel() { return {declare, compute, draw}; }

}  // namespace orrery::viz
