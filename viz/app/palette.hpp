// Palette: Ctrl+K finds components, lessons, actions and words of the glossary, in both languages
#pragma once

#include <string>
#include <vector>

#include "viz/app/session.hpp"
#include "viz/kit/canvas.hpp"

namespace orrery::viz {

struct Found {
    std::string kind;    // "component", "lesson", "action", "word"
    std::string title;   // in the session's language
    std::string detail;  // quiet, after it
    std::string action;
    int score = 0;
};

// What matches `session.search`, best first, at most 40. Everything when it is empty.
std::vector<Found> palette_results(const Session& session);
void draw_palette(Canvas& c, const Session& session);

}  // namespace orrery::viz
