// Lesson: a Markdown file whose fences do something, read into blocks
//
// ```panel                 verbs, one a line; `panel of=family/name` speaks of another component
// ```cpp from=PATH#MARKER  an excerpt of the source
// ```ask                   a question: choices with one (x) or `answer = fact`, and `Why:`
// ```task                  a sentence, `until fact < number`, `show me:` and verbs
//
// Other fences are set as they stand. Code spans `fact = 0.446` in prose are claims. The grammar is
// told in docs/lesson-format.md. Reading never throws and never hangs, whatever the bytes: what is
// wrong is listed in `problems`, each with its line.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace orrery::lessons {

struct Problem {
    std::string path;
    int line = 0;
    std::string what;
};
// "lessons/norm/rms_norm.md:12: no fact named mean"
std::string to_string(const Problem& problem);

struct Verb {
    enum class Kind { set, show, step, train, point, expect };
    Kind kind = Kind::set;
    std::string name;              // knob, part or fact
    std::string word;              // set: the value; expect … is: the text
    double number = 0, slack = 0;  // expect, step, train
    bool is_text = false;          // expect … is
    int line = 0;
};

struct Choice {
    std::string text;
    bool right = false;
};

struct Ask {
    std::string question, why;
    std::vector<Choice> choices;
    std::string answer;    // a fact; "" when there are choices
    bool predict = false;  // the picture stays hidden until it is answered
};

struct Task {
    std::string sentence;
    std::string fact;  // until fact < number
    char order = '<';  // '<' or '>'
    double number = 0;
    std::vector<Verb> show_me;
};

struct Block {
    enum class Kind { prose, panel, code, ask, task, plain };
    Kind kind = Kind::prose;
    int line = 0;              // prose: of its first line; a fence: of its opening line
    std::string info, body;    // of a fence, as written; prose: body
    std::string component;     // panel: whose panel
    std::vector<Verb> verbs;   // panel
    std::string path, marker;  // code: where it is cut from; "" when nothing is named
    Ask ask;
    Task task;
};

// A code span `fact = number` or `fact is text` in prose; it speaks of the panel as the last panel
// block above it left it.
struct Claim {
    std::string fact, word;
    double number = 0, slack = 0;
    bool is_text = false;
    int line = 0;
    int after = -1;  // index of that panel block; -1: the fresh panel
};

struct Link {
    std::string text, target;  // as written: "../tensor/reduce.md"
    int line = 0;
};

struct Lesson {
    std::string path;  // "lessons/norm/rms_norm.zh.md"
    std::string id;    // "norm/rms_norm"
    bool is_chinese = false;
    std::string title;
    std::vector<std::string> needs;  // ids of the lessons to read before
    int minutes = 0;
    std::string text;           // the whole file
    std::vector<Block> blocks;  // in order; every fence is one
    std::vector<Claim> claims;
    std::vector<Link> links;
    std::vector<Problem> problems;
};

inline constexpr std::size_t most_lesson_bytes = 1 << 20;

Lesson parse_lesson(std::string_view bytes, std::string_view path);

// One line of a panel block: "set d = 8", "expect rms_out = 1 +- 0.001". False, with the reason,
// when it is no verb.
bool parse_verb(std::string_view line, Verb& verb, std::string& problem);

// The id that a link in a lesson leads to: "../tensor/reduce.md" in "norm/rms_norm" is
// "tensor/reduce".
// "" when it leads to no lesson.
std::string linked_lesson(std::string_view from_id, std::string_view target);

// What the second differs in from the first although it must not: everything but prose and the
// words of ask and task. The problems speak of `translation`.
std::vector<Problem> compare_translation(const Lesson& lesson, const Lesson& translation);

// The question that wants a prediction before panel block `index` reveals it: the last `predict`
// between the panel block before and this one; -1 when there is none.
int prediction_before(const Lesson& lesson, std::size_t index);

// Indices of the lessons in an order in which every need comes first; otherwise as they were given.
std::vector<std::size_t> reading_order(const std::vector<Lesson>& lessons);

}  // namespace orrery::lessons
