// How a matrix is looked at, and numbers changed in it: by mouse, by keys, in the link, undone
#include <cmath>

#include "tests/support/catch.hpp"
#include "tests/support/layout.hpp"
#include "tests/support/robot.hpp"
#include "viz/app/export.hpp"

using namespace orrery;
using namespace orrery::viz;
using orrery::test::Robot;

namespace {

constexpr const char* attention = "attention/scaled_dot_product";

const Tensor& tensor(const Robot& robot, std::string_view name) {
    return (*robot.session.shown().trace)[name];
}

Point middle_of(const Region& cells, int row, int col) {
    const auto rows = float(cells.rows), cols = float(cells.cols);
    const auto i = float(cells.transposed ? col : row), j = float(cells.transposed ? row : col);
    return {cells.box.x + (j + 0.5f) * cells.box.w / cols,
            cells.box.y + (i + 0.5f) * cells.box.h / rows};
}

void drag(Robot& robot, Point from, Point to) {
    robot.controls.move(from);
    robot.controls.press(from);
    for (int i = 1; i <= 4; ++i)
        robot.controls.move(
            {from.x + (to.x - from.x) * float(i) / 4, from.y + (to.y - from.y) * float(i) / 4});
    robot.controls.release(to);
    robot.session.settle();
}

}  // namespace

TEST_CASE("lens: the bar opens the histogram, and its buttons are in the link and undone",
          "[app][lens]") {
    Robot robot(attention);
    REQUIRE(robot.click("lens.weights"));
    REQUIRE(robot.has("look.weights.low"));
    const std::string before = robot.session.link_text();
    REQUIRE(robot.click("look.weights.norm.log"));
    REQUIRE(robot.click("look.weights.map.viridis"));
    const std::string after = robot.session.link_text();
    CHECK(after != before);
    CHECK(robot.session.lenses.at("weights").norm == "log");
    CHECK(robot.session.lenses.at("weights").map == "viridis");
    Robot other(after);
    CHECK(other.session.link_text() == after);
    CHECK(other.session.lenses.at("weights").map == "viridis");
    robot.session.act("undo");
    CHECK(robot.session.lenses.at("weights").map.empty());
    robot.session.act("undo");
    CHECK(robot.session.link_text() == before);
    robot.session.act("redo"), robot.session.act("redo");
    CHECK(robot.session.link_text() == after);
    REQUIRE(robot.click("look.weights.reset"));
    CHECK(robot.session.lenses.empty());
}

TEST_CASE("lens: an end of the range is dragged, and the title of the weights says so",
          "[app][lens]") {
    Robot robot(attention);
    CHECK(test::text_of(robot.frame()).find("colours 0 …") == std::string::npos);
    REQUIRE(robot.click("lens.weights"));
    robot.frame();
    const Region* high = robot.controls.find("look.weights.high");
    REQUIRE(high);
    const Point at = high->box.centre();
    drag(robot, at, {at.x - 100, at.y});
    REQUIRE(robot.session.lenses.count("weights") == 1);
    const Lens lens = robot.session.lenses.at("weights");
    CHECK(lens.low == 0.0f);
    CHECK(lens.high > 0.2f);
    CHECK(lens.high < 0.8f);
    CHECK(test::text_of(robot.frame()).find("colours 0 …") != std::string::npos);
    //: one drag is one step back
    robot.session.act("undo");
    CHECK(robot.session.lenses.empty());
    //: a double click brings the end back
    robot.session.act("redo");
    robot.frame();
    robot.controls.double_click(robot.controls.find("look.weights.high")->box.centre());
    CHECK(robot.session.lenses.empty());
}

TEST_CASE("lens: about zero both ends move together", "[app][lens]") {
    Robot robot(attention);
    robot.session.act("lens q shift both_high 0.5 -3 3 -2 0");
    CHECK(robot.session.lenses.at("q").high == 2.0f);
    CHECK(robot.session.lenses.at("q").low == -2.0f);
    CHECK_FALSE(robot.session.act("lens q norm nonsense"));
    CHECK_FALSE(robot.session.act("lens q map nonsense"));
}

TEST_CASE("lens: every scale and colour map can be read in every size", "[app][lens][layout]") {
    for (const char* norm : {"linear", "log", "per_row", "symmetric"})
        for (const char* map : {"cividis", "viridis", "grey", "diverging", "dots"})
            for (const Size size : {Size{1024, 640}, Size{1280, 720}}) {
                Robot robot(attention);
                robot.size = size;
                robot.session.act(std::string("lens weights norm ") + norm);
                robot.session.act(std::string("lens weights map ") + map);
                robot.session.act("menu lens.weights");
                CAPTURE(norm, map, size.w);
                CHECK(test::layout_problems(robot.frame()) == std::vector<std::string>{});
            }
}

