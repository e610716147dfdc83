// Cross-entropy, drawn: how much of its belief the model gave to the word that came
//
//   surprise at each word        -ln p, with every word on the curve
//   probabilities of one place   their gradient: p, less 1 at the word that came
//
// The text is "the cat sat on the dog"; the scores are made up: after "on the" they expect "mat", and
// "dog" is a surprise.
#include "core/objective/cross_entropy.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "viz/kit/bar_rows.hpp"
#include "viz/kit/drawing.hpp"
#include "viz/kit/flow.hpp"
#include "viz/kit/format.hpp"
#include "viz/kit/grid.hpp"
#include "viz/kit/panel.hpp"
#include "viz/kit/plot.hpp"

namespace orrery::viz {
namespace {

constexpr std::size_t words = 6, places = 5, points = 160;
constexpr float curve_top = 5;  // of the curve and of the bars: the same for every setting

// ---- what is declared

std::string number(double v) { return format_value(v); }

double at(const Trace& t, std::string_view name, std::size_t row, std::size_t col) {
    const Tensor& tensor = t[name];
    return row < tensor.rows() && col < tensor.cols() ? double(tensor.row(row)[col]) : 0;
}

std::size_t rows_of(const Trace& t) { return t["target"].size(); }

// Which place the picture and the facts speak of.
std::size_t place_of(const Trace& t, const Knobs& k) {
    const std::size_t n = rows_of(t);
    return n == 0 ? 0 : std::min(k.size("row") - 1, n - 1);
}

std::size_t chosen_place(const Trace& t, const View& view) {
    const Selection& s = view.chosen();
    const bool by_row = s.tensor == "probabilities" || s.tensor == "dlogits";
    const int place = by_row ? s.row : s.tensor == "nats" ? s.col : -1;
    return place >= 0 && std::size_t(place) < rows_of(t) ? std::size_t(place)
                                                         : place_of(t, view.knobs);
}

int target_of(const Trace& t, std::size_t i) {
    return i < rows_of(t) ? int(t["target"].flat()[i]) : -1;
}

// The word of the vocabulary; its number where the scores came from elsewhere.
std::string word(const Trace& t, const View& view, int j) {
    return t["logits"].cols() == words && j >= 0 && j < int(words)
               ? view.say("word." + std::to_string(j + 1))
               : std::to_string(j + 1);
}

Explanation explain_cell(const Trace& t, const View& view, const Selection& s) {
    const std::string& name = s.tensor;
    const auto i = std::size_t(std::max(s.row, 0)), j = std::size_t(std::max(s.col, 0));
    Explanation e;
    e.term = name;
    const auto equals = [&] { return " = " + number(at(t, name, i, j)); };
    if (name == "nats") {
        const int target = target_of(t, j);
        e.why = target < 0 ? view.say("why.ignored")
                           : view.say("why.nats", {{"word", word(t, view, target)}});
        if (target < 0) return e;
        e.formula =
            "−ln(" + number(at(t, "probabilities", j, std::size_t(target))) + ")" + equals();
        e.operands = {{"probabilities", int(j), int(j) + 1, target, target + 1}};
        return e;
    }
    const int target = target_of(t, i);
    const bool wanted = target == int(j);
    e.why =
        view.say(name == "dlogits" && target >= 0 ? wanted ? "why.dlogits.target" : "why.dlogits"
                 : name == "dlogits"              ? "why.ignored"
                                                  : "why." + name,
                 {{"word", word(t, view, int(j))}});
    if (name == "probabilities") {
        e.formula = "exp(" + number(at(t, "logits", i, j)) + " − " +
                    bracketed(at(t, "log_total", 0, i)) + ")" + equals();
        e.operands = {{"logits", int(i), int(i) + 1, int(j), int(j) + 1}};
    } else if (name == "dlogits" && target >= 0) {
        e.formula = "(" + number(at(t, "probabilities", i, j)) + " − " + (wanted ? "1" : "0") +
                    ") / " + number(at(t, "counted", 0, 0)) + equals();
        e.operands = {{"probabilities", int(i), int(i) + 1, int(j), int(j) + 1}};
    }
    return e;
}

std::string in_words(const Trace& t, const View& view) {
    const double loss = at(t, "loss", 0, 0);
    const std::size_t i = chosen_place(t, view);
    std::string text = view.say("words.loss", {{"n", number(at(t, "counted", 0, 0))},
                                               {"nats", number(loss)},
                                               {"bits", number(loss / std::log(2.0))},
                                               {"perplexity", number(std::exp(loss))}});
    const int target = target_of(t, i);
    if (target < 0) return text + view.say("words.ignored");
    return text +
           view.say("words.place", {{"word", word(t, view, target)},
                                    {"p", number(at(t, "probabilities", i, std::size_t(target)))},
                                    {"nats", number(at(t, "nats", 0, i))}});
}

void declare(Declaration& d) {
    d.knob("row", 1, 1, int(places));
    d.knob("scale", 1.0f, 0.0f, 10.0f);
    d.knob("ignored", 0, 0, int(places));

    d.input(
        "logits",
        [](const Knobs& k, const Workspace&) {
            //: the, cat, sat, on, dog, mat after each word of "the cat sat on the"
            const float scores[places][words] = {{-1.0f, 1.8f, -0.6f, -0.9f, 1.6f, 0.4f},
                                                 {-0.5f, -1.2f, 2.6f, 0.8f, -1.0f, -0.8f},
                                                 {0.3f, -1.4f, -1.0f, 2.9f, -0.7f, -1.1f},
                                                 {3.4f, -0.3f, -1.6f, -1.2f, 0.2f, -0.5f},
                                                 {-1.3f, 1.1f, -0.9f, -1.0f, 0.2f, 1.9f}};
            Tensor logits({places, words});
            for (std::size_t i = 0; i < places; ++i)
                for (std::size_t j = 0; j < words; ++j)
                    logits.row(i)[j] = k.real("scale") * scores[i][j];
            return logits;
        },
        true);
    d.input("target", [](const Knobs&, const Workspace&) {
        return Tensor({places}, {1, 2, 3, 0, 4});  // cat sat on the dog
    });
    d.output("loss");
    d.parts("nats", "curve", "probabilities", "dlogits", "loss");

    d.fact("loss", [](const Trace& t, const Knobs&) -> FactValue { return at(t, "loss", 0, 0); });
    d.fact("bits", [](const Trace& t, const Knobs&) -> FactValue {
        return at(t, "loss", 0, 0) / std::log(2.0);
    });
    d.fact("perplexity",
           [](const Trace& t, const Knobs&) -> FactValue { return std::exp(at(t, "loss", 0, 0)); });
    d.fact("knowing_nothing", [](const Trace& t, const Knobs&) -> FactValue {
        return std::log(double(t["logits"].cols()));
    });
    d.fact("counted",
           [](const Trace& t, const Knobs&) -> FactValue { return at(t, "counted", 0, 0); });
    d.fact("p", [](const Trace& t, const Knobs& k) -> FactValue {
        const std::size_t i = place_of(t, k);
        const int target = target_of(t, i);
        return target < 0 ? 0.0 : at(t, "probabilities", i, std::size_t(target));
    });
    d.fact("surprise", [](const Trace& t, const Knobs& k) -> FactValue {
        return at(t, "nats", 0, place_of(t, k));
    });
    d.fact("pull", [](const Trace& t, const Knobs& k) -> FactValue {
        const std::size_t i = place_of(t, k);
        const int target = target_of(t, i);
        return target < 0 ? 0.0 : at(t, "dlogits", i, std::size_t(target));
    });
    d.fact("gradient_sum", [](const Trace& t, const Knobs& k) -> FactValue {
        double sum = 0;
        if (rows_of(t) > 0)
            for (float v : t["dlogits"].row(place_of(t, k))) sum += double(v);
        return sum;
    });

    for (const char* name : {"logits", "probabilities", "nats", "dlogits"})
        d.explain(name, explain_cell);
    d.length([](const Trace&) { return 4.0; });
    d.describe(in_words);
    d.preset("nothing", {{"scale", "0"}});
    d.preset("sure", {{"scale", "6"}});
    d.preset("ignored", {{"ignored", "5"}});
}

// ---- what is computed

void compute(const Knobs& k, const Inputs& in, Trace& out) {
    Tensor target = in["target"];
    if (k.size("ignored") > 0 && k.size("ignored") <= target.size())
        target.flat()[k.size("ignored") - 1] = objective::ignore;
    const auto steps = objective::cross_entropy_steps(in["logits"], target);
    out.add("logits", in["logits"]);
    out.add("target", target, "", Kind::index);
    record(steps, out);
    out.from("objective/cross_entropy");
    out.add("dlogits", objective::cross_entropy_backward(1.0f, steps, target),
            "what the model believed, less what was true");

    // The curve: the surprise at one of two words that has probability p.
    Tensor p({points}), pairs({points, 2});
    for (std::size_t n = 0; n < points; ++n) {
        const float u = float(n + 1) / float(points);
        p.flat()[n] = std::min(0.004f + 0.996f * u * u, 0.9999f);
        pairs.row(n)[0] = std::log(p.flat()[n] / (1 - p.flat()[n]));
    }
    out.from("");
    out.add("curve.p", p);
    out.add("curve.nats", objective::cross_entropy_steps(pairs, Tensor({points})).nats);

    out.backward([=](const Tensors& grads) {
        Tensors result;
        if (const auto found = grads.find("loss"); found != grads.end()) {
            const float dloss = found->second.flat()[0];
            result["logits"] = objective::cross_entropy_backward(dloss, steps, target);
        }
        return result;
    });
}

// ---- what is drawn

constexpr float column_gap = 36;

struct Picture : Drawing {
    Focus focus{view.chosen(), view.explanation};
    std::size_t place = 0;
    int target = -1;

