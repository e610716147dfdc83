#include "viz/kit/header.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <mutex>

#include "core/base/text.hpp"
#include "viz/kit/resources.hpp"

namespace orrery::viz {
namespace {

constexpr std::array label_words{"formula", "shapes", "why", "cost",       "errors",       "source",
                                 "survey",  "badge",  "see", "leaves out", "picture later"};

// The text after "//" of each line of the first block of comments.
std::vector<std::string> block_lines(std::string_view source) {
    std::vector<std::string> lines;
    for (std::string_view line : split(source, '\n')) {
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (!line.starts_with("//") || line.starts_with("//:")) break;
        lines.emplace_back(line.substr(2));
    }
    return lines;
}

// "   formula   y = x": three blanks, a known label, then two blanks or nothing.
std::string_view label_of(std::string_view line) {
    if (!line.starts_with("   ") || line.size() < 4 || line[3] == ' ') return {};
    line.remove_prefix(3);
    for (const std::string_view label : label_words)
        if (line.starts_with(label)) {
            const std::string_view rest = line.substr(label.size());
            if (trim(rest).empty() || rest.starts_with("  ")) return label;
        }
    return {};
}

std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) {
        if (!text.empty()) text += ' ';
        text += trim(line);
    }
    return text;
}

// Continuation lines lose the column the first line began at, and keep what they are indented more.
std::vector<std::string> aligned(const std::vector<std::string>& lines, std::size_t column) {
    std::vector<std::string> out;
    for (const std::string& line : lines) {
        const std::size_t blanks = std::min(line.find_first_not_of(' '), line.size());
        std::string kept = line.substr(std::min(blanks, column));
        while (kept.ends_with(' ')) kept.pop_back();
        if (!kept.empty()) out.push_back(kept);
    }
    return out;
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

std::string_view first_word(std::string_view text) {
    std::size_t n = 0;
    while (n < text.size() && is_word(text[n])) ++n;
    return text.substr(0, n);
}

// "W_qkv = qkv_weight" anywhere in a line; numbers are no names.
void find_aliases(const std::string& line, Header& header) {
    for (std::size_t at = line.find(" = "); at != line.npos; at = line.find(" = ", at + 3)) {
        std::size_t begin = at;
        while (begin > 0 && is_word(line[begin - 1])) --begin;
        const std::string symbol = line.substr(begin, at - begin);
        const std::string name{first_word(std::string_view(line).substr(at + 3))};
        if (symbol.empty() || name.empty()) continue;
        if (std::isdigit(static_cast<unsigned char>(symbol[0]))) continue;
        if (std::isdigit(static_cast<unsigned char>(name[0]))) continue;
        header.aliases.emplace_back(symbol, name);
    }
}

// "norm/rms_norm (keeps only the scaling), model/block (where it sits)"
void read_see(std::string_view text, Header& header) {
    while (!text.empty()) {
        std::size_t end = 0;
        int depth = 0;
        while (end < text.size() && (text[end] != ',' || depth > 0)) {
            if (text[end] == '(') ++depth;
            if (text[end] == ')') --depth;
            ++end;
        }
        const std::string_view item = trim(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (item.empty()) continue;
        const std::size_t blank = std::min(item.find(' '), item.size());
        Header::See see{std::string(item.substr(0, blank)), ""};
        std::string_view why = trim(item.substr(blank));
        if (why.starts_with('(') && why.ends_with(')')) why = why.substr(1, why.size() - 2);
        see.why = why;
        if (see.id.find('/') == see.id.npos)
            header.problems.push_back("see: \"" + see.id +
                                      "\" is no component, wanted family/name");
        else
            header.see.push_back(see);
    }
}

void store(std::string_view label, const std::vector<std::string>& lines, std::size_t column,
           Header& h) {
    if (h.has(label)) {
        h.problems.push_back("the label \"" + std::string(label) + "\" is there twice");
        return;
    }
    h.labels.emplace_back(label);
    const auto kept = aligned(lines, column);
    if (label == "formula") h.formula = kept;
    if (label == "shapes") h.shapes = kept;
    if (label == "cost") h.cost = kept;
    if (label == "errors") h.errors = kept;
    if (label == "why") h.why = joined(kept);
    if (label == "source") h.source = joined(kept);
    if (label == "leaves out") h.leaves_out = joined(kept);
    if (label == "survey") h.survey = joined(kept);
    if (label == "badge") h.badge = joined(kept);
    if (label == "picture later") h.picture_later = true;
    if (label == "see") read_see(joined(kept), h);
    if (label == "shapes")
        for (const std::string& line : kept) find_aliases(line, h);
    if (label != "picture later" && kept.empty())
        h.problems.push_back("the label \"" + std::string(label) + "\" has no text");
}

// core/norm/rms_norm.hpp and viz/norm/rms_norm_panel.cpp are both norm/rms_norm.
std::string id_of(std::string_view path) {
    for (const std::string_view top : {"core/", "viz/"})
        if (path.starts_with(top)) path.remove_prefix(top.size());
    for (const std::string_view end : {"_panel.cpp", ".hpp", ".cpp"})
        if (path.ends_with(end)) path.remove_suffix(end.size());
    return std::string(path);
}

}  // namespace

bool Header::has(std::string_view label) const {
    return std::find(labels.begin(), labels.end(), label) != labels.end();
}

std::string Header::arxiv() const {
    const std::size_t at = source.find("arXiv:");
    if (at == source.npos) return "";
    std::size_t end = at + 6;
    while (end < source.size() &&
           (std::isdigit(static_cast<unsigned char>(source[end])) || source[end] == '.'))
        ++end;
    std::string number = source.substr(at + 6, end - at - 6);
    while (number.ends_with('.')) number.pop_back();
    return number;
}

Header parse_header(std::string_view source, std::string_view path) {
    Header header;
    header.path = path;
    header.id = id_of(path);
    const auto lines = block_lines(source);

    //: the first paragraph is one sentence, "Name: what it is"
    std::size_t i = 0;
    std::vector<std::string> first;
    while (i < lines.size() && !trim(lines[i]).empty() && label_of(lines[i]).empty())
        first.push_back(lines[i++]);
    const std::string sentence = joined(first);
    const std::size_t colon = sentence.find(':');
    if (colon == sentence.npos) {
        header.sentence = sentence;
        if (!sentence.empty()) header.problems.push_back("the first sentence has no colon");
    } else {
        header.name = trim(std::string_view(sentence).substr(0, colon));
        header.sentence = trim(std::string_view(sentence).substr(colon + 1));
    }

    //: a label, and what is indented below it
    while (i < lines.size()) {
        const std::string_view label = label_of(lines[i]);
        if (label.empty()) {
            ++i;
            continue;
        }
        std::string head = lines[i];
        std::size_t column = 3 + label.size();
        std::fill(head.begin(), head.begin() + long(column), ' ');
        const std::size_t begin = head.find_first_not_of(' ');
        column = begin == head.npos ? 13 : begin;
        std::vector<std::string> body{head};
        ++i;
        while (i < lines.size() && (trim(lines[i]).empty() || lines[i].starts_with("    ")))
            body.push_back(lines[i++]);
        store(label, body, column, header);
    }
    return header;
}

std::vector<int> section_key(std::string_view survey) {
    std::vector<int> key;
    int number = -1;
    for (const char c : survey) {
        if (c >= '0' && c <= '9')
            number = std::min(std::max(number, 0) * 10 + (c - '0'), 9999);
        else if (c == '.' && number >= 0)
            key.push_back(number), number = -1;
        else
            break;
    }
    if (number >= 0) key.push_back(number);
    return key;
}

const Header* find_header(std::string_view id) {
    static std::mutex mutex;
    // By the address of the file's text: a file that was edited has another.
    static std::map<const std::string*, Header> parsed;
    const std::string base(id);
    for (const std::string& path : {"core/" + base + ".hpp", "viz/" + base + "_panel.cpp"}) {
        const std::string* text = resource(path);
        if (!text) continue;
        const std::lock_guard lock(mutex);
        auto found = parsed.find(text);
        if (found == parsed.end()) found = parsed.emplace(text, parse_header(*text, path)).first;
        if (found->second.is_component()) return &found->second;
    }
    return nullptr;
}

const std::vector<std::string>& component_ids() {
    static const std::vector<std::string> ids = [] {
        std::vector<std::string> found;
        for (const char* top : {"core/", "viz/"})
            for (const std::string& path : resource_paths(top)) {
                if (!path.ends_with(".hpp") && !path.ends_with("_panel.cpp")) continue;
                const std::string id = id_of(path);
                if (find_header(id)) found.push_back(id);
            }
        std::sort(found.begin(), found.end());
        found.erase(std::unique(found.begin(), found.end()), found.end());
        std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
            return section_key(find_header(a)->survey) < section_key(find_header(b)->survey);
        });
        return found;
    }();
    return ids;
}

}  // namespace orrery::viz
