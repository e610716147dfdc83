// The presenter: a class from a list of links, its tools, and what it hides
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/layout.hpp"
#include "tests/support/robot.hpp"
#include "viz/app/link.hpp"
#include "viz/app/playlist.hpp"
#include "viz/app/shot.hpp"

using namespace orrery;
using namespace orrery::viz;
using test::Robot;

namespace {

// A text file for as long as the test takes.
struct File {
    std::string path;
    explicit File(const std::string& text)
        : path((std::filesystem::temp_directory_path() / "orrery-class-test.txt").string()) {
        write_file(path, text);
    }
    ~File() { std::remove(path.c_str()); }
};

constexpr const char* two_slides =
    "# a class\n"
    "norm/layer_norm?rows=2\n"
    "Each row has its own mean.\n"
    "@1 Then it has none.\n"
    "\n"
    "attention/scaled_dot_product?lang=en\n";

}  // namespace

TEST_CASE("playlist: links, their sentences, comments, and what is wrong", "[app][playlist]") {
    std::vector<std::string> notes;
    const auto slides = slides_from(
        "\xEF\xBB\xBF# first\r\nlost words\r\nnorm/layer_norm?rows=3\r\n  One sentence. \r\n"
        "and/or a second one\r\nnorm/nothing\r\ngoes with it\r\nmodel/trainer\n",
        "class.txt", &notes);
    REQUIRE(slides.size() == 2);
    CHECK(slides[0].link == "norm/layer_norm?rows=3");
    CHECK(slides[0].sentences == std::vector<std::string>{"One sentence.", "and/or a second one"});
    CHECK(slides[1] == Slide{"model/trainer", {}, {}});
    REQUIRE(notes.size() == 2);
    CHECK_THAT(notes[0], ContainsSubstring("class.txt:2"));
    CHECK_THAT(notes[1], ContainsSubstring("class.txt:6"));
    CHECK(slides_from("", "x").empty());
    const File empty("# nothing\n");
    CHECK_THROWS_AS(read_slides(empty.path), ValueError);
    CHECK_THROWS_AS(read_slides("/nowhere/class.txt"), Error);
}

TEST_CASE("playlist: a sentence is said where it says so, or they are spread", "[app][playlist]") {
    const auto slides = slides_from(
        "norm/layer_norm\na\nb\nc\nd\nmodel/block\nfirst\n@2 second\n@ 3 third\n@inf fourth\n"
        "norm/layer_norm\n",
        "x");
    REQUIRE(slides.size() == 3);
    for (const auto& [i, t] : {std::pair{0, 0.0}, {1, 3.0}, {2, 6.0}, {3, 9.0}})
        CHECK(time_of_sentence(slides[0], std::size_t(i), 9) == t);
    CHECK(sentence_by(slides[0], 2.9, 9) == 0);
    CHECK(sentence_by(slides[0], 3, 9) == 1);
    CHECK(sentence_by(slides[0], 100, 9) == 3);
    CHECK(slides[1].sentences ==
          std::vector<std::string>{"first", "second", "@ 3 third", "@inf fourth"});
    CHECK(time_of_sentence(slides[1], 1, 9) == 2);
    CHECK(time_of_sentence(slides[1], 1, 1) == 1);  // not after its end
    CHECK(sentence_by(slides[2], 1, 9) == 0);
}

