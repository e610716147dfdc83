#include "core/optim/walk.hpp"

#include <cmath>

#include "core/base/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/gradcheck.hpp"
#include "tests/support/reference.hpp"

using namespace orrery;
using namespace orrery::optim;

TEST_CASE("walk: the landscapes, by hand", "[optim][walk]") {
    const Tensor w({2}, {2, 1});
    CHECK(loss({Surface::valley, 8, 1}, w) == 1.5f);   // (1 + 8 / 4) / 2
    CHECK(loss({Surface::bend, 8, 1}, w) == 4.5f);     // (1 + 8 (1 - 2)^2) / 2
    CHECK(loss({Surface::saddle, 8, 1}, w) == 3.25f);  // (8 / 4 + 9 / 2) / 2
    CHECK(loss({Surface::saddle, 8, 10}, w) == 32.5f);
    CHECK(loss({Surface::valley, 8, 1}, Tensor({2}, {1, 0.5f})) == 0);
    CHECK(loss({Surface::bend, 8, 1}, Tensor({2}, {1, 0.5f})) == 0);
    CHECK(loss({Surface::saddle, 8, 1}, Tensor({2}, {-1, 0.5f})) == 0);
    CHECK(surface_named("bend") == Surface::bend);
}

TEST_CASE("walk: the slopes are the landscapes'", "[optim][walk][gradient]") {
    for (const Surface surface : {Surface::valley, Surface::bend, Surface::saddle}) {
        const Landscape land{surface, 3, 0.7f};
        const Tensor w({2}, {-0.6f, 1.3f});
        const auto f = [&](const Tensor& x) { return Tensor({1}, {loss(land, x)}); };
        // gradient_error multiplies by weights of its own; one output makes that a number
        const Tensor one = test::weights_like(Tensor({1}));
        Tensor slope = gradient(land, w);
        for (float& v : slope.flat()) v *= one.flat()[0];
        CHECK(test::gradient_error(f, w, slope) < 1e-3);
    }
}

TEST_CASE("walk: the map has the highest second weight above", "[optim][walk]") {
    const Tensor map = loss_map({Surface::valley, 10, 1}, 3, 6);
    // the middle of the first cell is (-2.5, 2.5), of the last (2.5, -2.5)
    CHECK(map.row(0)[0] == loss({Surface::valley, 10, 1}, Tensor({2}, {-2.5f, 2.5f})));
    CHECK(map.row(5)[5] == loss({Surface::valley, 10, 1}, Tensor({2}, {2.5f, -2.5f})));
}

TEST_CASE("walk: as PyTorch's SGD, Adam and AdamW go", "[optim][walk][oracle]") {
    for (const auto& c : test::stored("optim/walk_reference.json")) {
        const std::size_t steps = c["steps"];
        const WalkConfig config{.land = {.surface = surface_named(std::string(c["surface"])),
                                         .stretch = c["stretch"],
                                         .size = c["size"]},
                                .adamw = {.lr = c["lr"],
                                          .beta1 = c["beta1"],
                                          .beta2 = c["beta2"],
                                          .eps = c["eps"],
                                          .weight_decay = c["weight_decay"]},
                                .descent_lr = c["descent_lr"],
                                .steps = steps};
        const auto s =
            walk_steps(Tensor({2}, {float(c["start"][0]), float(c["start"][1])}), config);
        const auto compare = [&](const char* name, const Tensor& path, const Tensor& losses) {
            for (std::size_t t = 0; t <= steps; ++t) {
                CAPTURE(std::string(c["surface"]), name, t);
                for (std::size_t i = 0; i < 2; ++i)
                    CHECK_THAT(path.row(t)[i], WithinAbs(double(c[name]["places"][t][i]), 2e-5));
                const double loss = c[name]["losses"][t];
                CHECK_THAT(losses.flat()[t], WithinAbs(loss, 1e-4 * (1 + std::abs(loss))));
            }
        };
        compare("descent", s.descent, s.descent_loss);
        compare("l2", s.l2, s.l2_loss);
        compare("adamw", s.adamw, s.adamw_loss);
    }
}

