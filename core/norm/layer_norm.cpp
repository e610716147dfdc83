#include "core/norm/layer_norm.hpp"

#include <cmath>

#include "core/base/error.hpp"

namespace orrery::norm {

static Shape one_per_row(const Tensor& x) {
    Shape shape = x.shape();
    shape.back() = 1;
    return shape;
}

static Cost forward_cost(const Tensor& x) {
    const double rows = double(x.rows()), d = double(x.cols());
    // read x, gain and bias; write centred, unit and y, and three numbers a row
    return {rows * (7 * d + 5), sizeof(float) * (rows * (4 * d + 3) + 2 * d)};
}

LayerNormSteps layer_norm_steps(const Tensor& x, const Tensor& gain, const Tensor& bias,
                                float eps) {
    if (x.rank() == 0) throw ShapeError("layer_norm: x has no axis, wanted [..., d]");
    if (x.cols() == 0)
        throw ShapeError("layer_norm: x has shape " + to_string(x.shape()) +
                         ", wanted rows of 1 or more");
    if (!(eps >= 0.0f))
        throw ValueError("layer_norm: eps is " + std::to_string(eps) + ", wanted 0 or more");
    require_shape("layer_norm", "gain", gain, {x.cols()});
    require_shape("layer_norm", "bias", bias, {x.cols()});

    const std::size_t d = x.cols();
    LayerNormSteps s{Tensor(one_per_row(x)), Tensor(x.shape()), Tensor(one_per_row(x)),
                     Tensor(one_per_row(x)), Tensor(x.shape()), Tensor(x.shape()),
                     forward_cost(x)};

    for (std::size_t i = 0; i < x.rows(); ++i) {
        const auto row = x.row(i);
        const auto centred = s.centred.row(i), unit = s.unit.row(i), y = s.y.row(i);

        //: the middle of the row
        float sum = 0.0f;
        for (float v : row) sum += v;
        const float mean = sum / float(d);

        //: move the middle to 0
        for (std::size_t j = 0; j < d; ++j) {
            centred[j] = row[j] - mean;
        }

        //: how far from it, on average
        float squares = 0.0f;
        for (float v : centred) squares += v * v;
        const float variance = squares / float(d);

        //: make that distance 1
        const float inv_std = 1.0f / std::sqrt(variance + eps);
        for (std::size_t j = 0; j < d; ++j) {
            unit[j] = centred[j] * inv_std;
        }

        //: stretch and shift each column as learned
        for (std::size_t j = 0; j < d; ++j) {
            y[j] = gain.flat()[j] * unit[j] + bias.flat()[j];
        }

        //: one number of each kind for the row
        s.mean.row(i)[0] = mean;
        s.variance.row(i)[0] = variance;
        s.inv_std.row(i)[0] = inv_std;
    }
    return s;
}

Tensor layer_norm(const Tensor& x, const Tensor& gain, const Tensor& bias, float eps) {
    return layer_norm_steps(x, gain, bias, eps).y;
}

void record(const LayerNormSteps& s, Trace& out) {
    out.from("norm/layer_norm");
    out.add("mean", s.mean, "the middle of the row");
    out.add("centred", s.centred, "move the middle to 0");
    out.add("variance", s.variance, "how far from it, on average");
    out.add("inv_std", s.inv_std, "make that distance 1");
    out.add("unit", s.unit, "make that distance 1");
    out.add("y", s.y, "stretch and shift each column as learned");
    out.cost(s.cost);
}

LayerNormGrads layer_norm_backward(const Tensor& dy, const LayerNormSteps& steps,
                                   const Tensor& gain) {
    require_shape("layer_norm_backward", "dy", dy, steps.y.shape());
    require_shape("layer_norm_backward", "gain", gain, {steps.y.cols()});

    const std::size_t d = dy.cols();
    const Shape one = steps.inv_std.shape();
    LayerNormGrads g{Tensor(dy.shape()), Tensor({d}), Tensor({d}), Tensor(one), Tensor(one)};
    const auto dgain = g.dgain.flat(), dbias = g.dbias.flat();

    for (std::size_t i = 0; i < dy.rows(); ++i) {
        const auto grad = dy.row(i), unit = steps.unit.row(i);
        const auto dx = g.dx.row(i);
        const float inv_std = steps.inv_std.row(i)[0];

        //: how much of it would only shift the row, how much stretch it
        float shift = 0.0f, stretch = 0.0f;
        for (std::size_t j = 0; j < d; ++j) {
            const float dunit = grad[j] * gain.flat()[j];
            shift += dunit;
            stretch += dunit * unit[j];
        }
        shift /= float(d);
        stretch /= float(d);
        g.shift.row(i)[0] = shift;
        g.stretch.row(i)[0] = stretch;

        //: take both out: LayerNorm undoes them anyway
        for (std::size_t j = 0; j < d; ++j) {
            const float dunit = grad[j] * gain.flat()[j];
            dx[j] = inv_std * (dunit - shift - unit[j] * stretch);
        }

        //: every row pulls at the same gain and bias
        for (std::size_t j = 0; j < d; ++j) {
            dgain[j] += grad[j] * unit[j];
            dbias[j] += grad[j];
        }
    }
    return g;
}

void record(const LayerNormGrads& g, Trace& out) {
    out.from("norm/layer_norm");
    out.add("shift", g.shift, "how much of it would only shift the row, how much stretch it");
    out.add("stretch", g.stretch, "how much of it would only shift the row, how much stretch it");
    out.add("dx", g.dx, "take both out: LayerNorm undoes them anyway");
    out.add("dgain", g.dgain, "every row pulls at the same gain and bias");
    out.add("dbias", g.dbias, "every row pulls at the same gain and bias");
}

}  // namespace orrery::norm
