// Theme: every colour and text size of the program, as data
//
// Colours were chosen by measurement (Machado 2009 simulation of colour vision, CIEDE2000) and a
// test guards the distances. Role colours are for graphics; letters use `text` or a role's text
// variant.
#pragma once

#include <cstdint>
#include <string_view>

namespace orrery::viz {

struct Color {
    std::uint8_t r = 0, g = 0, b = 0, a = 255;
    Color with_alpha(float alpha) const { return {r, g, b, std::uint8_t(float(a) * alpha + 0.5f)}; }
    friend bool operator==(const Color&, const Color&) = default;
};

// From "#RRGGBB".
constexpr Color rgb(std::uint32_t hex) {
    return {std::uint8_t(hex >> 16), std::uint8_t(hex >> 8), std::uint8_t(hex), 255};
}

// What a graphic stands for. Never colour alone: each role has a letter, a mark and an outline too.
enum class Role { query, key, value, attention, neutral };

struct Theme {
    bool dark = true;
    // surfaces
    Color background, surface, raised, sunken, outline, hairline;
    // letters
    Color text, text_quiet, text_on_accent;
    // meaning
    Color accent, good, warning, bad, focus;
    // graphics by role, and the variant fit for letters
    Color query, key, value, attention;
    Color query_text, key_text, value_text, attention_text;
    // diverging map: negative – neutral – positive
    Color negative, zero, positive;

    Color role(Role role) const;
    Color role_text(Role role) const;
};

// High contrast: pure black and white grounds and letters, strong lines (text at least 7).
const Theme& theme(bool dark, bool high_contrast = false);

// Colour maps with 256 entries, t in [0, 1]. `dots` has no colours: each cell is a dot whose area
// says how large the number is, orange above zero and blue below.
enum class Map { cividis, viridis, grey, diverging, dots };
Color map_color(Map map, float t, bool dark);

// The type scale, in logical pixels. Nothing on screen is smaller than `label`.
inline constexpr float text_body = 16, text_label = 13, text_title = 22, text_code = 14;
// The grid that everything sits on.
inline constexpr float grid = 8, corner = 6, target = 28;

}  // namespace orrery::viz
