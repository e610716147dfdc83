// Softmax: turn any row of numbers into shares that add up to 1
//
//   formula   exps_j = exp(x_j - largest)
//             total  = sum_k exps_k
//             y_j    = exps_j / total
//
//   shapes    x [..., d]    mask broadcasts to x, nonzero = may take part    ->    y [..., d]
//             largest is the largest x_k of the row, total the sum over it.
//
//   why       exp makes everything positive and turns differences into ratios. Taking the largest
//             entry away changes no share and keeps exp from overflowing.
//
//   cost      forward 5d flops a row, exp counted as one; backward 4d
//   errors    ShapeError  x has no axis, or mask does not broadcast to x
//             backward: ShapeError  dy is not like y
//   source    Bridle, "Probabilistic interpretation of feedforward classification network outputs",
//             1990; as shares of attention: Vaswani et al., 2017, arXiv:1706.03762
//   survey    2.3
//   badge     computed
//   leaves out  masks: they are shown where attention uses them
//   see       attention/scaled_dot_product (shares of attention), objective/cross_entropy (its
//             log), infer/sampling (drawing from the shares)
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

// What stands in textbooks: exp(x) / sum of exp(x), without taking the largest away. Kept to be
// shown and tested, used nowhere: from x = 88.73 on, exp is infinite in float32 and the share is NaN;
// from -104 on downwards every exp is 0 and the share is 0/0.
struct NaiveSoftmaxSteps {
    Tensor exps;   // [..., d]  exp(x)
    Tensor total;  // [..., 1]
    Tensor y;      // [..., d]  exps / total, or NaN
};
NaiveSoftmaxSteps softmax_naive_steps(const Tensor& x);

// All slopes of one row x [d]: entry (i, j) says how much y_i grows with x_j,
// y_i ((i = j) - y_j). [d, d]
Tensor softmax_jacobian(const Tensor& y);

// dx_j = y_j (dy_j - sum_k y_k dy_k). Masked entries have y = 0, so nothing flows through them.
Tensor softmax_backward(const Tensor& dy, const Tensor& y);
// One row; dx may be dy.
void softmax_row_backward(std::span<const float> dy, std::span<const float> y, std::span<float> dx);

}  // namespace orrery
