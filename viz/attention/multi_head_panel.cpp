// Multi-head attention: one row cut into heads, each looking for something else, and joined again
//
//   qkv, cut into heads  ->  a small picture of every head
//   arcs of one head  |  its weights  |  the heads side by side  ->  y
//
// The weights are set by hand so that each head looks for one thing: the word before, the same word,
// the word after, nothing in particular. A head can be switched off to see what the answer owes it.
#include "core/attention/multi_head.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/text.hpp"
#include "core/tensor/linear.hpp"
#include "viz/kit/examples.hpp"
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

std::size_t words_in(const Workspace& w) {
    if (!w.tokens.empty()) return w.tokens.size();
    return examples::words(w.text.empty() ? default_text : w.text, w.text.size() + 32).size();
}

// ---- what is made up

// A row is half word, half place: the place as pairs of cosine and sine, so that "one place back" is
// a rotation that a head's query can do.
std::size_t word_columns(std::size_t d) { return d / 2; }
float turn(std::size_t pair) { return 6.2831853f / (5.0f + 7.0f * float(pair)); }

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
                q(c)[(h * width + c) % split] += strength;
                key(c)[(h * width + c) % split] += strength;
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
    const auto col = std::size_t(s.col);
    if (s.tensor == "attention.weights") {
        const std::size_t head = std::min(std::size_t(std::max(s.head, 0)), heads_of(t) - 1);
        if (std::size_t(s.row) >= n || col >= n) return e;
        e.why = view.say("why.weights", {{"head", std::to_string(head + 1)},
                                         {"query", word(t, s.row)},
                                         {"key", word(t, s.col)}});
    } else if (s.tensor == "qkv") {
        static const char* const thirds[] = {"why.q", "why.k", "why.v"};
        const std::string key = thirds[std::min<std::size_t>(col / d, 2)];
        e.why = view.say(
            key, {{"head", std::to_string(col % d / width + 1)}, {"token", word(t, s.row)}});
        e.operands = {{"x", s.row, s.row + 1, 0, -1}};
    } else if (s.tensor == "joined") {
        e.why = view.say("why.joined",
                         {{"head", std::to_string(col / width + 1)}, {"token", word(t, s.row)}});
    } else if (s.tensor == "y" || s.tensor == "y_without") {
        e.why = view.say("why." + s.tensor, {{"token", word(t, s.row)},
                                             {"off", std::to_string(head_off(t, view.knobs))}});
        e.operands = {{"joined", s.row, s.row + 1, 0, -1}};
    }
    return e;
}

void declare(Declaration& d) {
    d.uses_text(default_text);
    d.knob("head", 1, 1, 16).advanced = true;
    d.knob("off", 0, 0, 16);
    d.knob("heads", 4, 1, 16);
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
    for (const char* name : {"attention.weights", "qkv", "joined", "y", "y_without"})
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
    const auto steps = attention::multi_head_steps(x, weights, heads, config);
    const auto names = tokens_of(in.workspace());
    if (x.dim(0) == 1 && names.size() == x.dim(1)) {
        out.names("tokens", names);
        const std::size_t all = words_in(in.workspace());
        if (all > names.size()) out.text("all_tokens", std::to_string(all));
    }
    out.add("x", x);
    record(steps, out);

    //: the answer again without each head, and how much it differs
    out.from("");
    const std::size_t width = x.cols() / heads, tokens = x.dim(1);
    Tensor effect({heads, 1}), entropy({heads, 1});
    double size = 0;
    for (const float v : steps.y.flat()) size += double(v) * double(v);
    for (std::size_t h = 0; h < heads; ++h) {
        Tensor joined = steps.joined;
        for (std::size_t r = 0; r < joined.rows(); ++r)
            std::fill_n(joined.row(r).data() + h * width, width, 0.0f);
        const Tensor without = weights.out_bias ? linear(joined, weights.out, *weights.out_bias)
                                                : linear(joined, weights.out);
        double moved = 0;
        for (std::size_t i = 0; i < without.size(); ++i) {
            const double by = double(without.flat()[i]) - double(steps.y.flat()[i]);
            moved += by * by;
        }
        effect.flat()[h] = size > 0 ? float(std::sqrt(moved / size)) : 0.0f;
        if (k.size("off") == h + 1) out.add("y_without", without);
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
        auto g = attention::multi_head_backward(found->second, steps, x, weights);
        Tensors result{{"x", g.dx}, {"qkv_weight", g.dweights.qkv}, {"out_weight", g.dweights.out}};
        if (weights.qkv_bias) {
            result.emplace("qkv_bias", *g.dweights.qkv_bias);
            result.emplace("out_bias", *g.dweights.out_bias);
        }
        return result;
    });
}

