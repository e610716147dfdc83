#include "core/data/tasks.hpp"

#include <algorithm>
#include <limits>
#include <set>

#include "core/base/error.hpp"
#include "tests/support/catch.hpp"

using namespace orrery;
using namespace orrery::data;

namespace {

// The examples of a batch as text, one a line.
std::vector<std::string> lines(const TaskConfig& config, std::size_t rows, std::uint64_t step = 0,
                               Part part = Part::train) {
    const auto steps = task_steps(config, rows, 7, step, part);
    const std::size_t width = steps.examples.size() / rows;
    std::vector<std::string> result;
    for (std::size_t row = 0; row < rows; ++row)
        result.push_back(task_text(config, std::span(steps.examples).subspan(row * width, width)));
    return result;
}

}  // namespace

TEST_CASE("tasks: copy, reverse and sort answer as their names say", "[data][tasks]") {
    for (const Task task : {Task::copy, Task::reverse, Task::sort})
        for (const std::string& line : lines({.task = task, .length = 5, .symbols = 8}, 50)) {
            CAPTURE(line);
            REQUIRE(line.size() == 11);
            REQUIRE(line[5] == '>');
            std::string wanted = line.substr(0, 5);
            if (task == Task::reverse) std::reverse(wanted.begin(), wanted.end());
            if (task == Task::sort) std::sort(wanted.begin(), wanted.end());
            CHECK(line.substr(6) == wanted);
            CHECK(wanted.find_first_not_of("abcdefgh") == std::string::npos);
        }
}

TEST_CASE("tasks: addition is right, with zeros in front", "[data][tasks]") {
    for (const std::string& line : lines({.task = Task::addition, .length = 2}, 100)) {
        CAPTURE(line);
        REQUIRE(line.size() == 9);  // 27+58=085
        REQUIRE(line[2] == '+');
        REQUIRE(line[5] == '=');
        CHECK(std::stoi(line.substr(0, 2)) + std::stoi(line.substr(3, 2)) ==
              std::stoi(line.substr(6)));
    }
    const TaskConfig reversed{.task = Task::addition, .length = 2, .last_digit_first = true};
    for (const std::string& line : lines(reversed, 100)) {
        std::string sum = line.substr(6);
        std::reverse(sum.begin(), sum.end());
        CHECK(std::stoi(line.substr(0, 2)) + std::stoi(line.substr(3, 2)) == std::stoi(sum));
    }
}

TEST_CASE("tasks: induction repeats a piece of different symbols", "[data][tasks]") {
    const TaskConfig config{.task = Task::induction, .length = 5, .symbols = 9};
    const auto steps = task_steps(config, 100, 7, 0);
    std::set<std::size_t> periods;
    for (std::size_t row = 0; row < 100; ++row) {
        const int* example = steps.examples.data() + row * 15;
        const int* y = steps.batch.y.data() + row * 14;
        std::size_t period = 1;
        while (example[period] != example[0]) ++period;
        periods.insert(period);
        CHECK(std::set<int>(example, example + period).size() == period);
        for (std::size_t i = period; i < 15; ++i) CHECK(example[i] == example[i - period]);
        // what follows the first repeated symbol is the first thing that can be known
        for (std::size_t i = 0; i < 14; ++i) CHECK((y[i] == no_target) == (i < period));
    }
    CHECK(periods == std::set<std::size_t>{2, 3, 4, 5});
}

TEST_CASE("tasks: modular addition never trains on a pair that it asks", "[data][tasks]") {
    const TaskConfig config{.task = Task::modular_addition, .modulus = 7};
    std::set<std::pair<int, int>> trained, asked;
    for (std::size_t step = 0; step < 40; ++step)
        for (const Part part : {Part::train, Part::validation}) {
            const auto steps = task_steps(config, 20, 3, step, part);
            for (std::size_t row = 0; row < 20; ++row) {
                const int* e = steps.examples.data() + row * 5;
                CHECK(e[1] == 7);
                CHECK(e[3] == 8);
                CHECK(e[4] == (e[0] + e[2]) % 7);
                (part == Part::train ? trained : asked).insert({e[0], e[2]});
            }
        }
    for (const auto& pair : asked) CHECK(!trained.contains(pair));
    CHECK(trained.size() + asked.size() == 49);
    CHECK(asked.size() > 10);
}

