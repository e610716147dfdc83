#include "core/model/trainer.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/parallel.hpp"
#include "core/base/random.hpp"
#include "core/model/diagnosis.hpp"
#include "core/model/history.hpp"
#include "core/optim/adamw.hpp"
#include "core/optim/clip.hpp"
#include "core/optim/schedule.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/decoder_reference.hpp"

using namespace orrery;
using namespace orrery::model;
using test::largest_difference;

namespace {

TrainerConfig small_config() {
    TrainerConfig c;
    c.model = test::small_decoder(16);
    c.batch = 4, c.steps = 60, c.warmup = 5, c.lr = 3e-3f, c.min_lr = 3e-4f, c.seed = 3;
    return c;
}

// A text in which what comes next can be learned: 0 1 2 3 4 5 6 with some noise.
std::vector<int> text(std::size_t count) {
    Random random(1, "text");
    std::vector<int> ids(count);
    for (std::size_t i = 0; i < count; ++i)
        ids[i] = random.uniform() < 0.1f ? int(random.below(7)) : int(i % 7);
    return ids;
}

double scalar(const Trainer& t, std::string_view name) {
    for (const auto& [key, value] : t.scalars())
        if (key == name) return value;
    FAIL("no scalar " << name);
    return 0;
}

bool same(std::span<const float> a, std::span<const float> b) {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin());
}

}  // namespace

TEST_CASE("trainer: ten steps are PyTorch's", "[model][trainer][oracle]") {
    const std::string name = GENERATE("gpt2", "bare");
    CAPTURE(name);
    const auto ref = test::decoder_reference(name);
    TrainerConfig c;
    c.model = ref.config;
    c.steps = 10, c.lr = 1e-2f, c.min_lr = 1e-3f, c.warmup = 3;
    c.beta1 = 0.9f, c.beta2 = 0.99f, c.eps = 1e-8f, c.weight_decay = 0.1f, c.clip = 0.25f;
    Trainer trainer(c, [&](std::size_t step) {
        return data::Batch{ref["x"].dim(1), ref.config.context, ref.ids("x", step),
                           ref.ids("y", step)};
    });
    trainer.set_weights(ref.weights("weight."));

    for (std::size_t step = 0; step < 10; ++step) {
        trainer.step();
        CAPTURE(step);
        CHECK_THAT(scalar(trainer, "loss"), WithinAbs(ref["losses"].flat()[step], 2e-5));
        CHECK_THAT(scalar(trainer, "grad_norm"), WithinRel(ref["norms"].flat()[step], 1e-4f));
        CHECK_THAT(scalar(trainer, "lr"), WithinRel(ref["rates"].flat()[step], 1e-6f));
    }
    CHECK(trainer.done());
    // AdamW divides by the size of the gradient, so where that is tiny its rounding shows: up to a
    // five-hundredth of the 0.055 that the ten rates add up to. A bias of all keys has no gradient
    // at all (softmax does not see it), so there the rounding is everything: not compared.
    for (auto& [weight, tensor] : trainer.weights().list) {
        CAPTURE(weight);
        Tensor ours = tensor, theirs = ref["after." + weight];
        if (weight.find("qkv.bias") != std::string::npos) {
            const std::size_t d = ref.config.width;
            for (std::size_t i = d; i < 2 * d; ++i) ours.flat()[i] = theirs.flat()[i] = 0;
        }
        CHECK(largest_difference(ours, theirs) < 1e-4);
    }
}

