// Scaled dot-product attention, drawn as two products of matrices
//
//              keys^T                         values
//   queries    scores   -- softmax -->   weights    out
//
// Where a row of the queries and a column of the keys meet stands their score; where a row of the
// weights and a column of the values meet stands a number of the answer. The chosen cell is
// unfolded into its terms above the weights.
#include "core/attention/scaled_dot_product.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/attention/mask.hpp"
#include "core/base/text.hpp"
#include "viz/kit/color_scale.hpp"
#include "viz/kit/drawing.hpp"
#include "viz/kit/examples.hpp"
#include "viz/kit/first_tokens.hpp"
#include "viz/kit/flow.hpp"
#include "viz/kit/format.hpp"
#include "viz/kit/grid.hpp"
#include "viz/kit/mask_grid.hpp"
#include "viz/kit/matrix.hpp"
#include "viz/kit/panel.hpp"
#include "viz/kit/scale_ends.hpp"
#include "viz/kit/tokens.hpp"

namespace orrery::viz {
namespace {

constexpr std::size_t most_tokens = 10, value_width = 4;
constexpr float title_above = 3;  // between a matrix's title and what is below it
constexpr const char* default_text = "the cat sat on the mat";

// ---- what is declared

std::vector<std::string> tokens_of(const Workspace& w) {
    if (w.tokens.empty())
        return examples::words(w.text.empty() ? default_text : w.text, most_tokens);
    const std::size_t count = std::min(w.tokens.size(), most_tokens);
    return {w.tokens.begin(), w.tokens.begin() + std::ptrdiff_t(count)};
}

std::string number(double v) { return format_value(v); }
std::string bracketed(double v) { return v < 0 ? "(" + number(v) + ")" : number(v); }

// The sentence's word for row or column i, or its number when the tensors came from elsewhere.
std::string word(const Trace& t, int i) {
    const auto& words = t.names("tokens");
    return i >= 0 && std::size_t(i) < words.size() ? shown_token(words[std::size_t(i)])
                                                   : std::to_string(i);
}

// Cell (row, col) of the first matrix of an entry; 0 outside of it.
double value(const Trace& t, std::string_view name, int row, int col) {
    const Tensor& tensor = t[name];
    const std::size_t rows = tensor.rank() < 2 ? 1 : tensor.dim(-2);
    if (row < 0 || col < 0 || std::size_t(row) >= rows || std::size_t(col) >= tensor.cols())
        return 0;
    return tensor.size() == 0 ? 0 : double(tensor.row(std::size_t(row))[std::size_t(col)]);
}

std::string percent(double share) { return format_value(std::round(share * 1000) / 10) + " %"; }

double scale_of(const Trace& t) { return value(t, "scale", 0, 0); }

Explanation explain_cell(const Trace& t, const View& view, const Selection& s) {
    const std::string& name = s.tensor;
    const int i = s.row, j = s.col;
    const Entry* entry = t.find(name);
    if (!entry) return {};
    const Tensor matrix = flat_matrix(entry->tensor);
    if (i < 0 || j < 0 || std::size_t(i) >= matrix.rows() || std::size_t(j) >= matrix.cols())
        return {};
    const int d = int(t["q"].cols()), keys = int(t["k"].dim(-2));
    const std::string equals = " = " + number(value(t, name, i, j));
    Explanation e;
    e.term = name;
    const bool pair = name == "scores" || name == "scaled" || name == "masked" ||
                      name == "weights" || name == "allowed";
    e.why = view.say("why." + name, {{"query", word(t, i)},
                                     {"key", word(t, j)},
                                     {"token", word(t, i)},
                                     {"column", std::to_string(j + 1)}});
    if (name == "scores") {
        for (int c = 0; c < d && c < 4; ++c)
            e.formula += (c ? " + " : "") + bracketed(value(t, "q", i, c)) + " × " +
                         bracketed(value(t, "k", j, c));
        e.formula += (d > 4 ? " + …" : "") + equals;
        e.operands = {{"q", i, i + 1, 0, -1}, {"k", j, j + 1, 0, -1}};
    } else if (name == "scaled") {
        e.formula = bracketed(value(t, "scores", i, j)) + " × " + number(scale_of(t)) + equals;
        e.operands = {{"q", i, i + 1, 0, -1}, {"k", j, j + 1, 0, -1}};
    } else if (name == "masked") {
        const bool allowed = value(t, "allowed", i, j) != 0;
        e.formula = allowed
                        ? bracketed(value(t, "scores", i, j)) + " × " + number(scale_of(t)) + equals
                        : "−∞";
        if (!allowed) e.why = view.say("why.hidden", {{"query", word(t, i)}, {"key", word(t, j)}});
        e.operands = {{"q", i, i + 1, 0, -1}, {"k", j, j + 1, 0, -1}};
    } else if (name == "weights") {
        if (value(t, "allowed", i, j) != 0) {
            double largest = -INFINITY, sum = 0;
            for (int k = 0; k < keys; ++k) largest = std::max(largest, value(t, "masked", i, k));
            for (int k = 0; k < keys; ++k) sum += std::exp(value(t, "masked", i, k) - largest);
            e.formula = "exp(" + number(value(t, "masked", i, j)) + ") / " +
                        number(sum * std::exp(largest)) + equals;
        } else {
            e.why = view.say("why.hidden", {{"query", word(t, i)}, {"key", word(t, j)}});
        }
        e.operands = {{"masked", i, i + 1, 0, -1}};
    } else if (name == "out") {
        for (int k = 0; k < keys && k < 4; ++k)
            e.formula += (k ? " + " : "") + bracketed(value(t, "weights", i, k)) + " × " +
                         bracketed(value(t, "v", k, j));
        e.formula += (keys > 4 ? " + …" : "") + equals;
        e.operands = {{"weights", i, i + 1, 0, -1}, {"v", 0, -1, j, j + 1}};
    }
    if (!pair && name != "out" && name != "q" && name != "k" && name != "v") e.why.clear();
    return e;
}

// Entropy of row i of the weights, in bits: 0 = all on one key.
double entropy_bits(const Tensor& weights, std::size_t i) {
    double bits = 0;
    for (float w : weights.row(i))
        if (w > 0) bits -= double(w) * std::log2(double(w));
    return bits;
}

double mean_entropy(const Trace& t) {
    const Tensor weights = flat_matrix(t["weights"]);
    double sum = 0;
    for (std::size_t i = 0; i < weights.rows(); ++i) sum += entropy_bits(weights, i);
    return weights.rows() ? sum / double(weights.rows()) : 0;
}

double mean_largest(const Trace& t) {
    const Tensor weights = flat_matrix(t["weights"]);
    double sum = 0;
    for (std::size_t i = 0; i < weights.rows(); ++i)
        if (weights.cols())
            sum += double(*std::max_element(weights.row(i).begin(), weights.row(i).end()));
    return weights.rows() ? sum / double(weights.rows()) : 0;
}

double spread(const Tensor& t) {
    double mean = 0, squares = 0;
    if (t.size() == 0) return 0;
    for (float v : t.flat()) mean += double(v);
    mean /= double(t.size());
    for (float v : t.flat()) squares += (double(v) - mean) * (double(v) - mean);
    return std::sqrt(squares / double(t.size()));
}

// Rows of the answer that a changed token moved.
std::vector<std::size_t> moved_rows(const Trace& t) {
    std::vector<std::size_t> rows;
    const Tensor moved = flat_matrix(t["moved"]);
    for (std::size_t i = 0; i < moved.rows(); ++i)
        if (moved.cols() && moved.row(i)[0] != 0.0f) rows.push_back(i);
    return rows;
}

std::string in_words(const Trace& t, const View& view) {
    const Tensor weights = flat_matrix(t["weights"]);
    if (weights.size() == 0) return view.say("words.empty");
    std::string text = view.say("words.shape", {{"queries", std::to_string(weights.rows())},
                                                {"keys", std::to_string(weights.cols())},
                                                {"d", std::to_string(t["q"].cols())}});
    for (std::size_t i = 0; i < weights.rows(); ++i) {
        std::vector<std::size_t> order(weights.cols());
        for (std::size_t j = 0; j < order.size(); ++j) order[j] = j;
        std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
            return weights.row(i)[a] > weights.row(i)[b];
        });
        std::string shares;
        for (std::size_t n = 0; n < order.size() && n < 3; ++n) {
            const float share = weights.row(i)[order[n]];
            if (share <= 0) break;
            shares +=
                view.say(n == 0 ? "words.first_share" : "words.share",
                         {{"share", percent(double(share))}, {"key", word(t, int(order[n]))}});
        }
        text += shares.empty()
                    ? view.say("words.blind", {{"query", word(t, int(i))}})
                    : view.say("words.row", {{"query", word(t, int(i))}, {"shares", shares}});
    }
    return text;
}

