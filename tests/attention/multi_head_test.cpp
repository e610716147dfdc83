#include "core/attention/multi_head.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/error.hpp"
#include "core/base/random.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/gradcheck.hpp"
#include "tests/support/panel.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/robot.hpp"

using namespace orrery;
using namespace orrery::attention;

namespace {

Tensor draw(Shape shape, const char* purpose) {
    Tensor t(std::move(shape));
    Random random(6, purpose);
    for (float& v : t.flat()) v = 0.7f * random.normal();
    return t;
}

MultiHeadWeights draw_weights(std::size_t d, bool with_bias) {
    MultiHeadWeights w{draw({3 * d, d}, "qkv"), draw({d, d}, "out"), {}, {}};
    if (with_bias) w.qkv_bias = draw({3 * d}, "qkv bias"), w.out_bias = draw({d}, "out bias");
    return w;
}

}  // namespace

TEST_CASE("multi_head: as PyTorch has it", "[attention][multi_head][oracle]") {
    for (const auto& c : test::stored("attention/multi_head_reference.json")) {
        CAPTURE(c.at("name").get<std::string>());
        const auto get = [&](const char* name) { return test::tensor_of(c.at(name)); };
        const bool bias = c.contains("qkv_bias");
        MultiHeadWeights w{get("qkv"), get("out"), {}, {}};
        if (bias) w.qkv_bias = get("qkv_bias"), w.out_bias = get("out_bias");
        const ScaledDotProductConfig config{.is_causal = c.at("is_causal").get<bool>()};
        const Tensor x = get("x");
        const auto s = multi_head_steps(x, w, c.at("heads").get<std::size_t>(), config);
        const auto g = multi_head_backward(get("dy"), s, x, w);

        CHECK(test::relative_difference(s.attention.weights, get("weights")) < 2e-6);
        CHECK(test::relative_difference(s.y, get("y")) < 2e-6);
        CHECK(test::relative_difference(g.dx, get("dx")) < 5e-6);
        CHECK(test::relative_difference(g.dweights.qkv, get("dqkv")) < 5e-6);
        CHECK(test::relative_difference(g.dweights.out, get("dout")) < 5e-6);
        CHECK(g.dweights.qkv_bias.has_value() == bias);
        if (!bias) continue;
        CHECK(test::relative_difference(*g.dweights.qkv_bias, get("dqkv_bias")) < 5e-6);
        CHECK(test::relative_difference(*g.dweights.out_bias, get("dout_bias")) < 5e-6);
    }
}

TEST_CASE("multi_head: heads are columns, worked by hand", "[attention][multi_head]") {
    const Tensor x({1, 2, 4}, {0, 1, 2, 3, 4, 5, 6, 7});
    const Tensor split = split_heads(x, 2);
    CHECK(split.same_bits(Tensor({1, 2, 2, 2}, {0, 1, 4, 5, 2, 3, 6, 7})));
    CHECK(join_heads(split).same_bits(x));
}

TEST_CASE("multi_head: one token only copies its value through", "[attention][multi_head]") {
    // With one key its weight is 1 whatever the query: y = W_out W_v x.
    MultiHeadWeights w{
        Tensor({6, 2}, {9, 9, 9, 9, 9, 9, 9, 9, 1, 2, 3, 4}), Tensor({2, 2}, {0, 1, 1, 0}), {}, {}};
    const Tensor y = multi_head(Tensor({1, 1, 2}, {1, 10}), w, 2);
    CHECK_THAT(y.flat()[0], WithinAbs(43, 1e-5));
    CHECK_THAT(y.flat()[1], WithinAbs(21, 1e-5));
}

TEST_CASE("multi_head: the number of heads changes no parameter", "[attention][multi_head]") {
    const auto w = draw_weights(8, true);
    const Tensor x = draw({1, 3, 8}, "x");
    const Tensor one = multi_head(x, w, 1), four = multi_head(x, w, 4);
    CHECK(one.shape() == four.shape());
    CHECK(test::relative_difference(one, four) > 0.01);
}

TEST_CASE("multi_head: a future token moves nothing before it, to the bit",
          "[attention][multi_head]") {
    const auto w = draw_weights(8, true);
    const Tensor x = draw({1, 4, 8}, "x");
    Tensor changed = x;
    changed.row(2)[3] = 9;
    const Tensor a = multi_head(x, w, 2, {.is_causal = true});
    const Tensor b = multi_head(changed, w, 2, {.is_causal = true});
    for (std::size_t i = 0; i < 4; ++i)
        CHECK(std::equal(a.row(i).begin(), a.row(i).end(), b.row(i).begin()) == (i < 2));
}

