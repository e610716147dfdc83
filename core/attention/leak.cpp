#include "core/attention/leak.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "core/attention/scaled_dot_product.hpp"
#include "core/base/error.hpp"
#include "core/base/random.hpp"
#include "core/objective/cross_entropy.hpp"
#include "core/optim/adamw.hpp"
#include "core/tensor/linear.hpp"

namespace orrery::attention {
namespace {

void require_square(const char* who, const Tensor& mask) {
    if (mask.rank() != 2 || mask.rows() != mask.cols())
        throw ShapeError(std::string(who) + ": mask has shape " + to_string(mask.shape()) +
                         ", wanted [tokens, tokens]");
}

// What `from` has and `to` has not yet arrives there in this layer.
void collect(std::span<float> to, std::span<const float> from, std::size_t layer) {
    for (std::size_t j = 0; j < to.size(); ++j)
        if (std::isinf(to[j]) && std::isfinite(from[j])) to[j] = float(layer);
}

Tensor normal(const Shape& shape, float spread, Random& random) {
    Tensor t(shape);
    for (float& v : t.flat()) v = spread * random.normal();
    return t;
}

// Embeddings, for every layer q, k and the value's weight, then the weight of the logits.
struct Predictor {
    std::vector<Tensor> weights;
    Tensor& embedding() { return weights.front(); }
    Tensor& logits() { return weights.back(); }
    Tensor& q(std::size_t layer) { return weights[1 + 3 * layer]; }
    Tensor& k(std::size_t layer) { return weights[2 + 3 * layer]; }
    Tensor& v(std::size_t layer) { return weights[3 + 3 * layer]; }
};

// Random text: row t holds token t of every sequence; one token more than there are rows.
Tensor random_text(std::size_t tokens, std::size_t sequences, std::size_t symbols, Random& random) {
    Tensor text({tokens + 1, sequences});
    for (float& v : text.flat()) v = float(random.below(symbols));
    return text;
}

struct Pass {
    std::vector<Tensor> stream;  // [tokens, sequences * width] before each layer, and at the end
    std::vector<ScaledDotProductSteps> attention;
    std::vector<Tensor> values;
    objective::CrossEntropySteps loss;
    Tensor target;
};

Pass forward(Predictor& p, const Tensor& mask, const Tensor& text, std::size_t layers) {
    const std::size_t tokens = mask.rows(), sequences = text.cols(), width = p.embedding().cols();
    Pass pass;
    Tensor x({tokens, sequences * width});
    for (std::size_t n = 0; n < tokens * sequences; ++n) {
        const auto from = p.embedding().row(std::size_t(text.flat()[n]));
        std::copy(from.begin(), from.end(), x.data() + n * width);
    }
    pass.stream.push_back(x);
    for (std::size_t l = 0; l < layers; ++l) {
        //: places ask and answer, all sequences lie side by side in the values
        const Tensor value = linear(x.reshaped({tokens * sequences, width}), p.v(l))
                                 .reshaped({tokens, sequences * width});
        pass.attention.push_back(scaled_dot_product_steps(
            p.q(l), p.k(l), value, {.is_causal = false, .mask = mask, .scale = {}}));
        pass.values.push_back(value);
        for (std::size_t n = 0; n < x.size(); ++n)
            x.flat()[n] += pass.attention.back().out.flat()[n];
        pass.stream.push_back(x);
    }
    //: the next token of every place is asked for
    pass.target = Tensor({tokens * sequences});
    std::copy_n(text.data() + sequences, tokens * sequences, pass.target.data());
    pass.loss = objective::cross_entropy_steps(
        linear(x.reshaped({tokens * sequences, width}), p.logits()), pass.target);
    return pass;
}

std::vector<Tensor> backward(Predictor& p, const Pass& pass, const Tensor& text) {
    const std::size_t tokens = text.rows() - 1, sequences = text.cols(),
                      width = p.embedding().cols();
    const std::size_t layers = pass.attention.size();
    const Shape flat{tokens * sequences, width}, wide{tokens, sequences * width};
    std::vector<Tensor> grads(p.weights.size());
    const Tensor dlogits = objective::cross_entropy_backward(1, pass.loss, pass.target);
    const auto out = linear_backward(dlogits, pass.stream.back().reshaped(flat), p.logits());
    grads.back() = out.dweight;
    Tensor dx = out.dx.reshaped(wide);
    for (std::size_t l = layers; l-- > 0;) {
        //: through the attention, and past it by the residual
        const auto g =
            scaled_dot_product_backward(dx, pass.attention[l], p.q(l), p.k(l), pass.values[l]);
        const auto value =
            linear_backward(g.dv.reshaped(flat), pass.stream[l].reshaped(flat), p.v(l));
        grads[1 + 3 * l] = g.dq, grads[2 + 3 * l] = g.dk, grads[3 + 3 * l] = value.dweight;
        for (std::size_t n = 0; n < dx.size(); ++n) dx.flat()[n] += value.dx.flat()[n];
    }
    grads.front() = Tensor(p.embedding().shape());
    for (std::size_t n = 0; n < tokens * sequences; ++n) {
        const auto to = grads.front().row(std::size_t(text.flat()[n]));
        for (std::size_t c = 0; c < width; ++c) to[c] += dx.flat()[n * width + c];
    }
    return grads;
}

// Mean surprise of every row, in bits, on text of its own.
std::vector<float> bits_of(Predictor& p, const Tensor& mask, std::size_t layers,
                           const Tensor& text) {
    const Pass pass = forward(p, mask, text, layers);
    std::vector<float> bits(mask.rows());
    for (std::size_t t = 0; t < bits.size(); ++t) {
        double sum = 0;
        for (std::size_t s = 0; s < text.cols(); ++s)
            sum += double(pass.loss.nats.flat()[t * text.cols() + s]);
        bits[t] = float(sum / double(text.cols()) / std::log(2.0));
    }
    return bits;
}

}  // namespace

Tensor layers_to_reach(const Tensor& mask) {
    require_square("layers_to_reach", mask);
    const std::size_t n = mask.rows();
    Tensor layers({n, n}, std::numeric_limits<float>::infinity());
    for (std::size_t i = 0; i < n; ++i) layers.row(i)[i] = 0;
    //: one layer more: what a row sees has already collected what it saw
    for (std::size_t layer = 1; layer < n; ++layer) {
        const Tensor before = layers;
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t via = 0; via < n; ++via) {
                if (mask.row(i)[via] == 0.0f) continue;
                collect(layers.row(i), before.row(via), layer);
            }
        if (layers.same_bits(before)) break;
    }
    return layers;
}

