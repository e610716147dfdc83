#include "viz/app/link.hpp"

#include <algorithm>
#include <array>

namespace orrery::viz {

static constexpr std::array<std::string_view, 15> reserved{
    "t",    "step", "seed", "lang",      "theme", "hide", "tab",    "sel",
    "view", "in",   "text", "tokenizer", "model", "pin",  "compare"};

bool is_reserved(std::string_view name) {
    return std::find(reserved.begin(), reserved.end(), name) != reserved.end();
}

const std::string* Link::find(std::string_view name) const {
    const std::string* found = nullptr;
    for (const auto& [key, value] : values)
        if (key == name) found = &value;
    return found;
}

std::string percent_encode(std::string_view text) {
    static constexpr char digits[] = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                           (byte >= '0' && byte <= '9') ||
                           std::string_view("-_.~/:,;").find(c) != std::string_view::npos;
        if (plain)
            out += c;
        else
            out += {'%', digits[byte >> 4], digits[byte & 15]};
    }
    return out;
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::string percent_decode(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
            hex_digit(text[i + 2]) >= 0) {
            out += char(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
            i += 2;
        } else {
            out += text[i] == '+' ? ' ' : text[i];
        }
    }
    return out;
}

Link parse_link(std::string_view text, std::vector<std::string>* notes) {
    const auto note = [&](std::string line) {
        if (notes) notes->push_back(std::move(line));
    };
    Link link;
    if (!text.empty() && text.front() == '#') text.remove_prefix(1);
    const std::size_t question = text.find('?');
    link.component = percent_decode(text.substr(0, question));
    if (link.component == "home") link.component.clear();
    if (question == std::string_view::npos) return link;
    std::string_view rest = text.substr(question + 1);
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('&'), rest.size());
        const std::string_view pair = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (pair.empty()) continue;
        const std::size_t equals = pair.find('=');
        if (equals == std::string_view::npos || equals == 0) {
            note("link: \"" + std::string(pair.substr(0, 40)) + "\" is not name=value: ignored");
            continue;
        }
        link.values.emplace_back(percent_decode(pair.substr(0, equals)),
                                 percent_decode(pair.substr(equals + 1)));
    }
    return link;
}

std::string to_string(const Link& link) {
    std::string text = percent_encode(link.component);
    char separator = '?';
    for (const auto& [name, value] : link.values) {
        text += separator + percent_encode(name) + '=' + percent_encode(value);
        separator = '&';
    }
    return text;
}

}  // namespace orrery::viz
