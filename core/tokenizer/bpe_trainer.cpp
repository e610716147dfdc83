// Training BPE fast: only the places that a merge changes are looked at
//
// All different pieces lie one after another in one row of symbols, linked to their neighbours.
// Each pair knows its count and the places where it once stood; a heap has the most frequent on
// top. Counts only fall once a pair is made, and its first place only moves on, so an entry of the
// heap is never better than it says: it is put right when it comes to the top.
#include <algorithm>
#include <queue>
#include <unordered_map>

#include "core/base/error.hpp"
#include "core/tokenizer/bpe.hpp"
#include "core/tokenizer/piece_map.hpp"

namespace orrery::tokenizer {
namespace {

constexpr std::uint32_t none = 0xffffffff;

struct Pair {
    int left = 0, right = 0;
    long long count = 0;
    std::vector<std::uint32_t> places;  // rising; those before `from` are no longer true
    std::size_t from = 0;
    std::size_t settled = 0;  // how many places it had when it was last put on the heap
};

struct Candidate {
    long long count;
    std::uint64_t tie;  // the lower wins
    std::uint32_t pair;
    friend bool operator<(const Candidate& a, const Candidate& b) {
        return a.count != b.count ? a.count < b.count : a.tie > b.tie;
    }
};

// From (left, right) to the number of the pair: open addressing, at most half full.
class PairNumbers {
   public:
    PairNumbers() : slots_(1 << 12) {}
    // The number, and whether it is new: then it is `next`.
    std::pair<std::uint32_t, bool> add(int left, int right, std::uint32_t next) {
        if (count_ * 2 >= slots_.size()) grow();
        Slot& slot = find(std::uint64_t(std::uint32_t(left)) << 32 | std::uint32_t(right));
        if (slot.number != none) return {slot.number, false};
        slot = {std::uint64_t(std::uint32_t(left)) << 32 | std::uint32_t(right), next};
        ++count_;
        return {next, true};
    }

   private:
    struct Slot {
        std::uint64_t key = 0;
        std::uint32_t number = none;
    };
    Slot& find(std::uint64_t key) {
        const std::uint64_t hash = key * 0x9E3779B97F4A7C15u;
        std::size_t i = (hash ^ (hash >> 32)) & (slots_.size() - 1);
        while (slots_[i].number != none && slots_[i].key != key) i = (i + 1) & (slots_.size() - 1);
        return slots_[i];
    }
    void grow() {
        std::vector<Slot> old(slots_.size() * 2);
        old.swap(slots_);
        for (const Slot& slot : old)
            if (slot.number != none) find(slot.key) = slot;
    }
    std::vector<Slot> slots_;
    std::size_t count_ = 0;
};

class Trainer {
   public:
    Trainer(std::span<const std::string_view> texts, const BpeTrainConfig& config);
    BpeTable run();

   private:
    bool stands_at(const Pair& pair, std::uint32_t place) const {
        return symbol_[place] == pair.left && next_[place] != none &&
               symbol_[next_[place]] == pair.right;
    }
    std::uint32_t pair_number(int left, int right);
    void add(int left, int right, std::uint32_t place, long long count);
    void take(int left, int right, long long count);
    std::uint64_t tie_of(Pair& pair) const;
    bool pop_best(std::uint32_t& best);
    void merge(std::uint32_t number, int made);
    bool goes_on() {
        progress_.tokens = table_.tokens.size();
        if (config_.go_on && !stopped_) stopped_ = !config_.go_on(progress_);
        return !stopped_;
    }

    BpeTrainConfig config_;
    BpeProgress progress_;
    bool stopped_ = false;
    BpeTable table_;
    std::unordered_map<std::string, int> id_of_;

    std::vector<int> symbol_;                     // [places]  -1: swallowed by a merge
    std::vector<std::uint32_t> next_, previous_;  // [places]
    std::vector<long long> word_count_;           // [words]
    std::vector<std::uint32_t> word_of_;          // [places]

