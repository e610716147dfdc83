// Embedding, drawn: ids pick rows of a table
//
//   tokens -> ids  =>  table  =>  rows  + positions  =  x
//
// Lines lead from each token to its row of the table and on to its place in the text. The same
// table is looked at from three more sides: as the product with a one-hot matrix, as what training
// changes (only rows that were picked), and as the way out (one dot product with each row).
#include "core/model/embedding.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/base/text.hpp"
#include "core/position/sinusoidal.hpp"
#include "core/tensor/matmul.hpp"
#include "core/tensor/softmax.hpp"
#include "viz/kit/bar_rows.hpp"
#include "viz/kit/drawing.hpp"
#include "viz/kit/examples.hpp"
#include "viz/kit/first_tokens.hpp"
#include "viz/kit/flow.hpp"
#include "viz/kit/format.hpp"
#include "viz/kit/grid.hpp"
#include "viz/kit/matrix.hpp"
#include "viz/kit/panel.hpp"
#include "viz/kit/scale_ends.hpp"
#include "viz/kit/tokens.hpp"

namespace orrery::viz {
namespace {

constexpr std::size_t most_tokens = 8, least_rows = 8;
// A larger table, as a model has it, is shown by the rows that the text picks.
constexpr std::size_t most_rows = 16;
constexpr const char* default_text = "the cat sat on the mat";
constexpr const char* others[] = {"bird", "fish", "sun", "tree", "sea", "moon", "bread", "stone"};
constexpr const char* chinese_others[] = {"鸟", "鱼", "太阳", "树", "海", "月亮", "面包", "石头"};

// ---- what is computed

std::vector<std::string> tokens_of(const Workspace& w) {
    if (w.tokens.empty())
        return examples::words(w.text.empty() ? default_text : w.text, most_tokens);
    const std::size_t count = std::min(w.tokens.size(), most_tokens);
    return {w.tokens.begin(), w.tokens.begin() + std::ptrdiff_t(count)};
}

bool has_chinese(const std::vector<std::string>& words) {
    for (std::string_view word : words)
        while (!word.empty()) {
            const CodePoint c = next_code_point(word);
            if (c.valid && c.value >= 0x4E00 && c.value <= 0x9FFF) return true;
            word.remove_prefix(std::max<std::size_t>(c.length, 1));
        }
    return false;
}

// The words of the text and some that it does not have, in the order of their bytes.
std::vector<std::string> vocabulary_of(const Workspace& w) {
    const auto tokens = tokens_of(w);
    std::set<std::string> words(tokens.begin(), tokens.end());
    const std::size_t wanted = std::max(least_rows, words.size() + 2);
    for (const char* word : has_chinese(tokens) ? chinese_others : others)
        if (words.size() < wanted) words.insert(word);
    return {words.begin(), words.end()};
}

Tensor rounded(Tensor t) {
    for (float& v : t.flat()) v = examples::one_decimal(v);
    return t;
}

void compute(const Knobs& k, const Inputs& in, Trace& out) {
    const Tensor table = in["table"], ids = in["ids"];
    const auto steps = model::embedding_steps(table, ids);
    const std::size_t n = ids.size(), d = table.cols(), V = table.rows();
    out.add("table", table);
    record(steps, out);
    if (tokens_of(in.workspace()).size() == n) out.names("tokens", tokens_of(in.workspace()));
    // Of a model that it was opened from the words are the model's.
    const auto& known = in.workspace().vocabulary;
    const auto words = known.size() == V ? known : vocabulary_of(in.workspace());
    if (words.size() == V) {
        out.names("table.rows", words);
        out.names("dtable.rows", words);
        out.names("logits.cols", words);
        out.names("chances.cols", words);
        out.names("one_hot.cols", words);
    }
    keep_all_tokens(out, n, in.workspace().tokens.size());

    //: a row of zeros with a single one, for each token
    Tensor one_hot({n, V});
    for (std::size_t i = 0; i < n; ++i) one_hot.at({i, std::size_t(ids.flat()[i])}) = 1.0f;
    out.from("");
    out.add("one_hot", one_hot, "", Kind::index);
    out.add("product", matmul(one_hot, table));

    //: where the token stands
    const Tensor rows = steps.y.reshaped({n, d});
    Tensor position({n, d});
    const std::string& kind = k.choice("position");
    if (kind == "learned") position = rounded(examples::normal({n, d}, k.seed(), "positions"));
    if (kind == "sinusoidal" && d % 2 == 0) position = position::sinusoidal(n, d);
    Tensor x = rows;
    for (std::size_t i = 0; i < x.size(); ++i) x.flat()[i] += position.flat()[i];
    out.add("position", position);
    out.add("x", x);

    //: the same table on the way out
    Tensor logits({n, V});
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t v = 0; v < V; ++v)
            for (std::size_t j = 0; j < d; ++j) logits.row(i)[v] += x.row(i)[j] * table.row(v)[j];
    out.add("logits", logits);
    const Tensor chances = n > 0 ? softmax(logits) : logits;
    out.add("chances", chances);
    //: what stands at the last token
    Tensor last({std::min<std::size_t>(n, 1), d});
    for (std::size_t j = 0; j < last.size(); ++j) last.flat()[j] = x.row(n - 1)[j];
    out.add("last", last);

