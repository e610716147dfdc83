#include "viz/app/session.hpp"

#include <chrono>
#include <cmath>
#include <thread>

#include "core/base/random.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/robot.hpp"
#include "viz/app/action.hpp"
#include "viz/app/catalogue.hpp"
#include "viz/app/slider.hpp"
#include "viz/kit/registry.hpp"

using namespace orrery;
using namespace orrery::viz;
using test::Robot;

namespace {

// A knob changed at random to something its declaration allows.
std::string random_edit(const Knob& knob, Random& random) {
    switch (knob.type) {
        case Knob::Type::integer:
        case Knob::Type::real:
            return "set " + knob.name + " " + slider_value(knob, double(random.uniform()));
        case Knob::Type::toggle:
            return "flip " + knob.name;
        case Knob::Type::choice:
            return "set " + knob.name + " " + knob.choices[random.below(knob.choices.size())];
        case Knob::Type::text:
            break;
    }
    return "";
}

}  // namespace

TEST_CASE("session: an unknown component shows the gallery and a note", "[app][session]") {
    Robot robot("no/such_thing?x=1");
    CHECK(robot.session.panel() == nullptr);
    REQUIRE(robot.session.notes.size() == 1);
    CHECK_THAT(robot.session.notes[0].text, ContainsSubstring("no/such_thing"));
    CHECK_THAT(test::text_of(robot.frame()), ContainsSubstring("no/such_thing"));
}

TEST_CASE("session: unknown names and absurd values in a link are notes, not failures",
          "[app][session]") {
    Robot robot(
        "norm/"
        "layer_norm?rows=999999999&nonsense=1&eps=banana&t=-5&step=x&seed=-1&theme=blue&lang=xx&"
        "view=a:b&sel=::");
    REQUIRE(robot.session.panel());
    CHECK(robot.session.shown().trace);
    CHECK(robot.session.notes.size() >= 3);
}

TEST_CASE("session: no action line can break it", "[app][session]") {
    Robot robot("norm/layer_norm");
    for (const auto& verb : action_verbs())
        for (const char* rest :
             {"", " x", " 1", " -1", " 1e99", " nan", " scores 1 2 3", " a b c d e", " \xff\xfe"}) {
            if (verb.name == "export" || verb.name == "export-tensor")
                continue;  // would write files
            INFO(verb.name << rest);
            robot.session.act(std::string(verb.name) + rest);
            robot.session.settle();
            if (!robot.session.panel()) robot.go("norm/layer_norm");
        }
    CHECK_FALSE(robot.session.act("no-such-verb 1"));
    CHECK_NOTHROW(robot.frame());
}

TEST_CASE("session: every key does something that exists", "[app][session]") {
    for (const KeyBinding& binding : key_bindings()) {
        const auto [verb, rest] = split_word(binding.action);
        bool known = false;
        for (const auto& v : action_verbs()) known = known || v.name == verb;
        INFO(binding.chord << " does " << binding.action);
        CHECK(known);
    }
}

TEST_CASE("session: random edits, undone, give the same state, and redone the other",
          "[app][session][undo]") {
    const auto all = panels();
    for (const auto& panel : all) {
        const auto open = open_panel(panel.id);
        if (!open->panel.compute || open->declaration.make_job()) continue;
        INFO(panel.id);
        Robot robot{std::string(panel.id)};
        Random random(7, panel.id);
        const auto& knobs = open->declaration.knobs();
        if (knobs.empty()) continue;
        const std::string before = robot.session.link_text();
        for (int i = 0; i < 12; ++i)
            if (const auto edit = random_edit(knobs[random.below(knobs.size())], random);
                !edit.empty())
                robot.session.act(edit);
        const std::string after = robot.session.link_text();
        int steps = 0;
        while (robot.session.can_undo() && steps < 100) robot.session.act("undo"), ++steps;
        CHECK(robot.session.link_text() == before);
        while (robot.session.can_redo() && steps < 300) robot.session.act("redo"), ++steps;
        CHECK(robot.session.link_text() == after);
    }
}

TEST_CASE("session: a link opened in another session gives the same link and the same numbers",
          "[app][session][link]") {
    for (const auto& panel : panels()) {
        const auto open = open_panel(panel.id);
        if (!open->panel.compute || open->declaration.make_job()) continue;
        INFO(panel.id);
        Robot one{std::string(panel.id)};
        Random random(11, panel.id);
        const auto& knobs = open->declaration.knobs();
        for (int i = 0; i < 8 && !knobs.empty(); ++i)
            if (const auto edit = random_edit(knobs[random.below(knobs.size())], random);
                !edit.empty())
                one.session.act(edit);
        one.session.act("seed 42");
        one.session.settle();
        if (open->declaration.reads_text()) one.session.act("text a b & c = d 你好 %41");
        one.session.settle();
        const std::string link = one.session.link_text();
        INFO(link);
        Robot two(link);
        CHECK(two.session.notes.empty());
        CHECK(two.session.link_text() == link);
        // Where nothing can be computed, the first still shows what was there before.
        CHECK(one.session.shown().error == two.session.shown().error);
        if (!two.session.shown().error.empty()) continue;
        for (const Entry& entry : one.session.shown().trace->entries()) {
            const Entry* other = two.session.shown().trace->find(entry.name);
            REQUIRE(other);
            CHECK(entry.tensor.same_bits(other->tensor));
        }
    }
}