void declare(Declaration& d) {
    d.uses_text(default_text);
    d.knob("causal", false);
    d.knob("scaled", true);
    d.knob("change", 0, 0, int(most_tokens));
    d.knob("d", 4, 1, 64).advanced = true;
    d.knob("prefix", 0, 0, int(most_tokens)).advanced = true;

    const auto made_up = [](const Knobs& k, const Workspace& w) {
        return examples::word_vectors(tokens_of(w), k.size("d"), value_width, k.seed());
    };
    d.input(
        "q", [=](const Knobs& k, const Workspace& w) { return made_up(k, w).q; }, true);
    d.input(
        "k", [=](const Knobs& k, const Workspace& w) { return made_up(k, w).k; }, true);
    d.input(
        "v", [=](const Knobs& k, const Workspace& w) { return made_up(k, w).v; }, true);
    d.optional_input("mask");
    d.role("q", Role::query), d.role("k", Role::key), d.role("v", Role::value);
    d.role("weights", Role::attention), d.role("out", Role::attention);
    d.output("out");
    d.parts("q", "k", "v", "scores", "mask", "weights", "out", "unfold");

    d.fact("score_spread",
           [](const Trace& t, const Knobs&) -> FactValue { return spread(t["scores"]); });
    d.fact("scaled_spread",
           [](const Trace& t, const Knobs&) -> FactValue { return spread(t["scaled"]); });
    d.fact("entropy", [](const Trace& t, const Knobs&) -> FactValue { return mean_entropy(t); });
    d.fact("largest_weight",
           [](const Trace& t, const Knobs&) -> FactValue { return mean_largest(t); });
    d.fact("first_score",
           [](const Trace& t, const Knobs&) -> FactValue { return value(t, "scores", 0, 0); });
    d.fact("last_weight", [](const Trace& t, const Knobs&) -> FactValue {
        return value(t, "weights", 0, int(t["weights"].cols()) - 1);
    });
    d.fact("allowed", [](const Trace& t, const Knobs&) -> FactValue {
        const Tensor allowed = flat_matrix(t["allowed"]);
        return double(std::count(allowed.flat().begin(), allowed.flat().end(), 1.0f));
    });
    d.fact("rows_moved",
           [](const Trace& t, const Knobs&) -> FactValue { return double(moved_rows(t).size()); });
    d.fact("first_row_moved", [](const Trace& t, const Knobs&) -> FactValue {
        const auto rows = moved_rows(t);
        return rows.empty() ? 0.0 : double(rows[0] + 1);
    });

    for (const char* name :
         {"q", "k", "v", "scores", "scaled", "allowed", "masked", "weights", "out"})
        d.explain(name, explain_cell);
    d.length([](const Trace&) { return 5.0; });
    d.describe(in_words);
    d.preset("future", {{"causal", "true"}, {"prefix", "0"}, {"change", "5"}});
    d.preset("saturated", {{"scaled", "false"}, {"d", "64"}});
}

// ---- what is computed

