// orrery train: a model from a text or a task, as a stream of JSON lines and a model directory
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/text.hpp"
#include "core/data/corpus.hpp"
#include "core/data/tasks.hpp"
#include "core/model/checkpoint.hpp"
#include "core/model/trainer.hpp"
#include "core/tensor/safetensors.hpp"
#include "core/tokenizer/bpe.hpp"
#include "viz/app/long_work.hpp"
#include "viz/app/model_commands.hpp"
#include "viz/app/train_settings.hpp"

namespace orrery::viz {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

constexpr double save_every_seconds = 60;
constexpr std::size_t task_validation_batches = 4, task_validation_rows = 64;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

void note(const std::string& line) { std::fprintf(stderr, "orrery: note: %s\n", line.c_str()); }

std::string path_in(const std::string& directory, const char* name) {
    return (std::filesystem::path(directory) / name).string();
}

// ---------------------------------------------------------------- what a run is made of

struct Run {
    TrainOptions options;  // with those of a resumed run filled in
    TrainSettings settings;
    std::optional<tokenizer::Tokenizer> tokenizer;
    std::optional<data::TaskConfig> task;
    std::string data_sha256, wanted_sha256;  // of the text; of the one a saved run has learned from
    std::vector<data::Batch> task_validation;
    std::unique_ptr<model::Trainer> trainer;
};

void read_config(TrainSettings& settings, const std::string& path, std::set<std::string>& given) {
    const json document = json::parse(read_file(path, 10'000'000), nullptr, false);
    if (!document.is_object())
        throw FormatError(path, "", "is no JSON object, wanted {\"layers\": 4, …}");
    if (document.contains("model_type")) {  // a model's own config.json
        model::Checkpoint checkpoint;
        model::parse_config(document.dump(), path, checkpoint);
        settings.trainer.model = checkpoint.config;
        given.insert("context");
        return;
    }
    for (const auto& [name, value] : document.items()) {
        if (value.is_structured())
            throw FormatError(path, name, "wanted a number, a word, true or false");
        const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
        try {
            set_setting(settings, name, text);
        } catch (const ValueError& error) {
            throw FormatError(path, name, error.what());
        }
        given.insert(name);
    }
}

void read_settings(Run& run, std::set<std::string>& given) {
    if (!run.options.config.empty()) read_config(run.settings, run.options.config, given);
    for (const std::string& setting : run.options.set) {
        const std::size_t equals = setting.find('=');
        if (equals == std::string::npos)
            throw ValueError("--set " + setting + ": has no =, wanted name=value");
        set_setting(run.settings, setting.substr(0, equals), setting.substr(equals + 1));
        given.insert(setting.substr(0, equals));
    }
}

// Steps, and how often to examine and to report, where they were not said.
void fill_counts(Run& run, std::size_t default_steps, bool is_replay) {
    TrainOptions& o = run.options;
    if (o.steps < 0) o.steps = (long long)(default_steps);
    if (o.eval_every < 0) o.eval_every = std::max(1LL, o.steps / 10);
    if (o.log_every < 0) o.log_every = is_replay ? 1 : 10;
    if (o.log_every == 0) throw ValueError("--log-every is 0, wanted 1 or more");
    run.settings.trainer.steps = std::size_t(o.steps);
    run.settings.trainer.seed = o.seed;
    run.settings.trainer.eval_every = std::size_t(o.eval_every);
}

void prepare_task(Run& run, const std::string& name, const std::set<std::string>& given) {
    data::TaskConfig& task = run.settings.task;
    task.task = data::task_named(name);
    data::check(task);
    run.task = task;
    auto& config = run.settings.trainer;
    config.model.vocab_size = data::task_vocabulary(task).size();
    config.tokens = data::task_tokens(task);
    if (!given.contains("context")) config.model.context = config.tokens;
    for (std::size_t i = 0; i < task_validation_batches; ++i)
        run.task_validation.push_back(data::task_batch(task, task_validation_rows, run.options.seed,
                                                       i, data::Part::validation));
    const std::size_t rows = config.batch;
    const std::uint64_t seed = run.options.seed;
    run.trainer = std::make_unique<model::Trainer>(
        config, [=](std::size_t step) { return data::task_batch(task, rows, seed, step); },
        run.task_validation);
}

// "" and "char": the text's characters; "bpe" or "bpe:N": pairs merged on this text until there are
// N tokens; else a path.
tokenizer::Tokenizer tokenizer_for(const std::string& choice, const std::string& text) {
    if (choice.empty() || choice == "char") return tokenizer::characters_tokenizer(text);
    if (choice != "bpe" && !choice.starts_with("bpe:")) return tokenizer::load_tokenizer(choice);
    tokenizer::BpeTrainConfig config;
    long long size = 0;
    if (choice.size() > 4) {
        if (!parse_integer(choice.substr(4), size) || size < 257 || size > 1 << 20)
            throw ValueError("--tokenizer " + choice + ": wanted a vocabulary of 257 to 1048576");
        config.vocab_size = std::size_t(size);
    }
    const std::string_view whole = text;
    return tokenizer::Tokenizer(tokenizer::Bpe(tokenizer::bpe_train({&whole, 1}, config)));
}

void prepare_text(Run& run, const std::set<std::string>& given) {
    const bool has_tokenizer_already = run.tokenizer.has_value();
    const TrainOptions& o = run.options;
    const data::Corpus corpus = data::load_corpus(o.data);
    if (!corpus.note.empty()) note(corpus.name + ": " + corpus.note);
    run.data_sha256 = sha256(corpus.text);
    if (!run.wanted_sha256.empty() && run.wanted_sha256 != run.data_sha256)
        throw ValueError(o.data + ": is not the text that the run in " + o.resume +
                         " has learned from: give that one with --data");

    if (!has_tokenizer_already) run.tokenizer = tokenizer_for(o.tokenizer, corpus.text);
    const auto parts = data::split_text(corpus.text, o.val);
    std::vector<int> train = run.tokenizer->encode(parts.train);
    std::vector<int> validation = run.tokenizer->encode(parts.validation);
    if (train.size() < 2) train = run.tokenizer->encode(corpus.text), validation.clear();
    if (train.size() < 2)
        throw FormatError(o.data, "",
                          "has " + std::to_string(train.size()) +
                              " tokens to learn from, wanted 2 "
                              "or more: give a longer text or a smaller --val");
    if (validation.size() == 1) validation.clear();
    if (validation.empty() && o.val > 0) note("the text is too short to hold a part of it out");

    auto& config = run.settings.trainer;
    const std::size_t vocabulary = run.tokenizer->vocab_size();
    if (o.init.empty() && !given.contains("vocab_size")) config.model.vocab_size = vocabulary;
    if (vocabulary > config.model.vocab_size)
        throw ValueError("--tokenizer: has " + std::to_string(vocabulary) +
                         " tokens, and the model "
                         "only " +
                         std::to_string(config.model.vocab_size));
    const std::size_t wanted = config.tokens == 0 ? config.model.context : config.tokens;
    if (train.size() <= wanted) {
        config.tokens = train.size() - 1;
        note("the text has only " + std::to_string(train.size()) +
             " tokens to learn from; examples "
             "are " +
             std::to_string(config.tokens) + " long instead of " + std::to_string(wanted));
    }
    run.trainer = std::make_unique<model::Trainer>(config, std::move(train), std::move(validation));
}

// x and y of a file, [steps, batch, tokens], as batches.
std::vector<data::Batch> read_batches(const std::string& path) {
    const Safetensors file = read_safetensors(path);
    const auto get = [&](const char* name) {
        const auto found = file.tensors.find(name);
        if (found == file.tensors.end())
            throw FormatError(path, name, "is missing, wanted x and y");
        if (found->second.tensor.rank() != 3)
            throw FormatError(path, name,
                              "has shape " + to_string(found->second.tensor.shape()) +
                                  ", wanted [steps, batch, tokens]");
        return found->second.tensor;
    };
    const Tensor x = get("x"), y = get("y");
    if (x.shape() != y.shape()) throw FormatError(path, "y", "is not shaped like x");
    if (x.size() == 0) throw FormatError(path, "x", "is empty");
    std::vector<data::Batch> batches(x.dim(0), {x.dim(1), x.dim(2), {}, {}});
    const std::size_t each = x.dim(1) * x.dim(2);
    for (std::size_t i = 0; i < x.size(); ++i) {
        const float id = x.flat()[i], target = y.flat()[i];
        if (!(id >= 0) || id != std::floor(id)) throw FormatError(path, "x", "holds what is no id");
        if (target != std::floor(target)) throw FormatError(path, "y", "holds what is no id");
        batches[i / each].x.push_back(int(id));
        batches[i / each].y.push_back(target < 0 ? data::no_target : int(target));
    }
    return batches;
}

void prepare_batches(Run& run, std::vector<data::Batch> given, const std::set<std::string>& set) {
    auto& config = run.settings.trainer;
    config.batch = given[0].rows;
    config.tokens = given[0].tokens;
    if (run.options.init.empty()) {
        if (!set.contains("context")) config.model.context = config.tokens;
        if (!set.contains("vocab_size")) {
            int most = 0;
            for (const auto& batch : given)
                for (const auto* ids : {&batch.x, &batch.y})
                    most = std::max(most, *std::max_element(ids->begin(), ids->end()));
            config.model.vocab_size = std::size_t(most) + 1;
        }
    }
    if (config.steps > given.size())
        throw ValueError("--steps is " + std::to_string(config.steps) + ", and " +
                         run.options.batches + " has batches for " + std::to_string(given.size()));
    const auto shared = std::make_shared<const std::vector<data::Batch>>(std::move(given));
    run.trainer = std::make_unique<model::Trainer>(
        config, [shared](std::size_t step) { return (*shared)[step]; });
}

void prepare(Run& run, const std::optional<tokenizer::Tokenizer>& saved_tokenizer) {
    std::set<std::string> given;
    read_settings(run, given);
    const TrainOptions& o = run.options;

    std::optional<model::Checkpoint> init;
    run.tokenizer = saved_tokenizer;
    if (!o.init.empty()) {
        init = model::load_checkpoint(o.init);
        for (const std::string& name : given)
            if (is_of_model(name)) {
                TrainSettings of_init = run.settings;
                of_init.trainer.model = init->config;
                if (written_setting(of_init, name) != written_setting(run.settings, name))
                    throw ValueError("--set " + name + ": is fixed by the model of --init");
            }
        run.settings.trainer.model = init->config;
        given.insert("context");
        if (o.tokenizer.empty() && !run.tokenizer) run.tokenizer = init->tokenizer;
    }

    std::vector<data::Batch> batches;
    if (!o.batches.empty()) batches = read_batches(o.batches);
    fill_counts(run, batches.empty() ? 2000 : batches.size(), !batches.empty());
    if (!batches.empty())
        prepare_batches(run, std::move(batches), given);
    else if (o.data.starts_with("task:"))
        prepare_task(run, o.data.substr(5), given);
    else if (!o.data.empty())
        prepare_text(run, given);
    else
        throw ValueError("train: no --data: give a text file, stories:en, stories:zh or task:NAME");
    if (run.task || !o.batches.empty()) run.tokenizer.reset();
    if (init) run.trainer->set_weights(init->weights);
}

// ---------------------------------------------------------------- saving and going on

constexpr const char* settings_file = "training.json";
constexpr const char* state_file = "training.state";

void save(const Run& run) {
    if (run.options.out.empty()) return;
    model::Checkpoint checkpoint{run.trainer->config().model, run.trainer->weights(), run.tokenizer,
                                 run.task};
    model::save_checkpoint(run.options.out, checkpoint);
    const TrainOptions& o = run.options;
    ordered_json document{{"data", o.data},
                          {"data_sha256", run.data_sha256},
                          {"batches", o.batches},
                          {"steps", o.steps},
                          {"done", run.trainer->position()},
                          {"val", o.val},
                          {"eval_every", o.eval_every},
                          {"log_every", o.log_every},
                          {"seed", o.seed}};
    for (const std::string& name : setting_names())
        document["settings"][name] = written_setting(run.settings, name);
    write_file(path_in(o.out, state_file), run.trainer->snapshot());
    write_file(path_in(o.out, settings_file), document.dump(2) + "\n");
}

// The options of a saved run, with what is given now on top.
TrainOptions resumed(const TrainOptions& now) {
    const std::string path = path_in(now.resume, settings_file);
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored))
        throw FormatError(now.resume, "", "holds no run to go on with: it has no training.json");
    const json document = json::parse(read_file(path, 10'000'000), nullptr, false);
    if (!document.is_object()) throw FormatError(path, "", "is no JSON object");
    TrainOptions o;
    try {
        o.data = document.at("data").get<std::string>();
        o.batches = document.at("batches").get<std::string>();
        o.steps = document.at("steps").get<long long>();
        o.val = document.at("val").get<double>();
        o.eval_every = document.at("eval_every").get<long long>();
        o.log_every = document.at("log_every").get<long long>();
        o.seed = document.at("seed").get<std::uint64_t>();
        for (const auto& [name, value] : document.at("settings").items())
            o.set.push_back(name + "=" + value.get<std::string>());
    } catch (const json::exception& error) {
        throw FormatError(path, "", error.what());
    }
    if (!now.config.empty() || !now.init.empty() || !now.tokenizer.empty())
        throw ValueError(
            "--resume: the run has its model already: leave out --config, --init and "
            "--tokenizer");
    if (!now.data.empty()) o.data = now.data;
    if (!now.batches.empty()) o.batches = now.batches;
    if (now.steps >= 0) o.steps = now.steps;
    if (now.log_every >= 0) o.log_every = now.log_every;
    o.resume = now.resume;
    o.out = now.out.empty() ? now.resume : now.out;
    return o;
}

