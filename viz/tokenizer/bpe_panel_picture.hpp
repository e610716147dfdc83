// BPE, the picture
#pragma once

#include "viz/kit/panel.hpp"

namespace orrery::viz::bpe_panel {

void draw(Canvas& c, const Trace& t, const View& view);

}  // namespace orrery::viz::bpe_panel
