# Dependencies of the browser edition: headers from the machine, md4c and utf8proc compiled here. Both are
# taken from a directory given as FETCHCONTENT_SOURCE_DIR_<NAME>, what scripts/setup unpacked below
# build/deps, or FetchContent.
if(NOT EMSCRIPTEN)
    message(FATAL_ERROR "the preset web needs Emscripten: run scripts/web, or emcmake cmake --preset web")
endif()
add_library(Threads::Threads INTERFACE IMPORTED)  # cmake/Web.cmake says it for everything

# Libraries that are headers only, without the machine's C headers beside them.
set(web_headers "${CMAKE_BINARY_DIR}/headers")
file(MAKE_DIRECTORY "${web_headers}")
foreach(library nlohmann stb)
    find_path(ORRERY_${library}_HEADERS NAMES ${library} PATHS /usr/include /usr/local/include
        NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH REQUIRED)
    file(CREATE_LINK "${ORRERY_${library}_HEADERS}/${library}" "${web_headers}/${library}" SYMBOLIC)
endforeach()
add_library(nlohmann_json::nlohmann_json INTERFACE IMPORTED)
set_target_properties(nlohmann_json::nlohmann_json PROPERTIES
    INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${web_headers}" INTERFACE_INCLUDE_DIRECTORIES "${web_headers}")
add_library(CLI11::CLI11 INTERFACE IMPORTED)  # there is no command line
set(STB_INCLUDE "${web_headers}/stb")

foreach(name MD4C UTF8PROC)
    string(TOLOWER ${name} lower)
    if(NOT FETCHCONTENT_SOURCE_DIR_${name} AND EXISTS "${CMAKE_SOURCE_DIR}/build/deps/${lower}")
        set(FETCHCONTENT_SOURCE_DIR_${name} "${CMAKE_SOURCE_DIR}/build/deps/${lower}" CACHE PATH "" FORCE)
    endif()
endforeach()
FetchContent_Declare(md4c GIT_REPOSITORY https://github.com/mity/md4c.git GIT_TAG release-0.4.8)
FetchContent_Declare(utf8proc GIT_REPOSITORY https://github.com/JuliaStrings/utf8proc.git GIT_TAG v2.8.0)
foreach(name md4c utf8proc)
    FetchContent_GetProperties(${name})
    if(NOT ${name}_POPULATED)
        FetchContent_Populate(${name})
    endif()
endforeach()
add_library(md4c STATIC "${md4c_SOURCE_DIR}/src/md4c.c")
target_include_directories(md4c SYSTEM PUBLIC "${md4c_SOURCE_DIR}/src")
add_library(utf8proc STATIC "${utf8proc_SOURCE_DIR}/utf8proc.c")
target_include_directories(utf8proc SYSTEM PUBLIC "${utf8proc_SOURCE_DIR}")
target_compile_definitions(utf8proc PUBLIC UTF8PROC_STATIC)
