// Block, drawn as a road with two loops beside it
//
//   x ------------------- + -- middle ------------------------- + -- y
//    \-> norm -> attention /         \-> norm -> feed-forward  /
//
// On the road are the rows of the stream; below it, what each half reads and what it adds. Under
// the road, how long the rows are on the way. The second view sends a gradient back through a stack
// of this very block, with the road and without it.
#include "core/model/block.hpp"

#include <algorithm>
#include <cmath>

#include "viz/kit/drawing.hpp"
#include "viz/kit/examples.hpp"
#include "viz/kit/first_tokens.hpp"
#include "viz/kit/flow.hpp"
#include "viz/kit/format.hpp"
#include "viz/kit/grid.hpp"
#include "viz/kit/matrix.hpp"
#include "viz/kit/panel.hpp"
#include "viz/kit/plot.hpp"
#include "viz/kit/tokens.hpp"

namespace orrery::viz {
namespace {

constexpr int most_tokens = 8, most_stack = 24;
constexpr const char* default_text = "the cat sat on the mat";
constexpr const char* roads[] = {"x", "attention.y", "middle", "feed_forward.y", "y"};

// ---- what is declared

// The width is so many columns a head, so that every setting of the two knobs makes sense.
std::size_t width(const Knobs& k) { return k.size("heads") * k.size("head_width"); }

std::vector<std::string> words_of(const Knobs& k, const Workspace& w) {
    std::vector<std::string> words = w.tokens;
    if (words.empty()) words = examples::words(default_text, most_tokens);
    words.resize(std::min(words.size(), k.size("tokens")));
    return words;
}

// What adds to the stream is drawn smaller, as models do at the start of training.
Tensor drawn(const Knobs& k, const Shape& shape, const char* name, float size = 1.0f) {
    Tensor t = examples::normal(shape, k.seed(), name);
    const float scale = size / std::sqrt(float(shape.back()));
    for (float& v : t.flat()) v *= scale;
    return t;
}

double length(std::span<const float> row) {
    double squares = 0;
    for (float v : row) squares += double(v) * double(v);
    return std::sqrt(squares);
}
double length(const Tensor& t) { return length(t.flat()); }

std::string number(double v) { return format_value(v); }
std::string percent(double share) { return format_value(std::round(share * 100)) + " %"; }
std::string word(const Trace& t, std::size_t i) {
    const auto& words = t.names("tokens");
    return i < words.size() ? shown_token(words[i]) : std::to_string(i + 1);
}

// How long what is added is beside what it is added to, on average over the tokens.
double share(const Trace& t, const char* added, const char* to) {
    const Tensor a = flat_matrix(t[added]), b = flat_matrix(t[to]);
    double sum = 0;
    for (std::size_t i = 0; i < a.rows(); ++i)
        if (const double whole = length(b.row(i)); whole > 0) sum += length(a.row(i)) / whole;
    return a.rows() ? sum / double(a.rows()) : 0;
}

double at(const Tensor& m, const Selection& s) {
    return double(m.row(std::size_t(s.row))[std::size_t(s.col)]);
}

Explanation explain_cell(const Trace& t, const View& view, const Selection& s) {
    const Entry* entry = t.find(s.tensor);
    if (!entry || s.row < 0 || s.col < 0) return {};
    const Tensor m = flat_matrix(entry->tensor);
    if (std::size_t(s.row) >= m.rows() || std::size_t(s.col) >= m.cols()) return {};
    const std::string equals = " = " + number(at(m, s));
    const Arguments who{{"token", word(t, std::size_t(s.row))},
                        {"column", std::to_string(s.col + 1)}};
    Explanation e;
    e.term = s.tensor;
    e.why = view.say("why." + s.tensor, who);
    const auto sum = [&](const char* from, const char* added) {
        const double a = at(flat_matrix(t[from]), s), b = at(flat_matrix(t[added]), s);
        e.formula = number(a) + (b < 0 ? " − " : " + ") + number(std::abs(b)) + equals;
        for (const char* name : {from, added})
            e.operands.push_back({name, s.row, s.row + 1, s.col, s.col + 1});
    };
    if (s.tensor == "middle") sum("x", "attention.y");
    if (s.tensor == "y") sum("middle", "feed_forward.y");
    if (s.tensor == "lengths") {
        e.why = view.say(std::string("why.lengths"),
                         {{"token", word(t, std::size_t(s.row))},
                          {"what", view.say(std::string("part.") + roads[s.col])}});
        e.formula = "|" + view.say("why.row") + "|" + equals;
        e.operands = {{roads[s.col], s.row, s.row + 1, 0, -1}};
    }
    if (s.tensor == "norm_1.y" || s.tensor == "norm_2.y")
        e.operands = {{s.tensor == "norm_1.y" ? "x" : "middle", s.row, s.row + 1, 0, -1}};
    if (s.tensor == "attention.y")
        e.operands = {{"norm_1.y", 0, view.knobs.flag("causal") ? s.row + 1 : -1, 0, -1}};
    if (s.tensor == "feed_forward.y") e.operands = {{"norm_2.y", s.row, s.row + 1, 0, -1}};
    return e;
}

std::string in_words(const Trace& t, const View& view) {
    if (!t.find("lengths") || t["lengths"].size() == 0) return view.say("words.empty");
    std::string text =
        view.say("words.shares", {{"tokens", std::to_string(t["lengths"].rows())},
                                  {"attention", percent(share(t, "attention.y", "x"))},
                                  {"feed_forward", percent(share(t, "feed_forward.y", "middle"))}});
    const Tensor& with = t["gradient.with"];
    const Tensor& without = t["gradient.without"];
    return text + view.say("words.gradient", {{"n", std::to_string(with.size() - 1)},
                                              {"with", number(double(with.flat().back()))},
                                              {"without", number(double(without.flat().back()))}});
}

void declare(Declaration& d) {
    d.uses_text(default_text);
    d.knob("show", "road", {"road", "gradient"});
    d.knob("tokens", 6, 1, most_tokens);
    d.knob("heads", 2, 1, 8);
    d.knob("causal", true);
    d.knob("stack", 12, 1, most_stack);
    d.knob("head_width", 4, 1, 64).advanced = true;
    d.knob("hidden", 32, 1, 256).advanced = true;
    d.knob("activation", "gelu", {"gelu", "gelu_tanh"}).advanced = true;
    d.knob("norm_eps", norm::layer_norm_eps, 1e-12f, 1.0f, Scale::log).advanced = true;

    const auto input = [&](const char* name, auto make) {
        d.input(name, [=](const Knobs& k, const Workspace&) -> Tensor { return make(k); });
    };
    d.input("x", [](const Knobs& k, const Workspace& w) -> Tensor {
        const auto words = words_of(k, w);
        return examples::word_vectors(words, width(k), 1, k.seed())
            .q.reshaped({1, words.size(), width(k)});
    });
    for (const char* norm : {"norm_1", "norm_2"}) {
        const std::string name = norm;
        input((name + ".gain").c_str(), [](const Knobs& k) { return Tensor({width(k)}, 1.0f); });
        input((name + ".bias").c_str(), [](const Knobs& k) { return Tensor({width(k)}); });
    }
    input("attention.qkv.weight", [](const Knobs& k) {
        return drawn(k, {3 * width(k), width(k)}, "qkv");
    });
    input("attention.qkv.bias", [](const Knobs& k) { return Tensor({3 * width(k)}); });
    input("attention.out.weight", [](const Knobs& k) {
        return drawn(k, {width(k), width(k)}, "out", 0.5f);
    });
    input("attention.out.bias", [](const Knobs& k) { return Tensor({width(k)}); });
    input("feed_forward.up.weight", [](const Knobs& k) {
        return drawn(k, {k.size("hidden"), width(k)}, "up");
    });
    input("feed_forward.up.bias", [](const Knobs& k) { return Tensor({k.size("hidden")}); });
    input("feed_forward.down.weight", [](const Knobs& k) {
        return drawn(k, {width(k), k.size("hidden")}, "down", 0.5f);
    });
    input("feed_forward.down.bias", [](const Knobs& k) { return Tensor({width(k)}); });
    for (auto name : {"middle", "y"}) d.output(name);

    d.parts("x", "norm_1", "attention", "middle", "norm_2", "feed_forward", "y", "lengths",
            "gradient");
    // How much longer the stream is after the block than before it.
    d.fact("growth", [](const Trace& t, const Knobs&) -> FactValue {
        const double before = length(t["x"]);
        return before > 0 ? length(t["y"]) / before : 0.0;
    });
    d.fact("attention_share",
           [](const Trace& t, const Knobs&) -> FactValue { return share(t, "attention.y", "x"); });
    d.fact("feed_forward_share", [](const Trace& t, const Knobs&) -> FactValue {
        return share(t, "feed_forward.y", "middle");
    });
    d.fact("norm_length", [](const Trace& t, const Knobs&) -> FactValue {
        const Tensor m = flat_matrix(t["norm_1.y"]);
        return m.rows() ? length(m.row(0)) : 0.0;
    });
    d.fact("gradient_with", [](const Trace& t, const Knobs&) -> FactValue {
        return double(t["gradient.with"].flat().back());
    });
    d.fact("gradient_without", [](const Trace& t, const Knobs&) -> FactValue {
        return double(t["gradient.without"].flat().back());
    });
    for (const char* name :
         {"x", "norm_1.y", "attention.y", "middle", "norm_2.y", "feed_forward.y", "y", "lengths"})
        d.explain(name, explain_cell);
    d.length([](const Trace&) { return 6.0; });
    d.describe(in_words);
    d.preset("deep", {{"show", "gradient"}, {"stack", "24"}});
    d.preset("alone", {{"tokens", "1"}});
}

// ---- what is computed

model::BlockWeights weights_of(const Inputs& in) {
    return {{in["norm_1.gain"], in["norm_1.bias"]},
            {in["attention.qkv.weight"], in["attention.out.weight"], in["attention.qkv.bias"],
             in["attention.out.bias"]},
            {in["norm_2.gain"], in["norm_2.bias"]},
            {in["feed_forward.up.weight"], in["feed_forward.down.weight"],
             in["feed_forward.up.bias"], in["feed_forward.down.bias"]}};
}

// The block without its road: each half replaces what it read.
model::BlockSteps roadless(const Tensor& x, const model::BlockWeights& w,
                           const model::BlockConfig& config) {
    attention::ScaledDotProductConfig attention;
    attention.is_causal = config.is_causal;
    model::BlockSteps s;
    s.norm_1 = model::norm_steps(x, w.norm_1, config.norm_eps);
    s.attention = attention::multi_head_steps(s.norm_1.y, w.attention, config.heads, attention);
    s.norm_2 = model::norm_steps(s.attention.y, w.norm_2, config.norm_eps);
    s.feed_forward = model::feed_forward_steps(s.norm_2.y, w.feed_forward, config.activation);
    s.y = s.feed_forward.y;
    return s;
}

Tensor roadless_backward(const Tensor& dy, const model::BlockSteps& s, const model::BlockWeights& w,
                         const model::BlockConfig& config) {
    Tensor g = model::feed_forward_backward(dy, s.feed_forward, s.norm_2.y, w.feed_forward,
                                            config.activation)
                   .dx;
    g = norm::layer_norm_backward(g, s.norm_2, w.norm_2.gain).dx;
    g = attention::multi_head_backward(g, s.attention, s.norm_1.y, w.attention).dx;
    return norm::layer_norm_backward(g, s.norm_1, w.norm_1.gain).dx;
}

// The length of a gradient after each of `stack` blocks on its way back, that it came with being 1.
Tensor gradient_back(const Tensor& x, const model::BlockWeights& w,
                     const model::BlockConfig& config, std::size_t stack, std::uint64_t seed,
                     bool has_road) {
    std::vector<model::BlockSteps> steps;
    std::vector<Tensor> streams{x};
    for (std::size_t k = 0; k < stack; ++k) {
        steps.push_back(has_road ? model::block_steps(streams.back(), w, config)
                                 : roadless(streams.back(), w, config));
        streams.push_back(steps.back().y);
    }
    Tensor g = examples::normal(x.shape(), seed, "gradient");
    const double start = length(g);
    Tensor lengths({stack + 1});
    lengths.flat()[0] = 1;
    for (std::size_t k = stack; k-- > 0;) {
        g = has_road ? model::block_backward(g, steps[k], streams[k], w, config).dx
                     : roadless_backward(g, steps[k], w, config);
        lengths.flat()[stack - k] = start > 0 ? float(length(g) / start) : 0.0f;
    }
    return lengths;
}

// What the components inside want to have, under the names they call it by.
void add_for_children(Trace& out, const Inputs& in, const model::BlockSteps& s) {
    out.add("norm_1.x", in["x"]);
    out.add("norm_2.x", s.middle);
    for (const char* norm : {"norm_1", "norm_2"})
        for (const char* end : {".gain", ".bias"}) {
            const std::string name = std::string(norm) + end;
            out.add(name, in[name]);
        }
    out.add("attention.x", s.norm_1.y);
    out.add("feed_forward.x", s.norm_2.y);
    for (const char* half : {"qkv", "out"}) {
        const std::string name = std::string("attention.") + half;
        out.add(name + "_weight", in[name + ".weight"]);
        out.add(name + "_bias", in[name + ".bias"]);
    }
    for (const char* half : {"up", "down"}) {
        const std::string name = std::string("feed_forward.") + half;
        out.add(name, in[name + ".weight"]);
        out.add(name + "_bias", in[name + ".bias"]);
    }
}

void compute(const Knobs& k, const Inputs& in, Trace& out) {
    const model::BlockWeights weights = weights_of(in);
    const model::BlockConfig config{k.size("heads"), k.choice("activation"), k.real("norm_eps"),
                                    k.flag("causal")};
    const Tensor x = in["x"];
    const auto steps = model::block_steps(x, weights, config);
    out.from("model/block");
    out.add("x", x);
    record(steps, out);
    out.from("model/block");
    if (const auto names =
            in.workspace().tokens.empty() ? words_of(k, in.workspace()) : in.workspace().tokens;
        names.size() >= x.dim(1)) {
        out.names("tokens", {names.begin(), names.begin() + std::ptrdiff_t(x.dim(1))});
        keep_all_tokens(out, x.dim(1), names.size());
    }
    add_for_children(out, in, steps);

    //: how long the rows are on the way
    const std::size_t n = x.dim(1);
    Tensor lengths({n, std::size(roads)});
    for (std::size_t r = 0; r < std::size(roads); ++r) {
        const Tensor m = flat_matrix(out[roads[r]]);
        for (std::size_t i = 0; i < n && i < m.rows(); ++i)
            lengths.row(i)[r] = float(length(m.row(i)));
    }
    out.add("lengths", lengths);
    for (const bool has_road : {true, false})
        out.add(has_road ? "gradient.with" : "gradient.without",
                gradient_back(x, weights, config, k.size("stack"), k.seed(), has_road));

    out.backward([=](const Tensors& grads) {
        Tensors result;
        const auto dy = grads.find("y");
        if (dy == grads.end()) return result;
        const auto g = model::block_backward(dy->second, steps, x, weights, config);
        const auto& w = g.dweights;
        result["x"] = g.dx;
        result["norm_1.gain"] = w.norm_1.gain, result["norm_1.bias"] = *w.norm_1.bias;
        result["attention.qkv.weight"] = w.attention.qkv;
        result["attention.qkv.bias"] = *w.attention.qkv_bias;
        result["attention.out.weight"] = w.attention.out;
        result["attention.out.bias"] = *w.attention.out_bias;
        result["norm_2.gain"] = w.norm_2.gain, result["norm_2.bias"] = *w.norm_2.bias;
        result["feed_forward.up.weight"] = w.feed_forward.up;
        result["feed_forward.up.bias"] = *w.feed_forward.up_bias;
        result["feed_forward.down.weight"] = w.feed_forward.down;
        result["feed_forward.down.bias"] = *w.feed_forward.down_bias;
        return result;
    });
}

// ---- what is drawn

struct Picture : Drawing {
    Focus focus{view.chosen(), view.explanation};
    std::size_t n = 0, d = 0;
    float end = 1;

