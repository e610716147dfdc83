// The softmax panel: what stands where, and what a hidden part leaves to the others
#include <algorithm>
#include <string>
#include <variant>

#include "tests/support/catch.hpp"
#include "tests/support/panel.hpp"

using namespace orrery;
using namespace orrery::viz;
using test::find_text;
using test::PanelAtWork;

namespace {

// Where the lines of two candidates lie, one below the other.
float line_height_of(const Canvas& c) {
    const DrawText *first = find_text(c, "mat"), *second = find_text(c, "sofa");
    REQUIRE(first);
    REQUIRE(second);
    return second->box.y - first->box.y;
}

}  // namespace

TEST_CASE("softmax panel: the largest score is named under its own line",
          "[tensor][softmax][softmax_panel]") {
    PanelAtWork p("tensor/softmax");
    p.compute();
    View view = p.view();
    view.size = {880, 440};
    const Canvas c = p.draw(view);
    const DrawText* name = find_text(c, "largest = 3.4");
    REQUIRE(name);
    //: the dashed upright lines are those of the largest score
    bool found = false;
    float top = 440;
    for (const Command& command : c.commands())
        if (const auto* line = std::get_if<DrawLine>(&command.what))
            if (line->stroke.dash == Dash::dashed && line->points.size() == 2 &&
                line->points[0].x == line->points[1].x) {
                found = true;
                top = std::min(top, line->points[0].y);
                CHECK(std::abs(name->box.centre().x - line->points[0].x) < 30);
            }
    CHECK(found);
    // and begin at the first candidate, whose score it is
    const DrawText* mat = find_text(c, "mat");
    REQUIRE(mat);
    CHECK(top <= mat->box.centre().y);
}

TEST_CASE("softmax panel: hidden, the temperature curve leaves its room to the bars",
          "[tensor][softmax][softmax_panel]") {
    PanelAtWork p("tensor/softmax");
    p.compute();
    View view = p.view();
    view.size = {880, 440};
    const float with = line_height_of(p.draw(view));
    view.hidden = {"curve"};
    const Canvas c = p.draw(view);
    CHECK(line_height_of(c) > 1.5f * with);
    CHECK(!find_text(c, "temperature (log scale)"));
    CHECK(find_text(c, "sum = 1"));
    // Scores and shares as in sampling: a share is not in the colour of a score above 0
    const auto has = [&](const Color& color) {
        return std::any_of(c.commands().begin(), c.commands().end(), [&](const Command& command) {
            const auto* r = std::get_if<DrawRect>(&command.what);
            return r && r->fill == color && r->box.x > c.size().w / 2;
        });
    };
    CHECK(has(c.theme().value));
    CHECK(!has(c.theme().positive));
}

TEST_CASE("softmax panel: from a score to its share every number is written",
          "[tensor][softmax][softmax_panel]") {
    // 2.9 - 3.4 = -0.5; e^-0.5 = 0.6065; 1 + e^-0.5 + e^-1.5 + e^-2.8 + e^-3.8 + e^-4.3 = 1.9264;
    // 0.6065 / 1.9264 = 0.3149
    PanelAtWork p("tensor/softmax");
    p.compute();
    View view = p.view();
    view.size = {880, 440}, view.t = 1;
    CHECK(find_text(p.draw(view), "−0.5"));  // taken away before anything else happens
    view.t = 0;
    CHECK(!find_text(p.draw(view), "−0.5"));
    // each step brings something: the exponentials, then their total, then the shares
    view.t = 2;
    CHECK(find_text(p.draw(view), "0.607"));
    CHECK(!find_text(p.draw(view), "total = 1.926"));
    view.t = 3;
    CHECK(find_text(p.draw(view), "total = 1.926"));
    CHECK(!find_text(p.draw(view), "0.315"));
    view.t = 4;
    CHECK(find_text(p.draw(view), "0.315"));
    view.t = 4;
    const Canvas c = p.draw(view);
    const DrawText* score = find_text(c, "2.9");
    REQUIRE(score);
    for (const char* number : {"−0.5", "0.607", "0.315"}) {
        const DrawText* text = find_text(c, number);
        CAPTURE(number);
        REQUIRE(text);
        CHECK(std::abs(text->box.centre().y - score->box.centre().y) < 1);  // on its line
        CHECK(text->box.x > score->box.x);
    }
    CHECK(find_text(c, "total = 1.926"));
    view.hidden = {"exps"};
    CHECK(!find_text(p.draw(view), "x − largest"));
}

TEST_CASE("softmax panel: its candidates have the scores that they have in sampling",
          "[tensor][softmax][softmax_panel]") {
    PanelAtWork softmax("tensor/softmax"), sampling("infer/sampling");
    softmax.knobs.set("d", "8");
    softmax.compute(), sampling.compute();
    const auto& words = sampling.trace().names("logits.cols");
    for (std::size_t j = 0; j < 8; ++j) {
        const std::string word = softmax.view().say("word." + std::to_string(j + 1));
        const auto at = std::find(words.begin(), words.end(), word);
        CAPTURE(word);
        REQUIRE(at != words.end());
        CHECK(softmax.trace()["x"].flat()[j] ==
              sampling.trace()["logits"].flat()[std::size_t(at - words.begin())]);
    }
}