TEST_CASE("tasks: only the answer is asked for", "[data][tasks]") {
    for (const std::string& name : task_names()) {
        CAPTURE(name);
        const TaskConfig config{.task = task_named(name), .length = 3, .symbols = 5, .modulus = 5};
        const auto steps = task_steps(config, 4, 1, 0);
        const std::size_t n = task_tokens(config);
        REQUIRE(steps.batch.tokens == n);
        REQUIRE(steps.batch.x.size() == 4 * n);
        REQUIRE(steps.examples.size() == 4 * (n + 1));
        const int V = int(task_vocabulary(config).size());
        for (std::size_t row = 0; row < 4; ++row)
            for (std::size_t i = 0; i < n; ++i) {
                const int x = steps.batch.x[row * n + i], y = steps.batch.y[row * n + i];
                CHECK(x == steps.examples[row * (n + 1) + i]);
                CHECK((x >= 0 && x < V));
                if (y != no_target) CHECK(y == steps.examples[row * (n + 1) + i + 1]);
                if (config.task != Task::induction)
                    CHECK((y == no_target) == (i + 1 < question_tokens(config)));
            }
    }
}

TEST_CASE("tasks: a batch depends on seed and step alone", "[data][tasks]") {
    const TaskConfig config;
    CHECK(task_batch(config, 4, 7, 3).x == task_batch(config, 4, 7, 3).x);
    CHECK(task_batch(config, 4, 7, 3).x != task_batch(config, 4, 7, 4).x);
    CHECK(task_batch(config, 4, 7, 3).x != task_batch(config, 4, 8, 3).x);
    CHECK(task_batch(config, 4, 7, 3).x != task_batch(config, 4, 7, 3, Part::validation).x);
}

TEST_CASE("tasks: vocabularies are readable", "[data][tasks]") {
    CHECK(task_vocabulary({.task = Task::copy, .length = 2, .symbols = 3}) ==
          std::vector<std::string>{"a", "b", "c", ">"});
    CHECK(task_vocabulary({.task = Task::modular_addition, .modulus = 3}) ==
          std::vector<std::string>{"0", "1", "2", "+", "="});
    CHECK(task_text({.task = Task::modular_addition, .modulus = 13},
                    std::vector<int>{11, 13, 4, 14, 2}) == "11 + 4 = 2");
    CHECK(task_text({.task = Task::copy, .symbols = 3}, std::vector<int>{0, 3, -1, 99}) == "a>??");
}

TEST_CASE("tasks: text reads back to ids", "[data][tasks]") {
    const TaskConfig modular{.task = Task::modular_addition, .modulus = 13};
    CHECK(task_ids(modular, "11 + 4 = 2") == std::vector<int>{11, 13, 4, 14, 2});
    CHECK(task_ids(modular, "12+1=") == std::vector<int>{12, 13, 1, 14});
    CHECK(task_ids({.task = Task::copy, .symbols = 3}, "abc>") == std::vector<int>{0, 1, 2, 3});
    CHECK(task_ids(modular, "").empty());
    CHECK_THROWS_WITH(task_ids(modular, "1 x"),
                      "tasks: \"x\" at byte 2 is no word of modular_addition");
}

TEST_CASE("tasks: answers are counted by hand", "[data][tasks]") {
    // two rows of three places; V = 2
    const Batch batch{2, 3, {0, 0, 0, 0, 0, 0}, {no_target, 1, 0, no_target, 1, 1}};
    Tensor logits({2, 3, 2}, {5, 0, 0, 1, 1, 0,    // right, right
                              5, 0, 0, 1, 1, 1});  // right, then a tie: the lower id, wrong
    const Answers answers = check_answers(batch, logits);
    CHECK(answers.rows == 2);
    CHECK(answers.rows_right == 1);
    CHECK(answers.ids == 4);
    CHECK(answers.ids_right == 3);
    CHECK(exact_match(batch, logits) == 0.5);

    // NaN is never an answer
    for (float& v : logits.flat()) v = std::numeric_limits<float>::quiet_NaN();
    CHECK(check_answers(batch, logits).ids_right == 0);
    CHECK_THROWS_AS(check_answers(batch, Tensor({2, 2, 2})), ShapeError);
}

TEST_CASE("tasks: says what is wrong", "[data][tasks][errors]") {
    CHECK_THROWS_WITH(task_named("multiply"),
                      "tasks: there is no task \"multiply\", wanted one of copy reverse sort "
                      "addition induction modular_addition");
    CHECK_THROWS_WITH(check(TaskConfig{.task = Task::addition, .length = 10}),
                      "tasks: length is 10, wanted 1 to 9");
    CHECK_THROWS_AS(check(TaskConfig{.task = Task::copy, .symbols = 27}), ValueError);
    CHECK_THROWS_AS(check(TaskConfig{.task = Task::modular_addition, .modulus = 1}), ValueError);
    CHECK_THROWS_AS(check(TaskConfig{.task = Task::induction, .length = 6, .symbols = 5}),
                    ValueError);
    CHECK_THROWS_AS(task_batch({}, 0, 1, 0), ValueError);
}
