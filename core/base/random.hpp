// Random: the one source of chance, identical on every machine
//
// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011), a counter-based
// generator: draw number i of a stream is a pure function of (seed, purpose, step, i). Streams with
// different purposes never meet, so adding a draw in one place moves nothing elsewhere.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace orrery {

// One Philox4x32-10 block: 128 random bits of a 128-bit counter and a 64-bit key.
std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key);

// A stream of draws named by (seed, purpose, step). Cheap to make; make one where it is needed.
class Random {
   public:
    Random(std::uint64_t seed, std::string_view purpose, std::uint64_t step = 0);

    std::uint32_t bits();              // 32 random bits
    float uniform();                   // in [0, 1), multiples of 2^-24
    float normal();                    // mean 0, variance 1 (Box–Muller)
    std::size_t below(std::size_t n);  // 0 .. n-1 without bias; ValueError when n is 0

   private:
    std::array<std::uint32_t, 2> key_;
    std::uint64_t step_;
    std::uint64_t block_ = 0;
    std::array<std::uint32_t, 4> buffer_{};
    int left_ = 0;
    float spare_ = 0.0f;
    bool has_spare_ = false;
};

}  // namespace orrery
