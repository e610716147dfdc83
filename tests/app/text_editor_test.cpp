#include "viz/app/text_editor.hpp"

#include <filesystem>
#include <fstream>

#include "core/base/files.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/layout.hpp"
#include "tests/support/robot.hpp"
#include "viz/app/own_text.hpp"

using namespace orrery;
using namespace orrery::viz;
using test::Robot;
namespace fs = std::filesystem;

namespace {

const TextStyle plain{Font::body, text_body, Color{}};

std::vector<std::string> shown_lines(const std::string& text, float width) {
    std::vector<std::string> all;
    for (const EditorLine& l : editor_lines(text, width, plain))
        all.push_back(text.substr(l.begin, l.end - l.begin));
    return all;
}

struct Folder {
    fs::path path = fs::temp_directory_path() / "orrery_text_editor_test";
    Folder() { fs::remove_all(path), fs::create_directories(path); }
    ~Folder() { fs::remove_all(path); }
    std::string with(const std::string& name, const std::string& bytes) const {
        write_file((path / name).string(), bytes);
        return (path / name).string();
    }
};

}  // namespace

TEST_CASE("text editor: lines break at newlines, blanks and Chinese characters; no byte is lost",
          "[app][editor]") {
    CHECK(shown_lines("", 100) == std::vector<std::string>{""});
    CHECK(shown_lines("a\n\nb\n", 100) == std::vector<std::string>{"a", "", "b", ""});
    const std::string text = "the quick brown fox 我爱北京天安门，天安门上太阳升 jumps\nover";
    for (const float width : {30.0f, 60.0f, 100.0f, 400.0f}) {
        std::string joined;
        std::size_t end = 0;
        for (const EditorLine& l : editor_lines(text, width, plain)) {
            REQUIRE(l.begin >= end);
            if (l.begin > end) joined += text.substr(end, l.begin - end);  // the newline
            joined += text.substr(l.begin, l.end - l.begin);
            end = l.end;
        }
        CHECK(joined == text);
    }
    //: a line never begins with a comma, and is no wider than asked
    for (const auto& line : shown_lines("我爱北京，我爱北京，我爱北京，我爱北京。", 90))
        CHECK_FALSE((line.starts_with("，") || line.starts_with("。")));
}

TEST_CASE("text editor: letters, words, lines and selections", "[app][editor]") {
    TextEditor e("one two");
    const auto key = [&](const char* chord) { return e.key(chord, 400, plain, 5); };
    CHECK(e.caret() == 7);
    CHECK(key("Ctrl+Left"));
    CHECK(e.caret() == 4);
    CHECK(key("Shift+End"));
    CHECK(e.selected() == "two");
    e.insert("三\r\n四");
    CHECK(e.text() == "one 三\n四");
    CHECK(e.characters() == 7);
    CHECK(key("Up"));
    CHECK(e.caret() < 8);
    CHECK(key("End"));
    CHECK(e.caret() == 7);
    CHECK(key("Right"));
    CHECK(e.caret() == 8);
    CHECK(key("Backspace"));
    CHECK(e.text() == "one 三四");
    CHECK(key("Backspace"));  // a whole character
    CHECK(e.text() == "one 四");
    CHECK(key("Ctrl+Z"));
    CHECK(key("Ctrl+Z"));
    CHECK(e.text() == "one 三\n四");
    CHECK(key("Ctrl+Shift+Z"));
    CHECK(e.text() == "one 三四");
    CHECK(key("Ctrl+A"));
    CHECK(e.selected() == e.text());
    CHECK(key("Delete"));
    CHECK(e.text().empty());
    CHECK(key("Left"));
    CHECK(key("Up"));
    CHECK(key("Delete"));
    CHECK_FALSE(key("F7"));
    //: letters typed one after another are one step of undo
    for (const char* c : {"c", "a", "t"}) e.insert(c);
    CHECK(key("Ctrl+Z"));
    CHECK(e.text().empty());
    e.insert("die Katze, 猫");
    e.select_word(5);
    CHECK(e.selected() == "Katze");
    e.select_word(11);
    CHECK(e.selected() == "猫");
}

TEST_CASE("text editor: newlines in a field of one line are a sign and come back",
          "[app][editor]") {
    CHECK(one_line("a\nb\r\nc") == "a⏎b⏎c");
    CHECK(many_lines("a⏎b⏎c") == "a\nb\nc");
    CHECK(many_lines(one_line("猫\n\n狗\n")) == "猫\n\n狗\n");
}

