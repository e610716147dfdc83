// Feed-forward, drawn with one line for each hidden unit
//
//   x -> question (row of W_up) -> answer, bent by GELU -> what it adds (column of W_down) -> y
//
// The chosen token's row stands over the questions; every line is one unit: what it asks, how far
// the answer is yes, and the vector it then adds; the sum of all lines is the row below. On the
// right, which units fire for which token. Change one token: only its row moves.
#include "core/model/feed_forward.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "viz/kit/color_scale.hpp"
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

constexpr int most_tokens = 8;
constexpr const char* default_text = "the cat sat on the mat";

// ---- what is declared

std::vector<std::string> words_of(const Knobs& k, const Workspace& w) {
    std::vector<std::string> words = w.tokens;
    if (words.empty()) words = examples::words(default_text, most_tokens);
    words.resize(std::min(words.size(), k.size("tokens")));
    return words;
}

std::string number(double v) { return format_value(v); }
std::string bracketed(double v) { return v < 0 ? "(" + number(v) + ")" : number(v); }
std::string percent(double share) { return format_value(std::round(share * 100)) + " %"; }
std::string word(const Trace& t, std::size_t i) {
    const auto& words = t.names("tokens");
    return i < words.size() ? shown_token(words[i]) : std::to_string(i + 1);
}

// The row of the token on show.
std::size_t token_of(const Trace& t, const Knobs& k) {
    const std::size_t n = flat_matrix(t["active"]).rows();
    return std::min(k.size("token"), std::max<std::size_t>(n, 1)) - 1;
}

double awake(const Tensor& active, std::size_t row) {
    std::size_t count = 0;
    for (float v : active.row(row)) count += v > 0 ? 1 : 0;
    return active.cols() ? double(count) / double(active.cols()) : 0;
}

std::vector<std::size_t> moved_rows(const Trace& t) {
    std::vector<std::size_t> rows;
    const Tensor moved = flat_matrix(t["moved"]);
    for (std::size_t i = 0; i < moved.rows(); ++i)
        if (moved.row(i)[0] != 0.0f) rows.push_back(i);
    return rows;
}

// Sum of products with its first terms written out.
std::string products(std::span<const float> a, const std::function<double(std::size_t)>& b) {
    std::string text;
    for (std::size_t c = 0; c < a.size() && c < 4; ++c)
        text += (c ? " + " : "") + bracketed(double(a[c])) + " × " + bracketed(b(c));
    return text + (a.size() > 4 ? " + …" : "");
}

Explanation explain_cell(const Trace& t, const View& view, const Selection& s) {
    const Entry* entry = t.find(s.tensor);
    if (!entry || s.row < 0 || s.col < 0) return {};
    const Tensor m = flat_matrix(entry->tensor);
    if (std::size_t(s.row) >= m.rows() || std::size_t(s.col) >= m.cols()) return {};
    const std::size_t i = std::size_t(s.row), j = std::size_t(s.col);
    const std::string equals = " = " + number(double(m.row(i)[j]));
    Explanation e;
    e.term = s.tensor;
    Arguments who{{"token", word(t, i)},
                  {"column", std::to_string(j + 1)},
                  {"unit", std::to_string(s.tensor == "up" ? i + 1 : j + 1)},
                  {"row", std::to_string(i + 1)}};
    const Tensor x = flat_matrix(t["x"]), wide = flat_matrix(t["wide"]),
                 active = flat_matrix(t["active"]);
    const std::size_t show = token_of(t, view.knobs);
    if (s.tensor == "wide") {
        const auto question = t["up"].row(j);
        e.formula = products(x.row(i), [&](std::size_t c) { return double(question[c]); });
        const double bias = double(t["up_bias"].flat()[j]);
        if (bias != 0) e.formula += " + " + bracketed(bias);
        e.formula += equals;
        e.operands = {{"x", s.row, s.row + 1, 0, -1}, {"up", s.col, s.col + 1, 0, -1}};
    } else if (s.tensor == "active") {
        e.formula = "gelu(" + number(double(wide.row(i)[j])) + ")" + equals;
        e.operands = {{"wide", s.row, s.row + 1, s.col, s.col + 1}};
        if (m.row(i)[j] <= 0) {
            e.why = view.say("why.quiet", who);
            return e;
        }
    } else if (s.tensor == "y") {
        const auto out = t["down"].row(j);
        e.formula = products(active.row(i), [&](std::size_t c) { return double(out[c]); }) + equals;
        e.operands = {{"active", s.row, s.row + 1, 0, -1}, {"down", s.col, s.col + 1, 0, -1}};
    } else if (s.tensor == "down") {
        const double a = double(active.row(show)[j]);
        who.push_back({"adds", number(a * double(m.row(i)[j]))});
        who.push_back({"shown", word(t, show)});
    }
    e.why = view.say("why." + s.tensor, who);
    return e;
}