// The mask of the knobs with the cells painted over it: "mask.0.3=1" among the edits.
Tensor painted_mask(const Knobs& k, std::size_t queries, std::size_t keys) {
    Tensor mask = attention::full_mask(queries, keys);
    if (k.flag("causal")) {
        mask = attention::causal_mask(queries, keys);
        for (std::size_t i = 0; i < queries; ++i)
            for (std::size_t j = 0; j < std::min(keys, k.size("prefix")); ++j)
                mask.row(i)[j] = 1.0f;
    }
    for (const std::string& edit : split(k.text("edits"), ';')) {
        long long i = 0, j = 0;
        double allowed = 0;
        const auto sides = split(edit, '=');
        if (sides.size() != 2 || !parse_number(sides[1], allowed)) continue;
        const auto words = split(sides[0], '.');
        if (words.size() != 3 || words[0] != "mask" || !parse_integer(words[1], i) ||
            !parse_integer(words[2], j) || i < 0 || j < 0)
            continue;
        if (std::size_t(i) < queries && std::size_t(j) < keys)
            mask.row(std::size_t(i))[std::size_t(j)] = allowed != 0 ? 1.0f : 0.0f;
    }
    return mask;
}

// Puts another word's numbers into row `token` of every attention.
void replace_token(Tensor& t, const Tensor& other, std::size_t token) {
    const std::size_t tokens = t.dim(-2);
    for (std::size_t r = token; r < t.rows(); r += tokens)
        std::copy_n(other.row(0).begin(), t.cols(), t.row(r).begin());
}

// Queries, keys and values without the numbers changed by hand, and the rows that were. Where they
// came from a file there is nothing to go back to.
struct Undone {
    Tensor q, k, v;
    std::set<std::size_t> rows;
};

Undone undo_edits(const Knobs& k, const Inputs& in) {
    Undone undone{in["q"], in["k"], in["v"], {}};
    const std::string& edits = k.text("edits");
    if (edits.empty()) return undone;
    const auto made =
        examples::word_vectors(tokens_of(in.workspace()), k.size("d"), value_width, k.seed());
    const auto undo = [&](const char* name, Tensor& tensor, const Tensor& made_up) {
        if (tensor.shape() != made_up.shape()) return;
        for (const auto& [row, col] : edited_cells(edits, std::string(name) + " 0 0")) {
            if (row >= tensor.rows() || col >= tensor.cols()) continue;
            tensor.row(row)[col] = made_up.row(row)[col];
            undone.rows.insert(row);
        }
    };
    undo("q", undone.q, made.q), undo("k", undone.k, made.k), undo("v", undone.v, made.v);
    if (!undone.q.same_bits(made.q) || !undone.k.same_bits(made.k) || !undone.v.same_bits(made.v))
        return {in["q"], in["k"], in["v"], {}};
    return undone;
}

void compute(const Knobs& k, const Inputs& in, Trace& out) {
    const Tensor &q = in["q"], &key = in["k"], &v = in["v"];
    attention::ScaledDotProductConfig config;
    if (q.rank() >= 2 && key.rank() >= 2) config.mask = painted_mask(k, q.dim(-2), key.dim(-2));
    if (const Tensor* mask = in.find("mask"))
        config.mask = config.mask ? attention::both(*config.mask, *mask) : *mask;
    if (!k.flag("scaled")) config.scale = 1.0f;

    //: the same again with one token changed; numbers changed by hand are undone first
    Tensor q2 = q, k2 = key, v2 = v;
    const std::size_t changed = k.size("change");
    const Undone before_edits = undo_edits(k, in);
    auto steps =
        attention::scaled_dot_product_steps(before_edits.q, before_edits.k, before_edits.v, config);
    Shape per_row = steps.out.shape();
    per_row.back() = 1;
    Tensor moved(per_row);
    const bool changes = changed > 0 && changed <= q.dim(-2) && changed <= key.dim(-2);
    const Tensor before = steps.out;
    if (changes) {
        const auto other = [&](const char* purpose, std::size_t width) {
            return examples::normal({1, width}, k.seed(), purpose);
        };
        replace_token(q2, other("changed q", q.cols()), changed - 1);
        replace_token(k2, other("changed k", key.cols()), changed - 1);
        replace_token(v2, other("changed v", v.cols()), changed - 1);
        for (Tensor* t : {&q2, &k2, &v2})
            for (std::size_t r = changed - 1; r < t->rows(); r += t->dim(-2))
                for (float& x : t->row(r)) x = examples::one_decimal(x);
    }
    if (changes || !before_edits.rows.empty()) {
        steps = attention::scaled_dot_product_steps(q2, k2, v2, config);
        for (std::size_t r = 0; r < before.rows(); ++r)
            for (std::size_t c = 0; c < before.cols(); ++c)
                moved.row(r)[0] =
                    std::max(moved.row(r)[0], std::abs(before.row(r)[c] - steps.out.row(r)[c]));
    }

    auto names = tokens_of(in.workspace());
    if (names.size() == key.dim(-2)) {
        keep_all_tokens(out, names.size(), all_tokens(in.workspace(), default_text));
        std::set<std::size_t> other = before_edits.rows;
        if (changes) other.insert(changed - 1);
        for (const std::size_t i : other)
            if (i < names.size()) names[i] += "′";
        out.names("tokens", names);
    }
    out.add("q", q2);
    out.add("k", k2);
    out.add("v", v2);
    out.add("scale", Tensor({1}, {steps.scale}));
    record(steps, out);
    out.from("");
    if (changes || !before_edits.rows.empty()) out.text("compared", "1");
    out.add("moved", moved);

    out.backward([=](const Tensors& grads) {
        const auto found = grads.find("out");
        if (found == grads.end()) return Tensors{};
        auto g = attention::scaled_dot_product_backward(found->second, steps, q2, k2, v2);
        if (changes)  // the changed rows do not come from the inputs
            for (Tensor* t : {&g.dq, &g.dk, &g.dv})
                for (std::size_t r = changed - 1; r < t->rows(); r += t->dim(-2))
                    std::fill(t->row(r).begin(), t->row(r).end(), 0.0f);
        return Tensors{{"q", g.dq}, {"k", g.dk}, {"v", g.dv}};
    });
}

