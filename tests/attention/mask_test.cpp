#include "core/attention/mask.hpp"

#include "core/base/error.hpp"
#include "tests/support/catch.hpp"

using namespace orrery;
using namespace orrery::attention;

TEST_CASE("mask: causal is the lower triangle with its diagonal", "[attention][mask]") {
    CHECK(causal_mask(3, 3).same_bits(Tensor({3, 3}, {1, 0, 0, 1, 1, 0, 1, 1, 1})));
    // n (n + 1) / 2 of n^2
    const auto s = mask_steps(causal_mask(8, 8));
    CHECK(s.allowed == 36);
    CHECK(s.entries == 64);
}

TEST_CASE("mask: with cached keys the first query stands further right", "[attention][mask]") {
    CHECK(causal_mask(2, 4, 2).same_bits(Tensor({2, 4}, {1, 1, 1, 0, 1, 1, 1, 1})));
    CHECK(causal_mask(2, 4).same_bits(Tensor({2, 4}, {1, 0, 0, 0, 1, 1, 0, 0})));
}

TEST_CASE("mask: the prefix is seen from everywhere", "[attention][mask]") {
    CHECK(prefix_mask(3, 2).same_bits(Tensor({3, 3}, {1, 1, 0, 1, 1, 0, 1, 1, 1})));
    CHECK(prefix_mask(4, 0).same_bits(causal_mask(4, 4)));
    CHECK(prefix_mask(4, 1).same_bits(causal_mask(4, 4)));
    CHECK(prefix_mask(4, 4).same_bits(full_mask(4, 4)));
}

TEST_CASE("mask: a window reaches back so far and no further", "[attention][mask]") {
    CHECK(window_mask(4, 2).same_bits(
        Tensor({4, 4}, {1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1})));
    CHECK(window_mask(4, 9).same_bits(causal_mask(4, 4)));
    CHECK(window_mask(2, 0).same_bits(Tensor({2, 2})));
}

TEST_CASE("mask: filling is never looked at", "[attention][mask]") {
    const Tensor mask = padding_mask({2, 0}, 3);
    CHECK(mask.shape() == Shape{2, 1, 3, 3});
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(mask.at({0, 0, i, 1}) == 1.0f);
        CHECK(mask.at({0, 0, i, 2}) == 0.0f);
        CHECK(mask.at({1, 0, i, 0}) == 0.0f);
    }
}

TEST_CASE("mask: packed documents do not see each other", "[attention][mask]") {
    const Tensor packed = packing_mask({0, 0, 1});
    CHECK(packed.same_bits(Tensor({3, 3}, {1, 1, 0, 1, 1, 0, 0, 0, 1})));
    CHECK(both(packed, causal_mask(3, 3)).same_bits(Tensor({3, 3}, {1, 0, 0, 1, 1, 0, 0, 0, 1})));
}

TEST_CASE("mask: both repeats what is missing", "[attention][mask]") {
    const Tensor mask = both(causal_mask(2, 2), padding_mask({1, 2}, 2));
    CHECK(mask.shape() == Shape{2, 1, 2, 2});
    CHECK(mask.same_bits(Tensor({2, 1, 2, 2}, {1, 0, 1, 0, 1, 0, 1, 1})));
}

TEST_CASE("mask: counts by query and by key", "[attention][mask]") {
    const auto s = mask_steps(Tensor({2, 3}, {1, 0, 2, 0, 0, -1}));
    CHECK(s.mask.same_bits(Tensor({2, 3}, {1, 0, 1, 0, 0, 1})));
    CHECK(s.per_query.same_bits(Tensor({2, 1}, {2, 1})));
    CHECK(s.per_key.same_bits(Tensor({1, 3}, {1, 0, 2})));
    CHECK(s.allowed == 3);
    Trace trace;
    record(s, trace);
    CHECK(trace.entries()[0].kind == Kind::boolean);

    const auto two = mask_steps(Tensor({2, 1, 2}, {1, 1, 0, 1}));
    CHECK(two.per_key.same_bits(Tensor({2, 1, 2}, {1, 1, 0, 1})));
}

TEST_CASE("mask: no tokens, no entries", "[attention][mask][edge]") {
    CHECK(mask_steps(causal_mask(0, 0)).entries == 0);
    CHECK(mask_steps(causal_mask(3, 0)).allowed == 0);
    CHECK(packing_mask({}).size() == 0);
}

TEST_CASE("mask: says what is wrong", "[attention][mask][errors]") {
    CHECK_THROWS_WITH(prefix_mask(3, 4), "mask: prefix is 4, wanted at most 3");
    CHECK_THROWS_AS(padding_mask({4}, 3), ValueError);
    CHECK_THROWS_AS(both(full_mask(2, 3), full_mask(3, 3)), ShapeError);
    CHECK_THROWS_AS(mask_steps(Tensor({4})), ShapeError);
}
