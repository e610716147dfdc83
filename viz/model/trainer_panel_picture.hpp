// Trainer, the picture: what the panel's words and facts read off the trace, and its drawing
#pragma once

#include <string>
#include <string_view>

#include "viz/kit/panel.hpp"

namespace orrery::viz::trainer_panel {

inline constexpr const char* none = "—";  // a fact that does not apply

// The newest number of a curve that is one; NaN when there is none.
double last_of(const Trace& t, const char* name);
// Text as it is shown: what no font draws as its code.
std::string seen(std::string_view bytes);
// "block.0" of the layout as it is said: "block 1".
std::string group_name(const View& view, const std::string& group);

void draw(Canvas& c, const Trace& t, const View& view);

}  // namespace orrery::viz::trainer_panel
