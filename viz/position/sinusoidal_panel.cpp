// Sinusoidal positions, drawn: every line of the table is a wave, every pair of lines a clock
//
//   the table, a column for each position       the hands of the clocks at one position
//   one pair of it as waves                     or: rows multiplied, by their distance
//
// The chosen position runs through all of them.
#include "core/position/sinusoidal.hpp"

#include <algorithm>
#include <cmath>

#include "viz/kit/bar_rows.hpp"
#include "viz/kit/drawing.hpp"
#include "viz/kit/flow.hpp"
#include "viz/kit/format.hpp"
#include "viz/kit/grid.hpp"
#include "viz/kit/matrix.hpp"
#include "viz/kit/panel.hpp"
#include "viz/kit/plot.hpp"

namespace orrery::viz {
namespace {

constexpr float turn = 6.2831853f;

// ---- what is declared

std::string number(double v) { return format_value(v); }

std::size_t rows_of(const Trace& t) { return t["y"].rows(); }
std::size_t pairs_of(const Trace& t) { return t["wavelength"].size(); }

std::size_t place_of(const Trace& t, const Knobs& k) {
    const std::size_t n = rows_of(t);
    return n == 0 ? 0 : std::min(k.size("place"), n - 1);
}

std::size_t pair_of(const Trace& t, const Knobs& k) {
    return std::min(k.size("pair"), std::max<std::size_t>(pairs_of(t), 1)) - 1;
}

double at(const Trace& t, std::string_view name, std::size_t row, std::size_t col) {
    const Tensor& tensor = t[name];
    return row < tensor.rows() && col < tensor.cols() ? double(tensor.row(row)[col]) : 0;
}

Explanation explain_cell(const Trace& t, const View& view, const Selection& s) {
    const auto p = std::size_t(std::max(s.row, 0)), j = std::size_t(std::max(s.col, 0));
    const std::string& name = s.tensor;
    const std::string equals = " = " + number(at(t, name, p, j));
    const double first = double(view.knobs.size("first")), base = view.knobs.number("base");
    const std::size_t pairs = pairs_of(t);
    Explanation e;
    e.term = name;
    const std::size_t i = name == "y" ? j / 2 : j;
    e.why = view.say("why." + name, {{"p", number(first + double(p))},
                                     {"pair", std::to_string(i + 1)},
                                     {"wave", number(at(t, "wavelength", 0, i))}});
    const std::string power =
        number(base) + "^(" + std::to_string(i) + "/" + std::to_string(pairs) + ")";
    if (name == "y") {
        e.formula =
            std::string(j % 2 == 0 ? "sin(" : "cos(") + number(at(t, "angle", p, i)) + ")" + equals;
        e.operands = {{"angle", int(p), int(p) + 1, int(i), int(i) + 1}};
    } else if (name == "angle") {
        e.formula = number(first + double(p)) + " / " + power + equals;
    } else if (name == "wavelength") {
        e.formula = "2π × " + power + equals;
    }
    return e;
}

std::string in_words(const Trace& t, const View& view) {
    if (rows_of(t) == 0) return view.say("words.empty");
    const auto waves = t["wavelength"].flat();
    return view.say("words.table", {{"n", std::to_string(rows_of(t))},
                                    {"pairs", std::to_string(pairs_of(t))},
                                    {"short", number(double(waves.front()))},
                                    {"long", number(double(waves.back()))}}) +
           view.say("words.product", {{"one", number(at(t, "by_distance", 0, 1))},
                                      {"moved", number(at(t, "moved", 0, 0))}});
}

void declare(Declaration& d) {
    d.knob("place", 9, 0, 127);
    d.knob("pair", 3, 1, 64);
    d.knob("base", position::sinusoidal_base, 2.0f, 1e6f, Scale::log);
    d.knob("right", "clocks", {"clocks", "product"});
    d.knob("n", 32, 1, 128).advanced = true;
    d.knob("pairs", 8, 1, 64).advanced = true;
    d.knob("first", 0, 0, 100000).advanced = true;

    d.output("y");
    d.parts("y", "wave", "clocks", "product");

    d.fact("longest_wave", [](const Trace& t, const Knobs&) -> FactValue {
        return double(t["wavelength"].flat().back());
    });
    d.fact("wavelength", [](const Trace& t, const Knobs& k) -> FactValue {
        return double(t["wavelength"].flat()[pair_of(t, k)]);
    });
    d.fact("sine", [](const Trace& t, const Knobs& k) -> FactValue {
        return at(t, "y", place_of(t, k), 2 * pair_of(t, k));
    });
    d.fact("cosine", [](const Trace& t, const Knobs& k) -> FactValue {
        return at(t, "y", place_of(t, k), 2 * pair_of(t, k) + 1);
    });
    d.fact("step_degrees", [](const Trace& t, const Knobs& k) -> FactValue {
        return 360 / double(t["wavelength"].flat()[pair_of(t, k)]);
    });
    d.fact("near",
           [](const Trace& t, const Knobs&) -> FactValue { return at(t, "by_distance", 0, 1); });
    d.fact("moved", [](const Trace& t, const Knobs&) -> FactValue { return at(t, "moved", 0, 0); });

    for (const char* name : {"y", "angle", "wavelength", "products", "by_distance"})
        d.explain(name, explain_cell);
    d.length([](const Trace&) { return 4.0; });
    d.describe(in_words);
    d.preset("fast", {{"pair", "1"}});
    d.preset("distance", {{"right", "product"}});
}

// ---- what is computed

// Row `from` of the table times every row, divided by d/2: 1 for the row itself.
Tensor products_with(const Tensor& y, std::size_t from, std::size_t count) {
    Tensor products({count});
    for (std::size_t q = 0; q < count; ++q) {
        double sum = 0;
        for (std::size_t j = 0; j < y.cols(); ++j)
            sum += double(y.row(from)[j]) * double(y.row(q)[j]);
        products.flat()[q] = float(sum / (double(y.cols()) / 2));
    }
    return products;
}

void compute(const Knobs& k, const Inputs&, Trace& out) {
    const std::size_t n = k.size("n"), d = 2 * k.size("pairs"), first = k.size("first");
    const float base = k.real("base");
    const auto steps = position::sinusoidal_steps(n, d, base, first);
    record(steps, out);

    // Products by distance: measured from the first position, and from the chosen one.
    const std::size_t place = std::min(k.size("place"), n - 1);
    const Tensor longer = position::sinusoidal(std::max<std::size_t>(n, 2), d, base, 0);
    const Tensor by_distance = products_with(longer, 0, longer.rows());
    const Tensor products = products_with(steps.y, place, n);
    Tensor moved({1});
    for (std::size_t q = 0; q < n; ++q) {
        const std::size_t distance = q > place ? q - place : place - q;
        moved.flat()[0] =
            std::max(moved.flat()[0], std::abs(products.flat()[q] - by_distance.flat()[distance]));
    }
    out.from("");
    out.add("products", products);
    out.add("by_distance", by_distance);
    out.add("moved", moved);
}

// ---- what is drawn

struct Picture : Drawing {
    Focus focus{view.chosen(), view.explanation};
    std::size_t n = 0, pairs = 0, place = 0, pair = 0, first = 0;
    double now = 0;  // the position that the animation has reached

