#include "core/tokenizer/characters.hpp"

#include <cstdio>
#include <map>

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace orrery::tokenizer {

// The code point, or for a byte that is no character a number above all code points.
static std::uint32_t key_of(const CodePoint& c) { return c.valid ? c.value : 0x110000 + c.value; }

static std::string shown(const CodePoint& c, std::string_view bytes) {
    char code[16];
    std::snprintf(code, sizeof code, c.valid ? "U+%04X" : "0x%02X",
                  c.valid ? unsigned(c.value) : unsigned(static_cast<unsigned char>(bytes[0])));
    if (!c.valid) return std::string("byte ") + code;
    if (c.value < 0x20 || c.value == 0x7f) return code;
    return "'" + std::string(bytes.substr(0, c.length)) + "' (" + code + ")";
}

static CodePoint next_symbol(std::string_view bytes) {
    CodePoint c = next_code_point(bytes);
    if (!c.valid) c.value = static_cast<unsigned char>(bytes[0]), c.length = 1;
    return c;
}

Characters characters_of(std::string_view text) {
    //: every different character, sorted by code point
    std::map<std::uint32_t, std::string> seen;
    bool ascii[128] = {};
    while (!text.empty()) {
        const auto byte = static_cast<unsigned char>(text[0]);
        if (byte < 128 && ascii[byte]) {
            text.remove_prefix(1);
            continue;
        }
        const CodePoint c = next_symbol(text);
        if (byte < 128) ascii[byte] = true;
        seen.try_emplace(key_of(c), text.substr(0, c.length));
        text.remove_prefix(c.length);
    }

    //: its place in that order is its id
    Characters characters;
    for (auto& [key, bytes] : seen) {
        characters.id_of[key] = int(characters.alphabet.size());
        characters.alphabet.push_back(std::move(bytes));
    }
    return characters;
}

Characters characters_from(std::vector<std::string> alphabet) {
    Characters characters;
    for (const std::string& symbol : alphabet) {
        const int id = int(characters.id_of.size());
        const CodePoint c = symbol.empty() ? CodePoint{} : next_symbol(symbol);
        if (symbol.empty() || c.length != symbol.size())
            throw ValueError("characters: symbol " + std::to_string(id) + " has " +
                             std::to_string(symbol.size()) + " bytes, wanted one character");
        if (!characters.id_of.try_emplace(key_of(c), id).second)
            throw ValueError("characters: " + shown(c, symbol) + " comes twice, wanted once");
    }
    characters.alphabet = std::move(alphabet);
    return characters;
}

std::vector<int> characters_encode(const Characters& characters, std::string_view text) {
    std::vector<int> ids;
    ids.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        //: look up each character
        const CodePoint c = next_symbol(text.substr(at));
        const auto found = characters.id_of.find(key_of(c));
        if (found == characters.id_of.end())
            throw ValueError("characters: " + shown(c, text.substr(at)) + " at byte " +
                             std::to_string(at) + " is not in the alphabet of " +
                             std::to_string(characters.alphabet.size()) +
                             " characters, wanted one that the training text has");
        ids.push_back(found->second);
        at += c.length;
    }
    return ids;
}

std::string characters_decode(const Characters& characters, std::span<const int> ids) {
    std::string text;
    for (int id : ids) {
        if (id < 0 || std::size_t(id) >= characters.alphabet.size())
            throw ValueError("characters: id is " + std::to_string(id) + ", wanted 0 to " +
                             std::to_string(std::ptrdiff_t(characters.alphabet.size()) - 1));
        text += characters.alphabet[std::size_t(id)];
    }
    return text;
}

CharactersSteps characters_steps(const Characters& characters, std::string_view text) {
    CharactersSteps steps;
    steps.ids = characters_encode(characters, text);
    steps.counts.resize(characters.alphabet.size());
    for (int id : steps.ids) {
        //: count them
        steps.symbols.push_back(characters.alphabet[std::size_t(id)]);
        ++steps.counts[std::size_t(id)];
    }
    return steps;
}

void record(const CharactersSteps& steps, const Characters& characters, Trace& out) {
    out.from("tokenizer/characters");
    Tensor ids({steps.ids.size()}), counts({steps.counts.size()});
    for (std::size_t i = 0; i < steps.ids.size(); ++i) ids.flat()[i] = float(steps.ids[i]);
    for (std::size_t i = 0; i < steps.counts.size(); ++i) counts.flat()[i] = float(steps.counts[i]);
    out.names("alphabet", characters.alphabet);
    out.names("text", steps.symbols);
    out.add("ids", std::move(ids), "look up each character", Kind::index);
    out.add("counts", std::move(counts), "count them", Kind::index);
}

}  // namespace orrery::tokenizer
