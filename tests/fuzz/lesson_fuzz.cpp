// Any bytes are a lesson: reading never throws or hangs, and renewing excerpts twice is renewing
// once.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "lessons/engine/excerpt.hpp"
#include "lessons/engine/play.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace orrery::lessons;
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    const Lesson lesson = parse_lesson(bytes, "lessons/norm/rms_norm.md");
    const Sources sources = [&](std::string_view path) {
        return path.starts_with("core/") ? &bytes : nullptr;
    };
    check_excerpts(lesson, sources);
    const std::string once = renewed(lesson, sources);
    for (const Marker& marker : markers(bytes)) cut_excerpt(bytes, marker.words);
    compare_translation(lesson, parse_lesson(once, "lessons/norm/rms_norm.zh.md"));
    for (const Link& link : lesson.links) linked_lesson(lesson.id, link.target);
    return 0;
}
