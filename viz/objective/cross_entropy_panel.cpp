// Cross-entropy: runs from the command line with gradients; no picture yet
#include "core/objective/cross_entropy.hpp"

#include <cmath>

#include "viz/kit/examples.hpp"
#include "viz/kit/panel.hpp"

namespace orrery::viz {
namespace {

void declare(Declaration& d) {
    d.knob("tokens", 4, 1, 8);
    d.knob("V", 6, 2, 64);
    d.knob("scale", 2.0f, 0.0f, 20.0f);

    d.input("logits", [](const Knobs& k, const Workspace&) {
        Tensor logits = examples::normal({k.size("tokens"), k.size("V")}, k.seed(), "logits");
        for (float& v : logits.flat()) v *= k.real("scale");
        return logits;
    });
    d.input("target", [](const Knobs& k, const Workspace&) {
        Tensor target({k.size("tokens")});
        for (std::size_t i = 0; i < target.size(); ++i)
            target.flat()[i] = float((2 * i + 1) % k.size("V"));
        return target;
    });
    d.output("loss");
    d.parts("logits", "target", "probabilities", "nats", "loss");

    d.fact("loss",
           [](const Trace& t, const Knobs&) -> FactValue { return double(t["loss"].flat()[0]); });
    d.fact("perplexity", [](const Trace& t, const Knobs&) -> FactValue {
        return std::exp(double(t["loss"].flat()[0]));
    });
    d.fact("knowing_nothing", [](const Trace& t, const Knobs&) -> FactValue {
        return std::log(double(t["logits"].cols()));
    });
}

void compute(const Knobs&, const Inputs& in, Trace& out) {
    const Tensor target = in["target"];
    const auto steps = objective::cross_entropy_steps(in["logits"], target);
    out.add("logits", in["logits"]);
    out.add("target", target, "", Kind::index);
    record(steps, out);
    out.from("objective/cross_entropy");
    out.add("dlogits", objective::cross_entropy_backward(1.0f, steps, target),
            "what the model believed, less what was true");
    out.backward([=](const Tensors& grads) {
        Tensors result;
        if (const auto found = grads.find("loss"); found != grads.end()) {
            const float dloss = found->second.flat()[0];
            result["logits"] = objective::cross_entropy_backward(dloss, steps, target);
        }
        return result;
    });
}

}  // namespace

Panel make_objective_cross_entropy_panel() { return {declare, compute, nullptr}; }

}  // namespace orrery::viz
