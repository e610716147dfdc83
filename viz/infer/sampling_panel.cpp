// Sampling, drawn: from scores to one word
//
//   logits -> softmax at a temperature -> top-k, top-p -> shared out again -> a draw
//
// One row a word, the likeliest on top; each column is a step, its bars on the same rows. What is
// cut away is hatched. At the right the draw: a number from 0 to 1, and the word whose stretch of
// the running sum it falls on.
#include "core/infer/sampling.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/random.hpp"
#include "core/base/text.hpp"
#include "viz/kit/drawing.hpp"
#include "viz/kit/flow.hpp"
#include "viz/kit/format.hpp"
#include "viz/kit/grid.hpp"
#include "viz/kit/panel.hpp"

namespace orrery::viz {
namespace {

constexpr std::size_t V_made_up = 12;
constexpr const char* words[V_made_up] = {"mat",   "sofa",   "floor", "roof",  "chair", "table",
                                          "grass", "stairs", "moon",  "train", "soup",  "idea"};
constexpr float scores[V_made_up] = {3.4f, 2.9f, 2.6f,  1.9f,  1.7f,  1.4f,
                                     1.1f, 0.6f, -0.4f, -0.9f, -1.6f, -2.3f};

// ---- what is computed

float draw_number(std::uint64_t seed, std::size_t step) {
    return Random(seed, "sample", step).uniform();
}

void compute(const Knobs& k, const Inputs& in, Trace& out) {
    const Tensor logits = in["logits"];
    const infer::SamplingConfig config{k.real("temperature"), k.size("top_k"), k.real("top_p")};
    const float u = draw_number(k.seed(), k.size("draw") - 1);
    const auto steps = infer::sampling_steps(logits, config, u);
    const std::size_t V = logits.size();
    if (V == V_made_up)
        for (const char* entry :
             {"logits", "scaled", "probabilities", "kept", "drawn", "running", "share", "counts"})
            out.names(std::string(entry) + ".cols", {words, words + V_made_up});
    out.add("logits", logits);
    record(steps, out);

    //: the running share of the likeliest, which top-p is compared with
    const std::size_t kept_by_k = config.top_k == 0 ? V : std::min(config.top_k, V);
    Tensor share({V}), by_k({V});
    double mass = 0, sum = 0;
    for (std::size_t i = 0; i < kept_by_k; ++i)
        mass += double(steps.probabilities.flat()[std::size_t(steps.order.flat()[i])]);
    for (std::size_t i = 0; i < kept_by_k; ++i) {
        const auto id = std::size_t(steps.order.flat()[i]);
        sum += double(steps.probabilities.flat()[id]);
        share.flat()[id] = float(sum / mass), by_k.flat()[id] = 1;
    }
    out.from("");
    out.add("share", share);
    out.add("by_k", by_k, "", Kind::boolean);

    //: many draws, counted
    Tensor counts({V});
    const auto draws = std::size_t(std::stoul(k.choice("draws")));
    for (std::size_t s = 0; s < draws; ++s) {
        const float drawn = draw_number(k.seed(), s);
        auto token = std::size_t(steps.order.flat()[0]);
        for (std::size_t i = 0; i < V; ++i) {
            const auto id = std::size_t(steps.order.flat()[i]);
            if (steps.drawn.flat()[id] <= 0) break;
            token = id;
            if (steps.running.flat()[id] > drawn) break;
        }
        counts.flat()[token] += 1;
    }
    out.add("counts", counts, "", Kind::index);
    out.add("draws", Tensor({1}, {float(draws)}), "", Kind::index);

    out.backward([=](const Tensors& grads) {
        Tensors result;
        const auto drawn = grads.find("drawn");
        if (drawn != grads.end())
            result["logits"] = infer::sampling_backward(drawn->second, steps, config);
        return result;
    });
}

// ---- what is declared

std::string number(double v) { return format_value(v); }
std::string bracketed(double v) { return v < 0 ? "(" + number(v) + ")" : number(v); }
double at(const Trace& t, std::string_view name, int i) {
    const Tensor& tensor = t[name];
    return i >= 0 && std::size_t(i) < tensor.size() ? double(tensor.flat()[std::size_t(i)]) : 0.0;
}
int token_of(const Trace& t) { return int(at(t, "token", 0)); }
int likeliest(const Trace& t) { return int(at(t, "order", 0)); }

std::string word_of(const Trace& t, const View& view, int id) {
    const auto& names = t.names("logits.cols");
    return id >= 0 && std::size_t(id) < names.size() ? view.say("word." + names[std::size_t(id)])
                                                     : std::to_string(id);
}

double sum_of(const Trace& t, const char* name, const char* where) {
    double sum = 0;
    for (std::size_t i = 0; i < t[name].size(); ++i)
        if (at(t, where, int(i)) > 0) sum += at(t, name, int(i));
    return sum;
}

double entropy_bits(const Tensor& p) {
    double bits = 0;
    for (float v : p.flat())
        if (v > 0) bits -= double(v) * std::log2(double(v));
    return bits;
}

Explanation explain_cell(const Trace& t, const View& view, const Selection& s) {
    const Entry* entry = t.find(s.tensor);
    if (!entry || s.col < 0 || std::size_t(s.col) >= entry->tensor.size()) return {};
    const std::string& name = s.tensor;
    const int i = s.col;
    const std::string equals = " = " + number(at(t, name, i));
    const double temperature = double(view.knobs.real("temperature"));
    Explanation e;
    e.term = name;
    e.why = view.say("why." + name, {{"word", word_of(t, view, i)}});
    const auto cell = [&](const char* tensor) { return CellRange{tensor, 0, 1, i, i + 1}; };
    if (name == "probabilities" && temperature > 0) {
        double sum = 0;
        for (std::size_t j = 0; j < entry->tensor.size(); ++j)
            sum += std::exp(at(t, "scaled", int(j)));
        e.formula = "exp((" + number(at(t, "logits", i)) + " − " +
                    bracketed(at(t, "logits", likeliest(t))) + ") / " + number(temperature) +
                    ") / " + number(sum) + equals;
        e.operands = {cell("logits")};
    } else if (name == "probabilities") {
        e.why = view.say("why.greedy");
    } else if (name == "drawn") {
        if (at(t, "kept", i) > 0)
            e.formula = number(at(t, "probabilities", i)) + " / " +
                        number(sum_of(t, "probabilities", "kept")) + equals;
        else
            e.why = view.say("why.cut", {{"word", word_of(t, view, i)}});
        e.operands = {cell("probabilities")};
    }
    return e;
}

std::string in_words(const Trace& t, const View& view) {
    std::string text =
        view.say("words.kept",
                 {{"temperature", number(double(view.knobs.real("temperature")))},
                  {"kept", number(sum_of(t, "kept", "kept"))},
                  {"all", std::to_string(t["logits"].size())},
                  {"share", number(std::round(sum_of(t, "probabilities", "kept") * 1000) / 10)}});
    for (std::size_t i = 0; i < std::min<std::size_t>(t["order"].size(), 5); ++i) {
        const int id = int(at(t, "order", int(i)));
        if (at(t, "drawn", id) <= 0) break;
        text +=
            view.say("words.row", {{"word", word_of(t, view, id)},
                                   {"share", number(std::round(at(t, "drawn", id) * 1000) / 10)}});
    }
    return text + view.say("words.drawn",
                           {{"u", number(at(t, "u", 0))}, {"word", word_of(t, view, token_of(t))}});
}

void declare(Declaration& d) {
    d.knob("temperature", 1.0f, 0.0f, 4.0f);
    d.knob("top_k", 0, 0, int(V_made_up));
    d.knob("top_p", 0.9f, 0.0f, 1.0f);
    d.knob("draw", 1, 1, 200);
    d.knob("draws", "1000", {"100", "1000", "10000"}).advanced = true;
    d.input(
        "logits",
        [](const Knobs&, const Workspace&) {
            return Tensor({V_made_up}, std::vector<float>(scores, scores + V_made_up));
        },
        true);
    for (auto name : {"scaled", "probabilities", "kept", "drawn", "running", "token"})
        d.output(name);
    d.parts("logits", "probabilities", "share", "drawn", "running");

    const auto fact = [&](const char* name, double (*read)(const Trace&)) {
        d.fact(name, [=](const Trace& t, const Knobs&) -> FactValue { return read(t); });
    };
    fact("token", [](const Trace& t) { return double(token_of(t)) + 1; });
    fact("u", [](const Trace& t) { return at(t, "u", 0); });
    fact("largest", [](const Trace& t) { return at(t, "probabilities", likeliest(t)); });
    fact("kept", [](const Trace& t) { return sum_of(t, "kept", "kept"); });
    fact("kept_share", [](const Trace& t) { return sum_of(t, "probabilities", "kept"); });
    fact("largest_drawn", [](const Trace& t) { return at(t, "drawn", likeliest(t)); });
    fact("largest_count", [](const Trace& t) {
        return at(t, "counts", likeliest(t)) / std::max(1.0, at(t, "draws", 0));
    });
    fact("entropy", [](const Trace& t) { return entropy_bits(t["drawn"]); });
    fact("different", [](const Trace& t) {
        return double(std::count_if(t["counts"].flat().begin(), t["counts"].flat().end(),
                                    [](float n) { return n > 0; }));
    });
    d.fact("word", [](const Trace& t, const Knobs&) -> FactValue {
        const auto& names = t.names("logits.cols");
        const auto id = std::size_t(token_of(t));
        return id < names.size() ? names[id] : std::to_string(id);
    });

    for (const char* name :
         {"logits", "scaled", "probabilities", "share", "drawn", "running", "counts"})
        d.explain(name, explain_cell);
    d.length([](const Trace&) { return 5.0; });
    d.describe(in_words);
    d.preset("greedy", {{"temperature", "0"}});
    d.preset("hot", {{"temperature", "3"}, {"top_p", "1"}});
    d.preset("top_k", {{"top_k", "3"}, {"top_p", "1"}});
    d.preset("card", {{"top_p", "0.8"}});
}

// ---- what is drawn

float smooth(double t, double begin) {
    const float p = float(std::clamp(t - begin, 0.0, 1.0));
    return p * p * (3 - 2 * p);
}

struct Picture : Drawing {
    std::size_t V = 0, rows = 0;
    float pitch = 20, top = 0, note_height = 18;
    int hover = -1;
    bool low = false;  // a window with room for little more than the bars

