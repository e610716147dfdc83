#include "core/base/text.hpp"

#include <clocale>
#include <cmath>
#include <limits>

#include "tests/support/catch.hpp"

using namespace orrery;

TEST_CASE("text: characters of one to four bytes", "[base][text]") {
    const std::pair<std::string, std::uint32_t> known[] = {
        {"A", 0x41},    {"é", 0xE9},    {"注", 0x6CE8},
        {"😀", 0x1F600}, {"\x7F", 0x7F}, {"\xF4\x8F\xBF\xBF", 0x10FFFF}};
    for (const auto& [bytes, value] : known) {
        const auto c = next_code_point(bytes + "x");
        CHECK(c.valid);
        CHECK(c.value == value);
        CHECK(c.length == bytes.size());
        CHECK(to_utf8(value) == bytes);
    }
    CHECK(next_code_point("").length == 0);
    CHECK(next_code_point(std::string_view("\0", 1)).length == 1);
}

TEST_CASE("text: bytes that are no UTF-8 are told one by one", "[base][text][edge]") {
    // a lone continuation, overlong, surrogate, above U+10FFFF, cut off, never a first byte
    for (const char* bytes :
         {"\x80", "\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE4\xBD",
          "\xF0\x9F\x98", "\xFF", "\xC3(", "\xF8\x88\x80\x80\x80"}) {
        const auto c = next_code_point(bytes);
        CHECK_FALSE(c.valid);
        CHECK(c.length == 1);
        CHECK(first_invalid_utf8(std::string("ok") + bytes) == 2);
    }
    CHECK(first_invalid_utf8("注意力") == std::string::npos);
    CHECK(first_invalid_utf8("") == std::string::npos);
    CHECK(split_characters("a注\xFF\x80") == std::vector<std::string>{"a", "注", "\xFF", "\x80"});
    CHECK(split_characters("").empty());
}

TEST_CASE("text: split and trim", "[base][text]") {
    CHECK(split("a,b,,c", ',') == std::vector<std::string>{"a", "b", "", "c"});
    CHECK(split("", ',') == std::vector<std::string>{""});
    CHECK(split(",", ',') == std::vector<std::string>{"", ""});
    CHECK(trim(" \t a b\r\n") == "a b");
    CHECK(trim(" \n ").empty());
    CHECK(trim({}).empty());
}

TEST_CASE("text: numbers are written and read back", "[base][text]") {
    CHECK(number_text(0.5) == "0.5");
    CHECK(number_text(-1234567.0, 3) == "-1.23e+06");
    CHECK(number_text(std::numeric_limits<double>::infinity()) == "inf");
    CHECK(number_text(NAN) == "nan");
    for (const double value : {0.1, -1e-300, 3.0, 1e22, 123456789.125}) {
        double back = 0;
        CHECK(parse_number(number_text(value, 17), back));
        CHECK(back == value);
    }
    double value = 7;
    for (const char* good : {"12", "-0.5", ".5", "5.", "+3e-4", "1E5", "inf", "-inf", "1e999"})
        CHECK(parse_number(good, value));
    value = 7;
    for (const char* bad :
         {"", " 1", "1 ", "0x10", "1e", "e5", ".", "-", "1,5", "infinity", "nanx", "--1", "1.2.3"})
        CHECK_FALSE(parse_number(bad, value));
    CHECK_FALSE(parse_number({}, value));
    CHECK(value == 7);
}

TEST_CASE("text: numbers do not depend on the locale", "[base][text]") {
    const std::string before = std::setlocale(LC_NUMERIC, nullptr);
    const char* comma = nullptr;
    for (const char* name : {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8"})
        if (!comma) comma = std::setlocale(LC_NUMERIC, name);
    if (!comma) SKIP("no locale with a decimal comma is installed");
    double value = 0;
    CHECK(number_text(0.25) == "0.25");
    CHECK(parse_number("0.25", value));
    CHECK(value == 0.25);
    CHECK_FALSE(parse_number("0,25", value));
    std::setlocale(LC_NUMERIC, before.c_str());
}

TEST_CASE("text: integers are read whole or not at all", "[base][text]") {
    long long value = 7;
    CHECK(parse_integer("-9223372036854775808", value));
    CHECK(value == std::numeric_limits<long long>::min());
    CHECK(parse_integer("+12", value));
    CHECK(value == 12);
    for (const char* bad : {"", "+", "-", "1.5", "9223372036854775808", " 1", "1x", "+-1"})
        CHECK_FALSE(parse_integer(bad, value));
    CHECK_FALSE(parse_integer({}, value));
    CHECK(value == 12);
}