    //: a made-up gradient from the layers above, and the rows it reaches
    const Tensor dx = rounded(examples::normal({n, d}, k.seed(), "gradient of x"));
    Tensor reached({V, d});
    for (float id : ids.flat())
        std::fill(reached.row(std::size_t(id)).begin(), reached.row(std::size_t(id)).end(), 1.0f);
    out.add("dx", dx);
    out.add("dtable", model::embedding_backward(dx.reshaped(steps.y.shape()), ids, V));
    out.add("reached", reached, "", Kind::boolean);

    //: of a large table the rows that are picked
    if (V > most_rows) {
        const std::set<float> picked(ids.flat().begin(), ids.flat().end());
        const Tensor list({picked.size()}, std::vector<float>(picked.begin(), picked.end()));
        const Tensor& dtable = out["dtable"];
        Tensor some({list.size(), d}), dsome({list.size(), d});
        Tensor ones({n, list.size()}), scores({n, list.size()}), shares({n, list.size()});
        for (std::size_t r = 0; r < list.size(); ++r) {
            const auto id = std::size_t(list.flat()[r]);
            for (std::size_t j = 0; j < d; ++j) {
                some.row(r)[j] = table.row(id)[j];
                dsome.row(r)[j] = dtable.row(id)[j];
            }
            for (std::size_t i = 0; i < n; ++i) {
                ones.row(i)[r] = one_hot.row(i)[id];
                scores.row(i)[r] = logits.row(i)[id];
                shares.row(i)[r] = chances.row(i)[id];
            }
        }
        out.add("picked.ids", list, "", Kind::index);
        out.add("picked.table", some);
        out.add("picked.dtable", dsome);
        out.add("picked.one_hot", ones, "", Kind::index);
        out.add("picked.logits", scores);
        out.add("picked.chances", shares);
    }

