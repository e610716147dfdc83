#include "core/data/tasks.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/base/error.hpp"
#include "core/base/random.hpp"

namespace orrery::data {

const std::vector<std::string>& task_names() {
    static const std::vector<std::string> names{"copy",     "reverse",   "sort",
                                                "addition", "induction", "modular_addition"};
    return names;
}

std::string_view name_of(Task task) { return task_names()[std::size_t(task)]; }

Task task_named(std::string_view name) {
    const auto& names = task_names();
    const auto found = std::find(names.begin(), names.end(), name);
    if (found != names.end()) return Task(found - names.begin());
    std::string wanted;
    for (const std::string& each : names) wanted += " " + each;
    throw ValueError("tasks: there is no task \"" + std::string(name) + "\", wanted one of" +
                     wanted);
}

static void require_range(const char* what, std::size_t value, std::size_t low, std::size_t high) {
    if (value < low || value > high)
        throw ValueError("tasks: " + std::string(what) + " is " + std::to_string(value) +
                         ", wanted " + std::to_string(low) + " to " + std::to_string(high));
}

void check(const TaskConfig& config) {
    const Task task = config.task;
    if (task == Task::modular_addition) return require_range("modulus", config.modulus, 2, 1000);
    if (task == Task::addition) return require_range("length", config.length, 1, 9);
    require_range("symbols", config.symbols, 2, 26);
    require_range("length", config.length, task == Task::induction ? 2 : 1, 64);
    if (task == Task::induction && config.length > config.symbols)
        throw ValueError("tasks: length is " + std::to_string(config.length) +
                         ", wanted at most the number of symbols, " +
                         std::to_string(config.symbols) + ", since none comes twice in a piece");
}

std::vector<std::string> task_vocabulary(const TaskConfig& config) {
    check(config);
    std::vector<std::string> words;
    const auto numbers = [&](std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) words.push_back(std::to_string(i));
    };
    switch (config.task) {
        case Task::addition:
            numbers(10);
            words.insert(words.end(), {"+", "="});
            break;
        case Task::modular_addition:
            numbers(config.modulus);
            words.insert(words.end(), {"+", "="});
            break;
        default:
            for (std::size_t i = 0; i < config.symbols; ++i) words.emplace_back(1, char('a' + i));
            if (config.task != Task::induction) words.emplace_back(">");
    }
    return words;
}

std::size_t question_tokens(const TaskConfig& config) {
    check(config);
    switch (config.task) {
        case Task::addition:
            return 2 * config.length + 2;
        case Task::modular_addition:
            return 4;
        case Task::induction:
            return config.length + 1;  // the longest piece, and its first symbol
        default:
            return config.length + 1;
    }
}

std::size_t task_tokens(const TaskConfig& config) {
    check(config);
    switch (config.task) {
        case Task::addition:
            return 3 * config.length + 2;
        case Task::modular_addition:
            return 4;
        case Task::induction:
            return 3 * config.length - 1;  // room for three of the longest pieces
        default:
            return 2 * config.length;
    }
}

std::string task_text(const TaskConfig& config, std::span<const int> ids) {
    const auto words = task_vocabulary(config);
    const bool apart = config.task == Task::modular_addition;
    std::string text;
    for (int id : ids) {
        if (apart && !text.empty()) text += ' ';
        text += id >= 0 && std::size_t(id) < words.size() ? words[std::size_t(id)] : "?";
    }
    return text;
}

std::vector<int> task_ids(const TaskConfig& config, std::string_view text) {
    const auto words = task_vocabulary(config);
    std::vector<int> ids;
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] == ' ') {
            ++at;
            continue;
        }
        // the longest word that fits: 12 is one number and not two
        std::size_t best = words.size();
        for (std::size_t i = 0; i < words.size(); ++i)
            if (text.substr(at).starts_with(words[i]) &&
                (best == words.size() || words[i].size() > words[best].size()))
                best = i;
        if (best == words.size())
            throw ValueError("tasks: \"" + std::string(text.substr(at, 10)) + "\" at byte " +
                             std::to_string(at) + " is no word of " +
                             std::string(name_of(config.task)));
        ids.push_back(int(best));
        at += words[best].size();
    }
    return ids;
}

