#include "viz/kit/fade.hpp"

#include <algorithm>

namespace orrery::viz {
namespace {

// Rows and columns of a grid, the ends not included.
struct Part {
    int top, bottom, left, right;
};

struct Span {
    int begin, end;
};

bool speaks_of(const Region& region, const Selection& cell) {
    const Selection& t = region.target;
    return t.tensor == cell.tensor && (t.head < 0 || cell.head < 0 || t.head == cell.head) &&
           (t.layer < 0 || cell.layer < 0 || t.layer == cell.layer);
}

// The parts of a region's cells (as they lie on the page) that the chosen cell has to do with.
std::vector<Part> related(const Region& region, const View& view) {
    const int rows = int(region.rows), cols = int(region.cols);
    std::vector<Part> parts;
    const auto add = [&](Part p) {
        if (region.transposed) p = {p.left, p.right, p.top, p.bottom};
        p = {std::clamp(p.top, 0, rows), std::clamp(p.bottom, 0, rows), std::clamp(p.left, 0, cols),
             std::clamp(p.right, 0, cols)};
        if (p.top < p.bottom && p.left < p.right) parts.push_back(p);
    };
    constexpr int all = 1 << 30;
    const Selection& cell = view.chosen();
    if (speaks_of(region, cell)) {
        add({cell.row, cell.row + 1, 0, all});
        add({0, all, cell.col, cell.col + 1});
    }
    for (const CellRange& range : view.explanation.operands)
        if (range.tensor == region.target.tensor)
            add({range.row_begin, range.row_end < 0 ? all : range.row_end, range.col_begin,
                 range.col_end < 0 ? all : range.col_end});
    return parts;
}

// The stretches of row `i` that no part covers.
std::vector<Span> gaps(const std::vector<Part>& parts, int i, int cols) {
    std::vector<Span> covered, open;
    for (const Part& p : parts)
        if (p.top <= i && i < p.bottom) covered.push_back({p.left, p.right});
    std::sort(covered.begin(), covered.end(),
              [](const Span& a, const Span& b) { return a.begin < b.begin; });
    int at = 0;
    for (const Span& s : covered) {
        if (s.begin > at) open.push_back({at, s.begin});
        at = std::max(at, s.end);
    }
    if (at < cols) open.push_back({at, cols});
    return open;
}

Rect place(const Region& r, int top, int bottom, int left, int right) {
    const auto x = [&](int j) {
        return r.box.x + (float(j) / float(r.cols) - r.view.x) / r.view.w * r.box.w;
    };
    const auto y = [&](int i) {
        return r.box.y + (float(i) / float(r.rows) - r.view.y) / r.view.h * r.box.h;
    };
    return intersection(r.box, {x(left), y(top), x(right) - x(left), y(bottom) - y(top)});
}

}  // namespace

void fade_unrelated(Canvas& c, const View& view, float amount) {
    if (!(amount > 0) || !view.chosen().is_cell() || view.explanation.operands.empty()) return;
    const Color veil = c.theme().background.with_alpha((1 - faded_alpha) * std::min(amount, 1.0f));
    std::vector<Rect> veils;
    for (const Region& region : c.regions()) {
        if (region.kind != Region::Kind::cells || region.rows == 0 || region.cols == 0) continue;
        if (region.box.empty() || region.layer > 0) continue;
        const auto parts = related(region, view);
        const int rows = int(region.rows), cols = int(region.cols);
        //: the same gaps in rows that follow one another are one rectangle
        std::vector<int> edges{0, rows};
        for (const Part& p : parts) edges.push_back(p.top), edges.push_back(p.bottom);
        std::sort(edges.begin(), edges.end());
        for (std::size_t k = 0; k + 1 < edges.size(); ++k) {
            if (edges[k] >= edges[k + 1]) continue;
            for (const Span& open : gaps(parts, edges[k], cols)) {
                const Rect box = place(region, edges[k], edges[k + 1], open.begin, open.end);
                if (!box.empty()) veils.push_back(box);
            }
        }
    }
    for (const Rect& box : veils) c.rect(box, veil);
}

}  // namespace orrery::viz
