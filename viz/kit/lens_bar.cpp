// The colour bar of a matrix and what it opens: histogram, ends, scale, colours
#include <algorithm>
#include <cmath>

#include "core/base/text.hpp"
#include "viz/kit/color_scale.hpp"
#include "viz/kit/format.hpp"
#include "viz/kit/matrix.hpp"

namespace orrery::viz {
namespace {

constexpr float width = 288, margin = 12, plot_height = 60, button_height = 28;
constexpr std::size_t most_counted = 65536;
constexpr int bins = 48;

constexpr std::pair<const char*, Norm> norms[]{{"linear", Norm::linear},
                                               {"log", Norm::log},
                                               {"per_row", Norm::per_row},
                                               {"symmetric", Norm::symmetric}};
constexpr std::pair<const char*, Map> maps[]{{"cividis", Map::cividis},
                                             {"viridis", Map::viridis},
                                             {"grey", Map::grey},
                                             {"diverging", Map::diverging},
                                             {"dots", Map::dots}};

const Lens* lens_of(const View& view, std::string_view name) {
    const auto found = view.lenses.find(name);
    return found == view.lenses.end() ? nullptr : &found->second;
}

std::string word_of(Norm norm) {
    for (const auto& [word, n] : norms)
        if (n == norm) return word;
    return "";
}

// What is hatched, what is checkered: said only where it is there.
struct Odd {
    bool masked = false, nan = false, infinite = false;
};

Odd odd_of(const Tensor& tensor, const MatrixStyle& style) {
    Odd odd;
    const bool has_mask = style.mask.rank() != 0 && style.mask.size() == tensor.size();
    if (has_mask) {
        const auto mask = style.mask.flat();
        odd.masked = std::find(mask.begin(), mask.end(), 0.0f) != mask.end();
    }
    if (!odd.masked) {
        const auto ends = ends_of(tensor);
        odd.nan = ends->nan, odd.infinite = ends->infinite;
        return odd;
    }
    for (std::size_t n = 0; n < tensor.size(); ++n) {
        if (style.mask.flat()[n] == 0) continue;
        const float v = tensor.flat()[n];
        odd.nan |= std::isnan(v), odd.infinite |= std::isinf(v);
    }
    return odd;
}

// The ramp of a colour map; dots of growing size for `dots`.
void ramp(Canvas& c, const Rect& box, Map map) {
    static const Tensor values = [] {
        Tensor r({1, 128});
        for (std::size_t j = 0; j < 128; ++j) r.flat()[j] = (float(j) + 0.5f) / 128;
        return r;
    }();
    const Theme& t = c.theme();
    if (map == Map::dots) {
        c.rect(box, t.sunken, 2);
        for (int i = 1; i <= 5; ++i)
            c.circle({box.x + box.w * (float(i) - 0.5f) / 5, box.centre().y},
                     std::sqrt(float(i) / 5) * 0.45f * std::min(box.h, box.w / 5),
                     t.positive.with_alpha(0.6f), {t.positive, 1});
    } else {
        MatrixStyle plain;
        plain.map = map, plain.norm = Norm::linear, plain.low = 0, plain.high = 1;
        c.matrix(box, values, plain);
    }
    c.outline(box.inset(-1), {t.outline, 1}, 2);
}

void push_button(Canvas& c, const Rect& box, const std::string& id, const std::string& word,
                 bool chosen, const std::string& action, const std::string& tip) {
    const Theme& t = c.theme();
    c.rect(box, chosen ? t.accent.with_alpha(0.25f) : t.sunken, corner,
           {chosen ? t.accent : t.outline, 1});
    if (!word.empty())
        c.text_in(box.inset(4, 0), word, {Font::body, text_label, t.text, Align::centre});
    Region region;
    region.id = id, region.box = box, region.kind = Region::Kind::button;
    region.action = action, region.tip = tip, region.layer = 1;
    c.region(std::move(region));
}

// Finite numbers that are not masked, every `stride`-th of them.
std::vector<float> counted(const Tensor& tensor, const MatrixStyle& style, std::size_t& stride) {
    stride = std::max<std::size_t>(1, (tensor.size() + most_counted - 1) / most_counted);
    const bool masked = style.mask.rank() != 0 && style.mask.size() == tensor.size();
    std::vector<float> values;
    for (std::size_t n = 0; n < tensor.size(); n += stride) {
        const float v = tensor.flat()[n];
        if (std::isfinite(v) && (!masked || style.mask.flat()[n] != 0)) values.push_back(v);
    }
    return values;
}

void popover(Canvas& c, const Rect& bar, const std::string& name, const Tensor& tensor,
             const MatrixStyle& style, const View& view) {
    const Theme& t = c.theme();
    const TextStyle quiet{Font::body, text_label, t.text_quiet};
    const Lens* lens = lens_of(view, name);
    const MatrixStyle now = with_lens(style, name, view);
    const ColorScale scale = color_scale(tensor, now, t.dark);
    const float height =
        margin + 20 + plot_height + 24 + 2 * (22 + button_height) + 8 + button_height + margin;
    Rect box{bar.x, bar.y - height - 6, std::min(width, view.size.w - 8), height};
    if (box.y < 4) box.y = bar.bottom() + 6;
    // Beside the bar: what is changed stays in view
    box.x = bar.x - box.w - 10 >= 4 ? bar.x - box.w - 10 : bar.right() + 10;
    box.y = std::clamp(box.y, 4.0f, std::max(4.0f, view.size.h - height - 4));
    box.x = std::clamp(box.x, 4.0f, std::max(4.0f, view.size.w - box.w - 4));
    c.push_layer(1);
    Region backdrop;  // a click elsewhere closes
    backdrop.id = "backdrop", backdrop.box = {0, 0, view.size.w, view.size.h};
    backdrop.kind = Region::Kind::button, backdrop.action = "menu lens." + name;
    backdrop.layer = 1;
    c.region(std::move(backdrop));
    Region body;
    body.id = "look." + name, body.box = box, body.layer = 1;
    c.region(std::move(body));
    c.rect({box.x, box.y + 2, box.w, box.h}, Color{0, 0, 0, 70}, corner + 2);
    c.rect(box, t.raised, corner, {t.outline, 1});
    Rect rest = box.inset(margin);

    //: how often each size occurs, in the colours that it has
    std::size_t stride = 1;
    const std::vector<float> values = counted(tensor, style, stride);
    const std::string count =
        format_count(double(stride > 1 ? tensor.size() : values.size()), view.language);
    c.text_in(rest.take_top(20),
              stride > 1 ? view.say("matrix.sampled",
                                    {{"count", count}, {"stride", std::to_string(stride)}})
                         : view.say("matrix.numbers", {{"count", count}}),
              {Font::bold, text_label, t.text});
    float low = scale.low, high = scale.high;
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    float from = values.empty() ? low : std::min(low, *least),
          to = values.empty() ? high : std::max(high, *most);
    if (!(to > from)) from -= 1, to += 1;
    if (!(high > low)) low = from, high = to;
    const float slack = (to - from) * 0.06f;
    from -= slack, to += slack;
    const Rect plot = rest.take_top(plot_height).inset(8, 0);
    c.rect(plot.inset(-8, 0), t.sunken, 3);
    std::vector<int> counts(bins);
    for (const float v : values)
        ++counts[std::size_t(std::clamp(int((v - from) / (to - from) * bins), 0, bins - 1))];
    const int tallest = std::max(1, *std::max_element(counts.begin(), counts.end()));
    for (int b = 0; b < bins; ++b) {
        if (counts[std::size_t(b)] == 0) continue;
        const float middle = from + (to - from) * (float(b) + 0.5f) / bins;
        // At least two pixels: a single number is to be seen
        const float h =
            std::max(2.0f, (plot.h - 6) * float(counts[std::size_t(b)]) / float(tallest));
        const bool per_row = now.norm == Norm::per_row;
        Color fill = now.map == Map::dots || per_row ? t.accent : scale.color(middle);
        if (now.map == Map::dots) fill = middle < 0 ? t.negative : t.positive;
        c.rect({plot.x + plot.w * float(b) / bins, plot.bottom() - h, plot.w / bins - 1, h}, fill,
               0, {t.outline, 0.5f});
    }

    //: the two ends, to be dragged
    const float per_pixel = (to - from) / plot.w;
    // About 0 the two ends move together
    const std::string both = now.norm == Norm::symmetric ? "both_" : "";
    if (now.norm != Norm::per_row) {
        for (const bool is_low : {true, false}) {
            const float value = is_low ? low : high;
            const float x = plot.x + (value - from) / (to - from) * plot.w;
            c.rect({is_low ? plot.x - 8 : x, plot.y, is_low ? x - plot.x + 8 : plot.right() + 8 - x,
                    plot.h},
                   t.background.with_alpha(0.55f));
            c.line({x, plot.y}, {x, plot.bottom()}, {t.text, 2});
            c.polygon(
                {{x - 6, plot.bottom() + 7}, {x, plot.bottom() - 1}, {x + 6, plot.bottom() + 7}},
                t.text);
            Region end;
            end.id = "look." + name + (is_low ? ".low" : ".high");
            end.box = {x - 12, plot.y, 24, plot.h + 8}, end.kind = Region::Kind::drag;
            end.action = "lens " + name + " shift " + both + (is_low ? "low " : "high ") +
                         number_text(double(per_pixel), 7) + " " + number_text(double(low), 9) +
                         " " + number_text(double(high), 9);
            end.tip = view.say("matrix.end.tip"), end.layer = 1;
            c.region(std::move(end));
        }
    }
    Rect labels = rest.take_top(24);
    labels.take_top(6);
    if (now.norm == Norm::per_row) {
        c.text_in(labels, view.say("matrix.per_row.ends"), quiet);
    } else {
        c.text_in(labels, format_value(double(low)), {Font::body, text_label, t.text});
        c.text_in(labels, format_value(double(high)),
                  {Font::body, text_label, t.text, Align::right});
    }

    //: the scale
    c.text_in(rest.take_top(22), view.say("matrix.scale"), quiet);
    Rect row = rest.take_top(button_height);
    // Each as wide as its word, the rest shared
    float words = 0;
    for (const auto& item : norms)
        words += c.measure(view.say(std::string("matrix.norm.") + item.first), quiet).w;
    const float spare = (row.w - 3 * 4 - words) / 4;
    for (const auto& [word, norm] : norms) {
        const Rect at =
            row.take_left(c.measure(view.say(std::string("matrix.norm.") + word), quiet).w + spare);
        row.take_left(4);
        push_button(c, at, "look." + name + ".norm." + word,
                    view.say(std::string("matrix.norm.") + word), now.norm == norm,
                    "lens " + name + " norm " + word,
                    view.say(std::string("matrix.norm.") + word + ".help"));
    }
    //: the colours
    c.text_in(rest.take_top(22), view.say("matrix.colours"), quiet);
    row = rest.take_top(button_height);
    const float swatch = (row.w - 4 * 4) / 5;
    for (const auto& [word, map] : maps) {
        const Rect at = row.take_left(swatch);
        row.take_left(4);
        push_button(c, at, "look." + name + ".map." + word, "", now.map == map,
                    "lens " + name + " map " + word, view.say(std::string("matrix.map.") + word));
        ramp(c, at.inset(6, 9), map);
    }
    rest.take_top(8);
    const bool changed = lens && !(*lens == Lens{});
    row = rest.take_top(button_height);
    if (changed)
        push_button(c, row, "look." + name + ".reset", view.say("matrix.reset"), false,
                    "lens " + name + " fit", view.say("matrix.reset.tip"));
    else
        c.text_in(row, view.say("matrix.hint"), quiet);
    c.pop_layer();
}

}  // namespace

MatrixStyle with_lens(const MatrixStyle& style, std::string_view name, const View& view) {
    MatrixStyle own = style;
    const Lens* lens = lens_of(view, name);
    if (!lens) return own;
    for (const auto& [word, norm] : norms)
        if (lens->norm == word) own.norm = norm;
    for (const auto& [word, map] : maps)
        if (lens->map == word) own.map = map;
    if (lens->low < lens->high) {
        own.low = lens->low, own.high = lens->high;
    } else if (own.norm != style.norm && own.norm == Norm::log && style.low <= 0 &&
               own.map != Map::diverging) {
        own.low = own.high = 0;  // fitted: 0 has no place among decades
    }
    return own;
}

bool own_range(const MatrixStyle& style, std::string_view name, const View& view) {
    const MatrixStyle own = with_lens(style, name, view);
    return own.low != style.low || own.high != style.high ||
           (own.norm != style.norm && (own.norm == Norm::per_row || own.norm == Norm::log));
}

std::string range_note(const std::string& note, const MatrixStyle& style, std::string_view name,
                       const View& view) {
    if (!own_range(style, name, view)) return note;
    const MatrixStyle own = with_lens(style, name, view);
    if (own.norm == Norm::per_row || own.low == own.high)
        return view.say("matrix.own_scale",
                        {{"scale", view.say("matrix.norm." + word_of(own.norm))}});
    return view.say("matrix.own_range", {{"low", format_short(double(own.low), 5)},
                                         {"high", format_short(double(own.high), 5)}});
}

void lens_bar(Canvas& c, const Rect& box, const std::string& name, const Tensor& tensor,
              const MatrixStyle& style, const View& view) {
    const Theme& t = c.theme();
    const TextStyle text{Font::body, text_label, t.text_quiet};
    MatrixStyle now = with_lens(style, name, view);
    const ColorScale scale = color_scale(tensor, now, t.dark);
    const float line = std::min(box.h, 18.0f);
    Rect rest{box.x, box.y, box.w, line};
    std::string low = format_short(double(scale.low), 5),
                high = format_short(double(scale.high), 5);
    if (now.norm == Norm::per_row)
        low = view.say("matrix.row_low"), high = view.say("matrix.row_high");

    //: what is neither dark nor light: at the right, or on a line of its own where there is one
    const Odd odd = odd_of(tensor, style);
    std::vector<std::pair<int, std::string>> items;
    if (odd.masked) items.emplace_back(0, view.say("matrix.masked"));
    if (odd.nan) items.emplace_back(1, "NaN");
    if (odd.infinite) items.emplace_back(2, "±∞");
    float wanted = 0;
    for (const auto& item : items) wanted += c.measure(item.second, text).w + 20 + 12;
    const float least = c.measure(low, text).w + c.measure(high, text).w + 12 + 40 + 16;
    Rect place{};
    if (!items.empty()) {
        if (rest.w - wanted >= least)
            place = rest.take_right(wanted - 12), rest.take_right(12);
        else
            place = {box.x, box.y + line, std::max(box.w, wanted), line};
    }
    for (const auto& [kind, word] : items) {
        const Rect swatch{place.x, std::round(place.centre().y) - 6, 14, 12};
        if (kind == 0) {
            c.rect(swatch, t.sunken);
            c.hatch(swatch, t.text_quiet.with_alpha(0.7f), 4);
        } else {
            MatrixStyle plain;
            plain.gap = 0, plain.norm = Norm::linear, plain.low = 0, plain.high = 1;
            c.matrix(swatch, Tensor({1, 1}, kind == 1 ? NAN : INFINITY), plain);
        }
        c.outline(swatch, {t.outline, 1});
        place.take_left(20);
        const float w = c.measure(word, text).w;
        c.text_in(place.take_left(w + 1), word, text);
        place.take_left(11);
    }

    //: low end, ramp, high end, the scale's name
    const Rect whole = rest;
    const float low_width = c.measure(low, text).w + 0.5f,
                high_width = c.measure(high, text).w + 0.5f;
    c.text_in(rest.take_left(low_width), low, text);
    rest.take_left(6);
    //: a sentence where there is room, else the word; before a room only what is out of the ordinary
    const float spare = rest.w - high_width - 6 - 16;
    std::string scale_word = view.say("matrix.bar." + word_of(now.norm));
    if (spare - c.measure(scale_word, text).w - 8 < 80)
        scale_word = view.say("matrix.norm." + word_of(now.norm));
    const float word_width = c.measure(scale_word, text).w + 8;
    const bool unusual = now.norm == Norm::log || now.norm == Norm::per_row;
    const bool says_scale = spare - word_width >= 44 && (!view.presenting || unusual);
    const float room = spare - (says_scale ? word_width : 0);
    const Rect bar{std::round(rest.x), std::round(rest.centre().y - 4),
                   std::floor(std::clamp(room, 8.0f, 140.0f)), 8};
    ramp(c, bar, now.map);
    c.text_in({bar.right() + 6, rest.y, high_width, rest.h}, high, text);
    float x = bar.right() + 6 + high_width + 8;
    if (says_scale) {
        c.text_in({x, rest.y, word_width, rest.h}, scale_word, text);
        x += word_width - 2;
    }
    const float y = rest.centre().y;
    if (!view.presenting) c.polygon({{x, y - 2}, {x + 8, y - 2}, {x + 4, y + 3}}, t.text_quiet);
    const std::string id = "lens." + name;
    Region region;
    region.id = id, region.kind = Region::Kind::button, region.action = "menu " + id;
    region.box = Rect{whole.x, whole.y, x + 10 - whole.x, whole.h}.inset(-3, -5);
    region.tip = view.say("matrix.bar.tip");
    if (!view.compact) c.region(std::move(region));
    if (view.menu == id) popover(c, whole, name, tensor, style, view);
}

}  // namespace orrery::viz
