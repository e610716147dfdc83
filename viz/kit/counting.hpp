// Counting: what people read counts from 1 ("row 1", "token 3", "head 2")
//
// Indexes that count from 0 are for the Values tab, for code and for exports, and stand in brackets
// there: [0, 3].
#pragma once

#include <string>

namespace orrery::viz {

// The place of index `i` as it is said: of the first, 0, "1".
inline std::string counted(long long i) { return std::to_string(i + 1); }

}  // namespace orrery::viz
