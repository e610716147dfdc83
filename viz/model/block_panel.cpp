// Block: attention and feed-forward, each added to the stream; no picture yet
#include "core/model/block.hpp"

#include <cmath>

#include "viz/kit/examples.hpp"
#include "viz/kit/panel.hpp"

namespace orrery::viz {
namespace {

// The width is so many columns a head, so that every setting of the two knobs makes sense.
std::size_t width(const Knobs& k) { return k.size("heads") * k.size("head_width"); }

Tensor drawn(const Knobs& k, const Shape& shape, const char* name) {
    Tensor t = examples::normal(shape, k.seed(), name);
    const float scale = 1.0f / std::sqrt(float(shape.back()));
    for (float& v : t.flat()) v *= scale;
    return t;
}

void declare(Declaration& d) {
    d.knob("tokens", 5, 1, 8);
    d.knob("heads", 2, 1, 8);
    d.knob("head_width", 4, 1, 16);
    d.knob("hidden", 32, 1, 256);
    d.knob("activation", "gelu", {"gelu", "gelu_tanh"});
    d.knob("causal", true);
    d.knob("norm_eps", norm::layer_norm_eps, 1e-12f, 1.0f, Scale::log);

    const auto input = [&](const char* name, auto make) {
        d.input(name, [=](const Knobs& k, const Workspace&) -> Tensor { return make(k); });
    };
    input("x", [](const Knobs& k) { return examples::wave({1, k.size("tokens"), width(k)}); });
    for (const char* norm : {"norm_1", "norm_2"}) {
        const std::string name = norm;
        input((name + ".gain").c_str(), [](const Knobs& k) { return Tensor({width(k)}, 1.0f); });
        input((name + ".bias").c_str(), [](const Knobs& k) { return Tensor({width(k)}); });
    }
    input("attention.qkv.weight", [](const Knobs& k) {
        return drawn(k, {3 * width(k), width(k)}, "qkv");
    });
    input("attention.qkv.bias", [](const Knobs& k) { return Tensor({3 * width(k)}); });
    input("attention.out.weight", [](const Knobs& k) {
        return drawn(k, {width(k), width(k)}, "out");
    });
    input("attention.out.bias", [](const Knobs& k) { return Tensor({width(k)}); });
    input("feed_forward.up.weight", [](const Knobs& k) {
        return drawn(k, {k.size("hidden"), width(k)}, "up");
    });
    input("feed_forward.up.bias", [](const Knobs& k) { return Tensor({k.size("hidden")}); });
    input("feed_forward.down.weight", [](const Knobs& k) {
        return drawn(k, {width(k), k.size("hidden")}, "down");
    });
    input("feed_forward.down.bias", [](const Knobs& k) { return Tensor({width(k)}); });
    for (auto name : {"middle", "y"}) d.output(name);

    // How much longer the stream is after the block than before it.
    d.fact("growth", [](const Trace& t, const Knobs&) -> FactValue {
        double before = 0, after = 0;
        for (float v : t["x"].flat()) before += double(v) * double(v);
        for (float v : t["y"].flat()) after += double(v) * double(v);
        return before > 0 ? std::sqrt(after / before) : 0.0;
    });
}

void compute(const Knobs& k, const Inputs& in, Trace& out) {
    const model::BlockWeights weights{{in["norm_1.gain"], in["norm_1.bias"]},
                                      {in["attention.qkv.weight"], in["attention.out.weight"],
                                       in["attention.qkv.bias"], in["attention.out.bias"]},
                                      {in["norm_2.gain"], in["norm_2.bias"]},
                                      {in["feed_forward.up.weight"], in["feed_forward.down.weight"],
                                       in["feed_forward.up.bias"], in["feed_forward.down.bias"]}};
    const model::BlockConfig config{k.size("heads"), k.choice("activation"), k.real("norm_eps"),
                                    k.flag("causal")};
    const Tensor x = in["x"];
    const auto steps = model::block_steps(x, weights, config);
    out.from("model/block");
    out.add("x", x);
    record(steps, out);
    out.backward([=](const Tensors& grads) {
        Tensors result;
        const auto dy = grads.find("y");
        if (dy == grads.end()) return result;
        const auto g = model::block_backward(dy->second, steps, x, weights, config);
        const auto& w = g.dweights;
        result["x"] = g.dx;
        result["norm_1.gain"] = w.norm_1.gain, result["norm_1.bias"] = *w.norm_1.bias;
        result["attention.qkv.weight"] = w.attention.qkv;
        result["attention.qkv.bias"] = *w.attention.qkv_bias;
        result["attention.out.weight"] = w.attention.out;
        result["attention.out.bias"] = *w.attention.out_bias;
        result["norm_2.gain"] = w.norm_2.gain, result["norm_2.bias"] = *w.norm_2.bias;
        result["feed_forward.up.weight"] = w.feed_forward.up;
        result["feed_forward.up.bias"] = *w.feed_forward.up_bias;
        result["feed_forward.down.weight"] = w.feed_forward.down;
        result["feed_forward.down.bias"] = *w.feed_forward.down_bias;
        return result;
    });
}

}  // namespace

Panel make_model_block_panel() { return {declare, compute, nullptr}; }

}  // namespace orrery::viz
