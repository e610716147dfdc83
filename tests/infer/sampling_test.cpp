#include "core/infer/sampling.hpp"

#include <cmath>
#include <limits>

#include "core/base/error.hpp"
#include "core/base/random.hpp"
#include "tests/support/catch.hpp"

using namespace orrery;
using namespace orrery::infer;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

// Logits whose softmax is 1/2, 1/4, 1/8, 1/8.
const Tensor halves({4}, {float(std::log(4.0)), float(std::log(2.0)), 0.0f, 0.0f});

std::vector<float> values(const Tensor& t) { return {t.flat().begin(), t.flat().end()}; }

}  // namespace

TEST_CASE("sampling: softmax, top-k and top-p by hand", "[infer][sampling]") {
    const auto plain = sampling_steps(halves, {}, 0.0f);
    CHECK_THAT(plain.probabilities.row(0)[0], WithinAbs(0.5, 1e-6));
    CHECK_THAT(plain.probabilities.row(0)[3], WithinAbs(0.125, 1e-6));
    CHECK(values(plain.kept) == std::vector<float>{1, 1, 1, 1});

    // top-k 2 keeps 1/2 and 1/4, shared out again as 2/3 and 1/3
    const auto two = sampling_steps(halves, {.top_k = 2}, 0.0f);
    CHECK(values(two.kept) == std::vector<float>{1, 1, 0, 0});
    CHECK_THAT(two.drawn.row(0)[0], WithinAbs(2.0 / 3, 1e-6));
    CHECK_THAT(two.drawn.row(0)[1], WithinAbs(1.0 / 3, 1e-6));
    CHECK(two.drawn.row(0)[2] == 0.0f);

    // top-p 0.6: 1/2 is short of it, 1/2 + 1/4 reaches it
    CHECK(values(sampling_steps(halves, {.top_p = 0.6f}, 0.0f).kept) ==
          std::vector<float>{1, 1, 0, 0});
    // top-k first: of 2/3 and 1/3 the first alone reaches 0.6
    CHECK(values(sampling_steps(halves, {.top_k = 2, .top_p = 0.6f}, 0.0f).kept) ==
          std::vector<float>{1, 0, 0, 0});
}

TEST_CASE("sampling: top_p at its edges", "[infer][sampling][edge]") {
    // exp(0) twice is exactly 1/2 and 1/2
    const Tensor even({2}, {0.0f, 0.0f});
    CHECK(values(sampling_steps(even, {.top_p = 0.5f}, 0.0f).kept) == std::vector<float>{1, 0});
    CHECK(values(sampling_steps(even, {.top_p = 0.51f}, 0.0f).kept) == std::vector<float>{1, 1});
    CHECK(values(sampling_steps(even, {.top_p = 0.0f}, 0.0f).kept) == std::vector<float>{1, 0});
    // 1 keeps even what is impossible to tell from 0
    CHECK(values(sampling_steps(Tensor({2}, {0.0f, -200.0f}), {.top_p = 1.0f}, 0.0f).kept) ==
          std::vector<float>{1, 1});
}

TEST_CASE("sampling: of equals the lower id comes first", "[infer][sampling]") {
    const Tensor ties({4}, {0.0f, 1.0f, 1.0f, 1.0f});
    const auto steps = sampling_steps(ties, {.top_k = 2}, 0.0f);
    CHECK(values(steps.order) == std::vector<float>{1, 2, 3, 0});
    CHECK(values(steps.kept) == std::vector<float>{0, 1, 1, 0});
    CHECK(sampling_steps(ties, {.temperature = 0.0f}, 0.999f).token == 1);
    CHECK(values(sampling_steps(ties, {.top_k = 99}, 0.0f).kept)[0] == 1.0f);
}

TEST_CASE("sampling: temperature divides", "[infer][sampling]") {
    // at 1/2 the odds are squared: 4 to 1 becomes 16 to 1
    const Tensor logits({2}, {float(std::log(4.0)), 0.0f});
    CHECK_THAT(values(sampling_steps(logits, {.temperature = 0.5f}, 0).probabilities)[0],
               WithinAbs(16.0 / 17, 1e-6));
    // at 2 their root is taken
    CHECK_THAT(values(sampling_steps(logits, {.temperature = 2.0f}, 0).probabilities)[0],
               WithinAbs(2.0 / 3, 1e-6));
}

TEST_CASE("sampling: temperature 0 is greedy, infinity is any", "[infer][sampling][edge]") {
    CHECK(values(sampling_steps(halves, {.temperature = 0.0f}, 0.9f).drawn) ==
          std::vector<float>{1, 0, 0, 0});
    CHECK(values(sampling_steps(halves, {.temperature = infinity}, 0.0f).drawn) ==
          std::vector<float>{0.25f, 0.25f, 0.25f, 0.25f});
    // what is impossible stays so, however hot
    const Tensor one_out({3}, {0.0f, -infinity, 7.0f});
    CHECK(values(sampling_steps(one_out, {.temperature = infinity}, 0.0f).drawn) ==
          std::vector<float>{0.5f, 0.0f, 0.5f});
    // a temperature so small that logits / temperature overflows
    CHECK(values(sampling_steps(halves, {.temperature = 1e-45f}, 0.0f).drawn) ==
          std::vector<float>{1, 0, 0, 0});
    // plus infinity leaves nothing to the others
    CHECK(values(sampling_steps(Tensor({3}, {infinity, 5.0f, infinity}), {}, 0.0f).drawn) ==
          std::vector<float>{0.5f, 0.0f, 0.5f});
}

