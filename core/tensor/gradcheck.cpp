#include "core/tensor/gradcheck.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/random.hpp"

namespace orrery {

Tensor probe_weights(const Shape& shape) {
    Tensor weights(shape);
    Random random(1, "gradcheck");
    for (float& w : weights.flat()) {
        w = 0.5f + random.uniform();
        if (random.bits() & 1u) w = -w;
    }
    return weights;
}

Tensor measured_slopes(const std::function<Tensor(const Tensor&)>& f, const Tensor& x,
                       double step) {
    Tensor moved = x, slopes(x.shape());
    const Tensor weights = probe_weights(f(x).shape());

    //: one number from all outputs, in double
    const auto loss = [&] {
        const Tensor y = f(moved);
        double sum = 0;
        for (std::size_t i = 0; i < y.size(); ++i)
            sum += double(y.flat()[i]) * double(weights.flat()[i]);
        return sum;
    };

    //: the slope between two points either side, h apart as floats have it
    const auto slope_over = [&](std::size_t i, double h) {
        const float here = x.flat()[i], right = float(here + h), left = float(here - h);
        moved.flat()[i] = right;
        const double up = loss();
        moved.flat()[i] = left;
        const double down = loss();
        moved.flat()[i] = here;
        return (up - down) / (double(right) - double(left));
    };

    for (std::size_t i = 0; i < x.size(); ++i)
        slopes.flat()[i] = float((4 * slope_over(i, step / 2) - slope_over(i, step)) / 3);
    return slopes;
}

double gradient_error(const std::function<Tensor(const Tensor&)>& f, const Tensor& x,
                      const Tensor& dx, double step) {
    require_shape("gradient_error", "dx", dx, x.shape());
    const Tensor slopes = measured_slopes(f, x, step);
    double largest = 0.1, difference = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double measured = slopes.flat()[i], given = dx.flat()[i];
        if (!std::isfinite(measured) || !std::isfinite(given))
            return std::numeric_limits<double>::infinity();
        largest = std::max(largest, std::abs(measured));
        difference = std::max(difference, std::abs(measured - given));
    }
    return difference / largest;
}

}  // namespace orrery
