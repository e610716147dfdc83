// Multi-head attention: one row cut into heads, each looking for something else, and joined again
//
//   Q, K, V under each other,  ->  a small picture   |  arcs of one head  |  its weights
//   cut into heads                 of every head     |  the heads side by side  ->  y
//
// The weights are set by hand so that each head looks for one thing: the word before, the same word,
// the word after, nothing in particular. A head can be switched off to see what the answer owes it.
#include "core/attention/multi_head.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/text.hpp"
#include "core/tensor/linear.hpp"
#include "viz/kit/drawing.hpp"
#include "viz/kit/examples.hpp"
#include "viz/kit/first_tokens.hpp"
#include "viz/kit/flow.hpp"
#include "viz/kit/format.hpp"
#include "viz/kit/grid.hpp"
#include "viz/kit/matrix.hpp"
#include "viz/kit/panel.hpp"
#include "viz/kit/tokens.hpp"

namespace orrery::viz {
namespace {

constexpr std::size_t most_tokens = 12, most_arcs = 8;
constexpr const char* default_text = "the cat sat on the mat";

std::vector<std::string> tokens_of(const Workspace& w) {
    if (w.tokens.empty())
        return examples::words(w.text.empty() ? default_text : w.text, most_tokens);
    const std::size_t count = std::min(w.tokens.size(), most_tokens);
    return {w.tokens.begin(), w.tokens.begin() + std::ptrdiff_t(count)};
}

// ---- what is made up

// A row is half word, half place: the place as pairs of cosine and sine, so that "one place back" is
// a rotation that a head's query can do.
std::size_t word_columns(std::size_t d) { return d / 2; }
float turn(std::size_t pair) { return 6.2831853f / (5.0f + 7.0f * float(pair)); }

// What a head that looks for the same word reads of a row: these `width` columns of the word half.
std::size_t same_column(std::size_t split, std::size_t width, std::size_t c) {
    return (width + c) % split;
}

// In those columns every word has the same length, and of a few draws the one is taken that is
// least like the words before it: then a word is most like itself.
void tell_apart(Tensor& x, const std::vector<std::string>& words, std::size_t split,
                std::size_t width, std::uint64_t seed) {
    const std::size_t used = std::min(width, split);
    for (std::size_t i = 0; i < words.size() && used > 0; ++i) {
        const auto first = std::find(words.begin(), words.end(), words[i]);
        if (const auto at = std::size_t(first - words.begin()); at < i) {
            for (std::size_t c = 0; c < used; ++c) {
                const std::size_t column = same_column(split, width, c);
                x.row(i)[column] = x.row(at)[column];
            }
            continue;
        }
        float least = INFINITY;
        std::vector<float> best(used);
        for (int draw = 0; draw < 24; ++draw) {
            const Tensor tried =
                examples::normal({used}, seed, "same " + std::to_string(draw) + " " + words[i]);
            float length = 1e-6f, alike = -INFINITY;
            for (const float v : tried.flat()) length += v * v;
            const float scale = std::sqrt(float(used) / length);
            for (std::size_t other = 0; other < i; ++other) {
                float dot = 0;
                for (std::size_t c = 0; c < used; ++c)
                    dot += scale * tried.flat()[c] * x.row(other)[same_column(split, width, c)];
                alike = std::max(alike, dot);
            }
            if (!(alike < least) && draw > 0) continue;
            least = alike;
            for (std::size_t c = 0; c < used; ++c)
                best[c] = examples::one_decimal(scale * tried.flat()[c]);
        }
        for (std::size_t c = 0; c < used; ++c) x.row(i)[same_column(split, width, c)] = best[c];
    }
}

Tensor made_x(const Knobs& k, const Workspace& w) {
    const auto words = tokens_of(w);
    const std::size_t d = k.size("heads") * k.size("width"), split = word_columns(d);
    Tensor x({1, words.size(), d});
    for (std::size_t i = 0; i < words.size(); ++i) {
        const Tensor word = examples::normal({split}, k.seed(), "word " + words[i]);
        float length = 1e-6f;
        for (const float v : word.flat()) length += v * v;
        const float scale = std::sqrt(float(split) / length);
        for (std::size_t c = 0; c < split; ++c)
            x.row(i)[c] = examples::one_decimal(word.flat()[c] * scale);
        for (std::size_t c = split; c < d; ++c) {
            const float angle = float(i) * turn((c - split) / 2);
            x.row(i)[c] =
                examples::one_decimal((c - split) % 2 == 0 ? std::cos(angle) : std::sin(angle));
        }
    }
    tell_apart(x, words, split, k.size("width"), k.seed());
    return x;
}

// What head h looks for, by turns.
enum class Wish { previous, same, next, nothing };
Wish wish_of(std::size_t head) { return Wish(head % 4); }

Tensor made_qkv(const Knobs& k, const Workspace&) {
    const std::size_t heads = k.size("heads"), width = k.size("width"), d = heads * width;
    const std::size_t split = word_columns(d);
    Tensor weight = examples::normal({3 * d, d}, k.seed(), "qkv_weight");
    for (float& v : weight.flat()) v /= std::sqrt(float(d));
    for (std::size_t h = 0; h < heads; ++h) {
        const Wish wish = wish_of(h);
        const auto q = [&](std::size_t c) { return weight.row(h * width + c); };
        const auto key = [&](std::size_t c) { return weight.row(d + h * width + c); };
        for (std::size_t c = 0; c < width; ++c)
            for (std::size_t j = 0; j < d; ++j) q(c)[j] *= 0.2f, key(c)[j] *= 0.2f;
        if (wish == Wish::nothing) continue;
        const float strength = std::sqrt(3.0f);
        if (wish == Wish::same) {
            for (std::size_t c = 0; c < std::min(width, split); ++c) {
                const std::size_t column = same_column(split, width, c);
                q(c)[column] += 1.7f * strength, key(c)[column] += 1.7f * strength;
            }
            continue;
        }
        //: the query turns the place one step back or on
        const float step = wish == Wish::previous ? -1.0f : 1.0f;
        for (std::size_t pair = 0; 2 * pair + 1 < width && split + 2 * pair + 1 < d; ++pair) {
            const std::size_t at = split + 2 * pair, c = 2 * pair;
            const float angle = step * turn(pair), more = 1.7f * strength;
            q(c)[at] += more * std::cos(angle), q(c)[at + 1] -= more * std::sin(angle);
            q(c + 1)[at] += more * std::sin(angle), q(c + 1)[at + 1] += more * std::cos(angle);
            key(c)[at] += more, key(c + 1)[at + 1] += more;
        }
    }
    return weight;
}

// ---- read off the trace

const Tensor& weights_of(const Trace& t) { return t["attention.weights"]; }
std::size_t heads_of(const Trace& t) { return weights_of(t).dim(1); }
std::size_t tokens_in(const Trace& t) { return weights_of(t).dim(2); }
std::size_t chosen_head(const Trace& t, const Knobs& k) {
    return std::min(k.size("head"), heads_of(t)) - 1;
}
// The switched-off head counted from 1; 0 none.
std::size_t head_off(const Trace& t, const Knobs& k) {
    return k.size("off") <= heads_of(t) ? k.size("off") : 0;
}
float weight(const Trace& t, std::size_t head, std::size_t i, std::size_t j) {
    return weights_of(t).row(head * tokens_in(t) + i)[j];
}
float of_head(const Trace& t, std::string_view name, std::size_t head) {
    return t[name].flat()[head];
}

std::string word(const Trace& t, int i) {
    const auto& words = t.names("tokens");
    return i >= 0 && std::size_t(i) < words.size() ? shown_token(words[std::size_t(i)])
                                                   : std::to_string(i + 1);
}

Explanation explain_cell(const Trace& t, const View& view, const Selection& s) {
    Explanation e;
    const std::size_t n = tokens_in(t);
    const std::size_t d = t["y"].cols(), width = d / heads_of(t);
    if (s.row < 0 || s.col < 0) return e;
    const auto row = std::size_t(s.row), col = std::size_t(s.col);
    const auto equals = [&](const Tensor& of, std::size_t at) {
        return at < of.rows() && col < of.cols() ? " = " + format_value(double(of.row(at)[col]))
                                                 : std::string();
    };
    if (s.tensor == "attention.weights") {
        const std::size_t head = std::min(std::size_t(std::max(s.head, 0)), heads_of(t) - 1);
        if (row >= n || col >= n) return e;
        e.formula = "softmax" + equals(weights_of(t), head * n + row);
        e.why = view.say("why.weights", {{"head", std::to_string(head + 1)},
                                         {"query", word(t, s.row)},
                                         {"key", word(t, s.col)}});
    } else if (s.tensor == "q" || s.tensor == "k" || s.tensor == "v") {
        const auto head = std::size_t(std::max(s.head, 0));
        if (row >= n || col >= width || head >= heads_of(t)) return e;
        e.formula = (view.knobs.flag("bias") && s.tensor == "v" ? "x · W + b" : "x · W") +
                    equals(t[s.tensor], head * n + row);
        e.why = view.say("why." + s.tensor,
                         {{"head", std::to_string(head + 1)}, {"token", word(t, s.row)}});
        e.operands = {{"x", s.row, s.row + 1, 0, -1}};
    } else if (s.tensor == "joined") {
        //: what the head's row of weights makes of one column of its values
        const std::size_t head = col / width;
        const Tensor& values = t["v"];
        if (row >= n || head >= heads_of(t)) return e;
        if (head + 1 == head_off(t, view.knobs)) {
            e.formula = "0";
        } else {
            for (std::size_t j = 0; j < n && j < 4; ++j) {
                const double value = double(values.row(head * n + j)[col % width]);
                const std::string written = format_value(value);
                e.formula += (j ? " + " : "") + format_value(double(weight(t, head, row, j))) +
                             " × " + (value < 0 ? "(" + written + ")" : written);
            }
            e.formula += (n > 4 ? " + …" : "") + equals(t["joined"], row);
        }
        e.why = view.say("why.joined",
                         {{"head", std::to_string(col / width + 1)}, {"token", word(t, s.row)}});
    } else if (s.tensor == "y") {
        const std::size_t off = head_off(t, view.knobs);
        e.formula =
            (view.knobs.flag("bias") ? "joined · W + b" : "joined · W") + equals(t["y"], row);
        e.why = view.say(off > 0 ? "why.y_without" : "why.y",
                         {{"token", word(t, s.row)}, {"off", std::to_string(off)}});
        e.operands = {{"joined", s.row, s.row + 1, 0, -1}};
    }
    return e;
}

void declare(Declaration& d) {
    d.uses_text(default_text);
    d.knob("head", 1, 1, 16).advanced = true;
    d.knob("off", 0, 0, 16);
    d.knob("one", "numbers", {"numbers", "arcs"});
    d.knob("heads", 4, 1, 16).advanced = true;
    d.knob("causal", false).advanced = true;
    d.knob("all_arcs", false).advanced = true;
    d.knob("width", 4, 1, 32).advanced = true;
    d.knob("bias", true).advanced = true;

    const auto drawn = [](const char* name, auto shape_of, float spread) {
        return [=](const Knobs& k, const Workspace&) {
            Tensor t =
                examples::normal(shape_of(k.size("heads") * k.size("width")), k.seed(), name);
            for (float& v : t.flat()) v *= spread / std::sqrt(float(t.cols()));
            return t;
        };
    };
    d.input("x", made_x, true);
    d.input("qkv_weight", made_qkv);
    d.input("qkv_bias", [](const Knobs& k, const Workspace&) {
        // Only the values have one: a query's would change what its head looks for
        const std::size_t n = k.size("heads") * k.size("width");
        Tensor bias({3 * n});
        const Tensor values = examples::normal({n}, k.seed(), "qkv_bias");
        for (std::size_t c = 0; c < n; ++c) bias.flat()[2 * n + c] = 0.2f * values.flat()[c];
        return bias;
    });
    d.input("out_weight", drawn(
                              "out_weight",
                              [](std::size_t n) {
                                  return Shape{n, n};
                              },
                              1.0f));
    d.input("out_bias", drawn(
                            "out_bias", [](std::size_t n) { return Shape{n}; }, 0.2f));
    d.optional_input("mask");
    d.output("y");
    d.parts("qkv", "heads", "arcs", "weights", "joined", "y");
    d.fact("parameters", [](const Trace& t, const Knobs& k) -> FactValue {
        const double n = double(t["y"].cols());
        return 4 * n * n + (k.flag("bias") ? 4 * n : 0);
    });
    d.fact("entropy", [](const Trace& t, const Knobs& k) -> FactValue {
        return double(of_head(t, "entropy", chosen_head(t, k)));
    });
    d.fact("effect", [](const Trace& t, const Knobs& k) -> FactValue {
        return double(of_head(t, "effect", chosen_head(t, k)));
    });
    d.fact("first_weight", [](const Trace& t, const Knobs& k) -> FactValue {
        return tokens_in(t) < 2 ? 0.0 : double(weight(t, chosen_head(t, k), 1, 0));
    });
    d.fact("strongest_head", [](const Trace& t, const Knobs&) -> FactValue {
        const auto effect = t["effect"].flat();
        return double(std::max_element(effect.begin(), effect.end()) - effect.begin()) + 1;
    });
    for (const char* name : {"attention.weights", "q", "k", "v", "joined", "y"})
        d.explain(name, explain_cell);
    d.length([](const Trace&) { return 5.0; });
    d.describe([](const Trace& t, const View& view) {
        std::string text =
            view.say("words", {{"heads", std::to_string(heads_of(t))},
                               {"tokens", std::to_string(tokens_in(t))},
                               {"width", std::to_string(t["y"].cols() / heads_of(t))}});
        for (std::size_t h = 0; h < heads_of(t); ++h)
            text += " " + view.say("words.head",
                                   {{"head", std::to_string(h + 1)},
                                    {"bits", format_short(double(of_head(t, "entropy", h)), 4)}});
        return text;
    });
    d.preset("off", {{"head", "1"}, {"off", "1"}});
    d.preset("eight", {{"heads", "8"}, {"width", "2"}});
}

// ---- what is computed

void compute(const Knobs& k, const Inputs& in, Trace& out) {
    attention::MultiHeadWeights weights{in["qkv_weight"], in["out_weight"], {}, {}};
    if (k.flag("bias")) weights.qkv_bias = in["qkv_bias"], weights.out_bias = in["out_bias"];
    attention::ScaledDotProductConfig config{
        .is_causal = k.flag("causal"), .mask = {}, .scale = {}};
    if (const Tensor* mask = in.find("mask")) config.mask = *mask;
    const Tensor& x = in["x"];
    const std::size_t heads = k.size("heads");
    auto steps = attention::multi_head_steps(x, weights, heads, config);
    const auto names = tokens_of(in.workspace());
    if (x.dim(0) == 1 && names.size() == x.dim(1)) {
        out.names("tokens", names);
        keep_all_tokens(out, names.size(), all_tokens(in.workspace(), default_text));
    }
    if (in["qkv_weight"].same_bits(made_qkv(k, in.workspace())) &&
        x.same_bits(made_x(k, in.workspace())))
        out.text("set_by_hand", "1");

    //: zeros where the head that is switched off wrote its answer
    const std::size_t width = x.cols() / heads, tokens = x.dim(1), off = k.size("off");
    const auto without_head = [&](Tensor rows, std::size_t h) {
        for (std::size_t r = 0; r < rows.rows(); ++r)
            std::fill_n(rows.row(r).data() + h * width, width, 0.0f);
        return rows;
    };
    const Tensor joined = steps.joined, whole = steps.y;
    const auto answer = [&](const Tensor& rows) {
        return weights.out_bias ? linear(rows, weights.out, *weights.out_bias)
                                : linear(rows, weights.out);
    };
    auto weights_used = weights;  // the head's columns of W are not used either
    if (off > 0 && off <= heads) {
        steps.joined = without_head(joined, off - 1);
        weights_used.out = without_head(weights.out, off - 1);
        steps.y = answer(steps.joined);
    }
    out.add("x", x);
    record(steps, out);

    //: the answer again without each head, and how much it differs
    out.from("");
    Tensor effect({heads, 1}), entropy({heads, 1});
    double size = 0;
    for (const float v : whole.flat()) size += double(v) * double(v);
    for (std::size_t h = 0; h < heads; ++h) {
        const Tensor without = answer(without_head(joined, h));
        double moved = 0;
        for (std::size_t i = 0; i < without.size(); ++i) {
            const double by = double(without.flat()[i]) - double(whole.flat()[i]);
            moved += by * by;
        }
        effect.flat()[h] = size > 0 ? float(std::sqrt(moved / size)) : 0.0f;
        double bits = 0;
        for (std::size_t i = 0; i < tokens; ++i)
            for (const float p : steps.attention.weights.row(h * tokens + i))
                if (p > 0) bits -= double(p) * std::log2(double(p));
        entropy.flat()[h] = tokens ? float(bits / double(tokens)) : 0.0f;
    }
    out.add("entropy", entropy);
    out.add("effect", effect);

    out.backward([=](const Tensors& grads) {
        const auto found = grads.find("y");
        if (found == grads.end()) return Tensors{};
        auto g = attention::multi_head_backward(found->second, steps, x, weights_used);
        Tensors result{{"x", g.dx}, {"qkv_weight", g.dweights.qkv}, {"out_weight", g.dweights.out}};
        if (weights.qkv_bias) {
            result.emplace("qkv_bias", *g.dweights.qkv_bias);
            result.emplace("out_bias", *g.dweights.out_bias);
        }
        return result;
    });
}

// ---- what is drawn

float end_of(const Tensor& t) {
    float largest = 0;
    for (const float v : t.flat())
        if (std::isfinite(v)) largest = std::max(largest, std::abs(v));
    if (!(largest > 0)) return 1;
    const float power = std::pow(10.0f, std::floor(std::log10(largest)));
    for (const float step : {1.0f, 2.0f, 3.0f, 5.0f, 10.0f})
        if (step * power >= largest * 0.9999f) return step * power;
    return largest;
}

struct Picture : Drawing {
    std::size_t heads = 0, n = 0, d = 0, width = 0, head = 0, off = 0;
    std::vector<std::string> words{};
    float line = 0;
    bool arcs_below = false;  // the small pictures of the heads, instead of beside the weights

