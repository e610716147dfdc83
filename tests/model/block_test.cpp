#include "core/model/block.hpp"

#include "core/base/error.hpp"
#include "core/base/random.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/gradcheck.hpp"

using namespace orrery;
using namespace orrery::model;

namespace {

Tensor drawn(Shape shape, const char* name, float spread = 0.5f, float middle = 0.0f) {
    Tensor t(std::move(shape));
    Random random(4, name);
    for (float& v : t.flat()) v = middle + spread * random.normal();
    return t;
}

BlockWeights example_weights(bool bias) {
    BlockWeights w{{drawn({4}, "gain 1", 0.2f, 1.0f), {}},
                   {drawn({12, 4}, "qkv"), drawn({4, 4}, "out"), {}, {}},
                   {drawn({4}, "gain 2", 0.2f, 1.0f), {}},
                   {drawn({6, 4}, "up"), drawn({4, 6}, "down"), {}, {}}};
    if (bias) {
        w.norm_1.bias = drawn({4}, "bias 1");
        w.norm_2.bias = drawn({4}, "bias 2");
        w.attention.qkv_bias = drawn({12}, "qkv bias");
        w.attention.out_bias = drawn({4}, "out bias");
        w.feed_forward.up_bias = drawn({6}, "up bias");
        w.feed_forward.down_bias = drawn({4}, "down bias");
    }
    return w;
}

const BlockConfig config{2, "gelu", 1e-5f, true};

}  // namespace

TEST_CASE("block: with halves that say nothing the stream passes untouched", "[model][block]") {
    auto w = example_weights(false);
    w.attention.out = Tensor({4, 4});
    w.feed_forward.down = Tensor({4, 6});
    const Tensor x = drawn({1, 3, 4}, "x");
    CHECK(block(x, w, config).same_bits(x));
}

TEST_CASE("block: each half reads a normalised copy and adds to the stream", "[model][block]") {
    const auto w = example_weights(true);
    const Tensor x = drawn({2, 3, 4}, "x");
    const auto s = block_steps(x, w, config);
    const Tensor found = attention::multi_head(norm::layer_norm(x, w.norm_1.gain, *w.norm_1.bias),
                                               w.attention, 2, [] {
                                                   attention::ScaledDotProductConfig c;
                                                   c.is_causal = true;
                                                   return c;
                                               }());
    for (std::size_t i = 0; i < x.size(); ++i)
        CHECK_THAT(s.middle.flat()[i], WithinAbs(x.flat()[i] + found.flat()[i], 1e-6));
    const Tensor thought =
        feed_forward(norm::layer_norm(s.middle, w.norm_2.gain, *w.norm_2.bias), w.feed_forward);
    for (std::size_t i = 0; i < x.size(); ++i)
        CHECK_THAT(s.y.flat()[i], WithinAbs(s.middle.flat()[i] + thought.flat()[i], 1e-6));
}

TEST_CASE("block: every gradient matches the measured slope", "[model][block][gradient]") {
    const bool bias = GENERATE(true, false);
    const auto w = example_weights(bias);
    const Tensor x = drawn({1, 3, 4}, "x", 1.0f);
    const auto s = block_steps(x, w, config);
    const auto g = block_backward(test::weights_like(s.y), s, x, w, config);

    // Two norms and a softmax bend the curve: measured with small steps, slopes of size 1 to 5.
    CHECK(test::gradient_error([&](const Tensor& t) { return block(t, w, config); }, x, g.dx) <
          2e-3);
    const auto check = [&](auto pick) {
        CHECK(test::gradient_error(
                  [&](const Tensor& t) {
                      auto changed = w;
                      pick(changed) = t;
                      return block(x, changed, config);
                  },
                  pick(w), pick(g.dweights)) < 2e-3);
    };
    check([](auto& c) -> auto& { return c.norm_1.gain; });
    check([](auto& c) -> auto& { return c.norm_2.gain; });
    check([](auto& c) -> auto& { return c.attention.qkv; });
    check([](auto& c) -> auto& { return c.attention.out; });
    check([](auto& c) -> auto& { return c.feed_forward.up; });
    check([](auto& c) -> auto& { return c.feed_forward.down; });
    if (bias) {
        check([](auto& c) -> auto& { return *c.norm_1.bias; });
        check([](auto& c) -> auto& { return *c.norm_2.bias; });
        check([](auto& c) -> auto& { return *c.attention.qkv_bias; });
        check([](auto& c) -> auto& { return *c.attention.out_bias; });
        check([](auto& c) -> auto& { return *c.feed_forward.up_bias; });
        check([](auto& c) -> auto& { return *c.feed_forward.down_bias; });
    }
}

TEST_CASE("block: says what is wrong", "[model][block][errors]") {
    const auto w = example_weights(true);
    CHECK_THROWS_WITH(block(Tensor({3, 4}), w, config),
                      "block: x has shape [3, 4], wanted [batch, tokens, d]");
    CHECK_THROWS_AS(block(Tensor({1, 3, 5}), w, config), ShapeError);
    CHECK_THROWS_AS(block(Tensor({1, 3, 4}), w, {3, "gelu", 1e-5f, true}), ValueError);
    const Tensor x({1, 3, 4});
    const auto s = block_steps(x, w, config);
    CHECK_THROWS_AS(block_backward(Tensor({1, 2, 4}), s, x, w, config), ShapeError);
}
