#include "core/model/checkpoint.hpp"

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/text.hpp"
#include "core/position/sinusoidal.hpp"

namespace orrery::model {
namespace {

using nlohmann::json;

// ---------------------------------------------------------------- names

// Where a weight of ours stands in a GPT-2 file.
struct Place {
    std::string name;
    bool is_transposed = false;
};

Place place_of(std::string_view ours) {
    if (ours == "token_embedding") return {"wte.weight"};
    if (ours == "position_embedding") return {"wpe.weight"};
    if (ours == "final_norm.gain") return {"ln_f.weight"};
    if (ours == "final_norm.bias") return {"ln_f.bias"};
    if (ours == "output.weight") return {"lm_head.weight"};
    const std::size_t dot = ours.find('.', 6);  // after "block."
    const std::string block = "h." + std::string(ours.substr(6, dot - 6)) + ".";
    const std::string_view rest = ours.substr(dot + 1);
    //: linear weights are [in, out] there
    static const std::vector<std::pair<std::string_view, Place>> table{
        {"norm_1.gain", {"ln_1.weight"}},
        {"norm_1.bias", {"ln_1.bias"}},
        {"attention.qkv.weight", {"attn.c_attn.weight", true}},
        {"attention.qkv.bias", {"attn.c_attn.bias"}},
        {"attention.out.weight", {"attn.c_proj.weight", true}},
        {"attention.out.bias", {"attn.c_proj.bias"}},
        {"norm_2.gain", {"ln_2.weight"}},
        {"norm_2.bias", {"ln_2.bias"}},
        {"feed_forward.up.weight", {"mlp.c_fc.weight", true}},
        {"feed_forward.up.bias", {"mlp.c_fc.bias"}},
        {"feed_forward.down.weight", {"mlp.c_proj.weight", true}},
        {"feed_forward.down.bias", {"mlp.c_proj.bias"}},
    };
    for (const auto& [name, place] : table)
        if (name == rest) return {block + place.name, place.is_transposed};
    throw ValueError("checkpoint: GPT-2 has no place for " + std::string(ours));
}

std::string written_name(const std::string& place) {
    return place == "lm_head.weight" ? place : "transformer." + place;
}

// Models published before the prefix came into use lack it.
const Tensor* find_place(const Safetensors& file, const std::string& place) {
    for (const std::string& name : {written_name(place), place}) {
        const auto found = file.tensors.find(name);
        if (found != file.tensors.end()) return &found->second.tensor;
    }
    return nullptr;
}

// All slots that the architecture has when nothing is left out.
ParameterLayout full_layout(CausalDecoderConfig config) {
    config.bias = true;
    config.position = "learned";
    return parameter_layout(config);
}

// What stands in a slot that our model has not: no bias is 0, fixed positions are a table.
Tensor stand_in(const CausalDecoderConfig& config, const ParameterSlot& slot) {
    if (slot.name == "position_embedding" && config.position == "sinusoidal")
        return position::sinusoidal(config.context, config.width);
    return Tensor(slot.shape);
}

bool is_zero(const Tensor& t) {
    for (float v : t.flat())
        if (v != 0.0f) return false;
    return true;
}

// What was written as a stand-in and came back trained is a weight of its own now.
CausalDecoderConfig as_stored(CausalDecoderConfig config, const Safetensors& file) {
    const CausalDecoderConfig written = config;
    for (const ParameterSlot& slot : full_layout(written).slots) {
        const Tensor* stored = find_place(file, place_of(slot.name).name);
        if (!stored || stored->shape() != slot.shape) continue;
        if (!written.bias && slot.name.ends_with(".bias") && !is_zero(*stored)) config.bias = true;
        if (written.position != "learned" && slot.name == "position_embedding" &&
            !stored->same_bits(stand_in(written, slot)))
            config.position = "learned";
    }
    return config;
}

// ---------------------------------------------------------------- config.json

// One field, checked; every message names the file and the field.
class Fields {
   public:
    Fields(const json& object, std::string path, std::string prefix = "")
        : object_(object), path_(std::move(path)), prefix_(std::move(prefix)) {}

