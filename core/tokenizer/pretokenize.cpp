#include "core/tokenizer/pretokenize.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace orrery::tokenizer {
namespace {

//: classes of characters
enum : std::uint8_t {
    upper = 1,     // Lu, Lt
    lower = 2,     // Ll
    caseless = 4,  // Lm, Lo
    mark = 8,      // Mn, Mc, Me
    number = 16,   // Nd, Nl, No
    space = 32,    // White_Space
    newline = 64,  // \r, \n; always with `space`
    letter = upper | lower | caseless,
};

constexpr std::uint8_t ascii_class(int c) {
    if (c == '\n' || c == '\r') return space | newline;
    if (c == ' ' || (c >= '\t' && c <= '\r')) return space;
    if (c >= '0' && c <= '9') return number;
    if (c >= 'A' && c <= 'Z') return upper;
    if (c >= 'a' && c <= 'z') return lower;
    return 0;
}

constexpr std::array<std::uint8_t, 128> ascii_classes = [] {
    std::array<std::uint8_t, 128> table{};
    for (int c = 0; c < 128; ++c) table[std::size_t(c)] = ascii_class(c);
    return table;
}();

// What Unicode 15.1 and 16.0 added, for a utf8proc that is older; rising.
struct Range {
    std::uint32_t first, last;
    std::uint8_t kind;
};
constexpr Range added_since_15[] = {
    {0x897, 0x897, mark},         {0x1C89, 0x1C89, upper},      {0x1C8A, 0x1C8A, lower},
    {0xA7CB, 0xA7CC, upper},      {0xA7CD, 0xA7CD, lower},      {0xA7DA, 0xA7DA, upper},
    {0xA7DB, 0xA7DB, lower},      {0xA7DC, 0xA7DC, upper},      {0x105C0, 0x105F3, caseless},
    {0x10D40, 0x10D49, number},   {0x10D4A, 0x10D4F, caseless}, {0x10D50, 0x10D65, upper},
    {0x10D69, 0x10D6D, mark},     {0x10D6F, 0x10D6F, caseless}, {0x10D70, 0x10D85, lower},
    {0x10EC2, 0x10EC4, caseless}, {0x10EFC, 0x10EFC, mark},     {0x11380, 0x11389, caseless},
    {0x1138B, 0x1138B, caseless}, {0x1138E, 0x1138E, caseless}, {0x11390, 0x113B5, caseless},
    {0x113B7, 0x113B7, caseless}, {0x113B8, 0x113C0, mark},     {0x113C2, 0x113C2, mark},
    {0x113C5, 0x113C5, mark},     {0x113C7, 0x113CA, mark},     {0x113CC, 0x113D0, mark},
    {0x113D1, 0x113D1, caseless}, {0x113D2, 0x113D2, mark},     {0x113D3, 0x113D3, caseless},
    {0x113E1, 0x113E2, mark},     {0x116D0, 0x116E3, number},   {0x11BC0, 0x11BE0, caseless},
    {0x11BF0, 0x11BF9, number},   {0x11F5A, 0x11F5A, mark},     {0x13460, 0x143FA, caseless},
    {0x16100, 0x1611D, caseless}, {0x1611E, 0x1612F, mark},     {0x16130, 0x16139, number},
    {0x16D40, 0x16D6C, caseless}, {0x16D70, 0x16D79, number},   {0x18CFF, 0x18CFF, caseless},
    {0x1CCF0, 0x1CCF9, number},   {0x1E5D0, 0x1E5ED, caseless}, {0x1E5EE, 0x1E5EF, mark},
    {0x1E5F0, 0x1E5F0, caseless}, {0x1E5F1, 0x1E5FA, number},   {0x2EBF0, 0x2EE5D, caseless}};

std::uint8_t added_class(std::uint32_t c) {
    const auto* const after = std::upper_bound(
        std::begin(added_since_15), std::end(added_since_15), c,
        [](std::uint32_t value, const Range& range) { return value < range.first; });
    if (after == std::begin(added_since_15)) return 0;
    const Range& range = *(after - 1);
    return c <= range.last ? range.kind : 0;
}

std::uint8_t unicode_class(std::uint32_t c) {
    switch (utf8proc_category(utf8proc_int32_t(c))) {
        case UTF8PROC_CATEGORY_LU:
        case UTF8PROC_CATEGORY_LT:
            return upper;
        case UTF8PROC_CATEGORY_LL:
            return lower;
        case UTF8PROC_CATEGORY_LM:
        case UTF8PROC_CATEGORY_LO:
            return caseless;
        case UTF8PROC_CATEGORY_MN:
        case UTF8PROC_CATEGORY_MC:
        case UTF8PROC_CATEGORY_ME:
            return mark;
        case UTF8PROC_CATEGORY_ND:
        case UTF8PROC_CATEGORY_NL:
        case UTF8PROC_CATEGORY_NO:
            return number;
        case UTF8PROC_CATEGORY_ZS:
        case UTF8PROC_CATEGORY_ZL:
        case UTF8PROC_CATEGORY_ZP:
            return space;
        case UTF8PROC_CATEGORY_CN:
            return added_class(c);
        default:
            return c == 0x85 ? space : 0;
    }
}

struct Character {
    std::uint8_t kind = 0;
    std::uint8_t length = 0;  // 0: the end of the text
    bool is(int kinds) const { return (kind & kinds) != 0; }
    // [^\s\p{L}\p{N}]
    bool is_other() const { return length > 0 && !is(space | letter | number); }
};

class Scanner {
   public:
    explicit Scanner(std::string_view text) : text_(text) {}

