#include "core/tensor/broadcast.hpp"

#include <algorithm>
#include <string>

#include "core/base/error.hpp"

namespace orrery {
namespace {

// Where in a tensor of shape `from` each element of `to` comes from, element after element of `to`.
class Walk {
   public:
    Walk(const Shape& from, const Shape& to) : shape_(to), step_(to.size()), index_(to.size()) {
        std::size_t step = 1;
        for (std::size_t axis = from.size(); axis-- > 0;) {
            const std::size_t at = axis + to.size() - from.size();
            step_[at] = from[axis] == 1 ? 0 : step;  // a repeated axis stands still
            step *= from[axis];
        }
    }
    std::size_t next() {
        const std::size_t now = offset_;
        for (std::size_t axis = shape_.size(); axis-- > 0;) {
            offset_ += step_[axis];
            if (++index_[axis] < shape_[axis]) break;
            offset_ -= step_[axis] * shape_[axis];
            index_[axis] = 0;
        }
        return now;
    }

   private:
    Shape shape_, step_, index_;
    std::size_t offset_ = 0;
};

void require_broadcast(const char* who, const Shape& from, const Shape& to) {
    bool fits = from.size() <= to.size();
    for (std::size_t i = 1; fits && i <= from.size(); ++i)
        fits = from[from.size() - i] == 1 || from[from.size() - i] == to[to.size() - i];
    if (!fits)
        throw ShapeError(std::string(who) + ": shape " + to_string(from) +
                         " does not broadcast to " + to_string(to) +
                         ", wanted lengths that are equal or 1");
}

template <class F>
Tensor combine(const Tensor& a, const Tensor& b, F f) {
    const Shape shape = broadcast_shape(a.shape(), b.shape());
    const Tensor left = broadcast_to(a, shape), right = broadcast_to(b, shape);
    Tensor out(shape);
    const float *x = left.data(), *y = right.data();
    float* to = out.data();
    for (std::size_t i = 0; i < out.size(); ++i) to[i] = f(x[i], y[i]);
    return out;
}

}  // namespace

Shape broadcast_shape(const Shape& a, const Shape& b) {
    Shape shape(std::max(a.size(), b.size()));
    for (std::size_t i = 1; i <= shape.size(); ++i) {
        const std::size_t in_a = i <= a.size() ? a[a.size() - i] : 1;
        const std::size_t in_b = i <= b.size() ? b[b.size() - i] : 1;
        if (in_a != in_b && in_a != 1 && in_b != 1)
            throw ShapeError("broadcast: shapes " + to_string(a) + " and " + to_string(b) +
                             " do not agree, wanted lengths that are equal or 1");
        shape[shape.size() - i] = in_a == 1 ? in_b : in_a;
    }
    return shape;
}

Tensor broadcast_to(const Tensor& x, const Shape& shape) {
    require_broadcast("broadcast_to", x.shape(), shape);
    if (x.shape() == shape) return x;

    //: every place reads the number it stands for
    Tensor out(shape);
    Walk from(x.shape(), shape);
    for (float& v : out.flat()) v = x.data()[from.next()];
    return out;
}

Tensor sum_to(const Tensor& x, const Shape& shape) {
    require_broadcast("sum_to", shape, x.shape());
    if (x.shape() == shape) return x;

    //: every place adds to the number it stood for
    Tensor out(shape);
    Walk to(shape, x.shape());
    float* sums = out.data();
    for (float v : x.flat()) sums[to.next()] += v;
    return out;
}

Tensor add(const Tensor& a, const Tensor& b) {
    return combine(a, b, [](float x, float y) { return x + y; });
}

Tensor multiply(const Tensor& a, const Tensor& b) {
    return combine(a, b, [](float x, float y) { return x * y; });
}

Tensor scaled(const Tensor& x, float factor) {
    Tensor y = x;
    for (float& v : y.flat()) v *= factor;
    return y;
}

BinaryGrads add_backward(const Tensor& dy, const Tensor& a, const Tensor& b) {
    require_shape("add_backward", "dy", dy, broadcast_shape(a.shape(), b.shape()));
    return {sum_to(dy, a.shape()), sum_to(dy, b.shape())};
}

BinaryGrads multiply_backward(const Tensor& dy, const Tensor& a, const Tensor& b) {
    require_shape("multiply_backward", "dy", dy, broadcast_shape(a.shape(), b.shape()));
    return {sum_to(multiply(dy, b), a.shape()), sum_to(multiply(dy, a), b.shape())};
}

}  // namespace orrery
