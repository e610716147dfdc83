#include "viz/kit/examples.hpp"

#include <cmath>

#include "core/base/random.hpp"
#include "core/base/text.hpp"

namespace orrery::viz::examples {

float one_decimal(float value) {
    const float rounded = std::round(value * 10.0f) / 10.0f;
    return rounded == 0.0f ? 0.0f : rounded;  // no -0
}

Tensor wave(const Shape& shape, float scale, float shift) {
    Tensor t(shape);
    for (std::size_t i = 0; i < t.rows(); ++i)
        for (std::size_t j = 0; j < t.cols(); ++j) {
            const float a = float(i), b = float(j);
            const float value = (1.0f + 0.5f * a) * std::sin(1.3f * b + 2.1f * a) +
                                0.7f * std::cos(2.9f * b * (a + 1.0f)) + 1.2f - 0.8f * a;
            t.row(i)[j] = scale * one_decimal(value) + shift;
        }
    return t;
}

Tensor normal(const Shape& shape, std::uint64_t seed, std::string_view purpose) {
    Tensor t(shape);
    Random random(seed, purpose);
    for (float& v : t.flat()) v = random.normal();
    return t;
}

std::vector<std::string> words(std::string_view text, std::size_t most) {
    std::vector<std::string> found;
    for (const std::string& word : split(text, ' '))
        if (!word.empty() && found.size() < most) found.push_back(word);
    return found;
}

WordVectors word_vectors(const std::vector<std::string>& words, std::size_t width,
                         std::size_t value_width, std::uint64_t seed) {
    const std::size_t n = words.size();
    WordVectors made{Tensor({1, 1, n, width}), Tensor({1, 1, n, width}),
                     Tensor({1, 1, n, value_width})};
    const float own = 0.9f, place = std::sqrt(1.0f - own * own);
    // As wide as it may be, a scaled score of two equal words is larger by about this.
    const float lean = 2.0f / std::sqrt(float(width));
    const float shrink = 1.0f / std::sqrt(1.0f + lean * lean);

    for (std::size_t i = 0; i < n; ++i) {
        const std::string at = "place " + std::to_string(i);
        const Tensor q = normal({width}, seed, "query of " + words[i]);
        const Tensor k = normal({width}, seed, "key of " + words[i]);
        const Tensor v = normal({value_width}, seed, "value of " + words[i]);
        const Tensor q_at = normal({width}, seed, "query of " + at);
        const Tensor k_at = normal({width}, seed, "key of " + at);
        const Tensor v_at = normal({value_width}, seed, "value of " + at);
        for (std::size_t c = 0; c < width; ++c) {
            const float key = (k.flat()[c] + lean * q.flat()[c]) * shrink;
            made.q.row(i)[c] = one_decimal(own * q.flat()[c] + place * q_at.flat()[c]);
            made.k.row(i)[c] = one_decimal(own * key + place * k_at.flat()[c]);
        }
        for (std::size_t c = 0; c < value_width; ++c)
            made.v.row(i)[c] = one_decimal(own * v.flat()[c] + place * v_at.flat()[c]);
    }
    return made;
}

}  // namespace orrery::viz::examples
