#include "tests/support/coverage.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <vector>

#include "tests/support/repository.hpp"
#include "viz/kit/registry.hpp"

namespace orrery::test {
namespace {

struct Section {
    const char* number;
    const char* title;
};
// As the survey numbers them in its ninth version.
constexpr std::array sections{
    Section{"2.1", "Tokenization"},
    Section{"2.2", "Encoding positions"},
    Section{"2.3", "Attention"},
    Section{"2.4", "Activation functions"},
    Section{"2.5", "Layer normalization"},
    Section{"2.6", "Distributed training"},
    Section{"2.7", "Libraries"},
    Section{"2.8", "Data preprocessing"},
    Section{"2.9", "Architectures"},
    Section{"2.10", "Pre-training objectives"},
    Section{"2.11", "Scaling laws"},
    Section{"2.12", "Adaptation stages"},
    Section{"3.1", "Pre-trained models"},
    Section{"3.2", "Fine-tuned models"},
    Section{"3.3", "Increasing the context window"},
    Section{"3.4", "Augmented models"},
    Section{"3.5", "Agents"},
    Section{"3.6", "Efficient models"},
    Section{"3.7", "Multimodal models"},
    Section{"3.8", "Summary and discussion"},
    Section{"4", "Model configurations"},
    Section{"5", "Datasets and evaluation"},
    Section{"6", "Applications"},
    Section{"7", "Challenges"},
};

// 2.12.2 is told under 2.12.
bool is_in(const viz::Header& c, const Section& section) {
    const auto own = viz::section_key(c.survey), wanted = viz::section_key(section.number);
    return own.size() >= wanted.size() && std::equal(wanted.begin(), wanted.end(), own.begin());
}

std::string row(const viz::Header& c) {
    const viz::RegisteredPanel* panel = viz::find_panel(c.id);
    const bool drawn = panel && panel->make().draw;
    viz::Declaration d;
    if (panel) panel->make().declare(d);
    const bool runs = panel && panel->make().compute && !d.make_job();
    const bool lesson = exists("lessons/" + c.id + ".md") && exists("lessons/" + c.id + ".zh.md");
    return "| [`" + c.id + "`](../" + c.path + ") | " + c.name + " | " + c.badge + " | " +
           (runs           ? "yes"
            : d.make_job() ? "`train`"
                           : "–") +
           " | " +
           (drawn             ? "yes"
            : c.picture_later ? "later"
                              : "–") +
           " | " +
           (lesson            ? "yes"
            : c.picture_later ? "later"
                              : "–") +
           " |\n";
}

}  // namespace

std::string coverage_page() {
    const auto& all = components();
    std::size_t pictures = 0;
    for (const auto& c : all) {
        const viz::RegisteredPanel* panel = viz::find_panel(c.id);
        pictures += panel && panel->make().draw ? 1 : 0;
    }
    std::string page =
        "# What is here of the survey\n\n"
        "Written by `scripts/coverage` from the headers of the components; a test compares. "
        "Sections are\n"
        "numbered as in the ninth version of the survey (arXiv:2307.06435).\n\n" +
        std::to_string(all.size()) + " components, " + std::to_string(pictures) +
        " with a picture.\n";
    const std::string head =
        "\n| component | | badge | `orrery run` | picture | lesson |\n| --- | --- | --- | --- | "
        "--- | --- |\n";
    std::set<std::string> told;
    std::string empty;
    for (const Section& section : sections) {
        std::string rows;
        for (const auto& c : all)
            if (is_in(c, section)) rows += row(c), told.insert(c.id);
        if (rows.empty())
            empty += "- " + std::string(section.number) + " " + section.title + "\n";
        else
            page +=
                "\n## " + std::string(section.number) + " " + section.title + "\n" + head + rows;
    }
    std::string rest;
    for (const auto& c : all)
        if (!told.count(c.id)) rest += row(c);
    if (!rest.empty()) page += "\n## Added: what the survey leaves out\n" + head + rest;
    if (!empty.empty()) page += "\n## Sections without a component\n\n" + empty;

    std::set<std::string> ids;
    std::map<std::string, std::vector<std::string>> promised;
    for (const auto& c : all) ids.insert(c.id);
    for (const auto& c : all)
        for (const auto& see : c.see)
            if (!ids.count(see.id)) promised[see.id].push_back(c.id);
    if (!promised.empty()) {
        page += "\n## Referred to, not here\n\n";
        for (const auto& [id, from] : promised) {
            page += "- `" + id + "`, from ";
            for (std::size_t i = 0; i < from.size(); ++i) page += (i ? ", `" : "`") + from[i] + "`";
            page += "\n";
        }
    }
    return page;
}

}  // namespace orrery::test
