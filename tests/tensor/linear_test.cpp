#include "core/tensor/linear.hpp"

#include "core/base/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/gradcheck.hpp"

using namespace orrery;

TEST_CASE("linear: a row worked by hand", "[tensor][linear]") {
    const Tensor x({1, 3}, {1, 2, 3}), weight({2, 3}, {1, 0, -1, 2, 1, 0}), bias({2}, {10, 20});
    const Tensor expected({1, 2}, {8, 24});  // 1 - 3 + 10, 2 + 2 + 20
    CHECK(linear_plain(x, weight, bias).same_bits(expected));
    CHECK(linear(x, weight, bias).same_bits(expected));
    CHECK(linear(x, weight).same_bits(Tensor({1, 2}, {-2, 4})));
}

TEST_CASE("linear: every axis before the last counts rows", "[tensor][linear]") {
    const Tensor x({2, 2, 1}, {1, 2, 3, 4}), weight({1, 1}, {5}), bias({1}, {1});
    CHECK(linear(x, weight, bias).same_bits(Tensor({2, 2, 1}, {6, 11, 16, 21})));
    CHECK(linear(Tensor({3}, 1.0f), Tensor({2, 3}, 1.0f)).same_bits(Tensor({2}, 3.0f)));
}

TEST_CASE("linear: no rows, no inputs, no outputs", "[tensor][linear][edge]") {
    CHECK(linear(Tensor({0, 3}), Tensor({2, 3}), Tensor({2})).shape() == Shape{0, 2});
    CHECK(
        linear(Tensor({4, 0}), Tensor({2, 0}), Tensor({2}, 7.0f)).same_bits(Tensor({4, 2}, 7.0f)));
    CHECK(linear(Tensor({4, 3}), Tensor({0, 3}), Tensor({0})).size() == 0);
    const auto grads = linear_backward(Tensor({0, 2}), Tensor({0, 3}), Tensor({2, 3}, 1.0f));
    CHECK(grads.dweight.same_bits(Tensor({2, 3})));
    CHECK(grads.dbias.same_bits(Tensor({2})));
}

TEST_CASE("linear: the gradient matches the measured slope", "[tensor][linear][gradient]") {
    const Tensor x({2, 2, 3}, {0.5f, -1, 2, 1.5f, 0.3f, -0.7f, 1, 1, 2, -2, 0.1f, 0.4f});
    const Tensor weight({2, 3}, {1, -0.5f, 2, 0.3f, 0.9f, -1.1f}), bias({2}, {0.2f, -0.4f});
    const auto grads = linear_backward(test::weights_like(linear(x, weight, bias)), x, weight);

    using T = const Tensor&;
    CHECK(test::gradient_error([&](T t) { return linear(t, weight, bias); }, x, grads.dx) < 1e-3);
    CHECK(test::gradient_error([&](T t) { return linear(x, t, bias); }, weight, grads.dweight) <
          1e-3);
    CHECK(test::gradient_error([&](T t) { return linear(x, weight, t); }, bias, grads.dbias) <
          1e-3);
}

TEST_CASE("linear: says what is wrong", "[tensor][linear][errors]") {
    CHECK_THROWS_WITH(linear(Tensor({2, 3}), Tensor({4, 5})),
                      "linear: weight has shape [4, 5], wanted [out, 3]");
    CHECK_THROWS_WITH(linear(Tensor({2, 3}), Tensor({4, 3}), Tensor({3})),
                      "linear: bias has shape [3], wanted [4]");
    CHECK_THROWS_AS(linear(Tensor(), Tensor({4, 3})), ShapeError);
    CHECK_THROWS_AS(linear_backward(Tensor({2, 3}), Tensor({2, 3}), Tensor({4, 3})), ShapeError);
}