// ---- what is drawn

struct Picture : Drawing {
    Focus focus{};
    std::size_t queries = 0, keys = 0, d = 0, d_v = 0;
    std::vector<std::string> query_names{}, key_names{};
    std::string pairs = "masked";  // the entry that the matrix of scores shows now
    Rect at_q{}, at_k{}, at_scores{}, at_weights{}, at_v{}, at_out{}, at_mask{}, at_unfold{},
        at_corner{}, at_source{};
    std::string source_text{}, root_text{};  // where Q, K, V come from; what the root is for
    float w = 30, h = 30;

    void start() {
        queries = t["q"].dim(-2), keys = t["k"].dim(-2), d = t["q"].cols(), d_v = t["v"].cols();
        for (std::size_t j = 0; j < keys; ++j) key_names.push_back(word(t, int(j)));
        for (std::size_t i = 0; i < queries; ++i) query_names.push_back(word(t, int(i)));
        if (view.t < 1.5)
            pairs = "scores";
        else if (view.t < 2.3)
            pairs = "scaled";
        choose();
    }

    // The cell under the mouse, else the one that the animation is at, else a telling one.
    void choose() {
        const Selection& chosen = view.chosen();
        if (chosen.is_cell() && t.find(chosen.tensor)) {
            focus = {chosen, view.explanation, false};
            return;
        }
        const auto turn = [](double p, std::size_t count) {
            return int(std::min(std::size_t(p * double(count)), count - 1));
        };
        Selection s;
        if (view.t < 1) {
            const int n = turn(view.t, queries * keys);
            s.tensor = "scores", s.row = n / int(keys), s.col = n % int(keys);
        } else if (view.t > 4 && (view.t < 5 || view.presenting)) {
            //: before a room it ends with what it has just shown, a number of the answer
            const int n = view.t < 5 ? turn(view.t - 4, queries * d_v) : int((queries - 1) * d_v);
            s.tensor = "out", s.row = n / int(d_v), s.col = n % int(d_v);
        } else {
            const Tensor weights = flat_matrix(t["weights"]);
            const bool sharing = view.t >= 3 && view.t <= 4;
            s.row = sharing ? turn(view.t - 3, queries) : int(queries) - 1;
            const auto row = weights.row(std::size_t(s.row));
            s.col = int(std::max_element(row.begin(), row.end()) - row.begin());
            s.tensor = sharing ? "weights" : pairs;
        }
        focus = {s, explain_cell(t, view, s), true};
    }

    // ---- where everything goes

    void layout(Rect page) {
        const bool words = !view.compact;
        if (words) first_tokens_line(c, page, t, view, keys);
        const float names = words ? names_width() : 0, gap = words ? 22 : 8,
                    wide_gap = words ? 72 : 14;
        const float line = words ? line_height(quiet()) : 0;
        const float titled = words ? line + title_above : 2,  // above V: a title
            named = words ? titled + line + 2 : 2;            // above K: column names too
        const float bars = words ? 28 : 0, between = words ? named + 9 : 8;
        const float across_q = float(std::min<std::size_t>(d, 6)),
                    across_v = float(std::min<std::size_t>(d_v, 6));
        const float n = float(keys), rows = float(queries);
        const float free = page.w - names - 8 - 2 * gap - wide_gap - (words ? 14 : 0);
        w = std::min(free / (2 * n + across_q + across_v), 60.0f);
        const float room = page.h - bars - between;
        //: two decimals want air on both sides, or there is one
        const float two_decimals = c.measure("−0.88", label()).w;
        if (w >= two_decimals && w < two_decimals + 6) w = two_decimals + 1;
        h = std::min({(room - titled) / (n + rows), (room - named) / (across_q + rows), w});
        h = std::max(h, 0.5f);
        const float used = page.w - free + w * (2 * n + across_q + across_v);
        const float left = page.x + (page.w - used) / 2 + names + 8;
        const float top_h = std::max(titled + n * h, named + across_q * h);
        const float top = page.y + std::max((page.h - top_h - between - rows * h - bars) / 2, 0.0f);
        const float row = top + top_h + between, high = rows * h;

        at_q = {left, row, across_q * w, high};
        at_scores = {at_q.right() + gap, row, n * w, high};
        at_weights = {at_scores.right() + wide_gap, row, n * w, high};
        at_out = {at_weights.right() + gap, row, across_v * w, high};
        at_k = {at_scores.x, top + top_h - across_q * h, n * w, across_q * h};
        at_v = {at_out.x, top + top_h - n * h, across_v * w, n * h};
        corner_of(
            {left - names - 8, top, at_k.x - 20 - (left - names - 8), row - titled - 8 - top});
        const float from = at_scores.right() + 16, to = at_v.x - names - 22;
        at_unfold = {from, top, to - from, row - named - 8 - top};
    }

    // Above the queries: who may see whom, and where Q, K and V come from. Where nothing is masked
    // the mask is small and the words come first.
    void corner_of(Rect box) {
        if (view.compact) return;
        const float line = line_height(quiet());
        const auto allowed = t["allowed"].flat();
        const bool full = std::find(allowed.begin(), allowed.end(), 0.0f) == allowed.end();
        const float n = float(std::max(keys, queries)), wide = float(keys), high = float(queries);

        const bool masks = view.shows("mask");
        const auto cell = [&](float room) {
            return std::min({box.w / n, (room - 2 * line - 2) / n, full ? 15.0f : 30.0f});
        };
        float side = cell(box.h);
        for (const auto& root :
             {view.say("note.root", {{"d", std::to_string(d)}}), std::string()}) {
            if (!view.shows("q") || box.w < 110) break;
            const std::string text = view.say("note.source") + root;
            const float words = c.measure_paragraph(box.w, text, quiet()).h;
            const float beside = cell(box.h - words - 10);
            if (words > box.h || (masks && beside < (full ? 8 : 15))) continue;
            if (masks) side = beside;
            source_text = view.say("note.source"), root_text = root;
            break;
        }
        at_mask = {box.x, box.y + 2 * line + 2, side * wide, side * high};
        at_corner = box;
        if (!source_text.empty())
            at_source =
                box.take_bottom(c.measure_paragraph(box.w, source_text + root_text, quiet()).h);
    }

