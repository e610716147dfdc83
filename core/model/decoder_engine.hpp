// Decoder engine: the causal decoder, fast
//
// The batch is cut into chunks of a few sequences, by sizes alone and never by the number of
// threads. Each chunk runs forward and backward on one thread, in an arena of its own that is
// allocated once, and leaves the gradient of every weight in a buffer of its own; the buffers are
// then added in order. So the results are the same to the bit on any number of threads, and the
// threads meet only twice.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "core/model/causal_decoder.hpp"

namespace orrery::model {

class DecoderEngine {
   public:
    explicit DecoderEngine(const CausalDecoderConfig& config);
    ~DecoderEngine();
    DecoderEngine(DecoderEngine&&) noexcept;
    DecoderEngine& operator=(DecoderEngine&&) noexcept;

    const CausalDecoderConfig& config() const;
    const ParameterLayout& layout() const;

    // Weights and gradients stand in one row as `layout` says; x, y are [batch, tokens], y < 0 does
    // not count. The caller has checked sizes and ids.

    // The gradient of the mean loss. `group_squares` (may be empty) gets the sum of squares of each
    // group's gradient.
    LossSum loss_and_grads(std::span<const float> weights, std::span<const int> x,
                           std::span<const int> y, std::size_t tokens, std::span<float> grads,
                           std::span<double> group_squares = {});
    LossSum loss(std::span<const float> weights, std::span<const int> x, std::span<const int> y,
                 std::size_t tokens);
    // The loss of predicting ids[1], ids[2], … from those before them: consecutive windows of
    // `context` targets, the last one shorter. 2 ids at least.
    LossSum loss_of_text(std::span<const float> weights, std::span<const int> ids);
    // logits [batch * tokens, V]
    void logits(std::span<const float> weights, std::span<const int> x, std::size_t tokens,
                std::span<float> out);

    // One sequence: its attention weights [L, h, n, n] and logits [n, V].
    void probe(std::span<const float> weights, std::span<const int> ids, std::span<float> attention,
               std::span<float> out);

    // One sequence, a few tokens at a time: ids stand at places first, first + 1, …; what came
    // before must have been given already. `out` [V]: what follows the last of them.
    void extend(std::span<const float> weights, std::span<const int> ids, std::size_t first,
                std::span<float> out);

   private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// ValueError unless there are `tokens` (1 to context) in each of some examples and every id is in
// the vocabulary; targets may be data::no_target.
void require_examples(const CausalDecoderConfig& config, std::span<const int> x,
                      std::span<const int> y, std::size_t tokens);

}  // namespace orrery::model
