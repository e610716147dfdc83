// Sampling: from logits to one token
//
//   formula   scaled_i        = (logits_i - largest) / temperature
//             probabilities_i = exp(scaled_i) / sum_j exp(scaled_j)
//             drawn_i         = kept_i * probabilities_i / sum_j kept_j * probabilities_j
//
//   shapes    logits [V]    ->    drawn [V], and one id
//             `kept` is 1 for the top_k most probable ids and, of these, for the fewest whose
//             share reaches top_p; 0 for all others. `V` is the vocabulary.
//
//   why       Always taking the likeliest token makes a model repeat itself; drawing from all of
//             them picks nonsense from the long tail now and then. Temperature says how bold to
//             be, top-k and top-p cut the tail off.
//
//   cost      V exponentials and one sort
//   errors    ValueError  no logit at all, one is NaN, or none is above minus infinity
//             ValueError  temperature is negative or NaN, top_p is not in [0, 1], u not in [0, 1)
//             backward: ShapeError  dy is not [V]
//   source    top-k: Fan et al., 2018, arXiv:1805.04833; top-p: Holtzman et al., "The Curious Case
//             of Neural Text Degeneration", 2019, arXiv:1904.09751
//   survey    added: the survey trains models and does not say how they speak
//   badge     computed
//   leaves out  penalties for repetition, beam search
//   see       model/causal_decoder (whose logits these are)
#pragma once

#include <cstdint>

#include "core/tensor/tensor.hpp"
#include "core/tensor/trace.hpp"

namespace orrery::infer {

struct SamplingConfig {
    float temperature = 1.0f;  // 0: greedy, the likeliest (of equals the lowest id); infinity: any
    std::size_t top_k = 0;     // 0: all
    float top_p = 1.0f;        // the likeliest is always kept, even at 0
};

// One draw with nothing thrown away, in the order it is computed.
struct SamplingSteps {
    Tensor scaled;         // [V]  the largest is 0
    Tensor probabilities;  // [V]  softmax of scaled
    Tensor order;          // [V]  ids from the likeliest down; of equals the lower id first
    Tensor kept;           // [V]  1 or 0
    Tensor drawn;          // [V]  the probabilities drawn from: those kept, summing to 1
    Tensor running;  // [V]  sum of `drawn` over the likeliest ids down to this one, in `order`
    float u = 0.0f;  // the draw, in [0, 1)
    int token = 0;   // the first id in `order` whose `running` is above u
};

SamplingSteps sampling_steps(const Tensor& logits, const SamplingConfig& config, float u);
void record(const SamplingSteps& steps, Trace& out);

// The same when only the id is wanted; u is the one draw of (seed, step).
int sampling(std::span<const float> logits, const SamplingConfig& config, std::uint64_t seed,
             std::uint64_t step);

// The gradient of `drawn`, with the kept set held fixed; 0 at temperature 0.
Tensor sampling_backward(const Tensor& dy, const SamplingSteps& steps,
                         const SamplingConfig& config);

}  // namespace orrery::infer
