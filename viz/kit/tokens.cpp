#include "viz/kit/tokens.hpp"

#include <algorithm>
#include <cstdio>

#include "core/base/text.hpp"
#include "viz/kit/fonts.hpp"

namespace orrery::viz {
namespace {

constexpr float chip_height = target, chip_pad = 8, chip_gap = 4;
constexpr std::size_t longest = 24;  // characters of one chip

std::string cut(const std::string& token) {
    std::size_t at = 0, count = 0;
    while (at < token.size() && count < longest)
        at += std::max<std::size_t>(next_code_point(std::string_view(token).substr(at)).length, 1),
            ++count;
    return at < token.size() ? token.substr(0, at) + "…" : token;
}

}  // namespace

std::string shown_token(std::string_view bytes) {
    static const char digits[] = "0123456789ABCDEF";
    std::string out, broken;
    const auto flush = [&] {
        if (!broken.empty()) out += "⟨" + broken + "⟩";
        broken.clear();
    };
    while (!bytes.empty()) {
        const CodePoint c = next_code_point(bytes);
        const std::size_t length = std::max<std::size_t>(c.length, 1);
        const bool plain = c.valid && c.value >= 32 && c.value != 127;
        if (plain || (c.valid && (c.value == '\n' || c.value == '\t'))) {
            flush();
            if (c.value == ' ')
                out += "␣";
            else if (c.value == '\n')
                out += "⏎";
            else if (c.value == '\t')
                out += "⇥";
            else if (has_glyph(Font::body, c.value))
                out += bytes.substr(0, length);
            else {
                char number[16];
                std::snprintf(number, sizeof number, "U+%04X", unsigned(c.value));
                out += number;
            }
        } else {
            const auto byte = static_cast<unsigned char>(bytes[0]);
            if (!broken.empty()) broken += ' ';
            broken += digits[byte >> 4], broken += digits[byte & 15];
        }
        bytes.remove_prefix(length);
    }
    flush();
    return out;
}

float token_strip(Canvas& c, const Rect& box, const std::vector<std::string>& tokens,
                  const View& view) {
    const Theme& t = c.theme();
    const Selection& chosen = view.chosen();
    const TextStyle style{Font::body, text_body - 1, t.text, Align::centre};
    const TextStyle quiet{Font::body, text_label, t.text_quiet, Align::left};
    float x = box.x, y = box.y;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const std::string shown = cut(shown_token(tokens[i]));
        float width = std::max(c.measure(shown, style).w + 2 * chip_pad, 22.0f);
        width = std::min(width, box.w);
        const bool last_row = y + 2 * chip_height + chip_gap > box.bottom();
        const std::string more = "+" + std::to_string(tokens.size() - i);
        const float reserve = last_row && i + 1 < tokens.size() ? c.measure(more, quiet).w + 10 : 0;
        if (x > box.x && x + width + reserve > box.right() + 0.5f) {
            if (last_row) {
                c.text_in({x + 4, y, box.right() - x - 4, chip_height}, more, quiet);
                return y + chip_height - box.y;
            }
            x = box.x, y += chip_height + chip_gap;
        }
        const Rect chip{x, y, width, chip_height};
        const bool is_row = chosen.row == int(i) && !chosen.tensor.empty();
        const bool is_col = chosen.col == int(i) && !chosen.tensor.empty();
        const bool is_token = chosen.token == int(i);
        c.rect(chip, i % 2 ? t.sunken : t.raised, 5, {t.hairline, 1});
        if (is_row || is_token)
            c.rect(chip, t.query.with_alpha(0.16f), 5, {is_token ? t.accent : t.query, 2});
        if (is_col)
            c.outline(is_row ? chip.inset(3) : chip, {t.key, 2, Dash::dashed}, is_row ? 3 : 5);
        c.text_in(chip.inset(2, 0), shown, style);
        Region region;
        region.id = "token." + std::to_string(i);
        region.box = chip;
        region.target.token = int(i);
        c.region(std::move(region));
        x += width + chip_gap;
    }
    return tokens.empty() ? 0 : y + chip_height - box.y;
}

}  // namespace orrery::viz
