#include "tests/support/layout.hpp"

#include "core/base/text.hpp"
#include "viz/kit/fonts.hpp"

namespace orrery::test {
namespace {

using namespace viz;

struct Piece {
    const DrawText* text;
    Rect ink, clip;  // where letters can be; what may be drawn on
    int layer;
    std::size_t order;
};

std::string where(const Piece& p) {
    const auto n = [](float v) { return std::to_string(int(v)); };
    return "“" + p.text->text + "” at " + n(p.text->box.x) + "," + n(p.text->box.y) + " (" +
           n(p.text->box.w) + " × " + n(p.text->box.h) + ")";
}

bool covers(const Rect& outer, const Rect& inner) {
    return outer.x <= inner.x + 0.5f && outer.y <= inner.y + 0.5f &&
           outer.right() >= inner.right() - 0.5f && outer.bottom() >= inner.bottom() - 0.5f;
}

}  // namespace

std::vector<std::string> layout_problems(const Canvas& canvas) {
    std::vector<std::string> problems;
    const auto& commands = canvas.commands();
    std::vector<Piece> pieces;
    for (std::size_t i = 0; i < commands.size(); ++i) {
        const auto* text = std::get_if<DrawText>(&commands[i].what);
        if (!text || text->style.color.a == 0 || trim(text->text).empty()) continue;
        const float em = text->style.size;
        Rect ink = text->box;
        ink.y += 0.2f * em, ink.h = 0.98f * em;
        pieces.push_back({text, ink, commands[i].clip, commands[i].layer, i});
    }
    // What something opaque was drawn over later is not seen
    const auto hidden = [&](const Piece& p) {
        for (std::size_t i = p.order + 1; i < commands.size(); ++i) {
            const auto* rect = std::get_if<DrawRect>(&commands[i].what);
            if (rect && rect->fill.a == 255 && commands[i].layer >= p.layer &&
                covers(intersection(rect->box, commands[i].clip), intersection(p.ink, p.clip)))
                return true;
        }
        return false;
    };
    const auto scrolls = [&](const Rect& clip) {
        for (const Region& region : canvas.regions())
            if (region.kind == Region::Kind::scroll && covers(region.box.inset(-2), clip))
                return true;
        return false;
    };
    const Rect page{0, 0, canvas.size().w, canvas.size().h};

    std::vector<Piece> seen;
    for (const Piece& p : pieces) {
        const DrawText& text = *p.text;
        const Rect visible = intersection(p.ink, p.clip);
        const bool scrolled = scrolls(p.clip);
        if (visible.empty()) {
            if (!scrolled) problems.push_back("outside its pane: " + where(p));
            continue;
        }
        if (hidden(p)) continue;
        seen.push_back(p);
        const bool cut_sideways = visible.w < p.ink.w - 1.5f;
        const bool cut_upright = visible.h < p.ink.h - 1.5f && !scrolled;
        if (cut_sideways || cut_upright) problems.push_back("cut off: " + where(p));
        if (!covers(page.inset(-0.5f), visible))
            problems.push_back("outside the canvas: " + where(p));
        if (text.style.size < text_label - 0.01f)
            problems.push_back("smaller than 13 pixels (" + std::to_string(text.style.size) +
                               "): " + where(p));
        if (text.text.find("⟦") != std::string::npos)
            problems.push_back("missing string: " + where(p));
        std::string_view rest = text.text;
        while (!rest.empty()) {
            const CodePoint c = next_code_point(rest);
            if (c.value > 32 && !has_glyph(text.style.font, c.value)) {
                problems.push_back("no glyph for “" + std::string(rest.substr(0, c.length)) +
                                   "”: " + where(p));
                break;
            }
            rest.remove_prefix(std::max<std::size_t>(c.length, 1));
        }
    }
    for (std::size_t i = 0; i < seen.size(); ++i)
        for (std::size_t j = i + 1; j < seen.size(); ++j) {
            const Piece &a = seen[i], &b = seen[j];
            if (a.layer != b.layer) continue;
            const Rect both =
                intersection(intersection(a.ink, a.clip), intersection(b.ink, b.clip));
            if (both.w > 1.5f && both.h > 1.5f)
                problems.push_back("overlap: " + where(a) + " and " + where(b));
        }
    return problems;
}

}  // namespace orrery::test
