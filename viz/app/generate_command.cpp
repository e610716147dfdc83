// orrery generate: a model continues a prompt, token by token
#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/infer/sampling.hpp"
#include "core/model/causal_decoder.hpp"
#include "core/model/checkpoint.hpp"
#include "viz/app/model_commands.hpp"

namespace orrery::viz {
namespace {

// Text as JSON can carry it: bytes that are no whole character show as ⟨E4 BD⟩.
std::string readable(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint point = next_code_point(text.substr(at));
        if (point.valid) {
            out += text.substr(at, point.length);
            at += point.length;
            continue;
        }
        out += "⟨";
        for (bool first = true; at < text.size() && !next_code_point(text.substr(at)).valid; ++at) {
            char digits[4];
            std::snprintf(digits, sizeof digits, "%02X",
                          unsigned(static_cast<unsigned char>(text[at])));
            out += (first ? "" : " ") + std::string(digits);
            first = false;
        }
        out += "⟩";
    }
    return out;
}

std::string decode(const model::Checkpoint& m, std::span<const int> ids) {
    if (m.task) return data::task_text(*m.task, ids);
    return m.tokenizer->decode(ids);
}

std::vector<int> encode_prompt(const model::Checkpoint& m, const std::string& prompt) {
    std::vector<int> ids = m.task ? data::task_ids(*m.task, prompt) : m.tokenizer->encode(prompt);
    if (!ids.empty()) return ids;
    // Nothing to go on from: the sign between texts, or a new line, or the first id there is.
    if (m.task)
        throw ValueError("--prompt: is empty, wanted a question of the task " +
                         std::string(data::name_of(m.task->task)));
    for (const char* start : {"<|endoftext|>", "\n"}) try {
            ids = m.tokenizer->encode(start, {.special = true});
            if (ids.size() == 1) return ids;
        } catch (const ValueError&) {
            // a character it has never seen
        }
    return {0};
}

// The one id that ends a text, when the tokenizer has it.
std::optional<int> end_of_text(const model::Checkpoint& m) {
    if (m.task || m.tokenizer->kind() == "char") return {};
    const auto ids = m.tokenizer->encode("<|endoftext|>", {.special = true});
    if (ids.size() == 1) return ids[0];
    return {};
}

}  // namespace

int generate_command(const GenerateOptions& o) {
    const model::Checkpoint m = model::load_checkpoint(o.model);
    if (!m.tokenizer && !m.task)
        throw FormatError(o.model, "", "has no tokenizer.json, wanted one to read the prompt with");
    std::vector<int> ids = encode_prompt(m, o.prompt);
    const std::vector<int> prompt_ids = ids;
    const infer::SamplingConfig sampling{o.greedy ? 0.0f : o.temperature, o.top_k, o.top_p};
    const std::optional<int> end = end_of_text(m);
    std::size_t most = o.max_tokens;
    if (m.task) {  // an answer has its length
        const std::size_t whole = data::task_tokens(*m.task) + 1;
        most = std::min(most, whole > ids.size() ? whole - ids.size() : 0);
    }

    model::CausalDecoder decoder(m.config, m.weights);
    const bool stream = !o.json && !m.task;
    if (stream) std::fwrite(o.prompt.data(), 1, o.prompt.size(), stdout);
    for (std::size_t i = 0; i < most; ++i) {
        const auto logits = decoder.next_token_logits(ids);
        const int id = infer::sampling(logits, sampling, o.seed, i);
        if (end && id == *end) break;
        ids.push_back(id);
        if (stream) {
            const std::string bytes = decode(m, std::span(&id, 1));
            std::fwrite(bytes.data(), 1, bytes.size(), stdout);
            if (std::fflush(stdout) != 0) return 1;
        }
    }
    const std::span<const int> added = std::span(ids).subspan(prompt_ids.size());
    if (o.json) {
        const nlohmann::ordered_json document{
            {"prompt", readable(o.prompt)},
            {"text", readable(decode(m, added))},
            {"prompt_ids", prompt_ids},
            {"ids", std::vector<int>(added.begin(), added.end())}};
        std::printf(
            "%s\n",
            document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
    } else
        std::printf("%s\n", stream ? "" : decode(m, ids).c_str());
    return 0;
}

}  // namespace orrery::viz