    void start() {
        n = rows_of(t), pairs = pairs_of(t);
        place = place_of(t, view.knobs), pair = pair_of(t, view.knobs);
        if (focus.cell.tensor == "y" && focus.cell.is_cell()) {
            place = std::min(std::size_t(focus.cell.row), n - 1);
            pair = std::min(std::size_t(focus.cell.col) / 2, pairs - 1);
        }
        first = view.knobs.size("first");
        now = double(place) * double(eased(view.t, 0.5, 3));
    }

    //: the table, positions from left to right
    void table(const Rect& cells) {
        GridLook look;
        look.transposed = true, look.numbers = false;
        look.style.low = -1, look.style.high = 1;
        if (!view.compact) {
            // The colour bar stands beside it.
            look.title = fitting(
                cells.w - 165, bold(),
                {view.say("title.y"), view.say("title.y.brief"), view.say("title.y.short")});
            look.title_above = 4;
        }
        grid_cells(c, cells, t, "y", focus, view, look);
        const float shown = eased(view.t, 0, 1.5);
        if (shown < 1) {
            const float x = cells.x + cells.w * shown;
            c.rect({x, cells.y, cells.right() - x, cells.h}, theme.sunken);
        }
        const float w = cells.w / float(n), h = cells.h / float(pairs);
        const float x = cells.x + (float(now) + 0.5f) * w;
        if (view.compact) return;
        c.line({x, cells.y - 3}, {x, cells.bottom() + 3}, {theme.text, 2});
        c.outline(Rect{cells.x, cells.y + float(pair) * h, cells.w, h}.inset(-1), {theme.text, 2},
                  2);
        //: the pairs beside their two lines, as many as have room
        const float gutter = 62;
        c.text_in({cells.x - gutter, cells.y - 24, gutter - 8, 18}, view.say("axis.pair"),
                  quiet(Align::right));
        const std::size_t stride = std::size_t(std::max(1.0f, std::ceil(15 / h)));
        for (std::size_t i = 0; i < pairs; ++i) {
            const bool ends = i == 0 || (i + 1 == pairs && cells.h > 60);
            if (!ends && (i % stride != 0 || i + stride > pairs - 1)) continue;
            std::string name = std::to_string(i + 1);
            if (i == 0) name = view.say("fast") + " " + name;
            if (i > 0 && i + 1 == pairs) name = view.say("slow") + " " + name;
            const float middle = std::clamp(cells.y + (float(i) + 0.5f) * h, cells.y + 8,
                                            std::max(cells.y + 8, cells.bottom() - 8));
            c.text_in({cells.x - gutter, middle - 9, gutter - 8, 18}, name,
                      i == pair ? bold(Align::right) : quiet(Align::right));
        }
        ring(c, cells, "y", view);
    }