    void start() {
        place = chosen_place(t, view);
        target = target_of(t, place);
    }

    // Of all words, so that the bars of both rows begin at one line.
    float names_width() const {
        float width = 0;
        for (std::size_t j = 0; j < std::min<std::size_t>(t["logits"].cols(), 64); ++j)
            width = std::max(width, c.measure(word(t, view, int(j)), bold()).w + 14);
        return width;
    }

    bool own_text() const { return t["logits"].cols() == words && rows_of(t) == places; }
    // What stands at the place in the text, counted or not.
    std::string text_word(std::size_t i) const {
        constexpr int text[places] = {1, 2, 3, 0, 4};
        return word(t, view, text[i]);
    }
    // The text up to the place: "the cat sat on the …".
    std::string context() const {
        if (!own_text()) return {};
        const std::string gap = view.language == Language::chinese ? "" : " ";
        std::string text = view.say("word.1");
        for (std::size_t i = 0; i < place; ++i) text += gap + text_word(i);
        return text + gap + "…";
    }

    //: the text: what was read is plain, the word that is to be guessed is framed
    void text_strip(Rect line) {
        const float height = 26;
        const auto chip = [&](const std::string& name, int i) {
            const bool framed = i == int(place), read = i < int(place);
            const TextStyle style{framed ? Font::bold : Font::body, text_body,
                                  framed || read ? theme.text : theme.text_quiet};
            const float w = c.measure(name, style).w + 16;
            if (line.w < w) return;
            const Rect box = Rect{line.take_left(w).x, line.y, w, height};
            if (framed) c.rect(box, theme.accent.with_alpha(0.2f), 5, {theme.accent, 2});
            c.text_in({box.x + 8, box.y, w - 14, height}, name, style);
            if (i < 0) return;
            Region region;
            region.id = "text." + std::to_string(i);
            region.box = box;
            region.target = {"nats", -1, -1, 0, i, -1};
            region.kind = Region::Kind::button;
            region.action = "set row " + std::to_string(i + 1);
            c.region(std::move(region));
        };
        chip(view.say("word.1"), -1);
        for (std::size_t i = 0; i < places; ++i) chip(text_word(i), int(i));
        const std::string note = view.say("text.note");
        if (c.measure(note, quiet()).w + 14 <= line.w)
            c.text_in({line.x + 14, line.y, line.w - 14, height}, note, quiet());
    }