    bool lit(int i) const { return view.t > double(i) && view.t < double(i + 1); }

    void start() {
        const Tensor x = flat_matrix(t["x"]);
        n = x.rows(), d = x.cols();
        float most = 0;
        for (const char* name :
             {"x", "norm_1.y", "attention.y", "middle", "norm_2.y", "feed_forward.y", "y"})
            for (float v : t[name].flat())
                if (std::isfinite(v)) most = std::max(most, std::abs(v));
        end = most > 0 ? std::ceil(most) : 1;
    }

    void plus(Point p, bool on) const {
        const Color color = on ? theme.accent : theme.text_quiet;
        c.circle(p, 8, theme.background, {color, 2});
        c.line({p.x - 4, p.y}, {p.x + 4, p.y}, {color, 2});
        c.line({p.x, p.y - 4}, {p.x, p.y + 4}, {color, 2});
    }

    void cells(const Rect& box, const char* name, Role role, float reveal) {
        GridLook look;
        look.role = role;
        look.reveal = reveal;
        look.numbers = false;
        look.lens = "x";
        look.style.low = -end, look.style.high = end;
        look.style.gap = box.w / float(d) >= 6 ? 1.0f : 0.0f;
        grid_cells(c, box, t, name, focus, view, look);
    }

    // A title; a click opens the component on these tensors where there is one.
    void title(const Rect& box, const std::string& text, const std::string& prefix,
               const std::string& link, const std::string& tip) {
        Rect row{box.x - 8, box.y - 27, box.w + 16, 22};
        if (link.empty()) {
            c.text_in(row, text, bold(Align::centre));
            return;
        }
        c.rect(row, theme.raised, 5, {theme.outline, 1});
        const Point m{row.right() - 9, row.centre().y};
        c.polyline({{m.x - 2, m.y - 4}, {m.x + 2, m.y}, {m.x - 2, m.y + 4}}, {theme.accent, 1.5f});
        Rect inside{row.x + 5, row.y, row.w - 19, row.h};
        c.text_in(inside, text, bold());
        Region region;
        region.id = "open." + prefix;
        region.box = row, region.kind = Region::Kind::button;
        region.action = "enter " + prefix + " " + link, region.tip = view.say(tip);
        c.region(std::move(region));
    }