std::string in_words(const Trace& t, const View& view) {
    const Tensor active = flat_matrix(t["active"]);
    if (active.size() == 0) return view.say("words.empty");
    std::string text = view.say("words.shape", {{"d", std::to_string(t["x"].cols())},
                                                {"m", std::to_string(active.cols())}});
    for (std::size_t i = 0; i < active.rows(); ++i)
        text +=
            view.say("words.token", {{"token", word(t, i)}, {"share", percent(awake(active, i))}});
    return text;
}

void declare(Declaration& d) {
    d.uses_text(default_text);
    d.knob("token", 2, 1, most_tokens);
    d.knob("change", 0, 0, most_tokens);
    d.knob("d", 4, 1, 64);
    d.knob("hidden", 16, 1, 256);
    d.knob("activation", "gelu", {"gelu", "gelu_tanh"}).advanced = true;
    d.knob("tokens", 6, 1, most_tokens).advanced = true;
    d.input(
        "x",
        [](const Knobs& k, const Workspace& w) {
            const auto words = words_of(k, w);
            // Other numbers than the queries of the picture of attention, which mean something else
            return examples::word_vectors(words, k.size("d"), 1, k.seed() + 8)
                .q.reshaped({words.size(), k.size("d")});
        },
        true);
    const auto weight = [](const char* name, const char* rows, const char* cols) {
        return [=](const Knobs& k, const Workspace&) {
            Tensor w = examples::normal({k.size(rows), k.size(cols)}, k.seed(), name);
            const float scale = 1.0f / std::sqrt(float(k.size("d")));
            for (float& v : w.flat()) v = examples::one_decimal(v * 2 * scale);
            return w;
        };
    };
    d.input("up", weight("up", "hidden", "d"));
    d.input("up_bias", [](const Knobs& k, const Workspace&) { return Tensor({k.size("hidden")}); });
    d.input("down", weight("down", "d", "hidden"));
    d.input("down_bias", [](const Knobs& k, const Workspace&) { return Tensor({k.size("d")}); });
    for (auto name : {"wide", "active", "y"}) d.output(name);
    d.parts("x", "up", "answers", "down", "y", "fires");

    d.fact("awake", [](const Trace& t, const Knobs&) -> FactValue {
        const Tensor& active = t["active"];
        std::size_t count = 0;
        for (float v : active.flat()) count += v > 0 ? 1 : 0;
        return active.size() == 0 ? 0.0 : double(count) / double(active.size());
    });
    d.fact("awake_token", [](const Trace& t, const Knobs& k) -> FactValue {
        const Tensor active = flat_matrix(t["active"]);
        return active.rows() ? awake(active, token_of(t, k)) : 0.0;
    });
    d.fact("loudest", [](const Trace& t, const Knobs& k) -> FactValue {
        const Tensor active = flat_matrix(t["active"]);
        if (active.size() == 0) return 0.0;
        const auto row = active.row(token_of(t, k));
        return double(std::max_element(row.begin(), row.end()) - row.begin() + 1);
    });
    d.fact("loudest_answer", [](const Trace& t, const Knobs& k) -> FactValue {
        const Tensor active = flat_matrix(t["active"]);
        if (active.size() == 0) return 0.0;
        const auto row = active.row(token_of(t, k));
        return double(*std::max_element(row.begin(), row.end()));
    });
    d.fact("first_output", [](const Trace& t, const Knobs& k) -> FactValue {
        const Tensor y = flat_matrix(t["y"]);
        return y.size() ? double(y.row(token_of(t, k))[0]) : 0.0;
    });
    d.fact("weights", [](const Trace& t, const Knobs&) -> FactValue {
        return double(t["up"].size() + t["down"].size() + t["up_bias"].size() +
                      t["down_bias"].size());
    });
    d.fact("rows_moved",
           [](const Trace& t, const Knobs&) -> FactValue { return double(moved_rows(t).size()); });
    d.fact("first_row_moved", [](const Trace& t, const Knobs&) -> FactValue {
        const auto rows = moved_rows(t);
        return rows.empty() ? 0.0 : double(rows[0] + 1);
    });
    for (const char* name : {"x", "up", "wide", "active", "down", "y"})
        d.explain(name, explain_cell);
    d.length([](const Trace&) { return 4.0; });
    d.describe(in_words);
    d.preset("change", {{"change", "4"}});
    d.preset("narrow", {{"hidden", "4"}});
}

