// Corpus: a text cut into a part to learn from and a part to be examined on
//
//   formula   train = floor(n * (1 - fraction))
//             y_j   = id_(start + j + 1)
//
//   shapes    ids [n]    ->    x, y [B, context]
//             `n` counts ids. The last `n - train` are held out; a batch is `B` windows of the
//             first `train`, each starting at a place drawn afresh.
//
//   why       A model that has read a text can repeat it. Only text it has not read shows
//             what it learned, so the end is kept back and never trained on.
//
//   cost      a batch copies 2 B context ids
//   errors    FormatError  the file cannot be read, or is empty
//             ValueError   fraction is not in [0, 1), batch or context is 0, or there are
//                          fewer than context + 1 ids
//   source    the split and the windows of nanoGPT (Karpathy, 2022)
//   survey    2.12.1
//   badge     computed
//   picture later
//   leaves out  cleaning and deduplication: the bytes are taken as they are
//   see       data/tasks (examples made by rule), tokenizer/characters, tokenizer/bpe
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/batch.hpp"
#include "core/tensor/trace.hpp"

namespace orrery::data {

struct Corpus {
    std::string name;  // "stories:en", or the path it was read from
    std::string text;  // its bytes, unchanged
    std::string note;  // one line worth telling ("byte 17 is not UTF-8 …"); empty when all is well
};

// `source` is a path ("-" is standard input), or "stories:en", "stories:zh": the built-in corpus.
Corpus load_corpus(const std::string& source);
// Bytes that are at hand already, checked the same way.
Corpus corpus_of(std::string name, std::string text);

// The built-in corpus: little stories by a seeded grammar of our own (data/story_grammar).
inline constexpr std::size_t stories_bytes = 200'000;

// The text in two, between characters: `train` is the first floor(n (1 - fraction)) of n characters.
struct TextParts {
    std::string_view train, validation;
};
TextParts split_text(std::string_view text, double fraction);

// One batch with nothing thrown away, in the order it is made.
struct CorpusSteps {
    std::vector<std::size_t> starts;  // [B]  where each window begins
    Batch batch;                      // x, y [B, context]
};

// Windows at places that depend on (seed, step) alone.
CorpusSteps corpus_steps(const std::vector<int>& ids, std::size_t batch, std::size_t context,
                         std::uint64_t seed, std::uint64_t step);
void record(const CorpusSteps& steps, Trace& out);
Batch corpus_batch(const std::vector<int>& ids, std::size_t batch, std::size_t context,
                   std::uint64_t seed, std::uint64_t step);

// Consecutive windows that cover all of `ids` once, for an examination: the last may be shorter and
// stands alone. Each is one row; at most `batch` rows to a Batch.
std::vector<Batch> corpus_windows(const std::vector<int>& ids, std::size_t batch,
                                  std::size_t context);

}  // namespace orrery::data
