// Softmax: turn any row of numbers into shares that add up to 1
//
//   formula   y_j = exp(x_j - max_k x_k) / sum_k exp(x_k - max_k x_k)
//
//   shapes    x [..., d]    mask broadcasts to x, nonzero = may take part    ->    y [..., d]
//
//   why       exp makes everything positive and turns differences into ratios. Taking the largest
//             entry away changes no share and keeps exp from overflowing.
//
//   cost      forward 5d flops a row, exp counted as one; backward 4d
//   errors    ShapeError  x has no axis, or mask does not broadcast to x
//             backward: ShapeError  dy is not like y
//
// A masked entry gets exactly 0, and so does one of -infinity. A row with nothing allowed gives
// zeros, and zero gradients.
#pragma once

#include <span>

#include "core/tensor/tensor.hpp"
#include "core/tensor/trace.hpp"

namespace orrery {

struct SoftmaxSteps {
    Tensor largest;  // [..., 1]  of the allowed entries; -infinity where there is none
    Tensor exps;     // [..., d]  exp(x - largest), 0 where masked
    Tensor total;    // [..., 1]  their sum; 0 where nothing is allowed
    Tensor y;        // [..., d]  exps / total
    Cost cost;
};

// As the formula says, one stage after another.
SoftmaxSteps softmax_steps(const Tensor& x);
SoftmaxSteps softmax_steps(const Tensor& x, const Tensor& mask);
void record(const SoftmaxSteps& steps, Trace& out);

// The same when only the answer is wanted, many numbers at once.
Tensor softmax(const Tensor& x);
Tensor softmax(const Tensor& x, const Tensor& mask);
// One row in place, no mask.
void softmax_row(std::span<float> row);

// dx_j = y_j (dy_j - sum_k y_k dy_k). Masked entries have y = 0, so nothing flows through them.
Tensor softmax_backward(const Tensor& dy, const Tensor& y);
// One row; dx may be dy.
void softmax_row_backward(std::span<const float> dy, std::span<const float> y, std::span<float> dx);

}  // namespace orrery
