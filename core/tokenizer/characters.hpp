// Characters: one id for each character the training text has
//
//   formula   ids_i = |{ c in alphabet : c < text_i }|
//
//   shapes    text of n characters    ->    ids [n]
//             `alphabet` is the V different characters of the training text, sorted by code point.
//             A byte that is not valid UTF-8 is a symbol of its own, after all characters.
//
//   why       The smallest tokenizer that loses nothing: no training, a vocabulary of about a
//             hundred for English. The price is length, four times that of subwords, and a
//             character it has never seen has no id at all.
//
//   cost      one table look-up a character
//   errors    ValueError  encode: a character that the alphabet lacks, with its place
//             ValueError  decode: an id that is not 0 to V - 1
//   source    Mielke et al., "Between words and characters: A Brief History of Open-Vocabulary
//             Modeling and Tokenization in NLP", 2021, arXiv:2112.10508
//   survey    2.1
//   badge     computed
//   leaves out  accents made of two code points count as two characters
//   picture later
//   see       tokenizer/bpe (joins frequent neighbours, knows every byte)
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/tensor/trace.hpp"

namespace orrery::tokenizer {

struct Characters {
    std::vector<std::string> alphabet;  // [V]  the UTF-8 of each symbol, or one stray byte
    std::unordered_map<std::uint32_t, int> id_of;  // by code point; stray bytes above U+10FFFF
};

// The alphabet of a text.
Characters characters_of(std::string_view text);
// An alphabet given in the order of its ids; ValueError when a symbol is not one character or
// comes twice.
Characters characters_from(std::vector<std::string> alphabet);

std::vector<int> characters_encode(const Characters& characters, std::string_view text);
std::string characters_decode(const Characters& characters, std::span<const int> ids);

// A text with everything seen on the way.
struct CharactersSteps {
    std::vector<std::string> symbols;  // [n]  the characters of the text
    std::vector<std::size_t> counts;   // [V]  how often each of the alphabet comes in it
    std::vector<int> ids;              // [n]
};
CharactersSteps characters_steps(const Characters& characters, std::string_view text);
void record(const CharactersSteps& steps, const Characters& characters, Trace& out);

}  // namespace orrery::tokenizer
