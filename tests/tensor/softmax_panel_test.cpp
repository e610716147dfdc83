// The softmax panel: what stands where, and what a hidden part leaves to the others
#include <algorithm>
#include <string>
#include <variant>

#include "tests/support/catch.hpp"
#include "tests/support/panel.hpp"

using namespace orrery;
using namespace orrery::viz;
using test::PanelAtWork;

namespace {

const DrawText* find_text(const Canvas& c, const std::string& words) {
    for (const Command& command : c.commands())
        if (const auto* text = std::get_if<DrawText>(&command.what))
            if (text->text == words) return text;
    return nullptr;
}

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
    const DrawText* name = find_text(c, "largest = 3.2");
    REQUIRE(name);
    //: the dashed upright lines are those of the largest score
    bool found = false;
    for (const Command& command : c.commands())
        if (const auto* line = std::get_if<DrawLine>(&command.what))
            if (line->stroke.dash == Dash::dashed && line->points.size() == 2 &&
                line->points[0].x == line->points[1].x) {
                found = true;
                CHECK(std::abs(name->box.centre().x - line->points[0].x) < 30);
            }
    CHECK(found);
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
}