// ---- what is computed

void compute(const Knobs& k, const Inputs& in, Trace& out) {
    const model::FeedForwardWeights weights{in["up"], in["down"], in["up_bias"], in["down_bias"]};
    const std::string activation = k.choice("activation");
    const Tensor given = in["x"];
    Tensor x = given;
    auto steps = model::feed_forward_steps(x, weights, activation);

    //: the same again with one token changed
    const std::size_t changed = k.size("change");
    Tensor moved({x.rows(), 1});
    const bool changes = changed > 0 && changed <= x.rows();
    if (changes) {
        const Tensor before = steps.y;
        const Tensor other = examples::normal({1, x.cols()}, k.seed(), "changed");
        for (std::size_t c = 0; c < x.cols(); ++c)
            x.row(changed - 1)[c] = examples::one_decimal(other.row(0)[c]);
        steps = model::feed_forward_steps(x, weights, activation);
        for (std::size_t i = 0; i < x.rows(); ++i)
            for (std::size_t c = 0; c < x.cols(); ++c)
                moved.row(i)[0] =
                    std::max(moved.row(i)[0], std::abs(before.row(i)[c] - steps.y.row(i)[c]));
    }
    auto names = in.workspace().tokens;
    if (names.empty()) names = words_of(k, in.workspace());
    if (names.size() >= x.rows()) {
        keep_all_tokens(out, x.rows(), names.size());
        names.resize(x.rows());
        if (changes) names[changed - 1] += "′";
        out.names("tokens", names);
    }
    out.add("x", x);
    for (const char* name : {"up", "up_bias", "down", "down_bias"}) out.add(name, in[name]);
    record(steps, out);
    out.add("moved", moved);
    // For a closer look at the bend: the answers of the token on show
    out.from("model/feed_forward");
    if (x.rows() > 0) {
        const Tensor wide = steps.wide.reshaped({x.rows(), steps.wide.cols()});
        const auto row = wide.row(std::min(k.size("token"), x.rows()) - 1);
        out.add("bend.x", Tensor({row.size()}, std::vector<float>(row.begin(), row.end())));
    }
    out.backward([=](const Tensors& grads) {
        Tensors result;
        const auto dy = grads.find("y");
        if (dy == grads.end()) return result;
        const auto g = model::feed_forward_backward(dy->second, steps, x, weights, activation);
        result["x"] = g.dx;
        result["up"] = g.dweights.up;
        result["up_bias"] = *g.dweights.up_bias;
        result["down"] = g.dweights.down;
        result["down_bias"] = *g.dweights.down_bias;
        return result;
    });
}