    int id_at(std::size_t row) const { return int(at(t, "order", int(row))); }
    float y_of(std::size_t row) const { return top + float(row) * pitch; }
    float bottom() const { return y_of(rows); }

    // A column's heading: its name, and below it, on as many lines as any column needs, how its
    // numbers come about.
    Rect heading(Rect column, const char* part, const std::string& note) {
        c.text_in({column.x, column.y, column.w, 20}, title_of(part), bold());
        if (!low) c.paragraph({column.x, column.y + 20, column.w, note_height}, note, quiet());
        const Rect body{column.x, top, column.w, bottom() - top};
        ring(c, body, part, view);
        return body;
    }

    // All probabilities have one scale, the same at every temperature: from 0 to 1.
    void axis(float left, float room) {
        for (const double v : {0.0, 0.5, 1.0}) {
            const float x = left + float(v) * room;
            c.line({x, top}, {x, bottom() + 4}, {v == 0 ? theme.outline : theme.hairline, 1});
            if (low || (v == 0.5 && room < 70)) continue;
            c.text({x, bottom() + 5}, number(v), quiet(Align::centre));
        }
    }

    void cell(const Rect& body, std::size_t row, const char* tensor) {
        Region region;
        region.id = std::string(tensor) + "." + std::to_string(row);
        region.box = {body.x, y_of(row), body.w, pitch};
        region.target.tensor = tensor, region.target.row = 0, region.target.col = id_at(row);
        if (std::string_view(tensor) == "logits") {
            // One cell of the one row, to be dragged
            region.kind = Region::Kind::cells, region.edit = "logits";
            region.rows = 1, region.cols = V;
            region.view = {(float(id_at(row)) + 0.01f) / float(V), 0, 0.98f / float(V), 1};
        }
        c.region(std::move(region));
    }