    // A title where it fits, else its short form or none.
    std::string heading(float width, const std::string& key,
                        const std::string& short_key = "") const {
        return fitting(width, bold(),
                       {view.say(key), short_key.empty() ? "" : view.say(short_key), ""});
    }

    // ---- the road

    void road(Rect box) {
        float name_w = 0;
        for (std::size_t i = 0; i < n; ++i)
            name_w = std::max(name_w, c.measure(word(t, i), label()).w);
        name_w = std::min(name_w + 10, box.w * 0.16f);
        box.take_left(name_w);
        const float gap = std::clamp(box.w * 0.034f, 14.0f, 44.0f);
        const float w = std::min((box.w - 6 * gap) / 7, 190.0f);
        const float lane = (box.h - 2 * 28 - 34) / 2;
        const float h = std::min(lane, std::max(34.0f * float(n), 64.0f));
        //: no further apart than a title and a bar need, and then in the middle
        const float apart = std::min(box.h - 2 * h - 36, 100.0f);
        const float upper = box.y + 28 + std::max((box.h - 2 * h - 36 - apart) / 2, 0.0f);
        const float lower = upper + h + apart;
        const auto column = [&](int i, float y) {
            return Rect{box.x + float(i) * (w + gap), y, w, h};
        };
        const Rect x = column(0, upper), norm_1 = column(1, lower), attention = column(2, lower),
                   middle = column(3, upper), norm_2 = column(4, lower), feed = column(5, lower),
                   y = column(6, upper);
        const float road_y = upper + h / 2;
        const Point plus_1{attention.right() + gap / 2 - 2, road_y},
            plus_2{feed.right() + gap / 2 - 2, road_y};

        //: the road, and the two loops
        for (const auto& [from, to, on] :
             {std::tuple{x.right(), middle.x, lit(2)}, std::tuple{middle.right(), y.x, lit(5)}})
            c.line({from, road_y}, {to, road_y}, {on ? theme.accent : theme.outline, 5});
        const auto loop = [&](const Rect& from, const Rect& norm, const Rect& half, Point sum,
                              int first) {
            const auto stroke = [&](int i) {
                return Stroke{lit(i) ? theme.accent : theme.outline, lit(i) ? 2.0f : 1.5f};
            };
            const float turn = from.right() + gap * 0.45f;
            const float mid = lower + h / 2;
            c.polyline({{turn, road_y}, {turn, mid}}, stroke(first));
            c.arrow({turn, mid}, {norm.x - 2, mid}, stroke(first));
            c.arrow({norm.right() + 2, mid}, {half.x - 2, mid}, stroke(first + 1));
            c.polyline({{half.right(), mid}, {sum.x, mid}}, stroke(first + 2));
            c.arrow({sum.x, mid}, {sum.x, sum.y + 9}, stroke(first + 2));
            plus(sum, lit(first + 2));
        };
        if (view.shows("attention")) loop(x, norm_1, attention, plus_1, 0);
        if (view.shows("feed_forward")) loop(middle, norm_2, feed, plus_2, 3);

        //: what lies on it and beside it
        const float row_h = h / float(n);
        for (std::size_t i = 0; i < n && row_h >= 11.4f; ++i)
            c.text_in({x.x - name_w - 2, x.y + row_h * float(i), name_w - 4, row_h},
                      shorten(word(t, i), name_w - 4, label()), label(Align::right));
        const std::string heads = "attention/multi_head?heads=" +
                                  std::to_string(t["attention.attention.weights"].dim(1)) +
                                  "&causal=" + (view.knobs.flag("causal") ? "true" : "false");
        part("x", x, [&] {
            title(x, heading(w + 16, "box.x", "box.x.short"), "", "", "");
            cells(x, "x", Role::neutral, 1);
        });
        part("norm_1", norm_1, [&] {
            title(norm_1, heading(w - 3, "box.norm"), "norm_1", "norm/layer_norm", "door.norm");
            cells(norm_1, "norm_1.y", Role::neutral, phase(0));
        });
        part("attention", attention, [&] {
            title(attention, heading(w - 3, "box.attention", "box.attention.short"), "attention",
                  heads, "door.attention");
            cells(attention, "attention.y", Role::attention, phase(1));
        });
        part("middle", middle, [&] {
            title(middle, heading(w + 16, "box.middle", "box.middle.short"), "", "", "");
            cells(middle, "middle", Role::neutral, phase(2));
        });
        part("norm_2", norm_2, [&] {
            title(norm_2, heading(w - 3, "box.norm"), "norm_2", "norm/layer_norm", "door.norm");
            cells(norm_2, "norm_2.y", Role::neutral, phase(3));
        });
        part("feed_forward", feed, [&] {
            title(feed, heading(w - 3, "box.feed_forward", "box.feed_forward.short"),
                  "feed_forward", "model/feed_forward", "door.feed_forward");
            cells(feed, "feed_forward.y", Role::neutral, phase(4));
        });
        part("y", y, [&] {
            title(y, heading(w + 16, "box.y", "box.y.short"), "", "", "");
            cells(y, "y", Role::neutral, phase(5));
        });

        //: what the boxes off the road hold, where there is room above their titles
        if (apart >= 27 + 20)
            for (const auto& [name, half, key] :
                 {std::tuple{"norm_1", norm_1, "holds.copy"},
                  std::tuple{"attention", attention, "holds.added"},
                  std::tuple{"norm_2", norm_2, "holds.copy"},
                  std::tuple{"feed_forward", feed, "holds.added"}}) {
                if (!view.shows(name)) continue;
                const Rect line{half.x - 8, half.y - 27 - 19, half.w + 16, 18};
                const std::string text = fitting(
                    line.w, quiet(), {view.say(key), view.say(std::string(key) + ".short"), ""});
                c.text_in(line, text, quiet(Align::centre));
            }

        //: how large the addition is
        const auto says = [&](const char* added, const char* to, Point sum, int when, float left,
                              float right) {
            if (phase(when) < 1) return;
            const Arguments how{{"share", percent(share(t, added, to))}};
            std::string text = view.say("adds", how);
            //: clear of the sign, in few words where there is little room
            right = std::min(right, sum.x - 14);
            if (c.measure(text, bold()).w > right - left) text = view.say("adds.short", how);
            const float tw = c.measure(text, bold()).w;
            const float from = std::clamp(sum.x - tw - 14, left, std::max(left, right - tw));
            if (tw > right - left) return;
            const Rect line{from, sum.y - 26, tw + 2, 18};
            c.text_in(line, text, bold());
            Region region;
            region.id = std::string("adds.") + added, region.box = line;
            region.tip = view.say("adds.tip", how);
            c.region(std::move(region));
        };
        if (view.shows("attention"))
            says("attention.y", "x", plus_1, 2, x.right() + 4, middle.x - 4);
        if (view.shows("feed_forward"))
            says("feed_forward.y", "middle", plus_2, 5, middle.right() + 4, y.x - 4);

        MatrixStyle style;
        style.low = -end, style.high = end;
        if (view.shows("x")) {
            const Rect bar{x.x, x.bottom() + 6, std::min(w, 150.0f), 18};
            lens_bar(c, bar, "x", t["x"], style, view);
        }
    }