Run resume(const TrainOptions& now) {
    Run run;
    run.options = resumed(now);
    const model::Checkpoint saved = model::load_checkpoint(now.resume);
    const json document =
        json::parse(read_file(path_in(now.resume, settings_file), 10'000'000), nullptr, false);
    if (const auto sha = document.find("data_sha256"); sha != document.end() && sha->is_string())
        run.wanted_sha256 = sha->get<std::string>();
    prepare(run, saved.tokenizer);
    run.trainer->restore(read_file(path_in(now.resume, state_file)));
    run.trainer->set("steps", std::to_string(run.options.steps));
    for (const std::string& setting : now.set) {  // a change from here on
        const std::size_t equals = setting.find('=');
        if (equals == std::string::npos)
            throw ValueError("--set " + setting + ": has no =, wanted name=value");
        run.trainer->set(setting.substr(0, equals), setting.substr(equals + 1));
        const auto names = setting_names();
        if (std::find(names.begin(), names.end(), setting.substr(0, equals)) != names.end())
            set_setting(run.settings, setting.substr(0, equals), setting.substr(equals + 1));
    }
    if (now.eval_every >= 0) run.trainer->set("eval_every", std::to_string(now.eval_every));
    if (run.trainer->done() && !run.trainer->not_finite())
        note("all " + std::to_string(run.trainer->position()) +
             " steps are done; give a larger "
             "--steps to go on");
    return run;
}

