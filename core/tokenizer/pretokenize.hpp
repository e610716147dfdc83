// Pre-tokenizer: cuts a text into pieces that merges never cross
//
// The patterns of published tokenizers as scanners written by hand; each does what its regular
// expression says, alternatives in order, backtracking included. Character classes are Unicode's
// general categories, so `\p{L}` and `\s` mean the same in every language.
//
//   gpt2    's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
//   cl100k  (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|
//           ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
//   qwen2   cl100k with one digit a piece
//   o200k   words split where lower case turns upper, contractions kept with their word
//   none    the whole text is one piece
//
// A byte that is not valid UTF-8 counts as a character that is no letter, number or space.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace orrery::tokenizer {

enum class Pattern { none, gpt2, cl100k, qwen2, o200k };

// ValueError unless it is the name of one: "gpt2".
Pattern pattern_named(std::string_view name);
std::string_view pattern_name(Pattern pattern);
// The regular expression as Hugging Face's files hold it; "" for none.
std::string_view pattern_regex(Pattern pattern);

// How many bytes the first piece of `rest` has; 0 only when `rest` is empty.
std::size_t piece_length(Pattern pattern, std::string_view rest);

// \s and \w of a code point.
bool is_space(std::uint32_t code_point);
bool is_word(std::uint32_t code_point);

// All pieces; one after another they are the text.
std::vector<std::string_view> split_pieces(Pattern pattern, std::string_view text);

}  // namespace orrery::tokenizer