    // Room for the longest word, within reason.
    float names_width() const {
        float widest = 24;
        for (const auto* names : {&query_names, &key_names})
            for (const auto& name : *names) widest = std::max(widest, c.measure(name, label()).w);
        return std::min(widest + 1, 76.0f);
    }

    // The words shortened to a width; the ′ of a changed one stays.
    std::vector<std::string> fitting_names(float width) const {
        std::vector<std::string> names = key_names;
        const std::string prime = "′";
        for (std::string& name : names) {
            if (c.measure(name, label()).w <= width) continue;
            const bool changed = name.size() > prime.size() &&
                                 name.compare(name.size() - prime.size(), prime.size(), prime) == 0;
            if (changed) name.resize(name.size() - prime.size());
            name = shorten(name, width - (changed ? c.measure(prime, label()).w : 0), label());
            if (changed) name += prime;
        }
        return names;
    }

    // ---- the six matrices

    void matrices() {
        const bool words = !view.compact;
        const float number_end = round_up(largest_of(t, view, {"q", "k", "v"}));
        MatrixStyle numbers;
        numbers.low = -number_end, numbers.high = number_end;
        const std::string letter_gap = "  ";

        const auto editable = [&](const char* name) {
            std::string input = name;
            for (std::size_t axis = 2; axis < t[name].rank(); ++axis) input += " 0";
            return input;
        };
        GridLook q;
        q.title_above = title_above, q.edit = editable("q"), q.lens = "q";
        q.names_width = names_width();
        q.title = "Q" + letter_gap + view.say("title.q"), q.role = Role::query, q.style = numbers;
        if (words) q.row_names = queries == keys ? fitting_names(q.names_width) : query_names;
        if (view.shows("q")) grid_cells(c, at_q, t, "q", focus, view, q);
        ring(c, at_q, "q", view);

        GridLook k;
        k.title_above = title_above, k.edit = editable("k"), k.lens = "q";
        const std::string kt = "Kᵀ" + letter_gap;
        const bool on_side = c.measure(kt + view.say("title.k"), bold()).w <= at_k.w + 16;
        k.title = kt + view.say(on_side ? "title.k" : "title.k.short"), k.role = Role::key,
        k.style = numbers;
        k.transposed = true;
        if (words) k.col_names = fitting_names(at_k.w / float(keys) - 3);
        if (view.shows("k")) grid_cells(c, at_k, t, "k", focus, view, k);
        ring(c, at_k, "k", view);

        GridLook v;
        v.title_above = title_above, v.edit = editable("v"), v.lens = "q";
        v.names_width = names_width();
        v.title = "V" + letter_gap + view.say("title.v"), v.role = Role::value, v.style = numbers;
        if (words) v.row_names = fitting_names(v.names_width);
        if (view.shows("v")) grid_cells(c, at_v, t, "v", focus, view, v);
        ring(c, at_v, "v", view);

        GridLook scores;
        scores.title_above = title_above;
        const float score_end = round_up(largest_of(t, view, {pairs}));
        scores.style.low = -score_end, scores.style.high = score_end;
        const bool scaled = view.knobs.flag("scaled");
        const std::string root = "√" + std::to_string(d);
        scores.title = pairs == "scores" ? "Q·Kᵀ" : scaled ? "Q·Kᵀ ÷ " + root : "Q·Kᵀ";
        scores.note = pairs == "scores" ? view.say("note.scores")
                      : scaled          ? scaled_note(scores.title)
                                        : view.say("note.unscaled");
        scores.reveal = phase(0);
        if (pairs == "masked") scores.style.mask = t["allowed"];
        if (view.shows("scores")) grid_cells(c, at_scores, t, pairs, focus, view, scores);
        ring(c, at_scores, "scores", view);

        GridLook weights;
        weights.title_above = title_above;
        weights.title = view.say("title.weights");
        weights.note = fitting(beside(weights.title, at_weights.w + 20), quiet(),
                               {view.say("note.weights.long"), view.say("note.weights"),
                                view.say("note.weights.short"), ""});
        weights.role = Role::attention;
        weights.style.map = Map::cividis, weights.style.norm = Norm::linear;
        weights.style.low = 0, weights.style.high = 1;
        weights.style.mask = t["allowed"];
        weights.reveal = phase(3);
        if (words) weights.col_names = fitting_names(at_weights.w / float(keys) - 3);
        if (view.shows("weights")) grid_cells(c, at_weights, t, "weights", focus, view, weights);
        ring(c, at_weights, "weights", view);

        GridLook out;
        out.title_above = title_above;
        out.title = view.say("title.out");
        out.note = fitting(beside(out.title, at_out.w + 10), quiet(), {view.say("note.out"), ""});
        out.role = Role::attention, out.style = numbers;
        out.reveal = phase(4);
        const bool compared = !t.text("compared").empty() && view.t >= 5;
        if (compared) out.marked_rows = moved_rows(t), out.fade_others = true;
        if (view.shows("out")) grid_cells(c, at_out, t, "out", focus, view, out);
        ring(c, at_out, "out", view);
        if (!words) return;

        carry_on();
        //: what happens between them
        if (view.shows("scores") && view.shows("weights") && (!view.presenting || view.t > 3)) {
            const int row = focus.cell.row;
            const bool carried = of_pair() && row >= 0 && row < int(queries);
            const float y = carried ? row_middle(at_scores, row) : at_scores.centre().y;
            operation(c, {at_scores.right() + 8, y}, {at_weights.x - 8, y}, "softmax",
                      view.t >= 3 && view.t < 4);
        }
        //: what the colours mean
        const float under = at_q.bottom() + 8;
        const float from = at_q.x - names_width() - 8;
        const std::string shared = "Q K V";
        const float shared_w = c.measure(shared, quiet()).w + 8;
        if (view.shows("q") || view.shows("k") || view.shows("v")) {
            c.text_in({from, under, shared_w, 18}, shared, quiet());
            lens_bar(c, {from + shared_w, under, at_q.right() - from - shared_w, 18}, "q",
                     flat_matrix(t["q"]), numbers, view);
        }
        MatrixStyle masked = scores.style;
        if (masked.mask.rank() != 0) masked.mask = flat_matrix(masked.mask);
        const float bar_h = 18;
        if (view.shows("scores"))
            lens_bar(c, {at_scores.x, under, at_scores.w + 40, bar_h}, pairs, flat_matrix(t[pairs]),
                     masked, view);
        masked = weights.style, masked.mask = flat_matrix(masked.mask);
        if (view.shows("weights"))
            lens_bar(c, {at_weights.x, under, at_weights.w, bar_h}, "weights",
                     flat_matrix(t["weights"]), masked, view);
        if (compared) {
            const auto n = out.marked_rows.size();
            c.text({at_out.right() + 14, under},
                   view.say(n == 0 ? "note.none_moved" : "note.moved",
                            {{"n", std::to_string(n)}, {"all", std::to_string(queries)}}),
                   bold(theme.warning, Align::right));
        } else if (view.shows("out")) {
            lens_bar(c, {at_out.x, under, at_out.w + 10, bar_h}, "out", flat_matrix(t["out"]),
                     numbers, view);
        }
        hand_note();
    }

