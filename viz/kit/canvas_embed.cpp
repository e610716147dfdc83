// Canvas::embed: a picture inside the window, or a small live one on a card
#include "viz/kit/canvas.hpp"

#include <algorithm>

namespace orrery::viz {
namespace {

struct Placement {
    Point origin;
    float scale;

    Point operator()(Point p) const { return {origin.x + p.x * scale, origin.y + p.y * scale}; }
    Rect operator()(const Rect& r) const {
        return {origin.x + r.x * scale, origin.y + r.y * scale, r.w * scale, r.h * scale};
    }
    void move(Stroke& stroke) const { stroke.width *= scale; }
    void move(DrawRect& d) const { d.box = (*this)(d.box), move(d.stroke), d.radius *= scale; }
    void move(DrawLine& d) const {
        for (Point& p : d.points) p = (*this)(p);
        move(d.stroke);
    }
    void move(DrawPolygon& d) const {
        for (Point& p : d.points) p = (*this)(p);
    }
    void move(DrawCircle& d) const {
        d.centre = (*this)(d.centre), d.radius *= scale, move(d.stroke);
    }
    void move(DrawHatch& d) const { d.box = (*this)(d.box), d.spacing *= scale; }
    void move(DrawText& d) const { d.box = (*this)(d.box), d.style.size *= scale; }
    void move(DrawMatrix& d) const { d.box = (*this)(d.box), d.style.gap *= scale; }
};

Rect cut(const Rect& a, const Rect& b) {
    const Rect both = intersection(a, b);
    return {both.x, both.y, std::max(both.w, 0.0f), std::max(both.h, 0.0f)};
}

}  // namespace

void Canvas::embed(const Canvas& picture, const Rect& box, float scale, bool live,
                   std::string_view prefix) {
    const Placement place{{box.x, box.y}, scale};
    const Rect limit = cut(clip(), box);
    for (Command command : picture.commands()) {
        std::visit([&](auto& what) { place.move(what); }, command.what);
        command.clip = cut(place(command.clip), limit);
        command.layer += layers_.back();
        commands_.push_back(std::move(command));
    }
    if (!live) return;
    for (Region region : picture.regions()) {
        const Rect whole = place(region.box);
        region.box = cut(whole, limit);
        region.layer += layers_.back();
        if (region.box.empty()) continue;
        // A grid that is cut off shows that part of its cells
        Rect& view = region.view;
        view = {view.x + (region.box.x - whole.x) / whole.w * view.w,
                view.y + (region.box.y - whole.y) / whole.h * view.h,
                view.w * region.box.w / whole.w, view.h * region.box.h / whole.h};
        if (!prefix.empty()) {
            region.id.insert(0, prefix), region.action.clear();
            if (region.kind != Region::Kind::cells) region.kind = Region::Kind::hover;
        }
        regions_.push_back(std::move(region));
    }
}

}  // namespace orrery::viz
