// The multi-head panel: heads as squares large enough to be read, at every size
#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/layout.hpp"
#include "tests/support/panel.hpp"

using namespace orrery;
using namespace orrery::viz;
using test::PanelAtWork;

namespace {

// The small pictures: matrices of tokens × tokens that are as wide as high.
std::vector<Rect> squares(const Canvas& c, std::size_t tokens) {
    std::vector<Rect> found;
    for (const Command& command : c.commands())
        if (const auto* m = std::get_if<DrawMatrix>(&command.what))
            if (m->tensor.rows() == tokens && m->tensor.cols() == tokens &&
                std::abs(m->box.w - m->box.h) < 0.5f)
                found.push_back(m->box);
    return found;
}

std::size_t regions_of(const Canvas& c, const std::string& begins) {
    return std::size_t(
        std::count_if(c.regions().begin(), c.regions().end(),
                      [&](const Region& region) { return region.id.starts_with(begins); }));
}

}  // namespace

TEST_CASE("multi_head panel: in the presenter every head is a square that can be read",
          "[attention][multi_head][multi_head_panel]") {
    PanelAtWork p("attention/multi_head");
    p.compute();
    View view = p.view();
    view.t = 5, view.presenting = true;
    // As large as a presenter of 1280x720, 1024x640 and 1920x1080 lays it out
    for (const Size size : {Size{860, 350}, Size{860, 370}, Size{1280, 560}}) {
        view.size = size;
        for (const Language language : {Language::english, Language::chinese}) {
            view.language = language;
            const Canvas c = p.draw(view);
            const auto found = squares(c, 6);
            CAPTURE(size.w, size.h, code(language));
            REQUIRE(found.size() >= 4);
            for (const Rect& box : found) CHECK(box.w >= 120);
            CHECK(test::layout_problems(c) == std::vector<std::string>{});
        }
    }
}

TEST_CASE("multi_head panel: Q, K and V are cut into as many pieces as there are heads",
          "[attention][multi_head][multi_head_panel]") {
    PanelAtWork p("attention/multi_head");
    p.compute();
    View view = p.view();
    view.t = 5, view.size = {880, 440};
    const Canvas c = p.draw(view);
    for (const char* name : {"cells.q.", "cells.k.", "cells.v."}) CHECK(regions_of(c, name) == 4);
    //: column 3 of head 2 is column 4 + 3 of the product, and 16 + 4 + 3 for its key
    const Tensor& qkv = p.trace()["qkv"];
    for (const int row : {0, 5}) {
        Selection s;
        s.tensor = "k", s.head = 1, s.row = row, s.col = 2;
        view.hover = s;
        const Explanation e = explain(p.declaration, p.trace(), view, s);
        const double wanted = double(qkv.row(std::size_t(row))[16 + 4 + 2]);
        CAPTURE(e.formula, wanted);
        CHECK(test::reads_as(e.formula.substr(e.formula.rfind("= ") + 2), wanted));
    }
}

TEST_CASE("multi_head panel: windows of any size, heads of any number, parts left out",
          "[attention][multi_head][multi_head_panel][layout]") {
    for (const char* heads : {"1", "4", "7", "16"}) {
        PanelAtWork p("attention/multi_head");
        p.knobs.set("heads", heads);
        p.compute();
        View view = p.view();
        view.t = 5;
        for (const Size size : {Size{10, 10}, Size{300, 60}, Size{560, 145}, Size{592, 240}})
            for (const bool presenting : {false, true}) {
                view.size = size, view.presenting = presenting;
                REQUIRE_NOTHROW(p.draw(view));
            }
        using Parts = std::vector<std::string>;
        for (const Parts& parts :
             {Parts{"heads"}, Parts{"qkv", "heads"}, Parts{"arcs", "weights", "heads"},
              Parts{"arcs"}, Parts{"joined", "y"}, Parts{"qkv"}})
            for (const Size size : {Size{640, 400}, Size{880, 440}, Size{1340, 820}})
                for (const Language language : {Language::english, Language::chinese}) {
                    view.size = size, view.language = language, view.shown = parts;
                    view.presenting = false;
                    CAPTURE(heads, parts, size.w, code(language));
                    CHECK(test::layout_problems(p.draw(view)) == std::vector<std::string>{});
                }
    }
}

