#include "core/model/causal_decoder.hpp"

#include <numeric>

#include "core/base/error.hpp"
#include "core/base/parallel.hpp"
#include "core/base/random.hpp"
#include "core/data/batch.hpp"
#include "core/objective/cross_entropy.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/decoder_reference.hpp"

using namespace orrery;
using namespace orrery::model;
using test::largest_difference;

namespace {

CausalDecoderConfig small_config() { return test::small_decoder(8); }

std::vector<int> random_ids(std::size_t count, std::size_t vocab_size, const char* purpose) {
    Random random(3, purpose);
    std::vector<int> ids(count);
    for (int& id : ids) id = int(random.below(vocab_size));
    return ids;
}

Tensor tensor_of(const std::vector<int>& ids, Shape shape) {
    return Tensor(std::move(shape), std::vector<float>(ids.begin(), ids.end()));
}

// Weights far from their start, so that every term counts.
DecoderWeights lively_weights(const CausalDecoderConfig& config) {
    DecoderWeights w = initial_weights(config, 5);
    for (auto& [name, tensor] : w.list) {
        Random random(9, name);
        for (float& v : tensor.flat())
            v = v * (tensor.rank() == 2 ? 12.0f : 1.0f) + 0.1f * random.normal();
    }
    return w;
}

}  // namespace

TEST_CASE("causal_decoder: GPT-2 has 124,439,808 parameters", "[model][causal_decoder]") {
    const CausalDecoderConfig gpt2{.vocab_size = 50257,
                                   .context = 1024,
                                   .layers = 12,
                                   .heads = 12,
                                   .width = 768,
                                   .hidden = 0,
                                   .bias = true,
                                   .tied = true,
                                   .activation = "gelu_tanh",
                                   .position = "learned",
                                   .norm_eps = 1e-5f};
    CHECK(parameter_count(gpt2) == 124439808);
    const auto layout = parameter_layout(gpt2);
    CHECK(layout.count == 124439808);
    CHECK(layout.find("token_embedding")->size == 38597376);
    CHECK(layout.find("position_embedding")->size == 786432);

    std::size_t block = 0, final_norm = 0;
    for (const auto& slot : layout.slots) {
        if (layout.groups[slot.group] == "block.3") block += slot.size;
        if (layout.groups[slot.group] == "final_norm") final_norm += slot.size;
    }
    CHECK(block == 7087872);
    CHECK(final_norm == 1536);
}

TEST_CASE("causal_decoder: the count agrees with the layout for every kind",
          "[model][causal_decoder]") {
    for (bool bias : {false, true})
        for (bool tied : {false, true})
            for (const char* position : {"learned", "sinusoidal", "none"}) {
                auto c = small_config();
                c.bias = bias, c.tied = tied, c.position = position, c.hidden = 20;
                CHECK(parameter_count(c) == parameter_layout(c).count);
            }
}

TEST_CASE("causal_decoder: logits, loss and gradients are PyTorch's",
          "[model][causal_decoder][oracle]") {
    const std::string name = GENERATE("gpt2", "bare");
    CAPTURE(name);
    const auto ref = test::decoder_reference(name);
    const auto weights = ref.weights("weight.");
    const Tensor ids = ref["x"].slice(0), target = ref["y"].slice(0);

    // Both in float32: a few hundred roundings of numbers of size 1 to 10.
    SECTION("plain") {
        const auto steps = causal_decoder_steps(ref.config, weights, ids);
        CHECK(largest_difference(steps.logits, ref["logits"]) < 3e-5);
        const auto loss = objective::cross_entropy_steps(steps.logits, target);
        CHECK_THAT(loss.loss.flat()[0], WithinAbs(ref["loss"].flat()[0], 1e-5));
        const auto grads = causal_decoder_backward(
            objective::cross_entropy_backward(1.0f, loss, target), steps, ref.config, weights);
        for (const auto& [weight, grad] : grads.list) {
            CAPTURE(weight);
            CHECK(largest_difference(grad, ref["grad." + weight]) < 1e-5);
        }
    }
    SECTION("fast") {
        CHECK(largest_difference(causal_decoder(ref.config, weights, ids), ref["logits"]) < 3e-5);
        const auto fast = decoder_loss_and_grads(ref.config, weights, ref.ids("x", 0),
                                                 ref.ids("y", 0), ref.config.context);
        CHECK_THAT(fast.loss, WithinAbs(ref["loss"].flat()[0], 1e-5));
        for (const auto& [weight, grad] : fast.grads.list) {
            CAPTURE(weight);
            CHECK(largest_difference(grad, ref["grad." + weight]) < 1e-5);
        }
    }
}

