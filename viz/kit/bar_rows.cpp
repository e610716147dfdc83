#include "viz/kit/bar_rows.hpp"

#include <algorithm>
#include <cmath>

#include "viz/kit/color_scale.hpp"
#include "viz/kit/format.hpp"

namespace orrery::viz {

float bar_rows_line(float height, std::size_t count, const BarRowsLook& look) {
    return std::min(look.line, height / float(std::max<std::size_t>(count, 1)));
}

Rect bar_rows(Canvas& c, const Rect& box, const Trace& trace, const std::string& name,
              const Focus& focus, const View& view, const BarRowsLook& look) {
    const Entry* entry = trace.find(name);
    if (!entry || entry->tensor.size() == 0 || look.row >= entry->tensor.rows()) return {};
    const auto values = entry->tensor.row(look.row);
    const Theme& t = c.theme();
    const TextStyle quiet{Font::body, text_label, t.text_quiet};
    Rect rest = box;

    //: title
    if (!view.compact && !look.title.empty()) {
        Rect head = rest.take_top(bar_rows_head);
        head.h = 18;
        const Rect used = c.text_in(head, look.title, {Font::bold, text_label, t.text});
        const float room = head.right() - used.right() - 8;
        if (!look.note.empty() && c.measure(look.note, quiet).w <= room)
            c.text({used.right() + 8, used.y}, look.note, quiet);
    }
    const float line = bar_rows_line(rest.h, values.size(), look);

    //: room for names and numbers; where 0 is
    const bool words = !view.compact && line >= look.least_number;
    if (words) rest.take_left(look.names_width);
    double low = look.low, high = look.high;
    if (low == high) {
        low = high = 0;
        for (float v : values)
            if (std::isfinite(v)) low = std::min(low, double(v)), high = std::max(high, double(v));
        if (low == high) high = 1;
    }
    SameFormat format = same_format(c, values, 64);
    if (look.decimals >= 0) format = {look.decimals, 0};
    const bool numbers = words && look.numbers;
    float before = 0, after = 0;
    if (numbers)
        for (float v : values) {
            const float w = c.measure(format(double(v)), quiet).w + 6;
            (v < 0 ? before : after) = std::max(v < 0 ? before : after, w);
        }
    before = low < 0 ? before : 0;
    Rect area{rest.x + before, rest.y, std::max(rest.w - before - after, 8.0f),
              line * float(values.size())};
    const auto at = [&](double v) {
        return area.x + float((std::clamp(v, low, high) - low) / (high - low)) * area.w;
    };
    const float zero = at(0), thick = std::clamp(line - 6, 2.0f, 16.0f);

    //: one line after another
    const bool marked = std::isfinite(look.mark);
    const float mark = marked ? at(double(look.mark)) : 0;
    float mark_from = area.y;
    const auto mark_until = [&](float y) {
        if (y - mark_from >= 4) c.line({mark, mark_from}, {mark, y}, {t.text, 1.5f, Dash::dashed});
    };
    for (std::size_t j = 0; j < values.size(); ++j) {
        const Rect band{box.x, area.y + float(j) * line, box.w, line};
        const float v = values[j], middle = band.centre().y;
        bool lit = focus.cell.tensor == name && focus.cell.col == int(j) &&
                   (focus.cell.row < 0 || std::size_t(focus.cell.row) == look.row);
        bool operand = false;
        for (const CellRange& range : focus.explanation.operands)
            operand |= range.tensor == name && int(look.row) >= range.row_begin &&
                       (range.row_end < 0 || int(look.row) < range.row_end) &&
                       int(j) >= range.col_begin && (range.col_end < 0 || int(j) < range.col_end);
        if (lit) c.rect(band.inset(0, 1), t.accent.with_alpha(0.12f), 4);
        if (words && j < look.names.size()) {
            const bool bold = std::count(look.bold.begin(), look.bold.end(), j) > 0;
            c.text_in({box.x, band.y, look.names_width - 10, line}, look.names[j],
                      {bold ? Font::bold : Font::body, text_label, t.text, Align::right});
        }
        Rect bar{zero, middle - thick / 2, 0, thick};
        if (std::isnan(v)) {
            bar.w = std::min(area.right() - zero, 26.0f);
            c.rect(bar, t.background, 2, {nan_color, 1});
            c.hatch(bar, nan_color, 5);
        } else {
            const double full = std::isinf(v) ? (v > 0 ? high : low) : double(v);
            const float end = zero + (at(full) - zero) * std::clamp(look.grow, 0.0f, 1.0f);
            bar.x = std::min(zero, end), bar.w = std::abs(end - zero);
            if (v != 0 && look.grow > 0 && bar.w < 1) bar.w = 1, bar.x = v < 0 ? zero - 1 : zero;
            if (bar.w > 0)
                c.rect(bar, v < 0 ? look.negative : look.color, 2,
                       {lit || operand ? t.text : Color{}, lit || operand ? 2.0f : 0.0f});
            if (std::isinf(v) && look.grow >= 1)
                for (float k : {0.0f, 6.0f}) {
                    const float tip = (v > 0 ? area.right() - 4 - k : area.x + 4 + k),
                                back = v > 0 ? tip - 5 : tip + 5;
                    c.polyline({{back, bar.y + 2}, {tip, middle}, {back, bar.bottom() - 2}},
                               {t.background, 2});
                }
        }
        if (j < look.ghosts.size() && std::isfinite(look.ghosts[j])) {
            const float x = at(double(look.ghosts[j]));
            c.line({x, bar.y - 1}, {x, bar.bottom() + 1}, {t.text, 2, Dash::dotted});
        }
        //: the mark's line goes behind a number that stands in its way
        if (marked && numbers && v >= 0 && mark >= bar.right() + 1.5f &&
            mark <= bar.right() + 6 + c.measure(format(double(v)), quiet).w) {
            mark_until(middle - 9);
            mark_from = middle + 9;
        }
        if (numbers && look.grow >= 1) {
            const std::string text = format(double(v));
            if (v < 0)
                c.text_in({bar.x - before, band.y, before - 4, line}, text,
                          {Font::body, text_label, t.text, Align::right});
            else
                c.text_in({bar.right() + 4, band.y, after, line}, text,
                          {Font::body, text_label, t.text});
        }
        if (!look.hoverable || view.compact) continue;
        Region region;
        region.id = "bars." + name + "." + std::to_string(look.row) + "." + std::to_string(j);
        region.box = band;
        region.target = {name, -1, -1, int(look.row), int(j), -1};
        if (!look.action.empty()) {
            region.kind = Region::Kind::button;
            region.action = look.action + " " + std::to_string(j + 1);
        }
        c.region(std::move(region));
    }
    if (marked) mark_until(area.bottom());
    c.line({zero, area.y}, {zero, area.bottom()}, {t.outline, 1});
    if (numbers && !format.factor().empty() && !look.title.empty()) {
        const TextStyle right{Font::body, text_label, t.text_quiet, Align::right};
        const float used = c.measure(look.title, {Font::bold, text_label, {}}).w;
        if (used + c.measure(format.factor(), right).w + 8 <= box.w)
            c.text_in({box.x, box.y, box.w, 18}, format.factor(), right);
    }
    return area;
}

Point on_plot(const Rect& area, const PlotLook& look, double x, double y) {
    const auto share = [](double v, double low, double high, bool log) {
        return log ? std::log(v / low) / std::log(high / low) : (v - low) / (high - low);
    };
    const double fx = share(x, double(look.x_low), double(look.x_high), look.log_x);
    const double fy = share(y, double(look.y_low), double(look.y_high), look.log_y);
    return {area.x + float(std::clamp(fx, 0.0, 1.0)) * area.w,
            area.bottom() - float(std::clamp(fy, 0.0, 1.0)) * area.h};
}

float eased(double t, double begin, double length) {
    const float p = float(std::clamp((t - begin) / length, 0.0, 1.0));
    return p * p * (3 - 2 * p);
}

std::string bracketed(double value) {
    const std::string text = format_value(value);
    return value < 0 ? "(" + text + ")" : text;
}

}  // namespace orrery::viz
