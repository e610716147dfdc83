// Lesson player: the lesson of the open component, its blocks played on the session, its questions
#pragma once

#include <memory>
#include <string>

#include "lessons/engine/lesson.hpp"
#include "lessons/engine/stage.hpp"
#include "viz/app/session.hpp"

namespace orrery::viz {

// The lesson in the language, else in English; nullptr when there is none. Read once.
const lessons::Lesson* lesson_of(std::string_view id, Language language);

// The session as a stage. With one that works at once, everything is computed when a function returns.
std::unique_ptr<lessons::Stage> make_stage(Session& session);

// Plays panel block `block`, counted from 0 among all blocks.
void lesson_play(Session& session, int block);
// To the next or the last panel block.
void lesson_move(Session& session, int blocks);
void lesson_answer(Session& session, int question, const std::string& choice);
void lesson_show_me(Session& session, int task);

// "norm/layer_norm#2": what an answer is kept under.
std::string answer_key(const std::string& lesson, int question);
// Whether the task's wish is fulfilled by what is on show.
bool is_done(const Session& session, const lessons::Task& task);

}  // namespace orrery::viz
