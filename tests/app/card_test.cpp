// A component without a picture says what it is, shows what it computes, and names its command
#include "core/base/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/layout.hpp"
#include "tests/support/robot.hpp"
#include "viz/app/picture.hpp"
#include "viz/app/shot.hpp"
#include "viz/app/shot_command.hpp"
#include "viz/kit/registry.hpp"

using namespace orrery;
using namespace orrery::viz;
using test::Robot;

TEST_CASE("card: no component has an empty pane", "[app][card]") {
    for (const auto& panel : panels()) {
        const Panel made = panel.make();
        if (made.draw) continue;
        for (const Size size : {Size{1024, 640}, Size{1920, 1080}})
            for (const char* language : {"en", "zh"}) {
                INFO(panel.id << " " << size.w << " " << language);
                Robot robot{std::string(panel.id)};
                robot.size = size;
                robot.session.act(std::string("language ") + language);
                robot.session.notes.clear();
                const Canvas canvas = robot.frame();
                const Rect pane = window_layout(robot.session, size).picture;
                std::size_t words = 0, matrices = 0;
                for (const auto& command : canvas.commands()) {
                    const auto* text = std::get_if<DrawText>(&command.what);
                    if (text && pane.contains(text->box.centre())) ++words;
                    const auto* matrix = std::get_if<DrawMatrix>(&command.what);
                    if (matrix && pane.contains(matrix->box.centre())) ++matrices;
                }
                CHECK(words > 4);
                if (made.compute) CHECK(matrices > 0);
                for (const std::string& problem : test::layout_problems(canvas))
                    FAIL_CHECK(problem);
            }
    }
}

TEST_CASE("card: shot and text say what to use instead of an empty picture", "[app][card][cli]") {
    ShotCommand shot;
    shot.out = "/nowhere/x.png";
    std::string id;
    for (const auto& panel : panels())
        if (!panel.make().draw) id = panel.id;
    if (id.empty()) SKIP("every component has a picture");
    shot.link = id;
    CHECK_THROWS_WITH(shot_command(shot), ContainsSubstring("has no picture yet: use `orrery "));
    for (const auto& panel : panels()) {
        if (panel.make().compute) continue;
        TextCommand text;
        text.link = panel.id;
        CHECK_THROWS_WITH(text_command(text), ContainsSubstring("use `orrery "));
    }
}
