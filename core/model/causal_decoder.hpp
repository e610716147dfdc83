// Causal decoder: a stack of blocks that predicts the next token from those before it
//
//   formula   embedded_i = token_embedding_(ids_i) + position_i
//             stream     = block_(L-1)(... block_0(embedded))
//             logits     = final_norm(stream) W_out^T
//             p(ids)     = prod_i softmax(logits_(i-1))_(ids_i)
//
//   shapes    ids [batch, tokens]    ->    embedded, stream [batch, tokens, d]
//             logits [batch, tokens, V]
//             W_out = output, the token embedding again where it is tied.
//
//   why       One stack, one objective: every position of a text is an exercise with a known
//             answer, all of them worked at once because no position sees its future. Whatever
//             precedes is the condition; nothing else is needed to ask it something.
//
//   cost      forward 2 flops for every weight of a matrix and token and 4 L tokens^2 d for the
//             attention, an example; backward twice that
//   errors    ShapeError  ids is not [batch, tokens], or a weight has another shape
//             ValueError  sizes that make no sense, more tokens than context, unknown ids
//             backward: ShapeError  dlogits is not like logits
//   source    Radford et al., "Language models are unsupervised multitask learners", 2019 (GPT-2);
//             compared with other shapes in Wang et al., 2022, arXiv:2204.05832
//   survey    2.9
//   badge     computed
//   leaves out  dropout
//   see       model/block, model/trainer, model/embedding
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "core/model/block.hpp"
#include "core/model/decoder_weights.hpp"
#include "core/model/embedding.hpp"

namespace orrery::model {

// The readable version, built from the components' own functions with nothing thrown away.
struct CausalDecoderSteps {
    EmbeddingSteps tokens;            // y [batch, tokens, d]
    Tensor positions;                 // [tokens, d]  0 without positions
    Tensor embedded;                  // [batch, tokens, d]
    std::vector<BlockSteps> blocks;   // L of them
    norm::LayerNormSteps final_norm;  // y [batch, tokens, d]
    Tensor logits;                    // [batch, tokens, V]
    Cost cost;
};

CausalDecoderSteps causal_decoder_steps(const CausalDecoderConfig& config,
                                        const DecoderWeights& weights, const Tensor& ids);

// Names the steps for pictures, lessons and export: tokens.y, positions, embedded,
// block.0.norm_1.y, block.0.attention.attention.weights, …, final_norm.y, logits.
void record(const CausalDecoderSteps& steps, Trace& out);

// Gradients of all weights, named like them.
DecoderWeights causal_decoder_backward(const Tensor& dlogits, const CausalDecoderSteps& steps,
                                       const CausalDecoderConfig& config,
                                       const DecoderWeights& weights);

// logits [batch, tokens, V] by the fast version.
Tensor causal_decoder(const CausalDecoderConfig& config, const DecoderWeights& weights,
                      const Tensor& ids);

// The weights of one block, picked out of the list (and copied by reference: tensors share).
BlockWeights block_weights(const CausalDecoderConfig& config, const DecoderWeights& weights,
                           std::size_t block);

// What a loss over many tokens adds up to.
struct LossSum {
    double nats = 0;         // summed over the counted tokens
    std::size_t tokens = 0;  // counted: their target was not data::no_target
    double mean() const { return tokens == 0 ? 0.0 : nats / double(tokens); }
};

// A model ready to be used: the sizes, and the weights where the fast version wants them. Copies
// share nothing; one object serves one thread at a time (it computes on all of parallel_for's).
class CausalDecoder {
   public:
    CausalDecoder(const CausalDecoderConfig& config, const DecoderWeights& weights);
    CausalDecoder(const CausalDecoderConfig& config, std::span<const float> flat_weights);
    ~CausalDecoder();
    CausalDecoder(CausalDecoder&&) noexcept;
    CausalDecoder& operator=(CausalDecoder&&) noexcept;

    const CausalDecoderConfig& config() const;
    DecoderWeights weights() const;

    // logits [batch, tokens, V] for ids [batch, tokens], tokens no more than the context.
    Tensor logits(const Tensor& ids);

    // What follows `ids` (at least one): V numbers. Looks at the last `context` of them; keys and
    // values of ids that it has seen in the call before are kept and not computed again.
    std::vector<float> next_token_logits(std::span<const int> ids);

    // The loss of predicting ids[1], ids[2], … from those before them, over the whole of `ids`, cut
    // into consecutive windows of `context` targets (the last one shorter). 2 ids at least.
    LossSum loss(std::span<const int> ids);

    // The loss of given examples: x, y [batch, tokens]; targets of data::no_target do not count.
    LossSum loss(std::span<const int> x, std::span<const int> y, std::size_t tokens);

   private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// Mean loss and its gradients by the fast version; x and y [batch, tokens] flat.
struct DecoderLoss {
    double loss = 0;  // mean nats over the counted targets
    DecoderWeights grads;
};
DecoderLoss decoder_loss_and_grads(const CausalDecoderConfig& config, const DecoderWeights& weights,
                                   std::span<const int> x, std::span<const int> y,
                                   std::size_t tokens);

}  // namespace orrery::model
