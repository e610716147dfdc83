// A pinned state beside the one on show, and their difference
#include "viz/app/compare.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/support/catch.hpp"
#include "tests/support/layout.hpp"
#include "tests/support/robot.hpp"
#include "viz/app/export.hpp"
#include "viz/app/shot.hpp"
#include "viz/kit/registry.hpp"

using namespace orrery;
using namespace orrery::viz;
using test::Robot;

namespace {

const Region* cells_of(const Robot& robot, const std::string& begins, const std::string& tensor) {
    for (const Region& r : robot.controls.regions())
        if (r.kind == Region::Kind::cells && r.id.starts_with(begins) && r.target.tensor == tensor)
            return &r;
    return nullptr;
}

Tensor row(std::initializer_list<float> values) {
    Tensor t({1, values.size()});
    std::copy(values.begin(), values.end(), t.flat().begin());
    return t;
}

}  // namespace

TEST_CASE("compare: the difference is B − A, by hand", "[app][compare]") {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    Trace a, b;
    a.add("x", row({1, 2, 3})), b.add("x", row({4, 2, -1}));
    a.add("same", row({5, nan})), b.add("same", row({5, nan}));
    a.add("wide", row({1, 2})), b.add("wide", row({1, 2, 3}));
    a.add("gone", row({1})), b.add("new", row({1}));
    a.add("broken", row({nan, 1})), b.add("broken", row({1, 1}));
    const Difference d = difference_of(a, b);
    REQUIRE(d.trace.entries().size() == 2);
    CHECK(d.trace["x"].flat()[0] == 3);
    CHECK(d.trace["x"].flat()[1] == 0);
    CHECK(d.trace["x"].flat()[2] == -4);
    CHECK(std::isnan(d.trace["broken"].flat()[0]));
    CHECK(d.trace["broken"].flat()[1] == 0);
    CHECK(d.alike == std::vector<std::string>{"same"});
    CHECK(d.apart == std::vector<std::string>{"wide", "new", "gone"});
}

TEST_CASE("compare: ids that differ have no difference", "[app][compare]") {
    Trace a, b;
    a.add("ids", row({7, 8}), "", Kind::index), b.add("ids", row({7, 300}), "", Kind::index);
    a.add("kept", row({7, 8}), "", Kind::index), b.add("kept", row({7, 8}), "", Kind::index);
    const Difference d = difference_of(a, b);
    CHECK(d.trace.entries().empty());
    CHECK(d.apart == std::vector<std::string>{"ids"});
    CHECK(d.alike == std::vector<std::string>{"kept"});
}

TEST_CASE("compare: nothing differs from itself", "[app][compare]") {
    for (const auto& panel : panels()) {
        Robot robot{std::string(panel.id)};
        if (!robot.session.shown().trace) continue;
        INFO(panel.id);
        robot.session.act("pin");
        robot.session.act("compare difference");
        REQUIRE(robot.session.difference());
        CHECK(robot.session.difference()->trace.entries().empty());
        CHECK(robot.session.difference()->apart.empty());
        CHECK(changes(robot.session).empty());
    }
}