    // How far the colours of a tensor reach; a state beside this one has the same colours.
    float end_of(const char* name) const {
        const Entry* other = view.beside ? view.beside->find(name) : nullptr;
        const float here = orrery::viz::end_of(t[name]);
        return other ? std::max(here, orrery::viz::end_of(other->tensor)) : here;
    }

    void draw() {
        heads = heads_of(t), n = tokens_in(t), d = t["y"].cols(), width = d / heads;
        head = chosen_head(t, view.knobs), off = head_off(t, view.knobs);
        line = line_height(quiet());
        for (std::size_t i = 0; i < n; ++i) words.push_back(word(t, int(i)));
        if (view.compact) return card();
        Rect page = Rect{0, 0, view.size.w, view.size.h}.inset(16, 8);
        first_tokens_line(c, page, t, view, n);
        //: three columns; what a lesson or a link hides leaves its room to the others
        bool qkv = view.shows("qkv"), end = view.shows("joined") || view.shows("y");
        const bool all_heads = view.shows("heads");
        const bool detail = view.shows("arcs") || view.shows("weights");
        //: in a window too low for all the heads go first
        if (page.h < 230 && (all_heads || detail)) qkv = end = false;
        const bool right = detail || end;
        if (qkv) {
            split(page.take_left(!all_heads && !right ? std::min(page.w, 520.0f)
                                 : right              ? std::clamp(page.w * 0.24f, 150.0f, 360.0f)
                                         : std::clamp(page.w * 0.46f, 150.0f, 560.0f)));
            page.take_left(page.w > 560 ? 12 : 6);
        }
        if (qkv && all_heads) split_arrow(page);
        if (all_heads) {
            Rect box = page;
            if (right) box.w = std::min(std::max(page.w * (qkv ? 0.48f : 0.4f), 180.0f), 560.0f);
            const Atlas a = atlas_of(box);
            box.take_top(atlas(box, a));
            //: the arcs below them where there is room, else beside the head's weights
            box.w = std::max(a.width, 150.0f);
            box.take_top(14);
            arcs_below = right && view.shows("arcs") && view.shows("weights") &&
                         box.h >= 2 * line + 4 + 20 * float(n);
            if (arcs_below) arcs(box);
            if (right) page.take_left(std::min(box.w, std::max(a.width, 150.0f)) + 20);
        }
        if (!right || page.w < 60) return;
        //: above one head, below what becomes of all; where rows are low the head's, which have numbers,
        // get more
        const float above = 2 * line + 33, below = 3 * line + 28, gap = 10;
        if (detail) {
            float row = (page.h - above - below - gap) / float(2 * n);
            if (row < 20) row = std::min(20.0f, 1.45f * row);
            one_head(end ? page.take_top(above + row * float(n)) : page);
            page.take_top(end ? gap : 0);
        }
        if (end) join(page);
    }

