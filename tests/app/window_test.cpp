#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <map>
#include <set>

#include "core/base/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/layout.hpp"
#include "tests/support/robot.hpp"
#include "viz/app/catalogue.hpp"
#include "viz/app/frame_times.hpp"
#include "viz/kit/fonts.hpp"
#include "viz/kit/registry.hpp"

using namespace orrery;
using namespace orrery::viz;
using test::Robot;

namespace {

std::vector<std::string> drawn() {
    std::vector<std::string> ids;
    for (const auto& panel : panels())
        if (panel.make().draw) ids.emplace_back(panel.id);
    return ids;
}

long resident_kilobytes() {
    std::ifstream status("/proc/self/status");
    std::string line;
    while (std::getline(status, line))
        if (line.starts_with("VmRSS:")) return std::stol(line.substr(6));
    return 0;
}

}  // namespace

TEST_CASE("window: every region that can be pressed is pressed, and nothing breaks",
          "[app][window][robot]") {
    std::vector<std::string> links = drawn();
    links.push_back("");
    for (const std::string& link : links) {
        INFO("open " << (link.empty() ? "home" : link));
        Robot robot(link);
        std::set<std::string> done;
        std::map<std::string, int> alike;  // points of a plot, rows of a list: two of them will do
        const auto kind_of = [](std::string id) {
            std::erase_if(id, [](char c) { return c >= '0' && c <= '9'; });
            return id;
        };
        for (int round = 0; round < 400; ++round) {
            robot.frame();
            std::string next;
            for (const Region& r : robot.controls.regions())
                // The large field hides the rest until it is done with.
                if (!r.id.empty() && !r.action.empty() && !done.count(r.id) &&
                    (!robot.session.editor || r.id.find("editor.") != std::string::npos) &&
                    alike[kind_of(r.id)] < 2 && r.action.find("export") == std::string::npos &&
                    r.action != "run" && r.action != "toggle-run" &&
                    !(r.id.starts_with("plot.") && done.count("plot." + r.action.substr(0, 4)))) {
                    next = r.id;
                    break;
                }
            if (next.empty() && robot.session.editor) {
                robot.session.act("editor-cancel");
                continue;
            }
            if (next.empty()) break;
            done.insert(next);
            // Of a curve's many points one is enough.
            if (next.starts_with("plot."))
                done.insert("plot." + robot.controls.find(next)->action.substr(0, 4));
            INFO("press " << next);
            REQUIRE(robot.click(next));
            // Stay on this picture: whatever led away is walked back from.
            if (robot.session.component() != link) robot.go(link);
            robot.session.presenting = false;
        }
        CHECK(done.size() > 10);
        for (const Note& note : robot.session.notes) CHECK_FALSE(note.text.empty());
    }
}

TEST_CASE("window: ids of regions are unique in a frame", "[app][window]") {
    for (const std::string& link : drawn()) {
        Robot robot(link);
        for (const char* tab : {"lesson", "maths", "code", "values", "quiz"}) {
            robot.session.act(std::string("tab ") + tab);
            std::set<std::string> seen;
            const Canvas canvas = robot.frame();
            for (const Region& r : canvas.regions()) {
                if (r.kind == Region::Kind::hover || r.kind == Region::Kind::cells) continue;
                INFO(link << " " << tab << ": " << r.id);
                CHECK(seen.insert(r.id).second);
            }
        }
    }
}

TEST_CASE("window: text keeps apart, inside, large enough, and in glyphs there are",
          "[app][window][layout]") {
    const Size size = GENERATE(Size{1024, 640}, Size{1280, 720}, Size{1920, 1080});
    const bool dark = GENERATE(true, false);
    const bool chinese = GENERATE(false, true);
    std::vector<std::string> links = drawn();
    links.push_back("");
    for (const std::string& link : links) {
        Robot robot(link);
        robot.size = size;
        robot.session.act(dark ? "theme dark" : "theme light");
        robot.session.act(chinese ? "language zh" : "language en");
        robot.session.notes.clear();
        std::vector<std::string> tabs{"lesson"};
        if (!link.empty()) tabs = {"lesson", "maths", "code", "values", "quiz"};
        for (const std::string& tab : tabs) {
            if (!link.empty()) robot.session.act("tab " + tab);
            const Canvas canvas = robot.frame();
            for (const std::string& problem : test::layout_problems(canvas))
                FAIL_CHECK((link.empty() ? "home" : link)
                           << " " << tab << " " << size.w << "x" << size.h
                           << (dark ? " dark" : " light") << (chinese ? " zh" : " en") << ": "
                           << problem);
        }
    }
}

