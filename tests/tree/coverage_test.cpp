#include <cstdlib>
#include <fstream>

#include "tests/support/catch.hpp"
#include "tests/support/coverage.hpp"
#include "tests/support/repository.hpp"

using namespace orrery;

// scripts/coverage sets ORRERY_RENEW, and the page is written instead.
TEST_CASE("coverage: docs/coverage.md is what scripts/coverage writes", "[tree][coverage]") {
    const std::string page = test::coverage_page();
    if (std::getenv("ORRERY_RENEW")) {
        std::ofstream(ORRERY_SOURCE_DIR "/docs/coverage.md", std::ios::binary) << page;
        return;
    }
    INFO("docs/coverage.md is old: run scripts/coverage");
    CHECK((test::read("docs/coverage.md") == page));
}
