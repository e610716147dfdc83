#include "core/tensor/softmax.hpp"

#include <cmath>
#include <limits>

#include "core/base/error.hpp"
#include "core/base/random.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/gradcheck.hpp"

using namespace orrery;

static constexpr float inf = std::numeric_limits<float>::infinity();

TEST_CASE("softmax: a row worked by hand", "[tensor][softmax]") {
    // e^0, e^1, e^2 below the largest: 0.1353353, 0.3678794, 1; sum 1.5032147
    const auto s = softmax_steps(Tensor({1, 3}, {1, 2, 3}));
    CHECK(s.largest.flat()[0] == 3.0f);
    CHECK_THAT(s.exps.flat()[0], WithinAbs(0.1353353, 1e-6));
    CHECK_THAT(s.total.flat()[0], WithinAbs(1.5032147, 1e-6));
    CHECK_THAT(s.y.flat()[0], WithinAbs(0.0900306, 1e-6));
    CHECK_THAT(s.y.flat()[1], WithinAbs(0.2447285, 1e-6));
    CHECK_THAT(s.y.flat()[2], WithinAbs(0.6652410, 1e-6));
}

TEST_CASE("softmax: adding one number to a whole row changes nothing", "[tensor][softmax]") {
    const float shift = GENERATE(-1000.0f, 0.0f, 1000.0f);
    const Tensor y = softmax(Tensor({3}, {shift + 1, shift + 2, shift + 3}));
    CHECK_THAT(y.flat()[0], WithinAbs(0.0900306, 1e-6));
    CHECK_THAT(y.flat()[2], WithinAbs(0.6652410, 1e-6));
}

TEST_CASE("softmax: the fast one equals the plain one", "[tensor][softmax]") {
    const std::size_t d = GENERATE(1u, 2u, 15u, 16u, 17u, 65u, 1000u);
    Tensor x({5, d}), mask({5, d});
    Random random(d, "softmax_test");
    for (float& v : x.flat()) v = 5 * random.normal();
    for (float& v : mask.flat()) v = random.uniform() < 0.7f ? 1.0f : 0.0f;
    // the plain total adds a thousand numbers one by one, which rounds more than sixteen sums side
    // by side
    const Tensor plain = softmax_steps(x).y, fast = softmax(x);
    const Tensor plain_masked = softmax_steps(x, mask).y, fast_masked = softmax(x, mask);
    for (std::size_t i = 0; i < x.size(); ++i) {
        CHECK_THAT(fast.flat()[i], WithinAbs(plain.flat()[i], 1e-5 * plain.flat()[i] + 1e-37));
        CHECK_THAT(fast_masked.flat()[i],
                   WithinAbs(plain_masked.flat()[i], 1e-5 * plain_masked.flat()[i] + 1e-37));
    }
}

TEST_CASE("softmax: a masked entry gets exactly nothing", "[tensor][softmax]") {
    const Tensor x({2, 3}, {1, 100, 3, 1, 2, 3});
    const Tensor mask({3}, {1, 0, 1});  // broadcasts to both rows
    for (const Tensor& y : {softmax(x, mask), softmax_steps(x, mask).y}) {
        CHECK(y.flat()[1] == 0.0f);
        CHECK_THAT(y.flat()[0], WithinAbs(1 / (1 + std::exp(2.0)), 1e-6));
        CHECK_THAT(y.flat()[3], WithinAbs(1 / (1 + std::exp(2.0)), 1e-6));
    }
}

TEST_CASE("softmax: a row with nothing allowed gives zeros", "[tensor][softmax][edge]") {
    const Tensor none({2}), x({1, 2}, {1, 2});
    CHECK(softmax(x, none).same_bits(Tensor({1, 2})));
    CHECK(softmax_steps(x, none).y.same_bits(Tensor({1, 2})));
    CHECK(softmax(Tensor({1, 2}, -inf)).same_bits(Tensor({1, 2})));
    CHECK(softmax_steps(Tensor({1, 2}, -inf)).y.same_bits(Tensor({1, 2})));
}

TEST_CASE("softmax: what is not finite stays in its row", "[tensor][softmax][edge]") {
    const Tensor x({3, 2}, {1, NAN, 1, 1, inf, 1});
    for (const Tensor& y : {softmax(x), softmax_steps(x).y}) {
        CHECK(std::isnan(y.flat()[0]));
        CHECK(y.flat()[2] == 0.5f);
        CHECK(std::isnan(y.flat()[4]));
    }
    // NaN behind a mask is not seen
    CHECK(softmax(Tensor({1, 2}, {1, NAN}), Tensor({2}, {1, 0})).same_bits(Tensor({1, 2}, {1, 0})));
}

