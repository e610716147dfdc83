#include "viz/app/web/touch.hpp"

#include <cmath>

namespace orrery::viz {
namespace {

constexpr float slack = 10;         // what a finger that rests may move
constexpr float wheel_pixels = 56;  // as a wheel scrolls
constexpr double wheel_zoom = 1.2;  // as a wheel zooms

float apart(Point a, Point b) { return std::hypot(a.x - b.x, a.y - b.y); }

bool is_dragged(const Region& r) {
    return r.kind == Region::Kind::slider || r.kind == Region::Kind::drag ||
           (r.kind == Region::Kind::scroll && r.id.starts_with("bar."));
}

// A matrix of which only a part is on show is moved under the finger.
bool is_moved(const Region& r) {
    return r.kind == Region::Kind::cells && (r.view.w < 0.999f || r.view.h < 0.999f);
}

}  // namespace

Touch::Finger* Touch::find(int id) {
    for (Finger& f : fingers_)
        if (f.id == id) return &f;
    return nullptr;
}

const Region* Touch::under(Point at) const { return hit(controls_.regions(), at); }

void Touch::event(What what, int id, Point at) {
    if (what == What::down) {
        Finger* free = find(-1);
        if (!free) return;
        *free = {id, at, at};
        const bool second = fingers_[0].id >= 0 && fingers_[1].id >= 0;
        if (second && doing_ == Doing::dragging) controls_.release({-1, -1});
        doing_ = second ? Doing::pinching : Doing::waiting;
        if (second) return;
        //: what is dragged answers at once
        const Region* r = under(at);
        controls_.move(at);
        if (r && is_dragged(*r)) {
            controls_.press(at);
            doing_ = Doing::dragging;
        }
        return;
    }
    Finger* finger = find(id);
    if (!finger) return;
    const Point before = finger->at;
    switch (what) {
        case What::moved:
            if (doing_ == Doing::pinching) pinch(*finger, at);
            finger->at = at;
            if (doing_ == Doing::dragging) controls_.move(at);
            if (doing_ == Doing::waiting && apart(at, finger->begin) > slack) {
                const Region* r = under(finger->begin);
                doing_ = r && is_moved(*r) ? Doing::dragging : Doing::scrolling;
                if (doing_ == Doing::dragging) controls_.press(finger->begin), controls_.move(at);
            }
            if (doing_ == Doing::scrolling)
                controls_.wheel(finger->begin, 0, (at.y - before.y) / wheel_pixels, false);
            break;
        case What::held: {
            const Region* r = under(at);
            if (doing_ != Doing::waiting || !r || r->kind != Region::Kind::cells) break;
            controls_.press(at), controls_.release(at);
            doing_ = Doing::done;
            break;
        }
        case What::up:
        case What::cancelled: {
            *finger = {};
            if (doing_ == Doing::dragging) controls_.release(at);
            const Region* r = under(at);
            if (doing_ == Doing::waiting && what == What::up && r &&
                (r->kind != Region::Kind::cells || !r->action.empty())) {
                controls_.press(at), controls_.release(at);
            }
            if (fingers_[0].id < 0 && fingers_[1].id < 0)
                doing_ = Doing::nothing;
            else
                doing_ = Doing::done;
            break;
        }
        default:
            break;
    }
}

void Touch::pinch(const Finger& moved, Point to) {
    const Finger& other = &moved == &fingers_[0] ? fingers_[1] : fingers_[0];
    const float before = apart(moved.at, other.at), after = apart(to, other.at);
    if (before < 8 || after < 8) return;
    const Point middle{(to.x + other.at.x) / 2, (to.y + other.at.y) / 2};
    controls_.wheel(middle, 0, float(std::log(double(after / before)) / std::log(wheel_zoom)),
                    true);
}

}  // namespace orrery::viz
