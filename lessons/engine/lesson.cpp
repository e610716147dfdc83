#include "lessons/engine/lesson.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/text.hpp"

namespace orrery::lessons {
namespace {

constexpr double most_steps = 1e6;

// Full-width signs of a Chinese text as their ASCII ones.
std::string half_width(std::string_view line) {
    static constexpr std::pair<std::string_view, char> signs[] = {
        {"＝", '='}, {"　", ' '}, {"＜", '<'}, {"＞", '>'}};
    std::string out;
    for (std::size_t i = 0; i < line.size();) {
        char ascii = 0;
        for (const auto& [sign, plain] : signs)
            if (line.substr(i).starts_with(sign)) ascii = plain;
        out += ascii ? ascii : line[i];
        i += ascii ? 3 : 1;
    }
    return out;
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_name(std::string_view text) {
    if (text.empty() || !is_letter(text[0])) return false;
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return is_letter(c) || is_digit(c) || c == '.'; });
}

// Takes the first word off the front.
std::string_view take_word(std::string_view& rest) {
    rest = trim(rest);
    const std::size_t end = std::min(rest.find_first_of(" \t"), rest.size());
    const std::string_view word = rest.substr(0, end);
    rest = trim(rest.substr(end));
    return word;
}

// A number as written, and half a unit in its last digit: "0.446" is 0.0005, "1e-2" is 0.005,
// "61 %" is 0.61 and 0.005. A typographic minus is one.
bool read_number(std::string_view text, double& value, double& half_unit) {
    std::string plain(trim(text));
    double factor = 1;
    if (plain.ends_with('%')) {
        plain.pop_back();
        plain = trim(plain);
        factor = 0.01;
    }
    if (plain.starts_with("−")) plain = "-" + plain.substr(std::string_view("−").size());
    if (plain.empty() || !(is_digit(plain.back()) || plain.back() == '.')) return false;
    if (!parse_number(plain, value) || !std::isfinite(value)) return false;
    double unit = 1;
    const std::size_t e = std::min(plain.find_first_of("eE"), plain.size());
    const std::size_t dot = plain.find('.');
    if (dot < e) unit = std::pow(10.0, -double(e - dot - 1));
    double exponent = 0;
    if (e < plain.size() && parse_number(std::string_view(plain).substr(e + 1), exponent))
        unit *= std::pow(10.0, exponent);
    value *= factor;
    half_unit = 0.5 * unit * factor;
    return true;
}

// "fact = 0.446 +- 0.001" or "fact is text".
bool read_expectation(std::string_view text, std::string& fact, double& number, double& slack,
                      std::string& word, bool& is_text) {
    const std::string_view name = take_word(text);
    const std::string_view relation = take_word(text);
    if (!is_name(name) || text.empty()) return false;
    fact = name;
    is_text = relation == "is";
    word = text;
    if (is_text) return true;
    if (relation != "=") return false;
    std::string_view digits = text, tolerance;
    for (const std::string_view sign : {"+-", "±"})
        if (const std::size_t at = text.find(sign); at != text.npos) {
            digits = text.substr(0, at);
            tolerance = text.substr(at + sign.size());
        }
    if (!read_number(digits, number, slack)) return false;
    double ignored = 0;
    return tolerance.empty() || read_number(tolerance, slack, ignored);
}

struct Line {
    std::string_view text;
    int number = 0;
};

std::vector<Line> lines_of(std::string_view text) {
    std::vector<Line> lines;
    int number = 1;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        lines.push_back({line, number++});
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

// Takes one of these signs off the front.
bool take_sign(std::string_view& text, std::initializer_list<std::string_view> signs) {
    for (const std::string_view sign : signs)
        if (text.starts_with(sign)) {
            text.remove_prefix(sign.size());
            return true;
        }
    return false;
}

// Takes "key:" off the front of a line; the colon may be full-width.
bool take_key(std::string_view& line, std::initializer_list<std::string_view> keys) {
    for (const std::string_view key : keys) {
        if (!line.starts_with(key)) continue;
        std::string_view rest = trim(line.substr(key.size()));
        if (!take_sign(rest, {":", "："})) continue;
        line = trim(rest);
        return true;
    }
    return false;
}

// Takes "(x)" or "( )" off the front of a line; brackets and blank may be full-width.
bool take_choice(std::string_view& line, bool& right) {
    std::string_view rest = line;
    if (!take_sign(rest, {"(", "（"})) return false;
    const auto skip_blanks = [&] {
        while (take_sign(rest, {" ", "　"})) {
        }
    };
    skip_blanks();
    right = take_sign(rest, {"x", "X"});
    skip_blanks();
    if (!take_sign(rest, {")", "）"})) return false;
    line = trim(rest);
    return true;
}

void append(std::string& text, std::string_view more) {
    if (more.empty()) return;
    // Chinese lines are joined without a blank.
    const bool wide = !text.empty() && (text.back() & 0x80) && (more.front() & 0x80);
    if (!text.empty() && !wide) text += ' ';
    text += more;
}

class Parser {
   public:
    explicit Parser(Lesson& lesson) : lesson_(lesson) {}

    void run() {
        const auto lines = lines_of(lesson_.text);
        std::size_t i = 0;
        while (i < lines.size()) {
            if (fence_ticks(lines[i].text) >= 3)
                i = read_fence(lines, i);
            else
                i = read_prose(lines, i);
        }
        finish();
    }

   private:
    void problem(int line, std::string what) {
        if (lesson_.problems.size() < 1000)
            lesson_.problems.push_back({lesson_.path, line, std::move(what)});
    }

    static std::size_t fence_ticks(std::string_view line) {
        const std::size_t ticks = std::min(line.find_first_not_of('`'), line.size());
        // "```x```" on one line is a code span
        return line.find('`', ticks) == line.npos ? ticks : 0;
    }

    std::size_t read_fence(const std::vector<Line>& lines, std::size_t i) {
        const std::size_t ticks = fence_ticks(lines[i].text);
        Block block;
        block.kind = Block::Kind::plain;
        block.line = lines[i].number;
        block.info = trim(lines[i].text.substr(ticks));
        std::vector<Line> body;
        bool closed = false;
        for (++i; i < lines.size() && !closed; ++i) {
            const std::string_view line = trim(lines[i].text);
            closed = line.size() >= ticks && line.find_first_not_of('`') == line.npos;
            if (!closed) body.push_back(lines[i]);
        }
        if (!closed) problem(block.line, "this fence is never closed");
        for (const Line& line : body) block.body += std::string(line.text) + "\n";

        std::string_view rest = block.info;
        const std::string_view word = take_word(rest);
        if (word == "panel")
            read_panel(block, rest, body);
        else if (word == "cpp")
            read_code(block, rest);
        else if (word == "ask")
            read_ask(block, body);
        else if (word == "task")
            read_task(block, body);
        else if (!word.empty() && word != "text" && word != "sh" && word != "json")
            problem(block.line, "unknown fence \"" + std::string(word) +
                                    "\", wanted panel, cpp, ask, task, text, sh or json");
        if ((word == "ask" || word == "task") && !rest.empty())
            problem(block.line, std::string(word) + " takes nothing on its line");
        lesson_.blocks.push_back(std::move(block));
        return i;
    }

    std::vector<Verb> read_verbs(const std::vector<Line>& body) {
        std::vector<Verb> verbs;
        for (const Line& line : body) {
            if (trim(line.text).empty()) continue;
            Verb verb;
            std::string wrong;
            if (parse_verb(line.text, verb, wrong)) {
                verb.line = line.number;
                verbs.push_back(std::move(verb));
            } else {
                problem(line.number, wrong);
            }
        }
        return verbs;
    }

    void read_panel(Block& block, std::string_view rest, const std::vector<Line>& body) {
        block.kind = Block::Kind::panel;
        block.component = lesson_.id;
        if (rest.starts_with("of=")) {
            rest.remove_prefix(3);
            block.component = take_word(rest);
        }
        if (!rest.empty())
            problem(block.line, "\"" + std::string(rest) + "\" is unknown, wanted of=family/name");
        block.verbs = read_verbs(body);
        last_panel_ = int(lesson_.blocks.size());
    }

    void read_code(Block& block, std::string_view rest) {
        block.kind = Block::Kind::code;
        const std::size_t hash = rest.find('#');
        if (!rest.starts_with("from=") || hash == rest.npos) {
            problem(block.line,
                    "code in a lesson is cut from the source: wanted cpp from=PATH#MARKER");
            return;
        }
        block.path = trim(rest.substr(5, hash - 5));
        block.marker = trim(rest.substr(hash + 1));
    }

    void read_ask(Block& block, const std::vector<Line>& body) {
        block.kind = Block::Kind::ask;
        Ask& ask = block.ask;
        std::string* last = &ask.question;
        for (const Line& raw : body) {
            std::string_view line = trim(raw.text);
            bool right = false;
            if (line == "predict") {
                ask.predict = true;
                if (!ask.choices.empty()) problem(raw.number, "predict stands before the choices");
            } else if (take_choice(line, right)) {
                ask.choices.push_back({std::string(line), right});
                last = &ask.choices.back().text;
            } else if (take_key(line, {"Why", "为什么"})) {
                if (!ask.why.empty()) problem(raw.number, "there is a second Why:");
                ask.why = line;
                last = &ask.why;
            } else if (line.starts_with("answer =")) {
                ask.answer = trim(line.substr(8));
                if (!is_name(ask.answer)) problem(raw.number, "answer = wants the name of a fact");
            } else {
                append(*last, line);
            }
        }
        const auto rights = std::count_if(ask.choices.begin(), ask.choices.end(),
                                          [](const Choice& c) { return c.right; });
        if (ask.question.empty()) problem(block.line, "ask has no question");
        if (ask.answer.empty() ? rights != 1 : !ask.choices.empty())
            problem(block.line, "ask wants either choices with exactly one (x), or answer = fact");
        if (ask.choices.size() == 1) problem(block.line, "ask has only one choice");
        if (ask.why.empty()) problem(block.line, "ask has no Why:");
    }

    void read_task(Block& block, const std::vector<Line>& body) {
        block.kind = Block::Kind::task;
        Task& task = block.task;
        bool showing = false;
        std::vector<Line> verbs;
        for (const Line& raw : body) {
            std::string_view line = trim(raw.text);
            if (take_key(line, {"show me", "演示"})) {
                showing = true;
                if (!line.empty()) problem(raw.number, "show me: stands on its own line");
            } else if (showing) {
                verbs.push_back(raw);
            } else if (line.starts_with("until ")) {
                read_until(half_width(line.substr(6)), task, raw.number);
            } else {
                append(task.sentence, line);
            }
        }
        task.show_me = read_verbs(verbs);
        for (const Verb& verb : task.show_me)
            if (verb.kind == Verb::Kind::expect) problem(verb.line, "show me: takes no expect");
        if (task.sentence.empty()) problem(block.line, "task has no sentence");
        if (task.fact.empty()) problem(block.line, "task has no line \"until fact < number\"");
        if (task.show_me.empty()) problem(block.line, "task has no show me:");
    }

    void read_until(std::string_view rest, Task& task, int line) {
        const std::string_view fact = take_word(rest);
        const std::string_view order = take_word(rest);
        double ignored = 0;
        if (!is_name(fact) || (order != "<" && order != ">") ||
            !read_number(rest, task.number, ignored)) {
            problem(line, "until wants fact < number or fact > number");
            return;
        }
        task.fact = fact;
        task.order = order[0];
    }

    std::size_t read_prose(const std::vector<Line>& lines, std::size_t i) {
        Block block;
        block.line = lines[i].number;
        const std::size_t begin = i;
        while (i < lines.size() && fence_ticks(lines[i].text) < 3) ++i;
        for (std::size_t k = begin; k < i; ++k) {
            const std::string_view line = lines[k].text;
            block.body += std::string(line) + "\n";
            if (lesson_.title.empty() && line.starts_with("# "))
                lesson_.title = trim(line.substr(2));
            std::string_view needs = line;
            if (!has_needs_ && take_key(needs, {"Needs", "需要", "先读"})) read_needs(line);
        }
        //: paragraph by paragraph, so that a lone backtick harms only its own
        for (std::size_t k = begin; k < i;) {
            std::string paragraph;
            const int first = lines[k].number;
            for (; k < i && !trim(lines[k].text).empty(); ++k)
                paragraph += std::string(lines[k].text) + "\n";
            read_paragraph(paragraph, first);
            while (k < i && trim(lines[k].text).empty()) ++k;
        }
        if (!trim(block.body).empty()) lesson_.blocks.push_back(std::move(block));
        return i;
    }

    void read_needs(std::string_view line) {
        has_needs_ = true;
        for (const Link& link : links_in(line, 0)) {
            const std::string id = linked_lesson(lesson_.id, link.target);
            if (!id.empty()) lesson_.needs.push_back(id);
        }
        for (const std::string_view word : {"minute", "分钟"})
            if (std::size_t at = line.find(word); at != line.npos) {
                while (at > 0 && line[at - 1] == ' ') --at;
                std::size_t begin = at;
                while (begin > 0 && is_digit(line[begin - 1])) --begin;
                long long minutes = 0;
                if (parse_integer(line.substr(begin, at - begin), minutes) && minutes < 1000)
                    lesson_.minutes = int(minutes);
            }
    }

    static std::vector<Link> links_in(std::string_view text, int line) {
        std::vector<Link> links;
        int number = line;
        std::size_t counted = 0;
        for (std::size_t at = text.find("]("); at != text.npos; at = text.find("](", at + 2)) {
            const std::size_t end = text.substr(0, at + 500).find(')', at);
            const std::size_t window = at < 500 ? 0 : at - 500;
            const std::size_t open = text.substr(window, at - window).rfind('[');
            if (end == text.npos || open == text.npos) continue;
            number += int(std::count(text.begin() + long(counted), text.begin() + long(at), '\n'));
            counted = at;
            const std::size_t words = window + open + 1;
            links.push_back({std::string(text.substr(words, at - words)),
                             std::string(trim(text.substr(at + 2, end - at - 2))), number});
        }
        return links;
    }

    void read_paragraph(std::string_view text, int first_line) {
        for (Link& link : links_in(text, first_line)) lesson_.links.push_back(std::move(link));
        int line = first_line;
        bool lone[9] = {};  // no further run of so many backticks
        for (std::size_t i = 0; i < text.size();) {
            if (text[i] == '\n') ++line;
            if (text[i] != '`') {
                ++i;
                continue;
            }
            std::size_t begin = i;
            while (begin < text.size() && text[begin] == '`') ++begin;
            const std::size_t ticks = begin - i;
            i = begin;
            if (ticks > 8 || lone[ticks]) continue;
            const std::size_t end = closing_run(text, begin, ticks);
            if (end == text.npos) {
                lone[ticks] = true;
                continue;
            }
            const std::string_view span = text.substr(begin, end - begin);
            read_span(span, line);
            line += int(std::count(span.begin(), span.end(), '\n'));
            i = end + ticks;
        }
    }

    static std::size_t closing_run(std::string_view text, std::size_t at, std::size_t ticks) {
        while (at < text.size()) {
            at = text.find('`', at);
            if (at == text.npos) return at;
            std::size_t end = at;
            while (end < text.size() && text[end] == '`') ++end;
            if (end - at == ticks) return at;
            at = end;
        }
        return text.npos;
    }

    void read_span(std::string_view span, int line) {
        std::string flat(span);
        std::replace(flat.begin(), flat.end(), '\n', ' ');
        Claim claim;
        if (!read_expectation(flat, claim.fact, claim.number, claim.slack, claim.word,
                              claim.is_text))
            return;
        claim.line = line;
        claim.after = last_panel_;
        lesson_.claims.push_back(std::move(claim));
    }

    void finish() {
        if (lesson_.title.empty()) problem(1, "has no title, wanted a line \"# Title\"");
        if (!has_needs_)
            problem(1, "has no line \"Needs: … · N minutes\"");
        else if (lesson_.minutes == 0)
            problem(1, "its line \"Needs:\" does not say how many minutes it takes");
    }

    Lesson& lesson_;
    int last_panel_ = -1;
    bool has_needs_ = false;
};

bool same_verb(const Verb& a, const Verb& b) {
    return a.kind == b.kind && a.name == b.name && a.word == b.word && a.number == b.number &&
           a.slack == b.slack && a.is_text == b.is_text;
}

bool same_verbs(const std::vector<Verb>& a, const std::vector<Verb>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), same_verb);
}

