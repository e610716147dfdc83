// Attention masks: who sees whom, how far that reaches through layers, and what a leak is worth
//
//   mask   ->   after how many layers   ->   loss of every row
//
// One row of the page is one query in all three. The table is painted; the numbers beside it follow
// by counting; the bars are the loss of a small predictor that is trained on random text with this
// very mask, so that a bar below the honest loss can only be a leak.
#include "core/attention/mask.hpp"

#include <algorithm>
#include <cmath>

#include "core/attention/leak.hpp"
#include "core/base/text.hpp"
#include "viz/kit/color_scale.hpp"
#include "viz/kit/drawing.hpp"
#include "viz/kit/flow.hpp"
#include "viz/kit/format.hpp"
#include "viz/kit/grid.hpp"
#include "viz/kit/mask_grid.hpp"
#include "viz/kit/matrix.hpp"
#include "viz/kit/panel.hpp"

namespace orrery::viz {
namespace {

using attention::both;

constexpr int most_tokens = 12, most_layers = 4;
constexpr std::size_t most_trained = 16;  // tokens of a mask from a file that is still trained with
constexpr double clearly = 0.5;           // bits below the honest loss that are no chance

// ---- read off the trace

Tensor mask_of(const Trace& t) { return flat_matrix(t["mask"]); }
bool trained(const Trace& t) { return t.find("bits") != nullptr; }

double count_of(const Tensor& mask) {
    return double(mask.size()) - double(std::count(mask.flat().begin(), mask.flat().end(), 0.0f));
}

// Rows that the token they must predict has reached within `layers`.
std::vector<std::size_t> leaking_rows(const Trace& t, std::size_t layers) {
    std::vector<std::size_t> rows;
    if (!trained(t)) return rows;
    const Tensor& reach = t["layers"];
    for (std::size_t i = 0; i + 1 < reach.rows(); ++i)
        if (reach.row(i)[i + 1] <= float(layers)) rows.push_back(i);
    return rows;
}

double reached(const Trace& t, std::size_t layers) {
    if (!trained(t)) return 0;
    const auto all = t["layers"].flat();
    return double(
        std::count_if(all.begin(), all.end(), [&](float v) { return v <= float(layers); }));
}

double lowest_bits(const Trace& t) {
    if (!trained(t)) return 0;
    const auto bits = t["bits"].flat();
    return double(*std::min_element(bits.begin(), bits.end()));
}

std::string place(int i) { return std::to_string(i + 1); }

std::string row_list(const std::vector<std::size_t>& rows, const View& view) {
    std::string text;
    for (std::size_t n = 0; n < rows.size(); ++n)
        text += (n ? view.say("comma") : "") + std::to_string(rows[n] + 1);
    return text;
}

std::string verdict(const Trace& t, const View& view) {
    if (!trained(t)) return view.say("verdict.none");
    const std::size_t layers = view.knobs.size("layers");
    const auto rows = leaking_rows(t, layers);
    // Of one row it is known after which layer its answer is there; several are told by the last
    const std::size_t by =
        rows.size() == 1 ? std::size_t(t["layers"].row(rows[0])[rows[0] + 1]) : layers;
    const Arguments a{{"rows", row_list(rows, view)},
                      {"layers", std::to_string(by)},
                      {"honest", format_short(double(t["honest"].flat()[0]), 4)},
                      {"bits", format_short(lowest_bits(t), 4)}};
    if (rows.empty()) return view.say("verdict.honest", a);
    return view.say(rows.size() == 1 ? "verdict.leak" : "verdict.leaks", a);
}

// The row through which `to` first sees `from`: its neighbour on the way.
int neighbour(const Trace& t, int to, int from) {
    const Tensor mask = mask_of(t);
    const Tensor& reach = t["layers"];
    for (int via = 0; via < int(mask.cols()); ++via)
        if (mask.row(std::size_t(to))[std::size_t(via)] != 0.0f &&
            reach.row(std::size_t(via))[std::size_t(from)] + 1 ==
                reach.row(std::size_t(to))[std::size_t(from)])
            return via;
    return -1;
}

Explanation explain_cell(const Trace& t, const View& view, const Selection& s) {
    Explanation e;
    const int i = s.row, j = s.col;
    const Tensor mask = mask_of(t);
    const Arguments who{{"query", place(i)}, {"key", place(j)}};
    const Entry* entry = t.find(s.tensor);
    const Tensor numbers = entry ? flat_matrix(entry->tensor) : Tensor();
    if (i < 0 || j < 0 || numbers.rank() != 2 || std::size_t(i) >= numbers.rows() ||
        std::size_t(j) >= numbers.cols())
        return e;
    const std::string equals =
        " = " + format_value(double(numbers.row(std::size_t(i))[std::size_t(j)]));
    // 1 + 1 + 0 + … of a row or column of the mask
    const auto added = [&](std::size_t count, auto&& entry_at) {
        std::string sum;
        for (std::size_t n = 0; n < count && n < most_tokens; ++n)
            sum += (n ? " + " : "") + std::string(entry_at(n) != 0.0f ? "1" : "0");
        return sum + (count > most_tokens ? " + …" : "") + equals;
    };
    if (s.tensor == "mask") {
        if (i >= int(mask.rows()) || j >= int(mask.cols())) return e;
        const bool yes = mask.row(std::size_t(i))[std::size_t(j)] != 0.0f;
        e.formula = view.say(yes ? "may" : "may_not") + equals;
        e.why = view.say(yes ? "why.mask.yes" : "why.mask.no", who);
        if (trained(t)) e.operands = {{"layers", i, i + 1, j, j + 1}};
    } else if (s.tensor == "per_query") {
        if (std::size_t(i) < mask.rows())
            e.formula =
                added(mask.cols(), [&](std::size_t n) { return mask.row(std::size_t(i))[n]; });
        e.why = view.say("why.per_query", who);
        e.operands = {{"mask", i, i + 1, 0, -1}};
    } else if (s.tensor == "per_key") {
        if (std::size_t(j) < mask.cols())
            e.formula =
                added(mask.rows(), [&](std::size_t n) { return mask.row(n)[std::size_t(j)]; });
        e.why = view.say("why.per_key", who);
        e.operands = {{"mask", 0, -1, j, j + 1}};
    } else if (s.tensor == "layers" && trained(t)) {
        const Tensor& reach = t["layers"];
        if (i >= int(reach.rows()) || j >= int(reach.cols())) return e;
        const float layers = reach.row(std::size_t(i))[std::size_t(j)];
        if (std::isfinite(layers)) e.formula = view.say("knob.layers") + equals;
        if (layers == 0) {
            e.why = view.say("why.layers.own", who);
        } else if (std::isinf(layers)) {
            e.why = view.say("why.layers.never", who);
        } else {
            // 5 ← 3 ← 6
            std::string path = place(i);
            int at = i;
            while (at >= 0 && at != j) {
                const int next = neighbour(t, at, j);
                if (next < 0) break;
                e.operands.push_back({"mask", at, at + 1, next, next + 1});
                at = next, path += " ← " + place(at);
            }
            e.why = view.say(layers == 1 ? "why.layers.direct" : "why.layers.way",
                             {{"query", place(i)},
                              {"key", place(j)},
                              {"n", format_value(double(layers))},
                              {"path", path}});
        }
    } else if (s.tensor == "bits" && trained(t)) {
        const auto rows = leaking_rows(t, view.knobs.size("layers"));
        const bool leaks = std::find(rows.begin(), rows.end(), std::size_t(j)) != rows.end();
        e.formula = view.say("mean_bits") + equals;
        e.why = view.say(leaks ? "why.bits.leak" : "why.bits.honest",
                         {{"query", place(j)},
                          {"key", place(j + 1)},
                          {"honest", format_short(double(t["honest"].flat()[0]), 4)}});
        if (j + 1 < int(mask.cols())) e.operands = {{"layers", j, j + 1, j + 1, j + 2}};
    }
    return e;
}

void declare(Declaration& d) {
    d.knob("pattern", "causal", {"full", "causal", "prefix", "padding", "packing", "window"});
    d.knob("tokens", 8, 1, most_tokens).advanced = true;
    d.knob("size", 3, 1, most_tokens);
    d.knob("layers", 2, 1, most_layers);
    d.text_knob("edits", "", 65536);
    d.optional_input("mask");
    d.output("mask");
    d.parts("mask", "layers", "bits");
    d.fact("allowed",
           [](const Trace& t, const Knobs&) -> FactValue { return count_of(mask_of(t)); });
    d.fact("entries",
           [](const Trace& t, const Knobs&) -> FactValue { return double(mask_of(t).size()); });
    d.fact("reached", [](const Trace& t, const Knobs& k) -> FactValue {
        return reached(t, k.size("layers"));
    });
    d.fact("leaking_rows", [](const Trace& t, const Knobs& k) -> FactValue {
        return double(leaking_rows(t, k.size("layers")).size());
    });
    d.fact("lowest_bits", [](const Trace& t, const Knobs&) -> FactValue { return lowest_bits(t); });
    d.fact("honest_bits", [](const Trace& t, const Knobs&) -> FactValue {
        return trained(t) ? double(t["honest"].flat()[0]) : 0.0;
    });
    d.fact("lowest_row", [](const Trace& t, const Knobs&) -> FactValue {
        if (!trained(t)) return 0.0;
        const auto bits = t["bits"].flat();
        return double(std::min_element(bits.begin(), bits.end()) - bits.begin()) + 1;
    });
    for (const char* name : {"mask", "per_query", "per_key", "layers", "bits"})
        d.explain(name, explain_cell);
    d.length([](const Trace& t) { return trained(t) ? 5.0 : 1.0; });
    d.describe([](const Trace& t, const View& view) {
        const Tensor mask = mask_of(t);
        return view.say("words", {{"allowed", format_value(count_of(mask))},
                                  {"entries", std::to_string(mask.size())}}) +
               " " + verdict(t, view);
    });
    d.preset("peephole", {{"pattern", "causal"}, {"layers", "1"}, {"edits", "mask.2.3=1"}});
    d.preset("detour", {{"pattern", "causal"}, {"layers", "2"}, {"edits", "mask.2.5=1"}});
    d.preset("window", {{"pattern", "window"}, {"size", "3"}, {"layers", "2"}});
}

// ---- what is computed

// The pattern of the knobs; a size larger than the sequence means all of it.
Tensor made(const Knobs& k) {
    const std::size_t tokens = k.size("tokens"), size = std::min(k.size("size"), tokens);
    const std::string& pattern = k.choice("pattern");
    if (pattern == "full") return attention::full_mask(tokens, tokens);
    if (pattern == "prefix") return attention::prefix_mask(tokens, size);
    if (pattern == "window") return attention::window_mask(tokens, size);
    if (pattern == "padding") return flat_matrix(attention::padding_mask({size}, tokens));
    if (pattern == "packing") {
        std::vector<std::size_t> document;
        for (std::size_t i = 0; i < tokens; ++i) document.push_back(i / size);
        return both(attention::packing_mask(document), attention::causal_mask(tokens, tokens));
    }
    return attention::causal_mask(tokens, tokens);
}

// With the cells painted over it: "mask.0.3=1".
void paint_over(Tensor& mask, const std::string& edits) {
    for (const std::string& edit : split(edits, ';')) {
        long long i = 0, j = 0;
        double allowed = 0;
        const auto sides = split(edit, '=');
        if (sides.size() != 2 || !parse_number(sides[1], allowed)) continue;
        const auto words = split(sides[0], '.');
        if (words.size() != 3 || words[0] != "mask" || !parse_integer(words[1], i) ||
            !parse_integer(words[2], j) || i < 0 || j < 0)
            continue;
        if (std::size_t(i) < mask.rows() && std::size_t(j) < mask.cols())
            mask.row(std::size_t(i))[std::size_t(j)] = allowed != 0 ? 1.0f : 0.0f;
    }
}

void compute(const Knobs& k, const Inputs& in, Trace& out) {
    const Tensor* given = in.find("mask");
    Tensor mask = given ? *given : made(k);
    if (mask.rank() == 2) paint_over(mask, k.text("edits"));
    record(attention::mask_steps(mask), out);
    if (mask.rank() != 2 || mask.rows() != mask.cols() || mask.rows() == 0 ||
        mask.rows() > most_trained)
        return;
    out.from("attention/leak");
    out.add("layers", attention::layers_to_reach(mask),
            "one layer more: what a row sees has already collected what it saw");
    attention::LeakConfig config;
    config.layers = k.size("layers"), config.seed = k.seed();
    record(attention::leak_steps(mask, config), out);
}

// ---- what is drawn

struct Picture : Drawing {
    Tensor mask{};
    std::size_t rows = 0, cols = 0, layers = 1;
    float w = 30, h = 30, line = 0;
    Rect at_mask{}, at_reach{}, at_bars{};
    bool low = false;

