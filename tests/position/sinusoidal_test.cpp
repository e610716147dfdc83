#include "core/position/sinusoidal.hpp"

#include <cmath>

#include "core/base/error.hpp"
#include "tests/support/catch.hpp"

using namespace orrery;
using namespace orrery::position;

TEST_CASE("sinusoidal: the row of position 1 as published", "[position][sinusoidal]") {
    const Tensor y = sinusoidal(2, 4);
    const double at_0[] = {0, 1, 0, 1};
    const double at_1[] = {0.8414710, 0.5403023, 0.0099998, 0.9999500};
    for (std::size_t j = 0; j < 4; ++j) {
        CHECK(y.at({0, j}) == at_0[j]);
        CHECK_THAT(y.at({1, j}), WithinAbs(at_1[j], 1e-7));
    }
}

TEST_CASE("sinusoidal: moving on is a rotation of each pair", "[position][sinusoidal]") {
    const std::size_t k = 7;
    const auto s = sinusoidal_steps(40, 8);
    for (std::size_t p = 0; p + k < 40; p += 3)
        for (std::size_t i = 0; i < 4; ++i) {
            const double turn = double(k) / std::pow(10000.0, 2.0 * double(i) / 8);
            const double sine = s.y.at({p, 2 * i}), cosine = s.y.at({p, 2 * i + 1});
            CHECK_THAT(s.y.at({p + k, 2 * i}),
                       WithinAbs(sine * std::cos(turn) + cosine * std::sin(turn), 1e-6));
            CHECK_THAT(s.y.at({p + k, 2 * i + 1}),
                       WithinAbs(cosine * std::cos(turn) - sine * std::sin(turn), 1e-6));
        }
}

TEST_CASE("sinusoidal: the product of two rows depends on their distance alone",
          "[position][sinusoidal]") {
    const Tensor y = sinusoidal(100, 16);
    const auto product = [&](std::size_t a, std::size_t b) {
        double sum = 0;
        for (std::size_t j = 0; j < 16; ++j) sum += double(y.row(a)[j]) * double(y.row(b)[j]);
        return sum;
    };
    CHECK_THAT(product(3, 13), WithinAbs(product(80, 90), 1e-5));
    CHECK_THAT(product(50, 50), WithinAbs(8, 1e-5));
}

TEST_CASE("sinusoidal: base, wavelengths and first position", "[position][sinusoidal]") {
    const auto s = sinusoidal_steps(3, 4, 100.0f, 5);
    CHECK_THAT(s.wavelength.flat()[0], WithinAbs(6.2831853, 1e-6));
    CHECK_THAT(s.wavelength.flat()[1], WithinAbs(62.831853, 1e-5));
    CHECK_THAT(s.angle.at({0, 0}), WithinAbs(5, 1e-6));
    CHECK_THAT(s.angle.at({2, 1}), WithinAbs(0.7, 1e-6));
    CHECK_THAT(s.y.at({2, 0}), WithinAbs(std::sin(7.0), 1e-6));
    CHECK(s.cost.flops == 4 * 3 * 2);
    // far out, an angle in float would have lost its digits
    const Tensor far = sinusoidal(1, 2, 10000.0f, 100000007);
    CHECK_THAT(far.at({0, 0}), WithinAbs(std::sin(100000007.0), 1e-6));
}

TEST_CASE("sinusoidal: no positions, no width", "[position][sinusoidal][edge]") {
    CHECK(sinusoidal(0, 4).shape() == Shape{0, 4});
    CHECK(sinusoidal(4, 0).shape() == Shape{4, 0});
}

TEST_CASE("sinusoidal: says what is wrong", "[position][sinusoidal][errors]") {
    CHECK_THROWS_WITH(sinusoidal(2, 3), "sinusoidal: d is 3, wanted an even number");
    CHECK_THROWS_WITH(sinusoidal(2, 4, 0.0f), "sinusoidal: base is 0, wanted above 0");
    CHECK_THROWS_AS(sinusoidal(2, 4, NAN), ValueError);
}
