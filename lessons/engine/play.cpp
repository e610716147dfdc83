#include "lessons/engine/play.hpp"

#include <algorithm>
#include <cmath>
#include <exception>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "lessons/engine/excerpt.hpp"

namespace orrery::lessons {
namespace {

// In a block the first `show` hides all other parts, further ones add.
void play_one(const Verb& verb, bool& has_shown, Stage& stage) {
    switch (verb.kind) {
        case Verb::Kind::set:
            stage.set(verb.name, verb.word);
            break;
        case Verb::Kind::show:
            if (!has_shown) stage.hide_all();
            has_shown = true;
            stage.show(verb.name);
            break;
        case Verb::Kind::point:
            stage.point(verb.name);
            break;
        case Verb::Kind::step:
            stage.step_to(verb.number);
            break;
        case Verb::Kind::train:
            stage.train_to(std::size_t(verb.number));
            break;
        case Verb::Kind::expect:
            break;
    }
}

bool within(double value, double number, double slack) {
    return std::abs(value - number) <= slack * (1 + 1e-9) + 1e-12 * std::abs(number);
}

// "" when the fact is as claimed.
std::string refute(Stage& stage, const std::string& fact, bool is_text, double number, double slack,
                   const std::string& word) {
    const Stage::Fact is = stage.fact(fact);
    const std::string claimed = fact + (is_text ? " is " : " = ") + word;
    if (is.is_text != is_text)
        return claimed + ": " + fact +
               (is.is_text ? " is a text: \"" + is.text + "\""
                           : " is a number: " + number_text(is.number));
    if (is_text) return is.text == word ? "" : claimed + ": is \"" + is.text + "\"";
    return within(is.number, number, slack) ? "" : claimed + ": is " + number_text(is.number, 6);
}

// Walks through a lesson, keeps the stage where each block wants it, and notes what does not hold.
class Checker {
   public:
    Checker(const Lesson& lesson, Stage& stage) : lesson_(lesson), stage_(stage) {}

    std::vector<Problem> run() {
        check_claims(-1);
        int last = -1;
        for (std::size_t i = 0; i < lesson_.blocks.size(); ++i) {
            const Block& block = lesson_.blocks[i];
            if (block.kind == Block::Kind::panel) {
                last = int(i);
                check_panel(i);
                check_claims(last);
            } else if (block.kind == Block::Kind::task) {
                attempt(block.line, [&] { check_task(block, last); });
            } else if (block.kind == Block::Kind::ask && !block.ask.answer.empty()) {
                attempt(block.line, [&] {
                    bring_to(last);
                    stage_.fact(block.ask.answer);
                });
            }
        }
        return std::move(problems_);
    }

   private:
    void note(int line, std::string what) { problems_.push_back({lesson_.path, line, what}); }

    template <class Work>
    bool attempt(int line, const Work& work) {
        try {
            work();
            return true;
        } catch (const std::exception& error) {
            note(line, error.what());
            return false;
        }
    }

    // Unless it is there already.
    void bring_to(int index) {
        if (at_ == index && !moved_) return;
        at_ = -2;
        if (index < 0)
            stage_.open(lesson_.id);
        else
            play_to(lesson_, std::size_t(index), stage_);
        at_ = index;
        moved_ = false;
    }

    // Played on top of the block before, where that is of the same component: the same as from a
    // fresh panel, and a training run is not repeated for every block.
    void check_panel(std::size_t index) {
        const Block& block = lesson_.blocks[index];
        int before = -1;
        for (std::size_t i = 0; i < index; ++i)
            if (lesson_.blocks[i].kind == Block::Kind::panel &&
                lesson_.blocks[i].component == block.component)
                before = int(i);
        const bool opened = attempt(block.line, [&] {
            if (before >= 0)
                bring_to(before);
            else
                stage_.open(block.component);
        });
        at_ = -2;
        if (!opened) return;
        bool has_shown = false, whole = true;
        for (const Verb& verb : block.verbs)
            whole &= attempt(verb.line, [&] {
                play_one(verb, has_shown, stage_);
                if (verb.kind != Verb::Kind::expect) return;
                const std::string wrong =
                    refute(stage_, verb.name, verb.is_text, verb.number, verb.slack, verb.word);
                if (!wrong.empty()) note(verb.line, "expect " + wrong);
            });
        if (whole) at_ = int(index), moved_ = false;
    }

    void check_claims(int after) {
        for (const Claim& claim : lesson_.claims)
            if (claim.after == after) attempt(claim.line, [&] { check_claim(claim); });
    }

