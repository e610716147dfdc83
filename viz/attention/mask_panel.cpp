// Attention masks: the patterns side by side as a table of who sees whom
#include "core/attention/mask.hpp"

#include <algorithm>

#include "viz/kit/panel.hpp"

namespace orrery::viz {
namespace {

using attention::both;

void declare(Declaration& d) {
    d.knob("pattern", "causal", {"full", "causal", "prefix", "padding", "packing"});
    d.knob("tokens", 6, 1, 64);
    d.knob("prefix", 3, 0, 64);
    d.knob("length", 4, 0, 64);
    d.knob("document", 3, 1, 64);
    d.optional_input("mask");
    d.output("mask");
    d.parts("mask", "per_query", "per_key");
    d.fact("allowed", [](const Trace& t, const Knobs&) -> FactValue {
        const Tensor& mask = t["mask"];
        return double(std::count(mask.flat().begin(), mask.flat().end(), 1.0f));
    });
    d.fact("entries",
           [](const Trace& t, const Knobs&) -> FactValue { return double(t["mask"].size()); });
    d.describe([](const Trace& t, const View& view) {
        const Tensor& mask = t["mask"];
        return view.say(
            "words",
            {{"allowed", std::to_string(std::count(mask.flat().begin(), mask.flat().end(), 1.0f))},
             {"entries", std::to_string(mask.size())}});
    });
}

// Knobs larger than the sequence mean all of it.
Tensor made(const Knobs& k) {
    const std::size_t tokens = k.size("tokens");
    const std::string& pattern = k.choice("pattern");
    if (pattern == "full") return attention::full_mask(tokens, tokens);
    if (pattern == "prefix")
        return attention::prefix_mask(tokens, std::min(k.size("prefix"), tokens));
    if (pattern == "padding")
        return attention::padding_mask({std::min(k.size("length"), tokens)}, tokens);
    if (pattern == "packing") {
        std::vector<std::size_t> document;
        for (std::size_t i = 0; i < tokens; ++i) document.push_back(i / k.size("document"));
        return both(attention::packing_mask(document), attention::causal_mask(tokens, tokens));
    }
    return attention::causal_mask(tokens, tokens);
}

void compute(const Knobs& k, const Inputs& in, Trace& out) {
    const Tensor* given = in.find("mask");
    record(attention::mask_steps(given ? *given : made(k)), out);
}

}  // namespace

Panel make_attention_mask_panel() { return {declare, compute, nullptr}; }

}  // namespace orrery::viz
