// The language files: English and Chinese have the same keys, every key is used, every use has its
// key
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "tests/support/catch.hpp"
#include "tests/support/panels.hpp"
#include "tests/support/repository.hpp"
#include "viz/kit/registry.hpp"

using namespace orrery;
using namespace orrery::test;

namespace {

using Lines = std::vector<std::string>;
using Strings = std::map<std::string, std::string>;

void check_none(const Lines& complaints) {
    INFO(listed(complaints));
    CHECK(complaints.empty());
}

Strings strings_of(const std::string& path, Lines& complaints) {
    Strings found;
    const auto json = nlohmann::json::parse(read(path), nullptr, false);
    if (!json.is_object()) {
        complaints.push_back(path + ": is no JSON object");
        return found;
    }
    for (const auto& [key, value] : json.items()) {
        if (value.is_string())
            found[key] = value.get<std::string>();
        else
            complaints.push_back(path + ": " + key + " is no string");
        if (value.is_string() && found[key].empty())
            complaints.push_back(path + ": " + key + " is empty");
    }
    return found;
}

// The {names} in a string.
std::multiset<std::string> parameters(const std::string& text) {
    static const std::regex pattern("\\{([a-z_]+)\\}");
    std::multiset<std::string> found;
    for (std::sregex_iterator at(text.begin(), text.end(), pattern), end; at != end; ++at)
        found.insert((*at)[1]);
    return found;
}

// Every "…" of a source.
std::set<std::string> literals(const std::string& source) {
    static const std::regex pattern("\"((?:[^\"\\\\\\n]|\\\\.)*)\"");
    std::set<std::string> found;
    for (std::sregex_iterator at(source.begin(), source.end(), pattern), end; at != end; ++at)
        found.insert((*at)[1]);
    return found;
}

// The keys in `say("…")` that are whole.
std::set<std::string> said(const std::string& source) {
    static const std::regex pattern("\\bsay\\(\\s*\"([^\"]+)\"\\s*[,)]");
    std::set<std::string> found;
    for (std::sregex_iterator at(source.begin(), source.end(), pattern), end; at != end; ++at)
        found.insert((*at)[1]);
    return found;
}

// As it stands, or put together: "why." + name, "gradient.shift" + ".note".
bool is_written(const std::string& key, const std::set<std::string>& words) {
    if (words.count(key)) return true;
    for (std::size_t dot = key.find('.'); dot != key.npos; dot = key.find('.', dot + 1)) {
        if (words.count(key.substr(0, dot + 1))) return true;
        const std::string head = key.substr(0, dot), tail = key.substr(dot);
        if (words.count(tail) && (words.count(head) || is_written(head, words))) return true;
    }
    return false;
}

// The keys that a declaration gives, wanted or welcome.
void declared_keys(const viz::Declaration& d, bool drawn, std::set<std::string>& wanted,
                   std::set<std::string>& welcome) {
    wanted.insert({"title", "tagline"});
    welcome.insert({"leaves_out", "text.help"});
    for (const auto& knob : d.knobs()) {
        if (knob.name == "edits") continue;  // made by the mouse in the picture
        wanted.insert({"knob." + knob.name, "knob." + knob.name + ".help"});
        for (const auto& choice : knob.choices) welcome.insert("knob." + knob.name + "." + choice);
    }
    for (const auto& fact : d.facts()) {
        wanted.insert("fact." + fact.name);
        welcome.insert("fact." + fact.name + ".help");
    }
    for (const auto& part : d.part_names()) {
        (drawn ? wanted : welcome).insert("part." + part);
        welcome.insert("part." + part + ".help");
    }
    for (const auto& input : d.inputs()) wanted.insert("input." + input.name);
    for (const auto& output : d.outputs()) welcome.insert("output." + output);
    for (const auto& preset : d.presets()) {
        wanted.insert("preset." + preset.name);
        welcome.insert("preset." + preset.name + ".help");
    }
}

std::string everything_in(std::initializer_list<const char*> folders) {
    std::string all;
    for (const char* folder : folders)
        for (const char* end : {".cpp", ".hpp"})
            for (const auto& path : files_in(folder, end))
                if (!path.ends_with("_panel.cpp")) all += read(path);
    return all;
}

}  // namespace

TEST_CASE("strings: English and Chinese have the same keys and arguments", "[tree][strings]") {
    Lines complaints;
    const auto files = files_in("viz", ".en.json");
    REQUIRE(!files.empty());
    auto pairs =
        std::vector<std::pair<std::string, std::string>>{{"viz/lang/en.json", "viz/lang/zh.json"}};
    for (const auto& path : files)
        pairs.push_back({path, path.substr(0, path.size() - 7) + "zh.json"});
    for (const auto& [english, chinese] : pairs) {
        if (!exists(english) || !exists(chinese)) {
            complaints.push_back(english + " and " + chinese + ": one is missing");
            continue;
        }
        const Strings en = strings_of(english, complaints), zh = strings_of(chinese, complaints);
        for (const auto& [key, text] : en) {
            const auto twin = zh.find(key);
            if (twin == zh.end())
                complaints.push_back(chinese + ": has no " + key);
            else if (parameters(text) != parameters(twin->second))
                complaints.push_back(chinese + ": " + key + " has other {arguments}");
        }
        for (const auto& [key, text] : zh)
            // The English of "header.why" is the header block itself.
            if (!en.count(key) && !key.starts_with("header."))
                complaints.push_back(english + ": has no " + key);
    }
    check_none(complaints);
}

