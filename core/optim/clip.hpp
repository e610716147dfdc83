// Clip: shorten a gradient that is too long, and keep its direction
//
//   formula   norm   = sqrt(sum_i grad_i^2)
//             factor = min(1, max_norm / norm)
//             y_i    = factor * grad_i
//
//   shapes    grad: all gradients of a model together, of any shapes    ->    y like grad
//
//   why       Now and then one batch gives a gradient many times the usual length, and a single
//             step along it can undo hours. All gradients are scaled by one number, so the
//             direction of the step stays; clipping each number by itself would bend it.
//
//   cost      2 flops a number to measure, 1 more to scale
//   errors    ValueError  max_norm is not above 0
//             backward: ShapeError  dy is not like grad
//   source    Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural
//             networks", 2013, arXiv:1211.5063
//   survey    3.8.2
//   badge     computed
//   leaves out  the 1e-6 that PyTorch adds to the norm
//   see       optim/adamw, model/trainer
//   picture later
//
// The norm is added up in double, so it is not finite only when a gradient is not. Then nothing is
// scaled: no factor could mend it, and the caller sees by the norm that the step must not be taken.
#pragma once

#include <span>

#include "core/tensor/tensor.hpp"
#include "core/tensor/trace.hpp"

namespace orrery::optim {

struct ClipSteps {
    Tensor norm;    // []
    Tensor factor;  // []     1 where nothing was shortened
    Tensor y;       // [...]  factor * grad
    Cost cost;
};

ClipSteps clip_steps(const Tensor& grad, float max_norm);

// Names the steps for pictures, lessons and export, each with the paragraph that made it.
void record(const ClipSteps& steps, Trace& out);

// Shortens all of them together, in place; returns the norm they had before.
double clip(std::span<Tensor> grads, float max_norm);

// dgrad = dy where nothing was shortened; else factor * (dy less its part along grad).
Tensor clip_backward(const Tensor& dy, const ClipSteps& steps, const Tensor& grad);

}  // namespace orrery::optim
