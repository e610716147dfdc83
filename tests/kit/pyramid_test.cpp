#include "viz/kit/pyramid.hpp"

#include <cmath>

#include "core/base/random.hpp"
#include "tests/support/catch.hpp"

using namespace orrery;
using namespace orrery::viz;

TEST_CASE("pyramid: a level by hand, an odd last row and column", "[kit][pyramid]") {
    const Tensor t({3, 3}, {1, -5, 2, 0, 4, -3, 7, NAN, -9});
    const auto level = halved(t.data(), 3, 3, true, true);
    REQUIRE(level.rows == 2);
    REQUIRE(level.cols == 2);
    CHECK(level.values[0] == -5);
    CHECK(level.values[1] == -3);
    CHECK(std::isnan(level.values[2]));
    CHECK(level.values[3] == -9);
    const auto rows_only = halved(t.data(), 3, 3, false, true);
    CHECK(rows_only.cols == 3);
    CHECK(rows_only.values[1] == -5);
}

TEST_CASE("pyramid: no level loses a single spike, wherever it is", "[kit][pyramid]") {
    Random random(5, "pyramid spike");
    for (int n = 0; n < 12; ++n) {
        const std::size_t rows = 700 + random.below(400), cols = 700 + random.below(400);
        Tensor t({rows, cols});
        for (float& v : t.flat()) v = float(random.uniform()) * 0.01f;
        const std::size_t row = random.below(rows), col = random.below(cols);
        t.row(row)[col] = -1;
        const auto pyramid = pyramid_of(t);
        REQUIRE(pyramid->levels.back().values.size() == 1);
        for (std::size_t k = 0; k < pyramid->levels.size(); ++k) {
            const auto& level = pyramid->levels[k];
            CAPTURE(rows, cols, row, col, k);
            CHECK(level.values[(row >> (k + 1)) * level.cols + (col >> (k + 1))] == -1.0f);
        }
    }
}

TEST_CASE("pyramid: the same buffer gives the same pyramid", "[kit][pyramid]") {
    const Tensor t({600, 500}, 1.0f), copy = t;
    CHECK(pyramid_of(t) == pyramid_of(copy));
    CHECK(pyramid_of(t) != pyramid_of(Tensor({600, 500}, 1.0f)));
}
