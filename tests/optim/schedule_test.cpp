#include "core/optim/schedule.hpp"

#include <cmath>
#include <limits>

#include "core/base/error.hpp"
#include "tests/support/catch.hpp"

using namespace orrery;
using namespace orrery::optim;

TEST_CASE("schedule: climbs, falls as a cosine, stays", "[optim][schedule]") {
    const ScheduleConfig config{.max_lr = 1e-3f, .min_lr = 1e-4f, .warmup = 100, .total = 2000};
    // nanoGPT: lr * (step + 1) / (warmup + 1), then min + (max - min) (1 + cos(pi ratio)) / 2
    CHECK_THAT(schedule(0, config), WithinRel(1e-3 / 101, 1e-6));
    CHECK_THAT(schedule(99, config), WithinRel(1e-3 * 100 / 101, 1e-6));
    CHECK_THAT(schedule(100, config), WithinRel(1e-3, 1e-6));
    CHECK_THAT(schedule(575, config), WithinRel(1e-4 + 9e-4 * (1 + std::sqrt(0.5)) / 2, 1e-6));
    CHECK_THAT(schedule(1050, config), WithinRel(5.5e-4, 1e-6));
    CHECK_THAT(schedule(2000, config), WithinRel(1e-4, 1e-6));
    CHECK_THAT(schedule(1000000, config), WithinRel(1e-4, 1e-6));
}

TEST_CASE("schedule: the steps are what the function says", "[optim][schedule]") {
    const ScheduleConfig config{.max_lr = 1, .min_lr = 0.5f, .warmup = 3, .total = 9};
    const auto s = schedule_steps(12, config);
    for (std::size_t i = 0; i < 12; ++i) CHECK(s.lr.flat()[i] == float(schedule(i, config)));
    CHECK(s.step.flat()[7] == 7.0f);
    CHECK(s.climbing.flat()[0] == 0.25f);
    CHECK(s.climbing.flat()[5] == 1.0f);
    CHECK(s.progress.flat()[2] == 0.0f);
    CHECK(s.progress.flat()[6] == 0.5f);
    CHECK_THAT(s.cosine.flat()[6], WithinAbs(0.5, 1e-6));
    CHECK(s.progress.flat()[11] == 1.0f);
}

TEST_CASE("schedule: without a warm-up, without a fall", "[optim][schedule][edge]") {
    CHECK_THAT(schedule(0, {.max_lr = 1, .min_lr = 0, .warmup = 0, .total = 10}),
               WithinAbs(1, 1e-12));
    // nothing left after the warm-up: straight to the end
    CHECK_THAT(schedule(5, {.max_lr = 1, .min_lr = 0.25f, .warmup = 5, .total = 5}),
               WithinAbs(0.25, 1e-12));
    CHECK_THAT(schedule(7, {.max_lr = 1, .min_lr = 0.25f, .warmup = 7, .total = 5}),
               WithinAbs(0.25, 1e-12));
    CHECK_THAT(schedule(0, {.max_lr = 1, .min_lr = 0.25f, .warmup = 0, .total = 0}),
               WithinAbs(0.25, 1e-12));
    CHECK(schedule_steps(0, {}).lr.size() == 0);
}

TEST_CASE("schedule: says what is wrong", "[optim][schedule][errors]") {
    CHECK_THROWS_WITH(schedule(0, {.max_lr = -1}),
                      "schedule: max_lr is -1, wanted a number of 0 or more");
    CHECK_THROWS_AS(schedule(0, {.max_lr = std::numeric_limits<float>::infinity()}), ValueError);
    CHECK_THROWS_AS(schedule(0, {.max_lr = 1e-4f, .min_lr = 1e-3f}), ValueError);
    CHECK_THROWS_AS(schedule(0, {.min_lr = NAN}), ValueError);
}