TEST_CASE("softmax: no rows is no work, not an error", "[tensor][softmax][edge]") {
    CHECK(softmax(Tensor({0, 4})).size() == 0);
    CHECK(softmax(Tensor({4, 0})).size() == 0);
    CHECK(softmax_steps(Tensor({0, 4})).y.size() == 0);
}

TEST_CASE("softmax: the gradient matches the measured slope", "[tensor][softmax][gradient]") {
    const Tensor x({2, 4}, {0.5f, -1, 2, 1.5f, 0.3f, -0.7f, 1, 0});
    const Tensor mask({2, 4}, {1, 1, 1, 1, 1, 0, 1, 0});
    const Tensor y = softmax(x), masked = softmax(x, mask);
    CHECK(test::gradient_error([](const Tensor& t) { return softmax(t); }, x,
                               softmax_backward(test::weights_like(y), y)) < 1e-3);
    CHECK(test::gradient_error([&](const Tensor& t) { return softmax(t, mask); }, x,
                               softmax_backward(test::weights_like(y), masked)) < 1e-3);
}

TEST_CASE("softmax: says what is wrong", "[tensor][softmax][errors]") {
    CHECK_THROWS_WITH(softmax(Tensor()), "softmax: x has no axis, wanted [..., d]");
    CHECK_THROWS_AS(softmax(Tensor({2, 3}), Tensor({2})), ShapeError);
    CHECK_THROWS_AS(softmax_backward(Tensor({2, 3}), Tensor({3, 2})), ShapeError);
}

TEST_CASE("softmax: without taking the largest away it overflows", "[tensor][softmax]") {
    // float32 ends at 3.4028e38 = exp(88.7228)
    const auto works = softmax_naive_steps(Tensor({2}, {88.0f, 87.0f}));
    CHECK_THAT(works.y.flat()[0], WithinAbs(0.7310586, 1e-4));  // 1 / (1 + 1/e)
    const Tensor large({2}, {89.0f, 87.0f}), small({2}, {-110.0f, -120.0f});
    const auto over = softmax_naive_steps(large);
    CHECK(over.exps.flat()[0] == inf);
    CHECK(over.total.flat()[0] == inf);
    CHECK(std::isnan(over.y.flat()[0]));
    CHECK(over.y.flat()[1] == 0.0f);  // what is not infinite itself is divided away
    const auto under = softmax_naive_steps(small);
    CHECK(under.total.flat()[0] == 0.0f);
    CHECK(std::isnan(under.y.flat()[0]));
    // the stable one at the same places
    const Tensor y = softmax(large), z = softmax(small);
    CHECK_THAT(y.flat()[0], WithinAbs(0.8807971, 1e-6));
    CHECK_THAT(z.flat()[0], WithinAbs(0.9999546, 1e-6));
}

TEST_CASE("softmax: the slopes by hand", "[tensor][softmax][gradient]") {
    // y (1 - y) on the diagonal, -y y' elsewhere
    const Tensor slopes = softmax_jacobian(Tensor({3}, {0.5f, 0.3f, 0.2f}));
    const float wanted[] = {0.25f, -0.15f, -0.1f, -0.15f, 0.21f, -0.06f, -0.1f, -0.06f, 0.16f};
    for (std::size_t n = 0; n < 9; ++n) CHECK_THAT(slopes.flat()[n], WithinAbs(wanted[n], 1e-6));
    CHECK_THROWS_WITH(softmax_jacobian(Tensor({2, 3})),
                      "softmax_jacobian: y has shape [2, 3], wanted one row [d]");
}

TEST_CASE("softmax: a slope is what the gradient says", "[tensor][softmax][gradient]") {
    const Tensor y = softmax(Tensor({4}, {0.5f, -1.0f, 2.0f, 0.3f}));
    const Tensor slopes = softmax_jacobian(y);
    for (std::size_t i = 0; i < 4; ++i) {
        Tensor dy({4});
        dy.flat()[i] = 1;
        const Tensor dx = softmax_backward(dy, y);
        for (std::size_t j = 0; j < 4; ++j)
            CHECK_THAT(slopes.row(i)[j], WithinAbs(dx.flat()[j], 1e-6));
    }
}
