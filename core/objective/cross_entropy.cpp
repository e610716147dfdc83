#include "core/objective/cross_entropy.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/parallel.hpp"
#include "core/base/text.hpp"
#include "core/base/vecmath.hpp"

namespace orrery::objective {

static void require_targets(const char* who, const Tensor& logits, const Tensor& target) {
    if (logits.rank() == 0)
        throw ShapeError(std::string(who) + ": logits has no axis, wanted [..., V]");
    require_shape(who, "target", target, Shape(logits.shape().begin(), logits.shape().end() - 1));
    const auto vocabulary = float(logits.cols());
    for (const float t : target.flat())
        if (t != ignore && !(t >= 0.0f && t < vocabulary && t == std::floor(t)))
            throw ValueError(std::string(who) + ": a target is " + number_text(t) +
                             ", wanted -1 or a whole number below " +
                             std::to_string(logits.cols()));
}

CrossEntropySteps cross_entropy_steps(const Tensor& logits, const Tensor& target) {
    require_targets("cross_entropy", logits, target);
    const Tensor per_row(target.shape());
    CrossEntropySteps s{per_row, per_row, Tensor(logits.shape()), per_row, Tensor(), Tensor(), {}};
    double nats = 0, counted = 0;

    for (std::size_t i = 0; i < target.size(); ++i) {
        const auto row = logits.row(i);

        //: the largest logit
        float largest = -std::numeric_limits<float>::infinity();
        for (const float v : row) largest = v > largest ? v : largest;

        //: the log of the sum of exp
        float sum = 0.0f;
        for (const float v : row) sum += std::exp(v - largest);
        const float log_total = largest + std::log(sum);

        //: probabilities
        for (std::size_t j = 0; j < row.size(); ++j)
            s.probabilities.row(i)[j] = std::exp(row[j] - log_total);
        s.largest.flat()[i] = largest;
        s.log_total.flat()[i] = log_total;

        //: surprise at the target
        const float wanted = target.flat()[i];
        if (wanted == ignore) continue;
        // Both taken relative to the largest, where the digits are.
        const float score = row[std::size_t(wanted)] - largest;
        s.nats.flat()[i] = std::log(sum) - score;
        nats += double(s.nats.flat()[i]);
        counted += 1;
        s.cost.flops += 4.0 * double(row.size()) + 4;
        s.cost.bytes += 8.0 * double(row.size());
    }

    //: the mean over the counted
    s.counted.flat()[0] = float(counted);
    s.loss.flat()[0] = counted == 0 ? 0.0f : float(nats / counted);
    return s;
}

void record(const CrossEntropySteps& s, Trace& out) {
    out.from("objective/cross_entropy");
    out.add("largest", s.largest, "the largest logit");
    out.add("log_total", s.log_total, "the log of the sum of exp");
    out.add("probabilities", s.probabilities, "probabilities");
    out.add("nats", s.nats, "surprise at the target");
    out.add("counted", s.counted, "the mean over the counted");
    out.add("loss", s.loss, "the mean over the counted");
    out.cost(s.cost);
}

// Adds up exp(row - largest) a piece at a time, keeping no row of its own.
static float sum_of_exps(std::span<const float> row, float largest) {
    float piece[256], sum = 0.0f;
    for (std::size_t at = 0; at < row.size(); at += 256) {
        const std::size_t n = std::min<std::size_t>(256, row.size() - at);
        sum += exp_and_sum(row.subspan(at, n), largest, {piece, n});
    }
    return sum;
}

float log_total_of(std::span<const float> logits) {
    const float largest = largest_of(logits);
    return largest + std::log(sum_of_exps(logits, largest));
}

double cross_entropy(const Tensor& logits, const Tensor& target) {
    require_targets("cross_entropy", logits, target);
    std::vector<double> nats(target.size());
    parallel_for(target.size(), 16, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            const float wanted = target.flat()[i];
            if (wanted == ignore) continue;
            const auto row = logits.row(i);
            const float largest = largest_of(row);
            nats[i] =
                double(std::log(sum_of_exps(row, largest)) - (row[std::size_t(wanted)] - largest));
        }
    });
    double total = 0, counted = 0;
    for (std::size_t i = 0; i < nats.size(); ++i)
        if (target.flat()[i] != ignore) total += nats[i], counted += 1;
    return counted == 0 ? 0.0 : total / counted;
}

Tensor cross_entropy_backward(float dloss, const CrossEntropySteps& steps, const Tensor& target) {
    require_targets("cross_entropy_backward", steps.probabilities, target);
    Tensor dlogits(steps.probabilities.shape());
    const float counted = steps.counted.flat()[0];

    for (std::size_t i = 0; i < target.size(); ++i) {
        const float wanted = target.flat()[i];
        if (wanted == ignore) continue;

        //: what the model believed, less what was true
        const auto row = dlogits.row(i);
        for (std::size_t j = 0; j < row.size(); ++j) {
            const float truth = j == std::size_t(wanted) ? 1.0f : 0.0f;
            const float believed = steps.probabilities.row(i)[j];
            row[j] = (believed - truth) * dloss / counted;
        }
    }
    return dlogits;
}

}  // namespace orrery::objective
