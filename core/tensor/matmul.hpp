// Matmul: rows times columns
//
//   formula   c_ij = sum_k a_ik * b_kj
//
//   shapes    a [..., n, k]    b [..., k, m] or [k, m]    ->    c [..., n, m]
//             Axes before the last two count products; a `b` of two axes serves them all.
//
//   cost      2 n k m flops for each product; backward twice that
//   errors    ShapeError  fewer than two axes, inner lengths differ, or the leading axes differ
//   see       tensor/gemm (the kernel), tensor/linear (with the weight as [out, in])
#pragma once

#include "core/tensor/tensor.hpp"
#include "core/tensor/trace.hpp"

namespace orrery {

// As the formula says. For reading, and for checking the fast one.
Tensor matmul_plain(const Tensor& a, const Tensor& b);

// The same through gemm; what the program uses.
Tensor matmul(const Tensor& a, const Tensor& b);
// a times b transposed: b [..., m, k]. Scores are queries times keys like this.
Tensor matmul_nt(const Tensor& a, const Tensor& b);
// a transposed times b: a [..., k, n]. A weight's gradient is made like this.
Tensor matmul_tn(const Tensor& a, const Tensor& b);

struct MatmulGrads {
    Tensor da;  // like a
    Tensor db;  // like b; summed over the products that shared it
};
MatmulGrads matmul_backward(const Tensor& dc, const Tensor& a, const Tensor& b);

}  // namespace orrery
