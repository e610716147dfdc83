// Trainer: predict, measure, correct, repeat
//
//   formula   loss = -(1/N) sum_i log(p_i)
//             g    = g * min(1, clip / grad_norm)
//             m    = b1 * m + (1 - b1) * g
//             v    = b2 * v + (1 - b2) * g^2
//             w    = w - lr * (m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + e) + weight_decay * w)
//
//   shapes    x, y [batch, tokens]; w, g, m, v one number for each parameter
//             p_i is the probability the model gave to the id y_i that came, N how many count; t is
//             the step. b2 = beta2; b1 and e are TrainerConfig's beta1 and eps.
//
//   why       Training is one small step over and over: run a batch forward, ask how surprised the
//             model was, send the blame back to every weight, and move each a little. What makes
//             it work or fail is seen in few numbers: the loss, the size of the gradient, and how
//             large a step is beside the weights it changes: with AdamW about a hundredth early on in
//             a small model, about a thousandth in a large one.
//
//   cost      a step is three forward passes' worth of flops, and 14 a parameter for the update
//   errors    ValueError  a setting out of its range; too few ids; an id outside the vocabulary
//             a loss that is not finite is a result: the run stops there and says why
//   source    AdamW: Loshchilov and Hutter, 2019, arXiv:1711.05101; the settings as in nanoGPT
//   survey    2.12.1
//   badge     computed
//   leaves out  dropout; several machines; gradients summed over several batches
//   see       model/causal_decoder, optim/adamw, optim/schedule, optim/clip
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/data/batch.hpp"
#include "core/model/causal_decoder.hpp"

namespace orrery::model {

struct TrainerConfig {
    CausalDecoderConfig model;
    std::size_t batch = 12;
    std::size_t tokens = 0;    // in each example; 0 = the model's context
    std::size_t steps = 2000;  // also where the cosine ends; 0 = open-ended, at a constant rate
    float lr = 1e-3f;          // at its height
    float min_lr = 1e-4f;      // at the end (lr, where that is less)
    std::size_t warmup = 100;  // steps over which the rate climbs
    float beta1 = 0.9f, beta2 = 0.99f, eps = 1e-8f;
    float weight_decay = 0.1f;  // of matrices only; norms and biases are left alone
    float clip = 1.0f;          // largest norm of the whole gradient; 0 = any
    std::uint64_t seed = 1;
    std::size_t eval_every =
        0;  // validation loss after each so many steps, and after the last; 0 never
    std::size_t eval_tokens = 0;  // of the held-out part; 0 = all of it

