#include "viz/kit/color_scale.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <list>
#include <mutex>

#include "core/base/parallel.hpp"
#include "core/base/simd.hpp"

namespace orrery::viz {
namespace {

// Ends of the finite values of one row; false when there are none.
bool ends_of_row(std::span<const float> row, float& low, float& high) {
    const float none = std::numeric_limits<float>::max();
    low = none, high = -none;
    bool any = false;
    std::size_t j = 0;
    //: many at once
    if (row.size() >= simd::lanes) {
        simd::Floats least = simd::splat(none), most = simd::splat(-none);
        simd::Words found{};
        for (; j + simd::lanes <= row.size(); j += simd::lanes) {
            const simd::Floats v = simd::load(row.data() + j);
            const simd::Ints finite = (simd::bits_of(v) & 0x7FFFFFFFu) < 0x7F800000u;
            least = simd::select(finite & (v < least), v, least);
            most = simd::select(finite & (v > most), v, most);
            found |= (simd::Words)finite;
        }
        for (std::size_t k = 0; k < simd::lanes; ++k) {
            low = std::min(low, least[k]), high = std::max(high, most[k]);
            any |= found[k] != 0;
        }
    }
    for (; j < row.size(); ++j) {
        const float v = row[j];
        if (!std::isfinite(v)) continue;
        low = std::min(low, v), high = std::max(high, v), any = true;
    }
    if (!any) low = high = 0;
    return any;
}

// 1 when the row has NaN, 2 when it has an infinity, 3 when both.
char odd_of_row(std::span<const float> row) {
    // Without its sign, the bits of a float order as its size does, infinity and NaN above all
    std::uint32_t most = 0;
    bool infinite = false;
    for (const float v : row) {
        std::uint32_t bits;
        std::memcpy(&bits, &v, sizeof bits);
        bits &= 0x7FFFFFFFu;
        most = std::max(most, bits);
        infinite |= bits == 0x7F800000u;
    }
    return char((most > 0x7F800000u ? 1 : 0) + (infinite ? 2 : 0));
}

Ends measure(const Tensor& tensor) {
    Ends ends;
    const std::size_t rows = tensor.rows();
    ends.rows.resize(rows);
    std::vector<char> some(rows), odd(rows);  // odd: 1 has NaN, 2 has an infinity
    parallel_for(rows, std::max<std::size_t>(1, 65536 / std::max<std::size_t>(tensor.cols(), 1)),
                 [&](std::size_t begin, std::size_t end) {
                     for (std::size_t i = begin; i < end; ++i) {
                         some[i] =
                             ends_of_row(tensor.row(i), ends.rows[i].first, ends.rows[i].second);
                         odd[i] = odd_of_row(tensor.row(i));
                     }
                 });
    bool any = false;
    for (std::size_t i = 0; i < rows; ++i) {
        if (!some[i]) continue;
        const auto [low, high] = ends.rows[i];
        ends.low = any ? std::min(ends.low, low) : low;
        ends.high = any ? std::max(ends.high, high) : high;
        any = true;
    }
    ends.nan = std::find(odd.begin(), odd.end(), 1) != odd.end() ||
               std::find(odd.begin(), odd.end(), 3) != odd.end();
    ends.infinite = std::find_if(odd.begin(), odd.end(), [](char o) { return o > 1; }) != odd.end();
    return ends;
}

float clamp01(float t) { return t >= 0 ? std::min(t, 1.0f) : 0.0f; }

}  // namespace

std::shared_ptr<const Ends> ends_of(const Tensor& tensor) {
    static constexpr std::size_t small = 4096, kept = 32;
    if (tensor.size() <= small) return std::make_shared<const Ends>(measure(tensor));
    // The copies keep the buffers alive, so an address stands for one content
    static std::mutex guard;
    static std::list<std::pair<const Tensor, std::shared_ptr<const Ends>>> known;
    const std::lock_guard lock(guard);
    for (auto it = known.begin(); it != known.end(); ++it)
        if (it->first.data() == tensor.data() && it->first.shape() == tensor.shape()) {
            known.splice(known.begin(), known, it);
            return it->second;
        }
    known.emplace_front(tensor, std::make_shared<const Ends>(measure(tensor)));
    if (known.size() > kept) known.pop_back();
    return known.front().second;
}

ColorScale color_scale(const Tensor& tensor, const MatrixStyle& style, bool dark) {
    ColorScale scale{style.map, style.norm, style.low, style.high, {}, dark};
    const bool fit = style.low == style.high;
    if (!fit && style.norm != Norm::per_row) {
        if (style.norm == Norm::symmetric) {
            scale.high = std::max(std::abs(style.low), std::abs(style.high));
            scale.low = -scale.high;
        }
        return scale;
    }
    const auto ends = ends_of(tensor);
    if (style.norm == Norm::per_row) scale.rows = ends->rows;
    if (fit) scale.low = ends->low, scale.high = ends->high;
    if (style.norm == Norm::symmetric || (fit && style.map == Map::diverging)) {
        scale.high = std::max(std::abs(scale.low), std::abs(scale.high));
        scale.low = -scale.high;
    }
    if (style.norm == Norm::log && style.map != Map::diverging && fit && scale.low <= 0) {
        // Six decades below the largest
        scale.low = scale.high > 0 ? scale.high * 1e-6f : 0;
    }
    return scale;
}

float ColorScale::position(float value, std::size_t row) const {
    float from = low, to = high;
    if (norm == Norm::per_row && row < rows.size()) {
        from = rows[row].first, to = rows[row].second;
        if (map == Map::diverging) to = std::max(std::abs(from), std::abs(to)), from = -to;
    }
    if (std::isinf(value)) return value > 0 ? 1.0f : 0.0f;
    if (norm == Norm::log) {
        if (map == Map::diverging || low < 0) {
            const float top = std::max(std::abs(from), std::abs(to));
            if (!(top > 0)) return 0.5f;
            const float knee = top * 1e-3f;
            const float size = std::log1p(std::abs(value) / knee) / std::log1p(top / knee);
            return clamp01(0.5f + 0.5f * (value < 0 ? -size : size));
        }
        if (!(value > 0) || !(from > 0) || !(to > from)) return value >= to && to > 0 ? 1.0f : 0.0f;
        return clamp01(std::log(value / from) / std::log(to / from));
    }
    if (!(to > from)) return 0.5f;
    return clamp01((value - from) / (to - from));
}

float ColorScale::size(float value, std::size_t row) const {
    if (norm == Norm::log) {
        const float p = position(value, row);
        return low < 0 ? std::abs(2 * p - 1) : p;
    }
    float from = low, to = high;
    if (norm == Norm::per_row && row < rows.size()) from = rows[row].first, to = rows[row].second;
    const float most = std::max(std::abs(from), std::abs(to));
    return most > 0 ? clamp01(std::abs(value) / most) : 0.0f;
}

static float luminance(Color c) {
    const auto linear = [](std::uint8_t v) {
        const float s = float(v) / 255;
        return s <= 0.04045f ? s / 12.92f : std::pow((s + 0.055f) / 1.055f, 2.4f);
    };
    return 0.2126f * linear(c.r) + 0.7152f * linear(c.g) + 0.0722f * linear(c.b);
}

float contrast(Color a, Color b) {
    const float la = luminance(a), lb = luminance(b);
    return (std::max(la, lb) + 0.05f) / (std::min(la, lb) + 0.05f);
}

Color ink_on(Color fill) {
    const Color dark = rgb(0x000000), light = rgb(0xFFFFFF);
    return contrast(dark, fill) >= contrast(light, fill) ? dark : light;
}

Tensor pooled(const Tensor& matrix, std::size_t rows, std::size_t cols) {
    const std::size_t from_rows = matrix.rows(), from_cols = matrix.cols();
    rows = std::max<std::size_t>(1, std::min(rows, from_rows));
    cols = std::max<std::size_t>(1, std::min(cols, from_cols));
    Tensor out({rows, cols});
    for (std::size_t r = 0; r < rows; ++r) {
        const auto to = out.row(r);
        bool first = true;
        for (std::size_t i = r * from_rows / rows; i < (r + 1) * from_rows / rows; ++i) {
            const auto from = matrix.row(i);
            for (std::size_t c = 0; c < cols; ++c) {
                float best = first ? 0.0f : to[c];
                for (std::size_t j = c * from_cols / cols; j < (c + 1) * from_cols / cols; ++j)
                    if (!std::isnan(best) && !(std::abs(from[j]) < std::abs(best))) best = from[j];
                to[c] = best;
            }
            first = false;
        }
    }
    return out;
}

}  // namespace orrery::viz