    Stroke cut_stroke() const { return {theme.accent, 2, Dash::dashed}; }
    // The number drawn: a whole line under a point, unlike the dashes of the cut.
    void draw_mark(float x, float from, float to) {
        c.line({x, from}, {x, to}, {theme.attention, 2});
        c.polygon({{x - 5, from - 1}, {x + 5, from - 1}, {x, from + 7}}, theme.attention);
    }

    static std::string brief(double v) { return format_short(v, 5); }
    // All probabilities of a column with three decimals.
    static std::string share_text(double v) {
        if (v > 0 && v < 0.0005) return "<0.001";
        std::string text = std::to_string(std::llround(v * 1000));
        while (text.size() < 4) text.insert(0, "0");
        return text.insert(text.size() - 3, ".");
    }

    float thickness() const { return std::min(pitch - 6, 12 + pitch / 4); }

    // A bar that begins at `zero`; hatched where it is cut away.
    void bar(const Rect& body, std::size_t row, float zero, float length, Color color, bool cut,
             const std::string& text) {
        const float thick = thickness();
        const float y = y_of(row) + (pitch - thick) / 2;
        const Rect box{length < 0 ? zero + length : zero, y, std::max(std::abs(length), 1.0f),
                       thick};
        if (cut) {
            c.rect(box, theme.sunken, 2, {theme.outline, 1});
            c.hatch(box, theme.text_quiet, 5);
        } else {
            c.rect(box, color, 2);
        }
        if (text.empty() || pitch < 15) return;
        const float w = c.measure(text, label()).w + 2;
        const float x = std::min(box.right() + 5, body.right() - w);
        c.text_in({x, y_of(row), w, pitch}, text, cut ? quiet() : label());
    }

