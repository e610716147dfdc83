#include "core/model/decoder_weights.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/random.hpp"

namespace orrery::model {

static void require_size(const char* name, std::size_t value, std::size_t most) {
    if (value == 0 || value > most)
        throw ValueError(std::string("causal_decoder: ") + name + " is " + std::to_string(value) +
                         ", wanted 1 to " + std::to_string(most));
}

void check(const CausalDecoderConfig& c) {
    require_size("vocab_size", c.vocab_size, 1u << 24);  // ids travel as floats
    require_size("context", c.context, 1u << 20);
    require_size("layers", c.layers, 1024);
    require_size("width", c.width, 1u << 17);
    require_size("heads", c.heads, c.width);
    require_size("hidden", c.hidden_width(), 1u << 20);
    if (c.width % c.heads != 0)
        throw ValueError("causal_decoder: heads is " + std::to_string(c.heads) +
                         ", wanted a divisor of width " + std::to_string(c.width));
    if (c.activation != "gelu" && c.activation != "gelu_tanh")
        throw ValueError("causal_decoder: activation is " + c.activation +
                         ", wanted gelu or gelu_tanh");
    if (c.position != "learned" && c.position != "sinusoidal" && c.position != "none")
        throw ValueError("causal_decoder: position is " + c.position +
                         ", wanted learned, sinusoidal or none");
    if (c.position == "sinusoidal" && c.width % 2 != 0)
        throw ValueError("causal_decoder: width is " + std::to_string(c.width) +
                         ", wanted an even one for sinusoidal positions");
    if (!(c.norm_eps >= 0.0f))
        throw ValueError("causal_decoder: norm_eps is " + std::to_string(c.norm_eps) +
                         ", wanted 0 or more");
    if (double(parameter_count(c)) > 4e9)
        throw ValueError("causal_decoder: " + std::to_string(parameter_count(c)) +
                         " parameters, wanted 4 billion at most");
}

const Tensor* DecoderWeights::find(std::string_view name) const {
    for (const auto& entry : list)
        if (entry.name == name) return &entry.tensor;
    return nullptr;
}

const Tensor& DecoderWeights::operator[](std::string_view name) const {
    if (const Tensor* tensor = find(name)) return *tensor;
    throw ValueError("causal_decoder: no weight " + std::string(name));
}

Tensor& DecoderWeights::operator[](std::string_view name) {
    return const_cast<Tensor&>(std::as_const(*this)[name]);
}

const ParameterSlot* ParameterLayout::find(std::string_view name) const {
    for (const auto& slot : slots)
        if (slot.name == name) return &slot;
    return nullptr;
}

ParameterLayout parameter_layout(const CausalDecoderConfig& c) {
    ParameterLayout layout;
    const std::size_t d = c.width, m = c.hidden_width();

    const auto add = [&](const std::string& name, Shape shape) {
        const std::size_t size = element_count(shape);
        const bool is_matrix = shape.size() == 2;
        layout.slots.push_back(
            {name, std::move(shape), layout.count, size, layout.groups.size() - 1, is_matrix});
        layout.count += size;
    };
    const auto add_linear = [&](const std::string& name, std::size_t out, std::size_t in) {
        add(name + ".weight", {out, in});
        if (c.bias) add(name + ".bias", {out});
    };
    const auto add_norm = [&](const std::string& name) {
        add(name + ".gain", {d});
        if (c.bias) add(name + ".bias", {d});
    };

    //: every weight has its place in one row
    layout.groups.push_back("token_embedding");
    add("token_embedding", {c.vocab_size, d});
    if (c.position == "learned") {
        layout.groups.push_back("position_embedding");
        add("position_embedding", {c.context, d});
    }
    for (std::size_t i = 0; i < c.layers; ++i) {
        const std::string block = "block." + std::to_string(i);
        layout.groups.push_back(block);
        add_norm(block + ".norm_1");
        add_linear(block + ".attention.qkv", 3 * d, d);
        add_linear(block + ".attention.out", d, d);
        add_norm(block + ".norm_2");
        add_linear(block + ".feed_forward.up", m, d);
        add_linear(block + ".feed_forward.down", d, m);
    }
    layout.groups.push_back("final_norm");
    add_norm("final_norm");
    if (!c.tied) {
        layout.groups.push_back("output");
        add("output.weight", {c.vocab_size, d});
    }
    return layout;
}

std::size_t parameter_count(const CausalDecoderConfig& c) {
    const std::size_t d = c.width, m = c.hidden_width(), bias = c.bias ? 1 : 0;
    const std::size_t norm = d + bias * d;
    const std::size_t attention = 3 * d * d + bias * 3 * d + d * d + bias * d;
    const std::size_t feed_forward = 2 * m * d + bias * (m + d);
    return c.vocab_size * d * (c.tied ? 1 : 2) + (c.position == "learned" ? c.context * d : 0) +
           c.layers * (2 * norm + attention + feed_forward) + norm;
}

static bool ends_with(const std::string& text, std::string_view end) {
    return text.size() >= end.size() &&
           text.compare(text.size() - end.size(), end.size(), end) == 0;
}

DecoderWeights initial_weights(const CausalDecoderConfig& config, std::uint64_t seed) {
    check(config);
    DecoderWeights weights;
    for (const auto& slot : parameter_layout(config).slots) {
        Tensor t(slot.shape);

        //: matrices are drawn, gains are 1, biases 0
        if (slot.is_matrix) {
            const bool into_stream = ends_with(slot.name, "attention.out.weight") ||
                                     ends_with(slot.name, "feed_forward.down.weight");
            const float spread =
                into_stream ? 0.02f / std::sqrt(2.0f * float(config.layers)) : 0.02f;
            Random random(seed, slot.name);
            for (float& w : t.flat()) w = spread * random.normal();
        } else if (ends_with(slot.name, ".gain")) {
            for (float& w : t.flat()) w = 1.0f;
        }
        weights.list.push_back({slot.name, std::move(t)});
    }
    return weights;
}

void require_weights(const CausalDecoderConfig& config, const DecoderWeights& weights) {
    check(config);
    const ParameterLayout layout = parameter_layout(config);
    for (const auto& slot : layout.slots) {
        const Tensor* tensor = weights.find(slot.name);
        if (!tensor) throw ValueError("causal_decoder: the weight " + slot.name + " is missing");
        require_shape("causal_decoder", slot.name.c_str(), *tensor, slot.shape);
    }
    for (const auto& entry : weights.list)
        if (!layout.find(entry.name))
            throw ValueError("causal_decoder: a weight " + entry.name +
                             " has no place in this model");
    if (weights.list.size() != layout.slots.size())
        throw ValueError("causal_decoder: a weight is given twice");
}

std::vector<float> flatten(const ParameterLayout& layout, const DecoderWeights& weights) {
    std::vector<float> flat(layout.count);
    for (const auto& slot : layout.slots) {
        const Tensor& t = weights[slot.name];
        require_shape("causal_decoder", slot.name.c_str(), t, slot.shape);
        std::copy(t.flat().begin(), t.flat().end(), flat.begin() + std::ptrdiff_t(slot.offset));
    }
    return flat;
}

DecoderWeights unflatten(const ParameterLayout& layout, std::span<const float> flat) {
    if (flat.size() != layout.count)
        throw ShapeError("causal_decoder: " + std::to_string(flat.size()) + " weights, wanted " +
                         std::to_string(layout.count));
    DecoderWeights weights;
    for (const auto& slot : layout.slots) {
        const auto part = flat.subspan(slot.offset, slot.size);
        weights.list.push_back(
            {slot.name, Tensor(slot.shape, std::vector<float>(part.begin(), part.end()))});
    }
    return weights;
}

}  // namespace orrery::model
