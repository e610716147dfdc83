#include "viz/app/lesson_command.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "viz/app/catalogue.hpp"
#include "viz/app/lesson_stage.hpp"
#include "viz/kit/header.hpp"
#include "viz/kit/resources.hpp"

namespace orrery::viz {

using lessons::Lesson;
using lessons::Problem;

namespace {

std::string path_of(std::string_view id, bool chinese) {
    return "lessons/" + std::string(id) + (chinese ? ".zh.md" : ".md");
}

const Lesson& require_lesson(const std::string& id, bool chinese) {
    const Lesson* lesson = find_lesson(id, chinese);
    if (!lesson) throw ValueError(id + ": no such lesson: see them all with `orrery lesson list`");
    return *lesson;
}

std::vector<std::string> chosen(const LessonOptions& options) {
    if (options.id.empty()) return taught_ids();
    require_lesson(options.id, false);
    return {options.id};
}

// A link to a lesson must lead to one; a need may name one that is not written yet only if its
// component exists.
void check_links(const Lesson& lesson, std::vector<Problem>& problems) {
    for (const auto& link : lesson.links) {
        const std::string id = lessons::linked_lesson(lesson.id, link.target);
        if (id.empty() || find_lesson(id) || find_header(id)) continue;
        problems.push_back({lesson.path, link.line,
                            "the link to " + link.target + " leads to no lesson and no component"});
    }
}

int list(const LessonOptions& options) {
    const bool chinese = options.language == "zh";
    nlohmann::json rows = nlohmann::json::array();
    for (const std::string& id : taught_ids()) {
        const Lesson* lesson = find_lesson(id, chinese);
        if (!lesson) lesson = find_lesson(id);
        rows.push_back({{"id", id},
                        {"title", lesson->title},
                        {"minutes", lesson->minutes},
                        {"needs", lesson->needs}});
        if (!options.json)
            std::printf("%-32s %2d min  %s\n", id.c_str(), lesson->minutes, lesson->title.c_str());
    }
    if (options.json) std::printf("%s\n", rows.dump(2).c_str());
    return 0;
}

int show(const LessonOptions& options) {
    if (options.id.empty()) throw ValueError("lesson show: wanted the id of a lesson");
    const Lesson& lesson = require_lesson(options.id, options.language == "zh");
    std::fwrite(lesson.text.data(), 1, lesson.text.size(), stdout);
    return 0;
}

int check(const LessonOptions& options) {
    nlohmann::json rows = nlohmann::json::array();
    std::size_t wrong = 0;
    const auto ids = chosen(options);
    for (const std::string& id : ids)
        for (const Problem& problem : check_lesson(id)) {
            ++wrong;
            rows.push_back(
                {{"path", problem.path}, {"line", problem.line}, {"what", problem.what}});
            if (!options.json) std::printf("%s\n", lessons::to_string(problem).c_str());
        }
    if (options.json)
        std::printf("%s\n",
                    rows.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
    else
        std::printf("%zu lessons, %zu problems\n", ids.size(), wrong);
    return wrong > 0 ? 1 : 0;
}

int write(const LessonOptions& options) {
    const char* source = std::getenv("ORRERY_SOURCE");
    const std::filesystem::path root = source && *source ? source : ".";
    if (!std::filesystem::is_directory(root / "lessons") ||
        !std::filesystem::is_directory(root / "core"))
        throw ValueError("lesson write: " + root.string() +
                         " is not the repository: run it there, or set ORRERY_SOURCE");
    std::map<std::string, std::string, std::less<>> read;
    const lessons::Sources sources = [&](std::string_view path) -> const std::string* {
        const auto known = read.find(path);
        if (known != read.end()) return &known->second;
        const std::filesystem::path file = root / std::filesystem::path(path);
        if (path.find("..") != path.npos || !std::filesystem::is_regular_file(file)) return nullptr;
        return &read.emplace(path, read_file(file.string())).first->second;
    };
    std::size_t wrong = 0;
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / "lessons"))
        if (entry.path().extension() == ".md")
            files.push_back(entry.path().lexically_relative(root).generic_string());
    std::sort(files.begin(), files.end());
    bool any = false;
    for (const std::string& file : files) {
        const std::string bytes = read_file((root / file).string());
        const Lesson lesson = lessons::parse_lesson(bytes, file);
        if (!options.id.empty() && lesson.id != options.id) continue;
        any = true;
        const std::string fresh = lessons::renewed(lesson, sources);
        if (fresh != lesson.text && lesson.text == bytes) {
            write_file((root / file).string(), fresh);
            std::printf("renewed %s\n", file.c_str());
        }
        for (const Problem& p :
             lessons::check_excerpts(lessons::parse_lesson(fresh, file), sources)) {
            std::printf("%s\n", lessons::to_string(p).c_str());
            ++wrong;
        }
    }
    if (!any && !options.id.empty()) throw ValueError(options.id + ": no such lesson");
    return wrong > 0 ? 1 : 0;
}

}  // namespace

const Lesson* find_lesson(std::string_view id, bool chinese) {
    static std::mutex mutex;
    // By the address of the file's text: a file that was edited has another.
    static std::map<const std::string*, Lesson> parsed;
    const std::string path = path_of(id, chinese);
    const std::string* text = resource(path);
    if (!text) return nullptr;
    const std::lock_guard lock(mutex);
    auto found = parsed.find(text);
    if (found == parsed.end())
        found = parsed.emplace(text, lessons::parse_lesson(*text, path)).first;
    return &found->second;
}

std::vector<Problem> check_lesson(std::string_view id) {
    const std::string name(id);
    const Lesson& english = require_lesson(name, false);
    LessonStage stage;
    std::vector<Problem> problems = lessons::check(english, stage, resource);
    check_links(english, problems);
    const auto has = [&](const auto& test) {
        return std::any_of(english.blocks.begin(), english.blocks.end(), test);
    };
    using Kind = lessons::Block::Kind;
    if (!has([](const auto& b) { return b.kind == Kind::ask; }))
        problems.push_back({english.path, 1, "asks nothing, wanted one ask at least"});
    if (!has([](const auto& b) { return b.kind == Kind::ask && b.ask.predict; }))
        problems.push_back({english.path, 1, "predicts nothing, wanted one ask with predict"});

    const Lesson* chinese = find_lesson(id, true);
    if (!chinese) {
        problems.push_back({path_of(id, true), 1, "there is no Chinese text"});
        return problems;
    }
    for (const Problem& p : lessons::compare_translation(english, *chinese)) problems.push_back(p);
    for (const Problem& p : lessons::check(*chinese, stage, resource)) problems.push_back(p);
    check_links(*chinese, problems);
    return problems;
}

int lesson_command(const LessonOptions& options) {
    if (options.language != "en" && options.language != "zh")
        throw ValueError("--lang: is " + options.language + ", wanted en or zh");
    if (options.what == "list") return list(options);
    if (options.what == "show") return show(options);
    if (options.what == "check") return check(options);
    if (options.what == "write") return write(options);
    throw ValueError("lesson " + options.what + ": wanted list, show, check or write");
}

}  // namespace orrery::viz
