// Block: attention, then feed-forward, each added to the stream it read
//
//   formula   middle = x + attention(norm_1(x))
//             y      = middle + feed_forward(norm_2(middle))
//
//   shapes    x, middle, y [batch, tokens, d]
//
//   why       A token's row runs through all blocks as one stream; each block reads a normalised
//             copy of it and adds its word. Because the stream itself is never multiplied, what
//             of the gradient goes back along it reaches the first block as it left the last.
//             The norm stands before each half (pre-norm), which trains deep stacks without
//             tricks.
//
//   cost      forward 24 tokens d^2 flops for the weights (hidden width 4 d) and 4 tokens^2 d for
//             the attention, an example; backward twice that
//   errors    ShapeError  x is not [batch, tokens, d], or a weight does not fit it
//             ValueError  heads does not divide d; activation unknown; norm_eps negative
//             backward: ShapeError  dy is not like y
//   source    Radford et al., "Language models are unsupervised multitask learners", 2019 (GPT-2);
//             pre-norm: Xiong et al., 2020, arXiv:2002.04745
//   survey    2.5
//   badge     computed
//   leaves out  dropout; the norm after the sum (post-norm)
//   see       attention/multi_head, model/feed_forward, norm/layer_norm, model/causal_decoder
#pragma once

#include <optional>
#include <string>

#include "core/attention/multi_head.hpp"
#include "core/model/feed_forward.hpp"
#include "core/norm/layer_norm.hpp"

namespace orrery::model {

struct NormWeights {
    Tensor gain;                 // [d]
    std::optional<Tensor> bias;  // [d]  without: 0, and not learned
};

struct BlockWeights {
    NormWeights norm_1;
    attention::MultiHeadWeights attention;
    NormWeights norm_2;
    FeedForwardWeights feed_forward;
};

struct BlockConfig {
    std::size_t heads = 4;
    std::string activation = "gelu";  // or "gelu_tanh"
    float norm_eps = norm::layer_norm_eps;
    bool is_causal = true;
};

struct BlockSteps {
    norm::LayerNormSteps norm_1;
    attention::MultiHeadSteps attention;
    Tensor middle;  // [batch, tokens, d]  x + attention
    norm::LayerNormSteps norm_2;
    FeedForwardSteps feed_forward;
    Tensor y;  // [batch, tokens, d]  middle + feed-forward
    Cost cost;
};

BlockSteps block_steps(const Tensor& x, const BlockWeights& weights, const BlockConfig& config);

// Names the steps for pictures, lessons and export: norm_1.*, attention.*, middle, norm_2.*,
// feed_forward.*, y.
void record(const BlockSteps& steps, Trace& out);

// The same pass when only the answer is wanted.
Tensor block(const Tensor& x, const BlockWeights& weights, const BlockConfig& config);

struct BlockGrads {
    Tensor dx;              // [batch, tokens, d]
    BlockWeights dweights;  // like weights
};

BlockGrads block_backward(const Tensor& dy, const BlockSteps& steps, const Tensor& x,
                          const BlockWeights& weights, const BlockConfig& config);

// A norm whose bias may be missing.
norm::LayerNormSteps norm_steps(const Tensor& x, const NormWeights& weights, float eps);
NormWeights norm_grads(const norm::LayerNormGrads& grads, const NormWeights& like);

}  // namespace orrery::model
