#include "core/model/trainer.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/base/error.hpp"
#include "core/base/parallel.hpp"
#include "core/base/random.hpp"
#include "core/base/text.hpp"
#include "core/model/decoder_engine.hpp"
#include "core/model/decoder_kernels.hpp"
#include "core/model/diagnosis.hpp"
#include "core/optim/schedule.hpp"

namespace orrery::model {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

void require(bool holds, const char* name, double value, const char* wanted) {
    if (!holds)
        throw ValueError(std::string("trainer: ") + name + " is " + number_text(value) +
                         ", wanted " + wanted);
}

// What was measured at the last step.
struct Measured {
    double loss = nan, val_loss = nan, lr = nan, grad_norm = nan;
    std::vector<double> grad_squares, weight_squares, update_squares;  // by group
};

double ratio(double update_squares, double weight_squares) {
    return weight_squares > 0 ? std::sqrt(update_squares / weight_squares) : nan;
}

// Counts of equal bins between the smallest and the largest of the values that are finite.
void histogram(std::span<const float> values, std::span<float> counts, std::span<float> range) {
    float low = std::numeric_limits<float>::infinity(), high = -low;
    for (float v : values)
        if (std::isfinite(v)) low = std::min(low, v), high = std::max(high, v);
    std::fill(counts.begin(), counts.end(), 0.0f);
    if (!(low <= high)) low = high = 0.0f;
    const float reach = high - low;
    range[0] = low, range[1] = high;
    if (!(reach > 0.0f) || !std::isfinite(reach)) {
        counts[counts.size() / 2] = float(values.size());
        return;
    }
    const float scale = float(counts.size()) / reach;
    for (float v : values)
        if (std::isfinite(v))
            counts[std::min(counts.size() - 1, std::size_t((v - low) * scale))] += 1.0f;
}

// A state as bytes, written and read in the same order.
class Writer {
   public:
    std::string bytes;
    template <class T>
    void number(T value) {
        char raw[sizeof value];
        std::memcpy(raw, &value, sizeof value);
        bytes.append(raw, sizeof value);
    }
    template <class T>
    void row(const std::vector<T>& values) {
        number(std::uint64_t(values.size()));
        bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
    }
    void text(const std::string& value) { row(std::vector<char>(value.begin(), value.end())); }
    void tensor(const Tensor& t) {
        row(t.shape());
        row(std::vector<float>(t.flat().begin(), t.flat().end()));
    }
};
class Reader {
   public:
    explicit Reader(std::string_view bytes) : left_(bytes) {}
    template <class T>
    T number() {
        T value;
        need(sizeof value);
        std::memcpy(&value, left_.data(), sizeof value);
        left_.remove_prefix(sizeof value);
        return value;
    }
    template <class T>
    std::vector<T> row() {
        const auto count = number<std::uint64_t>();
        if (count > left_.size() / sizeof(T)) fail();
        std::vector<T> values(count);
        if (count > 0) std::memcpy(values.data(), left_.data(), count * sizeof(T));
        left_.remove_prefix(count * sizeof(T));
        return values;
    }
    std::string text() {
        const auto letters = row<char>();
        return std::string(letters.begin(), letters.end());
    }
    Tensor tensor() {
        auto shape = row<std::size_t>();
        return Tensor(std::move(shape), row<float>());
    }
    bool at_end() const { return left_.empty(); }
    [[noreturn]] static void fail() {
        throw FormatError("trainer: a snapshot is cut off or of another model");
    }

   private:
    void need(std::size_t count) const {
        if (left_.size() < count) fail();
    }
    std::string_view left_;
};

constexpr std::string_view snapshot_mark = "orrery trainer 2";

}  // namespace

