// Vecmath: exp, log, tanh, erf and the normal distribution, of many floats at once
//
// Each is a range reduction and a polynomial, or a quotient of two, written with + - * / alone, so
// the numbers depend neither on the machine's math library nor on its fused instructions. The
// coefficients are fits of our own (tests/support/vecmath_fit.py); tests/base/vecmath_test.cpp
// measures the errors: a few units in the last place. NaN gives NaN; infinities give the limits.
// Results of exp below the smallest normal float (1.2e-38) are 0.
#pragma once

#include <limits>
#include <span>

#include "core/base/simd.hpp"

namespace orrery {

// Row by row: y[i] = f(x[i]). y may be x.
void vec_exp(std::span<const float> x, std::span<float> y);
void vec_log(std::span<const float> x, std::span<float> y);  // of 0 -infinity, below 0 NaN
void vec_tanh(std::span<const float> x, std::span<float> y);
void vec_erf(std::span<const float> x, std::span<float> y);

// y[i] = exp(x[i] - shift), and the sum of them all. y may be x.
float exp_and_sum(std::span<const float> x, float shift, std::span<float> y);
// The largest, passing over NaN; -infinity of nothing.
float largest_of(std::span<const float> x);
float sum_of(std::span<const float> x);
float dot(std::span<const float> x, std::span<const float> y);

// The same on vectors, to be built into loops of one's own.
namespace simd {

[[gnu::always_inline]] inline Floats exp(Floats x) {
    //: exp(x) = 2^n exp(r) with r no larger than ln(2)/2
    const float ln2_high = 0.693359375f, ln2_low = -2.12194440e-4f;  // n * ln2_high is exact
    const float rounder =
        12582912.0f;  // 1.5 * 2^23: adding it leaves a whole number in the low bits
    const Floats within = at_least(at_most(x, splat(89.0f)), splat(-88.0f));
    const Floats shifted = within * 1.44269504f + rounder;
    const Floats n = shifted - rounder;
    const Floats r = within - n * ln2_high - n * ln2_low;

    //: exp(r) as a polynomial
    Floats p = splat(1.381459646e-03f);
    p = p * r + 8.368717507e-03f;
    p = p * r + 4.166838899e-02f;
    p = p * r + 1.666652113e-01f;
    p = p * r + 4.999999404e-01f;
    p = p * (r * r) + r + 1.0f;

    //: 2^n in two halves, so that neither leaves the range of a float
    const Ints whole = (Ints)(bits_of(shifted) - 0x4B400000u);  // the bits of `rounder`
    const Ints half = whole >> 1;
    const Floats first = floats_of(((Words)half + 127u) << 23);
    const Floats second = floats_of((bits_of(shifted) - 0x4B400000u - (Words)half + 127u) << 23);
    return select(x < -87.3365448f, Floats{}, p * first * second);
}

[[gnu::always_inline]] inline Floats log(Floats x) {
    //: x = 2^k m with m between sqrt(1/2) and sqrt(2)
    const auto tiny = x < 1.17549435e-38f;  // below the normal numbers: scaled up by 2^25 first
    const Words bits = bits_of(select(tiny, x * 33554432.0f, x)) + (0x3F800000u - 0x3F3504F3u);
    const Floats k = __builtin_convertvector((Ints)(bits >> 23), Floats) - 127.0f -
                     select(tiny, splat(25.0f), Floats{});
    const Floats r = floats_of((bits & 0x007FFFFFu) + 0x3F3504F3u) - 1.0f;

    //: log(1 + r) as a polynomial
    Floats p = splat(-7.634429634e-02f);
    p = p * r + 1.276154965e-01f;
    p = p * r - 1.316019446e-01f;
    p = p * r + 1.420176178e-01f;
    p = p * r - 1.662335694e-01f;
    p = p * r + 2.000122666e-01f;
    p = p * r - 2.500082254e-01f;
    p = p * r + 3.333333135e-01f;
    const Floats square = r * r;
    const Floats value =
        (p * (r * square) - k * 2.12194440e-4f) - 0.5f * square + r + k * 0.693359375f;

    //: what is no ordinary positive number
    const float infinity = std::numeric_limits<float>::infinity();
    Floats y = select(x < infinity, value, x);  // infinity and NaN stay
    y = select(x == 0.0f, splat(-infinity), y);
    return select(x < 0.0f, splat(std::numeric_limits<float>::quiet_NaN()), y);
}

[[gnu::always_inline]] inline Floats tanh(Floats x) {
    //: beyond 9.02 tanh is 1 to the last bit
    const Floats z = at_least(at_most(x, splat(9.02f)), splat(-9.02f));
    const Floats u = z * z;

    //: tanh is z P(z^2) / Q(z^2)
    Floats p = splat(-1.220228172e-11f);
    p = p * u + 3.058342202e-08f;
    p = p * u + 2.800679977e-05f;
    p = p * u + 3.868295578e-03f;
    p = p * u + 1.367988884e-01f;
    p = p * u + 1.0f;
    Floats q = splat(1.287320288e-06f);
    q = q * u + 3.938573936e-04f;
    q = q * u + 2.724572085e-02f;
    q = q * u + 4.701322019e-01f;
    q = q * u + 1.0f;
    return at_least(at_most(z * p / q, splat(1.0f)), splat(-1.0f));
}

[[gnu::always_inline]] inline Floats erf(Floats x) {
    //: beyond 3.93 erf is 1 to the last bit
    const Floats z = at_least(at_most(x, splat(3.93f)), splat(-3.93f));
    const Floats u = z * z;

    //: erf is z P(z^2) / Q(z^2)
    Floats p = splat(2.041939297e-06f);
    p = p * u + 2.847889264e-04f;
    p = p * u + 3.779113060e-03f;
    p = p * u + 5.278871953e-02f;
    p = p * u + 1.907734871e-01f;
    p = p * u + 1.128379107e+00f;
    Floats q = splat(3.800271588e-05f);
    q = q * u + 1.165076625e-03f;
    q = q * u + 1.499644853e-02f;
    q = q * u + 1.142530665e-01f;
    q = q * u + 5.024013519e-01f;
    q = q * u + 1.0f;
    return at_least(at_most(z * p / q, splat(1.0f)), splat(-1.0f));
}

// The standard normal distribution at x: how much of it lies below, and how dense it is there.
struct Normal {
    Floats below, density;
};
[[gnu::always_inline]] inline Normal normal(Floats x) {
    //: the density falls as exp(-x^2/2)
    const Floats bell = exp(-0.5f * x * x);

    //: the tail beyond |x| is the bell times P(|x|) / Q(|x|)
    const Floats t = at_most(x < 0.0f ? -x : x, splat(13.3f));
    Floats p = splat(4.020254593e-03f);
    p = p * t + 3.998481110e-02f;
    p = p * t + 1.813089699e-01f;
    p = p * t + 4.356897771e-01f;
    p = p * t + 0.5f;
    Floats q = splat(1.007714029e-02f);
    q = q * t + 1.002344340e-01f;
    q = q * t + 4.643860757e-01f;
    q = q * t + 1.194494128e+00f;
    q = q * t + 1.669264436e+00f;
    q = q * t + 1.0f;
    const Floats tail = bell * p / q;
    return {select(x < 0.0f, tail, 1.0f - tail), bell * 0.398942280f};
}

}  // namespace simd
}  // namespace orrery