    //: the surprise at each word
    void surprises(const Rect& box) {
        BarRowsLook look;
        look.title = view.compact ? "" : view.say("title.nats");
        look.color = theme.positive, look.negative = theme.negative;
        look.line = 64, look.decimals = 2, look.grow = eased(view.t, 2);
        look.high = curve_top;
        std::vector<std::string> names;
        for (std::size_t i = 0; i < rows_of(t); ++i) {
            const int came = target_of(t, i);
            names.push_back(came < 0 ? view.say("ignored.short") : word(t, view, came));
        }
        look.names = names, look.names_width = view.compact ? 0 : names_width();
        look.bold = {place}, look.action = "set row";
        bool beyond = false;
        for (float v : t["nats"].flat()) beyond |= v > curve_top;
        if (beyond && !view.compact)
            look.title = view.say("title.nats.beyond", {{"top", number(curve_top)}});
        if (const double mean = at(t, "loss", 0, 0); view.t >= 3 && mean > 0)
            look.mark = float(std::min(mean, double(curve_top)));
        const Rect area = bar_rows(c, box, t, "nats", focus, view, look);
        //: a bar that would be longer than the axis is broken
        const float line = area.h / float(std::max<std::size_t>(rows_of(t), 1));
        for (std::size_t i = 0; i < rows_of(t) && look.grow >= 1; ++i)
            if (t["nats"].flat()[i] > curve_top) {
                const float x = area.right() - 22, y = area.y + (float(i) + 0.5f) * line;
                for (const float k : {0.0f, 6.0f})
                    c.line({x + k, y + 9}, {x + k + 6, y - 9}, {theme.background, 3});
            }
        ring(c, box, "nats", view);
    }

