#include "core/tensor/matmul.hpp"

#include "core/base/error.hpp"
#include "core/base/parallel.hpp"
#include "core/tensor/gemm.hpp"

namespace orrery {
namespace {

// What one call multiplies: `count` products of [n, k] with [k, m].
struct Plan {
    std::size_t count, n, k, m;
    bool shared_b;  // one b for all
    Shape out;
};

Plan plan(const char* who, const Tensor& a, Op op_a, const Tensor& b, Op op_b) {
    const auto fail = [&](const std::string& wanted) {
        throw ShapeError(std::string(who) + ": a has shape " + to_string(a.shape()) + " and b " +
                         to_string(b.shape()) + ", wanted " + wanted);
    };
    if (a.rank() < 2 || b.rank() < 2) fail("two axes or more");

    Plan p;
    p.n = a.dim(op_a == Op::plain ? -2 : -1);
    p.k = a.dim(op_a == Op::plain ? -1 : -2);
    p.m = b.dim(op_b == Op::plain ? -1 : -2);
    if (b.dim(op_b == Op::plain ? -2 : -1) != p.k) fail("equal inner lengths");

    const Shape leading(a.shape().begin(), a.shape().end() - 2);
    p.shared_b = b.rank() == 2;
    if (!p.shared_b && Shape(b.shape().begin(), b.shape().end() - 2) != leading)
        fail("equal leading axes, or two axes in b");

    p.count = element_count(leading);
    p.out = leading;
    p.out.insert(p.out.end(), {p.n, p.m});
    return p;
}

// c = op(a) op(b) for every product of the plan.
Tensor multiply(const char* who, const Tensor& a, Op op_a, const Tensor& b, Op op_b) {
    const Plan p = plan(who, a, op_a, b, op_b);
    Tensor c(p.out);
    float* out = c.data();
    if (c.size() == 0) return c;

    //: a shared b makes one tall product of them all
    if (p.shared_b && op_a == Op::plain) {
        gemm(op_a, op_b, p.count * p.n, p.m, p.k, 1.0f, a.data(), p.k, b.data(), b.cols(), 0.0f,
             out, p.m);
        return c;
    }

    //: one product after another
    const auto one = [&](std::size_t i, auto product) {
        product(op_a, op_b, p.n, p.m, p.k, 1.0f, a.data() + i * p.n * p.k, a.cols(),
                b.data() + (p.shared_b ? 0 : i * p.k * p.m), b.cols(), 0.0f, out + i * p.n * p.m,
                p.m);
    };
    if (p.count == 1) {
        one(0, gemm);
    } else {
        parallel_for(p.count, 1, [&](std::size_t begin, std::size_t end) {
            for (std::size_t i = begin; i < end; ++i) one(i, gemm_serial);
        });
    }
    return c;
}

}  // namespace

Tensor matmul_plain(const Tensor& a, const Tensor& b) {
    const Plan p = plan("matmul", a, Op::plain, b, Op::plain);
    Tensor c(p.out);
    for (std::size_t product = 0; product < p.count; ++product) {
        const std::size_t in_a = product * p.n, in_b = p.shared_b ? 0 : product * p.k;

        //: rows times columns
        for (std::size_t i = 0; i < p.n; ++i)
            for (std::size_t j = 0; j < p.m; ++j) {
                float sum = 0.0f;
                for (std::size_t k = 0; k < p.k; ++k)
                    sum += a.row(in_a + i)[k] * b.row(in_b + k)[j];
                c.row(in_a + i)[j] = sum;
            }
    }
    return c;
}

Tensor matmul(const Tensor& a, const Tensor& b) {
    return multiply("matmul", a, Op::plain, b, Op::plain);
}

Tensor matmul_nt(const Tensor& a, const Tensor& b) {
    return multiply("matmul_nt", a, Op::plain, b, Op::transposed);
}

Tensor matmul_tn(const Tensor& a, const Tensor& b) {
    return multiply("matmul_tn", a, Op::transposed, b, Op::plain);
}

MatmulGrads matmul_backward(const Tensor& dc, const Tensor& a, const Tensor& b) {
    const Plan p = plan("matmul_backward", a, Op::plain, b, Op::plain);
    require_shape("matmul_backward", "dc", dc, p.out);

    //: each factor gets the incoming gradient times the other factor
    MatmulGrads g;
    g.da = matmul_nt(dc, b);
    if (p.shared_b) {
        const std::size_t tall = p.count * p.n;
        g.db = matmul_tn(a.reshaped({tall, p.k}), dc.reshaped({tall, p.m}));
    } else {
        g.db = matmul_tn(a, dc);
    }
    return g;
}

}  // namespace orrery