    [[noreturn]] void fail(const char* name, const std::string& what) const {
        throw FormatError(path_, prefix_ + name, what);
    }
    const json* find(const char* name) const {
        const auto found = object_.find(name);
        return found == object_.end() || found->is_null() ? nullptr : &*found;
    }
    std::size_t size(const char* name, std::size_t low, std::size_t high,
                     std::optional<std::size_t> otherwise = {}) const {
        const json* value = find(name);
        if (!value) {
            if (otherwise) return *otherwise;
            fail(name, "is missing, wanted a whole number");
        }
        const bool is_size = value->is_number_integer() &&
                             (value->is_number_unsigned() || value->get<long long>() >= 0);
        const auto number = is_size ? value->get<unsigned long long>() : 0ull;
        if (!is_size || number < low || number > high)
            fail(name, "is " + value->dump().substr(0, 40) + ", wanted a whole number from " +
                           std::to_string(low) + " to " + std::to_string(high));
        return std::size_t(number);
    }
    float real(const char* name, float otherwise) const {
        const json* value = find(name);
        if (!value) return otherwise;
        if (!value->is_number())
            fail(name, "is " + value->dump().substr(0, 40) + ", wanted a number");
        return value->get<float>();
    }
    bool flag(const char* name, bool otherwise) const {
        const json* value = find(name);
        if (!value) return otherwise;
        if (!value->is_boolean())
            fail(name, "is " + value->dump().substr(0, 40) + ", wanted true or false");
        return value->get<bool>();
    }
    std::string word(const char* name, const std::string& otherwise) const {
        const json* value = find(name);
        if (!value) return otherwise;
        if (!value->is_string())
            fail(name, "is " + value->dump().substr(0, 40) + ", wanted a word");
        return value->get<std::string>();
    }