    std::vector<Pair> pairs_;
    PairNumbers number_of_;
    std::priority_queue<Candidate> heap_;
    std::vector<std::uint32_t> grown_;
};

Trainer::Trainer(std::span<const std::string_view> texts, const BpeTrainConfig& config)
    : config_(config) {
    table_.pattern = config.pattern;
    std::array<int, 256> id{};
    for (unsigned char byte : bpe_byte_order()) {
        id[byte] = int(table_.tokens.size());
        table_.tokens.push_back(std::string(1, char(byte)));
        id_of_[table_.tokens.back()] = id[byte];
    }

    PieceMap words;
    for (std::string_view text : texts) progress_.bytes += text.size();
    progress_.vocab_size = config.vocab_size;
    std::size_t asked_at = 0;
    for (std::string_view text : texts) {
        while (!text.empty() && !stopped_) {
            const std::size_t length = piece_length(config.pattern, text);
            const auto [number, is_new] = words.add(text.substr(0, length));
            if (is_new) word_count_.push_back(0);
            ++word_count_[number];
            text.remove_prefix(length);
            progress_.bytes_read += length;
            if (progress_.bytes_read - asked_at >= 1 << 18) {
                asked_at = progress_.bytes_read;
                if (!goes_on()) break;
            }
        }
    }

    std::size_t places = 0;
    for (std::string_view word : words.pieces()) places += word.size();
    if (places >= none)
        throw ValueError("bpe_train: the texts have " + std::to_string(places) +
                         " bytes of different pieces, wanted less than 4 GiB");
    symbol_.reserve(places);
    word_of_.reserve(places);
    next_.reserve(places);
    previous_.reserve(places);
    pairs_.reserve(1 << 14);
    for (std::size_t w = 0; w < words.size(); ++w) {
        const std::string_view word = words.pieces()[w];
        for (std::size_t i = 0; i < word.size(); ++i) {
            const auto place = std::uint32_t(symbol_.size());
            symbol_.push_back(id[static_cast<unsigned char>(word[i])]);
            word_of_.push_back(std::uint32_t(w));
            previous_.push_back(i > 0 ? place - 1 : none);
            next_.push_back(i + 1 < word.size() ? place + 1 : none);
            if (i > 0) add(symbol_[place - 1], symbol_[place], place - 1, word_count_[w]);
        }
    }
}

std::uint32_t Trainer::pair_number(int left, int right) {
    const auto [number, is_new] = number_of_.add(left, right, std::uint32_t(pairs_.size()));
    if (is_new) {
        pairs_.emplace_back();
        pairs_.back().left = left;
        pairs_.back().right = right;
    }
    return number;
}

void Trainer::add(int left, int right, std::uint32_t place, long long count) {
    const std::uint32_t number = pair_number(left, right);
    Pair& pair = pairs_[number];
    if (pair.places.size() == pair.settled) grown_.push_back(number);
    pair.count += count;
    pair.places.push_back(place);
}

void Trainer::take(int left, int right, long long count) {
    pairs_[pair_number(left, right)].count -= count;
}

std::uint64_t Trainer::tie_of(Pair& pair) const {
    if (config_.ties == Ties::lowest_ids)
        return std::uint64_t(std::uint32_t(pair.left)) << 32 | std::uint32_t(pair.right);
    while (pair.from < pair.places.size() && !stands_at(pair, pair.places[pair.from])) ++pair.from;
    return pair.from < pair.places.size() ? pair.places[pair.from] : none;
}

bool Trainer::pop_best(std::uint32_t& best) {
    while (!heap_.empty()) {
        const Candidate top = heap_.top();
        heap_.pop();
        Pair& pair = pairs_[top.pair];
        if (pair.count <= 0) continue;
        const std::uint64_t tie = tie_of(pair);
        if (top.count == pair.count && top.tie == tie) {
            best = top.pair;
            return true;
        }
        heap_.push({pair.count, tie, top.pair});
    }
    return false;
}

void Trainer::merge(std::uint32_t number, int made) {
    const int left = pairs_[number].left, right = pairs_[number].right;
    const std::vector<std::uint32_t> places = std::move(pairs_[number].places);
    const std::size_t from = pairs_[number].from;
    for (std::size_t i = from; i < places.size(); ++i) {
        const std::uint32_t place = places[i];
        if (!stands_at(pairs_[number], place)) continue;
        const std::uint32_t second = next_[place], before = previous_[place];
        const std::uint32_t after = next_[second];
        const long long count = word_count_[word_of_[place]];

        symbol_[place] = made;
        symbol_[second] = -1;
        next_[place] = after;
        if (after != none) previous_[after] = place;

        if (before != none) {
            take(symbol_[before], left, count);
            add(symbol_[before], made, before, count);
        }
        if (after != none) {
            take(right, symbol_[after], count);
            add(made, symbol_[after], place, count);
        }
    }
    Pair& merged = pairs_[number];
    merged.places = {};
    merged.from = merged.settled = 0;
    merged.count = 0;
}

BpeTable Trainer::run() {
    const auto settle = [&] {
        for (std::uint32_t number : grown_) {
            Pair& pair = pairs_[number];
            if (pair.places.empty()) continue;
            // Places come from left to right, but for a symbol that two merges spell.
            if (!std::is_sorted(pair.places.begin(), pair.places.end()))
                std::sort(pair.places.begin(), pair.places.end());
            pair.from = 0;
            pair.settled = pair.places.size();
            if (pair.count > 0) heap_.push({pair.count, tie_of(pair), number});
        }
        grown_.clear();
    };
    settle();

    std::uint32_t best = 0;
    while (table_.tokens.size() < config_.vocab_size && goes_on() && pop_best(best)) {
        const Pair& pair = pairs_[best];
        const std::string spelled =
            table_.tokens[std::size_t(pair.left)] + table_.tokens[std::size_t(pair.right)];
        const auto [entry, is_new] = id_of_.try_emplace(spelled, int(table_.tokens.size()));
        if (is_new) table_.tokens.push_back(spelled);
        table_.merges.push_back(
            {pair.left, pair.right, entry->second, std::uint32_t(table_.merges.size())});
        merge(best, entry->second);
        settle();
    }
    return std::move(table_);
}

}  // namespace

BpeTable bpe_train(std::span<const std::string_view> texts, const BpeTrainConfig& config) {
    if (config.vocab_size < 256)
        throw ValueError("bpe_train: vocabulary size is " + std::to_string(config.vocab_size) +
                         ", wanted 256 or more: one token for each byte");
    if (config.vocab_size > 1u << 22)
        throw ValueError("bpe_train: vocabulary size is " + std::to_string(config.vocab_size) +
                         ", wanted at most 4194304");
    return Trainer(texts, config).run();
}

}  // namespace orrery::tokenizer
