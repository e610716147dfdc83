#include "core/optim/clip.hpp"

#include <cmath>
#include <limits>

#include "core/base/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/gradcheck.hpp"

using namespace orrery;
using namespace orrery::optim;

TEST_CASE("clip: 3, 4 has length 5", "[optim][clip]") {
    const auto s = clip_steps(Tensor({2}, {3, 4}), 1);
    CHECK(s.norm.flat()[0] == 5);
    CHECK_THAT(s.factor.flat()[0], WithinAbs(0.2, 1e-7));
    CHECK_THAT(s.y.flat()[0], WithinAbs(0.6, 1e-6));
    CHECK_THAT(s.y.flat()[1], WithinAbs(0.8, 1e-6));
}

TEST_CASE("clip: what is short enough stays as it is", "[optim][clip]") {
    const Tensor grad({2}, {3, 4});
    CHECK(clip_steps(grad, 5).y.same_bits(grad));
    CHECK(clip_steps(grad, 100).y.same_bits(grad));
    CHECK(clip_steps(Tensor({2}), 1).y.same_bits(Tensor({2})));
}

TEST_CASE("clip: one norm and one factor for all tensors", "[optim][clip]") {
    std::vector<Tensor> grads = {Tensor({1}, {2}), Tensor({2, 1}, {4, 4})};  // length 6
    CHECK_THAT(clip(grads, 3), WithinAbs(6, 1e-9));
    CHECK(grads[0].flat()[0] == 1);
    CHECK(grads[1].flat()[1] == 2);
    CHECK_THAT(clip(grads, 3), WithinAbs(3, 1e-9));
    CHECK(grads[0].flat()[0] == 1);
}

TEST_CASE("clip: very long gradients do not overflow", "[optim][clip][edge]") {
    std::vector<Tensor> grads = {Tensor({2}, {3e38f, 0})};
    CHECK_THAT(clip(grads, 1), WithinRel(3e38, 1e-6));
    CHECK_THAT(grads[0].flat()[0], WithinAbs(1, 1e-6));
}

TEST_CASE("clip: what is not finite is reported and left alone", "[optim][clip][edge]") {
    std::vector<Tensor> grads = {Tensor({2}, {1, NAN}), Tensor({1}, {50})};
    CHECK(std::isnan(clip(grads, 1)));
    CHECK(grads[0].flat()[0] == 1);
    CHECK(grads[1].flat()[0] == 50);
    grads[0].flat()[1] = -std::numeric_limits<float>::infinity();
    CHECK(std::isinf(clip(grads, 1)));
    CHECK(grads[1].flat()[0] == 50);
    const auto s = clip_steps(grads[0], 1);
    CHECK(s.factor.flat()[0] == 1);
}

TEST_CASE("clip: the gradient matches the measured slope", "[optim][clip][gradient]") {
    const Tensor grad({3}, {3, -1, 2});
    const float max_norm = GENERATE(1.5f, 10.0f);
    const Tensor dx = clip_backward(test::weights_like(grad), clip_steps(grad, max_norm), grad);
    CHECK(test::gradient_error([&](const Tensor& t) { return clip_steps(t, max_norm).y; }, grad,
                               dx) < 1e-3);
}

TEST_CASE("clip: says what is wrong", "[optim][clip][errors]") {
    CHECK_THROWS_WITH(clip_steps(Tensor({2}), 0), "clip: max_norm is 0, wanted above 0");
    CHECK_THROWS_AS(clip_steps(Tensor({2}), NAN), ValueError);
    CHECK_THROWS_AS(clip_backward(Tensor({3}), clip_steps(Tensor({2}), 1), Tensor({2})),
                    ShapeError);
}