    out.backward([=](const Tensors& grads) {
        Tensors result;
        if (const auto dy = grads.find("y"); dy != grads.end())
            result["table"] = model::embedding_backward(dy->second, ids, V);
        return result;
    });
}

// ---- what is declared

std::string number(double v) { return format_value(v); }

double cell(const Trace& t, std::string_view name, int row, int col) {
    const Tensor matrix = flat_matrix(t[name]);
    if (row < 0 || col < 0 || std::size_t(row) >= matrix.rows() ||
        std::size_t(col) >= matrix.cols() || matrix.size() == 0)
        return 0;
    return double(matrix.row(std::size_t(row))[std::size_t(col)]);
}

std::string token_name(const Trace& t, int i) {
    const auto& names = t.names("tokens");
    return i >= 0 && std::size_t(i) < names.size() ? shown_token(names[std::size_t(i)])
                                                   : std::to_string(i + 1);
}
std::string row_name(const Trace& t, int id) {
    const auto& names = t.names("table.rows");
    return id >= 0 && std::size_t(id) < names.size() ? shown_token(names[std::size_t(id)])
                                                     : std::to_string(id);
}
int id_of(const Trace& t, int i) {
    const Tensor& ids = t["ids"];
    return i >= 0 && std::size_t(i) < ids.size() ? int(ids.flat()[std::size_t(i)]) : -1;
}

// "0.3 × 0.7 + 0.4 × 0.9 + …": x of token i with the row of a word, number by number.
std::string products(const Trace& t, int i, int id) {
    const int d = int(t["table"].cols());
    std::string text;
    for (int c = 0; c < d && c < 4; ++c)
        text += (c ? " + " : "") + bracketed(cell(t, "x", i, c)) + " × " +
                bracketed(cell(t, "table", id, c));
    return text + (d > 4 ? " + …" : "");
}

CellRange one(const char* tensor, int row, int col) { return {tensor, row, row + 1, col, col + 1}; }

Explanation explain_cell(const Trace& t, const View& view, const Selection& s) {
    const Entry* entry = t.find(s.tensor);
    const int n = int(t["ids"].size());
    const int i = s.tensor == "last" ? n - 1 : s.row, j = s.col;
    if (!entry || s.row < 0 || j < 0) return {};
    const std::string& name = s.tensor;
    const std::string equals = " = " + number(cell(t, name, s.row, j));
    const bool by_token = name != "table" && name != "dtable";
    const bool by_word = name == "logits" || name == "chances" || name == "one_hot";
    Explanation e;
    e.term = name;
    e.why = view.say("why." + name, {{"token", by_token ? token_name(t, i) : row_name(t, i)},
                                     {"word", row_name(t, by_word    ? j
                                                          : by_token ? id_of(t, i)
                                                                     : i)},
                                     {"column", std::to_string(j + 1)}});
    if (name == "table") {
        e.formula = view.say("formula.table",
                             {{"id", std::to_string(i)}, {"column", std::to_string(j + 1)}}) +
                    equals;
    } else if (name == "position") {
        e.formula = view.say("formula.position", {{"place", std::to_string(i + 1)},
                                                  {"column", std::to_string(j + 1)}}) +
                    equals;
    } else if (name == "one_hot") {
        e.formula = view.say("formula.one_hot",
                             {{"column", std::to_string(j)}, {"id", std::to_string(id_of(t, i))}}) +
                    equals;
    } else if (name == "dx") {
        e.formula = "∂L/∂x" + equals;
    } else if (name == "ids") {
        e.formula = "id" + equals;
    } else if (name == "y") {
        e.formula = view.say("formula.y", {{"id", std::to_string(id_of(t, i))},
                                           {"column", std::to_string(j + 1)}}) +
                    equals;
        e.operands = {one("table", id_of(t, i), j)};
    } else if (name == "x" || name == "last") {
        e.formula =
            bracketed(cell(t, "y", i, j)) + " + " + bracketed(cell(t, "position", i, j)) + equals;
        e.operands = {one("y", i, j), one("position", i, j)};
    } else if (name == "logits") {
        e.formula = products(t, i, j) + equals;
        e.operands = {{"x", i, i + 1, 0, -1}, {"table", j, j + 1, 0, -1}};
        if (i == n - 1) e.operands.push_back({"last", 0, 1, 0, -1});
    } else if (name == "chances") {
        double total = 0;
        for (const float v : t["logits"].row(std::size_t(i))) total += std::exp(double(v));
        e.formula = "exp(" + number(cell(t, "logits", i, j)) + ") / " + number(total) + equals;
        e.operands = {{"logits", i, i + 1, 0, -1}};
    } else if (name == "dtable") {
        int terms = 0;
        for (int p = 0; p < n; ++p)
            if (id_of(t, p) == i) {
                e.formula += (terms++ ? " + " : "") + bracketed(cell(t, "dx", p, j));
                e.operands.push_back(one("dx", p, j));
            }
        if (terms == 0) {
            e.formula = view.say("formula.untouched") + equals;
            e.why = view.say("why.untouched", {{"word", row_name(t, i)}});
        } else {
            e.formula += equals;
        }
    }
    return e;
}

// A cell of the picked rows is that of the whole table.
Explanation explain_picked(const Trace& t, const View& view, const Selection& s) {
    Selection whole = s;
    whole.tensor = s.tensor.substr(s.tensor.find('.') + 1);
    const Tensor& list = t["picked.ids"];
    int& index = whole.tensor == "table" || whole.tensor == "dtable" ? whole.row : whole.col;
    if (index < 0 || std::size_t(index) >= list.size()) return {};
    index = int(list.flat()[std::size_t(index)]);
    return explain_cell(t, view, whole);
}

std::size_t picked_rows(const Trace& t) {
    const Tensor& ids = t["ids"];
    return std::set<float>(ids.flat().begin(), ids.flat().end()).size();
}

// Largest difference between rows i and j of an entry.
double apart(const Trace& t, const char* name, int i, int j) {
    double most = 0;
    for (int c = 0; c < int(t["table"].cols()); ++c)
        most = std::max(most, std::abs(cell(t, name, i, c) - cell(t, name, j, c)));
    return most;
}
// A later place of the first token; 0 when there is none.
int again(const Trace& t) {
    for (int i = 1; i < int(t["ids"].size()); ++i)
        if (id_of(t, i) == id_of(t, 0)) return i;
    return 0;
}

std::string in_words(const Trace& t, const View& view) {
    const Tensor& ids = t["ids"];
    if (ids.size() == 0) return view.say("words.empty");
    std::string text = view.say("words.table", {{"rows", std::to_string(t["table"].rows())},
                                                {"d", std::to_string(t["table"].cols())},
                                                {"picked", std::to_string(picked_rows(t))},
                                                {"tokens", std::to_string(ids.size())}});
    for (int i = 0; i < int(ids.size()); ++i)
        text += view.say("words.token", {{"n", std::to_string(i + 1)},
                                         {"token", token_name(t, i)},
                                         {"id", std::to_string(id_of(t, i))}});
    if (const int j = again(t))
        text += view.say("words.again", {{"token", token_name(t, 0)},
                                         {"place", std::to_string(j + 1)},
                                         {"y", number(apart(t, "y", 0, j))},
                                         {"x", number(apart(t, "x", 0, j))}});
    return text;
}

void declare(Declaration& d) {
    d.uses_text(default_text);
    d.knob("show", "rows", {"rows", "one_hot", "gradient", "tied"});
    // The product is that of the look-up alone.
    d.knob("position", "learned", {"learned", "sinusoidal", "none"}).used = [](const Knobs& k) {
        return k.choice("show") != "one_hot";
    };
    d.knob("d", 4, 2, 16);
    d.input(
        "table",
        [](const Knobs& k, const Workspace& w) {
            // The same word, the same row, whatever stands around it; as in position/learned.
            const auto words = vocabulary_of(w);
            const std::size_t width = k.size("d");
            Tensor table({words.size(), width});
            for (std::size_t v = 0; v < words.size(); ++v) {
                const Tensor row = examples::normal({width}, k.seed(), "word " + words[v]);
                std::copy(row.flat().begin(), row.flat().end(), table.row(v).begin());
            }
            return rounded(std::move(table));
        },
        true);
    d.input("ids", [](const Knobs&, const Workspace& w) {
        const auto tokens = tokens_of(w), words = vocabulary_of(w);
        Tensor ids({tokens.size()});
        for (std::size_t i = 0; i < tokens.size(); ++i)
            ids.flat()[i] =
                float(std::lower_bound(words.begin(), words.end(), tokens[i]) - words.begin());
        return ids;
    });
    d.output("y");
    d.parts("tokens", "table", "y", "position", "x", "one_hot", "dx", "dtable", "logits",
            "chances");

    const auto fact = [&](const char* name, double (*read)(const Trace&)) {
        d.fact(name, [=](const Trace& t, const Knobs&) -> FactValue { return read(t); });
    };
    fact("tokens", [](const Trace& t) { return double(t["ids"].size()); });
    fact("table_rows", [](const Trace& t) { return double(t["table"].rows()); });
    fact("weights", [](const Trace& t) { return double(t["table"].size()); });
    fact("picked", [](const Trace& t) { return double(picked_rows(t)); });
    fact("untouched",
         [](const Trace& t) { return double(t["table"].rows()) - double(picked_rows(t)); });
    fact("first_id", [](const Trace& t) { return double(std::max(id_of(t, 0), 0)); });
    fact("first", [](const Trace& t) { return cell(t, "y", 0, 0); });
    fact("products",
         [](const Trace& t) { return double(t["one_hot"].size()) * double(t["table"].cols()); });
    fact("one_hot_apart", [](const Trace& t) {
        //: how far the product with the one-hot matrix is from the rows looked up
        const Tensor& product = t["product"];
        double most = 0;
        for (std::size_t i = 0; i < product.size(); ++i)
            most = std::max(most, std::abs(double(product.flat()[i]) - double(t["y"].flat()[i])));
        return most;
    });
    fact("again_y", [](const Trace& t) { return apart(t, "y", 0, again(t)); });
    fact("again_x", [](const Trace& t) { return apart(t, "x", 0, again(t)); });
    fact("first_gradient",
         [](const Trace& t) { return cell(t, "dtable", std::max(id_of(t, 0), 0), 0); });
    d.fact("likeliest", [](const Trace& t, const Knobs&) -> FactValue {
        const Tensor& logits = t["logits"];
        if (logits.size() == 0) return std::string("–");
        const auto row = logits.row(logits.rows() - 1);
        return row_name(t, int(std::max_element(row.begin(), row.end()) - row.begin()));
    });

    for (const char* name : {"table", "y", "position", "x", "last", "one_hot", "dx", "dtable",
                             "logits", "chances", "ids"})
        d.explain(name, explain_cell);
    for (const char* name :
         {"picked.table", "picked.one_hot", "picked.dtable", "picked.logits", "picked.chances"})
        d.explain(name, explain_picked);
    d.least_height(290);
    d.length([](const Trace& t) { return double(t["ids"].size()) + 1; });
    d.describe(in_words);
}

// ---- what is drawn

struct Picture : Drawing {
    Focus focus{};
    std::size_t n = 0, d = 0, V = 0;  // tokens, width, rows on show
    bool is_part = false;             // only the picked rows are on show
    int now = -1;                     // the token that the picture speaks of
    MatrixStyle style{};

