#include "viz/kit/paint.hpp"

#include <imgui.h>
#include <imgui_internal.h>
#include <algorithm>
#include <cmath>

#include "core/base/text.hpp"

namespace orrery::viz {
namespace {

ImU32 packed(Color c) { return IM_COL32(c.r, c.g, c.b, c.a); }
ImVec2 vec(Point p) { return {p.x, p.y}; }

class Painter {
   public:
    Painter(ImDrawList& list, const FontSet& fonts, MatrixPainter& matrices, Point origin,
            float scale)
        : list_(list), fonts_(fonts), matrices_(matrices), origin_(origin), scale_(scale) {}

    ~Painter() {
        if (clipped_) list_.PopClipRect();
    }

    void clip_to(const Rect& clip) {
        const Rect r = place(clip);
        if (clipped_ && r.x == clip_.x && r.y == clip_.y && r.w == clip_.w && r.h == clip_.h)
            return;
        if (clipped_) list_.PopClipRect();
        list_.PushClipRect({std::floor(r.x), std::floor(r.y)},
                           {std::ceil(r.right()), std::ceil(r.bottom())}, true);
        clip_ = r, clipped_ = true;
    }

    void operator()(const DrawRect& d) {
        const Rect box = snapped(place(d.box));
        const float radius = std::min(d.radius * scale_, std::min(box.w, box.h) / 2);
        if (d.fill.a > 0 && !box.empty())
            list_.AddRectFilled({box.x, box.y}, {box.right(), box.bottom()}, packed(d.fill),
                                radius);
        if (d.stroke.width <= 0 || d.stroke.color.a == 0) return;
        const float width = thickness(d.stroke.width);
        frame(box.inset(width / 2), radius - width / 2, d.stroke, width);
        if (d.stroke.dash == Dash::doubled)
            frame(box.inset(width * 2.5f), radius - width * 2.5f, d.stroke, width);
    }

    void operator()(const DrawLine& d) {
        if (d.stroke.width <= 0 || d.stroke.color.a == 0) return;
        std::vector<ImVec2> points;
        points.reserve(d.points.size());
        for (const Point& p : d.points) points.push_back(vec(place(p)));
        const float width = std::max(d.stroke.width * scale_, 1.0f);
        //: a line along an axis lies on whole pixels
        if (points.size() == 2 && width < 3) {
            const float w = thickness(d.stroke.width), half = std::fmod(w, 2.0f) / 2;
            if (points[0].x == points[1].x)
                points[0].x = points[1].x = std::round(points[0].x - half) + half;
            if (points[0].y == points[1].y)
                points[0].y = points[1].y = std::round(points[0].y - half) + half;
        }
        if (d.stroke.dash == Dash::doubled && points.size() == 2) {
            const float dx = points[1].x - points[0].x, dy = points[1].y - points[0].y;
            const float length = std::max(std::hypot(dx, dy), 1e-3f);
            const ImVec2 off(-dy / length * width * 1.25f, dx / length * width * 1.25f);
            for (const float side : {-1.0f, 1.0f})
                stroke({{points[0].x + off.x * side, points[0].y + off.y * side},
                        {points[1].x + off.x * side, points[1].y + off.y * side}},
                       d.stroke, width, false);
            return;
        }
        stroke(points, d.stroke, width, false);
    }

    void operator()(const DrawPolygon& d) {
        std::vector<ImVec2> points;
        for (const Point& p : d.points) points.push_back(vec(place(p)));
        float area = 0;
        bool left = false, right = false;
        const std::size_t n = points.size();
        for (std::size_t i = 0; i < n; ++i) {
            const ImVec2 a = points[i], b = points[(i + 1) % n], c = points[(i + 2) % n];
            area += a.x * b.y - b.x * a.y;
            const float turn = (b.x - a.x) * (c.y - b.y) - (b.y - a.y) * (c.x - b.x);
            left |= turn > 1e-4f, right |= turn < -1e-4f;
        }
        // The soft edge lies outside only when the corners go round clockwise
        if (area < 0) std::reverse(points.begin(), points.end());
        if (left && right)
            list_.AddConcavePolyFilled(points.data(), int(n), packed(d.fill));
        else
            list_.AddConvexPolyFilled(points.data(), int(n), packed(d.fill));
    }

