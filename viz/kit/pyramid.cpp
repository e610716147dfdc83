#include "viz/kit/pyramid.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <list>
#include <mutex>
#include <utility>

#include "core/base/parallel.hpp"
#include "core/base/simd.hpp"
#include "viz/kit/color_scale.hpp"

namespace orrery::viz {

// Without its sign, the bits of a float order as its size does, NaN above all.
static std::uint32_t size_of(float v) {
    std::uint32_t bits;
    std::memcpy(&bits, &v, sizeof bits);
    return bits & 0x7FFFFFFFu;
}

Pyramid::Level halved(const float* values, std::size_t rows, std::size_t cols, bool x, bool y) {
    Pyramid::Level out;
    out.rows = y ? (rows + 1) / 2 : rows, out.cols = x ? (cols + 1) / 2 : cols;
    out.values.resize(out.rows * out.cols);
    parallel_for(out.rows, std::max<std::size_t>(1, 65536 / std::max<std::size_t>(cols, 1)),
                 [&](std::size_t begin, std::size_t end) {
                     std::vector<float> joined(cols);
                     for (std::size_t r = begin; r < end; ++r) {
                         const std::size_t i = y ? 2 * r : r, next = y && i + 1 < rows ? i + 1 : i;
                         const float *a = values + i * cols, *b = values + next * cols;
                         float* to = out.values.data() + r * out.cols;
                         //: of two rows the larger, many at once
                         std::size_t j = 0;
                         for (; j + simd::lanes <= cols; j += simd::lanes) {
                             const simd::Floats va = simd::load(a + j), vb = simd::load(b + j);
                             const simd::Ints keep = (simd::bits_of(va) & 0x7FFFFFFFu) >=
                                                     (simd::bits_of(vb) & 0x7FFFFFFFu);
                             simd::store(joined.data() + j, simd::select(keep, va, vb));
                         }
                         for (; j < cols; ++j)
                             joined[j] = size_of(a[j]) >= size_of(b[j]) ? a[j] : b[j];
                         if (!x) {
                             std::copy(joined.begin(), joined.end(), to);
                             continue;
                         }
                         //: of two neighbours the larger
                         for (std::size_t c = 0; c + 1 < cols; c += 2)
                             to[c / 2] = size_of(joined[c]) >= size_of(joined[c + 1])
                                             ? joined[c]
                                             : joined[c + 1];
                         if (cols % 2) to[cols / 2] = joined[cols - 1];
                     }
                 });
    return out;
}

std::shared_ptr<const Pyramid> pyramid_of(const Tensor& matrix) {
    static constexpr std::size_t kept = 6;
    // The copies keep the buffers alive, so an address stands for one content
    static std::mutex guard;
    static std::list<std::pair<const Tensor, std::shared_ptr<const Pyramid>>> known;
    const std::lock_guard lock(guard);
    for (auto it = known.begin(); it != known.end(); ++it)
        if (it->first.data() == matrix.data() && it->first.shape() == matrix.shape()) {
            known.splice(known.begin(), known, it);
            return it->second;
        }
    auto pyramid = std::make_shared<Pyramid>();
    const float* values = matrix.data();
    std::size_t rows = matrix.rows(), cols = matrix.cols();
    while (rows > 1 || cols > 1) {
        pyramid->levels.push_back(halved(values, rows, cols, true, true));
        const Pyramid::Level& last = pyramid->levels.back();
        values = last.values.data(), rows = last.rows, cols = last.cols;
    }
    known.emplace_front(matrix, pyramid);
    if (known.size() > kept) known.pop_back();
    return pyramid;
}

void prepare_for_drawing(const Tensor& tensor) {
    if (tensor.size() < pyramid_from || tensor.rank() == 0 || tensor.rank() > 2) return;
    const Tensor matrix = tensor.reshaped({tensor.rows(), tensor.cols()});
    ends_of(matrix);
    pyramid_of(matrix);
}

}  // namespace orrery::viz
