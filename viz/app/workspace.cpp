#include "viz/app/workspace.hpp"

#include <map>

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace orrery::viz {
namespace {

bool is_letter(const CodePoint& c) {
    return c.valid && (c.value >= 0x80 ? c.value < 0x2E80 && c.value != 0x3002
                                       : (c.value >= '0' && c.value <= '9') ||
                                             ((c.value | 32) >= 'a' && (c.value | 32) <= 'z') ||
                                             c.value == '\'' || c.value == '_');
}

std::vector<std::string> words(std::string_view text) {
    std::vector<std::string> found;
    bool joins = false;
    while (!text.empty() && found.size() < workspace_most_tokens) {
        const CodePoint c = next_code_point(text);
        const std::string_view bytes = text.substr(0, c.length);
        text.remove_prefix(c.length);
        if (c.value == ' ' || c.value == '\t' || c.value == '\n' || c.value == '\r') {
            joins = false;
        } else if (is_letter(c)) {
            if (joins)
                found.back() += bytes;
            else
                found.emplace_back(bytes);
            joins = true;
        } else {
            found.emplace_back(bytes);
            joins = false;
        }
    }
    return found;
}

std::vector<std::string> characters(std::string_view text) {
    std::vector<std::string> found;
    while (!text.empty() && found.size() < workspace_most_tokens) {
        const CodePoint c = next_code_point(text);
        found.emplace_back(text.substr(0, c.length));
        text.remove_prefix(c.length);
    }
    return found;
}

}  // namespace

std::shared_ptr<const Workspace> make_workspace(std::string text, const std::string& tokenizer,
                                                const std::string& model) {
    auto workspace = std::make_shared<Workspace>();
    workspace->text = std::move(text);
    workspace->tokenizer = tokenizer;
    workspace->model = model;
    workspace->tokens = tokenizer == "words" ? words(workspace->text) : characters(workspace->text);
    std::map<std::string, int> ids;
    for (const auto& token : workspace->tokens) ids.emplace(token, 0);
    int next = 0;
    for (auto& [token, id] : ids) id = next++;
    for (const auto& token : workspace->tokens) workspace->ids.push_back(ids.at(token));
    return workspace;
}

}  // namespace orrery::viz
