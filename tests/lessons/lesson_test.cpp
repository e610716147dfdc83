#include "lessons/engine/lesson.hpp"

#include <map>
#include <set>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "lessons/engine/play.hpp"
#include "tests/support/catch.hpp"

using namespace orrery;
using namespace orrery::lessons;

namespace {

// A panel with the knobs a and b, the parts x and y, and the facts sum = a + b, big ("yes" when it
// is above 10) and trained (the step).
class Toy : public Stage {
   public:
    std::map<std::string, double, std::less<>> knobs;
    std::set<std::string> hidden;
    std::string open_id, log;
    double t = 0;
    std::size_t step = 0;

    void open(std::string_view id) override {
        if (!id.starts_with("toy/")) throw ValueError("no component " + std::string(id));
        open_id = id;
        knobs = {{"a", 1}, {"b", 2}};
        hidden.clear();
        t = 0, step = 0;
        log += "open " + open_id + ";";
    }
    void set(std::string_view name, std::string_view value) override {
        if (!has_knob(name)) throw ValueError("no knob " + std::string(name));
        double number = 0;
        if (!parse_number(value, number)) throw ValueError("knob: no number");
        knobs.find(name)->second = number;
    }
    void show(std::string_view part) override {
        part_must_be(part);
        if (part == "all")
            hidden.clear();
        else
            hidden.erase(std::string(part));
    }
    void hide_all() override { hidden = {"x", "y"}; }
    void point(std::string_view part) override { part_must_be(part); }
    void step_to(double to) override { t = to; }
    void train_to(std::size_t to) override {
        log += "train " + std::to_string(to) + ";";
        step = to;
    }
    Fact fact(std::string_view name) override {
        const double sum = knobs["a"] + knobs["b"];
        if (name == "sum") return {sum, "", false};
        if (name == "trained") return {double(step), "", false};
        if (name == "big") return {0, sum > 10 ? "yes" : "no", true};
        throw ValueError("no fact " + std::string(name));
    }
    bool has_fact(std::string_view n) const override {
        return n == "sum" || n == "big" || n == "trained";
    }
    bool has_knob(std::string_view n) const override { return knobs.count(std::string(n)) > 0; }

   private:
    static void part_must_be(std::string_view part) {
        if (part != "x" && part != "y" && part != "all")
            throw ValueError("no part " + std::string(part));
    }
};

const std::string head = "# Title\n\nNeeds: [other](../base/other.md) · 5 minutes\n\n";

Lesson toy(const std::string& text) { return parse_lesson(head + text, "lessons/toy/adder.md"); }

const std::string adder_source = "//: add\nint sum = a + b;\n";
const std::string* sources(std::string_view path) {
    return path == "core/toy/adder.cpp" ? &adder_source : nullptr;
}

std::vector<std::string> complaints(const Lesson& lesson) {
    Toy stage;
    std::vector<std::string> lines;
    for (const Problem& problem : check(lesson, stage, sources))
        lines.push_back(to_string(problem));
    return lines;
}

std::vector<std::string> complaints(const std::string& text) { return complaints(toy(text)); }

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("lesson: a whole one is read", "[lessons]") {
    const Lesson lesson = parse_lesson(R"(# Adding: two numbers become one

Needs: [reduce](../tensor/reduce.md), [copy](copy.md) · 5 minutes

Prose with `sum = 3` in it.

```panel
set a = 4
show x
expect sum = 6 +- 0.5
```

```cpp from=core/toy/adder.cpp#add
int sum = a + b;
```

```ask
predict
What happens
to the sum?
( ) It falls.
(x) It
grows.
Why: more is
more.
```

```task
Make the sum small.
until sum < 2
show me:
set a = -5
```
)",
                                       "lessons/toy/adder.md");
    CHECK(lesson.problems.empty());
    CHECK(lesson.id == "toy/adder");
    CHECK_FALSE(lesson.is_chinese);
    CHECK(lesson.title == "Adding: two numbers become one");
    CHECK(lesson.needs == Lines{"tensor/reduce", "toy/copy"});
    CHECK(lesson.minutes == 5);
    REQUIRE(lesson.blocks.size() == 5);
    CHECK(lesson.blocks[0].kind == Block::Kind::prose);

