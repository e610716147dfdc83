#include "core/tensor/gemm.hpp"

#include <algorithm>

#include "core/base/parallel.hpp"

namespace orrery {

void gemm(Op op_a, Op op_b, std::size_t m, std::size_t n, std::size_t k, float alpha,
          const float* a, std::size_t lda, const float* b, std::size_t ldb, float beta, float* c,
          std::size_t ldc) {
    //: how many bands, from the size of the work alone
    const double flops = 2.0 * double(m) * double(n) * double(k);
    const auto bands = std::size_t(std::clamp(flops / 8e6, 1.0, 16.0));
    const bool by_rows = m >= n;
    const std::size_t length = by_rows ? m : n;
    const std::size_t band =
        std::max<std::size_t>(48, ((length + bands - 1) / bands + 15) / 16 * 16);
    if (bands == 1 || length <= band) {
        gemm_serial(op_a, op_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
        return;
    }

    //: each band of rows (or columns) of C is a product of its own
    parallel_for(length, band, [&](std::size_t begin, std::size_t end) {
        if (by_rows) {
            const float* rows_of_a = a + begin * (op_a == Op::plain ? lda : 1);
            gemm_serial(op_a, op_b, end - begin, n, k, alpha, rows_of_a, lda, b, ldb, beta,
                        c + begin * ldc, ldc);
        } else {
            const float* cols_of_b = b + begin * (op_b == Op::plain ? 1 : ldb);
            gemm_serial(op_a, op_b, m, end - begin, k, alpha, a, lda, cols_of_b, ldb, beta,
                        c + begin, ldc);
        }
    });
}

}  // namespace orrery
