// Feed-forward: each token wide and back; no picture yet
#include "core/model/feed_forward.hpp"

#include "viz/kit/examples.hpp"
#include "viz/kit/panel.hpp"

namespace orrery::viz {
namespace {

void declare(Declaration& d) {
    d.knob("tokens", 4, 1, 8);
    d.knob("d", 4, 1, 32);
    d.knob("hidden", 16, 1, 128);
    d.knob("activation", "gelu", {"gelu", "gelu_tanh"});
    d.input("x", [](const Knobs& k, const Workspace&) {
        return examples::wave({k.size("tokens"), k.size("d")});
    });
    d.input("up", [](const Knobs& k, const Workspace&) {
        return examples::normal({k.size("hidden"), k.size("d")}, k.seed(), "up");
    });
    d.input("up_bias", [](const Knobs& k, const Workspace&) { return Tensor({k.size("hidden")}); });
    d.input("down", [](const Knobs& k, const Workspace&) {
        return examples::normal({k.size("d"), k.size("hidden")}, k.seed(), "down");
    });
    d.input("down_bias", [](const Knobs& k, const Workspace&) { return Tensor({k.size("d")}); });
    for (auto name : {"wide", "active", "y"}) d.output(name);
    d.fact("awake", [](const Trace& t, const Knobs&) -> FactValue {
        const Tensor& active = t["active"];
        std::size_t count = 0;
        for (float v : active.flat()) count += v > 0 ? 1 : 0;
        return active.size() == 0 ? 0.0 : double(count) / double(active.size());
    });
}

void compute(const Knobs& k, const Inputs& in, Trace& out) {
    const model::FeedForwardWeights weights{in["up"], in["down"], in["up_bias"], in["down_bias"]};
    const std::string activation = k.choice("activation");
    const Tensor x = in["x"];
    const auto steps = model::feed_forward_steps(x, weights, activation);
    record(steps, out);
    out.backward([=](const Tensors& grads) {
        Tensors result;
        const auto dy = grads.find("y");
        if (dy == grads.end()) return result;
        const auto g = model::feed_forward_backward(dy->second, steps, x, weights, activation);
        result["x"] = g.dx;
        result["up"] = g.dweights.up;
        result["up_bias"] = *g.dweights.up_bias;
        result["down"] = g.dweights.down;
        result["down_bias"] = *g.dweights.down_bias;
        return result;
    });
}

}  // namespace

Panel make_model_feed_forward_panel() { return {declare, compute, nullptr}; }

}  // namespace orrery::viz