    const Block& panel = lesson.blocks[1];
    CHECK(panel.kind == Block::Kind::panel);
    CHECK(panel.line == 7);
    CHECK(panel.component == "toy/adder");
    REQUIRE(panel.verbs.size() == 3);
    CHECK(panel.verbs[0].name == "a");
    CHECK(panel.verbs[0].word == "4");
    CHECK(panel.verbs[2].line == 10);
    CHECK(panel.verbs[2].number == 6);
    CHECK(panel.verbs[2].slack == 0.5);

    CHECK(lesson.blocks[2].path == "core/toy/adder.cpp");
    CHECK(lesson.blocks[2].marker == "add");

    const Ask& ask = lesson.blocks[3].ask;
    CHECK(ask.predict);
    CHECK(ask.question == "What happens to the sum?");
    REQUIRE(ask.choices.size() == 2);
    CHECK(ask.choices[1].text == "It grows.");
    CHECK(ask.choices[1].right);
    CHECK(ask.why == "more is more.");

    const Task& task = lesson.blocks[4].task;
    CHECK(task.sentence == "Make the sum small.");
    CHECK(task.fact == "sum");
    CHECK(task.order == '<');
    CHECK(task.number == 2);
    CHECK(task.show_me.size() == 1);

    REQUIRE(lesson.claims.size() == 1);
    CHECK(lesson.claims[0].fact == "sum");
    CHECK(lesson.claims[0].line == 5);
    CHECK(lesson.claims[0].after == -1);
    CHECK(complaints(lesson).empty());
}

TEST_CASE("lesson: a Chinese one has full-width signs", "[lessons][chinese]") {
    const Lesson lesson = parse_lesson(
        "# 标题\n\n需要：[甲](../base/other.zh.md) · 5 分钟\n\n```ask\n哪一个？\n（ ）甲\n（x）乙\n"
        "为什么：因为\n如此。\n```\n\n```task\n把和变小。\nuntil sum ＜ 2\n演示：\nset a = "
        "-5\n```\n",
        "lessons/toy/adder.zh.md");
    for (const Problem& problem : lesson.problems) CHECK(to_string(problem) == "");
    CHECK(lesson.is_chinese);
    CHECK(lesson.id == "toy/adder");
    CHECK(lesson.needs == Lines{"base/other"});
    CHECK(lesson.minutes == 5);
    REQUIRE(lesson.blocks.size() == 3);
    CHECK(lesson.blocks[1].ask.choices[1].right);
    CHECK(lesson.blocks[1].ask.choices[0].text == "甲");
    CHECK(lesson.blocks[1].ask.why == "因为如此。");
    CHECK(lesson.blocks[2].task.number == 2);
}

TEST_CASE("lesson: numbers in prose are checked to half a unit in the last digit", "[lessons]") {
    CHECK(complaints("`sum = 3`, `sum = 3.00`, `sum = 3e0`\n").empty());
    CHECK(complaints("```panel\nset a = 1.4\n```\nnow `sum = 3`, `sum = 3.4`, `sum = 340 %`\n")
              .empty());
    CHECK(complaints("```panel\nset a = 1.46\n```\nnow `sum = 3.5`\n").empty());
    CHECK(complaints("x\n```panel\nset a = 1.44\n```\nnow\n`sum = 3.5`\n") ==
          Lines{"lessons/toy/adder.md:10: `sum = 3.5`: sum = 3.5: is 3.44"});
    CHECK(complaints("`big is no`\n").empty());
    CHECK(complaints("`big is yes`\n").size() == 1);
    CHECK(complaints("```panel\nset a = -5\n```\n`sum = −3`\n").empty());
}

