#include "core/tensor/matmul.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/error.hpp"
#include "core/base/parallel.hpp"
#include "core/base/random.hpp"
#include "core/tensor/gemm.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/gradcheck.hpp"

using namespace orrery;

static Tensor noise(Shape shape, std::uint64_t seed) {
    Tensor t(std::move(shape));
    Random random(seed, "matmul_test");
    for (float& v : t.flat()) v = random.normal();
    return t;
}

static double largest_difference(const Tensor& a, const Tensor& b) {
    REQUIRE(a.shape() == b.shape());
    double largest = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        largest = std::max(largest, std::abs(double(a.flat()[i]) - double(b.flat()[i])));
    return largest;
}

TEST_CASE("matmul: a product worked by hand", "[tensor][matmul]") {
    const Tensor a({2, 3}, {1, 2, 3, 4, 5, 6}), b({3, 2}, {7, 8, 9, 10, 11, 12});
    const Tensor expected({2, 2}, {58, 64, 139, 154});
    CHECK(matmul_plain(a, b).same_bits(expected));
    CHECK(matmul(a, b).same_bits(expected));
    CHECK(matmul_nt(a, b.transposed()).same_bits(expected));
    CHECK(matmul_tn(a.transposed(), b).same_bits(expected));
}

TEST_CASE("matmul: the fast one equals the plain one", "[tensor][matmul]") {
    const std::size_t n = GENERATE(1u, 3u, 6u, 7u, 65u), k = GENERATE(1u, 5u, 300u),
                      m = GENERATE(1u, 31u, 70u);
    CAPTURE(n, k, m);
    const Tensor a = noise({n, k}, 1), b = noise({k, m}, 2);
    const Tensor plain = matmul_plain(a, b);
    // k products of size about 1, summed in another order: each of k roundings is at most half an
    // ulp (1.2e-7) of a partial sum, which stays about as large as the root of k
    const double tolerance = 1.2e-7 * double(k) * 2 + 1e-6;
    CHECK(largest_difference(matmul(a, b), plain) < tolerance);
    CHECK(largest_difference(matmul_nt(a, b.transposed()), plain) < tolerance);
    CHECK(largest_difference(matmul_tn(a.transposed(), b), plain) < tolerance);
}

TEST_CASE("matmul: leading axes count products, a b of two axes is shared", "[tensor][matmul]") {
    const Tensor a = noise({2, 3, 4, 5}, 1), b = noise({2, 3, 5, 6}, 2), shared = noise({5, 6}, 3);
    CHECK(largest_difference(matmul(a, b), matmul_plain(a, b)) < 1e-5);
    CHECK(largest_difference(matmul(a, shared), matmul_plain(a, shared)) < 1e-5);
    CHECK(largest_difference(matmul_nt(a, b.transposed()), matmul_plain(a, b)) < 1e-5);
    CHECK(largest_difference(matmul_tn(a.transposed(), b), matmul_plain(a, b)) < 1e-5);
    CHECK(largest_difference(matmul_tn(a.transposed(), shared), matmul_plain(a, shared)) < 1e-5);
}

TEST_CASE("matmul: nothing to multiply is no work", "[tensor][matmul][edge]") {
    CHECK(matmul(Tensor({0, 4}), Tensor({4, 3})).shape() == Shape{0, 3});
    const Tensor sums_of_nothing = matmul(Tensor({2, 0}), Tensor({0, 3}));
    CHECK(sums_of_nothing.same_bits(Tensor({2, 3})));
    CHECK(matmul(Tensor({0, 2, 2}), Tensor({2, 2})).shape() == Shape{0, 2, 2});
}

TEST_CASE("gemm: alpha scales the product, beta keeps the old", "[tensor][gemm]") {
    const float a[] = {1, 2}, b[] = {3, 4};  // 1*3 + 2*4 = 11
    float c = 100;
    gemm(Op::plain, Op::plain, 1, 1, 2, 2.0f, a, 2, b, 1, 0.5f, &c, 1);
    CHECK(c == 2 * 11 + 50);
}

TEST_CASE("gemm: with beta 0 the old contents are not read", "[tensor][gemm][edge]") {
    const float a[] = {1, 2}, b[] = {3, 4};
    float c = std::numeric_limits<float>::quiet_NaN();
    gemm_serial(Op::plain, Op::plain, 1, 1, 2, 1.0f, a, 2, b, 1, 0.0f, &c, 1);
    CHECK(c == 11.0f);
    c = 7;
    gemm_serial(Op::plain, Op::plain, 1, 1, 0, 1.0f, a, 0, b, 1, 0.0f, &c, 1);
    CHECK(c == 0.0f);
}

