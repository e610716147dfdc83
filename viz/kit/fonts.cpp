#include "viz/kit/fonts.hpp"

#include <imgui.h>
#include <imgui_internal.h>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <map>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/base/text.hpp"

#ifndef ORRERY_FONT_FOLDERS
#define ORRERY_FONT_FOLDERS ""
#endif

namespace orrery::viz {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> folders() {
    std::vector<std::string> list;
    if (const char* own = std::getenv("ORRERY_FONTS")) list.emplace_back(own);
    for (const auto& folder : split(ORRERY_FONT_FOLDERS, ':'))
        if (!folder.empty()) list.push_back(folder);
    for (const char* root : {"/usr/share/fonts", "/usr/local/share/fonts"})
        for (const char* below :
             {"/opentype/inter", "/truetype/inter", "/truetype/jetbrains-mono",
              "/truetype/firacode", "/truetype/wqy", "/opentype/noto", "/truetype/noto",
              "/truetype/dejavu", "/inter", "/rsms-inter-fonts", "/jetbrains-mono-fonts",
              "/google-noto-cjk", "/TTF", "/OTF", ""})
            list.push_back(std::string(root) + below);
    if (const char* home = std::getenv("HOME")) {
        list.push_back(std::string(home) + "/.local/share/fonts");
        list.push_back(std::string(home) + "/.fonts");
        list.push_back(std::string(home) + "/Library/Fonts");
    }
    list.emplace_back("/Library/Fonts");
    list.emplace_back("/System/Library/Fonts");
    list.emplace_back("/fonts");  // the web edition's own
    return list;
}

// The first of `names` that is a file in any of the folders.
std::string find(std::initializer_list<const char*> names) {
    static const std::vector<std::string> places = folders();
    for (const char* name : names)
        for (const auto& folder : places) {
            std::error_code ignored;
            const std::string path = folder + "/" + name;
            if (fs::is_regular_file(path, ignored)) return path;
        }
    return "";
}

// Every set shares the bytes of the files.
const std::string& bytes_of(const std::string& path) {
    static std::mutex guard;
    static std::map<std::string, std::string> files;
    const std::lock_guard lock(guard);
    const auto found = files.find(path);
    if (found != files.end()) return found->second;
    std::ifstream in(path, std::ios::binary);
    return files[path] = std::string(std::istreambuf_iterator<char>(in), {});
}

bool add(ImFontAtlas& atlas, const std::string& path, bool merge) {
    if (path.empty()) return false;
    const std::string& bytes = bytes_of(path);
    if (bytes.size() < 1024) return false;
    ImFontConfig config;
    config.FontDataOwnedByAtlas = false;
    config.MergeMode = merge;
    config.OversampleH = 2;
    // A negative size: sizes are the em, as in CSS, not the font's full height. Limits are divided
    // by it.
    config.SizePixels = -1.0f;
    config.GlyphMaxAdvanceX = -1e30f;
    config.FontData = const_cast<char*>(bytes.data());
    config.FontDataSize = int(bytes.size());
    return atlas.AddFont(&config) != nullptr;
}

// What the canvas measures with: a set whose glyphs are never drawn.
struct Measures {
    static constexpr float reference = 100.0f;
    static constexpr std::uint32_t direct = 0x250;

    FontSet set;
    std::mutex guard;
    bool missing = false;  // a character was measured that no file draws
    ImFontBaked* baked[3];
    float latin[3][direct];
    std::unordered_map<std::uint32_t, float> others[3];
    std::unordered_map<std::uint32_t, bool> drawn[3];

