#include "viz/app/icons.hpp"

#include <cmath>

namespace orrery::viz {
namespace {

// Draws on a grid of 16 × 16 units about the middle of the box.
struct Pen {
    Canvas& c;
    Point corner;
    float unit;
    Color color;

    Point at(float x, float y) const { return {corner.x + x * unit, corner.y + y * unit}; }
    Stroke stroke(float width = 1.6f) const { return {color, width * unit}; }
    void line(std::vector<Point> points, float width = 1.6f) const {
        for (Point& p : points) p = at(p.x, p.y);
        c.polyline(std::move(points), stroke(width));
    }
    void fill(std::vector<Point> points) const {
        for (Point& p : points) p = at(p.x, p.y);
        c.polygon(std::move(points), color);
    }
    void box(float x, float y, float w, float h, float radius = 1) const {
        const Point p = at(x, y);
        c.rect({p.x, p.y, w * unit, h * unit}, color, radius * unit);
    }
    void frame(float x, float y, float w, float h, float radius = 1.5f) const {
        const Point p = at(x, y);
        c.outline({p.x, p.y, w * unit, h * unit}, stroke(), radius * unit);
    }
    void dot(float x, float y, float r) const { c.circle(at(x, y), r * unit, color); }
    void ring(float x, float y, float r, float width = 1.6f) const {
        c.circle(at(x, y), r * unit, color.with_alpha(0), stroke(width));
    }
    // From angle `a` to `b` in degrees, clockwise from the right.
    void arc(float x, float y, float r, float a, float b) const {
        std::vector<Point> points;
        for (int i = 0; i <= 20; ++i) {
            const float angle = (a + (b - a) * float(i) / 20) * 3.14159265f / 180;
            points.push_back({x + r * std::cos(angle), y + r * std::sin(angle)});
        }
        line(std::move(points));
    }
};

}  // namespace

void draw_icon(Canvas& c, const Rect& box, Icon icon, Color color, float size) {
    const Pen pen{c, {box.centre().x - size / 2, box.centre().y - size / 2}, size / 16, color};
    switch (icon) {
        case Icon::none:
            break;
        case Icon::orrery:
            pen.ring(8, 8, 7.2f, 1.1f), pen.ring(8, 8, 4.2f, 1.1f);
            pen.dot(8, 8, 1.9f), pen.dot(13.1f, 2.9f, 1.7f), pen.dot(5.0f, 11.0f, 1.3f);
            break;
        case Icon::gallery:
            for (const float x : {2.0f, 9.0f})
                for (const float y : {2.0f, 9.0f}) pen.box(x, y, 5, 5);
            break;
        case Icon::book:
            pen.line({{8, 4}, {8, 14}});
            pen.line({{8, 4}, {5.5f, 2.8f}, {1.5f, 2.8f}, {1.5f, 12.6f}, {5.5f, 12.6f}, {8, 14}});
            pen.line(
                {{8, 4}, {10.5f, 2.8f}, {14.5f, 2.8f}, {14.5f, 12.6f}, {10.5f, 12.6f}, {8, 14}});
            break;
        case Icon::tree:
            pen.box(1.5f, 2, 4, 3), pen.box(8.5f, 6.5f, 6, 3), pen.box(8.5f, 11.5f, 6, 3);
            pen.line({{3.5f, 5}, {3.5f, 13}, {8.5f, 13}}, 1.3f),
                pen.line({{3.5f, 8}, {8.5f, 8}}, 1.3f);
            break;
        case Icon::search:
            pen.ring(6.8f, 6.8f, 4.6f), pen.line({{10.2f, 10.2f}, {14.2f, 14.2f}}, 2);
            break;
        case Icon::moon: {
            // The outer circle from horn to horn, back along a second one about (11, 5).
            std::vector<Point> shape;
            for (int i = 0; i <= 24; ++i) {
                const float a = (-94.9f - 260.3f * float(i) / 24) * 3.14159265f / 180;
                shape.push_back({7.6f + 6 * std::cos(a), 8.4f + 6 * std::sin(a)});
            }
            for (int i = 0; i <= 16; ++i) {
                const float a = (49.6f + 170.7f * float(i) / 16) * 3.14159265f / 180;
                shape.push_back({10.6f + 4.6f * std::cos(a), 5.4f + 4.6f * std::sin(a)});
            }
            shape.push_back(shape.front());
            pen.line(std::move(shape), 1.5f);
            break;
        }
        case Icon::sun:
            pen.ring(8, 8, 3.2f);
            for (int i = 0; i < 8; ++i) {
                const float a = float(i) * 3.14159265f / 4;
                pen.line({{8 + 5.2f * std::cos(a), 8 + 5.2f * std::sin(a)},
                          {8 + 7.2f * std::cos(a), 8 + 7.2f * std::sin(a)}});
            }
            break;
        case Icon::reset:
            pen.arc(8, 8.4f, 5.4f, -60, 220);
            pen.fill({{3.0f, 0.9f}, {3.4f, 6.6f}, {8.0f, 3.4f}});
            break;
        case Icon::fit:
            pen.line({{2, 6}, {2, 2}, {6, 2}}), pen.line({{10, 2}, {14, 2}, {14, 6}});
            pen.line({{14, 10}, {14, 14}, {10, 14}}), pen.line({{6, 14}, {2, 14}, {2, 10}});
            break;
        case Icon::download:
            pen.line({{8, 1.5f}, {8, 9}}), pen.line({{4.6f, 6}, {8, 9.6f}, {11.4f, 6}});
            pen.line({{2, 10.5f}, {2, 14}, {14, 14}, {14, 10.5f}});
            break;
        case Icon::play:
            pen.fill({{4, 2.2f}, {4, 13.8f}, {13.8f, 8}});
            break;
        case Icon::pause:
            pen.box(3.6f, 2.6f, 3.2f, 10.8f), pen.box(9.2f, 2.6f, 3.2f, 10.8f);
            break;
        case Icon::stop:
            pen.box(3.4f, 3.4f, 9.2f, 9.2f, 1.5f);
            break;
        case Icon::first:
            pen.box(2.6f, 3, 1.8f, 10, 0.5f), pen.fill({{13, 3}, {13, 13}, {5.4f, 8}});
            break;
        case Icon::last:
            pen.box(11.6f, 3, 1.8f, 10, 0.5f), pen.fill({{3, 3}, {3, 13}, {10.6f, 8}});
            break;
        case Icon::next:
            pen.line({{5.6f, 2.8f}, {11, 8}, {5.6f, 13.2f}}, 2);
            break;
        case Icon::previous:
            pen.line({{10.4f, 2.8f}, {5, 8}, {10.4f, 13.2f}}, 2);
            break;
        case Icon::close:
            pen.line({{3.5f, 3.5f}, {12.5f, 12.5f}}), pen.line({{12.5f, 3.5f}, {3.5f, 12.5f}});
            break;
        case Icon::down:
            pen.line({{3.8f, 6}, {8, 10.4f}, {12.2f, 6}}, 1.8f);
            break;
        case Icon::right:
            pen.line({{6, 3.8f}, {10.4f, 8}, {6, 12.2f}}, 1.8f);
            break;
        case Icon::left:
            pen.line({{10, 3.8f}, {5.6f, 8}, {10, 12.2f}}, 1.8f);
            break;
        case Icon::check:
            pen.line({{2.6f, 8.6f}, {6.4f, 12.2f}, {13.4f, 4.2f}}, 2.2f);
            break;
        case Icon::undo:
            pen.line({{2.4f, 6.6f},
                      {10, 6.6f},
                      {13, 8.4f},
                      {13.4f, 10.4f},
                      {12.4f, 12.6f},
                      {10, 13.4f},
                      {6, 13.4f}});
            pen.line({{5.8f, 3}, {2.2f, 6.6f}, {5.8f, 10.2f}});
            break;
        case Icon::redo:
            pen.line({{13.6f, 6.6f},
                      {6, 6.6f},
                      {3, 8.4f},
                      {2.6f, 10.4f},
                      {3.6f, 12.6f},
                      {6, 13.4f},
                      {10, 13.4f}});
            pen.line({{10.2f, 3}, {13.8f, 6.6f}, {10.2f, 10.2f}});
            break;
        case Icon::link:
            pen.frame(1, 5.4f, 8, 5.2f, 2.6f), pen.frame(7, 5.4f, 8, 5.2f, 2.6f);
            break;
        case Icon::folder:
            pen.line({{1.6f, 13},
                      {1.6f, 3.4f},
                      {6, 3.4f},
                      {7.6f, 5.2f},
                      {14.4f, 5.2f},
                      {14.4f, 13},
                      {1.6f, 13}});
            break;
        case Icon::screen:
            pen.frame(1.6f, 2.4f, 12.8f, 8.6f), pen.line({{8, 11}, {8, 14}}),
                pen.line({{4.8f, 14}, {11.2f, 14}});
            break;
        case Icon::help:
            pen.ring(8, 8, 6.6f, 1.4f);
            pen.arc(8, 6.4f, 2.1f, -190, 50), pen.line({{9.3f, 8}, {8, 9}, {8, 10}}),
                pen.dot(8, 12, 0.95f);
            break;
        case Icon::panel_right:
            pen.frame(1.6f, 2.6f, 12.8f, 10.8f), pen.line({{10, 2.6f}, {10, 13.4f}}, 1.4f);
            break;
        case Icon::panel_left:
            pen.frame(1.6f, 2.6f, 12.8f, 10.8f), pen.line({{6, 2.6f}, {6, 13.4f}}, 1.4f);
            break;
        case Icon::compare:
            pen.frame(1.2f, 3.2f, 5.6f, 9.6f), pen.frame(9.2f, 3.2f, 5.6f, 9.6f);
            break;
    }
}

}  // namespace orrery::viz
