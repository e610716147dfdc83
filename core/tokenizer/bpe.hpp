// Byte-pair encoding: join the most frequent neighbours, again and again
//
//   formula   merges_k = argmax_(left,right) pairs_(left,right)
//             symbols_(k+1) = symbols_k + merges_k
//
//   shapes    words with counts    ->    K merges, in order; `pairs` counts, over all words, how
//             often two symbols stand side by side, anew after each merge
//             text    ->    ids [n], replaying the merges in that order: the earliest merge
//             that fits anywhere comes first, the leftmost place first.
//             Byte-level: the alphabet begins with the 256 bytes, so V = 256 + K.
//
//   why       Frequent words become one token, rare ones fall into parts that are known, and
//             with bytes at the bottom nothing is unknown.
//
//   cost      training   plain: a pass over all words for each merge;
//                        fast: n + the places that change, and a heap of the pairs
//             encoding   n log n for a piece of n bytes; pieces seen before are looked up
//   errors    ValueError   training: fewer tokens asked for than the alphabet has
//             ValueError   decoding: an id that no token has
//   source    Sennrich, Haddow and Birch, "Neural Machine Translation of Rare Words with
//             Subword Units", 2016, arXiv:1508.07909. On bytes: Radford et al., "Language
//             Models are Unsupervised Multitask Learners", 2019.
//   survey    2.1
//   badge     computed
//   leaves out  merges never cross the pieces that the pre-tokenizer cuts
//   see       tokenizer/characters (no merges at all)
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/tensor/trace.hpp"
#include "core/tokenizer/pretokenize.hpp"

namespace orrery::tokenizer {

// ---- Training, to be read: every merge recorded ------------------------------------------------

// Words as symbols, in the order they are first seen, and how often each occurs.
struct BpeWord {
    std::vector<int> ids;
    long long count = 0;
};
struct BpeCorpus {
    std::vector<std::string> symbols;  // the bytes of each id
    std::vector<BpeWord> words;
};

// Words cut into characters, each word closed by `end_marker` unless that is empty.
BpeCorpus bpe_corpus(const std::vector<std::pair<std::string, long long>>& words,
                     std::string_view end_marker = "");
// The pieces of texts, cut into bytes. Ids 0 to 255 are the bytes in the order of GPT-2.
BpeCorpus bpe_byte_corpus(std::span<const std::string_view> texts, Pattern pattern);

// Which of several pairs of the same count is merged.
enum class Ties {
    first_seen,  // the one that stands first in the text
    lowest_ids,  // the one whose left id, then right id is lowest, as Hugging Face's trainer does
};

// A row of the table of neighbouring pairs.
struct BpePair {
    int left = 0, right = 0;
    long long count = 0;
    friend bool operator==(const BpePair&, const BpePair&) = default;
};
struct BpeMerge {
    int left = 0, right = 0, made = 0;
    std::uint32_t rank = 0;  // lower is earlier
    friend bool operator==(const BpeMerge&, const BpeMerge&) = default;
};
struct BpeTrainingStep {
    BpeMerge merge;
    long long count = 0;           // of the pair, when it was merged
    std::vector<BpePair> changes;  // rows of the table that it changed, as they are after; 0: gone
};
struct BpeTraining {
    std::vector<BpePair> table;          // all pairs before the first merge
    std::vector<BpeTrainingStep> steps;  // in order
    BpeCorpus corpus;                    // the symbols and words after the last merge
    // When asked for: the first rows of the table before merge k, as they would be merged, and at
    // the end those that are left.  [merges + 1]
    std::vector<std::vector<BpePair>> leading;
};

// Ends early when no pair is left. A merge that spells a symbol there is already takes its id.
// With `rows`, notes so many leading rows of the table at every merge.
BpeTraining bpe_train_steps(BpeCorpus corpus, std::size_t merges, Ties ties = Ties::first_seen,
                            std::size_t rows = 0);
void record(const BpeTraining& training, Trace& out);

// ---- The tokenizer ----------------------------------------------------------------------------

// A token that is looked for in the text itself, before anything else.
struct AddedToken {
    std::string text;
    int id = 0;
    bool special = true;  // only when encoding with specials
    bool strip_left = false, strip_right = false, single_word = false;
    bool normalized = false;  // looked for after those that are not
};

struct BpeTable {
    std::vector<std::string> tokens;  // [V]  the bytes of each id; "" where there is no such id
    std::vector<BpeMerge> merges;
    std::vector<AddedToken> added;
    std::vector<int> literal;  // ids that neither a byte nor a merge gives: "<|endoftext|>"
    Pattern pattern = Pattern::gpt2;
    bool prefix_space = false;       // a text that does not begin with a space gets one
    bool whole_piece_first = false;  // a piece that is a token is not merged but looked up
    bool is_tiktoken = false;        // from the first byte that is no UTF-8 on: one piece
    int unknown = -1;                // for bytes without a token; -1: such bytes are left out
    bool fuse_unknown = false;
    std::vector<int> before, after;  // what --add-special puts around a text
};

// How far training is: first all bytes are read, then tokens are made.
struct BpeProgress {
    std::size_t bytes_read = 0, bytes = 0;
    std::size_t tokens = 0, vocab_size = 0;
};

struct BpeTrainConfig {
    std::size_t vocab_size = 1024;
    Pattern pattern = Pattern::gpt2;
    Ties ties = Ties::first_seen;
    // Asked every so many bytes and at every merge; false ends training with the table as it is.
    std::function<bool(const BpeProgress&)> go_on = {};
};

// Byte-level training, fast: the same merges as bpe_train_steps on bpe_byte_corpus. The table has
// fewer than `vocab_size` tokens when the texts have no more pairs.
BpeTable bpe_train(std::span<const std::string_view> texts, const BpeTrainConfig& config);

// The 256 bytes in the order in which GPT-2 numbers them: '!' is 0.
const std::array<unsigned char, 256>& bpe_byte_order();

// A table made ready: its merges, bytes and tokens can be looked up.
class Bpe {
   public:
    // ValueError when a merge or an added token names an id that there is not.
    explicit Bpe(BpeTable table);

