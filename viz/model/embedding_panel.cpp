// Embedding: a row of the table for each token; no picture yet
#include "core/model/embedding.hpp"

#include <algorithm>

#include "viz/kit/examples.hpp"
#include "viz/kit/panel.hpp"

namespace orrery::viz {
namespace {

void declare(Declaration& d) {
    d.knob("tokens", 5, 1, 8);
    d.knob("vocab_size", 8, 1, 64);
    d.knob("d", 4, 1, 32);
    d.input("table", [](const Knobs& k, const Workspace&) {
        return examples::normal({k.size("vocab_size"), k.size("d")}, k.seed(), "table");
    });
    d.input("ids", [](const Knobs& k, const Workspace&) {
        Tensor ids({k.size("tokens")});
        for (std::size_t i = 0; i < ids.size(); ++i)
            ids.flat()[i] = float((3 * i * i + 2) % k.size("vocab_size"));
        return ids;
    });
    d.output("y");
    d.fact("first", [](const Trace& t, const Knobs&) -> FactValue {
        return t["y"].size() == 0 ? 0.0 : double(t["y"].flat()[0]);
    });
}

void compute(const Knobs&, const Inputs& in, Trace& out) {
    const Tensor table = in["table"], ids = in["ids"];
    record(model::embedding_steps(table, ids), out);
    out.backward([=](const Tensors& grads) {
        Tensors result;
        if (const auto dy = grads.find("y"); dy != grads.end())
            result["table"] = model::embedding_backward(dy->second, ids, table.rows());
        return result;
    });
}

}  // namespace

Panel make_model_embedding_panel() { return {declare, compute, nullptr}; }

}  // namespace orrery::viz
