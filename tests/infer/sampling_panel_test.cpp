// The sampling panel: what is cut, what is drawn, and how often
#include "tests/support/catch.hpp"
#include "tests/support/layout.hpp"
#include "tests/support/panel.hpp"

using namespace orrery;
using namespace orrery::viz;
using Catch::Matchers::WithinAbs;
using test::PanelAtWork;

namespace {

double fact(const PanelAtWork& p, std::string_view name) { return p.fact(name).number; }

int hatches(const Canvas& c) {
    int count = 0;
    for (const Command& command : c.commands())
        count += std::holds_alternative<DrawHatch>(command.what);
    return count;
}

}  // namespace

TEST_CASE("sampling panel: softmax and the cut at 0.9, worked by hand", "[infer][sampling_panel]") {
    // exp(3.4 - 3.4) + exp(2.9 - 3.4) + … = 2.8043; 1 / 2.8043 = 0.3566. The first five words have
    // 0.8779 together, the first six 0.9261.
    PanelAtWork p("infer/sampling");
    p.compute();
    CHECK_THAT(fact(p, "largest"), WithinAbs(0.3566, 1e-4));
    CHECK(fact(p, "kept") == 6);
    CHECK_THAT(fact(p, "kept_share"), WithinAbs(0.9261, 1e-4));
    CHECK_THAT(fact(p, "largest_drawn"), WithinAbs(0.3566 / 0.9261, 1e-4));
    //: six words are hatched, and the sample in the legend
    CHECK(hatches(p.draw(p.view())) == 7);
}

TEST_CASE("sampling panel: the share that top-p is compared with is that of what top-k left",
          "[infer][sampling_panel]") {
    // Of 0.3566 + 0.2163 + 0.1602 = 0.7332 the first two have 0.7814, so top-p 0.78 keeps two
    // where without top-k it keeps four (0.8127).
    PanelAtWork p("infer/sampling");
    p.knobs.set("top_p", "0.78");
    p.compute();
    CHECK(fact(p, "kept") == 4);
    p.knobs.set("top_k", "3");
    p.compute();
    CHECK(fact(p, "kept") == 2);
    CHECK_THAT(p.trace()["share"].flat()[1], WithinAbs(0.7814, 1e-4));
    CHECK(p.trace()["share"].flat()[3] == 0);
}

TEST_CASE("sampling panel: temperature", "[infer][sampling_panel]") {
    PanelAtWork p("infer/sampling");
    p.knobs.set("top_p", "1");
    p.knobs.set("temperature", "0.5");
    p.compute();
    CHECK_THAT(fact(p, "largest"), WithinAbs(0.5932, 1e-4));
    CHECK_THAT(fact(p, "entropy"), WithinAbs(1.6947, 1e-3));
    p.knobs.set("temperature", "0");
    p.compute();
    CHECK(fact(p, "largest") == 1);
    CHECK(fact(p, "different") == 1);
    CHECK(fact(p, "token") == 1);
    for (const char* draw : {"2", "3", "17"}) {
        p.knobs.set("draw", draw);
        p.compute();
        CHECK(fact(p, "token") == 1);
    }
}

TEST_CASE("sampling panel: many draws come near the probabilities", "[infer][sampling_panel]") {
    PanelAtWork p("infer/sampling");
    p.knobs.set("draws", "10000");
    p.compute();
    const Tensor &counts = p.trace()["counts"], &drawn = p.trace()["drawn"];
    double sum = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) {
        sum += double(counts.flat()[i]);
        // Five standard deviations of a share of 10,000 draws are at most 0.025
        CHECK_THAT(double(counts.flat()[i]) / 10000, WithinAbs(double(drawn.flat()[i]), 0.025));
        if (drawn.flat()[i] == 0) CHECK(counts.flat()[i] == 0);
    }
    CHECK(sum == 10000);
}

TEST_CASE("sampling panel: the draw shown is one of those counted, and the same each time",
          "[infer][sampling_panel]") {
    PanelAtWork p("infer/sampling");
    std::vector<double> counted(12, 0);
    for (int n = 1; n <= 100; ++n) {
        p.knobs.set("draws", "100");
        p.knobs.set("draw", std::to_string(n));
        p.compute();
        ++counted[std::size_t(fact(p, "token")) - 1];
    }
    for (std::size_t i = 0; i < 12; ++i) CHECK(p.trace()["counts"].flat()[i] == counted[i]);
    const double u = fact(p, "u");
    p.knobs.set_seed(2);
    p.compute();
    CHECK(fact(p, "u") != u);
    p.knobs.set_seed(1);
    p.compute();
    CHECK(fact(p, "u") == u);
}

TEST_CASE("sampling panel: every knob at every size", "[infer][sampling_panel][layout]") {
    using Values = std::vector<std::pair<std::string, std::string>>;
    for (const Values& values :
         {Values{}, Values{{"temperature", "0"}}, Values{{"temperature", "4"}, {"top_p", "1"}},
          Values{{"top_k", "1"}}, Values{{"top_k", "3"}, {"top_p", "0"}}})
        for (const Size size : {Size{640, 400}, Size{880, 400}, Size{1340, 820}})
            for (const Language language : {Language::english, Language::chinese})
                for (const double t : {0.0, 1.0, 2.0, 3.5, 4.5, 5.0}) {
                    PanelAtWork p("infer/sampling");
                    for (const auto& [name, value] : values) p.knobs.set(name, value);
                    p.compute();
                    View view = p.view();
                    view.size = size, view.language = language, view.t = t;
                    CAPTURE(values.size(), size.w, code(language), t);
                    CHECK(test::layout_problems(p.draw(view)) == std::vector<std::string>{});
                }
}

