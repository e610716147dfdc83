#include "core/base/random.hpp"

#include <cmath>

#include "core/base/error.hpp"

namespace orrery {

std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> c,
                                        std::array<std::uint32_t, 2> k) {
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t a = std::uint64_t{0xD2511F53u} * c[0];
        const std::uint64_t b = std::uint64_t{0xCD9E8D57u} * c[2];
        c = {std::uint32_t(b >> 32) ^ c[1] ^ k[0], std::uint32_t(b),
             std::uint32_t(a >> 32) ^ c[3] ^ k[1], std::uint32_t(a)};
        k[0] += 0x9E3779B9u;
        k[1] += 0xBB67AE85u;
    }
    return c;
}

// FNV-1a over the purpose, so that each name is a key of its own.
static std::uint64_t fnv1a(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325ull;
    for (unsigned char byte : text) hash = (hash ^ byte) * 0x100000001b3ull;
    return hash;
}

Random::Random(std::uint64_t seed, std::string_view purpose, std::uint64_t step) : step_(step) {
    const std::uint64_t name = fnv1a(purpose);
    const auto mixed = philox4x32({std::uint32_t(seed), std::uint32_t(seed >> 32),
                                   std::uint32_t(name), std::uint32_t(name >> 32)},
                                  {0x4F727265u, 0x72790001u});
    key_ = {mixed[0], mixed[1]};
}

std::uint32_t Random::bits() {
    if (left_ == 0) {
        buffer_ = philox4x32({std::uint32_t(block_), std::uint32_t(block_ >> 32),
                              std::uint32_t(step_), std::uint32_t(step_ >> 32)},
                             key_);
        ++block_;
        left_ = 4;
    }
    return buffer_[std::size_t(4 - left_--)];
}

float Random::uniform() { return float(bits() >> 8) * 0x1p-24f; }

float Random::normal() {
    if (has_spare_) {
        has_spare_ = false;
        return spare_;
    }
    // In double, so that the last float digit does not depend on the machine's math library.
    const double u = (double(bits()) + 1.0) * 0x1p-32;  // (0, 1]
    const double v = double(bits()) * 0x1p-32;
    const double radius = std::sqrt(-2.0 * std::log(u));
    const double angle = 6.283185307179586 * v;
    spare_ = float(radius * std::sin(angle));
    has_spare_ = true;
    return float(radius * std::cos(angle));
}

std::size_t Random::below(std::size_t n) {
    if (n == 0) throw ValueError("random: below(0) has no value to draw, wanted n of 1 or more");
    // Reject the tail that would favour small values.
    const std::uint64_t limit = ~std::uint64_t{0} - (~std::uint64_t{0} % n + 1) % n;
    while (true) {
        const std::uint64_t hi = bits();
        const std::uint64_t draw = hi << 32 | bits();
        if (draw <= limit) return std::size_t(draw % n);
    }
}

}  // namespace orrery
