// Broadcast: how a small tensor stands in for a larger one
//
//   rule      Shapes are aligned at their last axis. Two lengths agree when they are equal or one
//   of them
//             is 1; a missing axis counts as 1. The longer one wins.
//
//   example   [2, 3, 4] with [3, 1]    ->    [2, 3, 4]
//
//   errors    ShapeError  two lengths do not agree
//   source    NumPy's rules: https://numpy.org/doc/stable/user/basics.broadcasting.html
//
// Backward: where forward copied a number to many places, the gradients of all those places add up.
#pragma once

#include "core/tensor/tensor.hpp"

namespace orrery {

Shape broadcast_shape(const Shape& a, const Shape& b);

// The tensor repeated until it has `shape`. Shares the buffer when nothing needs repeating.
Tensor broadcast_to(const Tensor& x, const Shape& shape);
// The opposite: sums over everything that broadcast_to would repeat.
Tensor sum_to(const Tensor& x, const Shape& shape);

Tensor add(const Tensor& a, const Tensor& b);
Tensor multiply(const Tensor& a, const Tensor& b);
Tensor scaled(const Tensor& x, float factor);

struct BinaryGrads {
    Tensor da;  // like a
    Tensor db;  // like b
};
BinaryGrads add_backward(const Tensor& dy, const Tensor& a, const Tensor& b);
BinaryGrads multiply_backward(const Tensor& dy, const Tensor& a, const Tensor& b);

}  // namespace orrery
