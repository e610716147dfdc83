// Points, sizes and rectangles, in logical pixels (before the user's scale), y downwards
#pragma once

#include <algorithm>

namespace orrery::viz {

struct Point {
    float x = 0, y = 0;
};

struct Size {
    float w = 0, h = 0;
};

// How much smaller than it is laid out a thing is drawn in `room` that wants `least` of it: 1 where
// there is enough. A side of 0 wants nothing.
inline float shrink(Size room, Size least) {
    const float w = least.w > 0 ? room.w / least.w : 1, h = least.h > 0 ? room.h / least.h : 1;
    return std::min({w, h, 1.0f});
}

struct Rect {
    float x = 0, y = 0, w = 0, h = 0;

    float right() const { return x + w; }
    float bottom() const { return y + h; }
    Point centre() const { return {x + w / 2, y + h / 2}; }
    bool empty() const { return w <= 0 || h <= 0; }
    bool contains(Point p) const { return p.x >= x && p.y >= y && p.x < right() && p.y < bottom(); }
    // Smaller by `by` on every side (larger when negative).
    Rect inset(float by) const { return {x + by, y + by, w - 2 * by, h - 2 * by}; }
    Rect inset(float dx, float dy) const { return {x + dx, y + dy, w - 2 * dx, h - 2 * dy}; }
    // Cuts a strip off and returns it; what is left stays in *this.
    Rect take_top(float height) {
        height = std::min(height, h);
        const Rect strip{x, y, w, height};
        y += height, h -= height;
        return strip;
    }
    Rect take_bottom(float height) {
        height = std::min(height, h), h -= height;
        return {x, y + h, w, height};
    }
    Rect take_left(float width) {
        width = std::min(width, w);
        const Rect strip{x, y, width, h};
        x += width, w -= width;
        return strip;
    }
    Rect take_right(float width) {
        width = std::min(width, w), w -= width;
        return {x + w, y, width, h};
    }
};

inline Rect intersection(const Rect& a, const Rect& b) {
    const float x = std::max(a.x, b.x), y = std::max(a.y, b.y);
    return {x, y, std::min(a.right(), b.right()) - x, std::min(a.bottom(), b.bottom()) - y};
}

}  // namespace orrery::viz
