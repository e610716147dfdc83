#include "lessons/engine/excerpt.hpp"

#include <algorithm>

#include "core/base/text.hpp"

namespace orrery::lessons {

static std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        lines.push_back(line);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

static int indent_of(std::string_view line) {
    return int(std::min(line.find_first_not_of(' '), line.size()));
}

static bool is_blank(std::string_view line) { return trim(line).empty(); }

static bool is_marker(std::string_view line) { return trim(line).starts_with("//:"); }

static int columns_of(std::string_view line) {
    return int(
        std::count_if(line.begin(), line.end(), [](char byte) { return (byte & 0xC0) != 0x80; }));
}

std::vector<Marker> markers(std::string_view source) {
    std::vector<Marker> found;
    const auto lines = lines_of(source);
    for (std::size_t i = 0; i < lines.size(); ++i)
        if (is_marker(lines[i]))
            found.push_back(
                {std::string(trim(trim(lines[i]).substr(3))), int(i) + 1, indent_of(lines[i])});
    return found;
}

Excerpt cut_excerpt(std::string_view source, std::string_view marker) {
    Excerpt cut;
    std::vector<Marker> named;
    for (const Marker& m : markers(source))
        if (m.words == marker) named.push_back(m);
    if (named.empty()) {
        cut.error = "has no marker \"//: " + std::string(marker) + "\"";
        return cut;
    }
    if (named.size() > 1) {
        cut.error = "has the marker \"//: " + std::string(marker) + "\" twice, in lines " +
                    std::to_string(named[0].line) + " and " + std::to_string(named[1].line);
        return cut;
    }

    //: from the marker to where its paragraph ends
    const auto lines = lines_of(source);
    const int depth = named[0].indent;
    std::vector<std::pair<int, std::string_view>> body;
    for (std::size_t i = std::size_t(named[0].line); i < lines.size(); ++i) {
        if (!is_blank(lines[i]) && indent_of(lines[i]) < depth) break;
        if (is_marker(lines[i]) && indent_of(lines[i]) <= depth) break;
        body.emplace_back(int(i) + 1, lines[i]);
    }
    while (!body.empty() && is_blank(body.front().second)) body.erase(body.begin());
    while (!body.empty() && is_blank(body.back().second)) body.pop_back();
    if (body.empty()) {
        cut.error = "has nothing under the marker \"//: " + std::string(marker) + "\"";
        return cut;
    }

    //: without the common indent
    int common = depth + 1000, widest = 0;
    for (const auto& [number, line] : body)
        if (!is_blank(line)) common = std::min(common, indent_of(line));
    for (const auto& [number, line] : body) {
        const std::string_view kept =
            is_blank(line) ? std::string_view() : line.substr(std::size_t(common));
        widest = std::max(widest, columns_of(kept));
        cut.text += std::string(kept) + "\n";
    }
    cut.first_line = body.front().first;
    cut.last_line = body.back().first;
    if (int(body.size()) > excerpt_lines)
        cut.error = "has " + std::to_string(body.size()) +
                    " lines under \"//: " + std::string(marker) + "\", wanted at most " +
                    std::to_string(excerpt_lines);
    else if (widest > excerpt_columns)
        cut.error = "is " + std::to_string(widest) +
                    " columns wide under \"//: " + std::string(marker) + "\", wanted at most " +
                    std::to_string(excerpt_columns);
    return cut;
}

}  // namespace orrery::lessons
