#include "core/norm/layer_norm.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "core/base/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/gradcheck.hpp"
#include "tests/support/panel.hpp"

using namespace orrery;
using namespace orrery::norm;

namespace {

Tensor ones(std::size_t d) { return Tensor({d}, 1.0f); }
Tensor zeros(std::size_t d) { return Tensor({d}); }

}  // namespace

TEST_CASE("layer_norm: a row worked by hand", "[norm][layer_norm]") {
    // mean 2.5; distances -1.5 -0.5 0.5 1.5; squares 2.25 0.25 0.25 2.25, mean 1.25;
    // 1.5 / sqrt(1.25) = 1.3416408, 0.5 / sqrt(1.25) = 0.4472136
    const auto s = layer_norm_steps(Tensor({1, 4}, {1, 2, 3, 4}), ones(4), zeros(4), 0.0f);

    CHECK(s.mean.row(0)[0] == 2.5f);
    CHECK(s.centred.row(0)[0] == -1.5f);
    CHECK(s.variance.row(0)[0] == 1.25f);
    CHECK_THAT(s.inv_std.row(0)[0], WithinAbs(0.8944272, 1e-6));
    CHECK_THAT(s.y.row(0)[0], WithinAbs(-1.3416408, 1e-6));
    CHECK_THAT(s.y.row(0)[1], WithinAbs(-0.4472136, 1e-6));
    CHECK_THAT(s.y.row(0)[2], WithinAbs(0.4472136, 1e-6));
    CHECK_THAT(s.y.row(0)[3], WithinAbs(1.3416408, 1e-6));
}

TEST_CASE("layer_norm: the variance divides by d, not d - 1", "[norm][layer_norm]") {
    // (1, -1): mean 0, squares 1 1. By 2 the variance is 1; by 1 it would be 2 and y 0.7071.
    const auto s = layer_norm_steps(Tensor({1, 2}, {1, -1}), ones(2), zeros(2), 0.0f);
    CHECK(s.variance.row(0)[0] == 1.0f);
    CHECK(s.y.row(0)[0] == 1.0f);
}

TEST_CASE("layer_norm: eps sits inside the root", "[norm][layer_norm]") {
    // 0.1 / sqrt(0.01 + 0.01); outside the root it would be 0.1 / (0.1 + 0.01) = 0.909
    const Tensor y = layer_norm(Tensor({1, 2}, {0.1f, -0.1f}), ones(2), zeros(2), 0.01f);
    CHECK_THAT(y.row(0)[0], WithinAbs(0.707107, 1e-5));
}

TEST_CASE("layer_norm: gain multiplies, bias adds, each its own column", "[norm][layer_norm]") {
    const Tensor y =
        layer_norm(Tensor({1, 2}, {1, -1}), Tensor({2}, {3, 5}), Tensor({2}, {10, 20}), 0.0f);
    CHECK(y.row(0)[0] == 13.0f);
    CHECK(y.row(0)[1] == 15.0f);
}

TEST_CASE("layer_norm: shift and stretch of a row do not matter", "[norm][layer_norm]") {
    const float shift = GENERATE(-8.0f, 0.0f, 64.0f);
    const float scale = GENERATE(0.125f, 1.0f, 128.0f);
    Tensor x({1, 4}, {1, 2, 3, 4});
    for (float& v : x.flat()) v = scale * v + shift;
    const Tensor y = layer_norm(x, ones(4), zeros(4), 0.0f);

    CAPTURE(shift, scale);
    CHECK_THAT(y.row(0)[0], WithinAbs(-1.3416408, 1e-4));
    CHECK_THAT(y.row(0)[2], WithinAbs(0.4472136, 1e-4));
}

TEST_CASE("layer_norm: a negative stretch turns the signs", "[norm][layer_norm]") {
    const Tensor y = layer_norm(Tensor({1, 4}, {-1, -2, -3, -4}), ones(4), zeros(4), 0.0f);
    CHECK_THAT(y.row(0)[0], WithinAbs(1.3416408, 1e-6));
}

TEST_CASE("layer_norm: a row does not know of the others", "[norm][layer_norm]") {
    const Tensor both_rows = layer_norm(Tensor({2, 3}, {1, 5, -2, 100, 7, 300}), ones(3), zeros(3));
    const Tensor alone = layer_norm(Tensor({1, 3}, {1, 5, -2}), ones(3), zeros(3));
    for (std::size_t j = 0; j < 3; ++j) CHECK(both_rows.row(0)[j] == alone.row(0)[j]);
}