    // From Q, K and V to the heads' weights: what happens between, in its order.
    void split_arrow(Rect& page) {
        const std::string steps[] = {view.say("arrow.scores"), "softmax"};
        const float before = page.w > 560 ? 12 : 6, after = page.w > 560 ? 16 : 8;
        float widest = 0;
        for (const auto& step : steps) widest = std::max(widest, c.measure(step, quiet()).w);
        const Rect arrow = page.take_left(std::max(34.0f, widest + 6 - before - after));
        page.take_left(after);
        const bool lit = view.t >= 1 && view.t < 2;
        const float x = arrow.centre().x + (after - before) / 2, y = arrow.centre().y;
        operation(c, {arrow.x, y}, {arrow.right(), y}, "", lit);
        for (int k = 0; k < 2; ++k)
            c.text({x, y - float(2 - k) * line - 4}, steps[k],
                   lit ? label(Align::centre) : quiet(Align::centre));
        tip({arrow.x, y - 2 * line - 4, arrow.w, 2 * line + 14}, "arrow.split",
            view.say("arrow.split.tip"));
    }

    Tensor matrix_of(std::size_t h) const {
        Tensor m({n, n});
        std::copy_n(weights_of(t).row(h * n).data(), n * n, m.data());
        return m;
    }
    MatrixStyle share_style() const {
        MatrixStyle style;
        style.map = Map::cividis, style.norm = Norm::linear, style.low = 0, style.high = 1;
        return with_lens(style, "attention.weights", view);
    }

