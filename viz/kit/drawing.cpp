#include "viz/kit/drawing.hpp"

#include <algorithm>

namespace orrery::viz {

TextStyle Drawing::label(Align align) const { return {Font::body, text_label, theme.text, align}; }
TextStyle Drawing::quiet(Align align) const {
    return {Font::body, text_label, theme.text_quiet, align};
}
TextStyle Drawing::bold(Align align) const { return bold(theme.text, align); }
TextStyle Drawing::bold(Color color, Align align) const {
    return {Font::bold, text_label, color, align};
}

float Drawing::phase(double begin, double length) const {
    return float(std::clamp((view.t - begin) / length, 0.0, 1.0));
}

std::string Drawing::fitting(float width, const TextStyle& style,
                             std::initializer_list<std::string> texts) const {
    for (const std::string& text : texts)
        if (c.measure(text, style).w <= width) return text;
    return texts.size() > 0 ? *(texts.end() - 1) : std::string();
}

}  // namespace orrery::viz
