// orrery eval: how surprised a model is by a text, and its logits for given ids
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "core/data/corpus.hpp"
#include "core/data/tasks.hpp"
#include "core/model/causal_decoder.hpp"
#include "core/model/checkpoint.hpp"
#include "core/tensor/safetensors.hpp"
#include "viz/app/model_commands.hpp"

namespace orrery::viz {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t task_rows = 1000;

void print(const ordered_json& result, bool as_json) {
    if (as_json) {
        std::printf("%s\n", result.dump().c_str());
        return;
    }
    for (const auto& [name, value] : result.items()) {
        std::string words = name;
        std::replace(words.begin(), words.end(), '_', ' ');
        if (value.is_number_float())
            std::printf("%-14s %.6g\n", words.c_str(), value.get<double>());
        else
            std::printf("%-14s %s\n", words.c_str(), value.dump().c_str());
    }
}

int evaluate_text(const EvalOptions& o, const model::Checkpoint& m) {
    if (!m.tokenizer)
        throw FormatError(o.model, "", "has no tokenizer.json, wanted one to read the text with");
    const data::Corpus corpus = data::load_corpus(o.data);
    if (!corpus.note.empty())
        std::fprintf(stderr, "orrery: note: %s: %s\n", corpus.name.c_str(), corpus.note.c_str());
    const std::vector<int> ids = m.tokenizer->encode(corpus.text);
    if (ids.size() < 2)
        throw FormatError(o.data, "", "has one token, wanted two: one to read and one to predict");

    model::CausalDecoder decoder(m.config, m.weights);
    const model::LossSum sum = decoder.loss(ids);
    // The first token is given; bits are counted against the bytes of all others.
    const std::size_t bytes = corpus.text.size() - m.tokenizer->token_bytes(ids[0]).size();
    print({{"loss", sum.mean()},
           {"perplexity", std::exp(sum.mean())},
           {"bits_per_byte", bytes == 0 ? 0.0 : sum.nats / std::log(2.0) / double(bytes)},
           {"tokens", sum.tokens},
           {"bytes", bytes}},
          o.json);
    return 0;
}

int evaluate_task(const EvalOptions& o, const model::Checkpoint& m) {
    data::TaskConfig task = m.task.value_or(data::TaskConfig{});
    task.task = data::task_named(o.data.substr(5));
    if (!m.task || m.task->task != task.task)
        throw ValueError(o.data + ": the model has not learned this task: " +
                         (m.task ? "it has learned " + std::string(data::name_of(m.task->task))
                                 : "it has learned a text"));
    const data::Batch batch = data::task_batch(task, task_rows, 1, 0, data::Part::validation);
    model::CausalDecoder decoder(m.config, m.weights);
    const Tensor ids({batch.rows, batch.tokens},
                     std::vector<float>(batch.x.begin(), batch.x.end()));
    const data::Answers answers = data::check_answers(batch, decoder.logits(ids));
    const model::LossSum sum = decoder.loss(batch.x, batch.y, batch.tokens);
    print({{"loss", sum.mean()},
           {"perplexity", std::exp(sum.mean())},
           {"exact_match", answers.exact_match()},
           {"rows", answers.rows},
           {"tokens", sum.tokens}},
          o.json);
    return 0;
}

int write_logits(const EvalOptions& o, const model::Checkpoint& m) {
    const Safetensors file = read_safetensors(o.ids);
    const auto found = file.tensors.find("ids");
    if (found == file.tensors.end()) throw FormatError(o.ids, "ids", "is missing");
    const Tensor& ids = found->second.tensor;
    if (ids.rank() != 2)
        throw FormatError(o.ids, "ids",
                          "has shape " + to_string(ids.shape()) + ", wanted [batch, tokens]");
    model::CausalDecoder decoder(m.config, m.weights);
    const std::size_t rows = ids.dim(0), tokens = ids.dim(1), V = m.config.vocab_size;
    Tensor logits({rows, tokens, V});
    // a few rows at a time: the work space is larger than what comes of it
    const std::size_t at_once = std::max<std::size_t>(1, 4096 / std::max<std::size_t>(1, tokens));
    for (std::size_t row = 0; row < rows && tokens > 0; row += at_once) {
        const std::size_t count = std::min(at_once, rows - row);
        const auto flat = ids.flat().subspan(row * tokens, count * tokens);
        const Tensor part =
            decoder.logits(Tensor({count, tokens}, std::vector<float>(flat.begin(), flat.end())));
        std::memcpy(logits.data() + row * tokens * V, part.data(), part.size() * sizeof(float));
    }
    Safetensors out;
    out.tensors["logits"] = {logits};
    write_safetensors(o.logits, out);
    return 0;
}

}  // namespace

int eval_command(const EvalOptions& o) {
    if (o.ids.empty() != o.logits.empty())
        throw ValueError("eval: --ids and --logits go together: what to read and where to write");
    if (o.ids.empty() == o.data.empty())
        throw ValueError("eval: wanted either --data FILE, or --ids with --logits");
    const model::Checkpoint m = model::load_checkpoint(o.model);
    if (!o.ids.empty()) return write_logits(o, m);
    return o.data.starts_with("task:") ? evaluate_task(o, m) : evaluate_text(o, m);
}

}  // namespace orrery::viz
