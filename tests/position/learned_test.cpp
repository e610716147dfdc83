#include "core/position/learned.hpp"

#include "core/base/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/gradcheck.hpp"

using namespace orrery;
using namespace orrery::position;

static const Tensor table({3, 2}, {10, 20, 30, 40, 50, 60});

TEST_CASE("learned: each token gets the row of its place", "[position][learned]") {
    const Tensor x({2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8});
    const auto s = learned_steps(x, table);
    CHECK(s.rows.same_bits(Tensor({2, 2}, {10, 20, 30, 40})));
    CHECK(s.y.same_bits(Tensor({2, 2, 2}, {11, 22, 33, 44, 15, 26, 37, 48})));
    CHECK(learned(x, table, 1).same_bits(Tensor({2, 2, 2}, {31, 42, 53, 64, 35, 46, 57, 68})));
}

TEST_CASE("learned: at n_max is a wall", "[position][learned][errors]") {
    CHECK(learned(Tensor({3, 2}), table).same_bits(table));
    CHECK_THROWS_WITH(learned(Tensor({4, 2}), table),
                      "learned: place 3 has no row, wanted places below n_max = 3");
    CHECK_THROWS_WITH(learned(Tensor({1, 2}), table, 3),
                      "learned: place 3 has no row, wanted places below n_max = 3");
    CHECK_THROWS_AS(learned(Tensor({2, 2}), table, ~std::size_t{0}), ValueError);
}

TEST_CASE("learned: the gradient matches the measured slope", "[position][learned][gradient]") {
    const Tensor x({2, 2, 2}, {1, -2, 0.5f, 3, 0.1f, 1, -1, 2});
    const auto grads = learned_backward(test::weights_like(x), table, 1);
    using T = const Tensor&;
    CHECK(test::gradient_error([&](T t) { return learned(t, table, 1); }, x, grads.dx) < 1e-3);
    CHECK(test::gradient_error([&](T t) { return learned(x, t, 1); }, table, grads.dtable) < 1e-3);
    CHECK(grads.dtable.at({0, 0}) == 0.0f);  // place 0 was not used
}

TEST_CASE("learned: no tokens is no work", "[position][learned][edge]") {
    CHECK(learned(Tensor({0, 2}), table).size() == 0);
    CHECK(learned(Tensor({0, 2}), table, 3).size() == 0);
    CHECK(learned(Tensor({0, 3, 2}), table).size() == 0);
}

TEST_CASE("learned: says what is wrong", "[position][learned][errors]") {
    CHECK_THROWS_WITH(learned(Tensor({2, 3}), table),
                      "learned: x has shape [2, 3], wanted [..., n, 2]");
    CHECK_THROWS_AS(learned(Tensor({2}), table), ShapeError);
    CHECK_THROWS_AS(learned(Tensor({2, 2}), Tensor({2})), ShapeError);
    CHECK_THROWS_AS(learned_backward(Tensor({2, 3}), table), ShapeError);
}