    std::vector<int> probe;  // a text whose attention is shown; empty = the held-out part's first
    std::size_t sample_tokens = 0;  // how many ids to sample when the steps are asked for
    std::vector<int> prompt;        // what the sample continues; empty = id 0
    float sample_temperature = 0.8f;
    std::size_t bins = 41;  // of the histograms
};

// ValueError "trainer: …".
void check(const TrainerConfig& config);

// Examples for a step, a pure function of the step: the same step always gives the same batch.
using Sampler = std::function<data::Batch(std::size_t step)>;
// The validation loss is that of these examples.
using ValidationSet = std::vector<data::Batch>;

// Random windows of `ids`: each example starts anywhere; y is x moved by one.
Sampler window_sampler(std::shared_ptr<const std::vector<int>> ids, std::size_t batch,
                       std::size_t tokens, std::uint64_t seed);

// Where a run stopped being numbers, and why.
struct NotFinite {
    std::size_t step = 0;   // the step that could not be done, counted from 1
    std::string tensor;     // first that is not finite, in order of computation:
                            // "block.1.attention.attention.weights", "gradient of …"
    std::size_t index = 0;  // of its first such number
    float value = 0;        // NaN, or plus or minus infinity
    enum class Cause {
        weights,        // a weight was not finite already before the step
        overflow,       // numbers of the tensor before it are so large that their sum overflows
        exp_of_inf,     // softmax of a row that holds infinity
        norm_overflow,  // a norm's variance overflows
        loss,           // the logits are finite, the loss is not
        gradient,       // forward is finite, a gradient is not
        update          // the step itself made a weight not finite
    } cause = Cause::overflow;
    std::string before;        // the tensor it was computed from
    float before_largest = 0;  // the largest magnitude there
    float lr = 0;              // of the step
    std::string why;           // in words
};

// Everything a picture shows of the step just done. Tensors over "groups" have one entry for each
// layer as ParameterLayout::groups names them.
struct TrainerSteps {
    std::size_t step = 0;  // done so far
    std::vector<std::string> groups;
    Tensor x, y;              // [batch, tokens]  ids of the step; -1 = not counted. Before the
                              // first step: those it will have
    Tensor example;           // [k + 1]  from the first row: k ids, and the one wanted after them
    Tensor expected;          // [V]  the probabilities that the step's forward pass gave for it
    Tensor gradient_norms;    // [groups]  before clipping
    Tensor weight_norms;      // [groups]
    Tensor update_norms;      // [groups]
    Tensor update_ratios;     // [groups]  update_norms / weight_norms
    Tensor weight_histogram;  // [groups, bins]  counts
    Tensor weight_range;      // [groups, 2]     lowest and highest bin edge
    Tensor update_histogram;  // [groups, bins]
    Tensor update_range;      // [groups, 2]
    Tensor probe;             // [n]  ids
    Tensor attention;         // [layers, heads, n, n]  weights on the probe
    Tensor next_token;        // [n, V]  what the model expects after each of them
    std::vector<int> sample;  // prompt and what the model continued it with
    std::vector<std::pair<std::string, double>> scalars;
    std::optional<NotFinite> not_finite;
};

class Trainer {
   public:
    // On random windows of `train_ids`; the validation loss over `validation_ids` (may be empty).
    Trainer(TrainerConfig config, std::vector<int> train_ids, std::vector<int> validation_ids);
    // On the batches a sampler gives (a task, or given ids).
    Trainer(TrainerConfig config, Sampler sampler, ValidationSet validation = {});
    ~Trainer();
    Trainer(Trainer&&) noexcept;
    Trainer& operator=(Trainer&&) noexcept;

    // A job, as viz/kit/job.hpp wants it.
    void step();        // nothing when done
    bool done() const;  // all steps done, or the run stopped being numbers
    std::size_t position() const;
    std::size_t total() const;
    std::string snapshot() const;  // weights, moments, step, knobs, and what was measured last
    void restore(
        std::string_view state);  // FormatError, and nothing is changed, when it does not fit
    // loss, val_loss (NaN: not evaluated at this step), lr, grad_norm, update_ratio,
    // grad_norm.GROUP, update_ratio.GROUP; of the step just done (NaN before the first).
    std::vector<std::pair<std::string, double>> scalars() const;
    // From the next step on: lr_scale (1 at first), lr, min_lr, beta1, beta2, weight_decay, clip,
    // eval_every, steps. ValueError for another knob, or a value out of range.
    void set(std::string_view knob, std::string_view value);

    const TrainerConfig& config() const;  // with the changes made by `set`
    double lr_scale() const;
    const ParameterLayout& layout() const;
    const std::optional<NotFinite>& not_finite() const;

    DecoderWeights weights() const;
    void set_weights(
        const DecoderWeights& weights);  // start from given ones; before the first step
    std::span<const float> flat_weights() const;
    std::span<const float> flat_gradients()
        const;  // of the last step, before clipping; empty before
    std::span<const float> first_moment() const;
    std::span<const float> second_moment() const;

    // The loss over the whole held-out part with the weights as they are; NaN when there is none.
    double validation_loss() const;
    // `count` ids that continue `prompt` by temperature sampling; 0 = the likeliest each time. A
    // context that is full forgets its older half at once: forgetting one id at a time would
    // compute all others anew for each that is written.
    std::vector<int> sample(std::span<const int> prompt, std::size_t count, float temperature,
                            std::uint64_t seed) const;
    // What a picture shows. Computed when asked, from the weights as they are and the last step.
    TrainerSteps steps() const;

   private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// Names the steps for pictures, lessons and export, each with the paragraph that made it.
void record(const TrainerSteps& steps, Trace& out);

}  // namespace orrery::model
