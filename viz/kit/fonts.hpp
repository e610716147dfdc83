// Fonts: the files, their measures, and the set that Dear ImGui draws with
//
// Three fonts: Inter, Inter SemiBold and JetBrains Mono, each continued by a Chinese font and one
// with symbols. A size is the em in pixels, as in CSS. Measures are linear in the size, whatever
// the screen rounds, so that a picture is laid out alike at every scale, on screen, as PNG and as
// SVG.
#pragma once

#include <cstdint>
#include <string>

#include "viz/kit/canvas.hpp"

struct ImFont;
struct ImFontAtlas;

namespace orrery::viz {

// Paths; "" where nothing was found. First ORRERY_FONTS (a folder), then what the build found, then
// the usual places of the system.
struct FontFiles {
    std::string body, bold, mono, chinese, symbols;
};
const FontFiles& font_files();
// Empty when all is there, else one line: what is missing, why it matters, what to install.
std::string font_problem();

// How far one character moves the pen, in em.
float advance(Font font, std::uint32_t code_point);
// Whether any file of the font draws the character.
bool has_glyph(Font font, std::uint32_t code_point);
float text_width(Font font, float size, std::string_view text);

// Whether, since this was last asked, a character was measured that no file draws. The browser then
// fetches the whole Chinese font and looks for files anew; sets made before keep their files. Not
// while another thread measures.
bool glyph_was_missing();
void reload_fonts();

// The three fonts in one atlas. A window, and the painter of pictures, each have a set of their
// own, in the atlas of their context (`FontSet fonts(*ImGui::GetIO().Fonts)`, before the first
// frame). Glyphs are drawn into the atlas when they are first needed.
class FontSet {
   public:
    FontSet();  // in an atlas of its own
    explicit FontSet(ImFontAtlas& atlas);
    ~FontSet();
    FontSet(const FontSet&) = delete;
    FontSet& operator=(const FontSet&) = delete;

    ImFontAtlas* atlas() const { return atlas_; }
    ImFont* operator[](Font font) const { return fonts_[int(font)]; }

   private:
    void fill();
    ImFontAtlas* atlas_;
    bool owned_ = false;
    ImFont* fonts_[3];
};

}  // namespace orrery::viz
