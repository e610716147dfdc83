#include "core/attention/multi_head.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/tensor/linear.hpp"

namespace orrery::attention {
namespace {

Tensor project(const Tensor& x, const Tensor& weight, const std::optional<Tensor>& bias) {
    return bias ? linear(x, weight, *bias) : linear(x, weight);
}

void check(const Tensor& x, const MultiHeadWeights& weights, std::size_t heads) {
    if (x.rank() != 3)
        throw ShapeError("multi_head: x has shape " + to_string(x.shape()) +
                         ", wanted [batch, tokens, d]");
    const std::size_t d = x.cols();
    if (heads == 0 || d == 0 || d % heads != 0)
        throw ValueError("multi_head: heads is " + std::to_string(heads) +
                         ", wanted a divisor of the width " + std::to_string(d));
    require_shape("multi_head", "qkv_weight", weights.qkv, {3 * d, d});
    require_shape("multi_head", "out_weight", weights.out, {d, d});
    if (weights.qkv_bias.has_value() != weights.out_bias.has_value())
        throw ShapeError("multi_head: only one bias is given, wanted both or none");
    if (weights.qkv_bias) {
        require_shape("multi_head", "qkv_bias", *weights.qkv_bias, {3 * d});
        require_shape("multi_head", "out_bias", *weights.out_bias, {d});
    }
}

// Columns begin to begin + count of every row.
Tensor columns(const Tensor& x, std::size_t begin, std::size_t count) {
    Shape shape = x.shape();
    shape.back() = count;
    Tensor part(shape);
    for (std::size_t r = 0; r < x.rows(); ++r)
        std::copy_n(x.row(r).data() + begin, count, part.row(r).data());
    return part;
}

}  // namespace

Tensor split_heads(const Tensor& x, std::size_t heads) {
    if (x.rank() != 3 || heads == 0 || x.cols() % heads != 0)
        throw ShapeError("split_heads: x has shape " + to_string(x.shape()) +
                         ", wanted [batch, tokens, " + std::to_string(heads) + " times a width]");
    const std::size_t batch = x.dim(0), tokens = x.dim(1), width = x.cols() / heads;
    Tensor split({batch, heads, tokens, width});
    //: each head gets its columns
    for (std::size_t b = 0; b < batch; ++b)
        for (std::size_t h = 0; h < heads; ++h)
            for (std::size_t i = 0; i < tokens; ++i) {
                const auto from = x.row(b * tokens + i);
                auto to = split.row((b * heads + h) * tokens + i);
                std::copy_n(&from[h * width], width, to.data());
            }
    return split;
}

Tensor join_heads(const Tensor& x) {
    if (x.rank() != 4)
        throw ShapeError("join_heads: x has shape " + to_string(x.shape()) +
                         ", wanted [batch, heads, tokens, width]");
    const std::size_t batch = x.dim(0), heads = x.dim(1), tokens = x.dim(2), width = x.dim(3);
    Tensor joined({batch, tokens, heads * width});
    //: the heads side by side again
    for (std::size_t b = 0; b < batch; ++b)
        for (std::size_t h = 0; h < heads; ++h)
            for (std::size_t i = 0; i < tokens; ++i)
                std::copy_n(x.row((b * heads + h) * tokens + i).data(), width,
                            joined.row(b * tokens + i).data() + h * width);
    return joined;
}

MultiHeadSteps multi_head_steps(const Tensor& x, const MultiHeadWeights& weights, std::size_t heads,
                                const ScaledDotProductConfig& config) {
    check(x, weights, heads);
    const std::size_t d = x.cols();
    MultiHeadSteps s;

    //: one product makes queries, keys and values
    s.qkv = project(x, weights.qkv, weights.qkv_bias);
    s.q = split_heads(columns(s.qkv, 0, d), heads);
    s.k = split_heads(columns(s.qkv, d, d), heads);
    s.v = split_heads(columns(s.qkv, 2 * d, d), heads);

    //: every head attends by itself
    s.attention = scaled_dot_product_steps(s.q, s.k, s.v, config);
    s.joined = join_heads(s.attention.out);

    //: the last product mixes what the heads found
    s.y = project(s.joined, weights.out, weights.out_bias);

    //: count the cost
    const double rows = double(x.rows()), width = double(d);
    s.cost = {8 * rows * width * width + s.attention.cost.flops,
              sizeof(float) * (6 * rows * width + 4 * width * width) + s.attention.cost.bytes};
    return s;
}

Tensor multi_head(const Tensor& x, const MultiHeadWeights& weights, std::size_t heads,
                  const ScaledDotProductConfig& config) {
    return multi_head_steps(x, weights, heads, config).y;
}

void record(const MultiHeadSteps& s, Trace& out) {
    out.from("attention/multi_head");
    out.add("qkv", s.qkv, "one product makes queries, keys and values");
    out.add("q", s.q, "one product makes queries, keys and values");
    out.add("k", s.k, "one product makes queries, keys and values");
    out.add("v", s.v, "one product makes queries, keys and values");
    const Cost outside{s.cost.flops - s.attention.cost.flops,
                       s.cost.bytes - s.attention.cost.bytes};
    out.nest("attention", [&](Trace& inner) { record(s.attention, inner); });
    out.add("joined", s.joined, "every head attends by itself");
    out.add("y", s.y, "the last product mixes what the heads found");
    out.cost(outside);
}

MultiHeadGrads multi_head_backward(const Tensor& dy, const MultiHeadSteps& steps, const Tensor& x,
                                   const MultiHeadWeights& weights) {
    const std::size_t heads = steps.q.dim(1), d = x.cols();
    check(x, weights, heads);
    require_shape("multi_head_backward", "dy", dy, steps.y.shape());

    //: back through the last product, into the heads
    const auto out = linear_backward(dy, steps.joined, weights.out);
    const auto inner = scaled_dot_product_backward(split_heads(out.dx, heads), steps.attention,
                                                   steps.q, steps.k, steps.v);

    //: queries, keys and values side by side, as the product made them
    Tensor dqkv(steps.qkv.shape());
    const Tensor thirds[] = {join_heads(inner.dq), join_heads(inner.dk), join_heads(inner.dv)};
    for (std::size_t r = 0; r < dqkv.rows(); ++r)
        for (std::size_t third = 0; third < 3; ++third)
            std::copy_n(thirds[third].row(r).data(), d, dqkv.row(r).data() + third * d);

    //: back through the first product
    const auto in = linear_backward(dqkv, x, weights.qkv);
    MultiHeadGrads g{in.dx, {in.dweight, out.dweight, {}, {}}};
    if (weights.qkv_bias) {
        g.dweights.qkv_bias = in.dbias;
        g.dweights.out_bias = out.dbias;
    }
    return g;
}

}  // namespace orrery::attention