    void card() {
        const auto across = std::size_t(std::ceil(std::sqrt(double(heads))));
        const std::size_t down = (heads + across - 1) / across;
        const float side =
            std::min((view.size.w - 16) / float(across), (view.size.h - 16) / float(down));
        const float x = (view.size.w - side * float(across)) / 2,
                    y = (view.size.h - side * float(down)) / 2;
        for (std::size_t h = 0; h < heads; ++h)
            if (phase(0) * 2 * float(heads) >= float(h))
                c.matrix(
                    Rect{x + float(h % across) * side, y + float(h / across) * side, side, side}
                        .inset(3),
                    matrix_of(h), share_style());
    }

    // What an arrow stands for, on hover.
    void tip(const Rect& box, const char* id, std::string said) {
        Region region;
        region.id = id, region.box = box, region.tip = std::move(said);
        c.region(std::move(region));
    }

    Focus focus() const { return {view.chosen(), view.explanation, false}; }

    // ---- queries, keys and values in one product, cut into heads

    // Under each other, so that a head is one strip through all three.
    void split(Rect box) {
        const Rect whole = box;
        c.text_in(box.take_top(line), view.say("title.qkv"), bold());
        Rect bar = box.take_bottom(24);
        Rect numbers = box.take_bottom(line + 1);
        float names_w = 0;
        for (const auto& w : words) names_w = std::max(names_w, c.measure(w, label()).w);
        names_w = std::min({names_w + 1, 64.0f, box.w * 0.3f});
        const float left = box.x + names_w + 8, w = (box.right() - left) / float(heads);
        const float h = std::min((box.h - 3 * line - 6) / float(3 * n), 36.0f);
        if (h < 1 || w < 2) return;
        GridLook look;
        look.style.high = end_of("qkv"), look.style.low = -look.style.high;
        look.numbers = false, look.lens = "qkv", look.reveal = phase(0);
        const char* const names[] = {"q", "k", "v"};
        const Role roles[] = {Role::query, Role::key, Role::value};
        const auto what_of = [&](std::size_t third) {
            return view.say(std::string("third.what.") + names[third]);
        };
        bool in_words = true;  // all three or none
        for (std::size_t third = 0; third < 3; ++third)
            in_words &= left + 20 + c.measure(what_of(third), quiet()).w <= box.right();
        float y = box.y;
        for (std::size_t third = 0; third < 3; ++third) {
            const Rect at = c.text_in({left, y, box.right() - left, line},
                                      view.say(std::string("third.") + names[third]),
                                      bold(theme.role_text(roles[third])));
            if (in_words) c.text({at.right() + 6, at.y}, what_of(third), quiet());
            const Rect cells{left, y + line, w * float(heads), h * float(n)};
            row_names(cells, names_w);
            for (std::size_t head_at = 0; head_at < heads; ++head_at) {
                const Rect band{left + float(head_at) * w, cells.y, w - (w >= 8 ? 3 : 0), cells.h};
                look.slice = int(head_at);
                grid_cells(c, band, t, names[third], focus(), view, look);
                if (off == head_at + 1) c.hatch(band, theme.text.with_alpha(0.5f), 5);
                if (head_at == head) c.outline(band.inset(-1), {theme.accent, 2}, 2);
            }
            y = cells.bottom() + 2;
        }
        numbers.y = y;
        for (std::size_t head_at = 0; head_at < heads && w >= 12; ++head_at)
            c.text_in({left + float(head_at) * w, numbers.y, w - 3, line},
                      std::to_string(head_at + 1),
                      head_at == head ? bold(Align::centre) : quiet(Align::centre));
        bar.y = numbers.y + line + 4;
        lens_bar(c, {left, bar.y, box.right() - left, 18}, "qkv", flat_matrix(t["qkv"]), look.style,
                 view);
        ring(c, {whole.x, whole.y, whole.w, y - whole.y}, "qkv", view);
    }

