// Sinusoidal positions: tell every place apart by waves of many lengths
//
//   formula   angle_pi   = p / base^(2 * i / d)
//             y_p(2i)    = sin(angle_pi)
//             y_p(2i+1)  = cos(angle_pi)
//
//   shapes    n, d    ->    angle [n, d/2]    y [n, d]
//             `n` is the number of positions, `d` the width of one row; p counts from `first`.
//
//   why       Attention alone cannot tell the order of its tokens. A row of sines and cosines is
//             added to each token's row: fast waves count single steps, slow ones long stretches,
//             like the hands of a clock. Two rows k apart differ by a fixed rotation of each pair,
//             wherever they stand, so "k places back" is one matrix that a layer can learn.
//
//   cost      4 flops a pair, once; nothing to store or to learn
//   errors    ValueError  d is odd, or base is not above 0
//   source    Vaswani et al., "Attention Is All You Need", 2017, arXiv:1706.03762, section 3.5
//   survey    2.2
//   badge     computed
//   leaves out  the layout with all sines first: the same columns in another order
//   see       position/learned (a table instead), model/causal_decoder (uses it)
#pragma once

#include "core/tensor/tensor.hpp"
#include "core/tensor/trace.hpp"

namespace orrery::position {

inline constexpr float sinusoidal_base = 10000.0f;

// One table with nothing thrown away, in the order it is computed.
struct SinusoidalSteps {
    Tensor wavelength;  // [d/2]     positions until a pair comes round: 2 pi base^(2i/d)
    Tensor angle;       // [n, d/2]  radians
    Tensor y;           // [n, d]    sin and cos side by side
    Cost cost;
};

// Positions first, first + 1, …, first + n - 1.
SinusoidalSteps sinusoidal_steps(std::size_t n, std::size_t d, float base = sinusoidal_base,
                                 std::size_t first = 0);

// Names the steps for pictures, lessons and export, each with the paragraph that made it.
void record(const SinusoidalSteps& steps, Trace& out);

// The table alone: [n, d].
Tensor sinusoidal(std::size_t n, std::size_t d, float base = sinusoidal_base,
                  std::size_t first = 0);

}  // namespace orrery::position
