// Schedule: the rates of a run from the command line; no picture yet
#include "core/optim/schedule.hpp"

#include <algorithm>

#include "viz/kit/panel.hpp"

namespace orrery::viz {
namespace {

void declare(Declaration& d) {
    d.knob("steps", 120, 1, 4000);
    d.knob("max_lr", 1e-3f, 1e-6f, 1.0f, Scale::log);
    d.knob("min_lr", 1e-4f, 1e-7f, 1.0f, Scale::log);
    d.knob("warmup", 10, 0, 1000);
    d.knob("total", 100, 0, 4000);

    d.output("lr");
    d.parts("climbing", "progress", "cosine", "lr");

    d.fact("highest", [](const Trace& t, const Knobs&) -> FactValue {
        const auto lr = t["lr"].flat();
        return double(*std::max_element(lr.begin(), lr.end()));
    });
    d.fact("last",
           [](const Trace& t, const Knobs&) -> FactValue { return double(t["lr"].flat().back()); });
}

void compute(const Knobs& k, const Inputs&, Trace& out) {
    const float max_lr = k.real("max_lr");
    record(optim::schedule_steps(k.size("steps"), {.max_lr = max_lr,
                                                   .min_lr = std::min(max_lr, k.real("min_lr")),
                                                   .warmup = k.size("warmup"),
                                                   .total = k.size("total")}),
           out);
}

}  // namespace

Panel make_optim_schedule_panel() { return {declare, compute, nullptr}; }

}  // namespace orrery::viz