    // Every row's word; where the rows are too low the first, the last and the one under the mouse.
    void row_names(const Rect& cells, float room) {
        const float h = cells.h / float(n);
        const int lit = view.chosen().row;
        for (std::size_t i = 0; i < n; ++i) {
            const float y = cells.y + (float(i) + 0.5f) * h;
            const bool end = i == 0 || (i + 1 == n && cells.h - h >= 16);
            const float from_lit = std::abs(float(int(i) - lit)) * h;
            const bool hovered = lit == int(i), covered = lit >= 0 && !hovered && from_lit < 16;
            if (h < 16 && !hovered && (!end || covered)) continue;
            c.text_in({cells.x - room - 8, y - 9, room, 18}, shorten(words[i], room, label()),
                      label(Align::right));
        }
    }

    // The columns of every head, the chosen one outlined, numbered below.
    void bands(const Rect& cells, bool numbered) {
        const float w = cells.w / float(heads);
        for (std::size_t h = 0; h < heads; ++h) {
            const Rect band{cells.x + float(h) * w, cells.y, w, cells.h};
            if (h > 0 && w >= 5)
                c.line({band.x, band.y}, {band.x, band.bottom()}, {theme.background, 1.5f});
            if (off == h + 1) c.hatch(band, theme.text.with_alpha(0.5f), 5);
        }
        for (std::size_t h = 0; h < heads; ++h) {
            const Rect band{cells.x + float(h) * w, cells.y, w, cells.h};
            if (h == head) c.outline(band.inset(-1), {theme.accent, 2}, 2);
            if (numbered && w >= 12)
                c.text_in({band.x, band.bottom() + 1, w, line}, std::to_string(h + 1),
                          h == head ? bold(Align::centre) : quiet(Align::centre));
        }
    }

    // ---- every head, small