TEST_CASE("presenter: Space goes through the animation and the sentences, then to the next link",
          "[app][presenter]") {
    const File file(two_slides);
    Robot robot;
    robot.session.act("class " + file.path);
    robot.session.settle();
    Session& s = robot.session;
    REQUIRE(s.presenting);
    CHECK(s.component() == "norm/layer_norm");
    CHECK(s.motion().t == 0);
    CHECK_THAT(test::text_of(robot.frame()), ContainsSubstring("Each row has its own mean."));
    CHECK_THAT(test::text_of(robot.frame()), ContainsSubstring("1 / 2"));
    robot.controls.key("Space");
    CHECK(s.motion().t == 1);
    CHECK_THAT(test::text_of(robot.frame()), ContainsSubstring("Then it has none."));
    robot.controls.key("PageUp");
    CHECK(s.motion().t == 0);
    CHECK(s.sentence_at == 0);
    for (int i = 0; i < 6 && s.motion().t < s.motion().length; ++i) robot.controls.key("PageDown");
    CHECK(s.motion().t == s.motion().length);
    CHECK(s.component() == "norm/layer_norm");
    robot.controls.key("PageDown");
    s.settle();
    CHECK(s.component() == "attention/scaled_dot_product");
    CHECK(s.presenting);
    CHECK(s.motion().t == 0);
    robot.controls.key("PageUp");
    s.settle();
    CHECK(s.component() == "norm/layer_norm");
    CHECK(s.motion().t == s.motion().length);
    CHECK(s.sentence_at == 1);
    robot.controls.key("Escape");
    CHECK_FALSE(s.presenting);
}

TEST_CASE("presenter: nothing is drawn that only a mouse explains", "[app][presenter]") {
    Robot robot("attention/scaled_dot_product?lang=en");
    // ▾ is 8 wide and 5 high, at any scale
    const auto triangles = [&] {
        std::size_t count = 0;
        const Canvas c = robot.frame();
        for (const auto& command : c.commands())
            if (const auto* p = std::get_if<DrawPolygon>(&command.what); p && p->points.size() == 3)
                count += p->points[0].y == p->points[1].y &&
                         std::abs((p->points[2].y - p->points[0].y) * 8 -
                                  (p->points[1].x - p->points[0].x) * 5) < 0.1f;
        return count;
    };
    CHECK_THAT(test::text_of(robot.frame()), ContainsSubstring("computed\n"));
    CHECK_THAT(test::text_of(robot.frame()), ContainsSubstring("symmetric"));
    CHECK(triangles() >= 4);  // a colour bar each of Q, scores, weights and output
    robot.session.act("present");
    robot.session.act("last");
    CHECK_THAT(test::text_of(robot.frame()), !ContainsSubstring("computed\n"));
    CHECK_THAT(test::text_of(robot.frame()), !ContainsSubstring("symmetric"));
    CHECK(triangles() == 0);
    //: what is out of the ordinary is said all the same
    robot.session.act("lens weights norm log");
    CHECK_THAT(test::text_of(robot.frame()), ContainsSubstring("log"));
}

TEST_CASE("presenter: an animation of many operations takes six steps at most",
          "[app][presenter]") {
    const File file(
        "tokenizer/bpe\nWords are made.\n@1 One by one.\nAnd another.\nnorm/layer_norm\nAt once.\n"
        "model/block\n");
    Robot robot;
    Session& s = robot.session;
    s.act("class " + file.path);
    s.settle();
    REQUIRE(s.motion().length > 12);
    std::vector<double> stops;
    for (int i = 0; i < 50 && s.component() == "tokenizer/bpe"; ++i) {
        stops.push_back(s.motion().t);
        robot.controls.key("Space");
    }
    REQUIRE(s.component() == "norm/layer_norm");
    REQUIRE(stops.size() >= 5);
    CHECK(stops.size() <= 7);  // four strides, and two sentences elsewhere
    CHECK(stops[0] == 0);
    CHECK(stops[1] == 1);  // as the second sentence says
    CHECK(std::is_sorted(stops.begin(), stops.end()));
    s.settle();
    //: one sentence is said of the whole
    CHECK(s.motion().t == s.motion().length);
    robot.controls.key("Space");
    s.settle();
    CHECK(s.component() == "model/block");
    s.notes.clear();
    robot.controls.key("End");
    robot.controls.key("Space");
    REQUIRE(s.notes.size() == 1);  // there is no further stop
    robot.controls.key("Shift+PageUp");
    s.settle();
    //: a whole stop on and back, by the keys and by the buttons
    robot.controls.key("Shift+PageUp");
    s.settle();
    CHECK(s.component() == "tokenizer/bpe");
    CHECK(s.motion().t == 0);
    robot.click("path.next");
    CHECK(s.motion().t > 0);
    CHECK(s.component() == "tokenizer/bpe");
    robot.controls.key("Shift+PageDown");
    s.settle();
    CHECK(s.component() == "norm/layer_norm");
    CHECK(s.presenting);
}