    //: minus ln p, and every word on it
    void curve(const Rect& box) {
        PlotLook look;
        look.title = view.say("curve.title");
        look.x_axis = view.say("curve.x"), look.y_axis = view.say("curve.y");
        look.x_low = 0, look.x_high = 1, look.y_low = 0, look.y_high = curve_top;
        look.id = "curve";
        Series s;
        const auto p = t["curve.p"].flat(), nats = t["curve.nats"].flat();
        s.x.assign(p.begin(), p.end()), s.y.assign(nats.begin(), nats.end());
        s.color = theme.text_quiet;
        const Rect area = line_plot(c, box, {s}, look, view);
        for (std::size_t pass = 0; pass < 2; ++pass)
            for (std::size_t i = 0; i < rows_of(t); ++i) {
                const int came = target_of(t, i);
                const bool own = i == place;
                if (came < 0 || own != (pass == 1) || view.t < 1) continue;
                // On its way down the curve from certainty to its probability.
                const double end = at(t, "probabilities", i, std::size_t(came));
                const double now = 1 + (end - 1) * double(eased(view.t, 1));
                const Point dot = on_plot(area, look, now, -std::log(std::max(now, 1e-30)));
                if (own) {
                    const Color line = theme.accent;
                    c.line({dot.x, dot.y}, {dot.x, area.bottom()}, {line, 1.5f, Dash::dotted});
                    c.line({area.x, dot.y}, {dot.x, dot.y}, {line, 1.5f, Dash::dotted});
                }
                c.circle(dot, own ? 7.0f : 4.0f, own ? theme.accent : theme.positive,
                         {theme.text, 1.5f});
                if (view.compact) continue;
                Region region;
                region.id = "dot." + std::to_string(i);
                region.box = {dot.x - 8, dot.y - 8, 16, 16};
                region.target = {"nats", -1, -1, 0, int(i), -1};
                region.kind = Region::Kind::button;
                region.action = "set row " + std::to_string(i + 1);
                c.region(std::move(region));
            }
        if (!view.compact && view.t >= 2) dot_names(area, look);
        ring(c, box, "curve", view);
    }

    // Each dot's word, up and to the right of it, where the curve never is; higher where another
    // stands, with a line down to its dot.
    void dot_names(const Rect& area, const PlotLook& look) {
        if (rows_of(t) > 12) return;
        std::vector<std::size_t> order;
        for (std::size_t i = 0; i < rows_of(t); ++i)
            if (target_of(t, i) >= 0) order.push_back(i);
        const auto p_of = [&](std::size_t i) {
            return at(t, "probabilities", i, std::size_t(target_of(t, i)));
        };
        std::sort(order.begin(), order.end(),
                  [&](std::size_t a, std::size_t b) { return p_of(a) > p_of(b); });
        std::vector<Rect> taken;
        for (const std::size_t i : order) {
            const double p = p_of(i);
            const Point dot = on_plot(area, look, p, -std::log(std::max(p, 1e-30)));
            const TextStyle style = i == place ? bold() : quiet();
            const double nats = at(t, "nats", 0, i);
            const std::string name = word(t, view, target_of(t, i)) +
                                     (nats > curve_top ? " ↑ " + format_short(nats, 4) : "");
            const Size size = c.measure(name, style);
            Rect box{std::min(dot.x + 7, area.right() - size.w),
                     std::max(dot.y - size.h - 6, area.y), size.w, size.h};
            const auto hits = [&] {
                return std::any_of(taken.begin(), taken.end(), [&](const Rect& other) {
                    return !intersection(other, box.inset(-3, 0)).empty();
                });
            };
            bool moved = false;
            while (hits() && box.y - size.h >= area.y) box.y -= size.h, moved = true;
            if (hits()) continue;
            if (moved)
                c.line({std::max(dot.x, box.x + 2), box.bottom()}, {dot.x, dot.y - 5},
                       {theme.text_quiet, 1});
            c.text({box.x, box.y}, name, style);
            taken.push_back(box);
        }
    }

