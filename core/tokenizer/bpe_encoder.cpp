// Encoding with BPE fast, and the tables it looks things up in
//
// Pieces that come again are looked up. A new one is merged in place while it is short; a long one
// with a heap of its neighbours and links between its symbols.
#include <algorithm>
#include <cstring>
#include <queue>
#include <unordered_map>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/tokenizer/bpe.hpp"
#include "core/tokenizer/piece_map.hpp"

namespace orrery::tokenizer {

struct Bpe::Whole {
    std::unordered_map<std::string_view, int> id_of;
};

static std::uint64_t key_of(int left, int right) {
    return std::uint64_t(std::uint32_t(left)) << 32 | std::uint32_t(right);
}
static std::size_t slot_of(std::uint64_t key, std::size_t mask) {
    key *= 0x9E3779B97F4A7C15u;
    return (key ^ (key >> 32)) & mask;
}
static constexpr std::uint64_t no_pair = ~std::uint64_t{0};

Bpe::Bpe(BpeTable table) : table_(std::make_shared<const BpeTable>(std::move(table))) {
    const std::vector<std::string>& tokens = table_->tokens;
    const auto require = [&](int id, const char* what) {
        if (!has(id))
            throw ValueError(std::string("bpe: ") + what + " names id " + std::to_string(id) +
                             ", wanted one of the " + std::to_string(tokens.size()) + " tokens");
    };
    std::vector<bool> is_literal(tokens.size());
    for (const AddedToken& added : table_->added) require(added.id, "an added token");
    for (int id : table_->literal) {
        require(id, "a literal token");
        is_literal[std::size_t(id)] = true;
    }
    if (table_->unknown >= 0) require(table_->unknown, "the unknown token");
    for (int id : table_->before) require(id, "a token put before the text");
    for (int id : table_->after) require(id, "a token put after the text");

    byte_id_.fill(-1);
    for (std::size_t id = 0; id < tokens.size(); ++id)
        if (tokens[id].size() == 1 && !is_literal[id])
            byte_id_[static_cast<unsigned char>(tokens[id][0])] = int(id);

    std::size_t size = 16;
    while (size < table_->merges.size() * 2) size *= 2;
    slots_.assign(size, {no_pair, never, -1});
    for (const BpeMerge& merge : table_->merges) {
        require(merge.left, "a merge");
        require(merge.right, "a merge");
        require(merge.made, "a merge");
        const std::uint64_t key = key_of(merge.left, merge.right);
        std::size_t i = slot_of(key, size - 1);
        while (slots_[i].key != no_pair && slots_[i].key != key) i = (i + 1) & (size - 1);
        slots_[i] = {key, merge.rank, merge.made};
    }

    if (table_->whole_piece_first) {
        auto whole = std::make_shared<Whole>();
        whole->id_of.reserve(tokens.size());
        for (std::size_t id = 0; id < tokens.size(); ++id)
            if (!tokens[id].empty() && !is_literal[id])
                whole->id_of.try_emplace(tokens[id], int(id));
        whole_ = std::move(whole);
    }
}

bool Bpe::has(int id) const {
    return id >= 0 && std::size_t(id) < table_->tokens.size() &&
           !table_->tokens[std::size_t(id)].empty();
}

Bpe::Found Bpe::find(int left, int right) const {
    const std::uint64_t key = key_of(left, right);
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t i = slot_of(key, mask);; i = (i + 1) & mask) {
        const Slot& slot = slots_[i];
        if (slot.key == key) return {slot.rank, slot.made};
        if (slot.key == no_pair) return {never, -1};
    }
}

int Bpe::whole(std::string_view piece) const {
    if (!whole_) return -1;
    const auto found = whole_->id_of.find(piece);
    return found == whole_->id_of.end() ? -1 : found->second;
}

void Bpe::bytes(std::string_view piece, std::vector<int>& out) const {
    bool in_unknown = false;
    for (char c : piece) {
        const int id = byte_id_[static_cast<unsigned char>(c)];
        if (id >= 0)
            out.push_back(id);
        else if (table_->unknown >= 0 && !(in_unknown && table_->fuse_unknown))
            out.push_back(table_->unknown);
        in_unknown = id < 0;
    }
}

std::vector<int> Bpe::bytes(std::string_view piece) const {
    std::vector<int> ids;
    bytes(piece, ids);
    return ids;
}