// How two fences of the same place differ; "" when only in words that may.
std::string difference(const Block& a, const Block& b) {
    using Kind = Block::Kind;
    if (a.kind != b.kind || a.info != b.info)
        return "the fence is \"" + b.info + "\", in the English text \"" + a.info + "\"";
    if (a.kind == Kind::panel && !same_verbs(a.verbs, b.verbs)) return "the verbs differ";
    if (a.kind == Kind::code && a.body != b.body) return "the excerpt differs";
    if (a.kind == Kind::ask) {
        const auto rights = [](const Ask& ask) {
            std::string marks;
            for (const Choice& choice : ask.choices) marks += choice.right ? 'x' : '-';
            return marks;
        };
        if (rights(a.ask) != rights(b.ask))
            return "the choices differ in number or in the right one";
        if (a.ask.answer != b.ask.answer) return "the answer differs";
        if (a.ask.predict != b.ask.predict) return "predict differs";
    }
    if (a.kind == Kind::task &&
        (a.task.fact != b.task.fact || a.task.order != b.task.order ||
         a.task.number != b.task.number || !same_verbs(a.task.show_me, b.task.show_me)))
        return "until or show me differs";
    return "";
}

}  // namespace

std::string to_string(const Problem& problem) {
    return problem.path + ":" + std::to_string(problem.line) + ": " + problem.what;
}

