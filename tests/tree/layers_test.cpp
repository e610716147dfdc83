// Who may include whom (docs/architecture.md)
#include <map>
#include <sstream>

#include "tests/support/catch.hpp"
#include "tests/support/repository.hpp"

using namespace orrery::test;

namespace {

using Lines = std::vector<std::string>;

// A family includes its own files and families of lower layers.
const std::map<std::string, int> layer_of{
    {"base", 0},      {"tensor", 1},    {"tokenizer", 2}, {"activation", 2}, {"norm", 2},
    {"position", 2},  {"objective", 2}, {"optim", 2},     {"scaling", 2},    {"data", 3},
    {"attention", 3}, {"model", 4},     {"infer", 5},     {"parallel", 6},   {"finetune", 6},
    {"compress", 6},  {"align", 7},     {"augment", 8},   {"eval", 8}};

struct Include {
    std::string file, included;
    int line;
};

std::vector<Include> includes_below(std::string_view folder) {
    std::vector<Include> found;
    for (const char* end : {".hpp", ".cpp"})
        for (const auto& path : files_in(folder, end)) {
            std::istringstream lines(read(path));
            std::string line;
            for (int number = 1; std::getline(lines, line); ++number) {
                const std::string start = "#include \"";
                if (!line.starts_with(start)) continue;
                found.push_back(
                    {path, line.substr(start.size(), line.find('"', start.size()) - start.size()),
                     number});
            }
        }
    return found;
}

std::string place(const Include& i) {
    return i.file + ":" + std::to_string(i.line) + " includes " + i.included;
}

void check_none(const Lines& complaints) {
    INFO(listed(complaints));
    CHECK(complaints.empty());
}

}  // namespace

TEST_CASE("layers: core knows families to its left and nothing else", "[tree][layers]") {
    Lines complaints;
    const auto all = includes_below("core");
    REQUIRE(all.size() > 50);
    for (const auto& i : all) {
        const std::string own = family_of(i.file);
        if (!layer_of.count(own)) {
            complaints.push_back(i.file + ": the family " + own + " has no layer");
            continue;
        }
        if (!i.included.starts_with("core/")) {
            complaints.push_back(place(i));
            continue;
        }
        const std::string other = family_of(i.included);
        if (own == other) continue;
        if (!layer_of.count(other) || layer_of.at(other) >= layer_of.at(own))
            complaints.push_back(place(i) + ": " + other + " is not left of " + own);
    }
    check_none(complaints);
}

TEST_CASE("layers: the lesson engine knows core and itself", "[tree][layers]") {
    Lines complaints;
    for (const auto& i : includes_below("lessons"))
        if (!i.included.starts_with("core/") && !i.included.starts_with("lessons/engine/"))
            complaints.push_back(place(i));
    check_none(complaints);
}

TEST_CASE("layers: the kit knows no panel and no program, panels know no program",
          "[tree][layers]") {
    Lines complaints;
    for (const auto& i : includes_below("viz")) {
        const std::string own = family_of(i.file);
        if (own == "app") continue;
        const bool own_family = i.included.starts_with("viz/" + own + "/");
        const bool kit = i.included.starts_with("viz/kit/");
        if (i.included.starts_with("tests/")) complaints.push_back(place(i));
        if (i.included.starts_with("viz/") && !kit && !own_family) complaints.push_back(place(i));
        if (own != "kit" && i.included.starts_with("imgui")) complaints.push_back(place(i));
        if (own == "kit" && i.included.starts_with("core/")) {
            const std::string family = family_of(i.included);
            if (family != "base" && family != "tensor") complaints.push_back(place(i));
        }
    }
    check_none(complaints);
}