    // The widest that a head can look: at all words alike.
    std::string most_bits() const {
        return SameFormat{1, 0}(std::log2(double(std::max<std::size_t>(n, 1))));
    }
    std::string heads_note() const { return view.say("note.heads", {{"most", most_bits()}}); }
    std::string caption(const char* key, std::size_t h) const {
        return view.say(
            key,
            {{"bits", SameFormat{1, 0}(double(of_head(t, "entropy", h)))},
             {"most", most_bits()},
             {"share", std::to_string(int(std::lround(100 * double(of_head(t, "effect", h)))))}});
    }

    // How the small pictures are laid out: as squares, in as many rows as makes them largest.
    struct Atlas {
        std::size_t across = 1;
        int captions = 0;  // lines below each: 2 in words, 1 in short, which a note explains
        float side = 0, width = 0, note = 0;
    };
    static constexpr float atlas_gap = 10, most_side = 250;

    Atlas atlas_of(const Rect& box) const {
        Atlas best;
        struct Lines {
            int captions, note;
        };
        for (const auto [captions, note] : {Lines{2, 0}, {1, 2}, {1, 3}, {0, 0}}) {
            // Short ones need a mouse or an explanation: a room has neither
            if (captions == 1 && view.presenting) continue;
            // and how far each looks, in bits, is a question of its own
            if (captions == 2 && view.presenting && off == 0) continue;
            Atlas a;
            a.captions = captions;
            if (captions == 1) a.note = float(note) * line + 4;
            for (std::size_t across = 1; across <= heads; ++across) {
                const std::size_t down = (heads + across - 1) / across;
                const float wide = (box.w + atlas_gap) / float(across) - atlas_gap;
                const float tall =
                    (box.h - line - a.note) / float(down) - float(captions + 1) * line - atlas_gap;
                const float side = std::min({wide, tall, most_side});
                if (side > a.side) a.side = side, a.across = across;
            }
            a.width = float(a.across) * (a.side + atlas_gap) - atlas_gap;
            best = a;
            float widest = 0;
            for (std::size_t h = 0; h < heads && captions > 0; ++h)
                for (const char* key : {captions == 2 ? "head.moves" : "head.caption",
                                        captions == 2 ? "head.spread" : "head.caption"})
                    widest = std::max(widest, c.measure(caption(key, h), quiet()).w);
            if (captions == 1 &&
                c.measure_paragraph(a.width + 12, heads_note(), quiet()).h > a.note)
                continue;
            if (captions == 0 ||
                (a.side >= (view.presenting ? 120 : 64) && widest <= a.side + atlas_gap - 4))
                break;
        }
        return best;
    }

    // Draws; returns the height.
    float atlas(Rect box, const Atlas& a) {
        const Rect whole = box;
        const std::string title = view.say(view.presenting ? "title.heads.all" : "title.heads");
        Rect heading = box.take_top(line);
        c.text_in(heading, title, bold());
        heading.take_left(c.measure(title, bold()).w + 8);
        const auto allowed = t["attention.allowed"].flat();
        if (std::find(allowed.begin(), allowed.end(), 0.0f) == allowed.end())
            c.text_in(heading,
                      fitting(whole.x + std::min(whole.w, a.width + 12) - heading.x, quiet(),
                              {view.say("note.no_mask.long"), view.say("note.no_mask.middle"),
                               view.say("note.no_mask"), view.say("note.no_mask.short"), ""}),
                      quiet());
        const float side = a.side, step = side + float(a.captions + 1) * line + atlas_gap;
        if (side < 8) return line;
        for (std::size_t h = 0; h < heads; ++h) {
            Rect place{box.x + float(h % a.across) * (side + atlas_gap),
                       box.y + float(h / a.across) * step, side, step - atlas_gap};
            const Rect square = place;
            Rect name = place.take_top(line);
            name.w += atlas_gap - 2;
            c.text_in(name,
                      side >= 62 ? head_name(h, side + atlas_gap - 2)
                                 : view.say("head.short", {{"n", std::to_string(h + 1)}}),
                      h == head ? bold() : quiet());
            const Rect cells{place.x, place.y, side, side};
            const bool there = phase(1) * float(heads) >= float(h) + 0.001f || view.t >= 2;
            if (there)
                c.matrix(cells, matrix_of(h), share_style());
            else
                c.rect(cells, theme.sunken);
            c.outline(cells.inset(-1),
                      {h == head ? theme.accent : theme.outline, h == head ? 2.5f : 1.0f}, 2);
            if (off == h + 1) {
                c.rect(cells, theme.background.with_alpha(0.6f));
                c.line({cells.x, cells.y}, {cells.right(), cells.bottom()}, {theme.warning, 2});
                c.line({cells.x, cells.bottom()}, {cells.right(), cells.y}, {theme.warning, 2});
            }
            if (a.captions > 0 && there) {
                Rect under{place.x, cells.bottom() + 2, side + atlas_gap - 2, line};
                c.text_in(under, caption(a.captions == 2 ? "head.spread" : "head.caption", h),
                          quiet());
                under.y += line;
                if (a.captions == 2) c.text_in(under, caption("head.moves", h), quiet());
            }
            Region region;
            region.id = "head." + std::to_string(h + 1), region.box = square;
            region.kind = Region::Kind::button;
            region.action = "set head " + std::to_string(h + 1);
            region.tip = caption_tip(h);
            c.region(std::move(region));
        }
        const float bottom = box.y + float((heads + a.across - 1) / a.across) * step;
        if (a.captions == 1)
            c.paragraph({box.x, bottom - 4, a.width + 12, a.note}, heads_note(), quiet());
        ring(c, {whole.x, whole.y, a.width, bottom - whole.y - atlas_gap}, "heads", view);
        return bottom - whole.y + a.note - atlas_gap;
    }

    std::string caption_tip(std::size_t h) const {
        return view.say(
            "head.tip",
            {{"n", std::to_string(h + 1)},
             {"most", most_bits()},
             {"bits", SameFormat{1, 0}(double(of_head(t, "entropy", h)))},
             {"share", std::to_string(int(std::lround(100 * double(of_head(t, "effect", h)))))}});
    }