bool parse_verb(std::string_view line, Verb& verb, std::string& problem) {
    std::string_view rest = line;
    const std::string_view word = take_word(rest);
    const auto count = [&](Verb::Kind kind, double most, bool whole) {
        verb.kind = kind;
        double ignored = 0;
        if (take_word(rest) == "to" && read_number(rest, verb.number, ignored) &&
            verb.number >= 0 && verb.number <= most &&
            (!whole || verb.number == std::floor(verb.number)))
            return true;
        problem = std::string(word) + " to wants a number from 0 to " + number_text(most);
        return false;
    };
    if (word == "set") {
        verb.kind = Verb::Kind::set;
        const std::size_t equals = rest.find('=');
        verb.name = trim(rest.substr(0, equals));
        if (equals == rest.npos || !is_name(verb.name)) {
            problem = "set wants knob = value";
            return false;
        }
        verb.word = trim(rest.substr(equals + 1));
        return true;
    }
    if (word == "show" || word == "point") {
        verb.kind = word == "show" ? Verb::Kind::show : Verb::Kind::point;
        verb.name = rest;
        if (is_name(rest)) return true;
        problem = std::string(word) + " wants the name of a part";
        return false;
    }
    if (word == "step") return count(Verb::Kind::step, most_steps, false);
    if (word == "train") return count(Verb::Kind::train, most_steps, true);
    if (word == "expect") {
        verb.kind = Verb::Kind::expect;
        if (read_expectation(rest, verb.name, verb.number, verb.slack, verb.word, verb.is_text))
            return true;
        problem = "expect wants fact = number +- slack, or fact is text";
        return false;
    }
    problem = "unknown verb \"" + std::string(word) +
              "\", wanted set, show, point, step to, train to or expect";
    return false;
}

