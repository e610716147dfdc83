#include "viz/app/lesson_player.hpp"

#include <algorithm>
#include <map>
#include <mutex>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "lessons/engine/play.hpp"
#include "viz/kit/resources.hpp"

namespace orrery::viz {
namespace {

class SessionStage final : public lessons::Stage {
   public:
    explicit SessionStage(Session& session) : session_(session) {}

    void open(std::string_view component) override {
        session_.act_strictly("open " + std::string(component));
        session_.settle();
        session_.act_strictly("last");
    }
    void set(std::string_view knob, std::string_view value) override {
        const bool is_knob = session_.knobs().has(knob);
        std::string verb = "set " + std::string(knob) + " ";
        if (!is_knob && (knob == "text" || knob == "seed")) verb = std::string(knob) + " ";
        session_.act_strictly(verb + std::string(value));
        session_.settle();
    }
    void show(std::string_view part) override {
        session_.act_strictly("show " + std::string(part));
    }
    void hide_all() override {
        // Nothing is on show until a part is: the parts that follow are added to an empty list.
        session_.shown_parts.assign(1, std::string());
    }
    void point(std::string_view name) override {
        const OpenPanel* panel = session_.panel();
        if (!panel) throw ValueError("point: no picture is open");
        const auto& parts = panel->declaration.part_names();
        if (std::find(parts.begin(), parts.end(), name) == parts.end() &&
            !session_.knobs().has(name))
            throw ValueError("point: there is no part or knob " + std::string(name));
        session_.act_strictly("point " + std::string(name));
    }
    void step_to(double t) override { session_.act_strictly("t " + number_text(t)); }
    void train_to(std::size_t step) override {
        session_.act_strictly("step " + std::to_string(step));
        session_.settle();
    }
    Fact fact(std::string_view name) override {
        const FactValue value = session_.fact(name);
        return {value.number, value.text, value.is_text};
    }

    bool has_fact(std::string_view name) const override {
        if (!session_.panel()) return false;
        const auto& facts = session_.panel()->declaration.facts();
        return std::any_of(facts.begin(), facts.end(),
                           [&](const auto& f) { return f.name == name; });
    }
    bool has_knob(std::string_view name) const override { return session_.knobs().has(name); }

   private:
    Session& session_;
};

}  // namespace

std::unique_ptr<lessons::Stage> make_stage(Session& session) {
    return std::make_unique<SessionStage>(session);
}

const lessons::Lesson* lesson_of(std::string_view id, Language language) {
    static std::mutex mutex;
    static std::map<std::string, std::unique_ptr<lessons::Lesson>, std::less<>> read;
    std::string path =
        "lessons/" + std::string(id) + (language == Language::chinese ? ".zh.md" : ".md");
    if (language == Language::chinese && !resource(path))
        path = "lessons/" + std::string(id) + ".md";
    std::lock_guard lock(mutex);
    const auto it = read.find(path);
    if (it != read.end()) return it->second.get();
    const std::string* text = resource(path);
    auto& slot = read[path];
    if (text) slot = std::make_unique<lessons::Lesson>(lessons::parse_lesson(*text, path));
    return slot.get();
}

std::string answer_key(const std::string& lesson, int question) {
    return lesson + "#" + std::to_string(question);
}

bool is_done(const Session& session, const lessons::Task& task) {
    try {
        const FactValue value = session.fact(task.fact);
        return task.order == '<' ? value.number < task.number : value.number > task.number;
    } catch (const std::exception&) {
        return false;
    }
}

static const lessons::Lesson& open_lesson(const Session& session) {
    const lessons::Lesson* lesson = lesson_of(session.lesson, session.settings.language);
    if (!lesson) throw ValueError("lesson: there is none for " + session.lesson);
    return *lesson;
}

// A lesson is done when its last picture was played and every question answered.
static void note_progress(Session& session, const lessons::Lesson& lesson) {
    const auto at = session.progress.lesson_block.find(lesson.id);
    int last = -1;
    for (std::size_t i = 0; i < lesson.blocks.size(); ++i) {
        if (lesson.blocks[i].kind == lessons::Block::Kind::panel) last = int(i);
        if (lesson.blocks[i].kind == lessons::Block::Kind::ask &&
            !session.progress.answers.count(answer_key(lesson.id, int(i))))
            return;
    }
    if (at != session.progress.lesson_block.end() && at->second >= last)
        session.progress.lessons_done.insert(lesson.id);
}

void lesson_play(Session& session, int block) {
    const lessons::Lesson& lesson = open_lesson(session);
    if (block < 0 || std::size_t(block) >= lesson.blocks.size() ||
        lesson.blocks[std::size_t(block)].kind != lessons::Block::Kind::panel)
        throw ValueError("lesson-play: block " + std::to_string(block) + " shows no picture");
    const std::string id = session.lesson;
    const auto stage = make_stage(session);
    lessons::play_to(lesson, std::size_t(block), *stage);
    session.lesson = id;
    session.tab = "lesson";
    session.progress.lesson_block[id] = std::max(session.progress.lesson_block[id], block);
    session.lesson_at[id] = block;
    session.follow_lesson = true;
    note_progress(session, lesson);
}

void lesson_move(Session& session, int blocks) {
    const lessons::Lesson& lesson = open_lesson(session);
    const auto it = session.lesson_at.find(session.lesson);
    const int size = int(lesson.blocks.size());
    int at = it == session.lesson_at.end() ? -1 : it->second;
    for (int i = at + blocks; i >= 0 && i < size; i += blocks)
        if (lesson.blocks[std::size_t(i)].kind == lessons::Block::Kind::panel)
            return lesson_play(session, i);
}

void lesson_answer(Session& session, int question, const std::string& choice) {
    const lessons::Lesson& lesson = open_lesson(session);
    if (question < 0 || std::size_t(question) >= lesson.blocks.size() ||
        lesson.blocks[std::size_t(question)].kind != lessons::Block::Kind::ask)
        throw ValueError("answer: block " + std::to_string(question) + " is no question");
    session.progress.answers[answer_key(lesson.id, question)] = choice;
    note_progress(session, lesson);
}

void lesson_show_me(Session& session, int task) {
    const lessons::Lesson& lesson = open_lesson(session);
    if (task < 0 || std::size_t(task) >= lesson.blocks.size() ||
        lesson.blocks[std::size_t(task)].kind != lessons::Block::Kind::task)
        throw ValueError("show-me: block " + std::to_string(task) + " is no task");
    const auto stage = make_stage(session);
    lessons::play(lesson.blocks[std::size_t(task)].task.show_me, *stage);
}

}  // namespace orrery::viz
