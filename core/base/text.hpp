// Text: UTF-8, and numbers as text
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace orrery {

// One code point read from the front of `bytes`, and how many bytes it took. Bytes that are not
// valid UTF-8 (overlong, surrogate, cut off, above U+10FFFF) give length 1 and `valid` false.
struct CodePoint {
    std::uint32_t value = 0;
    std::size_t length = 0;  // 0 only when there are no bytes
    bool valid = true;
};
CodePoint next_code_point(std::string_view bytes);
std::string to_utf8(std::uint32_t code_point);
// The offset of the first byte that is not valid UTF-8; npos when all is.
std::size_t first_invalid_utf8(std::string_view bytes);
// Each whole character as one string; each byte that belongs to none as a string of that byte.
std::vector<std::string> split_characters(std::string_view text);

std::vector<std::string> split(std::string_view text, char separator);
std::string_view trim(std::string_view text);

// "%.*g" without regard to the locale; and back. nullptr-safe: returns false unless all was read.
std::string number_text(double value, int digits = 9);
bool parse_number(std::string_view text, double& value);
bool parse_integer(std::string_view text, long long& value);

}  // namespace orrery