    Character at(std::size_t i) const {
        if (i >= text_.size()) return {};
        const auto byte = static_cast<unsigned char>(text_[i]);
        if (byte < 128) return {ascii_classes[byte], 1};
        const CodePoint c = next_code_point(text_.substr(i, 4));
        if (!c.valid) return {0, 1};
        return {unicode_class(c.value), std::uint8_t(c.length)};
    }
    // Past all characters of these kinds from i on.
    std::size_t run(std::size_t i, int kinds) const {
        while (true) {
            while (i < text_.size() && is_ascii(i) && (ascii_classes[byte(i)] & kinds)) ++i;
            if (i >= text_.size() || is_ascii(i)) return i;
            const Character c = at(i);
            if (!c.is(kinds)) return i;
            i += c.length;
        }
    }
    // The same, at most `most` of them.
    std::size_t few(std::size_t i, int kinds, std::size_t most) const {
        for (; most > 0; --most) {
            const Character c = at(i);
            if (!c.is(kinds)) break;
            i += c.length;
        }
        return i;
    }
    std::size_t others(std::size_t i) const {
        for (Character c = at(i); c.is_other(); c = at(i)) i += c.length;
        return i;
    }
    bool has(std::size_t i, char byte) const { return i < text_.size() && text_[i] == byte; }

    // The length of 's 't 're 've 'm 'll 'd at i, or 0. With the case ignored, the long s (U+017F)
    // is an s too.
    std::size_t contraction(std::size_t i, bool ignore_case) const {
        if (!has(i, '\'') || i + 1 >= text_.size()) return 0;
        const auto small = [&](std::size_t k) {
            const char c = k < text_.size() ? text_[k] : '\0';
            return ignore_case && c >= 'A' && c <= 'Z' ? char(c + 32) : c;
        };
        const char a = small(i + 1), b = small(i + 2);
        if (a == 's' || a == 't' || a == 'm' || a == 'd') return 2;
        if ((a == 'r' && b == 'e') || (a == 'v' && b == 'e') || (a == 'l' && b == 'l')) return 3;
        return ignore_case && text_.substr(i + 1, 2) == "\xC5\xBF" ? 3 : 0;
    }

    // \s+(?!\S)|\s+ : leaves the last space to the word that follows.
    std::size_t spaces() const {
        std::size_t end = 0, last = 0;
        for (Character c = at(0); c.is(space); c = at(end)) {
            last = end;
            end += c.length;
        }
        return end == text_.size() || last == 0 ? end : last;
    }
    // \s*[\r\n]+ : to the last newline of the spaces here, or 0.
    std::size_t spaces_to_newline() const {
        std::size_t i = 0, end = 0;
        for (Character c = at(0); c.is(space); c = at(i)) {
            i += c.length;
            if (c.is(newline)) end = i;
        }
        return end;
    }

