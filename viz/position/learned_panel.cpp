// Learned positions, drawn: a table with a row for each place, and a wall behind the last
//
//   table    x + rows = y, word by word
//            how alike the rows of the table are
//
// The table is really trained, here and now: each place has to find the three places before it by
// the product of the rows alone. Rows that training does not reach stay as chance made them.
#include "core/position/learned.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/error.hpp"
#include "core/objective/cross_entropy.hpp"
#include "core/optim/adamw.hpp"
#include "core/tensor/matmul.hpp"
#include "viz/kit/bar_rows.hpp"
#include "viz/kit/drawing.hpp"
#include "viz/kit/examples.hpp"
#include "viz/kit/first_tokens.hpp"
#include "viz/kit/flow.hpp"
#include "viz/kit/format.hpp"
#include "viz/kit/grid.hpp"
#include "viz/kit/matrix.hpp"
#include "viz/kit/panel.hpp"
#include "viz/kit/tokens.hpp"
#include "viz/kit/words.hpp"

namespace orrery::viz {
namespace {

constexpr std::size_t most_words = 12, shown_words = 8, before = 3;
constexpr const char* default_text = "the cat sat on the mat";

// ---- what is declared

std::string number(double v) { return format_value(v); }
// With two decimals.
std::string two(double v) {
    const long long hundredths = std::llround(std::abs(v) * 100);
    std::string text = std::to_string(hundredths);
    while (text.size() < 3) text.insert(0, "0");
    return (v < 0 && hundredths > 0 ? "−" : "") + text.insert(text.size() - 2, ".");
}

std::vector<std::string> words_of(const Workspace& w) {
    auto words = w.tokens;
    if (words.empty()) words = split_words(w.text.empty() ? default_text : w.text, most_words);
    if (words.empty()) words = split_words(default_text, most_words);
    words.resize(std::min(words.size(), most_words));
    return words;
}

double at(const Trace& t, std::string_view name, int row, int col) {
    const Tensor& tensor = t[name];
    return row >= 0 && col >= 0 && std::size_t(row) < tensor.rows() &&
                   std::size_t(col) < tensor.cols()
               ? double(tensor.row(std::size_t(row))[std::size_t(col)])
               : 0;
}

std::string word(const Trace& t, int i) {
    const auto& words = t.names("tokens");
    return i >= 0 && std::size_t(i) < words.size() ? shown_token(words[std::size_t(i)])
                                                   : std::to_string(i + 1);
}

Explanation explain_cell(const Trace& t, const View& view, const Selection& s) {
    const std::string& name = s.tensor;
    const int i = s.row, j = s.col, first = int(view.knobs.size("first"));
    const bool reached = i < int(t["trained"].flat()[0]);
    Explanation e;
    e.term = name;
    const std::string key = name == "table" && !reached ? "table.untrained" : name;
    e.why = view.say("why." + key, {{"word", word(t, i)},
                                    {"place", std::to_string(i + 1)},
                                    {"other", std::to_string(j + 1)},
                                    {"at", std::to_string(first + i + 1)}});
    const std::string equals = " = " + number(at(t, name, i, j));
    if (name == "y") {
        e.formula = bracketed(at(t, "x", i, j)) + " + " + bracketed(at(t, "rows", i, j)) + equals;
        e.operands = {{"x", i, i + 1, j, j + 1},
                      {"rows", i, i + 1, j, j + 1},
                      {"table", first + i, first + i + 1, j, j + 1}};
    } else if (name == "rows") {
        e.operands = {{"table", first + i, first + i + 1, j, j + 1}};
    } else if (name == "alike") {
        e.operands = {{"table", i, i + 1, 0, -1}, {"table", j, j + 1, 0, -1}};
    }
    return e;
}

double places_left(const Trace& t, const Knobs& k) {
    return double(t["table"].dim(0)) - double(t["x"].dim(-2)) - double(k.size("first"));
}

// The mean likeness of neighbours among the rows [from, to).
double neighbours(const Tensor& alike, std::size_t from, std::size_t to) {
    double sum = 0;
    std::size_t count = 0;
    for (std::size_t p = from; p + 1 < to; ++p, ++count) sum += double(alike.row(p)[p + 1]);
    return count ? sum / double(count) : 0;
}

// The mean likeness of all other pairs of different rows among the first `to`.
double others(const Tensor& alike, std::size_t to) {
    double sum = 0;
    std::size_t count = 0;
    for (std::size_t p = 0; p < to; ++p)
        for (std::size_t q = p + 2; q < to; ++q, ++count) sum += double(alike.row(p)[q]);
    return count ? sum / double(count) : 0;
}

std::string in_words(const Trace& t, const View& view) {
    const double left = places_left(t, view.knobs);
    std::string text =
        view.say("words.table", {{"places", std::to_string(t["table"].dim(0))},
                                 {"n", std::to_string(t["x"].dim(-2))},
                                 {"first", std::to_string(view.knobs.size("first") + 1)}});
    text += left >= 0 ? view.say("words.left", {{"left", number(left)}})
                      : view.say("words.beyond", {{"n", number(-left)}});
    return text + view.say("words.trained", {{"n", number(at(t, "trained", 0, 0))},
                                             {"loss", number(at(t, "loss", 0, 0))}});
}

void declare(Declaration& d) {
    d.uses_text(default_text);
    d.knob("first", 0, 0, 16);
    d.knob("n_max", 12, 2, 16);
    d.knob("trained", 10, 0, 16).advanced = true;
    d.knob("train_steps", 300, 0, 400).advanced = true;
    d.knob("d", 4, 1, 16).advanced = true;

    d.input("x", [](const Knobs& k, const Workspace& w) {
        // The same word, the same row.
        const auto words = words_of(w);
        Tensor x({words.size(), k.size("d")});
        for (std::size_t i = 0; i < words.size(); ++i) {
            const Tensor row = examples::normal({k.size("d")}, k.seed(), "word " + words[i]);
            for (std::size_t j = 0; j < row.size(); ++j)
                x.row(i)[j] = examples::one_decimal(row.flat()[j]);
        }
        return x;
    });
    d.optional_input("table");
    d.output("y");
    d.parts("x", "table", "rows", "y", "alike");

    d.fact("places_left",
           [](const Trace& t, const Knobs& k) -> FactValue { return places_left(t, k); });
    d.fact("with_row",
           [](const Trace& t, const Knobs&) -> FactValue { return double(t["y"].rows()); });
    d.fact("error", [](const Trace& t, const Knobs&) -> FactValue {
        return t.text("error").empty() ? std::string("none") : t.text("error");
    });
    d.fact("train_loss",
           [](const Trace& t, const Knobs&) -> FactValue { return at(t, "loss", 0, 0); });
    d.fact("neighbours", [](const Trace& t, const Knobs&) -> FactValue {
        return neighbours(t["alike"], 0, std::size_t(t["trained"].flat()[0]));
    });
    d.fact("others", [](const Trace& t, const Knobs&) -> FactValue {
        return others(t["alike"], std::size_t(t["trained"].flat()[0]));
    });
    d.fact("first_moved",
           [](const Trace& t, const Knobs&) -> FactValue { return at(t, "rows", 0, 0); });

    for (const char* name : {"x", "table", "rows", "y", "alike"}) d.explain(name, explain_cell);
    d.length([](const Trace&) { return 3.0; });
    d.describe(in_words);
    d.preset("wall", {{"first", "8"}});
    d.preset("untrained", {{"train_steps", "0"}});
    d.preset("all", {{"trained", "16"}, {"n_max", "16"}});
}

// ---- what is computed

// Trains rows 0 … count - 1 of the table: each place is to find the places before it, by the
// product of rows through one matrix. Returns the loss, in nats.
double train(Tensor& table, std::size_t count, std::size_t steps, std::uint64_t seed) {
    if (count < 2 || table.cols() == 0) return 0;
    const std::size_t d = table.cols();
    Tensor used({count, d}), target({before, count});
    for (std::size_t p = 0; p < count; ++p) {
        for (std::size_t j = 0; j < d; ++j) used.row(p)[j] = table.row(p)[j];
        for (std::size_t b = 0; b < before; ++b)
            target.row(b)[p] = p > b ? float(p - b - 1) : objective::ignore;
    }
    std::vector<Tensor> weights{used, examples::normal({d, d}, seed, "look back")};
    for (float& v : weights[1].flat()) v *= 0.3f;
    optim::AdamwState state;
    double loss = 0;
    for (std::size_t step = 0; step <= steps; ++step) {
        const Tensor &rows = weights[0], &look = weights[1];
        const Tensor through = matmul(rows, look);                 // [count, d]
        const Tensor scores = matmul(through, rows.transposed());  // [count, count]
        Tensor dscores(scores.shape());
        loss = 0;
        for (std::size_t b = 0; b < before; ++b) {
            Tensor wanted({count});
            for (std::size_t p = 0; p < count; ++p) wanted.flat()[p] = target.row(b)[p];
            const auto ce = objective::cross_entropy_steps(scores, wanted);
            const Tensor part = objective::cross_entropy_backward(1.0f / before, ce, wanted);
            for (std::size_t n = 0; n < part.size(); ++n) dscores.flat()[n] += part.flat()[n];
            loss += double(ce.loss.flat()[0]) / before;
        }
        if (step == steps) break;
        const Tensor back = dscores.transposed();
        Tensor drows = matmul(matmul(dscores, rows), look.transposed());
        const Tensor other = matmul(matmul(back, rows), look);
        for (std::size_t n = 0; n < drows.size(); ++n) drows.flat()[n] += other.flat()[n];
        const Tensor dlook = matmul(rows.transposed(), matmul(dscores, rows));
        const std::vector<Tensor> grads{drows, dlook};
        optim::adamw_step(state, weights, grads, {.lr = 0.03f, .beta2 = 0.99f});
    }
    for (std::size_t p = 0; p < count; ++p)
        for (std::size_t j = 0; j < d; ++j) table.row(p)[j] = weights[0].row(p)[j];
    return loss;
}

// The cosine of every two rows.
Tensor cosines(const Tensor& table) {
    Tensor alike({table.rows(), table.rows()});
    const auto product = [&](std::size_t p, std::size_t q) {
        double sum = 0;
        for (std::size_t j = 0; j < table.cols(); ++j)
            sum += double(table.row(p)[j]) * double(table.row(q)[j]);
        return sum;
    };
    for (std::size_t p = 0; p < table.rows(); ++p)
        for (std::size_t q = 0; q < table.rows(); ++q) {
            const double size = std::sqrt(product(p, p) * product(q, q));
            alike.row(p)[q] = size > 0 ? float(product(p, q) / size) : 0.0f;
        }
    return alike;
}

void compute(const Knobs& k, const Inputs& in, Trace& out) {
    const Tensor x = in["x"];
    Tensor table;
    double loss = 0;
    std::size_t trained = 0;
    if (const Tensor* given = in.find("table")) {
        table = *given;
    } else {
        table = examples::normal({k.size("n_max"), x.cols()}, k.seed(), "table");
        for (float& v : table.flat()) v *= 0.5f;
        trained = std::min(k.size("trained"), k.size("n_max"));
        loss = train(table, trained, k.size("train_steps"), k.seed());
    }
    if (x.rank() != 2)
        throw ShapeError("position/learned: x has shape " + orrery::to_string(x.shape()) +
                         ", wanted [n, d]");
    const std::size_t first = k.size("first"), n = x.dim(0);

    // What the component says of all the words; then the words that do have a row.
    std::string error;
    std::size_t fits = n;
    try {
        position::learned(x, table, first);
    } catch (const ValueError& e) {
        error = e.what();
        fits = first < table.dim(0) ? std::min(n, table.dim(0) - first) : 0;
    }
    Tensor part({fits, x.cols()});
    for (std::size_t i = 0; i < fits; ++i)
        for (std::size_t j = 0; j < x.cols(); ++j) part.row(i)[j] = x.row(i)[j];
    const std::size_t from = std::min(first, table.dim(0));
    const auto steps = position::learned_steps(part, table, from);

    auto words = words_of(in.workspace());
    if (words.size() == n) {
        keep_all_tokens(out, std::min(n, shown_words),
                        std::max(in.workspace().tokens.size(), words.size()));
        out.names("tokens", std::move(words));
    }
    out.text("error", error);
    out.add("x", x);
    out.add("table", table);
    record(steps, out);
    out.from("");
    out.add("alike", cosines(table));
    out.add("trained", Tensor({1}, float(trained)));
    out.add("loss", Tensor({1}, float(loss)));
    out.backward([=](const Tensors& grads) {
        Tensors result;
        const auto dy = grads.find("y");
        if (dy == grads.end()) return result;
        const auto g = position::learned_backward(dy->second, table, from);
        Tensor dx(x.shape());
        for (std::size_t m = 0; m < g.dx.size(); ++m) dx.flat()[m] = g.dx.flat()[m];
        return Tensors{{"x", dx}, {"table", g.dtable}};
    });
}

// ---- what is drawn

struct Picture : Drawing {
    Focus focus{view.chosen(), view.explanation};
    std::size_t n = 0, places = 0, d = 0, first = 0, fits = 0, trained = 0;
    float end = 1;

