// Corpus: windows of a text as a model gets them to learn from; no picture yet
#include "core/data/corpus.hpp"

#include "core/tokenizer/tokenizer.hpp"
#include "viz/kit/panel.hpp"

namespace orrery::viz {
namespace {

Tensor ids_of_text(const Knobs&, const Workspace& w) {
    const auto ids = w.ids.empty() ? tokenizer::characters_tokenizer(w.text).encode(w.text) : w.ids;
    return Tensor({ids.size()}, std::vector<float>(ids.begin(), ids.end()));
}

void declare(Declaration& d) {
    d.knob("batch", 2, 1, 16);
    d.knob("context", 8, 1, 64);
    d.knob("draw", 0, 0, 1000);
    d.uses_text("The cat sat on the mat. The dog sat on the log.");
    d.uses_tokenizer();
    d.input("ids", ids_of_text);
    d.output("starts");
    d.output("x");
    d.output("y");
}

void compute(const Knobs& k, const Inputs& in, Trace& out) {
    const auto flat = in["ids"].flat();
    const std::vector<int> ids(flat.begin(), flat.end());
    record(data::corpus_steps(ids, k.size("batch"), k.size("context"), k.seed(), k.size("draw")),
           out);
}

}  // namespace

Panel make_data_corpus_panel() { return {declare, compute, nullptr}; }

}  // namespace orrery::viz
