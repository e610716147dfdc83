#include "core/model/block.hpp"

#include "core/base/error.hpp"

namespace orrery::model {

norm::LayerNormSteps norm_steps(const Tensor& x, const NormWeights& weights, float eps) {
    return norm::layer_norm_steps(x, weights.gain,
                                  weights.bias ? *weights.bias : Tensor(weights.gain.shape()), eps);
}

NormWeights norm_grads(const norm::LayerNormGrads& grads, const NormWeights& like) {
    NormWeights g{grads.dgain, {}};
    if (like.bias) g.bias = grads.dbias;
    return g;
}

static Tensor sum(const Tensor& a, const Tensor& b) {
    Tensor total = a;
    float* to = total.data();
    for (std::size_t i = 0; i < total.size(); ++i) to[i] += b.flat()[i];
    return total;
}

static attention::ScaledDotProductConfig attention_config(const BlockConfig& config) {
    attention::ScaledDotProductConfig c;
    c.is_causal = config.is_causal;
    return c;
}

BlockSteps block_steps(const Tensor& x, const BlockWeights& w, const BlockConfig& config) {
    if (x.rank() != 3)
        throw ShapeError("block: x has shape " + to_string(x.shape()) +
                         ", wanted [batch, tokens, d]");
    const std::size_t h = config.heads;
    const float eps = config.norm_eps;
    const attention::ScaledDotProductConfig how = attention_config(config);
    const std::string& bend = config.activation;
    const FeedForwardWeights& ff = w.feed_forward;
    BlockSteps s;

    //: look at the others, and add what was found
    s.norm_1 = norm_steps(x, w.norm_1, eps);
    s.attention = multi_head_steps(s.norm_1.y, w.attention, h, how);
    s.middle = sum(x, s.attention.y);

    //: think about it alone, and add the thought
    s.norm_2 = norm_steps(s.middle, w.norm_2, eps);
    s.feed_forward = feed_forward_steps(s.norm_2.y, ff, bend);
    s.y = sum(s.middle, s.feed_forward.y);

    //: what it cost
    s.cost = {2.0 * double(x.size()), 24.0 * double(x.size())};
    for (const Cost& part : {s.norm_1.cost, s.attention.cost, s.norm_2.cost, s.feed_forward.cost}) {
        s.cost.flops += part.flops;
        s.cost.bytes += part.bytes;
    }
    return s;
}

Tensor block(const Tensor& x, const BlockWeights& weights, const BlockConfig& config) {
    return block_steps(x, weights, config).y;
}

void record(const BlockSteps& s, Trace& out) {
    out.from("model/block");
    out.nest("norm_1", [&](Trace& t) { norm::record(s.norm_1, t); });
    out.nest("attention", [&](Trace& t) { attention::record(s.attention, t); });
    out.add("middle", s.middle, "look at the others, and add what was found");
    out.nest("norm_2", [&](Trace& t) { norm::record(s.norm_2, t); });
    out.nest("feed_forward", [&](Trace& t) { record(s.feed_forward, t); });
    out.add("y", s.y, "think about it alone, and add the thought");
    out.cost({2.0 * double(s.y.size()), 24.0 * double(s.y.size())});
}

BlockGrads block_backward(const Tensor& dy, const BlockSteps& s, const Tensor& x,
                          const BlockWeights& w, const BlockConfig& config) {
    require_shape("block_backward", "dy", dy, s.y.shape());
    require_shape("block_backward", "x", x, s.y.shape());

    //: the stream passes the gradient on untouched; each half adds its own
    const auto feed_forward =
        feed_forward_backward(dy, s.feed_forward, s.norm_2.y, w.feed_forward, config.activation);
    const auto norm_2 = norm::layer_norm_backward(feed_forward.dx, s.norm_2, w.norm_2.gain);
    //: the gradient itself, and what came through the half
    const Tensor dmiddle = sum(dy, norm_2.dx);

    //: the same once more
    const auto attention =
        attention::multi_head_backward(dmiddle, s.attention, s.norm_1.y, w.attention);
    const auto norm_1 = norm::layer_norm_backward(attention.dx, s.norm_1, w.norm_1.gain);

    return {sum(dmiddle, norm_1.dx),
            {norm_grads(norm_1, w.norm_1), attention.dweights, norm_grads(norm_2, w.norm_2),
             feed_forward.dweights}};
}

}  // namespace orrery::model
