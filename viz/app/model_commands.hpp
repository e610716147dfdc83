// orrery train, generate, eval: models from the command line
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace orrery::viz {

struct TrainOptions {
    std::string data;       // a file, "-", "stories:en", "stories:zh" or "task:NAME"
    std::string tokenizer;  // "char", or the path of a tokenizer; "" = char, or that of `init`
    std::string config;     // JSON with the names of `set`, or a model's config.json
    std::vector<std::string> set;  // "name=value"
    long long steps = -1;          // -1: 2000, or as many as `batches` has, or what is left
    double val = 0.1;              // the fraction of the text held out
    long long eval_every = -1;     // -1: ten times in a run; 0: never
    long long log_every = -1;      // -1: every 10th step, or every one with `batches`
    std::uint64_t seed = 1;
    std::string out;      // a model directory
    std::string resume;   // a model directory of a run that is to go on
    std::string init;     // a model directory whose weights to begin with
    std::string batches;  // safetensors with x, y [steps, batch, tokens]
    bool json = false;    // as always: one object a line
};
// Prints one JSON object for each logged step. Ctrl-C stops after the step at hand and saves.
int train_command(const TrainOptions& options);
// The names that --set and --config take, with their defaults; a line each.
std::string train_settings_help();

struct GenerateOptions {
    std::string model;  // a model directory
    std::string prompt;
    bool greedy = false;
    float temperature = 1.0f;
    std::size_t top_k = 0;
    float top_p = 1.0f;
    std::size_t max_tokens = 200;
    std::uint64_t seed = 1;
    bool json = false;
};
int generate_command(const GenerateOptions& options);

struct EvalOptions {
    std::string model;        // a model directory
    std::string data;         // a file, "-", "stories:en", "stories:zh" or "task:NAME"
    std::string ids, logits;  // safetensors in and out
    bool json = false;
};
int eval_command(const EvalOptions& options);

}  // namespace orrery::viz
