// Picture: a panel drawn whatever happens — its own drawing, its card and labelled matrices without
// one, or the reason
#pragma once

#include "viz/app/worker.hpp"
#include "viz/kit/canvas.hpp"
#include "viz/kit/view.hpp"

namespace orrery::viz {

// The picture on a canvas of its own of size view.size. Never throws.
Canvas draw_picture(const OpenPanel& panel, const Shown& shown, const View& view);

// The command that works on a component without a picture: "orrery run activation/gelu".
std::string instead_of_picture(const OpenPanel& panel);

// What the badge of a component says: "computed", "simulated clock", "schematic"; "" without a
// header.
std::string badge_of(std::string_view id);

}  // namespace orrery::viz
