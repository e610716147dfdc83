#include "core/base/vecmath.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <vector>

#include "tests/support/catch.hpp"

using namespace orrery;

static constexpr float inf = std::numeric_limits<float>::infinity();
using Rows = void (*)(std::span<const float>, std::span<float>);

static std::vector<float> between(float low, float high, std::size_t count = 200001) {
    std::vector<float> x(count);
    for (std::size_t i = 0; i < count; ++i)
        x[i] = float(double(low) + (double(high) - double(low)) * double(i) / double(count - 1));
    return x;
}

// The largest error in units of the last place of the exact result.
static double ulps(Rows f, double (*exact)(double), const std::vector<float>& x) {
    std::vector<float> y(x.size());
    f(x, y);
    double worst = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double want = exact(double(x[i]));
        const auto size = float(std::abs(want));
        const double unit = std::max(double(std::nextafter(size, inf)) - double(size), 1.4e-45);
        worst = std::max(worst, std::abs(double(y[i]) - want) / unit);
    }
    return worst;
}

TEST_CASE("vecmath: a few units in the last place from the exact value", "[base][vecmath]") {
    CHECK(ulps(vec_exp, std::exp, between(-87.3f, 88.7f)) < 2);
    CHECK(ulps(vec_exp, std::exp, between(-1, 1)) < 2);
    CHECK(ulps(vec_log, std::log, between(1e-3f, 3)) < 2);
    CHECK(ulps(vec_log, std::log, between(1, 1e6f)) < 2);
    CHECK(ulps(vec_log, std::log, between(1e-45f, 1e-38f)) < 2);
    CHECK(ulps(vec_tanh, std::tanh, between(-10, 10)) < 7);
    CHECK(ulps(vec_tanh, std::tanh, between(-1e-3f, 1e-3f)) < 5);
    CHECK(ulps(vec_erf, std::erf, between(-5, 5)) < 7);
    CHECK(ulps(vec_erf, std::erf, between(-1e-3f, 1e-3f)) < 5);
}

TEST_CASE("vecmath: limits and what is not finite", "[base][vecmath][edge]") {
    const auto of = [](Rows f, float x) {
        float y = 0;
        f({&x, 1}, {&y, 1});
        return y;
    };
    CHECK(of(vec_exp, 0) == 1);
    CHECK(of(vec_exp, -inf) == 0);
    CHECK(of(vec_exp, -1e30f) == 0);
    CHECK(of(vec_exp, inf) == inf);
    CHECK(of(vec_exp, 88.73f) == inf);
    CHECK(of(vec_exp, 88.7228f) < inf);
    CHECK(of(vec_exp, -87.34f) == 0);
    CHECK(of(vec_log, 1) == 0);
    CHECK(of(vec_log, 0) == -inf);
    CHECK(of(vec_log, inf) == inf);
    CHECK(std::isnan(of(vec_log, -1)));
    CHECK(of(vec_tanh, inf) == 1);
    CHECK(of(vec_tanh, -inf) == -1);
    CHECK(of(vec_erf, inf) == 1);
    CHECK(of(vec_erf, -inf) == -1);
    for (const Rows f : {vec_exp, vec_log, vec_tanh, vec_erf}) CHECK(std::isnan(of(f, NAN)));
}

TEST_CASE("vecmath: a number gives the same bits wherever it stands in a row", "[base][vecmath]") {
    const auto all = between(-3, 3, 67);
    for (const Rows f : {vec_exp, vec_tanh, vec_erf}) {
        std::vector<float> whole(all.size());
        f(all, whole);
        for (std::size_t i = 0; i < all.size(); ++i) {
            float alone = 0;
            f({&all[i], 1}, {&alone, 1});
            CHECK(alone == whole[i]);
        }
    }
}

TEST_CASE("vecmath: sums over rows of any length", "[base][vecmath]") {
    for (std::size_t n = 0; n < 70; ++n) {
        std::vector<float> x(n), y(n);
        std::iota(x.begin(), x.end(), 1.0f);
        CHECK(sum_of(x) == float(n * (n + 1) / 2));
        CHECK(dot(x, x) == float(n * (n + 1) * (2 * n + 1) / 6));
        CHECK(largest_of(x) == (n == 0 ? -inf : float(n)));
        double want = 0;
        for (float v : x) want += std::exp(double(v) - double(n));
        CHECK_THAT(exp_and_sum(x, float(n), y), WithinAbs(want, 1e-6));
        if (n > 0) CHECK(y.back() == 1.0f);
    }
    CHECK(largest_of(std::vector<float>{1, NAN, 3}) == 3);
    CHECK(largest_of(std::vector<float>{-5, -7}) == -5);
}

TEST_CASE("vecmath: a sum has sixteen running parts, whatever the machine", "[base][vecmath]") {
    for (const std::size_t n : {1u, 15u, 16u, 17u, 40u, 100u}) {
        const std::vector<float> x = between(-1, 2, n + 1);
        float part[16] = {};
        for (std::size_t i = 0; i < x.size(); ++i) part[i % 16] += x[i] * x[i];
        for (std::size_t half = 8; half > 0; half /= 2)
            for (std::size_t i = 0; i < half; ++i) part[i] += part[i + half];
        CHECK(dot(x, x) == part[0]);
    }
}