TEST_CASE("layer_norm: leading axes only count rows", "[norm][layer_norm]") {
    const Tensor x({4, 2}, {1, 5, -2, 100, 7, 300, 0, 3});
    const Tensor y = layer_norm(x, ones(2), zeros(2));
    const auto s = layer_norm_steps(x.reshaped({2, 2, 2}), ones(2), zeros(2));
    CHECK(s.y.shape() == Shape{2, 2, 2});
    CHECK(s.mean.shape() == Shape{2, 2, 1});
    CHECK(s.y.reshaped({4, 2}).same_bits(y));
}

TEST_CASE("layer_norm: the trace names the steps in order", "[norm][layer_norm]") {
    Trace trace;
    record(layer_norm_steps(Tensor({1, 2}, {1, 3}), ones(2), zeros(2)), trace);
    std::vector<std::string> names;
    for (const auto& e : trace.entries()) names.push_back(e.name);
    CHECK(names == std::vector<std::string>{"mean", "centred", "variance", "inv_std", "unit", "y"});
    CHECK(trace.entries()[0].component == "norm/layer_norm");
    // d = 2: sum 2, mean 1, centre 2, squares 4, their mean 1, eps and root and inverse 3, unit 2,
    // gain and bias 4
    CHECK_THAT(trace.cost().flops, WithinAbs(19, 0));
}

TEST_CASE("layer_norm: a row of equal numbers becomes the bias", "[norm][layer_norm][edge]") {
    const Tensor y = layer_norm(Tensor({2, 4}, 7.0f), ones(4), Tensor({4}, 0.25f));
    for (float v : y.flat()) CHECK(v == 0.25f);
}

TEST_CASE("layer_norm: one column has no spread", "[norm][layer_norm][edge]") {
    const Tensor y = layer_norm(Tensor({1, 1}, 3.0f), ones(1), Tensor({1}, 2.0f));
    CHECK(y.row(0)[0] == 2.0f);
}

TEST_CASE("layer_norm: no rows is no work, not an error", "[norm][layer_norm][edge]") {
    CHECK(layer_norm(Tensor({0, 4}), ones(4), zeros(4)).size() == 0);
}

TEST_CASE("layer_norm: NaN stays in its row", "[norm][layer_norm][edge]") {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const Tensor y = layer_norm(Tensor({2, 2}, {nan, 1, 1, -1}), ones(2), zeros(2));
    CHECK(std::isnan(y.row(0)[1]));
    CHECK_FALSE(std::isnan(y.row(1)[0]));
}

TEST_CASE("layer_norm: the gradient matches the measured slope", "[norm][layer_norm][gradient]") {
    const Tensor x({2, 4}, {0.5f, -1.0f, 2.0f, 0.1f, 1.5f, 0.3f, -0.7f, 0.9f});
    const Tensor gain({4}, {1.0f, 0.5f, -2.0f, 1.5f}), bias({4}, {0.1f, 0, -1, 3});
    const float eps = GENERATE(0.0f, 1e-5f, 0.5f);
    const auto steps = layer_norm_steps(x, gain, bias, eps);
    const auto grads = layer_norm_backward(test::weights_like(steps.y), steps, gain);

    CAPTURE(eps);
    CHECK(test::gradient_error([&](const Tensor& t) { return layer_norm(t, gain, bias, eps); }, x,
                               grads.dx) < 1e-3);
    CHECK(test::gradient_error([&](const Tensor& t) { return layer_norm(x, t, bias, eps); }, gain,
                               grads.dgain) < 1e-3);
    CHECK(test::gradient_error([&](const Tensor& t) { return layer_norm(x, gain, t, eps); }, bias,
                               grads.dbias) < 1e-3);
}

TEST_CASE("layer_norm: a row of dx sums to 0 and is at right angles to the row",
          "[norm][layer_norm][gradient]") {
    const Tensor x({1, 4}, {0.5f, -1.0f, 2.0f, 0.1f});
    const auto steps = layer_norm_steps(x, ones(4), zeros(4), 0.0f);
    const auto grads = layer_norm_backward(Tensor({1, 4}, {1, 2, -1, 0.5f}), steps, ones(4));

    float sum = 0, along = 0, size = 0;
    for (std::size_t j = 0; j < 4; ++j) {
        sum += grads.dx.row(0)[j];
        along += grads.dx.row(0)[j] * x.row(0)[j];
        size += std::abs(grads.dx.row(0)[j]);
    }
    CHECK(size > 0.1f);
    CHECK_THAT(sum, WithinAbs(0, 1e-6));
    CHECK_THAT(along, WithinAbs(0, 1e-6));
}

