#include <cstdio>
#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "viz/app/component_commands.hpp"
#include "viz/kit/header.hpp"
#include "viz/kit/language.hpp"
#include "viz/kit/registry.hpp"
#include "viz/kit/resources.hpp"

namespace orrery::viz {
namespace {

bool is_runnable(const Panel& panel) {
    if (!panel.compute) return false;
    Declaration d;
    panel.declare(d);
    return !d.make_job();
}

std::string type_name(Knob::Type type) {
    switch (type) {
        case Knob::Type::integer:
            return "integer";
        case Knob::Type::real:
            return "real";
        case Knob::Type::toggle:
            return "true or false";
        case Knob::Type::choice:
            return "choice";
        case Knob::Type::text:
            return "text";
    }
    return "";
}

std::string range(const Knob& knob) {
    if (knob.type == Knob::Type::choice) {
        std::string words;
        for (const auto& choice : knob.choices) words += (words.empty() ? "" : " | ") + choice;
        return words;
    }
    if (knob.type == Knob::Type::text)
        return "at most " + std::to_string(knob.max_bytes) + " bytes";
    if (knob.type == Knob::Type::toggle) return "";
    char text[64];
    std::snprintf(text, sizeof text, "%g to %g", knob.low, knob.high);
    return text;
}

void print_lines(const char* label, const std::vector<std::string>& lines) {
    for (const auto& line : lines) {
        std::printf("  %-10s %s\n", label, line.c_str());
        label = "";
    }
}

// Every file of the component that the program carries.
std::vector<std::string> files(const std::string& id) {
    const std::string name = id.substr(id.find('/') + 1);
    std::vector<std::string> found;
    for (const std::string& path :
         {"core/" + id + ".hpp", "core/" + id + ".cpp", "viz/" + id + "_panel.cpp",
          "viz/" + id + ".en.json", "viz/" + id + ".zh.json", "lessons/" + id + ".md",
          "lessons/" + id + ".zh.md"})
        if (resource(path)) found.push_back(path);
    return found;
}

}  // namespace

int list_command(const ListOptions& options) {
    nlohmann::json document = nlohmann::json::array();
    for (const std::string& id : component_ids()) {
        const Header& header = *find_header(id);
        const RegisteredPanel* registered = find_panel(id);
        const Panel panel = registered ? registered->make() : Panel{};
        if (options.pictures) {
            if (panel.draw) std::printf("%s\n", id.c_str());
            continue;
        }
        const std::string english = say(Language::english, id, "title");
        const std::string chinese = say(Language::chinese, id, "title");
        if (options.json) {
            document.push_back({{"id", id},
                                {"title", english},
                                {"title_zh", chinese},
                                {"survey", header.survey},
                                {"source", header.source},
                                {"arxiv", header.arxiv()},
                                {"badge", header.badge},
                                {"runnable", is_runnable(panel)},
                                {"picture", panel.draw != nullptr}});
        } else {
            std::printf("%-32s %-7s %-26s %s%s\n", id.c_str(), header.survey.c_str(),
                        header.arxiv().empty() ? "" : ("arXiv:" + header.arxiv()).c_str(),
                        english.c_str(), is_runnable(panel) ? "" : "  (runnable: no)");
        }
    }
    if (options.json) std::printf("%s\n", document.dump(2).c_str());
    return 0;
}

int show_command(const ShowOptions& options) {
    const RegisteredPanel* registered = find_panel(options.component);
    const Header* header = find_header(options.component);
    if (!registered || !header)
        throw ValueError(options.component +
                         ": no component of that name: see them all with `orrery list`");
    const Panel panel = registered->make();
    Declaration d;
    panel.declare(d);
    const Knobs defaults(d.knobs());
    const std::string id = options.component;
    const auto english = [&](const std::string& key) {
        const std::string* found = find_string(Language::english, id, key);
        return found ? *found : std::string();
    };

    if (options.json) {
        nlohmann::json document{{"id", id},
                                {"title", english("title")},
                                {"sentence", header->sentence},
                                {"formula", header->formula},
                                {"shapes", header->shapes},
                                {"why", header->why},
                                {"cost", header->cost},
                                {"errors", header->errors},
                                {"source", header->source},
                                {"survey", header->survey},
                                {"badge", header->badge},
                                {"leaves_out", header->leaves_out},
                                {"runnable", is_runnable(panel)},
                                {"outputs", d.outputs()},
                                {"files", files(id)}};
        document["knobs"] = nlohmann::json::array();
        for (const Knob& knob : d.knobs()) {
            nlohmann::json item{{"name", knob.name},
                                {"type", type_name(knob.type)},
                                {"default", defaults.written(knob.name)},
                                {"help", english("knob." + knob.name + ".help")}};
            if (knob.type == Knob::Type::integer || knob.type == Knob::Type::real)
                item["low"] = knob.low, item["high"] = knob.high;
            if (knob.type == Knob::Type::choice) item["choices"] = knob.choices;
            document["knobs"].push_back(std::move(item));
        }
        document["inputs"] = nlohmann::json::array();
        for (const auto& input : d.inputs())
            document["inputs"].push_back({{"name", input.name}, {"optional", !input.made_up}});
        document["facts"] = nlohmann::json::array();
        for (const auto& fact : d.facts()) document["facts"].push_back(fact.name);
        std::printf("%s\n", document.dump(2).c_str());
        return 0;
    }

    std::printf("%s  %s\n  %s\n\n", id.c_str(), english("title").c_str(), header->sentence.c_str());
    print_lines("formula", header->formula);
    print_lines("shapes", header->shapes);
    print_lines("why", {header->why});
    print_lines("cost", header->cost);
    print_lines("errors", header->errors);
    print_lines("source", {header->source});
    print_lines("survey", {header->survey});
    print_lines("badge", {header->badge});
    if (!header->leaves_out.empty()) print_lines("leaves out", {header->leaves_out});
    print_lines("runnable", {is_runnable(panel) ? "yes" : "no"});
    if (!d.knobs().empty()) std::printf("\nKnobs\n");
    for (const Knob& knob : d.knobs())
        std::printf("  %-16s %-14s default %-12s %s\n  %-16s %s\n", knob.name.c_str(),
                    type_name(knob.type).c_str(), defaults.written(knob.name).c_str(),
                    range(knob).c_str(), "", english("knob." + knob.name + ".help").c_str());
    if (!d.inputs().empty()) std::printf("\nInputs\n");
    for (const auto& input : d.inputs())
        std::printf("  %-16s %s\n", input.name.c_str(),
                    input.made_up ? "made up unless --in gives it" : "optional, from --in");
    if (!d.outputs().empty()) std::printf("\nOutputs\n");
    for (const auto& output : d.outputs()) std::printf("  %s\n", output.c_str());
    if (!d.facts().empty()) std::printf("\nFacts\n");
    for (const auto& fact : d.facts())
        std::printf("  %-16s %s\n", fact.name.c_str(), english("fact." + fact.name).c_str());
    std::printf("\nFiles\n");
    for (const auto& path : files(id)) std::printf("  %s\n", path.c_str());
    return 0;
}

}  // namespace orrery::viz