TEST_CASE("trainer: a step is clip, schedule and adamw of the parts", "[model][trainer]") {
    auto c = small_config();
    c.clip = 0.5f;
    Trainer trainer(c, text(500), {});
    const auto sampler =
        window_sampler(std::make_shared<const std::vector<int>>(text(500)), 4, 12, 3);
    optim::AdamwState state;
    auto weights = initial_weights(c.model, 3);
    for (std::size_t step = 0; step < 8; ++step) {
        const auto batch = sampler(step);
        const auto loss = decoder_loss_and_grads(c.model, weights, batch.x, batch.y, 12);
        std::vector<Tensor> w, g;
        std::vector<bool> decays;
        for (const auto& [name, tensor] : weights.list)
            w.push_back(tensor), decays.push_back(tensor.rank() == 2);
        for (const auto& [name, tensor] : loss.grads.list) g.push_back(tensor);
        const double norm = optim::clip(g, c.clip);
        optim::AdamwConfig adamw{float(optim::schedule(step, {c.lr, c.min_lr, c.warmup, c.steps})),
                                 c.beta1, c.beta2, c.eps, c.weight_decay};
        optim::adamw_step(state, w, g, adamw, decays);
        for (std::size_t i = 0; i < w.size(); ++i) weights.list[i].tensor = w[i];

        trainer.step();
        CAPTURE(step);
        CHECK_THAT(scalar(trainer, "loss"), WithinAbs(loss.loss, 1e-5));
        CHECK_THAT(scalar(trainer, "grad_norm"), WithinRel(norm, 1e-4));
    }
    for (const auto& [name, tensor] : trainer.weights().list)
        CHECK(largest_difference(tensor, weights[name]) < 2e-5);
}

TEST_CASE("trainer: learns what can be learned", "[model][trainer]") {
    auto c = small_config();
    c.steps = 200, c.lr = 1e-2f, c.min_lr = 1e-3f;
    Trainer trainer(c, text(2000), text(400));
    // One in ten is noise over 7 ids: -0.914 ln 0.914 - 6 * 0.0143 ln 0.0143 = 0.446 nats for one
    // who knows the place in the count. After the first tokens of a window nobody does: a little
    // more.
    const double before = trainer.validation_loss();
    while (!trainer.done()) trainer.step();
    CHECK_THAT(before, WithinAbs(std::log(7.0), 0.1));
    CHECK(trainer.validation_loss() < 0.9);
    CHECK(trainer.validation_loss() > 0.4);
    // Asked for the likeliest, it counts.
    const std::vector<int> prompt{0, 1, 2, 3, 4};
    CHECK(trainer.sample(prompt, 6, 0.0f, 1) == std::vector<int>{0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3});
}

TEST_CASE("trainer: a sample longer than the context forgets the older half at once",
          "[model][trainer]") {
    auto c = small_config();
    c.model.context = 5;
    Trainer trainer(c, text(200), {});
    const std::vector<int> prompt{3, 1, 4};
    const std::vector<int> ids = trainer.sample(prompt, 9, 0.0f, 1);
    REQUIRE(ids.size() == 12);
    // What each id was chosen from: all before it while those are 5 or fewer; then the last 3, 4, 5.
    const std::size_t looks_at[] = {3, 4, 5, 3, 4, 5, 3, 4, 5};
    for (std::size_t i = 0; i < 9; ++i) {
        CAPTURE(i);
        const auto seen = std::span(ids).subspan(3 + i - looks_at[i], looks_at[i]);
        const auto logits = CausalDecoder(c.model, trainer.flat_weights()).next_token_logits(seen);
        CHECK(ids[3 + i] == std::max_element(logits.begin(), logits.end()) - logits.begin());
    }
}

TEST_CASE("trainer: the same bits on any number of threads", "[model][trainer]") {
    auto c = small_config();
    c.batch = 40;  // several chunks
    set_thread_count(1);
    Trainer one(c, text(500), {});
    for (int i = 0; i < 10; ++i) one.step();
    for (std::size_t threads : {2, 3}) {
        set_thread_count(threads);
        Trainer many(c, text(500), {});
        for (int i = 0; i < 10; ++i) many.step();
        CHECK(same(one.flat_weights(), many.flat_weights()));
    }
    set_thread_count(0);
}