// ---------------------------------------------------------------- the stream

double scalar(const model::Trainer& trainer, const char* name) {
    for (const auto& [each, value] : trainer.scalars())
        if (each == name) return value;
    return std::numeric_limits<double>::quiet_NaN();
}

double task_exact_match(const Run& run) {
    model::CausalDecoder decoder(run.trainer->config().model, run.trainer->flat_weights());
    data::Answers sum;
    for (const data::Batch& batch : run.task_validation) {
        const Tensor ids({batch.rows, batch.tokens},
                         std::vector<float>(batch.x.begin(), batch.x.end()));
        const auto answers = data::check_answers(batch, decoder.logits(ids));
        sum.rows += answers.rows, sum.rows_right += answers.rows_right;
    }
    return sum.exact_match();
}

// Everything that is written while training runs.
class Report {
   public:
    explicit Report(const Run& run) : run_(run), logged_at_(run.trainer->position()) {}

    // After a step. False when nobody reads any more.
    bool step() {
        const auto& trainer = *run_.trainer;
        const std::size_t step = trainer.position();
        const double val_loss = scalar(trainer, "val_loss");
        const bool is_due = step % std::size_t(run_.options.log_every) == 0 || step == 1 ||
                            trainer.done() || !std::isnan(val_loss);
        if (is_due) line(step, val_loss);
        if (trainer.done() || bar_.is_due()) draw(step);
        return !is_due || (std::fflush(stdout) == 0 && !std::ferror(stdout));
    }
    void clear() { bar_.clear(); }

