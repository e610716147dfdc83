#include "core/attention/scaled_dot_product.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "core/attention/mask.hpp"
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
    Random random(5, purpose);
    for (float& v : t.flat()) v = random.normal();
    return t;
}

struct Example {
    Tensor q, k, v;
};
Example example(std::size_t tokens = 4, std::size_t width = 3) {
    const Shape shape{1, 2, tokens, width};
    return {draw(shape, "q"), draw(shape, "k"), draw(shape, "v")};
}

}  // namespace

TEST_CASE("scaled_dot_product: two keys worked by hand", "[attention][scaled_dot_product]") {
    // q = (2, 0, 0, 0); k_0 . q = 4, k_1 . q = 0; divided by sqrt(4): 2 and 0.
    // e^2 / (e^2 + 1) = 0.8807971; out = 0.8807971 * 10 + 0.1192029 * 20 = 11.192029
    const Tensor q({1, 4}, {2, 0, 0, 0}), k({2, 4}, {2, 0, 0, 0, 0, 5, 0, 0}), v({2, 1}, {10, 20});
    const auto s = scaled_dot_product_steps(q, k, v);

    CHECK(s.scores.row(0)[0] == 4.0f);
    CHECK(s.scores.row(0)[1] == 0.0f);
    CHECK(s.scaled.row(0)[0] == 2.0f);
    CHECK_THAT(s.weights.row(0)[0], WithinAbs(0.8807971, 1e-6));
    CHECK_THAT(s.weights.row(0)[1], WithinAbs(0.1192029, 1e-6));
    CHECK_THAT(s.out.row(0)[0], WithinAbs(11.192029, 1e-5));
}

TEST_CASE("scaled_dot_product: as PyTorch has it", "[attention][scaled_dot_product][oracle]") {
    for (const auto& c : test::stored("attention/scaled_dot_product_reference.json")) {
        CAPTURE(c.at("name").get<std::string>());
        const Tensor q = test::tensor_of(c.at("q")), k = test::tensor_of(c.at("k"));
        const Tensor v = test::tensor_of(c.at("v"));
        ScaledDotProductConfig config{.is_causal = c.at("is_causal").get<bool>()};
        if (c.contains("mask")) config.mask = test::tensor_of(c.at("mask"));
        if (c.contains("scale")) config.scale = c.at("scale").get<float>();
        const auto s = scaled_dot_product_steps(q, k, v, config);
        const auto g = scaled_dot_product_backward(test::tensor_of(c.at("dout")), s, q, k, v);

        CHECK(test::relative_difference(s.weights, test::tensor_of(c.at("weights"))) < 2e-6);
        CHECK(test::relative_difference(s.out, test::tensor_of(c.at("out"))) < 2e-6);
        CHECK(test::relative_difference(g.dq, test::tensor_of(c.at("dq"))) < 5e-6);
        CHECK(test::relative_difference(g.dk, test::tensor_of(c.at("dk"))) < 5e-6);
        CHECK(test::relative_difference(g.dv, test::tensor_of(c.at("dv"))) < 5e-6);
    }
}

TEST_CASE("scaled_dot_product: a future token moves nothing before it, to the bit",
          "[attention][scaled_dot_product]") {
    const auto e = example(6);
    const Tensor before = scaled_dot_product(e.q, e.k, e.v, {.is_causal = true});
    const std::size_t j = GENERATE(1u, 3u, 5u);
    const float poison = GENERATE(7.0f, std::numeric_limits<float>::quiet_NaN());
    auto changed = e;
    for (std::size_t h = 0; h < 2; ++h)
        for (Tensor* t : {&changed.q, &changed.k, &changed.v}) t->row(h * 6 + j)[0] = poison;
    const Tensor after = scaled_dot_product(changed.q, changed.k, changed.v, {.is_causal = true});

    for (std::size_t h = 0; h < 2; ++h)
        for (std::size_t i = 0; i < 6; ++i) {
            const bool same = std::equal(before.row(h * 6 + i).begin(), before.row(h * 6 + i).end(),
                                         after.row(h * 6 + i).begin());
            CAPTURE(h, i, j, poison);
            CHECK(same == (i < j));
        }
}

TEST_CASE("scaled_dot_product: shuffled tokens give shuffled rows, until a mask breaks it",
          "[attention][scaled_dot_product]") {
    const auto e = example(4);
    const std::size_t order[] = {2, 0, 3, 1};
    const auto shuffle = [&](const Tensor& t) {
        Tensor s(t.shape());
        for (std::size_t r = 0; r < t.rows(); ++r)
            std::copy_n(t.row(r / 4 * 4 + order[r % 4]).data(), t.cols(), s.row(r).data());
        return s;
    };
    const Tensor q = shuffle(e.q), k = shuffle(e.k), v = shuffle(e.v);

    CHECK(test::relative_difference(scaled_dot_product(q, k, v),
                                    shuffle(scaled_dot_product(e.q, e.k, e.v))) < 1e-6);
    CHECK(test::relative_difference(
              scaled_dot_product(q, k, v, {.is_causal = true}),
              shuffle(scaled_dot_product(e.q, e.k, e.v, {.is_causal = true}))) > 0.1);
}