    const BpeTable& table() const { return *table_; }
    bool has(int id) const;
    // The ids of a piece before any merge.
    std::vector<int> bytes(std::string_view piece) const;
    void bytes(std::string_view piece, std::vector<int>& out) const;  // at the end of `out`
    // The merge of two neighbours; rank `never` when there is none.
    struct Found {
        std::uint32_t rank;
        int made;
    };
    static constexpr std::uint32_t never = 0xffffffff;
    Found find(int left, int right) const;
    // The id of these bytes as a token of the vocabulary, or -1. Known only when whole pieces are
    // looked up first.
    int whole(std::string_view piece) const;

   private:
    struct Slot {
        std::uint64_t key;
        std::uint32_t rank;
        int made;
    };
    struct Whole;
    std::shared_ptr<const BpeTable> table_;
    std::array<int, 256> byte_id_{};
    std::vector<Slot> slots_;
    std::shared_ptr<const Whole> whole_;
};

// The merges of one text replayed, to be read.
struct BpeEncodeStep {
    std::size_t piece = 0;  // which piece
    std::size_t place = 0;  // where in it, counted in symbols
    BpeMerge merge;
    std::vector<int> ids;  // the piece after it
};
struct BpeEncodeSteps {
    std::vector<std::string> pieces;
    std::vector<std::vector<int>> bytes;  // each piece before the first merge
    std::vector<BpeEncodeStep> steps;
    std::vector<int> ids;  // [n]
};
// Added tokens are plain text here.
BpeEncodeSteps bpe_encode_steps(const Bpe& bpe, std::string_view text);
void record(const BpeEncodeSteps& steps, const Bpe& bpe, Trace& out);

// When each byte of a piece is joined to the one before it: the rank of that merge, or `never`. The
// tokens after the first k merges end where this is k or more.
std::vector<std::uint32_t> bpe_joins(const Bpe& bpe, std::string_view piece);  // [bytes]

// What BPE is not: from the left, the longest token there is. -1 for a byte that no token begins
// with.
std::vector<int> longest_match(std::span<const std::string> tokens, std::string_view piece);

// The same ids, fast. With `special`, added tokens that are special are found in the text.
std::vector<int> bpe_encode(const Bpe& bpe, std::string_view text, bool special = false);
std::string bpe_decode(const Bpe& bpe, std::span<const int> ids);

}  // namespace orrery::tokenizer