TEST_CASE("trainer: a snapshot holds everything", "[model][trainer]") {
    auto c = small_config();
    c.eval_every = 3;
    Trainer straight(c, text(500), text(100)), other(c, text(500), text(100));
    for (int i = 0; i < 9; ++i) straight.step();
    straight.set("lr_scale", "0.5");
    const std::string state = straight.snapshot();
    const auto then = straight.scalars();
    const auto picture = straight.steps();
    for (int i = 0; i < 8; ++i) straight.step();

    other.step();
    other.restore(state);
    CHECK(other.position() == 9);
    CHECK(other.lr_scale() == 0.5);
    for (std::size_t i = 0; i < then.size(); ++i) {
        CAPTURE(then[i].first);
        CHECK(other.scalars()[i].second == then[i].second);
    }
    const auto again = other.steps();
    CHECK(again.weight_histogram.same_bits(picture.weight_histogram));
    CHECK(again.update_histogram.same_bits(picture.update_histogram));
    CHECK(again.attention.same_bits(picture.attention));
    CHECK(again.x.same_bits(picture.x));
    CHECK(other.snapshot() == state);
    for (int i = 0; i < 8; ++i) other.step();
    CHECK(same(other.flat_weights(), straight.flat_weights()));
    CHECK(same(other.second_moment(), straight.second_moment()));
    CHECK(other.snapshot() == straight.snapshot());
}

TEST_CASE("trainer: its history goes back to any step, to the bit", "[model][trainer][history]") {
    auto c = small_config();
    c.eval_every = 4;
    Trainer trainer(c, text(500), text(100));
    Trainer same_size(c, text(500), text(100));
    same_size.step();
    History history(functions_of(trainer), {same_size.snapshot().size() * 5, 1});
    std::vector<std::string> states;
    for (int i = 0; i < 40; ++i) {
        if (i == 11) history.set("lr_scale", "2");
        history.step();
        states.push_back(trainer.snapshot());
    }
    CHECK(history.snapshots().size() == 5);
    for (std::size_t to : {13, 40, 1, 39, 12, 11, 17, 8}) {
        CAPTURE(to);
        history.go_to(to);
        CHECK((trainer.snapshot() == states[to - 1] || to == 11));  // at 11 the change is made
    }
    CHECK(std::isnan(history.scalar("val_loss", 3)));
    CHECK(std::isfinite(history.scalar("val_loss", 4)));
    const double kept = history.scalar("loss", 20);
    history.go_to(20);
    CHECK(scalar(trainer, "loss") == kept);
}

TEST_CASE("trainer: targets that do not count", "[model][trainer]") {
    auto c = small_config();
    const auto ids = text(100);
    const auto batch_with = [&](int ignored) {
        data::Batch b{2, 3, {0, 1, 2, 3, 4, 5}, {1, 2, 3, 4, 5, 6}};
        if (ignored > 0) b.y[0] = data::no_target;
        return b;
    };
    Trainer all(c, [&](std::size_t) { return batch_with(0); });
    Trainer some(c, [&](std::size_t) { return batch_with(1); });
    all.step(), some.step();
    CausalDecoder decoder(c.model, initial_weights(c.model, c.seed));
    const auto b = batch_with(1);
    CHECK_THAT(scalar(some, "loss"), WithinAbs(decoder.loss(b.x, b.y, 3).mean(), 1e-6));
    CHECK(decoder.loss(b.x, b.y, 3).tokens == 5);
    CHECK(scalar(all, "loss") != scalar(some, "loss"));

    Trainer none(c, [](std::size_t) {
        return data::Batch{1, 2, {0, 1}, {data::no_target, data::no_target}};
    });
    none.step();  // nothing to learn from is no failure
    CHECK_FALSE(none.not_finite());
    CHECK(std::isnan(scalar(none, "loss")));
}

