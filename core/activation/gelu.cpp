#include "core/activation/gelu.hpp"

#include <cmath>

#include "core/base/parallel.hpp"
#include "core/base/vecmath.hpp"

namespace orrery::activation {

using simd::Floats, simd::splat;

static constexpr float root_half = 0.707106781f;         // sqrt(1/2)
static constexpr float root_two_over_pi = 0.797884561f;  // sqrt(2/pi)
static constexpr float cubic = 0.044715f;
static constexpr std::size_t grain = 16384;  // numbers of one chunk

GeluSteps gelu_steps(const Tensor& x, GeluForm form) {
    GeluSteps s{Tensor(x.shape()), Tensor(x.shape()), {}};
    for (std::size_t i = 0; i < x.size(); ++i) {
        const float v = x.flat()[i];

        //: the share that passes
        const float bent = root_two_over_pi * (v + cubic * v * v * v);
        const float with_tanh = 0.5f * (1.0f + std::tanh(bent));
        // erfc(-z) = 1 + erf(z), and keeps its digits far to the left
        const float exact = 0.5f * std::erfc(-v * root_half);
        const float share = form == GeluForm::exact ? exact : with_tanh;

        //: x times its share
        s.share.flat()[i] = share;
        s.y.flat()[i] = v * share;

        s.cost.flops += form == GeluForm::exact ? 4 : 9;
        s.cost.bytes += 2 * sizeof(float);
    }
    return s;
}

void record(const GeluSteps& s, Trace& out) {
    out.from("activation/gelu");
    out.add("share", s.share, "the share that passes");
    out.add("y", s.y, "x times its share");
    out.cost(s.cost);
}

// Where x is so large that a product with 0 would be NaN, a number of the same sign does as well.
[[gnu::always_inline]] static inline Floats bounded(Floats x) {
    return simd::at_least(simd::at_most(x, splat(1e30f)), splat(-1e30f));
}

[[gnu::always_inline]] static inline Floats exact_slope(Floats v) {
    //: the slope of x times its share
    const auto at = simd::normal(v);
    return at.below + bounded(v) * at.density;
}

//: the tanh form, many numbers at once
[[gnu::always_inline]] static inline Floats tanh_of(Floats x) {
    return simd::tanh(root_two_over_pi * (x + cubic * x * x * x));
}

void gelu(std::span<const float> x, std::span<float> y, GeluForm form) {
    if (form == GeluForm::exact)
        simd::map(x.size(), x.data(), y.data(), [](Floats v) {
            return simd::at_least(v, splat(-1e30f)) * simd::normal(v).below;
        });
    else
        simd::map(x.size(), x.data(), y.data(), [](Floats v) {
            return simd::at_least(v, splat(-1e30f)) * (0.5f * (1.0f + tanh_of(v)));
        });
}

void gelu_backward(std::span<const float> dy, std::span<const float> x, std::span<float> dx,
                   GeluForm form) {
    if (form == GeluForm::exact)
        simd::map(x.size(), x.data(), dy.data(), dx.data(),
                  [](Floats v, Floats d) { return d * exact_slope(v); });
    else
        //: the same for the tanh form
        simd::map(x.size(), x.data(), dy.data(), dx.data(), [](Floats v, Floats d) {
            const Floats within = simd::at_least(simd::at_most(v, splat(100.0f)), splat(-100.0f));
            const Floats t = tanh_of(within);
            const Floats inner_slope = root_two_over_pi * (1.0f + 3.0f * cubic * within * within);
            return d * 0.5f * (1.0f + t + within * (1.0f - t * t) * inner_slope);
        });
}

Tensor gelu(const Tensor& x, GeluForm form) {
    Tensor y(x.shape());
    const auto from = x.flat();
    const auto to = y.flat();
    parallel_for(x.size(), grain, [&](std::size_t begin, std::size_t end) {
        gelu(from.subspan(begin, end - begin), to.subspan(begin, end - begin), form);
    });
    return y;
}

Tensor gelu_backward(const Tensor& dy, const Tensor& x, GeluForm form) {
    require_shape("gelu_backward", "dy", dy, x.shape());
    Tensor dx(x.shape());
    const auto from = x.flat(), grad = dy.flat();
    const auto to = dx.flat();
    parallel_for(x.size(), grain, [&](std::size_t begin, std::size_t end) {
        const std::size_t n = end - begin;
        gelu_backward(grad.subspan(begin, n), from.subspan(begin, n), to.subspan(begin, n), form);
    });
    return dx;
}

}  // namespace orrery::activation
