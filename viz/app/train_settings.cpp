#include "viz/app/train_settings.hpp"

#include <cmath>
#include <functional>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "viz/app/model_commands.hpp"

namespace orrery::viz {
namespace {

struct Setting {
    std::string name;
    std::vector<std::string> aliases;  // what other programs call it
    bool of_model;
    std::function<std::string(const TrainSettings&)> get;
    std::function<void(TrainSettings&, std::string_view)> set;
};

[[noreturn]] void wrong(std::string_view value, const char* wanted) {
    throw ValueError("is \"" + std::string(value.substr(0, 40)) + "\", wanted " + wanted);
}

std::size_t read_size(std::string_view text) {
    long long number = 0;
    if (!parse_integer(text, number) || number < 0) wrong(text, "a whole number, 0 or more");
    return std::size_t(number);
}

float read_real(std::string_view text) {
    double number = 0;
    if (!parse_number(text, number) || !std::isfinite(number)) wrong(text, "a number");
    return float(number);
}

bool read_flag(std::string_view text) {
    if (text == "true" || text == "1" || text == "on") return true;
    if (text == "false" || text == "0" || text == "off") return false;
    wrong(text, "true or false");
}

// A setting that reads and writes the place that `in` points out.
template <class Place>
Setting setting(std::string name, std::vector<std::string> aliases, bool of_model, Place in) {
    using T = std::remove_cvref_t<decltype(in(std::declval<TrainSettings&>()))>;
    return {std::move(name), std::move(aliases), of_model,
            [in](const TrainSettings& settings) -> std::string {
                const T& value = in(const_cast<TrainSettings&>(settings));
                if constexpr (std::is_same_v<T, bool>)
                    return value ? "true" : "false";
                else if constexpr (std::is_same_v<T, std::size_t>)
                    return std::to_string(value);
                else if constexpr (std::is_same_v<T, float>)
                    return number_text(value, 9);
                else
                    return value;
            },
            [in](TrainSettings& settings, std::string_view text) {
                T& value = in(settings);
                if constexpr (std::is_same_v<T, bool>)
                    value = read_flag(text);
                else if constexpr (std::is_same_v<T, std::size_t>)
                    value = read_size(text);
                else if constexpr (std::is_same_v<T, float>)
                    value = read_real(text);
                else
                    value = std::string(text);
            }};
}

const std::vector<Setting>& settings_table() {
    using S = TrainSettings;
    static const std::vector<Setting> table{
        setting(
            "layers", {"n_layer"}, true, [](S & s) -> auto& { return s.trainer.model.layers; }),
        setting(
            "heads", {"n_head"}, true, [](S & s) -> auto& { return s.trainer.model.heads; }),
        setting(
            "width", {"n_embd"}, true, [](S & s) -> auto& { return s.trainer.model.width; }),
        setting(
            "hidden", {"n_inner"}, true, [](S & s) -> auto& { return s.trainer.model.hidden; }),
        setting(
            "context", {"block_size", "n_positions"}, true,
            [](S & s) -> auto& { return s.trainer.model.context; }),
        setting(
            "vocab_size", {}, true, [](S & s) -> auto& { return s.trainer.model.vocab_size; }),
        setting(
            "bias", {}, true, [](S & s) -> auto& { return s.trainer.model.bias; }),
        setting(
            "tied", {"tie_word_embeddings"}, true,
            [](S & s) -> auto& { return s.trainer.model.tied; }),
        setting(
            "activation", {}, true, [](S & s) -> auto& { return s.trainer.model.activation; }),
        setting(
            "position", {}, true, [](S & s) -> auto& { return s.trainer.model.position; }),
        setting(
            "norm_eps", {"layer_norm_epsilon"}, true,
            [](S & s) -> auto& { return s.trainer.model.norm_eps; }),
        setting(
            "batch", {"batch_size"}, false, [](S & s) -> auto& { return s.trainer.batch; }),
        setting(
            "tokens", {}, false, [](S & s) -> auto& { return s.trainer.tokens; }),
        setting(
            "lr", {"learning_rate"}, false, [](S & s) -> auto& { return s.trainer.lr; }),
        setting(
            "min_lr", {}, false, [](S & s) -> auto& { return s.trainer.min_lr; }),
        setting(
            "warmup", {"warmup_iters"}, false, [](S & s) -> auto& { return s.trainer.warmup; }),
        setting(
            "beta1", {}, false, [](S & s) -> auto& { return s.trainer.beta1; }),
        setting(
            "beta2", {}, false, [](S & s) -> auto& { return s.trainer.beta2; }),
        setting(
            "eps", {}, false, [](S & s) -> auto& { return s.trainer.eps; }),
        setting(
            "weight_decay", {}, false, [](S & s) -> auto& { return s.trainer.weight_decay; }),
        setting(
            "clip", {"grad_clip"}, false, [](S & s) -> auto& { return s.trainer.clip; }),
        setting(
            "eval_tokens", {}, false, [](S & s) -> auto& { return s.trainer.eval_tokens; }),
        setting(
            "length", {}, false, [](S & s) -> auto& { return s.task.length; }),
        setting(
            "symbols", {}, false, [](S & s) -> auto& { return s.task.symbols; }),
        setting(
            "modulus", {}, false, [](S & s) -> auto& { return s.task.modulus; }),
        setting(
            "last_digit_first", {}, false, [](S & s) -> auto& { return s.task.last_digit_first; }),
    };
    return table;
}

const Setting& find(std::string_view name) {
    for (const Setting& each : settings_table()) {
        if (each.name == name) return each;
        for (const std::string& alias : each.aliases)
            if (alias == name) return each;
    }
    std::string wanted;
    for (const Setting& each : settings_table()) wanted += " " + each.name;
    throw ValueError("setting " + std::string(name) +
                     ": there is none of that name, wanted one of" + wanted);
}

}  // namespace

void set_setting(TrainSettings& settings, std::string_view name, std::string_view value) {
    const Setting& found = find(name);
    try {
        found.set(settings, trim(value));
    } catch (const ValueError& error) {
        throw ValueError("setting " + std::string(name) + ": " + error.what());
    }
}

std::string written_setting(const TrainSettings& settings, std::string_view name) {
    return find(name).get(settings);
}

std::vector<std::string> setting_names() {
    std::vector<std::string> names;
    for (const Setting& each : settings_table()) names.push_back(each.name);
    return names;
}

bool is_of_model(std::string_view name) { return find(name).of_model; }

std::string train_settings_help() {
    const TrainSettings defaults;
    std::string text;
    for (const Setting& each : settings_table())
        text += "  " + each.name + "=" + each.get(defaults) + "\n";
    return text;
}

}  // namespace orrery::viz
