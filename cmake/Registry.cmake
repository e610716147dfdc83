# Panels are found by file name: viz/<family>/<name>_panel.cpp has the function make_<family>_<name>_panel.
# The table that names them all is generated, so the linker keeps each and one that is missing is a link error.
file(GLOB panel_files RELATIVE "${CMAKE_SOURCE_DIR}/viz" CONFIGURE_DEPENDS viz/*/*_panel.cpp)
list(SORT panel_files)
set(declarations "")
set(rows "")
foreach(file ${panel_files})
    string(REGEX REPLACE "_panel\\.cpp$" "" id "${file}")
    string(REPLACE "/" "_" name "${id}")
    string(APPEND declarations "Panel make_${name}_panel();\n")
    string(APPEND rows "    {\"${id}\", &make_${name}_panel},\n")
endforeach()
list(LENGTH panel_files panel_count)
file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/generated/panel_table.cpp" CONTENT
"// Written by cmake/Registry.cmake from the names of the files viz/*/*_panel.cpp
#include <array>

#include \"viz/kit/registry.hpp\"

namespace orrery::viz {

@declarations@
static constexpr std::array<RegisteredPanel, @panel_count@> table{{
@rows@}};

std::span<const RegisteredPanel> panels() { return table; }

const RegisteredPanel* find_panel(std::string_view id) {
    for (const auto& panel : table)
        if (panel.id == id) return &panel;
    return nullptr;
}

}  // namespace orrery::viz
" @ONLY)
set(ORRERY_GENERATED "${CMAKE_BINARY_DIR}/generated/panel_table.cpp")
