#include "core/optim/adamw.hpp"

#include <cmath>

#include "core/base/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/gradcheck.hpp"
#include "tests/support/reference.hpp"

using namespace orrery;
using namespace orrery::optim;

TEST_CASE("adamw: a first step worked by hand", "[optim][adamw]") {
    // the first m_hat is the gradient itself, v_hat its square: the update is its sign
    const AdamwConfig config{
        .lr = 0.1f, .beta1 = 0.9f, .beta2 = 0.99f, .eps = 0, .weight_decay = 0.5f};
    const auto s = adamw_steps(Tensor({2}, {1, -2}), Tensor({2}, {4, -0.01f}), Tensor({2}),
                               Tensor({2}), 1, config);
    CHECK_THAT(s.m_t.flat()[0], WithinAbs(0.4, 1e-6));
    CHECK_THAT(s.v_t.flat()[0], WithinAbs(0.16, 1e-6));
    CHECK_THAT(s.m_hat.flat()[0], WithinAbs(4, 1e-5));
    CHECK_THAT(s.v_hat.flat()[0], WithinAbs(16, 1e-4));
    CHECK_THAT(s.update.flat()[0], WithinAbs(1, 1e-5));
    CHECK_THAT(s.update.flat()[1], WithinAbs(-1, 1e-5));
    CHECK_THAT(s.w_t.flat()[0], WithinAbs(1 - 0.1 * (1 + 0.5), 1e-6));
    CHECK_THAT(s.w_t.flat()[1], WithinAbs(-2 - 0.1 * (-1 - 1), 1e-6));
}

TEST_CASE("adamw: eps stands outside the root", "[optim][adamw]") {
    // 1 / (1 + 3); inside the root it would be 1 / sqrt(1 + 3)
    const AdamwConfig config{.lr = 1, .beta1 = 0, .beta2 = 0, .eps = 3, .weight_decay = 0};
    const auto s = adamw_steps(Tensor({1}), Tensor({1}, {1}), Tensor({1}), Tensor({1}), 1, config);
    CHECK_THAT(s.update.flat()[0], WithinAbs(0.25, 1e-6));
}

TEST_CASE("adamw: the decay is not divided by the gradient's size", "[optim][adamw]") {
    // Adam with L2 would pull the weight with the large gradient a thousand times less
    const AdamwConfig with{.lr = 0.1f, .weight_decay = 0.5f},
        without{.lr = 0.1f, .weight_decay = 0};
    const Tensor w({2}, {1, 1}), grad({2}, {1000, 1}), zero({2});
    const Tensor a = adamw_steps(w, grad, zero, zero, 1, with).w_t;
    const Tensor b = adamw_steps(w, grad, zero, zero, 1, without).w_t;
    for (std::size_t i = 0; i < 2; ++i)
        CHECK_THAT(b.flat()[i] - a.flat()[i], WithinAbs(0.05, 1e-6));
}

TEST_CASE("adamw: without the correction the first step is sqrt(10) times too long",
          "[optim][adamw]") {
    // m = 0.1 g, v = 0.001 g^2: 0.1 / sqrt(0.001) = sqrt(10) instead of 1
    const AdamwConfig config{.lr = 1, .eps = 0, .weight_decay = 0, .correct = false};
    const auto s = adamw_steps(Tensor({1}), Tensor({1}, {5}), Tensor({1}), Tensor({1}), 1, config);
    CHECK(test::relative_difference(s.m_hat, s.m_t) == 0);
    CHECK(test::relative_difference(s.v_hat, s.v_t) == 0);
    CHECK_THAT(s.update.flat()[0], WithinAbs(std::sqrt(10.0), 1e-4));
    std::vector<Tensor> weights = {Tensor({1})};
    AdamwState state;
    adamw_step(state, weights, std::vector{Tensor({1}, {5})}, config);
    CHECK_THAT(weights[0].flat()[0], WithinAbs(-std::sqrt(10.0), 1e-4));
}

TEST_CASE("adamw: the fast step equals the plain one", "[optim][adamw]") {
    const AdamwConfig config{.lr = 0.01f, .weight_decay = 0.1f};
    const Tensor grad = test::weights_like(Tensor({37}));
    Tensor w({37}, 0.5f), m({37}), v({37});
    std::vector<Tensor> weights = {w};
    AdamwState state;
    for (std::size_t t = 1; t <= 5; ++t) {
        const auto s = adamw_steps(w, grad, m, v, t, config);
        w = s.w_t, m = s.m_t, v = s.v_t;
        adamw_step(state, weights, std::vector{grad}, config);
        CHECK(test::relative_difference(weights[0], w) < 1e-6);
        CHECK(test::relative_difference(state.v[0], v) < 1e-6);
    }
    CHECK(state.t == 5);
}