    void check_claim(const Claim& claim) {
        bring_to(claim.after);
        if (!stage_.has_fact(claim.fact)) {
            if (claim.is_text || stage_.has_knob(claim.fact)) return;
            note(claim.line, "`" + claim.fact + " = " + claim.word +
                                 "`: names neither a fact nor a knob of the panel");
            return;
        }
        const std::string wrong =
            refute(stage_, claim.fact, claim.is_text, claim.number, claim.slack, claim.word);
        if (!wrong.empty()) note(claim.line, "`" + claim.fact + " = " + claim.word + "`: " + wrong);
    }

    void check_task(const Block& block, int last) {
        const Task& task = block.task;
        if (task.fact.empty()) return;
        bring_to(last);
        if (is_done(task, stage_)) note(block.line, "the task is done before it begins");
        moved_ = true;
        play(task.show_me, stage_);
        if (!is_done(task, stage_))
            note(block.line, "show me does not reach it: " + task.fact + " is " +
                                 number_text(stage_.fact(task.fact).number, 6));
    }

    const Lesson& lesson_;
    Stage& stage_;
    std::vector<Problem> problems_;
    int at_ = -2;         // the block that the stage stands after; -2: nobody knows
    bool moved_ = false;  // a task has been played since
};

}  // namespace

void play(const std::vector<Verb>& verbs, Stage& stage) {
    bool has_shown = false;
    for (const Verb& verb : verbs) play_one(verb, has_shown, stage);
}

void play_to(const Lesson& lesson, std::size_t index, Stage& stage) {
    if (index >= lesson.blocks.size() || lesson.blocks[index].kind != Block::Kind::panel)
        throw ValueError("lesson: block " + std::to_string(index) + " is no panel block");
    const std::string& component = lesson.blocks[index].component;
    stage.open(component);
    for (std::size_t i = 0; i <= index; ++i)
        if (lesson.blocks[i].kind == Block::Kind::panel && lesson.blocks[i].component == component)
            play(lesson.blocks[i].verbs, stage);
}

bool is_done(const Task& task, Stage& stage) {
    const Stage::Fact fact = stage.fact(task.fact);
    if (fact.is_text) throw ValueError("until " + task.fact + ": is a text, wanted a number");
    return task.order == '<' ? fact.number < task.number : fact.number > task.number;
}

std::vector<Problem> check(const Lesson& lesson, Stage& stage, const Sources& sources) {
    std::vector<Problem> problems = lesson.problems;
    for (Problem& problem : check_excerpts(lesson, sources)) problems.push_back(std::move(problem));
    for (Problem& problem : Checker(lesson, stage).run()) problems.push_back(std::move(problem));
    return problems;
}

std::vector<Problem> check_excerpts(const Lesson& lesson, const Sources& sources) {
    std::vector<Problem> problems;
    for (const Block& block : lesson.blocks) {
        if (block.kind != Block::Kind::code || block.path.empty()) continue;
        const auto note = [&](std::string what) {
            problems.push_back({lesson.path, block.line, std::move(what)});
        };
        const std::string* source = sources(block.path);
        if (!source) {
            note("no file " + block.path);
            continue;
        }
        const Excerpt cut = cut_excerpt(*source, block.marker);
        if (!cut.error.empty())
            note(block.path + " " + cut.error);
        else if (cut.text != block.body)
            note("the excerpt is not what " + block.path + ":" + std::to_string(cut.first_line) +
                 " says: run `orrery lesson write`");
    }
    return problems;
}

std::string renewed(const Lesson& lesson, const Sources& sources) {
    const auto lines = split(lesson.text, '\n');
    std::string out;
    std::size_t next = 0;
    const auto copy_until = [&](std::size_t end) {
        for (; next < end && next < lines.size(); ++next) {
            out += lines[next];
            if (next + 1 < lines.size()) out += '\n';
        }
    };
    for (const Block& block : lesson.blocks) {
        if (block.kind != Block::Kind::code || block.path.empty()) continue;
        const std::string* source = sources(block.path);
        if (!source) continue;
        const Excerpt cut = cut_excerpt(*source, block.marker);
        if (cut.text.empty()) continue;
        copy_until(std::size_t(block.line));
        out += cut.text;
        next += std::size_t(std::count(block.body.begin(), block.body.end(), '\n'));
    }
    copy_until(lines.size());
    return out;
}

}  // namespace orrery::lessons
