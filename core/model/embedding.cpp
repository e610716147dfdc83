#include "core/model/embedding.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/error.hpp"

namespace orrery::model {

static std::size_t row_of(float id, std::size_t vocab_size) {
    if (!(id >= 0.0f && id < float(vocab_size)) || id != std::floor(id))
        throw ValueError("embedding: an id is " + std::to_string(id) +
                         ", wanted a whole number from 0 to " + std::to_string(vocab_size - 1));
    return std::size_t(id);
}

EmbeddingSteps embedding_steps(const Tensor& table, const Tensor& ids) {
    if (table.rank() != 2)
        throw ShapeError("embedding: table has shape " + to_string(table.shape()) +
                         ", wanted [V, d]");
    Shape shape = ids.shape();
    shape.push_back(table.cols());
    EmbeddingSteps s{ids, Tensor(shape), {}};
    const std::size_t V = table.rows(), d = table.cols();
    for (float id : ids.flat()) row_of(id, V);

    //: each token's row, copied
    float* y = s.y.data();
    for (std::size_t i = 0; i < ids.size(); ++i) {
        const auto row = table.row(row_of(ids.flat()[i], V));
        std::copy(row.begin(), row.end(), y + i * d);
    }
    s.cost = {0.0, 8.0 * double(s.y.size())};
    return s;
}

Tensor embedding(const Tensor& table, const Tensor& ids) { return embedding_steps(table, ids).y; }

void record(const EmbeddingSteps& s, Trace& out) {
    out.from("model/embedding");
    out.add("ids", s.ids, "each token's row, copied", Kind::index);
    out.add("y", s.y, "each token's row, copied");
    out.cost(s.cost);
}

Tensor embedding_backward(const Tensor& dy, const Tensor& ids, std::size_t vocab_size) {
    Shape wanted = ids.shape();
    wanted.push_back(dy.rank() == 0 ? 0 : dy.cols());
    require_shape("embedding_backward", "dy", dy, wanted);
    const std::size_t d = dy.cols();
    for (float id : ids.flat()) row_of(id, vocab_size);

    //: each token blames its own row
    Tensor dtable({vocab_size, d});
    float* to = dtable.data();
    for (std::size_t i = 0; i < ids.size(); ++i) {
        const auto row = row_of(ids.flat()[i], vocab_size);
        for (std::size_t j = 0; j < d; ++j) {
            to[row * d + j] += dy.data()[i * d + j];
        }
    }
    return dtable;
}

}  // namespace orrery::model
