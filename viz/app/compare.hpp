// Compare: a pinned state A beside the one on show B, or their difference B − A
//
// It needs nothing of a panel. Side by side, the panel draws each trace by itself, and both have
// the same selection. The difference is shown as labelled matrices rather than by the panel: a
// panel's own words and shapes (probabilities, arrows, curves) would not be true of B − A.
#pragma once

#include <string>
#include <vector>

#include "viz/app/session.hpp"
#include "viz/kit/canvas.hpp"

namespace orrery::viz {

// One knob, seed, step or text that A and B do not share.
struct Change {
    std::string what, a, b;
};
std::vector<Change> changes(const Session& s);

// B − A for every tensor that both have with the same shape.
struct Difference {
    Trace trace;                     // those that differ, with B's names of rows and columns
    std::vector<std::string> alike;  // equal in both to the bit; NaN equals NaN
    std::vector<std::string> apart;  // in one only, of different shapes, or ids that differ
};
Difference difference_of(const Trace& a, const Trace& b);

// Whether a selection names something of the trace, and no cell beyond its ends.
bool lies_in(const Selection& at, const Trace& trace);

// The picture of a session with that view: B alone, A beside B, or B − A. `fade` from 0 to 1 dims
// what the hovered cell has nothing to do with (viz/kit/fade.hpp).
Canvas session_picture(const Session& s, const View& view, float fade = 0);

// What is compared and how they differ, in words; empty without a pin.
std::string compare_words(const Session& s);

}  // namespace orrery::viz
