#include "core/model/checkpoint.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/model/causal_decoder.hpp"
#include "tests/support/catch.hpp"

using namespace orrery;
using namespace orrery::model;

namespace {

const std::string reference =
    std::string(ORRERY_SOURCE_DIR) + "/tests/model/gpt2_reference.safetensors";

// The sizes of the reference, as Hugging Face's config.json says them.
constexpr const char* reference_config = R"({
    "model_type": "gpt2", "vocab_size": 11, "n_positions": 6, "n_embd": 8, "n_layer": 2,
    "n_head": 2, "n_inner": null, "activation_function": "gelu_new", "layer_norm_epsilon": 1e-05})";

std::string fresh_directory(const char* name) {
    const auto path =
        std::filesystem::temp_directory_path() / ("orrery_checkpoint_" + std::string(name));
    std::filesystem::remove_all(path);
    return path.string();
}

Checkpoint made_up(CausalDecoderConfig config) {
    Checkpoint checkpoint;
    checkpoint.config = config;
    checkpoint.weights = initial_weights(config, 3);
    return checkpoint;
}

CausalDecoderConfig small() {
    CausalDecoderConfig config;
    config.vocab_size = 7, config.context = 5, config.layers = 2, config.heads = 2,
    config.width = 8;
    return config;
}

void check_same(const DecoderWeights& a, const DecoderWeights& b) {
    REQUIRE(a.list.size() == b.list.size());
    for (std::size_t i = 0; i < a.list.size(); ++i) {
        CAPTURE(a.list[i].name);
        CHECK(a.list[i].name == b.list[i].name);
        CHECK(a.list[i].tensor.same_bits(b.list[i].tensor));
    }
}

}  // namespace

TEST_CASE("checkpoint: a GPT-2 in Hugging Face's layout gives PyTorch's logits",
          "[model][checkpoint]") {
    Checkpoint checkpoint;
    parse_config(reference_config, "config.json", checkpoint);
    CHECK(checkpoint.config.activation == "gelu_tanh");
    CHECK(checkpoint.config.hidden_width() == 32);
    const Safetensors file = read_safetensors(reference);
    const auto weights = from_gpt2(checkpoint.config, file, reference);
    const Tensor logits =
        causal_decoder(checkpoint.config, weights, file.tensors.find("ids")->second.tensor);
    const Tensor& wanted = file.tensors.find("logits")->second.tensor;
    REQUIRE(logits.shape() == wanted.shape());
    float largest = 0;
    for (std::size_t i = 0; i < logits.size(); ++i)
        largest = std::max(largest, std::abs(logits.flat()[i] - wanted.flat()[i]));
    CHECK(largest < 2e-5f);  // logits up to 5, a few dozen float operations deep
}

TEST_CASE("checkpoint: names without the prefix are read too", "[model][checkpoint]") {
    Checkpoint checkpoint;
    parse_config(reference_config, "config.json", checkpoint);
    Safetensors file = read_safetensors(reference), bare;
    for (const auto& [name, stored] : file.tensors)
        bare.tensors[name.starts_with("transformer.") ? name.substr(12) : name] = stored;
    check_same(from_gpt2(checkpoint.config, bare, "x"), from_gpt2(checkpoint.config, file, "x"));
}

TEST_CASE("checkpoint: what is written reads back to the bit", "[model][checkpoint]") {
    CausalDecoderConfig config = small();
    config.bias = GENERATE(true, false);
    config.tied = GENERATE(true, false);
    config.position = GENERATE("learned", "sinusoidal", "none");
    config.activation = config.tied ? "gelu" : "gelu_tanh";
    config.hidden = config.bias ? 12 : 0;
    CAPTURE(config.bias, config.tied, config.position);

    const std::string directory = fresh_directory("round");
    Checkpoint before = made_up(config);
    before.tokenizer = tokenizer::characters_tokenizer("abc 你");
    save_checkpoint(directory, before);
    const Checkpoint after = load_checkpoint(directory);

    CHECK(after.config == config);
    check_same(after.weights, before.weights);
    REQUIRE(after.tokenizer.has_value());
    CHECK(after.tokenizer->encode("你a") == before.tokenizer->encode("你a"));
    CHECK(!after.task.has_value());
    std::filesystem::remove_all(directory);
}

TEST_CASE("checkpoint: what GPT-2 has not is written so that it computes the same",
          "[model][checkpoint]") {
    CausalDecoderConfig config = small();
    config.bias = false;
    config.position = "sinusoidal";
    const Checkpoint ours = made_up(config);
    // read as a plain GPT-2, without our fields
    CausalDecoderConfig plain = config;
    plain.bias = true;
    plain.position = "learned";
    const auto weights = from_gpt2(plain, to_gpt2(config, ours.weights), "x");
    const Tensor ids({1, 5}, {0, 3, 6, 1, 2});
    const Tensor a = causal_decoder(config, ours.weights, ids),
                 b = causal_decoder(plain, weights, ids);
    for (std::size_t i = 0; i < a.size(); ++i)
        CHECK_THAT(a.flat()[i], WithinAbs(b.flat()[i], 1e-5));
}