namespace {

constexpr std::size_t short_piece = 128;

// Merges while looking at all neighbours each time: they are few, and four or eight are compared
// at once. Returns how many ids are left.
std::size_t merge_short(const Bpe& bpe, int* ids, std::size_t n) {
    std::uint32_t rank[short_piece];
    if (n < 2) return n;
    std::size_t pairs = n - 1;
    for (std::size_t i = 0; i < pairs; ++i) rank[i] = bpe.find(ids[i], ids[i + 1]).rank;
    while (pairs > 0) {
        std::uint32_t lowest = rank[0];
        for (std::size_t i = 1; i < pairs; ++i) lowest = std::min(lowest, rank[i]);
        if (lowest == Bpe::never) break;
        std::size_t best = 0;
        while (rank[best] != lowest) ++best;

        ids[best] = bpe.find(ids[best], ids[best + 1]).made;
        --pairs;
        std::memmove(ids + best + 1, ids + best + 2, (pairs - best) * sizeof *ids);
        std::memmove(rank + best, rank + best + 1, (pairs - best) * sizeof *rank);
        if (best > 0) rank[best - 1] = bpe.find(ids[best - 1], ids[best]).rank;
        if (best < pairs) rank[best] = bpe.find(ids[best], ids[best + 1]).rank;
    }
    return pairs + 1;
}

// A heap of neighbours by (rank, place). An entry whose pair has changed meanwhile is passed over.
void merge_long(const Bpe& bpe, std::vector<int>& ids) {
    const std::size_t n = ids.size();
    if (n >= 0xffffffffu)
        throw ValueError("bpe_encode: a piece has " + std::to_string(n) +
                         " bytes, wanted less than 4 GiB");
    std::vector<std::uint32_t> next(n), previous(n), rank(n, Bpe::never);
    std::vector<std::uint64_t> entries;
    for (std::size_t i = 0; i < n; ++i) {
        next[i] = std::uint32_t(i + 1);
        previous[i] = std::uint32_t(i - 1);
        if (i + 1 == n) break;
        rank[i] = bpe.find(ids[i], ids[i + 1]).rank;
        if (rank[i] != Bpe::never) entries.push_back(std::uint64_t(rank[i]) << 32 | i);
    }
    std::priority_queue<std::uint64_t, std::vector<std::uint64_t>, std::greater<>> heap(
        std::greater<>(), std::move(entries));
    const auto renew = [&](std::size_t i) {
        rank[i] = next[i] < n ? bpe.find(ids[i], ids[next[i]]).rank : Bpe::never;
        if (rank[i] != Bpe::never) heap.push(std::uint64_t(rank[i]) << 32 | i);
    };
    while (!heap.empty()) {
        const std::uint64_t top = heap.top();
        heap.pop();
        const std::size_t i = top & 0xffffffffu;
        if (rank[i] != top >> 32) continue;
        const std::size_t second = next[i];
        ids[i] = bpe.find(ids[i], ids[second]).made;
        ids[second] = -1;
        rank[second] = Bpe::never;
        next[i] = next[second];
        if (next[i] < n) previous[next[i]] = std::uint32_t(i);
        renew(i);
        if (i > 0) renew(previous[i]);
    }
    ids.erase(std::remove(ids.begin(), ids.end(), -1), ids.end());
}

// Puts the ids of one piece at the end of `out`.
void encode_piece(const Bpe& bpe, std::string_view piece, std::vector<int>& out) {
    const std::size_t start = out.size();
    if (const int id = bpe.whole(piece); id >= 0) {
        out.push_back(id);
        return;
    }
    bpe.bytes(piece, out);
    if (out.size() - start <= short_piece) {
        out.resize(start + merge_short(bpe, out.data() + start, out.size() - start));
        return;
    }
    std::vector<int> ids(out.begin() + std::ptrdiff_t(start), out.end());
    merge_long(bpe, ids);
    out.resize(start);
    out.insert(out.end(), ids.begin(), ids.end());
}

class Encoder {
   public:
    Encoder(const Bpe& bpe, std::vector<int>& out) : bpe_(bpe), out_(out) {}

    void add(std::string_view text) {
        while (!text.empty()) {
            const std::size_t length = piece_length(bpe_.table().pattern, text);
            add_piece(text.substr(0, length));
            text.remove_prefix(length);
        }
    }
    void add_piece(std::string_view piece) {
        const std::size_t start = out_.size();
        // Long pieces seldom come again, and a table beyond a few megabytes is slower than merging.
        if (piece.size() > 64 || known_.size() >= 1 << 17) {
            encode_piece(bpe_, piece, out_);
        } else if (const auto [number, is_new] = known_.add(piece); is_new) {
            encode_piece(bpe_, piece, out_);
            spans_.push_back({std::uint32_t(start), std::uint32_t(out_.size() - start)});
        } else {
            const Span span = spans_[number];
            out_.resize(start + span.count);
            for (std::uint32_t i = 0; i < span.count; ++i) out_[start + i] = out_[span.first + i];
        }
        last_piece_tokens = out_.size() - start;
    }

    std::size_t last_piece_tokens = 0;