void check(const TrainerConfig& c) {
    check(c.model);
    require(c.batch >= 1 && c.batch <= 65536, "batch", double(c.batch), "1 to 65536");
    require(c.tokens <= c.model.context, "tokens", double(c.tokens), "no more than the context");
    require(c.lr >= 0 && std::isfinite(c.lr), "lr", c.lr, "0 or more");
    require(c.min_lr >= 0 && std::isfinite(c.min_lr), "min_lr", c.min_lr, "0 or more");
    require(c.beta1 >= 0 && c.beta1 < 1, "beta1", c.beta1, "0 or more and below 1");
    require(c.beta2 >= 0 && c.beta2 < 1, "beta2", c.beta2, "0 or more and below 1");
    require(c.eps >= 0, "eps", c.eps, "0 or more");
    require(c.weight_decay >= 0, "weight_decay", c.weight_decay, "0 or more");
    require(c.clip >= 0, "clip", c.clip, "0 or more");
    require(c.bins >= 1 && c.bins <= 4096, "bins", double(c.bins), "1 to 4096");
}

Sampler window_sampler(std::shared_ptr<const std::vector<int>> ids, std::size_t batch,
                       std::size_t tokens, std::uint64_t seed) {
    if (!ids || ids->size() < tokens + 1)
        throw ValueError("trainer: the text has " + std::to_string(ids ? ids->size() : 0) +
                         " tokens to train on, wanted " + std::to_string(tokens + 1) +
                         " or more: give a longer text or a shorter context");
    return [=](std::size_t step) {
        //: windows that start anywhere; y is x moved by one
        data::Batch b{batch, tokens, std::vector<int>(batch * tokens),
                      std::vector<int>(batch * tokens)};
        Random random(seed, "batch", step);
        for (std::size_t i = 0; i < batch; ++i) {
            const std::size_t start = random.below(ids->size() - tokens);
            for (std::size_t t = 0; t < tokens; ++t) {
                b.x[i * tokens + t] = (*ids)[start + t];
                b.y[i * tokens + t] = (*ids)[start + t + 1];
            }
        }
        return b;
    };
}

struct Trainer::Impl {
    TrainerConfig config;
    double lr_scale = 1;
    Sampler sampler;
    ValidationSet validation;
    std::vector<int> validation_ids;
    std::vector<int> first_ids;  // what the probe is when none is given

    DecoderEngine engine;
    std::vector<float> weights, previous, grads, m, v;
    std::size_t done = 0;
    bool has_gradient = false;  // `grads` and `previous` are those of the last step
    data::Batch batch;
    Measured measured;
    std::optional<NotFinite> not_finite;

    // Histograms of the last step, made when asked for and kept.
    struct Details {
        Tensor weight_histogram, weight_range, update_histogram, update_range, example, expected;
    };
    std::optional<Details> details;

    explicit Impl(TrainerConfig c) : config(std::move(c)), engine(config.model) {
        weights = flatten(engine.layout(), initial_weights(config.model, config.seed));
        previous = weights;
        m.assign(weights.size(), 0.0f);
        v.assign(weights.size(), 0.0f);
        const std::size_t groups = engine.layout().groups.size();
        measured.grad_squares.assign(groups, nan);
        measured.weight_squares.assign(groups, nan);
        measured.update_squares.assign(groups, nan);
    }

    std::size_t tokens() const { return config.tokens ? config.tokens : config.model.context; }

    double learning_rate(std::size_t step) const {
        //: climb, then half a cosine down to the least
        const float least = std::min(config.min_lr, config.lr);
        const double rate =
            config.steps == 0 && step >= config.warmup
                ? config.lr
                : optim::schedule(step, {config.lr, least, config.warmup,
                                         config.steps == 0 ? config.warmup + 1 : config.steps});
        return rate * lr_scale;
    }

    double validation_loss() {
        LossSum sum;
        for (const auto& b : validation) {
            const LossSum part = engine.loss(weights, b.x, b.y, b.tokens);
            sum.nats += part.nats;
            sum.tokens += part.tokens;
        }
        std::size_t count = validation_ids.size();
        if (config.eval_tokens > 0) count = std::min(count, config.eval_tokens + 1);
        if (count >= 2) {
            const auto part =
                engine.loss_of_text(weights, std::span<const int>(validation_ids).first(count));
            sum.nats += part.nats;
            sum.tokens += part.tokens;
        }
        return sum.tokens == 0 ? nan : sum.mean();
    }