   private:
    void line(std::size_t step, double val_loss) {
        const auto& trainer = *run_.trainer;
        const auto& config = trainer.config();
        const std::size_t tokens = config.tokens == 0 ? config.model.context : config.tokens;
        const double seconds = std::max(1e-9, seconds_since(logged_));
        const double count = double((step - logged_at_) * config.batch * tokens);
        ordered_json out{{"step", step}, {"loss", scalar(trainer, "loss")}};
        if (!std::isnan(val_loss)) out["val_loss"] = val_loss;
        if (!std::isnan(val_loss) && run_.task) out["exact_match"] = task_exact_match(run_);
        out["lr"] = scalar(trainer, "lr");
        out["grad_norm"] = scalar(trainer, "grad_norm");
        out["tokens_per_s"] = std::round(count / seconds);
        clear();
        std::printf("%s\n", out.dump().c_str());
        logged_ = Clock::now();
        logged_at_ = step;
    }
    void draw(std::size_t step) {
        const std::size_t total = run_.trainer->total();
        char words[96];
        std::snprintf(words, sizeof words, "step %zu/%zu  loss %.3f", step, total,
                      scalar(*run_.trainer, "loss"));
        bar_.draw(step, total, words, true);
    }

    const Run& run_;
    ProgressBar bar_;
    Clock::time_point logged_ = Clock::now();
    std::size_t logged_at_;
};

}  // namespace