    void operator()(const DrawCircle& d) {
        const ImVec2 centre = vec(place(d.centre));
        const float radius = d.radius * scale_;
        if (d.fill.a > 0) list_.AddCircleFilled(centre, radius, packed(d.fill));
        if (d.stroke.width > 0 && d.stroke.color.a > 0) {
            list_.PathArcTo(centre, radius, 0, IM_PI * 2);
            std::vector<ImVec2> round(list_._Path.begin(), list_._Path.end() - 1);
            list_.PathClear();
            stroke(round, d.stroke, std::max(d.stroke.width * scale_, 1.0f), true);
        }
    }

    void operator()(const DrawHatch& d) {
        const Rect box = snapped(place(d.box));
        const float step = std::max(d.spacing * scale_, 3.0f) * 1.41421f;
        const float width = std::max(1.0f, scale_);
        //: lines x + y = k, from side to side of the box
        const float first = std::ceil((box.x + box.y) / step) * step;
        for (float k = first; k < box.right() + box.bottom(); k += step) {
            const float x0 = std::max(box.x, k - box.bottom()),
                        x1 = std::min(box.right(), k - box.y);
            if (x1 <= x0) continue;
            const ImVec2 ends[2] = {{x0, k - x0}, {x1, k - x1}};
            list_.AddPolyline(ends, 2, packed(d.color), 0, width);
        }
    }

    void operator()(const DrawText& d) {
        const float size = d.style.size * scale_;
        if (size < 1 || d.style.color.a == 0) return;
        const Rect box = place(d.box);
        if (box.bottom() < clip_.y || box.y > clip_.bottom() || box.x > clip_.right()) return;
        ImFontBaked* baked = fonts_[d.style.font]->GetFontBaked(size);
        if (!baked) return;

        //: draw what is missing into the atlas first, for that can move everything in it
        glyphs_.clear();
        float pen = box.x;
        std::string_view rest = d.text;
        while (!rest.empty()) {
            const CodePoint c = next_code_point(rest);
            baked->FindGlyph(ImWchar(c.value));
            glyphs_.push_back({c.value, pen});
            pen += advance(d.style.font, c.value) * size;
            rest.remove_prefix(c.length);
        }
        const float base = std::round(box.y + text_base * size) - std::round(baked->Ascent);
        const ImU32 color = packed(d.style.color);
        for (const auto& [code, x] : glyphs_) {
            const ImFontGlyph* g = baked->FindGlyph(ImWchar(code));
            if (!g->Visible) continue;
            const float left = std::round(x * 2) / 2;
            // The Chinese font has no bold: there a second stroke makes it
            const bool twice = d.style.font == Font::bold && g->SourceIdx > 0;
            for (int pass = 0; pass < (twice ? 2 : 1); ++pass) {
                const float shift = float(pass) * std::max(size * 0.035f, 0.5f);
                list_.PrimReserve(6, 4);
                list_.PrimRectUV({left + g->X0 + shift, base + g->Y0},
                                 {left + g->X1 + shift, base + g->Y1}, {g->U0, g->V0},
                                 {g->U1, g->V1}, color);
            }
        }
    }

    void operator()(const DrawMatrix& d) {
        matrices_.paint(list_, d, snapped(place(d.box)), scale_);
    }

   private:
    Point place(Point p) const { return {origin_.x + p.x * scale_, origin_.y + p.y * scale_}; }
    Rect place(const Rect& r) const {
        return {origin_.x + r.x * scale_, origin_.y + r.y * scale_, r.w * scale_, r.h * scale_};
    }
    static Rect snapped(const Rect& r) {
        const float x = std::round(r.x), y = std::round(r.y);
        return {x, y, std::round(r.right()) - x, std::round(r.bottom()) - y};
    }
    float thickness(float width) const { return std::max(1.0f, std::round(width * scale_)); }