    void logits(Rect column) {
        const Rect body = heading(column, "logits", note_of("logits"));
        double least = 0, most = 0;
        for (float v : t["logits"].flat())
            if (std::isfinite(v))
                least = std::min(least, double(v)), most = std::max(most, double(v));
        const float numbers = 40, room = body.w - 2 * numbers;
        const float zero = body.x + numbers + float(-least / std::max(most - least, 1e-9)) * room;
        for (std::size_t r = 0; r < rows; ++r) {
            const double v = at(t, "logits", id_at(r));
            const float length =
                std::isfinite(v) ? float(v / std::max(most - least, 1e-9)) * room : 0.0f;
            const float thick = thickness();
            const float y = y_of(r) + (pitch - thick) / 2;
            c.rect({length < 0 ? zero + length : zero, y, std::max(std::abs(length), 1.0f), thick},
                   v < 0 ? theme.negative : theme.positive, 2);
            if (pitch >= 15) {
                const std::string text = brief(v);
                if (v < 0)
                    c.text_in({zero + length - numbers, y_of(r), numbers - 4, pitch}, text,
                              label(Align::right));
                else
                    c.text_in({zero + length + 4, y_of(r), numbers - 4, pitch}, text, label());
            }
            cell(body, r, "logits");
        }
        c.line({zero, top}, {zero, bottom()}, {theme.outline, 1});
    }

    std::size_t count_of(const char* name) const {
        std::size_t n = 0;
        while (n < V && at(t, name, id_at(n)) > 0) ++n;
        return n;
    }

    // Of the two cuts, those that are on.
    std::string title_of(const std::string& part) const {
        const bool k = view.knobs.size("top_k") > 0, p = view.knobs.real("top_p") < 1;
        if (part == "share" && k != p) return view.say(k ? "title.share.k" : "title.share.p");
        return view.say("title." + part);
    }

    // A column stands there from when its bars begin to grow: what is still to come has no heading.
    bool begun(std::string_view part) const {
        const double begins = part == "share" ? 2 : part == "drawn" || part == "running" ? 3 : 0;
        return begins == 0 || view.t > begins;
    }