// ---- what is drawn

struct Picture : Drawing {
    Focus focus{view.chosen(), view.explanation};
    std::size_t n = 0, d = 0, m = 0, token = 0, unit = 0;
    Tensor x{}, wide{}, active{}, y{};

    void start() {
        x = flat_matrix(t["x"]), wide = flat_matrix(t["wide"]), active = flat_matrix(t["active"]);
        y = flat_matrix(t["y"]);
        n = x.rows(), d = x.cols(), m = wide.cols();
        token = token_of(t, view.knobs);
        // The unit that speaks loudest, or the one under the mouse.
        const auto row = active.row(token);
        unit = std::size_t(std::max_element(row.begin(), row.end()) - row.begin());
        const Selection& s = view.chosen();
        const int at = s.tensor == "up"                                                   ? s.row
                       : s.tensor == "wide" || s.tensor == "active" || s.tensor == "down" ? s.col
                                                                                          : -1;
        if (at >= 0 && std::size_t(at) < m) unit = std::size_t(at);
    }

    GridLook numbers(float end) const {
        GridLook look;
        look.style.low = -end, look.style.high = end;
        return look;
    }

    // The row of the token on show, as cells of its whole tensor: hovering selects them.
    void one_row(const Rect& box, const char* name, float end, float reveal) {
        const Tensor whole = flat_matrix(t[name]);
        const float w = box.w / float(whole.cols());
        MatrixStyle style;
        style.low = -end, style.high = end;
        const ColorScale scale = color_scale(whole, style, view.dark);
        // Clear of the frame, unless that would cost the only decimal
        SameFormat format = same_format(c, whole.flat(), w - 8);
        if (format.decimals == 0) format = same_format(c, whole.flat(), w - 2);
        const Selection& s = view.chosen();
        for (std::size_t j = 0; j < whole.cols(); ++j) {
            const Rect cell{box.x + w * float(j), box.y, w, box.h};
            if (float(j + 1) > reveal * float(whole.cols()) + 0.001f) {
                c.rect(cell, theme.sunken);
                continue;
            }
            const Color fill = scale.color(whole.row(token)[j]);
            c.rect(w > 6 ? cell.inset(0.5f) : cell, fill);
            if (w >= 26 && box.h >= 16 && !view.compact)
                c.text_in(cell, format(double(whole.row(token)[j])),
                          {Font::body, text_label, ink_on(fill), Align::centre});
            Region region;
            region.id = std::string("row.") + name + "." + std::to_string(j);
            region.box = cell;
            region.target = {name, -1, -1, int(token), int(j), -1};
            c.region(std::move(region));
            if (s.tensor == name && s.row == int(token) && s.col == int(j))
                c.outline(cell, {theme.text, 2});
        }
        c.outline(box, {theme.accent, 2});
    }

    void page() {
        if (view.compact) return card(Rect{0, 0, view.size.w, view.size.h}.inset(8));
        Rect all = Rect{0, 0, view.size.w, view.size.h}.inset(18, 10);
        first_tokens_line(c, all, t, view, n);
        float name_w = 0;
        for (std::size_t i = 0; i < n; ++i)
            name_w = std::max(name_w, c.measure(word(t, i), label()).w);
        name_w = std::clamp(name_w + 16, 36.0f, all.w * 0.13f);

        //: columns: tokens in and out | questions | answers | what they add | who fires
        Rect left = all.take_left(name_w + all.w * 0.17f);
        const float gap = std::clamp(all.w * 0.04f, 18.0f, 44.0f);
        all.take_left(gap);
        Rect right{};
        if (view.shows("fires")) {
            right = all.take_right(std::max(all.w * 0.26f, 150.0f));
            all.take_right(gap);
        }
        tokens(left, name_w);
        const float arrow = std::clamp(all.w * 0.035f, 14.0f, 30.0f);
        const float side = (all.w - 2 * arrow) * 0.3f, middle = all.w - 2 * arrow - 2 * side;
        const float head = 22 + 26 + 8, foot = says_units() ? 60 : 34;
        const float room = all.h - head - foot;
        const float line = std::min(room / float(m), 38.0f), h = line * float(m);
        const Rect up{all.x, all.y + head, side, h};
        const Rect answers{up.right() + arrow, up.y, middle, h};
        const Rect down{answers.right() + arrow, up.y, side, h};
        weights(up, answers, down, line);
        fires({right.x, up.y, right.w, h}, line, right.y);
    }

