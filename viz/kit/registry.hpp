// The panels, found by file name at configure time (see cmake/Registry.cmake)
#pragma once

#include <span>
#include <string_view>

#include "viz/kit/panel.hpp"

namespace orrery::viz {

struct RegisteredPanel {
    std::string_view id;  // "norm/layer_norm"
    Panel (*make)();
};

// Sorted by id.
std::span<const RegisteredPanel> panels();
// nullptr when there is no such panel.
const RegisteredPanel* find_panel(std::string_view id);

}  // namespace orrery::viz