    // Whether every row of the head looks most at what the head was made to look for.
    bool keeps_its_wish(std::size_t h) const {
        const Wish wish = wish_of(h);
        for (std::size_t i = 0; i < n && wish != Wish::nothing; ++i) {
            if (wish == Wish::previous && i == 0) continue;
            if (wish == Wish::next && i + 1 == n) continue;
            float sought = 0;
            for (std::size_t j = 0; j < n; ++j)
                if (wish == Wish::same ? words[j] == words[i]
                                       : j == (wish == Wish::previous ? i - 1 : i + 1))
                    sought += weight(t, h, i, j);
            if (sought < 0.5f) return false;
        }
        return true;
    }

    // "Head 2: the same word" while the weights are those set by hand, as far as there is room: all
    // heads in the same way.
    std::string head_name(std::size_t h, float room) const {
        const auto number = [](std::size_t i) { return std::to_string(i + 1); };
        if (t.text("set_by_hand").empty() || !keeps_its_wish(h))
            return view.say("head", {{"n", number(h)}});
        const char* const wishes[] = {"wish.previous", "wish.same", "wish.next", "wish.nothing"};
        const auto name = [&](const char* key, std::size_t i) {
            return view.say(
                key, {{"n", number(i)}, {"wish", view.say(wishes[std::size_t(wish_of(i))])}});
        };
        for (const char* key : {"head.wish", "head.wish.short"}) {
            bool all_fit = true;
            for (std::size_t i = 0; i < heads; ++i)
                all_fit &= c.measure(name(key, i), bold()).w <= room;
            if (all_fit) return name(key, h);
        }
        return view.say("head", {{"n", number(h)}});
    }

    // ---- one head large, and the heads joined

    // Where both have no room the arcs give way, which say the same without numbers; or the numbers
    // do, where arcs are asked for.
    void one_head(Rect box) {
        const bool weights = view.shows("weights");
        const bool asked = !view.shown.empty() || !weights;
        if (view.shows("arcs") && !arcs_below && (asked || box.w >= 460)) {
            arcs(weights ? box.take_left(std::clamp(box.w * 0.34f, 110.0f, 280.0f)) : box);
            box.take_left(weights ? 16 : 0);
        } else if (view.shows("arcs") && !arcs_below && view.knobs.choice("one") == "arcs")
            return arcs(box, true);
        if (!weights) return;
        large(box);
        ring(c, box, "weights", view);
    }

    // One head with its numbers; rows under the queries' words, columns under the keys'.
    void large(const Rect& box) {
        float names_w = 0;
        for (const auto& w : words) names_w = std::max(names_w, c.measure(w, label()).w);
        names_w = std::min(names_w + 1, 72.0f);
        GridLook look;
        look.note = view.say("note.weights");
        look.title = head_name(head, box.w - c.measure(look.note, quiet()).w - 60);
        look.role = Role::attention;
        look.title_above = 3, look.names_width = names_w, look.slice = int(head);
        look.style.map = Map::cividis, look.style.norm = Norm::linear;
        look.style.low = 0, look.style.high = 1;
        const Tensor& allowed = t["attention.allowed"];
        if (allowed.rank() == 4 || allowed.rank() == 2) look.style.mask = allowed;
        look.reveal = phase(2);
        look.row_names = look.col_names = words;
        for (std::string& name : look.row_names) name = shorten(name, names_w, label());
        const float w = std::min((box.w - names_w - 8) / float(n), 72.0f);
        for (std::string& name : look.col_names) name = shorten(name, w - 3, label());
        const float above = grid_head(look) + 2, below = 28;
        const float h = std::min({(box.h - above - below) / float(n), w, 60.0f});
        const Rect cells{box.x + names_w + 8, box.y + above, w * float(n), h * float(n)};
        grid_cells(c, cells, t, "attention.weights", focus(), view, look);
        MatrixStyle bar = look.style;
        bar.mask = {};
        Tensor mask({n, n});
        if (allowed.rows() >= (head + 1) * n && allowed.cols() == n)
            std::copy_n(
                allowed.row(allowed.rank() == 4 && allowed.dim(1) > 1 ? head * n : 0).data(), n * n,
                mask.data()),
                bar.mask = mask;
        else if (allowed.rows() >= n && allowed.cols() == n)
            std::copy_n(allowed.data(), n * n, mask.data()), bar.mask = mask;
        //: the word that has none before it, or after it
        Rect under{cells.x, cells.bottom() + 8, box.right() - cells.x, 18};
        if (const std::string alone = lone_word(under.w - 120); !alone.empty()) {
            const Rect note = under.take_right(c.measure(alone, quiet()).w + 1);
            if (view.t >= 3) c.text_in(note, alone, quiet());
            under.take_right(10);
        }
        lens_bar(c, {under.x, under.y, std::min(std::max(cells.w, 220.0f), under.w), 18},
                 "attention.weights", matrix_of(head), bar, view);
    }

    // The first word has no word before it, the last none after it: that they look at themselves then
    // is said, where it is so and there is room.
    std::string lone_word(float room) const {
        const Wish wish = wish_of(head);
        const bool first = wish == Wish::previous;
        if ((!first && wish != Wish::next) || n < 2) return "";
        if (t.text("set_by_hand").empty() || !keeps_its_wish(head)) return "";
        const std::size_t at = first ? 0 : n - 1;
        if (weight(t, head, at, at) < 0.5f) return "";
        return fitting(room, quiet(),
                       {view.say(first ? "note.first" : "note.last"),
                        view.say(first ? "note.first.short" : "note.last.short"), ""});
    }

