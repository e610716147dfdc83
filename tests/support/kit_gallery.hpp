// All widgets of the kit on a few pages: looked at by people, checked by the layout test
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "viz/kit/canvas.hpp"
#include "viz/kit/language.hpp"

namespace orrery::test {

// ("matrices", canvas), ("plots", canvas), ("words", canvas)
std::vector<std::pair<std::string, viz::Canvas>> kit_gallery(viz::Size size, bool dark,
                                                             viz::Language language);

}  // namespace orrery::test
