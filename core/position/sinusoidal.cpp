#include "core/position/sinusoidal.hpp"

#include <cmath>
#include <string>

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace orrery::position {

SinusoidalSteps sinusoidal_steps(std::size_t n, std::size_t d, float base, std::size_t first) {
    if (d % 2 != 0)
        throw ValueError("sinusoidal: d is " + std::to_string(d) + ", wanted an even number");
    if (!(base > 0.0f))
        throw ValueError("sinusoidal: base is " + number_text(base) + ", wanted above 0");

    SinusoidalSteps s{Tensor({d / 2}), Tensor({n, d / 2}), Tensor({n, d}), {}};
    for (std::size_t i = 0; i < d / 2; ++i) {
        //: each pair of columns has its own wavelength
        const double power = 2.0 * double(i) / double(d);
        const double stretch = std::pow(double(base), power);
        s.wavelength.flat()[i] = float(6.283185307179586 * stretch);

        for (std::size_t p = 0; p < n; ++p) {
            //: how far round it is at this position
            // In double: far positions stay exact.
            const double angle = double(first + p) / stretch;

            //: a point on a circle
            s.angle.row(p)[i] = float(angle);
            s.y.row(p)[2 * i] = float(std::sin(angle));
            s.y.row(p)[2 * i + 1] = float(std::cos(angle));
            s.cost.flops += 4;
            s.cost.bytes += 2 * sizeof(float);
        }
    }
    return s;
}

Tensor sinusoidal(std::size_t n, std::size_t d, float base, std::size_t first) {
    return sinusoidal_steps(n, d, base, first).y;
}

void record(const SinusoidalSteps& s, Trace& out) {
    out.from("position/sinusoidal");
    out.add("wavelength", s.wavelength, "each pair of columns has its own wavelength");
    out.add("angle", s.angle, "how far round it is at this position");
    out.add("y", s.y, "a point on a circle");
    out.cost(s.cost);
}

}  // namespace orrery::position