    Measures() {
        ImFontAtlasUpdateNewFrame(set.atlas(), 1, true);
        for (int f = 0; f < 3; ++f) {
            baked[f] = set[Font(f)]->GetFontBaked(reference);
            baked[f]->LoadNoRenderOnLayout = true;
            for (std::uint32_t c = 0; c < direct; ++c)
                latin[f][c] = c < 32 ? 0.0f : baked[f]->GetCharAdvance(ImWchar(c)) / reference;
        }
    }
    float advance(Font font, std::uint32_t c) {
        const int f = int(font);
        if (c < direct) return latin[f][c];
        const std::lock_guard lock(guard);
        const auto known = others[f].find(c);
        if (known != others[f].end()) return known->second;
        const float width = baked[f]->GetCharAdvance(ImWchar(c)) / reference;
        others[f].emplace(c, width);
        if (!set[font]->IsGlyphInFont(ImWchar(c))) missing = true;
        return width;
    }
    bool has(Font font, std::uint32_t c) {
        const std::lock_guard lock(guard);
        const auto known = drawn[int(font)].find(c);
        if (known != drawn[int(font)].end()) return known->second;
        return drawn[int(font)][c] = set[font]->IsGlyphInFont(ImWchar(c));
    }
};

Measures*& measures_kept() {
    static Measures* all = new Measures;  // never freed: used until the very end
    return all;
}
Measures& measures() { return *measures_kept(); }

FontFiles find_files() {
    return {find({"Inter-Regular.otf", "Inter-Regular.ttf", "InterVariable.ttf", "Inter.ttc",
                  "NotoSans-Regular.ttf", "DejaVuSans.ttf"}),
            find({"Inter-SemiBold.otf", "Inter-SemiBold.ttf", "Inter-Bold.otf", "InterVariable.ttf",
                  "NotoSans-Bold.ttf", "DejaVuSans-Bold.ttf"}),
            find({"JetBrainsMono-Regular.ttf", "JetBrainsMono-Regular.otf", "FiraCode-Regular.ttf",
                  "FiraCode-Regular.otf", "NotoSansMono-Regular.ttf", "DejaVuSansMono.ttf"}),
            find({"wqy-microhei.ttc", "NotoSansCJK-Regular.ttc", "NotoSansSC-Regular.otf",
                  "NotoSansSC-Regular.ttf", "PingFang.ttc", "wqy-zenhei.ttc", "Chinese.ttf"}),
            find({"DejaVuSans.ttf", "NotoSansMath-Regular.ttf", "NotoSansMath-Regular.otf",
                  "Symbols.ttf"})};
}

FontFiles& files_kept() {
    static FontFiles files = find_files();
    return files;
}

}  // namespace

const FontFiles& font_files() { return files_kept(); }

bool glyph_was_missing() { return std::exchange(measures().missing, false); }

void reload_fonts() {
    files_kept() = find_files();
    delete measures_kept();
    measures_kept() = new Measures;
}

std::string font_problem() {
    const FontFiles& files = font_files();
    std::string missing;
    const auto check = [&](const std::string& path, const char* what) {
        if (path.empty()) missing += (missing.empty() ? "" : ", ") + std::string(what);
    };
    check(files.body, "Inter (fonts-inter)");
    check(files.mono, "JetBrains Mono (fonts-jetbrains-mono)");
    check(files.chinese, "a Chinese font (fonts-wqy-microhei)");
    if (missing.empty()) return "";
    return "fonts: not found: " + missing +
           ": some text will look plain or be missing: install the packages in brackets, or set "
           "ORRERY_FONTS to a folder that holds them";
}

float advance(Font font, std::uint32_t code_point) { return measures().advance(font, code_point); }

bool has_glyph(Font font, std::uint32_t code_point) { return measures().has(font, code_point); }

float text_width(Font font, float size, std::string_view text) {
    Measures& all = measures();
    float width = 0;
    while (!text.empty()) {
        const CodePoint c = next_code_point(text);
        width += all.advance(font, c.value);
        text.remove_prefix(c.length);
    }
    return width * size;
}

FontSet::FontSet() : atlas_(IM_NEW(ImFontAtlas)()), owned_(true) { fill(); }
FontSet::FontSet(ImFontAtlas& atlas) : atlas_(&atlas) { fill(); }
FontSet::~FontSet() {
    if (owned_) IM_DELETE(atlas_);
}

void FontSet::fill() {
    const FontFiles& files = font_files();
    const std::string* first[3] = {&files.body, &files.bold, &files.mono};
    for (int f = 0; f < 3; ++f) {
        const bool found = add(*atlas_, *first[f], false) || add(*atlas_, files.body, false);
        if (!found) {
            // The font inside Dear ImGui: plain, but the program runs
            ImFontConfig config;
            config.SizePixels = 13.0f;
            atlas_->AddFontDefault(&config);
        }
        fonts_[f] = atlas_->Fonts.back();
        add(*atlas_, files.chinese, true);
        add(*atlas_, files.symbols, true);
    }
}

}  // namespace orrery::viz