Lesson parse_lesson(std::string_view bytes, std::string_view path) {
    Lesson lesson;
    lesson.path = path;
    std::string_view id = path;
    if (id.starts_with("lessons/")) id.remove_prefix(8);
    if (id.ends_with(".md")) id.remove_suffix(3);
    if (id.ends_with(".zh")) {
        id.remove_suffix(3);
        lesson.is_chinese = true;
    }
    lesson.id = id;
    if (bytes.size() > most_lesson_bytes) {
        lesson.problems.push_back({lesson.path, 1, "is larger than 1 MiB; the rest is not read"});
        bytes = bytes.substr(0, most_lesson_bytes);
    }
    if (const std::size_t at = first_invalid_utf8(bytes); at != bytes.npos) {
        const auto line = std::count(bytes.begin(), bytes.begin() + long(at), '\n');
        lesson.problems.push_back({lesson.path, int(line) + 1, "is not valid UTF-8"});
    }
    lesson.text = bytes;
    Parser(lesson).run();
    return lesson;
}

std::string linked_lesson(std::string_view from_id, std::string_view target) {
    target = target.substr(0, target.find('#'));
    if (target.find(':') != target.npos || !target.ends_with(".md")) return "";
    target.remove_suffix(3);
    if (target.ends_with(".zh")) target.remove_suffix(3);
    std::vector<std::string> at = split(from_id, '/');
    if (!at.empty()) at.pop_back();
    for (const std::string& step : split(target, '/')) {
        if (step == "..") {
            if (at.empty()) return "";
            at.pop_back();
        } else if (!step.empty() && step != ".") {
            at.push_back(step);
        }
    }
    return at.size() == 2 ? at[0] + "/" + at[1] : "";
}