    // Who looks at whom, at most eight lines a word until all are asked for.
    void arcs(Rect box, bool alone = false) {
        const Rect heading = box.take_top(line);
        if (alone) {
            //: in place of the table they say whose they are
            const std::string note = view.say("note.arcs");
            const std::string title = head_name(head, box.w - c.measure(note, quiet()).w - 10);
            const Rect used = c.text_in(heading, title, bold(theme.attention_text));
            c.text({used.right() + 8, used.y}, note, quiet());
        } else {
            c.text_in(heading, view.say("title.arcs"), bold());
        }
        Rect ends = box.take_top(line);
        c.text_in(ends, view.say("arcs.from"), quiet());
        c.text_in(ends, view.say("arcs.to"), quiet(Align::right));
        box.take_top(4);
        if (box.h < 40) return;
        const float h = std::min(box.h / float(n), 60.0f);
        float words_w = 0;
        for (const auto& w : words) words_w = std::max(words_w, c.measure(w, label()).w);
        words_w = std::min(words_w + 1, box.w * 0.32f);
        const auto stride = std::size_t(std::max(1.0f, std::ceil(11.4f / h)));
        const auto y = [&](std::size_t i) { return box.y + (float(i) + 0.5f) * h; };
        const float left = box.x + words_w + 6, right = box.right() - words_w - 6;
        const Selection& s = view.chosen();
        const int lit = s.tensor == "attention.weights" ? s.row : -1;
        const float shown = phase(2) * float(n);
        for (std::size_t i = 0; i < n; ++i) {
            if (i % stride == 0) {
                const bool bright = lit == int(i);
                c.text_in({box.x, y(i) - 9, words_w, 18}, shorten(words[i], words_w, label()),
                          bright ? bold(Align::right) : label(Align::right));
                c.text_in({right + 6, y(i) - 9, words_w, 18}, shorten(words[i], words_w, label()),
                          label());
            }
            if (float(i) >= shown) continue;
            //: the strongest first
            std::vector<std::size_t> order(n);
            for (std::size_t j = 0; j < n; ++j) order[j] = j;
            std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
                return weight(t, head, i, a) > weight(t, head, i, b);
            });
            if (!view.knobs.flag("all_arcs") && order.size() > most_arcs) order.resize(most_arcs);
            for (const std::size_t j : order) {
                const float share = weight(t, head, i, j);
                if (!(share > 0.005f)) continue;
                const bool faint = lit >= 0 && lit != int(i);
                const Color color =
                    theme.attention.with_alpha((faint ? 0.15f : 1.0f) * (0.15f + 0.85f * share));
                c.line({left, y(i)}, {right, y(j)}, {color, 1 + 4 * share});
            }
        }
        ring(c, box, "arcs", view);
    }

    void join(Rect box) {
        const bool joined = view.shows("joined"), out = view.shows("y");
        const float gap = 40, w = (box.w - gap) / 2;
        const float above = 2 * line + 2, below = line + 26;
        const float h = std::min((box.h - above - below) / float(n), 60.0f);
        const Rect left{box.x, box.y + above, w, h * float(n)};
        const Rect right{left.right() + gap, left.y, w, left.h};
        GridLook look;
        look.numbers = w / float(d) >= 30;
        if (joined) {
            look.style.high = end_of("joined"), look.style.low = -look.style.high;
            look.reveal = phase(3);
            c.text_in({left.x, box.y, w + 30, line}, view.say("title.joined"), bold());
            c.text_in({left.x, box.y + line, w + 36, line},
                      fitting(w + 36, quiet(),
                              {view.say("note.joined.sizes", {{"heads", std::to_string(heads)},
                                                              {"width", std::to_string(width)}}),
                               view.say("note.joined")}),
                      quiet());
            grid_cells(c, left, t, "joined", focus(), view, look);
            bands(left, true);
            lens_bar(c, {left.x, left.bottom() + line + 6, w, 18}, "joined",
                     flat_matrix(t["joined"]), look.style, view);
            ring(c, left, "joined", view);
        }
        if (joined && out) {
            const Rect between{left.right() + 6, left.centre().y - 22, gap - 12, 32};
            operation(c, {between.x, left.centre().y}, {between.right(), left.centre().y},
                      view.say("arrow.out"), view.t >= 4 && view.t < 5);
            tip(between, "arrow.out", view.say("arrow.out.tip"));
        }
        if (!out) return;
        look.style.high = end_of("y"), look.style.low = -look.style.high;
        look.reveal = phase(4), look.role = Role::attention;
        c.text_in({right.x, box.y, w + 12, line},
                  off > 0 ? view.say("title.y_without", {{"n", std::to_string(off)}})
                          : view.say("title.y"),
                  bold(theme.attention_text));
        if (off > 0 && view.t >= 5)
            c.text_in({right.x - 24, box.y + line, w + 24, line},
                      view.say("note.moved",
                               {{"share", std::to_string(int(std::lround(
                                              100 * double(of_head(t, "effect", off - 1)))))}}),
                      bold(theme.warning, Align::right));
        else
            c.text_in({right.x, box.y + line, w + 12, line},
                      fitting(w + 12, quiet(), {view.say("note.y"), view.say("note.y.short")}),
                      quiet());
        grid_cells(c, right, t, "y", focus(), view, look);
        lens_bar(c, {right.x, right.bottom() + line + 6, w, 18}, "y", flat_matrix(t["y"]),
                 look.style, view);
        ring(c, right, "y", view);
    }
};

void draw(Canvas& c, const Trace& t, const View& view) {
    if (weights_of(t).size() == 0 || weights_of(t).dim(0) != 1 || t["y"].size() == 0) return;
    Picture{{c, t, view}}.draw();
}

}  // namespace

Panel make_attention_multi_head_panel() { return {declare, compute, draw}; }

}  // namespace orrery::viz
