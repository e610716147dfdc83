#include "viz/kit/format.hpp"

#include <cmath>

#include "tests/support/catch.hpp"

using namespace orrery::viz;

TEST_CASE("format: values", "[kit][format]") {
    CHECK(format_value(0.137) == "0.137");
    CHECK(format_value(0.1372841) == "0.1373");
    CHECK(format_value(0.1372841, true) == "0.1372841");
    CHECK(format_value(-0.5) == "−0.5");
    CHECK(format_value(0.0) == "0");
    CHECK(format_value(-0.0) == "0");
    CHECK(format_value(1.0 / 3, true) == "0.333333333");
    CHECK(format_value(1.25e-5) == "1.25e−5");
    CHECK(format_value(1e10) == "1e10");
    CHECK(format_value(-2.5e-100) == "−2.5e−100");
    CHECK(format_value(NAN) == "NaN");
    CHECK(format_value(INFINITY) == "+∞");
    CHECK(format_value(-INFINITY) == "−∞");
    CHECK(format_value(100) == "100");
}

TEST_CASE("format: short values round, and never show another number's digits", "[kit][format]") {
    CHECK(format_short(0.137, 5) == "0.137");
    CHECK(format_short(0.137, 4) == "0.14");
    CHECK(format_short(-0.137, 5) == "−0.14");
    CHECK(format_short(1.5, 4) == "1.5");
    CHECK(format_short(12.345, 4) == "12.3");
    CHECK(format_short(1234, 4) == "1234");
    CHECK(format_short(-12345, 5) == "−1e4");
    CHECK(format_short(-0.04, 4) == "−.04");
    CHECK(format_short(1e-5, 4) == "1e−5");
    CHECK(format_short(1e-5, 3) == "+0");
    CHECK(format_short(-1e-5, 3) == "−0");
    CHECK(format_short(123456, 2) == "…");
    CHECK(format_short(0, 3) == "0");
}

TEST_CASE("format: counts and bytes", "[kit][format]") {
    CHECK(format_count(12) == "12");
    CHECK(format_count(999) == "999");
    CHECK(format_count(1234) == "1.2 k");
    CHECK(format_count(124e6) == "124 M");
    CHECK(format_count(9999, Language::chinese) == "9999");
    CHECK(format_count(12345, Language::chinese) == "1.2 万");
    CHECK(format_count(124e6, Language::chinese) == "1.2 亿");
    CHECK(format_count(25e6, Language::chinese) == "2500 万");
    CHECK(format_bytes(3.4e6) == "3.4 MB");
    CHECK(format_bytes(512) == "512 B");
    CHECK(format_count(999960) == "1 M");
}
