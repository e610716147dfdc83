// Feed-forward: each token alone, wide and back
//
//   formula   wide   = x W_up^T + b_up
//             active = gelu(wide)
//             y      = active W_down^T + b_down
//
//   shapes    x [..., d]    up [m, d]    up_bias [m]    down [d, m]    down_bias [d]
//             ->    wide, active [..., m]    y [..., d]
//             `m` is the hidden width, 4 d in GPT-2.
//             W_up = up, b_up = up_bias, W_down = down, b_down = down_bias
//
//   why       Attention moves information between tokens; this is where each token thinks about
//             what it got. Every hidden unit asks one question (a row of W_up) and, when the answer
//             is yes, adds one vector (a column of W_down). Two thirds of a block's
//             weights are here.
//
//   cost      forward 4 d m flops and m activations a token, backward twice that
//   errors    ShapeError  a weight or bias does not fit x, or only one of the biases is given
//             ValueError  activation is neither "gelu" nor "gelu_tanh"
//             backward: ShapeError  dy is not like y
//   source    Vaswani et al., "Attention Is All You Need", 2017, arXiv:1706.03762, section 3.3
//             (with ReLU); GELU as in GPT-2
//   survey    2.4
//   badge     computed
//   leaves out  dropout; gated variants
//   see       activation/gelu, model/block (where it sits)
#pragma once

#include <optional>
#include <string>

#include "core/tensor/tensor.hpp"
#include "core/tensor/trace.hpp"

namespace orrery::model {

struct FeedForwardWeights {
    Tensor up;                        // [m, d]
    Tensor down;                      // [d, m]
    std::optional<Tensor> up_bias;    // [m]
    std::optional<Tensor> down_bias;  // [d]  given exactly when up_bias is
};

struct FeedForwardSteps {
    Tensor wide;    // [..., m]  before the activation
    Tensor active;  // [..., m]  after it
    Tensor y;       // [..., d]
    Cost cost;
};

FeedForwardSteps feed_forward_steps(const Tensor& x, const FeedForwardWeights& weights,
                                    const std::string& activation = "gelu");

// Names the steps for pictures, lessons and export, each with the paragraph that made it.
void record(const FeedForwardSteps& steps, Trace& out);

// The same pass when only the answer is wanted.
Tensor feed_forward(const Tensor& x, const FeedForwardWeights& weights,
                    const std::string& activation = "gelu");

struct FeedForwardGrads {
    Tensor dx;                    // [..., d]
    FeedForwardWeights dweights;  // like weights, biases where those have them
};

FeedForwardGrads feed_forward_backward(const Tensor& dy, const FeedForwardSteps& steps,
                                       const Tensor& x, const FeedForwardWeights& weights,
                                       const std::string& activation = "gelu");

}  // namespace orrery::model
