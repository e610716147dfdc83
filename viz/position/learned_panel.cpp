// Learned positions: run from the command line with gradients; no picture yet
#include "core/position/learned.hpp"

#include "viz/kit/examples.hpp"
#include "viz/kit/panel.hpp"

namespace orrery::viz {
namespace {

void declare(Declaration& d) {
    // The table is longer than tokens and first can reach; a file given with --in meets the wall.
    d.knob("tokens", 4, 1, 8);
    d.knob("d", 6, 1, 32);
    d.knob("first", 0, 0, 8);
    d.knob("n_max", 16, 16, 64);

    d.input("x", [](const Knobs& k, const Workspace&) {
        return examples::wave({k.size("tokens"), k.size("d")});
    });
    d.input("table", [](const Knobs& k, const Workspace&) {
        return examples::normal({k.size("n_max"), k.size("d")}, k.seed(), "table");
    });
    d.output("y");
    d.parts("x", "table", "rows", "y");

    d.fact("places_left", [](const Trace& t, const Knobs& k) -> FactValue {
        return double(t["table"].dim(0)) - double(t["x"].dim(-2)) - double(k.size("first"));
    });
}

void compute(const Knobs& k, const Inputs& in, Trace& out) {
    const Tensor table = in["table"];
    const std::size_t first = k.size("first");
    out.add("x", in["x"]);
    out.add("table", table);
    record(position::learned_steps(in["x"], table, first), out);
    out.backward([=](const Tensors& grads) {
        Tensors result;
        if (const auto dy = grads.find("y"); dy != grads.end()) {
            const auto g = position::learned_backward(dy->second, table, first);
            result = {{"x", g.dx}, {"table", g.dtable}};
        }
        return result;
    });
}

}  // namespace

Panel make_position_learned_panel() { return {declare, compute, nullptr}; }

}  // namespace orrery::viz
