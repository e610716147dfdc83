// Diagnosis: which tensor stopped being numbers first, and why
//
// The step is done again by the readable decoder, every stage kept, and the stages are searched in
// the order they were computed.
#pragma once

#include <optional>

#include "core/model/trainer.hpp"

namespace orrery::model {

// The first tensor that is not finite when `batch` runs forward and backward; none when all are.
// Fills everything but `step`, `lr` and the words that speak of them.
std::optional<NotFinite> find_not_finite(const CausalDecoderConfig& config,
                                         const DecoderWeights& weights, const data::Batch& batch);

// `why` in words, from the other fields and how large the last update was beside the weights
// (NaN: unknown).
std::string explain(const NotFinite& what, double update_ratio);

// The index of the first number that is NaN or infinite; size when there is none.
std::size_t first_not_finite(std::span<const float> numbers);

}  // namespace orrery::model
