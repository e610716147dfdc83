// Actions: the one language in which widgets, keys, lessons, the search box and tests tell the
// program what to do
//
// A line of words; the last argument takes the rest of the line. The state they change is `Session`
// (viz/app/session.hpp).
//
//   open LINK            show a panel (or "home") with knobs, t, step … as the link says
//   set KNOB VALUE       change a knob; `reset KNOB`, `reset` (all), `preset NAME`
//   edit TENSOR R C V    change one number of an editable input
//   hover|lock|pin SEL   select a cell ("scores:r2:c3"); an empty SEL clears
//   show|hide|point PART (a lesson's verbs; `show all`)
//   t VALUE              place in the animation;  `play`, `pause`, `toggle-play`, `next`, `back`,
//   `speed V` step N               training step;  `run`, `stop`, `step-once`, `until loss < 2` …
//   lens TENSOR norm|view|range VALUE…
//   tab NAME  language en|zh  theme dark|light  scale V  undo  redo  search TEXT  present  …
//
// viz/app/action.cpp lists them all, with their help, in one table; F1 shows that table.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace orrery::viz {

struct ActionVerb {
    std::string_view name;       // "set"
    std::string_view arguments;  // "KNOB VALUE"
    std::string_view keys;       // "Ctrl+Z", or ""
    bool changes_state;          // an undo step
};

const std::vector<ActionVerb>& action_verbs();

// A key, the action it does, and what F1 says about it.
struct KeyBinding {
    std::string_view
        chord;  // "Ctrl+Shift+Z", "Space", "Right", "[": modifiers in the order Ctrl Alt Shift
    std::string_view action;
    std::string_view shown;  // how F1 writes the key (several together: "← →"); "" as the chord
    std::string_view help;   // key of the language file; "" when F1 does not list it
    bool presenting = false;  // only while presenting
};
const std::vector<KeyBinding>& key_bindings();

// The first word, and the rest without leading blanks.
std::pair<std::string_view, std::string_view> split_word(std::string_view line);

}  // namespace orrery::viz
