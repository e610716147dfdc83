// Simd: as many floats as this machine handles at once, and the few things done with them
//
// GCC's and Clang's vector extensions: + - * / and comparisons work on all lanes. The width follows
// the processor the program is compiled for (16 with AVX-512, 8 with AVX, 4 in the browser).
// Everything is inlined: how a vector would travel between functions differs from machine to
// machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace orrery::simd {

inline constexpr std::size_t lanes = __BIGGEST_ALIGNMENT__ / sizeof(float);
typedef float Floats __attribute__((vector_size(__BIGGEST_ALIGNMENT__)));
typedef std::int32_t Ints __attribute__((vector_size(__BIGGEST_ALIGNMENT__)));
typedef std::uint32_t Words __attribute__((vector_size(__BIGGEST_ALIGNMENT__)));

[[gnu::always_inline]] inline Floats load(const float* from) {
    Floats v;
    std::memcpy(&v, from, sizeof v);
    return v;
}
[[gnu::always_inline]] inline void store(float* to, Floats v) { std::memcpy(to, &v, sizeof v); }
[[gnu::always_inline]] inline Floats splat(float x) { return x - Floats{}; }

// The first `count` floats, then `rest`; and the first `count` lanes.
[[gnu::always_inline]] inline Floats load_part(const float* from, std::size_t count,
                                               float rest = 0) {
    Floats v = splat(rest);
    std::memcpy(&v, from, count * sizeof(float));
    return v;
}
[[gnu::always_inline]] inline void store_part(float* to, Floats v, std::size_t count) {
    std::memcpy(to, &v, count * sizeof(float));
}

// Where `mask` is true (all bits of the lane) a, elsewhere b.
[[gnu::always_inline]] inline Floats select(Ints mask, Floats a, Floats b) { return mask ? a : b; }
// A NaN in `a` stays.
[[gnu::always_inline]] inline Floats at_most(Floats a, Floats limit) {
    return limit < a ? limit : a;
}
[[gnu::always_inline]] inline Floats at_least(Floats a, Floats limit) {
    return limit > a ? limit : a;
}

[[gnu::always_inline]] inline Words bits_of(Floats v) { return (Words)v; }
[[gnu::always_inline]] inline Floats floats_of(Words bits) { return (Floats)bits; }

// A sum of many numbers that comes out the same to the bit on every machine, however wide its
// vectors: sixteen running sums, entry i in sum i % 16, added one half to the other at the end.
struct Sum {
    static constexpr std::size_t parts = 16 / lanes;
    Floats part[parts]{};

    // `v` holds the entries from i on; i is a multiple of `lanes`.
    [[gnu::always_inline]] void add(std::size_t i, Floats v) { part[i / lanes % parts] += v; }
    [[gnu::always_inline]] float total() const {
        float lane[16];
        std::memcpy(lane, part, sizeof lane);
        for (std::size_t half = 8; half > 0; half /= 2)
            for (std::size_t i = 0; i < half; ++i) lane[i] += lane[i + half];
        return lane[0];
    }
};

[[gnu::always_inline]] inline float largest_of(Floats v) {
    float lane[lanes];
    std::memcpy(lane, &v, sizeof v);
    for (std::size_t half = lanes / 2; half > 0; half /= 2)
        for (std::size_t i = 0; i < half; ++i)
            lane[i] = lane[i + half] > lane[i] ? lane[i + half] : lane[i];
    return lane[0];
}

// y[i] = f(x[i]), vectors at a time; the rest through a padded vector, to the same results. y may
// be x.
template <class F>
[[gnu::always_inline]] inline void map(std::size_t n, const float* x, float* y, F f) {
    std::size_t i = 0;
    for (; i + lanes <= n; i += lanes) store(y + i, f(load(x + i)));
    if (i < n) store_part(y + i, f(load_part(x + i, n - i)), n - i);
}
template <class F>
[[gnu::always_inline]] inline void map(std::size_t n, const float* x, const float* z, float* y,
                                       F f) {
    std::size_t i = 0;
    for (; i + lanes <= n; i += lanes) store(y + i, f(load(x + i), load(z + i)));
    if (i < n) store_part(y + i, f(load_part(x + i, n - i), load_part(z + i, n - i)), n - i);
}

}  // namespace orrery::simd