TEST_CASE("trainer: what a picture shows is what was computed", "[model][trainer]") {
    auto c = small_config();
    c.sample_tokens = 5;
    Trainer trainer(c, text(500), text(100));
    trainer.step();
    const std::vector<float> before(trainer.flat_weights().begin(), trainer.flat_weights().end());
    trainer.step();
    const auto s = trainer.steps();
    const auto& layout = trainer.layout();
    REQUIRE(s.groups.size() == 5);
    CHECK(s.groups[2] == "block.0");

    for (std::size_t g = 0; g < 5; ++g) {
        double grads = 0, weights = 0, updates = 0, count = 0;
        float low = 1e9f, high = -1e9f;
        for (const auto& slot : layout.slots)
            if (slot.group == g)
                for (std::size_t i = slot.offset; i < slot.offset + slot.size; ++i) {
                    const double w = trainer.flat_weights()[i], u = w - before[i];
                    grads += std::pow(double(trainer.flat_gradients()[i]), 2);
                    weights += w * w, updates += u * u, ++count;
                    low = std::min(low, float(w)), high = std::max(high, float(w));
                }
        CAPTURE(s.groups[g]);
        CHECK_THAT(s.gradient_norms.flat()[g], WithinRel(std::sqrt(grads), 1e-5));
        CHECK_THAT(s.weight_norms.flat()[g], WithinRel(std::sqrt(weights), 1e-5));
        CHECK_THAT(s.update_norms.flat()[g], WithinRel(std::sqrt(updates), 1e-4));
        CHECK_THAT(s.update_ratios.flat()[g], WithinRel(std::sqrt(updates / weights), 1e-4));
        double counted = 0, moved = 0;
        for (float n : s.weight_histogram.row(g)) counted += n;
        for (float n : s.update_histogram.row(g)) moved += n;
        CHECK(counted == count);
        CHECK(moved == count);
        CHECK(s.weight_range.row(g)[0] == low);
        CHECK(s.weight_range.row(g)[1] == high);
    }

    // The attention and the expectations are those of the readable decoder.
    const auto steps =
        causal_decoder_steps(c.model, trainer.weights(), s.probe.reshaped({1, s.probe.size()}));
    CHECK(s.probe.size() == 12);
    CHECK(largest_difference(s.attention.slice(1),
                             steps.blocks[1].attention.attention.weights.slice(0)) < 1e-6);
    for (std::size_t t = 0; t < 12; ++t) {
        double sum = 0;
        for (float p : s.next_token.row(t)) sum += p;
        CHECK_THAT(sum, WithinAbs(1.0, 1e-5));
    }
    CHECK(s.sample.size() == 6);

    Trace trace;
    record(s, trace);
    CHECK(trace["attention"].shape() == Shape{2, 2, 12, 12});
    CHECK_THAT(trace["loss"].flat()[0], WithinRel(scalar(trainer, "loss"), 1e-6));
    CHECK(trace.names("groups").size() == 5);
}

TEST_CASE("trainer: a rate that is far too large is found out and explained",
          "[model][trainer][nan]") {
    auto c = small_config();
    c.lr = 1e20f, c.warmup = 0, c.clip = 0;
    Trainer trainer(c, text(500), {});
    History history(functions_of(trainer), {});
    while (history.step()) {
    }
    REQUIRE(trainer.not_finite());
    const auto& found = *trainer.not_finite();
    CHECK(found.step == trainer.position());
    CHECK(trainer.position() < 5);
    CHECK(trainer.done());
    CHECK_FALSE(found.tensor.empty());
    CHECK_FALSE(std::isfinite(found.value));
    CHECK_THAT(found.why, ContainsSubstring(found.tensor));
    CHECK_THAT(found.why, ContainsSubstring("learning rate"));

    // Back before it, with a smaller step, the run goes on.
    history.go_to(0);
    CHECK_FALSE(trainer.not_finite());
    history.set("lr", "0.001");
    history.set("clip", "1");
    for (int i = 0; i < 10; ++i) CHECK(history.step());
    CHECK_FALSE(trainer.not_finite());
}