TEST_CASE("window: any size is drawn, however small or large", "[app][window]") {
    Robot robot("norm/layer_norm");
    for (const Size size : {Size{300, 200}, Size{1, 1}, Size{480, 320}, Size{600, 200},
                            Size{479, 900}, Size{3840, 2160}}) {
        robot.size = size;
        INFO(size.w << "x" << size.h);
        CHECK_NOTHROW(robot.frame());
        robot.session.act("present");
        CHECK_NOTHROW(robot.frame());
        robot.session.act("present");
    }
    robot.size = {300, 200};
    CHECK_THAT(test::text_of(robot.frame()), ContainsSubstring("larger"));
}

TEST_CASE("window: one that lacks room is drawn smaller, never larger than wanted",
          "[app][window]") {
    CHECK(fitting_scale(1, {480, 320}) == 1.0f);
    CHECK(fitting_scale(1, {1920, 1080}) == 1.0f);
    CHECK(fitting_scale(1, {240, 1080}) == 0.5f);
    CHECK(fitting_scale(2, {1200, 320}) == 1.0f);  // the height has room for 1
    CHECK(fitting_scale(1.75f, {840, 560}) == 1.75f);
    CHECK(fitting_scale(1, {48, 32}) == 0.25f);  // as small as it gets
}

TEST_CASE("window: on a phone a picture is laid out with room and drawn smaller", "[app][window]") {
    for (const std::string link : {"attention/scaled_dot_product", "norm/layer_norm"}) {
        Robot robot(link);
        robot.session.act("last");
        robot.size = {480, 900};
        std::vector<std::string> overlaps;
        for (const std::string& problem : test::layout_problems(robot.frame()))
            if (problem.find("small") == std::string::npos) overlaps.push_back(problem);
        CAPTURE(link);
        CHECK(overlaps == std::vector<std::string>{});
        const Region* picture = robot.controls.find("picture");
        REQUIRE(picture);
        for (const Region& r : robot.controls.regions())
            if (r.kind == Region::Kind::cells) {
                CHECK(r.box.x >= picture->box.x);
                CHECK(r.box.right() <= picture->box.right());
            }
    }
}

TEST_CASE("window: presenting steps with Space and PageDown and shows no chrome", "[app][window]") {
    Robot robot("norm/layer_norm");
    robot.session.act("first");
    robot.controls.key("F5");
    REQUIRE(robot.session.presenting);
    CHECK_FALSE(robot.has("top.search"));
    robot.controls.key("PageDown");
    CHECK(robot.session.motion().t == 1);
    robot.controls.key("PageUp");
    CHECK(robot.session.motion().t == 0);
    robot.controls.key("Escape");
    CHECK_FALSE(robot.session.presenting);
}

TEST_CASE("window: the search box finds in both languages", "[app][window]") {
    Robot robot("");
    for (const char* word : {"layernorm", "层归一化"}) {
        robot.controls.key("Ctrl+K");
        robot.frame();
        robot.controls.type(word);
        robot.frame();
        INFO(word);
        REQUIRE(robot.has("palette.result.0"));
        robot.controls.commit(word);
        robot.session.settle();
        CHECK(robot.session.component() == "norm/layer_norm");
        robot.go("");
    }
}

TEST_CASE("window: ten thousand frames do not grow", "[app][window][slow]") {
#if defined(__SANITIZE_ADDRESS__)
    SKIP("the sanitizer keeps what was freed, so that the process grows");
#endif
    Robot robot("norm/layer_norm");
    const auto run = [&](int frames) {
        for (int i = 0; i < frames; ++i) {
            const double a = i * 0.11;
            robot.controls.move(
                {float(640 + 600 * std::sin(a)), float(360 + 330 * std::sin(1.7 * a))});
            if (i % 40 == 0) robot.session.act(i % 80 ? "toggle-theme" : "toggle-language");
            if (i % 25 == 0) robot.session.act("slide-t " + std::to_string((i % 100) / 100.0));
            if (i % 1000 == 500)
                robot.session.act("tab " + std::string(i % 2000 == 500 ? "values" : "maths"));
            robot.frame();
        }
    };
    run(1000);
    const long before = resident_kilobytes();
    run(10000);
    const long after = resident_kilobytes();
    INFO(before << " kB before, " << after << " kB after");
    CHECK(after - before < 4096);
}

TEST_CASE("window: frames are built within the budget", "[app][window][speed]") {
    const FrameRun run = measure_frames("norm/layer_norm", 400, false);
    INFO("median " << run.times.percentile(50) << " ms, 99th percentile "
                   << run.times.percentile(99) << " ms, first picture " << run.first_picture
                   << " s");
    // The budget is 4 ms; a busy machine is given room here, `orrery bench` measures it.
    CHECK(run.times.percentile(50) < 8);
    CHECK(run.first_picture < 1);
}

