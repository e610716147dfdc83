// Tensor: float32 numbers in rows, with a shape
//
// Row-major. Cheap to copy: copies share one buffer until one of them is written (copy on write).
// The last axis is the row; every axis before it counts rows. A shape of no axes is one number.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace orrery {

using Shape = std::vector<std::size_t>;

// "[2, 3]"
std::string to_string(const Shape& shape);
// The product of all axes; ValueError when it does not fit in memory.
std::size_t element_count(const Shape& shape);

class Tensor {
   public:
    Tensor();  // shape [], the number 0
    explicit Tensor(Shape shape, float fill = 0.0f);
    Tensor(Shape shape, std::initializer_list<float> values);  // ShapeError when the count differs
    Tensor(Shape shape, std::vector<float> values);            // likewise

    const Shape& shape() const { return shape_; }
    std::size_t rank() const { return shape_.size(); }
    std::size_t size() const { return buffer_->size(); }
    // The length of an axis; negative counts from the back. ShapeError when there is no such axis.
    std::size_t dim(int axis) const;
    std::size_t cols() const { return shape_.empty() ? 1 : shape_.back(); }
    std::size_t rows() const;  // size / cols; 0 when there are no elements and cols is 0

    // Views live as long as the tensor and its shape; a view of a temporary does not compile.
    std::span<const float> flat() const& { return *buffer_; }
    std::span<float> flat() &;
    std::span<const float> flat() && = delete;
    std::span<const float> row(std::size_t i) const&;
    std::span<float> row(std::size_t i) &;
    std::span<const float> row(std::size_t i) && = delete;
    const float* data() const& { return buffer_->data(); }
    float* data() &;
    const float* data() && = delete;

    // One element; ShapeError when the index does not fit the shape.
    float at(std::initializer_list<std::size_t> index) const;
    float& at(std::initializer_list<std::size_t> index);

    // The same numbers under another shape; ShapeError when the counts differ.
    Tensor reshaped(Shape shape) const;
    // Entry i along the first axis, with that axis gone. Copies.
    Tensor slice(std::size_t i) const;
    // Axes a and b of a [..., r, c] tensor swapped: [..., c, r]. Copies.
    Tensor transposed() const;

    // True when both share one buffer or hold the same shape and the same bits.
    bool same_bits(const Tensor& other) const;

   private:
    void detach();
    std::size_t offset(std::initializer_list<std::size_t> index) const;

    Shape shape_;
    std::shared_ptr<std::vector<float>> buffer_;
};

// Throws ShapeError "who: name has shape [..], wanted [..]" unless t has that shape.
void require_shape(const char* who, const char* name, const Tensor& t, const Shape& wanted);

}  // namespace orrery