    // ---- all tokens, before and after

    void tokens(const Rect& box, float name_w) {
        const float note = moved_rows(t).empty() ? 0 : 18;
        const float half = (box.h - 16 - note) / 2;
        // In a low window the rows come before what the colours mean
        const bool has_bars = half >= 46 + 8 * float(n);
        const float row_h = std::clamp((half - (has_bars ? 46.0f : 26.0f)) / float(n), 2.0f, 40.0f);
        const bool named = row_h >= 14;
        const auto cells_at = [&](float top) {
            return Rect{box.x + name_w, top + 24, box.w - name_w, row_h * float(n)};
        };
        const Rect in = cells_at(box.y), out = cells_at(box.y + half + 8);
        const auto names = [&] {
            std::vector<std::string> list;
            for (std::size_t i = 0; i < n && named; ++i)
                list.push_back(shorten(word(t, i), name_w - 8, label()));
            return list;
        }();
        const auto choose = [&](const Rect& cells) {
            for (std::size_t i = 0; i < n; ++i) {
                const Rect row{cells.x - name_w, cells.y + row_h * float(i), name_w - 4, row_h};
                if (i == token) {
                    c.rect(row.inset(0, 1), theme.accent.with_alpha(0.2f), 4);
                    c.outline({cells.x, row.y, cells.w, row_h}, {theme.accent, 2});
                }
                Region region;
                region.id = "token." + std::to_string(i) + (cells.y == in.y ? ".in" : ".out");
                region.box = row, region.kind = Region::Kind::button;
                region.action = "set token " + std::to_string(i + 1);
                region.tip = view.say("tip.token", {{"token", word(t, i)}});
                c.region(std::move(region));
            }
        };
        if (view.shows("x")) {
            const std::string title = view.say("title.x");
            const std::string changed = note > 0 ? title + view.say("title.x.changed") : title;
            c.text_in({box.x, box.y, box.w + 14, 20}, fitting(box.w + 14, bold(), {changed, title}),
                      bold());
            GridLook look = numbers(round_up(largest_of(t, view, {"x"})));
            look.names_width = name_w - 8, look.row_names = names;
            look.edit = t["x"].rank() == 2 ? "x" : "";
            grid_cells(c, in, t, "x", focus, view, look);
            choose(in);
            if (has_bars)
                lens_bar(c, {in.x, in.bottom() + 5, std::min(in.w, 150.0f), 18}, "x", t["x"],
                         look.style, view);
            ring(c, in, "x", view);
        }
        if (view.shows("y")) {
            c.text_in({box.x, out.y - 24, box.w + 14, 20}, view.say("title.y"), bold());
            GridLook look = numbers(round_up(largest_of(t, view, {"y"})));
            look.names_width = name_w - 8, look.row_names = names;
            look.reveal = phase(3);
            if (view.t >= 4) look.marked_rows = moved_rows(t);
            grid_cells(c, out, t, "y", focus, view, look);
            choose(out);
            if (has_bars)
                lens_bar(c, {out.x, out.bottom() + 5, std::min(out.w, 150.0f), 18}, "y", t["y"],
                         look.style, view);
            if (!moved_rows(t).empty() && view.t >= 4)
                c.text_in({box.x, out.bottom() + 25, box.w + 12, 18},
                          shorten(view.say("note.moved"), box.w + 12, quiet()), quiet());
            ring(c, out, "y", view);
        }
    }