TEST_CASE("window: what is typed into a field is taken with Enter, and left alone with Escape",
          "[app][window]") {
    Robot robot("attention/scaled_dot_product");
    REQUIRE(robot.click("text"));
    robot.frame();
    REQUIRE(robot.controls.text_field());
    robot.controls.type("a dog ran");
    robot.frame();
    robot.controls.step_aside();
    CHECK(robot.session.workspace().text != "a dog ran");
    REQUIRE(robot.click("text"));
    robot.frame();
    robot.controls.type("a dog ran");
    robot.frame();
    robot.controls.commit("a dog ran");
    robot.session.settle();
    CHECK(robot.session.workspace().text == "a dog ran");
    CHECK(robot.session.own_text());
    REQUIRE(robot.click("text.default"));
    CHECK_FALSE(robot.session.own_text());
}

TEST_CASE("window: until keeps its text, says what it waits for, and what was wrong in it",
          "[app][window][until]") {
    Robot robot("model/trainer");
    const auto enter = [&](const std::string& text) {
        robot.session.act("focus transport.until");
        robot.frame();
        robot.controls.type(text);
        robot.controls.commit(text);
    };
    enter("loss < 0.001");
    CHECK(robot.session.until().scalar == "loss");
    robot.session.tick(robot.clock += 0.05);
    const std::string shown = test::text_of(robot.frame());
    CHECK_THAT(shown, ContainsSubstring("waits for loss < 0.001"));
    CHECK_THAT(shown, ContainsSubstring("loss < 0.001\n"));
    robot.session.act("stop");
    robot.session.notes.clear();
    enter("los less than 2");
    CHECK_THAT(test::text_of(robot.frame()), ContainsSubstring("is not understood"));
    CHECK(robot.session.notes.empty());
    enter("grud < 2");
    CHECK_THAT(test::text_of(robot.frame()), ContainsSubstring("records no “grud”"));
    enter("step 0");
    CHECK_THAT(test::text_of(robot.frame()), ContainsSubstring("That step is past"));
    enter("step 5");
    CHECK_THAT(test::text_of(robot.frame()), !ContainsSubstring("That step is past"));
    robot.session.settle();
    CHECK(robot.session.shown().step == 5);
    CHECK_THROWS_AS(robot.session.act_strictly("until what"), ValueError);
}

TEST_CASE("window: high contrast reaches every canvas", "[app][window]") {
    Robot robot("norm/layer_norm");
    robot.session.act("high-contrast on");
    for (const bool dark : {true, false}) {
        robot.session.act(dark ? "theme dark" : "theme light");
        const Canvas canvas = robot.frame();
        CHECK(&canvas.theme() == &theme(dark, true));
        //: also the picture inside it: no letter in the quieter colour of the plain theme
        for (const auto& command : canvas.commands())
            if (const auto* text = std::get_if<DrawText>(&command.what))
                CHECK_FALSE(text->style.color == theme(dark, false).text_quiet);
    }
    robot.session.act("toggle-high-contrast");
    CHECK(&robot.frame().theme() == &theme(false, false));
}

TEST_CASE("window: what is pressed is at least 28 points each way", "[app][window]") {
    std::vector<std::string> links{"", "norm/layer_norm?rows=2&eps=0.5", "model/trainer"};
    for (const std::string& link : links)
        for (const Size size : {Size{1024, 640}, Size{1280, 720}}) {
            Robot robot(link);
            robot.size = size;
            robot.session.act("pin");
            for (const char* tab : {"lesson", "maths", "code", "values", "quiz"}) {
                robot.session.act(std::string("tab ") + tab);
                const Canvas canvas = robot.frame();
                const Rect picture = window_layout(robot.session, size).picture;
                for (const Region& r : canvas.regions()) {
                    if (r.kind != Region::Kind::button && r.kind != Region::Kind::text &&
                        r.kind != Region::Kind::slider)
                        continue;
                    if (picture.contains(r.box.centre()) || r.id.starts_with("plot.")) continue;
                    // What scrolls may be cut off by its pane; a link in a sentence is as high as
                    // its line.
                    const auto at_edge = [&](const Region& pane) {
                        return pane.kind == Region::Kind::scroll &&
                               pane.box.contains(r.box.centre()) &&
                               (r.box.bottom() >= pane.box.bottom() - 1 ||
                                r.box.y <= pane.box.y + 1);
                    };
                    if (std::any_of(canvas.regions().begin(), canvas.regions().end(), at_edge))
                        continue;
                    if (r.id.starts_with("link.")) continue;
                    INFO(link << " " << tab << ": " << r.id << " " << r.box.w << "x" << r.box.h);
                    CHECK(r.box.h >= 28);
                    CHECK((r.kind == Region::Kind::slider || r.box.w >= 28));
                }
            }
        }
}