    void start() {
        n = t["x"].rows(), places = t["table"].rows(), d = t["x"].cols();
        first = view.knobs.size("first"), fits = t["y"].rows();
        trained = std::size_t(t["trained"].flat()[0]);
        for (const char* name : {"x", "table", "y"})
            for (float v : t[name].flat())
                if (std::isfinite(v)) end = std::max(end, std::abs(v));
        end = std::ceil(end);
    }

    GridLook look_of(const std::string& title) const {
        GridLook look;
        look.style.low = -end, look.style.high = end;
        if (!view.compact) look.title = title;
        return look;
    }

    // The height of a row of the table.
    float row_height(const Rect& box) const {
        return std::min((box.h - (view.compact ? 0 : 24)) / float(places), 40.0f);
    }

    std::vector<std::string> place_names() const {
        std::vector<std::string> names;
        for (std::size_t p = 0; p < places; ++p) names.push_back(std::to_string(p + 1));
        return names;
    }

    //: a row for each place
    void table(const Rect& box) {
        const float names = view.compact ? 0 : 30, head = view.compact ? 0 : 24;
        const float h = row_height(box);
        const Rect cells{box.x + names, box.y + head, box.w - names - (view.compact ? 0 : 14),
                         h * float(places)};
        GridLook look = look_of(
            fitting(box.w, bold(), {view.say("title.table.long"), view.say("title.table")}));
        if (!view.compact) look.row_names = place_names();
        look.names_width = names - 8;
        grid_cells(c, cells, t, "table", focus, view, look);
        //: the rows that training has not reached, and those in use
        if (trained < places && !view.compact) {
            const float y = cells.y + float(trained) * h;
            c.line({cells.x - 4, y}, {cells.right() + 12, y}, {theme.warning, 2, Dash::dashed});
        }
        if (fits > 0 && view.t >= 1) {
            const Rect used{cells.x, cells.y + float(first) * h, cells.w, float(fits) * h};
            c.outline(used.inset(-2), {theme.accent, 2.5f}, 3);
        }
        ring(c, cells, "table", view);
    }