    void take_batch() {
        batch = sampler(done);
        if (batch.x.size() != batch.rows * batch.tokens || batch.y.size() != batch.x.size())
            throw ValueError("trainer: a batch has " + std::to_string(batch.x.size()) +
                             " ids and " + std::to_string(batch.y.size()) + " targets, wanted " +
                             std::to_string(batch.rows * batch.tokens));
        require_examples(config.model, batch.x, batch.y, batch.tokens);
    }

    void step() {
        if (not_finite || (config.steps > 0 && done >= config.steps)) return;
        take_batch();
        grads.resize(weights.size());
        has_gradient = false;
        details.reset();

        //: how wrong the model is, and which way each weight is to blame
        auto& squares = measured.grad_squares;
        const LossSum loss =
            engine.loss_and_grads(weights, batch.x, batch.y, batch.tokens, grads, squares);
        double total = 0;
        for (double square : squares) total += square;
        const double last_ratio = update_ratio();
        measured.loss = loss.tokens == 0 ? nan : loss.mean();
        measured.grad_norm = std::sqrt(total);
        measured.lr = learning_rate(done);
        measured.val_loss = nan;
        ++done;
        if (loss.tokens > 0 && !(std::isfinite(measured.loss) && std::isfinite(total)))
            if (stop_at(last_ratio)) return;

        update();
        has_gradient = true;
        if (not_finite) return;

        //: the loss on text that was held out
        const bool last = done == config.steps;
        if (config.eval_every > 0 && (done % config.eval_every == 0 || last))
            measured.val_loss = validation_loss();
    }

    // Moves every weight; new ones are written beside the old, so that the update can be looked at.
    void update() {
        //: a gradient that is too long is shortened
        kernels::AdamwSettings s;
        if (config.clip > 0 && measured.grad_norm > config.clip)
            s.scale = float(config.clip / measured.grad_norm);

        //: the moments start at 0, which the corrections undo
        s.lr = float(measured.lr);
        s.beta1 = config.beta1, s.beta2 = config.beta2, s.eps = config.eps;
        s.correction1 = float(1.0 - std::pow(double(config.beta1), double(done)));
        s.correction2 = float(1.0 - std::pow(double(config.beta2), double(done)));

        struct Piece {
            std::size_t begin, count, group;
            bool decays;
        };
        std::vector<Piece> pieces;
        for (const auto& slot : engine.layout().slots)
            for (std::size_t at = 0; at < slot.size; at += 32768)
                pieces.push_back({slot.offset + at, std::min<std::size_t>(32768, slot.size - at),
                                  slot.group, slot.is_matrix});
        std::vector<kernels::AdamwSums> sums(pieces.size());
        parallel_for(pieces.size(), 4, [&](std::size_t first, std::size_t end) {
            for (std::size_t i = first; i < end; ++i) {
                const auto& p = pieces[i];
                auto mine = s;
                mine.decay = p.decays ? config.weight_decay : 0.0f;
                sums[i] = kernels::adamw(p.count, mine, weights.data() + p.begin,
                                         grads.data() + p.begin, m.data() + p.begin,
                                         v.data() + p.begin, previous.data() + p.begin);
            }
        });
        weights.swap(previous);

        auto &of_weights = measured.weight_squares, &of_updates = measured.update_squares;
        std::fill(of_weights.begin(), of_weights.end(), 0.0);
        std::fill(of_updates.begin(), of_updates.end(), 0.0);
        double all = 0;
        for (std::size_t i = 0; i < pieces.size(); ++i) {
            of_weights[pieces[i].group] += sums[i].weight_squares;
            of_updates[pieces[i].group] += sums[i].update_squares;
            all += sums[i].weight_squares;
        }
        if (!std::isfinite(all)) stop_at_update();
    }

    double update_ratio() const {
        double updates = 0, all = 0;
        for (double square : measured.update_squares) updates += square;
        for (double square : measured.weight_squares) all += square;
        return ratio(updates, all);
    }