    void start() {
        is_part = t.find("picked.ids") != nullptr;
        n = t["ids"].size(), d = t["table"].cols();
        V = is_part ? t["picked.ids"].size() : all_rows();
        focus.cell = view.chosen();
        focus.explanation = view.explanation;
        const Selection& s = focus.cell;
        if (s.token >= 0) now = s.token;
        if (s.row >= 0 && (s.tensor == "y" || s.tensor == "x" || s.tensor == "position" ||
                           s.tensor == "dx" || s.tensor.ends_with("one_hot")))
            now = s.row;
        if (now < 0 && view.t < double(n)) now = int(view.t);
        if (now >= int(n)) now = -1;
        colours(largest_of(t, view, {"table", "x"}));
    }

    std::size_t all_rows() const { return t["table"].rows(); }
    // The row of the table that stands r-th in the picture, and the other way round.
    int id_at(std::size_t r) const { return is_part ? int(t["picked.ids"].flat()[r]) : int(r); }
    std::size_t place_of(int id) const {
        if (!is_part) return std::size_t(id);
        const auto list = t["picked.ids"].flat();
        return std::size_t(std::lower_bound(list.begin(), list.end(), float(id)) - list.begin());
    }
    std::string entry(const std::string& name) const {
        const bool has_part = name == "table" || name == "dtable" || name == "one_hot" ||
                              name == "logits" || name == "chances";
        return is_part && has_part ? "picked." + name : name;
    }

