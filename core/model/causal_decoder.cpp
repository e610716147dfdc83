#include "core/model/causal_decoder.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/model/decoder_engine.hpp"
#include "core/position/sinusoidal.hpp"
#include "core/tensor/linear.hpp"

namespace orrery::model {

static BlockConfig block_config(const CausalDecoderConfig& config) {
    return {config.heads, config.activation, config.norm_eps, true};
}

static std::optional<Tensor> given(const DecoderWeights& weights, const std::string& name) {
    const Tensor* tensor = weights.find(name);
    return tensor ? std::optional<Tensor>(*tensor) : std::nullopt;
}

BlockWeights block_weights(const CausalDecoderConfig& config, const DecoderWeights& w,
                           std::size_t block) {
    if (block >= config.layers)
        throw ValueError("causal_decoder: no block " + std::to_string(block) + ", wanted 0 to " +
                         std::to_string(config.layers - 1));
    const std::string in = "block." + std::to_string(block) + ".";
    return {{w[in + "norm_1.gain"], given(w, in + "norm_1.bias")},
            {w[in + "attention.qkv.weight"], w[in + "attention.out.weight"],
             given(w, in + "attention.qkv.bias"), given(w, in + "attention.out.bias")},
            {w[in + "norm_2.gain"], given(w, in + "norm_2.bias")},
            {w[in + "feed_forward.up.weight"], w[in + "feed_forward.down.weight"],
             given(w, in + "feed_forward.up.bias"), given(w, in + "feed_forward.down.bias")}};
}

CausalDecoderSteps causal_decoder_steps(const CausalDecoderConfig& config, const DecoderWeights& w,
                                        const Tensor& ids) {
    require_weights(config, w);
    if (ids.rank() != 2)
        throw ShapeError("causal_decoder: ids has shape " + to_string(ids.shape()) +
                         ", wanted [batch, tokens]");
    const std::size_t n = ids.dim(1), d = config.width;
    if (n == 0 || n > config.context)
        throw ValueError("causal_decoder: " + std::to_string(n) +
                         " tokens in an example, wanted 1 to " + std::to_string(config.context));
    const Tensor& output = config.tied ? w["token_embedding"] : w["output.weight"];
    const NormWeights last{w["final_norm.gain"], given(w, "final_norm.bias")};
    const BlockConfig how = block_config(config);
    CausalDecoderSteps s;

    //: what each token is, and where it stands
    s.tokens = embedding_steps(w["token_embedding"], ids);
    s.positions = Tensor({n, d});
    if (config.position == "sinusoidal") s.positions = position::sinusoidal(n, d);
    if (config.position == "learned") {
        const auto rows = w["position_embedding"].flat().first(n * d);
        s.positions = Tensor({n, d}, std::vector<float>(rows.begin(), rows.end()));
    }
    s.embedded = s.tokens.y;
    for (std::size_t i = 0; i < s.embedded.size(); ++i)
        s.embedded.flat()[i] += s.positions.flat()[i % (n * d)];

    //: block after block, each reading what the one before left
    for (std::size_t i = 0; i < config.layers; ++i) {
        const Tensor& x = i == 0 ? s.embedded : s.blocks.back().y;
        const BlockWeights weights = block_weights(config, w, i);
        s.blocks.push_back(block_steps(x, weights, how));
    }

    //: the last row of each token against every word of the vocabulary
    const Tensor& stream = s.blocks.back().y;
    s.final_norm = norm_steps(stream, last, config.norm_eps);
    s.logits = linear(s.final_norm.y, output);

    //: what it cost
    s.cost = {double(s.embedded.size()) + 2.0 * double(s.logits.size()) * double(d), 0.0};
    const auto add = [&](const Cost& part) {
        s.cost.flops += part.flops;
        s.cost.bytes += part.bytes;
    };
    add({0.0, 4.0 * double(3 * s.embedded.size() + s.logits.size() + output.size())});
    add(s.tokens.cost);
    for (const auto& block : s.blocks) add(block.cost);
    add(s.final_norm.cost);
    return s;
}

void record(const CausalDecoderSteps& s, Trace& out) {
    Cost own = s.cost;
    const auto recorded = [&](const Cost& part) {
        own.flops -= part.flops;
        own.bytes -= part.bytes;
    };
    out.from("model/causal_decoder");
    out.nest("tokens", [&](Trace& t) { record(s.tokens, t); });
    recorded(s.tokens.cost);
    out.add("positions", s.positions, "what each token is, and where it stands");
    out.add("embedded", s.embedded, "what each token is, and where it stands");
    for (std::size_t i = 0; i < s.blocks.size(); ++i) {
        out.nest("block." + std::to_string(i), [&](Trace& t) { record(s.blocks[i], t); });
        recorded(s.blocks[i].cost);
    }
    out.nest("final_norm", [&](Trace& t) { norm::record(s.final_norm, t); });
    recorded(s.final_norm.cost);
    out.add("logits", s.logits, "the last row of each token against every word of the vocabulary");
    out.cost(own);
}

static void accumulate(Tensor& to, const Tensor& from) {
    float* sum = to.data();
    for (std::size_t i = 0; i < to.size(); ++i) sum[i] += from.flat()[i];
}

DecoderWeights causal_decoder_backward(const Tensor& dlogits, const CausalDecoderSteps& s,
                                       const CausalDecoderConfig& config, const DecoderWeights& w) {
    require_weights(config, w);
    require_shape("causal_decoder_backward", "dlogits", dlogits, s.logits.shape());
    DecoderWeights g;
    for (const auto& slot : parameter_layout(config).slots)
        g.list.push_back({slot.name, Tensor(slot.shape)});
    const auto set = [&](const std::string& name, const std::optional<Tensor>& value) {
        if (value) g[name] = *value;
    };

    //: the output layer is blamed first; tied, it is the table that is blamed last too
    const std::string output_name = config.tied ? "token_embedding" : "output.weight";
    const auto output = linear_backward(dlogits, s.final_norm.y, w[output_name]);
    g[output_name] = output.dweight;
    const auto norm = norm::layer_norm_backward(output.dx, s.final_norm, w["final_norm.gain"]);
    g["final_norm.gain"] = norm.dgain;
    if (config.bias) g["final_norm.bias"] = norm.dbias;

    //: block after block, from the last to the first
    Tensor dstream = norm.dx;
    for (std::size_t i = config.layers; i-- > 0;) {
        const auto block =
            block_backward(dstream, s.blocks[i], i == 0 ? s.embedded : s.blocks[i - 1].y,
                           block_weights(config, w, i), block_config(config));
        dstream = block.dx;
        const std::string in = "block." + std::to_string(i) + ".";
        const auto& b = block.dweights;
        set(in + "norm_1.gain", b.norm_1.gain), set(in + "norm_1.bias", b.norm_1.bias);
        set(in + "attention.qkv.weight", b.attention.qkv);
        set(in + "attention.qkv.bias", b.attention.qkv_bias);
        set(in + "attention.out.weight", b.attention.out);
        set(in + "attention.out.bias", b.attention.out_bias);
        set(in + "norm_2.gain", b.norm_2.gain), set(in + "norm_2.bias", b.norm_2.bias);
        set(in + "feed_forward.up.weight", b.feed_forward.up);
        set(in + "feed_forward.up.bias", b.feed_forward.up_bias);
        set(in + "feed_forward.down.weight", b.feed_forward.down);
        set(in + "feed_forward.down.bias", b.feed_forward.down_bias);
    }

    //: each token blames its row, each place its own
    accumulate(g["token_embedding"], embedding_backward(dstream, s.tokens.ids, config.vocab_size));
    if (config.position == "learned") {
        Tensor& dpositions = g["position_embedding"];
        const std::size_t used = s.positions.size();
        for (std::size_t i = 0; i < dstream.size(); ++i)
            dpositions.flat()[i % used] += dstream.flat()[i];
    }
    return g;
}

struct CausalDecoder::Impl {
    DecoderEngine engine;
    std::vector<float> weights;
    std::vector<int> seen;  // ids whose keys and values the engine holds
};

CausalDecoder::CausalDecoder(const CausalDecoderConfig& config, const DecoderWeights& weights) {
    require_weights(config, weights);
    DecoderEngine engine(config);
    std::vector<float> flat = flatten(engine.layout(), weights);
    impl_ = std::make_unique<Impl>(Impl{std::move(engine), std::move(flat), {}});
}

CausalDecoder::CausalDecoder(const CausalDecoderConfig& config,
                             std::span<const float> flat_weights) {
    DecoderEngine engine(config);
    if (flat_weights.size() != engine.layout().count)
        throw ShapeError("causal_decoder: " + std::to_string(flat_weights.size()) +
                         " weights, wanted " + std::to_string(engine.layout().count));
    impl_ = std::make_unique<Impl>(
        Impl{std::move(engine), {flat_weights.begin(), flat_weights.end()}, {}});
}

CausalDecoder::~CausalDecoder() = default;
CausalDecoder::CausalDecoder(CausalDecoder&&) noexcept = default;
CausalDecoder& CausalDecoder::operator=(CausalDecoder&&) noexcept = default;

const CausalDecoderConfig& CausalDecoder::config() const { return impl_->engine.config(); }

DecoderWeights CausalDecoder::weights() const {
    return unflatten(impl_->engine.layout(), impl_->weights);
}

// Whole ids out of a tensor of two axes.
static std::vector<int> to_ids(const CausalDecoderConfig& config, const Tensor& ids) {
    if (ids.rank() != 2)
        throw ShapeError("causal_decoder: ids has shape " + to_string(ids.shape()) +
                         ", wanted [batch, tokens]");
    std::vector<int> whole(ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) {
        const float id = ids.flat()[i];
        if (!(id >= 0.0f && id < float(config.vocab_size)) || id != float(int(id)))
            throw ValueError("causal_decoder: an id is " + std::to_string(id) +
                             ", wanted a whole number from 0 to " +
                             std::to_string(config.vocab_size - 1));
        whole[i] = int(id);
    }
    require_examples(config, whole, {}, ids.cols());
    return whole;
}

Tensor CausalDecoder::logits(const Tensor& ids) {
    const auto whole = to_ids(config(), ids);
    Tensor out({ids.dim(0), ids.dim(1), config().vocab_size});
    impl_->engine.logits(impl_->weights, whole, ids.cols(), out.flat());
    return out;
}

std::vector<float> CausalDecoder::next_token_logits(std::span<const int> ids) {
    const std::size_t context = config().context;
    if (ids.size() > context) ids = ids.last(context);
    require_examples(config(), ids, {}, ids.size());

    //: what the last call has seen too is not computed again
    auto& seen = impl_->seen;
    std::size_t same = 0;
    while (same < seen.size() && same + 1 < ids.size() && seen[same] == ids[same]) ++same;
    std::vector<float> out(config().vocab_size);
    impl_->engine.extend(impl_->weights, ids.subspan(same), same, out);
    seen.assign(ids.begin(), ids.end());
    return out;
}

LossSum CausalDecoder::loss(std::span<const int> ids) {
    if (ids.size() < 2)
        throw ValueError("causal_decoder: " + std::to_string(ids.size()) +
                         " ids to measure the loss on, wanted 2 or more");
    require_examples(config(), ids, {}, 1);
    return impl_->engine.loss_of_text(impl_->weights, ids);
}

LossSum CausalDecoder::loss(std::span<const int> x, std::span<const int> y, std::size_t tokens) {
    require_examples(config(), x, y, tokens);
    if (y.size() != x.size()) throw ValueError("causal_decoder: no targets to measure the loss on");
    return impl_->engine.loss(impl_->weights, x, y, tokens);
}

Tensor causal_decoder(const CausalDecoderConfig& config, const DecoderWeights& weights,
                      const Tensor& ids) {
    return CausalDecoder(config, weights).logits(ids);
}

DecoderLoss decoder_loss_and_grads(const CausalDecoderConfig& config, const DecoderWeights& weights,
                                   std::span<const int> x, std::span<const int> y,
                                   std::size_t tokens) {
    require_weights(config, weights);
    require_examples(config, x, y, tokens);
    if (y.size() != x.size()) throw ValueError("causal_decoder: no targets to measure the loss on");
    DecoderEngine engine(config);
    const std::vector<float> flat = flatten(engine.layout(), weights);
    std::vector<float> grads(flat.size());
    const LossSum loss = engine.loss_and_grads(flat, x, y, tokens, grads);
    return {loss.mean(), unflatten(engine.layout(), grads)};
}

}  // namespace orrery::model
