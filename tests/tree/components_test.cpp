// Walks the tree: what a component must have, by name
#include <algorithm>
#include <map>
#include <regex>
#include <set>

#include "lessons/engine/excerpt.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/panels.hpp"
#include "tests/support/repository.hpp"
#include "viz/kit/formula.hpp"
#include "viz/kit/registry.hpp"

using namespace orrery;
using namespace orrery::test;

namespace {

using Lines = std::vector<std::string>;

// Fails with all complaints at once.
void check_none(const Lines& complaints) {
    INFO(listed(complaints));
    CHECK(complaints.empty());
}

}  // namespace

TEST_CASE("tree: every component has its files", "[tree]") {
    Lines missing;
    REQUIRE(components().size() > 10);
    for (const auto& c : components()) {
        Lines wanted{"viz/" + c.id + "_panel.cpp", "viz/" + c.id + ".en.json",
                     "viz/" + c.id + ".zh.json", "tests/" + c.id + "_test.cpp"};
        if (c.path.starts_with("core/")) wanted.push_back("core/" + c.id + ".cpp");
        if (!c.picture_later) {
            wanted.push_back("lessons/" + c.id + ".md");
            wanted.push_back("lessons/" + c.id + ".zh.md");
        }
        for (const auto& path : wanted)
            if (!exists(path)) missing.push_back(path);
    }
    check_none(missing);
}

TEST_CASE("tree: a component without a picture says so", "[tree]") {
    Lines complaints;
    for (const auto& c : components()) {
        const viz::RegisteredPanel* panel = viz::find_panel(c.id);
        if (!panel) continue;  // the files of the test above
        const bool drawn = panel->make().draw != nullptr;
        if (!drawn && !c.picture_later)
            complaints.push_back("viz/" + c.id + "_panel.cpp draws nothing, and " + c.path +
                                 " does not say `picture later`");
    }
    check_none(complaints);
}

TEST_CASE("tree: every panel and every lesson belongs to a component", "[tree]") {
    std::set<std::string> ids;
    for (const auto& c : components()) ids.insert(c.id);
    Lines strangers;
    for (const auto& panel : viz::panels())
        if (!ids.count(std::string(panel.id)))
            strangers.push_back("viz/" + std::string(panel.id) +
                                "_panel.cpp: no header with a `survey` label");
    for (const auto& path : files_in("lessons", ".md")) {
        std::string id = path.substr(8, path.size() - 11);
        if (id.ends_with(".zh")) id.resize(id.size() - 3);
        if (!ids.count(id)) strangers.push_back(path + ": no component of that name");
    }
    check_none(strangers);
}

TEST_CASE("tree: header blocks are complete", "[tree][header]") {
    Lines complaints;
    for (const auto& c : components()) {
        for (const char* label : {"formula", "shapes", "why", "cost", "errors", "source", "survey",
                                  "badge", "leaves out", "see"})
            if (!c.has(label)) complaints.push_back(c.path + ": no label `" + label + "`");
        for (const auto& problem : c.problems) complaints.push_back(c.path + ": " + problem);
        if (c.name.empty() || c.sentence.empty())
            complaints.push_back(c.path + ": no first sentence \"Name: what it is\"");
        if (c.badge != "computed" && c.badge != "simulated clock" && c.badge != "schematic")
            complaints.push_back(c.path + ": badge is \"" + c.badge +
                                 "\", wanted computed, simulated clock or schematic");
        if (viz::section_key(c.survey).empty() && !c.survey.starts_with("added"))
            complaints.push_back(c.path + ": survey is \"" + c.survey +
                                 "\", wanted a section such as 2.5, or added");
    }
    check_none(complaints);
}

TEST_CASE("tree: formulas parse", "[tree][formula]") {
    // What does not is set in monospace. Listed here when that is meant.
    static const std::set<std::string> in_monospace{};
    Lines complaints;
    for (const auto& c : components())
        for (const auto& line : c.formula)
            if (!viz::Formula(line).parsed() && !in_monospace.count(line))
                complaints.push_back(c.path + ": does not parse: " + line);
    check_none(complaints);
}

TEST_CASE("tree: `see` names components, there or promised", "[tree][header]") {
    // Promised ones are listed in docs/coverage.md; their family must be one of the design.
    static const std::set<std::string> families{
        "tensor",   "tokenizer", "activation", "norm",      "position", "objective",
        "optim",    "scaling",   "data",       "attention", "model",    "infer",
        "parallel", "finetune",  "compress",   "align",     "augment",  "eval"};
    Lines complaints;
    for (const auto& c : components())
        for (const auto& see : c.see) {
            if (!families.count(see.id.substr(0, see.id.find('/'))))
                complaints.push_back(c.path + ": see " + see.id + ": no such family");
            if (see.id == c.id) complaints.push_back(c.path + ": sees itself");
        }
    check_none(complaints);
}

TEST_CASE("tree: base names are unique", "[tree]") {
    std::map<std::string, Lines> by_name;
    for (const auto& path : files_in("core", ".hpp"))
        by_name[path.substr(path.rfind('/') + 1)].push_back(path);
    for (const auto& path : files_in("viz", "_panel.cpp"))
        by_name[path.substr(path.rfind('/') + 1)].push_back(path);
    Lines doubled;
    for (const auto& [name, paths] : by_name)
        if (paths.size() > 1) doubled.push_back(name + ":" + listed(paths));
    check_none(doubled);
}