TEST_CASE("text editor: opened beside the field, typed and pasted into, used, undone",
          "[app][editor][robot]") {
    Robot robot("attention/scaled_dot_product");
    const std::string before = robot.session.workspace().text;
    REQUIRE(robot.click("text.larger"));
    REQUIRE(robot.session.editor);
    CHECK(robot.session.editor->text() == before);
    robot.controls.key("Ctrl+A");
    robot.controls.insert("the cat");
    robot.controls.insert("\n我爱北京\n天安门\n");
    CHECK(robot.session.editor->text() == "the cat\n我爱北京\n天安门\n");
    CHECK_THAT(test::text_of(robot.frame()), ContainsSubstring("17 characters, 4 lines"));
    CHECK_THAT(test::text_of(robot.frame()), ContainsSubstring("我爱北京\n天安门"));
    CHECK(robot.session.workspace().text == before);
    //: the mouse selects, and what is selected is copied and cut
    robot.frame();
    const Region* field = robot.controls.find("editor.text");
    REQUIRE(field);
    const Point left{field->box.x + editor_padding, field->box.y + editor_padding + 4};
    const float high = line_height(plain);
    robot.controls.move({left.x, left.y + high});
    robot.controls.press({left.x, left.y + high});
    robot.controls.move({left.x + 300, left.y + 2 * high});
    robot.controls.release({left.x + 300, left.y + 2 * high});
    CHECK(robot.session.editor->selected() == "我爱北京\n天安门");
    robot.controls.key("Ctrl+C");
    CHECK(robot.session.clipboard == "我爱北京\n天安门");
    robot.controls.key("Ctrl+X");
    CHECK(robot.session.editor->text() == "the cat\n\n");
    robot.controls.key("Ctrl+Z");
    CHECK(robot.session.editor->text() == "the cat\n我爱北京\n天安门\n");
    robot.controls.key("Ctrl+Enter");
    robot.session.settle();
    CHECK_FALSE(robot.session.editor);
    CHECK(robot.session.workspace().text == "the cat\n我爱北京\n天安门\n");
    CHECK(robot.session.shown().error.empty());
    CHECK_THAT(test::text_of(robot.frame()), ContainsSubstring("the cat⏎我爱北京⏎"));
    robot.session.act("undo");
    robot.session.settle();
    CHECK(robot.session.workspace().text == before);
}

TEST_CASE("text editor: Escape and Cancel change nothing; what was typed goes along",
          "[app][editor][robot]") {
    Robot robot("attention/scaled_dot_product");
    const std::string before = robot.session.workspace().text;
    REQUIRE(robot.click("text"));
    robot.frame();
    robot.controls.type("a dog");
    CHECK(robot.controls.key("Ctrl+Enter"));
    REQUIRE(robot.session.editor);
    CHECK(robot.session.editor->text() == "a dog");
    robot.frame();
    robot.controls.key("Escape");
    CHECK_FALSE(robot.session.editor);
    REQUIRE(robot.click("text.larger"));
    robot.controls.insert("x");
    REQUIRE(robot.click("editor.cancel"));
    CHECK_FALSE(robot.session.editor);
    CHECK(robot.session.workspace().text == before);
    //: a press beside it does nothing
    REQUIRE(robot.click("text.larger"));
    robot.frame();
    robot.controls.move({3, 300});
    robot.controls.press({3, 300});
    robot.controls.release({3, 300});
    CHECK(robot.session.editor);
}

