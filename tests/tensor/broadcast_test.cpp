#include "core/tensor/broadcast.hpp"

#include "core/base/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/gradcheck.hpp"

using namespace orrery;

TEST_CASE("broadcast: shapes agree from the last axis on", "[tensor][broadcast]") {
    // the examples of NumPy's manual
    CHECK(broadcast_shape({256, 256, 3}, {3}) == Shape{256, 256, 3});
    CHECK(broadcast_shape({8, 1, 6, 1}, {7, 1, 5}) == Shape{8, 7, 6, 5});
    CHECK(broadcast_shape({5, 4}, {1}) == Shape{5, 4});
    CHECK(broadcast_shape({15, 3, 5}, {15, 1, 5}) == Shape{15, 3, 5});
    CHECK(broadcast_shape({}, {}) == Shape{});
    CHECK(broadcast_shape({0}, {1}) == Shape{0});
    CHECK_THROWS_WITH(
        broadcast_shape({3}, {4}),
        "broadcast: shapes [3] and [4] do not agree, wanted lengths that are equal or 1");
    CHECK_THROWS_AS(broadcast_shape({2, 1}, {8, 4, 3}), ShapeError);
}

TEST_CASE("broadcast: a column and a row make a table", "[tensor][broadcast]") {
    const Tensor column({3, 1}, {1, 2, 3}), row({2}, {10, 20});
    CHECK(add(column, row).same_bits(Tensor({3, 2}, {11, 21, 12, 22, 13, 23})));
    CHECK(multiply(column, row).same_bits(Tensor({3, 2}, {10, 20, 20, 40, 30, 60})));
    CHECK(broadcast_to(column, {2, 3, 2})
              .same_bits(Tensor({2, 3, 2}, {1, 1, 2, 2, 3, 3, 1, 1, 2, 2, 3, 3})));
    CHECK(scaled(row, -0.5f).same_bits(Tensor({2}, {-5, -10})));
}

TEST_CASE("broadcast: sum_to adds up what was repeated", "[tensor][broadcast]") {
    const Tensor table({2, 3}, {1, 2, 3, 4, 5, 6});
    CHECK(sum_to(table, {3}).same_bits(Tensor({3}, {5, 7, 9})));
    CHECK(sum_to(table, {2, 1}).same_bits(Tensor({2, 1}, {6, 15})));
    CHECK(sum_to(table, {}).same_bits(Tensor({}, {21})));
    CHECK(sum_to(Tensor({0, 3}), {3}).same_bits(Tensor({3})));
    CHECK_THROWS_AS(sum_to(table, {2}), ShapeError);
    CHECK_THROWS_AS(broadcast_to(table, {3}), ShapeError);
}

TEST_CASE("broadcast: the gradient matches the measured slope", "[tensor][broadcast][gradient]") {
    const Tensor a({2, 1, 2}, {1, -2, 0.5f, 3}), b({3, 1}, {0.3f, 2, -1});
    const Tensor dy = test::weights_like(add(a, b));
    const auto sum = add_backward(dy, a, b), product = multiply_backward(dy, a, b);

    using T = const Tensor&;
    CHECK(test::gradient_error([&](T t) { return add(t, b); }, a, sum.da) < 1e-3);
    CHECK(test::gradient_error([&](T t) { return add(a, t); }, b, sum.db) < 1e-3);
    CHECK(test::gradient_error([&](T t) { return multiply(t, b); }, a, product.da) < 1e-3);
    CHECK(test::gradient_error([&](T t) { return multiply(a, t); }, b, product.db) < 1e-3);
}
