#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "core/base/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/kit_gallery.hpp"
#include "viz/app/offscreen.hpp"
#include "viz/kit/color_scale.hpp"

using namespace orrery;
using namespace orrery::viz;

static bool near(const std::uint8_t* pixel, Color c, int slack = 2) {
    return std::abs(pixel[0] - c.r) <= slack && std::abs(pixel[1] - c.g) <= slack &&
           std::abs(pixel[2] - c.b) <= slack;
}

TEST_CASE("paint: the shader's colours are those of the colour scale", "[kit][paint]") {
    if (!offscreen_problem().empty()) SKIP(offscreen_problem());
    const auto norm = GENERATE(Norm::linear, Norm::log, Norm::per_row, Norm::symmetric);
    const auto map = GENERATE(Map::cividis, Map::viridis, Map::grey, Map::diverging);
    const bool dark = GENERATE(true, false);
    Tensor t({5, 7});
    for (std::size_t i = 0; i < 35; ++i)
        t.flat()[i] = std::sin(float(i) * 1.7f) * std::exp(float(i) * 0.1f);
    MatrixStyle style;
    style.map = map, style.norm = norm, style.gap = 1;
    Canvas c({160, 120}, dark);
    c.matrix({10, 10, 140, 100}, t, style);
    const Image image = render(c);
    const ColorScale scale = color_scale(t, style, dark);
    for (int i = 0; i < 5; ++i)
        for (int j = 0; j < 7; ++j) {
            const float v = t.row(std::size_t(i))[std::size_t(j)];
            CAPTURE(int(norm), int(map), dark, i, j, v);
            CHECK(near(image.pixel(20 + 20 * j, 20 + 20 * i), scale.color(v, std::size_t(i))));
        }
}

TEST_CASE("paint: a single spike among 16 million cells is seen, wherever it is", "[kit][paint]") {
    if (!offscreen_problem().empty()) SKIP(offscreen_problem());
    MatrixStyle style;
    style.map = Map::viridis, style.norm = Norm::linear, style.low = 0, style.high = 1;
    for (const auto& [row, col] : {std::pair{0, 0}, std::pair{4095, 4095}, std::pair{1234, 2999}}) {
        Tensor t({4096, 4096});
        t.row(std::size_t(row))[std::size_t(col)] = 1;
        Canvas c({300, 200});
        c.matrix({0, 0, 300, 200}, t, style);
        const Image image = render(c);
        int bright = 0;
        for (int y = 0; y < 200; ++y)
            for (int x = 0; x < 300; ++x)
                bright += near(image.pixel(x, y), map_color(Map::viridis, 1, true), 4);
        CAPTURE(row, col);
        CHECK(bright >= 1);
        CHECK(bright <= 4);
    }
}

TEST_CASE("paint: masked, NaN and a zoomed part", "[kit][paint]") {
    if (!offscreen_problem().empty()) SKIP(offscreen_problem());
    Tensor t({4, 4}, 1.0f), mask({4, 4}, 1.0f);
    t.row(0)[0] = NAN, t.row(3)[3] = 0;
    mask.row(0)[3] = 0;
    MatrixStyle style;
    style.map = Map::viridis, style.norm = Norm::linear, style.low = 0, style.high = 1,
    style.mask = mask;
    Canvas c({160, 80});
    c.matrix({0, 0, 80, 80}, t, style);
    style.view = {0.75f, 0.75f, 0.25f, 0.25f};
    c.matrix({80, 0, 80, 80}, t, style);
    const Image image = render(c);
    bool magenta = false, hatch = false;
    for (int y = 2; y < 18; ++y)
        for (int x = 2; x < 18; ++x) {
            magenta |= near(image.pixel(x, y), nan_color);
            hatch |= near(image.pixel(60 + x, y), c.theme().sunken, 3);
        }
    CHECK(magenta);
    CHECK(hatch);
    CHECK(near(image.pixel(50, 50), map_color(Map::viridis, 1, true)));
    CHECK(near(image.pixel(120, 40), map_color(Map::viridis, 0, true)));
}

TEST_CASE("paint: a larger scale gives the same picture, larger", "[kit][paint]") {
    if (!offscreen_problem().empty()) SKIP(offscreen_problem());
    Canvas c({50, 40});
    c.rect({10, 10, 20, 20}, rgb(0xFF0000));
    const Image image = render(c, 2);
    CHECK(image.width == 100);
    CHECK(near(image.pixel(20, 20), rgb(0xFF0000)));
    CHECK(near(image.pixel(59, 59), rgb(0xFF0000)));
    CHECK(near(image.pixel(60, 60), c.theme().background));
    CHECK_THROWS_AS(render(c, 1000), ValueError);
}

// Writes pictures of every widget to build/gallery/kit: orrery_tests "[.gallery]"
TEST_CASE("gallery: the kit's widgets, to look at", "[.gallery]") {
    if (!offscreen_problem().empty()) SKIP(offscreen_problem());
    const std::string folder = std::string(ORRERY_SOURCE_DIR) + "/build/gallery/kit/";
    std::filesystem::create_directories(folder);
    for (const bool dark : {true, false})
        for (const auto language : {Language::english, Language::chinese})
            for (const auto& [name, canvas] : test::kit_gallery({1280, 720}, dark, language)) {
                const std::string path = folder + name + (dark ? "_dark" : "_light") + "_" +
                                         std::string(code(language)) + ".png";
                std::ofstream(path, std::ios::binary) << render_png(canvas);
                SUCCEED(path);
            }
}

TEST_CASE("paint: no glyph is lost while the atlas of glyphs grows", "[kit][paint]") {
    if (!offscreen_problem().empty()) SKIP(offscreen_problem());
    // some thousand characters, each met for the first time
    Canvas c({1600, 1600}, true);
    std::uint32_t next = 0x4e00;
    for (int row = 0; row < 60; ++row) {
        std::string line;
        for (int i = 0; i < 60; ++i, next += 5) {
            line += char(0xe0 | (next >> 12));
            line += char(0x80 | ((next >> 6) & 0x3f));
            line += char(0x80 | (next & 0x3f));
        }
        TextStyle style;
        style.size = 16 + 0.1f * float(row);
        style.color = {255, 255, 255, 255};
        c.text({10, 10 + 26 * float(row)}, line, style);
    }
    const Image first = render(c), second = render(c);
    CHECK(first.rgba == second.rgba);
    CHECK(std::count(first.rgba.begin(), first.rgba.end(), 255) > 1600 * 1600 + 100'000);  // drawn
}

TEST_CASE("paint: the ink on any cell has a contrast of 4.5", "[kit][paint]") {
    for (const Map map : {Map::cividis, Map::viridis, Map::grey, Map::diverging})
        for (const bool dark : {true, false})
            for (int i = 0; i <= 100; ++i) {
                const Color fill = map_color(map, float(i) / 100, dark);
                CAPTURE(int(map), dark, i);
                CHECK(contrast(ink_on(fill), fill) >= 4.5f);
            }
}
