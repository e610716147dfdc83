// Examples: small made-up inputs, the same everywhere
//
// Rounded to one decimal, so that what stands in a cell can be multiplied in the head.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/tensor/tensor.hpp"

namespace orrery::viz::examples {

// Rows of a wave, no two alike: neither centred nor of spread 1.
Tensor wave(const Shape& shape, float scale = 1.0f, float shift = 0.0f);

// Normal numbers of mean 0 and spread 1, drawn from (seed, purpose).
Tensor normal(const Shape& shape, std::uint64_t seed, std::string_view purpose);

// The words of a text, split at blanks; at most `most`.
std::vector<std::string> words(std::string_view text, std::size_t most);

// Queries, keys and values for words, made up: [1, 1, words, width] each. Equal words have related
// vectors, apart from a share of the place; a key leans towards the query of its own word, so that
// equal words find each other. Every entry has spread about 1.
struct WordVectors {
    Tensor q, k, v;
};
WordVectors word_vectors(const std::vector<std::string>& words, std::size_t width,
                         std::size_t value_width, std::uint64_t seed);

// A number rounded to one decimal.
float one_decimal(float value);

}  // namespace orrery::viz::examples