TEST_CASE("scaled_dot_product: weights are shares of 1", "[attention][scaled_dot_product]") {
    const auto e = example(5);
    const auto s = scaled_dot_product_steps(e.q, e.k, e.v, {.is_causal = true});
    for (std::size_t r = 0; r < s.weights.rows(); ++r) {
        float sum = 0;
        for (std::size_t j = 0; j < 5; ++j) {
            CHECK((s.weights.row(r)[j] > 0) == (j <= r % 5));
            CHECK(std::isinf(s.masked.row(r)[j]) == (j > r % 5));
            sum += s.weights.row(r)[j];
        }
        CHECK_THAT(sum, WithinAbs(1, 1e-6));
    }
}

TEST_CASE("scaled_dot_product: scores have the spread sqrt(d), scaled ones the spread 1",
          "[attention][scaled_dot_product]") {
    const std::size_t d = GENERATE(4u, 64u);
    const Tensor q = draw({64, d}, "q"), k = draw({64, d}, "k");
    const auto s = scaled_dot_product_steps(q, k, k);
    const auto variance = [](const Tensor& t) {
        double sum = 0;
        for (float v : t.flat()) sum += double(v) * double(v);
        return sum / double(t.size());
    };
    // 4096 products, strongly dependent; a fifth is far outside what chance does to them
    CHECK_THAT(variance(s.scores) / double(d), WithinAbs(1, 0.2));
    CHECK_THAT(variance(s.scaled), WithinAbs(1, 0.2));
}

TEST_CASE("scaled_dot_product: huge scores do not overflow",
          "[attention][scaled_dot_product][edge]") {
    const Tensor q({1, 1}, {200}), k({2, 1}, {100, 99}), v({2, 1}, {1, 2});
    const Tensor out = scaled_dot_product(q, k, v);
    CHECK_THAT(out.row(0)[0], WithinAbs(1, 1e-6));
}

TEST_CASE("scaled_dot_product: a row that may see nothing is 0",
          "[attention][scaled_dot_product][edge]") {
    const auto e = example(3);
    Tensor mask({3, 3}, 1.0f);
    for (float& m : mask.row(1)) m = 0;
    const auto s = scaled_dot_product_steps(e.q, e.k, e.v, {.mask = mask});
    const auto g = scaled_dot_product_backward(Tensor(s.out.shape(), 1.0f), s, e.q, e.k, e.v);
    for (std::size_t c = 0; c < 3; ++c) {
        CHECK(s.weights.row(1)[c] == 0.0f);
        CHECK(s.out.row(1)[c] == 0.0f);
        CHECK(s.out.row(0)[c] != 0.0f);
        CHECK(g.dq.row(1)[c] == 0.0f);
    }
}

TEST_CASE("scaled_dot_product: causal and mask must both allow",
          "[attention][scaled_dot_product]") {
    const auto e = example(3);
    const auto s = scaled_dot_product_steps(e.q, e.k, e.v,
                                            {.is_causal = true, .mask = packing_mask({0, 1, 1})});
    CHECK(s.allowed.slice(0).slice(1).same_bits(Tensor({3, 3}, {1, 0, 0, 0, 1, 0, 0, 1, 1})));
}

TEST_CASE("scaled_dot_product: no tokens is no work, not an error",
          "[attention][scaled_dot_product][edge]") {
    const auto none =
        scaled_dot_product_steps(Tensor({1, 2, 0, 4}), Tensor({1, 2, 0, 4}), Tensor({1, 2, 0, 4}));
    CHECK(none.out.shape() == Shape{1, 2, 0, 4});
    const auto no_keys = scaled_dot_product(Tensor({2, 4}, 1.0f), Tensor({0, 4}), Tensor({0, 3}));
    CHECK(no_keys.same_bits(Tensor({2, 3})));
}

TEST_CASE("scaled_dot_product: cost of causal is less", "[attention][scaled_dot_product]") {
    const auto e = example(4, 3);
    // 2 heads; 16 scores of 2 * 3 flops and a scaling; softmax 5 and mixing 2 * 3 for what is
    // allowed
    CHECK(scaled_dot_product_steps(e.q, e.k, e.v).cost.flops == 2 * (16 * 7 + 16 * 11));
    CHECK(scaled_dot_product_steps(e.q, e.k, e.v, {.is_causal = true}).cost.flops ==
          2 * (16 * 7 + 10 * 11));
}