    void draw() {
        mask = mask_of(t), rows = mask.rows(), cols = mask.cols();
        layers = view.knobs.size("layers"), line = line_height(quiet());
        if (view.compact) return card();
        const Rect page = Rect{0, 0, view.size.w, view.size.h}.inset(16, 8);
        //: in a window too low for all the table alone, and beside it what it comes to
        low = page.h < 230 && view.shows("mask");
        layout(page);
        draw_mask();
        if (low && trained(t) && view.shows("bits") && view.t >= 5) {
            const float left = at_mask.right() + 70;
            c.paragraph({left, at_mask.y, page.right() - left, at_mask.h}, verdict(t, view),
                        bold(leaking_rows(t, layers).empty() ? theme.good : theme.text));
        }
        if (!trained(t) || low) return;
        draw_reach();
        draw_bars();
    }

    void card() {
        const float side = std::min((view.size.w - 32) / 2, view.size.h - 16);
        const float n = float(std::max(rows, cols));
        const Rect box{(view.size.w - (trained(t) ? 2 * side + 16 : side)) / 2,
                       (view.size.h - side) / 2, side * float(cols) / n, side * float(rows) / n};
        MaskGridLook look;
        look.reveal = phase(0);
        mask_grid(c, box, mask, view, look);
        if (!trained(t)) return;
        GridLook reach = reach_look();
        reach.hoverable = false;
        grid_cells(c, {box.right() + 16, box.y, box.w, box.h}, t, "layers", focus("layers"), view,
                   reach);
    }