TEST_CASE("walk: what AdamW kept is what its next step needs", "[optim][walk]") {
    const WalkConfig config{.land = {}, .adamw = {.lr = 0.1f}, .steps = 9};
    const auto s = walk_steps(Tensor({2}, {-2, 2.5f}), config);
    const auto row = [](const Tensor& t, std::size_t i) {
        return Tensor({2}, {t.row(i)[0], t.row(i)[1]});
    };
    for (std::size_t t = 1; t <= 9; ++t) {
        const auto step = adamw_steps(row(s.adamw, t - 1), row(s.grad, t - 1), row(s.m, t - 1),
                                      row(s.v, t - 1), t, config.adamw);
        CHECK(test::relative_difference(step.w_t, row(s.adamw, t)) == 0);
        CHECK(test::relative_difference(step.m_t, row(s.m, t)) == 0);
        CHECK(test::relative_difference(step.v_t, row(s.v, t)) == 0);
    }
}

TEST_CASE("walk: a larger loss throws plain descent out and leaves AdamW alone", "[optim][walk]") {
    WalkConfig config{.land = {}, .adamw = {.lr = 0.1f}, .steps = 60};
    const Tensor start({2}, {-2, 2.5f});
    const auto once = walk_steps(start, config);
    config.land.size = 100;
    const auto hundred = walk_steps(start, config);
    for (std::size_t i = 0; i < once.adamw.size(); ++i) {
        CHECK_THAT(hundred.adamw.flat()[i], WithinAbs(double(once.adamw.flat()[i]), 1e-3));
        CHECK(std::isfinite(hundred.descent.flat()[i]));
    }
    CHECK(once.descent_loss.flat()[60] < 1);
    CHECK(hundred.descent_loss.flat()[60] > 1e6f);
}

TEST_CASE("walk: the decay outside and inside", "[optim][walk]") {
    const AdamwConfig config{.lr = 0.1f, .beta1 = 0, .beta2 = 0, .eps = 0, .weight_decay = 0.5f};
    const Tensor zero({2});
    // outside lr * decay * w; inside sign(g + decay w), which is sign(g): nothing at all
    const Pull pull =
        pull_steps(Tensor({2}, {2, -1}), Tensor({2}, {3, 100}), zero, zero, 1, config);
    CHECK_THAT(pull.decoupled.flat()[0], WithinAbs(0.1, 1e-6));
    CHECK_THAT(pull.decoupled.flat()[1], WithinAbs(-0.05, 1e-6));
    CHECK_THAT(pull.l2.flat()[0], WithinAbs(0, 1e-6));
    // with eps 1: (3 + 1) / (4 + 1) - 3 / (3 + 1) = 0.05, times lr
    AdamwConfig soft = config;
    soft.eps = 1;
    const Pull p = pull_steps(Tensor({2}, {2, -1}), Tensor({2}, {3, 100}), zero, zero, 1, soft);
    CHECK_THAT(p.l2.flat()[0], WithinAbs(0.005, 1e-6));
}

TEST_CASE("walk: says what is wrong", "[optim][walk][errors]") {
    CHECK_THROWS_WITH(surface_named("hill"),
                      "walk: surface is \"hill\", wanted valley, bend or saddle");
    CHECK_THROWS_WITH(loss({}, Tensor({3})), "walk: w has shape [3], wanted [2]");
    CHECK_THROWS_AS(walk_steps(Tensor({1}), {}), ShapeError);
    CHECK_THROWS_AS(walk_steps(Tensor({2}), {.adamw = {.lr = -1}}), ValueError);
    CHECK(walk_steps(Tensor({2}), {.steps = 0}).adamw.shape() == Shape{1, 2});
}
