#include "core/optim/walk.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "core/base/error.hpp"

namespace orrery::optim {
namespace {

void require_two(const Tensor& w) { require_shape("walk", "w", w, {2}); }

// grad + weight_decay * w
Tensor with_l2(const Tensor& grad, const Tensor& w, float weight_decay) {
    Tensor sum = grad;
    for (std::size_t i = 0; i < sum.size(); ++i) sum.flat()[i] += weight_decay * w.flat()[i];
    return sum;
}

AdamwConfig without_decay(AdamwConfig config) {
    config.weight_decay = 0;
    return config;
}

// A walker that is thrown far out stays where it was, so that nothing becomes infinite.
constexpr float far_out = 1e6f;
bool is_near(const Tensor& w) {
    return std::all_of(w.flat().begin(), w.flat().end(),
                       [](float v) { return std::abs(v) <= far_out; });
}

void put(Tensor& path, std::size_t row, const Tensor& place) {
    std::copy(place.flat().begin(), place.flat().end(), path.row(row).begin());
}

}  // namespace

Surface surface_named(std::string_view name) {
    if (name == "valley") return Surface::valley;
    if (name == "bend") return Surface::bend;
    if (name == "saddle") return Surface::saddle;
    throw ValueError("walk: surface is \"" + std::string(name) +
                     "\", wanted valley, bend or saddle");
}

float loss(const Landscape& land, const Tensor& w) {
    require_two(w);
    const double x = double(w.flat()[0]), y = double(w.flat()[1]), s = double(land.stretch);
    const auto square = [](double v) { return v * v; };
    //: the height of the three landscapes
    double height = 0;
    switch (land.surface) {
        case Surface::valley:
            height = square(x - 1) + s * square(y - 0.5);
            break;
        case Surface::bend:
            height = square(1 - x) + s * square(y - x * x / 2);
            break;
        case Surface::saddle:
            height = s * square(y - 0.5) + square(x * x - 1) / 2;
            break;
    }
    return float(double(land.size) * height / 2);
}

Tensor gradient(const Landscape& land, const Tensor& w) {
    require_two(w);
    const double x = double(w.flat()[0]), y = double(w.flat()[1]), s = double(land.stretch);
    //: their slopes
    double dx = 0, dy = 0;
    switch (land.surface) {
        case Surface::valley:
            dx = x - 1, dy = s * (y - 0.5);
            break;
        case Surface::bend:
            dy = s * (y - x * x / 2);
            dx = x - 1 - x * dy;
            break;
        case Surface::saddle:
            dx = x * (x * x - 1), dy = s * (y - 0.5);
            break;
    }
    return Tensor({2}, {float(double(land.size) * dx), float(double(land.size) * dy)});
}

Tensor loss_map(const Landscape& land, float reach, std::size_t points) {
    Tensor map({points, points});
    for (std::size_t row = 0; row < points; ++row)
        for (std::size_t col = 0; col < points; ++col) {
            const auto at = [&](std::size_t i) {
                return reach * (2 * (float(i) + 0.5f) / float(points) - 1);
            };
            map.row(row)[col] = loss(land, Tensor({2}, {at(col), -at(row)}));
        }
    return map;
}

WalkSteps walk_steps(const Tensor& start, const WalkConfig& c) {
    require_two(start);
    const std::size_t n = c.steps;
    const Tensor path({n + 1, 2}), line({n + 1});
    WalkSteps s{path, path, path, Tensor({n, 2}), path, path, line, line, line};
    const AdamwConfig plain = without_decay(c.adamw);
    Tensor descent = start, l2 = start, adamw = start;
    Tensor l2_m({2}), l2_v({2}), m({2}), v({2});
    for (std::size_t t = 0;; ++t) {
        put(s.descent, t, descent), put(s.l2, t, l2), put(s.adamw, t, adamw);
        put(s.m, t, m), put(s.v, t, v);
        s.descent_loss.flat()[t] = loss(c.land, descent);
        s.l2_loss.flat()[t] = loss(c.land, l2);
        s.adamw_loss.flat()[t] = loss(c.land, adamw);
        if (t == n) break;

        //: plain descent goes as far as the slope is steep
        const Tensor slope = gradient(c.land, descent);
        Tensor next = descent;
        for (std::size_t i = 0; i < 2; ++i) next.flat()[i] -= c.descent_lr * slope.flat()[i];
        if (is_near(next)) descent = next;

        //: Adam with L2 puts the decay into the gradient
        const Tensor pulled = with_l2(gradient(c.land, l2), l2, c.adamw.weight_decay);
        const AdamwSteps a = adamw_steps(l2, pulled, l2_m, l2_v, t + 1, plain);
        l2 = a.w_t, l2_m = a.m_t, l2_v = a.v_t;

        //: AdamW keeps it outside
        const Tensor grad = gradient(c.land, adamw);
        const AdamwSteps b = adamw_steps(adamw, grad, m, v, t + 1, c.adamw);
        put(s.grad, t, grad);
        adamw = b.w_t, m = b.m_t, v = b.v_t;
    }
    return s;
}

void record(const WalkSteps& s, Trace& out) {
    out.from("optim/walk");
    out.add("descent", s.descent, "plain descent goes as far as the slope is steep");
    out.add("l2", s.l2, "Adam with L2 puts the decay into the gradient");
    out.add("adamw", s.adamw, "AdamW keeps it outside");
    out.add("walk_grad", s.grad, "AdamW keeps it outside");
    out.add("walk_m", s.m, "AdamW keeps it outside");
    out.add("walk_v", s.v, "AdamW keeps it outside");
    out.add("descent_loss", s.descent_loss, "the height of the three landscapes");
    out.add("l2_loss", s.l2_loss, "the height of the three landscapes");
    out.add("adamw_loss", s.adamw_loss, "the height of the three landscapes");
}

Pull pull_steps(const Tensor& w, const Tensor& grad, const Tensor& m, const Tensor& v,
                std::size_t t, const AdamwConfig& c) {
    const AdamwConfig plain = without_decay(c);
    const Tensor free = adamw_steps(w, grad, m, v, t, plain).w_t;

    //: the same decay, once outside and once in the gradient
    const Tensor outside = adamw_steps(w, grad, m, v, t, c).w_t;
    const Tensor inside = adamw_steps(w, with_l2(grad, w, c.weight_decay), m, v, t, plain).w_t;

    Pull pull{free, free};
    for (std::size_t i = 0; i < w.size(); ++i) {
        pull.decoupled.flat()[i] -= outside.flat()[i];
        pull.l2.flat()[i] -= inside.flat()[i];
    }
    return pull;
}

void record(const Pull& pull, Trace& out) {
    out.from("optim/walk");
    out.add("pull", pull.decoupled, "the same decay, once outside and once in the gradient");
    out.add("l2_pull", pull.l2, "the same decay, once outside and once in the gradient");
}

}  // namespace orrery::optim
