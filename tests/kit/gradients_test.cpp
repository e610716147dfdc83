// Every panel that gives gradients: what backward says, against slopes measured through compute
#include <algorithm>
#include <cmath>

#include "core/base/random.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/gradcheck.hpp"
#include "viz/kit/panel.hpp"
#include "viz/kit/registry.hpp"

using namespace orrery;
using namespace orrery::viz;

static Trace computed(const Panel& panel, const Declaration& d, const Knobs& knobs,
                      const Tensors& given) {
    auto workspace = std::make_shared<Workspace>();
    workspace->text = d.default_text();
    Trace trace;
    panel.compute(knobs, resolve_inputs(d, knobs, workspace, given), trace);
    return trace;
}

// The sum of all outputs that have gradients, each entry with a weight of its own.
static double loss_of(const Trace& trace, const Tensors& weights) {
    double sum = 0;
    for (const auto& [name, w] : weights)
        for (std::size_t i = 0; i < w.size(); ++i)
            sum += double(w.flat()[i]) * double(trace[name].flat()[i]);
    return sum;
}

TEST_CASE("panels: gradients of `run` match measured slopes", "[kit][gradient]") {
    for (const RegisteredPanel& registered : panels()) {
        const Panel panel = registered.make();
        Declaration d;
        panel.declare(d);
        if (!panel.compute || d.make_job()) continue;
        const Knobs knobs(d.knobs());
        const Trace trace = computed(panel, d, knobs, {});
        if (!trace.backward()) continue;
        CAPTURE(registered.id);

        // Outputs of kind real, one at a time: some have no gradient.
        for (const std::string& output : d.outputs()) {
            const Entry* entry = trace.find(output);
            REQUIRE(entry);
            if (entry->kind != Kind::real) continue;
            CAPTURE(output);
            const Tensors weights{{output, probe_weights(entry->tensor.shape())}};
            const Tensors grads = trace.backward()(weights);
            Tensors inputs;
            auto workspace = std::make_shared<Workspace>();
            workspace->text = d.default_text();
            const Inputs resolved = resolve_inputs(d, knobs, workspace);
            for (const auto& [name, grad] : grads) {
                CAPTURE(name);
                if (!resolved.find(name)) continue;  // optional, and not given here
                const Tensor x = resolved[name];
                REQUIRE(grad.shape() == x.shape());

                // A few entries of each input, drawn.
                Random random(1, "gradients_test");
                double largest = 0.1, difference = 0;
                for (int draw = 0; draw < 6 && x.size() > 0; ++draw) {
                    const std::size_t i = random.below(x.size());
                    const auto slope_over = [&](float h) {
                        Tensor right = x, left = x;
                        right.flat()[i] += h;
                        left.flat()[i] -= h;
                        const float width = right.flat()[i] - left.flat()[i];
                        return (loss_of(computed(panel, d, knobs, {{name, right}}), weights) -
                                loss_of(computed(panel, d, knobs, {{name, left}}), weights)) /
                               double(width);
                    };
                    const float h = std::max(std::abs(x.flat()[i]) / 64, 1.0f / 1024);
                    const double slope = (4 * slope_over(h / 2) - slope_over(h)) / 3;
                    REQUIRE(std::isfinite(slope));
                    REQUIRE(std::isfinite(grad.flat()[i]));
                    largest = std::max(largest, std::abs(slope));
                    difference = std::max(difference, std::abs(slope - double(grad.flat()[i])));
                }
                CHECK(difference / largest < 1e-2);
            }
        }
    }
}