    // The step's own batch again, by the readable decoder, to see where it went wrong. False when
    // only the sum of squares overflowed and every number is finite.
    bool stop_at(double last_ratio) {
        auto found = find_not_finite(config.model, unflatten(engine.layout(), weights), batch);
        if (!found) {
            const std::size_t at = first_not_finite(grads);
            if (at == grads.size() && std::isfinite(measured.loss)) return false;
            found.emplace();
            found->cause = NotFinite::Cause::loss;
            found->tensor = "loss";
            found->value = float(measured.loss);
            if (at < grads.size()) {
                for (const auto& slot : engine.layout().slots)
                    if (at >= slot.offset && at < slot.offset + slot.size) {
                        found->tensor = "gradient of " + slot.name;
                        found->index = at - slot.offset;
                    }
                found->cause = NotFinite::Cause::gradient;
                found->value = grads[at];
            }
        }
        stop(std::move(*found), last_ratio);
        return true;
    }

    void stop_at_update() {
        const std::size_t at = first_not_finite(weights);
        if (at == weights.size()) return;  // large, but numbers
        NotFinite found;
        found.cause = NotFinite::Cause::update;
        for (const auto& slot : engine.layout().slots)
            if (at >= slot.offset && at < slot.offset + slot.size) {
                found.tensor = slot.name;
                found.index = at - slot.offset;
                found.before = "gradient of " + slot.name;
                for (std::size_t i = 0; i < slot.size; ++i)
                    found.before_largest =
                        std::max(found.before_largest, std::abs(grads[slot.offset + i]));
            }
        found.value = weights[at];
        stop(std::move(found), nan);
    }

    void stop(NotFinite found, double last_ratio) {
        found.step = done;
        found.lr = float(measured.lr);
        found.why = explain(found, last_ratio);
        not_finite = std::move(found);
    }

    const Details& detail() {
        if (details) return *details;
        const auto& layout = engine.layout();
        const std::size_t groups = layout.groups.size(), bins = config.bins;
        Details d;
        d.weight_histogram = d.update_histogram = Tensor({groups, bins});
        d.weight_range = d.update_range = Tensor({groups, 2});
        std::vector<float> updates(weights.size(), std::numeric_limits<float>::quiet_NaN());
        if (has_gradient)
            for (std::size_t i = 0; i < weights.size(); ++i) updates[i] = weights[i] - previous[i];
        std::size_t begin = 0;
        for (std::size_t group = 0; group < groups; ++group) {
            //: the weights of a layer, and how far each just moved, counted in bins
            std::size_t end = begin;
            for (const auto& slot : layout.slots)
                if (slot.group == group) end = slot.offset + slot.size;
            const auto part = [&](const std::vector<float>& all) {
                return std::span<const float>(all).subspan(begin, end - begin);
            };
            histogram(part(weights), d.weight_histogram.row(group), d.weight_range.row(group));
            if (has_gradient)
                histogram(part(updates), d.update_histogram.row(group), d.update_range.row(group));
            begin = end;
        }
        predict_one(d);
        details = std::move(d);
        return *details;
    }

    // One prediction of the step's forward pass, with the weights as they were then: what comes
    // after the first row of the batch, or at its last token that counts.
    void predict_one(Details& d) {
        const std::size_t V = config.model.vocab_size;
        if (batch.x.empty() && done == 0) take_batch();
        std::size_t k = batch.x.empty() ? 0 : batch.tokens;
        while (k > 0 && batch.y[k - 1] == data::no_target) --k;
        d.example = Tensor({k == 0 ? 0 : k + 1}), d.expected = Tensor({k == 0 ? 0 : V});
        if (k == 0) return;
        const std::span<const int> ids(batch.x.data(), k);
        std::copy(ids.begin(), ids.end(), d.example.flat().begin());
        d.example.flat()[k] = float(batch.y[k - 1]);
        Tensor attention({config.model.layers, config.model.heads, k, k}), logits({k, V});
        engine.probe(has_gradient ? previous : weights, ids, attention.flat(), logits.flat());
        kernels::softmax(1, V, logits.row(k - 1).data());
        std::copy(logits.row(k - 1).begin(), logits.row(k - 1).end(), d.expected.flat().begin());
    }
};