    std::string note_of(std::string_view part) const {
        const double temperature = double(view.knobs.real("temperature")),
                     p = double(view.knobs.real("top_p"));
        const std::size_t k = view.knobs.size("top_k");
        const std::string reach = number(std::round(p * 1000) / 1000);
        if (part == "logits") return view.say("note.logits");
        if (part == "probabilities")
            return temperature > 0
                       ? view.say("note.probabilities", {{"temperature", brief(temperature)}})
                       : view.say("note.greedy");
        if (part == "share") {
            if (k == 0 && p >= 1) return view.say("note.all");
            if (p >= 1) return view.say("note.best", {{"k", std::to_string(k)}});
            if (k == 0) return view.say("note.share", {{"p", reach}});
            return view.say("note.both", {{"k", std::to_string(k)}, {"p", reach}});
        }
        if (part == "drawn") return view.say("note.drawn");
        return view.say("note.running", {{"u", format_short(at(t, "u", 0), 5)}});
    }

    // The dashes under the last word that is kept.
    void cut_line(float from, float to) {
        if (view.t < 2) return;
        const std::size_t kept = count_of(view.t >= 3 ? "kept" : "by_k");
        if (kept < rows) c.line({from, y_of(kept)}, {to, y_of(kept)}, cut_stroke());
    }

    void probabilities(Rect column) {
        const Rect body = heading(column, "probabilities", note_of("probabilities"));
        const float grown = smooth(view.t, 0), room = body.w - 46;
        axis(body.x, room);
        for (std::size_t r = 0; r < rows; ++r) {
            const int id = id_at(r);
            const double v = at(t, "probabilities", id);
            const bool by_k = at(t, "by_k", id) == 0 && view.t >= 2;
            const bool by_p = at(t, "kept", id) == 0 && view.t >= 3;
            if (grown > 0)
                bar(body, r, body.x, float(v) * room * grown, theme.value, by_k || by_p,
                    grown >= 1 ? share_text(v) : "");
            cell(body, r, "probabilities");
        }
        cut_line(body.x - 4, body.right());
    }

    // Stretches laid end to end from 0 to 1, each on its own row, with a mark across them: where it
    // is cut, or what was drawn.
    void stairs(Rect column, const char* part, const char* tensor, double mark, bool has_mark,
                bool is_cut, int stop_at, float shown) {
        const bool to_come = !is_cut && view.t < 4;  // the number is not drawn yet
        const Rect body = heading(column, part, to_come ? "" : note_of(part));
        const float room = body.w - 8, thick = thickness();
        const auto x_of = [&](double v) { return body.x + float(v) * room; };
        axis(body.x, room);
        double before = 0;
        std::size_t end = 0;
        for (std::size_t r = 0; r < rows && float(r) < shown * float(rows); ++r) {
            const double v = at(t, tensor, id_at(r));
            if (v <= before) break;
            const bool cut = is_cut && view.t >= 3 && at(t, "kept", id_at(r)) == 0;
            const Rect box{x_of(before), y_of(r) + (pitch - thick) / 2,
                           std::max(float(v - before) * room, 1.0f), thick};
            if (before > 0)
                c.line({box.x, box.y + thick - pitch}, {box.x, box.y + 1}, {theme.text_quiet, 1});
            if (cut)
                c.rect(box, theme.sunken, 2, {theme.outline, 1});
            else
                c.rect(box, id_at(r) == stop_at ? theme.accent : theme.value, 2);
            before = v, end = r + 1;
        }
        //: the words below add nothing: the sum stays where it is
        if (shown >= 1 && before > 0 && end < rows)
            c.line({x_of(before), y_of(end) - (pitch - thick) / 2}, {x_of(before), bottom()},
                   {theme.text_quiet, 1, Dash::dotted});
        if (is_cut) cut_line(body.x, x_of(1));
        if (has_mark && is_cut)
            c.line({x_of(mark), top - 2}, {x_of(mark), bottom() + 2}, cut_stroke());
        if (has_mark && !is_cut) draw_mark(x_of(mark), top - 2, bottom() + 2);
        for (std::size_t r = 0; r < rows; ++r) cell(body, r, tensor);
    }

    // The bar as it was before the cut, hollow.
    void ghost(const Rect& box) { c.outline(box, {theme.text_quiet, 1}, 2); }

