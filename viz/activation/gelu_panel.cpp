// GELU: runs from the command line with gradients; no picture yet
#include "core/activation/gelu.hpp"

#include <algorithm>
#include <cmath>

#include "viz/kit/panel.hpp"

namespace orrery::viz {
namespace {

void declare(Declaration& d) {
    d.knob("form", "exact", {"exact", "tanh"});
    d.knob("reach", 4.0f, 0.5f, 12.0f);
    d.knob("n", 17, 1, 65);

    d.input("x", [](const Knobs& k, const Workspace&) {
        // Evenly from -reach to reach.
        Tensor x({k.size("n")});
        const float reach = k.real("reach"), last = float(std::max<std::size_t>(2, x.size()) - 1);
        for (std::size_t i = 0; i < x.size(); ++i) x.flat()[i] = reach * (2 * float(i) / last - 1);
        return x;
    });
    d.output("y");
    d.parts("x", "share", "y");

    d.fact("least", [](const Trace& t, const Knobs&) -> FactValue {
        const auto y = t["y"].flat();
        return y.empty() ? 0.0 : double(*std::min_element(y.begin(), y.end()));
    });
    d.fact("other_form", [](const Trace& t, const Knobs&) -> FactValue {
        double largest = 0;
        for (const float v : t["difference"].flat()) largest = std::max(largest, double(v));
        return largest;
    });
}

activation::GeluForm form_of(const Knobs& k) {
    return k.choice("form") == "exact" ? activation::GeluForm::exact : activation::GeluForm::tanh;
}

void compute(const Knobs& k, const Inputs& in, Trace& out) {
    using activation::GeluForm;
    const GeluForm form = form_of(k);
    const Tensor x = in["x"];
    out.add("x", x);
    const auto steps = activation::gelu_steps(x, form);
    record(steps, out);

    // How far the other form is from this one, at each x.
    const bool is_exact = form == GeluForm::exact;
    Tensor difference = activation::gelu(x, is_exact ? GeluForm::tanh : GeluForm::exact);
    for (std::size_t i = 0; i < x.size(); ++i)
        difference.flat()[i] = std::abs(difference.flat()[i] - steps.y.flat()[i]);
    out.from("");
    out.add("difference", difference);

    out.backward([=](const Tensors& grads) {
        Tensors result;
        if (const auto dy = grads.find("y"); dy != grads.end())
            result["x"] = activation::gelu_backward(dy->second, x, form);
        return result;
    });
}

}  // namespace

Panel make_activation_gelu_panel() { return {declare, compute, nullptr}; }

}  // namespace orrery::viz