Trainer::Trainer(TrainerConfig config, std::vector<int> train_ids,
                 std::vector<int> validation_ids) {
    check(config);
    impl_ = std::make_unique<Impl>(std::move(config));
    const auto& c = impl_->config;
    require_examples(c.model, validation_ids.empty() ? train_ids : validation_ids, {}, 1);
    require_examples(c.model, train_ids, {}, 1);
    auto ids = std::make_shared<const std::vector<int>>(std::move(train_ids));
    impl_->sampler = window_sampler(ids, c.batch, impl_->tokens(), c.seed);
    impl_->first_ids = validation_ids.empty() ? *ids : validation_ids;
    impl_->validation_ids = std::move(validation_ids);
    impl_->first_ids.resize(std::min({impl_->first_ids.size(), c.model.context, std::size_t{16}}));
}

Trainer::Trainer(TrainerConfig config, Sampler sampler, ValidationSet validation) {
    check(config);
    if (!sampler) throw ValueError("trainer: no sampler to take batches from");
    for (const auto& b : validation) require_examples(config.model, b.x, b.y, b.tokens);
    impl_ = std::make_unique<Impl>(std::move(config));
    const data::Batch first = sampler(0);
    impl_->first_ids.assign(
        first.x.begin(), first.x.begin() + std::ptrdiff_t(std::min(first.tokens, first.x.size())));
    impl_->sampler = std::move(sampler);
    impl_->validation = std::move(validation);
}

Trainer::~Trainer() = default;
Trainer::Trainer(Trainer&&) noexcept = default;
Trainer& Trainer::operator=(Trainer&&) noexcept = default;

void Trainer::step() { impl_->step(); }
bool Trainer::done() const {
    return impl_->not_finite || (impl_->config.steps > 0 && impl_->done >= impl_->config.steps);
}
std::size_t Trainer::position() const { return impl_->done; }
std::size_t Trainer::total() const { return impl_->config.steps; }
const TrainerConfig& Trainer::config() const { return impl_->config; }
double Trainer::lr_scale() const { return impl_->lr_scale; }
const ParameterLayout& Trainer::layout() const { return impl_->engine.layout(); }
const std::optional<NotFinite>& Trainer::not_finite() const { return impl_->not_finite; }
DecoderWeights Trainer::weights() const {
    return unflatten(impl_->engine.layout(), impl_->weights);
}
std::span<const float> Trainer::flat_weights() const { return impl_->weights; }
std::span<const float> Trainer::flat_gradients() const {
    return impl_->has_gradient ? std::span<const float>(impl_->grads) : std::span<const float>();
}
std::span<const float> Trainer::first_moment() const { return impl_->m; }
std::span<const float> Trainer::second_moment() const { return impl_->v; }
double Trainer::validation_loss() const { return impl_->validation_loss(); }

void Trainer::set_weights(const DecoderWeights& weights) {
    require_weights(impl_->config.model, weights);
    impl_->weights = flatten(impl_->engine.layout(), weights);
    impl_->details.reset();
    impl_->has_gradient = false;
}

std::vector<std::pair<std::string, double>> Trainer::scalars() const {
    const auto& s = impl_->measured;
    const auto& groups = impl_->engine.layout().groups;
    std::vector<std::pair<std::string, double>> list{{"loss", s.loss},
                                                     {"val_loss", s.val_loss},
                                                     {"lr", s.lr},
                                                     {"grad_norm", s.grad_norm},
                                                     {"update_ratio", impl_->update_ratio()}};
    for (std::size_t g = 0; g < groups.size(); ++g)
        list.emplace_back("grad_norm." + groups[g], std::sqrt(s.grad_squares[g]));
    for (std::size_t g = 0; g < groups.size(); ++g)
        list.emplace_back("update_ratio." + groups[g],
                          ratio(s.update_squares[g], s.weight_squares[g]));
    return list;
}