    // What d is stands where its root does, if it is not said above the queries.
    std::string scaled_note(const std::string& title) const {
        if (!root_text.empty()) return view.say("note.scaled");
        const Arguments arguments{{"d", std::to_string(d)}};
        return fitting(
            beside(title, at_scores.w + 16), quiet(),
            {view.say("note.scaled.long", arguments), view.say("note.scaled.middle", arguments),
             view.say("note.scaled.short", arguments), view.say("note.scaled")});
    }

    // What a title leaves of `width` for a note beside it.
    float beside(const std::string& title, float width) const {
        return width - c.measure(title, bold()).w - 6;
    }

    bool of_pair() const {
        const std::string& name = focus.cell.tensor;
        return name == "scores" || name == "scaled" || name == "masked" || name == "allowed" ||
               name == "weights";
    }

    float row_middle(const Rect& cells, int row) const {
        return cells.y + (float(row) + 0.5f) * cells.h / float(queries);
    }

    // What is marked goes on: query and key meet in a score, the score becomes a weight, and by it a
    // row of V goes into a row of the output.
    void carry_on() {
        const int i = focus.cell.row, j = focus.cell.col;
        const bool pair = of_pair(), answer = focus.cell.tensor == "out";
        if ((!pair && !answer) || i < 0 || j < 0 || i >= int(queries)) return;
        if (j >= int(pair ? keys : d_v)) return;
        const Stroke stroke{theme.accent, 1.5f};
        const auto across = [&](const Rect& from, const Rect& to) {
            const float y = row_middle(from, i);
            if (to.x - from.right() >= 14) c.arrow({from.right() + 4, y}, {to.x - 4, y}, stroke);
        };
        const auto down = [&](const Rect& from, const Rect& to, std::size_t cols) {
            const float x = from.x + (float(j) + 0.5f) * from.w / float(cols);
            const float y = to.y - title_above - line_height(quiet()) - 2;  // above the title
            if (y - from.bottom() >= 14) c.arrow({x, from.bottom() + 4}, {x, y}, stroke);
        };
        const auto mark = [&](const Rect& box) { c.outline(box.inset(-1), {theme.accent, 2}, 3); };
        if (pair && view.shows("scores")) {
            if (view.shows("q")) across(at_q, at_scores);
            if (view.shows("k")) down(at_k, at_scores, keys);
        }
        const auto row = std::size_t(i), col = std::size_t(j);
        if (pair && view.shows("weights") && view.t >= 4 && focus.cell.tensor != "weights")
            mark(grid_cell(at_weights, queries, keys, row, col));
        if (!view.shows("out") || view.t < (pair ? 5 : 4)) return;
        if (view.shows("weights")) across(at_weights, at_out);
        if (answer && view.shows("v")) down(at_v, at_out, d_v);
        if (!pair) return;
        const float v_row = at_v.h / float(keys), out_row = at_out.h / float(queries);
        if (view.shows("v")) mark({at_v.x, at_v.y + float(j) * v_row, at_v.w, v_row});
        mark({at_out.x, at_out.y + float(i) * out_row, at_out.w, out_row});
    }

    // Where Q, K and V come from, said above the queries.
    void source() {
        if (view.compact || at_source.empty() || !view.shows("q")) return;
        //: of the division when there is one
        c.paragraph(at_source, pairs == "scores" ? source_text : source_text + root_text, quiet());
        Region region;
        region.id = "note.source", region.box = at_source;
        region.tip = view.say("note.source.tip");
        c.region(std::move(region));
    }

    // Beside the title of the keys: that numbers can be dragged; how many were, and the way back.
    void hand_note() {
        if (!view.shows("k")) return;
        const std::string& edits = view.knobs.text("edits");
        std::size_t count = 0;
        for (const std::string& edit : split(edits, ';')) count += !edit.empty();
        const std::string text = count == 0
                                     ? view.say("note.drag")
                                     : view.say("note.edited", {{"n", std::to_string(count)}});
        const float title = c.measure("Kᵀ  " + view.say("title.k"), bold()).w;
        if (title > at_k.w + 16) return;
        const float line = line_height(quiet());
        Rect box{at_k.x + title + 10, at_k.y - 2 * line - 2 - title_above, 0, line};
        const float mark = count == 0 ? 0 : 13;
        box.w = c.measure(text, quiet()).w + mark + 1;
        if (box.right() > at_unfold.x - 8) return;
        Rect words = box;
        if (count > 0) {
            const Rect m = words.take_left(mark);
            const float y = m.centre().y;
            c.polygon({{m.x, y - 5}, {m.x + 9, y - 5}, {m.x + 9, y + 4}}, theme.warning);
            Region region;
            region.id = "edits.reset", region.box = box.inset(-4, -4);
            region.kind = Region::Kind::button, region.action = "reset edits";
            region.tip = view.say("note.edited.tip");
            c.region(std::move(region));
        }
        c.text_in(words, text, quiet());
        if (count > 0)
            c.line({words.x, words.bottom() - 2}, {words.right(), words.bottom() - 2},
                   {theme.text_quiet, 1});
    }