TEST_CASE("trainer: the first tensor that is no number is named", "[model][trainer][nan]") {
    const auto c = small_config();
    const data::Batch batch{1, 4, {0, 1, 2, 3}, {1, 2, 3, 4}};
    auto w = initial_weights(c.model, 1);
    CHECK_FALSE(find_not_finite(c.model, w, batch));

    SECTION("a weight") {
        w["block.1.attention.out.weight"].flat()[5] = NAN;
        const auto found = find_not_finite(c.model, w, batch);
        REQUIRE(found);
        CHECK(found->tensor == "block.1.attention.out.weight");
        CHECK(found->index == 5);
        CHECK(found->cause == NotFinite::Cause::weights);
    }
    SECTION("scores that overflow") {
        // rows of size 1 times 1e20 give queries and keys of 1e20, and their products 1e40
        for (float& v : w["block.1.attention.qkv.weight"].flat()) v = 1e20f;
        for (float& v : w["block.1.norm_1.bias"].flat()) v = 1.0f;
        const auto found = find_not_finite(c.model, w, batch);
        REQUIRE(found);
        CHECK(found->tensor == "block.1.attention.attention.scores");
        CHECK(found->cause == NotFinite::Cause::overflow);
        CHECK(found->before_largest > 1e20f);
    }
    SECTION("a norm whose squares overflow") {
        w["token_embedding"].flat()[0] = 1e25f;
        const auto found = find_not_finite(c.model, w, batch);
        REQUIRE(found);
        CHECK(found->tensor == "block.0.norm_1.variance");
        CHECK(found->cause == NotFinite::Cause::norm_overflow);
        CHECK_THAT(found->before_largest, WithinRel(1e25f, 0.1f));
    }
    SECTION("a gradient") {
        // forward the gain of 1e30 meets an output layer of 1e-30; backward it meets a gain alone
        for (float& v : w["final_norm.gain"].flat()) v = 1e30f;
        for (auto& [name, tensor] : w.list)
            if (name == "token_embedding")
                for (float& v : tensor.flat()) v *= 1e-30f;
        auto config = c.model;
        config.norm_eps = 1e-38f;
        const auto found = find_not_finite(config, w, batch);
        if (found) CHECK(found->cause != NotFinite::Cause::weights);
    }
}

TEST_CASE("trainer: what may be changed while it runs", "[model][trainer]") {
    auto c = small_config();
    c.warmup = 0, c.min_lr = c.lr;  // a constant rate
    Trainer trainer(c, text(500), text(100));
    trainer.step();
    CHECK_THAT(scalar(trainer, "lr"), WithinRel(double(c.lr), 1e-6));
    trainer.set("lr_scale", "0.25");
    trainer.step();
    CHECK_THAT(scalar(trainer, "lr"), WithinRel(0.25 * double(c.lr), 1e-6));
    trainer.set("steps", "3");
    trainer.set("eval_every", "100");
    trainer.step();
    CHECK(trainer.done());
    CHECK(std::isfinite(scalar(trainer, "val_loss")));  // after the last step
    trainer.step();
    CHECK(trainer.position() == 3);

    CHECK_THROWS_WITH(trainer.set("beta1", "1.5"),
                      "trainer: beta1 is 1.5, wanted 0 or more and below 1");
    CHECK(trainer.config().beta1 == 0.9f);
    CHECK_THROWS_AS(trainer.set("batch", "3"), ValueError);
    CHECK_THROWS_AS(trainer.set("lr", "fast"), ValueError);
}

