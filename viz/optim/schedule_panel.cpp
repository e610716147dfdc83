// Schedule, drawn: the rate of every step, and the step that the run is at
//
//   the rate over the steps, a constant rate beside it     how much has been walked so far
//   the rate of one step, taken apart
//
// The area under a curve is how far the weights may be moved in all.
#include "core/optim/schedule.hpp"

#include <algorithm>
#include <cmath>

#include "viz/kit/bar_rows.hpp"
#include "viz/kit/drawing.hpp"
#include "viz/kit/flow.hpp"
#include "viz/kit/format.hpp"
#include "viz/kit/grid.hpp"
#include "viz/kit/panel.hpp"
#include "viz/kit/plot.hpp"

namespace orrery::viz {
namespace {

// ---- what is declared

std::string number(double v) { return format_value(v); }

double at(const Trace& t, std::string_view name, std::size_t j) {
    const auto values = t[name].flat();
    return j < values.size() ? double(values[j]) : 0;
}

std::size_t steps_of(const Trace& t) { return t["lr"].size(); }

// Where the run is: a knob, counted from 0 as the formula has it.
std::size_t now_of(const Trace& t, const Knobs& k) {
    return std::min(k.size("at"), std::max<std::size_t>(steps_of(t), 1) - 1);
}

std::size_t highest_of(const Trace& t) {
    const auto lr = t["lr"].flat();
    return std::size_t(std::max_element(lr.begin(), lr.end()) - lr.begin());
}

double mean_of(const Trace& t) { return at(t, "area", steps_of(t) - 1) / double(steps_of(t)); }

// What a piece of step j is computed from: its formula, with the numbers of the step. Empty where it
// has no part in the rate.
std::string made_of(const Trace& t, const Knobs& k, std::string_view name, std::size_t j) {
    const double warmup = double(k.size("warmup")), total = double(k.size("total"));
    const double high = k.number("max_lr"), low = std::min(high, k.number("min_lr"));
    const bool climbing = double(j) < warmup;
    if (name == "climbing" && climbing)
        return "(" + std::to_string(j) + " + 1) / (" + number(warmup) + " + 1)";
    if (name == "progress" && !climbing && double(j) < total)
        return "(" + std::to_string(j) + " − " + number(warmup) + ") / (" + number(total) + " − " +
               number(warmup) + ")";
    if (name == "cosine" && !climbing)
        return "(1 + cos(π × " + number(at(t, "progress", j)) + ")) / 2";
    if (name == "lr")
        return climbing ? number(high) + " × " + number(at(t, "climbing", j))
                        : number(low) + " + " + number(at(t, "cosine", j)) + " × (" + number(high) +
                              " − " + number(low) + ")";
    return {};
}

Explanation explain_cell(const Trace& t, const View& view, const Selection& s) {
    const std::string& name = s.tensor;
    const auto j = std::size_t(std::max(s.col, 0));
    const bool climbing = double(j) < double(view.knobs.size("warmup"));
    Explanation e;
    e.term = name;
    e.why = view.say("why." + name, {{"step", std::to_string(j)}});
    const auto own = [&](const char* tensor) {
        return CellRange{tensor, 0, 1, int(j), int(j) + 1};
    };
    if (const std::string formula = made_of(t, view.knobs, name, j); !formula.empty())
        e.formula = formula + " = " + number(at(t, name, j));
    if (name == "cosine" && !climbing) e.operands = {own("progress")};
    if (name == "lr") e.operands = {own(climbing ? "climbing" : "cosine")};
    return e;
}

std::string in_words(const Trace& t, const View& view) {
    const std::size_t now = now_of(t, view.knobs), top = highest_of(t);
    return view.say("words.all", {{"n", std::to_string(steps_of(t))},
                                  {"top", number(at(t, "lr", top))},
                                  {"step", std::to_string(top)},
                                  {"last", number(at(t, "lr", steps_of(t) - 1))}}) +
           view.say("words.now", {{"step", std::to_string(now)},
                                  {"lr", number(at(t, "lr", now))},
                                  {"mean", number(mean_of(t))}});
}

void declare(Declaration& d) {
    d.knob("at", 40, 0, 3999);
    d.knob("warmup", 10, 0, 1000);
    d.knob("total", 100, 0, 4000);
    d.knob("max_lr", 1e-3f, 1e-6f, 1.0f, Scale::log).advanced = true;
    d.knob("min_lr", 1e-4f, 1e-7f, 1.0f, Scale::log).advanced = true;
    d.knob("steps", 120, 1, 4000).advanced = true;

    d.output("lr");
    d.parts("lr", "area", "pieces");

    d.fact("highest",
           [](const Trace& t, const Knobs&) -> FactValue { return at(t, "lr", highest_of(t)); });
    d.fact("highest_at",
           [](const Trace& t, const Knobs&) -> FactValue { return double(highest_of(t)); });
    d.fact("first", [](const Trace& t, const Knobs&) -> FactValue { return at(t, "lr", 0); });
    d.fact("last",
           [](const Trace& t, const Knobs&) -> FactValue { return at(t, "lr", steps_of(t) - 1); });
    d.fact("now",
           [](const Trace& t, const Knobs& k) -> FactValue { return at(t, "lr", now_of(t, k)); });
    d.fact("cosine_now", [](const Trace& t, const Knobs& k) -> FactValue {
        return at(t, "cosine", now_of(t, k));
    });
    d.fact("mean", [](const Trace& t, const Knobs&) -> FactValue { return mean_of(t); });
    d.fact("share", [](const Trace& t, const Knobs&) -> FactValue {
        const double constant = at(t, "constant_area", steps_of(t) - 1);
        return constant > 0 ? at(t, "area", steps_of(t) - 1) / constant : 0.0;
    });

    for (const char* name : {"climbing", "progress", "cosine", "lr", "area", "constant_area"})
        d.explain(name, explain_cell);
    d.length([](const Trace&) { return 4.0; });
    d.describe(in_words);
    d.preset("no_warmup", {{"warmup", "0"}});
    d.preset("long_warmup", {{"warmup", "60"}});
    d.preset("gpt3", {{"max_lr", "0.0006"}, {"min_lr", "0.00006"}});
}

// ---- what is computed

void compute(const Knobs& k, const Inputs&, Trace& out) {
    const float max_lr = k.real("max_lr");
    const auto steps =
        optim::schedule_steps(k.size("steps"), {.max_lr = max_lr,
                                                .min_lr = std::min(max_lr, k.real("min_lr")),
                                                .warmup = k.size("warmup"),
                                                .total = k.size("total")});
    record(steps, out);
    // How far the weights may have been moved, with the schedule and with its highest rate.
    Tensor area(steps.lr.shape()), constant(steps.lr.shape());
    double sum = 0;
    for (std::size_t n = 0; n < area.size(); ++n) {
        sum += double(steps.lr.flat()[n]);
        area.flat()[n] = float(sum);
        constant.flat()[n] = float(double(max_lr) * double(n + 1));
    }
    out.from("");
    out.add("area", area);
    out.add("constant_area", constant);
}

// ---- what is drawn

struct Picture : Drawing {
    std::size_t n = 0, now = 0;
    float reached = 0;  // of the steps, by the opening motion