   private:
    unsigned char byte(std::size_t i) const { return static_cast<unsigned char>(text_[i]); }
    bool is_ascii(std::size_t i) const { return byte(i) < 128; }
    std::string_view text_;
};

std::size_t gpt2_piece(const Scanner& s) {
    //: gpt2: a contraction
    if (const std::size_t length = s.contraction(0, false)) return length;

    //: gpt2: letters, numbers or signs, with the space before them
    const std::size_t start = s.has(0, ' ') ? 1 : 0;
    const Character c = s.at(start);
    if (c.is(letter)) return s.run(start, letter);
    if (c.is(number)) return s.run(start, number);
    if (c.is_other()) return s.others(start);

    //: gpt2: spaces
    return s.spaces();
}

std::size_t cl100k_piece(const Scanner& s, std::size_t digits) {
    const Character c = s.at(0);
    //: cl100k: a contraction
    if (const std::size_t length = s.contraction(0, true)) return length;

    //: cl100k: letters, with one sign or space before them
    if (c.is(letter)) return s.run(0, letter);
    if (!c.is(newline | number) && s.at(c.length).is(letter)) return s.run(c.length, letter);

    //: cl100k: a few digits
    if (c.is(number)) return s.few(0, number, digits);

    //: cl100k: signs, with the space before and the line ends after them
    const std::size_t start = s.has(0, ' ') ? 1 : 0;
    if (s.at(start).is_other()) return s.run(s.others(start), newline);

    //: cl100k: spaces
    const std::size_t to_newline = s.spaces_to_newline();
    return to_newline > 0 ? to_newline : s.spaces();
}

// [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+ from i, or 0.
std::size_t capitals_then_small(const Scanner& s, std::size_t i) {
    std::size_t give_back = 0;  // past the last character that both classes have
    for (Character c = s.at(i); c.is(upper | caseless | mark); c = s.at(i)) {
        i += c.length;
        if (c.is(caseless | mark)) give_back = i;
    }
    const std::size_t end = s.run(i, lower | caseless | mark);
    return end > i ? end : give_back;
}

std::size_t o200k_piece(const Scanner& s) {
    const Character c = s.at(0);
    const bool may_lead = !c.is(newline | letter | number);  // [^\r\n\p{L}\p{N}]
    const auto with_contraction = [&](std::size_t i) { return i + s.contraction(i, true); };

    //: o200k: capitals, then small letters
    if (may_lead)
        if (const std::size_t end = capitals_then_small(s, c.length)) return with_contraction(end);
    if (const std::size_t end = capitals_then_small(s, 0)) return with_contraction(end);

    //: o200k: capitals alone
    const std::size_t start = may_lead ? c.length : 0;
    if (s.at(start).is(upper)) return with_contraction(s.run(start, upper));

    //: o200k: a few digits
    if (c.is(number)) return s.few(0, number, 3);

    //: o200k: signs, with the space before and the line ends and slashes after them
    const std::size_t sign = s.has(0, ' ') ? 1 : 0;
    if (s.at(sign).is_other()) {
        std::size_t end = s.others(sign);
        while (s.at(end).is(newline) || s.has(end, '/')) ++end;
        return end;
    }

    //: o200k: spaces
    const std::size_t to_newline = s.spaces_to_newline();
    return to_newline > 0 ? to_newline : s.spaces();
}

struct Named {
    Pattern pattern;
    std::string_view name, regex;
};
constexpr Named patterns[] = {
    {Pattern::none, "none", ""},
    {Pattern::gpt2, "gpt2",
     R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)"},
    {Pattern::cl100k, "cl100k",
     R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|)"
     R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"},
    {Pattern::qwen2, "qwen2",
     R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|)"
     R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"},
    {Pattern::o200k, "o200k",
     R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+)"
     R"((?i:'s|'t|'re|'ve|'m|'ll|'d)?|)"
     R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*)"
     R"((?i:'s|'t|'re|'ve|'m|'ll|'d)?|)"
     R"(\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)"},
};

}  // namespace

Pattern pattern_named(std::string_view name) {
    for (const Named& p : patterns)
        if (p.name == name) return p.pattern;
    throw ValueError("pattern: is '" + std::string(name) + "', wanted gpt2, cl100k, o200k or none");
}

std::string_view pattern_name(Pattern pattern) { return patterns[std::size_t(pattern)].name; }
std::string_view pattern_regex(Pattern pattern) { return patterns[std::size_t(pattern)].regex; }

std::size_t piece_length(Pattern pattern, std::string_view rest) {
    if (rest.empty()) return 0;
    const Scanner scanner(rest);
    switch (pattern) {
        case Pattern::none:
            return rest.size();
        case Pattern::gpt2:
            return gpt2_piece(scanner);
        case Pattern::cl100k:
            return cl100k_piece(scanner, 3);
        case Pattern::qwen2:
            return cl100k_piece(scanner, 1);
        case Pattern::o200k:
            return o200k_piece(scanner);
    }
    return rest.size();
}

static std::uint8_t class_of(std::uint32_t c) {
    return c < 128 ? ascii_classes[c] : unicode_class(c);
}

bool is_space(std::uint32_t c) { return (class_of(c) & space) != 0; }

bool is_word(std::uint32_t c) {
    const std::uint8_t kind = class_of(c);
    if (kind & (letter | mark)) return true;
    const utf8proc_category_t category = utf8proc_category(utf8proc_int32_t(c));
    if (kind & number) return category != UTF8PROC_CATEGORY_NO;
    const bool is_joiner = c == 0x200C || c == 0x200D;
    const bool is_circled = (c >= 0x24B6 && c <= 0x24E9) || (c >= 0x1F130 && c <= 0x1F149) ||
                            (c >= 0x1F150 && c <= 0x1F169) || (c >= 0x1F170 && c <= 0x1F189);
    return category == UTF8PROC_CATEGORY_PC || is_joiner || is_circled;
}

std::vector<std::string_view> split_pieces(Pattern pattern, std::string_view text) {
    std::vector<std::string_view> pieces;
    while (!text.empty()) {
        const std::size_t length = piece_length(pattern, text);
        pieces.push_back(text.substr(0, length));
        text.remove_prefix(length);
    }
    return pieces;
}

}  // namespace orrery::tokenizer