TEST_CASE("checkpoint: a stand-in that came back trained is kept", "[model][checkpoint]") {
    CausalDecoderConfig config = small();
    config.bias = false;
    const std::string directory = fresh_directory("trained");
    save_checkpoint(directory, made_up(config));
    const std::string path = directory + "/model.safetensors";
    Safetensors file = read_safetensors(path);
    file.tensors["transformer.h.0.attn.c_attn.bias"].tensor.flat()[0] = 0.5f;
    write_safetensors(path, file);
    const Checkpoint after = load_checkpoint(directory);
    CHECK(after.config.bias);
    CHECK(after.weights["block.0.attention.qkv.bias"].flat()[0] == 0.5f);
    std::filesystem::remove_all(directory);
}

TEST_CASE("checkpoint: a task comes back with its model", "[model][checkpoint]") {
    Checkpoint before = made_up(small());
    before.task =
        data::TaskConfig{.task = data::Task::addition, .length = 3, .last_digit_first = true};
    Checkpoint after;
    parse_config(config_json(before), "config.json", after);
    REQUIRE(after.task.has_value());
    CHECK(after.task->task == data::Task::addition);
    CHECK(after.task->length == 3);
    CHECK(after.task->last_digit_first);
}

TEST_CASE("checkpoint: linear weights are transposed, embeddings are not", "[model][checkpoint]") {
    const Checkpoint checkpoint = made_up(small());
    const Safetensors file = to_gpt2(checkpoint.config, checkpoint.weights);
    const Tensor& packed = file.tensors.at("transformer.h.1.attn.c_attn.weight").tensor;
    const Tensor& ours = checkpoint.weights["block.1.attention.qkv.weight"];
    CHECK(packed.shape() == Shape{8, 24});
    CHECK(packed.at({2, 20}) == ours.at({20, 2}));
    CHECK(file.tensors.at("transformer.wte.weight").tensor.shape() == Shape{7, 8});
    CHECK(!file.tensors.contains("lm_head.weight"));
    CHECK(file.metadata.at("format") == "pt");
}

TEST_CASE("checkpoint: says what is wrong", "[model][checkpoint][errors]") {
    Checkpoint c;
    const auto parse = [&](const char* text) { parse_config(text, "c.json", c); };
    CHECK_THROWS_WITH(parse("[1, 2"), "c.json: is no JSON object, wanted a model's sizes");
    CHECK_THROWS_WITH(
        parse(R"({"model_type": "llama"})"),
        "c.json: model_type: is \"llama\", wanted gpt2, the architecture this program runs");
    CHECK_THROWS_WITH(parse(R"({"model_type": "gpt2"})"),
                      "c.json: vocab_size: is missing, wanted a whole number");
    CHECK_THROWS_WITH(parse(R"({"model_type": "gpt2", "vocab_size": -3})"),
                      "c.json: vocab_size: is -3, wanted a whole number from 1 to 10000000");
    CHECK_THROWS_AS(parse(R"({"model_type": "gpt2", "vocab_size": 9, "n_embd": 8, "n_layer": 1,
                              "n_head": 3})"),
                    FormatError);
    CHECK_THROWS_AS(parse(R"({"model_type": "gpt2", "vocab_size": 9, "n_embd": 8, "n_layer": 1,
                              "n_head": 2, "activation_function": "relu"})"),
                    FormatError);
    CHECK_THROWS_AS(parse(R"({"model_type": "gpt2", "vocab_size": 1e999})"), FormatError);

    CHECK_THROWS_AS(load_checkpoint("/no/such/directory"), FormatError);
    const std::string directory = fresh_directory("broken");
    save_checkpoint(directory, made_up(small()));
    const std::string weights = directory + "/model.safetensors";
    Safetensors file = read_safetensors(weights);
    file.tensors["transformer.wpe.weight"].tensor = Tensor({4, 8});
    write_safetensors(weights, file);
    CHECK_THROWS_WITH(
        load_checkpoint(directory),
        weights + ": transformer.wpe.weight: has shape [4, 8], wanted [5, 8] by config.json");
    file.tensors.erase("transformer.wpe.weight");
    write_safetensors(weights, file);
    CHECK_THROWS_WITH(load_checkpoint(directory), weights + ": transformer.wpe.weight: is missing");
    write_file(weights, "garbage");
    CHECK_THROWS_AS(load_checkpoint(directory), FormatError);
    std::filesystem::remove_all(directory);
    // a file stands where the directory should
    write_file(directory, "x");
    CHECK_THROWS_AS(save_checkpoint(directory, made_up(small())), FormatError);
    std::filesystem::remove_all(directory);
}
