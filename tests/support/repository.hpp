// The repository's own files, for tests that walk the tree
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "viz/kit/header.hpp"

namespace orrery::test {

// Paths below the repository, sorted: all files in `folder` and below it whose name ends in `end`.
std::vector<std::string> files_in(std::string_view folder, std::string_view end);
bool exists(std::string_view path);
std::string read(std::string_view path);

// The components on disk: every header in core (or panel without a core file) whose block has a
// `survey` label; by survey section, then by id.
const std::vector<viz::Header>& components();
// "norm" of "core/norm/rms_norm.hpp".
std::string family_of(std::string_view path);

// The lines, each indented, under a heading that says how many; "" when there are none. For
// messages.
std::string listed(const std::vector<std::string>& lines);

}  // namespace orrery::test