TEST_CASE("layer_norm: says what is wrong", "[norm][layer_norm][errors]") {
    const Tensor x({2, 8});
    CHECK_THROWS_WITH(layer_norm(x, ones(4), zeros(8)),
                      "layer_norm: gain has shape [4], wanted [8]");
    CHECK_THROWS_WITH(layer_norm(x, ones(8), zeros(4)),
                      "layer_norm: bias has shape [4], wanted [8]");
    CHECK_THROWS_AS(layer_norm(x, ones(8), zeros(8), -1.0f), ValueError);
    CHECK_THROWS_AS(layer_norm(x, ones(8), zeros(8), std::nanf("")), ValueError);
    CHECK_THROWS_AS(layer_norm(Tensor(), ones(8), zeros(8)), ShapeError);
    CHECK_THROWS_AS(layer_norm(Tensor({3, 0}), zeros(0), zeros(0)), ShapeError);
    const auto steps = layer_norm_steps(x, ones(8), zeros(8));
    CHECK_THROWS_AS(layer_norm_backward(Tensor({2, 4}), steps, ones(8)), ShapeError);
    CHECK_THROWS_AS(layer_norm_backward(x, steps, ones(4)), ShapeError);
}

TEST_CASE("layer_norm: the panel shows what core computes on the panel's own inputs",
          "[norm][layer_norm][hover]") {
    test::PanelAtWork p("norm/layer_norm");
    p.knobs.set("gain", "2");
    p.knobs.set("bias", "0.5");
    p.compute();
    const auto steps = layer_norm_steps(p.inputs()["x"], p.inputs()["gain"], p.inputs()["bias"]);
    CHECK(p.trace()["mean"].same_bits(steps.mean));
    CHECK(p.trace()["variance"].same_bits(steps.variance));
    CHECK(p.trace()["unit"].same_bits(steps.unit));
    CHECK(p.trace()["y"].same_bits(steps.y));

    viz::View view = p.view();
    view.size = {1340, 820};
    const std::map<std::string, Tensor> direct{
        {"x", p.inputs()["x"]},      {"mean", steps.mean}, {"variance", steps.variance},
        {"unit", steps.unit},        {"y", steps.y},       {"gain", p.inputs()["gain"]},
        {"bias", p.inputs()["bias"]}};
    std::size_t seen = 0;
    for (const auto& cell : test::numbered_cells(p.draw(view))) {
        const Tensor& tensor = direct.at(cell.at.tensor);
        CAPTURE(cell.at.tensor, cell.at.row, cell.at.col, cell.text);
        CHECK(test::reads_as(
            cell.text, double(tensor.row(std::size_t(cell.at.row))[std::size_t(cell.at.col)])));
        ++seen;
    }
    CHECK(seen == 3 * 24 + 2 * 4 + 2 * 6);
}

TEST_CASE("layer_norm: shift and scale of the panel move y by no more than rounding",
          "[norm][layer_norm][panel]") {
    test::PanelAtWork p("norm/layer_norm");
    p.knobs.set("shift", "5");
    p.knobs.set("scale", "10");
    p.compute();
    for (float moved : p.trace()["moved"].flat()) CHECK(moved < 1e-4f);
    const auto grads = p.trace().backward()({{"y", Tensor(p.trace()["y"].shape(), 1.0f)}});
    CHECK(grads.at("x").shape() == p.inputs()["x"].shape());
}

TEST_CASE("layer_norm panel: rows have the words of the text, and a number after its end",
          "[norm][layer_norm][panel]") {
    test::PanelAtWork p("norm/layer_norm");
    p.knobs.set("rows", "7");
    p.compute();
    const auto words = test::texts_on(p.draw(p.view()));
    const auto count = [&](const char* wanted) {
        return std::count(words.begin(), words.end(), wanted);
    };
    CHECK(count("the") == 2);
    for (const char* word : {"cat", "sat", "on", "mat", "token 7"}) CHECK(count(word) == 1);
}
