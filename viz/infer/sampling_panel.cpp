// Sampling: from logits to one token; no picture yet
#include "core/infer/sampling.hpp"

#include "viz/kit/panel.hpp"

namespace orrery::viz {
namespace {

void declare(Declaration& d) {
    d.knob("temperature", 1.0f, 0.0f, 10.0f);
    d.knob("top_k", 0, 0, 64);
    d.knob("top_p", 1.0f, 0.0f, 1.0f);
    d.knob("u", 0.5f, 0.0f, 0.999f);
    d.input("logits", [](const Knobs&, const Workspace&) {
        return Tensor({8}, {2.0f, 1.5f, 1.0f, 0.5f, 0.0f, -0.5f, -1.0f, -3.0f});
    });
    for (auto name : {"scaled", "probabilities", "kept", "drawn", "running", "token"})
        d.output(name);
    d.fact("token", [](const Trace& t, const Knobs&) { return FactValue(t["token"].row(0)[0]); });
}

void compute(const Knobs& k, const Inputs& in, Trace& out) {
    const infer::SamplingConfig config{k.real("temperature"), k.size("top_k"), k.real("top_p")};
    const auto steps = infer::sampling_steps(in["logits"], config, k.real("u"));
    record(steps, out);
    out.backward([=](const Tensors& grads) {
        Tensors result;
        const auto drawn = grads.find("drawn");
        if (drawn != grads.end())
            result["logits"] = infer::sampling_backward(drawn->second, steps, config);
        return result;
    });
}

}  // namespace

Panel make_infer_sampling_panel() { return {declare, compute, nullptr}; }

}  // namespace orrery::viz