    // ---- who may see whom, to be painted

    void mask() {
        if (view.compact || !view.shows("mask") || at_mask.w < 40) return;
        const Tensor allowed = flat_matrix(t["allowed"]);
        const float line = line_height(quiet());
        const float room = at_corner.right() + 10 - at_mask.x;
        c.text_in({at_mask.x, at_mask.y - 2 * line - 2, room, line}, view.say("title.mask"),
                  bold());
        c.text_in({at_mask.x, at_mask.y - line - 2, room, line}, view.say("axis.mask"), quiet());
        const Selection& s = focus.cell;
        const bool pair = s.tensor == pairs || s.tensor == "weights" || s.tensor == "allowed";
        mask_grid(
            c, at_mask, allowed, view,
            {.tensor = "allowed", .paint = "mask", .reveal = 1, .lit = pair ? s : Selection{}});
        ring(c, at_mask, "mask", view);

        //: what the division by the root is for, in two numbers
        const Rect beside{at_mask.right() + 14, at_mask.y, at_k.x - at_mask.right() - 34, 0};
        Rect below{at_mask.x, at_mask.bottom() + 8, at_k.x - at_mask.x - 12, 0};
        below.h = (at_source.empty() ? at_q.y - 30 : at_source.y - 6) - below.y;
        if (below.h < 36) below = {beside.x, at_mask.y, beside.w, 40};
        if (keys > 64 || queries > 64) return;
        const bool scaled = view.knobs.flag("scaled");
        const std::string first = view.say(
            "note.spread", {{"spread", format_short(spread(t[scaled ? "scaled" : "scores"]), 5)}});
        const std::string second =
            view.say("note.entropy", {{"bits", format_short(mean_entropy(t), 4)},
                                      {"most", format_short(std::log2(double(keys)), 4)}});
        if (below.h >= 36 && c.measure(second, quiet()).w <= below.w && view.t >= 5) {
            c.text_in(below.take_top(18), first, quiet());
            c.text_in(below.take_top(18), second, quiet());
        }
    }

    // ---- the chosen cell, term by term

    static std::string brief(double v) { return format_short(v, 5); }
    static std::string brief_bracketed(double v) { return v < 0 ? "(" + brief(v) + ")" : brief(v); }

    struct Term {
        std::string name, product;
        double value;
        std::string brief{};  // in place of the product where that has no room
    };

    void unfold() {
        if (view.compact || !view.shows("unfold") || at_unfold.w < 150) return;
        Rect box = at_unfold;
        box = box.inset(12, 5);
        const Selection& s = focus.cell;
        const int i = s.row, j = s.col;
        std::vector<Term> terms;
        std::string title, sum, after, heading;
        const Arguments who{
            {"query", word(t, i)}, {"key", word(t, j)}, {"column", std::to_string(j + 1)}};
        const bool pair = s.tensor == "scores" || s.tensor == "scaled" || s.tensor == "masked" ||
                          s.tensor == "allowed";
        Color color = theme.accent;
        if (pair) {
            title = view.say("unfold.score", who);
            for (int k = 0; k < int(d); ++k) {
                const double a = value(t, "q", i, k), b = value(t, "k", j, k);
                terms.push_back(
                    {std::to_string(k + 1), brief(a) + " × " + brief_bracketed(b), a * b});
            }
            sum = view.say("unfold.sum") + " = " + number(value(t, "scores", i, j));
            if (s.tensor != "scores" && view.knobs.flag("scaled"))
                sum += "  ÷ √" + std::to_string(d) + " = " + number(value(t, "scaled", i, j));
            if (s.tensor == "masked" || s.tensor == "allowed")
                after = value(t, "allowed", i, j) != 0
                            ? view.say("unfold.share") + " " + percent(value(t, "weights", i, j))
                            : view.say("unfold.hidden");
        } else if (s.tensor == "weights") {
            title = view.say("unfold.weights", who);
            // Before a room who looks on may not know exp yet; pointed at, a share is taken apart.
            const bool plain = view.presenting && focus.auto_chosen;
            heading = view.say(plain ? "unfold.heading.plain" : "unfold.heading");
            std::string hidden;
            double total = 0;
            for (int k = 0; k < int(keys); ++k)
                if (value(t, "allowed", i, k) != 0) {
                    const double score = value(t, "masked", i, k), exp = std::exp(score);
                    total += exp;
                    const Arguments both{{"score", brief(score)}, {"exp", brief(exp)}};
                    terms.push_back({word(t, k),
                                     plain ? brief(score) : view.say("unfold.exp", both),
                                     value(t, "weights", i, k), brief(plain ? score : exp)});
                } else {
                    hidden += (hidden.empty() ? "" : view.say("unfold.comma")) + word(t, k);
                }
            //: the exponentials, added up and divided by, as long as they are numbers
            if (terms.empty())
                sum = view.say("unfold.hidden");
            else if (std::isfinite(total) && total > 0 && !plain)
                sum = view.say("unfold.total", {{"total", brief(total)}});
            else
                sum = view.say("unfold.shares");
            if (!hidden.empty())
                after = view.say("unfold.masked", {{"keys", hidden}});
            else if (std::isfinite(total) && total > 0 && j >= 0 && j < int(keys) && !plain)
                after = view.say("unfold.divided",
                                 {{"key", word(t, j)},
                                  {"exp", brief(std::exp(value(t, "masked", i, j)))},
                                  {"total", brief(total)},
                                  {"share", format_short(value(t, "weights", i, j), 5)}});
            color = theme.attention;
        } else if (s.tensor == "out") {
            title = view.say("unfold.out", who);
            for (int k = 0; k < int(keys); ++k) {
                const double a = value(t, "weights", i, k), b = value(t, "v", k, j);
                terms.push_back({word(t, k), brief(a) + " × " + brief_bracketed(b), a * b});
            }
            sum = view.say("unfold.sum") + " = " + number(value(t, "out", i, j));
        } else {
            title = view.say("unfold." + s.tensor, {{"token", word(t, i)}});
            frame(c.measure_paragraph(box.w, title, label()).h);
            c.paragraph(box, title, label());
            return;
        }
        term_list(box, title, terms, sum, after, color, heading);
    }

