// Decoder weights: a GPT-shaped model's sizes, and its weights by name
//
// The names, in order (biases only with `bias`; weights are [out, in]):
//   token_embedding                  [V, d]
//   position_embedding               [context, d]   position "learned" only
//   block.0.norm_1.gain, .bias       [d]
//   block.0.attention.qkv.weight     [3 d, d]       rows: all of q, then all of k, then all of v
//   block.0.attention.qkv.bias       [3 d]
//   block.0.attention.out.weight     [d, d]
//   block.0.attention.out.bias       [d]
//   block.0.norm_2.gain, .bias       [d]
//   block.0.feed_forward.up.weight   [m, d]
//   block.0.feed_forward.up.bias     [m]
//   block.0.feed_forward.down.weight [d, m]
//   block.0.feed_forward.down.bias   [d]
//   … block.1 …
//   final_norm.gain, .bias           [d]
//   output.weight                    [V, d]         only when not tied
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/tensor/tensor.hpp"

namespace orrery::model {

struct CausalDecoderConfig {
    std::size_t vocab_size = 65;       // V
    std::size_t context = 64;          // the most tokens it can look back on, itself included
    std::size_t layers = 4;            // L
    std::size_t heads = 4;             // h
    std::size_t width = 128;           // d
    std::size_t hidden = 0;            // m; 0 = 4 * width
    bool bias = true;                  // in the linear layers and the norms
    bool tied = true;                  // the token embedding is the output layer too
    std::string activation = "gelu";   // or "gelu_tanh"
    std::string position = "learned";  // or "sinusoidal", or "none"
    float norm_eps = 1e-5f;

    std::size_t hidden_width() const { return hidden == 0 ? 4 * width : hidden; }
    std::size_t head_width() const { return width / heads; }
    friend bool operator==(const CausalDecoderConfig&, const CausalDecoderConfig&) = default;
};

// ValueError "causal_decoder: heads is 3, wanted a divisor of width 128", …
void check(const CausalDecoderConfig& config);

struct NamedTensor {
    std::string name;
    Tensor tensor;
};

// The weights, or anything shaped like them: gradients, updates, moments.
struct DecoderWeights {
    std::vector<NamedTensor> list;  // in the order above

    const Tensor& operator[](std::string_view name) const;  // ValueError when there is none
    Tensor& operator[](std::string_view name);
    const Tensor* find(std::string_view name) const;  // nullptr when there is none
};

// Where each weight lies when all stand in one row of floats, in the order above.
struct ParameterSlot {
    std::string name;
    Shape shape;
    std::size_t offset = 0, size = 0;
    std::size_t group = 0;   // into ParameterLayout::groups
    bool is_matrix = false;  // two axes: weight decay applies
};
struct ParameterLayout {
    std::vector<ParameterSlot> slots;
    std::vector<std::string> groups;  // "token_embedding", "position_embedding", "block.0", …,
                                      // "final_norm", "output": what pictures call a layer
    std::size_t count = 0;
    const ParameterSlot* find(std::string_view name) const;
};
ParameterLayout parameter_layout(const CausalDecoderConfig& config);
std::size_t parameter_count(const CausalDecoderConfig& config);

// Normal with spread 0.02; the projections back into the stream (attention.out, feed_forward.down)
// by sqrt(2 layers) less, since that many of them are added up; gains 1, biases 0. Every tensor
// draws from a stream of its own, named by (seed, name).
DecoderWeights initial_weights(const CausalDecoderConfig& config, std::uint64_t seed);

// ValueError when a name is missing or unknown, ShapeError when a shape differs.
void require_weights(const CausalDecoderConfig& config, const DecoderWeights& weights);

std::vector<float> flatten(const ParameterLayout& layout, const DecoderWeights& weights);
DecoderWeights unflatten(const ParameterLayout& layout, std::span<const float> flat);

}  // namespace orrery::model
