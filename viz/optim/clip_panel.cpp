// Clip: runs from the command line with gradients; no picture yet
#include "core/optim/clip.hpp"

#include "viz/kit/examples.hpp"
#include "viz/kit/panel.hpp"

namespace orrery::viz {
namespace {

void declare(Declaration& d) {
    d.knob("n", 8, 1, 32);
    d.knob("scale", 1.0f, 0.001f, 1000.0f, Scale::log);
    d.knob("max_norm", 1.0f, 0.01f, 100.0f, Scale::log);

    d.input("grad", [](const Knobs& k, const Workspace&) {
        return examples::wave({k.size("n")}, k.real("scale"));
    });
    d.output("y");
    d.parts("grad", "norm", "factor", "y");

    d.fact("norm",
           [](const Trace& t, const Knobs&) -> FactValue { return double(t["norm"].flat()[0]); });
    d.fact("factor",
           [](const Trace& t, const Knobs&) -> FactValue { return double(t["factor"].flat()[0]); });
}

void compute(const Knobs& k, const Inputs& in, Trace& out) {
    const Tensor grad = in["grad"];
    const auto steps = optim::clip_steps(grad, k.real("max_norm"));
    out.add("grad", grad);
    record(steps, out);
    out.backward([=](const Tensors& grads) {
        Tensors result;
        if (const auto dy = grads.find("y"); dy != grads.end())
            result["grad"] = optim::clip_backward(dy->second, steps, grad);
        return result;
    });
}

}  // namespace

Panel make_optim_clip_panel() { return {declare, compute, nullptr}; }

}  // namespace orrery::viz