TEST_CASE("adamw: several steps as PyTorch takes them", "[optim][adamw][oracle]") {
    for (const auto& c : test::stored("optim/adamw_reference.json")) {
        const AdamwConfig config{.lr = c["lr"],
                                 .beta1 = c["beta1"],
                                 .beta2 = c["beta2"],
                                 .eps = c["eps"],
                                 .weight_decay = c["weight_decay"]};
        std::vector<Tensor> weights = {test::tensor_of(c["start"][0]),
                                       test::tensor_of(c["start"][1])};
        AdamwState state;
        for (std::size_t step = 0; step < c["grads"].size(); ++step) {
            const std::vector<Tensor> grads = {test::tensor_of(c["grads"][step][0]),
                                               test::tensor_of(c["grads"][step][1])};
            adamw_step(state, weights, grads, config, {true, false});
            for (std::size_t k = 0; k < 2; ++k)
                CHECK(test::relative_difference(weights[k], test::tensor_of(c["after"][step][k])) <
                      2e-6);
        }
        for (std::size_t k = 0; k < 2; ++k) {
            CHECK(test::relative_difference(state.m[k], test::tensor_of(c["m"][k])) < 2e-6);
            // 1 - 0.999f is 1.3e-5 away from 0.001; the correction of v takes it out again
            CHECK(test::relative_difference(state.v[k], test::tensor_of(c["v"][k])) < 2e-5);
        }
    }
}

TEST_CASE("adamw: the gradient matches the measured slope", "[optim][adamw][gradient]") {
    const AdamwConfig config{
        .lr = 1, .beta1 = 0.9f, .beta2 = 0.8f, .eps = 0.1f, .weight_decay = 0.3f};
    const Tensor w({3}, {1, -2, 0.5f}), g({3}, {0.7f, -1, 2}), m({3}, {0.3f, 0.5f, -1}),
        v({3}, {1, 0.5f, 2});
    const std::size_t t = 3;
    // w_t, m_t and v_t in one tensor, so that all three are asked for at once
    const auto outputs = [&](const Tensor& w_, const Tensor& g_, const Tensor& m_,
                             const Tensor& v_) {
        const auto s = adamw_steps(w_, g_, m_, v_, t, config);
        Tensor all({3, 3});
        for (std::size_t i = 0; i < 3; ++i) {
            all.row(0)[i] = s.w_t.flat()[i];
            all.row(1)[i] = s.m_t.flat()[i];
            all.row(2)[i] = s.v_t.flat()[i];
        }
        return all;
    };
    const Tensor dy = test::weights_like(Tensor({3, 3}));
    const auto grads = adamw_backward(dy.slice(0), dy.slice(1), dy.slice(2),
                                      adamw_steps(w, g, m, v, t, config), g, t, config);
    using T = const Tensor&;
    CHECK(test::gradient_error([&](T x) { return outputs(x, g, m, v); }, w, grads.dw) < 1e-3);
    CHECK(test::gradient_error([&](T x) { return outputs(w, x, m, v); }, g, grads.dgrad) < 1e-3);
    CHECK(test::gradient_error([&](T x) { return outputs(w, g, x, v); }, m, grads.dm) < 1e-3);
    CHECK(test::gradient_error([&](T x) { return outputs(w, g, m, x); }, v, grads.dv) < 1e-3);
}

TEST_CASE("adamw: a weight that never had a gradient only decays", "[optim][adamw][edge]") {
    const auto s = adamw_steps(Tensor({1}, {2}), Tensor({1}), Tensor({1}), Tensor({1}), 1,
                               {.lr = 0.1f, .weight_decay = 0.5f});
    CHECK_THAT(s.w_t.flat()[0], WithinAbs(2 - 0.1, 1e-6));
    std::vector<Tensor> none;
    AdamwState state;
    adamw_step(state, none, {}, {});
    CHECK(state.t == 1);
}

TEST_CASE("adamw: says what is wrong, before it changes anything", "[optim][adamw][errors]") {
    const Tensor x({2});
    std::vector<Tensor> weights = {x};
    AdamwState state;
    CHECK_THROWS_WITH(adamw_steps(x, x, x, x, 0, {}), "adamw: t is 0, wanted steps counted from 1");
    CHECK_THROWS_WITH(adamw_steps(x, Tensor({3}), x, x, 1, {}),
                      "adamw: grad has shape [3], wanted [2]");
    CHECK_THROWS_AS(adamw_steps(x, x, x, x, 1, {.lr = -1}), ValueError);
    CHECK_THROWS_AS(adamw_steps(x, x, x, x, 1, {.beta1 = 1}), ValueError);
    CHECK_THROWS_AS(adamw_steps(x, x, x, x, 1, {.beta2 = NAN}), ValueError);
    CHECK_THROWS_AS(adamw_steps(x, x, x, x, 1, {.weight_decay = -1}), ValueError);
    CHECK_THROWS_AS(adamw_step(state, weights, std::vector<Tensor>{}, {}), ShapeError);
    CHECK_THROWS_AS(adamw_step(state, weights, std::vector{Tensor({3})}, {}), ShapeError);
    CHECK_THROWS_AS(adamw_step(state, weights, std::vector{x}, {}, {true, false}), ShapeError);
    CHECK(state.t == 0);
}