    //: x + rows = y, a line for each word
    void sum(Rect box, float tallest = 32) {
        const std::size_t lines = std::min(n, shown_words);
        float names = 0;
        if (!view.compact)
            for (std::size_t i = 0; i < lines; ++i)
                names = std::max(names, c.measure(word(t, int(i)), quiet()).w + 10);
        names = std::min(names, box.w * 0.18f);
        const float sign = view.compact ? 8 : 26, head = view.compact ? 0 : 24;
        const float w = std::min((box.w - names - 2 * sign) / 3, 60 * float(d));
        const float h = std::min((box.h - head) / float(lines), tallest);
        const char* const entries[] = {"x", "rows", "y"};
        for (int part = 0; part < 3; ++part) {
            const std::string name = entries[part];
            if (!view.shows(name)) continue;
            const std::size_t rows = std::min(lines, part == 0 ? n : fits);
            const Rect cells{box.x + names + float(part) * (w + sign), box.y + head, w,
                             h * float(lines)};
            GridLook look = look_of(view.say("title." + name));
            if (part == 0 && !view.compact && h >= 11)
                for (std::size_t i = 0; i < lines; ++i) look.row_names.push_back(word(t, int(i)));
            look.names_width = names - 8;
            look.reveal = part == 0 ? 1 : eased(view.t, part == 1 ? 1 : 2);
            const std::size_t have = t[name].rows();
            // More words than lines: the first ones are drawn.
            if (have == rows) {
                grid_cells(c, {cells.x, cells.y, w, h * float(rows)}, t, name, focus, view, look);
            } else {
                Tensor shown({rows, d});
                for (std::size_t m = 0; m < shown.size(); ++m) shown.flat()[m] = t[name].flat()[m];
                Trace cut;
                cut.add(name, shown);
                grid_cells(c, {cells.x, cells.y, w, h * float(rows)}, cut, name, focus, view, look);
            }
            if (rows < lines) {
                const Rect none{cells.x, cells.y + h * float(rows), w, h * float(lines - rows)};
                c.hatch(none, theme.bad, 8);
                c.outline(none, {theme.bad, 1.5f});
                const std::string text = view.say("no_row");
                const float need = c.measure(text, quiet()).w + 12;
                if (!view.compact && need <= w && none.h >= 20) {
                    const Rect pill{none.centre().x - need / 2, none.centre().y - 10, need, 20};
                    c.rect(pill, theme.background, 4);
                    c.text_in(pill, text, bold(Align::centre));
                }
            }
            if (part > 0 && !view.compact)
                c.text_in({cells.x - sign, cells.y, sign, cells.h}, part == 1 ? "+" : "=",
                          {Font::bold, text_title, theme.text, Align::centre});
            ring(c, cells, name, view);
        }
    }