int train_command(const TrainOptions& options) {
    if (options.out.empty() && options.resume.empty() && options.batches.empty())
        throw ValueError("train: no --out: name the directory that the model is to be written to");
    if (!(options.val >= 0.0 && options.val < 1.0))
        throw ValueError("--val: is " + number_text(options.val) +
                         ", wanted 0 or more and less than 1");
    Run run;
    if (options.resume.empty()) {
        run.options = options;
        prepare(run, {});
    } else
        run = resume(options);
    try {
        save(run);  // a directory that cannot be written is better known now
    } catch (const FormatError& error) {
        throw FormatError(std::string(error.what()) + ": make room there or name another --out");
    }
    listen_for_stop();

    Report report(run);
    auto& trainer = *run.trainer;
    auto saved = Clock::now();
    bool is_read = true;
    while (!trainer.done() && !stop_was_asked() && is_read) {
        trainer.step();
        if (trainer.not_finite()) break;
        is_read = report.step();
        if (seconds_since(saved) > save_every_seconds) {
            try {
                save(run);
            } catch (const FormatError& error) {  // the run matters more than this copy of it
                report.clear();
                note(std::string("not saved yet: ") + error.what());
            }
            saved = Clock::now();
        }
    }
    report.clear();
    std::fflush(stdout);

    if (const auto& broken = trainer.not_finite()) {
        std::fprintf(stderr, "orrery: training stopped at step %zu: %s: %s\n", broken->step,
                     broken->tensor.c_str(), broken->why.c_str());
        return 1;
    }
    try {
        save(run);
    } catch (const FormatError& error) {
        std::fprintf(stderr,
                     "orrery: %s: the copy saved before is untouched: make room and repeat, "
                     "or go on from it with --resume\n",
                     error.what());
        return 1;
    }
    if (stop_was_asked() || !is_read) {
        note("stopped after step " + std::to_string(trainer.position()) +
             (run.options.out.empty() ? ""
                                      : "; orrery train --resume " + run.options.out + " goes on"));
        if (!is_read) std::clearerr(stdout);
    }
    return 0;
}

}  // namespace orrery::viz
