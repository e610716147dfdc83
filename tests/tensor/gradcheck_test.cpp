#include "core/tensor/gradcheck.hpp"

#include <cmath>

#include "core/base/error.hpp"
#include "tests/support/catch.hpp"

using namespace orrery;

static Tensor square(const Tensor& x) {
    Tensor y = x;
    for (float& v : y.flat()) v *= v;
    return y;
}

TEST_CASE("gradcheck: a right gradient passes, a wrong one does not", "[tensor][gradcheck]") {
    const Tensor x({3}, {1, -2, 0.5f});
    const Tensor w = probe_weights(x.shape());
    Tensor right = x, wrong = x;
    for (std::size_t i = 0; i < 3; ++i) {
        right.flat()[i] = 2 * x.flat()[i] * w.flat()[i];
        wrong.flat()[i] = 2.01f * x.flat()[i] * w.flat()[i];
    }
    CHECK(gradient_error(square, x, right) < 1e-4);
    CHECK(gradient_error(square, x, wrong) > 4e-3);
    CHECK(gradient_error(square, x, Tensor({3}, NAN)) > 1e9);
    CHECK_THROWS_AS(gradient_error(square, x, Tensor({2})), ShapeError);
}

TEST_CASE("gradcheck: also curved functions are measured well", "[tensor][gradcheck]") {
    const auto sine = [](const Tensor& x) { return Tensor({}, {std::sin(3 * x.flat()[0])}); };
    const Tensor x({}, {0.7f}), w = probe_weights({});
    const Tensor slopes = measured_slopes(sine, x);
    CHECK_THAT(slopes.flat()[0] / w.flat()[0], WithinAbs(3 * std::cos(2.1), 1e-4));
}

TEST_CASE("gradcheck: the weights tell outputs apart", "[tensor][gradcheck]") {
    const Tensor w = probe_weights({64});
    for (std::size_t i = 0; i < 64; ++i) {
        CHECK(std::abs(w.flat()[i]) >= 0.5f);
        CHECK(std::abs(w.flat()[i]) <= 1.5f);
        for (std::size_t j = 0; j < i; ++j) CHECK(w.flat()[i] != w.flat()[j]);
    }
}