    // Of the matrices, in a picture of this height.
    float row_height(float height) const {
        return std::clamp(height / float(std::max(V, n)), 6.0f, 56.0f);
    }

    // One scale for all matrices of a picture.
    void colours(float end) {
        style.high = std::max(1.0f, std::ceil(end)), style.low = -style.high;
    }

    // Whether a line from token i is to be drawn, and how.
    bool arrived(std::size_t i) const { return view.t >= double(i) + 0.5; }
    Stroke stroke(std::size_t i) const {
        const int row =
            focus.cell.tensor == "table" || focus.cell.tensor == "dtable" ? focus.cell.row : -1;
        const bool lit = int(i) == now || (row >= 0 && id_of(t, int(i)) == row);
        return {lit ? theme.accent : theme.outline, lit ? 2.5f : 1.2f};
    }
    void curve(Point a, Point b, Stroke s) {
        std::vector<Point> points;
        for (int k = 0; k <= 16; ++k) {
            const float f = float(k) / 16, e = f * f * (3 - 2 * f);
            points.push_back({a.x + (b.x - a.x) * f, a.y + (b.y - a.y) * e});
        }
        c.polyline(std::move(points), s);
    }

    // ---- pieces of the layout

    struct Column {
        Rect cells;
        float pitch = 0;  // height of a row
        Point left(std::size_t i) const { return {cells.x, cells.y + (float(i) + 0.5f) * pitch}; }
        Point right(std::size_t i) const {
            return {cells.right(), cells.y + (float(i) + 0.5f) * pitch};
        }
    };

    // Rows of equal height for n tokens, in the middle of the band.
    Column column(float x, float width, std::size_t rows, float pitch, const Rect& band) const {
        const float h = pitch * float(rows);
        return {{x, band.y + std::max(0.0f, (band.h - h) / 2), width, h}, pitch};
    }

    void grid(const Column& at, const char* name, GridLook look) {
        if (!view.shows(name)) return;
        if (!view.compact && !is_part && std::string_view(name) == "table") look.edit = "table";
        if (!view.compact) look.title = view.say(std::string("title.") + name);
        grid_cells(c, at.cells, t, entry(name), focus, view, look);
        ring(c, at.cells, name, view);
    }

    // The text from top to bottom, each token with its id.
    void tokens(const Column& at, float width) {
        if (!view.shows("tokens") || view.compact) return;
        for (std::size_t i = 0; i < n; ++i) {
            const Point end = at.left(i);
            const float h = std::min(at.pitch - 3, 26.0f);
            Rect box{end.x, end.y - h / 2, width, h};
            const std::string id = view.say("id", {{"id", std::to_string(id_of(t, int(i)))}});
            const float id_w = c.measure(id, quiet()).w + 8;
            c.rect(box, theme.raised, 4,
                   {int(i) == now ? theme.accent : theme.hairline, int(i) == now ? 2.0f : 1.0f});
            Region region;
            region.id = "token." + std::to_string(i);
            region.box = box;
            region.target.token = int(i);
            region.tip = view.say("tip.token", {{"token", token_name(t, int(i))},
                                                {"n", std::to_string(i + 1)},
                                                {"id", std::to_string(id_of(t, int(i)))}});
            c.region(std::move(region));
            if (h < 16) continue;
            c.text_in(box.take_right(id_w), id, quiet());
            c.text_in(box.inset(6, 0), token_name(t, int(i)), label());
        }
        ring(c, {at.cells.x, at.cells.y, width, at.cells.h}, "tokens", view);
    }

    float token_width() const {
        float w = 60;
        for (std::size_t i = 0; i < n; ++i)
            w = std::max(w, c.measure(token_name(t, int(i)), label()).w +
                                c.measure(view.say("id", {{"id", "88"}}), quiet()).w + 26);
        return std::min(w, 140.0f);
    }
    float name_width() const {
        float w = 30;
        for (std::size_t v = 0; v < V; ++v)
            w = std::max(w, c.measure(table_name(id_at(v)), label()).w);
        return std::min(w + 4, 110.0f);
    }
    std::string table_name(int v) const {
        const std::string id = std::to_string(v);
        const std::string word = row_name(t, v);
        return word == id ? id : word + " " + id;
    }
    std::vector<std::string> table_names() const {
        std::vector<std::string> names;
        for (std::size_t v = 0; v < V; ++v) names.push_back(table_name(id_at(v)));
        return names;
    }
    std::vector<std::string> token_names() const {
        std::vector<std::string> names;
        for (std::size_t i = 0; i < n; ++i) names.push_back(token_name(t, int(i)));
        return names;
    }

