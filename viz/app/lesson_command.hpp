// orrery lesson: the lessons from the command line
#pragma once

#include <string>
#include <vector>

#include "lessons/engine/lesson.hpp"
#include "lessons/engine/play.hpp"

namespace orrery::viz {

struct LessonOptions {
    std::string what = "list";  // "list", "show", "check" or "write"
    std::string id;             // "norm/layer_norm"; "" = all
    std::string language = "en";
    bool json = false;
};
// list: in reading order. show: the text. check: replays each and evaluates every claim; 1 when one
// does not hold. write: cuts the excerpts anew in the files of the repository, which is the folder
// ORRERY_SOURCE or else the working folder.
int lesson_command(const LessonOptions& options);

// The lesson of a component as the program carries it, in that language; nullptr when there is
// none. Read once; stays valid.
const lessons::Lesson* find_lesson(std::string_view id, bool chinese = false);
// Everything there is to say against a lesson and its translation.
std::vector<lessons::Problem> check_lesson(std::string_view id);

}  // namespace orrery::viz
