// Sinusoidal positions: run from the command line; no picture yet
#include "core/position/sinusoidal.hpp"

#include "viz/kit/panel.hpp"

namespace orrery::viz {
namespace {

void declare(Declaration& d) {
    d.knob("n", 16, 1, 128);
    d.knob("pairs", 4, 1, 64);
    d.knob("base", position::sinusoidal_base, 2.0f, 1e6f, Scale::log);
    d.knob("first", 0, 0, 100000);

    d.output("y");
    d.parts("wavelength", "angle", "y");

    d.fact("longest_wave", [](const Trace& t, const Knobs&) -> FactValue {
        return double(t["wavelength"].flat().back());
    });
    // The product of the first row with the last: the same for every first position.
    d.fact("product", [](const Trace& t, const Knobs&) -> FactValue {
        const Tensor& y = t["y"];
        double sum = 0;
        for (std::size_t j = 0; j < y.cols(); ++j)
            sum += double(y.row(0)[j]) * double(y.row(y.rows() - 1)[j]);
        return sum;
    });
}

void compute(const Knobs& k, const Inputs&, Trace& out) {
    record(position::sinusoidal_steps(k.size("n"), 2 * k.size("pairs"), k.real("base"),
                                      k.size("first")),
           out);
}

}  // namespace

Panel make_position_sinusoidal_panel() { return {declare, compute, nullptr}; }

}  // namespace orrery::viz