    void sign(float x, float width, const Rect& band, const char* text) {
        if (view.compact) return;
        c.text_in({x, band.y, width, band.h}, text,
                  {Font::bold, text_title, theme.text, Align::centre});
    }

    // What is seen, in words, and the scale of the colours.
    void foot(Rect& page, const std::string& words) {
        const float bar = std::min(220.0f, page.w * 0.3f);
        const float high = c.measure_paragraph(page.w - bar - 16, words, quiet()).h;
        Rect row = page.take_bottom(std::max(42.0f, high + 2));
        Rect ramp = row.take_right(bar);
        color_bar(c, {ramp.x, ramp.y + 2, ramp.w, 18}, style, view, false);
        row.take_right(16);
        c.paragraph(row, words, quiet());
    }

    std::string note(const char* key, const Arguments& arguments = {},
                     const std::string& more = {}) const {
        std::string words = view.say(key, arguments) + more;
        if (is_part) words += view.say("note.part");
        if (const std::string shown = first_tokens(t, view, n); !shown.empty())
            words += (view.language == Language::chinese ? "" : " ") + shown;
        return words;
    }

    // ---- the look-up

    void rows(Rect page) {
        if (!view.compact)
            foot(page, note("note.rows",
                            {{"rows", std::to_string(all_rows())},
                             {"picked", std::to_string(picked_rows(t))}},
                            view.knobs.choice("position") != "none" && view.shows("position")
                                ? view.say("note.position")
                                : std::string()));
        const float head = view.compact ? 0 : 26;
        page.take_top(head);
        page.take_bottom(view.compact ? 0 : 8);
        const bool has_position = view.knobs.choice("position") != "none" && !view.compact &&
                                  (view.shows("position") || view.shows("x"));
        const float token_w = view.compact ? 0 : token_width();
        const float names = view.compact ? 0 : name_width() + 10;
        const bool narrow = has_position && page.w < 960;
        const float plus = narrow ? 22 : 26;
        const float wire = view.compact || narrow ? 26 : page.w < 760 ? 40 : 64;
        const float matrices = has_position ? 4 : 2;
        const float free = page.w - token_w - names - 2 * wire - (has_position ? 2 * plus : 0);
        const float w = std::clamp(free / (matrices * float(d)), 2.0f, 72.0f), width = w * float(d);
        const float pitch = row_height(page.h);
        const float used =
            token_w + names + 2 * wire + matrices * width + (has_position ? 2 * plus : 0);
        float x = page.x + std::max(0.0f, (page.w - used) / 2);

        const Column words = column(x, token_w, n, pitch, page);
        const Column table = column(x + token_w + wire + names, width, V, pitch, page);
        const Column y = column(table.cells.right() + wire, width, n, pitch, page);
        //: from each token to its row, and on to its place
        for (std::size_t i = 0; i < n; ++i) {
            if (!arrived(i) && int(i) != int(view.t)) continue;
            const std::size_t id = place_of(id_of(t, int(i)));
            if (view.shows("tokens") && view.shows("table") && !view.compact)
                curve({words.left(i).x + token_w + 3, words.left(i).y},
                      {table.left(id).x - names, table.left(id).y}, stroke(i));
            if (view.shows("table") && view.shows("y") && arrived(i))
                curve({table.right(id).x + 2, table.right(id).y}, {y.left(i).x - 3, y.left(i).y},
                      stroke(i));
        }
        tokens(words, token_w);
        GridLook look;
        look.style = style;
        if (!view.compact) look.row_names = table_names();
        look.names_width = names - 10;
        grid(table, "table", look);
        look.row_names.clear();
        look.reveal = std::clamp(std::floor(float(view.t) + 0.5f) / float(n), 0.0f, 1.0f);
        grid(y, "y", look);
        if (!has_position) return;
        const Column position = column(y.cells.right() + plus, width, n, pitch, page);
        const Column sum = column(position.cells.right() + plus, width, n, pitch, page);
        const bool both = view.shows("position") && view.shows("y");
        if (both) sign(y.cells.right(), plus, y.cells, "+");
        look.reveal = 1;
        grid(position, "position", look);
        if (both && view.shows("x")) sign(position.cells.right(), plus, y.cells, "=");
        look.reveal = std::clamp(float(view.t) - float(n), 0.0f, 1.0f);
        grid(sum, "x", look);
    }

    // ---- the look-up as a product

