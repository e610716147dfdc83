#include "viz/kit/language.hpp"

#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>

#include "viz/kit/resources.hpp"

namespace orrery::viz {

using Strings = std::map<std::string, std::string, std::less<>>;

std::string_view code(Language language) { return language == Language::english ? "en" : "zh"; }

// Whatever is not a flat object of strings is left out; the language test says so.
static Strings parse_strings(const std::string& text) {
    Strings found;
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (!json.is_object()) return found;
    for (const auto& [key, value] : json.items())
        if (value.is_string()) found.emplace(key, value.get<std::string>());
    return found;
}

const Strings& strings(Language language, std::string_view component) {
    static const Strings none;
    static std::mutex mutex;
    // By the address of the file's text: a file that was edited has another.
    static std::map<const std::string*, Strings> parsed;

    std::string path = "viz/";
    path += component.empty() ? "lang/" : std::string(component) + ".";
    path += code(language);
    path += ".json";
    const std::string* text = resource(path);
    if (!text) return none;
    const std::lock_guard lock(mutex);
    const auto known = parsed.find(text);
    if (known != parsed.end()) return known->second;
    return parsed.emplace(text, parse_strings(*text)).first->second;
}

const std::string* find_string(Language language, std::string_view component,
                               std::string_view key) {
    if (!component.empty()) {
        const Strings& own = strings(language, component);
        const auto found = own.find(key);
        if (found != own.end()) return &found->second;
    }
    const Strings& shell = strings(language, "");
    const auto found = shell.find(key);
    return found == shell.end() ? nullptr : &found->second;
}

std::string say(Language language, std::string_view component, std::string_view key,
                const Arguments& arguments) {
    const std::string* pattern = find_string(language, component, key);
    if (!pattern) return "⟦" + std::string(key) + "⟧";
    std::string text;
    for (std::size_t i = 0; i < pattern->size(); ++i) {
        const std::size_t end = (*pattern)[i] == '{' ? pattern->find('}', i) : pattern->npos;
        const std::string* value = nullptr;
        if (end != pattern->npos) {
            const std::string_view name(pattern->data() + i + 1, end - i - 1);
            for (const auto& argument : arguments)
                if (argument.first == name) value = &argument.second;
        }
        if (value) {
            text += *value;
            i = end;
        } else {
            text += (*pattern)[i];
        }
    }
    return text;
}

}  // namespace orrery::viz
