// Gradcheck: is a gradient that was written out the slope that can be measured?
//
//   formula   slope_i = (4 D(h/2) - D(h)) / 3   with   D(h) = (L(x_i + h) - L(x_i - h)) / (2h)
//
// L is a fixed weighted sum of the outputs: one number, to which every output contributes
// differently. The two step sizes cancel the error of order h^2, so h can be large enough for
// float32.
//
//   source    Richardson, "The approximate arithmetical solution by finite differences", 1911
#pragma once

#include <functional>

#include "core/tensor/tensor.hpp"

namespace orrery {

// Weights between 0.5 and 1.5 with either sign, without a pattern that a shape could share.
// Handed to a backward function as dy, they make it the gradient of L.
Tensor probe_weights(const Shape& shape);

// The slopes of L = sum(probe_weights * f(x)) along every element of x.
Tensor measured_slopes(const std::function<Tensor(const Tensor&)>& f, const Tensor& x,
                       double step = 0.03125);

// How far `dx` is from the measured slopes: the largest difference, relative to the largest slope
// (at least 0.1). Infinity when a number is not finite. ShapeError when dx is not like x.
double gradient_error(const std::function<Tensor(const Tensor&)>& f, const Tensor& x,
                      const Tensor& dx, double step = 0.03125);

}  // namespace orrery
