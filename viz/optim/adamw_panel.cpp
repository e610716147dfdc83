// AdamW: one step from the command line, with gradients; no picture yet
#include "core/optim/adamw.hpp"

#include <algorithm>
#include <cmath>

#include "viz/kit/examples.hpp"
#include "viz/kit/panel.hpp"

namespace orrery::viz {
namespace {

void declare(Declaration& d) {
    const optim::AdamwConfig usual;
    d.knob("n", 6, 1, 32);
    d.knob("step_t", 10, 1, 100000);
    d.knob("lr", usual.lr, 1e-6f, 1.0f, Scale::log);
    d.knob("beta1", usual.beta1, 0.0f, 0.999f);
    d.knob("beta2", usual.beta2, 0.0f, 0.9999f);
    d.knob("eps", usual.eps, 1e-12f, 1.0f, Scale::log);
    d.knob("weight_decay", usual.weight_decay, 0.0f, 1.0f);

    d.input("w", [](const Knobs& k, const Workspace&) {
        return examples::normal({k.size("n")}, k.seed(), "w");
    });
    // 1, -10, 100, …: the update is the same for all of them.
    const auto gradient = [](const Knobs& k) {
        Tensor grad({k.size("n")});
        for (std::size_t i = 0; i < grad.size(); ++i)
            grad.flat()[i] = std::pow(10.0f, float(i % 6)) * (i % 2 == 0 ? 1.0f : -1.0f);
        return grad;
    };
    // m and v as they are when every step before had this gradient: zeros at step 1.
    const auto after = [gradient](const Knobs& k, const char* beta, bool squared) {
        Tensor mean = gradient(k);
        const double kept = std::pow(double(k.real(beta)), double(k.size("step_t") - 1));
        for (float& v : mean.flat()) v = float((1 - kept) * double(squared ? v * v : v));
        return mean;
    };
    d.input("grad", [=](const Knobs& k, const Workspace&) { return gradient(k); });
    d.input("m", [=](const Knobs& k, const Workspace&) { return after(k, "beta1", false); });
    d.input("v", [=](const Knobs& k, const Workspace&) { return after(k, "beta2", true); });
    for (const char* name : {"w_t", "m_t", "v_t"}) d.output(name);
    d.parts("w", "grad", "m_t", "v_t", "m_hat", "v_hat", "update", "w_t");

    d.fact("largest_update", [](const Trace& t, const Knobs&) -> FactValue {
        double largest = 0;
        for (const float u : t["update"].flat()) largest = std::max(largest, std::abs(double(u)));
        return largest;
    });
}

void compute(const Knobs& k, const Inputs& in, Trace& out) {
    const optim::AdamwConfig config{.lr = k.real("lr"),
                                    .beta1 = k.real("beta1"),
                                    .beta2 = k.real("beta2"),
                                    .eps = k.real("eps"),
                                    .weight_decay = k.real("weight_decay")};
    const std::size_t t = k.size("step_t");
    const Tensor grad = in["grad"];
    for (const char* name : {"w", "grad", "m", "v"}) out.add(name, in[name]);
    const auto steps = optim::adamw_steps(in["w"], grad, in["m"], in["v"], t, config);
    record(steps, out);
    out.backward([=](const Tensors& grads) {
        const auto given = [&](const char* name) {
            const auto found = grads.find(name);
            return found == grads.end() ? Tensor(grad.shape()) : found->second;
        };
        const auto g =
            optim::adamw_backward(given("w_t"), given("m_t"), given("v_t"), steps, grad, t, config);
        return Tensors{{"w", g.dw}, {"grad", g.dgrad}, {"m", g.dm}, {"v", g.dv}};
    });
}

}  // namespace

Panel make_optim_adamw_panel() { return {declare, compute, nullptr}; }

}  // namespace orrery::viz
