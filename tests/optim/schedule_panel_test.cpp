// The schedule panel: what is named stands where it is
#include <cmath>
#include <string>
#include <variant>

#include "tests/support/catch.hpp"
#include "tests/support/panel.hpp"

using namespace orrery;
using namespace orrery::viz;
using test::PanelAtWork;

TEST_CASE("schedule panel: the highest rate is named at its own point, wherever the run is",
          "[optim][schedule][schedule_panel]") {
    // The warm-up of 10 steps ends at step 10. A step is as wide as the regions under the mouse.
    for (const char* at : {"5", "10", "14", "40", "100"}) {
        PanelAtWork p("optim/schedule");
        p.knobs.set("at", at);
        p.compute();
        View view = p.view();
        view.t = 4;
        for (const Size size : {Size{860, 350}, Size{880, 440}, Size{1340, 820}}) {
            view.size = size;
            const Canvas c = p.draw(view);
            float point = NAN, left = NAN, right = NAN, line = NAN;
            for (const Region& region : c.regions())
                if (region.id == "step.10")
                    point = region.box.centre().x;
                else if (region.id == "step.40")
                    line = region.box.centre().x;
            for (const Command& command : c.commands())
                if (const auto* text = std::get_if<DrawText>(&command.what))
                    if (text->text == "highest: step 10")
                        left = text->box.x, right = text->box.right();
            CAPTURE(at, size.w, point, left, right);
            CHECK(left <= point);
            CHECK(right >= point);
            //: the line of step 40 passes beside the words
            if (std::string(at) == "40") CHECK(right < line);
        }
    }
}