    void one_hot(Rect page) {
        colours(largest_of(t, view, {"table"}));
        foot(page, note("note.one_hot"));
        page.take_top(46);
        page.take_bottom(8);
        const float names = 64, table_names_w = name_width() + 10, sign_w = 30;
        const float unit = std::clamp(
            (page.w - names - 8 - table_names_w - 2 * sign_w) * 0.42f / float(V), 8.0f, 44.0f);
        const float w = std::clamp(
            (page.w - names - 8 - table_names_w - 2 * sign_w - unit * float(V)) / (2 * float(d)),
            2.0f, 72.0f);
        const float pitch = row_height(page.h);
        const float used =
            names + 8 + unit * float(V) + 2 * sign_w + table_names_w + 2 * w * float(d);
        float x = page.x + std::max(0.0f, (page.w - used) / 2) + names + 8;
        const Column left = column(x, unit * float(V), n, pitch, page);
        GridLook look;
        look.style.map = Map::cividis, look.style.norm = Norm::linear;
        look.style.low = 0, look.style.high = 1;
        look.row_names = token_names(), look.names_width = names;
        for (std::size_t v = 0; v < V; ++v) look.col_names.push_back(std::to_string(id_at(v)));
        grid(left, "one_hot", look);
        look.col_names.clear(), look.style = style;
        if (view.shows("one_hot")) sign(left.cells.right(), sign_w, page, "×");
        const Column table =
            column(left.cells.right() + sign_w + table_names_w, w * float(d), V, pitch, page);
        look.row_names = table_names(), look.names_width = table_names_w - 10;
        grid(table, "table", look);
        sign(table.cells.right(), sign_w, page, "=");
        const Column y = column(table.cells.right() + sign_w, w * float(d), n, pitch, page);
        look.row_names.clear();
        look.reveal = std::clamp(std::floor(float(view.t) + 0.5f) / float(n), 0.0f, 1.0f);
        grid(y, "y", look);
        //: the row that the single one picks
        if (now >= 0 && view.shows("table")) {
            const float top = table.cells.y + float(place_of(id_of(t, now))) * pitch;
            c.outline(Rect{table.cells.x, top, table.cells.w, pitch}.inset(-2), {theme.accent, 2},
                      3);
        }
    }

    // ---- what training changes

    void gradient(Rect page) {
        colours(largest_of(t, view, {"dtable", "dx"}));
        foot(page, note("note.gradient", {{"picked", std::to_string(picked_rows(t))},
                                          {"rows", std::to_string(all_rows())}}));
        page.take_top(26);
        page.take_bottom(8);
        const float names = 64, table_names_w = name_width() + 10, wire = page.w < 760 ? 56 : 110;
        const std::string& kind = view.knobs.choice("position");
        const float aside = std::min(230.0f, page.w * 0.28f);
        const float w = std::clamp(
            (page.w - names - 8 - table_names_w - wire - aside - 24) / (2 * float(d)), 2.0f, 72.0f);
        const float width = w * float(d);
        const float pitch = row_height(page.h);
        const float used = names + 8 + 2 * width + wire + table_names_w + 24 + aside;
        const float x = page.x + std::max(0.0f, (page.w - used) / 2) + names + 8;
        const Column dx = column(x, width, n, pitch, page);
        const Column dtable =
            column(dx.cells.right() + wire + table_names_w, width, V, pitch, page);
        for (std::size_t i = 0; i < n; ++i)
            if (arrived(i) && view.shows("dx") && view.shows("dtable")) {
                const Point to = dtable.left(place_of(id_of(t, int(i))));
                curve({dx.right(i).x + 3, dx.right(i).y}, {to.x - table_names_w, to.y}, stroke(i));
            }
        GridLook look;
        look.style = style;
        look.row_names = token_names(), look.names_width = names;
        grid(dx, "dx", look);
        look.row_names = table_names(), look.names_width = table_names_w - 10;
        if (!is_part) look.style.mask = t["reached"];
        grid(dtable, "dtable", look);
        c.paragraph({dtable.cells.right() + 24, page.y + 4, aside - 4, page.h},
                    view.say("gradient.position." + kind), quiet());
    }

    // ---- the way out