TEST_CASE("trainer: nanoGPT's documented run on tiny Shakespeare", "[.slow][trainer][oracle]") {
    const char* folder = std::getenv("ORRERY_DATA");
    if (!folder) SKIP("ORRERY_DATA is not set");
    const std::string letters = read_file(std::string(folder) + "/text/tinyshakespeare.txt");
    std::map<char, int> alphabet;
    for (char letter : letters) alphabet[letter] = 0;
    int next = 0;
    for (auto& [letter, id] : alphabet) id = next++;
    std::vector<int> ids;
    for (char letter : letters) ids.push_back(alphabet[letter]);
    const auto cut = ids.begin() + std::ptrdiff_t(double(ids.size()) * 0.9);

    TrainerConfig c;  // its defaults are that run's
    c.model.vocab_size = alphabet.size();
    c.model.bias = false;
    c.seed = GENERATE(1u, 2u, 3u);
    CAPTURE(c.seed);
    Trainer trainer(c, std::vector<int>(ids.begin(), cut), std::vector<int>(cut, ids.end()));
    while (!trainer.done()) trainer.step();
    // What PyTorch reaches over three seeds, and how far they are apart.
    CHECK_THAT(trainer.validation_loss(), WithinAbs(1.91, 0.015));
}

TEST_CASE("trainer: without an end the rate stays", "[model][trainer][edge]") {
    auto c = small_config();
    c.steps = 0;
    Trainer trainer(c, text(500), {});
    for (int i = 0; i < 8; ++i) trainer.step();
    CHECK_FALSE(trainer.done());
    CHECK(trainer.total() == 0);
    CHECK_THAT(scalar(trainer, "lr"), WithinRel(double(c.lr), 1e-6));
    CHECK(std::isnan(scalar(trainer, "val_loss")));
}

TEST_CASE("trainer: windows begin anywhere and nowhere past the end", "[model][trainer]") {
    auto ids = std::make_shared<std::vector<int>>();
    for (int i = 0; i < 10; ++i) ids->push_back(i);
    const auto sampler = window_sampler(ids, 50, 4, 1);
    std::vector<int> starts(10);
    for (std::size_t step = 0; step < 10; ++step) {
        const auto b = sampler(step);
        for (std::size_t r = 0; r < 50; ++r) {
            ++starts[std::size_t(b.x[r * 4])];
            for (std::size_t t = 0; t < 4; ++t) {
                CHECK(b.x[r * 4 + t] == b.x[r * 4] + int(t));
                CHECK(b.y[r * 4 + t] == b.x[r * 4 + t] + 1);
            }
        }
    }
    // 500 windows over the six places 0 to 5: 83 each, five standard deviations are 42
    for (int start = 0; start < 6; ++start)
        CHECK_THAT(starts[std::size_t(start)], WithinAbs(83, 42));
    CHECK(sampler(3).x == sampler(3).x);
    CHECK(sampler(3).x != sampler(4).x);
}

TEST_CASE("trainer: says what is wrong", "[model][trainer][errors]") {
    auto c = small_config();
    CHECK_THROWS_WITH(
        Trainer(c, text(12), {}),
        "trainer: the text has 12 tokens to train on, wanted 13 or more: give a longer "
        "text or a shorter context");
    CHECK_THROWS_AS(Trainer(c, std::vector<int>(100, 7), {}), ValueError);
    CHECK_THROWS_AS(Trainer(c, std::vector<int>(), {}), ValueError);
    auto wrong = c;
    wrong.batch = 0;
    CHECK_THROWS_WITH(Trainer(wrong, text(100), {}), "trainer: batch is 0, wanted 1 to 65536");
    wrong = c;
    wrong.lr = NAN;
    CHECK_THROWS_AS(Trainer(wrong, text(100), {}), ValueError);

    Trainer trainer(c, text(100), {});
    trainer.step();
    const std::string state = trainer.snapshot();
    for (std::size_t cut :
         {std::size_t{0}, std::size_t{5}, std::size_t{40}, state.size() / 2, state.size() - 1})
        CHECK_THROWS_AS(trainer.restore(std::string_view(state).substr(0, cut)), Error);
    CHECK_THROWS_AS(trainer.restore(state + "x"), FormatError);
    CHECK(trainer.snapshot() == state);
}
