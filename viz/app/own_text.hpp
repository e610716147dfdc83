// Own text: which knob says whether a panel works on the text of the workspace
//
// A choice knob that offers "own_text" among its words uses the text only when that is chosen;
// typing into the text's field chooses it. A panel without such a knob always uses its text.
#pragma once

#include <algorithm>
#include <string>

#include "viz/app/worker.hpp"

namespace orrery::viz {

inline constexpr const char* own_text_choice = "own_text";

// Its name; "" when there is none.
inline const std::string& knob_of_text(const OpenPanel* panel) {
    static const std::string none;
    if (panel && panel->declaration.reads_text())
        for (const Knob& knob : panel->declaration.knobs())
            if (knob.type == Knob::Type::choice &&
                std::find(knob.choices.begin(), knob.choices.end(), own_text_choice) !=
                    knob.choices.end())
                return knob.name;
    return none;
}

}  // namespace orrery::viz
