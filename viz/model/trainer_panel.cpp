// Trainer: what its panel takes, computes and tells; the job is in trainer_panel_run.cpp, the drawing
// in trainer_panel_picture.cpp
#include "core/model/trainer.hpp"

#include <algorithm>
#include <cmath>

#include "core/data/tasks.hpp"
#include "viz/kit/counting.hpp"
#include "viz/kit/format.hpp"
#include "viz/kit/panel.hpp"
#include "viz/model/trainer_panel_picture.hpp"
#include "viz/model/trainer_panel_run.hpp"

namespace orrery::viz {
namespace {

using namespace trainer_panel;

constexpr std::size_t examples_shown = 6;
constexpr const char* own_text =
    "It is not the text that a model keeps, but what usually follows "
    "what. Paste a text of your own here, a few pages of it, and watch what is learned first: the "
    "letters, then the words, then how a sentence goes on.";

// ---- what is computed: the steps of the trainer, and what they mean in words

const char* cause_key(model::NotFinite::Cause cause) {
    using Cause = model::NotFinite::Cause;
    switch (cause) {
        case Cause::weights:
            return "weights";
        case Cause::overflow:
            return "overflow";
        case Cause::exp_of_inf:
            return "exp_of_inf";
        case Cause::norm_overflow:
            return "norm_overflow";
        case Cause::loss:
            return "loss";
        case Cause::gradient:
            return "gradient";
        case Cause::update:
            return "update";
    }
    return "overflow";
}

void add_curves(const Run& run, Trace& out) {
    const std::size_t n = run.position();
    std::vector<float> steps(n), exact(n);
    for (std::size_t i = 0; i < n; ++i) steps[i] = float(i + 1), exact[i] = run.log[i].exact;
    out.add("curve.step", Tensor({n}, steps), "", Kind::index);
    const char* wrong = "how wrong the model is, and which way each weight is to blame";
    using Measured = Run::Measured;
    const auto add = [&](const std::string& prefix, Measured Run::Row::*which) {
        const auto curve = [&](const char* name, float Measured::*value, const char* marker) {
            Tensor line({n});
            for (std::size_t i = 0; i < n; ++i) line.flat()[i] = run.log[i].*which.*value;
            out.add(prefix + name, line, marker);
        };
        curve("loss", &Measured::loss, wrong);
        curve("val_loss", &Measured::val_loss, "the loss on text that was held out");
        curve("lr", &Measured::lr, "climb, then half a cosine down to the least");
        curve("grad_norm", &Measured::grad_norm, wrong);
    };
    add("curve.", &Run::Row::first);
    if (run.second) {
        add("second.", &Run::Row::second);
        const double* values = run.second->values;
        out.add("second", Tensor({2}, {float(values[0]), float(values[1])}));
        out.text("second.knob", run.second->knob.name);
    }
    if (run.source->task) out.add("curve.exact_match", Tensor({n}, exact), "");
    out.add("peak", Tensor({1}, {n > 0 ? run.log[n - 1].peak : float(run.trainer.config().lr)}));
}

// A few questions that are never trained on, with the model's answers.
void add_examples(const Run& run, Trace& out) {
    const data::Batch& all = run.source->held_out[0];
    const std::size_t n = all.tokens, rows = std::min(examples_shown, all.rows);
    data::Batch few{rows,
                    n,
                    {all.x.begin(), all.x.begin() + std::ptrdiff_t(rows * n)},
                    {all.y.begin(), all.y.begin() + std::ptrdiff_t(rows * n)}};
    const Tensor logits = run.logits(few);
    const auto& task = *run.source->task;
    std::string lines;
    Tensor right({rows}, 1.0f);
    for (std::size_t row = 0; row < rows; ++row) {
        std::vector<int> question, answer, wanted;
        for (std::size_t i = 0; i < n; ++i) {
            const int y = few.y[row * n + i];
            if (wanted.empty() && y == data::no_target) question.push_back(few.x[row * n + i]);
            if (y == data::no_target) continue;
            if (wanted.empty()) question.push_back(few.x[row * n + i]);
            const auto scores = logits.row(row * n + i);
            answer.push_back(int(std::max_element(scores.begin(), scores.end()) - scores.begin()));
            wanted.push_back(y);
        }
        if (answer != wanted) right.flat()[row] = 0;
        lines += data::task_text(task, question) + "\t" + data::task_text(task, answer) + "\t" +
                 data::task_text(task, wanted) + "\n";
    }
    out.text("examples", lines);
    out.add("examples.right", right, "", Kind::boolean);
}

void compute(const Knobs&, const Inputs& in, Trace& out) {
    const Run& run = in.job<Run>();
    model::TrainerSteps steps = run.trainer.steps();
    if (run.position() == 0) {
        steps.gradient_norms = run.ahead->gradient_norms;
        steps.weight_norms = run.ahead->weight_norms;
        steps.update_norms = run.ahead->update_norms;
        steps.update_ratios = run.ahead->update_ratios;
        steps.update_histogram = run.ahead->update_histogram;
        steps.update_range = run.ahead->update_range;
        steps.scalars = run.ahead->scalars;
    }
    record(steps, out);
    out.names("vocabulary", run.source->words);
    std::vector<std::string> tokens;
    for (float id : steps.probe.flat()) tokens.push_back(run.source->words[std::size_t(id)]);
    out.names("tokens", tokens);
    add_curves(run, out);

    // For the whole model in one picture, opened on these weights.
    const auto flat = run.trainer.flat_weights();
    out.add("weights", Tensor({flat.size()}, std::vector<float>(flat.begin(), flat.end())));
    const auto& config = run.trainer.config();
    out.add("sizes", Tensor({5}, {float(run.position()), float(config.steps),
                                  float(run.trainer.layout().count), float(config.model.vocab_size),
                                  float(config.clip)}));
    if (run.source->tokenizer) {
        const std::size_t given = config.prompt.size();
        const auto ids = std::span(steps.sample);
        out.text("prompt", run.source->tokenizer->decode(ids.first(std::min(given, ids.size()))));
        out.text("sample", run.source->tokenizer->decode(ids.subspan(std::min(given, ids.size()))));
    } else
        add_examples(run, out);

    if (const auto& broken = steps.not_finite) {
        float ratio = 0;  // how far the step before moved the weights: the largest of all layers
        for (float r : steps.update_ratios.flat())
            if (std::isfinite(r)) ratio = std::max(ratio, r);
        out.text("nan.tensor", broken->tensor);
        out.text("nan.before", broken->before);
        out.text("nan.cause", cause_key(broken->cause));
        out.add("nan", Tensor({5}, {float(broken->step), broken->value, broken->before_largest,
                                    broken->lr, ratio}));
    }
}
// ---- what is declared

double newest_of(const Trace& t, const char* name) {
    const Entry* entry = t.find(name);
    return !entry || entry->tensor.size() == 0 ? nan : double(entry->tensor.flat().back());
}

Explanation explain_attention(const Trace& t, const View& view, const Selection& s) {
    const Entry* entry = t.find("attention");
    const auto& tokens = t.names("tokens");
    if (!entry || !s.is_cell() || s.row >= int(tokens.size()) || s.col >= int(tokens.size()))
        return {};
    const std::size_t heads = entry->tensor.dim(1), n = entry->tensor.dim(2);
    const std::size_t slice = s.head < 0 ? 0 : std::size_t(s.head);
    if (slice >= entry->tensor.dim(0) * heads) return {};
    const double weight =
        double(entry->tensor.row(slice * n + std::size_t(s.row))[std::size_t(s.col)]);
    Explanation e;
    e.term = "attention";
    e.formula = view.say("formula.attention", {{"weight", format_value(weight)}});
    e.why = view.say("why.attention", {{"query", tokens[std::size_t(s.row)]},
                                       {"key", tokens[std::size_t(s.col)]},
                                       {"layer", counted(slice / heads)},
                                       {"head", counted(slice % heads)}});
    return e;
}

Explanation explain_group(const Trace& t, const View& view, const Selection& s) {
    const auto& groups = t.names("groups");
    const std::size_t group =
        std::size_t(std::max(s.tensor == "gradient_norms" ? s.col : s.row, 0));
    if (group >= groups.size()) return {};
    Explanation e;
    e.term = "g";
    const std::string name = group_name(view, groups[group]);
    e.why = view.say("why." + s.tensor, {{"group", name}});
    const auto value = [&](const char* entry) {
        return format_value(double(t[entry].flat()[group]));
    };
    if (s.tensor == "gradient_norms") e.formula = "norm(g) = " + value("gradient_norms");
    if (s.tensor == "update_histogram")
        e.formula =
            value("update_norms") + " / " + value("weight_norms") + " = " + value("update_ratios");
    if (s.tensor == "weight_histogram" || s.tensor == "update_histogram") {
        const bool weights = s.tensor == "weight_histogram";
        const auto range = t[weights ? "weight_range" : "update_range"].row(group);
        const double low = double(range[0]),
                     width = (double(range[1]) - low) / double(t[s.tensor].cols());
        e.why = view.say("why." + s.tensor, {{"group", name},
                                             {"from", format_value(low + width * s.col)},
                                             {"to", format_value(low + width * (s.col + 1))}});
    }
    return e;
}

std::string in_words(const Trace& t, const View& view) {
    const Arguments numbers{{"step", format_value(double(t["sizes"].flat()[0]))},
                            {"steps", format_value(double(t["sizes"].flat()[1]))},
                            {"loss", format_value(newest_of(t, "curve.loss"))},
                            {"val_loss", format_value(last_of(t, "curve.val_loss"))},
                            {"lr", format_value(newest_of(t, "curve.lr"))},
                            {"grad_norm", format_value(newest_of(t, "curve.grad_norm"))},
                            {"exact", format_value(100 * last_of(t, "curve.exact_match"))},
                            {"sample", seen(t.text("sample"))},
                            {"prompt", seen(t.text("prompt"))},
                            {"tensor", t.text("nan.tensor")}};
    if (t["curve.loss"].size() == 0) return view.say("words.fresh", numbers);
    std::string text = view.say("words.step", numbers);
    if (!std::isnan(last_of(t, "curve.val_loss"))) text += view.say("words.held_out", numbers);
    if (t.find("curve.exact_match"))
        text += view.say("words.exact", numbers);
    else
        text += view.say("words.sample", numbers);
    if (t.find("second"))
        text += view.say("words.second", {{"knob", view.say("knob." + t.text("second.knob"))},
                                          {"value", format_value(double(t["second"].flat()[1]))},
                                          {"loss", format_value(newest_of(t, "second.loss"))}});
    if (t.find("nan")) text += view.say("words.nan", numbers);
    return text;
}

bool is_text(const Knobs& k) {
    const std::string& source = k.choice("source");
    return source == "own_text" || source.starts_with("stories");
}

void declare(Declaration& d) {
    std::vector<std::string> sources{"stories_en", "stories_zh", "own_text"};
    for (const std::string& task : data::task_names()) sources.push_back(task);
    d.knob("source", "stories_en", sources).restarts = true;
    d.knob("lr", 5e-3f, 1e-5f, 1000.0f, Scale::log);
    d.knob("show", "overview", {"overview", "curves", "layers"});
    for (const char* name : {"layer", "head"}) {
        Knob& knob = d.knob(name, 1, 1, name == std::string_view("layer") ? 6 : 8);
        knob.advanced = true;
        knob.used = [](const Knobs& k) { return k.choice("show") == "overview"; };
    }
    Knob& second = d.knob("second", "none",
                          {"none", "lr", "warmup", "batch", "layers", "weight_decay", "clip"});
    second.restarts = true;
    Knob& factor = d.knob("factor", 10.0f, 0.01f, 100.0f, Scale::log);
    factor.restarts = true;
    factor.used = [](const Knobs& k) { return k.choice("second") != "none"; };
    const auto advanced = [](Knob& knob, bool restarts, bool (*used)(const Knobs&) = nullptr) {
        knob.advanced = true, knob.restarts = restarts, knob.used = used;
    };
    const auto has_length = [](const Knobs& k) {
        return !is_text(k) && k.choice("source") != "modular_addition";
    };
    const auto is_modular = [](const Knobs& k) { return k.choice("source") == "modular_addition"; };
    const auto has_pairs = [](const Knobs& k) {
        return is_text(k) && k.choice("split") == "pairs";
    };
    advanced(d.knob("layers", 2, 1, 6), true);
    advanced(d.knob("heads", "4", {"1", "2", "4", "8"}), true);
    advanced(d.knob("width", "64", {"16", "32", "64", "96", "128", "192"}), true);
    advanced(d.knob("steps", 1000, 1, 20000), false);
    advanced(d.knob("context", 64, 2, 128), true, is_text);
    advanced(d.knob("batch", 12, 1, 64), true);
    advanced(d.knob("warmup", 20, 0, 500), true);
    advanced(d.knob("weight_decay", 0.1f, 0.0f, 1.0f), false);
    advanced(d.knob("clip", 1.0f, 0.0f, 10.0f), false);
    advanced(d.knob("beta2", 0.99f, 0.0f, 0.9999f), false);
    advanced(d.knob("split", "characters", {"characters", "pairs"}), true, is_text);
    advanced(d.knob("vocabulary", 512, 257, 4096), true, has_pairs);
    advanced(d.knob("length", 5, 1, 9), true, has_length);
    advanced(d.knob("modulus", 23, 2, 97), true, is_modular);

    d.uses_text(own_text);
    d.uses_tokenizer();
    d.job(start, 20);
    d.output("loss");
    d.parts("step", "loss", "rate", "gradients", "weights", "updates", "attention", "sample");
    d.length([](const Trace&) { return 4.0; });
    d.describe(in_words);

    const auto fact = [&](const char* name, const char* entry,
                          double (*read)(const Trace&, const char*)) {
        d.fact(name, [=](const Trace& t, const Knobs&) -> FactValue {
            const double value = read(t, entry);
            const bool stopped = t.find("nan") && entry == std::string_view("curve.loss");
            return std::isnan(value) && !stopped ? FactValue(none) : FactValue(value);
        });
    };
    fact("loss", "curve.loss", newest_of);
    fact("val_loss", "curve.val_loss", last_of);
    fact("exact_match", "curve.exact_match", last_of);
    fact("lr_now", "curve.lr", newest_of);
    fact("grad_norm", "curve.grad_norm", newest_of);
    fact("second_loss", "second.loss", newest_of);
    fact("second_val_loss", "second.val_loss", last_of);
    d.fact("guess", [](const Trace& t, const Knobs&) -> FactValue {
        return std::log(double(t["sizes"].flat()[3]));
    });
    d.fact("step",
           [](const Trace& t, const Knobs&) -> FactValue { return double(t["sizes"].flat()[0]); });
    d.fact("parameters",
           [](const Trace& t, const Knobs&) -> FactValue { return double(t["sizes"].flat()[2]); });
    d.fact("sample", [](const Trace& t, const Knobs&) -> FactValue { return t.text("sample"); });
    d.fact("stopped_at",
           [](const Trace& t, const Knobs&) -> FactValue { return t.text("nan.tensor"); });
    d.fact("finite",
           [](const Trace& t, const Knobs&) -> FactValue { return t.find("nan") ? 0.0 : 1.0; });
    d.fact("largest_before", [](const Trace& t, const Knobs&) -> FactValue {
        return t.find("nan") ? FactValue(double(t["nan"].flat()[2])) : FactValue(none);
    });

    d.explain("attention", explain_attention);
    for (const char* name : {"gradient_norms", "weight_histogram", "update_histogram"})
        d.explain(name, explain_group);
    d.preset("own_text", {{"source", "own_text"}});
    d.preset("chinese", {{"source", "stories_zh"}});
    d.preset("reverse", {{"source", "reverse"}, {"batch", "32"}, {"steps", "400"}});
    d.preset("induction", {{"source", "induction"}, {"batch", "32"}, {"length", "6"}});
    d.preset("too_fast", {{"lr", "100"}});
    d.preset("beside", {{"second", "lr"}, {"factor", "0.1"}});
}

}  // namespace

Panel make_model_trainer_panel() { return {declare, compute, trainer_panel::draw}; }

}  // namespace orrery::viz
