#include "viz/kit/theme.hpp"

#include <cmath>

#include "tests/support/catch.hpp"
#include "tests/support/color_difference.hpp"
#include "viz/kit/color_scale.hpp"

using namespace orrery::viz;
using namespace orrery::test;

TEST_CASE("colour difference: pairs of Sharma, Wu and Dalal 2005, table 1", "[kit][theme]") {
    struct Pair {
        Lab x, y;
        double difference;
    };
    const Pair pairs[] = {
        {{50, 2.6772, -79.7751}, {50, 0, -82.7485}, 2.0425},
        {{50, 3.1571, -77.2803}, {50, 0, -82.7485}, 2.8615},
        {{50, 2.8361, -74.0200}, {50, 0, -82.7485}, 3.4412},
        {{50, -1.3802, -84.2814}, {50, 0, -82.7485}, 1.0000},
        {{50, -1.1848, -84.8006}, {50, 0, -82.7485}, 1.0000},
        {{50, 0, 0}, {50, -1, 2}, 2.3669},
        {{50, 2.4900, -0.0010}, {50, -2.4900, 0.0009}, 7.1792},
        {{50, 2.4900, -0.0010}, {50, -2.4900, 0.0011}, 7.2195},
        {{50, -0.0010, 2.4900}, {50, 0.0009, -2.4900}, 4.8045},
        {{50, 2.5, 0}, {50, 0, -2.5}, 4.3065},
        {{50, 2.5, 0}, {73, 25, -18}, 27.1492},
        {{50, 2.5, 0}, {61, -5, 29}, 22.8977},
        {{50, 2.5, 0}, {56, -27, -3}, 31.9030},
        {{50, 2.5, 0}, {58, 24, 15}, 19.4535},
        {{60.2574, -34.0099, 36.2677}, {60.4626, -34.1751, 39.4387}, 1.2644},
        {{63.0109, -31.0961, -5.8663}, {62.8187, -29.7946, -4.0864}, 1.2630},
        {{35.0831, -44.1164, 3.7933}, {35.0232, -40.0716, 1.5901}, 1.8645},
        {{22.7233, 20.0904, -46.6940}, {23.0331, 14.9730, -42.5619}, 2.0373},
        {{90.8027, -2.0831, 1.4410}, {91.1528, -1.6435, 0.0447}, 1.4441},
        {{2.0776, 0.0795, -1.1350}, {0.9033, -0.0636, -0.5514}, 0.9082},
    };
    for (const Pair& p : pairs) CHECK_THAT(ciede2000(p.x, p.y), WithinAbs(p.difference, 5e-5));
}

TEST_CASE("colour difference: known colours in L*a*b*", "[kit][theme]") {
    const Lab white = to_lab(rgb(0xFFFFFF)), red = to_lab(rgb(0xFF0000));
    CHECK_THAT(white.l, WithinAbs(100, 0.01));
    CHECK_THAT(white.a, WithinAbs(0, 0.02));
    CHECK_THAT(red.l, WithinAbs(53.24, 0.02));
    CHECK_THAT(red.a, WithinAbs(80.09, 0.05));
    CHECK_THAT(red.b, WithinAbs(67.20, 0.05));
}

TEST_CASE("theme: any two roles differ to every eye", "[kit][theme]") {
    const bool dark = GENERATE(true, false);
    const auto vision = GENERATE(Vision::normal, Vision::protan, Vision::deutan, Vision::tritan);
    const Theme& t = theme(dark);
    const Color roles[] = {t.query, t.key, t.value, t.attention};
    for (int i = 0; i < 4; ++i)
        for (int j = i + 1; j < 4; ++j) {
            CAPTURE(dark, int(vision), i, j);
            CHECK(ciede2000(to_lab(roles[i], vision), to_lab(roles[j], vision)) >= 18);
        }
}

TEST_CASE("theme: graphics and letters stand out", "[kit][theme]") {
    const bool dark = GENERATE(true, false), high_contrast = GENERATE(false, true);
    const Theme& t = theme(dark, high_contrast);
    CAPTURE(dark, high_contrast);
    CHECK(t.dark == dark);
    if (high_contrast) CHECK(contrast(t.text_quiet, t.background) >= 7);
    if (high_contrast) CHECK(contrast(t.hairline, t.background) >= 3);
    for (const Color c : {t.query, t.key, t.value, t.attention, t.outline, t.accent, t.good,
                          t.warning, t.bad, t.focus})
        CHECK(contrast(c, t.background) >= 3);
    for (const Color ground : {t.background, t.surface, t.raised, t.sunken}) {
        CHECK(contrast(t.text, ground) >= 4.5);
        CHECK(contrast(t.text_quiet, ground) >= 4.5);
    }
    for (const Color ground : {t.background, t.surface})
        for (const Color c : {t.query_text, t.key_text, t.value_text, t.attention_text})
            CHECK(contrast(c, ground) >= 4.5);
    CHECK(contrast(t.text_on_accent, t.accent) >= 4.5);
}

TEST_CASE("theme: the colours the design fixes", "[kit][theme]") {
    CHECK(theme(true).background == rgb(0x16181D));
    CHECK(theme(false).background == rgb(0xFFFFFF));
    CHECK(theme(true).role(Role::query) == rgb(0x5B8DF6));
    CHECK(theme(false).role(Role::attention) == rgb(0x51042B));
    CHECK(map_color(Map::cividis, 0, true) == rgb(0x002051));
    CHECK(map_color(Map::cividis, 0.5f, true) == rgb(0x7F7C75));
    CHECK(map_color(Map::cividis, 1, false) == rgb(0xFDEA45));
    CHECK(map_color(Map::diverging, 0, true) == rgb(0x0877BD));
    CHECK(map_color(Map::diverging, 0.5f, false) == rgb(0xE8EAEB));
    CHECK(map_color(Map::diverging, 0.5f, true) == rgb(0x2A2E36));
    CHECK(map_color(Map::diverging, 1, true) == rgb(0xF59322));
    CHECK(map_color(Map::cividis, -5, true) == map_color(Map::cividis, 0, true));
    CHECK(map_color(Map::cividis, NAN, true) == map_color(Map::cividis, 0, true));
}