TEST_CASE("compare: P pins, D goes through the choices, Escape and P let go", "[app][compare]") {
    Robot robot("norm/layer_norm");
    robot.frame();
    CHECK_FALSE(robot.has("compare.unpin"));
    robot.controls.key("P");
    REQUIRE(robot.session.pinned());
    CHECK(robot.session.compare().empty());
    CHECK(robot.has("compare.unpin"));
    robot.controls.key("D");
    CHECK(robot.session.compare() == "side");
    robot.controls.key("D");
    CHECK(robot.session.compare() == "difference");
    robot.controls.key("D");
    CHECK(robot.session.compare().empty());
    CHECK(robot.session.pinned());
    robot.controls.key("Escape");
    CHECK_FALSE(robot.session.pinned());
    //: D without a pin makes one, and one step back takes both away
    robot.controls.key("D");
    CHECK(robot.session.pinned());
    CHECK(robot.session.compare() == "side");
    robot.session.act("undo");
    CHECK_FALSE(robot.session.pinned());
    CHECK(robot.session.compare().empty());
    robot.session.act("redo");
    CHECK(robot.session.pinned());
    CHECK(robot.session.compare() == "side");
    robot.controls.key("P");
    CHECK_FALSE(robot.session.pinned());
    REQUIRE(robot.click("centre.compare"));
    CHECK(robot.session.compare() == "side");
    REQUIRE(robot.click("compare.difference"));
    CHECK(robot.session.compare() == "difference");
    REQUIRE(robot.click("compare.unpin"));
    CHECK_FALSE(robot.session.pinned());
    CHECK_FALSE(robot.session.act("compare sideways"));
}

TEST_CASE("compare: what to do is said until it is done", "[app][compare]") {
    Robot robot("attention/scaled_dot_product?lang=en");
    robot.session.act("pin");
    CHECK_THAT(test::text_of(robot.frame()), ContainsSubstring("Change something: that is B."));
    robot.session.act("set causal true");
    robot.session.settle();
    CHECK_THAT(test::text_of(robot.frame()), !ContainsSubstring("that is B."));
}

TEST_CASE("compare: a link brings A and B back", "[app][compare][link]") {
    Robot robot("attention/scaled_dot_product?text=the cat sat&seed=3");
    robot.session.act("pin");
    robot.session.act("seed 4");
    robot.session.act("compare difference");
    robot.session.settle();
    const std::string link = robot.session.link_text();
    REQUIRE(robot.session.difference());
    Robot again(link);
    CHECK(again.session.link_text() == link);
    REQUIRE(again.session.pinned());
    REQUIRE(again.session.pinned()->shown.trace);
    REQUIRE(again.session.difference());
    const auto &one = robot.session.difference()->trace.entries(),
               &two = again.session.difference()->trace.entries();
    REQUIRE(one.size() == two.size());
    REQUIRE_FALSE(one.empty());
    for (std::size_t i = 0; i < one.size(); ++i) {
        CHECK(one[i].name == two[i].name);
        CHECK(std::equal(one[i].tensor.flat().begin(), one[i].tensor.flat().end(),
                         two[i].tensor.flat().begin()));
    }
    const auto what = changes(again.session);
    REQUIRE(what.size() == 1);
    CHECK(what[0].a == "3");
    CHECK(what[0].b == "4");
    CHECK_THAT(describe(again.session), ContainsSubstring("3 → 4"));
    //: what does not belong is said and left out
    Robot odd("norm/layer_norm?pin=attention/scaled_dot_product&compare=side");
    CHECK_FALSE(odd.session.pinned());
    CHECK(odd.session.notes.size() >= 1);
    Robot worse("norm/layer_norm?pin=norm/layer_norm%3Frows%3Dx%26step%3D-1%26t%3Dnan&compare=up");
    CHECK_NOTHROW(worse.frame());
}

TEST_CASE("compare: training steps, back from a link", "[app][compare][link]") {
    Robot robot("model/trainer?step=3");
    REQUIRE(robot.session.shown().trace);
    robot.session.act("pin");
    robot.session.act("step 5");
    robot.session.settle();
    robot.session.act("compare side");
    const std::string link = robot.session.link_text();
    Robot again(link);
    REQUIRE(again.session.pinned());
    CHECK(again.session.pinned()->shown.step == 3);
    CHECK(again.session.shown().step == 5);
    const auto what = changes(again.session);
    REQUIRE(what.size() == 1);
    CHECK(what[0].a == "3");
    CHECK(what[0].b == "5");
}