    void start() {
        n = steps_of(t), now = now_of(t, view.knobs);
        const Selection& s = view.chosen();
        if (s.col >= 0 && std::size_t(s.col) < n && t.find(s.tensor)) now = std::size_t(s.col);
        reached = eased(view.t, 0, 4);
    }

    Series series(const char* entry, std::string name, Color color, Dash dash, float share) const {
        Series s;
        s.name = std::move(name), s.color = color, s.dash = dash;
        const auto steps = t["step"].flat(), values = t[entry].flat();
        const auto kept = std::size_t(std::ceil(share * float(n)));
        s.x.assign(steps.begin(), steps.end());
        for (std::size_t j = 0; j < n; ++j) s.y.push_back(j < kept ? values[j] : NAN);
        return s;
    }

    //: the rate over the steps
    void rates(const Rect& box) {
        const float high = view.knobs.real("max_lr");
        PlotLook look;
        look.title = view.say("title.lr");
        look.x_axis = view.say("axis.step"), look.y_axis = view.say("axis.lr");
        look.x_low = 0, look.x_high = float(std::max<std::size_t>(n, 2) - 1);
        look.y_low = 0, look.y_high = high * 1.3f;
        if (view.t >= 4 && !view.compact) look.cursor = float(now);
        Series constant = series("lr", view.say("constant"), theme.text_quiet, Dash::dashed, 1);
        for (float& v : constant.y) v = high;
        const Series rate = series("lr", view.say("schedule"), theme.accent, Dash::solid, reached);
        const Rect area = line_plot(c, box, {constant, rate}, look, view);

        //: the area under it, up to now
        const auto lr = t["lr"].flat();
        const std::size_t upto = view.t >= 4 ? now : std::size_t(reached * float(n - 1));
        for (std::size_t j = 0; j < upto && n > 1; ++j) {
            const Point a = on_plot(area, look, double(j), double(lr[j]));
            const Point b = on_plot(area, look, double(j + 1), double(lr[j + 1]));
            c.polygon({{a.x, area.bottom()}, a, b, {b.x, area.bottom()}},
                      theme.accent.with_alpha(0.18f));
        }
        if (view.t < 4 || view.compact)
            c.circle(on_plot(area, look, double(upto), double(lr[upto])),
                     view.compact ? 4.0f : 6.0f, theme.accent, {theme.text, 1.5f});
        if (view.compact) return;

        //: the moment of the highest rate, and where the cosine ends
        const std::size_t top = highest_of(t);
        // Above the curve, with a line down to its point: the ground stays free.
        const auto flag = [&](double step, double value, const std::string& text) {
            const Point at = on_plot(area, look, step, value);
            const TextStyle style{Font::body, text_label, theme.text};
            const float w = c.measure(text, style).w;
            const float left = std::clamp(at.x - w / 2, area.x + 2, area.right() - w);
            const float y = std::max(at.y - 46, area.y + 20);
            if (y + 18 < at.y - 6) c.line({at.x, y + 18}, {at.x, at.y - 5}, {theme.text_quiet, 1});
            c.circle(at, 4, theme.background, {theme.text, 2});
            c.text({left, y}, text, style);
        };
        if (view.t >= 4 && area.h >= 70) {
            const std::size_t total = view.knobs.size("total");
            if (top != now) {
                const Point at = on_plot(area, look, double(top), double(lr[top]));
                c.circle(at, 4, theme.background, {theme.text, 2});
            }
            // Over the constant line there is room.
            const TextStyle style{Font::body, text_label, theme.text};
            const std::string text = view.say("flag.top", {{"step", std::to_string(top)}});
            const float w = c.measure(text, style).w;
            const Point at = on_plot(area, look, double(top), double(high));
            // Over its own point, and where that goes beside the line of the step looked at
            const float line = on_plot(area, look, double(now), 0).x, edge = area.x + 2;
            float left = std::clamp(at.x - 8, edge, std::max(edge, area.right() - w));
            if (left < line + 8 && line - 8 < left + w) {
                const float before = line - 8 - w, after = line + 8;
                const float beside = line >= at.x ? before : after;
                if (beside >= area.x - 4 && beside + w <= area.right() && beside <= at.x &&
                    beside + w >= at.x)
                    left = beside;
            }
            // Where there is no room beside it, the line ends for the words
            c.rect({left - 3, at.y - 24, w + 6, 17}, theme.background);
            c.text({left, at.y - 24}, text, style);
            if (total < n && total > top && total != now)
                flag(double(total), double(lr[total]), view.say("flag.end"));
        }
        //: every step under the mouse
        const float w = area.w / float(n);
        for (std::size_t j = 0; j < n && n <= 400; ++j) {
            Region region;
            region.id = "step." + std::to_string(j);
            const float x = n > 1 ? on_plot(area, look, double(j), 0).x : area.x;
            region.box = {x - w / 2, area.y, w, area.h};
            region.target = {"lr", -1, -1, 0, int(j), -1};
            region.kind = Region::Kind::button;
            region.action = "set at " + std::to_string(j);
            c.region(std::move(region));
        }
        ring(c, box, "lr", view);
    }