    void layout(Rect page) {
        const bool alone = low || !trained(t);
        const float names = 28, counts = 44, gap = 26, least_bars = alone ? 0 : 206;
        const float parts = alone ? 1 : 2;
        // Title, what the axes are, names over the columns; below: counts, and what colours mean
        const float above = 3 * line + 2, below = low ? 0 : 8 + 4 * line + 6;
        w = (page.w - names * parts - counts - gap * parts - least_bars) / (parts * float(cols));
        h = (page.h - above - below) / float(rows);
        w = std::clamp(w, 0.5f, 60.0f), h = std::clamp(h, 0.5f, 60.0f);
        w = std::min(w, h * 1.6f), h = std::min(h, w);
        const float used = names * parts + counts + gap * parts + parts * w * float(cols) +
                           (alone ? 0 : std::min(page.w * 0.34f, 320.0f));
        const float x = page.x + (low ? 0 : std::max((page.w - used) / 2, 0.0f)) + names;
        const float total = above + below + h * float(rows);
        const float y = page.y + above + std::max((page.h - total) / 2, 0.0f);
        at_mask = {x, y, w * float(cols), h * float(rows)};
        at_reach = {at_mask.right() + counts + gap + names, y, at_mask.w, at_mask.h};
        const float bars_x = at_reach.right() + gap;
        at_bars = {bars_x, y, std::min(page.right() - bars_x, 300.0f), at_mask.h};
    }

