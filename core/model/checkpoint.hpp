// Checkpoint: a trained model as files, in the names and layout that others read
//
// A model directory holds config.json, model.safetensors and tokenizer.json, as Hugging Face's GPT-2
// has them. There, linear weights are [in, out] (ours are [out, in]) and q, k, v are packed in
// `c_attn`; the transposes are made here and nowhere else:
//
//   transformer.wte.weight [V, d]            token_embedding
//   transformer.wpe.weight [context, d]      position_embedding
//   transformer.h.0.ln_1.weight, .bias       block.0.norm_1.gain, .bias
//   transformer.h.0.attn.c_attn.weight       block.0.attention.qkv.weight, transposed
//   transformer.h.0.attn.c_proj.weight       block.0.attention.out.weight, transposed
//   transformer.h.0.ln_2.weight, .bias       block.0.norm_2.gain, .bias
//   transformer.h.0.mlp.c_fc.weight          block.0.feed_forward.up.weight, transposed
//   transformer.h.0.mlp.c_proj.weight        block.0.feed_forward.down.weight, transposed
//   transformer.ln_f.weight, .bias           final_norm.gain, .bias
//   lm_head.weight [V, d]                    output.weight, only when not tied
//
// What that architecture has not is written so that it computes the same there: a model without
// biases gets biases of 0, fixed positions are written as a table. Fields of our own under "orrery"
// say what it was, so that it comes back as it went.
#pragma once

#include <optional>
#include <string>

#include "core/data/tasks.hpp"
#include "core/model/decoder_weights.hpp"
#include "core/tensor/safetensors.hpp"
#include "core/tokenizer/tokenizer.hpp"

namespace orrery::model {

struct Checkpoint {
    CausalDecoderConfig config;
    DecoderWeights weights;
    std::optional<tokenizer::Tokenizer> tokenizer;  // absent: a task's, or a model of bare ids
    std::optional<data::TaskConfig> task;           // what it was trained on, when that was a task
};

// Writes the three files, making the directory if need be; each file is replaced whole or not at
// all, the weights last. FormatError with the system's reason (disk full).
void save_checkpoint(const std::string& directory, const Checkpoint& checkpoint);

// FormatError with path, place and what was expected; nothing is half-loaded.
Checkpoint load_checkpoint(const std::string& directory);

// The parts, for tests and for what comes over other ways than a disk.
std::string config_json(const Checkpoint& checkpoint);
// Fills config and task. `path` stands in messages.
void parse_config(std::string_view json, const std::string& path, Checkpoint& checkpoint);
Safetensors to_gpt2(const CausalDecoderConfig& config, const DecoderWeights& weights);
DecoderWeights from_gpt2(const CausalDecoderConfig& config, const Safetensors& file,
                         const std::string& path);

}  // namespace orrery::model
