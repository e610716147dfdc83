// Cross-entropy: how surprised the model is by what came next
//
//   formula   log_total_i = largest_i + log(sum_j exp(logits_ij - largest_i))
//             nats_i      = log_total_i - logits_(i, target_i)
//             loss        = (1 / counted) sum_i nats_i
//
//   shapes    logits [..., V]    target [...]    ->    nats [...]    loss []
//             `V` is the size of the vocabulary; largest_i is the largest logit of row i.
//             A target of `ignore` (-1) is not counted: its nats are 0.
//
//   why       -log of the probability that the model gave to the token that really came: 0 when it
//             was sure and right, without limit when it was sure and wrong. Knowing nothing costs
//             log V. Its gradient is as simple as can be: the probabilities, less 1 at the target.
//
//   cost      forward 4V + 4 flops a counted row, exp and log counted as one; backward 4V
//   errors    ShapeError  logits has no axis, or target is not like its rows
//             ValueError  a target is neither `ignore` nor a whole number from 0 to V - 1
//   source    Shannon, "A mathematical theory of communication", 1948; as the objective of a
//             language model: Bengio et al., 2003, JMLR 3
//   survey    2.10
//   badge     computed
//   leaves out  label smoothing and weights for classes
//   see       tensor/softmax, model/trainer (makes it small)
//
// Nothing is exponentiated that is above 0, so logits of any size are safe.
#pragma once

#include <span>

#include "core/tensor/tensor.hpp"
#include "core/tensor/trace.hpp"

namespace orrery::objective {

inline constexpr float ignore = -1.0f;  // a target that asks for nothing

// One forward pass with nothing thrown away, in the order it is computed.
struct CrossEntropySteps {
    Tensor largest;        // [...]     logit of each row
    Tensor log_total;      // [...]     log of the sum of exp(logits)
    Tensor probabilities;  // [..., V]  exp(logits - log_total)
    Tensor nats;           // [...]     surprise at each target; 0 where not counted
    Tensor counted;        // []        how many targets there are
    Tensor loss;           // []        mean of the counted nats; 0 of none
    Cost cost;
};

CrossEntropySteps cross_entropy_steps(const Tensor& logits, const Tensor& target);

// Names the steps for pictures, lessons and export, each with the paragraph that made it.
void record(const CrossEntropySteps& steps, Trace& out);

// The loss when only the answer is wanted, many numbers at once.
double cross_entropy(const Tensor& logits, const Tensor& target);
// The surprise of one row at one target; and log of the sum of exp.
float log_total_of(std::span<const float> logits);

// dlogits [..., V] = (probabilities - one at the target) * dloss / counted; 0 in rows not counted.
Tensor cross_entropy_backward(float dloss, const CrossEntropySteps& steps, const Tensor& target);

}  // namespace orrery::objective