    template <class Draw>
    void part(const char* name, const Rect& box, Draw draw) {
        if (!view.shows(name)) return;
        draw();
        ring(c, {box.x, box.y - 27, box.w, box.h + 27}, name, view);
    }

    // ---- how long the rows are

    void lengths(Rect box) {
        c.text_in(box.take_top(20), view.say("title.lengths"), bold());
        const Rect whole = box;
        Rect bar = box.take_bottom(22);
        Rect head = box.take_top(20);
        float name_w = 0;
        for (std::size_t i = 0; i < n; ++i)
            name_w = std::max(name_w, c.measure(word(t, i), label()).w);
        name_w = std::min(name_w + 8, box.w * 0.25f);
        const float w = std::min((box.w - name_w) / 5, 110.0f),
                    h = std::min(box.h / float(n), 26.0f);
        const Rect cells{box.x + name_w, box.y, w * 5, h * float(n)};
        const char* heads[] = {"col.x", "col.attention", "col.middle", "col.feed_forward", "col.y"};
        for (int r = 0; r < 5; ++r)
            c.text_in({cells.x + w * float(r), head.y, w, 20},
                      shorten(view.say(heads[r]), w - 2, quiet()), quiet(Align::centre));
        GridLook look;
        look.names_width = name_w;
        for (std::size_t i = 0; i < n; ++i)
            look.row_names.push_back(shorten(word(t, i), name_w - 8, label()));
        look.style.map = Map::cividis, look.style.norm = Norm::linear;
        float most = 0;
        for (float v : t["lengths"].flat())
            if (std::isfinite(v)) most = std::max(most, v);
        look.style.low = 0, look.style.high = most > 0 ? std::ceil(most) : 1;
        look.reveal = view.t >= 6 ? 1.0f : float(std::clamp(view.t / 6, 0.0, 1.0));
        grid_cells(c, cells, t, "lengths", focus, view, look);
        bar.y = cells.bottom() + 4, bar.x = cells.x, bar.w = std::min(cells.w, 160.0f), bar.h = 18;
        lens_bar(c, bar, "lengths", t["lengths"], look.style, view);
        ring(c, whole, "lengths", view);
    }