void Trainer::set(std::string_view knob, std::string_view value) {
    double number = 0;
    if (!parse_number(value, number) || !std::isfinite(number))
        throw ValueError("trainer: " + std::string(knob) + " is " + std::string(value) +
                         ", wanted a number");

    //: a changed copy takes the place of the old only when it makes sense
    TrainerConfig changed = impl_->config;
    double lr_scale = impl_->lr_scale;
    const auto whole = [&] {
        require(number >= 0 && number <= 1e12 && number == std::floor(number),
                std::string(knob).c_str(), number, "a whole number of 0 or more");
        return std::size_t(number);
    };
    if (knob == "lr_scale") {
        require(number >= 0, "lr_scale", number, "0 or more");
        lr_scale = number;
    } else if (knob == "lr") {
        changed.lr = float(number);
    } else if (knob == "min_lr") {
        changed.min_lr = float(number);
    } else if (knob == "beta1") {
        changed.beta1 = float(number);
    } else if (knob == "beta2") {
        changed.beta2 = float(number);
    } else if (knob == "weight_decay") {
        changed.weight_decay = float(number);
    } else if (knob == "clip") {
        changed.clip = float(number);
    } else if (knob == "eval_every") {
        changed.eval_every = whole();
    } else if (knob == "steps") {
        changed.steps = whole();
    } else {
        throw ValueError("trainer: " + std::string(knob) +
                         " cannot be changed while training, wanted lr_scale, lr, min_lr, beta1, "
                         "beta2, weight_decay, clip, eval_every or steps");
    }
    check(changed);
    impl_->config = std::move(changed);
    impl_->lr_scale = lr_scale;
}

std::string Trainer::snapshot() const {
    auto& s = *impl_;
    const auto& c = s.config;
    Writer w;
    w.bytes.reserve(s.weights.size() * 12 + 65536);
    w.text(std::string(snapshot_mark));

    //: what the next steps depend on
    w.number(std::uint64_t(s.done));
    w.row(s.weights);
    w.row(s.m);
    w.row(s.v);
    for (float knob : {c.lr, c.min_lr, c.beta1, c.beta2, c.weight_decay, c.clip}) w.number(knob);
    w.number(s.lr_scale);
    w.number(std::uint64_t(c.eval_every));
    w.number(std::uint64_t(c.steps));

    //: what was measured last
    for (double x : {s.measured.loss, s.measured.val_loss, s.measured.lr, s.measured.grad_norm})
        w.number(x);
    w.row(s.measured.grad_squares);
    w.row(s.measured.weight_squares);
    w.row(s.measured.update_squares);
    const auto& d = s.detail();
    for (const Tensor* t : {&d.weight_histogram, &d.weight_range, &d.update_histogram,
                            &d.update_range, &d.example, &d.expected})
        w.tensor(*t);
    w.number(std::uint64_t(s.batch.rows));
    w.number(std::uint64_t(s.batch.tokens));
    w.row(s.batch.x);
    w.row(s.batch.y);
    w.number(char(s.not_finite ? 1 : 0));
    if (s.not_finite) {
        const auto& f = *s.not_finite;
        w.number(std::uint64_t(f.step));
        w.text(f.tensor);
        w.number(std::uint64_t(f.index));
        w.number(f.value);
        w.number(int(f.cause));
        w.text(f.before);
        w.number(f.before_largest);
        w.number(f.lr);
        w.text(f.why);
    }
    return std::move(w.bytes);
}

