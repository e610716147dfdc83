// Piece map: numbers the different pieces of a text in the order they come
//
// A hash table made for short keys that stand in a text that outlives it. Open addressing, at most
// half full.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace orrery::tokenizer {

class PieceMap {
   public:
    PieceMap() : slots_(1024) {}

    struct Found {
        std::uint32_t number;
        bool is_new;
    };
    Found add(std::string_view piece) {
        if (pieces_.size() * 2 >= slots_.size()) grow();
        const std::uint64_t hash = hash_of(piece);
        for (std::size_t i = hash >> shift_;; i = (i + 1) & (slots_.size() - 1)) {
            Slot& slot = slots_[i];
            if (slot.number == empty) {
                slot = {hash, std::uint32_t(pieces_.size())};
                pieces_.push_back(piece);
                return {slot.number, true};
            }
            if (slot.hash == hash && same(pieces_[slot.number], piece)) return {slot.number, false};
        }
    }
    const std::vector<std::string_view>& pieces() const { return pieces_; }
    std::size_t size() const { return pieces_.size(); }

   private:
    static constexpr std::uint32_t empty = 0xffffffff;
    struct Slot {
        std::uint64_t hash = 0;
        std::uint32_t number = empty;
    };

    template <class Word>
    static std::uint64_t load(const char* bytes) {
        Word word;
        std::memcpy(&word, bytes, sizeof word);
        return word;
    }
    static std::uint64_t mix(std::uint64_t h, std::uint64_t word) {
        h = (h ^ word) * 0x9E3779B97F4A7C15u;
        return h ^ (h >> 32);
    }
    static std::uint64_t hash_of(std::string_view piece) {
        const char* p = piece.data();
        const std::size_t n = piece.size();
        std::uint64_t h = mix(n, 0x2545F4914F6CDD1Du);
        if (n >= 8) {
            for (std::size_t i = 0; i + 8 < n; i += 8) h = mix(h, load<std::uint64_t>(p + i));
            h = mix(h, load<std::uint64_t>(p + n - 8));
        } else if (n >= 4) {
            h = mix(h, load<std::uint32_t>(p) | load<std::uint32_t>(p + n - 4) << 32);
        } else if (n > 0) {
            h = mix(h, load<std::uint8_t>(p) | load<std::uint8_t>(p + n / 2) << 8 |
                           load<std::uint8_t>(p + n - 1) << 16);
        }
        return h * 0xD6E8FEB86659FD93u;
    }
    static bool same(std::string_view a, std::string_view b) {
        return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size()) == 0;
    }
    void grow() {
        std::vector<Slot> old(slots_.size() * 2);
        old.swap(slots_);
        --shift_;
        for (const Slot& slot : old) {
            if (slot.number == empty) continue;
            std::size_t i = slot.hash >> shift_;
            while (slots_[i].number != empty) i = (i + 1) & (slots_.size() - 1);
            slots_[i] = slot;
        }
    }

    std::vector<Slot> slots_;
    std::vector<std::string_view> pieces_;
    int shift_ = 64 - 10;
};

}  // namespace orrery::tokenizer
