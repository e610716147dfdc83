#include "viz/kit/language.hpp"

#include <fstream>
#include <iterator>

#include "tests/support/catch.hpp"
#include "viz/kit/resources.hpp"

using namespace orrery::viz;

TEST_CASE("resources: a file comes out as it went in", "[kit][resources]") {
    std::ifstream file(ORRERY_SOURCE_DIR "/core/base/random.cpp", std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    REQUIRE(bytes.size() > 1000);
    const std::string* packed = resource("core/base/random.cpp");
    REQUIRE(packed);
    CHECK(*packed == bytes);
}

TEST_CASE("resources: paths are sorted and chosen by prefix", "[kit][resources]") {
    const auto paths = resource_paths("core/base/");
    REQUIRE(paths.size() >= 4);
    for (std::size_t i = 0; i < paths.size(); ++i) {
        CHECK(paths[i].starts_with("core/base/"));
        if (i > 0) CHECK(paths[i - 1] < paths[i]);
        CHECK(resource(paths[i]));
    }
}

TEST_CASE("resources: what is not packed is not there", "[kit][resources][errors]") {
    CHECK(resource("core/base/no_such.hpp") == nullptr);
    CHECK(resource("../etc/passwd") == nullptr);
    CHECK(resource("core/../../etc/passwd.hpp") == nullptr);
    CHECK(resource("") == nullptr);
}

TEST_CASE("language: a missing key shows itself", "[kit][language]") {
    CHECK(say(Language::english, "", "no such key") == "⟦no such key⟧");
    CHECK(say(Language::chinese, "norm/none", "no such key") == "⟦no such key⟧");
    CHECK(find_string(Language::english, "", "no such key") == nullptr);
    CHECK(code(Language::chinese) == "zh");
}