void Trainer::restore(std::string_view state) {
    auto& s = *impl_;
    Reader r(state);
    if (r.text() != snapshot_mark) Reader::fail();
    const auto done = r.number<std::uint64_t>();
    auto weights = r.row<float>(), m = r.row<float>(), v = r.row<float>();
    if (weights.size() != s.weights.size() || m.size() != weights.size() ||
        v.size() != weights.size())
        Reader::fail();
    TrainerConfig c = s.config;
    for (float* knob : {&c.lr, &c.min_lr, &c.beta1, &c.beta2, &c.weight_decay, &c.clip})
        *knob = r.number<float>();
    const auto lr_scale = r.number<double>();
    c.eval_every = r.number<std::uint64_t>();
    c.steps = r.number<std::uint64_t>();
    Measured measured;
    for (double* x : {&measured.loss, &measured.val_loss, &measured.lr, &measured.grad_norm})
        *x = r.number<double>();
    const std::size_t groups = s.engine.layout().groups.size();
    for (auto* row : {&measured.grad_squares, &measured.weight_squares, &measured.update_squares}) {
        *row = r.row<double>();
        if (row->size() != groups) Reader::fail();
    }
    Impl::Details d;
    for (Tensor* t : {&d.weight_histogram, &d.weight_range, &d.update_histogram, &d.update_range,
                      &d.example, &d.expected})
        *t = r.tensor();
    data::Batch batch;
    batch.rows = r.number<std::uint64_t>();
    batch.tokens = r.number<std::uint64_t>();
    batch.x = r.row<int>();
    batch.y = r.row<int>();
    std::optional<NotFinite> not_finite;
    if (r.number<char>()) {
        not_finite.emplace();
        auto& f = *not_finite;
        f.step = r.number<std::uint64_t>();
        f.tensor = r.text();
        f.index = r.number<std::uint64_t>();
        f.value = r.number<float>();
        f.cause = NotFinite::Cause(r.number<int>());
        f.before = r.text();
        f.before_largest = r.number<float>();
        f.lr = r.number<float>();
        f.why = r.text();
    }
    if (!r.at_end()) Reader::fail();
    check(c);

    s.config = std::move(c);
    s.done = done;
    s.weights = std::move(weights), s.m = std::move(m), s.v = std::move(v);
    s.lr_scale = lr_scale;
    s.measured = std::move(measured);
    s.details = std::move(d);
    s.batch = std::move(batch);
    s.not_finite = std::move(not_finite);
    s.has_gradient = false;
}

std::vector<int> Trainer::sample(std::span<const int> prompt, std::size_t count, float temperature,
                                 std::uint64_t seed) const {
    CausalDecoder decoder(impl_->config.model, impl_->weights);
    std::vector<int> ids(prompt.begin(), prompt.end());
    if (ids.empty()) ids.push_back(0);
    std::size_t seen_from = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t context = impl_->config.model.context;
        if (ids.size() - seen_from > context) seen_from = ids.size() - (context + 1) / 2;
        const auto logits = decoder.next_token_logits(std::span(ids).subspan(seen_from));
        const auto best = std::max_element(logits.begin(), logits.end());
        std::size_t pick = std::size_t(best - logits.begin());
        if (temperature > 0 && std::isfinite(*best)) {
            std::vector<double> shares(logits.size());
            double total = 0;
            for (std::size_t j = 0; j < shares.size(); ++j)
                total += shares[j] = std::exp((double(logits[j]) - *best) / temperature);
            double left = Random(seed, "sample", i).uniform() * total;
            for (pick = 0; pick + 1 < shares.size() && left >= shares[pick]; ++pick)
                left -= shares[pick];
        }
        ids.push_back(int(pick));
    }
    return ids;
}

static Tensor to_tensor(const std::vector<int>& ids, Shape shape) {
    return Tensor(std::move(shape), std::vector<float>(ids.begin(), ids.end()));
}

