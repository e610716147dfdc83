#include "core/tensor/tensor.hpp"

#include "core/base/error.hpp"
#include "tests/support/catch.hpp"

using namespace orrery;

TEST_CASE("tensor: shapes, rows and elements", "[tensor]") {
    Tensor t({2, 3}, {1, 2, 3, 4, 5, 6});
    CHECK(t.rank() == 2);
    CHECK(t.size() == 6);
    CHECK(t.rows() == 2);
    CHECK(t.cols() == 3);
    CHECK(t.dim(-1) == 3);
    CHECK(t.dim(0) == 2);
    CHECK(t.row(1)[0] == 4);
    CHECK(t.at({1, 2}) == 6);
    t.at({0, 0}) = 9;
    CHECK(t.flat()[0] == 9);
    CHECK(to_string(t.shape()) == "[2, 3]");
    CHECK(Tensor().shape().empty());
    CHECK(Tensor().size() == 1);
    CHECK(Tensor({3, 0}).rows() == 0);
    CHECK(Tensor({0, 3}).rows() == 0);
}

TEST_CASE("tensor: copies share one buffer until one is written", "[tensor]") {
    const Tensor a({2}, {1, 2});
    Tensor b = a;
    const Tensor& b_read = b;
    CHECK(b_read.data() == a.data());
    b.flat()[0] = 7;
    CHECK(a.flat()[0] == 1);
    CHECK(b_read.flat()[0] == 7);
    CHECK(b_read.data() != a.data());
}

TEST_CASE("tensor: reshape, slice, transpose", "[tensor]") {
    const Tensor t({2, 3}, {1, 2, 3, 4, 5, 6});
    CHECK(t.reshaped({3, 2}).at({2, 1}) == 6);
    CHECK(t.slice(1).same_bits(Tensor({3}, {4, 5, 6})));
    CHECK(t.transposed().same_bits(Tensor({3, 2}, {1, 4, 2, 5, 3, 6})));
    const Tensor two = Tensor({2, 1, 2}, {1, 2, 3, 4}).transposed();
    CHECK(two.same_bits(Tensor({2, 2, 1}, {1, 2, 3, 4})));
    CHECK_FALSE(t.same_bits(t.reshaped({3, 2})));
}

TEST_CASE("tensor: says what is wrong", "[tensor][errors]") {
    const Tensor t({2, 3});
    CHECK_THROWS_WITH(Tensor({2, 3}, {1.0f}), "tensor: 1 values for shape [2, 3], wanted 6");
    CHECK_THROWS_AS(t.dim(2), ShapeError);
    CHECK_THROWS_AS(t.dim(-3), ShapeError);
    CHECK_THROWS_AS(t.at({2, 0}), ShapeError);
    CHECK_THROWS_AS(t.at({0}), ShapeError);
    CHECK_THROWS_AS(t.reshaped({4}), ShapeError);
    CHECK_THROWS_AS(t.slice(2), ShapeError);
    CHECK_THROWS_AS(Tensor({3}).transposed(), ShapeError);
    CHECK_THROWS_AS(element_count({std::size_t{1} << 40, std::size_t{1} << 40}), ValueError);
    CHECK_THROWS_WITH(require_shape("who", "x", t, {3}), "who: x has shape [2, 3], wanted [3]");
}