   private:
    struct Span {
        std::uint32_t first, count;
    };
    const Bpe& bpe_;
    std::vector<int>& out_;
    PieceMap known_;
    std::vector<Span> spans_;
};

// What tiktoken does with bytes that are not UTF-8: the last piece before them and all that
// follows are one piece. White space before them counts to that piece.
void encode_invalid_tail(const Bpe& bpe, std::string_view text, std::size_t valid,
                         std::vector<int>& out) {
    std::vector<int> ids;
    Encoder encoder(bpe, ids);
    encoder.add(text.substr(0, valid));
    const std::vector<std::string>& tokens = bpe.table().tokens;
    const auto is_space = [&](int id) {
        return tokens[std::size_t(id)].find_first_not_of(" \n\t") == std::string::npos;
    };
    std::size_t keep = ids.size() - encoder.last_piece_tokens;
    if (keep < ids.size() && is_space(ids[keep]))
        while (keep > 0 && is_space(ids[keep - 1])) --keep;
    std::string tail;
    for (std::size_t i = keep; i < ids.size(); ++i) tail += tokens[std::size_t(ids[i])];
    tail += text.substr(valid);
    out.insert(out.end(), ids.begin(), ids.begin() + std::ptrdiff_t(keep));
    encode_piece(bpe, tail, out);
}

// Where the text has an added token: leftmost, then longest.
struct Hit {
    std::size_t begin = 0, end = 0;
    const AddedToken* token = nullptr;
};

class Finder {
   public:
    Finder(const BpeTable& table, bool special, bool normalized) {
        for (const AddedToken& added : table.added) {
            if (added.text.empty() || (added.special && !special)) continue;
            if (added.normalized != normalized) continue;
            by_first_[static_cast<unsigned char>(added.text[0])].push_back(&added);
            empty_ = false;
        }
    }
    bool empty() const { return empty_; }

    Hit next(std::string_view text, std::size_t from) const {
        for (std::size_t i = from; i < text.size(); ++i) {
            Hit hit;
            for (const AddedToken* added : by_first_[static_cast<unsigned char>(text[i])]) {
                if (text.substr(i, added->text.size()) != added->text) continue;
                if (added->text.size() > hit.end - hit.begin)
                    hit = {i, i + added->text.size(), added};
            }
            if (!hit.token) continue;
            if (hit.token->single_word) {
                const std::size_t before = start_of_last(text, hit.begin);
                if (before < hit.begin && is(is_word, text, before)) continue;
                if (is(is_word, text, hit.end)) continue;
            }
            if (hit.token->strip_left)
                for (std::size_t k = start_of_last(text, hit.begin);
                     k >= from && k < hit.begin && is(is_space, text, k);
                     k = start_of_last(text, hit.begin))
                    hit.begin = k;
            if (hit.token->strip_right)
                while (is(is_space, text, hit.end))
                    hit.end += next_code_point(text.substr(hit.end)).length;
            return hit;
        }
        return {};
    }

   private:
    // Where the character that ends at `end` begins; `end` when there is none.
    static std::size_t start_of_last(std::string_view text, std::size_t end) {
        if (end == 0) return end;
        std::size_t i = end - 1;
        while (i > 0 && end - i < 4 && (text[i] & 0xC0) == 0x80) --i;
        return next_code_point(text.substr(i, end - i)).length == end - i ? i : end - 1;
    }
    static bool is(bool (*kind)(std::uint32_t), std::string_view text, std::size_t i) {
        if (i >= text.size()) return false;
        const CodePoint c = next_code_point(text.substr(i));
        return c.valid && kind(c.value);
    }
    std::array<std::vector<const AddedToken*>, 256> by_first_;
    bool empty_ = true;
};

void encode_plain(const Bpe& bpe, std::string_view text, Encoder& encoder, std::vector<int>& ids) {
    if (text.empty()) return;
    if (bpe.table().is_tiktoken)
        if (const std::size_t valid = first_invalid_utf8(text); valid != std::string::npos)
            return encode_invalid_tail(bpe, text, valid, ids);
    encoder.add(text);
}

}  // namespace

std::vector<int> bpe_encode(const Bpe& bpe, std::string_view text, bool special) {
    std::vector<int> ids;
    ids.reserve(text.size() / 3 + 8);
    Encoder encoder(bpe, ids);
    const Finder first(bpe.table(), special, false), second(bpe.table(), special, true);
    if (first.empty() && second.empty() && !bpe.table().prefix_space) {
        encode_plain(bpe, text, encoder, ids);
        return ids;
    }

    const auto plain = [&](std::string_view part) {
        if (part.empty()) return;
        if (!bpe.table().prefix_space || part[0] == ' ')
            return encode_plain(bpe, part, encoder, ids);
        const std::string with_space = " " + std::string(part);
        Encoder own(bpe, ids);
        encode_plain(bpe, with_space, own, ids);
    };
    const auto each = [&](const Finder& finder, std::string_view part, const auto& between) {
        std::size_t at = 0;
        for (Hit hit = finder.next(part, at); hit.token; hit = finder.next(part, at)) {
            between(part.substr(at, hit.begin - at));
            ids.push_back(hit.token->id);
            at = hit.end;
        }
        between(part.substr(at));
    };
    each(first, text, [&](std::string_view part) { each(second, part, plain); });
    return ids;
}

std::string bpe_decode(const Bpe& bpe, std::span<const int> ids) {
    std::string text;
    for (int id : ids) {
        if (!bpe.has(id))
            throw ValueError("bpe: id is " + std::to_string(id) + ", wanted one of 0 to " +
                             std::to_string(std::ptrdiff_t(bpe.table().tokens.size()) - 1));
        text += bpe.table().tokens[std::size_t(id)];
    }
    return text;
}

}  // namespace orrery::tokenizer
