// Learned positions: one trained row for each place
//
//   formula   y_pj = x_pj + table_(first + p, j)
//
//   shapes    x [..., n, d]    table [n_max, d]    ->    y [..., n, d]
//             `n` tokens of width `d`; `n_max` is the number of places that have a row.
//
//   why       Attention alone cannot tell the order of its tokens, so each token's row gets the
//             row of its place added. Here those rows are weights like any other: the model may
//             make of the places whatever helps. The price is a wall: place n_max has no row, and
//             rows that training never reached are still what chance put there.
//
//   cost      forward and backward n d additions; n_max d weights
//   errors    ShapeError  x is not [..., n, d], or table is not [n_max, d]
//             ValueError  first + n is more than n_max: there is no row for that place
//             backward: ShapeError  dy is not [..., n, d]
//   source    Gehring et al., "Convolutional sequence to sequence learning", 2017,
//             arXiv:1705.03122; GPT, BERT
//   survey    2.2
//   badge     computed
//   leaves out  stretching a trained table to more places
//   see       position/sinusoidal (no weights, no wall), model/causal_decoder (uses it)
#pragma once

#include "core/tensor/tensor.hpp"
#include "core/tensor/trace.hpp"

namespace orrery::position {

struct LearnedSteps {
    Tensor rows;  // [n, d]       the rows of the table that are used
    Tensor y;     // [..., n, d]
    Cost cost;
};

// The tokens of x stand at places first, first + 1, …
LearnedSteps learned_steps(const Tensor& x, const Tensor& table, std::size_t first = 0);

// Names the steps for pictures, lessons and export, each with the paragraph that made it.
void record(const LearnedSteps& steps, Trace& out);

// The same pass when only the answer is wanted.
Tensor learned(const Tensor& x, const Tensor& table, std::size_t first = 0);

struct LearnedGrads {
    Tensor dx;      // [..., n, d]   dy as it is
    Tensor dtable;  // [n_max, d]    summed over all sequences; 0 in rows that were not used
};
LearnedGrads learned_backward(const Tensor& dy, const Tensor& table, std::size_t first = 0);

}  // namespace orrery::position