TEST_CASE("strings: what a panel declares has a title and help, and nothing is unused",
          "[tree][strings]") {
    Lines complaints, ignored;
    const Strings shell =
        exists("viz/lang/en.json") ? strings_of("viz/lang/en.json", ignored) : Strings{};
    const std::set<std::string> shared = literals(everything_in({"viz/app", "viz/kit"}));
    // The tooltip says what a tensor is by "part." and its name, which a record() or compute()
    // gives.
    const std::set<std::string> recorded = literals(everything_in({"core"}));
    const auto names_an_entry = [&](const std::string& key, const std::set<std::string>& words) {
        if (!key.starts_with("part.")) return false;
        const std::string name = key.substr(5), last = key.substr(key.rfind('.') + 1);
        return is_written(name, recorded) || is_written(name, words) || recorded.count(last) > 0;
    };
    for (const auto& registered : viz::panels()) {
        const std::string base = "viz/" + std::string(registered.id);
        if (!exists(base + ".en.json")) continue;
        const Strings own = strings_of(base + ".en.json", ignored);
        const viz::Panel panel = registered.make();
        viz::Declaration d;
        panel.declare(d);
        std::set<std::string> wanted, welcome;
        declared_keys(d, panel.draw != nullptr, wanted, welcome);
        for (const auto& key : wanted)
            if (!own.count(key)) complaints.push_back(base + ".en.json: has no " + key);

        // A panel may lie in several files: name_panel.cpp, name_panel_rows.cpp
        std::string source;
        for (const auto& path : files_in("viz/" + family_of(base + "/"), ".cpp"))
            if (path.starts_with(base)) source += read(path);
        for (const auto& key : said(source))
            if (!own.count(key) && !shell.count(key))
                complaints.push_back(base + "_panel.cpp: says \"" + key + "\", which no file has");
        const std::set<std::string> words = literals(source);
        for (const auto& [key, text] : own)
            if (!wanted.count(key) && !welcome.count(key) && !is_written(key, words) &&
                !names_an_entry(key, words))
                complaints.push_back(base + ".en.json: " + key + " is not used");
    }
    check_none(complaints);
}

TEST_CASE("strings: a component with a picture says why in Chinese too", "[tree][strings]") {
    const std::set<std::string> known{"header.why", "header.shapes", "header.cost"};
    Lines complaints, ignored;
    for (const auto& registered : viz::panels()) {
        const std::string path = "viz/" + std::string(registered.id) + ".zh.json";
        if (!exists(path)) continue;
        const Strings zh = strings_of(path, ignored);
        if (registered.make().draw)
            for (const std::string key : {"header.why", "header.shapes", "leaves_out"})
                if (!zh.count(key)) complaints.push_back(path + ": has no " + key);
        for (const auto& [key, text] : zh)
            if (key.starts_with("header.") && !known.count(key))
                complaints.push_back(path + ": " + key + " is not used");
    }
    check_none(complaints);
}

TEST_CASE("strings: the shell's are all used and all there", "[tree][strings]") {
    Lines complaints;
    const Strings own = strings_of("viz/lang/en.json", complaints);
    const std::string source = everything_in({"viz/app", "viz/kit"});
    std::string panels;
    for (const auto& path : files_in("viz", "_panel.cpp")) panels += read(path);
    for (const auto& key : said(source))
        if (!own.count(key) && key != "title" && key != "tagline" && key != "leaves_out")
            complaints.push_back("viz/lang/en.json: has no " + key);
    const std::set<std::string> words = literals(source + panels);
    for (const auto& [key, text] : own)
        if (!is_written(key, words))
            complaints.push_back("viz/lang/en.json: " + key + " is not used");
    check_none(complaints);
}

TEST_CASE("strings: no picture shows a key instead of its words", "[tree][strings]") {
    Lines complaints;
    for (const auto& registered : viz::panels()) {
        const viz::Panel panel = registered.make();
        viz::Declaration d;
        panel.declare(d);
        const Trace trace = default_trace(registered);
        for (const auto language : {viz::Language::english, viz::Language::chinese}) {
            viz::View view;
            view.size = {1000, 700};
            view.knobs = viz::Knobs(d.knobs());
            view.component = registered.id;
            view.language = language;
            std::string all = d.words() ? d.words()(trace, view) : "";
            viz::Canvas canvas(view.size);
            if (panel.draw) panel.draw(canvas, trace, view);
            for (const auto& command : canvas.commands())
                if (const auto* text = std::get_if<viz::DrawText>(&command.what))
                    all += text->text + "\n";
            for (const auto& region : canvas.regions()) all += region.tip + "\n";
            for (std::size_t at = all.find("⟦"); at != all.npos; at = all.find("⟦", at + 1))
                complaints.push_back(std::string(registered.id) + " (" +
                                     std::string(code(language)) +
                                     "): " + all.substr(at, all.find("⟧", at) + 3 - at));
        }
    }
    check_none(complaints);
}

TEST_CASE("strings: Chinese has full-width punctuation", "[tree][strings][chinese]") {
    // After a Chinese character, or between a mark and one; brackets of formulas may hold Chinese.
    static const std::regex half(
        "[\xE4-\xE9][\x80-\xBF][\x80-\xBF][,:;?!(]|[,:;?!][\xE4-\xE9][\x80-\xBF][\x80-\xBF]");
    Lines complaints, ignored;
    auto paths = files_in("viz", ".zh.json");
    paths.push_back("viz/lang/zh.json");
    for (const auto& path : paths) {
        if (!exists(path)) continue;
        for (const auto& [key, text] : strings_of(path, ignored))
            if (std::regex_search(text, half))
                complaints.push_back(path + ": " + key + ": " + text);
    }
    check_none(complaints);
}
