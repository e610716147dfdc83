#include "viz/kit/drawing.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/layout.hpp"
#include "tests/support/panel.hpp"
#include "viz/kit/first_tokens.hpp"

using namespace orrery;
using namespace orrery::viz;

TEST_CASE("drawing: the first text that fits, the last where none does", "[kit][drawing]") {
    Canvas c({400, 100});
    const Trace t;
    View view;
    const Drawing d{c, t, view};
    const float wide = c.measure("wide words", d.bold()).w;
    CHECK(d.fitting(wide, d.bold(), {"wide words", "few", ""}) == "wide words");
    CHECK(d.fitting(wide - 1, d.bold(), {"wide words", "few", ""}) == "few");
    CHECK(d.fitting(0, d.bold(), {"wide words", "few", ""}) == "");
    CHECK(d.fitting(0, d.bold(), {"wide words", "few"}) == "few");
    CHECK(d.fitting(0, d.bold(), {}) == "");
    //: an operation that begins at 2
    for (const auto& [now, done] :
         {std::pair{0.0, 0.0f}, {2.0, 0.0f}, {2.25, 0.25f}, {5.0, 1.0f}}) {
        view.t = now;
        CHECK(d.phase(2) == done);
    }
    //: one that lasts from 2 to 4
    for (const auto& [now, done] : {std::pair{2.0, 0.0f}, {3.0, 0.5f}, {4.0, 1.0f}}) {
        view.t = now;
        CHECK(d.phase(2, 2) == done);
    }
}

TEST_CASE("first_tokens: a picture of the beginning of a text says so, in one way",
          "[kit][first_tokens]") {
    const std::string text = "a b c d e f g h i j k l m n";  // 14 tokens
    for (const char* id : {"attention/scaled_dot_product", "attention/multi_head", "model/block",
                           "model/feed_forward", "position/learned"}) {
        CAPTURE(id);
        test::PanelAtWork p(id, text), all(id, "a b c");
        p.compute(), all.compute();
        const auto& shown = p.trace().names("tokens");
        const std::size_t n = std::string_view(id) == "position/learned" ? 8 : shown.size();
        View view = p.view();
        const Canvas c = p.draw(view);
        CHECK(test::says(c, "Shown: the first " + std::to_string(n) + " of 14 tokens."));
        CHECK(test::layout_problems(c) == std::vector<std::string>{});
        view.language = Language::chinese;
        CHECK(test::says(p.draw(view), "共 14 个词元，只展示前 " + std::to_string(n) + " 个。"));
        CHECK(!test::says(all.draw(all.view()), "Shown:"));
    }
}