TEST_CASE("presenter: a step glides to its end in a window", "[app][presenter]") {
    Session s(Session::Pace::sliced);
    s.act("open norm/layer_norm");
    s.act("present");
    s.settle();
    s.act("first");
    REQUIRE(s.motion().length >= 2);
    s.act("next");
    CHECK(s.motion().t == 0);
    s.tick(1000.0);
    s.tick(1000.25);
    CHECK(s.motion().t > 0);
    CHECK(s.motion().t < 1);
    for (int i = 1; i < 20; ++i) s.tick(1000.25 + 0.2 * i);
    CHECK(s.motion().t == 1);
    CHECK_FALSE(s.motion().playing);
    //: pressed twice, it goes two operations on
    s.act("first");
    s.act("next");
    s.act("next");
    for (int i = 1; i < 40; ++i) s.tick(1010 + 0.2 * i);
    CHECK(s.motion().t == 2);
}

TEST_CASE("path: one may look around and come back", "[app][presenter][paths]") {
    Robot robot;
    Session& s = robot.session;
    CHECK_FALSE(s.act("path here"));
    CHECK_FALSE(robot.has("path.here"));
    s.act("class next_token");
    s.settle();
    CHECK(s.playlist_name == "next_token");
    robot.controls.key("Shift+PageDown");
    s.settle();
    robot.controls.key("Shift+PageDown");
    s.settle();
    REQUIRE(s.playlist_at == 2);
    const std::string there = s.component();
    //: at the stop, with its knobs
    robot.controls.key("Escape");
    CHECK_FALSE(s.presenting);
    CHECK_THAT(test::text_of(robot.frame()),
               ContainsSubstring("The path, stop 3 of " + std::to_string(s.playlist.size())));
    robot.click("path.next");
    s.settle();
    CHECK(s.playlist_at == 3);
    CHECK_FALSE(s.presenting);
    robot.click("path.back");
    s.settle();
    CHECK(s.component() == there);
    //: elsewhere, where F5 shows that picture alone
    s.act("open norm/layer_norm");
    s.settle();
    robot.controls.key("F5");
    CHECK(s.presenting);
    CHECK_FALSE(robot.has("path.next"));
    robot.controls.key("Escape");
    robot.click("path.here");
    s.settle();
    CHECK(s.presenting);
    CHECK(s.component() == there);
    CHECK_THAT(test::text_of(robot.frame()),
               ContainsSubstring("3 / " + std::to_string(s.playlist.size())));
    //: in the other language it is the same stop
    const std::string said = s.playlist[2].sentences.front();
    robot.controls.key("F8");
    CHECK(s.playlist_name == "next_token.zh");
    CHECK(s.playlist_at == 2);
    CHECK(s.playlist[2].sentences.front() != said);
    robot.controls.key("F8");
    CHECK(s.playlist[2].sentences.front() == said);
    //: and another day the first page goes on with it
    const Progress kept = progress_from(to_bytes(s.progress));
    CHECK(kept.path == "next_token");
    CHECK(kept.stop == 2);
    Robot tomorrow;
    tomorrow.session.progress = kept;
    tomorrow.click("path.here");
    tomorrow.session.settle();
    CHECK(tomorrow.session.component() == there);
    CHECK(tomorrow.session.presenting);
}