    // ---- the gradient, back through many such blocks

    void gradient(const Rect& box) {
        std::vector<Series> series;
        const auto add = [&](const char* name, const char* key, Color color, Dash dash,
                             const char* mark) {
            Series s{view.compact ? "" : view.say(key), {}, {}, color, dash, mark};
            const auto values = t[name].flat();
            for (std::size_t k = 0; k < values.size(); ++k) {
                s.x.push_back(float(k));
                s.y.push_back(values[k] > 0 ? values[k] : std::nanf(""));
            }
            series.push_back(std::move(s));
        };
        add("gradient.with", "series.with", theme.key, Dash::solid, "●");
        add("gradient.without", "series.without", theme.value, Dash::dashed, "▲");
        PlotLook look;
        look.title =
            view.say("title.gradient", {{"n", std::to_string(t["gradient.with"].size() - 1)}});
        const TextStyle large{Font::bold, text_body, {}};  // as the plot writes it
        if (c.measure(look.title, large).w > box.w) look.title = view.say("title.gradient.short");
        look.x_axis = view.say("axis.blocks"), look.y_axis = view.say("axis.gradient");
        look.log_y = true;
        //: whole powers of ten, and the same axes for a state beside this one
        float least = 1, most = 1;
        std::size_t blocks = 0;
        for (const Trace* trace : {&t, view.beside})
            for (const char* name : {"gradient.with", "gradient.without"}) {
                if (!trace || !trace->find(name)) continue;
                const auto values = (*trace)[name].flat();
                blocks = std::max(blocks, values.size() - 1);
                for (const float v : values)
                    if (v > 0 && std::isfinite(v))
                        least = std::min(least, v), most = std::max(most, v);
            }
        look.y_low = std::pow(10.0f, std::floor(std::log10(least)));
        look.y_high = std::pow(10.0f, std::max(std::ceil(std::log10(most)), 0.0f));
        look.x_high = float(blocks);
        look.id = "plot.gradient";
        line_plot(c, box, series, look, view);
        ring(c, box, "gradient", view);
    }

