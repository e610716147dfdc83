#include "core/tensor/tensor.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "core/base/error.hpp"

namespace orrery {

std::string to_string(const Shape& shape) {
    std::string text = "[";
    for (std::size_t i = 0; i < shape.size(); ++i)
        text += (i ? ", " : "") + std::to_string(shape[i]);
    return text + "]";
}

std::size_t element_count(const Shape& shape) {
    std::size_t count = 1;
    for (std::size_t axis : shape) {
        if (axis != 0 && count > std::numeric_limits<std::ptrdiff_t>::max() / 4 / axis)
            throw ValueError("tensor: shape " + to_string(shape) + " is larger than memory");
        count *= axis;
    }
    return count;
}

Tensor::Tensor() : buffer_(std::make_shared<std::vector<float>>(1)) {}

Tensor::Tensor(Shape shape, float fill)
    : shape_(std::move(shape)),
      buffer_(std::make_shared<std::vector<float>>(element_count(shape_), fill)) {}

Tensor::Tensor(Shape shape, std::initializer_list<float> values)
    : Tensor(std::move(shape), std::vector<float>(values)) {}

Tensor::Tensor(Shape shape, std::vector<float> values)
    : shape_(std::move(shape)), buffer_(std::make_shared<std::vector<float>>(std::move(values))) {
    if (buffer_->size() != element_count(shape_))
        throw ShapeError("tensor: " + std::to_string(buffer_->size()) + " values for shape " +
                         to_string(shape_) + ", wanted " + std::to_string(element_count(shape_)));
}

std::size_t Tensor::dim(int axis) const {
    const int at = axis < 0 ? axis + int(rank()) : axis;
    if (at < 0 || at >= int(rank()))
        throw ShapeError("tensor: shape " + to_string(shape_) + " has no axis " +
                         std::to_string(axis));
    return shape_[std::size_t(at)];
}

std::size_t Tensor::rows() const { return cols() == 0 ? 0 : size() / cols(); }

void Tensor::detach() {
    if (buffer_.use_count() != 1) buffer_ = std::make_shared<std::vector<float>>(*buffer_);
}

std::span<float> Tensor::flat() & {
    detach();
    return *buffer_;
}

float* Tensor::data() & {
    detach();
    return buffer_->data();
}

std::span<const float> Tensor::row(std::size_t i) const& {
    return {buffer_->data() + i * cols(), cols()};
}

std::span<float> Tensor::row(std::size_t i) & {
    detach();
    return {buffer_->data() + i * cols(), cols()};
}

std::size_t Tensor::offset(std::initializer_list<std::size_t> index) const {
    bool fits = index.size() == rank();
    std::size_t at = 0, axis = 0;
    for (std::size_t i : index) {
        if (!fits) break;
        fits = i < shape_[axis];
        at = at * shape_[axis++] + i;
    }
    if (!fits)
        throw ShapeError("tensor: index " + to_string(Shape(index)) + " is outside shape " +
                         to_string(shape_));
    return at;
}

float Tensor::at(std::initializer_list<std::size_t> index) const {
    return (*buffer_)[offset(index)];
}

float& Tensor::at(std::initializer_list<std::size_t> index) {
    detach();
    return (*buffer_)[offset(index)];
}

Tensor Tensor::reshaped(Shape shape) const {
    if (element_count(shape) != size())
        throw ShapeError("reshape: " + to_string(shape_) + " has " + std::to_string(size()) +
                         " elements, " + to_string(shape) + " wants " +
                         std::to_string(element_count(shape)));
    Tensor out = *this;
    out.shape_ = std::move(shape);
    return out;
}

Tensor Tensor::slice(std::size_t i) const {
    if (rank() == 0 || i >= shape_[0])
        throw ShapeError("slice: no entry " + std::to_string(i) + " in shape " + to_string(shape_));
    const std::size_t step = size() / shape_[0];
    const auto begin = buffer_->begin() + std::ptrdiff_t(i * step);
    return Tensor(Shape(shape_.begin() + 1, shape_.end()),
                  std::vector<float>(begin, begin + std::ptrdiff_t(step)));
}

Tensor Tensor::transposed() const {
    if (rank() < 2)
        throw ShapeError("transpose: shape " + to_string(shape_) + ", wanted 2 axes or more");
    const std::size_t r = shape_[rank() - 2], c = shape_[rank() - 1];
    Shape swapped = shape_;
    std::swap(swapped[rank() - 2], swapped[rank() - 1]);
    Tensor out(swapped);
    float* to = out.data();
    const std::size_t step = r * c, count = step == 0 ? 0 : size() / step;
    for (std::size_t m = 0; m < count; ++m)
        for (std::size_t i = 0; i < r; ++i)
            for (std::size_t j = 0; j < c; ++j)
                to[m * step + j * r + i] = (*buffer_)[m * step + i * c + j];
    return out;
}

bool Tensor::same_bits(const Tensor& other) const {
    if (shape_ != other.shape_) return false;
    return buffer_ == other.buffer_ || size() == 0 ||
           std::memcmp(buffer_->data(), other.buffer_->data(), size() * sizeof(float)) == 0;
}

void require_shape(const char* who, const char* name, const Tensor& t, const Shape& wanted) {
    if (t.shape() != wanted)
        throw ShapeError(std::string(who) + ": " + name + " has shape " + to_string(t.shape()) +
                         ", wanted " + to_string(wanted));
}

}  // namespace orrery