TEST_CASE("causal_decoder: the fast version equals the plain one", "[model][causal_decoder]") {
    struct Sizes {
        std::size_t vocab, context, layers, heads, width, hidden, batch, tokens;
        bool bias, tied;
        const char *activation, *position;
    };
    const auto s = GENERATE(Sizes{7, 12, 2, 2, 8, 0, 3, 12, true, true, "gelu", "learned"},
                            Sizes{21, 12, 1, 1, 10, 17, 2, 5, true, false, "gelu_tanh", "none"},
                            Sizes{65, 150, 1, 2, 24, 40, 2, 150, false, true, "gelu", "sinusoidal"},
                            Sizes{40, 64, 2, 4, 32, 0, 13, 64, true, true, "gelu", "learned"},
                            Sizes{5, 4, 1, 1, 2, 3, 1, 1, true, true, "gelu", "learned"});
    const CausalDecoderConfig c{s.vocab, s.context, s.layers,     s.heads,    s.width, s.hidden,
                                s.bias,  s.tied,    s.activation, s.position, 1e-5f};
    CAPTURE(s.vocab, s.tokens, s.width);
    const auto weights = lively_weights(c);
    const auto x = random_ids(s.batch * s.tokens, s.vocab, "x");
    auto y = random_ids(s.batch * s.tokens, s.vocab, "y");
    if (y.size() > 2) y[1] = data::no_target;
    const Shape shape{s.batch, s.tokens};

    const auto steps = causal_decoder_steps(c, weights, tensor_of(x, shape));
    const auto loss = objective::cross_entropy_steps(steps.logits, tensor_of(y, shape));
    const auto grads = causal_decoder_backward(
        objective::cross_entropy_backward(1.0f, loss, tensor_of(y, shape)), steps, c, weights);
    const auto fast = decoder_loss_and_grads(c, weights, x, y, s.tokens);

    CHECK(largest_difference(causal_decoder(c, weights, tensor_of(x, shape)), steps.logits) < 1e-4);
    CHECK_THAT(fast.loss, WithinAbs(loss.loss.flat()[0], 1e-5));
    for (const auto& [name, grad] : grads.list) {
        CAPTURE(name);
        CHECK(largest_difference(fast.grads[name], grad) < 2e-5);
    }
}

TEST_CASE("causal_decoder: the same bits on any number of threads", "[model][causal_decoder]") {
    auto c = small_config();
    c.context = 64, c.width = 32, c.heads = 4;
    const auto weights = initial_weights(c, 1);
    const auto x = random_ids(12 * 64, 7, "x"), y = random_ids(12 * 64, 7, "y");
    set_thread_count(1);
    const auto one = decoder_loss_and_grads(c, weights, x, y, 64);
    for (std::size_t threads : {2, 3, 5}) {
        set_thread_count(threads);
        const auto many = decoder_loss_and_grads(c, weights, x, y, 64);
        CHECK(many.loss == one.loss);
        for (const auto& [name, grad] : one.grads.list) CHECK(many.grads[name].same_bits(grad));
    }
    set_thread_count(0);
}

TEST_CASE("causal_decoder: nobody sees the future", "[model][causal_decoder]") {
    const auto c = small_config();
    const auto weights = lively_weights(c);
    Tensor ids = tensor_of(random_ids(8, 7, "x"), {1, 8});
    const Tensor before = causal_decoder(c, weights, ids);
    ids.flat()[5] = float((int(ids.flat()[5]) + 1) % 7);
    const Tensor after = causal_decoder(c, weights, ids);
    for (std::size_t t = 0; t < 8; ++t) {
        CAPTURE(t);
        bool same = true;
        for (std::size_t v = 0; v < 7; ++v) same = same && before.row(t)[v] == after.row(t)[v];
        CHECK(same == (t < 5));
    }
}

TEST_CASE("causal_decoder: the next token, whatever is remembered", "[model][causal_decoder]") {
    auto c = small_config();
    c.position = GENERATE("learned", "sinusoidal", "none");
    CausalDecoder decoder(c, lively_weights(c));
    const auto ids = random_ids(30, 7, "text");
    const auto expect = [&](std::vector<int> seen) {
        if (seen.size() > c.context)
            seen.erase(seen.begin(), seen.end() - std::ptrdiff_t(c.context));
        const Tensor logits = decoder.logits(tensor_of(seen, {1, seen.size()}));
        const auto row = logits.row(seen.size() - 1);
        return std::vector<float>(row.begin(), row.end());
    };

    // One at a time, in leaps, past the context, and back to another text.
    for (std::size_t count : {1, 2, 3, 7, 8, 12, 13, 20, 30, 5, 6, 6}) {
        CAPTURE(count);
        const std::vector<int> seen(ids.begin(), ids.begin() + std::ptrdiff_t(count));
        const auto got = decoder.next_token_logits(seen), wanted = expect(seen);
        for (std::size_t v = 0; v < 7; ++v) CHECK_THAT(got[v], WithinAbs(wanted[v], 2e-5));
    }
    auto other = std::vector<int>(ids.begin(), ids.begin() + 6);
    other[3] = (other[3] + 1) % 7;
    const auto got = decoder.next_token_logits(other), wanted = expect(other);
    for (std::size_t v = 0; v < 7; ++v) CHECK_THAT(got[v], WithinAbs(wanted[v], 2e-5));
}