std::vector<Problem> compare_translation(const Lesson& lesson, const Lesson& translation) {
    std::vector<Problem> problems;
    const auto say = [&](int line, std::string what) {
        problems.push_back({translation.path, line, std::move(what)});
    };
    const auto fences = [](const Lesson& l) {
        std::vector<const Block*> found;
        for (const Block& block : l.blocks)
            if (block.kind != Block::Kind::prose) found.push_back(&block);
        return found;
    };
    const auto a = fences(lesson), b = fences(translation);
    if (lesson.needs != translation.needs) say(1, "Needs: names other lessons than " + lesson.path);
    if (lesson.minutes != translation.minutes)
        say(1, "Needs: says other minutes than " + lesson.path);
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
        const std::string what = difference(*a[i], *b[i]);
        if (what.empty()) continue;
        say(b[i]->line, what + " (" + lesson.path + ":" + std::to_string(a[i]->line) + ")");
        if (a[i]->kind != b[i]->kind) return problems;  // what follows is out of step
    }
    if (a.size() != b.size())
        say(b.empty() ? 1 : b.back()->line, "has " + std::to_string(b.size()) + " fences, " +
                                                lesson.path + " has " + std::to_string(a.size()));
    return problems;
}

int prediction_before(const Lesson& lesson, std::size_t index) {
    for (std::size_t i = std::min(index, lesson.blocks.size()); i-- > 0;) {
        if (lesson.blocks[i].kind == Block::Kind::panel) return -1;
        if (lesson.blocks[i].kind == Block::Kind::ask && lesson.blocks[i].ask.predict)
            return int(i);
    }
    return -1;
}

std::vector<std::size_t> reading_order(const std::vector<Lesson>& lessons) {
    std::vector<std::size_t> order, stack;
    std::vector<int> state(lessons.size(), 0);  // 0 unseen, 1 open, 2 placed
    const auto find = [&](const std::string& id) {
        std::size_t i = 0;
        while (i < lessons.size() && lessons[i].id != id) ++i;
        return i;
    };
    for (std::size_t start = 0; start < lessons.size(); ++start) {
        stack.push_back(start);
        while (!stack.empty()) {
            const std::size_t at = stack.back();
            if (state[at] == 0) {
                state[at] = 1;
                const auto& needs = lessons[at].needs;
                for (auto need = needs.rbegin(); need != needs.rend(); ++need)
                    if (const std::size_t i = find(*need); i < lessons.size() && state[i] == 0)
                        stack.push_back(i);
            } else {
                stack.pop_back();
                if (state[at] == 1) order.push_back(at);
                state[at] = 2;
            }
        }
    }
    return order;
}

}  // namespace orrery::lessons
