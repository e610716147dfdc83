#include "core/attention/leak.hpp"

#include <cmath>

#include "core/attention/mask.hpp"
#include "core/base/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/panel.hpp"
#include "tests/support/robot.hpp"

using namespace orrery;
using namespace orrery::attention;
using Catch::Matchers::WithinAbs;

TEST_CASE("layers_to_reach: worked by hand", "[attention][leak]") {
    // Each sees itself and the one before: a chain
    const Tensor chain = layers_to_reach(window_mask(4, 2));
    const float never = INFINITY;
    CHECK(chain.same_bits(
        Tensor({4, 4}, {0, never, never, never, 1, 0, never, never, 2, 1, 0, never, 3, 2, 1, 0})));
    // Causal with one peephole, 1 sees 4: everyone later knows it after two layers
    Tensor mask = causal_mask(4, 4);
    mask.row(0)[3] = 1;
    const Tensor hole = layers_to_reach(mask);
    CHECK(hole.row(0)[3] == 1);
    CHECK(hole.row(1)[3] == 2);
    CHECK(hole.row(2)[3] == 2);
    CHECK(hole.row(0)[1] == 2);  // by way of 4, which sees 2
    // Full: everyone at once; nobody allowed: only oneself
    CHECK(layers_to_reach(full_mask(2, 2)).same_bits(Tensor({2, 2}, {0, 1, 1, 0})));
    CHECK(layers_to_reach(Tensor({2, 2})).same_bits(Tensor({2, 2}, {0, never, never, 0})));
    CHECK_THROWS_AS(layers_to_reach(Tensor({2, 3})), ShapeError);
}

TEST_CASE("leak: without a leak nobody beats a fair guess", "[attention][leak]") {
    for (const Tensor& mask : {causal_mask(6, 6), window_mask(6, 2), Tensor({6, 6})}) {
        const auto s = leak_steps(mask);
        CHECK_THAT(s.honest.flat()[0], WithinAbs(3, 1e-6));  // one of 8 alike
        for (const float bits : s.bits.flat()) {
            CHECK(bits > 2.9f);  // 0.1: the chance of 128 texts, and of what was learnt last
            CHECK(bits < 3.1f);
        }
    }
}

TEST_CASE("leak: the loss falls in exactly the rows that their next token reaches",
          "[attention][leak]") {
    // 3 sees 6: alone that shows row 3 nothing it needs; 6 has seen 4, so two layers do. Row 5 sees 3,
    // which has seen 6: its answer.
    Tensor detour = causal_mask(8, 8);
    detour.row(2)[5] = 1;
    Tensor peephole = causal_mask(8, 8);
    peephole.row(4)[5] = 1;
    for (const std::uint64_t seed : {1, 2})
        for (const std::size_t layers : {1, 2})
            for (const Tensor& mask : {detour, peephole, full_mask(8, 8)}) {
                LeakConfig config;
                config.layers = layers, config.seed = seed;
                const auto s = leak_steps(mask, config);
                const Tensor reach = layers_to_reach(mask);
                for (std::size_t i = 0; i < 8; ++i) {
                    const bool leaks = i + 1 < 8 && reach.row(i)[i + 1] <= float(layers);
                    CAPTURE(seed, layers, i, s.bits.flat()[i]);
                    if (leaks)
                        CHECK(s.bits.flat()[i] < 1.5f);
                    else
                        CHECK(s.bits.flat()[i] > 2.8f);
                }
            }
}

TEST_CASE("leak: the same seed gives the same bits, and the history ends in them",
          "[attention][leak]") {
    const auto a = leak_steps(causal_mask(4, 4)), b = leak_steps(causal_mask(4, 4));
    CHECK(a.bits.same_bits(b.bits));
    CHECK(a.history.rows() == LeakConfig{}.snapshots);
    for (std::size_t i = 0; i < 4; ++i)
        CHECK(a.history.row(a.history.rows() - 1)[i] == a.bits.flat()[i]);
    LeakConfig other;
    other.seed = 2;
    CHECK_FALSE(leak_steps(causal_mask(4, 4), other).bits.same_bits(a.bits));
}

TEST_CASE("leak: says what is wrong", "[attention][leak][errors]") {
    CHECK_THROWS_WITH(leak_steps(Tensor({2, 3})),
                      "leak: mask has shape [2, 3], wanted [tokens, tokens]");
    CHECK_THROWS_AS(leak_steps(Tensor({0, 0})), ValueError);
    LeakConfig none;
    none.layers = 0;
    CHECK_THROWS_AS(leak_steps(causal_mask(2, 2), none), ValueError);
}

TEST_CASE("mask: the panel paints, counts and finds the leak", "[attention][mask][panel]") {
    test::Robot robot("attention/mask");
    robot.frame();
    CHECK(robot.session.fact("allowed").number == 36);
    CHECK(robot.session.fact("leaking_rows").number == 0);
    const viz::Region* cells = robot.controls.find("cells.mask");
    REQUIRE(cells);
    // Row 3 is allowed to look at token 4
    const viz::Point at{cells->box.x + cells->box.w * 3.5f / 8,
                        cells->box.y + cells->box.h * 2.5f / 8};
    robot.controls.move(at), robot.controls.press(at), robot.controls.release(at);
    robot.session.settle();
    CHECK(robot.session.fact("allowed").number == 37);
    CHECK(robot.session.fact("leaking_rows").number == 1);
    CHECK(robot.session.fact("lowest_row").number == 3);
    CHECK(robot.session.fact("lowest_bits").number < 1);
    const auto& trace = *robot.session.shown().trace;
    CHECK(trace["bits"].same_bits(leak_steps(trace["mask"], LeakConfig{}).bits));
    CHECK(trace["layers"].same_bits(layers_to_reach(trace["mask"])));
    robot.session.act("undo");
    robot.session.settle();
    CHECK(robot.session.fact("allowed").number == 36);
}
