#include "viz/kit/scale_ends.hpp"

#include <limits>

#include "tests/support/catch.hpp"

using namespace orrery;
using namespace orrery::viz;

TEST_CASE("scale_ends: one scale for two states drawn beside each other", "[kit][scale_ends]") {
    const float inf = std::numeric_limits<float>::infinity();
    Trace a, b;
    a.add("x", Tensor({1, 3}, {1, -4, inf})), a.add("only", Tensor({1, 1}, {9}));
    b.add("x", Tensor({1, 2}, {6, std::numeric_limits<float>::quiet_NaN()}));
    View view;
    CHECK(largest_of(a, view, {"x"}) == 4);
    CHECK(largest_of(a, view, {"x", "only", "missing"}) == 9);
    CHECK(largest_of(a, view, {}) == 0);
    view.beside = &b;
    CHECK(largest_of(a, view, {"x"}) == 6);
    View other;
    other.beside = &a;
    CHECK(largest_of(b, other, {"x"}) == 6);
    CHECK(largest_of(b, other, {"only"}) == 9);
}

TEST_CASE("scale_ends: round ends", "[kit][scale_ends]") {
    for (const auto& [value, end] : {std::pair{0.7f, 0.8f},
                                     {1.0f, 1.0f},
                                     {1.1f, 1.5f},
                                     {2.5f, 3.0f},
                                     {3.1f, 4.0f},
                                     {61.0f, 80.0f},
                                     {81.0f, 100.0f},
                                     {0.041f, 0.05f}})
        CHECK_THAT(double(round_up(value)), WithinRel(double(end), 1e-5));
    for (const float odd : {0.0f, -3.0f, std::numeric_limits<float>::infinity(),
                            std::numeric_limits<float>::quiet_NaN()})
        CHECK(round_up(odd) == 1);
}