TEST_CASE("sampling panel: a score is dragged where it stands", "[infer][sampling_panel]") {
    PanelAtWork p("infer/sampling");
    p.compute();
    const Canvas c = p.draw(p.view());
    std::size_t found = 0;
    for (const Region& region : c.regions())
        if (region.id.starts_with("logits.")) {
            const Selection cell = cell_at(region, region.box.centre());
            CHECK(cell.row == 0);
            CHECK(cell.col == region.target.col);
            CHECK(region.edit == "logits");
            ++found;
        }
    CHECK(found == 12);
    // As the picture writes it: row 0, column 3
    p.knobs.set("edits", "logits.0.3=9");
    p.compute();
    CHECK(p.trace()["logits"].flat()[3] == 9);
    CHECK(p.trace()["order"].flat()[0] == 3);
}

TEST_CASE("sampling panel: logits of another size, from elsewhere", "[infer][sampling_panel]") {
    for (const std::size_t V : {std::size_t(1), std::size_t(3), std::size_t(5000)}) {
        PanelAtWork p("infer/sampling");
        Tensor logits({V});
        for (std::size_t i = 0; i < V; ++i) logits.flat()[i] = float(i % 7);
        p.given["logits"] = logits;
        p.compute();
        CHECK(test::layout_problems(p.draw(p.view())) == std::vector<std::string>{});
    }
}

TEST_CASE("sampling panel: one scale for every probability, whatever the temperature",
          "[infer][sampling_panel]") {
    // “mat” has 0.3566 of the probability at temperature 1 and 0.1662 at 3; cut at 0.9 its share of
    // what is left is 0.3566 / 0.9261. Lengths stand in the same proportions.
    const auto bars_of_mat = [](const char* temperature) {
        PanelAtWork p("infer/sampling");
        p.knobs.set("temperature", temperature);
        p.compute();
        View view = p.view();
        view.t = 5;
        const Canvas c = p.draw(view);
        const Color color = c.theme().value;
        std::vector<Rect> first;  // of the topmost row, from left to right
        for (const Command& command : c.commands())
            if (const auto* r = std::get_if<DrawRect>(&command.what); r && r->fill == color) {
                if (first.empty() || r->box.y < first[0].y - 1)
                    first.assign(1, r->box);
                else if (r->box.y < first[0].y + 1)
                    first.push_back(r->box);
            }
        std::sort(first.begin(), first.end(),
                  [](const Rect& a, const Rect& b) { return a.x < b.x; });
        return first;
    };
    const auto one = bars_of_mat("1"), three = bars_of_mat("3");
    REQUIRE(one.size() >= 3);  // probability, top-p, after the cut
    REQUIRE(three.size() >= 3);
    CHECK_THAT(double(one[2].w / one[0].w), WithinAbs(1 / 0.9261, 0.005));
    CHECK_THAT(double(three[0].w / one[0].w), WithinAbs(0.1662 / 0.3566, 0.005));
}

TEST_CASE("sampling panel: what is still to come has no heading", "[infer][sampling_panel]") {
    // Bars of the share grow from 2 to 3, those after the cut and of the draw from 3 to 4; the number
    // is drawn at 4, and counted are the draws at 5.
    PanelAtWork p("infer/sampling");
    p.compute();
    View view = p.view();
    const auto says = [&](double t, const char* text) {
        view.t = t;
        const auto all = test::texts_on(p.draw(view));
        return std::any_of(all.begin(), all.end(), [&](const std::string& said) {
            return said.find(text) != std::string::npos;
        });
    };
    CHECK(says(1, "Probability"));
    for (const auto& [text, before, from] : {std::tuple{"Top-p", 2.0, 2.5},
                                             {"After the cut", 3.0, 3.5},
                                             {"The draw", 3.0, 3.5},
                                             {"before the cut", 3.0, 3.5},
                                             {"random number", 3.9, 4.0},
                                             {"where it is cut", 2.0, 2.5},
                                             {"cut away", 2.9, 3.0},
                                             {"in 1000 draws", 4.9, 5.0}}) {
        CAPTURE(text);
        CHECK(!says(before, text));
        CHECK(says(from, text));
    }
    //: the cuts that are on give the column its name
    CHECK(!says(5, "Top-k"));
    p.knobs.set("top_k", "3");
    p.compute();
    view = p.view();
    CHECK(says(5, "Top-k, top-p"));
}

TEST_CASE("sampling panel: what is hidden leaves its room to the rest", "[infer][sampling_panel]") {
    PanelAtWork p("infer/sampling");
    p.compute();
    View view = p.view();
    view.t = 5;
    const auto width_of = [&](const char* id) {
        const Canvas c = p.draw(view);
        for (const Region& region : c.regions())
            if (region.id == id) return region.box.w;
        return 0.0f;
    };
    const float all = width_of("drawn.0");
    view.hidden = {"share", "running"};
    CHECK(width_of("share.0") == 0);
    CHECK(width_of("drawn.0") > all * 1.2f);
}
