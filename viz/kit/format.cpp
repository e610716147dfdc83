#include "viz/kit/format.hpp"

#include <cmath>
#include <cstdio>

#include "core/base/text.hpp"

namespace orrery::viz {
namespace {

constexpr const char* minus = "−";

// A hyphen in front or in the exponent becomes a minus sign; "e-05" becomes "e−5".
std::string set_signs(const std::string& plain) {
    std::string out;
    for (std::size_t i = 0; i < plain.size(); ++i) {
        if (plain[i] == '-') {
            out += minus;
        } else if (plain[i] == '+') {
            continue;
        } else if (plain[i] == '0' && out.find('e') != std::string::npos && i + 1 < plain.size() &&
                   (plain[i - 1] == '-' || plain[i - 1] == '+')) {
            continue;
        } else {
            out += plain[i];
        }
    }
    return out;
}

bool special(double value, std::string& out) {
    if (std::isnan(value))
        out = "NaN";
    else if (std::isinf(value))
        out = value > 0 ? "+∞" : "−∞";
    else if (value == 0)
        out = "0";
    else
        return false;
    return true;
}

int characters_of(const std::string& text) {
    int count = 0;
    for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    return count;
}

std::string fixed(double value, int decimals) {
    char buffer[400];
    std::snprintf(buffer, sizeof buffer, "%.*f", decimals, value);
    std::string text = buffer;
    for (char& c : text)
        if (c == ',') c = '.';
    if (text.find('.') != std::string::npos) {
        while (text.back() == '0') text.pop_back();
        if (text.back() == '.') text.pop_back();
    }
    return text;
}

std::string scientific(double value, int decimals) {
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, "%.*e", decimals, value);
    std::string text = buffer;
    for (char& c : text)
        if (c == ',') c = '.';
    return set_signs(text);
}

std::string scaled(double value, const char* const* units, int count, double step) {
    std::string out;
    if (special(value, out)) return out;
    int unit = 0;
    double rest = value;
    while (unit + 1 < count && std::abs(rest) >= step * 0.9995) rest /= step, ++unit;
    const double size = std::abs(rest);
    const int decimals = unit == 0 ? (size == std::floor(size) ? 0 : 1) : size < 9.95 ? 1 : 0;
    std::string text = set_signs(fixed(rest, decimals));
    if (*units[unit]) text += std::string(" ") + units[unit];
    return text;
}

}  // namespace

std::string format_value(double value, bool full) {
    std::string out;
    if (special(value, out)) return out;
    return set_signs(number_text(value, full ? 9 : 4));
}

std::string format_short(double value, int characters) {
    std::string out;
    if (special(value, out)) return out;
    //: the most decimals that fit, unless they would show nothing but zeros
    for (int decimals = 3; decimals >= 0; --decimals) {
        const std::string plain = fixed(value, decimals);
        if (plain == "0" || plain == "-0") break;
        const std::string text = set_signs(plain);
        if (characters_of(text) <= characters) return text;
    }
    //: without the zero before the point, rather than not at all
    for (int decimals = 3; decimals >= 2; --decimals) {
        std::string plain = fixed(value, decimals);
        if (plain == "0" || plain == "-0" || std::abs(value) >= 0.9995) continue;
        plain.erase(plain.find('.') - 1, 1);
        const std::string text = set_signs(plain);
        if (characters_of(text) <= characters) return text;
    }
    //: else powers of ten
    for (int decimals = 2; decimals >= 0; --decimals) {
        const std::string text = scientific(value, decimals);
        if (characters_of(text) <= characters) return text;
    }
    // Too small to write in so little room: it rounds to 0, and says from which side
    if (std::abs(value) < 0.5) return value > 0 ? "+0" : "−0";
    return "…";
}

std::string format_count(double value, Language language) {
    if (language == Language::chinese) {
        const double size = std::abs(value), unit = size < 1e8 ? 1e4 : 1e8;
        if (size < 1e4) return format_value(value);
        const double shown = value / unit;
        const double kept =
            std::abs(shown) < 99.95 ? std::round(shown * 10) / 10 : std::round(shown);
        return format_value(kept) + (unit == 1e4 ? " 万" : " 亿");
    }
    static const char* const units[] = {"", "k", "M", "G", "T", "P"};
    return scaled(value, units, 6, 1000);
}

std::string format_bytes(double value) {
    static const char* const units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
    return scaled(value, units, 6, 1000);
}

}  // namespace orrery::viz