    void frame(const Rect& box, float radius, const Stroke& s, float width) {
        if (box.w < 0 || box.h < 0) return;
        const bool dashes = s.dash == Dash::dashed || s.dash == Dash::dotted;
        if (!dashes && radius <= 0.5f) {
            // Four plain bars: sharp corners, no soft edge
            const ImU32 color = packed(s.color);
            const float h = width / 2, x0 = box.x - h, y0 = box.y - h, x1 = box.right() + h,
                        y1 = box.bottom() + h;
            list_.AddRectFilled({x0, y0}, {x1, y0 + width}, color);
            list_.AddRectFilled({x0, y1 - width}, {x1, y1}, color);
            list_.AddRectFilled({x0, y0 + width}, {x0 + width, y1 - width}, color);
            list_.AddRectFilled({x1 - width, y0 + width}, {x1, y1 - width}, color);
            return;
        }
        list_.PathRect({box.x, box.y}, {box.right(), box.bottom()}, std::max(radius, 0.0f));
        const std::vector<ImVec2> path(list_._Path.begin(), list_._Path.end());
        list_.PathClear();
        stroke(path, s, width, true);
    }

    void stroke(const std::vector<ImVec2>& points, const Stroke& s, float width, bool closed) {
        const ImU32 color = packed(s.color);
        if (s.dash != Dash::dashed && s.dash != Dash::dotted) {
            list_.AddPolyline(points.data(), int(points.size()), color,
                              closed ? ImDrawFlags_Closed : ImDrawFlags_None, width);
            return;
        }
        const bool dots = s.dash == Dash::dotted;
        const float on = dots ? 0.0f : 2 * width + 4 * scale_;
        const float off = dots ? 3 * width + scale_ : width + 3 * scale_;
        //: walk along the line, drawing and skipping by turns
        float left = on;
        bool pen = true;
        std::vector<ImVec2> piece;
        const auto dot = [&](ImVec2 p) { list_.AddCircleFilled(p, width * 0.65f, color, 8); };
        const auto flush = [&] {
            if (piece.size() > 1)
                list_.AddPolyline(piece.data(), int(piece.size()), color, ImDrawFlags_None, width);
            piece.clear();
        };
        const std::size_t n = points.size(), segments = closed ? n : n - 1;
        piece.push_back(points[0]);
        if (dots) dot(points[0]), pen = false, left = off, piece.clear();
        for (std::size_t i = 0; i < segments; ++i) {
            ImVec2 a = points[i];
            const ImVec2 b = points[(i + 1) % n];
            float length = std::hypot(b.x - a.x, b.y - a.y);
            while (length > left) {
                const float f = left / length;
                a = {a.x + (b.x - a.x) * f, a.y + (b.y - a.y) * f};
                length -= left;
                if (dots) {
                    dot(a), left = off;
                } else if (pen) {
                    piece.push_back(a), flush(), pen = false, left = off;
                } else {
                    piece.assign(1, a), pen = true, left = on;
                }
            }
            left -= length;
            if (pen && !dots) piece.push_back(b);
        }
        if (pen && !dots) flush();
    }

    struct Placed {
        std::uint32_t code;
        float x;
    };

    ImDrawList& list_;
    const FontSet& fonts_;
    MatrixPainter& matrices_;
    Point origin_;
    float scale_;
    Rect clip_;
    bool clipped_ = false;
    std::vector<Placed> glyphs_;
};

}  // namespace

void paint(const Canvas& canvas, ImDrawList& list, const FontSet& fonts, MatrixPainter& matrices,
           Point origin, float scale) {
    int top = 0;
    for (const Command& command : canvas.commands()) top = std::max(top, command.layer);
    for (int layer = 0; layer <= top; ++layer) {
        Painter painter(list, fonts, matrices, origin, scale);
        for (const Command& command : canvas.commands()) {
            if (command.layer != layer) continue;
            painter.clip_to(command.clip);
            std::visit(painter, command.what);
        }
    }
}

}  // namespace orrery::viz