namespace {

// One example: its ids, and the place of the first that is an answer.
struct Example {
    std::vector<int> ids;
    std::size_t answer = 0;
};

std::vector<int> draw_symbols(const TaskConfig& config, Random& random) {
    std::vector<int> symbols(config.length);
    for (int& symbol : symbols) symbol = int(random.below(config.symbols));
    return symbols;
}

// The question, the sign `>`, and the question rearranged.
Example rearranged(const TaskConfig& config, Random& random) {
    const std::vector<int> question = draw_symbols(config, random);
    std::vector<int> answer = question;
    //: the answer is the question in another order
    if (config.task == Task::reverse) std::reverse(answer.begin(), answer.end());
    if (config.task == Task::sort) std::sort(answer.begin(), answer.end());

    Example example{question, config.length + 1};
    example.ids.push_back(int(config.symbols));  // >
    example.ids.insert(example.ids.end(), answer.begin(), answer.end());
    return example;
}

Example addition(const TaskConfig& config, Random& random) {
    std::size_t bound = 1;
    for (std::size_t i = 0; i < config.length; ++i) bound *= 10;
    const std::size_t a = random.below(bound), b = random.below(bound);

    //: digits from the left, with zeros in front
    const auto digits = [](std::size_t number, std::size_t count) {
        std::vector<int> result(count);
        for (std::size_t i = count; i-- > 0; number /= 10) result[i] = int(number % 10);
        return result;
    };
    std::vector<int> sum = digits(a + b, config.length + 1);
    if (config.last_digit_first) std::reverse(sum.begin(), sum.end());

    Example example{digits(a, config.length), 2 * config.length + 2};
    auto& ids = example.ids;
    const auto second = digits(b, config.length);
    ids.push_back(10);  // +
    ids.insert(ids.end(), second.begin(), second.end());
    ids.push_back(11);  // =
    ids.insert(ids.end(), sum.begin(), sum.end());
    return example;
}

Example induction(const TaskConfig& config, Random& random) {
    //: a piece of symbols that are all different
    std::vector<int> alphabet(config.symbols);
    std::iota(alphabet.begin(), alphabet.end(), 0);
    const std::size_t period = 2 + random.below(config.length - 1);
    for (std::size_t i = 0; i < period; ++i)
        std::swap(alphabet[i], alphabet[i + random.below(config.symbols - i)]);

    //: it comes again and again; what follows its first repeated symbol can be known
    Example example{{}, period + 1};
    for (std::size_t i = 0; i < 3 * config.length; ++i) example.ids.push_back(alphabet[i % period]);
    return example;
}

// Every pair belongs to one part for good, by a coin that the seed has thrown.
bool is_held_out(std::uint64_t seed, std::size_t pair) {
    return Random(seed, "modular addition held out", pair).bits() % 2 == 1;
}

Example modular_addition(const TaskConfig& config, Random& random, std::uint64_t seed, Part part) {
    const std::size_t m = config.modulus;
    std::size_t a = 0, b = 0;
    //: half of all pairs are never trained on
    for (int attempt = 0; attempt < 1000; ++attempt) {
        a = random.below(m), b = random.below(m);
        if (is_held_out(seed, a * m + b) == (part == Part::validation)) break;
    }
    return {{int(a), int(m), int(b), int(m) + 1, int((a + b) % m)}, 4};
}

}  // namespace

TaskSteps task_steps(const TaskConfig& config, std::size_t rows, std::uint64_t seed,
                     std::uint64_t step, Part part) {
    check(config);
    if (rows == 0) throw ValueError("tasks: batch is 0, wanted 1 or more");
    Random random(seed, part == Part::train ? "task" : "task validation", step);
    const std::size_t n = task_tokens(config);
    TaskSteps s;
    s.batch = {rows, n, {}, {}};
    for (std::size_t row = 0; row < rows; ++row) {
        Example example;
        switch (config.task) {
            case Task::addition:
                example = addition(config, random);
                break;
            case Task::induction:
                example = induction(config, random);
                break;
            case Task::modular_addition:
                example = modular_addition(config, random, seed, part);
                break;
            default:
                example = rearranged(config, random);
        }
        s.examples.insert(s.examples.end(), example.ids.begin(), example.ids.end());

        //: only the answer is asked for
        for (std::size_t i = 0; i < n; ++i) {
            s.batch.x.push_back(example.ids[i]);
            s.batch.y.push_back(i + 1 < example.answer ? no_target : example.ids[i + 1]);
        }
    }
    return s;
}

Batch task_batch(const TaskConfig& config, std::size_t rows, std::uint64_t seed, std::uint64_t step,
                 Part part) {
    return task_steps(config, rows, seed, step, part).batch;
}

Answers check_answers(const Batch& batch, const Tensor& logits) {
    if (logits.rank() != 3 || logits.dim(0) != batch.rows || logits.dim(1) != batch.tokens ||
        logits.dim(2) == 0)
        throw ShapeError("exact_match: logits has shape " + to_string(logits.shape()) +
                         ", wanted [" + std::to_string(batch.rows) + ", " +
                         std::to_string(batch.tokens) + ", V]");
    Answers answers;
    for (std::size_t row = 0; row < batch.rows; ++row) {
        bool all_right = true, asked = false;
        for (std::size_t i = row * batch.tokens; i < (row + 1) * batch.tokens; ++i) {
            if (batch.y[i] == no_target) continue;
            //: the largest logit is the answer, and the row is right when all of its answers are
            int best = -1;
            float largest = 0.0f;
            const auto scores = logits.row(i);
            for (std::size_t id = 0; id < scores.size(); ++id)
                if (!std::isnan(scores[id]) && (best < 0 || scores[id] > largest))
                    best = int(id), largest = scores[id];
            const bool right = best == batch.y[i];
            asked = true;
            all_right = all_right && right;
            answers.ids++;
            answers.ids_right += right;
        }
        answers.rows += asked;
        answers.rows_right += asked && all_right;
    }
    return answers;
}

double exact_match(const Batch& batch, const Tensor& logits) {
    return check_answers(batch, logits).exact_match();
}

void record(const TaskSteps& s, const TaskConfig& config, Trace& out) {
    out.from("data/tasks");
    const auto ids = [](std::size_t rows, const std::vector<int>& values) {
        return Tensor({rows, values.size() / rows},
                      std::vector<float>(values.begin(), values.end()));
    };
    out.names("vocabulary", task_vocabulary(config));
    out.add("examples", ids(s.batch.rows, s.examples),
            "the answer is the question in another order", Kind::index);
    out.add("x", ids(s.batch.rows, s.batch.x), "only the answer is asked for", Kind::index);
    out.add("y", ids(s.batch.rows, s.batch.y), "only the answer is asked for", Kind::index);
    std::string lines;
    const std::size_t width = s.examples.size() / s.batch.rows;
    for (std::size_t row = 0; row < s.batch.rows; ++row)
        lines += task_text(config, std::span(s.examples).subspan(row * width, width)) + "\n";
    out.text("examples", lines);
}

}  // namespace orrery::data