TEST_CASE("lesson: a claim speaks of the block above it", "[lessons]") {
    CHECK(complaints(
              "`sum = 3`\n\n```panel\nset a = 10\n```\n`sum = 12`\n\n```panel\nset b = 0\n```\n"
              "`sum = 10`\n")
              .empty());
}

TEST_CASE("lesson: other code spans are left alone", "[lessons][edge]") {
    CHECK(complaints("`x[j] = 2` and `a = 7` (a knob) and `W = Q K^T` and `` `sum = 9` ``\n")
              .empty());
    CHECK(complaints("`smu = 3`\n") ==
          Lines{"lessons/toy/adder.md:5: `smu = 3`: names neither a fact nor a knob of the panel"});
}

TEST_CASE("lesson: every name must exist", "[lessons][errors]") {
    CHECK(
        complaints(
            "```panel\nset c = 1\nshow z\npoint x\nexpect prod = 1 +- 1\nexpect big = 2\n```\n") ==
        Lines{"lessons/toy/adder.md:6: no knob c", "lessons/toy/adder.md:7: no part z",
              "lessons/toy/adder.md:9: no fact prod",
              "lessons/toy/adder.md:10: expect big = 2: big is a text: \"no\""});
    CHECK(complaints("```panel of=norm/none\nset a = 1\n```\n") ==
          Lines{"lessons/toy/adder.md:5: no component norm/none"});
    CHECK(complaints("```ask\nWhat?\nanswer = prod\nWhy: so\n```\n") ==
          Lines{"lessons/toy/adder.md:5: no fact prod"});
}

TEST_CASE("lesson: an expectation that fails says what is", "[lessons][errors]") {
    CHECK(complaints("```panel\nexpect sum = 4 +- 0.5\n```\n") ==
          Lines{"lessons/toy/adder.md:6: expect sum = 4 +- 0.5: is 3"});
    CHECK(complaints("```panel\nexpect sum = 3.5 ± 0.5\nexpect big is no\n```\n").empty());
}

TEST_CASE("lesson: what can not be read is named with its line", "[lessons][errors]") {
    const auto of = [](const std::string& text) {
        Lines lines;
        for (const Problem& p : toy(text).problems)
            lines.push_back(std::to_string(p.line) + ": " + p.what);
        return lines;
    };
    CHECK(of("```panel\njump\n```\n") ==
          Lines{"6: unknown verb \"jump\", wanted set, show, point, step to, train to or expect"});
    CHECK(of("```panel\ntrain to 1e12\n```\n") ==
          Lines{"6: train to wants a number from 0 to 1000000"});
    CHECK(of("```panel\ntrain to 1.5\n```\n").size() == 1);
    CHECK(of("```panel\nstep to 1.5\n```\n").empty());
    CHECK(of("```panel\nset a\n```\n") == Lines{"6: set wants knob = value"});
    CHECK(of("```panel\nexpect sum = many\n```\n").size() == 1);
    CHECK(of("```panel x=1\n```\n") == Lines{"5: \"x=1\" is unknown, wanted of=family/name"});
    CHECK(of("```cpp\nint x;\n```\n").size() == 1);
    CHECK(of("```pannel\n```\n").size() == 1);
    CHECK(of("```text\nfree\n```\n").empty());
    CHECK(of("```panel\nset a = 1\n") == Lines{"5: this fence is never closed"});
    CHECK(of("```ask\nWhat?\n( ) a\n( ) b\nWhy: c\n```\n").size() == 1);
    CHECK(of("```ask\nWhat?\n(x) a\n(x) b\nWhy: c\n```\n").size() == 1);
    CHECK(of("```ask\nWhat?\n(x) a\n( ) b\n```\n") == Lines{"5: ask has no Why:"});
    CHECK(of("```task\nDo it.\nuntil sum about 2\nshow me:\nset a = 1\n```\n").size() == 2);
    CHECK(of("```task\nDo it.\nuntil sum < 2\n```\n") == Lines{"5: task has no show me:"});
    CHECK(parse_lesson("", "lessons/a/b.md").problems.size() == 2);
    CHECK(parse_lesson("# T\n\nNeeds: nothing\n", "lessons/a/b.md").problems.size() == 1);
    CHECK(parse_lesson(head + "\xff", "lessons/a/b.md").problems[0].what == "is not valid UTF-8");
    CHECK(parse_lesson(head + "\xff", "lessons/a/b.md").problems[0].line == 5);
}

