// Causal decoder: the whole stack, every stage in the trace; no picture yet
#include "core/model/causal_decoder.hpp"

#include <algorithm>
#include <cmath>

#include "viz/kit/panel.hpp"

namespace orrery::viz {
namespace {

constexpr int most_layers = 2;

model::CausalDecoderConfig config_of(const Knobs& k) {
    model::CausalDecoderConfig c;
    c.vocab_size = k.size("vocab_size");
    c.context = k.size("context");
    c.layers = k.size("layers");
    c.heads = k.size("heads");
    c.width = k.size("heads") * k.size("head_width");
    c.hidden = k.size("hidden");
    c.bias = k.flag("bias");
    c.tied = k.flag("tied");
    c.activation = k.choice("activation");
    // Sines and cosines come in pairs: an odd width does without positions.
    const bool has_pairs = c.width % 2 == 0 || k.choice("position") != "sinusoidal";
    c.position = has_pairs ? k.choice("position") : "none";
    c.norm_eps = k.real("norm_eps");
    return c;
}

void declare(Declaration& d) {
    d.knob("vocab_size", 11, 2, 1024);
    d.knob("context", 8, 1, 256);
    d.knob("layers", 2, 1, most_layers);
    d.knob("heads", 2, 1, 16);
    d.knob("head_width", 4, 1, 64);
    d.knob("hidden", 0, 0, 4096);
    d.knob("bias", true);
    d.knob("tied", true);
    d.knob("activation", "gelu", {"gelu", "gelu_tanh"});
    d.knob("position", "learned", {"learned", "sinusoidal", "none"});
    d.knob("norm_eps", 1e-5f, 1e-12f, 1.0f, Scale::log);

    d.input("ids", [](const Knobs& k, const Workspace&) {
        Tensor ids({1, std::min<std::size_t>(8, k.size("context"))});
        for (std::size_t i = 0; i < ids.size(); ++i)
            ids.flat()[i] = float((3 * i * i + i + 2) % k.size("vocab_size"));
        return ids;
    });
    // Weights that are not given are those a model of this seed starts with.
    model::CausalDecoderConfig largest;
    largest.layers = most_layers, largest.tied = false;
    for (const auto& slot : model::parameter_layout(largest).slots) d.optional_input(slot.name);
    d.output("logits");

    d.fact("parameters", [](const Trace&, const Knobs& k) -> FactValue {
        return double(model::parameter_count(config_of(k)));
    });
    d.fact("likeliest", [](const Trace& t, const Knobs&) -> FactValue {
        const Tensor& logits = t["logits"];
        if (logits.rows() == 0) return 0.0;
        const auto row = logits.row(logits.rows() - 1);
        return double(std::max_element(row.begin(), row.end()) - row.begin());
    });
}

void compute(const Knobs& k, const Inputs& in, Trace& out) {
    const auto config = config_of(k);
    auto weights = model::initial_weights(config, k.seed());
    for (auto& entry : weights.list)
        if (const Tensor* given = in.find(entry.name)) entry.tensor = *given;
    const auto steps = model::causal_decoder_steps(config, weights, in["ids"]);
    record(steps, out);
    out.backward([=](const Tensors& grads) {
        Tensors result;
        const auto dlogits = grads.find("logits");
        if (dlogits == grads.end()) return result;
        for (auto& entry :
             model::causal_decoder_backward(dlogits->second, steps, config, weights).list)
            result[entry.name] = std::move(entry.tensor);
        return result;
    });
}

}  // namespace

Panel make_model_causal_decoder_panel() { return {declare, compute, nullptr}; }

}  // namespace orrery::viz
