// Tokenizer: text to ids and back, whichever kind is behind it
//
// What models, panels and commands hold. Cheap to copy; never changes once made. The kinds are
// components of their own: tokenizer/characters, tokenizer/bpe.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace orrery::tokenizer {

struct Characters;
class Bpe;

struct EncodeOptions {
    bool special = false;      // "<|endoftext|>" written in the text becomes its one id
    bool add_special = false;  // the ids that the tokenizer's file puts around a text
};

class Tokenizer {
   public:
    Tokenizer();  // characters of no text: takes only the empty text
    explicit Tokenizer(Characters characters);
    explicit Tokenizer(Bpe bpe);

    std::string_view kind() const;   // "char", "bpe"
    std::size_t vocab_size() const;  // one more than the largest id

    // Any bytes. ValueError when a character tokenizer meets a character it does not know.
    std::vector<int> encode(std::string_view text, const EncodeOptions& options = {}) const;
    // The bytes of all ids one after another; they may be cut within a character. ValueError
    // when there is no such id.
    std::string decode(std::span<const int> ids) const;
    // The bytes of one token. ValueError when there is no such id.
    const std::string& token_bytes(int id) const;
    bool has(int id) const;

    // What is behind it; nullptr when it is of another kind.
    const Characters* characters() const;
    const Bpe* bpe() const;

   private:
    struct Model;
    std::shared_ptr<const Model> model_;
};

// One symbol for each different character of the text, in the order of their code points.
Tokenizer characters_tokenizer(std::string_view text);

// A `tokenizer.json`; a directory with one, or with `vocab.json` and `merges.txt`; a `.tiktoken`
// rank file, for which `pattern` may say gpt2, cl100k or o200k where its name does not tell.
// FormatError with path, place and what was expected.
Tokenizer load_tokenizer(const std::string& path, std::string_view pattern = "");
// The same from the bytes of one file; `path` tells the layout and stands in messages.
Tokenizer parse_tokenizer(std::string_view bytes, const std::string& path,
                          std::string_view pattern = "");

// Writes `path`, or `tokenizer.json` in it when it is a directory, in Hugging Face's layout.
void save_tokenizer(const Tokenizer& tokenizer, const std::string& path);
std::string tokenizer_json(const Tokenizer& tokenizer);

}  // namespace orrery::tokenizer
