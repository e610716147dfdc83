# One libFuzzer program for each tests/fuzz/NAME_fuzz.cpp.
file(GLOB fuzz_sources CONFIGURE_DEPENDS tests/fuzz/*_fuzz.cpp)
foreach(source ${fuzz_sources})
    get_filename_component(name "${source}" NAME_WE)
    string(REGEX REPLACE "_fuzz$" "" name "${name}")
    add_executable(fuzz_${name} "${source}")
    target_link_libraries(fuzz_${name} PRIVATE orrery_viz)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
endforeach()
