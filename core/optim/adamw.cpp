#include "core/optim/adamw.hpp"

#include <cmath>
#include <string>

#include "core/base/error.hpp"
#include "core/base/parallel.hpp"
#include "core/base/text.hpp"

namespace orrery::optim {
namespace {

constexpr std::size_t grain = 16384;  // weights of one chunk

void check(const AdamwConfig& c) {
    const auto require = [](bool holds, const char* name, float value, const char* wanted) {
        if (!holds)
            throw ValueError(std::string("adamw: ") + name + " is " + number_text(value) +
                             ", wanted " + wanted);
    };
    require(c.lr >= 0, "lr", c.lr, "0 or more");
    require(c.beta1 >= 0 && c.beta1 < 1, "beta1", c.beta1, "0 or more and less than 1");
    require(c.beta2 >= 0 && c.beta2 < 1, "beta2", c.beta2, "0 or more and less than 1");
    require(c.eps >= 0, "eps", c.eps, "0 or more");
    require(c.weight_decay >= 0, "weight_decay", c.weight_decay, "0 or more");
}

// How much of the zeros they started from is still in m and v after t steps.
struct Correction {
    float m, v;
};
Correction correction(std::size_t t, const AdamwConfig& c) {
    if (!c.correct) return {1, 1};
    return {float(1 - std::pow(double(c.beta1), double(t))),
            float(1 - std::pow(double(c.beta2), double(t)))};
}

}  // namespace

AdamwSteps adamw_steps(const Tensor& w, const Tensor& grad, const Tensor& m, const Tensor& v,
                       std::size_t t, const AdamwConfig& c) {
    check(c);
    if (t == 0) throw ValueError("adamw: t is 0, wanted steps counted from 1");
    require_shape("adamw", "grad", grad, w.shape());
    require_shape("adamw", "m", m, w.shape());
    require_shape("adamw", "v", v, w.shape());

    const Correction correct = correction(t, c);
    const Tensor like(w.shape());
    AdamwSteps s{like, like, like, like, like, like, {}};
    for (std::size_t i = 0; i < w.size(); ++i) {
        const float g = grad.flat()[i];

        //: where the gradients have pointed, and how large they were
        const float m_t = c.beta1 * m.flat()[i] + (1 - c.beta1) * g;
        const float v_t = c.beta2 * v.flat()[i] + (1 - c.beta2) * g * g;

        //: without the zeros they started from
        const float m_hat = m_t / correct.m;
        const float v_hat = v_t / correct.v;

        //: a step of about one, whatever the gradient's size
        const float update = m_hat / (std::sqrt(v_hat) + c.eps);

        //: move, and pull towards zero
        const float pull = c.weight_decay * w.flat()[i];
        const float w_t = w.flat()[i] - c.lr * (update + pull);

        s.m_t.flat()[i] = m_t;
        s.v_t.flat()[i] = v_t;
        s.m_hat.flat()[i] = m_hat;
        s.v_hat.flat()[i] = v_hat;
        s.update.flat()[i] = update;
        s.w_t.flat()[i] = w_t;
        s.cost.flops += 15;
        s.cost.bytes += 7 * sizeof(float);
    }
    return s;
}

void record(const AdamwSteps& s, Trace& out) {
    out.from("optim/adamw");
    out.add("m_t", s.m_t, "where the gradients have pointed, and how large they were");
    out.add("v_t", s.v_t, "where the gradients have pointed, and how large they were");
    out.add("m_hat", s.m_hat, "without the zeros they started from");
    out.add("v_hat", s.v_hat, "without the zeros they started from");
    out.add("update", s.update, "a step of about one, whatever the gradient's size");
    out.add("w_t", s.w_t, "move, and pull towards zero");
    out.cost(s.cost);
}

void adamw_step(AdamwState& state, std::span<Tensor> weights, std::span<const Tensor> grads,
                const AdamwConfig& c, const std::vector<bool>& decays) {
    check(c);
    if (grads.size() != weights.size())
        throw ShapeError("adamw: " + std::to_string(grads.size()) + " gradients, wanted " +
                         std::to_string(weights.size()) + ", one for each weight");
    if (!decays.empty() && decays.size() != weights.size())
        throw ShapeError("adamw: " + std::to_string(decays.size()) + " decays, wanted " +
                         std::to_string(weights.size()) + ", one for each weight");
    const bool is_new = state.t == 0 && state.m.empty() && state.v.empty();
    if (!is_new && (state.m.size() != weights.size() || state.v.size() != weights.size()))
        throw ShapeError("adamw: a state of " + std::to_string(state.m.size()) +
                         " tensors, wanted " + std::to_string(weights.size()));
    for (std::size_t k = 0; k < weights.size(); ++k) {
        require_shape("adamw", "grad", grads[k], weights[k].shape());
        if (!is_new) require_shape("adamw", "m", state.m[k], weights[k].shape());
        if (!is_new) require_shape("adamw", "v", state.v[k], weights[k].shape());
    }

    if (is_new)
        for (const Tensor& w : weights)
            state.m.emplace_back(w.shape()), state.v.emplace_back(w.shape());
    ++state.t;
    const Correction correct = correction(state.t, c);
    for (std::size_t k = 0; k < weights.size(); ++k) {
        float *w = weights[k].data(), *m = state.m[k].data(), *v = state.v[k].data();
        const float* g = grads[k].data();
        const float decay = decays.empty() || decays[k] ? c.weight_decay : 0.0f;

        //: every weight by its own measure, many at once
        parallel_for(weights[k].size(), grain, [&](std::size_t begin, std::size_t end) {
            for (std::size_t i = begin; i < end; ++i) {
                m[i] = c.beta1 * m[i] + (1 - c.beta1) * g[i];
                v[i] = c.beta2 * v[i] + (1 - c.beta2) * g[i] * g[i];
                const float update = (m[i] / correct.m) / (std::sqrt(v[i] / correct.v) + c.eps);
                w[i] = w[i] - c.lr * (update + decay * w[i]);
            }
        });
    }
}

AdamwGrads adamw_backward(const Tensor& dw_t, const Tensor& dm_t, const Tensor& dv_t,
                          const AdamwSteps& s, const Tensor& grad, std::size_t t,
                          const AdamwConfig& c) {
    require_shape("adamw_backward", "dw_t", dw_t, s.w_t.shape());
    require_shape("adamw_backward", "dm_t", dm_t, s.w_t.shape());
    require_shape("adamw_backward", "dv_t", dv_t, s.w_t.shape());
    require_shape("adamw_backward", "grad", grad, s.w_t.shape());
    const Correction correct = correction(t, c);
    const Tensor like(grad.shape());
    AdamwGrads g{like, like, like, like};
    for (std::size_t i = 0; i < grad.size(); ++i) {
        //: back through the quotient
        const float root = std::sqrt(s.v_hat.flat()[i]), below = root + c.eps;
        const float dupdate = -c.lr * dw_t.flat()[i];
        const float droot = below == 0.0f ? 0.0f : -dupdate * s.update.flat()[i] / below;
        const float dm = dm_t.flat()[i] + dupdate / below / correct.m;
        const float dv = dv_t.flat()[i] + (root == 0.0f ? 0.0f : droot / (2 * root) / correct.v);

        //: into the averages and the gradient
        g.dw.flat()[i] = (1 - c.lr * c.weight_decay) * dw_t.flat()[i];
        g.dm.flat()[i] = c.beta1 * dm;
        g.dv.flat()[i] = c.beta2 * dv;
        g.dgrad.flat()[i] = (1 - c.beta1) * dm + (1 - c.beta2) * 2 * grad.flat()[i] * dv;
    }
    return g;
}

}  // namespace orrery::optim