   private:
    const json& object_;
    std::string path_, prefix_;
};

json task_json(const data::TaskConfig& task) {
    return {{"name", data::name_of(task.task)},
            {"length", task.length},
            {"symbols", task.symbols},
            {"modulus", task.modulus},
            {"last_digit_first", task.last_digit_first}};
}

data::TaskConfig task_from(const json& object, const std::string& path) {
    const Fields f(object, path, "orrery.task.");
    data::TaskConfig task;
    try {
        task.task = data::task_named(f.word("name", ""));
        task.length = f.size("length", 1, 64, task.length);
        task.symbols = f.size("symbols", 2, 26, task.symbols);
        task.modulus = f.size("modulus", 2, 1000, task.modulus);
        task.last_digit_first = f.flag("last_digit_first", false);
        data::check(task);
    } catch (const ValueError& error) {
        throw FormatError(path, "orrery.task", error.what());
    }
    return task;
}

std::string path_in(const std::string& directory, const char* name) {
    return (std::filesystem::path(directory) / name).string();
}

bool exists(const std::string& path) {
    std::error_code ignored;
    return std::filesystem::exists(path, ignored);
}

}  // namespace

Safetensors to_gpt2(const CausalDecoderConfig& config, const DecoderWeights& weights) {
    require_weights(config, weights);
    Safetensors file;
    file.metadata["format"] = "pt";  // other libraries refuse a file that does not say so
    for (const ParameterSlot& slot : full_layout(config).slots) {
        const Place place = place_of(slot.name);
        const Tensor* own = weights.find(slot.name);
        const Tensor tensor = own ? *own : stand_in(config, slot);
        file.tensors[written_name(place.name)] = {place.is_transposed ? tensor.transposed()
                                                                      : tensor};
    }
    return file;
}

DecoderWeights from_gpt2(const CausalDecoderConfig& config, const Safetensors& file,
                         const std::string& path) {
    DecoderWeights weights;
    for (const ParameterSlot& slot : parameter_layout(config).slots) {
        const Place place = place_of(slot.name);
        const Tensor* stored = find_place(file, place.name);
        if (!stored) throw FormatError(path, written_name(place.name), "is missing");
        Shape wanted = slot.shape;
        if (place.is_transposed) std::swap(wanted[0], wanted[1]);
        if (stored->shape() != wanted)
            throw FormatError(path, written_name(place.name),
                              "has shape " + to_string(stored->shape()) + ", wanted " +
                                  to_string(wanted) + " by config.json");
        weights.list.push_back({slot.name, place.is_transposed ? stored->transposed() : *stored});
    }
    return weights;
}

std::string config_json(const Checkpoint& checkpoint) {
    const CausalDecoderConfig& c = checkpoint.config;
    json own{{"bias", c.bias}, {"position", c.position}};
    if (checkpoint.tokenizer) own["tokenizer"] = checkpoint.tokenizer->kind();
    if (checkpoint.task) own["task"] = task_json(*checkpoint.task);
    const json document{
        {"architectures", {"GPT2LMHeadModel"}},
        {"model_type", "gpt2"},
        {"torch_dtype", "float32"},
        {"vocab_size", c.vocab_size},
        {"n_positions", c.context},
        {"n_embd", c.width},
        {"n_layer", c.layers},
        {"n_head", c.heads},
        {"n_inner", c.hidden_width()},
        {"activation_function", c.activation == "gelu_tanh" ? "gelu_new" : "gelu"},
        {"layer_norm_epsilon", double(c.norm_eps)},
        {"tie_word_embeddings", c.tied},
        {"embd_pdrop", 0.0},
        {"attn_pdrop", 0.0},
        {"resid_pdrop", 0.0},
        {"bos_token_id", nullptr},
        {"eos_token_id", nullptr},
        {"orrery", own},
    };
    return document.dump(2) + "\n";
}

void parse_config(std::string_view text, const std::string& path, Checkpoint& checkpoint) {
    const json document = json::parse(text, nullptr, false);
    if (!document.is_object())
        throw FormatError(path, "", "is no JSON object, wanted a model's sizes");
    const Fields f(document, path);
    if (const std::string type = f.word("model_type", ""); type != "gpt2")
        f.fail("model_type",
               "is \"" + type + "\", wanted gpt2, the architecture this program runs");

    CausalDecoderConfig c;
    c.vocab_size = f.size("vocab_size", 1, 10'000'000);
    c.context = f.size("n_positions", 1, 10'000'000, f.size("n_ctx", 1, 10'000'000, 1024));
    c.width = f.size("n_embd", 1, 1'000'000);
    c.layers = f.size("n_layer", 0, 10'000);
    c.heads = f.size("n_head", 1, 1'000'000);
    c.hidden = f.size("n_inner", 1, 10'000'000, 4 * c.width);
    if (c.hidden == 4 * c.width) c.hidden = 0;
    c.tied = f.flag("tie_word_embeddings", true);
    c.norm_eps = f.real("layer_norm_epsilon", 1e-5f);

    const std::string activation = f.word("activation_function", "gelu_new");
    if (activation == "gelu")
        c.activation = "gelu";
    else if (activation == "gelu_new" || activation == "gelu_pytorch_tanh")
        c.activation = "gelu_tanh";
    else
        f.fail("activation_function", "is \"" + activation + "\", wanted gelu or gelu_new");

    if (!f.flag("scale_attn_weights", true) || f.flag("scale_attn_by_inverse_layer_idx", false))
        f.fail("scale_attn_weights", "asks for another scale than 1/sqrt(head width)");
    if (f.flag("add_cross_attention", false))
        f.fail("add_cross_attention", "is true, wanted a model that reads its own text only");

    if (const json* own = f.find("orrery")) {
        if (!own->is_object()) f.fail("orrery", "wanted an object");
        const Fields g(*own, path, "orrery.");
        c.bias = g.flag("bias", true);
        c.position = g.word("position", "learned");
        if (const json* task = g.find("task")) {
            if (!task->is_object()) g.fail("task", "wanted an object");
            checkpoint.task = task_from(*task, path);
        }
    }
    try {
        check(c);
    } catch (const Error& error) {
        throw FormatError(path, "", error.what());
    }
    checkpoint.config = c;
}

void save_checkpoint(const std::string& directory, const Checkpoint& checkpoint) {
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    if (error) throw FormatError(directory, "", "cannot be made: " + error.message());
    if (checkpoint.tokenizer)
        write_file(path_in(directory, "tokenizer.json"), tokenizer_json(*checkpoint.tokenizer));
    write_file(path_in(directory, "config.json"), config_json(checkpoint));
    write_safetensors(path_in(directory, "model.safetensors"),
                      to_gpt2(checkpoint.config, checkpoint.weights));
}

Checkpoint load_checkpoint(const std::string& directory) {
    const std::string config = path_in(directory, "config.json");
    const std::string weights = path_in(directory, "model.safetensors");
    if (!exists(config))
        throw FormatError(directory, "", "is no model directory: it has no config.json");
    if (!exists(weights))
        throw FormatError(directory, "",
                          exists(weights + ".index.json")
                              ? "its weights are in several files, wanted one model.safetensors"
                              : "is no model directory: it has no model.safetensors");
    Checkpoint checkpoint;
    parse_config(read_file(config, 10'000'000), config, checkpoint);
    const Safetensors file = read_safetensors(weights);
    try {
        checkpoint.config = as_stored(checkpoint.config, file);
        checkpoint.weights = from_gpt2(checkpoint.config, file, weights);
    } catch (const ValueError& error) {
        throw FormatError(weights, "", error.what());
    }
    if (exists(path_in(directory, "tokenizer.json")) || exists(path_in(directory, "vocab.json"))) {
        checkpoint.tokenizer = tokenizer::load_tokenizer(directory);
        if (checkpoint.tokenizer->vocab_size() > checkpoint.config.vocab_size)
            throw FormatError(directory, "tokenizer.json",
                              "has " + std::to_string(checkpoint.tokenizer->vocab_size()) +
                                  " tokens, and the model only " +
                                  std::to_string(checkpoint.config.vocab_size));
    }
    return checkpoint;
}

}  // namespace orrery::model
