// GEMM: the dense product that everything heavy is made of
//
//   formula   C = alpha * op(A) * op(B) + beta * C
//
//   shapes    op(A) [m, k]    op(B) [k, n]    C [m, n]
//             op(X) is X, or X transposed; a stored row starts `ld` floats after the one before.
//
// Two implementations stand behind it: OpenBLAS on one thread for large products, where the program
// was configured with it (gemm_blas.cpp), and a kernel of our own (gemm_portable.cpp) for small ones
// and for machines and browsers without a BLAS. Ours adds the terms of an entry in the same order
// everywhere, so a small model has the same numbers to the bit on every machine. With beta = 0 the
// old C is never read, so it may hold NaN.
#pragma once

#include <cstddef>

namespace orrery {

enum class Op { plain, transposed };

// On the threads of parallel_for. C is cut into bands that depend on m, n and k alone, so the
// result is the same to the bit on any number of threads; inside another parallel_for it runs on
// that thread.
void gemm(Op op_a, Op op_b, std::size_t m, std::size_t n, std::size_t k, float alpha,
          const float* a, std::size_t lda, const float* b, std::size_t ldb, float beta, float* c,
          std::size_t ldc);

// The same on the calling thread, in one piece.
void gemm_serial(Op op_a, Op op_b, std::size_t m, std::size_t n, std::size_t k, float alpha,
                 const float* a, std::size_t lda, const float* b, std::size_t ldb, float beta,
                 float* c, std::size_t ldc);

// gemm_serial by our own kernel. Products of up to `small_product` multiplications always take it.
inline constexpr double small_product = 1 << 22;
void gemm_portable(Op op_a, Op op_b, std::size_t m, std::size_t n, std::size_t k, float alpha,
                   const float* a, std::size_t lda, const float* b, std::size_t ldb, float beta,
                   float* c, std::size_t ldc);

// "OpenBLAS SkylakeX" or "portable": what `orrery --version` and the benchmarks print.
const char* gemm_kernel();

}  // namespace orrery