TEST_CASE("tree: markers are unique in their file and name a paragraph", "[tree][markers]") {
    // How long and wide it may be is checked where a lesson quotes it.
    Lines complaints;
    auto paths = files_in("core", ".cpp");
    for (const auto& path : files_in("core", ".hpp")) paths.push_back(path);
    for (const auto& path : paths) {
        const std::string source = read(path);
        for (const auto& marker : lessons::markers(source)) {
            const auto cut = lessons::cut_excerpt(source, marker.words);
            if (cut.text.empty())
                complaints.push_back(path + ":" + std::to_string(marker.line) + " " + cut.error);
        }
    }
    check_none(complaints);
}

TEST_CASE("tree: every entry of a trace names a paragraph of the source", "[tree][markers]") {
    Lines complaints;
    for (const auto& registered : viz::panels()) {
        const Trace trace = default_trace(registered);
        for (const Entry& entry : trace.entries()) {
            if (entry.marker.empty()) continue;
            const std::string where = std::string(registered.id) + ": entry " + entry.name;
            const std::string path = "core/" + entry.component + ".cpp";
            const std::string header = "core/" + entry.component + ".hpp";
            if (!exists(path) && !exists(header)) {
                complaints.push_back(where + " comes from " + entry.component +
                                     ", which is no file");
                continue;
            }
            bool found = false;
            for (const auto& file : {path, header})
                for (const auto& marker : lessons::markers(exists(file) ? read(file) : ""))
                    found |= marker.words == entry.marker;
            if (!found)
                complaints.push_back(where + ": " + path + " has no marker \"//: " + entry.marker +
                                     "\"");
        }
    }
    check_none(complaints);
}

TEST_CASE("tree: names in formulas are names of the trace, knobs or the code", "[tree][formula]") {
    // `symbol = name` in the header's shapes gives what the formula writes otherwise.
    Lines complaints;
    for (const auto& c : components()) {
        const viz::RegisteredPanel* registered = viz::find_panel(c.id);
        if (!registered || c.picture_later) continue;
        viz::Declaration d;
        registered->make().declare(d);
        const viz::Knobs knobs(d.knobs());
        const Trace trace = default_trace(*registered);
        std::string code = read("core/" + c.id + ".hpp");
        code = code.substr(std::min(code.find("#pragma once"), code.size())) +
               read("core/" + c.id + ".cpp");
        const auto known = [&](const std::string& name) {
            const auto is = [&](const auto& pair) { return pair.first == name; };
            if (std::any_of(c.aliases.begin(), c.aliases.end(), is)) return true;
            if (name.size() <= 2 || knobs.has(name) || trace.find(name)) return true;
            for (const auto& input : d.inputs())
                if (input.name == name) return true;
            for (const Entry& entry : trace.entries())
                if (entry.name.ends_with("." + name)) return true;
            return std::regex_search(code, std::regex("\\b" + name + "\\b"));
        };
        for (const auto& line : c.formula) {
            const viz::Formula formula(line);
            for (const auto& name : formula.names())
                if (!known(name)) complaints.push_back(c.path + ": \"" + name + "\" in: " + line);
        }
    }
    check_none(complaints);
}

TEST_CASE("tree: nothing is left as scripts/new wrote it", "[tree]") {
    Lines complaints;
    const std::string phrases[] = {"say in one sentence what it does",
                                   "Say what problem it solves",
                                   "Name the paper, its year",
                                   "name this paragraph",
                                   "say what the picture does not show",
                                   "Say in one line what it does",
                                   "用一句话说明它做什么",
                                   "say the one idea",
                                   "说出那一个想法",
                                   "no number of our own"};
    for (const auto& c : components())
        for (const auto& path : {c.path, "core/" + c.id + ".cpp", "viz/" + c.id + ".en.json",
                                 "viz/" + c.id + ".zh.json", "lessons/" + c.id + ".md",
                                 "lessons/" + c.id + ".zh.md", "tests/" + c.id + "_test.cpp"}) {
            const std::string text = exists(path) ? read(path) : "";
            for (const auto& phrase : phrases)
                if (text.find(phrase) != text.npos)
                    complaints.push_back(path + ": still says \"" + phrase + "\"");
        }
    check_none(complaints);
}

TEST_CASE("tree: nothing is left to do", "[tree]") {
    Lines found;
    const std::string words[] = {std::string("TO") + "DO", std::string("FIX") + "ME",
                                 std::string("XX") + "X"};
    for (const char* folder :
         {"core", "viz", "lessons", "tests", "docs", "scripts", "cmake", ".ci"})
        for (const char* end : {".hpp", ".cpp", ".md", ".json", ".cmake", ".py", ""})
            for (const auto& path : files_in(folder, end)) {
                const std::size_t dot = path.rfind('.'), slash = path.rfind('/');
                if (!*end && dot != path.npos && dot > slash) continue;  // scripts have no end
                const std::string text = read(path);
                for (const auto& word : words)
                    if (text.find(word) != text.npos) found.push_back(path + ": " + word);
            }
    check_none(found);
}
