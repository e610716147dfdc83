// docs/coverage.md, as the headers say it
#pragma once

#include <string>

namespace orrery::test {

std::string coverage_page();

}  // namespace orrery::test
