#include "core/tensor/linear.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/simd.hpp"
#include "core/tensor/gemm.hpp"

namespace orrery {

// Checks x and weight; gives the shape of y.
static Shape shape_of_y(const char* who, const Tensor& x, const Tensor& weight) {
    if (x.rank() == 0) throw ShapeError(std::string(who) + ": x has no axis, wanted [..., in]");
    if (weight.rank() != 2 || weight.cols() != x.cols())
        throw ShapeError(std::string(who) + ": weight has shape " + to_string(weight.shape()) +
                         ", wanted [out, " + std::to_string(x.cols()) + "]");
    Shape shape = x.shape();
    shape.back() = weight.dim(0);
    return shape;
}

// All axes but the last count rows; unlike Tensor::rows() also when the last is 0 long.
static std::size_t rows_of(const Tensor& t) {
    return element_count(Shape(t.shape().begin(), t.shape().end() - 1));
}

Tensor linear_plain(const Tensor& x, const Tensor& weight, const Tensor& bias) {
    Tensor y(shape_of_y("linear", x, weight));
    require_shape("linear", "bias", bias, {weight.dim(0)});

    for (std::size_t i = 0; i < y.rows(); ++i)
        for (std::size_t j = 0; j < weight.dim(0); ++j) {
            //: one output is a weighted sum of the inputs
            float sum = bias.flat()[j];
            for (std::size_t k = 0; k < x.cols(); ++k) sum += x.row(i)[k] * weight.row(j)[k];
            y.row(i)[j] = sum;
        }
    return y;
}

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
    Tensor y(shape_of_y("linear", x, weight));
    require_shape("linear", "bias", bias, {weight.dim(0)});
    const std::size_t rows = rows_of(x), in = x.cols(), out = y.cols();

    //: start every row at the bias, then add the product
    float* to = y.data();
    for (std::size_t i = 0; i < rows; ++i) std::copy_n(bias.data(), out, to + i * out);
    gemm(Op::plain, Op::transposed, rows, out, in, 1.0f, x.data(), in, weight.data(), in, 1.0f, to,
         out);
    return y;
}

Tensor linear(const Tensor& x, const Tensor& weight) {
    Tensor y(shape_of_y("linear", x, weight));
    gemm(Op::plain, Op::transposed, rows_of(x), y.cols(), x.cols(), 1.0f, x.data(), x.cols(),
         weight.data(), x.cols(), 0.0f, y.data(), y.cols());
    return y;
}

LinearGrads linear_backward(const Tensor& dy, const Tensor& x, const Tensor& weight) {
    require_shape("linear_backward", "dy", dy, shape_of_y("linear_backward", x, weight));
    const std::size_t rows = rows_of(x), in = x.cols(), out = dy.cols();
    LinearGrads g{Tensor(x.shape()), Tensor(weight.shape()), Tensor({out})};

    //: x gets dy back through the same weights
    gemm(Op::plain, Op::plain, rows, in, out, 1.0f, dy.data(), out, weight.data(), in, 0.0f,
         g.dx.data(), in);

    //: a weight gets what flowed through it, over all rows
    gemm(Op::transposed, Op::plain, out, in, rows, 1.0f, dy.data(), out, x.data(), in, 0.0f,
         g.dweight.data(), in);
    float* dbias = g.dbias.data();
    for (std::size_t i = 0; i < rows; ++i)
        simd::map(out, dbias, dy.data() + i * out, dbias,
                  [](simd::Floats sum, simd::Floats d) { return sum + d; });
    return g;
}

}  // namespace orrery
