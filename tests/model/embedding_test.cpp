#include "core/model/embedding.hpp"

#include "core/base/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/gradcheck.hpp"

using namespace orrery;
using namespace orrery::model;

TEST_CASE("embedding: rows of the table by number", "[model][embedding]") {
    const Tensor table({3, 2}, {1, 2, 3, 4, 5, 6});
    const Tensor y = embedding(table, Tensor({2, 2}, {2, 0, 1, 2}));
    CHECK(y.same_bits(Tensor({2, 2, 2}, {5, 6, 1, 2, 3, 4, 5, 6})));
}

TEST_CASE("embedding: a token that occurs twice is blamed twice", "[model][embedding][gradient]") {
    const Tensor table({3, 2}, {1, 2, 3, 4, 5, 6});
    const Tensor ids({3}, {2, 0, 2});
    const Tensor dtable = embedding_backward(Tensor({3, 2}, {1, 2, 3, 4, 5, 6}), ids, 3);
    CHECK(dtable.same_bits(Tensor({3, 2}, {3, 4, 0, 0, 6, 8})));

    const Tensor dy = test::weights_like(embedding(table, ids));
    CHECK(test::gradient_error([&](const Tensor& t) { return embedding(t, ids); }, table,
                               embedding_backward(dy, ids, 3)) < 1e-3);
}

TEST_CASE("embedding: no tokens, no rows", "[model][embedding][edge]") {
    CHECK(embedding(Tensor({3, 2}), Tensor({0})).size() == 0);
}

TEST_CASE("embedding: says what is wrong", "[model][embedding][errors]") {
    const Tensor table({3, 2});
    CHECK_THROWS_AS(embedding(Tensor({3}), Tensor({1})), ShapeError);
    CHECK_THROWS_WITH(embedding(table, Tensor({1}, {3})),
                      ContainsSubstring("wanted a whole number from 0 to 2"));
    CHECK_THROWS_AS(embedding(table, Tensor({1}, {-1})), ValueError);
    CHECK_THROWS_AS(embedding(table, Tensor({1}, {0.5f})), ValueError);
    CHECK_THROWS_AS(embedding_backward(Tensor({2, 2}), Tensor({3}), 3), ShapeError);
}