TEST_CASE("causal_decoder: the loss over a text is the mean over its windows",
          "[model][causal_decoder]") {
    const auto c = small_config();
    const auto weights = lively_weights(c);
    CausalDecoder decoder(c, weights);
    const auto ids = random_ids(1 + 3 * 12 + 5, 7, "text");  // three windows and five targets more
    double nats = 0;
    for (std::size_t begin = 0; begin + 1 < ids.size(); begin += 12) {
        const std::size_t n = std::min<std::size_t>(12, ids.size() - 1 - begin);
        const std::vector<int> x(ids.begin() + std::ptrdiff_t(begin),
                                 ids.begin() + std::ptrdiff_t(begin + n));
        const std::vector<int> y(ids.begin() + std::ptrdiff_t(begin + 1),
                                 ids.begin() + std::ptrdiff_t(begin + 1 + n));
        const auto steps = causal_decoder_steps(c, weights, tensor_of(x, {1, n}));
        nats += double(n) * objective::cross_entropy(steps.logits, tensor_of(y, {1, n}));
    }
    const LossSum sum = decoder.loss(ids);
    CHECK(sum.tokens == 41);
    CHECK_THAT(sum.mean(), WithinAbs(nats / 41, 1e-5));
}

TEST_CASE("causal_decoder: at the start every word is about as likely", "[model][causal_decoder]") {
    CausalDecoderConfig c;  // the documented run: 65 characters
    CausalDecoder decoder(c, initial_weights(c, 1));
    // ln 65 = 4.174; weights of spread 0.02 leave logits of spread about 0.23, half its square
    // above
    CHECK_THAT(decoder.loss(random_ids(2000, 65, "text")).mean(), WithinAbs(4.2, 0.05));
}

TEST_CASE("causal_decoder: how weights begin", "[model][causal_decoder]") {
    CausalDecoderConfig c;
    c.layers = 2;
    const auto w = initial_weights(c, 1);
    const auto spread = [&](const char* name) {
        double sum = 0;
        for (float v : w[name].flat()) sum += double(v) * v;
        return std::sqrt(sum / double(w[name].size()));
    };
    // five standard errors of a spread: 5 / sqrt(2 count) of it; 16,384 and more numbers
    CHECK_THAT(spread("block.0.attention.qkv.weight"), WithinRel(0.02, 0.016));
    CHECK_THAT(spread("block.0.attention.out.weight"), WithinRel(0.01, 0.028));  // 0.02 / sqrt(4)
    CHECK_THAT(spread("block.1.feed_forward.up.weight"), WithinRel(0.02, 0.014));
    CHECK_THAT(spread("block.1.feed_forward.down.weight"), WithinRel(0.01, 0.014));
    for (float v : w["final_norm.gain"].flat()) CHECK(v == 1.0f);
    for (float v : w["block.0.attention.qkv.bias"].flat()) CHECK(v == 0.0f);
    CHECK(w["token_embedding"].same_bits(initial_weights(c, 1)["token_embedding"]));
    CHECK_FALSE(w["token_embedding"].same_bits(initial_weights(c, 2)["token_embedding"]));
}

TEST_CASE("causal_decoder: names its stages in order", "[model][causal_decoder]") {
    const auto c = small_config();
    Trace t;
    const auto steps = causal_decoder_steps(c, initial_weights(c, 1), Tensor({1, 3}, {1, 2, 3}));
    record(steps, t);
    CHECK(t["block.1.attention.attention.weights"].shape() == Shape{1, 2, 3, 3});
    CHECK(t["block.0.feed_forward.wide"].shape() == Shape{1, 3, 32});
    CHECK(t["logits"].shape() == Shape{1, 3, 7});
    CHECK(t.entries().back().name == "logits");
    CHECK_THAT(t.cost().flops, WithinRel(steps.cost.flops, 1e-9));
}

TEST_CASE("causal_decoder: says what is wrong", "[model][causal_decoder][errors]") {
    auto c = small_config();
    const auto w = initial_weights(c, 1);
    CHECK_THROWS_AS(causal_decoder(c, w, Tensor({3}, {0, 1, 2})), ShapeError);
    CHECK_THROWS_WITH(causal_decoder(c, w, Tensor({1, 1}, {7})),
                      ContainsSubstring("wanted a whole number from 0 to 6"));
    CHECK_THROWS_AS(causal_decoder(c, w, Tensor({1, 1}, {0.5f})), ValueError);
    CHECK_THROWS_WITH(causal_decoder(c, w, Tensor({1, 13})),
                      "causal_decoder: 13 tokens in an example, wanted 1 to 12");
    auto without = w;
    without.list.pop_back();
    CHECK_THROWS_WITH(CausalDecoder(c, without),
                      "causal_decoder: the weight final_norm.bias is missing");
    auto wrong = w;
    wrong["final_norm.bias"] = Tensor({9});
    CHECK_THROWS_WITH(CausalDecoder(c, wrong),
                      "causal_decoder: final_norm.bias has shape [9], wanted [8]");
    c.heads = 3;
    CHECK_THROWS_WITH(initial_weights(c, 1),
                      "causal_decoder: heads is 3, wanted a divisor of width 8");
    c = small_config();
    c.activation = "relu";
    CHECK_THROWS_AS(initial_weights(c, 1), ValueError);
    CHECK_THROWS_AS(CausalDecoder(small_config(), w).loss(std::vector<int>{1}), ValueError);
}