TEST_CASE("sampling: the draw walks the running sum", "[infer][sampling]") {
    // 1/2 | 1/4 | 1/8 | 1/8: the borders are 0.5, 0.75, 0.875; exact powers of two
    const Tensor logits({4}, {2.0f, 1.0f, 0.0f, 0.0f});
    const auto steps = sampling_steps(logits, {.temperature = float(1 / std::log(2.0))}, 0.0f);
    CHECK_THAT(steps.running.row(0)[1], WithinAbs(0.75, 1e-6));
    CHECK_THAT(steps.running.row(0)[3], WithinAbs(1.0, 1e-6));
    const auto token = [&](float u) {
        return sampling_steps(logits, {.temperature = float(1 / std::log(2.0))}, u).token;
    };
    CHECK(token(0.0f) == 0);
    CHECK(token(0.4999f) == 0);
    CHECK(token(0.5001f) == 1);
    CHECK(token(0.7501f) == 2);
    CHECK(token(0.8751f) == 3);
    CHECK(token(0.99999994f) == 3);
    // never one that was cut, however the sums round
    CHECK(sampling_steps(logits, {.top_k = 3}, 0.99999994f).token == 2);
}

TEST_CASE("sampling: many draws come out in proportion", "[infer][sampling]") {
    std::vector<int> counts(4);
    for (std::uint64_t step = 0; step < 8000; ++step)
        counts[std::size_t(sampling(halves.flat(), {}, 5, step))]++;
    // five standard deviations of 8000 draws at 1/2, 1/4, 1/8
    CHECK_THAT(counts[0], WithinAbs(4000, 224));
    CHECK_THAT(counts[1], WithinAbs(2000, 194));
    CHECK_THAT(counts[2], WithinAbs(1000, 148));
    CHECK(sampling(halves.flat(), {}, 5, 3) == sampling(halves.flat(), {}, 5, 3));
}

TEST_CASE("sampling: the gradient matches the measured slope", "[infer][sampling][gradient]") {
    const SamplingConfig config{.temperature = 0.7f, .top_k = 3};
    const Tensor logits({4}, {0.3f, -0.2f, 0.9f, -2.0f});
    const Tensor dy({4}, {1.0f, -0.5f, 0.25f, 2.0f});
    const Tensor gradient = sampling_backward(dy, sampling_steps(logits, config, 0.0f), config);
    const float h = 1e-2f;
    for (std::size_t i = 0; i < 4; ++i) {
        Tensor up = logits, down = logits;
        up.flat()[i] += h, down.flat()[i] -= h;
        const Tensor a = sampling_steps(up, config, 0.0f).drawn;
        const Tensor b = sampling_steps(down, config, 0.0f).drawn;
        double slope = 0;
        for (std::size_t j = 0; j < 4; ++j)
            slope += double(dy.flat()[j]) * (a.flat()[j] - b.flat()[j]) / (2 * h);
        CHECK_THAT(gradient.flat()[i], WithinAbs(slope, 1e-3));
    }
    CHECK(values(sampling_backward(dy, sampling_steps(logits, {.temperature = 0}, 0),
                                   {.temperature = 0})) == std::vector<float>{0, 0, 0, 0});
}

TEST_CASE("sampling: says what is wrong", "[infer][sampling][errors]") {
    CHECK_THROWS_WITH(sampling_steps(halves, {.temperature = -1.0f}, 0.0f),
                      "sampling: temperature is -1, wanted 0 or more");
    CHECK_THROWS_WITH(sampling_steps(halves, {.top_p = 1.5f}, 0.0f),
                      "sampling: top_p is 1.5, wanted 0 to 1");
    CHECK_THROWS_AS(sampling_steps(halves, {}, 1.0f), ValueError);
    CHECK_THROWS_AS(sampling_steps(Tensor({0}), {}, 0.0f), ValueError);
    CHECK_THROWS_WITH(sampling_steps(Tensor({2}, {0.0f, std::nanf("")}), {}, 0.0f),
                      "sampling: logit 1 is NaN, wanted a number: the model is broken");
    CHECK_THROWS_AS(sampling_steps(Tensor({2}, {-infinity, -infinity}), {}, 0.0f), ValueError);
    CHECK_THROWS_AS(sampling_backward(Tensor({3}), sampling_steps(halves, {}, 0.0f), {}),
                    ShapeError);
}
