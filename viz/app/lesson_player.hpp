// Lesson player: the lesson of the open component, its blocks played on the session, its questions
#pragma once

#include <string>

#include "viz/app/session.hpp"

namespace orrery::viz {

void lesson_play(Session& session, int block);
void lesson_move(Session& session, int blocks);
void lesson_answer(Session& session, int question, const std::string& choice);
void lesson_show_me(Session& session, int task);

}  // namespace orrery::viz
