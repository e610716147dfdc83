// GELU: let each number through by the chance that a random one is smaller
//
//   formula   share = (1 + erf(x / sqrt(2))) / 2
//             y     = x * share
//
//   shapes    x [...]    ->    share, y [...]
//
//   why       A bend between layers is what lets a network be more than one matrix. GELU bends
//             smoothly: far to the right everything passes, far to the left nothing does, and in
//             between the share is the chance that a standard normal number lies below x. Just
//             left of 0 it dips, to -0.16997 at x = -0.7518: it is not monotonic.
//
//   cost      forward 4 flops a number, backward 7; erf, tanh and exp counted as one
//   errors    backward: ShapeError  dy is not like x
//   source    Hendrycks and Gimpel, "Gaussian Error Linear Units", 2016, arXiv:1606.08415
//   survey    2.4
//   badge     computed
//   leaves out  the sigmoid form x / (1 + exp(-1.702 x)), coarser than the tanh form
//   see       model/feed_forward (where it sits)
//
// GPT-2 computes the tanh form, share = (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2, which
// differs by less than 0.0005. BERT, PyTorch's default and nanoGPT compute the exact one.
#pragma once

#include <span>

#include "core/tensor/tensor.hpp"
#include "core/tensor/trace.hpp"

namespace orrery::activation {

enum class GeluForm { exact, tanh };

// One forward pass with nothing thrown away, in the order it is computed.
struct GeluSteps {
    Tensor share;  // [...]  how much of x passes, from 0 to 1
    Tensor y;      // [...]  x * share
    Cost cost;
};

GeluSteps gelu_steps(const Tensor& x, GeluForm form = GeluForm::exact);

// Names the steps for pictures, lessons and export, each with the paragraph that made it.
void record(const GeluSteps& steps, Trace& out);

// The same when only the answer is wanted, many numbers at once. y may be x.
Tensor gelu(const Tensor& x, GeluForm form = GeluForm::exact);
void gelu(std::span<const float> x, std::span<float> y, GeluForm form = GeluForm::exact);

// dx = dy * (share + x * the slope of share). dx may be dy.
Tensor gelu_backward(const Tensor& dy, const Tensor& x, GeluForm form = GeluForm::exact);
void gelu_backward(std::span<const float> dy, std::span<const float> x, std::span<float> dx,
                   GeluForm form = GeluForm::exact);

}  // namespace orrery::activation