    Focus focus(const char*) const { return {view.chosen(), view.explanation, false}; }

    // A title, a quiet line below it, and the numbers of the rows and columns.
    void heading(const Rect& cells, const std::string& title, const std::string& axes, float room) {
        c.text_in({cells.x, cells.y - 3 * line - 2, room, line}, title, bold());
        c.text_in({cells.x, cells.y - 2 * line - 2, room, line}, axes, quiet());
        const auto step = std::size_t(std::max(1.0f, std::ceil(18 / w)));
        for (std::size_t j = 0; j < cols; j += step)
            c.text_in({cells.x + float(j) * w - 4, cells.y - line - 1, w + 8, line},
                      std::to_string(j + 1), quiet(Align::centre));
        const auto tall = std::size_t(std::max(1.0f, std::ceil(11.4f / h)));
        for (std::size_t i = 0; i < rows; i += tall)
            c.text_in({cells.x - 30, cells.y + (float(i) + 0.5f) * h - 9, 24, 18},
                      std::to_string(i + 1), quiet(Align::right));
    }

    void draw_mask() {
        if (!view.shows("mask")) return;
        const float room = at_reach.x - 30 - at_mask.x;
        heading(at_mask, view.say(view.presenting ? "title.mask.plain" : "title.mask"),
                view.say("axis.mask"), trained(t) && !low ? room : view.size.w - at_mask.x - 16);
        MaskGridLook look;
        look.reveal = phase(0);
        look.paint = t["mask"].rank() == 2 ? "mask" : "";
        const Selection& s = view.chosen();
        if (s.tensor == "mask" || s.tensor == "layers") look.lit = s;
        mask_grid(c, at_mask, mask, view, look);
        if (invites()) {
            const Rect cell = grid_cell(at_mask, rows, cols, 2, 3).inset(1);
            c.polyline({{cell.x, cell.y},
                        {cell.right(), cell.y},
                        {cell.right(), cell.bottom()},
                        {cell.x, cell.bottom()},
                        {cell.x, cell.y}},
                       {theme.warning, 2, Dash::dashed});
        }
        for (const CellRange& range : view.explanation.operands)
            if (range.tensor == "mask") outline_range(at_mask, range);
        ring(c, at_mask, "mask", view);

        //: counted
        const Tensor per_query = flat_matrix(
                         t["per_query"].reshaped({t["per_query"].size() / rows, rows, 1})),
                     per_key = flat_matrix(t["per_key"]);
        if (h >= 11.4f)
            c.text_in({at_mask.right() + 2, at_mask.y - line - 1, 46, line}, view.say("title.sees"),
                      quiet(Align::centre));
        //: a count comes with what is counted
        const float painted_yet = phase(0);
        for (std::size_t i = 0; i < rows && h >= 11.4f; ++i)
            if (float(i + 1) <= painted_yet * float(rows) + 0.001f)
                c.text_in({at_mask.right() + 2, at_mask.y + (float(i) + 0.5f) * h - 9, 46, 18},
                          format_value(double(per_query.row(i)[0])), label(Align::centre));
        Region counts;
        counts.id = "cells.per_query", counts.kind = Region::Kind::cells;
        counts.box = {at_mask.right() + 2, at_mask.y, 46, at_mask.h};
        counts.target.tensor = "per_query", counts.rows = rows, counts.cols = 1;
        c.region(counts);
        for (std::size_t j = 0; j < cols && w >= 18 && !low && painted_yet >= 1; ++j)
            c.text_in({at_mask.x + float(j) * w, at_mask.bottom() + 2, w, 18},
                      format_value(double(per_key.row(0)[j])), label(Align::centre));
        if (low) return;
        counts.id = "cells.per_key", counts.target.tensor = "per_key";
        counts.box = {at_mask.x, at_mask.bottom() + 1, at_mask.w, 20};
        counts.rows = 1, counts.cols = cols;
        c.region(counts);
        if (w >= 18)
            c.text_in({at_mask.right() + 6, at_mask.bottom() + 2, 80, 18}, view.say("title.seen"),
                      quiet());

        //: the count of all, and the way back
        const double allowed = count_of(mask);
        if (painted_yet < 1) return;
        Rect below{at_mask.x, at_mask.bottom() + 28, room - 10, line};
        c.text_in(
            below,
            view.say("note.allowed",
                     {{"allowed", format_value(allowed)},
                      {"entries", std::to_string(mask.size())},
                      {"share", format_value(std::round(100 * allowed / double(mask.size())))}}),
            bold());
        below.y += line;
        const auto painted = edited_cells(view.knobs.text("edits"), "mask");
        if (painted.empty()) {
            c.text_in(below, view.say("note.paint"), quiet());
            below.y += line;
            if (invites()) c.text_in(below, view.say("note.try"), bold(theme.warning));
            return;
        }
        const std::string text = view.say(view.presenting ? "note.painted.plain" : "note.painted",
                                          {{"n", std::to_string(painted.size())}});
        c.polygon({{below.x, below.y + 5}, {below.x + 9, below.y + 5}, {below.x + 9, below.y + 14}},
                  theme.warning);
        const float wide = std::min(c.measure(text, quiet()).w + 1, below.w - 14);
        const Rect words{below.x + 14, below.y, wide, line};
        c.text_in(words, text, quiet());
        if (view.presenting) return;
        c.line({words.x, words.bottom() - 2}, {words.right(), words.bottom() - 2},
               {theme.text_quiet, 1});
        Region region;
        region.id = "edits.reset", region.box = {below.x - 4, below.y - 4, wide + 22, line + 8};
        region.kind = Region::Kind::button, region.action = "reset edits";
        region.tip = view.say("note.painted.tip");
        c.region(std::move(region));
    }

