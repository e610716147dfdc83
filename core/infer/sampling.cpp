#include "core/infer/sampling.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/random.hpp"
#include "core/base/text.hpp"

namespace orrery::infer {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

void require(const Tensor& logits, const SamplingConfig& config, float u) {
    if (logits.rank() != 1 || logits.size() == 0)
        throw ValueError("sampling: logits has shape " + to_string(logits.shape()) +
                         ", wanted [V] with at least one id");
    if (!(config.temperature >= 0.0f))
        throw ValueError("sampling: temperature is " + number_text(config.temperature) +
                         ", wanted 0 or more");
    if (!(config.top_p >= 0.0f && config.top_p <= 1.0f))
        throw ValueError("sampling: top_p is " + number_text(config.top_p) + ", wanted 0 to 1");
    if (!(u >= 0.0f && u < 1.0f))
        throw ValueError("sampling: u is " + number_text(u) + ", wanted 0 or more and less than 1");
    const auto flat = logits.flat();
    for (std::size_t i = 0; i < flat.size(); ++i)
        if (std::isnan(flat[i]))
            throw ValueError("sampling: logit " + std::to_string(i) +
                             " is NaN, wanted a number: the model is broken");
    if (*std::max_element(flat.begin(), flat.end()) == -infinity)
        throw ValueError("sampling: all logits are minus infinity, wanted one that is possible");
}

// (logit - largest) / temperature with the ends of both ranges said out loud.
float scale(float logit, float largest, float temperature) {
    if (logit == largest) return 0.0f;         // also where both are infinite
    if (logit == -infinity) return -infinity;  // impossible stays so at any temperature
    if (temperature == infinity) return largest == infinity ? -infinity : 0.0f;
    return (logit - largest) / temperature;
}

}  // namespace

SamplingSteps sampling_steps(const Tensor& logits, const SamplingConfig& config, float u) {
    require(logits, config, u);
    const std::size_t V = logits.size();
    const auto l = logits.flat();
    SamplingSteps s{
        Tensor({V}), Tensor({V}), Tensor({V}), Tensor({V}), Tensor({V}), Tensor({V}), u};
    const auto scaled = s.scaled.flat(), p = s.probabilities.flat(), kept = s.kept.flat();
    const auto drawn = s.drawn.flat(), running = s.running.flat();

    //: temperature
    const std::size_t best = std::size_t(std::max_element(l.begin(), l.end()) - l.begin());
    for (std::size_t i = 0; i < V; ++i) {
        const bool is_greedy = config.temperature == 0.0f;
        scaled[i] =
            is_greedy ? (i == best ? 0.0f : -infinity) : scale(l[i], l[best], config.temperature);
    }

    //: softmax
    double sum = 0.0;
    for (std::size_t i = 0; i < V; ++i) {
        sum += std::exp(double(scaled[i]));
    }
    for (std::size_t i = 0; i < V; ++i) {
        p[i] = float(std::exp(double(scaled[i])) / sum);
    }

    //: from the likeliest down
    std::vector<std::size_t> order(V);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return scaled[a] > scaled[b]; });
    for (std::size_t i = 0; i < V; ++i) s.order.flat()[i] = float(order[i]);

    //: top-k
    const std::size_t k = config.top_k == 0 ? V : std::min(config.top_k, V);
    double mass = 0.0;
    for (std::size_t i = 0; i < k; ++i) mass += p[order[i]];

    //: top-p: of these, the fewest whose share reaches it
    const double top_p = double(config.top_p);
    const bool all = top_p == 1.0;
    std::size_t count = 0;
    double share = 0.0;
    while (count < k && (count == 0 || all || share < top_p)) {
        share += p[order[count]] / mass;
        kept[order[count]] = 1.0f;
        ++count;
    }

    //: share out again among those kept
    for (std::size_t i = 0; i < V; ++i)
        drawn[i] = kept[i] > 0.0f ? float(p[i] / (share * mass)) : 0.0f;

    //: the first id whose running sum is above the draw
    double reached = 0.0;
    s.token = int(order[0]);
    bool found = false;
    for (std::size_t i = 0; i < V; ++i) {
        const std::size_t id = order[i];
        reached += drawn[id];
        running[id] = float(reached);
        // rounding may leave the sum short of u
        if (drawn[id] > 0.0f && !found) s.token = int(id);
        found = found || reached > double(u);
    }
    return s;
}

int sampling(std::span<const float> logits, const SamplingConfig& config, std::uint64_t seed,
             std::uint64_t step) {
    const float u = Random(seed, "sample", step).uniform();
    const Tensor row({logits.size()}, std::vector<float>(logits.begin(), logits.end()));
    return sampling_steps(row, config, u).token;
}

void record(const SamplingSteps& s, Trace& out) {
    out.from("infer/sampling");
    out.add("scaled", s.scaled, "temperature");
    out.add("probabilities", s.probabilities, "softmax");
    out.add("order", s.order, "from the likeliest down", Kind::index);
    out.add("kept", s.kept, "top-p: of these, the fewest whose share reaches it", Kind::boolean);
    out.add("drawn", s.drawn, "share out again among those kept");
    out.add("running", s.running, "the first id whose running sum is above the draw");
    out.add("u", Tensor({1}, {s.u}), "the first id whose running sum is above the draw");
    out.add("token", Tensor({1}, {float(s.token)}),
            "the first id whose running sum is above the draw", Kind::index);
}

Tensor sampling_backward(const Tensor& dy, const SamplingSteps& steps,
                         const SamplingConfig& config) {
    require_shape("sampling_backward", "dy", dy, steps.drawn.shape());
    Tensor dlogits(dy.shape());
    if (config.temperature == 0.0f) return dlogits;
    const auto drawn = steps.drawn.flat(), g = dy.flat();

    //: softmax over those kept, then the temperature
    double along = 0.0;
    for (std::size_t i = 0; i < g.size(); ++i)
        if (drawn[i] > 0.0f) along += double(g[i]) * drawn[i];
    for (std::size_t i = 0; i < g.size(); ++i)
        dlogits.flat()[i] =
            drawn[i] > 0.0f ? float(drawn[i] * (g[i] - along) / config.temperature) : 0.0f;
    return dlogits;
}

}  // namespace orrery::infer
