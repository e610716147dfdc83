#include "core/model/diagnosis.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/text.hpp"
#include "core/objective/cross_entropy.hpp"

namespace orrery::model {

std::size_t first_not_finite(std::span<const float> numbers) {
    for (std::size_t i = 0; i < numbers.size(); ++i)
        if (!std::isfinite(numbers[i])) return i;
    return numbers.size();
}

static float largest_magnitude(std::span<const float> numbers) {
    float largest = 0;
    for (float v : numbers)
        if (std::isfinite(v)) largest = std::max(largest, std::abs(v));
    return largest;
}

static bool ends_with(const std::string& text, std::string_view end) {
    return text.size() >= end.size() &&
           text.compare(text.size() - end.size(), end.size(), end) == 0;
}

static NotFinite found_in(const std::string& name, const Tensor& t, NotFinite::Cause cause) {
    NotFinite found;
    found.tensor = name;
    found.index = first_not_finite(t.flat());
    found.value = t.flat()[found.index];
    found.cause = cause;
    return found;
}

static Tensor ids_tensor(const std::vector<int>& ids, const data::Batch& batch) {
    return Tensor({batch.rows, batch.tokens}, std::vector<float>(ids.begin(), ids.end()));
}

std::optional<NotFinite> find_not_finite(const CausalDecoderConfig& config,
                                         const DecoderWeights& weights, const data::Batch& batch) {
    //: a weight that is no number makes everything after it none
    for (const auto& [name, tensor] : weights.list)
        if (first_not_finite(tensor.flat()) < tensor.size())
            return found_in(name, tensor, NotFinite::Cause::weights);

    //: the stages of the forward pass, in the order they were computed
    const auto steps = causal_decoder_steps(config, weights, ids_tensor(batch.x, batch));
    Trace trace;
    record(steps, trace);
    const Entry* before = nullptr;
    for (const auto& entry : trace.entries()) {
        if (ends_with(entry.name, ".masked") || ends_with(entry.name, ".allowed"))
            continue;  // minus infinity is what a mask is made of
        if (first_not_finite(entry.tensor.flat()) < entry.tensor.size()) {
            auto cause = NotFinite::Cause::overflow;
            if (ends_with(entry.name, ".weights")) cause = NotFinite::Cause::exp_of_inf;
            if (ends_with(entry.name, ".variance")) cause = NotFinite::Cause::norm_overflow;
            auto found = found_in(entry.name, entry.tensor, cause);
            if (before) {
                found.before = before->name;
                found.before_largest = largest_magnitude(before->tensor.flat());
            }
            return found;
        }
        before = &entry;
    }

    //: the loss, and then the gradients from the last weight to the first
    const Tensor target = ids_tensor(batch.y, batch);
    const auto loss = objective::cross_entropy_steps(steps.logits, target);
    if (!std::isfinite(loss.loss.flat()[0])) {
        auto found = found_in("loss", loss.loss, NotFinite::Cause::loss);
        found.before = "logits";
        found.before_largest = largest_magnitude(steps.logits.flat());
        return found;
    }
    const auto grads = causal_decoder_backward(
        objective::cross_entropy_backward(1.0f, loss, target), steps, config, weights);
    for (auto it = grads.list.rbegin(); it != grads.list.rend(); ++it)
        if (first_not_finite(it->tensor.flat()) < it->tensor.size()) {
            auto found =
                found_in("gradient of " + it->name, it->tensor, NotFinite::Cause::gradient);
            found.before = it->name;
            found.before_largest = largest_magnitude(weights[it->name].flat());
            return found;
        }
    return std::nullopt;
}

std::string explain(const NotFinite& f, double update_ratio) {
    const std::string value = std::isnan(f.value) ? "NaN" : f.value > 0 ? "infinite" : "-infinite";
    const std::string largest = number_text(f.before_largest, 3);
    std::string why =
        "step " + std::to_string(f.step) + ": " + f.tensor + " is " + value + " first: ";
    switch (f.cause) {
        case NotFinite::Cause::weights:
            why += "a weight was no number already before this step";
            break;
        case NotFinite::Cause::overflow:
            why += "numbers as large as " + largest + " in " + f.before +
                   " make sums above 3.4e38, the largest float";
            break;
        case NotFinite::Cause::exp_of_inf:
            why +=
                "softmax subtracts the largest score of a row, and infinity less infinity is no "
                "number (scores up to " +
                largest + ")";
            break;
        case NotFinite::Cause::norm_overflow:
            why += "the norm squares numbers as large as " + largest +
                   ", and their squares are above 3.4e38, the largest float";
            break;
        case NotFinite::Cause::loss:
            why += "the logits are as large as " + largest +
                   ", so that the difference of two of them is above the largest float";
            break;
        case NotFinite::Cause::gradient:
            why +=
                "forward all is finite, but on the way back a product went above 3.4e38, the "
                "largest float";
            break;
        case NotFinite::Cause::update:
            why += "the update itself went above the largest float, with a learning rate of " +
                   number_text(f.lr, 3);
            break;
    }

    //: a healthy step moves a weight by about a thousandth of its size
    if (std::isfinite(update_ratio) && update_ratio > 0.1)
        why += "; the step before changed the weights by " + number_text(100 * update_ratio, 3) +
               "% of their size (0.1% is usual): the learning rate, " + number_text(f.lr, 3) +
               ", is too large";
    return why;
}

}  // namespace orrery::model
