#include "core/base/random.hpp"

#include <cmath>

#include "core/base/error.hpp"
#include "tests/support/catch.hpp"

using namespace orrery;

TEST_CASE("random: Philox gives the published known answers", "[base][random]") {
    // kat_vectors of Random123, philox4x32 with 10 rounds
    CHECK(philox4x32({0, 0, 0, 0}, {0, 0}) ==
          std::array<std::uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
    CHECK(philox4x32({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}) ==
          std::array<std::uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
    CHECK(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
          std::array<std::uint32_t, 4>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("random: a stream depends on seed, purpose and step alone", "[base][random]") {
    CHECK(Random(7, "init", 3).bits() == Random(7, "init", 3).bits());
    CHECK(Random(7, "init", 3).bits() != Random(8, "init", 3).bits());
    CHECK(Random(7, "init", 3).bits() != Random(7, "batch", 3).bits());
    CHECK(Random(7, "init", 3).bits() != Random(7, "init", 4).bits());
}

TEST_CASE("random: uniform and normal have the moments they should", "[base][random]") {
    Random random(1, "moments");
    const int n = 100000;
    double sum = 0, sum_normal = 0, square_normal = 0;
    for (int i = 0; i < n; ++i) {
        const float u = random.uniform();
        REQUIRE((u >= 0.0f && u < 1.0f));
        sum += u;
        const double z = random.normal();
        sum_normal += z;
        square_normal += z * z;
    }
    // five standard errors: 5 / sqrt(12 n), 5 / sqrt(n), 5 sqrt(2 / n)
    CHECK_THAT(sum / n, WithinAbs(0.5, 0.0046));
    CHECK_THAT(sum_normal / n, WithinAbs(0.0, 0.0159));
    CHECK_THAT(square_normal / n, WithinAbs(1.0, 0.0224));
}

TEST_CASE("random: below gives every value and never n", "[base][random]") {
    Random random(1, "below");
    std::array<int, 3> counts{};
    for (int i = 0; i < 3000; ++i) counts[random.below(3)]++;
    for (int count : counts) CHECK_THAT(count, WithinAbs(1000, 130));  // five standard deviations
    CHECK_THROWS_AS(random.below(0), ValueError);
}