TEST_CASE("presenter: light, large, without chrome, and the window's own theme is kept",
          "[app][presenter]") {
    Robot robot("norm/layer_norm");
    REQUIRE(robot.session.settings.dark);
    robot.controls.key("Shift+P");
    REQUIRE(robot.session.presenting);
    CHECK_FALSE(robot.session.dark());
    CHECK(robot.session.scale() == 1.75f);
    CHECK_FALSE(robot.frame().theme().dark);
    for (const char* id : {"top.search", "top.home", "centre.undo", "knob.rows", "transport.play"})
        CHECK_FALSE(robot.has(id));
    robot.session.act("toggle-theme");
    CHECK(robot.frame().theme().dark);
    robot.controls.key("F5");
    CHECK_FALSE(robot.session.presenting);
    CHECK(robot.session.settings.dark);
    CHECK(robot.session.scale() == 1.0f);
    //: a picture of the presenter is as the window is
    ShotOptions options;
    options.window = true, options.actions = {"present"};
    const Canvas shot = shot_of_link("norm/layer_norm", options);
    CHECK(shot.size().w == 1280);
    CHECK_FALSE(shot.theme().dark);
    float largest = 0;
    for (const auto& command : shot.commands())
        if (const auto* text = std::get_if<DrawText>(&command.what))
            largest = std::max(largest, text->style.size);
    CHECK(largest == text_title * 1.75f);
}

TEST_CASE("presenter: laser, pen, spotlight and blank", "[app][presenter]") {
    Robot robot("norm/layer_norm");
    Session& s = robot.session;
    s.act("first");
    robot.controls.key("F5");
    robot.frame();
    //: D is the pen here, and L the laser
    robot.controls.key("L");
    CHECK(s.laser);
    robot.controls.move({300, 200});
    bool dot = false;
    const Canvas with_laser = robot.frame();
    for (const auto& command : with_laser.commands())
        if (const auto* circle = std::get_if<DrawCircle>(&command.what))
            dot = dot || (circle->centre.x == 300 && circle->centre.y == 200);
    CHECK(dot);
    robot.controls.key("D");
    CHECK(s.pen);
    CHECK_FALSE(s.laser);
    CHECK(s.compare().empty());
    robot.frame();
    robot.controls.press({100, 100});
    robot.controls.move({120, 110});
    robot.controls.move({140, 130});
    robot.controls.release({140, 130});
    robot.controls.press({200, 200});
    robot.controls.move({210, 220});
    robot.controls.release({210, 220});
    REQUIRE(s.strokes.size() == 2);
    REQUIRE(s.strokes[0].size() == 3);
    CHECK(s.strokes[0][0].x == 100);
    CHECK(s.strokes[0][2].y == 130);
    CHECK(s.lock.empty());
    robot.controls.key("Space");
    CHECK(s.strokes.empty());
    CHECK(s.pen);
    robot.controls.press({100, 100});
    robot.controls.move({120, 110});
    robot.controls.release({120, 110});
    CHECK_FALSE(s.strokes.empty());
    robot.controls.key("Escape");
    CHECK(s.strokes.empty());
    CHECK_FALSE(s.pen);
    CHECK(s.presenting);
    robot.controls.key("S");
    CHECK(s.spotlight);
    CHECK_NOTHROW(robot.frame());
    for (const char* key : {"B", "."}) {
        robot.controls.key(key);
        CHECK(s.blank);
        CHECK(test::text_of(robot.frame()).empty());
        robot.controls.key(key);
        CHECK_FALSE(s.blank);
    }
    robot.controls.key("Escape");
    robot.controls.key("Escape");
    CHECK_FALSE(s.presenting);
    //: outside the presenter the keys are what they were
    robot.controls.key("D");
    CHECK(s.compare() == "side");
}

