#include "viz/app/workspace.hpp"

#include <filesystem>
#include <map>
#include <mutex>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/tokenizer/tokenizer.hpp"
#include "viz/kit/words.hpp"

namespace orrery::viz {
namespace {

std::vector<std::string> characters(std::string_view text) {
    std::vector<std::string> found;
    while (!text.empty() && found.size() < workspace_most_tokens) {
        const CodePoint c = next_code_point(text);
        found.emplace_back(text.substr(0, c.length));
        text.remove_prefix(c.length);
    }
    return found;
}

// The tokenizer of a file, read again only when the file has changed: a text is cut anew at every
// key.
tokenizer::Tokenizer tokenizer_at(const std::string& path) {
    static std::mutex mutex;
    static std::string last_path;
    static std::filesystem::file_time_type last_time;
    static tokenizer::Tokenizer last;
    const std::lock_guard lock(mutex);
    std::error_code unknown;
    const auto time = std::filesystem::last_write_time(path, unknown);
    if (path != last_path || time != last_time || unknown) {
        last = tokenizer::load_tokenizer(path);
        last_path = path;
        last_time = time;
    }
    return last;
}

void cut_by_file(Workspace& workspace) {
    const tokenizer::Tokenizer t = tokenizer_at(workspace.tokenizer);
    const std::string_view text = workspace.text;
    const std::string_view start = text.substr(0, workspace_most_tokens * 16);
    workspace.ids = t.encode(start);
    // The last tokens before the cut may be others in the whole text.
    if (start.size() < text.size() && workspace.ids.size() > 64)
        workspace.ids.resize(workspace.ids.size() - 64);
    if (workspace.ids.size() > workspace_most_tokens) workspace.ids.resize(workspace_most_tokens);
    for (int id : workspace.ids) workspace.tokens.push_back(t.token_bytes(id));
}

}  // namespace

std::shared_ptr<const Workspace> make_workspace(std::string text, const std::string& tokenizer,
                                                const std::string& model) {
    auto workspace = std::make_shared<Workspace>();
    workspace->text = std::move(text);
    workspace->tokenizer = tokenizer;
    workspace->model = model;
    if (tokenizer != "words" && tokenizer != "char") {
        cut_by_file(*workspace);
        return workspace;
    }
    workspace->tokens = tokenizer == "words" ? split_words(workspace->text, workspace_most_tokens)
                                             : characters(workspace->text);
    std::map<std::string, int> ids;
    for (const auto& token : workspace->tokens) ids.emplace(token, 0);
    int next = 0;
    for (auto& [token, id] : ids) id = next++;
    for (const auto& token : workspace->tokens) workspace->ids.push_back(ids.at(token));
    return workspace;
}

}  // namespace orrery::viz
