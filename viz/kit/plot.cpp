#include "viz/kit/plot.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "viz/kit/format.hpp"

namespace orrery::viz {
namespace {

constexpr float title_height = 26, axis_height = 20, tick_height = 20;

TextStyle label(const Theme& t, Align align = Align::left) {
    return {Font::body, text_label, t.text_quiet, align};
}

// One axis: values to positions.
struct Axis {
    double low = 0, high = 1;
    bool log = false;
    double from = 0, to = 1;  // pixels

    double fraction(double v) const {
        if (log) return v > 0 ? std::log(v / low) / std::log(high / low) : -1e9;
        return (v - low) / (high - low);
    }
    float at(double v) const { return float(from + fraction(v) * (to - from)); }
    double value(double fraction) const {
        return log ? low * std::pow(high / low, fraction) : low + fraction * (high - low);
    }
};

// Ends that can be drawn: finite, apart, positive when logarithmic.
Axis axis_for(double low, double high, bool log) {
    Axis axis;
    axis.log = log;
    if (!std::isfinite(low) || !std::isfinite(high)) low = log ? 1 : 0, high = log ? 10 : 1;
    if (log) {
        if (!(high > 0)) high = 1;
        if (!(low > 0)) low = high / 1e3;
        if (!(high > low)) high = low * 10;
    } else if (!(high > low)) {
        const double half = low == 0 ? 1 : std::abs(low) * 0.1;
        low -= half, high += half;
    }
    axis.low = low, axis.high = high;
    return axis;
}

std::vector<double> ticks_of(const Axis& axis, int count) {
    if (!axis.log) {
        // One tick alone says nothing about the scale
        const auto list = ticks(axis.low, axis.high, count);
        return list.size() < 2 ? ticks(axis.low, axis.high, count + 2) : list;
    }
    std::vector<double> list;
    const int first = int(std::ceil(std::log10(axis.low) - 1e-9));
    const int last = int(std::floor(std::log10(axis.high) + 1e-9));
    const int step = std::max(
        1, (last - first) / std::max(count, 1) + ((last - first) % std::max(count, 1) != 0));
    for (int e = first; e <= last; e += step) list.push_back(std::pow(10.0, e));
    if (list.size() < 2) {
        list.clear();
        for (const double v : ticks(axis.low, axis.high, count))
            if (v > 0) list.push_back(v);
    }
    return list;
}

// A tick with no more digits than its neighbours need.
std::string tick_text(double value, const std::vector<double>& all, const View& view) {
    if (value == 0) return "0";
    const double size = std::abs(value);
    if (size >= 1e6 || size < 1e-4) return format_value(value);
    double step = size;
    for (std::size_t i = 1; i < all.size(); ++i)
        step = std::min(step, std::abs(all[i] - all[i - 1]));
    if (step <= 0) return format_value(value);
    if (size >= 10000 && step >= 1000) return format_count(value, view.language);
    return format_value(value, size / step > 1e3);
}

// A piece of a line in the legend, long enough for two dashes where there is room.
float line_sample(const Rect& box) { return std::clamp(box.w * 0.055f, 14.0f, 24.0f); }

struct Area {
    Rect plot;
    Axis x, y;
    std::vector<double> x_ticks, y_ticks;
};

// Title, axes with names and ticks, grid lines; what is left is the plotting area.
Area axes(Canvas& c, const Rect& box, const PlotLook& look, Axis x, Axis y, float right,
          const View& view) {
    const Theme& t = c.theme();
    Rect rest = box;
    if (view.compact) {
        Area area{rest.inset(2), x, y, {}, {}};
        area.x.from = area.plot.x, area.x.to = area.plot.right();
        area.y.from = area.plot.bottom(), area.y.to = area.plot.y;
        return area;
    }
    //: where there is little room, names go beside the title and the ticks, then the ticks go
    const float title = look.title.empty() ? 0 : title_height;
    const bool tight = box.h < title + 2 * axis_height + tick_height + 9 + 48;
    const bool bare = box.h < title + tick_height + 9 + 24;
    Rect line = rest.take_top(title > 0 ? title : tight && !look.y_axis.empty() ? axis_height : 0);
    if (title > 0) {
        line.h = 22;
        const TextStyle style{Font::bold, text_body, t.text, Align::left};
        line.take_left(c.text_in(line, look.title, style).w + 10);
        line.y += 1;
    }
    if (tight)
        c.text_in(line, line.w > 24 ? look.y_axis : "", label(t));
    else if (!look.y_axis.empty())
        c.text_in(rest.take_top(axis_height), look.y_axis, label(t));
    rest.take_top(bare ? 2.0f : 9.0f);
    Rect name = look.x_axis.empty() || tight ? Rect{} : rest.take_bottom(axis_height);
    const Rect tick_line = rest.take_bottom(bare ? 2 : tick_height);
    if (tight && !bare && !look.x_axis.empty()) {
        name = tick_line;
        name.y += 3, name.h -= 3;
    }
    rest.take_right(right);

    Area area;
    area.y = y;
    if (!bare) area.y_ticks = ticks_of(y, std::clamp(int(rest.h / 30), 3, 8));
    // On little height the labels would touch: the outer ones only
    if (area.y_ticks.size() > 2 && rest.h / float(area.y_ticks.size()) < 18)
        area.y_ticks = {area.y_ticks.front(), area.y_ticks.back()};
    float gutter = 0;
    for (const double v : area.y_ticks)
        gutter = std::max(gutter, c.measure(tick_text(v, area.y_ticks, view), label(t)).w);
    gutter = bare ? 0 : std::min(std::ceil(gutter) + 8, rest.w / 2);
    rest.take_left(gutter);
    area.plot = {std::round(rest.x), std::round(rest.y), std::max(std::floor(rest.w), 1.0f),
                 std::max(std::floor(rest.h), 1.0f)};
    area.x = x;
    area.x.from = area.plot.x, area.x.to = area.plot.right();
    area.y.from = area.plot.bottom(), area.y.to = area.plot.y;

    float free_below = area.plot.bottom() + 40;
    for (const double v : area.y_ticks) {
        const float at = area.y.at(v);
        if (at < area.plot.y - 1 || at > area.plot.bottom() + 1 || at > free_below) continue;
        free_below = at - 17;
        c.line({area.plot.x, at}, {area.plot.right(), at}, {t.hairline, 1});
        c.text_in({box.x, at - 9, gutter - 8, 18}, tick_text(v, area.y_ticks, view),
                  label(t, Align::right));
    }
    if (!bare) area.x_ticks = ticks_of(x, std::clamp(int(area.plot.w / 84), 2, 10));
    float free_from = area.plot.x - 20;
    const TextStyle right_label = label(t, Align::right);
    if (tight)
        name.x = area.plot.x, name.w = right > 40 ? area.plot.w : box.right() - area.plot.x;
    else
        name.x = area.plot.x, name.w = area.plot.w;
    const float name_width =
        bare || look.x_axis.empty() ? 0 : c.measure(look.x_axis, right_label).w;
    const float free_to = tight && name_width > 0 ? name.right() - name_width - 10 : box.right();
    for (const double v : area.x_ticks) {
        const float at = area.x.at(v);
        if (at < area.plot.x - 1 || at > area.plot.right() + 1) continue;
        c.line({at, area.plot.bottom()}, {at, area.plot.bottom() + 4}, {t.outline, 1});
        const std::string text = tick_text(v, area.x_ticks, view);
        const float w = c.measure(text, label(t)).w;
        const float left = std::max(std::min(at - w / 2, box.right() - w), area.plot.x - 6);
        if (left < free_from || left + w > free_to) continue;
        c.text_in({left, tick_line.y + 3, w + 0.5f, tick_height - 3}, text, label(t));
        free_from = left + w + 10;
    }
    c.line({area.plot.x, area.plot.bottom()}, {area.plot.right(), area.plot.bottom()},
           {t.outline, 1});
    if (name_width > 0) c.text_in(name, look.x_axis, right_label);
    return area;
}

// More points than the area has pixels.
bool dense(const Series& s, const Area& area) {
    return float(s.x.size()) > std::max(area.plot.w, 1.0f);
}

// Where a line turns back sharply the painter's mitre has no room and the stroke thins out; so it
// is drawn in parts that meet there, with a round end.
void steep_line(Canvas& c, std::vector<Point> points, const Stroke& stroke) {
    if (stroke.dash == Dash::doubled) {
        // A wide line with the ground in its middle: sharp turns do not tangle it
        steep_line(c, points, {stroke.color, stroke.width + 3});
        steep_line(c, std::move(points), {c.theme().background, stroke.width});
        return;
    }
    if (stroke.dash != Dash::solid) {
        c.polyline(std::move(points), stroke);
        return;
    }
    std::vector<Point> part;
    for (std::size_t i = 0; i < points.size(); ++i) {
        part.push_back(points[i]);
        if (i == 0 || i + 1 == points.size()) continue;
        const Point a = points[i - 1], b = points[i], d = points[i + 1];
        const float ux = b.x - a.x, uy = b.y - a.y, vx = d.x - b.x, vy = d.y - b.y;
        if (ux * vx + uy * vy >= 0.5f * std::hypot(ux, uy) * std::hypot(vx, vy)) continue;
        c.polyline(std::move(part), stroke);
        c.circle(b, stroke.width / 2, stroke.color);
        part.assign(1, b);
    }
    if (part.size() > 1) c.polyline(std::move(part), stroke);
}

// A line with at most a few points a pixel: each column keeps its first, lowest, highest and last,
// so that no spike is lost.
std::vector<std::vector<Point>> pieces(const Series& s, const Area& area) {
    std::vector<std::vector<Point>> all;
    std::vector<Point> now;
    const std::size_t n = std::min(s.x.size(), s.y.size());
    const bool many = dense(s, area);
    const float low = area.plot.y - 4000, high = area.plot.bottom() + 4000;
    float column = -1e9f;
    Point lowest{}, highest{}, last{};
    bool open = false;
    const auto close_column = [&] {
        if (!open) return;
        if (lowest.y != highest.y) {
            now.push_back(lowest.x <= highest.x ? lowest : highest);
            now.push_back(lowest.x <= highest.x ? highest : lowest);
        }
        now.push_back(last);
        open = false;
    };
    const auto close_piece = [&] {
        close_column();
        if (!now.empty()) all.push_back(std::move(now));
        now.clear();
    };
    for (std::size_t i = 0; i < n; ++i) {
        if (!std::isfinite(s.x[i]) || !std::isfinite(s.y[i]) || (area.y.log && !(s.y[i] > 0)) ||
            (area.x.log && !(s.x[i] > 0))) {
            close_piece();
            continue;
        }
        const Point p{area.x.at(s.x[i]), std::clamp(area.y.at(s.y[i]), low, high)};
        if (!many) {
            now.push_back(p);
            continue;
        }
        if (!open || std::floor(p.x) != column) {
            close_column();
            column = std::floor(p.x), lowest = highest = last = p, open = true;
            now.push_back(p);
            continue;
        }
        if (p.y < lowest.y) lowest = p;
        if (p.y > highest.y) highest = p;
        last = p;
    }
    close_piece();
    return all;
}

void legend(Canvas& c, const Rect& box, const std::vector<Series>& series, const Area& area,
            float right) {
    const Theme& t = c.theme();
    struct Label {
        const Series* s;
        float wanted, at;
    };
    std::vector<Label> labels;
    for (const Series& s : series) {
        if (s.name.empty() && s.mark.empty()) continue;
        float y = area.plot.bottom();
        for (std::size_t i = std::min(s.x.size(), s.y.size()); i-- > 0;)
            if (std::isfinite(s.y[i]) && (!area.y.log || s.y[i] > 0)) {
                y = area.y.at(s.y[i]);
                break;
            }
        labels.push_back({&s, y, 0});
    }
    std::stable_sort(labels.begin(), labels.end(),
                     [](const Label& a, const Label& b) { return a.wanted < b.wanted; });
    //: pushed apart, then back up into the area
    const float room = box.bottom() - (area.plot.y - 4);
    const float step =
        std::clamp(room / float(std::max<std::size_t>(labels.size(), 1)), 16.0f, 20.0f);
    float below = area.plot.y - 4;
    for (Label& l : labels) l.at = std::max(l.wanted - step / 2, below), below = l.at + step;
    float above = std::max(area.plot.bottom() + 4, area.plot.y - 4 + step * float(labels.size()));
    for (std::size_t i = labels.size(); i-- > 0;)
        labels[i].at = std::min(labels[i].at, above - step), above = labels[i].at;
    for (const Label& l : labels) {
        const float x = area.plot.right() + 8;
        const float middle = l.at + step / 2;
        steep_line(c, {{x, middle}, {x + line_sample(box), middle}}, {l.s->color, 2, l.s->dash});
        Rect rest{x + line_sample(box) + 6, l.at, std::max(right - line_sample(box) - 14, 0.0f),
                  step};
        if (!l.s->mark.empty()) {
            const std::string mark = l.s->mark + (l.s->name.empty() ? "" : " ");
            const float w = c.measure(mark, label(t)).w;
            c.text({rest.x, rest.centre().y - text_label * text_height / 2}, l.s->mark,
                   {Font::body, text_label, l.s->color, Align::left});
            rest.take_left(w);
        }
        c.text_in(rest, l.s->name, {Font::body, text_label, t.text, Align::left});
    }
}

std::string tip_at(const std::vector<Series>& series, const PlotLook& look, double x) {
    std::string tip = (look.x_axis.empty() ? "x" : look.x_axis) + " " + format_value(x);
    for (const Series& s : series) {
        const std::size_t n = std::min(s.x.size(), s.y.size());
        if (n == 0) continue;
        const auto next = std::lower_bound(s.x.begin(), s.x.begin() + std::ptrdiff_t(n), float(x));
        std::size_t i = std::min(std::size_t(next - s.x.begin()), n - 1);
        if (i > 0 && std::abs(s.x[i - 1] - x) < std::abs(s.x[i] - x)) --i;
        tip += "\n" + (s.name.empty() ? look.y_axis : s.name) + " " + format_value(s.y[i]);
    }
    return tip;
}

}  // namespace

std::vector<double> ticks(double low, double high, int count) {
    std::vector<double> list;
    if (!std::isfinite(low) || !std::isfinite(high) || count < 1) return list;
    if (low > high) std::swap(low, high);
    if (low == high) return {low};
    //: the smallest of 1, 2, 5 times a power of ten that gives few enough
    double step = std::pow(10.0, std::floor(std::log10((high - low) / count)) - 1);
    const double factors[] = {2, 2.5, 2};
    for (int k = 0;; ++k) {
        const double first = std::ceil(low / step - 1e-9), last = std::floor(high / step + 1e-9);
        if (last - first + 1 <= count) {
            for (double i = first; i <= last; ++i) list.push_back(i == 0 ? 0.0 : i * step);
            return list;
        }
        if (k > 60) return list;
        step *= factors[k % 3];
    }
}

Rect line_plot(Canvas& c, const Rect& box, const std::vector<Series>& series, const PlotLook& look,
               const View& view) {
    const Theme& t = c.theme();
    double x_low = std::numeric_limits<double>::infinity(), x_high = -x_low, y_low = x_low,
           y_high = -x_low;
    for (const Series& s : series)
        for (std::size_t i = 0; i < std::min(s.x.size(), s.y.size()); ++i) {
            const double x = s.x[i], y = s.y[i];
            if (!std::isfinite(x) || !std::isfinite(y)) continue;
            if (!look.log_x || x > 0) x_low = std::min(x_low, x), x_high = std::max(x_high, x);
            if (!look.log_y || y > 0) y_low = std::min(y_low, y), y_high = std::max(y_high, y);
        }
    if (!look.log_y && std::isfinite(y_low)) {
        // A little air above and below; zero stays the floor of what is never negative
        const double air = (y_high - y_low) * 0.06;
        y_low = y_low >= 0 && y_low - air < 0 ? 0 : y_low - air, y_high += air;
    }
    if (look.x_low != look.x_high) x_low = look.x_low, x_high = look.x_high;
    if (look.y_low != look.y_high) y_low = look.y_low, y_high = look.y_high;

    float right = 8;
    if (!view.compact)
        for (const Series& s : series) {
            const std::string text = s.mark.empty() ? s.name : s.mark + " " + s.name;
            if (!text.empty())
                right = std::max(right, c.measure(text, label(t)).w + line_sample(box) + 18);
        }
    right = std::min(right, box.w * 0.4f);
    const Area area = axes(c, box, look, axis_for(x_low, x_high, look.log_x),
                           axis_for(y_low, y_high, look.log_y), right, view);

    c.push_clip(area.plot.inset(-2));
    for (const Series& s : series)
        for (auto& piece : pieces(s, area)) {
            if (piece.size() == 1)
                c.circle(piece[0], 2.5f, s.color);
            else
                steep_line(c, std::move(piece), {s.color, dense(s, area) ? 1.5f : 2.0f, s.dash});
        }
    c.pop_clip();
    if (look.cursor >= 0) {
        const float x = area.x.at(look.cursor);
        if (x >= area.plot.x - 1 && x <= area.plot.right() + 1) {
            c.line({x, area.plot.y}, {x, area.plot.bottom()}, {t.accent, 1.5f});
            for (const Series& s : series) {
                const std::size_t n = std::min(s.x.size(), s.y.size());
                for (std::size_t i = 0; i < n; ++i)
                    if (s.x[i] >= look.cursor) {
                        if (std::isfinite(s.y[i]))
                            c.circle(
                                {x, std::clamp(area.y.at(s.y[i]), area.plot.y, area.plot.bottom())},
                                4, s.color, {t.background, 2});
                        break;
                    }
            }
        }
    }
    if (!view.compact) legend(c, box, series, area, right);

    //: columns under the mouse: what the lines are worth there
    if (!look.id.empty() && !view.compact) {
        const float width = 6;
        const int columns = std::max(1, int(area.plot.w / width));
        for (int k = 0; k < columns; ++k) {
            const double x = area.x.value((double(k) + 0.5) / columns);
            Region region;
            region.id = look.id + "." + std::to_string(k);
            region.box = {area.plot.x + area.plot.w * float(k) / float(columns), area.plot.y,
                          area.plot.w / float(columns), area.plot.h};
            region.kind = look.action.empty() ? Region::Kind::hover : Region::Kind::button;
            if (!look.action.empty())
                region.action = look.action + " " + std::to_string(std::llround(x));
            region.tip = tip_at(series, look, x);
            c.region(std::move(region));
        }
    }
    return area.plot;
}

void bars(Canvas& c, const Rect& box, const std::vector<Bar>& list, const PlotLook& look,
          const View& view) {
    const Theme& t = c.theme();
    Rect rest = box;
    if (!view.compact && !look.title.empty()) {
        Rect line = rest.take_top(title_height);
        line.h = 22;
        c.text_in(line, look.title, {Font::bold, text_body, t.text, Align::left});
    }
    const bool named = !view.compact && !look.x_axis.empty();
    if (named) rest.take_bottom(axis_height);
    if (list.empty() || rest.h < 4) return;

    double low = 0, high = 0;
    float name_width = 0, value_width = 0;
    for (const Bar& b : list) {
        if (std::isfinite(b.value))
            low = std::min(low, double(b.value)), high = std::max(high, double(b.value));
        name_width = std::max(name_width, c.measure(b.name, label(t)).w);
        value_width = std::max(value_width, c.measure(format_value(b.value), label(t)).w);
    }
    if (look.x_low != look.x_high) low = look.x_low, high = look.x_high;
    if (!(high > low)) high = low + 1;
    name_width = view.compact ? 0 : std::min(std::ceil(name_width) + 10, box.w * 0.4f);
    value_width = view.compact ? 0 : std::ceil(value_width) + 8;

    const float least = view.compact ? 3.0f : 20.0f;
    const std::size_t fitting = std::max<std::size_t>(1, std::size_t(rest.h / least));
    const std::size_t shown = std::min(list.size(), fitting);
    const float height = std::min(rest.h / float(shown), 30.0f);
    const float room = std::max(rest.w - name_width - value_width, 4.0f);
    const float zero = rest.x + name_width + float(-low / (high - low)) * room;
    for (std::size_t i = 0; i < shown; ++i) {
        const Bar& b = list[i];
        const Rect row{rest.x, rest.y + float(i) * height, rest.w, height};
        const Selection& chosen = view.chosen();
        const bool lit = !b.tensor.empty() && chosen.tensor == b.tensor &&
                         (b.row < 0 || chosen.row == b.row) && (b.col < 0 || chosen.col == b.col);
        const float value = std::isfinite(b.value) ? b.value : 0;
        const double inside = std::clamp(double(value), low, high);
        const float end = zero + float(inside / (high - low)) * room;
        const float thick = std::max(2.0f, std::min(height - 6, 16.0f));
        const float left = std::min(zero, end),
                    width = std::max(std::abs(end - zero), value == 0 ? 0.0f : 1.0f);
        if (lit) c.rect(row.inset(-4, 0), t.text.with_alpha(0.10f), 4);
        c.rect({left, row.centre().y - thick / 2, width, thick}, b.color, 2);
        if (!view.compact) {
            TextStyle name = label(t, Align::right);
            name.color = t.text;
            c.text_in({row.x, row.y, name_width - 10, height}, b.name, name);
            c.text_in({std::max(zero, end) + 6, row.y, value_width, height}, format_value(b.value),
                      label(t));
        }
        if (!b.tensor.empty() || !look.id.empty()) {
            Region region;
            region.id = (look.id.empty() ? "bar." + b.tensor : look.id) + "." + std::to_string(i);
            region.box = row;
            region.target.tensor = b.tensor, region.target.row = b.row, region.target.col = b.col;
            region.tip = b.name + " " + format_value(b.value);
            c.region(std::move(region));
        }
    }
    const float bottom = rest.y + height * float(shown);
    c.line({zero, rest.y}, {zero, bottom}, {t.outline, 1});
    if (named)
        c.text_in({rest.x + name_width, bottom + 2, rest.w - name_width, axis_height}, look.x_axis,
                  label(t));
}

Rect histogram(Canvas& c, const Rect& box, std::span<const float> values, int bins, Color color,
               const PlotLook& look, const View& view) {
    const Theme& t = c.theme();
    bins = std::clamp(bins, 1, 512);
    double low = std::numeric_limits<double>::infinity(), high = -low;
    std::size_t odd = 0;
    for (const float v : values) {
        if (std::isfinite(v))
            low = std::min(low, double(v)), high = std::max(high, double(v));
        else
            ++odd;
    }
    if (look.x_low != look.x_high) low = look.x_low, high = look.x_high;
    const Axis x = axis_for(low, high, false);
    std::vector<double> counts(std::size_t(bins), 0.0);
    for (const float v : values) {
        if (!std::isfinite(v) || v < x.low || v > x.high) continue;
        const int bin = std::min(int((v - x.low) / (x.high - x.low) * bins), bins - 1);
        counts[std::size_t(bin)] += 1;
    }
    const double most = *std::max_element(counts.begin(), counts.end());
    const Area area = axes(
        c, box, look, x,
        axis_for(look.log_y ? 0.5 : 0, std::max(most, 1.0) * (look.log_y ? 1.5 : 1.05), look.log_y),
        8, view);
    for (int k = 0; k < bins; ++k) {
        const double count = counts[std::size_t(k)];
        const float left = area.plot.x + area.plot.w * float(k) / float(bins);
        const float right = area.plot.x + area.plot.w * float(k + 1) / float(bins);
        const float gap = right - left > 5 ? 1.0f : 0.0f;
        if (count > 0) {
            const float top = std::min(area.y.at(count), area.plot.bottom() - 1);
            c.rect({left, top, std::max(right - left - gap, 1.0f), area.plot.bottom() - top}, color,
                   gap > 0 ? 1.5f : 0);
        }
        if (!look.id.empty() && !view.compact) {
            Region region;
            region.id = look.id + "." + std::to_string(k);
            region.box = {left, area.plot.y, right - left, area.plot.h};
            region.tip = format_value(x.value(double(k) / bins)) + " … " +
                         format_value(x.value(double(k + 1) / bins)) + ": " +
                         format_count(count, view.language);
            c.region(std::move(region));
        }
    }
    c.line({area.plot.x, area.plot.bottom()}, {area.plot.right(), area.plot.bottom()},
           {t.outline, 1});
    return area.plot;
}

}  // namespace orrery::viz