    // The card behind the terms, as high as they need.
    void frame(float inside) {
        at_unfold.h = std::min(at_unfold.h, inside + 14);
        c.rect(at_unfold, theme.surface, corner, {theme.hairline, 1});
    }

    void term_list(Rect box, const std::string& title, const std::vector<Term>& all,
                   const std::string& sum, std::string after, Color color, std::string heading) {
        //: the largest terms where not all fit, as they were in order
        if (at_unfold.h - 34 - 43 < 2 * 18) after.clear();  // the terms come first
        const float footer_h = after.empty() ? 25 : 43;
        const std::size_t fit = std::size_t(std::max((at_unfold.h - 34 - footer_h) / 18.0f, 0.0f));
        std::vector<Term> terms = all;
        std::string rest;
        if (all.size() > fit) {
            const std::size_t keep = fit > 0 ? fit - 1 : 0;
            std::stable_sort(terms.begin(), terms.end(), [](const Term& a, const Term& b) {
                return std::abs(a.value) > std::abs(b.value);
            });
            double left_sum = 0;
            for (std::size_t n = keep; n < terms.size(); ++n) left_sum += terms[n].value;
            if (terms.size() > keep) {
                rest = view.say("unfold.more", {{"n", std::to_string(terms.size() - keep)},
                                                {"sum", format_short(left_sum, 5)}});
                terms.resize(keep);
            }
            if (fit == 0) rest.clear();
        }
        frame(20 + 18 * float(terms.size() + !rest.empty()) + footer_h);
        Rect head = box.take_top(20);
        const std::size_t shown = terms.size();
        float name_w = 0, product_w = 0, brief_w = 0;
        double end = 1e-30;
        for (std::size_t n = 0; n < terms.size(); ++n) {
            end = std::max(end, std::abs(terms[n].value));
            name_w = std::max(name_w, c.measure(terms[n].name, label()).w);
            product_w = std::max(product_w, c.measure(terms[n].product, label()).w);
            brief_w = std::max(brief_w, c.measure(terms[n].brief, label()).w);
        }
        const bool by_number = color == theme.accent;
        if (!by_number && std::min(name_w, box.w * 0.2f) + product_w + 84 > box.w) {
            for (Term& term : terms) term.product = term.brief;
            product_w = brief_w;
            if (heading == view.say("unfold.heading")) heading = view.say("unfold.heading.brief");
        }
        //: what the numbers on the right are
        if (const float heading_w = c.measure(heading, quiet()).w + 1;
            !heading.empty() && heading_w + c.measure(title, bold()).w + 10 <= head.w)
            c.text_in(head.take_right(heading_w), heading, quiet(Align::right));
        c.text_in(head, title, bold());
        if (by_number && name_w + product_w + 68 > box.w) name_w = 0;  // the numbers come first
        if (!by_number) name_w = std::min(name_w, std::max(box.w - product_w - 68, box.w * 0.2f));
        product_w = std::min(product_w, box.w - name_w - 68);
        for (std::size_t n = 0; n < shown; ++n) {
            Rect line = box.take_top(18);
            if (name_w > 0) {
                c.text_in(line.take_left(name_w + 1), terms[n].name, quiet());
                line.take_left(8);
            }
            c.text_in(line.take_left(product_w + 1), terms[n].product, label(Align::right));
            line.take_left(8);
            c.text_in(line.take_right(44), format_short(terms[n].value, 5), label(Align::right));
            line.take_right(4);
            if (line.w < 16) continue;
            const float middle = line.x + line.w / 2;
            const bool signs = color == theme.accent;
            const float zero = signs ? middle : line.x, reach = signs ? line.w / 2 : line.w;
            const float size =
                std::isfinite(terms[n].value) ? float(terms[n].value / end) * reach : 0;
            const Color fill = !signs ? color : size < 0 ? theme.negative : theme.positive;
            c.rect({size < 0 ? zero + size : zero, line.y + 4, std::abs(size), 10}, fill, 2);
            c.line({zero, line.y + 1}, {zero, line.bottom() - 1}, {theme.outline, 1});
        }
        if (!rest.empty()) c.text_in(box.take_top(18), rest, quiet());
        box.take_top(4);
        Rect footer = box;
        c.line({footer.x, footer.y}, {footer.right(), footer.y}, {theme.hairline, 1});
        footer.take_top(2);
        c.text_in(footer.take_top(18), sum, bold(Align::right));
        if (!after.empty()) c.text_in(footer.take_top(18), after, label(Align::right));
    }
};

void draw(Canvas& c, const Trace& t, const View& view) {
    if (t["weights"].size() == 0 || t["q"].size() == 0 || t["v"].cols() == 0) return;
    Picture picture{{c, t, view}};
    picture.start();
    const float margin = view.compact ? 8 : 16;
    picture.layout(Rect{0, 0, view.size.w, view.size.h}.inset(margin, view.compact ? 8 : 6));
    picture.matrices();
    picture.source();
    picture.mask();
    picture.unfold();
    ring(c, picture.at_unfold, "unfold", view);
}

}  // namespace

Panel make_attention_scaled_dot_product_panel() { return {declare, compute, draw}; }

}  // namespace orrery::viz