TEST_CASE("scaled_dot_product: the gradient matches the measured slope",
          "[attention][scaled_dot_product][gradient]") {
    const auto e = example();
    ScaledDotProductConfig config{.is_causal = GENERATE(false, true)};
    if (GENERATE(false, true)) config.scale = 0.9f;
    const auto s = scaled_dot_product_steps(e.q, e.k, e.v, config);
    const auto g = scaled_dot_product_backward(test::weights_like(s.out), s, e.q, e.k, e.v);

    CHECK(test::gradient_error(
              [&](const Tensor& t) { return scaled_dot_product(t, e.k, e.v, config); }, e.q, g.dq) <
          1e-3);
    CHECK(test::gradient_error(
              [&](const Tensor& t) { return scaled_dot_product(e.q, t, e.v, config); }, e.k, g.dk) <
          1e-3);
    CHECK(test::gradient_error(
              [&](const Tensor& t) { return scaled_dot_product(e.q, e.k, t, config); }, e.v, g.dv) <
          1e-3);
}

TEST_CASE("scaled_dot_product: says what is wrong", "[attention][scaled_dot_product][errors]") {
    const Tensor q({1, 2, 3, 4}), k({1, 2, 5, 4}), v({1, 2, 5, 6});
    CHECK_NOTHROW(scaled_dot_product(q, k, v));
    CHECK_THROWS_WITH(scaled_dot_product(q, Tensor({1, 2, 5, 3}), v),
                      "scaled_dot_product: k has shape [1, 2, 5, 3], wanted [1, 2, 5, 4]");
    CHECK_THROWS_WITH(scaled_dot_product(q, k, Tensor({1, 2, 4, 6})),
                      "scaled_dot_product: v has shape [1, 2, 4, 6], wanted [1, 2, 5, 6]");
    CHECK_THROWS_AS(scaled_dot_product(Tensor({4}), k, v), ShapeError);
    CHECK_THROWS_AS(scaled_dot_product(q, Tensor({5, 4}), v), ShapeError);
    CHECK_THROWS_AS(scaled_dot_product(q, k, Tensor()), ShapeError);
    CHECK_THROWS_AS(scaled_dot_product(Tensor({2, 0}), Tensor({2, 0}), Tensor({2, 1})), ShapeError);
    CHECK_THROWS_WITH(scaled_dot_product(q, k, v, {.mask = full_mask(3, 4)}),
                      "scaled_dot_product: mask has shape [3, 4], wanted [3, 5] or [1, 2, 3, 5]");
    CHECK_THROWS_AS(scaled_dot_product(q, k, v, {.mask = Tensor({5})}), ShapeError);
    const auto s = scaled_dot_product_steps(q, k, v);
    CHECK_THROWS_AS(scaled_dot_product_backward(q, s, q, k, v), ShapeError);
}

TEST_CASE("scaled_dot_product: the panel shows what core computes on the panel's own inputs",
          "[attention][scaled_dot_product][hover]") {
    test::PanelAtWork p("attention/scaled_dot_product");
    p.knobs.set("causal", "true");
    p.compute();
    const auto& in = p.inputs();
    const auto s = scaled_dot_product_steps(in["q"], in["k"], in["v"], {.is_causal = true});
    CHECK(p.trace()["scores"].same_bits(s.scores));
    CHECK(p.trace()["weights"].same_bits(s.weights));
    CHECK(p.trace()["out"].same_bits(s.out));

    viz::View view = p.view();
    view.size = {1340, 820};
    const std::map<std::string, Tensor> direct{{"q", in["q"]},         {"k", in["k"]},
                                               {"v", in["v"]},         {"masked", s.masked},
                                               {"weights", s.weights}, {"out", s.out}};
    std::size_t seen = 0;
    for (const auto& cell : test::numbered_cells(p.draw(view))) {
        const Tensor& tensor = direct.at(cell.at.tensor);
        CAPTURE(cell.at.tensor, cell.at.row, cell.at.col, cell.text);
        CHECK(test::reads_as(
            cell.text, double(tensor.row(std::size_t(cell.at.row))[std::size_t(cell.at.col)])));
        ++seen;
    }
    // Q, K, V and the output: 6 rows of 4; scores and weights: the lower triangle
    CHECK(seen == 4 * 24 + 2 * 21);
}

