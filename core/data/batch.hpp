// Batch: examples as a model takes them, ids in and the ids wanted
#pragma once

#include <cstddef>
#include <vector>

namespace orrery::data {

// A place of `y` that asks for nothing: the loss does not count it.
inline constexpr int no_target = -1;

struct Batch {
    std::size_t rows = 0;    // B, examples
    std::size_t tokens = 0;  // n, ids in each
    std::vector<int> x;      // [B, n]
    std::vector<int> y;      // [B, n]  what follows each id of x, or no_target
};

}  // namespace orrery::data
