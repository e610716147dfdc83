#include "core/attention/scaled_dot_product.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/attention/mask.hpp"
#include "core/base/error.hpp"

namespace orrery::attention {
namespace {

constexpr float minus_infinity = -std::numeric_limits<float>::infinity();

Shape with_last_two(Shape shape, std::size_t rows, std::size_t cols) {
    shape[shape.size() - 2] = rows;
    shape[shape.size() - 1] = cols;
    return shape;
}

void check(const Tensor& q, const Tensor& k, const Tensor& v) {
    if (q.rank() < 2 || q.dim(-1) == 0)
        throw ShapeError("scaled_dot_product: q has shape " + to_string(q.shape()) +
                         ", wanted [..., tokens, width]");
    if (k.rank() != q.rank())
        throw ShapeError("scaled_dot_product: k has shape " + to_string(k.shape()) +
                         ", wanted as many axes as q, " + to_string(q.shape()));
    require_shape("scaled_dot_product", "k", k, with_last_two(q.shape(), k.dim(-2), q.dim(-1)));
    const std::size_t value_width = v.rank() == 0 ? 0 : v.dim(-1);
    require_shape("scaled_dot_product", "v", v, with_last_two(q.shape(), k.dim(-2), value_width));
}

// 1 where query i may look at key j, for every attention of the leading axes.
Tensor allowed_of(const Shape& scores, const ScaledDotProductConfig& config) {
    const std::size_t queries = scores[scores.size() - 2], keys = scores[scores.size() - 1];
    Tensor allowed(scores, 1.0f);
    if (config.mask) {
        const Tensor& mask = *config.mask;
        bool fits = mask.rank() >= 2 && mask.rank() <= scores.size();
        for (std::size_t a = 0; fits && a < mask.rank(); ++a) {
            const std::size_t wanted = scores[a + scores.size() - mask.rank()];
            fits = mask.shape()[a] == wanted || (mask.shape()[a] == 1 && a + 2 < mask.rank());
        }
        if (!fits)
            throw ShapeError("scaled_dot_product: mask has shape " + to_string(mask.shape()) +
                             ", wanted " + to_string(Shape{queries, keys}) + " or " +
                             to_string(scores));
        allowed = both(allowed, mask);
    }
    if (config.is_causal) allowed = both(allowed, causal_mask(queries, keys));
    return allowed;
}

Cost forward_cost(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& allowed) {
    double pairs = 0;
    for (float a : allowed.flat()) pairs += double(a);
    const double all = double(allowed.size()), d = double(q.cols()), d_v = double(v.cols());
    const double out = double(q.rows()) * d_v;
    return {2 * all * d + all + pairs * (5 + 2 * d_v),
            sizeof(float) * (double(q.size() + k.size() + v.size()) + 5 * all + out)};
}

}  // namespace

ScaledDotProductSteps scaled_dot_product_steps(const Tensor& q, const Tensor& k, const Tensor& v,
                                               const ScaledDotProductConfig& config) {
    check(q, k, v);
    const std::size_t queries = q.dim(-2), keys = k.dim(-2), d = q.cols(), d_v = v.cols();
    const Shape pairs = with_last_two(q.shape(), queries, keys);
    const float scale = config.scale.value_or(1.0f / std::sqrt(float(d)));

    ScaledDotProductSteps s{Tensor(pairs),
                            Tensor(pairs),
                            allowed_of(pairs, config),
                            Tensor(pairs),
                            Tensor(pairs),
                            Tensor(with_last_two(q.shape(), queries, d_v)),
                            scale,
                            {}};
    s.cost = forward_cost(q, k, v, s.allowed);

    // Row r of q is query r % queries of attention r / queries; each row is computed by itself.
    for (std::size_t r = 0; r < q.rows(); ++r) {
        const std::size_t first_key = r / queries * keys;
        const auto query = q.row(r), allowed = std::as_const(s.allowed).row(r);
        const auto scores = s.scores.row(r), scaled = s.scaled.row(r);
        const auto masked = s.masked.row(r), weights = s.weights.row(r), out = s.out.row(r);

        //: how well each key fits the query
        for (std::size_t j = 0; j < keys; ++j) {
            const auto key = k.row(first_key + j);
            float dot = 0.0f;
            for (std::size_t c = 0; c < d; ++c) {
                dot += query[c] * key[c];
            }
            scores[j] = dot;
        }

        //: divide by the spread of a sum of d products
        for (std::size_t j = 0; j < keys; ++j) {
            scaled[j] = scores[j] * scale;
        }

        //: what may not be seen is minus infinity
        float largest = minus_infinity;
        for (std::size_t j = 0; j < keys; ++j) {
            masked[j] = allowed[j] != 0.0f ? scaled[j] : minus_infinity;
            largest = std::max(largest, masked[j]);
        }

        //: softmax: shares of 1 among what may be seen
        float sum = 0.0f;
        for (std::size_t j = 0; j < keys; ++j) {
            if (allowed[j] == 0.0f) continue;
            weights[j] = std::exp(masked[j] - largest);
            sum += weights[j];
        }
        for (std::size_t j = 0; j < keys; ++j) {
            if (allowed[j] != 0.0f) weights[j] /= sum;
        }

        //: mix the values by these shares
        for (std::size_t j = 0; j < keys; ++j) {
            if (allowed[j] == 0.0f) continue;
            const auto value = v.row(first_key + j);
            for (std::size_t c = 0; c < d_v; ++c) {
                out[c] += weights[j] * value[c];
            }
        }
    }
    return s;
}

Tensor scaled_dot_product(const Tensor& q, const Tensor& k, const Tensor& v,
                          const ScaledDotProductConfig& config) {
    return scaled_dot_product_steps(q, k, v, config).out;
}

void record(const ScaledDotProductSteps& s, Trace& out) {
    out.from("attention/scaled_dot_product");
    out.add("scores", s.scores, "how well each key fits the query");
    out.add("scaled", s.scaled, "divide by the spread of a sum of d products");
    out.add("allowed", s.allowed, "what may not be seen is minus infinity", Kind::boolean);
    out.add("masked", s.masked, "what may not be seen is minus infinity");
    out.add("weights", s.weights, "softmax: shares of 1 among what may be seen");
    out.add("out", s.out, "mix the values by these shares");
    out.cost(s.cost);
}

ScaledDotProductGrads scaled_dot_product_backward(const Tensor& dout,
                                                  const ScaledDotProductSteps& steps,
                                                  const Tensor& q, const Tensor& k,
                                                  const Tensor& v) {
    check(q, k, v);
    require_shape("scaled_dot_product_backward", "dout", dout, steps.out.shape());
    require_shape("scaled_dot_product_backward", "weights", steps.weights,
                  with_last_two(q.shape(), q.dim(-2), k.dim(-2)));

    const std::size_t queries = q.dim(-2), keys = k.dim(-2), d = q.cols(), d_v = v.cols();
    ScaledDotProductGrads g{Tensor(q.shape()), Tensor(k.shape()), Tensor(v.shape())};
    std::vector<float> dweights(keys);

    for (std::size_t r = 0; r < q.rows(); ++r) {
        const std::size_t first_key = r / queries * keys;
        const auto grad = dout.row(r), weights = steps.weights.row(r), query = q.row(r);
        const auto dq = g.dq.row(r);

        //: what a larger share of each value would have done
        float average = 0.0f;
        for (std::size_t j = 0; j < keys; ++j) {
            const auto value = v.row(first_key + j);
            dweights[j] = 0.0f;
            for (std::size_t c = 0; c < d_v; ++c) {
                dweights[j] += grad[c] * value[c];
            }
            average += dweights[j] * weights[j];
        }

        //: a value is pulled as hard as it was used
        for (std::size_t j = 0; j < keys; ++j) {
            const auto dv = g.dv.row(first_key + j);
            for (std::size_t c = 0; c < d_v; ++c) {
                dv[c] += weights[j] * grad[c];
            }
        }

        //: through softmax, then back to query and key
        for (std::size_t j = 0; j < keys; ++j) {
            const float dscaled = weights[j] * (dweights[j] - average);
            const float dscore = dscaled * steps.scale;
            const auto key = k.row(first_key + j);
            const auto dk = g.dk.row(first_key + j);
            for (std::size_t c = 0; c < d; ++c) {
                dq[c] += dscore * key[c];
                dk[c] += dscore * query[c];
            }
        }
    }
    return g;
}

}  // namespace orrery::attention
