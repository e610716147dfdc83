// View: everything a picture depends on besides the trace
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "viz/kit/geometry.hpp"
#include "viz/kit/knobs.hpp"
#include "viz/kit/language.hpp"
#include "viz/kit/selection.hpp"

namespace orrery {
class Trace;
}

namespace orrery::viz {

// What one selected cell is made of; said in the tooltip, outlined in the picture, lit in the code.
struct Explanation {
    std::string formula;              // with numbers: "0.31 × 1.2 + 0.5 × 0.7 = 0.72"
    std::string why;                  // one sentence, in the view's language
    std::string term;                 // the name in the header's formula that this cell is
    std::vector<CellRange> operands;  // what it was computed from
};

// How one matrix is looked at: set by zooming, by the buttons under it, by its histogram's ends.
struct Lens {
    Rect view{0, 0, 1, 1};    // part on show, fractions of columns and rows
    std::string norm;         // "", "linear", "log", "per_row", "symmetric"; "" as the panel says
    float low = 0, high = 0;  // low == high: as the panel says
    std::string map;          // "", "cividis", "viridis", "grey", "diverging", "dots"
    // The part on show is where one is, not how one looks: undo leaves it alone.
    friend bool operator==(const Lens& a, const Lens& b) {
        return a.norm == b.norm && a.low == b.low && a.high == b.high && a.map == b.map;
    }
    bool plain() const {
        return norm.empty() && map.empty() && low == high && view.w >= 1 && view.h >= 1;
    }
};

struct View {
    Size size;  // of the picture
    Knobs knobs;
    double t = 0;          // operation (integer part) and place in it
    std::size_t step = 0;  // training step on show
    bool exact = true;     // false: the nearest checkpoint is shown (≈)
    // When two states are drawn beside each other, the other's: one scale serves both (scale_ends.hpp).
    const Trace* beside = nullptr;
    Selection hover, lock, pin;
    const Selection& chosen() const { return hover.empty() ? lock : hover; }
    Explanation explanation;                          // of `chosen()`, filled by the app
    std::vector<std::string> shown;                   // parts on show; empty means all
    std::vector<std::string> hidden;                  // parts that a link hides all the same
    std::vector<std::string> pointed;                 // parts with a soft ring around them
    std::map<std::string, Lens, std::less<>> lenses;  // by tensor name
    std::string menu;   // what is open over the picture: "lens.weights"
    std::string typed;  // the number being typed into the locked cell
    Language language = Language::english;
    bool dark = true;
    bool high_contrast = false, reduced_motion = false;
    bool compact = false;     // a gallery card: no labels that need reading
    bool presenting = false;  // before a room: who looks on can neither hover nor press
    std::string component;    // whose language file `say` reads

    bool shows(std::string_view part) const;
    bool points_at(std::string_view part) const;
    // A string of the component's (then the shell's) language file; {name} is replaced. The key
    // itself, in ⟦⟧, when it is missing: a test finds those.
    std::string say(std::string_view key, const Arguments& arguments = {}) const;
};

}  // namespace orrery::viz
