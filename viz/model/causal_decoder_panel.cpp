// Causal decoder: what its panel takes, computes and tells; drawn by causal_decoder_panel_picture.cpp
//
// A text (or ids and weights from elsewhere) goes through the plain decoder, every stage recorded; the
// stream is looked at early, the text goes on token by token, and what the components inside take is
// given the names that they call it by, so that they open on these very tensors.
#include "core/model/causal_decoder.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "core/base/error.hpp"
#include "core/base/random.hpp"
#include "core/base/text.hpp"
#include "core/infer/sampling.hpp"
#include "core/tensor/linear.hpp"
#include "core/tensor/softmax.hpp"
#include "viz/kit/first_tokens.hpp"
#include "viz/kit/format.hpp"
#include "viz/kit/grid.hpp"
#include "viz/kit/panel.hpp"
#include "viz/kit/words.hpp"
#include "viz/model/causal_decoder_panel_picture.hpp"
#include "viz/model/small_model.hpp"

namespace orrery::viz {
namespace {

using namespace causal_decoder_panel;

constexpr int most_layers = 12, most_named_layers = 4, most_tokens = 12, most_generated = 12;
constexpr std::size_t most_halves = 4;  // layers up to which the stream is shown after each half
constexpr const char* default_text = "Once upon a time there was a little";

// ---- what is declared

model::CausalDecoderConfig config_of(const Knobs& k) {
    model::CausalDecoderConfig c;
    c.vocab_size = k.size("vocab_size");
    c.context = k.size("context");
    c.layers = k.size("layers");
    c.heads = k.size("heads");
    c.width = k.size("heads") * k.size("head_width");
    c.hidden = k.size("hidden");
    c.bias = k.flag("bias");
    c.tied = k.flag("tied");
    c.activation = k.choice("activation");
    // Sines and cosines come in pairs: an odd width does without positions.
    const bool has_pairs = c.width % 2 == 0 || k.choice("position") != "sinusoidal";
    c.position = has_pairs ? k.choice("position") : "none";
    c.norm_eps = k.real("norm_eps");
    return c;
}

// "exp(5.21 / 0.8) / 1830 = ", where the logits of that place are known and nothing is cut off: the
// score, softened by the temperature, as a share of all. Else "p = ".
std::string softmax_of_logit(const Trace& t, const View& view, const Selection& s) {
    const auto places = t["places.drawn"].rows();
    const double temperature = double(view.knobs.real("temperature"));
    if (s.tensor != "places.drawn" || temperature <= 0 ||
        std::size_t(s.row) + 1 != std::min(view.knobs.size("place"), places))
        return "p = ";
    const auto logits = t["next.logits"].flat(), drawn = t["places.drawn"].row(std::size_t(s.row));
    if (logits.size() != drawn.size() || drawn[std::size_t(s.col)] <= 0) return "p = ";
    double total = 0;
    for (std::size_t v = 0; v < logits.size(); ++v)
        if (drawn[v] > 0) total += std::exp(double(logits[v]) / temperature);
    if (!std::isfinite(total)) return "p = ";
    const double logit = double(logits[std::size_t(s.col)]);
    return "exp(" + number(logit) + (temperature == 1 ? "" : " / " + number(temperature)) + ") / " +
           number(total) + " = ";
}

// "0.3 + 0.12 − 0.05", what a number of the stream after a block was before it, and what each half
// added.
std::string what_was_added(const Trace& t, const Selection& s) {
    const std::string block = s.tensor.substr(0, s.tensor.rfind('.') + 1);
    const auto at = [&](const std::string& name) {
        const Entry* entry = t.find(block + name);
        const Tensor m = entry ? flat_matrix(entry->tensor) : Tensor({0, 0});
        return std::size_t(s.row) < m.rows() && std::size_t(s.col) < m.cols()
                   ? double(m.row(std::size_t(s.row))[std::size_t(s.col)])
                   : 0.0;
    };
    const auto plus = [](double v) { return (v < 0 ? " − " : " + ") + number(std::abs(v)); };
    const std::string first = number(at("x")) + plus(at("middle") - at("x"));
    return s.tensor.ends_with(".middle") ? first : first + plus(at("y") - at("middle"));
}

Explanation explain_cell(const Trace& t, const View& view, const Selection& s) {
    const Entry* entry = t.find(s.tensor);
    if (!entry || s.row < 0 || s.col < 0) return {};
    const Tensor m = flat_matrix(entry->tensor);
    if (std::size_t(s.row) >= m.rows() || std::size_t(s.col) >= m.cols()) return {};
    const std::size_t i = std::size_t(s.row), j = std::size_t(s.col);
    const std::string value = number(double(m.row(i)[j]));
    Explanation e;
    Arguments who{{"token", word_at(t, "tokens", i)}, {"column", std::to_string(j + 1)}};
    if (s.tensor == "embedded") {
        const Tensor rows = flat_matrix(t["tokens.y"]);
        const double a = double(rows.row(i)[j]);
        const double b = double(t["positions"].row(i)[j]);
        e.formula = number(a) + (b < 0 ? " − " : " + ") + number(std::abs(b)) + " = " + value;
        e.term = "embedded", e.why = view.say("why.embedded", who);
    } else if (s.tensor == "norms") {
        e.formula = "|" + view.say("why.row") + "| = " + value;
        e.term = "stream";
        e.why = view.say("why.norms",
                         {{"token", word_at(t, "tokens", j)}, {"stage", stage_name(t, view, i)}});
    } else if (s.tensor == "lens.share") {
        e.term = "logits";
        e.formula = "softmax(norm(x) · Wᵀ) = " + value;
        e.why = view.say("why.lens", {{"token", word_at(t, "tokens", j)},
                                      {"stage", stage_name(t, view, i)},
                                      {"word", lens_word(t, i, j)},
                                      {"share", percent(lens_share(t, i, j))}});
    } else if (s.tensor == "places.drawn" || s.tensor == "branch.drawn") {
        e.term = "p";
        e.formula = softmax_of_logit(t, view, s) + value;
        e.why = view.say("why.drawn",
                         {{"word", vocabulary(t, double(j))}, {"place", std::to_string(i + 1)}});
    } else if (s.tensor.ends_with(".looks")) {
        e.formula = view.say("why.mean") + " = " + value;
        e.why = view.say("why.looks",
                         {{"query", word_at(t, "tokens", i)}, {"key", word_at(t, "tokens", j)}});
        e.term = "block";
    } else if (s.tensor.ends_with(".active")) {
        const std::string wide_name = s.tensor.substr(0, s.tensor.rfind('.')) + ".wide";
        const Entry* before = t.find(wide_name);
        const Tensor wide = before ? flat_matrix(before->tensor) : Tensor();
        const bool known = wide.size() == m.size();
        e.formula = "GELU(" + (known ? number(double(wide.row(i)[j])) : "wide") + ") = " + value;
        e.why = view.say("why.active", who), e.term = "block";
    } else {
        e.formula = what_was_added(t, s) + " = " + value;
        e.why = view.say("why.stream", who), e.term = "block";
    }
    return e;
}

std::string in_words(const Trace& t, const View& view) {
    if (is_empty(t)) return view.say("words.empty");
    const std::size_t n = t.names("tokens").size();
    std::string text = view.say("words.shape", {{"tokens", std::to_string(n)},
                                                {"layers", std::to_string(layers_of(t))},
                                                {"d", std::to_string(t["embedded"].cols())},
                                                {"V", std::to_string(t["logits"].cols())}});
    const Tensor& share = t["lens.share"];
    for (std::size_t s = 0; s < share.rows(); ++s)
        text += view.say("words.lens", {{"stage", stage_name(t, view, s)},
                                        {"word", lens_word(t, s, n - 1)},
                                        {"share", percent(lens_share(t, s, n - 1))}});
    if (!t.names("generated").empty())
        text += view.say("words.goes_on", {{"text", joined(t.names("generated"))}});
    if (!t.names("branch").empty())
        text += view.say("words.branch", {{"text", joined(t.names("branch"))}});
    return text;
}

void declare(Declaration& d) {
    d.uses_text(default_text);
    d.uses_model();
    d.knob("show", "model", {"model", "layers"});
    // Layer by layer nothing is drawn by chance, and no block is opened.
    const auto of_model = [](Knob& knob) -> Knob& {
        knob.used = [](const Knobs& k) { return k.choice("show") == "model"; };
        return knob;
    };
    of_model(d.knob("temperature", 1.0f, 0.0f, 3.0f));
    of_model(d.knob("top_k", 0, 0, 50));
    of_model(d.knob("top_p", 1.0f, 0.0f, 1.0f));
    of_model(d.knob("generate", 6, 0, most_generated));
    of_model(d.knob("place", 1, 1, most_generated)).advanced = true;
    of_model(d.knob("layer", 2, 1, most_layers)).advanced = true;
    d.knob("weights", "trained", {"trained", "initial"}).advanced = true;
    d.knob("layers", 2, 1, most_layers).advanced = true;
    d.knob("tokens", 8, 1, most_tokens).advanced = true;
    d.knob("heads", 2, 1, 16).advanced = true;
    d.knob("head_width", 12, 1, 64).advanced = true;
    d.knob("hidden", 0, 0, 4096).advanced = true;
    d.knob("vocab_size", 0, 0, 100000).advanced = true;
    d.knob("context", 24, 1, 1024).advanced = true;
    d.knob("bias", true).advanced = true;
    d.knob("tied", true).advanced = true;
    d.knob("activation", "gelu", {"gelu", "gelu_tanh"}).advanced = true;
    d.knob("position", "learned", {"learned", "sinusoidal", "none"}).advanced = true;
    d.knob("norm_eps", 1e-5f, 1e-12f, 1.0f, Scale::log).advanced = true;
    of_model(d.text_knob("branch", "", 256)).advanced = true;

    // Ids that are given are run through given weights, or through those of a fresh model.
    d.optional_input("ids");
    // As the trainer has them: all weights in one row, in the order of the names below, and a text.
    d.optional_input("weights");
    d.optional_input("probe");
    model::CausalDecoderConfig largest;
    largest.layers = most_named_layers, largest.tied = false;
    for (const auto& slot : model::parameter_layout(largest).slots) d.optional_input(slot.name);
    d.output("logits");

    d.parts("tokens", "embedding", "block", "next", "text", "lens", "norms");
    d.fact("parameters", [](const Trace& t, const Knobs&) -> FactValue {
        return is_empty(t) ? 0.0 : double(t["sizes"].flat()[2]);
    });
    d.fact("vocabulary", [](const Trace& t, const Knobs&) -> FactValue {
        return is_empty(t) ? 0.0 : double(t["logits"].cols());
    });
    d.fact("training_steps", [](const Trace& t, const Knobs&) -> FactValue {
        return is_empty(t) ? 0.0 : double(t["sizes"].flat()[0]);
    });
    d.fact("training_loss", [](const Trace& t, const Knobs&) -> FactValue {
        return is_empty(t) ? 0.0 : double(t["sizes"].flat()[1]);
    });
    d.fact("likeliest", [](const Trace& t, const Knobs&) -> FactValue {
        if (is_empty(t)) return std::string("—");
        return lens_word(t, t["lens.share"].rows() - 1, t["lens.share"].cols() - 1);
    });
    d.fact("likeliest_share", [](const Trace& t, const Knobs&) -> FactValue {
        if (is_empty(t)) return 0.0;
        return lens_share(t, t["lens.share"].rows() - 1, t["lens.share"].cols() - 1);
    });
    d.fact("likeliest_first", [](const Trace& t, const Knobs&) -> FactValue {
        if (is_empty(t)) return std::string("—");
        return lens_word(t, 0, t["lens.share"].cols() - 1);
    });
    d.fact("likeliest_first_share", [](const Trace& t, const Knobs&) -> FactValue {
        return is_empty(t) ? 0.0 : lens_share(t, 0, t["lens.share"].cols() - 1);
    });
    d.fact("growth", [](const Trace& t, const Knobs&) -> FactValue {
        if (is_empty(t)) return 0.0;
        const Tensor& norms = t["norms"];
        const double first = double(norms.row(0)[norms.cols() - 1]);
        return first > 0 ? double(norms.row(norms.rows() - 1)[norms.cols() - 1]) / first : 0.0;
    });
    d.fact("choices_left", [](const Trace& t, const Knobs& k) -> FactValue {
        if (is_empty(t)) return 0.0;
        const Tensor& drawn = t["places.drawn"];
        const auto row = drawn.row(std::min(k.size("place") - 1, drawn.rows() - 1));
        return double(std::count_if(row.begin(), row.end(), [](float p) { return p > 0; }));
    });
    d.fact("generated",
           [](const Trace& t, const Knobs&) -> FactValue { return joined(t.names("generated")); });
    d.fact("branched",
           [](const Trace& t, const Knobs&) -> FactValue { return joined(t.names("branch")); });

    d.explain("embedded", explain_cell);
    d.explain("norms", explain_cell);
    d.explain("lens.share", explain_cell);
    d.explain("places.drawn", explain_cell);
    d.explain("branch.drawn", explain_cell);
    for (int i = 0; i < most_layers; ++i) {
        const std::string block = "block." + std::to_string(i) + ".";
        for (const char* name : {"looks", "feed_forward.active", "y", "middle"})
            d.explain(block + name, explain_cell);
    }
    d.least_height(300);
    d.length([](const Trace& t) {
        if (is_empty(t)) return 0.0;
        return 2.0 + 2.0 * double(layers_of(t)) + double(count_of(t, "generated"));
    });
    d.describe(in_words);
    d.preset("greedy", {{"temperature", "0"}});
    d.preset("wild", {{"temperature", "2"}});
    d.preset("fresh", {{"weights", "initial"}});
}

// ---- what is computed

// What is to be run: a model, ids, and the words they stand for.
struct Task {
    std::shared_ptr<const SmallModel> model;
    Tensor ids;  // [1, tokens]
    std::vector<std::string> words;
    std::size_t all = 0, unknown = 0;  // tokens of the text; of those on show, not known
};

Task task_of_text(const Knobs& k, const Inputs& in) {
    const Workspace& w = in.workspace();
    Task task;
    const std::size_t most = std::size_t(k.size("tokens"));
    std::vector<int> ids;
    if (!w.model.empty()) {
        task.model = model_of_folder(w.model);
        if (task.model->tokenizer) {
            std::vector<int> all =
                task.model->tokenizer->encode(std::string_view(w.text).substr(0, 4096));
            task.all = all.size();
            all.resize(std::min({all.size(), most, task.model->config.context}));
            ids = all;
            for (int id : ids) task.words.push_back(task.model->tokenizer->token_bytes(id));
        }
    }
    if (!task.model || !task.model->tokenizer) {
        const auto words = split_words(w.text.empty() && w.tokens.empty() ? "" : w.text, 4096);
        if (!task.model) {
            const std::string stories =
                known_words("zh", words) > known_words("en", words) ? "zh" : "en";
            task.model = trained_model(stories, config_of(k), k.seed());
        }
        task.all = words.size();
        for (std::size_t i = 0; i < std::min({words.size(), most, task.model->config.context});
             ++i) {
            const auto it = task.model->ids.find(words[i]);
            task.unknown += it == task.model->ids.end();
            ids.push_back(it == task.model->ids.end() ? 0 : it->second);
            task.words.push_back(words[i]);
        }
    }
    task.ids = Tensor({1, ids.size()}, std::vector<float>(ids.begin(), ids.end()));
    return task;
}

// Ids or weights from elsewhere: the sizes are the knobs', the weights those given.
Task task_of_inputs(const Knobs& k, const Inputs& in) {
    Task task;
    auto made = std::make_shared<SmallModel>();
    made->config = config_of(k);
    const Tensor* given_ids = in.find("ids");
    const Tensor* table = in.find("token_embedding");
    const Tensor* flat = in.find("weights");
    const auto& known = in.workspace().vocabulary;
    Tensor probe;
    if (const Tensor* given = in.find("probe"); given && !given_ids) {
        const auto row = given->flat();
        const std::size_t n = std::min({row.size(), k.size("tokens"), made->config.context});
        probe = Tensor({1, n}, std::vector<float>(row.begin(), row.begin() + std::ptrdiff_t(n)));
        given_ids = &probe;
    }
    std::size_t& size = made->config.vocab_size;
    if (size == 0 && flat && !known.empty()) size = known.size();
    if (size == 0 && table && table->rank() == 2) size = table->dim(0);
    if (size == 0) {
        float largest = 10;
        if (given_ids)
            for (float id : given_ids->flat()) largest = std::max(largest, id);
        size = std::size_t(std::min(largest, 1e6f)) + 1;
    }
    if (given_ids) {
        task.ids = *given_ids;
    } else {
        task.ids = Tensor({1, std::min<std::size_t>(8, made->config.context)});
        for (std::size_t i = 0; i < task.ids.size(); ++i)
            task.ids.flat()[i] = float((3 * i * i + i + 2) % size);
    }
    if (flat) {
        const auto layout = model::parameter_layout(made->config);
        if (flat->size() != layout.count)
            throw ValueError("causal_decoder: " + std::to_string(flat->size()) +
                             " weights, wanted " + std::to_string(layout.count) +
                             ": set layers, heads, head_width and context as they were trained");
        made->weights = model::unflatten(layout, flat->flat());
    } else {
        made->weights = model::initial_weights(made->config, k.seed());
    }
    for (auto& entry : made->weights.list)
        if (const Tensor* given = in.find(entry.name)) entry.tensor = *given;
    for (std::size_t i = 0; i < std::min<std::size_t>(size, 100000); ++i)
        made->vocabulary.push_back(i < known.size() && flat ? known[i] : std::to_string(i));
    task.model = made;
    for (std::size_t i = 0; i < (task.ids.rank() == 2 ? task.ids.cols() : 0); ++i)
        if (task.ids.rows() > 0) {
            const double id = double(task.ids.row(0)[i]);
            const bool named = flat && id >= 0 && id < double(made->vocabulary.size());
            task.words.push_back(named ? made->vocabulary[std::size_t(id)] : number(id));
        }
    task.all = task.words.size();
    return task;
}

// One way the text goes on.
struct Way {
    std::vector<int> ids;       // what was said
    std::vector<float> shares;  // how likely it was
    std::vector<std::vector<float>> logits;
    std::vector<infer::SamplingSteps> draws;
};

void say(Way& way, int id) {
    way.ids.push_back(id);
    way.shares.push_back(way.draws.back().probabilities.flat()[std::size_t(id)]);
}

// Goes on from `start` and what was said after it, until `count` tokens are said.
Way go_on(model::CausalDecoder& decoder, const std::vector<int>& start, std::size_t count,
          const infer::SamplingConfig& config, std::uint64_t seed, Way way = {}) {
    std::vector<int> ids = start;
    ids.insert(ids.end(), way.ids.begin(), way.ids.end());
    for (std::size_t k = way.ids.size(); k < std::max<std::size_t>(count, 1); ++k) {
        way.logits.push_back(decoder.next_token_logits(ids));
        const auto& row = way.logits.back();
        way.draws.push_back(infer::sampling_steps(Tensor({row.size()}, row), config,
                                                  Random(seed, "sample", k).uniform()));
        if (k >= count) break;  // only the next token was wanted
        say(way, way.draws.back().token);
        ids.push_back(way.ids.back());
    }
    return way;
}

// The same way up to `place` (from 0), where another token is said.
Way other_way_at(const Way& main, std::size_t place, int id) {
    Way way{{main.ids.begin(), main.ids.begin() + std::ptrdiff_t(place)},
            {main.shares.begin(), main.shares.begin() + std::ptrdiff_t(place)},
            {main.logits.begin(), main.logits.begin() + std::ptrdiff_t(place + 1)},
            {main.draws.begin(), main.draws.begin() + std::ptrdiff_t(place + 1)}};
    say(way, id);
    return way;
}

Tensor rows_of(const Way& way, Tensor infer::SamplingSteps::*field) {
    const std::size_t V = (way.draws[0].*field).size();
    Tensor all({way.draws.size(), V});
    for (std::size_t k = 0; k < way.draws.size(); ++k) {
        const Tensor& row = way.draws[k].*field;
        std::copy_n(row.flat().begin(), V, all.row(k).begin());
    }
    return all;
}

void add_way(Trace& out, const Way& way, const std::string& name,
             const std::vector<std::string>& words) {
    std::vector<std::string> said;
    for (int id : way.ids) said.push_back(words[std::size_t(id)]);
    out.names(name, said);
    out.add(name, Tensor({way.ids.size()}, std::vector<float>(way.ids.begin(), way.ids.end())), "",
            Kind::index);
    out.add(name + ".share", Tensor({way.shares.size()}, way.shares));
}

// What the stages' rows would say if they were the last: the real final norm and output layer.
void look_through(Trace& out, const std::vector<std::pair<std::string, Tensor>>& stages,
                  const model::CausalDecoderConfig& config, const model::DecoderWeights& w) {
    const std::size_t n = stages[0].second.dim(1), S = stages.size();
    Tensor share({S, n}), ids({S, n}), norms({S, n});
    std::vector<std::string> names;
    const Tensor zero(w["final_norm.gain"].shape());
    const Tensor* bias = w.find("final_norm.bias");
    const Tensor& output = config.tied ? w["token_embedding"] : w["output.weight"];
    for (std::size_t s = 0; s < S; ++s) {
        names.push_back(stages[s].first);
        const Tensor x = flat_matrix(stages[s].second);
        const Tensor p = softmax(
            linear(norm::layer_norm(x, w["final_norm.gain"], bias ? *bias : zero, config.norm_eps),
                   output));
        for (std::size_t i = 0; i < n; ++i) {
            const auto row = p.row(i);
            const auto best = std::max_element(row.begin(), row.end());
            share.row(s)[i] = *best, ids.row(s)[i] = float(best - row.begin());
            double squares = 0;
            for (float v : x.row(i)) squares += double(v) * double(v);
            norms.row(s)[i] = float(std::sqrt(squares));
        }
    }
    out.names("stages", names);
    out.add("lens.share", share);
    out.add("lens.id", ids, "", Kind::index);
    out.add("norms", norms);
}

// What the components inside want to have, under the names they call it by.
void add_for_children(Trace& out, const model::CausalDecoderSteps& steps,
                      const model::CausalDecoderConfig& config, const model::DecoderWeights& w) {
    const auto or_zero = [&](const std::string& name, std::size_t size) {
        const Tensor* found = w.find(name);
        return found ? *found : Tensor({size});
    };
    const auto add = [&](const std::string& name, const Tensor& tensor) {
        if (!out.find(name)) out.add(name, tensor);
    };
    const std::size_t d = config.width, m = config.hidden_width();
    add("tokens.table", w["token_embedding"]);
    add("position.x", steps.tokens.y);
    if (const Tensor* table = w.find("position_embedding")) add("position.table", *table);
    for (std::size_t i = 0; i < config.layers; ++i) {
        const std::string b = "block." + std::to_string(i) + ".";
        const auto& block = steps.blocks[i];
        add(b + "x", i == 0 ? steps.embedded : steps.blocks[i - 1].y);
        for (const char* norm : {"norm_1", "norm_2"}) {
            const std::string name = b + norm;
            add(name + ".x", norm == std::string_view("norm_1") ? out[b + "x"] : block.middle);
            add(name + ".gain", w[name + ".gain"]);
            add(name + ".bias", or_zero(name + ".bias", d));
        }
        const std::string a = b + "attention.", f = b + "feed_forward.";
        add(a + "x", block.norm_1.y);
        for (const auto& [half, rows] : {std::pair{std::string("qkv"), 3 * d}, {"out", d}}) {
            add(a + half + "_weight", w[a + half + ".weight"]);
            add(a + half + "_bias", or_zero(a + half + ".bias", rows));
            add(a + half + ".weight", w[a + half + ".weight"]);
            add(a + half + ".bias", or_zero(a + half + ".bias", rows));
        }
        add(f + "x", block.norm_2.y);
        for (const auto& [half, rows] : {std::pair{std::string("up"), m}, {"down", d}}) {
            add(f + half, w[f + half + ".weight"]);
            add(f + half + "_bias", or_zero(f + half + ".bias", rows));
            add(f + half + ".weight", w[f + half + ".weight"]);
            add(f + half + ".bias", or_zero(f + half + ".bias", rows));
        }
    }
    add("final_norm.x", steps.blocks.empty() ? steps.embedded : steps.blocks.back().y);
    add("final_norm.gain", w["final_norm.gain"]);
    add("final_norm.bias", or_zero("final_norm.bias", d));
}

void add_mean_over_heads(Trace& out, std::size_t layers) {
    for (std::size_t i = 0; i < layers; ++i) {
        const std::string block = "block." + std::to_string(i);
        const Entry* entry = out.find(block + ".attention.attention.weights");
        if (!entry || entry->tensor.rank() != 4) continue;
        const Tensor& all = entry->tensor;
        const std::size_t heads = all.dim(1), n = all.dim(2);
        Tensor mean({n, n});
        for (std::size_t h = 0; h < heads; ++h)
            for (std::size_t r = 0; r < n; ++r)
                for (std::size_t c = 0; c < n; ++c)
                    mean.row(r)[c] += all.row(h * n + r)[c] / float(heads);
        out.add(block + ".looks", mean);
    }
}

void compute(const Knobs& k, const Inputs& in, Trace& out) {
    const bool bare = !in.tensors().empty();
    Task task = bare ? task_of_inputs(k, in) : task_of_text(k, in);
    const auto& config = task.model->config;
    auto weights = task.model->weights;
    const bool is_fresh = !bare && k.choice("weights") == "initial";
    if (is_fresh) weights = model::initial_weights(config, k.seed());
    if (task.ids.rank() == 2 && task.ids.cols() == 0) return;  // no text, no picture

    const auto steps = model::causal_decoder_steps(config, weights, task.ids);
    record(steps, out);
    out.names("tokens", task.words);
    out.names("vocabulary", task.model->vocabulary);
    out.text("stories", is_fresh             ? "fresh"
                        : in.find("weights") ? "trainer"
                        : bare               ? "given"
                                             : task.model->stories);
    keep_all_tokens(out, task.words.size(), task.all);
    out.text("unknown", std::to_string(task.unknown));
    out.from("model/causal_decoder");
    const bool was_trained = !bare && !is_fresh;
    out.add("sizes", Tensor({3}, {was_trained ? float(task.model->steps) : 0.0f,
                                  was_trained ? task.model->loss : 0.0f,
                                  float(model::parameter_count(config))}));
    add_mean_over_heads(out, config.layers);
    add_for_children(out, steps, config, weights);

    //: the stream, looked at early
    std::vector<std::pair<std::string, Tensor>> stages{{"embedded", steps.embedded}};
    for (std::size_t i = 0; i < config.layers; ++i) {
        const std::string n = std::to_string(i + 1);
        if (config.layers <= most_halves)
            stages.emplace_back("attention." + n, steps.blocks[i].middle);
        stages.emplace_back((config.layers <= most_halves ? "feed_forward." : "block.") + n,
                            steps.blocks[i].y);
    }
    look_through(out, stages, config, weights);

    //: the text goes on, and goes another way
    const infer::SamplingConfig sampling{k.real("temperature"), k.size("top_k"), k.real("top_p")};
    std::vector<int> start;
    const Tensor first = flat_matrix(task.ids);
    for (float id : first.row(0)) start.push_back(int(id));
    model::CausalDecoder decoder(config, weights);
    const std::size_t count = k.size("generate");
    const Way main = go_on(decoder, start, count, sampling, k.seed());
    add_way(out, main, "generated", task.model->vocabulary);
    out.add("places.drawn", rows_of(main, &infer::SamplingSteps::drawn));
    out.add("places.probabilities", rows_of(main, &infer::SamplingSteps::probabilities));
    const std::size_t place = std::min(k.size("place"), main.logits.size());
    out.add("next.logits", Tensor({main.logits[place - 1].size()}, main.logits[place - 1]));
    out.add("next.u", Tensor({1}, {main.draws[place - 1].u}));

    const std::string& branch = k.text("branch");
    long long at = 0;
    const auto colon = branch.find(':');
    if (colon != std::string::npos && parse_integer(branch.substr(0, colon), at) && at >= 1 &&
        std::size_t(at) <= main.ids.size()) {
        const auto& words = task.model->vocabulary;
        const auto found = std::find(words.begin(), words.end(), branch.substr(colon + 1));
        if (found != words.end()) {
            const int id = int(found - words.begin());
            const Way other = go_on(decoder, start, count, sampling, k.seed(),
                                    other_way_at(main, std::size_t(at - 1), id));
            add_way(out, other, "branch", words);
            out.add("branch.drawn", rows_of(other, &infer::SamplingSteps::drawn));
            out.text("branch.place", std::to_string(at));
        }
    }

    out.backward([=](const Tensors& grads) {
        Tensors result;
        const auto dlogits = grads.find("logits");
        if (dlogits == grads.end()) return result;
        for (auto& entry :
             model::causal_decoder_backward(dlogits->second, steps, config, weights).list)
            result[entry.name] = std::move(entry.tensor);
        return result;
    });
}

}  // namespace

Panel make_model_causal_decoder_panel() { return {declare, compute, causal_decoder_panel::draw}; }

}  // namespace orrery::viz
