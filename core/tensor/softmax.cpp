#include "core/tensor/softmax.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/error.hpp"
#include "core/base/parallel.hpp"
#include "core/base/vecmath.hpp"
#include "core/tensor/broadcast.hpp"

namespace orrery {

static constexpr float infinity = std::numeric_limits<float>::infinity();
static constexpr std::size_t numbers_per_chunk = 16384;  // of one thread at a time

static void require_row(const char* who, const Tensor& x) {
    if (x.rank() == 0) throw ShapeError(std::string(who) + ": x has no axis, wanted [..., d]");
}

SoftmaxSteps softmax_steps(const Tensor& x, const Tensor& mask) {
    require_row("softmax", x);
    const Tensor allowed = broadcast_to(mask, x.shape());

    Shape one_per_row = x.shape();
    one_per_row.back() = 1;
    SoftmaxSteps s{
        Tensor(one_per_row), Tensor(x.shape()), Tensor(one_per_row), Tensor(x.shape()), {}};

    for (std::size_t i = 0; i < x.rows(); ++i) {
        const auto row = x.row(i), may = allowed.row(i);

        //: the largest entry
        float largest = -infinity;
        for (std::size_t j = 0; j < row.size(); ++j)
            if (may[j] != 0.0f && row[j] > largest) largest = row[j];

        //: exp of what is below it
        float total = 0.0f;
        for (std::size_t j = 0; j < row.size(); ++j) {
            if (may[j] == 0.0f || row[j] == -infinity) continue;
            s.exps.row(i)[j] = std::exp(row[j] - largest);
            total += s.exps.row(i)[j];
            s.cost.flops += 3;
        }

        //: shares of the total
        for (std::size_t j = 0; j < row.size(); ++j)
            if (total != 0.0f) s.y.row(i)[j] = s.exps.row(i)[j] / total;

        s.largest.row(i)[0] = largest;
        s.total.row(i)[0] = total;
        s.cost.flops += 2.0 * double(row.size());
        s.cost.bytes += 8.0 * double(row.size());
    }
    return s;
}

SoftmaxSteps softmax_steps(const Tensor& x) { return softmax_steps(x, Tensor({}, 1.0f)); }

void record(const SoftmaxSteps& s, Trace& out) {
    out.from("tensor/softmax");
    out.add("largest", s.largest, "the largest entry");
    out.add("exps", s.exps, "exp of what is below it");
    out.add("total", s.total, "exp of what is below it");
    out.add("y", s.y, "shares of the total");
    out.cost(s.cost);
}

NaiveSoftmaxSteps softmax_naive_steps(const Tensor& x) {
    require_row("softmax", x);
    Shape one_per_row = x.shape();
    one_per_row.back() = 1;
    NaiveSoftmaxSteps s{Tensor(x.shape()), Tensor(one_per_row), Tensor(x.shape())};
    for (std::size_t i = 0; i < x.rows(); ++i) {
        const auto row = x.row(i);

        //: exp of x as it is, which may be infinite
        float total = 0.0f;
        for (std::size_t j = 0; j < row.size(); ++j) {
            s.exps.row(i)[j] = std::exp(row[j]);
            total += s.exps.row(i)[j];
        }
        s.total.row(i)[0] = total;

        //: shares, of which infinity over infinity is none
        for (std::size_t j = 0; j < row.size(); ++j) s.y.row(i)[j] = s.exps.row(i)[j] / total;
    }
    return s;
}

Tensor softmax_jacobian(const Tensor& y) {
    if (y.rank() != 1)
        throw ShapeError("softmax_jacobian: y has shape " + to_string(y.shape()) +
                         ", wanted one row [d]");
    const auto share = y.flat();
    Tensor slopes({y.size(), y.size()});

    //: what one share gains the others lose
    for (std::size_t i = 0; i < y.size(); ++i)
        for (std::size_t j = 0; j < y.size(); ++j) {
            const float own = i == j ? 1.0f : 0.0f;
            slopes.row(i)[j] = share[i] * (own - share[j]);
        }
    return slopes;
}

//: many numbers at once
void softmax_row(std::span<float> row) {
    const float largest = largest_of(row);
    const float total = exp_and_sum(row, largest == -infinity ? 0.0f : largest, row);
    const float share = total == 0.0f ? 0.0f : 1.0f / total;  // nothing allowed: zeros
    simd::map(row.size(), row.data(), row.data(), [=](simd::Floats v) { return v * share; });
}

Tensor softmax(const Tensor& x) {
    require_row("softmax", x);
    Tensor y = x;
    float* to = y.data();
    const std::size_t d = x.cols(), grain = std::max<std::size_t>(1, numbers_per_chunk / (d + 1));
    parallel_for(y.rows(), grain, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) softmax_row({to + i * d, d});
    });
    return y;
}

Tensor softmax(const Tensor& x, const Tensor& mask) {
    require_row("softmax", x);
    const Tensor allowed = broadcast_to(mask, x.shape());

    //: a masked entry is minus infinity before, and so nothing after
    Tensor y = x;
    float* to = y.data();
    const float* may = allowed.data();
    for (std::size_t i = 0; i < y.size(); ++i)
        if (may[i] == 0.0f) to[i] = -infinity;
    y = softmax(y);

    //: NaN in an allowed entry stays out of the masked ones
    to = y.data();
    for (std::size_t i = 0; i < y.size(); ++i)
        if (may[i] == 0.0f) to[i] = 0.0f;
    return y;
}

void softmax_row_backward(std::span<const float> dy, std::span<const float> y,
                          std::span<float> dx) {
    //: how much of the incoming gradient is common to the row
    const float common = dot(dy, y);

    //: only what differs from that moves the shares
    simd::map(dx.size(), dy.data(), y.data(), dx.data(),
              [=](simd::Floats d, simd::Floats share) { return share * (d - common); });
}

Tensor softmax_backward(const Tensor& dy, const Tensor& y) {
    require_row("softmax_backward", y);
    require_shape("softmax_backward", "dy", dy, y.shape());
    Tensor dx(dy.shape());
    float* to = dx.data();
    const std::size_t d = y.cols(), grain = std::max<std::size_t>(1, numbers_per_chunk / (d + 1));
    parallel_for(y.rows(), grain, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i)
            softmax_row_backward(dy.row(i), y.row(i), {to + i * d, d});
    });
    return dx;
}

}  // namespace orrery
