// Decoder kernels: the loops of the fast decoder, whole rows of vectors at a time
//
// Each is checked against the component that says the same in plain words. Rows stand one after the
// other; `ld` is how far apart they are where that is not their length. Sums run in a fixed order.
#pragma once

#include <cstddef>
#include <span>

namespace orrery::model::kernels {

// How far apart rows of n floats are, so that each begins on a whole vector.
std::size_t padded(std::size_t n);

// stream += before (where given); then y = unit * gain + bias, unit = (stream - mean) * inv_std.
void norm_forward(std::size_t rows, std::size_t d, float* stream, const float* before,
                  const float* gain, const float* bias, float eps, float* unit, float* inv_std,
                  float* y);
// dstream = (or +=) the gradient of the norm's input; dgain and dbias (may be null) are added to.
void norm_backward(std::size_t rows, std::size_t d, const float* dy, const float* unit,
                   const float* inv_std, const float* gain, bool add, float* dstream, float* dgain,
                   float* dbias);

// active = gelu(wide + bias); bias may be null.
void gelu_forward(bool is_tanh, std::size_t rows, std::size_t m, const float* wide,
                  const float* bias, float* active);
// From d active to d wide in place; gives `active` again, and adds to dbias (may be null).
void gelu_backward(bool is_tanh, std::size_t rows, std::size_t m, const float* wide,
                   const float* bias, float* dactive, float* active, float* dbias);

// Row i of [rows, ld] sees its first `seen + i` entries: those become softmax(scale * score), the
// others 0, up to `columns`.
void causal_softmax(std::size_t rows, std::size_t columns, std::size_t ld, std::size_t seen,
                    float scale, float* scores);
// d weights becomes d scores, in place.
void causal_softmax_backward(std::size_t rows, std::size_t columns, std::size_t ld,
                             std::size_t seen, float scale, const float* weights, float* dweights);

// Summed nats over rows whose target is not negative. With `scale` not 0 the logits become
// (softmax - one hot) * scale, rows without a target 0.
double cross_entropy(std::size_t rows, std::size_t vocab, std::size_t ld, float* logits,
                     const int* targets, float scale);

// Every row of n becomes shares of 1, in place.
void softmax(std::size_t rows, std::size_t n, float* x);

void add_bias(std::size_t rows, std::size_t n, std::size_t ld, const float* bias, float* x);
void add_rows(std::size_t n, const float* from, float* to);                      // to += from
void column_sums(std::size_t rows, std::size_t n, const float* x, float* sums);  // sums += …

// sum = parts[0] + parts[1] + …, in that order; returns the sum of squares.
double sum_parts(std::size_t n, std::span<const float* const> parts, float* sum);
double sum_of_squares(std::size_t n, const float* x);

struct AdamwSettings {
    float scale = 1;  // of the gradient: what clipping leaves
    float lr = 0, beta1 = 0, beta2 = 0, eps = 0, decay = 0;
    float correction1 = 1;  // 1 - beta1^t
    float correction2 = 1;  // 1 - beta2^t
};
struct AdamwSums {
    double weight_squares = 0, update_squares = 0;  // of the new weights, of new - old
};
AdamwSums adamw(std::size_t n, const AdamwSettings& s, const float* old_weights, const float* grads,
                float* m, float* v, float* weights);

}  // namespace orrery::model::kernels
