// The AdamW panel: the table of one step
#include <algorithm>
#include <set>

#include "tests/support/catch.hpp"
#include "tests/support/layout.hpp"
#include "tests/support/panel.hpp"
#include "viz/kit/format.hpp"

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

std::set<std::string> words(const Canvas& c) {
    const auto all = test::texts_on(c);
    return {all.begin(), all.end()};
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
        // At 640 what L2 would take off has no room beside the step itself.
        CHECK(texts.size() >= 20);
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
    // After one step the mean slope is the slope, its usual size its size: −3 / 3 and 60 / 60.
    CHECK(texts == std::vector<std::string>{"w.0 −2", "w.1 2.5", "grad.0 −3", "grad.1 60",
                                            "m_hat.0 −3", "m_hat.1 60", "rms.0 3", "rms.1 60",
                                            "update.0 −1", "update.1 1", "move.0 −0.1",
                                            "move.1 0.1", "w_t.0 −1.9", "w_t.1 2.4"});
    CHECK(test::layout_problems(p.draw(view)) == std::vector<std::string>{});
    view.size.w = 900;
    CHECK(words(p.draw(view))
              .count("AdamW's step 1 as an example: update = mean slope ÷ usual size; new = "
                     "weight − 0.1 (learning rate) × update"));
    //: where the walk ends is told when it has ended
    const auto told = [&](double t) {
        view.t = t;
        const auto all = words(p.draw(view));
        return std::any_of(all.begin(), all.end(), [](const std::string& text) {
            return text.find("Last loss") != std::string::npos;
        });
    };
    CHECK(!told(3));
    CHECK(told(6));
}

TEST_CASE("adamw panel: the row reads new = weight − rate × update − decay",
          "[optim][adamw][panel]") {
    // With decay 0.1: −2 − 0.1 · (−1) − 0.1 · 0.1 · (−2) = −1.88, and 2.5 − 0.1 − 0.025 = 2.375.
    PanelAtWork p("optim/adamw");
    p.compute();
    View view = p.view();
    view.t = 6, view.size.w = 1000;
    const auto texts = cells(p.draw(view));
    const auto has = [&](const std::string& text) {
        return std::count(texts.begin(), texts.end(), text) == 1;
    };
    CHECK(has("w.0 −2"));
    CHECK(has("move.0 −0.1"));
    CHECK(has("pull.0 −0.02"));
    CHECK(has("w_t.0 −1.88"));
    CHECK(has("move.1 0.1"));
    CHECK(has("pull.1 0.025"));
    CHECK(has("w_t.1 2.38"));
    CHECK(words(p.draw(view))
              .count("AdamW's step 1 as an example: update = m̂ ÷ √v̂; new = weight − 0.1 "
                     "(learning rate) × update − decay; at the end, what L2 would take off"));
    for (const char* tensor : {"w", "grad", "m_t", "v_t", "m_hat", "v_hat", "rms", "update", "move",
                               "w_t", "pull", "l2_pull"}) {
        CAPTURE(tensor);
        const auto said = explain(p.declaration, p.trace(), view, {tensor, -1, -1, 0, 0, -1});
        CHECK(said.formula.ends_with(" = " + format_value(double(p.trace()[tensor].flat()[0]))));
    }
    // The ground at (−2.95, 2.95), lowest at (1, 1/2): (3.95² + 30 · 2.45²) / 2.
    CHECK(explain(p.declaration, p.trace(), view, {"map", -1, -1, 0, 0, -1}).formula ==
          "loss(−2.95, 2.95) = 97.84");
}

TEST_CASE(
    "adamw panel: lines are named in the order of the texts; without decay nothing speaks of L2",
    "[optim][adamw][panel]") {
    PanelAtWork p("optim/adamw");
    p.compute();
    View view = p.view();
    view.t = 6;
    //: left to right, whatever the losses at the end
    const auto left_of = [](const Canvas& c, const std::string& word) {
        for (const Command& command : c.commands())
            if (const auto* text = std::get_if<DrawText>(&command.what); text && text->text == word)
                return text->box.x;
        return -1.0f;
    };
    const Canvas usual = p.draw(view);
    CHECK(left_of(usual, "AdamW") > 0);
    CHECK(left_of(usual, "AdamW") < left_of(usual, "Adam + L2"));
    CHECK(left_of(usual, "Adam + L2") > 0);
    //: of plain descent what is to be seen: a step is as long as the slope is steep
    const std::string plain = "plain descent: each step is 0.03 × slope";
    CHECK(left_of(usual, plain) > 0);

    p.knobs.set("weight_decay", "0");
    p.compute();
    view = p.view();
    view.t = 6;
    for (std::size_t j = 0; j < p.trace()["adamw_loss"].size(); ++j)
        CHECK(p.trace()["adamw_loss"].flat()[j] == p.trace()["l2_loss"].flat()[j]);
    for (const auto& said : words(p.draw(view))) {
        CAPTURE(said);
        CHECK(said.find("L2") == std::string::npos);
        CHECK(said.find("decay") == std::string::npos);
    }
    //: it rises on its way, and the line's name says why; without a running mean it does not
    CHECK(words(p.draw(view)).count("AdamW: goes up where past slopes still carry it too far"));
    p.knobs.set("beta1", "0");
    p.compute();
    view = p.view();
    view.t = 6;
    CHECK(words(p.draw(view)).count("AdamW"));

    //: where the loss curves are hidden the map names its paths
    view.hidden = {"losses"};
    CHECK(words(p.draw(view))
              .count("plain descent: each step is 0.03 × slope, long where steep, short where "
                     "flat"));
}

TEST_CASE("adamw panel: every size in both languages", "[optim][adamw][panel][layout]") {
    for (const char* decay : {"0", "0.1"})
        for (const char* size : {"1", "100"})
            for (const Size page :
                 {Size{640, 400}, Size{892, 430}, Size{976, 352}, Size{1340, 820}})
                for (const Language language : {Language::english, Language::chinese})
                    for (const char* hidden : {"", "losses", "map", "moments"}) {
                        PanelAtWork p("optim/adamw");
                        p.knobs.set("weight_decay", decay);
                        p.knobs.set("size", size);
                        p.compute();
                        View view = p.view();
                        view.size = page, view.language = language, view.t = 6;
                        view.hidden = {hidden};
                        CAPTURE(decay, size, page.w, code(language), hidden);
                        CHECK(test::layout_problems(p.draw(view)) == std::vector<std::string>{});
                    }
}
