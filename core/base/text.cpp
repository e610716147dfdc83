#include "core/base/text.hpp"

#include <charconv>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <limits>

namespace orrery {

CodePoint next_code_point(std::string_view bytes) {
    if (bytes.empty()) return {0, 0, false};
    const auto byte = [&](std::size_t i) {
        return std::uint32_t(static_cast<unsigned char>(bytes[i]));
    };
    const std::uint32_t first = byte(0);
    if (first < 0x80) return {first, 1, true};
    const CodePoint broken{first, 1, false};

    //: the first byte says how many follow
    std::size_t length = 0;
    std::uint32_t value = 0, least = 0;
    if ((first & 0xE0) == 0xC0) {
        length = 2, value = first & 0x1F, least = 0x80;
    } else if ((first & 0xF0) == 0xE0) {
        length = 3, value = first & 0x0F, least = 0x800;
    } else if ((first & 0xF8) == 0xF0) {
        length = 4, value = first & 0x07, least = 0x10000;
    } else {
        return broken;
    }
    if (bytes.size() < length) return broken;

    //: each of them carries six bits
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0) != 0x80) return broken;
        value = value << 6 | (byte(i) & 0x3F);
    }
    const bool is_surrogate = value >= 0xD800 && value <= 0xDFFF;
    if (value < least || value > 0x10FFFF || is_surrogate) return broken;
    return {value, length, true};
}

std::string to_utf8(std::uint32_t c) {
    std::string bytes;
    const auto put = [&](std::uint32_t byte) { bytes += static_cast<char>(byte); };
    if (c < 0x80) {
        put(c);
    } else if (c < 0x800) {
        put(0xC0 | c >> 6), put(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        put(0xE0 | c >> 12), put(0x80 | (c >> 6 & 0x3F)), put(0x80 | (c & 0x3F));
    } else {
        put(0xF0 | (c >> 18 & 0x07)), put(0x80 | (c >> 12 & 0x3F));
        put(0x80 | (c >> 6 & 0x3F)), put(0x80 | (c & 0x3F));
    }
    return bytes;
}

std::size_t first_invalid_utf8(std::string_view bytes) {
    for (std::size_t at = 0; at < bytes.size();) {
        const CodePoint c = next_code_point(bytes.substr(at));
        if (!c.valid) return at;
        at += c.length;
    }
    return std::string_view::npos;
}

std::vector<std::string> split_characters(std::string_view text) {
    std::vector<std::string> characters;
    while (!text.empty()) {
        const std::size_t length = next_code_point(text).length;
        characters.emplace_back(text.substr(0, length));
        text.remove_prefix(length);
    }
    return characters;
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> pieces;
    while (true) {
        const std::size_t end = text.find(separator);
        pieces.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos) return pieces;
        text.remove_prefix(end + 1);
    }
}

std::string_view trim(std::string_view text) {
    constexpr std::string_view blank = " \t\r\n\f\v";
    const std::size_t begin = text.find_first_not_of(blank);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(blank) - begin + 1);
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string number_text(double value, int digits) {
    char written[64];
    std::snprintf(written, sizeof written, "%.*g",
                  digits < 1    ? 1
                  : digits > 40 ? 40
                                : digits,
                  value);

    //: whatever the locale puts between whole and fraction becomes a point
    std::string text;
    for (const char* c = written; *c; ++c) {
        const bool plain = is_digit(*c) || (*c >= 'a' && *c <= 'z') || *c == '-' || *c == '+';
        if (plain)
            text += *c;
        else if (text.empty() || text.back() != '.')
            text += '.';
    }
    return text;
}

// Is this a number as everyone writes it: 12, -0.5, .5, 3e-4, inf, nan?
static bool looks_like_number(std::string_view text) {
    std::size_t at = 0, digits = 0;
    const auto has = [&](char c) { return at < text.size() && text[at] == c; };
    const auto skip_digits = [&] {
        const std::size_t begin = at;
        while (at < text.size() && is_digit(text[at])) ++at;
        return at - begin;
    };
    if (has('-') || has('+')) ++at;
    if (text.substr(at) == "inf" || text.substr(at) == "nan") return true;
    digits = skip_digits();
    if (has('.')) {
        ++at;
        digits += skip_digits();
    }
    if (digits == 0) return false;
    if (has('e') || has('E')) {
        ++at;
        if (has('-') || has('+')) ++at;
        if (skip_digits() == 0) return false;
    }
    return at == text.size();
}

bool parse_number(std::string_view text, double& value) {
    if (text.size() > 400 || !looks_like_number(text)) return false;

    //: strtod expects the point of the locale
    std::string local(text);
    if (const std::size_t point = local.find('.'); point != std::string::npos)
        local.replace(point, 1, std::localeconv()->decimal_point);
    char* end = nullptr;
    const double read = std::strtod(local.c_str(), &end);
    if (end != local.c_str() + local.size()) return false;
    value = read;
    return true;
}

bool parse_integer(std::string_view text, long long& value) {
    if (text.empty()) return false;
    if (text.size() > 1 && text[0] == '+' && is_digit(text[1])) text.remove_prefix(1);
    long long read = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), read);
    if (error != std::errc() || end != text.data() + text.size()) return false;
    value = read;
    return true;
}

}  // namespace orrery
