# The browser edition: how everything is compiled, and the static folder build/web/page.
# Vectors of four floats, exceptions, and threads: those run where the host lets pages share memory;
# elsewhere the same program does everything in slices (docs/building.md).
add_compile_options(-msimd128 -fexceptions -pthread)
target_compile_options(orrery_options INTERFACE -Wno-shorten-64-to-32)  # sizes have 32 bits
# A function stays one: a browser deals out registers by function, and the innermost loop of products,
# drawn into its only caller, spills them (18 GFLOP/s instead of 30).
add_link_options(-fexceptions -pthread "-sBINARYEN_EXTRA_PASSES=--one-caller-inline-max-function-size=1")

# A program that the build itself runs.
function(orrery_web_tool name source)
    find_program(ORRERY_HOST_CXX NAMES c++ g++ clang++ NO_CMAKE_FIND_ROOT_PATH REQUIRED)
    set(tool "${CMAKE_BINARY_DIR}/${name}")
    add_custom_command(OUTPUT "${tool}" DEPENDS "${CMAKE_SOURCE_DIR}/${source}"
        COMMAND "${ORRERY_HOST_CXX}" -std=c++20 -O2 "-I${STB_INCLUDE}" "${CMAKE_SOURCE_DIR}/${source}" -o "${tool}" VERBATIM)
    set(${name} "${tool}" PARENT_SCOPE)
endfunction()

function(orrery_web_page)
    set(page "${CMAKE_BINARY_DIR}/page")
    set(web "${CMAKE_SOURCE_DIR}/viz/app/web")
    #: the program: what draws is compiled small, what computes fast
    target_compile_options(orrery_core PRIVATE -O3)  # products: twice as fast as with -O2
    target_compile_options(orrery_viz PRIVATE -Os)
    target_compile_options(orrery_lessons PRIVATE -Os)
    add_executable(orrery_web "${web}/window.cpp")
    target_compile_options(orrery_web PRIVATE -Os)
    target_link_libraries(orrery_web PRIVATE orrery_viz imgui_window nlohmann_json::nlohmann_json)
    set_target_properties(orrery_web PROPERTIES OUTPUT_NAME orrery SUFFIX .js RUNTIME_OUTPUT_DIRECTORY "${page}")
    target_link_options(orrery_web PRIVATE --no-entry -sMODULARIZE=1 -sEXPORT_NAME=OrreryProgram
        -sEXPORTED_RUNTIME_METHODS=ccall,FS -sFORCE_FILESYSTEM=1 -sENVIRONMENT=web,worker
        -sMIN_WEBGL_VERSION=2 -sMAX_WEBGL_VERSION=2
        -sALLOW_MEMORY_GROWTH=1 -sINITIAL_MEMORY=64MB -sMAXIMUM_MEMORY=2GB -Wno-pthreads-mem-growth)

    #: the page around it
    foreach(file index.html page.js)
        add_custom_command(OUTPUT "${page}/${file}" DEPENDS "${web}/${file}"
            COMMAND "${CMAKE_COMMAND}" -E copy "${web}/${file}" "${page}/${file}" VERBATIM)
        list(APPEND parts "${page}/${file}")
    endforeach()

    #: fonts: those the program's own words need, and whole ones for what readers type
    find_program(ORRERY_PYTHON NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH)  # the one with fontTools
    find_program(ORRERY_PYTHON NAMES python3 NO_CMAKE_FIND_ROOT_PATH REQUIRED)
    set(fonts "${page}/fonts/Inter-Regular.otf")
    add_custom_command(OUTPUT "${fonts}" DEPENDS "${CMAKE_SOURCE_DIR}/cmake/web_fonts.py" ${resource_paths}
        COMMAND "${ORRERY_PYTHON}" "${CMAKE_SOURCE_DIR}/cmake/web_fonts.py" "${page}/fonts" ${web_font_files}
                --text-of "${CMAKE_SOURCE_DIR}/core" "${CMAKE_SOURCE_DIR}/viz" "${CMAKE_SOURCE_DIR}/lessons"
        COMMENT "Cutting fonts" VERBATIM)

    #: the same files as scripts, for a page opened from a disk
    set(offline "${page}/offline.js")
    add_custom_command(OUTPUT "${offline}" DEPENDS orrery_web "${fonts}" "${CMAKE_SOURCE_DIR}/cmake/web_offline.py"
        COMMAND "${ORRERY_PYTHON}" "${CMAKE_SOURCE_DIR}/cmake/web_offline.py" "${page}" VERBATIM)
    add_custom_target(page ALL DEPENDS orrery_web ${parts} "${fonts}" "${offline}")
endfunction()
