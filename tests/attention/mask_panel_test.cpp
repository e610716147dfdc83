// The mask panel: what is hovered ends in its number
#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/layout.hpp"
#include "tests/support/panel.hpp"
#include "viz/kit/svg.hpp"

using namespace orrery;
using namespace orrery::viz;
using test::PanelAtWork;

TEST_CASE("mask panel: a cell says its number and how it is counted",
          "[attention][mask][mask_panel]") {
    // Causal, 8 tokens: token 3 sees tokens 1 to 3; token 6 is seen by tokens 6, 7 and 8.
    PanelAtWork p("attention/mask");
    p.compute();
    const auto formula = [&](const char* tensor, int row, int col, Language language) {
        View view = p.view();
        view.language = language;
        Selection s;
        s.tensor = tensor, s.row = row, s.col = col;
        view.hover = s;
        return explain(p.declaration, p.trace(), view, s).formula;
    };
    CHECK(formula("mask", 2, 2, Language::english) == "may look = 1");
    CHECK(formula("mask", 2, 3, Language::english) == "may not look = 0");
    CHECK(formula("mask", 2, 2, Language::chinese) == "可以看 = 1");
    CHECK(formula("per_query", 2, 0, Language::english) == "1 + 1 + 1 + 0 + 0 + 0 + 0 + 0 = 3");
    CHECK(formula("per_key", 0, 5, Language::english) == "0 + 0 + 0 + 0 + 0 + 1 + 1 + 1 = 3");
    CHECK(formula("layers", 2, 0, Language::english) == "Layers = 1");
    CHECK(formula("layers", 0, 2, Language::english).empty());  // never
}

TEST_CASE("mask panel: a leak is told with the layer after which the answer is there",
          "[attention][mask][mask_panel]") {
    // Row 3 sees token 4 itself: one layer, though there are two. Row 3 sees token 6 and so, one
    // layer later, token 4, which 6 sees; row 5 sees 3, which has seen 6: both after two layers.
    const auto told = [](const char* edits) {
        PanelAtWork p("attention/mask");
        p.knobs.set("edits", edits);
        p.compute();
        return p.declaration.words()(p.trace(), p.view());
    };
    CHECK(told("mask.2.3=1").find("By layer 1, row 3 has seen its answer.") != std::string::npos);
    CHECK(told("mask.2.5=1").find("By layer 2, rows 3, 5 have seen") != std::string::npos);
}

TEST_CASE("mask panel: counts come with the cells, and every step of the motion shows something",
          "[attention][mask][mask_panel][motion]") {
    PanelAtWork p("attention/mask");
    p.knobs.set("pattern", "window");
    p.compute();
    for (const bool bits : {true, false}) {
        View view = p.view();
        if (!bits) view.hidden = {"bits"};
        std::string before;
        for (double at = 0; at <= p.length(); ++at) {
            view.t = at;
            const std::string picture = to_svg(p.draw(view));
            CAPTURE(bits, at);
            CHECK(picture != before);
            CHECK((picture.find("21 of 64") != std::string::npos) == (at >= 1));
            before = picture;
        }
    }
}

TEST_CASE("mask panel: before a room it asks for no clicks, and lies in any height",
          "[attention][mask][mask_panel][layout]") {
    for (const char* edits : {"", "mask.2.3=1"}) {
        PanelAtWork p("attention/mask");
        p.knobs.set("edits", edits);
        p.compute();
        View view = p.view();
        view.presenting = true;
        for (const Size size : {Size{592, 145}, Size{860, 350}, Size{1280, 560}})
            for (const Language language : {Language::english, Language::chinese}) {
                view.size = size, view.language = language;
                const Canvas c = p.draw(view);
                CAPTURE(edits, size.w, size.h, code(language));
                CHECK(test::layout_problems(c) == std::vector<std::string>{});
                for (const Command& command : c.commands())
                    if (const auto* text = std::get_if<DrawText>(&command.what)) {
                        CHECK(text->text.find("lick") == std::string::npos);
                        CHECK(text->text.find("undo") == std::string::npos);
                        CHECK(text->text.find("点一下") == std::string::npos);
                    }
            }
    }
}

TEST_CASE("mask panel: where no loss follows, a presenter stops at whole layers",
          "[attention][mask][mask_panel][motion]") {
    PanelAtWork p("attention/mask");
    p.knobs.set("pattern", "window");
    p.compute();
    View view = p.view();
    view.hidden = {"bits"}, view.presenting = true, view.size = {960, 400};
    std::vector<std::string> words;
    const auto count = [&](double at, const std::string& wanted) {
        view.t = at, words = test::texts_on(p.draw(view));
        return std::count(words.begin(), words.end(), wanted);
    };
    CHECK(count(0, "Before any look") == 1);
    // Rows 2 and 3 see one and two others, rows 4 to 8 two each: 1 + 2 + 5 · 2 = 13; and six times 1
    // is the number of a row or column, or a count
    CHECK(count(2, "After looking once (1 layer)") == 1);
    CHECK(count(2, "1") == 13 + 6);
    // What those two saw: row i reaches back to row i − 4, so 1 + 2 + 3 + 4 + 4 · 5 = 30 of 64
    CHECK(count(4, "After looking twice (2 layers)") == 1);
    CHECK(count(4, "30 of 64 pairs arrive, 47 %") == 0);
    CHECK(count(5, "30 of 64 pairs arrive, 47 %") == 1);
}
