#include "viz/kit/table.hpp"

#include <algorithm>
#include <cmath>

namespace orrery::viz {

static constexpr float row_height = 28, pad = 10;

// Every column what it needs, cut evenly when that is too much, widened by weight when there is
// room.
static std::vector<float> share(const Canvas& c, float width, const std::vector<Column>& columns,
                                const std::vector<std::vector<std::string>>& rows) {
    std::vector<float> widths;
    float total = 0, weights = 0;
    for (std::size_t k = 0; k < columns.size(); ++k) {
        float w = c.measure(columns[k].title, {Font::bold, text_label, {}, Align::left}).w;
        for (std::size_t i = 0; i < std::min<std::size_t>(rows.size(), 200); ++i)
            if (k < rows[i].size())
                w = std::max(
                    w, c.measure(rows[i][k], {columns[k].font, text_code, {}, Align::left}).w);
        widths.push_back(std::ceil(w) + 2 * pad);
        total += widths.back(), weights += columns[k].weight;
    }
    if (total > width) {
        // The widest give first
        const float fair = width / float(columns.size());
        float rest = width, wide = 0;
        for (const float w : widths) w <= fair ? rest -= w : wide += w;
        for (float& w : widths)
            if (w > fair) w = std::floor(w * rest / wide);
    } else if (weights > 0) {
        for (std::size_t k = 0; k < widths.size(); ++k)
            widths[k] += std::floor((width - total) * columns[k].weight / weights);
    }
    return widths;
}

float table(Canvas& c, const Rect& box, const std::vector<Column>& columns,
            const std::vector<std::vector<std::string>>& rows, const TableLook& look, const View&) {
    const Theme& t = c.theme();
    if (columns.empty()) return 0;
    const auto widths = share(c, box.w, columns, rows);
    float x = box.x, y = box.y;
    for (std::size_t k = 0; k < columns.size(); ++k) {
        c.text_in({x + pad, y, widths[k] - 2 * pad, row_height}, columns[k].title,
                  {Font::bold, text_label, t.text_quiet, columns[k].align});
        x += widths[k];
    }
    y += row_height;
    c.line({box.x, y}, {x, y}, {t.outline, 1});
    y += 2;

    const bool bounded = box.h > 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const bool more = i + 1 < rows.size();
        if (bounded && y + row_height * (more ? 2.0f : 1.0f) > box.bottom() + 0.5f && more) {
            c.text_in({box.x + pad, y, box.w - 2 * pad, row_height},
                      "+" + std::to_string(rows.size() - i),
                      {Font::body, text_label, t.text_quiet, Align::left});
            return y + row_height - box.y;
        }
        const Rect row{box.x, y, x - box.x, row_height};
        const bool lit = int(i) == look.lit;
        if (lit)
            c.rect(row, t.accent.with_alpha(0.16f), 4);
        else if (look.stripes && i % 2)
            c.rect(row, t.sunken.with_alpha(0.6f), 4);
        float left = box.x;
        for (std::size_t k = 0; k < columns.size(); ++k) {
            if (k < rows[i].size())
                c.text_in({left + pad, y, widths[k] - 2 * pad, row_height}, rows[i][k],
                          {columns[k].font, text_code, t.text, columns[k].align});
            left += widths[k];
        }
        if (!look.id.empty()) {
            Region region;
            region.id = look.id + "." + std::to_string(i);
            region.box = row;
            region.kind = look.action.empty() ? Region::Kind::hover : Region::Kind::button;
            if (!look.action.empty()) region.action = look.action + " " + std::to_string(i);
            c.region(std::move(region));
        }
        y += row_height;
        if (!look.stripes && more) c.line({box.x, y - 0.5f}, {x, y - 0.5f}, {t.hairline, 1});
    }
    return y - box.y;
}

}  // namespace orrery::viz
