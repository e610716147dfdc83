// The feed-forward panel: lines, sums, and each token alone
#include <algorithm>
#include <cmath>

#include "core/model/feed_forward.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/layout.hpp"
#include "tests/support/panel.hpp"
#include "tests/support/robot.hpp"
#include "viz/kit/grid.hpp"
#include "viz/kit/svg.hpp"

using namespace orrery;
using namespace orrery::viz;
using Catch::Matchers::WithinAbs;
using test::PanelAtWork;

TEST_CASE("feed_forward panel: the new row is the sum of what the lines add",
          "[model][feed_forward][panel]") {
    PanelAtWork p("model/feed_forward");
    p.compute();
    const Trace& t = p.trace();
    for (std::size_t i = 0; i < t["y"].rows(); ++i)
        for (std::size_t c = 0; c < t["y"].cols(); ++c) {
            double sum = 0;
            for (std::size_t j = 0; j < t["active"].cols(); ++j)
                sum += double(t["active"].row(i)[j]) * double(t["down"].row(c)[j]);
            CHECK_THAT(t["y"].row(i)[c], WithinAbs(sum, 1e-4));
        }
}

TEST_CASE("feed_forward panel: a changed token moves its row and no other",
          "[model][feed_forward][panel]") {
    PanelAtWork plain("model/feed_forward");
    plain.compute();
    for (const char* change : {"1", "4", "6"}) {
        PanelAtWork p("model/feed_forward");
        p.knobs.set("change", change);
        p.compute();
        const std::size_t changed = std::size_t(change[0] - '1');
        for (std::size_t i = 0; i < p.trace()["y"].rows(); ++i) {
            bool same = true;
            for (std::size_t c = 0; c < p.trace()["y"].cols(); ++c)
                same &= p.trace()["y"].row(i)[c] == plain.trace()["y"].row(i)[c];
            CHECK(same == (i != changed));
            CHECK((p.trace()["moved"].row(i)[0] != 0.0f) == (i == changed));
        }
    }
}

TEST_CASE("feed_forward panel: a unit fires where its answer is above 0",
          "[model][feed_forward][panel]") {
    // one token (1, 0), units that ask for it, against it, and for nothing: one in three fires
    PanelAtWork p("model/feed_forward");
    p.given = {{"x", Tensor({1, 2}, {1, 0})},
               {"up", Tensor({3, 2}, {2, 0, -2, 0, 0, 5})},
               {"up_bias", Tensor({3})},
               {"down", Tensor({2, 3}, {1, 1, 1, 0, 0, 0})},
               {"down_bias", Tensor({2})}};
    p.compute();
    CHECK_THAT(p.fact("awake").number, WithinAbs(1.0 / 3, 1e-9));
    CHECK(p.fact("loudest").number == 1);
    // gelu(2) = 2 · 0.97725, gelu(-2) = -2 · 0.02275, gelu(0) = 0
    CHECK_THAT(p.fact("loudest_answer").number, WithinAbs(1.9545, 1e-4));
    CHECK_THAT(p.fact("first_output").number, WithinAbs(1.9545 - 0.0455, 1e-4));
    CHECK(p.fact("weights").number == 17);
    CHECK(!p.draw(p.view()).commands().empty());
}

TEST_CASE("feed_forward panel: GELU opens on the answers of the token on show",
          "[model][feed_forward][panel][links]") {
    test::Robot robot("model/feed_forward");
    Session& s = robot.session;
    REQUIRE(s.act("set token 3"));
    s.settle();
    const Tensor wide = (*s.shown().trace)["wide"];
    REQUIRE(s.act("enter bend activation/gelu"));
    s.settle();
    REQUIRE(s.shown().error == "");
    const Tensor& x = s.shown().inputs.at("x");
    REQUIRE(x.size() == wide.cols());
    for (std::size_t j = 0; j < x.size(); ++j) CHECK(x.flat()[j] == wide.row(2)[j]);
}

TEST_CASE("feed_forward panel: every step of the motion shows something",
          "[model][feed_forward][panel][motion]") {
    PanelAtWork p("model/feed_forward");
    p.compute();
    View view = p.view();
    std::string before;
    for (double at = 0; at <= p.length(); ++at) {
        view.t = at;
        const std::string picture = to_svg(p.draw(view));
        CAPTURE(at);
        CHECK(picture != before);
        before = picture;
    }
}

TEST_CASE("feed_forward panel: where who fires is hidden a room can check a line",
          "[model][feed_forward][panel][layout]") {
    // Line 12 and "cat": 0 · 0.8 + 0.3 · 0.9 + 1.2 · 0.3 + (−1.9) · (−2) = 4.43, and GELU leaves it
    PanelAtWork p("model/feed_forward");
    p.compute();
    View view = p.view();
    view.t = p.length(), view.presenting = true, view.size = {960, 400};
    view.hidden = {"fires"};
    const auto words = test::texts_on(p.draw(view));
    const auto count = [&](const std::string& wanted) {
        return std::count(words.begin(), words.end(), wanted);
    };
    CHECK(count("4.43") == 2);
    CHECK(count("2.4") == 1);  // line 14 asks most for the third number
    CHECK(test::layout_problems(p.draw(view)) == std::vector<std::string>{});
}
