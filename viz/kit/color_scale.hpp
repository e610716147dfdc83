// Colour scale: how a number becomes a colour, the one arithmetic of painter, SVG, legend and tests
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "viz/kit/canvas.hpp"

namespace orrery::viz {

// A matrix style with its domain fitted. Positions are in [0, 1] along the colour map.
//   linear     low … high
//   log        decades between low and high; what is not positive is at the low end. On the
//   diverging
//              map: signed, log(1 + |v| / knee), with knee a thousandth of the largest size
//   per_row    each row between its own ends (about 0 on the diverging map)
//   symmetric  −high … high
struct ColorScale {
    Map map = Map::diverging;
    Norm norm = Norm::symmetric;
    float low = 0, high = 0;
    std::vector<std::pair<float, float>> rows;  // per_row: the ends of each row
    bool dark = true;

    float position(float value, std::size_t row = 0) const;
    // How large the number is among those of the scale, in [0, 1], whatever its sign.
    float size(float value, std::size_t row = 0) const;
    Color color(float value, std::size_t row = 0) const {
        return map_color(map, position(value, row), dark);
    }
};

// Ends of the finite values: {0, 0} when there are none. Remembered for large tensors.
struct Ends {
    float low = 0, high = 0;
    std::vector<std::pair<float, float>> rows;
    bool nan = false, infinite = false;  // whether there are any
};
std::shared_ptr<const Ends> ends_of(const Tensor& tensor);

ColorScale color_scale(const Tensor& tensor, const MatrixStyle& style, bool dark);

// What NaN is drawn with; and black or white, whichever reads better on `fill`.
inline constexpr Color nan_color = rgb(0xFF00FF);
Color ink_on(Color fill);
// WCAG 2 contrast ratio, 1 to 21.
float contrast(Color a, Color b);

// A matrix [rows, cols] of at most `rows` × `cols` cells: each holds the value of largest size
// among those it stands for, so that a single spike never disappears. NaN counts as largest.
Tensor pooled(const Tensor& matrix, std::size_t rows, std::size_t cols);

}  // namespace orrery::viz
