// Ends of scales: how far an axis, a bar or a colour reaches
//
// Two states drawn beside each other can only be compared on one scale, so the ends are looked for in
// both traces: the one that is drawn and, when there is one, `view.beside`.
#pragma once

#include <initializer_list>
#include <span>
#include <string_view>

#include "core/tensor/trace.hpp"
#include "viz/kit/view.hpp"

namespace orrery::viz {

// The largest size of the finite values; 0 when there are none.
float largest_of(std::span<const float> values);
inline float largest_of(const Tensor& tensor) { return largest_of(tensor.flat()); }
// Of all tensors of these names, here and beside; a name that is not there counts for nothing.
float largest_of(const Trace& trace, const View& view,
                 std::initializer_list<std::string_view> names);

// The next of 1, 1.5, 2, 3, 4, 5, 6, 8, 10 times a power of ten; 1 for what is not above 0.
float round_up(float value);

}  // namespace orrery::viz
