// Scaled dot-product attention: mix the values, more of those whose key fits the query
//
//   formula   scores_ij  = sum_c q_ic * k_jc
//             scaled_ij  = scores_ij / sqrt(d)
//             weights_ij = exp(scaled_ij) / sum_(j allowed) exp(scaled_ij)
//             out_i      = sum_j weights_ij * v_j
//
//   shapes    q [..., queries, d]    k [..., keys, d]    v [..., keys, d_v]
//             mask [queries, keys] or with leading axes, true = may attend
//             ->  weights [..., queries, keys]    out [..., queries, d_v]
//             The leading axes are [batch, heads]; each of their entries is an attention of its
//             own.
//
//   why       Every token asks a question (query), offers a label (key) and a content (value). The
//             dot product says how well label fits question; softmax makes the fits shares of 1.
//             The sum of d products of unit spread has spread sqrt(d): divided by it, softmax stays
//             soft however wide the head is.
//
//   cost      forward 2 queries keys (d + d_v) + 6 queries keys flops, backward 2 queries keys
//             (3 d + 2 d_v) + 5 queries keys, an entry of the leading axes; keeps queries * keys
//             weights. Masked entries are skipped: causal costs about half.
//   errors    ShapeError  q, k, v do not fit each other, or mask does not fit the scores
//             backward: ShapeError  dout is not like out
//   source    Vaswani et al., "Attention Is All You Need", 2017, arXiv:1706.03762, equation 1
//   survey    2.3
//   badge     computed
//   leaves out  the learned projections that make q, k and v (attention/multi_head has them);
//               dropout on the weights
//   see       attention/mask, attention/multi_head (several at once, with projections)
#pragma once

#include <optional>

#include "core/tensor/tensor.hpp"
#include "core/tensor/trace.hpp"

namespace orrery::attention {

struct ScaledDotProductConfig {
    bool is_causal = false;      // query i sees keys 0 to i; together with `mask`, both must allow
    std::optional<Tensor> mask;  // [..., queries, keys], leading axes 1 or as the scores; 0 = false
    std::optional<float> scale;  // instead of 1 / sqrt(d)
};

// One forward pass with nothing thrown away, in the order it is computed.
struct ScaledDotProductSteps {
    Tensor scores;   // [..., queries, keys]  q k^T, masked or not
    Tensor scaled;   // [..., queries, keys]  scores * scale
    Tensor allowed;  // [..., queries, keys]  1 = may attend, 0 = may not
    Tensor masked;   // [..., queries, keys]  scaled where allowed, -inf elsewhere
    Tensor weights;  // [..., queries, keys]  softmax over the keys: rows sum to 1
    Tensor out;      // [..., queries, d_v]   a row that may see nothing is 0
    float scale = 1.0f;
    Cost cost;
};

ScaledDotProductSteps scaled_dot_product_steps(const Tensor& q, const Tensor& k, const Tensor& v,
                                               const ScaledDotProductConfig& config = {});

// Names the steps for pictures, lessons and export, each with the paragraph that made it.
void record(const ScaledDotProductSteps& steps, Trace& out);

// The same pass when only the answer is wanted.
Tensor scaled_dot_product(const Tensor& q, const Tensor& k, const Tensor& v,
                          const ScaledDotProductConfig& config = {});

struct ScaledDotProductGrads {
    Tensor dq, dk, dv;  // like q, k, v
};

// Needs only `weights` and `scale` of the forward pass, and q, k, v again.
ScaledDotProductGrads scaled_dot_product_backward(const Tensor& dout,
                                                  const ScaledDotProductSteps& steps,
                                                  const Tensor& q, const Tensor& k,
                                                  const Tensor& v);

}  // namespace orrery::attention