    //: one pair as waves, under the table
    void wave(const Rect& area) {
        const auto value = [&](std::size_t p, std::size_t j) {
            return at(t, "y", p, 2 * pair + j);
        };
        const auto point = [&](double p, double v) {
            return Point{area.x + (float(p) + 0.5f) * area.w / float(n),
                         area.y + area.h * float(0.5 - v / 2.2)};
        };
        for (double v : {-1.0, 0.0, 1.0}) {
            const float y = point(0, v).y;
            c.line({area.x, y}, {area.right(), y}, {v == 0 ? theme.outline : theme.hairline, 1});
            c.text_in({area.x - 40, y - 9, 32, 18}, number(v), quiet(Align::right));
        }
        const Color colors[] = {theme.accent, theme.value};
        for (std::size_t j = 0; j < 2; ++j) {
            std::vector<Point> line;
            for (std::size_t p = 0; p < n; ++p) line.push_back(point(double(p), value(p, j)));
            if (n > 1) c.polyline(line, {colors[j], 2, j == 0 ? Dash::solid : Dash::dashed});
            for (std::size_t p = 0; p < n; ++p) {
                const bool own = p == place && view.t >= 3.5;
                if (n <= 64 || own)
                    c.circle(line[p], own ? 6.0f : 2.5f, colors[j],
                             {own ? theme.text : Color{}, own ? 1.5f : 0.0f});
                if (area.w / float(n) < 4) continue;
                Region region;
                region.id = "wave." + std::to_string(j) + "." + std::to_string(p);
                region.box = {line[p].x - area.w / float(n) / 2, line[p].y - 7, area.w / float(n),
                              14};
                region.target = {"y", -1, -1, int(p), int(2 * pair + j), -1};
                c.region(std::move(region));
            }
        }
        const float x = point(now, 0).x;
        c.line({x, area.y}, {x, area.bottom()}, {theme.text, 2});
        //: ticks of the positions
        const auto count = std::max(2, int(area.w / 70));
        float free = area.x - 30;
        for (double p : ticks(double(first), double(first + n - 1), count)) {
            const Point tick = point(p - double(first), 0);
            const std::string text = number(p);
            const float w = c.measure(text, quiet()).w;
            if (p != std::floor(p) || tick.x - w / 2 < free) continue;
            c.line({tick.x, area.bottom()}, {tick.x, area.bottom() + 4}, {theme.outline, 1});
            const float left = std::min(tick.x - w / 2, area.right() - w);
            c.text({left, area.bottom() + 3}, text, quiet());
            free = left + w + 12;
        }
        ring(c, area, "wave", view);
    }

