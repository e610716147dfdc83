// LayerNorm: give every token's row mean 0 and spread 1, then a learned gain and bias
//
//   formula   mean     = (1/d) sum_j x_j
//             variance = (1/d) sum_j (x_j - mean)^2
//             y_j      = gain_j * (x_j - mean) / sqrt(variance + eps) + bias_j
//
//   shapes    x [..., d]    gain [d]    bias [d]    ->    y [..., d]
//             `d` is the width of one row; every axis before it counts rows.
//
//   why       A residual stream adds to the same row layer after layer; without a norm its size
//             drifts and the next layer sees numbers of any scale. Each row is measured by itself:
//             no other token and no other example in the batch has a say.
//
//   cost      forward 7d + 5, backward 12d + 2 flops a row; backward keeps d + 1 floats a row
//   errors    ShapeError  x has no axis or rows of width 0, or gain or bias is not [d]
//             ValueError  eps is negative
//             backward: ShapeError  dy is not like y, or gain is not [d]
//   source    Ba, Kiros and Hinton, "Layer Normalization", 2016, arXiv:1607.06450. The variance
//             divides by d, not d - 1 (biased); eps is inside the root, as all libraries have it.
//   survey    2.5
//   badge     computed
//   leaves out  gain starts at 1 and bias at 0 and both are learned; here they are knobs
//   see       norm/rms_norm (keeps only the scaling), model/block (where it sits)
#pragma once

#include "core/tensor/tensor.hpp"
#include "core/tensor/trace.hpp"

namespace orrery::norm {

inline constexpr float layer_norm_eps = 1e-5f;  // PyTorch and GPT-2; BERT has 1e-12

// One forward pass with nothing thrown away, in the order it is computed.
struct LayerNormSteps {
    Tensor mean;      // [..., 1]
    Tensor centred;   // [..., d]  x - mean: a row that sums to 0
    Tensor variance;  // [..., 1]  mean square of `centred`, before eps
    Tensor inv_std;   // [..., 1]  1 / sqrt(variance + eps)
    Tensor unit;      // [..., d]  centred * inv_std: mean 0, spread 1
    Tensor y;         // [..., d]  unit * gain + bias
    Cost cost;
};

LayerNormSteps layer_norm_steps(const Tensor& x, const Tensor& gain, const Tensor& bias,
                                float eps = layer_norm_eps);

// Names the steps for pictures, lessons and export, each with the paragraph that made it.
void record(const LayerNormSteps& steps, Trace& out);

// The same pass when only the answer is wanted.
Tensor layer_norm(const Tensor& x, const Tensor& gain, const Tensor& bias,
                  float eps = layer_norm_eps);

struct LayerNormGrads {
    Tensor dx;     // [..., d]  like x
    Tensor dgain;  // [d]       summed over all rows
    Tensor dbias;  // [d]       summed over all rows
    // What was taken out of dy * gain on the way to dx:
    Tensor shift;    // [..., 1]  its mean, the part that would only shift the row
    Tensor stretch;  // [..., 1]  how much of `unit` is in it, the part that would only stretch it
};

// Needs only `unit` and `inv_std` of the forward pass. Each row of dx sums to 0 (moving a whole row
// up changes nothing) and, with eps = 0, is at right angles to x - mean (nor does stretching it).
LayerNormGrads layer_norm_backward(const Tensor& dy, const LayerNormSteps& steps,
                                   const Tensor& gain);
void record(const LayerNormGrads& grads, Trace& out);

}  // namespace orrery::norm