    void card(Rect box) {
        const float w = box.w / 9;
        const float h = box.h * 0.38f;
        const float road_y = box.y + h / 2, low = box.bottom() - h;
        c.line({box.x + w, road_y}, {box.right() - w, road_y}, {theme.outline, 4});
        const auto column = [&](float i, float y) { return Rect{box.x + i * w, y, w * 1.6f, h}; };
        const Rect x = column(0, box.y), attention = column(1.85f, low),
                   middle = column(3.7f, box.y), feed = column(5.55f, low), y = column(7.4f, box.y);
        for (const auto& [half, when] : {std::pair{attention, 2}, std::pair{feed, 5}}) {
            const Color color = lit(when) ? theme.accent : theme.outline;
            c.line({half.x + 5, road_y}, {half.x + 5, low}, {color, 1.5f});
            c.line({half.right() - 5, road_y}, {half.right() - 5, low}, {color, 1.5f});
            plus({half.right() - 5, road_y}, lit(when));
        }
        cells(x, "x", Role::neutral, 1);
        cells(attention, "attention.y", Role::attention, phase(1));
        cells(middle, "middle", Role::neutral, phase(2));
        cells(feed, "feed_forward.y", Role::neutral, phase(4));
        cells(y, "y", Role::neutral, phase(5));
    }