TEST_CASE("presenter: words keep apart at the sizes of a projector", "[app][presenter][layout]") {
    const Size size = GENERATE(Size{1280, 720}, Size{1920, 1080});
    const bool chinese = GENERATE(false, true);
    for (const std::string link : {"norm/layer_norm", "model/trainer?step=5"}) {
        Robot robot(link);
        robot.size = {size.w / presenter_scale, size.h / presenter_scale};
        robot.session.act(chinese ? "language zh" : "language en");
        robot.session.notes.clear();
        robot.session.act("present");
        for (const std::string& problem : test::layout_problems(robot.frame())) {
            // A picture in less room than any window has is drawn smaller as a whole.
            if (problem.find("small") != std::string::npos) continue;
            FAIL_CHECK(link << " " << size.w << (chinese ? " zh " : " en ") << problem);
        }
    }
}

TEST_CASE("paths: every stop opens, its sentences fit, and both languages go the same way",
          "[app][presenter][paths]") {
    for (const std::string name : {"next_token", "next_token_demo"}) {
        std::vector<std::string> notes;
        const auto english = read_slides(name, &notes), chinese = read_slides(name + ".zh", &notes);
        CHECK(notes.empty());
        REQUIRE(english.size() == chinese.size());
        for (std::size_t i = 0; i < english.size(); ++i) {
            Link translated = parse_link(chinese[i].link);
            CHECK(translated.find("lang"));
            // the language differs, and the text that is looked at or learned from may
            std::erase_if(translated.values, [](const auto& item) {
                return item.first == "lang" || item.first == "text" || item.first == "source";
            });
            CHECK(to_string(translated) == to_string(parse_link(english[i].link)));
            CHECK(english[i].sentences.size() == chinese[i].sentences.size());
            CHECK(english[i].sentences.size() > 0);
        }
        for (const std::string& list : {name, name + ".zh"}) {
            Robot robot;
            robot.size = {1280 / presenter_scale, 720 / presenter_scale};
            robot.session.act("class " + list);
            const auto& slides = robot.session.playlist;
            for (std::size_t stop = 0; stop < slides.size(); ++stop) {
                robot.session.settle();
                INFO(list << " stop " << stop + 1 << " " << slides[stop].link);
                REQUIRE(robot.session.playlist_at == stop);
                CHECK(robot.session.shown().error.empty());
                std::string said = test::text_of(robot.frame());
                std::erase_if(said, [](char c) { return c == ' ' || c == '\n'; });
                std::string sentence = slides[stop].sentences.front();
                std::erase_if(sentence, [](char c) { return c == ' '; });
                CHECK_THAT(said, ContainsSubstring(sentence));
                for (int steps = 0;
                     steps < 400 && robot.session.playlist_at == stop && stop + 1 < slides.size();
                     ++steps)
                    robot.controls.key("Space");
            }
        }
    }
}

TEST_CASE("window: hide= takes a part of the picture away, also before a class",
          "[app][presenter][window]") {
    const auto titles = [](const std::string& link) {
        Robot robot(link);
        robot.controls.key("F5");
        return test::text_of(robot.frame());
    };
    CHECK_THAT(titles("attention/scaled_dot_product"), ContainsSubstring("Mask"));
    CHECK_THAT(titles("attention/scaled_dot_product?hide=mask"),
               !ContainsSubstring("Mask") && ContainsSubstring("Kᵀ"));
}

TEST_CASE("window: hide= takes knobs and tabs away", "[app][presenter][window]") {
    Robot robot("norm/layer_norm?hide=rows,code,quiz");
    CHECK_FALSE(robot.has("knob.rows"));
    CHECK_FALSE(robot.has("tab.code"));
    CHECK_FALSE(robot.has("tab.quiz"));
    CHECK(robot.has("tab.maths"));
}

TEST_CASE("path: begun in Chinese it speaks Chinese", "[app][paths]") {
    Robot robot;
    robot.session.act("language zh");
    robot.session.act("class next_token");
    CHECK(robot.session.playlist_name == "next_token.zh");
    robot.session.act("language en");
    CHECK(robot.session.playlist_name == "next_token");
    robot.session.act("class next_token.zh");  // asked for by name
    CHECK(robot.session.playlist_name == "next_token.zh");
}