    void drawn(Rect column) {
        const Rect body = heading(column, "drawn", note_of("drawn"));
        const double draws = std::max(1.0, at(t, "draws", 0));
        const float room = body.w - 46, grown = smooth(view.t, 3), thick = thickness();
        axis(body.x, room);
        for (std::size_t r = 0; r < rows; ++r) {
            const int id = id_at(r);
            const double v = at(t, "drawn", id), counted = at(t, "counts", id) / draws,
                         first = at(t, "probabilities", id);
            const float y = y_of(r) + (pitch - thick) / 2;
            if (v > 0 && grown > 0)
                bar(body, r, body.x, float(v) * room * grown, theme.value, false, "");
            if (view.t >= 3 && first > 0)
                ghost({body.x, y, std::max(float(first) * room, 1.0f), thick});
            if (view.t >= 5 && counted > 0)
                c.circle({body.x + float(counted) * room, y + thick / 2}, 4, theme.background,
                         {theme.key, 2});
            if (grown >= 1 && v > 0 && pitch >= 15) {
                const float most = float(std::max({v, first, view.t >= 5 ? counted : 0.0}));
                const float x = std::min(body.x + most * room + 9, body.right() - 40);
                c.text_in({x, y_of(r), 40, pitch}, share_text(v), label());
            }
            cell(body, r, "drawn");
        }
    }

    void names(Rect column) {
        for (std::size_t r = 0; r < rows; ++r) {
            const int id = id_at(r);
            const bool taken = id == token_of(t) && view.t >= 5;
            const Rect box{column.x, y_of(r), column.w, pitch};
            if (pitch >= 15)
                c.text_in(box, (taken ? "▶ " : "") + word_of(t, view, id),
                          {taken ? Font::bold : Font::body, text_label, theme.text, Align::right});
        }
    }

