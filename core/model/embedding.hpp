// Embedding: look a token's row up in a table
//
//   formula   y_ij = table_(ids_i, j)
//
//   shapes    table [V, d]    ids [...]    ->    y [..., d]
//             `V` is the size of the vocabulary, `d` the width of one row.
//
//   why       A network computes with vectors and not with words. Each token owns one row, learned
//             like any weight; that two words mean nearly the same shows as two rows that point
//             nearly the same way. It is the product of a one-hot row with the table, without the
//             V - 1 multiplications by zero.
//
//   cost      no flops; d floats copied a token. Backward adds d floats a token to the table's
//             gradient: rows of tokens that did not occur get none.
//   errors    ShapeError  table is not [V, d]
//             ValueError  an id is not a whole number from 0 to V - 1
//             backward: ShapeError  dy is not [..., d]
//   source    Bengio et al., "A neural probabilistic language model", 2003, JMLR 3
//   survey    2.1
//   badge     computed
//   leaves out  the positions (position/learned, position/sinusoidal)
//   see       model/causal_decoder (the same table, used again at the other end)
#pragma once

#include "core/tensor/tensor.hpp"
#include "core/tensor/trace.hpp"

namespace orrery::model {

struct EmbeddingSteps {
    Tensor ids;  // [...]     whole numbers
    Tensor y;    // [..., d]
    Cost cost;
};

EmbeddingSteps embedding_steps(const Tensor& table, const Tensor& ids);

// Names the steps for pictures, lessons and export, each with the paragraph that made it.
void record(const EmbeddingSteps& steps, Trace& out);

// The same pass when only the answer is wanted.
Tensor embedding(const Tensor& table, const Tensor& ids);

// dtable [V, d]: each token adds its row of dy to its row of the table.
Tensor embedding_backward(const Tensor& dy, const Tensor& ids, std::size_t vocab_size);

}  // namespace orrery::model
