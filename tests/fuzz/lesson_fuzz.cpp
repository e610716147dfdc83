// Any bytes are a lesson: reading and drawing it never throws or hangs, and renewing excerpts twice
// is renewing them once. So are any bytes a header block and formulas.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/base/text.hpp"
#include "lessons/engine/excerpt.hpp"
#include "lessons/engine/play.hpp"
#include "viz/kit/formula.hpp"
#include "viz/kit/header.hpp"
#include "viz/kit/markdown.hpp"

static void read(const std::string& bytes) {
    using namespace orrery::lessons;
    const Lesson lesson = parse_lesson(bytes, "lessons/norm/rms_norm.md");
    const Sources sources = [&](std::string_view path) {
        return path.starts_with("core/") ? &bytes : nullptr;
    };
    check_excerpts(lesson, sources);
    const std::string once = renewed(lesson, sources);
    const auto found = markers(bytes);
    for (std::size_t i = 0; i < std::min<std::size_t>(found.size(), 50); ++i)
        cut_excerpt(bytes, found[i].words);
    compare_translation(lesson, parse_lesson(once, "lessons/norm/rms_norm.zh.md"));
    for (const Link& link : lesson.links) linked_lesson(lesson.id, link.target);
}

static void draw(const std::string& bytes) {
    using namespace orrery::viz;
    View view;
    view.component = "norm/layer_norm";
    Canvas canvas({340, 900});
    markdown(canvas, {16, 16, 308, 800}, bytes, view);
    parse_header(bytes, "core/norm/rms_norm.hpp");
    const auto lines = orrery::split(bytes, '\n');
    for (std::size_t i = 0; i < std::min<std::size_t>(lines.size(), 50); ++i)
        Formula(lines[i]).draw(canvas, {0, 0}, 18, [](std::string_view) { return false; });
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    read(bytes);
    draw(bytes);
    return 0;
}