TEST_CASE("lesson: a task is not done before, and done after show me", "[lessons]") {
    const auto of = [](const std::string& until) {
        return complaints("```task\nDo it.\nuntil " + until +
                          "\nshow me:\nset a = 20\n```\n`sum = 3`\n");
    };
    CHECK(of("sum > 10").empty());
    CHECK(of("sum > 1") == Lines{"lessons/toy/adder.md:5: the task is done before it begins"});
    CHECK(of("sum > 100") == Lines{"lessons/toy/adder.md:5: show me does not reach it: sum is 22"});
}

TEST_CASE("lesson: the first show of a block hides the others", "[lessons]") {
    Toy stage;
    const Lesson lesson =
        toy("```panel\nshow x\n```\n\n```panel\nshow y\nshow x\n```\n\n```panel\n"
            "show all\nset a = 5\n```\n");
    const auto panel = [&](int n) {
        std::size_t i = 0;
        for (; i < lesson.blocks.size(); ++i)
            if (lesson.blocks[i].kind == Block::Kind::panel && --n == 0) break;
        return i;
    };
    play_to(lesson, panel(1), stage);
    CHECK(stage.hidden == std::set<std::string>{"y"});
    play_to(lesson, panel(2), stage);
    CHECK(stage.hidden.empty());
    play_to(lesson, panel(3), stage);
    CHECK(stage.hidden.empty());
    CHECK(stage.knobs["a"] == 5);
}

TEST_CASE("lesson: block n is all blocks of its panel up to it, from a fresh one", "[lessons]") {
    Toy stage;
    const Lesson lesson =
        toy("```panel\nset a = 5\n```\n```panel of=toy/other\nset b = 9\n```\n"
            "```panel\nset b = 7\n```\n");
    REQUIRE(lesson.blocks.size() == 4);
    play_to(lesson, 3, stage);
    CHECK(stage.knobs["a"] == 5);
    CHECK(stage.knobs["b"] == 7);
    CHECK(stage.open_id == "toy/adder");
    play_to(lesson, 2, stage);
    CHECK(stage.open_id == "toy/other");
    CHECK(stage.knobs["a"] == 1);
    CHECK(stage.knobs["b"] == 9);
    CHECK_THROWS_AS(play_to(lesson, 0, stage), ValueError);
}

TEST_CASE("lesson: checking trains once, not once a block", "[lessons]") {
    Toy stage;
    const Lesson lesson =
        toy("```panel\ntrain to 20\n```\n`trained = 20`\n```panel\ntrain to 30\n"
            "expect trained = 30\n```\n```panel\nset a = 2\n```\n");
    CHECK(check(lesson, stage, sources).empty());
    CHECK(stage.log == "open toy/adder;train 20;train 30;");
}

