#include "viz/kit/selection.hpp"

#include "core/base/text.hpp"

namespace orrery::viz {

std::string to_string(const Selection& s) {
    std::string text = s.tensor;
    const auto add = [&](char letter, int value) {
        if (value >= 0) text += std::string(":") + letter + std::to_string(value);
    };
    add('l', s.layer), add('h', s.head), add('r', s.row), add('c', s.col), add('t', s.token);
    return text;
}

Selection selection_from(const std::string& text) {
    Selection s;
    const auto words = split(text, ':');
    if (words.empty()) return s;
    s.tensor = words[0];
    for (std::size_t i = 1; i < words.size(); ++i) {
        long long value = 0;
        if (words[i].size() < 2 || !parse_integer(words[i].substr(1), value) || value < 0 ||
            value > 1'000'000'000)
            return {};
        switch (words[i][0]) {
            case 'l':
                s.layer = int(value);
                break;
            case 'h':
                s.head = int(value);
                break;
            case 'r':
                s.row = int(value);
                break;
            case 'c':
                s.col = int(value);
                break;
            case 't':
                s.token = int(value);
                break;
            default:
                return {};
        }
    }
    return s;
}

}  // namespace orrery::viz