// ---- what is drawn

float phase(double t, double begin) { return float(std::clamp(t - begin, 0.0, 1.0)); }

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

struct Picture {
    Canvas& c;
    const Trace& t;
    const View& view;
    const Theme& theme = c.theme();
    std::size_t heads = 0, n = 0, d = 0, width = 0, head = 0, off = 0;
    std::vector<std::string> words{};
    float line = 0;

    TextStyle label(Align align = Align::left) const {
        return {Font::body, text_label, theme.text, align};
    }
    TextStyle quiet(Align align = Align::left) const {
        return {Font::body, text_label, theme.text_quiet, align};
    }
    TextStyle bold(Color color, Align align = Align::left) const {
        return {Font::bold, text_label, color, align};
    }

    void draw() {
        heads = heads_of(t), n = tokens_in(t), d = t["y"].cols(), width = d / heads;
        head = chosen_head(t, view.knobs), off = head_off(t, view.knobs);
        line = line_height(quiet());
        for (std::size_t i = 0; i < n; ++i) words.push_back(word(t, int(i)));
        if (view.compact) return card();
        Rect page = Rect{0, 0, view.size.w, view.size.h}.inset(16, 8);
        if (const std::string& all = t.text("all_tokens"); !all.empty())
            c.text_in(page.take_top(20),
                      view.say("note.first", {{"n", std::to_string(n)}, {"all", all}}),
                      bold(theme.warning));
        Rect top = page.take_top(std::clamp(page.h * 0.40f, 108.0f, 280.0f));
        page.take_top(10);
        const float split_w = std::clamp(page.w * 0.31f, 200.0f, 400.0f);
        split(top.take_left(split_w));
        top.take_left(18);
        const Rect arrow = top.take_left(34);
        if (view.shows("qkv") && view.shows("heads"))
            operation(c, {arrow.x, arrow.centre().y}, {arrow.right(), arrow.centre().y},
                      view.say("arrow.split"), view.t >= 1 && view.t < 2);
        top.take_left(16);
        atlas(top);
        lower(page);
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
            if (phase(view.t, 0) * 2 * float(heads) >= float(h))
                c.matrix(
                    Rect{x + float(h % across) * side, y + float(h / across) * side, side, side}
                        .inset(3),
                    matrix_of(h), share_style());
    }

    Focus focus() const { return {view.chosen(), view.explanation, false}; }

    // ---- queries, keys and values in one product, cut into heads