TEST_CASE("multi_head panel: the arcs take the place of the numbers where both have no room",
          "[attention][multi_head][multi_head_panel][layout]") {
    PanelAtWork p("attention/multi_head");
    p.compute();
    const auto has = [](const std::vector<std::string>& words, const std::string& wanted) {
        return std::count(words.begin(), words.end(), wanted) > 0;
    };
    // "cat" gives "the" 0.982: as a number, or as a line
    for (const Size size : {Size{592, 360}, Size{880, 440}, Size{976, 350}, Size{1340, 820}})
        for (const Language language : {Language::english, Language::chinese}) {
            CAPTURE(size.w, size.h, code(language));
            const std::string from = language == Language::english ? "looks" : "看的";
            View view = p.view();
            view.t = 5, view.size = size, view.language = language;
            const Canvas numbers = p.draw(view);
            if (size.w > 600) CHECK(has(test::texts_on(numbers), "0.98"));
            p.knobs.set("one", "arcs");
            view = p.view();
            view.t = 5, view.size = size, view.language = language;
            const Canvas arcs = p.draw(view);
            CHECK(has(test::texts_on(arcs), from));
            CHECK(test::layout_problems(arcs) == std::vector<std::string>{});
            // Where there is room for both both are there, whatever is chosen
            if (size.h > 800) {
                CHECK(has(test::texts_on(numbers), from));
                CHECK(has(test::texts_on(arcs), "0.98"));
            } else {
                CHECK(!has(test::texts_on(arcs), "0.98"));
            }
            p.knobs.set("one", "numbers");
        }
}

TEST_CASE(
    "multi_head panel: without a mask it says so, and from Q, K and V to the heads what is done",
    "[attention][multi_head][multi_head_panel]") {
    PanelAtWork p("attention/multi_head");
    p.compute();
    View view = p.view();
    view.t = 5, view.size = {1340, 820};
    auto words = test::texts_on(p.draw(view));
    const auto count = [&](const std::string& wanted) {
        return std::count(words.begin(), words.end(), wanted);
    };
    for (const char* step : {"scores", "softmax"}) CHECK(count(step) == 1);
    CHECK(count("no mask here: each may look ahead") == 1);
    // Head 4 looks at six words alike: log2 6 = 2.585 bits, the most there are
    CHECK(count("spread 2.6 of 2.6 bits") == 1);
    p.knobs.set("causal", "true");
    p.compute();
    view = p.view();
    view.t = 5, view.size = {1340, 820};
    words = test::texts_on(p.draw(view));
    CHECK(count("no mask here: each may look ahead") == 0);
}

TEST_CASE("multi_head panel: the word at the end looks at itself, and a room hears of no bits",
          "[attention][multi_head][multi_head_panel]") {
    for (const char* head : {"1", "2", "3", "4"}) {
        PanelAtWork p("attention/multi_head");
        p.knobs.set("head", head);
        p.compute();
        View view = p.view();
        view.t = 5, view.size = {1340, 820}, view.presenting = true;
        const auto words = test::texts_on(p.draw(view));
        const auto says = [&](const std::string& part) {
            return std::any_of(words.begin(), words.end(), [&](const std::string& text) {
                return text.find(part) != std::string::npos;
            });
        };
        CAPTURE(head);
        CHECK(says("The first word has none before it") == (*head == '1'));
        CHECK(says("The last word has none after it") == (*head == '3'));
        CHECK(!says("bits"));
        CHECK(says("4 heads × 4 numbers"));
    }
}
