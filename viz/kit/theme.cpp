#include "viz/kit/theme.hpp"

#include <algorithm>
#include <array>

namespace orrery::viz {
namespace {

constexpr Theme make_dark() {
    Theme t;
    t.dark = true;
    t.background = rgb(0x16181D), t.surface = rgb(0x1C1F26), t.raised = rgb(0x272B34);
    t.sunken = rgb(0x111317), t.outline = rgb(0x737B8B), t.hairline = rgb(0x2F343E);
    t.text = rgb(0xE9EBEF), t.text_quiet = rgb(0xA3ABB9), t.text_on_accent = rgb(0x14121F);
    t.accent = rgb(0xA594FF), t.good = rgb(0x56C78B), t.warning = rgb(0xF0B541);
    t.bad = rgb(0xFF7078), t.focus = rgb(0xC4B8FF);
    t.query = rgb(0x5B8DF6), t.key = rgb(0xE8A63C);
    t.value = rgb(0x2FE6D0), t.attention = rgb(0xD6318A);
    t.query_text = rgb(0x8FB4FF), t.key_text = rgb(0xEDB55A);
    t.value_text = rgb(0x5EEBD9), t.attention_text = rgb(0xF481BE);
    t.negative = rgb(0x0877BD), t.zero = rgb(0x2A2E36), t.positive = rgb(0xF59322);
    return t;
}

constexpr Theme make_light() {
    Theme t;
    t.dark = false;
    t.background = rgb(0xFFFFFF), t.surface = rgb(0xF6F7F9), t.raised = rgb(0xFFFFFF);
    t.sunken = rgb(0xECEEF2), t.outline = rgb(0x7C8494), t.hairline = rgb(0xDFE2E8);
    t.text = rgb(0x1B1D22), t.text_quiet = rgb(0x565D6B), t.text_on_accent = rgb(0xFFFFFF);
    t.accent = rgb(0x6541D8), t.good = rgb(0x18764A), t.warning = rgb(0x8F5F00);
    t.bad = rgb(0xC6283A), t.focus = rgb(0x4A2BC0);
    t.query = rgb(0x0238CF), t.key = rgb(0xD44F11);
    t.value = rgb(0x23A396), t.attention = rgb(0x51042B);
    t.query_text = rgb(0x0238CF), t.key_text = rgb(0xB03F0A);
    t.value_text = rgb(0x0D6E65), t.attention_text = rgb(0x7A0E45);
    t.negative = rgb(0x0877BD), t.zero = rgb(0xE8EAEB), t.positive = rgb(0xF59322);
    return t;
}

using Stops = std::array<std::uint32_t, 9>;
constexpr Stops cividis{0x002051, 0x11366C, 0x3C4D6E, 0x62646F, 0x7F7C75,
                        0x9A9478, 0xBBAF71, 0xE2CB5C, 0xFDEA45};
constexpr Stops viridis{0x440154, 0x472D7B, 0x3B528B, 0x2C728E, 0x21918C,
                        0x28AE80, 0x5EC962, 0xADDC30, 0xFDE725};

Color between(Color a, Color b, float t) {
    const auto mix = [t](std::uint8_t from, std::uint8_t to) {
        return std::uint8_t(float(from) + (float(to) - float(from)) * t + 0.5f);
    };
    return {mix(a.r, b.r), mix(a.g, b.g), mix(a.b, b.b), 255};
}

Color along(const Stops& stops, float t) {
    const float place = t * float(stops.size() - 1);
    const std::size_t i = std::min(std::size_t(place), stops.size() - 2);
    return between(rgb(stops[i]), rgb(stops[i + 1]), place - float(i));
}

}  // namespace

static constexpr Theme strengthened(Theme t) {
    const bool dark = t.dark;
    t.background = t.surface = t.sunken = dark ? rgb(0x000000) : rgb(0xFFFFFF);
    t.raised = dark ? rgb(0x14161A) : rgb(0xFFFFFF);
    t.text = dark ? rgb(0xFFFFFF) : rgb(0x000000);
    t.text_quiet = dark ? rgb(0xD5D9E0) : rgb(0x30343C);
    t.outline = dark ? rgb(0xC2C8D2) : rgb(0x3B414D);
    t.hairline = dark ? rgb(0x7A8291) : rgb(0x868D9A);
    t.accent = dark ? rgb(0xBFB2FF) : rgb(0x4A25B8);
    t.focus = dark ? rgb(0xFFE14D) : rgb(0x1B00B3);
    return t;
}

const Theme& theme(bool dark, bool high_contrast) {
    static constexpr Theme themes[4] = {make_light(), make_dark(), strengthened(make_light()),
                                        strengthened(make_dark())};
    return themes[(dark ? 1 : 0) + (high_contrast ? 2 : 0)];
}

Color Theme::role(Role role) const {
    switch (role) {
        case Role::query:
            return query;
        case Role::key:
            return key;
        case Role::value:
            return value;
        case Role::attention:
            return attention;
        case Role::neutral:
            break;
    }
    return outline;
}

Color Theme::role_text(Role role) const {
    switch (role) {
        case Role::query:
            return query_text;
        case Role::key:
            return key_text;
        case Role::value:
            return value_text;
        case Role::attention:
            return attention_text;
        case Role::neutral:
            break;
    }
    return text;
}

Color map_color(Map map, float t, bool dark) {
    t = t >= 0 ? std::min(t, 1.0f) : 0.0f;
    switch (map) {
        case Map::cividis:
            return along(cividis, t);
        case Map::viridis:
            return along(viridis, t);
        case Map::grey:
            return dark ? between(rgb(0x1E2128), rgb(0xF2F3F5), t)
                        : between(rgb(0xF4F5F7), rgb(0x1B1D22), t);
        case Map::dots:
            return theme(dark).sunken;
        case Map::diverging:
            break;
    }
    const Theme& colours = theme(dark);
    return t < 0.5f ? between(colours.negative, colours.zero, t * 2)
                    : between(colours.zero, colours.positive, t * 2 - 1);
}

}  // namespace orrery::viz