TEST_CASE("edit: a number of Q is dragged, all that follows is computed anew, undone, in the link",
          "[app][edit]") {
    Robot robot(attention);
    robot.frame();
    const Region* cells = robot.controls.find("cells.q");
    REQUIRE(cells);
    const double before = cell_value(tensor(robot, "q"), {"q", -1, -1, 2, 1, -1});
    const Tensor out = tensor(robot, "out"), k = tensor(robot, "k");
    const std::string plain = robot.session.link_text();
    const Point at = middle_of(*cells, 2, 1);
    drag(robot, at, {at.x, at.y - 40});  // ten steps up
    const double now = cell_value(tensor(robot, "q"), {"q", -1, -1, 2, 1, -1});
    CHECK_THAT(now, Catch::Matchers::WithinAbs(before + 1.0, 1e-5));
    //: its own row of the output moves, and only that one: it is a query
    const Tensor& moved = tensor(robot, "moved");
    for (std::size_t i = 0; i < moved.rows(); ++i) CHECK((moved.row(i)[0] != 0) == (i == 2));
    CHECK_FALSE(tensor(robot, "out").same_bits(out));
    CHECK(tensor(robot, "k").same_bits(k));
    CHECK(robot.session.fact("rows_moved").number == 1);
    //: the link carries it
    Robot other(robot.session.link_text());
    CHECK(tensor(other, "out").same_bits(tensor(robot, "out")));
    //: one drag is one step back
    robot.session.act("undo");
    robot.session.settle();
    CHECK(tensor(robot, "out").same_bits(out));
    robot.session.act("redo");
    robot.session.act("reset");
    robot.session.settle();
    CHECK(tensor(robot, "out").same_bits(out));
    CHECK(robot.session.link_text().find("edits") == std::string::npos);
    (void)plain;
}

TEST_CASE("edit: a key that is changed moves every row that sees it", "[app][edit]") {
    Robot robot(std::string(attention) + "?causal=true");
    robot.frame();
    const Region* cells = robot.controls.find("cells.k");
    REQUIRE(cells);
    CHECK(cells->transposed);
    const Point at = middle_of(*cells, 4, 0);
    drag(robot, at, {at.x, at.y - 40});
    CHECK(robot.session.fact("rows_moved").number == 2);
    CHECK(robot.session.fact("first_row_moved").number == 5);
}

TEST_CASE("edit: a locked number is typed, stepped and taken back", "[app][edit]") {
    Robot robot(attention);
    robot.frame();
    const Point at = middle_of(*robot.controls.find("cells.v"), 1, 0);
    const Selection cell{"v", -1, -1, 1, 0, -1};
    const double first = cell_value(tensor(robot, "v"), cell);
    robot.controls.move(at), robot.controls.press(at), robot.controls.release(at);
    REQUIRE(robot.session.lock == cell);
    robot.frame();
    for (const char* key : {"-", "2", ".", "5"}) CHECK(robot.controls.key(key));
    CHECK(test::text_of(robot.frame()).find("-2.5|") != std::string::npos);
    CHECK(robot.session.tab == "lesson");
    robot.controls.key("Enter");
    robot.session.settle();
    CHECK(cell_value(tensor(robot, "v"), cell) == -2.5);
    robot.frame();
    robot.controls.key("Shift+Up");
    robot.session.settle();
    CHECK_THAT(cell_value(tensor(robot, "v"), cell), Catch::Matchers::WithinAbs(-2.4, 1e-6));
    robot.frame();
    robot.controls.key("Delete");
    robot.session.settle();
    CHECK(cell_value(tensor(robot, "v"), cell) == first);
}

TEST_CASE("edit: cells of the mask are painted by a drag, one step back", "[app][edit]") {
    Robot robot(attention);
    robot.frame();
    const Region* mask = robot.controls.find("cells.allowed");
    REQUIRE(mask);
    drag(robot, middle_of(*mask, 0, 1), middle_of(*mask, 0, 5));
    const Tensor allowed = tensor(robot, "allowed");
    for (std::size_t j = 1; j < 6; ++j) CHECK(allowed.flat()[j] == 0.0f);
    CHECK(allowed.flat()[0] == 1.0f);
    CHECK(test::text_of(robot.frame()).find("masked") != std::string::npos);
    robot.session.act("undo");
    robot.session.settle();
    CHECK(robot.session.fact("allowed").number == 36);
}

TEST_CASE("edit: absurd edits are refused in words", "[app][edit]") {
    Robot robot(attention);
    CHECK_FALSE(robot.session.act("edit q"));
    CHECK_FALSE(robot.session.act("edit q 0 0 1 1 fish"));
    CHECK(robot.session.act("edit q 0 0 99 99 1"));  // names no cell: changes nothing
    robot.session.settle();
    CHECK(robot.session.fact("rows_moved").number == 0);
}