    // Only what is so of the table on show; without the task when the room is short.
    std::string what_it_shows(bool with_task) const {
        const std::size_t steps = view.knobs.size("train_steps");
        const bool is_trained = steps > 0 && trained >= 2;
        // Of a table that was never trained all rows are looked at.
        const std::size_t rows = trained > 0 ? trained : places;
        std::string text = !with_task ? std::string()
                           : is_trained
                               ? view.say("alike.trained", {{"n", std::to_string(trained)},
                                                            {"steps", std::to_string(steps)}})
                               : view.say("alike.chance");
        if (rows < 3) return text;
        const double near = neighbours(t["alike"], 0, rows), far = others(t["alike"], rows);
        text += view.say("alike.mean", {{"near", two(near)}, {"far", two(far)}});
        return text + view.say(near > far + 0.2 ? "alike.more" : "alike.no_more");
    }

    // What the dashed line says; the height that was used.
    float dashed_line(Rect box) {
        if (trained >= places) return 0;
        c.line({box.x, box.y + 10}, {box.x + 22, box.y + 10}, {theme.warning, 2, Dash::dashed});
        box.take_left(30);
        return c.paragraph(box, view.say("legend.untrained"), quiet()).h;
    }

    //: how alike the rows of the table are
    void likeness(Rect box) {
        const float head = 22;
        c.text_in(box.take_top(head), view.say("title.alike"), bold());
        box.take_left(24);
        box.take_top(20);
        const float h = std::min(box.h / float(places), 34.0f);
        const float w = std::min({box.w * 0.56f / float(places), 1.6f * h, 52.0f});
        const Rect cells{box.x, box.y, w * float(places), h * float(places)};
        GridLook look;
        look.style.low = -1, look.style.high = 1;
        look.row_names = place_names();
        for (std::size_t p = 0; p < places; ++p)
            look.col_names.push_back(w < 20 && p % 2 == 1 ? std::string() : std::to_string(p + 1));
        look.names_width = 20, look.numbers = w >= 44;
        grid_cells(c, cells, t, "alike", focus, view, look);
        if (trained < places) {
            const float x = cells.x + float(trained) * w, y = cells.y + float(trained) * h;
            c.line({x, cells.y}, {x, cells.bottom()}, {theme.warning, 2, Dash::dashed});
            c.line({cells.x, y}, {cells.right(), y}, {theme.warning, 2, Dash::dashed});
        }
        Rect words{cells.right() + 20, box.y - 20, box.right() - cells.right() - 20, box.h + 20};
        color_bar(c, words.take_top(20), look.style, view, false);
        words.take_top(4);
        const float used = dashed_line(words);
        words.take_top(used > 0 ? used + 6 : 0);
        std::string text = what_it_shows(true);
        if (c.measure_paragraph(words.w, text, quiet()).h > words.h) text = what_it_shows(false);
        if (c.measure_paragraph(words.w, text, quiet()).h <= words.h)
            c.paragraph(words, text, quiet());
        ring(c, cells, "alike", view);
    }