TEST_CASE("compare: a cell hovered or locked in one is the cell of both", "[app][compare]") {
    Robot robot("attention/scaled_dot_product");
    robot.session.act("last");
    robot.session.act("pin");
    robot.session.act("seed 9");
    robot.session.act("compare side");
    robot.session.settle();
    robot.frame();
    const std::string tensor = "k";
    const Region* a = cells_of(robot, "a.", tensor);
    const Region* b = cells_of(robot, "", tensor);
    REQUIRE(a);
    REQUIRE(b);
    CHECK(a->rows == b->rows);
    const Point in_a = a->box.centre();
    robot.controls.move(in_a);
    const Selection from_a = robot.session.hover;
    CHECK(from_a.tensor == tensor);
    CHECK(robot.session.pinned_view({600, 400}).hover == from_a);
    CHECK(robot.session.view({600, 400}).hover == from_a);
    //: the tooltip says both values and their difference
    const double was = cell_value((*robot.session.pinned()->shown.trace)[tensor], from_a),
                 is = cell_value((*robot.session.shown().trace)[tensor], from_a);
    CHECK(was != is);
    CHECK_THAT(test::text_of(robot.frame()), ContainsSubstring("B − A"));
    robot.controls.press(in_a), robot.controls.release(in_a);
    CHECK(robot.session.lock == from_a);
    //: what is A's only tells: nothing there can change B
    for (const Region& r : robot.controls.regions())
        if (r.id.starts_with("a.")) CHECK(r.action.empty());
}

TEST_CASE("compare: a cell that A does not have is not selected in A", "[app][compare]") {
    Robot robot("norm/layer_norm?rows=2");
    robot.session.act("pin");
    robot.session.act("set rows 4");
    robot.session.settle();
    robot.session.act("compare side");
    const Trace& b = *robot.session.shown().trace;
    std::string tall;
    for (const Entry& e : b.entries())
        if (e.tensor.rank() == 2 && e.tensor.dim(0) == 4) tall = e.name;
    REQUIRE_FALSE(tall.empty());
    robot.session.act("hover " + tall + ":r3:c0");
    CHECK(robot.session.pinned_view({600, 400}).hover.empty());
    CHECK_FALSE(robot.session.view({600, 400}).hover.empty());
    CHECK_NOTHROW(robot.frame());
    robot.session.act("compare difference");
    REQUIRE(robot.session.difference());
    CHECK_FALSE(robot.session.difference()->apart.empty());
    CHECK_NOTHROW(robot.frame());
}

TEST_CASE("compare: the words keep apart in every size, theme and language",
          "[app][compare][layout]") {
    const Size size = GENERATE(Size{1024, 640}, Size{1280, 720}, Size{1920, 1080});
    const bool chinese = GENERATE(false, true);
    const std::string how = GENERATE("off", "difference");
    for (const std::string link : {"norm/layer_norm", "attention/scaled_dot_product"}) {
        Robot robot(link);
        robot.size = size;
        robot.session.act(chinese ? "language zh" : "language en");
        robot.session.act("pin");
        robot.session.act("seed 9");
        robot.session.act("compare " + how);
        robot.session.settle();
        robot.session.notes.clear();
        for (const std::string& problem : test::layout_problems(robot.frame()))
            FAIL_CHECK(link << " " << how << " " << size.w << (chinese ? " zh " : " en ")
                            << problem);
    }
}

TEST_CASE("compare: every panel with a picture is drawn beside itself", "[app][compare][panels]") {
    for (const auto& panel : panels()) {
        if (!panel.make().draw) continue;
        INFO(panel.id);
        Robot robot{std::string(panel.id)};
        robot.session.act("compare side");
        robot.session.act("restart-new-seed");
        robot.session.settle();
        for (const Size size : {Size{1280, 720}, Size{1024, 640}, Size{560, 700}}) {
            robot.size = size;
            CHECK_NOTHROW(robot.frame());
        }
        robot.session.act("compare difference");
        CHECK_NOTHROW(robot.frame());
        CHECK_FALSE(describe(robot.session).empty());
    }
}