    // Nothing leaks and nothing is painted: one cell is offered, that would be a leak.
    bool invites() const {
        return !view.presenting && view.t >= 5 && trained(t) && view.shows("bits") && rows > 4 &&
               w >= 14 && h >= 14 && view.knobs.text("edits").empty() && mask.row(2)[3] == 0.0f &&
               leaking_rows(t, layers).empty() && t["mask"].rank() == 2;
    }

    void outline_range(const Rect& cells, const CellRange& range) {
        const int row_end = range.row_end < 0 ? int(rows) : std::min(range.row_end, int(rows));
        const int col_end = range.col_end < 0 ? int(cols) : std::min(range.col_end, int(cols));
        if (row_end <= range.row_begin || col_end <= range.col_begin) return;
        c.outline({cells.x + float(range.col_begin) * w, cells.y + float(range.row_begin) * h,
                   float(col_end - range.col_begin) * w, float(row_end - range.row_begin) * h},
                  {theme.accent, 2}, 3);
    }

    // How many layers have been gone through at this place of the animation, the last in part: its
    // rows come one after the other. The first is done at 2, all are where the loss begins; where no
    // loss follows, at 4, so that a presenter stops at whole ones.
    double gone_through() const {
        if (view.t <= 2) return std::clamp(view.t - 1, 0.0, 1.0);
        const double last = view.shows("bits") ? 3 : 4;
        return 1 + std::clamp((view.t - 2) / (last - 2), 0.0, 1.0) * double(layers - 1);
    }
    std::size_t layers_now() const { return std::size_t(std::ceil(gone_through() - 1e-9)); }
    bool arrived(std::size_t row, float after) const {
        const double gone = gone_through(), whole = std::floor(gone + 1e-9);
        return double(after) <= whole ||
               (double(after) <= whole + 1 && double(row) + 1 <= (gone - whole) * double(rows));
    }