TEST_CASE("gemm: a stored row may be longer than the matrix", "[tensor][gemm]") {
    // the 2x2 corners of wider matrices; the rest must not be touched
    const float a[] = {1, 2, 9, 3, 4, 9}, b[] = {1, 0, 9, 9, 0, 1, 9, 9};
    float c[] = {0, 0, 5, 0, 0, 5};
    gemm(Op::plain, Op::plain, 2, 2, 2, 1.0f, a, 3, b, 4, 0.0f, c, 3);
    CHECK(std::vector<float>(c, c + 6) == std::vector<float>{1, 2, 5, 3, 4, 5});
}

TEST_CASE("gemm: a small product adds its terms one after the other, on every machine",
          "[tensor][gemm]") {
    const std::size_t m = GENERATE(1u, 5u, 7u, 64u), n = GENERATE(1u, 16u, 33u),
                      k = GENERATE(1u, 24u, 256u);
    const Op op_a = GENERATE(Op::plain, Op::transposed), op_b = GENERATE(Op::plain, Op::transposed);
    REQUIRE(double(m * n * k) <= small_product);
    CAPTURE(m, n, k);
    const Tensor a = noise({m, k}, 1), b = noise({k, n}, 2), old = noise({m, n}, 3);
    const Tensor a_stored = op_a == Op::plain ? a : a.transposed();
    const Tensor b_stored = op_b == Op::plain ? b : b.transposed();

    Tensor c = old, expected({m, n});
    gemm_serial(op_a, op_b, m, n, k, 1.0f, a_stored.data(), a_stored.cols(), b_stored.data(),
                b_stored.cols(), 1.0f, c.data(), n);
    for (std::size_t i = 0; i < m; ++i)
        for (std::size_t j = 0; j < n; ++j) {
            float sum = 0;
            for (std::size_t l = 0; l < k; ++l) {
                const float product = a.row(i)[l] * b.row(l)[j];  // rounded, then added
                sum += product;
            }
            expected.row(i)[j] = old.row(i)[j] + sum;
        }
    CHECK(c.same_bits(expected));
}

TEST_CASE("gemm: the same bits on any number of threads", "[tensor][gemm]") {
    const bool tall = GENERATE(true, false);
    const Tensor a = noise({tall ? 700u : 90u, 130}, 1), b = noise({130, tall ? 90u : 700u}, 2);
    const std::size_t before = thread_count();
    set_thread_count(1);
    const Tensor one = matmul(a, b);
    set_thread_count(3);
    const Tensor three = matmul(a, b);
    set_thread_count(before);
    CHECK(one.same_bits(three));

    // and every band starts at the right place, whichever factor is stored transposed
    const Tensor plain = matmul_plain(a, b);
    CHECK(largest_difference(one, plain) < 5e-5);
    CHECK(largest_difference(matmul_tn(a.transposed(), b), plain) < 5e-5);
    CHECK(largest_difference(matmul_nt(a, b.transposed()), plain) < 5e-5);
}

TEST_CASE("matmul: the gradient matches the measured slope", "[tensor][matmul][gradient]") {
    const Tensor a = noise({2, 3, 2}, 4);
    const bool shared = GENERATE(true, false);
    const Tensor b = shared ? noise({2, 4}, 5) : noise({2, 2, 4}, 5);
    const auto grads = matmul_backward(test::weights_like(matmul(a, b)), a, b);
    CHECK(test::gradient_error([&](const Tensor& t) { return matmul(t, b); }, a, grads.da) < 1e-3);
    CHECK(test::gradient_error([&](const Tensor& t) { return matmul(a, t); }, b, grads.db) < 1e-3);
}

TEST_CASE("matmul: says what is wrong", "[tensor][matmul][errors]") {
    CHECK_THROWS_WITH(matmul(Tensor({2, 3}), Tensor({4, 5})),
                      "matmul: a has shape [2, 3] and b [4, 5], wanted equal inner lengths");
    CHECK_THROWS_AS(matmul(Tensor({3}), Tensor({3, 1})), ShapeError);
    CHECK_THROWS_AS(matmul(Tensor({2, 2, 3}), Tensor({3, 3, 2})), ShapeError);
    CHECK_THROWS_AS(matmul_backward(Tensor({2, 2}), Tensor({2, 3}), Tensor({3, 4})), ShapeError);
}