    // What the row under the mouse, and the word drawn, are marked with.
    void marks(const Rect& page) {
        for (std::size_t r = 0; r < rows; ++r) {
            if (id_at(r) == token_of(t) && view.t >= 5)
                c.rect({page.x - 4, y_of(r), page.w + 8, pitch}, theme.accent.with_alpha(0.16f), 4);
            if (id_at(r) == hover)
                c.rect({page.x - 4, y_of(r), page.w + 8, pitch}, theme.text.with_alpha(0.10f), 4);
        }
    }
};

void card(Picture& p, Rect page) {
    p.rows = std::min<std::size_t>(p.V, 8);
    p.top = page.y, p.pitch = page.h / float(p.rows);
    const double end = std::max(1e-9, at(p.t, "probabilities", likeliest(p.t)));
    for (std::size_t r = 0; r < p.rows; ++r) {
        const int id = p.id_at(r);
        const bool cut = at(p.t, "kept", id) == 0 && p.view.t >= 3;
        p.bar(page, r, page.x,
              float(at(p.t, "probabilities", id) / end) * page.w * smooth(p.view.t, 0),
              id == token_of(p.t) && p.view.t >= 5 ? p.theme.accent : p.theme.value, cut, "");
    }
}

void draw(Canvas& c, const Trace& t, const View& view) {
    Picture p{{c, t, view}};
    Rect page = Rect{0, 0, view.size.w, view.size.h}.inset(view.compact ? 10.0f : 18.0f,
                                                           view.compact ? 10.0f : 12.0f);
    p.V = t["logits"].size();
    if (p.V == 0) return;
    if (view.compact) return card(p, page);
    const Selection& s = view.chosen();
    if (!s.tensor.empty()) p.hover = s.col;

    //: the sentence, and what became of it
    Rect head = page.take_top(28);
    const int token = token_of(t);
    c.text_in(
        head,
        view.say(view.t >= 5 ? "head.drawn" : "head.open", {{"word", word_of(t, view, token)}}),
        {Font::bold, text_body, c.theme().text});
    p.low = page.h < 200;
    page.take_bottom(p.low ? 0 : 22 + 26);

    //: the columns on show share the width
    const float gap = view.size.w < 760 ? 14 : 24;
    std::vector<std::pair<std::string, float>> columns;
    float weights = 0;
    for (const auto& [part, weight] : {std::pair{"logits", 0.95f},
                                       {"probabilities", 1.15f},
                                       {"share", 0.9f},
                                       {"drawn", 1.15f},
                                       {"running", 0.9f}})
        if (view.shows(part)) columns.emplace_back(part, weight), weights += weight;
    const float names = 66, most = 420;
    const float unit =
        columns.empty() ? 0
                        : std::min(most, (page.w - names - gap * float(columns.size())) / weights);
    if (p.low) p.note_height = 0;
    for (const auto& [part, weight] : columns)
        if (!p.low)
            p.note_height = std::max(
                p.note_height, c.measure_paragraph(unit * weight, p.note_of(part), p.quiet()).h);
    const Rect whole = page;
    page.take_top(20 + p.note_height + 8);
    p.rows = std::min(p.V, std::max<std::size_t>(3, std::size_t(page.h / 15)));
    p.rows = std::min<std::size_t>(p.rows, 24);
    p.pitch = std::min(page.h / float(p.rows), 52.0f);
    p.top = page.y;
    p.marks(page);

    Rect rest = whole;
    p.names(rest.take_left(names));
    for (const auto& [part, weight] : columns) {
        rest.take_left(gap);
        const Rect column = rest.take_left(unit * weight);
        if (!p.begun(part)) continue;
        const double top_p = double(view.knobs.real("top_p"));
        if (part == "logits") p.logits(column);
        if (part == "probabilities") p.probabilities(column);
        if (part == "share")
            p.stairs(column, "share", "share", top_p, top_p < 1, true, -1,
                     float(std::clamp(view.t - 2, 0.0, 1.0)));
        if (part == "drawn") p.drawn(column);
        if (part == "running")
            p.stairs(column, "running", "running", at(t, "u", 0), view.t >= 4, false,
                     view.t >= 5 ? token : -1, float(std::clamp(view.t - 3, 0.0, 1.0)));
    }
    const auto shown = [&](std::string_view part) {
        return std::any_of(columns.begin(), columns.end(),
                           [&](const auto& column) { return column.first == part; });
    };
    if (p.low) {
        if (p.rows < p.V)
            c.text_in(head, view.say("legend.more", {{"n", std::to_string(p.V - p.rows)}}),
                      p.quiet(Align::right));
        return;
    }
    const Rect foot{page.x, p.bottom() + 26, page.w, 22};

    //: the legend, of what has happened; top-k cuts at 2, top-p at 3
    const double cut_at = view.knobs.size("top_k") > 0 ? 2 : 3;
    Rect row = foot;
    const auto item = [&](const char* key, auto&& paint, const Arguments& arguments = {}) {
        const std::string word = view.say(key, arguments);
        const float width = c.measure(word, p.quiet()).w;
        if (row.w < width + 24) return;
        const Rect mark = row.take_left(20);
        paint(Rect{mark.x, mark.y + 5, 15, 12});
        c.text_in(row.take_left(width + 2), word, p.quiet());
        row.take_left(14);
    };
    if (shown("probabilities") && view.t >= cut_at)
        item("legend.cut", [&](const Rect& m) {
            c.rect(m, p.theme.sunken, 2, {p.theme.outline, 1});
            c.hatch(m, p.theme.text_quiet, 5);
        });
    if ((shown("probabilities") && view.t >= cut_at) || (shown("share") && p.begun("share")))
        item("legend.mark", [&](const Rect& m) {
            c.line({m.x, m.centre().y}, {m.right(), m.centre().y}, p.cut_stroke());
        });
    if (shown("drawn") && p.begun("drawn"))
        item("legend.before", [&](const Rect& m) { p.ghost({m.x, m.y, m.w, 11}); });
    if (shown("running") && view.t >= 4)
        item("legend.drawn",
             [&](const Rect& m) { p.draw_mark(m.centre().x, m.y - 2, m.bottom() + 2); });
    if (shown("drawn") && view.t >= 5)
        item("legend.counts",
             [&](const Rect& m) {
                 c.circle(m.centre(), 4, p.theme.background, {p.theme.key, 2});
             },
             {{"n", std::to_string(std::lround(at(t, "draws", 0)))}});
    if (p.rows < p.V)
        item("legend.more", [](const Rect&) {}, {{"n", std::to_string(p.V - p.rows)}});
}

}  // namespace

Panel make_infer_sampling_panel() { return {declare, compute, draw}; }

}  // namespace orrery::viz
