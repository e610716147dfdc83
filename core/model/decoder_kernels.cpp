#include "core/model/decoder_kernels.hpp"

#include <cmath>
#include <limits>

#include "core/base/vecmath.hpp"

namespace orrery::model::kernels {
namespace {

using simd::Floats;
using simd::Ints;
using simd::lanes;
using simd::splat;

// A whole vector of a row, or what is left at its end.
struct Whole {
    [[gnu::always_inline]] Floats load(const float* p) const { return simd::load(p); }
    [[gnu::always_inline]] void store(float* p, Floats v) const { simd::store(p, v); }
    [[gnu::always_inline]] Floats keep(Floats v) const { return v; }
};
struct Part {
    std::size_t count;
    [[gnu::always_inline]] Floats load(const float* p) const { return simd::load_part(p, count); }
    [[gnu::always_inline]] void store(float* p, Floats v) const { simd::store_part(p, v, count); }
    // The lanes beyond the row's end as 0, so that sums do not count them.
    [[gnu::always_inline]] Floats keep(Floats v) const {
        Floats kept{};
        std::memcpy(&kept, &v, count * sizeof(float));
        return kept;
    }
};

// body(i, piece) for each vector of a row of n floats.
template <class Body>
[[gnu::always_inline]] inline void along(std::size_t n, Body body) {
    std::size_t i = 0;
    for (; i + lanes <= n; i += lanes) body(i, Whole{});
    if (i < n) body(i, Part{n - i});
}

Ints lane_numbers() {
    Ints v;
    for (std::size_t i = 0; i < lanes; ++i) v[i] = std::int32_t(i);
    return v;
}

// NaN wins, so that a row with one becomes NaN and does not hide it.
[[gnu::always_inline]] inline Floats larger(Floats a, Floats b) { return a > b ? a : b; }

//: gelu and its slope
constexpr float inv_sqrt2 = 0.70710678f, inv_sqrt_2pi = 0.39894228f;
constexpr float tanh_scale = 0.79788456f, tanh_cubic = 0.044715f;

struct Gelu {
    [[gnu::always_inline]] static Floats value(Floats x) {
        return 0.5f * x * (1.0f + simd::erf(x * inv_sqrt2));
    }
    [[gnu::always_inline]] static void both(Floats x, Floats& y, Floats& slope) {
        const Floats below = 0.5f * (1.0f + simd::erf(x * inv_sqrt2));  // how much lies below x
        y = x * below;
        slope = below + x * inv_sqrt_2pi * simd::exp(-0.5f * x * x);
    }
};
struct GeluTanh {
    [[gnu::always_inline]] static Floats value(Floats x) {
        return 0.5f * x * (1.0f + simd::tanh(tanh_scale * (x + tanh_cubic * x * x * x)));
    }
    [[gnu::always_inline]] static void both(Floats x, Floats& y, Floats& slope) {
        const Floats t = simd::tanh(tanh_scale * (x + tanh_cubic * x * x * x));
        y = 0.5f * x * (1.0f + t);
        slope = 0.5f * (1.0f + t) +
                0.5f * x * (1.0f - t * t) * tanh_scale * (1.0f + 3.0f * tanh_cubic * x * x);
    }
};

template <class G>
void gelu_rows(std::size_t rows, std::size_t m, const float* wide, const float* bias,
               float* active) {
    for (std::size_t r = 0; r < rows; ++r, wide += m, active += m) {
        if (bias)
            along(m, [&](std::size_t i, auto p) {
                p.store(active + i, G::value(p.load(wide + i) + p.load(bias + i)));
            });
        else
            along(m,
                  [&](std::size_t i, auto p) { p.store(active + i, G::value(p.load(wide + i))); });
    }
}

template <class G>
void gelu_rows_backward(std::size_t rows, std::size_t m, const float* wide, const float* bias,
                        float* dactive, float* active, float* dbias) {
    for (std::size_t r = 0; r < rows; ++r, wide += m, active += m, dactive += m) {
        along(m, [&](std::size_t i, auto p) {
            Floats x = p.load(wide + i), y, slope;
            if (bias) x += p.load(bias + i);
            G::both(x, y, slope);
            const Floats dx = p.load(dactive + i) * slope;
            p.store(active + i, y);
            p.store(dactive + i, dx);
            if (dbias) p.store(dbias + i, p.load(dbias + i) + dx);
        });
    }
}

}  // namespace

std::size_t padded(std::size_t n) { return (n + lanes - 1) / lanes * lanes; }

void norm_forward(std::size_t rows, std::size_t d, float* stream, const float* before,
                  const float* gain, const float* bias, float eps, float* unit, float* inv_std,
                  float* y) {
    const float inv_d = 1.0f / float(d);
    for (std::size_t r = 0; r < rows; ++r, stream += d, unit += d, y += d) {
        //: mean of the row, with what is still to be added
        simd::Sum sum;
        along(d, [&](std::size_t i, auto p) {
            Floats x = p.load(stream + i);
            if (before) {
                x += p.load(before + i);
                p.store(stream + i, x);
            }
            sum.add(i, x);
        });
        const float mean = sum.total() * inv_d;

        //: spread about the mean
        simd::Sum squares;
        along(d, [&](std::size_t i, auto p) {
            const Floats c = p.keep(p.load(stream + i) - mean);
            p.store(unit + i, c);
            squares.add(i, c * c);
        });
        const float scale = 1.0f / std::sqrt(squares.total() * inv_d + eps);
        inv_std[r] = scale;

        along(d, [&](std::size_t i, auto p) {
            const Floats u = p.load(unit + i) * scale;
            p.store(unit + i, u);
            const Floats z = u * p.load(gain + i);
            p.store(y + i, bias ? z + p.load(bias + i) : z);
        });
    }
}

void norm_backward(std::size_t rows, std::size_t d, const float* dy, const float* unit,
                   const float* inv_std, const float* gain, bool add, float* dstream, float* dgain,
                   float* dbias) {
    const float inv_d = 1.0f / float(d);
    for (std::size_t r = 0; r < rows; ++r, dy += d, unit += d, dstream += d) {
        //: the two parts of the gradient that the norm takes out
        simd::Sum sum, along_unit;
        along(d, [&](std::size_t i, auto p) {
            const Floats g = p.load(dy + i), u = p.load(unit + i);
            p.store(dgain + i, p.load(dgain + i) + g * u);
            if (dbias) p.store(dbias + i, p.load(dbias + i) + g);
            const Floats du = g * p.load(gain + i);
            sum.add(i, du);
            along_unit.add(i, du * u);
        });
        const float mean = sum.total() * inv_d;
        const float slope = along_unit.total() * inv_d;
        const float scale = inv_std[r];

        along(d, [&](std::size_t i, auto p) {
            const Floats du = p.load(dy + i) * p.load(gain + i);
            const Floats dx = scale * (du - mean - p.load(unit + i) * slope);
            p.store(dstream + i, add ? p.load(dstream + i) + dx : dx);
        });
    }
}

void gelu_forward(bool is_tanh, std::size_t rows, std::size_t m, const float* wide,
                  const float* bias, float* active) {
    if (is_tanh) return gelu_rows<GeluTanh>(rows, m, wide, bias, active);
    gelu_rows<Gelu>(rows, m, wide, bias, active);
}

void gelu_backward(bool is_tanh, std::size_t rows, std::size_t m, const float* wide,
                   const float* bias, float* dactive, float* active, float* dbias) {
    if (is_tanh) return gelu_rows_backward<GeluTanh>(rows, m, wide, bias, dactive, active, dbias);
    gelu_rows_backward<Gelu>(rows, m, wide, bias, dactive, active, dbias);
}

void causal_softmax(std::size_t rows, std::size_t columns, std::size_t ld, std::size_t seen,
                    float scale, float* scores) {
    const Ints number = lane_numbers();
    const Floats lowest = splat(-std::numeric_limits<float>::infinity());
    for (std::size_t r = 0; r < rows; ++r, scores += ld) {
        const std::size_t count = seen + r;
        const std::size_t whole = count / lanes * lanes;
        const auto inside = number < std::int32_t(count - whole);

        //: the largest of those it may see
        Floats top = lowest;
        for (std::size_t i = 0; i < whole; i += lanes) top = larger(top, simd::load(scores + i));
        if (whole < count)
            top = larger(top, simd::select(inside, simd::load(scores + whole), lowest));
        const float shift = simd::largest_of(top) * scale;

        //: their exponentials, and the sum of them
        simd::Sum sum;
        for (std::size_t i = 0; i < whole; i += lanes) {
            const Floats e = simd::exp(simd::load(scores + i) * scale - shift);
            simd::store(scores + i, e);
            sum.add(i, e);
        }
        if (whole < count) {
            const Floats e = simd::select(
                inside, simd::exp(simd::load(scores + whole) * scale - shift), Floats{});
            simd::store(scores + whole, e);
            sum.add(whole, e);
        }

        //: shares of 1; 0 for what it may not see
        const float share = 1.0f / sum.total();
        std::size_t i = 0;
        for (; i < count; i += lanes) simd::store(scores + i, simd::load(scores + i) * share);
        for (; i < columns; i += lanes) simd::store(scores + i, Floats{});
    }
}

void causal_softmax_backward(std::size_t rows, std::size_t columns, std::size_t ld,
                             std::size_t seen, float scale, const float* weights, float* dweights) {
    const Ints number = lane_numbers();
    for (std::size_t r = 0; r < rows; ++r, weights += ld, dweights += ld) {
        const std::size_t count = seen + r;
        const std::size_t whole = count / lanes * lanes;
        const auto inside = number < std::int32_t(count - whole);

        //: how much of the gradient all of them share
        simd::Sum sum;
        for (std::size_t i = 0; i < whole; i += lanes)
            sum.add(i, simd::load(weights + i) * simd::load(dweights + i));
        if (whole < count)
            sum.add(whole,
                    simd::select(inside, simd::load(weights + whole) * simd::load(dweights + whole),
                                 Floats{}));
        const float shared = sum.total();

        std::size_t i = 0;
        for (; i < whole; i += lanes)
            simd::store(dweights + i,
                        simd::load(weights + i) * (simd::load(dweights + i) - shared) * scale);
        if (whole < count) {
            const Floats d = simd::load(weights + i) * (simd::load(dweights + i) - shared) * scale;
            simd::store(dweights + i, simd::select(inside, d, Floats{}));
            i += lanes;
        }
        for (; i < columns; i += lanes) simd::store(dweights + i, Floats{});
    }
}

double cross_entropy(std::size_t rows, std::size_t vocab, std::size_t ld, float* logits,
                     const int* targets, float scale) {
    const Ints number = lane_numbers();
    const Floats lowest = splat(-std::numeric_limits<float>::infinity());
    const std::size_t whole = vocab / lanes * lanes;
    const auto inside = number < std::int32_t(vocab - whole);
    double nats = 0;
    for (std::size_t r = 0; r < rows; ++r, logits += ld) {
        if (targets[r] < 0) {
            if (scale != 0.0f)
                for (std::size_t i = 0; i < vocab; ++i) logits[i] = 0.0f;
            continue;
        }

        //: the largest logit
        Floats top = lowest;
        for (std::size_t i = 0; i < whole; i += lanes) top = larger(top, simd::load(logits + i));
        if (whole < vocab)
            top = larger(top, simd::select(inside, simd::load(logits + whole), lowest));
        const float shift = simd::largest_of(top);
        const float wanted = logits[targets[r]] - shift;

        //: log of the sum of exponentials, less the logit that was wanted
        simd::Sum sum;
        for (std::size_t i = 0; i < whole; i += lanes) {
            const Floats e = simd::exp(simd::load(logits + i) - shift);
            if (scale != 0.0f) simd::store(logits + i, e);
            sum.add(i, e);
        }
        if (whole < vocab) {
            const Floats e =
                simd::select(inside, simd::exp(simd::load(logits + whole) - shift), Floats{});
            if (scale != 0.0f) simd::store(logits + whole, e);
            sum.add(whole, e);
        }
        const float total = sum.total();
        nats += double(std::log(total)) - double(wanted);

        //: the gradient: what was expected less what came
        if (scale != 0.0f) {
            const float share = scale / total;
            for (std::size_t i = 0; i < vocab; i += lanes)
                simd::store(logits + i, simd::load(logits + i) * share);
            logits[targets[r]] -= scale;
        }
    }
    return nats;
}

void softmax(std::size_t rows, std::size_t n, float* x) {
    for (std::size_t r = 0; r < rows; ++r, x += n) {
        const float sum = exp_and_sum({x, n}, largest_of({x, n}), {x, n});
        for (std::size_t i = 0; i < n; ++i) x[i] /= sum;
    }
}

void add_bias(std::size_t rows, std::size_t n, std::size_t ld, const float* bias, float* x) {
    for (std::size_t r = 0; r < rows; ++r, x += ld) add_rows(n, bias, x);
}

void add_rows(std::size_t n, const float* from, float* to) {
    along(n, [&](std::size_t i, auto p) { p.store(to + i, p.load(to + i) + p.load(from + i)); });
}

void column_sums(std::size_t rows, std::size_t n, const float* x, float* sums) {
    for (std::size_t r = 0; r < rows; ++r, x += n) add_rows(n, x, sums);
}

double sum_parts(std::size_t n, std::span<const float* const> parts, float* sum) {
    double total = 0;
    constexpr std::size_t strip = 2048;  // short enough for float sums, long enough for one double
    for (std::size_t begin = 0; begin < n; begin += strip) {
        const std::size_t count = n - begin < strip ? n - begin : strip;
        simd::Sum squares;
        along(count, [&](std::size_t i, auto p) {
            Floats g = p.load(parts[0] + begin + i);
            for (std::size_t c = 1; c < parts.size(); ++c) g += p.load(parts[c] + begin + i);
            p.store(sum + begin + i, g);
            squares.add(i, g * g);
        });
        total += double(squares.total());
    }
    return total;
}

double sum_of_squares(std::size_t n, const float* x) {
    double total = 0;
    for (std::size_t i = 0; i < n; ++i) total += double(x[i]) * double(x[i]);
    return total;
}

AdamwSums adamw(std::size_t n, const AdamwSettings& s, const float* old_weights, const float* grads,
                float* m, float* v, float* weights) {
    AdamwSums sums;
    const float rate = s.lr / s.correction1;
    const float inv_root = 1.0f / std::sqrt(s.correction2);
    const float keep = 1.0f - s.lr * s.decay;
    constexpr std::size_t strip = 2048;
    for (std::size_t begin = 0; begin < n; begin += strip) {
        const std::size_t count = n - begin < strip ? n - begin : strip;
        simd::Sum weight_squares, update_squares;
        along(count, [&](std::size_t i, auto p) {
            const std::size_t at = begin + i;
            const Floats g = p.load(grads + at) * s.scale;
            const Floats old = p.load(old_weights + at);
            const Floats first = s.beta1 * p.load(m + at) + (1.0f - s.beta1) * g;
            const Floats second = s.beta2 * p.load(v + at) + (1.0f - s.beta2) * (g * g);
            Floats root{};
            for (std::size_t l = 0; l < lanes; ++l) root[l] = std::sqrt(second[l]);
            const Floats w = p.keep(old * keep - rate * first / (root * inv_root + s.eps));
            p.store(m + at, first);
            p.store(v + at, second);
            p.store(weights + at, w);
            weight_squares.add(i, w * w);
            update_squares.add(i, (w - old) * (w - old));
        });
        const double weight_sum = double(weight_squares.total());
        const double update_sum = double(update_squares.total());
        if (std::isfinite(weight_sum) && std::isfinite(update_sum)) {
            sums.weight_squares += weight_sum;
            sums.update_squares += update_sum;
            continue;
        }

        //: squares above the largest float are added in double
        for (std::size_t i = begin; i < begin + count; ++i) {
            const double w = weights[i], u = w - double(old_weights[i]);
            sums.weight_squares += w * w;
            sums.update_squares += u * u;
        }
    }
    return sums;
}

}  // namespace orrery::model::kernels
