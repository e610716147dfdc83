// Leak: what a mask lets through, told by a tiny predictor that is trained with it
//
// The text is random, each token one of `symbols` alike, so nobody can guess the next one better
// than log2(symbols) bits. A row of the mask that does better has seen its answer: directly, or by
// way of a row that has (through several layers). The predictor is real and small: embeddings, and
// in every layer one attention in which only places ask and answer, so it can learn no more than
// where to look. It is trained with AdamW from scratch each time.
#pragma once

#include <cstdint>

#include "core/tensor/tensor.hpp"
#include "core/tensor/trace.hpp"

namespace orrery::attention {

// After how many layers the token of key j can have arrived in row i: 0 for its own, which the
// residual stream carries; infinity where it never does. `mask` [tokens, tokens] -> the same shape.
// ShapeError when it is not square.
Tensor layers_to_reach(const Tensor& mask);

struct LeakConfig {
    std::size_t layers = 2, steps = 160, sequences = 16, width = 16, symbols = 8;
    std::size_t snapshots = 20;  // how often on the way the loss of every row is measured
    float lr = 0.05f;            // of the first step; it falls evenly to 0
    std::uint64_t seed = 1;
};

struct LeakSteps {
    Tensor bits;     // [tokens]             of each row, after training, on text not seen before
    Tensor history;  // [snapshots, tokens]  the same on the way, the first before any training
    Tensor honest;   // []                   log2(symbols)
};

// Names the steps for pictures and lessons.
void record(const LeakSteps& steps, Trace& out);

// ShapeError when the mask is not square; ValueError when it has no row or the config is empty.
LeakSteps leak_steps(const Tensor& mask, const LeakConfig& config = {});

}  // namespace orrery::attention
