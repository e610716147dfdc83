// BPE: what its panel's words, facts and picture read off the trace
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/tensor/trace.hpp"

namespace orrery::viz::bpe_panel {

inline constexpr std::size_t most_word = 64;   // bytes of the word
inline constexpr std::size_t table_rows = 24;  // of the table of pairs that the trace keeps

double scalar(const Trace& t, const char* name, std::size_t i = 0);
double last(const Trace& t, const char* name);
std::size_t merges_of(const Trace& t);
const std::string& symbol(const Trace& t, int id);

// A stretch of bytes that is one token.
struct Segment {
    std::size_t begin = 0, end = 0;
    int id = 0;
    std::size_t made_by = 0;  // the merge, from 1; 0: a byte
};

int byte_id(const Trace& t, float value);
// The token that begins at `begin` after k merges; it ends before `end`.
Segment segment_at(const Trace& t, const Tensor& bytes, const Tensor& joins, std::size_t begin,
                   std::size_t end, std::size_t k);
std::vector<Segment> segments(const Trace& t, const char* bytes, const char* joins,
                              std::size_t begin, std::size_t end, std::size_t k);
std::string joined_text(const Trace& t, const std::vector<int>& ids);
// The word after k merges, by BPE and by the longest match.
std::vector<int> word_ids(const Trace& t, std::size_t k);
std::vector<int> longest_ids(const Trace& t, std::size_t k);
// A token as a chip shows it.
std::string shorten_token(const std::string& token);
// "␣t + he", the parents of the token that merge m (from 1) made.
std::string parents(const Trace& t, std::size_t m);
// The merge that made an id, from 1; 0 for a byte.
std::size_t maker(const Trace& t, int id);
std::string hex(std::string_view bytes);
// How often a token stands in the text after k merges.
std::size_t places_of(const Trace& t, int id, std::size_t k);
// With two decimals.
std::string two(double v);

}  // namespace orrery::viz::bpe_panel
