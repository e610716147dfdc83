// How different two colours look, also to eyes that see fewer of them
#pragma once

#include "viz/kit/theme.hpp"

namespace orrery::test {

struct Lab {
    double l, a, b;
};

enum class Vision { normal, protan, deutan, tritan };

// CIE L*a*b* of an sRGB colour (D65).
Lab to_lab(viz::Color color, Vision vision = Vision::normal);
// CIEDE2000: Sharma, Wu and Dalal, "The CIEDE2000 color-difference formula", 2005.
double ciede2000(const Lab& x, const Lab& y);

}  // namespace orrery::test
