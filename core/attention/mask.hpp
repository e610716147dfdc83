// Attention mask: which query may look at which key
//
//   formula   causal_ij = j <= i
//             prefix_ij = j <= i or j < prefix
//             packing_ij = document_i = document_j
//             window_ij = j <= i and i - j < window
//
//   shapes    [queries, keys], or [batch, 1, queries, keys] where it differs between examples
//             true (1) = may attend, false (0) = may not. Row i is query i, column j is key j.
//
//   why       A network that predicts the next token must not see it. One boolean table says who
//             sees whom; the architectures called causal, prefix and bidirectional differ in
//             nothing but this table.
//
//   cost      no flops; one float an entry. An attention over it touches `allowed` entries of
//             queries * keys, but saves nothing unless its loops skip the others.
//   errors    ValueError  prefix is longer than the sequence, or a length longer than the padding
//             ShapeError  two masks that do not fit each other; a mask without two axes
//   source    Vaswani et al., "Attention Is All You Need", 2017, arXiv:1706.03762 (causal);
//             Raffel et al., 2020, arXiv:1910.10683 (prefix)
//   survey    2.3
//   badge     computed
//   leaves out  patterns sparser than a window; masks that add a number instead of a yes or no
//   see       attention/scaled_dot_product (uses it), attention/multi_head
#pragma once

#include <vector>

#include "core/tensor/tensor.hpp"
#include "core/tensor/trace.hpp"

namespace orrery::attention {

// Everyone sees everyone.
Tensor full_mask(std::size_t queries, std::size_t keys);
// Nobody sees the future. Query 0 stands beside key `first_query`: 0 in training; with a cache of
// earlier keys, how many there are.
Tensor causal_mask(std::size_t queries, std::size_t keys, std::size_t first_query = 0);
// The first `prefix` tokens see each other in both directions; after them it is causal.
Tensor prefix_mask(std::size_t tokens, std::size_t prefix);
// Example b has lengths[b] real tokens, the rest is filling: [batch, 1, tokens, tokens]; filling is
// never looked at.
Tensor padding_mask(const std::vector<std::size_t>& lengths, std::size_t tokens);
// For packing several documents in one row: document[i] says whose token i is; each sees only its
// own.
Tensor packing_mask(const std::vector<std::size_t>& document);
// The last `window` tokens up to one's own: [tokens, tokens].
Tensor window_mask(std::size_t tokens, std::size_t window);
// Allowed where both allow; an axis of length 1 or a missing one is repeated.
Tensor both(const Tensor& a, const Tensor& b);

// A mask counted.
struct MaskSteps {
    Tensor mask;       // [..., queries, keys]  1 or 0
    Tensor per_query;  // [..., queries, 1]     how many keys each query sees
    Tensor per_key;    // [..., 1, keys]        how many queries see each key
    std::size_t allowed = 0, entries = 0;
};

// Any number but 0 counts as true.
MaskSteps mask_steps(const Tensor& mask);
void record(const MaskSteps& steps, Trace& out);

}  // namespace orrery::attention
