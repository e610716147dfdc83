#include "viz/model/trainer_panel_run.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/data/corpus.hpp"
#include "core/tokenizer/bpe.hpp"
#include "viz/kit/tokens.hpp"

namespace orrery::viz::trainer_panel {
namespace {

constexpr std::size_t probe_tokens = 9, prompt_tokens = 16, sample_tokens = 160;
constexpr std::size_t eval_every = 25, eval_tokens = 2048, bins = 17;

// What a knob is in the second run when it is `number` in the first: within its range.
double value_beside(const Knob& knob, double number, double factor) {
    const double wanted = number * factor;
    return std::clamp(knob.type == Knob::Type::integer ? std::round(wanted) : wanted, knob.low,
                      knob.high);
}

}  // namespace

// ---- a run

Run::Run(model::Trainer made, std::shared_ptr<const Source> from)
    : trainer(std::move(made)), source(std::move(from)) {
    // What the first step will be, to be shown before it is done
    const std::string fresh = trainer.snapshot();
    trainer.step();
    ahead = std::make_shared<const model::TrainerSteps>(trainer.steps());
    trainer.restore(fresh);
}

void Run::step() {
    const auto peak = float(trainer.config().lr);
    trainer.step();
    if (second && !second->trainer.done()) second->trainer.step();
    exact_ = nan;
    const auto now = trainer.scalars();
    if (source->task)
        for (const auto& [name, value] : now)
            if (name == "val_loss" && !std::isnan(value))
                exact_ = answers(source->held_out[0]).exact_match();
    if (trainer.position() == 0) return;
    // entries beyond this one are those of steps seen before, or of a run that was left: each
    // is written anew before it is shown
    if (log.size() < trainer.position()) log.resize(trainer.position());
    Row& row = log[trainer.position() - 1];
    row.first = measured(trainer);
    row.exact = float(exact_), row.peak = peak;
    row.second = {};
    if (second && second->trainer.position() == trainer.position())
        row.second = measured(second->trainer);
}

std::string Run::snapshot() const {
    const std::string first = trainer.snapshot();
    const std::uint64_t bytes = first.size();
    std::string state(sizeof exact_ + sizeof bytes, '\0');
    std::memcpy(state.data(), &exact_, sizeof exact_);
    std::memcpy(state.data() + sizeof exact_, &bytes, sizeof bytes);
    state += first;
    if (!second) return state;
    std::string values(sizeof second->values, '\0');
    std::memcpy(values.data(), second->values, sizeof second->values);
    return state + values + second->trainer.snapshot();
}

void Run::restore(std::string_view state) {
    double exact = nan;
    std::uint64_t bytes = 0;
    constexpr std::size_t head = sizeof exact + sizeof bytes;
    if (state.size() >= head) std::memcpy(&bytes, state.data() + sizeof exact, sizeof bytes);
    if (state.size() < head || state.size() - head < bytes)
        throw FormatError("trainer", "snapshot", "is cut off");
    const std::string_view rest = state.substr(head + bytes);
    if (second && rest.size() < sizeof second->values)
        throw FormatError("trainer", "snapshot", "is cut off");
    trainer.restore(state.substr(head, bytes));
    if (second) {
        second->trainer.restore(rest.substr(sizeof second->values));
        std::memcpy(second->values, rest.data(), sizeof second->values);
    }
    std::memcpy(&exact, state.data(), sizeof exact);
    exact_ = exact;
    if (log.size() < trainer.position()) log.resize(trainer.position());
}

Scalars Run::scalars() const {
    Scalars all = trainer.scalars();
    if (source->task) all.emplace_back("exact_match", exact_);
    return all;
}

void Run::set(std::string_view knob, std::string_view value) {
    if (knob == "show" || knob == "layer" || knob == "head") return;  // of the picture
    double number = 0;
    const bool is_number = parse_number(value, number);
    const auto set_in = [&](model::Trainer& which, const std::string& own, double own_number) {
        which.set(knob, own);
        if (knob == "lr" && is_number) which.set("min_lr", number_text(own_number / 10));
    };
    set_in(trainer, std::string(value), number);
    if (!second) return;
    if (second->knob.name != knob || !is_number)
        return set_in(second->trainer, std::string(value), number);
    second->values[0] = number,
    second->values[1] = value_beside(second->knob, number, second->factor);
    set_in(second->trainer, number_text(second->values[1]), second->values[1]);
}

Tensor Run::logits(const data::Batch& batch) const {
    model::CausalDecoder decoder(trainer.config().model, trainer.flat_weights());
    return decoder.logits(
        Tensor({batch.rows, batch.tokens}, std::vector<float>(batch.x.begin(), batch.x.end())));
}

data::Answers Run::answers(const data::Batch& batch) const {
    return data::check_answers(batch, logits(batch));
}

Run::Measured Run::measured(const model::Trainer& of) {
    Measured m;
    for (const auto& [name, value] : of.scalars()) {
        if (name == "loss") m.loss = float(value);
        if (name == "val_loss") m.val_loss = float(value);
        if (name == "lr") m.lr = float(value);
        if (name == "grad_norm") m.grad_norm = float(value);
    }
    return m;
}

// ---- what the knobs ask for

std::size_t number_of(const std::string& word) {
    long long n = 0;
    parse_integer(word, n);
    return std::size_t(n);
}

namespace {

model::TrainerConfig config_of(const Knobs& k) {
    model::TrainerConfig c;
    c.model.layers = k.size("layers");
    c.model.heads = number_of(k.choice("heads"));
    c.model.width = number_of(k.choice("width"));
    c.model.context = k.size("context");
    c.batch = k.size("batch");
    c.steps = k.size("steps");
    c.lr = k.real("lr");
    c.min_lr = c.lr / 10;
    c.warmup = k.size("warmup");
    c.beta2 = k.real("beta2");
    c.weight_decay = k.real("weight_decay");
    c.clip = k.real("clip");
    c.seed = k.seed();
    c.eval_every = eval_every;
    c.eval_tokens = eval_tokens;
    c.bins = bins;
    return c;
}

Run run_of_task(const Knobs& k, const std::string& name) {
    auto source = std::make_shared<Source>();
    data::TaskConfig task{.task = data::task_named(name), .modulus = k.size("modulus")};
    task.length = k.size("length");
    if (task.task == data::Task::induction) task.length = std::max<std::size_t>(task.length, 2);
    source->task = task;
    source->words = data::task_vocabulary(task);
    for (std::size_t i = 0; i < 2; ++i)
        source->held_out.push_back(data::task_batch(task, 64, k.seed(), i, data::Part::validation));

    model::TrainerConfig c = config_of(k);
    c.model.vocab_size = source->words.size();
    c.model.context = data::task_tokens(task);
    const auto& x = source->held_out[0].x;
    c.probe.assign(x.begin(), x.begin() + std::ptrdiff_t(c.model.context));
    const std::size_t rows = c.batch;
    const std::uint64_t seed = c.seed;
    return {model::Trainer(
                c, [=](std::size_t step) { return data::task_batch(task, rows, seed, step); },
                source->held_out),
            source};
}

tokenizer::Tokenizer merged_pairs(std::string_view text, std::size_t vocabulary) {
    tokenizer::BpeTrainConfig config;
    config.vocab_size = vocabulary;
    return tokenizer::Tokenizer(tokenizer::Bpe(tokenizer::bpe_train({&text, 1}, config)));
}

Run run_of_text(const Knobs& k, const std::string& name, const Workspace& w) {
    const data::Corpus corpus = name == "stories_en"   ? data::load_corpus("stories:en")
                                : name == "stories_zh" ? data::load_corpus("stories:zh")
                                                       : data::corpus_of("own text", w.text);
    auto source = std::make_shared<Source>();
    const bool from_file = name == "own_text" && w.tokenizer != "words" && w.tokenizer != "char";
    source->tokenizer = from_file ? tokenizer::load_tokenizer(w.tokenizer)
                        : k.choice("split") == "pairs"
                            ? merged_pairs(corpus.text, k.size("vocabulary"))
                            : tokenizer::characters_tokenizer(corpus.text);
    const auto& t = *source->tokenizer;
    for (std::size_t id = 0; id < t.vocab_size(); ++id)
        source->words.push_back(t.has(int(id)) ? shown_token(t.token_bytes(int(id))) : "");

    const auto parts = data::split_text(corpus.text, 0.1);
    std::vector<int> train = t.encode(parts.train), validation = t.encode(parts.validation);
    if (train.size() < 2) train = t.encode(corpus.text), validation.clear();  // nothing to spare
    if (train.size() < 2)
        throw ValueError("the text has " + std::to_string(train.size()) +
                         " tokens to learn from, wanted at least 2: paste a longer one");
    if (validation.size() < 2) validation.clear();

    model::TrainerConfig c = config_of(k);
    c.model.vocab_size = t.vocab_size();
    c.tokens = std::min(c.model.context, train.size() - 1);
    c.probe = name == "stories_en"   ? t.encode("Once upon a time")
              : name == "stories_zh" ? t.encode("从前，有一个小女孩，名字叫小")
                                     : train;
    c.prompt = c.probe;
    c.prompt.resize(std::min({c.prompt.size(), prompt_tokens, c.model.context}));
    c.probe.resize(std::min(c.prompt.size(), probe_tokens));
    c.sample_tokens = sample_tokens;
    return {model::Trainer(c, std::move(train), std::move(validation)), source};
}

Run run_of(const Knobs& k, const Inputs& in) {
    const std::string& name = k.choice("source");
    const auto& tasks = data::task_names();
    return std::find(tasks.begin(), tasks.end(), name) != tasks.end()
               ? run_of_task(k, name)
               : run_of_text(k, name, in.workspace());
}

}  // namespace

std::unique_ptr<Job> start(const Knobs& k, const Inputs& in) {
    Run run = run_of(k, in);
    const std::string& changed = k.choice("second");
    if (changed != "none") {
        const auto& declared = k.declared();
        const Knob& knob = *std::find_if(declared.begin(), declared.end(),
                                         [&](const Knob& one) { return one.name == changed; });
        const double first = k.number(changed);
        const double own = value_beside(knob, first, k.number("factor"));
        Knobs other = k;
        other.set(changed, number_text(own));
        run.second = Second{run_of(other, in).trainer, knob, k.number("factor"), {first, own}};
    }
    return make_job(std::move(run));
}

}  // namespace orrery::viz::trainer_panel