    //: every pair as the hand of a clock
    void clocks(Rect box) {
        const std::size_t shown = std::min<std::size_t>(pairs, view.compact ? 6 : 12);
        if (!view.compact) {
            const Rect head = box.take_top(22);
            c.text_in(head,
                      view.say("title.clocks", {{"p", number(double(first) + std::round(now))}}),
                      bold());
        }
        //: how long the first takes, and by how much each is slower than the one before
        const double times = std::pow(view.knobs.number("base"), 1.0 / double(pairs));
        const std::string note =
            view.compact
                ? std::string()
                : view.say("clocks.note", {{"d", std::to_string(2 * pairs)},
                                           {"short", number(at(t, "wavelength", 0, 0))},
                                           {"times", format_value(std::round(times * 100) / 100)}});
        float note_h = view.compact ? 0 : c.measure_paragraph(box.w, note, quiet()).h + 8;
        // In a low window the clocks come before words, and before their names
        if (box.h - note_h < 120) note_h = 0;
        const bool named = !view.compact && box.h - note_h >= 120;
        //: as large as they can be, in full lines where that costs little
        const float label = named ? 20 : 0, high = box.h - note_h;
        std::size_t columns = 1;
        float cell = 0, best = 0;
        for (std::size_t k = 1; k <= shown; ++k) {
            const auto lines = (shown + k - 1) / k;
            const float size = std::min(
                {box.w / float(k) - (view.compact ? 0 : 8), high / float(lines) - label, 160.0f});
            const float worth = shown % k == 0 ? size : 0.75f * size;
            if (worth > best) best = worth, cell = size, columns = k;
        }
        const float lines = float((shown + columns - 1) / columns);
        if (note_h > 0)
            c.paragraph({box.x, box.y + lines * (cell + label) + 8, box.w, note_h}, note, quiet());
        for (std::size_t i = 0; i < shown; ++i) {
            const float x =
                box.x + float(i % columns) * std::min(box.w / float(columns), cell + 30);
            const float y = box.y + float(i / columns) * (cell + label);
            const Point middle{x + cell / 2, y + cell / 2};
            const float radius = cell / 2 - 5;
            const bool own = i == pair;
            c.circle(middle, radius, theme.surface,
                     {own ? theme.text : theme.outline, own ? 2.5f : 1.0f});
            const double stretch = double(t["wavelength"].flat()[i]) / double(turn);
            const auto tip = [&](double p) {
                // Angle 0 points up, as on a clock: sine to the right, cosine upwards.
                const double angle = (double(first) + p) / stretch;
                return Point{middle.x + radius * 0.92f * float(std::sin(angle)),
                             middle.y - radius * 0.92f * float(std::cos(angle))};
            };
            c.line(middle, tip(now + 1), {theme.text_quiet, 1.5f, Dash::dotted});
            c.line(middle, tip(now), {theme.accent, own ? 4.0f : 3.0f});
            c.circle(middle, 3, theme.text);
            if (view.compact) continue;
            if (named)
                c.text_in({middle.x - cell / 2 - 14, y + cell - 2, cell + 28, 18},
                          view.say("clock", {{"n", std::to_string(i + 1)}}),
                          own ? bold(Align::centre) : quiet(Align::centre));
            Region region;
            region.id = "clock." + std::to_string(i);
            region.box = {middle.x - radius, middle.y - radius, 2 * radius, 2 * radius};
            region.target = {"angle", -1, -1, int(place), int(i), -1};
            region.kind = Region::Kind::button;
            region.action = "set pair " + std::to_string(i + 1);
            c.region(std::move(region));
        }
        ring(c, box, "clocks", view);
    }

