#include "core/objective/cross_entropy.hpp"

#include <cmath>

#include "core/base/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/gradcheck.hpp"
#include "tests/support/reference.hpp"

using namespace orrery;
using namespace orrery::objective;

static Tensor loss_of(const Tensor& logits, const Tensor& target) {
    return cross_entropy_steps(logits, target).loss;
}

TEST_CASE("cross_entropy: a row worked by hand", "[objective][cross_entropy]") {
    // softmax of (0, ln 3) is (1/4, 3/4)
    const auto s = cross_entropy_steps(Tensor({1, 2}, {0, std::log(3.0f)}), Tensor({1}, {0}));
    CHECK(s.largest.flat()[0] == std::log(3.0f));
    CHECK_THAT(s.log_total.flat()[0], WithinAbs(std::log(4.0), 1e-6));
    CHECK_THAT(s.probabilities.flat()[0], WithinAbs(0.25, 1e-6));
    CHECK_THAT(s.nats.flat()[0], WithinAbs(std::log(4.0), 1e-6));
    CHECK_THAT(s.loss.flat()[0], WithinAbs(std::log(4.0), 1e-6));
}

TEST_CASE("cross_entropy: knowing nothing costs log V", "[objective][cross_entropy]") {
    const std::pair<std::size_t, double> known[] = {
        {256, 5.545177}, {32000, 10.373491}, {50257, 10.824905}};
    for (const auto& [vocabulary, nats] : known) {
        const Tensor logits({2, vocabulary}, 3.0f), target({2}, {0, float(vocabulary - 1)});
        CHECK_THAT(cross_entropy(logits, target), WithinAbs(nats, 2e-6));
        const Tensor loss = loss_of(logits, target);
        CHECK_THAT(loss.flat()[0], WithinAbs(nats, 2e-5));  // adds V ones one by one in float
    }
}

TEST_CASE("cross_entropy: the mean is over the counted alone", "[objective][cross_entropy]") {
    const Tensor logits({3, 2}, {0, 0, 100, 0, 0, std::log(3.0f)});
    const Tensor target({3}, {0, ignore, 0});
    const auto s = cross_entropy_steps(logits, target);
    CHECK(s.counted.flat()[0] == 2);
    CHECK(s.nats.flat()[1] == 0.0f);
    CHECK_THAT(s.loss.flat()[0], WithinAbs((std::log(2.0) + std::log(4.0)) / 2, 1e-6));
    CHECK_THAT(cross_entropy(logits, target), WithinAbs((std::log(2.0) + std::log(4.0)) / 2, 1e-6));
    const Tensor dlogits = cross_entropy_backward(1, s, target);
    CHECK(dlogits.at({1, 0}) == 0.0f);
    CHECK(dlogits.at({1, 1}) == 0.0f);
}

TEST_CASE("cross_entropy: nothing counted is a loss of 0 and no gradient",
          "[objective][cross_entropy][edge]") {
    const Tensor logits({2, 3}, 1.0f), target({2}, ignore);
    const auto s = cross_entropy_steps(logits, target);
    CHECK(s.loss.flat()[0] == 0.0f);
    CHECK(cross_entropy(logits, target) == 0.0);
    CHECK(cross_entropy_backward(1, s, target).same_bits(Tensor({2, 3})));
    CHECK(cross_entropy(Tensor({0, 3}), Tensor({0})) == 0.0);
}

TEST_CASE("cross_entropy: logits of any size are safe", "[objective][cross_entropy][edge]") {
    const Tensor huge({2, 3}, {1e30f, -1e30f, 0, 10000, 10001, 9999}), target({2}, {0, 0});
    const auto s = cross_entropy_steps(huge, target);
    CHECK(s.nats.flat()[0] == 0.0f);
    CHECK_THAT(s.nats.flat()[1], WithinAbs(std::log(1 + std::exp(1.0) + std::exp(-1.0)), 1e-6));
    CHECK_THAT(cross_entropy(huge, target), WithinAbs(double(s.loss.flat()[0]), 1e-6));
    const Tensor wrong = loss_of(Tensor({1, 2}, {100, -100}), Tensor({1}, {1}));
    CHECK_THAT(wrong.flat()[0], WithinAbs(200, 1e-4));
    CHECK(std::isnan(cross_entropy(Tensor({1, 2}, {NAN, 0}), Tensor({1}, {1}))));
}

TEST_CASE("cross_entropy: log_total_of is the log of the sum of exp",
          "[objective][cross_entropy]") {
    std::vector<float> row(1000, 2.0f);
    CHECK_THAT(log_total_of(row), WithinAbs(2 + std::log(1000.0), 2e-6));
}

TEST_CASE("cross_entropy: the gradient is what was believed less what was true",
          "[objective][cross_entropy][gradient]") {
    const Tensor logits({3, 4}, {0.5f, -1, 2, 1.5f, 0.3f, -0.7f, 1, 0, 1, 1, 1, 1}),
        target({3}, {2, ignore, 0});
    const auto s = cross_entropy_steps(logits, target);
    const Tensor dlogits = cross_entropy_backward(1, s, target);
    for (std::size_t j = 0; j < 4; ++j)
        CHECK_THAT(dlogits.at({2, j}), WithinAbs((0.25 - (j == 0 ? 1 : 0)) / 2, 1e-6));

    const Tensor dy = test::weights_like(s.loss);
    const Tensor weighted = cross_entropy_backward(dy.flat()[0], s, target);
    CHECK(test::gradient_error([&](const Tensor& t) { return loss_of(t, target); }, logits,
                               weighted) < 1e-3);
}

TEST_CASE("cross_entropy: as PyTorch computes it", "[objective][cross_entropy][oracle]") {
    for (const auto& c : test::stored("objective/cross_entropy_reference.json")) {
        const Tensor logits = test::tensor_of(c["logits"]), target = test::tensor_of(c["target"]);
        const auto s = cross_entropy_steps(logits, target);
        CHECK_THAT(s.loss.flat()[0], WithinAbs(c["loss"].get<double>(), 1e-6));
        CHECK_THAT(cross_entropy(logits, target), WithinAbs(c["loss"].get<double>(), 1e-6));
        CHECK(test::relative_difference(cross_entropy_backward(1, s, target),
                                        test::tensor_of(c["dlogits"])) < 1e-5);
    }
}

TEST_CASE("cross_entropy: says what is wrong", "[objective][cross_entropy][errors]") {
    const Tensor logits({2, 3});
    CHECK_THROWS_WITH(cross_entropy(logits, Tensor({2}, {0, 3})),
                      "cross_entropy: a target is 3, wanted -1 or a whole number below 3");
    CHECK_THROWS_AS(cross_entropy(logits, Tensor({2}, {0, 0.5f})), ValueError);
    CHECK_THROWS_AS(cross_entropy(logits, Tensor({2}, {0, -2})), ValueError);
    CHECK_THROWS_AS(cross_entropy(logits, Tensor({2}, {0, NAN})), ValueError);
    CHECK_THROWS_WITH(cross_entropy(logits, Tensor({3})),
                      "cross_entropy: target has shape [3], wanted [2]");
    CHECK_THROWS_AS(cross_entropy(Tensor(), Tensor()), ShapeError);
}
