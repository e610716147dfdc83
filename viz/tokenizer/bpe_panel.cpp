// BPE: what its panel takes, computes and tells; drawn by bpe_panel_picture.cpp
//
// The merges are learned from the text (or from a sample), each with the pairs that led before it.
// The text is then cut once for all: each byte keeps the merge that joined it to the byte before,
// so that the tokens after k merges are read off without computing again.
#include "core/tokenizer/bpe.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "core/base/text.hpp"
#include "viz/kit/format.hpp"
#include "viz/kit/panel.hpp"
#include "viz/kit/tokens.hpp"
#include "viz/tokenizer/bpe_panel_picture.hpp"
#include "viz/tokenizer/bpe_panel_trace.hpp"
#include "viz/tokenizer/bpe_samples.hpp"

namespace orrery::viz {
namespace {

using namespace bpe_panel;

constexpr std::size_t most_bytes = 32768;  // of the text; the rest is left out
constexpr const char* default_text =
    "she sells sea shells on the shore, he sells fish in the shop. "
    "生命很美，研究生爱生命，研究生研究生命。 🐱🐭🐱🐭";

// ---- what is computed

// At most `most` bytes, no character cut.
std::string_view start_of(std::string_view text, std::size_t most) {
    if (text.size() <= most) return text;
    std::size_t end = most;
    while (end > 0 && most - end < 4 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
        --end;
    return text.substr(0, end);
}

std::size_t characters_in(std::string_view text) {
    std::size_t count = 0;
    while (!text.empty()) {
        text.remove_prefix(std::max<std::size_t>(next_code_point(text).length, 1));
        ++count;
    }
    return count;
}

// Per byte of a text: its value, its piece, and the merge that joins it to the byte before (from 1;
// 0: none does).
struct Joined {
    Tensor bytes, joins, pieces;  // [n]
};

Joined join_all(const tokenizer::Bpe& bpe, std::string_view text) {
    Joined j{Tensor({text.size()}), Tensor({text.size()}), Tensor({text.size()})};
    std::map<std::string_view, std::vector<std::uint32_t>> known;
    std::size_t at = 0, number = 0;
    for (std::string_view piece : tokenizer::split_pieces(bpe.table().pattern, text)) {
        auto [entry, is_new] = known.try_emplace(piece);
        if (is_new) entry->second = bpe_joins(bpe, piece);
        for (std::size_t i = 0; i < piece.size(); ++i, ++at) {
            const std::uint32_t rank = entry->second[i];
            j.bytes.flat()[at] = float(static_cast<unsigned char>(piece[i]));
            j.joins.flat()[at] = rank == tokenizer::Bpe::never ? 0.0f : float(rank + 1);
            j.pieces.flat()[at] = float(number);
        }
        ++number;
    }
    return j;
}

// How many tokens there are after 0, 1, … `merges` merges.
Tensor tokens_after(const Tensor& joins, std::size_t merges) {
    Tensor tokens({merges + 1});
    std::vector<std::size_t> gone(merges + 1, 0);
    for (float m : joins.flat())
        if (m > 0 && std::size_t(m) <= merges) ++gone[std::size_t(m)];
    std::size_t left = joins.size();
    for (std::size_t k = 0; k <= merges; ++k) left -= gone[k], tokens.flat()[k] = float(left);
    return tokens;
}

std::vector<int> ids_of(const tokenizer::Bpe& bpe, std::string_view bytes, const Tensor& joins) {
    std::vector<int> ids;
    std::size_t begin = 0;
    while (begin < bytes.size()) {
        std::size_t end = begin + 1, last = 0;
        while (end < bytes.size() && joins.flat()[end] > 0)
            last = std::max(last, std::size_t(joins.flat()[end++]));
        ids.push_back(last > 0 ? bpe.table().merges[last - 1].made
                               : bpe.bytes(bytes.substr(begin, 1))[0]);
        begin = end;
    }
    return ids;
}

// The word to take apart: the knob's, or the first piece that the longest match cuts otherwise, or
// the one that grew together by most merges.
std::string word_of(const Knobs& k, const tokenizer::Bpe& bpe, std::string_view text) {
    if (!k.text("word").empty()) return std::string(start_of(k.text("word"), most_word));
    std::string best;
    std::size_t most = 0, looked_at = 0;
    std::set<std::string_view> seen;
    for (std::string_view piece : tokenizer::split_pieces(bpe.table().pattern, text)) {
        if (piece.size() > most_word || !seen.insert(piece).second) continue;
        const auto joins = bpe_joins(bpe, piece);
        const auto count =
            std::size_t(std::count_if(joins.begin(), joins.end(), [](auto r) { return r != ~0u; }));
        if (best.empty() || count > most) most = count, best = piece;
        if (count == 0 || ++looked_at > 200) continue;
        Tensor joined({piece.size()});
        for (std::size_t i = 0; i < piece.size(); ++i)
            joined.flat()[i] = joins[i] == ~0u ? 0.0f : float(joins[i] + 1);
        if (ids_of(bpe, piece, joined) != tokenizer::longest_match(bpe.table().tokens, piece))
            return std::string(piece);
    }
    return best;
}

void compute(const Knobs& k, const Inputs& in, Trace& out) {
    const std::string text(start_of(in.workspace().text, most_bytes));
    std::string_view source = text;
    for (const auto& language : samples::languages)
        if (k.choice("learn") == language.key) source = language.learn;

    const std::string_view texts[] = {source};
    auto training =
        tokenizer::bpe_train_steps(tokenizer::bpe_byte_corpus(texts, tokenizer::Pattern::gpt2),
                                   k.size("merges"), tokenizer::Ties::first_seen, table_rows);
    //: a pair that stands only once is not worth a token
    std::size_t K = 0;
    while (K < training.steps.size() && training.steps[K].count >= 2) ++K;
    training.steps.resize(K);
    training.leading.resize(K + 1);
    std::size_t V = 256;
    for (const auto& step : training.steps) V = std::max(V, std::size_t(step.merge.made) + 1);
    training.corpus.symbols.resize(V);
    record(training, out);

    tokenizer::BpeTable table;
    table.tokens = training.corpus.symbols;
    for (const auto& step : training.steps) table.merges.push_back(step.merge);
    const tokenizer::Bpe bpe(std::move(table));

    out.from("tokenizer/bpe");
    Tensor leading({K + 1, table_rows, 4}, -1.0f);
    std::map<std::pair<int, int>, long long> counts;
    for (const auto& pair : training.table) counts[{pair.left, pair.right}] = pair.count;
    for (std::size_t s = 0; s <= K; ++s) {
        auto before = counts;
        if (s > 0) {
            before.clear();
            for (const auto& c : training.steps[s - 1].changes)
                before[{c.left, c.right}] = counts[{c.left, c.right}],
                                counts[{c.left, c.right}] = c.count;
        }
        const auto& rows = training.leading[s];
        for (std::size_t r = 0; r < rows.size(); ++r) {
            float* row = leading.data() + (s * table_rows + r) * 4;
            row[0] = float(rows[r].left), row[1] = float(rows[r].right);
            row[2] = float(rows[r].count);
            const auto old = before.find({rows[r].left, rows[r].right});
            row[3] = s > 0 && old != before.end() ? float(rows[r].count - old->second) : 0.0f;
        }
    }
    out.add("leading", std::move(leading), "the most frequent pair wins, the first of equals",
            Kind::index);

    const Joined joined = join_all(bpe, text);
    const auto ids = ids_of(bpe, text, joined.joins);
    Tensor id_row({ids.size()});
    for (std::size_t i = 0; i < ids.size(); ++i) id_row.flat()[i] = float(ids[i]);
    const char* const joining = "one merge at every place, and when the bytes were joined";
    out.text("text", text);
    if (text.size() < in.workspace().text.size())
        out.text("left_out", std::to_string(in.workspace().text.size() - text.size()));
    out.add("characters", Tensor({1}, {float(characters_in(text))}), "", Kind::index);
    out.add("bytes", joined.bytes, "a piece begins as its bytes", Kind::index);
    out.add("pieces", joined.pieces, "a piece begins as its bytes", Kind::index);
    out.add("joins", joined.joins, joining, Kind::index);
    out.add("tokens", tokens_after(joined.joins, K), joining, Kind::index);
    out.add("ids", std::move(id_row), "replay it", Kind::index);

    //: one word, both ways
    const std::string word = word_of(k, bpe, text);
    const Joined of_word = join_all(bpe, word);
    Tensor longest({K + 1, std::max<std::size_t>(word.size(), 1)}, -1.0f);
    for (std::size_t s = 0; s <= K; ++s) {
        std::size_t size = 256;
        for (std::size_t m = 0; m < s; ++m)
            size = std::max(size, std::size_t(bpe.table().merges[m].made) + 1);
        const auto cut = tokenizer::longest_match(
            std::span<const std::string>(bpe.table().tokens).first(size), word);
        for (std::size_t i = 0; i < cut.size(); ++i) longest.row(s)[i] = float(cut[i]);
    }
    out.text("word", word);
    out.add("word_bytes", of_word.bytes, "a piece begins as its bytes", Kind::index);
    out.add("word_joins", of_word.joins, joining, Kind::index);
    out.add("longest", std::move(longest), "take the longest token that the rest begins with",
            Kind::index);

    //: the samples, measured at every merge
    constexpr std::size_t L = std::size(samples::languages);
    Tensor language_tokens({L, K + 1}), language_characters({L});
    for (std::size_t l = 0; l < L; ++l) {
        const std::string_view read = samples::languages[l].read;
        const Tensor tokens = tokens_after(join_all(bpe, read).joins, K);
        std::copy(tokens.flat().begin(), tokens.flat().end(), language_tokens.row(l).begin());
        language_characters.flat()[l] = float(characters_in(read));
    }
    out.add("language_tokens", std::move(language_tokens), joining, Kind::index);
    out.add("language_characters", std::move(language_characters), "", Kind::index);
}

// ---- what is declared

Explanation explain_byte(const Trace& t, const View& view, const Selection& s) {
    const Tensor& bytes = t["bytes"];
    if (s.col < 0 || std::size_t(s.col) >= bytes.size()) return {};
    const float value = bytes.flat()[std::size_t(s.col)];
    const char byte = char(static_cast<unsigned char>(value));
    //: the character that the byte belongs to
    const std::string& text = t.text("text");
    std::size_t begin = std::size_t(s.col);
    while (begin > 0 && std::size_t(s.col) - begin < 3 &&
           (static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80)
        --begin;
    const CodePoint c = next_code_point(std::string_view(text).substr(begin));
    const bool inside = c.valid && begin + c.length > std::size_t(s.col);
    const std::string character = inside
                                      ? shown_token(std::string_view(text).substr(begin, c.length))
                                      : shown_token(std::string_view(&byte, 1));
    Explanation e;
    e.formula = "0x" + hex(std::string_view(&byte, 1)) + " = " + format_value(double(value));
    e.why = view.say("why.byte", {{"character", character},
                                  {"n", std::to_string(std::size_t(s.col) - begin + 1)},
                                  {"of", std::to_string(inside ? c.length : 1)}});
    return e;
}

std::string in_words(const Trace& t, const View& view) {
    if (t["bytes"].size() == 0) return view.say("words.empty");
    const std::size_t K = merges_of(t), k = std::min(std::size_t(std::max(view.t, 0.0)), K);
    const double tokens = scalar(t, "tokens", k), bytes = double(t["bytes"].size());
    std::string text =
        view.say("words.size", {{"characters", format_value(scalar(t, "characters"))},
                                {"bytes", format_value(bytes)},
                                {"merges", std::to_string(k)},
                                {"tokens", format_value(tokens)},
                                {"ratio", two(bytes / tokens)}});
    if (k > 0)
        text += view.say(
            "words.last",
            {{"pair", parents(t, k)}, {"count", format_value(double(t["merges"].at({k - 1, 3})))}});
    if (k < K)
        text += view.say("words.next", {{"pair", parents(t, k + 1)},
                                        {"count", format_value(double(t["merges"].at({k, 3})))}});
    text += view.say("words.word", {{"word", shown_token(t.text("word"))},
                                    {"bpe", joined_text(t, word_ids(t, k))},
                                    {"longest", joined_text(t, longest_ids(t, k))}});
    for (std::size_t l = 0; l < std::size(samples::languages); ++l)
        text += view.say(
            "words.language",
            {{"language", view.say(std::string("language.") + samples::languages[l].key)},
             {"ratio",
              two(double(t["language_tokens"].row(l)[k]) / scalar(t, "language_characters", l))}});
    return text;
}

void declare(Declaration& d) {
    d.uses_text(default_text);
    d.knob("show", "merges", {"merges", "word", "savings"});
    d.knob("learn", "text", {"text", "english", "chinese", "code"});
    d.knob("merges", 60, 0, 400);
    d.text_knob("word", "", most_word);
    d.output("ids");
    d.parts("text", "pairs", "word", "vocabulary", "longest", "savings", "languages");

    const auto number = [&](const char* name, double (*read)(const Trace&)) {
        d.fact(name, [=](const Trace& t, const Knobs&) -> FactValue { return read(t); });
    };
    number("characters", [](const Trace& t) { return scalar(t, "characters"); });
    number("bytes", [](const Trace& t) { return double(t["bytes"].size()); });
    number("tokens", [](const Trace& t) { return last(t, "tokens"); });
    number("merges_done", [](const Trace& t) { return double(merges_of(t)); });
    number("vocabulary", [](const Trace& t) { return double(t.names("symbols").size()); });
    number("bytes_per_token", [](const Trace& t) {
        return last(t, "tokens") > 0 ? double(t["bytes"].size()) / last(t, "tokens") : 0.0;
    });
    number("next_count", [](const Trace& t) {
        return std::max(0.0, double(t["leading"].at({merges_of(t), 0, 2})));
    });
    number("last_count", [](const Trace& t) {
        return merges_of(t) ? double(t["merges"].at({merges_of(t) - 1, 3})) : 0.0;
    });
    d.fact("last_token", [](const Trace& t, const Knobs&) -> FactValue {
        const std::size_t K = merges_of(t);
        return K ? shown_token(symbol(t, int(t["merges"].at({K - 1, 2})))) : std::string("–");
    });
    d.fact("next_pair", [](const Trace& t, const Knobs&) -> FactValue {
        const std::size_t K = merges_of(t);
        const int left = int(t["leading"].at({K, 0, 0})), right = int(t["leading"].at({K, 0, 1}));
        if (left < 0) return std::string("–");
        return shown_token(symbol(t, left)) + " + " + shown_token(symbol(t, right));
    });
    d.fact("word_cut", [](const Trace& t, const Knobs&) -> FactValue {
        return joined_text(t, word_ids(t, merges_of(t)));
    });
    d.fact("longest_cut", [](const Trace& t, const Knobs&) -> FactValue {
        return joined_text(t, longest_ids(t, merges_of(t)));
    });
    number("word_tokens", [](const Trace& t) { return double(word_ids(t, merges_of(t)).size()); });
    for (std::size_t l = 0; l < std::size(samples::languages); ++l)
        d.fact(samples::languages[l].key, [l](const Trace& t, const Knobs&) -> FactValue {
            return double(t["language_tokens"].row(l)[merges_of(t)]) /
                   scalar(t, "language_characters", l);
        });

    d.explain("bytes", explain_byte);
    d.least_height(215);
    d.length([](const Trace& t) { return double(merges_of(t)); });
    d.describe(in_words);
    d.preset("longest", {{"show", "word"}});
    d.preset("english", {{"show", "savings"}, {"learn", "english"}, {"merges", "200"}});
    d.preset("chinese", {{"show", "savings"}, {"learn", "chinese"}, {"merges", "200"}});
    d.preset("card", {{"merges", "28"}});
}

}  // namespace

Panel make_tokenizer_bpe_panel() { return {declare, compute, bpe_panel::draw}; }

}  // namespace orrery::viz