TEST_CASE("lesson: excerpts must be the source, and are renewed", "[lessons][excerpt]") {
    const std::string fence = "```cpp from=core/toy/adder.cpp#add\n";
    CHECK(complaints(fence + "int sum = a + b;\n```\n").empty());
    const Lesson stale = toy("before\n\n" + fence + "int sum = a - b;\nmore\n```\n\nafter");
    CHECK(complaints(stale) == Lines{"lessons/toy/adder.md:7: the excerpt is not what "
                                     "core/toy/adder.cpp:2 says: run `orrery lesson write`"});
    const std::string fresh = renewed(stale, sources);
    CHECK(fresh == head + "before\n\n" + fence + "int sum = a + b;\n```\n\nafter");
    CHECK(renewed(parse_lesson(fresh, "x.md"), sources) == fresh);
    CHECK(complaints("```cpp from=core/toy/none.cpp#add\n```\n") ==
          Lines{"lessons/toy/adder.md:5: no file core/toy/none.cpp"});
    CHECK(complaints("```cpp from=core/toy/adder.cpp#sub\n```\n") ==
          Lines{"lessons/toy/adder.md:5: core/toy/adder.cpp has no marker \"//: sub\""});
}

TEST_CASE("lesson: a translation has the same fences in the same order", "[lessons][chinese]") {
    const std::string panel = "```panel\nset a = 2\n```\n", plain = "```text\nx\n```\n";
    const std::string ask = "```ask\nQ\n(x) a\n( ) b\nWhy: c\n```\n";
    const auto of = [](const std::string& a, const std::string& b) {
        Lines lines;
        for (const Problem& p :
             compare_translation(toy(a), parse_lesson(head + b, "lessons/toy/adder.zh.md")))
            lines.push_back(std::to_string(p.line) + ": " + p.what);
        return lines;
    };
    CHECK(of("one\n" + panel + ask, "一\n" + panel + "```ask\n问\n（x）甲\n（ ）乙\nWhy：丙\n```\n")
              .empty());
    CHECK(of(panel, "```panel\nset a = 3\n```\n") ==
          Lines{"5: the verbs differ (lessons/toy/adder.md:5)"});
    CHECK(of(panel + plain, plain + panel).size() == 1);
    CHECK(of(panel + plain, panel).size() == 1);
    CHECK(of(ask, "```ask\nQ\n( ) a\n(x) b\nWhy: c\n```\n").size() == 1);
}

TEST_CASE("lesson: a prediction stands before what it hides", "[lessons]") {
    const std::string panel = "```panel\nset a = 2\n```\n";
    const Lesson lesson =
        toy(panel + "```ask\npredict\nQ\n(x) a\n( ) b\nWhy: c\n```\nprose\n" + panel + panel);
    REQUIRE(lesson.blocks.size() == 6);  // the head, panel, ask, prose, panel, panel
    CHECK(prediction_before(lesson, 1) == -1);
    CHECK(prediction_before(lesson, 4) == 2);
    CHECK(prediction_before(lesson, 5) == -1);
}

TEST_CASE("lesson: needs come first", "[lessons]") {
    const auto lesson = [](const std::string& name, const std::string& needs) {
        return parse_lesson("# T\n\nNeeds: [x](" + needs + ".md) · 1 minute\n",
                            "lessons/a/" + name + ".md");
    };
    const auto order = [](const std::vector<Lesson>& lessons) {
        std::string names;
        for (const std::size_t i : reading_order(lessons)) names += lessons[i].id.substr(2);
        return names;
    };
    CHECK(order({lesson("x", "y"), lesson("y", "z"), lesson("z", "none")}) == "zyx");
    CHECK(order({lesson("x", "none"), lesson("y", "x"), lesson("z", "none")}) == "xyz");
    CHECK(order({lesson("x", "y"), lesson("y", "x")}) == "yx");  // a circle ends all the same
    CHECK(order({lesson("x", "x")}) == "x");
}

TEST_CASE("lesson: where a link leads", "[lessons]") {
    CHECK(linked_lesson("norm/rms_norm", "layer_norm.md") == "norm/layer_norm");
    CHECK(linked_lesson("norm/rms_norm", "../tensor/reduce.zh.md#top") == "tensor/reduce");
    CHECK(linked_lesson("norm/rms_norm", "../../docs/notation.md") == "");
    CHECK(linked_lesson("norm/rms_norm", "../../../x.md") == "");
    CHECK(linked_lesson("norm/rms_norm", "https://example.org/a/b.md") == "");
}
