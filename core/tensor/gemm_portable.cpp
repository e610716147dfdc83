// gemm_portable: our own blocked kernel, after Goto and van de Geijn, "Anatomy of high-performance
// matrix multiplication", 2008
//
// Blocks of A and B are copied so that the innermost loop reads memory in order, and a tile of C of
// 5 rows by two vectors stays in registers for as long as the block lasts: ten sums, two vectors of
// B, one of A and a product are 14, and a browser's compiler has 15 to give (6 rows: half as fast).
#include <algorithm>
#include <cstring>
#include <vector>

#include "core/base/simd.hpp"
#include "core/tensor/gemm.hpp"

namespace orrery {
namespace {

using simd::Floats, simd::lanes, simd::load, simd::store;

constexpr std::size_t tile_rows = 5, tile_cols = 2 * lanes;
constexpr std::size_t block_rows = 24 * tile_rows, block_depth = 256, block_cols = 64 * tile_cols;

// Four rows of four turned into columns.
typedef float Four __attribute__((vector_size(16)));
void turn(const float* from, std::size_t step, float* to, std::size_t to_step) {
    Four row[4], half[4];
    for (std::size_t r = 0; r < 4; ++r) std::memcpy(&row[r], from + r * step, sizeof(Four));
    for (std::size_t r = 0; r < 2; ++r) {
        half[r] = __builtin_shufflevector(row[r], row[r + 2], 0, 4, 1, 5);
        half[r + 2] = __builtin_shufflevector(row[r], row[r + 2], 2, 6, 3, 7);
    }
    for (std::size_t c = 0; c < 2; ++c) {
        row[2 * c] = __builtin_shufflevector(half[2 * c], half[2 * c + 1], 0, 4, 1, 5);
        row[2 * c + 1] = __builtin_shufflevector(half[2 * c], half[2 * c + 1], 2, 6, 3, 7);
    }
    for (std::size_t c = 0; c < 4; ++c) std::memcpy(to + c * to_step, &row[c], sizeof(Four));
}

// `count` rows of A (or columns of B), `tile` at a time: first term of each, second term of each, …
// Rows lie `step` apart, terms of one row `term_step`; one of the two is 1. Missing rows are zeros.
template <std::size_t tile>
void pack(const float* from, std::size_t step, std::size_t term_step, std::size_t count,
          std::size_t depth, float* to) {
    for (std::size_t i = 0; i < count; i += tile, from += tile * step, to += tile * depth) {
        const std::size_t here = std::min(tile, count - i);
        if (here < tile) std::fill_n(to, tile * depth, 0.0f);
        if (step == 1 && here == tile) {
            for (std::size_t k = 0; k < depth; ++k)
                std::memcpy(to + k * tile, from + k * term_step, tile * sizeof(float));
            continue;
        }
        std::size_t r = 0;
        if (term_step == 1)
            for (; r + 4 <= here; r += 4) {
                std::size_t k = 0;
                for (; k + 4 <= depth; k += 4)
                    turn(from + r * step + k, step, to + k * tile + r, tile);
                for (; k < depth; ++k)
                    for (std::size_t q = r; q < r + 4; ++q) to[k * tile + q] = from[q * step + k];
            }
        for (; r < here; ++r)
            for (std::size_t k = 0; k < depth; ++k)
                to[k * tile + r] = from[r * step + k * term_step];
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
    const std::size_t row_of_a = op_a == Op::plain ? lda : 1,
                      col_of_a = op_a == Op::plain ? 1 : lda;
    const std::size_t row_of_b = op_b == Op::plain ? ldb : 1,
                      col_of_b = op_b == Op::plain ? 1 : ldb;
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
            pack<tile_cols>(b + k0 * row_of_b + j0 * col_of_b, col_of_b, row_of_b, cols, depth,
                            packed_b.data());
            for (std::size_t i0 = 0; i0 < m; i0 += block_rows) {
                const std::size_t rows = std::min(block_rows, m - i0);
                pack<tile_rows>(a + i0 * row_of_a + k0 * col_of_a, row_of_a, col_of_a, rows, depth,
                                packed_a.data());

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
