# Dependencies. Dear ImGui and Catch2 in this order: an installed package that is new enough, a directory
# given as FETCHCONTENT_SOURCE_DIR_<NAME>, what scripts/setup unpacked below build/deps, FetchContent.
include(FetchContent)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(nlohmann_json 3.10 REQUIRED)
find_package(CLI11 2.1 REQUIRED)

pkg_check_modules(MD4C REQUIRED IMPORTED_TARGET md4c)
add_library(md4c ALIAS PkgConfig::MD4C)
pkg_check_modules(UTF8PROC REQUIRED IMPORTED_TARGET libutf8proc)
add_library(utf8proc ALIAS PkgConfig::UTF8PROC)

find_path(STB_INCLUDE stb_image_write.h PATH_SUFFIXES stb REQUIRED)
add_library(stb INTERFACE)
target_include_directories(stb SYSTEM INTERFACE "${STB_INCLUDE}")

set(ORRERY_HAS_BLAS OFF)
if(ORRERY_BLAS)
    pkg_check_modules(OPENBLAS IMPORTED_TARGET openblas)
    if(OPENBLAS_FOUND)
        set(ORRERY_HAS_BLAS ON)
        add_library(orrery_blas ALIAS PkgConfig::OPENBLAS)
        message(STATUS "BLAS: OpenBLAS ${OPENBLAS_VERSION}")
    else()
        message(STATUS "BLAS: none found, using our own kernel (slower)")
    endif()
endif()

foreach(name IMGUI CATCH2)
    string(TOLOWER ${name} lower)
    if(NOT FETCHCONTENT_SOURCE_DIR_${name} AND EXISTS "${CMAKE_SOURCE_DIR}/build/deps/${lower}")
        set(FETCHCONTENT_SOURCE_DIR_${name} "${CMAKE_SOURCE_DIR}/build/deps/${lower}" CACHE PATH "" FORCE)
    endif()
endforeach()

# Dear ImGui has no build of its own: its sources are compiled here, without our warnings.
FetchContent_Declare(imgui GIT_REPOSITORY https://github.com/ocornut/imgui.git GIT_TAG v1.92.2b)
FetchContent_GetProperties(imgui)
if(NOT imgui_POPULATED)
    FetchContent_Populate(imgui)
endif()
file(STRINGS "${imgui_SOURCE_DIR}/imgui.h" imgui_version REGEX "#define IMGUI_VERSION +\"")
string(REGEX MATCH "[0-9]+\\.[0-9]+[^\"]*" imgui_version "${imgui_version}")
message(STATUS "Dear ImGui ${imgui_version} in ${imgui_SOURCE_DIR}")
if(NOT imgui_version VERSION_GREATER_EQUAL 1.92 OR imgui_version VERSION_GREATER_EQUAL 1.93)
    message(FATAL_ERROR "Dear ImGui ${imgui_version} in ${imgui_SOURCE_DIR}: wanted 1.92.x")
endif()
add_library(imgui STATIC "${imgui_SOURCE_DIR}/imgui.cpp" "${imgui_SOURCE_DIR}/imgui_draw.cpp"
    "${imgui_SOURCE_DIR}/imgui_tables.cpp" "${imgui_SOURCE_DIR}/imgui_widgets.cpp"
    "${imgui_SOURCE_DIR}/misc/cpp/imgui_stdlib.cpp")
target_include_directories(imgui SYSTEM PUBLIC "${imgui_SOURCE_DIR}" "${imgui_SOURCE_DIR}/misc/cpp")
target_compile_definitions(imgui PUBLIC IMGUI_DISABLE_DEMO_WINDOWS
    IMGUI_DISABLE_OBSOLETE_FUNCTIONS IMGUI_USE_WCHAR32)

if(ORRERY_WINDOW)
    find_package(glfw3 3.3 REQUIRED)
    find_package(OpenGL REQUIRED COMPONENTS OpenGL EGL)
    add_library(imgui_window STATIC "${imgui_SOURCE_DIR}/backends/imgui_impl_glfw.cpp"
        "${imgui_SOURCE_DIR}/backends/imgui_impl_opengl3.cpp")
    target_include_directories(imgui_window SYSTEM PUBLIC "${imgui_SOURCE_DIR}/backends")
    target_link_libraries(imgui_window PUBLIC imgui glfw OpenGL::OpenGL OpenGL::EGL ${CMAKE_DL_LIBS})
endif()

if(ORRERY_TESTS)
    find_package(Catch2 3 QUIET)
    if(NOT Catch2_FOUND)
        set(CATCH_INSTALL_DOCS OFF)
        FetchContent_Declare(catch2 GIT_REPOSITORY https://github.com/catchorg/Catch2.git GIT_TAG v3.7.1 SYSTEM)
        FetchContent_MakeAvailable(catch2)
    endif()
endif()
