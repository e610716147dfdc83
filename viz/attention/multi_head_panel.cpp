// Multi-head attention: the projections, every head's weights, and the heads joined
#include "core/attention/multi_head.hpp"

#include <cmath>

#include "viz/kit/examples.hpp"
#include "viz/kit/panel.hpp"

namespace orrery::viz {
namespace {

constexpr std::size_t tokens = 6;

void declare(Declaration& d) {
    d.knob("heads", 2, 1, 16);
    d.knob("width", 4, 1, 32);
    d.knob("causal", false);
    d.knob("bias", true);

    const auto drawn = [](const char* name, auto shape_of, float spread) {
        return [=](const Knobs& k, const Workspace&) {
            Tensor t =
                examples::normal(shape_of(k.size("heads") * k.size("width")), k.seed(), name);
            for (float& v : t.flat()) v *= spread / std::sqrt(float(t.cols()));
            return t;
        };
    };
    d.input("x",
            drawn(
                "x",
                [](std::size_t n) {
                    return Shape{1, tokens, n};
                },
                3.0f),
            true);
    d.input("qkv_weight", drawn(
                              "qkv_weight",
                              [](std::size_t n) {
                                  return Shape{3 * n, n};
                              },
                              1.5f));
    d.input("qkv_bias", drawn(
                            "qkv_bias", [](std::size_t n) { return Shape{3 * n}; }, 0.5f));
    d.input("out_weight", drawn(
                              "out_weight",
                              [](std::size_t n) {
                                  return Shape{n, n};
                              },
                              1.0f));
    d.input("out_bias", drawn(
                            "out_bias", [](std::size_t n) { return Shape{n}; }, 0.5f));
    d.optional_input("mask");
    d.output("y");
    d.parts("x", "qkv", "attention.weights", "joined", "y");
    d.fact("parameters", [](const Trace& t, const Knobs& k) -> FactValue {
        const double n = double(t["y"].cols());
        return 4 * n * n + (k.flag("bias") ? 4 * n : 0);
    });
    d.describe([](const Trace& t, const View& view) {
        const Tensor& weights = t["attention.weights"];
        return view.say("words", {{"heads", std::to_string(weights.dim(1))},
                                  {"tokens", std::to_string(weights.dim(2))},
                                  {"width", std::to_string(t["q"].cols())}});
    });
}

void compute(const Knobs& k, const Inputs& in, Trace& out) {
    attention::MultiHeadWeights weights{in["qkv_weight"], in["out_weight"], {}, {}};
    if (k.flag("bias")) weights.qkv_bias = in["qkv_bias"], weights.out_bias = in["out_bias"];
    attention::ScaledDotProductConfig config{
        .is_causal = k.flag("causal"), .mask = {}, .scale = {}};
    if (const Tensor* mask = in.find("mask")) config.mask = *mask;
    const Tensor& x = in["x"];
    const auto steps = attention::multi_head_steps(x, weights, k.size("heads"), config);
    out.add("x", x);
    record(steps, out);

    out.backward([=](const Tensors& grads) {
        const auto found = grads.find("y");
        if (found == grads.end()) return Tensors{};
        auto g = attention::multi_head_backward(found->second, steps, x, weights);
        Tensors result{{"x", g.dx}, {"qkv_weight", g.dweights.qkv}, {"out_weight", g.dweights.out}};
        if (weights.qkv_bias) {
            result.emplace("qkv_bias", *g.dweights.qkv_bias);
            result.emplace("out_bias", *g.dweights.out_bias);
        }
        return result;
    });
}

}  // namespace

Panel make_attention_multi_head_panel() { return {declare, compute, nullptr}; }

}  // namespace orrery::viz
