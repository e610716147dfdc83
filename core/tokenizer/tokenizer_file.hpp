// The files that tokenizers are kept in, from their bytes
//
// tokenizer.hpp has the doors that most callers want. FormatError with path, place and what was
// expected; nothing is half-loaded.
#pragma once

#include <string>
#include <string_view>

#include "core/tokenizer/bpe.hpp"
#include "core/tokenizer/tokenizer.hpp"

namespace orrery::tokenizer {

// Hugging Face's tokenizer.json: byte-level BPE, or our characters (a BPE of single characters
// without merges, which Hugging Face's library reads too).
Tokenizer parse_tokenizer_json(std::string_view bytes, const std::string& path);

// The two files of GPT-2: vocab.json and merges.txt.
Bpe parse_vocab_and_merges(std::string_view vocab, const std::string& vocab_path,
                           std::string_view merges, const std::string& merges_path,
                           Pattern pattern = Pattern::gpt2);

// tiktoken's rank file: a line for each token, its bytes in base64 and its id.
Bpe parse_tiktoken(std::string_view bytes, const std::string& path, Pattern pattern);

}  // namespace orrery::tokenizer