    // The last token's row against the row of every word: a line for each, scores, then chances.
    void tied(Rect page) {
        const int at = int(n) - 1;
        colours(largest_of(t, view, {"table", "last"}));
        const std::string token = token_name(t, at);
        foot(page,
             note("note.tied", {{"word", token}, {"weights", std::to_string(all_rows() * d)}}));
        page.take_bottom(4);
        const bool has_x = view.shows("x"), has_scores = view.shows("logits"),
                   has_chances = view.shows("chances");
        const Rect sum = page.take_bottom(has_scores ? 24 : 0);
        //: the row above the table, column over column
        const float names = name_width() + 10, head = 24, gap = 76;
        const float above = has_x ? head + 12 : 0;
        const float pitch =
            std::clamp((page.h - head - above) / float(V + (has_x ? 1 : 0)), 6.0f, 56.0f);
        const float bars = float(int(has_scores) + int(has_chances));
        const float free = page.w - names;
        const float w = std::clamp(
            std::min((bars > 0 ? 0.44f : 1.0f) * free, free - bars * (gap + 110)) / float(d), 2.0f,
            84.0f);
        const float bar_w = bars > 0 ? std::min((free - w * float(d)) / bars - gap, 340.0f) : 0;
        const float used = names + w * float(d) + bars * (bar_w + gap);
        const float x = page.x + std::max(0.0f, (page.w - used) / 2) + names;
        const Column xs{{x, page.y + head, w * float(d), pitch}, pitch};
        const float top = page.y + head + (has_x ? pitch + above : 0);
        const Column table{{x, top, w * float(d), pitch * float(V)}, pitch};
        GridLook look;
        look.style = style, look.names_width = names - 10;
        if (has_x) {
            //: with the row of its place added it is not the word's row of the table
            const std::string title =
                view.knobs.choice("position") == "none" ? "title.last" : "title.last.placed";
            look.title = fitting(xs.cells.w + (bars > 0 ? gap : 0), bold(),
                                 {view.say(title, {{"word", token}}), view.say(title + ".short")});
            look.row_names = {token};
            grid_cells(c, xs.cells, t, "last", focus, view, look);
            ring(c, xs.cells, "x", view);
        }
        look.row_names = table_names();
        grid(table, "table", look);
        //: scores and chances on the lines of the table
        BarRowsLook bar;
        bar.row = std::size_t(at), bar.line = pitch;
        bar.color = theme.positive, bar.negative = theme.negative, bar.decimals = 2;
        float left = x + w * float(d);
        const double half = (double(n) + 1) / 2;
        const float middle = top + pitch * float(V) / 2;
        const auto arrow = [&](const std::string& word) {
            operation(c, {left + 8, middle}, {left + gap - 8, middle}, word, false);
            left += gap;
        };
        if (has_scores) {
            arrow(view.say("tied.times"));
            bar.title = view.say("title.logits"), bar.grow = eased(view.t, 0, half);
            const Rect box{left, top - bar_rows_head, bar_w, bar_rows_head + pitch * float(V)};
            bar_rows(c, box, t, entry("logits"), focus, view, bar);
            ring(c, box, "logits", view);
            left += bar_w;
        }
        if (has_chances) {
            arrow("softmax");
            bar.title = view.say("title.chances"), bar.grow = eased(view.t, half, half);
            bar.low = 0, bar.high = 1, bar.color = theme.value;  // not a sign
            const Rect box{left, top - bar_rows_head, bar_w, bar_rows_head + pitch * float(V)};
            bar_rows(c, box, t, entry("chances"), focus, view, bar);
            ring(c, box, "chances", view);
        }
        if (!has_scores) return;
        //: one score taken apart: of the word under the mouse, else of the likeliest
        const auto scores = t["logits"].row(std::size_t(at));
        int id = int(std::max_element(scores.begin(), scores.end()) - scores.begin());
        const Selection& s = focus.cell;
        if (s.is_cell() && s.tensor.ends_with("table")) id = s.row;
        if (s.is_cell() && (s.tensor.ends_with("logits") || s.tensor.ends_with("chances")))
            id = s.col;
        if (is_part && s.is_cell() && s.tensor.starts_with("picked."))
            id = id_at(std::min(std::size_t(std::max(id, 0)), V - 1));
        id = std::clamp(id, 0, int(all_rows()) - 1);
        const std::string text = view.say("tied.sum", {{"word", row_name(t, id)}}) + " " +
                                 products(t, at, id) + " = " + number(cell(t, "logits", at, id));
        c.text_in(
            {x - names, std::min(sum.y, top + pitch * float(V) + 8), sum.right() - x + names, 20},
            text, label());
        const std::size_t place = place_of(id);
        if (place < V && id_at(place) == id && view.shows("table"))
            c.outline(Rect{x, top + pitch * float(place), w * float(d), pitch}.inset(-1),
                      {theme.accent, 2}, 3);
    }
};

void draw(Canvas& c, const Trace& t, const View& view) {
    Rect page = Rect{0, 0, view.size.w, view.size.h}.inset(view.compact ? 10.0f : 18.0f,
                                                           view.compact ? 10.0f : 12.0f);
    if (t["ids"].size() == 0 || t["table"].cols() == 0) {
        if (!view.compact)
            c.paragraph(page, view.say("empty"), {Font::body, text_body, c.theme().text_quiet});
        return;
    }
    Picture picture{{c, t, view}};
    picture.start();
    const std::string& show = view.knobs.choice("show");
    if (view.compact || show == "rows")
        picture.rows(page);
    else if (show == "one_hot")
        picture.one_hot(page);
    else if (show == "gradient")
        picture.gradient(page);
    else
        picture.tied(page);
}

}  // namespace

Panel make_model_embedding_panel() { return {declare, compute, draw}; }

}  // namespace orrery::viz