    //: how far the weights may have been moved
    void areas(const Rect& box) {
        PlotLook look;
        look.title = view.say("title.area");
        look.x_axis = view.say("axis.step"), look.y_axis = view.say("axis.area");
        look.x_low = 0, look.x_high = float(std::max<std::size_t>(n, 2) - 1);
        look.id = "area";
        if (view.t >= 4) look.cursor = float(now);
        line_plot(
            c, box,
            {series("constant_area", view.say("constant"), theme.text_quiet, Dash::dashed, reached),
             series("area", view.say("schedule"), theme.accent, Dash::solid, reached)},
            look, view);
        ring(c, box, "area", view);
    }

    //: the rate of one step, taken apart
    void pieces(Rect box) {
        const bool climbing = now < view.knobs.size("warmup");
        const char* const entries[] = {"climbing", "progress", "cosine", "lr"};
        const Rect head = box.take_top(20);
        const std::string title = view.say("title.pieces", {{"step", std::to_string(now)}});
        const std::string rate = title + view.say(climbing ? "pieces.climbing" : "pieces.falling");
        c.text_in(head,
                  fitting(head.w, bold(),
                          {climbing ? rate : rate + view.say("pieces.cosine"), rate, title}),
                  bold());
        const float w = box.w / 4;
        for (std::size_t i = 0; i < 4; ++i) {
            Rect cell = Rect{box.x + float(i) * w, box.y, w, box.h}.inset(4, 2);
            const bool used = i == 3 || (climbing ? i == 0 : i > 0);
            const Selection& s = view.chosen();
            const bool lit = s.tensor == entries[i];
            c.rect(cell, theme.surface, corner,
                   {lit ? theme.accent : theme.outline, lit ? 2.0f : 1.0f});
            c.push_alpha(used ? 1.0f : 0.45f);
            const Rect inside = cell.inset(10, 4);
            c.text_in({inside.x, inside.y, inside.w, 20},
                      fitting(inside.w, quiet(),
                              {view.say(std::string("piece.long.") + entries[i]),
                               view.say(std::string("piece.") + entries[i])}),
                      quiet());
            c.text_in({inside.x, inside.y + 20, inside.w, 22}, number(at(t, entries[i], now)),
                      {Font::bold, text_body, theme.text});
            //: what it is made of, where there is room
            const std::string formula = made_of(t, view.knobs, entries[i], now);
            if (inside.h >= 58 && !formula.empty() &&
                c.measure("= " + formula, quiet()).w <= inside.w)
                c.text_in({inside.x, inside.y + 42, inside.w, 18}, "= " + formula, quiet());
            c.pop_alpha();
            Region region;
            region.id = std::string("piece.") + entries[i];
            region.box = cell;
            region.target = {entries[i], -1, -1, 0, int(now), -1};
            c.region(std::move(region));
        }
        ring(c, box, "pieces", view);
    }
};

void draw(Canvas& c, const Trace& t, const View& view) {
    if (steps_of(t) == 0) return;
    Picture picture{{c, t, view}};
    picture.start();
    Rect page =
        Rect{0, 0, view.size.w, view.size.h}.inset(view.compact ? 8 : 20, view.compact ? 8 : 10);
    if (view.compact) {
        picture.rates(page);
        return;
    }
    const std::string text = view.say(
        "sentence",
        {{"mean", number(mean_of(t))},
         {"share", number(std::round(1000 * mean_of(t) / view.knobs.number("max_lr")) / 10)}});
    c.text_in(page.take_bottom(20), text, {Font::bold, text_label, c.theme().text});
    page.take_bottom(4);
    if (view.shows("pieces") && (page.h >= 220 || !view.shown.empty())) {
        picture.pieces(page.take_bottom(page.h >= 360 ? 94 : 74));
        page.take_bottom(6);
    }
    const bool area = view.shows("area"), lr = view.shows("lr");
    if (lr) picture.rates(area ? page.take_left(page.w * 0.56f) : page);
    if (lr) page.take_left(20);
    if (area) picture.areas(page);
}

}  // namespace

Panel make_optim_schedule_panel() { return {declare, compute, draw}; }

}  // namespace orrery::viz
