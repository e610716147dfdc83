// AdamW: a step for every weight by its own measure, and a pull towards zero
//
//   formula   m_t   = beta1 * m + (1 - beta1) * grad
//             v_t   = beta2 * v + (1 - beta2) * grad^2
//             m_hat = m_t / (1 - beta1^t)
//             v_hat = v_t / (1 - beta2^t)
//             w_t   = w - lr * (m_hat / (sqrt(v_hat) + eps) + weight_decay * w)
//
//   shapes    w, grad, m, v [...] all alike    ->    m_t, v_t, w_t like them
//             `t` counts steps from 1; m and v start at 0.
//
//   why       m is where the gradients have lately pointed, v how large they were. Their quotient
//             is about 1 for a weight whose gradients agree and about 0 for one whose gradients
//             cancel, whatever their size: every weight moves by about lr. m and v start at 0,
//             which is too small; the hats undo that. The decay stands outside the quotient
//             ("decoupled"): put into the gradient, it would be divided by sqrt(v) and hardly
//             reach weights with large gradients. That was Adam with L2, and it is not AdamW.
//
//   cost      15 flops and 28 bytes moved a weight, sqrt counted as one; two more floats kept
//   errors    ShapeError  grad, m or v is not like w; another number of weights, grads or decays
//             ValueError  lr, eps or weight_decay is negative, a beta is not in [0, 1), or t is 0
//   source    Loshchilov and Hutter, "Decoupled weight decay regularization", 2017,
//             arXiv:1711.05101; Adam: Kingma and Ba, 2014, arXiv:1412.6980
//   survey    2.6
//   badge     computed
//   leaves out  AMSGrad
//   see       optim/schedule (sets lr), optim/clip, model/trainer
#pragma once

#include <span>
#include <vector>

#include "core/tensor/tensor.hpp"
#include "core/tensor/trace.hpp"

namespace orrery::optim {

struct AdamwConfig {
    float lr = 1e-3f;
    float beta1 = 0.9f;
    float beta2 = 0.999f;
    float eps = 1e-8f;
    float weight_decay = 0.01f;
    bool correct = true;  // whether m and v are freed of the zeros they started from (the hats)
};

// One step of one tensor with nothing thrown away, in the order it is computed.
struct AdamwSteps {
    Tensor m_t;     // [...]  running mean of the gradients
    Tensor v_t;     // [...]  running mean of their squares
    Tensor m_hat;   // [...]  without the zero it started from
    Tensor v_hat;   // [...]
    Tensor update;  // [...]  m_hat / (sqrt(v_hat) + eps): about -1 to 1
    Tensor w_t;     // [...]  w - lr * (update + weight_decay * w)
    Cost cost;
};

AdamwSteps adamw_steps(const Tensor& w, const Tensor& grad, const Tensor& m, const Tensor& v,
                       std::size_t t, const AdamwConfig& config);

// Names the steps for pictures, lessons and export, each with the paragraph that made it.
void record(const AdamwSteps& steps, Trace& out);

// What training keeps from one step to the next: two tensors for each weight.
struct AdamwState {
    std::size_t t = 0;  // steps done
    std::vector<Tensor> m, v;
};

// One step of all weights of a model, in place. The first call makes the state. `decays` says which
// of them the decay pulls at (by custom the matrices); empty means all.
void adamw_step(AdamwState& state, std::span<Tensor> weights, std::span<const Tensor> grads,
                const AdamwConfig& config, const std::vector<bool>& decays = {});

// How w_t, m_t and v_t depend on what went in. Where v_hat is 0 its slope is taken as 0.
struct AdamwGrads {
    Tensor dw, dgrad, dm, dv;  // [...]
};
AdamwGrads adamw_backward(const Tensor& dw_t, const Tensor& dm_t, const Tensor& dv_t,
                          const AdamwSteps& steps, const Tensor& grad, std::size_t t,
                          const AdamwConfig& config);

}  // namespace orrery::optim
