#include "core/activation/gelu.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/gradcheck.hpp"
#include "tests/support/panel.hpp"

using namespace orrery;
using namespace orrery::activation;

TEST_CASE("gelu: the published values", "[activation][gelu]") {
    // x Phi(x) and its tanh form at -1, 0.5, 1, 2
    const Tensor x({4}, {-1, 0.5f, 1, 2});
    const double exact[] = {-0.1586553, 0.3457312, 0.8413447, 1.9544997};
    const double tanh[] = {-0.1588080, 0.3457140, 0.8411920, 1.9545977};
    const Tensor a = gelu(x), b = gelu(x, GeluForm::tanh);
    const Tensor c = gelu_steps(x).y, d = gelu_steps(x, GeluForm::tanh).y;
    for (std::size_t i = 0; i < 4; ++i) {
        // half a digit of the table and two units in the last place of a float
        const double slack = 1e-7 + 2.4e-7 * std::abs(exact[i]);
        CHECK_THAT(a.flat()[i], WithinAbs(exact[i], slack));
        CHECK_THAT(b.flat()[i], WithinAbs(tanh[i], slack));
        CHECK_THAT(c.flat()[i], WithinAbs(exact[i], slack));
        CHECK_THAT(d.flat()[i], WithinAbs(tanh[i], slack));
    }
}

TEST_CASE("gelu: it dips to -0.1699712 at -0.75179", "[activation][gelu]") {
    float least = 0, at = 0;
    for (int i = -2000; i < 0; ++i) {
        const float x = float(i) / 1000;
        const Tensor y = gelu(Tensor({}, {x}));
        if (y.flat()[0] < least) least = y.flat()[0], at = x;
    }
    CHECK_THAT(least, WithinAbs(-0.1699712, 2e-7));
    CHECK_THAT(at, WithinAbs(-0.75179, 0.002));
}

TEST_CASE("gelu: the fast one equals the plain one", "[activation][gelu]") {
    Tensor x({20001});
    for (std::size_t i = 0; i < x.size(); ++i) x.flat()[i] = float(i) / 1000 - 10;
    for (const GeluForm form : {GeluForm::exact, GeluForm::tanh}) {
        const Tensor fast = gelu(x, form), plain = gelu_steps(x, form).y;
        double worst = 0;
        for (std::size_t i = 0; i < x.size(); ++i)
            worst = std::max(worst, std::abs(double(fast.flat()[i]) - double(plain.flat()[i])) /
                                        std::max(1.0, std::abs(double(x.flat()[i]))));
        CHECK(worst < 4e-7);
    }
}

TEST_CASE("gelu: far left the exact form keeps its digits", "[activation][gelu]") {
    for (const float v : {-1.0f, -3.0f, -6.0f, -10.0f}) {
        const Tensor y = gelu(Tensor({}, {v}));
        const double want = double(v) * 0.5 * std::erfc(double(-v) / std::sqrt(2.0));
        CHECK_THAT(y.flat()[0], WithinRel(want, 5e-6));
    }
}

TEST_CASE("gelu: the two forms differ by less than 0.0005", "[activation][gelu]") {
    double most = 0;
    for (int i = -5000; i <= 5000; ++i) {
        const Tensor x({}, {float(i) / 1000});
        const Tensor a = gelu(x), b = gelu(x, GeluForm::tanh);
        most = std::max(most, double(std::abs(a.flat()[0] - b.flat()[0])));
    }
    CHECK(most < 5e-4);
    CHECK(most > 4e-4);
}

TEST_CASE("gelu: limits and what is not finite", "[activation][gelu][edge]") {
    const float inf = std::numeric_limits<float>::infinity();
    for (const GeluForm form : {GeluForm::exact, GeluForm::tanh}) {
        const Tensor x({5}, {-inf, -50, 0, 50, inf}), y = gelu(x, form);
        const Tensor slope = gelu_backward(Tensor({5}, 1.0f), x, form);
        for (const std::size_t left : {0u, 1u, 2u}) CHECK(y.flat()[left] == 0.0f);
        CHECK(y.flat()[3] == 50.0f);
        CHECK(y.flat()[4] == inf);
        for (const std::size_t left : {0u, 1u}) CHECK(slope.flat()[left] == 0.0f);
        CHECK(slope.flat()[2] == 0.5f);
        for (const std::size_t right : {3u, 4u}) CHECK(slope.flat()[right] == 1.0f);
        const Tensor nan = gelu(Tensor({}, {NAN}), form);
        CHECK(std::isnan(nan.flat()[0]));
    }
    CHECK(gelu(Tensor({0, 4})).size() == 0);
}

TEST_CASE("gelu: the gradient matches the measured slope", "[activation][gelu][gradient]") {
    const GeluForm form = GENERATE(GeluForm::exact, GeluForm::tanh);
    Tensor x({33});
    for (std::size_t i = 0; i < x.size(); ++i) x.flat()[i] = float(i) / 5 - 3.3f;
    const Tensor dx = gelu_backward(test::weights_like(x), x, form);
    CHECK(test::gradient_error([&](const Tensor& t) { return gelu(t, form); }, x, dx) < 1e-3);
}

TEST_CASE("gelu: says what is wrong", "[activation][gelu][errors]") {
    CHECK_THROWS_WITH(gelu_backward(Tensor({3}), Tensor({2})),
                      "gelu_backward: dy has shape [3], wanted [2]");
}

TEST_CASE(
    "gelu: without the slope the curve has the width and the line under it speaks of it alone",
    "[activation][gelu][panel]") {
    test::PanelAtWork p("activation/gelu");
    p.compute();
    viz::View view = p.view();
    const auto drag = [&] {
        const viz::Canvas canvas = p.draw(view);
        for (const viz::Region& r : canvas.regions())
            if (r.id == "curve.drag") return r.box.w;
        return 0.0f;
    };
    const auto says = [&](std::string_view words) { return test::says(p.draw(view), words); };
    const float beside = drag();
    CHECK(says("gradient"));
    view.hidden = {"slope"};
    CHECK(drag() > 1.5f * beside);
    CHECK(!says("gradient"));
}