    // ---- one line a hidden unit

    // A room that is not shown who fires is not told what that is, and its lines have more room.
    bool says_units() const { return !view.presenting || view.shows("fires"); }

    float weight_end() const { return round_up(largest_of(t, view, {"up", "down"})); }

    void weights(const Rect& up, const Rect& answers, const Rect& down, float line) {
        const float y0 = up.y + line * float(unit);
        if (view.shows("up")) {
            head_line({up.x, up.y - 56, up.w, 18}, view.say("title.up"), d, m);
            one_row({up.x, up.y - 34, up.w, 26}, "x", round_up(largest_of(t, view, {"x"})), 1);
            GridLook look = numbers(weight_end());
            lens_bar(c, {up.x, up.bottom() + 11, std::min(up.w, 150.0f), 18}, "up", t["up"],
                     look.style, view);
            grid_cells(c, up, t, "up", focus, view, look);
            ring(c, up, "up", view);
        }
        if (view.shows("answers")) bars(answers, line);
        if (view.shows("down")) {
            head_line({down.x, down.y - 56, down.w + 10, 18}, view.say("title.down"), m, d);
            c.text_in({down.x, down.y - 34, down.w, 26}, view.say("title.down.2"), quiet());
            GridLook look = numbers(weight_end());
            look.transposed = true;
            look.lens = "up";
            grid_cells(c, down, t, "down", focus, view, look);
            //: units that are silent add nothing
            if (view.t >= 2) {
                for (std::size_t j = 0; j < m; ++j)
                    if (active.row(token)[j] <= 0)
                        c.rect({down.x, down.y + line * float(j), down.w, line},
                               theme.background.with_alpha(0.45f));
                c.outline(down, {theme.outline, 1.5f});
            }
            one_row({down.x, down.bottom() + 8, down.w, 24}, "y",
                    round_up(largest_of(t, view, {"y"})), phase(2));
            const float sum_w = down.x - 8 - answers.x;
            c.text_in({answers.x, down.bottom() + 8, sum_w, 24},
                      shorten(view.say("title.sum", {{"token", word(t, token)}}), sum_w,
                              label(Align::right)),
                      label(Align::right));
            ring(c, down, "down", view);
        }
        //: what a line is, and when it is said to fire
        if (view.shows("answers") && says_units()) {
            const float left = view.shows("up") ? up.x : answers.x,
                        right = view.shows("down") ? down.right() : answers.right();
            c.text_in({left, up.bottom() + 37, right - left, 18},
                      fitting(right - left, quiet(),
                              {view.say("note.unit"), view.say("note.unit.short"), ""}),
                      quiet());
        }
        if (line >= 5 && view.shows("up") && view.shows("down")) {
            c.outline(Rect{up.x - 3, y0 - 1, down.right() - up.x + 6, line + 2}, {theme.text, 1.5f},
                      3);
            c.text_in({up.x - 30, y0 + line / 2 - 9, 24, 18}, std::to_string(unit + 1),
                      bold(Align::right));
        }
    }

    // A title, and how many numbers go in and come out.
    void head_line(Rect box, const std::string& title, std::size_t from, std::size_t to) {
        c.text_in(box, title, bold());
        const std::string sizes = std::to_string(from) + " → " + std::to_string(to);
        box.take_left(c.measure(title, bold()).w + 8);
        if (c.measure(sizes, quiet()).w <= box.w) c.text_in(box, sizes, quiet());
    }

