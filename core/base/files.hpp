// Files: whole files in and out, safely
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace orrery {

// The bytes of a file; "-" reads standard input. FormatError when it cannot be read, is a
// directory, or is larger than `most` bytes.
std::string read_file(const std::string& path, std::uint64_t most = std::uint64_t{1} << 32);

// Writes beside the file and renames, so that a reader sees the old or the new, never half.
// FormatError (with the system's reason: disk full, no such folder) and the old file is untouched.
void write_file(const std::string& path, std::string_view bytes);

// 64 hexadecimal digits (FIPS 180-4).
std::string sha256(std::string_view bytes);

}  // namespace orrery
