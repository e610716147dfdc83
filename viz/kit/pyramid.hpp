// Pyramid: smaller and smaller copies of a large matrix, in which no spike gets lost
//
// Level k has a cell for every 2^k × 2^k cells: the value of largest size among them, NaN above
// all. Whoever draws the matrix small reads the level that has about one cell a pixel, so a zoom
// costs what is on screen and not what the matrix has. Built once, by the worker that computed the
// matrix, before the first frame that shows it.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "core/tensor/tensor.hpp"

namespace orrery::viz {

struct Pyramid {
    struct Level {
        std::size_t rows = 0, cols = 0;
        std::vector<float> values;
    };
    std::vector<Level> levels;  // of 2, 4, 8 … cells a side; down to one cell
};

// Half as many rows (y) or columns (x), or both; an odd last one stands alone.
Pyramid::Level halved(const float* values, std::size_t rows, std::size_t cols, bool x, bool y);

// Matrices of fewer cells need none.
inline constexpr std::size_t pyramid_from = std::size_t{1} << 18;

// The pyramid of a matrix [rows, cols], remembered for the last few large ones: the same buffer
// gives the same pyramid, from any thread.
std::shared_ptr<const Pyramid> pyramid_of(const Tensor& matrix);

// Does ahead of the first frame what a picture of this tensor would need: ends and pyramid.
void prepare_for_drawing(const Tensor& tensor);

}  // namespace orrery::viz
