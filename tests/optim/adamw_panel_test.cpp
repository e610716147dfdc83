// The AdamW panel: the table of one step
#include "tests/support/catch.hpp"
#include "tests/support/layout.hpp"
#include "tests/support/panel.hpp"

using namespace orrery;
using namespace orrery::viz;
using test::PanelAtWork;

namespace {

std::vector<std::string> cells(const Canvas& c) {
    std::vector<std::string> texts;
    for (const Region& region : c.regions()) {
        if (!region.id.starts_with("cell.")) continue;
        for (const Command& command : c.commands())
            if (const auto* text = std::get_if<DrawText>(&command.what);
                text && region.box.contains(text->box.centre()))
                texts.push_back(region.id.substr(5) + " " + text->text);
    }
    return texts;
}

}  // namespace

TEST_CASE("adamw panel: numbers fit their cells, to three digits", "[optim][adamw][panel]") {
    PanelAtWork p("optim/adamw");
    p.knobs.set("weight_decay", "1");
    p.knobs.set("step_t", "12");
    p.compute();
    for (const float width : {640.0f, 880.0f, 1340.0f}) {
        View view = p.view();
        view.size.w = width, view.t = 6;
        const auto texts = cells(p.draw(view));
        CHECK(texts.size() == 20);
        for (const auto& text : texts) {
            CAPTURE(text, width);
            CHECK(text.find("…") == std::string::npos);
        }
    }
}

TEST_CASE("adamw panel: the first step by hand, its inner columns hidden",
          "[optim][adamw][panel]") {
    // From (−2, 2.5) in the valley lowest at (1, 1/2): slopes −2 − 1 = −3 and 30 · (2.5 − 0.5) = 60.
    // The first update is the sign of the slope: −1 and 1, times the rate 0.1. Without decay the
    // weights come to −1.9 and 2.4.
    PanelAtWork p("optim/adamw");
    p.knobs.set("weight_decay", "0");
    p.compute();
    View view = p.view();
    view.t = 6, view.hidden = {"moments"};
    const auto texts = cells(p.draw(view));
    CHECK(texts == std::vector<std::string>{"w.0 −2", "w.1 2.5", "grad.0 −3", "grad.1 60",
                                            "update.0 −1", "update.1 1", "w_t.0 −1.9",
                                            "w_t.1 2.4"});
    CHECK(test::layout_problems(p.draw(view)) == std::vector<std::string>{});
}