TEST_CASE("multi_head: the trace nests the attention and counts each cost once",
          "[attention][multi_head]") {
    const auto s = multi_head_steps(draw({1, 3, 8}, "x"), draw_weights(8, false), 2);
    Trace trace;
    record(s, trace);
    CHECK(trace.find("attention.weights") != nullptr);
    CHECK(trace.find("attention.weights")->component == "attention/scaled_dot_product");
    CHECK(trace.find("y")->component == "attention/multi_head");
    // 8 * 3 * 64 for the projections; 2 heads of 9 pairs: 2 * 4 + 1 + 5 + 2 * 4
    CHECK(trace.cost().flops == 8 * 3 * 64 + 2 * 9 * 22);
}

TEST_CASE("multi_head: no tokens is no work, not an error", "[attention][multi_head][edge]") {
    CHECK(multi_head(Tensor({2, 0, 4}), draw_weights(4, true), 2).shape() == Shape{2, 0, 4});
}

TEST_CASE("multi_head: the gradient matches the measured slope",
          "[attention][multi_head][gradient]") {
    const auto w = draw_weights(4, true);
    const Tensor x = draw({2, 3, 4}, "x");
    const ScaledDotProductConfig config{.is_causal = true};
    const auto s = multi_head_steps(x, w, 2, config);
    const auto g = multi_head_backward(test::weights_like(s.y), s, x, w);
    const auto with = [&](auto change) {
        return [&, change](const Tensor& t) {
            auto changed = w;
            change(changed) = t;
            return multi_head(x, changed, 2, config);
        };
    };

    CHECK(test::gradient_error([&](const Tensor& t) { return multi_head(t, w, 2, config); }, x,
                               g.dx) < 1e-3);
    CHECK(test::gradient_error(with([](auto& m) -> Tensor& { return m.qkv; }), w.qkv,
                               g.dweights.qkv) < 1e-3);
    CHECK(test::gradient_error(with([](auto& m) -> Tensor& { return m.out; }), w.out,
                               g.dweights.out) < 1e-3);
    CHECK(test::gradient_error(with([](auto& m) -> Tensor& { return *m.qkv_bias; }), *w.qkv_bias,
                               *g.dweights.qkv_bias) < 1e-3);
    CHECK(test::gradient_error(with([](auto& m) -> Tensor& { return *m.out_bias; }), *w.out_bias,
                               *g.dweights.out_bias) < 1e-3);
}

TEST_CASE("multi_head: says what is wrong", "[attention][multi_head][errors]") {
    const Tensor x({1, 3, 8});
    const auto w = draw_weights(8, true);
    CHECK_THROWS_WITH(multi_head(x, w, 3),
                      "multi_head: heads is 3, wanted a divisor of the width 8");
    CHECK_THROWS_AS(multi_head(x, w, 0), ValueError);
    CHECK_THROWS_AS(multi_head(Tensor({3, 8}), w, 2), ShapeError);
    CHECK_THROWS_WITH(multi_head(x, draw_weights(4, true), 2),
                      "multi_head: qkv_weight has shape [12, 4], wanted [24, 8]");
    auto half = w;
    half.out_bias.reset();
    CHECK_THROWS_AS(multi_head(x, half, 2), ShapeError);
    CHECK_THROWS_AS(multi_head_backward(Tensor({1, 2, 8}), multi_head_steps(x, w, 2), x, w),
                    ShapeError);
    CHECK_THROWS_AS(split_heads(x, 3), ShapeError);
    CHECK_THROWS_AS(join_heads(x), ShapeError);
}