TrainerSteps Trainer::steps() const {
    auto& s = *impl_;
    const auto& groups = s.engine.layout().groups;
    TrainerSteps out;
    out.step = s.done;
    out.groups = groups;
    const auto& d = s.detail();  // takes the first batch when there is none yet
    out.example = d.example, out.expected = d.expected;
    out.x = to_tensor(s.batch.x, {s.batch.rows, s.batch.tokens});
    out.y = to_tensor(s.batch.y, {s.batch.rows, s.batch.tokens});

    //: how long the gradient, the weights and the step are, layer by layer
    const auto by_group = [&](auto value) {
        Tensor t({groups.size()});
        for (std::size_t g = 0; g < groups.size(); ++g) t.flat()[g] = float(value(g));
        return t;
    };
    const auto& measured = s.measured;
    out.gradient_norms =
        by_group([&](std::size_t g) { return std::sqrt(measured.grad_squares[g]); });
    out.weight_norms =
        by_group([&](std::size_t g) { return std::sqrt(measured.weight_squares[g]); });
    out.update_norms =
        by_group([&](std::size_t g) { return std::sqrt(measured.update_squares[g]); });
    out.update_ratios = by_group([&](std::size_t g) {
        return ratio(measured.update_squares[g], measured.weight_squares[g]);
    });
    out.weight_histogram = d.weight_histogram, out.weight_range = d.weight_range;
    out.update_histogram = d.update_histogram, out.update_range = d.update_range;

    //: where each head looks on a text that does not change
    const auto& ids = s.config.probe.empty() ? s.first_ids : s.config.probe;
    require_examples(s.config.model, ids, {}, ids.size());
    const std::size_t n = ids.size(), V = s.config.model.vocab_size;
    out.probe = to_tensor(ids, {n});
    out.attention = Tensor({s.config.model.layers, s.config.model.heads, n, n});
    out.next_token = Tensor({n, V});
    s.engine.probe(s.weights, ids, out.attention.flat(), out.next_token.flat());
    kernels::softmax(n, V, out.next_token.data());

    //: what it would write now
    if (s.config.sample_tokens > 0)
        out.sample = sample(s.config.prompt, s.config.sample_tokens, s.config.sample_temperature,
                            s.config.seed);
    out.scalars = scalars();
    out.not_finite = s.not_finite;
    return out;
}

void record(const TrainerSteps& s, Trace& out) {
    out.from("model/trainer");
    out.names("groups", s.groups);
    out.add("x", s.x, "windows that start anywhere; y is x moved by one", Kind::index);
    out.add("y", s.y, "windows that start anywhere; y is x moved by one", Kind::index);
    if (s.expected.size() > 0) {
        const char* wrong = "how wrong the model is, and which way each weight is to blame";
        out.add("example", s.example, "windows that start anywhere; y is x moved by one",
                Kind::index);
        out.add("expected", s.expected, wrong);
    }
    const char* lengths = "how long the gradient, the weights and the step are, layer by layer";
    out.add("gradient_norms", s.gradient_norms, lengths);
    out.add("weight_norms", s.weight_norms, lengths);
    out.add("update_norms", s.update_norms, lengths);
    out.add("update_ratios", s.update_ratios, lengths);
    const char* bins = "the weights of a layer, and how far each just moved, counted in bins";
    out.add("weight_histogram", s.weight_histogram, bins);
    out.add("weight_range", s.weight_range, bins);
    out.add("update_histogram", s.update_histogram, bins);
    out.add("update_range", s.update_range, bins);
    out.add("probe", s.probe, "where each head looks on a text that does not change", Kind::index);
    out.add("attention", s.attention, "where each head looks on a text that does not change");
    out.add("next_token", s.next_token, "where each head looks on a text that does not change");
    if (!s.sample.empty())
        out.add("sample", to_tensor(s.sample, {s.sample.size()}), "what it would write now",
                Kind::index);
    Event event{"step", "step " + std::to_string(s.step), {}, {}};
    for (const auto& [name, value] : s.scalars) {
        if (name == "loss" || name == "val_loss" || name == "lr" || name == "grad_norm" ||
            name == "update_ratio")
            out.add(name, Tensor({}, {float(value)}),
                    name == "val_loss" ? "the loss on text that was held out"
                    : name == "lr"
                        ? "climb, then half a cosine down to the least"
                        : "how wrong the model is, and which way each weight is to blame");
        event.values.emplace_back(name, value);
    }
    out.event(std::move(event));
    if (s.not_finite) out.text("not_finite", s.not_finite->why);
}

}  // namespace orrery::model