void record(const LeakSteps& s, Trace& out) {
    out.from("attention/leak");
    out.add("history", s.history, "measured on the way, on text not trained on");
    out.add("bits", s.bits, "measured on the way, on text not trained on");
    out.add("honest", s.honest, "new random text at every step: nothing to learn by heart");
}

LeakSteps leak_steps(const Tensor& mask, const LeakConfig& config) {
    require_square("leak", mask);
    if (mask.rows() == 0) throw ValueError("leak: the mask has no row, wanted one or more");
    if (config.layers == 0 || config.sequences == 0 || config.width == 0 || config.symbols < 2 ||
        config.snapshots == 0)
        throw ValueError("leak: a size of the config is 0, wanted 1 or more (2 symbols)");
    const std::size_t tokens = mask.rows(), key_width = 8;
    Random draws(config.seed, "leak weights");
    Predictor p;
    p.weights.push_back(normal({config.symbols, config.width}, 0.5f, draws));
    for (std::size_t l = 0; l < config.layers; ++l) {
        p.weights.push_back(normal({tokens, key_width}, 0.5f, draws));
        p.weights.push_back(normal({tokens, key_width}, 0.5f, draws));
        p.weights.push_back(
            normal({config.width, config.width}, 1 / std::sqrt(float(config.width)), draws));
    }
    p.weights.push_back(normal({config.symbols, config.width}, 0.1f, draws));

    LeakSteps s{Tensor({tokens}), Tensor({config.snapshots, tokens}),
                Tensor(Shape{}, float(std::log2(double(config.symbols))))};
    Random unseen_draws(config.seed, "leak unseen text");
    const Tensor unseen = random_text(tokens, 128, config.symbols, unseen_draws);
    optim::AdamwState state;
    std::size_t snapshot = 0;
    for (std::size_t step = 0; step <= config.steps; ++step) {
        //: measured on the way, on text not trained on
        while (snapshot < config.snapshots &&
               step * std::max<std::size_t>(config.snapshots - 1, 1) >= snapshot * config.steps) {
            const auto bits = bits_of(p, mask, config.layers, unseen);
            std::copy(bits.begin(), bits.end(), s.history.row(snapshot++).begin());
        }
        if (step == config.steps) break;
        //: new random text at every step: nothing to learn by heart
        Random text_draws(config.seed, "leak text", step);
        const Tensor text = random_text(tokens, config.sequences, config.symbols, text_draws);
        const auto grads = backward(p, forward(p, mask, text, config.layers), text);
        //: ever smaller steps, so that the last texts leave no mark of their own
        const float left = 1 - float(step) / float(config.steps);
        optim::adamw_step(state, p.weights, grads, {.lr = config.lr * left, .weight_decay = 0});
    }
    const auto last = s.history.row(config.snapshots - 1);
    std::copy(last.begin(), last.end(), s.bits.flat().begin());
    return s;
}

}  // namespace orrery::attention