    void split(Rect box) {
        if (!view.shows("qkv")) return;
        c.text_in(box.take_top(line), view.say("title.qkv"), bold(theme.text));
        Rect names = box.take_top(line);
        box.take_bottom(line + 24);
        float names_w = 0;
        for (const auto& w : words) names_w = std::max(names_w, c.measure(w, label()).w);
        names_w = std::min(names_w + 1, 64.0f);
        box.take_left(names_w + 8);
        const float h = std::min(box.h / float(n), 22.0f);
        const Rect cells{box.x, box.y, box.w, h * float(n)};
        GridLook look;
        look.style.high = end_of(t["qkv"]), look.style.low = -look.style.high;
        look.numbers = false, look.row_names = words, look.names_width = names_w;
        look.reveal = phase(view.t, 0);
        for (std::string& name : look.row_names) name = shorten(name, names_w, label());
        grid_cells(c, cells, t, "qkv", focus(), view, look);
        const char* const thirds[] = {"third.q", "third.k", "third.v"};
        const Role roles[] = {Role::query, Role::key, Role::value};
        for (std::size_t third = 0; third < 3; ++third) {
            const float w = cells.w / 3, x = cells.x + float(third) * w;
            c.text_in({x, names.y, w, line}, view.say(thirds[third]),
                      bold(theme.role_text(roles[third]), Align::centre));
            if (third > 0) c.line({x, cells.y}, {x, cells.bottom()}, {theme.text, 2});
            bands({x, cells.y, w, cells.h}, heads <= 8);
        }
        lens_bar(c, {cells.x, cells.bottom() + line + 4, cells.w, 18}, "qkv", flat_matrix(t["qkv"]),
                 look.style, view);
        ring(c, cells, "qkv", view);
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
                          h == head ? bold(theme.text, Align::centre) : quiet(Align::centre));
        }
    }

    // ---- every head, small

    void atlas(const Rect& box) {
        if (!view.shows("heads")) return;
        Rect rest = box;
        Rect title = rest.take_top(line);
        c.text_in(title, view.say("title.heads"), bold(theme.text));
        title.take_left(c.measure(view.say("title.heads"), bold(theme.text)).w + 10);
        const std::size_t across = heads > 8 ? (heads + 1) / 2 : heads;
        const std::size_t down = (heads + across - 1) / across;
        const float gap = 8, wide = std::min((rest.w + gap) / float(across), 170.0f),
                    tall = rest.h / float(down);
        const bool captions = wide >= 100 && tall >= 80;
        if (captions && c.measure(view.say("note.heads"), quiet()).w <= title.w)
            c.text_in(title, view.say("note.heads"), quiet());
        const float side = std::min(wide - gap, tall - line - (captions ? line + 3 : 0) - 2);
        for (std::size_t h = 0; h < heads; ++h) {
            Rect place{rest.x + float(h % across) * wide, rest.y + float(h / across) * tall,
                       wide - gap, tall};
            const Rect whole = place;
            c.text_in(place.take_top(line),
                      view.say(wide >= 70 ? "head" : "head.short", {{"n", std::to_string(h + 1)}}),
                      h == head ? bold(theme.text) : quiet());
            const Rect cells{place.x, place.y, side, side};
            const bool there = phase(view.t, 1) * float(heads) >= float(h) + 0.001f || view.t >= 2;
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
            const std::string bits = SameFormat{1, 0}(double(of_head(t, "entropy", h)));
            const std::string moves =
                std::to_string(int(std::lround(100 * double(of_head(t, "effect", h)))));
            if (captions && there) {
                c.text_in({place.x, cells.bottom() + 2, place.w + 6, line},
                          view.say("head.caption", {{"bits", bits}, {"share", moves}}), quiet());
            }
            Region region;
            region.id = "head." + std::to_string(h + 1), region.box = whole;
            region.kind = Region::Kind::button;
            region.action = "set head " + std::to_string(h + 1);
            region.tip = view.say("head.tip",
                                  {{"n", std::to_string(h + 1)}, {"bits", bits}, {"share", moves}});
            c.region(std::move(region));
        }
        ring(c, box, "heads", view);
    }

    // ---- one head large, and the heads joined

    void lower(Rect page) {
        const float arcs_w = std::clamp(page.w * 0.21f, 150.0f, 280.0f);
        const Rect arcs_box = page.take_left(arcs_w);
        page.take_left(16);
        const Rect weights_box = page.take_left(std::clamp(page.w * 0.47f, 240.0f, 460.0f));
        page.take_left(20);
        Rect joined_box = page;
        if (view.shows("arcs")) arcs(arcs_box);
        if (view.shows("weights")) {
            large(weights_box);
            ring(c, weights_box, "weights", view);
        }
        join(joined_box);
    }

    // One head with its numbers; rows under the queries' words, columns under the keys'.
    void large(const Rect& box) {
        float names_w = 0;
        for (const auto& w : words) names_w = std::max(names_w, c.measure(w, label()).w);
        names_w = std::min(names_w + 1, 72.0f);
        GridLook look;
        look.title = view.say("title.weights", {{"n", std::to_string(head + 1)}});
        look.note = view.say("note.weights"), look.role = Role::attention;
        look.title_above = 3, look.names_width = names_w, look.slice = int(head);
        look.style.map = Map::cividis, look.style.norm = Norm::linear;
        look.style.low = 0, look.style.high = 1;
        const Tensor& allowed = t["attention.allowed"];
        if (allowed.rank() == 4 || allowed.rank() == 2) look.style.mask = allowed;
        look.reveal = phase(view.t, 2);
        look.row_names = look.col_names = words;
        for (std::string& name : look.row_names) name = shorten(name, names_w, label());
        const float w = std::min((box.w - names_w - 8) / float(n), 60.0f);
        for (std::string& name : look.col_names) name = shorten(name, w - 3, label());
        const float above = grid_head(look) + 2, below = 28;
        const float h = std::min({(box.h - above - below) / float(n), w, 44.0f});
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
        lens_bar(c, {cells.x, cells.bottom() + 8, std::max(cells.w, 220.0f), 18},
                 "attention.weights", matrix_of(head), bar, view);
    }

    // Who looks at whom, at most eight lines a word until all are asked for.
    void arcs(Rect box) {
        c.text_in(box.take_top(line), view.say("title.arcs"), bold(theme.text));
        Rect ends = box.take_top(line);
        c.text_in(ends, view.say("arcs.from"), quiet());
        c.text_in(ends, view.say("arcs.to"), quiet(Align::right));
        box.take_top(4);
        const float h = std::min(box.h / float(n), 44.0f);
        float words_w = 0;
        for (const auto& w : words) words_w = std::max(words_w, c.measure(w, label()).w);
        words_w = std::min(words_w + 1, box.w * 0.32f);
        const auto stride = std::size_t(std::max(1.0f, std::ceil(11.4f / h)));
        const auto y = [&](std::size_t i) { return box.y + (float(i) + 0.5f) * h; };
        const float left = box.x + words_w + 6, right = box.right() - words_w - 6;
        const Selection& s = view.chosen();
        const int lit = s.tensor == "attention.weights" ? s.row : -1;
        const float shown = phase(view.t, 2) * float(n);
        for (std::size_t i = 0; i < n; ++i) {
            if (i % stride == 0) {
                const bool bright = lit == int(i);
                c.text_in({box.x, y(i) - 9, words_w, 18}, shorten(words[i], words_w, label()),
                          bright ? bold(theme.text, Align::right) : label(Align::right));
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
        const float h = std::min((box.h - above - below) / float(n), 44.0f);
        const Rect left{box.x, box.y + above, w, h * float(n)};
        const Rect right{left.right() + gap, left.y, w, left.h};
        GridLook look;
        look.numbers = w / float(d) >= 30;
        if (joined) {
            look.style.high = end_of(t["joined"]), look.style.low = -look.style.high;
            look.reveal = phase(view.t, 3);
            c.text_in({left.x, box.y, w + 30, line}, view.say("title.joined"), bold(theme.text));
            c.text_in({left.x, box.y + line, w + 36, line}, view.say("note.joined"), quiet());
            grid_cells(c, left, t, "joined", focus(), view, look);
            bands(left, true);
            lens_bar(c, {left.x, left.bottom() + line + 6, w, 18}, "joined",
                     flat_matrix(t["joined"]), look.style, view);
            ring(c, left, "joined", view);
        }
        if (joined && out)
            operation(c, {left.right() + 6, left.centre().y}, {right.x - 6, left.centre().y}, "W",
                      view.t >= 4 && view.t < 5);
        if (!out) return;
        const std::string name = off > 0 ? "y_without" : "y";
        look.style.high = end_of(t["y"]), look.style.low = -look.style.high;
        look.reveal = phase(view.t, 4), look.role = Role::attention, look.lens = "y";
        c.text_in({right.x, box.y, w + 12, line},
                  off > 0 ? view.say("title.y_without", {{"n", std::to_string(off)}})
                          : view.say("title.y"),
                  bold(theme.attention_text));
        if (off > 0 && view.t >= 5)
            c.text_in({right.x - 24, box.y + line, w + 36, line},
                      view.say("note.moved",
                               {{"share", std::to_string(int(std::lround(
                                              100 * double(of_head(t, "effect", off - 1)))))}}),
                      bold(theme.warning, Align::right));
        else
            c.text_in({right.x, box.y + line, w + 12, line}, view.say("note.y"), quiet());
        grid_cells(c, right, t, name, focus(), view, look);
        lens_bar(c, {right.x, right.bottom() + line + 6, w + 8, 18}, "y", flat_matrix(t["y"]),
                 look.style, view);
        ring(c, right, "y", view);
    }
};

void draw(Canvas& c, const Trace& t, const View& view) {
    if (weights_of(t).size() == 0 || weights_of(t).dim(0) != 1 || t["y"].size() == 0) return;
    Picture{.c = c, .t = t, .view = view}.draw();
}

}  // namespace

Panel make_attention_multi_head_panel() { return {declare, compute, draw}; }

}  // namespace orrery::viz
