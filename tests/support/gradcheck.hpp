// Gradients against measured slopes, in the words tests use (see core/tensor/gradcheck.hpp)
#pragma once

#include "core/tensor/gradcheck.hpp"

namespace orrery::test {

// The dy with which a backward function gives the gradient that gradient_error measures.
inline Tensor weights_like(const Tensor& y) { return probe_weights(y.shape()); }
using orrery::gradient_error;

}  // namespace orrery::test
