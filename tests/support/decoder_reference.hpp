// Decoders for tests: a small one, the stored ones of tests/model/causal_decoder_*.safetensors, and
// comparing with them
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "core/model/causal_decoder.hpp"
#include "core/tensor/safetensors.hpp"

namespace orrery::test {

// Two layers of two heads, seven tokens, the rest as by default.
inline model::CausalDecoderConfig small_decoder(std::size_t width) {
    return {.vocab_size = 7, .context = 12, .layers = 2, .heads = 2, .width = width};
}

struct DecoderReference {
    model::CausalDecoderConfig config;
    Safetensors file;

    const Tensor& operator[](const std::string& name) const { return file.tensors.at(name).tensor; }
    model::DecoderWeights weights(const std::string& prefix) const {
        model::DecoderWeights w;
        for (const auto& slot : model::parameter_layout(config).slots)
            w.list.push_back({slot.name, (*this)[prefix + slot.name]});
        return w;
    }
    // Row `step` of x or y.
    std::vector<int> ids(const std::string& name, std::size_t step) const {
        const Tensor t = (*this)[name].slice(step);
        return std::vector<int>(t.flat().begin(), t.flat().end());
    }
};

inline DecoderReference decoder_reference(const std::string& name) {
    DecoderReference r;
    if (name == "gpt2")
        r.config = {.vocab_size = 11,
                    .context = 8,
                    .layers = 2,
                    .heads = 2,
                    .width = 16,
                    .hidden = 64,
                    .bias = true,
                    .tied = true,
                    .activation = "gelu",
                    .position = "learned",
                    .norm_eps = 1e-5f};
    else
        r.config = {.vocab_size = 13,
                    .context = 6,
                    .layers = 3,
                    .heads = 3,
                    .width = 12,
                    .hidden = 20,
                    .bias = false,
                    .tied = false,
                    .activation = "gelu_tanh",
                    .position = "learned",
                    .norm_eps = 1e-5f};
    r.file = read_safetensors(std::string(ORRERY_SOURCE_DIR) + "/tests/model/causal_decoder_" +
                              name + ".safetensors");
    return r;
}

// The largest difference of an element; infinite when the shapes differ or something is NaN.
inline double largest_difference(const Tensor& a, const Tensor& b) {
    if (a.shape() != b.shape()) return INFINITY;
    double largest = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const double d = std::abs(double(a.flat()[i]) - double(b.flat()[i]));
        if (!(d <= largest)) largest = std::isnan(d) ? INFINITY : d;
    }
    return largest;
}

}  // namespace orrery::test