    GridLook reach_look() const {
        GridLook look;
        look.style.map = Map::cividis, look.style.norm = Norm::linear;
        look.style.low = 0, look.style.high = float(most_layers);
        Tensor there(t["layers"].shape());
        for (std::size_t i = 0; i < there.rows(); ++i)
            for (std::size_t j = 0; j < there.cols(); ++j)
                there.row(i)[j] = arrived(i, t["layers"].row(i)[j]) ? 1.0f : 0.0f;
        look.style.mask = there;
        look.numbers = false;  // one digit each: there is room for it earlier than for others
        return look;
    }

    void draw_reach() {
        if (!view.shows("layers")) return;
        const std::size_t now = layers_now();
        heading(at_reach,
                view.say(now <= 2 ? "title.layers." + std::to_string(now) : "title.layers",
                         {{"n", std::to_string(now)}}),
                view.say("axis.layers"), at_bars.x - 10 - at_reach.x);
        const GridLook look = reach_look();
        grid_cells(c, at_reach, t, "layers", focus("layers"), view, look);
        const ColorScale colours = color_scale(t["layers"], look.style, view.dark);
        for (std::size_t i = 0; i < rows && w >= 14 && h >= 14; ++i)
            for (std::size_t j = 0; j < cols; ++j) {
                const float k = t["layers"].row(i)[j];
                if (!arrived(i, k)) continue;
                c.text_in(grid_cell(at_reach, rows, cols, i, j), format_value(double(k)),
                          {Font::body, text_label, ink_on(colours.color(k)), Align::centre});
            }
        //: the token that a row must predict
        bool any = false;
        for (std::size_t i = 0; i + 1 < rows; ++i) {
            if (!arrived(i, t["layers"].row(i)[i + 1])) continue;
            c.outline(grid_cell(at_reach, rows, cols, i, i + 1).inset(1), {theme.warning, 3}, 3);
            any = true;
        }
        ring(c, at_reach, "layers", view);

        //: what the colours mean
        float x = at_reach.x, y = at_reach.bottom() + 8;
        const float end = at_bars.x - 16;
        const auto entry = [&](const auto& mark, const std::string& word) {
            const float wide = 20 + c.measure(word, quiet()).w;
            if (x > at_reach.x && x + wide > end) x = at_reach.x, y += line;
            mark(Rect{x, y + 3, 14, 12});
            c.text_in({x + 20, y, wide - 19, line}, word, quiet());
            x += wide + 12;
        };
        const auto occurs = [&](std::size_t k) {
            const auto all = t["layers"].flat();
            return std::find(all.begin(), all.end(), float(k)) != all.end();
        };
        for (std::size_t k = 0; k <= std::min<std::size_t>(layers, 2); ++k)
            if (occurs(k))
                entry(
                    [&](const Rect& r) {
                        c.rect(r, colours.color(float(k)), 2, {theme.outline, 1});
                    },
                    view.say("layers." + std::to_string(k)));
        if (layers > 2 && occurs(layers))
            entry(
                [&](const Rect& r) {
                    c.rect(r, colours.color(float(layers)), 2, {theme.outline, 1});
                },
                view.say("layers.n", {{"n", std::to_string(layers)}}));
        entry(
            [&](const Rect& r) {
                c.rect(r, theme.sunken, 2, {theme.outline, 1});
                c.hatch(r, theme.text_quiet.with_alpha(0.7f), 4);
            },
            view.say("layers.never"));
        if (any)
            entry(
                [&](const Rect& r) {
                    c.outline(r, {theme.warning, 3}, 2);
                },
                view.say("layers.answer"));

        //: how many that makes; where a loss follows it has the last word
        if (view.shows("bits") || view.t < 5) return;
        const double pairs = reached(t, layers);
        y = std::max(y + line, at_mask.bottom() + 28);
        if (y + line > view.size.h) return;
        c.text_in(
            {at_reach.x, y, end - at_reach.x, line},
            view.say("note.reached",
                     {{"reached", format_value(pairs)},
                      {"entries", std::to_string(mask.size())},
                      {"share", format_value(std::round(100 * pairs / double(mask.size())))}}),
            bold());
    }