TEST_CASE("text editor: a file is read, or said why not, and nothing is lost",
          "[app][editor][robot]") {
    const Folder folder;
    Robot robot("attention/scaled_dot_product");
    REQUIRE(robot.click("text.larger"));
    robot.controls.key("Ctrl+A");
    robot.controls.insert("mine");
    const auto refused = [&](const std::string& path, const std::string& why) {
        INFO(path);
        robot.session.act("editor-path " + path);
        robot.frame();
        robot.session.act("editor-file");
        CHECK_THAT(robot.session.editor_problem, ContainsSubstring(why));
        CHECK(robot.session.editor->text() == "mine");
        CHECK(test::layout_problems(robot.frame()) == std::vector<std::string>{});
    };
    refused(folder.path / "none.txt", "No such file");
    refused(folder.path, "is a directory");
    refused(folder.with("empty.txt", ""), "is empty");
    refused(folder.with("latin.txt", "caf\xE9 noir"), "Byte 4 is not valid UTF-8");
    refused(folder.with("binary.txt", std::string("a\0b", 3)), "control characters");
    refused(folder.with("large.txt", std::string(editor_most_bytes + 1, 'x')), "at most 256");
    refused("/dev/null", "a device or a pipe");
    refused("", "no path");
    robot.session.act("editor-path " + folder.with("good.txt", "\xEF\xBB\xBFone\r\n二\r\n"));
    REQUIRE(robot.click("editor.read"));
    CHECK(robot.session.editor->text() == "one\n二\n");
    CHECK(robot.session.editor_problem.empty());
    robot.controls.key("Ctrl+Z");
    CHECK(robot.session.editor->text() == "mine");
    //: pasted bytes that are no text, and far too many
    robot.frame();
    robot.controls.insert("\xff\xfe");
    CHECK(robot.session.editor->text() == "mine");
    robot.controls.insert(std::string(editor_most_bytes, 'x'));
    CHECK(robot.session.editor->text() == "mine");
    CHECK_FALSE(robot.session.editor_problem.empty());
    robot.frame();
}

TEST_CASE("text editor: the pane follows the caret through a long text, at every size",
          "[app][editor][layout]") {
    std::string text;
    for (int i = 1; i <= 200; ++i)
        text += "line " + std::to_string(i) +
                " 我爱北京天安门，天安门上太阳升起，照亮了整个广场，"
                "广场上的人们都笑了\n";
    for (const Size size : {Size{480, 320}, Size{1024, 640}, Size{1280, 720}, Size{1920, 1080}})
        for (const char* language : {"en", "zh"}) {
            Robot robot("attention/scaled_dot_product");
            robot.size = size;
            robot.session.act(std::string("language ") + language);
            robot.session.act("edit-text text");
            robot.frame();
            robot.controls.key("Ctrl+A");
            robot.controls.insert(text);
            INFO(size.w << " " << language);
            CHECK_THAT(test::text_of(robot.frame()), ContainsSubstring("line 200 "));
            robot.controls.key("Ctrl+Home");
            CHECK_THAT(test::text_of(robot.frame()), ContainsSubstring("line 1 "));
            CHECK(robot.session.scrolls["editor"] < 1);
            for (int i = 0; i < 60; ++i) robot.controls.key("Down");
            robot.frame();
            CHECK(robot.session.scrolls["editor"] > 100);
            if (size.w < 1000) continue;  // what lies behind is cut off there
            for (const auto& problem : test::layout_problems(robot.frame())) FAIL_CHECK(problem);
        }
}

TEST_CASE("own text: typing chooses it, and undo goes back", "[app][editor][robot]") {
    Robot robot("model/trainer");
    const std::string knob = knob_of_text(robot.session.panel());
    REQUIRE_FALSE(knob.empty());
    const std::string before = robot.session.knobs().choice(knob);
    REQUIRE(before != own_text_choice);
    REQUIRE(robot.click("text"));
    robot.frame();
    robot.controls.type("to be or not to be");
    robot.controls.commit("to be or not to be");
    CHECK(robot.session.knobs().choice(knob) == own_text_choice);
    CHECK(robot.session.workspace().text == "to be or not to be");
    robot.session.act("undo");
    CHECK(robot.session.knobs().choice(knob) == before);
}

TEST_CASE("lesson: a picture that was changed says so", "[app][editor][robot]") {
    Robot robot("attention/scaled_dot_product");
    robot.session.act("lesson-next");
    robot.session.settle();
    CHECK_THAT(test::text_of(robot.frame()), !ContainsSubstring("picture was changed"));
    //: some picture of the lesson sets the mask: from there a flip is a change
    bool said = false;
    for (int i = 0; i < 6 && !said; ++i) {
        robot.session.act("lesson-next");
        robot.session.settle();
        CHECK_THAT(test::text_of(robot.frame()), !ContainsSubstring("picture was changed"));
        robot.session.act("flip causal");
        robot.session.settle();
        said = test::text_of(robot.frame()).find("picture was changed") != std::string::npos;
    }
    CHECK(said);
}
