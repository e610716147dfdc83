#include "core/optim/clip.hpp"

#include <cmath>

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace orrery::optim {

static void require_norm(float max_norm) {
    if (!(max_norm > 0.0f))
        throw ValueError("clip: max_norm is " + number_text(max_norm) + ", wanted above 0");
}

static double sum_of_squares(const Tensor& grad) {
    double sum = 0;
    for (const float g : grad.flat()) sum += double(g) * double(g);
    return sum;
}

// 1 also where the norm is not finite: nothing is scaled then.
static double factor_of(double norm, float max_norm) {
    const bool is_too_long = std::isfinite(norm) && norm > double(max_norm);
    return is_too_long ? double(max_norm) / norm : 1.0;
}

ClipSteps clip_steps(const Tensor& grad, float max_norm) {
    require_norm(max_norm);
    ClipSteps s{Tensor(), Tensor(), Tensor(grad.shape()), {}};

    //: how long it is
    double sum = 0;
    for (const float g : grad.flat()) {
        sum += double(g) * double(g);
        s.cost.flops += 2;
    }
    const double norm = std::sqrt(sum);
    s.norm.flat()[0] = float(norm);

    //: one factor for all, never above 1
    const auto factor = float(factor_of(norm, max_norm));
    s.factor.flat()[0] = factor;

    //: shorter, in the same direction
    for (std::size_t i = 0; i < grad.size(); ++i) {
        s.y.flat()[i] = factor * grad.flat()[i];
        s.cost.flops += 1;
        s.cost.bytes += 2 * sizeof(float);
    }
    return s;
}

void record(const ClipSteps& s, Trace& out) {
    out.from("optim/clip");
    out.add("norm", s.norm, "how long it is");
    out.add("factor", s.factor, "one factor for all, never above 1");
    out.add("y", s.y, "shorter, in the same direction");
    out.cost(s.cost);
}

double clip(std::span<Tensor> grads, float max_norm) {
    require_norm(max_norm);
    double sum = 0;
    for (const Tensor& grad : grads) sum += sum_of_squares(grad);
    const double norm = std::sqrt(sum);
    const auto factor = float(factor_of(norm, max_norm));
    if (factor != 1.0f)
        for (Tensor& grad : grads)
            for (float& g : grad.flat()) g *= factor;
    return norm;
}

Tensor clip_backward(const Tensor& dy, const ClipSteps& steps, const Tensor& grad) {
    require_shape("clip_backward", "dy", dy, grad.shape());
    const float factor = steps.factor.flat()[0];
    if (factor == 1.0f) return dy;

    //: what points along the gradient is lost: its length is fixed
    double along = 0;
    for (std::size_t i = 0; i < dy.size(); ++i)
        along += double(dy.flat()[i]) * double(grad.flat()[i]);
    along /= sum_of_squares(grad);
    Tensor dgrad(grad.shape());
    for (std::size_t i = 0; i < dy.size(); ++i)
        dgrad.flat()[i] = factor * (dy.flat()[i] - float(along) * grad.flat()[i]);
    return dgrad;
}

}  // namespace orrery::optim
