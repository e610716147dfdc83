#include "viz/kit/words.hpp"

#include "core/base/text.hpp"

namespace orrery::viz {
namespace {

bool is_letter(const CodePoint& c) {
    return c.valid && (c.value >= 0x80 ? c.value < 0x2E80 && c.value != 0x3002
                                       : (c.value >= '0' && c.value <= '9') ||
                                             ((c.value | 32) >= 'a' && (c.value | 32) <= 'z') ||
                                             c.value == '\'' || c.value == '_');
}

}  // namespace

std::vector<std::string> split_words(std::string_view text, std::size_t most) {
    std::vector<std::string> found;
    bool joins = false;
    while (!text.empty() && found.size() < most) {
        const CodePoint c = next_code_point(text);
        const std::string_view bytes = text.substr(0, c.length);
        text.remove_prefix(c.length);
        if (c.value == ' ' || c.value == '\t' || c.value == '\n' || c.value == '\r') {
            joins = false;
        } else if (is_letter(c)) {
            if (joins)
                found.back() += bytes;
            else
                found.emplace_back(bytes);
            joins = true;
        } else {
            found.emplace_back(bytes);
            joins = false;
        }
    }
    return found;
}

}  // namespace orrery::viz
