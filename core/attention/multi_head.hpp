// Multi-head attention: several small attentions side by side, each with questions of its own
//
//   formula   qkv    = x W_qkv^T + b_qkv
//             head_h = attention(q_h, k_h, v_h)
//             y      = joined W_out^T + b_out
//
//   shapes    x [batch, tokens, d]    qkv_weight [3 d, d]    qkv_bias [3 d]
//             out_weight [d, d]    out_bias [d]    ->    y [batch, tokens, d]
//             q_h, k_h, v_h are columns h d/heads to (h + 1) d/heads of the thirds of qkv.
//             W_qkv = qkv_weight, b_qkv = qkv_bias, W_out = out_weight, b_out = out_bias
//
//   why       One softmax can point at one place well. With the row cut into heads, one can look at
//             the previous word while another looks for a verb; more heads cost nothing, they only
//             cut the same d columns differently.
//
//   cost      forward 8 tokens d^2 flops for the projections and 4 tokens^2 d + 6 heads tokens^2
//             for the attention, an example; backward about twice that
//   errors    ShapeError  a weight or bias does not fit x, or only one of the biases is given
//             ValueError  heads is 0 or does not divide d
//             backward: ShapeError  dy is not like y
//   source    Vaswani et al., "Attention Is All You Need", 2017, arXiv:1706.03762, section 3.2.2;
//             the fused projection as in GPT-2
//   survey    2.3
//   badge     computed
//   leaves out  dropout; queries from one sequence and keys from another (cross-attention)
//   see       attention/scaled_dot_product (one head), attention/mask
#pragma once

#include <optional>

#include "core/attention/scaled_dot_product.hpp"

namespace orrery::attention {

struct MultiHeadWeights {
    Tensor qkv;                      // [3 d, d]  rows: all of q, then all of k, then all of v
    Tensor out;                      // [d, d]
    std::optional<Tensor> qkv_bias;  // [3 d]
    std::optional<Tensor> out_bias;  // [d]  given exactly when qkv_bias is
};

struct MultiHeadSteps {
    Tensor qkv;                       // [batch, tokens, 3 d]
    Tensor q, k, v;                   // [batch, heads, tokens, d / heads]
    ScaledDotProductSteps attention;  // of all heads
    Tensor joined;                    // [batch, tokens, d]  the heads side by side again
    Tensor y;                         // [batch, tokens, d]
    Cost cost;                        // the attention's included
};

MultiHeadSteps multi_head_steps(const Tensor& x, const MultiHeadWeights& weights, std::size_t heads,
                                const ScaledDotProductConfig& config = {});

// Names the steps for pictures, lessons and export, each with the paragraph that made it.
void record(const MultiHeadSteps& steps, Trace& out);

// The same pass when only the answer is wanted.
Tensor multi_head(const Tensor& x, const MultiHeadWeights& weights, std::size_t heads,
                  const ScaledDotProductConfig& config = {});

// [batch, tokens, heads * width] cut into [batch, heads, tokens, width], and back.
Tensor split_heads(const Tensor& x, std::size_t heads);
Tensor join_heads(const Tensor& x);

struct MultiHeadGrads {
    Tensor dx;                  // [batch, tokens, d]
    MultiHeadWeights dweights;  // like weights, biases where those have them
};

MultiHeadGrads multi_head_backward(const Tensor& dy, const MultiHeadSteps& steps, const Tensor& x,
                                   const MultiHeadWeights& weights);

}  // namespace orrery::attention