    // What the sum is for: a word that stands twice, if there is one.
    std::string what_for() const {
        const std::size_t lines = std::min({n, fits, shown_words});
        for (std::size_t i = 0; i < lines; ++i)
            for (std::size_t j = i + 1; j < lines; ++j)
                if (word(t, int(i)) == word(t, int(j)))
                    return view.say("note.again", {{"word", word(t, int(i))},
                                                   {"one", std::to_string(first + i + 1)},
                                                   {"other", std::to_string(first + j + 1)}});
        return view.say("note.place");
    }
};

void draw(Canvas& c, const Trace& t, const View& view) {
    if (t["x"].size() == 0 || t["table"].size() == 0) return;
    Picture picture{{c, t, view}};
    picture.start();
    Rect page =
        Rect{0, 0, view.size.w, view.size.h}.inset(view.compact ? 8 : 20, view.compact ? 8 : 10);
    if (view.compact) {
        picture.table(page.take_left(page.w * 0.26f));
        page.take_left(12);
        picture.sum(page);
        return;
    }
    first_tokens_line(c, page, t, view, std::min(picture.n, shown_words));
    const std::string& error = t.text("error");
    if (!error.empty()) {
        Rect line = page.take_bottom(24);
        c.rect(line, c.theme().surface, 4, {c.theme().bad, 1.5f});
        c.text_in(line.inset(8, 0), error, {Font::mono, text_label, c.theme().text});
        page.take_bottom(6);
    }
    // In a low window the sum has all the room
    const bool alike = view.shows("alike") && page.h >= 190, table = view.shows("table");
    MatrixStyle style;
    style.low = -picture.end, style.high = picture.end;
    Rect left = page.take_left(std::min(page.w * 0.27f, 60.0f * float(picture.d) + 44));
    page.take_left(24);
    //: the table, and under it what the colours mean
    const Rect bar = left.take_bottom(22);
    left.take_bottom(6);
    const float row = picture.row_height(left);
    if (table) picture.table(left);
    const float below = table ? left.y + 24 + row * float(picture.places) + 6 : bar.y;
    color_bar(c, {bar.x, std::min(below, bar.y), std::min(bar.w, 240.0f), bar.h}, style, view,
              false);
    //: the sum, with what it is for, or with how alike the rows are
    const auto lines = float(std::min(picture.n, shown_words));
    if (alike) {
        picture.sum(page.take_top(std::min(page.h * 0.42f, 24 + 34 * lines)), 34);
        page.take_top(10);
        picture.likeness(page);
        return;
    }
    const float tallest = std::max(row, 34.0f);
    const std::string what_for = picture.what_for();
    const float words = c.measure_paragraph(page.w, what_for, picture.quiet()).h + 14;
    const bool has_words = page.h >= 24 + 12 * lines + words;
    Rect sum = page.take_top(
        std::min(has_words ? std::max(page.h - 70, page.h * 0.4f) : page.h, 24 + tallest * lines));
    picture.sum(sum, tallest);
    page.take_top(14);
    if (!has_words) return;
    page.take_top(c.paragraph(page, what_for, picture.quiet()).h + 8);
    if (table && page.h >= 20) picture.dashed_line(page);
}

}  // namespace

Panel make_position_learned_panel() { return {declare, compute, draw}; }

}  // namespace orrery::viz
