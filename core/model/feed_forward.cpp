#include "core/model/feed_forward.hpp"

#include "core/activation/gelu.hpp"
#include "core/base/error.hpp"
#include "core/tensor/linear.hpp"

namespace orrery::model {

static activation::GeluForm gelu_form(const std::string& name) {
    if (name == "gelu") return activation::GeluForm::exact;
    if (name == "gelu_tanh") return activation::GeluForm::tanh;
    throw ValueError("feed_forward: activation is " + name + ", wanted gelu or gelu_tanh");
}

static void require_fit(const Tensor& x, const FeedForwardWeights& w) {
    if (x.rank() == 0) throw ShapeError("feed_forward: x has no axis");
    const std::size_t d = x.cols(), m = w.up.rank() == 2 ? w.up.dim(0) : 0;
    require_shape("feed_forward", "up", w.up, {m, d});
    require_shape("feed_forward", "down", w.down, {d, m});
    if (w.up_bias.has_value() != w.down_bias.has_value())
        throw ShapeError(
            "feed_forward: one of up_bias and down_bias is missing, wanted both or "
            "none");
    if (w.up_bias) require_shape("feed_forward", "up_bias", *w.up_bias, {m});
    if (w.down_bias) require_shape("feed_forward", "down_bias", *w.down_bias, {d});
}

static Tensor project(const Tensor& x, const Tensor& weight, const std::optional<Tensor>& bias) {
    return bias ? linear(x, weight, *bias) : linear(x, weight);
}

FeedForwardSteps feed_forward_steps(const Tensor& x, const FeedForwardWeights& w,
                                    const std::string& activation) {
    const auto form = gelu_form(activation);
    require_fit(x, w);
    FeedForwardSteps s;

    //: one question for each hidden unit
    s.wide = project(x, w.up, w.up_bias);

    //: how far the answer is yes
    s.active = activation::gelu(s.wide, form);

    //: what each yes adds to the token
    s.y = project(s.active, w.down, w.down_bias);

    //: what it cost
    const double rows = double(x.rows()), d = double(x.cols()), m = double(w.up.dim(0));
    s.cost = {rows * (4 * d * m + m), 4 * (rows * (2 * d + 2 * m) + 2 * d * m)};
    return s;
}

Tensor feed_forward(const Tensor& x, const FeedForwardWeights& weights,
                    const std::string& activation) {
    return feed_forward_steps(x, weights, activation).y;
}

void record(const FeedForwardSteps& s, Trace& out) {
    out.from("model/feed_forward");
    out.add("wide", s.wide, "one question for each hidden unit");
    out.add("active", s.active, "how far the answer is yes");
    out.add("y", s.y, "what each yes adds to the token");
    out.cost(s.cost);
}

FeedForwardGrads feed_forward_backward(const Tensor& dy, const FeedForwardSteps& s, const Tensor& x,
                                       const FeedForwardWeights& w, const std::string& activation) {
    const auto form = gelu_form(activation);
    require_fit(x, w);
    require_shape("feed_forward_backward", "dy", dy, s.y.shape());

    //: back the way it came
    const auto down = linear_backward(dy, s.active, w.down);
    const Tensor dwide = activation::gelu_backward(down.dx, s.wide, form);
    const auto up = linear_backward(dwide, x, w.up);

    FeedForwardGrads g{up.dx, {up.dweight, down.dweight, {}, {}}};
    if (w.up_bias) {
        g.dweights.up_bias = up.dbias;
        g.dweights.down_bias = down.dbias;
    }
    return g;
}

}  // namespace orrery::model
