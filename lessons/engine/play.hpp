// Play: a lesson against a stage, and the checks of what it claims
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "lessons/engine/lesson.hpp"
#include "lessons/engine/stage.hpp"

namespace orrery::lessons {

// The text of a file of the repository; nullptr when there is none.
using Sources = std::function<const std::string*(std::string_view path)>;

// Brings the stage to where block `index` (a panel block) leaves it: every panel block of the same
// component up to it, played in order from a fresh panel. Nothing is claimed; throws what the stage
// throws.
void play_to(const Lesson& lesson, std::size_t index, Stage& stage);
// The verbs alone, on the stage as it stands: the last panel block, or a task's `show me`.
void play(const std::vector<Verb>& verbs, Stage& stage);

// Whether the stage is where the task wants it.
bool is_done(const Task& task, Stage& stage);

// Everything of one lesson: what parsing found, every name, every `expect`, every claim in prose,
// every excerpt, that each task is not done before and done after its `show me`.
std::vector<Problem> check(const Lesson& lesson, Stage& stage, const Sources& sources);
// Only the excerpts.
std::vector<Problem> check_excerpts(const Lesson& lesson, const Sources& sources);

// The lesson's text with every excerpt cut anew. Excerpts that cannot be cut stay as they are.
std::string renewed(const Lesson& lesson, const Sources& sources);

}  // namespace orrery::lessons