TEST_CASE("multi_head: the panel's heads look for what they were made for",
          "[attention][multi_head][panel]") {
    test::PanelAtWork p("attention/multi_head", "the cat sat on the mat");
    p.compute();
    const Tensor& weights = p.trace()["attention.weights"];
    const auto share = [&](std::size_t head, std::size_t i, std::size_t j) {
        return weights.row(head * 6 + i)[j];
    };
    for (std::size_t i = 1; i < 6; ++i) CHECK(share(0, i, i - 1) > 0.8f);      // the word before
    for (std::size_t i = 0; i + 1 < 6; ++i) CHECK(share(2, i, i + 1) > 0.8f);  // the word after
    // A word finds itself, and the two "the" each other
    for (const std::size_t i : {1, 2, 3, 5}) CHECK(share(1, i, i) > 0.9f);
    CHECK_THAT(share(1, 0, 4), Catch::Matchers::WithinAbs(share(1, 0, 0), 0.15));
    CHECK(share(1, 0, 0) + share(1, 0, 4) > 0.8f);
    // and the picture says so of each; where nobody sees the future, no head has the next word
    const auto says = [&](std::string_view words) {
        const viz::Canvas canvas = p.draw(p.view());
        for (const viz::Command& command : canvas.commands())
            if (const auto* text = std::get_if<viz::DrawText>(&command.what))
                if (text->text.find(words) != std::string::npos) return true;
        return false;
    };
    for (const char* wish : {"word before", "same word", "next word", "everywhere"})
        CHECK(says(wish));
    // Nothing in particular: close to log2(6) bits
    CHECK_THAT(p.trace()["entropy"].flat()[3], Catch::Matchers::WithinAbs(2.585, 0.1));
    p.knobs.set("causal", "true");
    p.compute();
    CHECK(!says("the next word"));
    CHECK(says("word before"));
}

TEST_CASE("multi_head: without a head y is what the other heads alone give",
          "[attention][multi_head][panel]") {
    test::PanelAtWork p("attention/multi_head", "the cat sat on the mat");
    p.knobs.set("off", "2");
    p.compute();
    const auto& in = p.inputs();
    // A head whose values are zero contributes nothing: the same by another way
    MultiHeadWeights w{in["qkv_weight"], in["out_weight"], in["qkv_bias"], in["out_bias"]};
    const std::size_t d = 16, width = 4;
    for (std::size_t c = 0; c < width; ++c) {
        for (float& v : w.qkv.row(2 * d + width + c)) v = 0;
        w.qkv_bias->flat()[2 * d + width + c] = 0;
    }
    const Tensor expected = multi_head(in["x"], w, 4);
    const Tensor& without = p.trace()["y"];
    test::PanelAtWork all_on("attention/multi_head", "the cat sat on the mat");
    all_on.compute();
    const Tensor& whole = all_on.trace()["y"];
    for (std::size_t i = 0; i < 6; ++i)
        for (std::size_t c = 0; c < d; ++c) {
            const bool off = c / width == 1;
            const float joined = all_on.trace()["joined"].row(i)[c];
            CHECK(p.trace()["joined"].row(i)[c] == (off ? 0.0f : joined));
        }
    double moved = 0, size = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        CHECK_THAT(without.flat()[i], Catch::Matchers::WithinAbs(expected.flat()[i], 1e-5));
        const double by = double(without.flat()[i]) - double(whole.flat()[i]);
        moved += by * by, size += double(whole.flat()[i]) * double(whole.flat()[i]);
    }
    CHECK_THAT(p.trace()["effect"].flat()[1],
               Catch::Matchers::WithinAbs(std::sqrt(moved / size), 1e-5));

    //: backward is that of the answer on show: no gradient of a number is far from its slope
    Tensor dy(without.shape());
    dy.data()[5] = 1;
    const Tensor dx = p.trace().backward()({{"y", dy}}).at("x");
    for (const std::size_t at : {std::size_t(0), std::size_t(20), std::size_t(95)}) {
        Tensor more = in["x"], less = in["x"];
        more.data()[at] += 0.01f, less.data()[at] -= 0.01f;
        const Tensor above = multi_head(more, w, 4), below = multi_head(less, w, 4);
        const double slope = (double(above.flat()[5]) - double(below.flat()[5])) / 0.02;
        CHECK_THAT(dx.flat()[at], Catch::Matchers::WithinAbs(slope, 2e-3));
    }
}

TEST_CASE("multi_head: a click on a small picture shows that head large",
          "[attention][multi_head][panel]") {
    test::Robot robot("attention/multi_head");
    REQUIRE(robot.click("head.3"));
    CHECK(robot.session.knobs().integer("head") == 3);
    CHECK(robot.has("cells.attention.weights.2"));
    // Hovering it says that head's number
    const viz::Region* cells = robot.controls.find("cells.attention.weights.2");
    robot.controls.move(cells->box.centre());
    CHECK(robot.session.hover.head == 2);
}
