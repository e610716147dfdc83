# Files of the repository that the program carries: sources for the code view, lessons, language files.
# They are packed into one compressed block by cmake/pack_resources.cpp.
file(GLOB_RECURSE resource_files RELATIVE "${CMAKE_SOURCE_DIR}" CONFIGURE_DEPENDS
    core/*.hpp core/*.cpp viz/*_panel.cpp viz/*.json lessons/*.md lessons/paths/*.txt scripts/bench_*.py)
list(SORT resource_files)
list(JOIN resource_files "\n" resource_list)
file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/generated/resources.txt" CONTENT "${resource_list}\n" @ONLY)
if(ORRERY_WEB)
    orrery_web_tool(pack_resources cmake/pack_resources.cpp)  # runs here, not in the browser
else()
    add_executable(pack_resources cmake/pack_resources.cpp)
    target_link_libraries(pack_resources PRIVATE stb)
    target_compile_features(pack_resources PRIVATE cxx_std_20)
    set(pack_resources pack_resources)
endif()
list(TRANSFORM resource_files PREPEND "${CMAKE_SOURCE_DIR}/" OUTPUT_VARIABLE resource_paths)
add_custom_command(OUTPUT "${CMAKE_BINARY_DIR}/generated/resources_data.cpp"
    COMMAND ${pack_resources} "${CMAKE_SOURCE_DIR}" "${CMAKE_BINARY_DIR}/generated/resources.txt"
            "${CMAKE_BINARY_DIR}/generated/resources_data.cpp"
    DEPENDS ${pack_resources} "${CMAKE_BINARY_DIR}/generated/resources.txt" ${resource_paths}
    COMMENT "Packing sources, lessons and language files" VERBATIM)
list(APPEND ORRERY_GENERATED "${CMAKE_BINARY_DIR}/generated/resources_data.cpp")
