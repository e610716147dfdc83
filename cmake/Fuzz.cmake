# One libFuzzer program for each tests/fuzz/NAME_fuzz.cpp. Most need no more than core, the lesson
# engine, and the plain files of viz below.
file(GLOB fuzz_sources CONFIGURE_DEPENDS tests/fuzz/*_fuzz.cpp)
foreach(source ${fuzz_sources})
    get_filename_component(name "${source}" NAME_WE)
    string(REGEX REPLACE "_fuzz$" "" name "${name}")
    add_executable(fuzz_${name} "${source}")
    target_link_libraries(fuzz_${name} PRIVATE orrery_lessons)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
endforeach()
target_sources(fuzz_link PRIVATE viz/app/link.cpp viz/kit/knobs.cpp viz/kit/selection.cpp)
target_link_libraries(fuzz_lesson PRIVATE orrery_viz)  # it draws what it reads
target_link_libraries(fuzz_settings PRIVATE orrery_viz)