    //: rows multiplied: only their distance matters
    void product(Rect box) {
        const double moved = at(t, "moved", 0, 0);
        const std::string note = view.say(
            "product.note", {{"moved", moved < 1e-5 ? std::string("< 0.00001") : number(moved)}});
        c.paragraph(box.take_bottom(c.measure_paragraph(box.w, note, quiet()).h + 2), note,
                    quiet());
        PlotLook look;
        look.title = view.say("title.product", {{"p", number(double(first + place))}});
        look.x_axis = view.say("product.x"), look.y_axis = view.say("product.y");
        const auto reach = float(std::max<std::size_t>(n, 2) - 1);
        look.x_low = -reach, look.x_high = reach, look.y_low = -0.5f, look.y_high = 1.05f;
        look.id = "product";
        Series any, own;
        any.name = view.say("product.any"), any.color = theme.text_quiet, any.dash = Dash::dashed;
        own.name = view.say("product.own"), own.color = theme.accent;
        const auto by = t["by_distance"].flat(), with = t["products"].flat();
        for (int k = -int(by.size()) + 1; k < int(by.size()); ++k)
            any.x.push_back(float(k)), any.y.push_back(by[std::size_t(std::abs(k))]);
        for (std::size_t q = 0; q < with.size(); ++q)
            own.x.push_back(float(q) - float(place_of(t, view.knobs))), own.y.push_back(with[q]);
        line_plot(c, box, {any, own}, look, view);
        ring(c, box, "product", view);
    }
};

void draw(Canvas& c, const Trace& t, const View& view) {
    if (rows_of(t) == 0 || pairs_of(t) == 0) return;
    Picture picture{{c, t, view}};
    picture.start();
    Rect page =
        Rect{0, 0, view.size.w, view.size.h}.inset(view.compact ? 8 : 20, view.compact ? 8 : 10);
    if (view.compact) {
        picture.table(page.take_left(page.w * 0.62f));
        page.take_left(8);
        picture.clocks(page);
        return;
    }
    const bool clocks = view.knobs.choice("right") == "clocks";
    const bool right = view.shows(clocks ? "clocks" : "product");
    Rect left = page.take_left(right ? page.w * 0.6f : page.w);
    page.take_left(24);
    //: table above, its colours, waves below
    left.take_left(62);
    const Rect names = left.take_bottom(40);
    // In a low window the table has all the room
    const bool wave = view.shows("wave") && (left.h >= 150 || !view.shows("y"));
    Rect top = wave ? left.take_top(left.h * 0.56f) : left;
    top.take_top(24);
    if (view.shows("y")) {
        const Rect bar{top.right() - 150, top.y - 24, 150, 18};
        picture.table(top);
        MatrixStyle style;
        style.low = -1, style.high = 1;
        color_bar(c, bar, style, view, false);
    }
    if (wave) {
        left.take_top(wave && view.shows("y") ? left.h - (left.h - 34) : 0);
        const Theme& theme = c.theme();
        //: which line is which
        const float y = left.y - 22;
        const Rect head{left.x, y, left.w, 18};
        const Arguments wave_of{{"n", std::to_string(picture.pair + 1)},
                                {"wave", number(at(t, "wavelength", 0, picture.pair))}};
        const Rect used = c.text_in(head,
                                    picture.fitting(head.w - 120, picture.bold(),
                                                    {view.say("title.wave", wave_of),
                                                     view.say("title.wave.brief", wave_of)}),
                                    picture.bold());
        float x = used.right() + 16;
        for (std::size_t j = 0; j < 2; ++j) {
            c.line({x, y + 9}, {x + 18, y + 9},
                   {j == 0 ? theme.accent : theme.value, 2, j == 0 ? Dash::solid : Dash::dashed});
            x = c.text({x + 22, y + 1}, j == 0 ? "sin" : "cos", picture.quiet()).right() + 14;
        }
        picture.wave(left);
        c.text_in({names.x, names.y + 20, names.w, 18}, view.say("axis.position"),
                  picture.quiet(Align::right));
    } else {
        c.text_in({names.x, names.y, names.w, 18}, view.say("axis.position"),
                  picture.quiet(Align::right));
    }
    if (!right) return;
    if (clocks)
        picture.clocks(page);
    else
        picture.product(page);
}

}  // namespace

Panel make_position_sinusoidal_panel() { return {declare, compute, draw}; }

}  // namespace orrery::viz