    //: one place: what was believed, and what the gradient says
    void belief(Rect box, float split, bool gradient_too) {
        const bool both = gradient_too && view.shows("probabilities") && view.shows("dlogits");
        const std::size_t n = t["logits"].cols();
        std::vector<std::string> names;
        for (std::size_t j = 0; j < n; ++j) names.push_back(word(t, view, int(j)));
        BarRowsLook look;
        look.names = names, look.names_width = view.compact ? 0 : names_width();
        look.color = theme.accent, look.negative = theme.negative;
        look.line = 40, look.row = place, look.grow = eased(view.t, 0);
        look.high = 1, look.decimals = 3;
        if (target >= 0) look.bold = {std::size_t(target)};
        if (!view.compact)
            look.title = context().empty() ? view.say("title.p")
                                           : view.say("title.p.after", {{"text", context()}});
        if (view.compact || view.shows("probabilities")) {
            const Rect left = box.take_left(both ? split : box.w);
            bar_rows(c, left, t, "probabilities", focus, view, look);
            ring(c, left, "probabilities", view);
        }
        if (!gradient_too || !view.shows("dlogits")) return;
        if (both) {
            box.take_left(column_gap);
            look.names.clear(), look.names_width = 0, look.bold.clear();
        }
        // After the surprises, where those are on show.
        const bool after = view.shows("nats") || view.shows("curve");
        look.color = theme.positive, look.grow = eased(view.t, after ? 3 : 1);
        const double counted = std::max(at(t, "counted", 0, 0), 1.0);
        look.low = float(-1 / counted), look.high = float(1 / counted);
        const Arguments words_counted{{"n", number(counted)}};
        look.title = view.compact ? ""
                                  : fitting(box.w, bold(),
                                            {view.say("title.dlogits.long", words_counted),
                                             view.say("title.dlogits", words_counted)});
        bar_rows(c, box, t, "dlogits", focus, view, look);
        ring(c, box, "dlogits", view);
    }

    void sentence(const Rect& line) {
        if (view.t < 4 || !view.shows("loss")) return;
        const double loss = at(t, "loss", 0, 0);
        const std::string mean = view.say("sentence", {{"nats", number(loss)}}),
                          bits =
                              view.say("sentence.bits", {{"bits", number(loss / std::log(2.0))}}),
                          perplexity = view.say("sentence.perplexity",
                                                {{"perplexity", number(std::exp(loss))}}),
                          nothing =
                              view.say("sentence.nothing",
                                       {{"words", std::to_string(t["logits"].cols())},
                                        {"nothing", number(std::log(double(t["logits"].cols())))}});
        c.text_in(line,
                  fitting(line.w, bold(),
                          {mean + bits + perplexity + nothing, mean + perplexity + nothing,
                           mean + perplexity}),
                  bold());
        Region region;
        region.id = "loss";
        region.box = line;
        region.target = {"loss", -1, -1, 0, 0, -1};
        c.region(std::move(region));
        ring(c, line, "loss", view);
    }
};

void draw(Canvas& c, const Trace& t, const View& view) {
    if (t["logits"].size() == 0) return;
    Picture picture{{c, t, view}};
    picture.start();
    Rect page =
        Rect{0, 0, view.size.w, view.size.h}.inset(view.compact ? 8 : 20, view.compact ? 8 : 10);
    if (view.compact) {
        picture.belief(page.take_left(page.w * 0.45f), 0, false);
        page.take_left(8);
        picture.curve(page);
        return;
    }
    if (picture.own_text()) picture.text_strip(page.take_top(36));
    if (view.shows("loss")) picture.sentence(page.take_bottom(22));
    page.take_bottom(4);
    const bool nats = view.shows("nats"), curve = view.shows("curve");
    const bool below = view.shows("probabilities") || view.shows("dlogits");
    //: the lower row has what its lines need, the upper one with the curve the rest
    const float lines = float(std::min<std::size_t>(t["logits"].cols(), 24));
    const float line = std::clamp(page.h / 20, 17.0f, 40.0f);
    const float split = (page.w - column_gap) * 0.47f;
    if (below)
        picture.belief(nats || curve
                           ? page.take_bottom(std::min(page.h * 0.5f, bar_rows_head + line * lines))
                           : page,
                       split, true);
    if (below) page.take_bottom(12);
    if (nats) {
        picture.surprises(curve ? page.take_left(split) : page);
        page.take_left(column_gap);
    }
    if (curve) picture.curve(page);
}

}  // namespace

Panel make_objective_cross_entropy_panel() { return {declare, compute, draw}; }

}  // namespace orrery::viz
