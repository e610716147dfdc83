// Resources: files of the repository compiled into the program (see cmake/Resources.cmake)
//
// Sources and headers of core/, panels, lessons and language files. With the environment variable
// ORRERY_SOURCE=DIR they are read from DIR instead, for those who edit.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace orrery::viz {

// The text of "core/norm/rms_norm.cpp"; nullptr when there is no such file.
const std::string* resource(std::string_view path);
// All paths, sorted; only those that start with `prefix`.
std::vector<std::string> resource_paths(std::string_view prefix = "");

}  // namespace orrery::viz
