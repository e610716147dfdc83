// gemm_serial through OpenBLAS. Its own threads stay off: parallel_for owns the threads.
#include <cblas.h>

#include <algorithm>
#include <string>

#include "core/tensor/gemm.hpp"

namespace orrery {

static bool keep_to_one_thread() {
    openblas_set_num_threads(1);
    return true;
}

static CBLAS_TRANSPOSE blas(Op op) { return op == Op::plain ? CblasNoTrans : CblasTrans; }

// BLAS wants leading dimensions of at least 1, also of empty matrices.
static blasint blas(std::size_t n) { return blasint(std::max<std::size_t>(1, n)); }

void gemm_serial(Op op_a, Op op_b, std::size_t m, std::size_t n, std::size_t k, float alpha,
                 const float* a, std::size_t lda, const float* b, std::size_t ldb, float beta,
                 float* c, std::size_t ldc) {
    static const bool ready = keep_to_one_thread();
    (void)ready;
    if (m == 0 || n == 0) return;
    if (double(m) * double(n) * double(k) <= small_product)
        return gemm_portable(op_a, op_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    cblas_sgemm(CblasRowMajor, blas(op_a), blas(op_b), blasint(m), blasint(n), blasint(k), alpha, a,
                blas(lda), b, blas(ldb), beta, c, blas(ldc));
}

const char* gemm_kernel() {
    static const std::string name = std::string("OpenBLAS ") + openblas_get_corename();
    return name.c_str();
}

}  // namespace orrery