    void draw_bars() {
        if (!view.shows("bits")) return;
        const double honest = double(t["honest"].flat()[0]);
        const Tensor& history = t["history"];
        const float at = phase(3, 2) * float(history.rows() - 1);
        const auto snapshot = std::size_t(at);
        c.text_in({at_bars.x, at_bars.y - 3 * line - 2, at_bars.w, line}, view.say("title.bits"),
                  bold());
        c.text_in({at_bars.x, at_bars.y - 2 * line - 2, at_bars.w, line},
                  fitting(at_bars.w, quiet(), {view.say("axis.bits"), view.say("axis.bits.short")}),
                  quiet());
        const auto tall = std::size_t(std::max(1.0f, std::ceil(11.4f / h)));
        for (std::size_t i = 0; i < rows; i += tall)
            c.text_in({at_bars.x - 24, at_bars.y + (float(i) + 0.5f) * h - 9, 18, 18},
                      std::to_string(i + 1), quiet(Align::right));
        const float value_w = 70, reach = at_bars.w - value_w;
        const float per_bit = reach / float(honest * 1.2);
        const float limit = at_bars.x + per_bit * float(honest);
        const auto leaks = leaking_rows(t, layers);
        for (std::size_t i = 0; i < rows; ++i) {
            const float now = history.row(snapshot)[i];
            const float next = history.row(std::min(snapshot + 1, history.rows() - 1))[i];
            const float bits = now + (next - now) * (at - float(snapshot));
            const bool fell = double(bits) < honest - clearly;
            const float length = std::clamp(bits * per_bit, 1.0f, reach);
            const float thick = std::min(h * 0.6f, 18.0f);
            const Rect bar{at_bars.x, at_bars.y + (float(i) + 0.5f) * h - thick / 2, length, thick};
            c.rect(bar, fell ? theme.warning : theme.accent, 2);
            const Selection& s = view.chosen();
            if ((s.tensor == "bits" && s.col == int(i)))
                c.outline(bar.inset(-1), {theme.text, 2}, 3);
            if (h >= 11.4f) {
                const std::string text =
                    view.say("bits", {{"bits", SameFormat{2, 0}(double(bits))}});
                c.text_in({std::max(bar.right(), fell ? 0.0f : limit) + 6, bar.centre().y - 9,
                           value_w - 2, 18},
                          text, fell ? bold() : label());
            }
            Region region;
            region.id = "bits." + std::to_string(i);
            region.box = {at_bars.x, at_bars.y + float(i) * h, at_bars.w, h};
            region.target = {"bits", -1, -1, 0, int(i), -1};
            c.region(std::move(region));
        }
        c.line({at_bars.x, at_bars.y}, {at_bars.x, at_bars.bottom()}, {theme.outline, 1});
        c.polyline({{limit, at_bars.y - 3}, {limit, at_bars.bottom() + 3}},
                   {theme.text, 1.5f, Dash::dashed});
        //: its name ends at the line, or begins with the bars where it is longer than they are
        const std::string guess = view.say("note.honest", {{"bits", format_short(honest, 4)}});
        const float left = std::max(at_bars.x, limit + 4 - c.measure(guess, quiet()).w);
        c.text_in({left, at_bars.y - line - 3, view.size.w - 16 - left, line}, guess, quiet());
        ring(c, at_bars, "bits", view);
        const float top = at_bars.bottom() + 8;
        if (view.t < 5) return;
        c.paragraph({at_bars.x, top, view.size.w - 18 - at_bars.x, 4 * line}, verdict(t, view),
                    bold(leaks.empty() ? theme.good : theme.text));
    }
};

void draw(Canvas& c, const Trace& t, const View& view) {
    if (mask_of(t).size() == 0) return;
    Picture{{c, t, view}}.draw();
}

}  // namespace

Panel make_attention_mask_panel() { return {declare, compute, draw}; }

}  // namespace orrery::viz
