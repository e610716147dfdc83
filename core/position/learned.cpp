#include "core/position/learned.hpp"

#include <string>

#include "core/base/error.hpp"

namespace orrery::position {

static void require_places(const char* who, const char* name, const Tensor& x, const Tensor& table,
                           std::size_t first) {
    if (table.rank() != 2)
        throw ShapeError(std::string(who) + ": table has shape " + to_string(table.shape()) +
                         ", wanted [n_max, d]");
    if (x.rank() < 2 || x.cols() != table.cols())
        throw ShapeError(std::string(who) + ": " + name + " has shape " + to_string(x.shape()) +
                         ", wanted [..., n, " + std::to_string(table.cols()) + "]");
    const std::size_t places = table.dim(0), n = x.dim(-2);
    if (first > places || n > places - first)
        throw ValueError(std::string(who) + ": place " + std::to_string(first + n - 1) +
                         " has no row, wanted places below n_max = " + std::to_string(places));
}

LearnedSteps learned_steps(const Tensor& x, const Tensor& table, std::size_t first) {
    require_places("learned", "x", x, table, first);
    const std::size_t n = x.dim(-2), d = x.cols();
    LearnedSteps s{Tensor({n, d}), Tensor(x.shape()), {}};

    //: the rows of these places
    for (std::size_t p = 0; p < n; ++p)
        for (std::size_t j = 0; j < d; ++j) s.rows.row(p)[j] = table.row(first + p)[j];

    //: each token gets the row of its place added
    for (std::size_t i = 0; i < x.rows(); ++i)
        for (std::size_t j = 0; j < d; ++j) {
            s.y.row(i)[j] = x.row(i)[j] + s.rows.row(i % n)[j];
            s.cost.flops += 1;
            s.cost.bytes += 3 * sizeof(float);
        }
    return s;
}

Tensor learned(const Tensor& x, const Tensor& table, std::size_t first) {
    return learned_steps(x, table, first).y;
}

void record(const LearnedSteps& s, Trace& out) {
    out.from("position/learned");
    out.add("rows", s.rows, "the rows of these places");
    out.add("y", s.y, "each token gets the row of its place added");
    out.cost(s.cost);
}

LearnedGrads learned_backward(const Tensor& dy, const Tensor& table, std::size_t first) {
    require_places("learned_backward", "dy", dy, table, first);
    const std::size_t n = dy.dim(-2);
    LearnedGrads g{dy, Tensor(table.shape())};

    //: a row learns from every token that stood at its place
    for (std::size_t i = 0; i < dy.rows(); ++i)
        for (std::size_t j = 0; j < dy.cols(); ++j) g.dtable.row(first + i % n)[j] += dy.row(i)[j];
    return g;
}

}  // namespace orrery::position
