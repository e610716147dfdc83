#include "viz/kit/plot.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/support/catch.hpp"
#include "tests/support/layout.hpp"
#include "viz/kit/tokens.hpp"

using namespace orrery;
using namespace orrery::viz;

TEST_CASE("ticks: round numbers, not too many", "[kit][plot]") {
    CHECK(ticks(0, 10, 6) == std::vector<double>{0, 2, 4, 6, 8, 10});
    CHECK(ticks(0, 1, 3) == std::vector<double>{0, 0.5, 1});
    CHECK(ticks(-1, 1, 5) == std::vector<double>{-1, -0.5, 0, 0.5, 1});
    CHECK(ticks(3, 3, 5) == std::vector<double>{3});
    CHECK(ticks(NAN, 3, 5).empty());
    for (const double scale : {1e-12, 0.003, 7.7, 4.2e9})
        for (int count = 1; count < 12; ++count) {
            const auto list = ticks(-0.3 * scale, scale, count);
            CAPTURE(scale, count);
            CHECK(int(list.size()) <= count);
            if (count >= 3) CHECK(list.size() >= 2);
            for (const double v : list) CHECK((v >= -0.3001 * scale && v <= 1.0001 * scale));
        }
}

TEST_CASE("plots: nothing, one point, NaN and infinities are drawn", "[kit][plot]") {
    const float inf = std::numeric_limits<float>::infinity(),
                nan = std::numeric_limits<float>::quiet_NaN();
    const std::vector<std::vector<float>> lists{{},          {1},       {nan, nan},     {1, nan, 3},
                                                {inf, -inf}, {0, 0, 0}, {1e30f, -1e30f}};
    for (const auto& y : lists)
        for (const bool log : {false, true}) {
            Series s;
            s.name = "loss", s.y = y;
            for (std::size_t i = 0; i < y.size(); ++i) s.x.push_back(float(i));
            PlotLook look;
            look.title = "t", look.x_axis = "step", look.y_axis = "loss", look.log_y = log,
            look.id = "p";
            Canvas c({640, 800});
            View view;
            const Rect area = line_plot(c, {0, 0, 640, 300}, {s}, look, view);
            histogram(c, {0, 300, 640, 250}, y, 20, rgb(0xFF0000), look, view);
            bars(c, {0, 560, 640, 200}, {{"a", y.empty() ? 0 : y[0]}, {"b", 2}}, {}, view);
            CHECK(std::isfinite(area.w));
            for (const auto& problem : test::layout_problems(c)) FAIL_CHECK(problem);
        }
}

TEST_CASE("line_plot: a spike among many points is drawn", "[kit][plot]") {
    Series s;
    for (int i = 0; i < 100000; ++i)
        s.x.push_back(float(i)), s.y.push_back(i == 54321 ? 9.0f : 1.0f);
    PlotLook look;
    look.y_low = 0, look.y_high = 10;
    Canvas c({400, 300});
    const Rect area = line_plot(c, {0, 0, 400, 300}, {s}, look, View{});
    float top = area.bottom();
    std::size_t points = 0;
    for (const Command& command : c.commands())
        if (const auto* d = std::get_if<DrawLine>(&command.what); d && d->points.size() > 2)
            for (const Point& p : d->points) top = std::min(top, p.y), ++points;
    CHECK_THAT(top, WithinAbs(area.y + area.h * 0.1f, 1));
    CHECK(points < 2000);
}

TEST_CASE("line_plot: the legend draws a line as the plot does", "[kit][plot]") {
    for (const Dash dash : {Dash::solid, Dash::dashed, Dash::dotted, Dash::doubled}) {
        Series s{"loss", {0, 1, 2}, {1, 3, 2}, {1, 2, 3}, dash, ""};
        View view;
        view.size = {400, 240};
        Canvas c(view.size);
        const Rect area = line_plot(c, {0, 0, 400, 240}, {s}, {}, view);
        //: the strokes of its colour and what follows them, inside the area and right of it
        std::vector<std::pair<float, Dash>> in_plot, in_legend;
        for (const Command& command : c.commands()) {
            const auto* line = std::get_if<DrawLine>(&command.what);
            if (!line ||
                (line->stroke.color != s.color && line->stroke.color != c.theme().background))
                continue;
            (line->points[0].x > area.right() ? in_legend : in_plot)
                .emplace_back(line->stroke.width, line->stroke.dash);
        }
        // a sharp turn parts the solid line of the plot
        in_plot.erase(std::unique(in_plot.begin(), in_plot.end()), in_plot.end());
        CHECK(!in_legend.empty());
        CHECK(in_plot == in_legend);
        CHECK((in_legend.size() == 2) == (dash == Dash::doubled));
    }
}

TEST_CASE("tokens: blanks, newlines and broken bytes are shown", "[kit][tokens]") {
    CHECK(shown_token(" cat") == "␣cat");
    CHECK(shown_token("a\n\tb") == "a⏎⇥b");
    CHECK(shown_token("\xE4\xBD") == "⟨E4 BD⟩");
    CHECK(shown_token("猫\xFF") == "猫⟨FF⟩");
    CHECK(shown_token(std::string("\0", 1)) == "⟨00⟩");
    CHECK(shown_token(shown_token(" \n\xE4")) == shown_token(" \n\xE4"));
}

TEST_CASE("token_strip: a million tokens cost no more than those on show", "[kit][tokens]") {
    const std::vector<std::string> tokens(1000000, "word");
    Canvas c({400, 200});
    View view;
    const float height = token_strip(c, {0, 0, 400, 100}, tokens, view);
    CHECK(height <= 100);
    CHECK(c.commands().size() < 200);
    for (const auto& problem : test::layout_problems(c)) FAIL_CHECK(problem);
}
