#include "core/base/vecmath.hpp"

namespace orrery {

using simd::Floats, simd::lanes, simd::load, simd::load_part, simd::splat;

static constexpr float infinity = std::numeric_limits<float>::infinity();

void vec_exp(std::span<const float> x, std::span<float> y) {
    simd::map(x.size(), x.data(), y.data(), [](Floats v) { return simd::exp(v); });
}
void vec_log(std::span<const float> x, std::span<float> y) {
    simd::map(x.size(), x.data(), y.data(), [](Floats v) { return simd::log(v); });
}
void vec_tanh(std::span<const float> x, std::span<float> y) {
    simd::map(x.size(), x.data(), y.data(), [](Floats v) { return simd::tanh(v); });
}
void vec_erf(std::span<const float> x, std::span<float> y) {
    simd::map(x.size(), x.data(), y.data(), [](Floats v) { return simd::erf(v); });
}

float exp_and_sum(std::span<const float> x, float shift, std::span<float> y) {
    simd::Sum sum;
    std::size_t i = 0;
    for (; i + lanes <= x.size(); i += lanes) {
        const Floats e = simd::exp(load(&x[i]) - shift);
        simd::store(&y[i], e);
        sum.add(i, e);
    }
    if (const std::size_t rest = x.size() - i; rest > 0) {
        const Floats e = simd::exp(load_part(&x[i], rest, -infinity) - shift);
        simd::store_part(&y[i], e, rest);
        sum.add(i, load_part(&y[i], rest));
    }
    return sum.total();
}

float largest_of(std::span<const float> x) {
    Floats best = splat(-infinity);
    std::size_t i = 0;
    for (; i + lanes <= x.size(); i += lanes) best = simd::at_least(best, load(&x[i]));
    if (i < x.size()) best = simd::at_least(best, load_part(&x[i], x.size() - i, -infinity));
    return simd::largest_of(best);
}

float sum_of(std::span<const float> x) {
    simd::Sum sum;
    std::size_t i = 0;
    for (; i + lanes <= x.size(); i += lanes) sum.add(i, load(&x[i]));
    if (i < x.size()) sum.add(i, load_part(&x[i], x.size() - i));
    return sum.total();
}

float dot(std::span<const float> x, std::span<const float> y) {
    simd::Sum sum;
    std::size_t i = 0;
    for (; i + lanes <= x.size(); i += lanes) sum.add(i, load(&x[i]) * load(&y[i]));
    if (i < x.size()) sum.add(i, load_part(&x[i], x.size() - i) * load_part(&y[i], x.size() - i));
    return sum.total();
}

}  // namespace orrery
