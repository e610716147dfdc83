// gemm_portable: our own blocked kernel, after Goto and van de Geijn, "Anatomy of high-performance
// matrix multiplication", 2008
//
// Blocks of A and B are copied so that the innermost loop reads memory in order, and a tile of C of
// 5 rows by two vectors stays in registers for as long as the block lasts: ten sums, two vectors of
// B, one of A and a product are 14, and a browser's compiler has 15 to give (6 rows: half as fast).
#include <algorithm>
#include <vector>

#include "core/base/simd.hpp"
#include "core/tensor/gemm.hpp"

namespace orrery {
namespace {

using simd::Floats, simd::lanes, simd::load, simd::store;

constexpr std::size_t tile_rows = 5, tile_cols = 2 * lanes;
constexpr std::size_t block_rows = 24 * tile_rows, block_depth = 256, block_cols = 64 * tile_cols;

// One matrix as it is stored: element (i, j) of op(X), and how far apart neighbours lie.
struct Matrix {
    const float* at;
    std::size_t row_step, col_step;
    float operator()(std::size_t i, std::size_t j) const { return at[i * row_step + j * col_step]; }
};

Matrix matrix(Op op, const float* x, std::size_t ld) {
    return op == Op::plain ? Matrix{x, ld, 1} : Matrix{x, 1, ld};
}

// Rows i0.. of A, `tile_rows` at a time, column after column; missing rows are zeros.
void pack_rows(const Matrix& a, std::size_t i0, std::size_t rows, std::size_t k0, std::size_t depth,
               float* to) {
    for (std::size_t i = 0; i < rows; i += tile_rows) {
        const float* from = a.at + (i0 + i) * a.row_step + k0 * a.col_step;
        const std::size_t here = std::min(tile_rows, rows - i);
        if (here == tile_rows) {
            for (std::size_t k = 0; k < depth; ++k, from += a.col_step)
                for (std::size_t r = 0; r < tile_rows; ++r) *to++ = from[r * a.row_step];
            continue;
        }
        for (std::size_t k = 0; k < depth; ++k)
            for (std::size_t r = 0; r < tile_rows; ++r)
                *to++ = r < here ? a(i0 + i + r, k0 + k) : 0.0f;
    }
}

// Columns j0.. of B, `tile_cols` at a time, row after row; missing columns are zeros.
void pack_cols(const Matrix& b, std::size_t j0, std::size_t cols, std::size_t k0, std::size_t depth,
               float* to) {
    for (std::size_t j = 0; j < cols; j += tile_cols) {
        const float* from = b.at + k0 * b.row_step + (j0 + j) * b.col_step;
        const std::size_t here = std::min(tile_cols, cols - j);
        if (here == tile_cols) {
            for (std::size_t k = 0; k < depth; ++k, from += b.row_step)
                for (std::size_t c = 0; c < tile_cols; ++c) *to++ = from[c * b.col_step];
            continue;
        }
        for (std::size_t k = 0; k < depth; ++k)
            for (std::size_t c = 0; c < tile_cols; ++c)
                *to++ = c < here ? b(k0 + k, j0 + j + c) : 0.0f;
    }
}

//: one tile of C in registers
[[gnu::noinline]] void tile(const float* a, const float* b, std::size_t depth, float* out) {
    Floats left[tile_rows]{}, right[tile_rows]{};
    for (std::size_t k = 0; k < depth; ++k, a += tile_rows, b += tile_cols) {
        const Floats b_left = load(b), b_right = load(b + lanes);
#pragma GCC unroll 5
        for (std::size_t r = 0; r < tile_rows; ++r) {
            left[r] += a[r] * b_left;
            right[r] += a[r] * b_right;
        }
    }
#pragma GCC unroll 5
    for (std::size_t r = 0; r < tile_rows; ++r) {
        store(out + r * tile_cols, left[r]);
        store(out + r * tile_cols + lanes, right[r]);
    }
}

// alpha times the tile, into C or added to it; `height` and `width` of it lie in C.
void put(const float* out, float alpha, bool overwrites, std::size_t height, std::size_t width,
         float* c, std::size_t ldc) {
    for (std::size_t r = 0; r < height; ++r, out += tile_cols, c += ldc) {
        if (width == tile_cols) {
            for (std::size_t q = 0; q < tile_cols; q += lanes)
                store(c + q, alpha * load(out + q) + (overwrites ? Floats{} : load(c + q)));
        } else {
            for (std::size_t q = 0; q < width; ++q)
                c[q] = alpha * out[q] + (overwrites ? 0.0f : c[q]);
        }
    }
}

void scale(float beta, std::size_t m, std::size_t n, float* c, std::size_t ldc) {
    if (beta == 1.0f) return;
    for (std::size_t i = 0; i < m; ++i)
        for (std::size_t j = 0; j < n; ++j)
            c[i * ldc + j] = beta == 0.0f ? 0.0f : beta * c[i * ldc + j];
}

}  // namespace

void gemm_portable(Op op_a, Op op_b, std::size_t m, std::size_t n, std::size_t k, float alpha,
                   const float* a, std::size_t lda, const float* b, std::size_t ldb, float beta,
                   float* c, std::size_t ldc) {
    const Matrix from_a = matrix(op_a, a, lda), from_b = matrix(op_b, b, ldb);
    thread_local std::vector<float> packed_a, packed_b;
    packed_a.resize(block_rows * block_depth);
    packed_b.resize(block_cols * block_depth);
    float out[tile_rows * tile_cols];

    // A C that counts for nothing is written over by the first block, not zeroed before.
    const bool overwrites = beta == 0.0f && k > 0;
    if (!overwrites) scale(beta, m, n, c, ldc);
    for (std::size_t j0 = 0; j0 < n; j0 += block_cols)
        for (std::size_t k0 = 0; k0 < k; k0 += block_depth) {
            const std::size_t cols = std::min(block_cols, n - j0),
                              depth = std::min(block_depth, k - k0);
            pack_cols(from_b, j0, cols, k0, depth, packed_b.data());
            for (std::size_t i0 = 0; i0 < m; i0 += block_rows) {
                const std::size_t rows = std::min(block_rows, m - i0);
                pack_rows(from_a, i0, rows, k0, depth, packed_a.data());

                //: every tile of this block of C
                for (std::size_t j = 0; j < cols; j += tile_cols)
                    for (std::size_t i = 0; i < rows; i += tile_rows) {
                        tile(&packed_a[i * depth], &packed_b[j * depth], depth, out);
                        const std::size_t height = std::min(tile_rows, rows - i),
                                          width = std::min(tile_cols, cols - j);
                        put(out, alpha, overwrites && k0 == 0, height, width,
                            c + (i0 + i) * ldc + j0 + j, ldc);
                    }
            }
        }
}

#ifndef ORRERY_HAS_BLAS
void gemm_serial(Op op_a, Op op_b, std::size_t m, std::size_t n, std::size_t k, float alpha,
                 const float* a, std::size_t lda, const float* b, std::size_t ldb, float beta,
                 float* c, std::size_t ldc) {
    gemm_portable(op_a, op_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

const char* gemm_kernel() { return "portable"; }
#endif

}  // namespace orrery
