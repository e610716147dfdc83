// Linear: every output is a weighted sum of the inputs
//
//   formula   y_ij = sum_k x_ik * weight_jk + bias_j
//
//   shapes    x [..., in]    weight [out, in]    bias [out]    ->    y [..., out]
//
//   cost      forward 2 * in * out flops a row, backward twice that
//   errors    ShapeError  x has no axis, weight is not [out, in], or bias is not [out]
//   see       tensor/matmul, tensor/gemm
#pragma once

#include "core/tensor/tensor.hpp"

namespace orrery {

// As the formula says. For reading, and for checking the fast one.
Tensor linear_plain(const Tensor& x, const Tensor& weight, const Tensor& bias);

// The same through gemm; what the program uses.
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias);
Tensor linear(const Tensor& x, const Tensor& weight);  // without a bias

struct LinearGrads {
    Tensor dx;       // [..., in]
    Tensor dweight;  // [out, in]  summed over all rows
    Tensor dbias;    // [out]      summed over all rows; meaningless where there is no bias
};
LinearGrads linear_backward(const Tensor& dy, const Tensor& x, const Tensor& weight);

}  // namespace orrery