    // Opens GELU on the answers of the token on show.
    void gelu_door(const Rect& box) {
        c.rect(box, theme.raised, 5, {theme.outline, 1});
        const Point mark{box.right() - 9, box.centre().y};
        c.polyline({{mark.x - 2, mark.y - 4}, {mark.x + 2, mark.y}, {mark.x - 2, mark.y + 4}},
                   {theme.accent, 1.5f});
        c.text_in(
            {box.x + 5, box.y, box.w - 19, box.h},
            fitting(box.w - 19, bold(), {view.say("title.active"), view.say("title.active.short")}),
            bold());
        Region region;
        region.id = "open.gelu", region.box = box, region.kind = Region::Kind::button;
        region.action = "enter bend activation/gelu", region.tip = view.say("door.gelu");
        c.region(std::move(region));
    }

    void bars(const Rect& box, float line) {
        const float half = (box.w - 10) / 2;
        const Rect before{box.x, box.y, half, box.h}, after{box.x + half + 10, box.y, half, box.h};
        c.text_in({before.x, box.y - 56, half, 18}, view.say("title.wide"), bold(Align::centre));
        gelu_door({after.x, box.y - 60, half, 24});
        c.text_in({before.x, box.y - 34, half, 26}, view.say("title.wide.2"), quiet(Align::centre));
        const std::string bend = fitting(
            half + 8, quiet(), {view.say("title.active.2"), view.say("title.active.2.short")});
        c.text_in({after.x - 4, box.y - 34, half + 8, 26}, bend, quiet(Align::centre));
        float end = 0.001f;
        for (float v : wide.row(token)) end = std::max(end, std::isfinite(v) ? std::abs(v) : 0);
        //: all numbers of both columns in one way
        std::vector<float> written(wide.row(token).begin(), wide.row(token).end());
        written.insert(written.end(), active.row(token).begin(), active.row(token).end());
        const SameFormat format = same_format(c, written, half / 2 - 6);
        const Selection& s = view.chosen();
        for (const auto& [place, name, reveal] :
             {std::tuple{before, "wide", phase(0)}, std::tuple{after, "active", phase(1)}}) {
            const auto row = (name == std::string_view("wide") ? wide : active).row(token);
            const float zero = place.x + place.w / 2;
            for (std::size_t j = 0; j < m; ++j) {
                const Rect slot{place.x, place.y + line * float(j), place.w, line};
                Region region;
                region.id = std::string("unit.") + name + "." + std::to_string(j);
                region.box = slot;
                region.target = {name, -1, -1, int(token), int(j), -1};
                if (float(j + 1) > reveal * float(m) + 0.001f) continue;
                const float w = std::isfinite(row[j]) ? row[j] / end * (place.w / 2 - 2) : 0;
                const float pad = line > 8 ? line * 0.16f : 0;
                c.rect({w < 0 ? zero + w : zero, slot.y + pad, std::max(std::abs(w), 0.5f),
                        line - 2 * pad},
                       w < 0 ? theme.negative : theme.positive, 2);
                //: the number on the other side of the zero line
                if (line >= 16 && place.w >= 90 && format.power == 0) {
                    const std::string text = format(double(row[j]));
                    c.text_in(w < 0 ? Rect{zero + 4, slot.y, place.w / 2 - 4, line}
                                    : Rect{place.x, slot.y, place.w / 2 - 4, line},
                              text, quiet(w < 0 ? Align::left : Align::right));
                }
                if (s.tensor == name && s.row == int(token) && s.col == int(j))
                    c.outline(slot, {theme.text, 2}, 2);
                c.region(std::move(region));
            }
            c.line({zero, place.y}, {zero, place.bottom()}, {theme.outline, 1});
        }
        ring(c, box, "answers", view);
    }

    // ---- which units fire for which token

