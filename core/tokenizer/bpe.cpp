#include "core/tokenizer/bpe.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace orrery::tokenizer {

const std::array<unsigned char, 256>& bpe_byte_order() {
    static const std::array<unsigned char, 256> order = [] {
        //: bytes that print come first
        std::array<unsigned char, 256> bytes{};
        std::size_t n = 0;
        const auto prints = [](int b) {
            return (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
        };
        for (int b = 0; b < 256; ++b)
            if (prints(b)) bytes[n++] = static_cast<unsigned char>(b);
        for (int b = 0; b < 256; ++b)
            if (!prints(b)) bytes[n++] = static_cast<unsigned char>(b);
        return bytes;
    }();
    return order;
}

BpeCorpus bpe_corpus(const std::vector<std::pair<std::string, long long>>& words,
                     std::string_view end_marker) {
    BpeCorpus corpus;
    std::unordered_map<std::string, int> id_of;
    const auto id = [&](const std::string& symbol) {
        const auto [entry, is_new] = id_of.try_emplace(symbol, int(corpus.symbols.size()));
        if (is_new) corpus.symbols.push_back(symbol);
        return entry->second;
    };
    for (const auto& [text, count] : words) {
        //: a word as its characters and an end marker
        BpeWord word{{}, count};
        for (const std::string& c : split_characters(text)) word.ids.push_back(id(c));
        if (!end_marker.empty()) word.ids.push_back(id(std::string(end_marker)));
        corpus.words.push_back(std::move(word));
    }
    return corpus;
}

BpeCorpus bpe_byte_corpus(std::span<const std::string_view> texts, Pattern pattern) {
    BpeCorpus corpus;
    std::array<int, 256> id{};
    for (unsigned char byte : bpe_byte_order()) {
        id[byte] = int(corpus.symbols.size());
        corpus.symbols.push_back(std::string(1, char(byte)));
    }
    std::unordered_map<std::string_view, std::size_t> seen;
    for (std::string_view text : texts) {
        for (std::string_view piece : split_pieces(pattern, text)) {
            //: equal pieces are counted, not kept twice
            const auto [entry, is_new] = seen.try_emplace(piece, corpus.words.size());
            if (is_new) {
                corpus.words.emplace_back();
                for (char c : piece)
                    corpus.words.back().ids.push_back(id[static_cast<unsigned char>(c)]);
            }
            ++corpus.words[entry->second].count;
        }
    }
    return corpus;
}

using PairKey = std::pair<int, int>;
struct PairRow {
    long long count = 0;
    std::size_t first_seen = 0;  // counts up along the text
};
using PairTable = std::map<PairKey, PairRow>;

static PairTable count_pairs(const BpeCorpus& corpus) {
    PairTable table;
    std::size_t place = 0;
    for (const BpeWord& word : corpus.words) {
        //: count every two neighbours
        for (std::size_t i = 1; i < word.ids.size(); ++i) {
            PairRow& row = table[{word.ids[i - 1], word.ids[i]}];
            if (row.count == 0) row.first_seen = place;
            row.count += word.count;
            ++place;
        }
    }
    return table;
}

// The row of the pair to merge, or the end when no pair is left.
static PairTable::const_iterator most_frequent(const PairTable& table, Ties ties) {
    auto best = table.end();
    for (auto row = table.begin(); row != table.end(); ++row) {
        //: the most frequent pair wins, the first of equals
        const bool more = best == table.end() || row->second.count > best->second.count;
        const bool as_many = !more && row->second.count == best->second.count;
        const bool earlier =
            as_many && ties == Ties::first_seen && row->second.first_seen < best->second.first_seen;
        if (more || earlier) best = row;
    }
    return best != table.end() && best->second.count > 0 ? best : table.end();
}

// The first rows in the order in which they would be merged.
static std::vector<BpePair> leading_rows(const PairTable& table, Ties ties, std::size_t rows) {
    std::vector<PairTable::const_iterator> order;
    for (auto row = table.begin(); row != table.end(); ++row) order.push_back(row);
    rows = std::min(rows, order.size());
    std::partial_sort(order.begin(), order.begin() + std::ptrdiff_t(rows), order.end(),
                      [&](const auto& a, const auto& b) {
                          if (a->second.count != b->second.count)
                              return a->second.count > b->second.count;
                          return ties == Ties::first_seen
                                     ? a->second.first_seen < b->second.first_seen
                                     : a->first < b->first;
                      });
    std::vector<BpePair> leading;
    for (std::size_t i = 0; i < rows; ++i)
        leading.push_back({order[i]->first.first, order[i]->first.second, order[i]->second.count});
    return leading;
}

static void merge_everywhere(BpeCorpus& corpus, const BpeMerge& merge) {
    for (BpeWord& word : corpus.words) {
        //: put the new symbol wherever the pair stands
        std::vector<int> ids;
        for (std::size_t i = 0; i < word.ids.size(); ++i) {
            const bool is_pair = i + 1 < word.ids.size() && word.ids[i] == merge.left &&
                                 word.ids[i + 1] == merge.right;
            ids.push_back(is_pair ? merge.made : word.ids[i]);
            if (is_pair) ++i;
        }
        word.ids = std::move(ids);
    }
}

static std::vector<BpePair> rows_changed(const PairTable& before, const PairTable& after) {
    std::vector<BpePair> rows;
    for (const auto& [pair, row] : before) {
        const auto now = after.find(pair);
        const long long count = now == after.end() ? 0 : now->second.count;
        if (count != row.count) rows.push_back({pair.first, pair.second, count});
    }
    for (const auto& [pair, row] : after)
        if (!before.count(pair)) rows.push_back({pair.first, pair.second, row.count});
    return rows;
}

BpeTraining bpe_train_steps(BpeCorpus corpus, std::size_t merges, Ties ties, std::size_t rows) {
    BpeTraining training;
    PairTable table = count_pairs(corpus);
    for (const auto& [pair, row] : table)
        training.table.push_back({pair.first, pair.second, row.count});
    if (rows > 0) training.leading.push_back(leading_rows(table, ties, rows));

    for (std::size_t k = 0; k < merges; ++k) {
        const auto best = most_frequent(table, ties);
        if (best == table.end()) break;

        //: name the new symbol
        const auto [left, right] = best->first;
        const std::string spelled =
            corpus.symbols[std::size_t(left)] + corpus.symbols[std::size_t(right)];
        const auto known = std::find(corpus.symbols.begin(), corpus.symbols.end(), spelled);
        const BpeMerge merge{left, right, int(known - corpus.symbols.begin()), std::uint32_t(k)};
        if (known == corpus.symbols.end()) corpus.symbols.push_back(spelled);

        //: merge, count anew, and note what changed
        const long long count = best->second.count;
        merge_everywhere(corpus, merge);
        PairTable after = count_pairs(corpus);
        training.steps.push_back({merge, count, rows_changed(table, after)});
        table = std::move(after);
        if (rows > 0) training.leading.push_back(leading_rows(table, ties, rows));
    }
    training.corpus = std::move(corpus);
    return training;
}

void record(const BpeTraining& training, Trace& out) {
    out.from("tokenizer/bpe");
    const auto& symbols = training.corpus.symbols;
    out.names("symbols", symbols);
    Tensor table({training.table.size(), 3});
    for (std::size_t i = 0; i < training.table.size(); ++i) {
        const BpePair& pair = training.table[i];
        table.at({i, 0}) = float(pair.left);
        table.at({i, 1}) = float(pair.right);
        table.at({i, 2}) = float(pair.count);
    }
    out.add("pairs", std::move(table), "count every two neighbours", Kind::index);

    Tensor merges({training.steps.size(), 4});
    for (std::size_t k = 0; k < training.steps.size(); ++k) {
        const BpeTrainingStep& step = training.steps[k];
        merges.at({k, 0}) = float(step.merge.left);
        merges.at({k, 1}) = float(step.merge.right);
        merges.at({k, 2}) = float(step.merge.made);
        merges.at({k, 3}) = float(step.count);
        out.event(
            {"merge",
             symbols[std::size_t(step.merge.left)] + " + " + symbols[std::size_t(step.merge.right)],
             {{"count", double(step.count)}, {"changed", double(step.changes.size())}},
             {"merges"}});
    }
    out.add("merges", std::move(merges), "the most frequent pair wins, the first of equals",
            Kind::index);
}

BpeEncodeSteps bpe_encode_steps(const Bpe& bpe, std::string_view text) {
    BpeEncodeSteps out;
    for (std::string_view piece : split_pieces(bpe.table().pattern, text)) {
        //: a piece begins as its bytes
        std::vector<int> ids = bpe.bytes(piece);
        if (const int id = bpe.whole(piece); id >= 0) ids = {id};
        out.pieces.emplace_back(piece);
        out.bytes.push_back(ids);

        while (true) {
            //: of all neighbours the merge learned first, leftmost
            std::size_t best = 0;
            Bpe::Found merge{Bpe::never, -1};
            for (std::size_t i = 0; i + 1 < ids.size(); ++i) {
                const Bpe::Found found = bpe.find(ids[i], ids[i + 1]);
                if (found.rank < merge.rank) merge = found, best = i;
            }
            if (merge.rank == Bpe::never) break;

            //: replay it
            const BpeMerge replayed{ids[best], ids[best + 1], merge.made, merge.rank};
            ids[best] = merge.made;
            ids.erase(ids.begin() + std::ptrdiff_t(best) + 1);
            out.steps.push_back({out.pieces.size() - 1, best, replayed, ids});
        }
        out.ids.insert(out.ids.end(), ids.begin(), ids.end());
    }
    return out;
}

std::vector<std::uint32_t> bpe_joins(const Bpe& bpe, std::string_view piece) {
    std::vector<std::uint32_t> joins(piece.size(), Bpe::never);
    std::vector<int> ids = bpe.bytes(piece);
    if (ids.size() != piece.size()) return joins;  // a byte without a token
    std::vector<std::size_t> begins(ids.size());
    for (std::size_t i = 0; i < begins.size(); ++i) begins[i] = i;
    while (true) {
        std::uint32_t rank = Bpe::never;
        for (std::size_t i = 1; i < ids.size(); ++i)
            rank = std::min(rank, bpe.find(ids[i - 1], ids[i]).rank);
        if (rank == Bpe::never) return joins;

        //: one merge at every place, and when the bytes were joined
        std::size_t kept = 0;
        for (std::size_t i = 0; i < ids.size(); ++i) {
            const bool is_pair = i + 1 < ids.size() && bpe.find(ids[i], ids[i + 1]).rank == rank;
            begins[kept] = begins[i];
            if (is_pair) {
                joins[begins[i + 1]] = rank;
                ids[kept++] = bpe.find(ids[i], ids[i + 1]).made;
                ++i;
            } else {
                ids[kept++] = ids[i];
            }
        }
        ids.resize(kept), begins.resize(kept);
    }
}

std::vector<int> longest_match(std::span<const std::string> tokens, std::string_view piece) {
    std::unordered_map<std::string_view, int> id_of;
    std::size_t longest = 1;
    for (std::size_t id = 0; id < tokens.size(); ++id) {
        id_of.try_emplace(tokens[id], int(id));
        longest = std::max(longest, tokens[id].size());
    }
    std::vector<int> ids;
    while (!piece.empty()) {
        //: take the longest token that the rest begins with
        std::size_t length = std::min(longest, piece.size());
        while (length > 1 && !id_of.count(piece.substr(0, length))) --length;
        const auto found = id_of.find(piece.substr(0, length));
        ids.push_back(found == id_of.end() ? -1 : found->second);
        piece.remove_prefix(length);
    }
    return ids;
}

void record(const BpeEncodeSteps& steps, const Bpe& bpe, Trace& out) {
    out.from("tokenizer/bpe");
    std::vector<std::string> words;
    Tensor ids({steps.ids.size()});
    for (std::size_t i = 0; i < steps.ids.size(); ++i) {
        ids.flat()[i] = float(steps.ids[i]);
        words.push_back(bpe.table().tokens[std::size_t(steps.ids[i])]);
    }
    out.names("pieces", steps.pieces);
    out.names("tokens", std::move(words));
    out.add("ids", std::move(ids), "replay it", Kind::index);
    for (const BpeEncodeStep& step : steps.steps)
        out.event({"merge",
                   bpe.table().tokens[std::size_t(step.merge.made)],
                   {{"piece", double(step.piece)},
                    {"place", double(step.place)},
                    {"rank", double(step.merge.rank)}},
                   {"ids"}});
}

}  // namespace orrery::tokenizer