    void page() {
        Rect all = Rect{0, 0, view.size.w, view.size.h}.inset(view.compact ? 8 : 18,
                                                              view.compact ? 8 : 10);
        if (view.compact) return card(all);
        first_tokens_line(c, all, t, view, n);
        const bool has_lengths = view.shows("lengths"), has_gradient = view.shows("gradient");
        const bool below = view.size.h >= 390 && (has_lengths || has_gradient);
        const bool of_gradient =
            (has_lengths || has_gradient) &&
            (view.shown.empty() ? view.knobs.choice("show") == "gradient" : !view.shows("x"));
        if (of_gradient) {
            Rect left = all.take_left(has_gradient ? all.w * (has_lengths ? 0.6f : 1.0f) : 0);
            if (has_gradient && has_lengths) all.take_left(28);
            if (has_gradient) gradient(left);
            if (has_lengths) lengths(all);
            return;
        }
        if (below) {
            Rect bottom = all.take_bottom(std::clamp(all.h * 0.4f, 150.0f, 300.0f));
            all.take_bottom(10);
            const float share = !has_gradient ? 1.0f : has_lengths ? 0.52f : 0.0f;
            Rect left = bottom.take_left(bottom.w * share);
            if (has_lengths && has_gradient) bottom.take_left(28);
            if (has_lengths) lengths(left);
            if (has_gradient) gradient(bottom);
        }
        road(all);
    }
};

void draw(Canvas& c, const Trace& t, const View& view) {
    if (t["x"].size() == 0 || t["y"].size() == 0) return;
    Picture picture{{c, t, view}};
    picture.start();
    picture.page();
}

}  // namespace

Panel make_model_block_panel() { return {declare, compute, draw}; }

}  // namespace orrery::viz