    void fires(Rect box, float line, float top) {
        if (!view.shows("fires")) return;
        const Rect whole{box.x, top, box.w, box.bottom() - top + 24};
        c.text_in({box.x, box.y - 56, box.w, 18}, view.say("title.fires"), bold());
        const float w = std::min(box.w / float(n), 60.0f);
        const Rect cells{box.x, box.y, w * float(n), line * float(m)};
        for (std::size_t i = 0; i < n; ++i) {
            const Rect head{cells.x + w * float(i), box.y - 30, w, 20};
            c.text_in(head, shorten(word(t, i), w - 3, quiet()),
                      i == token ? bold(Align::centre) : quiet(Align::centre));
        }
        GridLook look;
        look.transposed = true;
        look.numbers = false;
        float most = 0.001f;
        for (float v : active.flat())
            if (std::isfinite(v)) most = std::max(most, v);
        look.style.map = Map::cividis, look.style.norm = Norm::linear;
        look.style.low = 0, look.style.high = most;
        look.reveal = phase(1);
        grid_cells(c, cells, t, "active", focus, view, look);
        c.outline({cells.x + w * float(token), cells.y, w, cells.h}, {theme.accent, 2});
        if (view.t >= 2)
            for (std::size_t i = 0; i < n; ++i) {
                const std::string share = percent(awake(active, i));
                c.text_in({cells.x + w * float(i), cells.bottom() + 4, w, 18},
                          share.substr(0, share.find(' ')),
                          i == token ? bold(Align::centre) : label(Align::centre));
            }
        //: what the numbers are, and on a line of its own what the colours are
        if (view.t >= 2)
            c.text_in({box.x, cells.bottom() + 21, box.w, 18}, view.say("note.fires"), quiet());
        Rect below{box.x, cells.bottom() + 40, box.w, 18};
        const std::string words = view.say("part.answers");
        c.text_in(below.take_left(c.measure(words, quiet()).w + 2), words, quiet());
        below.take_left(8);
        lens_bar(c, {below.x, below.y, std::min(below.w, 130.0f), 18}, "active", t["active"],
                 look.style, view);
        ring(c, whole, "fires", view);
    }

    void card(Rect box) {
        const float line = box.h / float(m), w = box.w;
        const Rect up{box.x, box.y, w * 0.24f, box.h},
            bar{box.x + w * 0.29f, box.y, w * 0.42f, box.h},
            down{box.x + w * 0.76f, box.y, w * 0.24f, box.h};
        GridLook look = numbers(round_up(largest_of(t, view, {"up"})));
        look.numbers = false;
        grid_cells(c, up, t, "up", focus, view, look);
        look = numbers(round_up(largest_of(t, view, {"down"})));
        look.numbers = false, look.transposed = true, look.reveal = phase(2);
        grid_cells(c, down, t, "down", focus, view, look);
        float end = 0.001f;
        for (float v : wide.row(token)) end = std::max(end, std::isfinite(v) ? std::abs(v) : 0);
        const auto before = wide.row(token), after = active.row(token);
        const float zero = bar.centre().x, bent = phase(1);
        for (std::size_t j = 0; j < m; ++j) {
            if (float(j + 1) > phase(0) * float(m) + 0.001f) break;
            const float v = before[j] + (after[j] - before[j]) * bent;
            const float length = std::isfinite(v) ? v / end * bar.w / 2 : 0;
            c.rect({length < 0 ? zero + length : zero, bar.y + line * float(j) + 1,
                    std::max(std::abs(length), 0.5f), std::max(line - 2, 0.5f)},
                   length < 0 ? theme.negative : theme.positive, 1);
        }
        c.line({zero, bar.y}, {zero, bar.bottom()}, {theme.outline, 1});
    }
};

void draw(Canvas& c, const Trace& t, const View& view) {
    if (t["x"].size() == 0 || t["active"].size() == 0) return;
    Picture picture{{c, t, view}};
    picture.start();
    picture.page();
}

}  // namespace

Panel make_model_feed_forward_panel() { return {declare, compute, draw}; }

}  // namespace orrery::viz
