#include "core/model/feed_forward.hpp"

#include "core/base/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/gradcheck.hpp"

using namespace orrery;
using namespace orrery::model;

static FeedForwardWeights example_weights() {
    return {Tensor({3, 2}, {1, 0.5f, -0.5f, 1, 0.25f, -1}),
            Tensor({2, 3}, {1, -1, 0.5f, 0.5f, 2, -0.25f}), Tensor({3}, {0.5f, -0.25f, 0.125f}),
            Tensor({2}, {0.1f, -0.2f})};
}

TEST_CASE("feed_forward: a row worked by hand", "[model][feed_forward]") {
    const auto s = feed_forward_steps(Tensor({1, 2}, {1, 2}), example_weights());
    // 1 + 1 + 0.5 · -0.5 + 2 - 0.25 · 0.25 - 2 + 0.125
    CHECK_THAT(s.wide.row(0)[0], WithinAbs(2.5, 1e-6));
    CHECK_THAT(s.wide.row(0)[1], WithinAbs(1.25, 1e-6));
    CHECK_THAT(s.wide.row(0)[2], WithinAbs(-1.625, 1e-6));
    // x (1 + erf(x / sqrt 2)) / 2, from a table of the normal distribution:
    // 2.5 · 0.9937903, 1.25 · 0.8943502, -1.625 · 0.0520813
    CHECK_THAT(s.active.row(0)[0], WithinAbs(2.4844758, 1e-6));
    CHECK_THAT(s.active.row(0)[1], WithinAbs(1.1179378, 1e-6));
    CHECK_THAT(s.active.row(0)[2], WithinAbs(-0.0846321, 1e-6));
    CHECK_THAT(s.y.row(0)[0], WithinAbs(2.4844758 - 1.1179378 - 0.0423161 + 0.1, 2e-6));
    CHECK_THAT(s.y.row(0)[1], WithinAbs(1.2422379 + 2.2358756 + 0.0211580 - 0.2, 2e-6));
}

TEST_CASE("feed_forward: each token by itself", "[model][feed_forward]") {
    const auto w = example_weights();
    const Tensor both = feed_forward(Tensor({2, 2}, {1, 2, -3, 0.5f}), w);
    const Tensor second = feed_forward(Tensor({1, 2}, {-3, 0.5f}), w);
    CHECK_THAT(both.row(1)[0], WithinAbs(second.row(0)[0], 1e-6));
    CHECK_THAT(both.row(1)[1], WithinAbs(second.row(0)[1], 1e-6));
}

TEST_CASE("feed_forward: every gradient matches the measured slope",
          "[model][feed_forward][gradient]") {
    const std::string activation = GENERATE("gelu", "gelu_tanh");
    const bool has_bias = GENERATE(true, false);
    auto w = example_weights();
    if (!has_bias) w.up_bias.reset(), w.down_bias.reset();
    const Tensor x({2, 2}, {0.5f, -1, 1.5f, 0.25f});
    const auto s = feed_forward_steps(x, w, activation);
    const auto g = feed_forward_backward(test::weights_like(s.y), s, x, w, activation);

    CHECK(test::gradient_error([&](const Tensor& t) { return feed_forward(t, w, activation); }, x,
                               g.dx) < 1e-3);
    const auto check = [&](auto pick, const Tensor& at, const Tensor& grad) {
        CHECK(test::gradient_error(
                  [&](const Tensor& t) {
                      auto changed = w;
                      pick(changed) = t;
                      return feed_forward(x, changed, activation);
                  },
                  at, grad) < 1e-3);
    };
    check([](auto& c) -> Tensor& { return c.up; }, w.up, g.dweights.up);
    check([](auto& c) -> Tensor& { return c.down; }, w.down, g.dweights.down);
    CHECK(g.dweights.up_bias.has_value() == has_bias);
    if (has_bias) {
        check([](auto& c) -> Tensor& { return *c.up_bias; }, *w.up_bias, *g.dweights.up_bias);
        check([](auto& c) -> Tensor& { return *c.down_bias; }, *w.down_bias, *g.dweights.down_bias);
    }
}

TEST_CASE("feed_forward: says what is wrong", "[model][feed_forward][errors]") {
    auto w = example_weights();
    CHECK_THROWS_WITH(feed_forward(Tensor({1, 3}), w),
                      "feed_forward: up has shape [3, 2], wanted [3, 3]");
    CHECK_THROWS_WITH(feed_forward(Tensor({1, 2}), w, "relu"),
                      "feed_forward: activation is relu, wanted gelu or gelu_tanh");
    const auto s = feed_forward_steps(Tensor({1, 2}), w);
    CHECK_THROWS_AS(feed_forward_backward(Tensor({2, 2}), s, Tensor({1, 2}), w), ShapeError);
    w.down_bias.reset();
    CHECK_THROWS_AS(feed_forward(Tensor({1, 2}), w), ShapeError);
}