TEST_CASE("session: no knob has a name that links keep for themselves", "[app][session][link]") {
    for (const auto& panel : panels())
        for (const Knob& knob : open_panel(panel.id)->declaration.knobs()) {
            INFO(panel.id << " " << knob.name);
            CHECK_FALSE(is_reserved(knob.name));
        }
}

TEST_CASE("session: one drag of a slider is one undo step", "[app][session][undo]") {
    Robot robot("norm/layer_norm");
    robot.frame();
    const Region* slider = nullptr;
    for (const Region& r : robot.controls.regions())
        if (r.kind == Region::Kind::slider && r.action.starts_with("slide ")) slider = &r;
    REQUIRE(slider);
    const Rect box = slider->box;
    const std::string before = robot.session.link_text();
    robot.controls.press({box.x + 4, box.centre().y});
    for (int i = 0; i < 20; ++i) {
        robot.controls.move({box.x + 4 + box.w * float(i) / 21, box.centre().y});
        robot.frame();
    }
    robot.controls.release({box.x + 4 + box.w * 0.9f, box.centre().y});
    CHECK(robot.session.link_text() != before);
    robot.session.act("undo");
    CHECK(robot.session.link_text() == before);
}

TEST_CASE("session: language is not an undo step, and comes back after two toggles",
          "[app][session]") {
    Robot robot("norm/layer_norm");
    robot.session.act("toggle-language");
    CHECK_FALSE(robot.session.can_undo());
    CHECK_THAT(test::text_of(robot.frame()), ContainsSubstring("数学"));
    robot.session.act("toggle-language");
    CHECK_THAT(test::text_of(robot.frame()), ContainsSubstring("Maths"));
}

TEST_CASE("session: a cell is locked by a click, moved by arrows, unlocked by Escape",
          "[app][session]") {
    Robot robot("norm/layer_norm");
    robot.frame();
    const Region* cells = nullptr;
    for (const Region& r : robot.controls.regions())
        if (r.kind == Region::Kind::cells && r.rows > 1 && r.cols > 1 && r.action.empty()) {
            cells = &r;
            break;
        }
    REQUIRE(cells);
    const Point at{cells->box.x + 3, cells->box.y + 3};
    robot.controls.move(at);
    CHECK(robot.session.hover.is_cell());
    CHECK(robot.session.hover.row == 0);
    robot.controls.press(at);
    robot.controls.release(at);
    REQUIRE(robot.session.lock.is_cell());
    robot.controls.leave();
    robot.controls.key("Down");
    robot.controls.key("Right");
    CHECK(robot.session.lock.row == 1);
    CHECK(robot.session.lock.col == 1);
    robot.controls.key("C");
    CHECK_FALSE(robot.session.clipboard.empty());
    robot.controls.key("Escape");
    CHECK(robot.session.lock.empty());
}

TEST_CASE("session: the opening motion ends within 8 seconds and then nothing moves",
          "[app][session]") {
    Session session(Session::Pace::threaded);
    session.act("open norm/layer_norm");
    double t = 0;
    for (int i = 0; i < 2000 && !session.shown().trace; ++i) {
        session.tick(t += 0.001);
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    REQUIRE(session.shown().trace);
    const double start = t;
    while (session.motion().playing && t - start < 20) session.tick(t += 1.0 / 60);
    CHECK(t - start <= 8.1);
    CHECK(session.motion().t == session.motion().length);
    while (!session.notes.empty()) session.tick(t += 1);
    session.tick(t += 0.1);
    CHECK_FALSE(session.tick(t += 1));
    CHECK(std::isinf(session.patience()));
}

TEST_CASE("session: any text is taken or refused in words", "[app][session][text]") {
    for (const auto& panel : panels()) {
        const auto open = open_panel(panel.id);
        if (!open->declaration.reads_text() || open->declaration.make_job()) continue;
        Robot robot{std::string(panel.id)};
        for (const std::string& text :
             {std::string(""), std::string("a"), std::string("\xff\xfe\x00\x80 b", 6),
              std::string(100000, 'x'), std::string("你"), std::string(" \n\t ")}) {
            INFO(panel.id << " with " << text.size() << " bytes");
            robot.session.act("own-text " + text);
            robot.session.settle();
            CHECK_NOTHROW(robot.frame());
            const Shown& shown = robot.session.shown();
            CHECK((shown.trace || !shown.error.empty()));
        }
    }
}

TEST_CASE("session: what is opened does not say the step of the run before it", "[app][session]") {
    using namespace std::chrono_literals;
    Session s(Session::Pace::threaded);
    const std::string sizes = "layers=1&heads=1&width=16&batch=1&context=8";
    const auto wait_for = [&](std::size_t step) {
        for (int i = 0; i < 4000 && s.shown().step != step; ++i) {
            s.tick(0.01 * i);
            std::this_thread::sleep_for(2ms);
        }
        REQUIRE(s.shown().step == step);
    };
    s.act("open model/trainer?step=30&" + sizes);
    CHECK(s.link_text().find("step=30") != std::string::npos);  // before it is there
    wait_for(30);
    s.act("open model/trainer?step=7&" + sizes);
    for (int i = 0; i < 50; ++i) {
        s.tick(1);
        CHECK(s.link_text().find("step=7") != std::string::npos);
    }
    wait_for(7);
}