TEST_CASE("scaled_dot_product: the panel's mask is what the knobs and the painted cells say",
          "[attention][scaled_dot_product][panel]") {
    test::PanelAtWork p("attention/scaled_dot_product");
    p.knobs.set("causal", "true");
    p.knobs.set("prefix", "2");
    p.knobs.set("edits", "mask.0.5=1;mask.3.0=0;mask.9.9=1;q.0.0.1.2=7");
    p.compute();
    Tensor wanted = prefix_mask(6, 2);
    wanted.row(0)[5] = 1;
    wanted.row(3)[0] = 0;
    CHECK(p.trace()["allowed"].reshaped({6, 6}).same_bits(wanted));
    CHECK(p.inputs()["q"].at({0, 0, 1, 2}) == 7.0f);
}

TEST_CASE("scaled_dot_product: the panel's changed word moves its own row and later ones",
          "[attention][scaled_dot_product][panel]") {
    for (const std::size_t word : {1u, 3u, 6u}) {
        test::PanelAtWork p("attention/scaled_dot_product");
        p.knobs.set("causal", "true");
        p.knobs.set("change", std::to_string(word));
        p.compute();
        for (std::size_t i = 0; i < 6; ++i)
            CHECK((p.trace()["moved"].flat()[i] != 0.0f) == (i + 1 >= word));
        CHECK(p.trace().names("tokens")[word - 1].ends_with("′"));
    }
}

TEST_CASE("scaled_dot_product: the panel takes tensors and a mask of the user",
          "[attention][scaled_dot_product][panel]") {
    test::PanelAtWork p("attention/scaled_dot_product");
    p.given = {{"q", draw({2, 3, 4, 5}, "a")},
               {"k", draw({2, 3, 7, 5}, "b")},
               {"v", draw({2, 3, 7, 2}, "c")},
               {"mask", Tensor({4, 7}, 1.0f)}};
    p.given.at("mask").row(2)[6] = 0;
    p.compute();
    const auto& in = p.inputs();
    CHECK(p.trace()["out"].same_bits(
        scaled_dot_product(in["q"], in["k"], in["v"], {.mask = p.given.at("mask")})));
    const auto grads = p.trace().backward()({{"out", draw({2, 3, 4, 2}, "d")}});
    CHECK(grads.at("k").shape() == in["k"].shape());
    CHECK_NOTHROW(p.draw(p.view()));
}

TEST_CASE("scaled_dot_product: a click paints the mask, undo takes it back",
          "[attention][scaled_dot_product][panel]") {
    test::Robot robot("attention/scaled_dot_product");
    CHECK(robot.session.fact("allowed").number == 36);
    robot.frame();
    const viz::Region* cells = robot.controls.find("cells.allowed");
    REQUIRE(cells);
    const viz::Rect box = cells->box;  // the cell of the first row and the last column
    const viz::Point at{box.right() - box.w / 12, box.y + box.h / 12};
    robot.controls.move(at);
    robot.controls.press(at);
    robot.controls.release(at);
    robot.session.settle();
    CHECK(robot.session.fact("allowed").number == 35);
    CHECK(robot.session.fact("last_weight").number == 0);
    robot.session.act("undo");
    robot.session.settle();
    CHECK(robot.session.fact("allowed").number == 36);
}

TEST_CASE("scaled_dot_product: a chosen pair is followed to its weight, its value and its output",
          "[attention][scaled_dot_product][panel]") {
    test::PanelAtWork p("attention/scaled_dot_product", "the cat sat on the mat");
    p.compute();
    viz::View view = p.view();
    view.lock = {"masked", -1, -1, 2, 3, -1};
    const viz::Canvas canvas = p.draw(view);
    const auto marked = [&](const char* id, std::size_t row, std::size_t col, bool whole_row) {
        const auto& regions = canvas.regions();
        const auto cells = std::find_if(regions.begin(), regions.end(),
                                        [&](const viz::Region& r) { return r.id == id; });
        REQUIRE(cells != regions.end());
        const float w = cells->box.w / float(cells->cols), h = cells->box.h / float(cells->rows);
        viz::Rect box{cells->box.x + float(col) * w, cells->box.y + float(row) * h, w, h};
        if (whole_row) box.x = cells->box.x, box.w = cells->box.w;
        for (const viz::Command& command : canvas.commands())
            if (const auto* rect = std::get_if<viz::DrawRect>(&command.what))
                if (rect->stroke.color == canvas.theme().accent && rect->stroke.width == 2 &&
                    std::abs(rect->box.x - box.x + 1) < 0.1f &&
                    std::abs(rect->box.y - box.y + 1) < 0.1f &&
                    std::abs(rect->box.w - box.w - 2) < 0.1f)
                    return true;
        return false;
    };
    CHECK(marked("cells.weights", 2, 3, false));
    CHECK(marked("cells.v", 3, 0, true));
    CHECK(marked("cells.out", 2, 0, true));
    CHECK(!marked("cells.out", 3, 0, true));
}
