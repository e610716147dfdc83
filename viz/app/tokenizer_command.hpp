// orrery tokenizer train, encode, decode, info
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace orrery::viz {

struct TokenizerTrainOptions {
    std::string kind = "bpe";         // bpe, char
    std::size_t vocab_size = 1024;    // bpe
    std::string pattern = "gpt2";     // gpt2, cl100k, o200k, none
    std::string ties = "first-seen";  // first-seen, lowest-ids
    std::vector<std::string> in;      // text files; "-" is standard input
    std::string out;                  // tokenizer.json; "-" is standard output
};
// Exit status 2 by ValueError or FormatError: a kind there is not, an empty text, too few tokens.
int tokenizer_train_command(const TokenizerTrainOptions& options);

struct TokenizerEncodeOptions {
    std::string tokenizer;  // a file or a directory
    std::string pattern;    // for a .tiktoken file whose name does not tell
    std::string in = "-";
    bool lines = false;            // each line is a text of its own
    bool jsonl = false;            // {"text": …} or {"hex": …} a line
    std::string special = "none";  // none, all
    bool add_special = false;
};
int tokenizer_encode_command(const TokenizerEncodeOptions& options);

struct TokenizerDecodeOptions {
    std::string tokenizer, pattern;
    std::string in = "-";  // ids, separated by blanks, commas or newlines
    bool lines = false;    // each line gives a text of its own, closed by a newline
    bool jsonl = false;    // {"ids": […]} a line
};
int tokenizer_decode_command(const TokenizerDecodeOptions& options);

struct TokenizerInfoOptions {
    std::string tokenizer, pattern;
    bool json = false;
};
int tokenizer_info_command(const TokenizerInfoOptions& options);

}  // namespace orrery::viz
