#include "core/tokenizer/bpe.hpp"

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/random.hpp"
#include "core/base/text.hpp"
#include "core/tokenizer/tokenizer.hpp"
#include "tests/support/catch.hpp"

using namespace orrery;
using namespace orrery::tokenizer;

using Strings = std::vector<std::string>;

// "e+s 9" for each merge.
static Strings merges_of(const BpeTraining& training) {
    Strings merges;
    const auto& symbols = training.corpus.symbols;
    for (const BpeTrainingStep& step : training.steps)
        merges.push_back(symbols[std::size_t(step.merge.left)] + "+" +
                         symbols[std::size_t(step.merge.right)] + " " + std::to_string(step.count));
    return merges;
}

static BpeTable trained(std::string_view text, std::size_t size, Pattern pattern = Pattern::gpt2,
                        Ties ties = Ties::first_seen) {
    const std::string_view texts[] = {text};
    return bpe_train(texts, {.vocab_size = size, .pattern = pattern, .ties = ties});
}

// Words, signs and spaces that repeat, with some stray bytes.
static std::string made_up_text(std::uint64_t seed, std::size_t words) {
    Random random(seed, "test bpe");
    const Strings pool{"low",  "lower", "newest", "widest", "aaaa", "aa",  "abab",
                       " ",    "  ",    "\n",     "中文",   "中国", "é",   "😀",
                       "it's", "12",    "!",      "\xFF",   "low",  "low", "lower"};
    std::string text;
    for (std::size_t i = 0; i < words; ++i) text += pool[random.below(pool.size())];
    return text;
}

static std::string random_bytes(std::uint64_t seed, std::size_t size) {
    Random random(seed, "test bpe bytes");
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = char(random.below(256));
    return bytes;
}

TEST_CASE("bpe: the ten merges of Sennrich's corpus", "[tokenizer][bpe]") {
    // Sennrich, Haddow and Birch 2016; check N1 of the project's table.
    const auto training = bpe_train_steps(
        bpe_corpus({{"low", 5}, {"lower", 2}, {"newest", 6}, {"widest", 3}}, "</w>"), 10);
    CHECK(merges_of(training) == Strings{"e+s 9", "es+t 9", "est+</w> 9", "l+o 7", "lo+w 7",
                                         "n+e 6", "ne+w 6", "new+est</w> 6", "low+</w> 5",
                                         "w+i 3"});
}

TEST_CASE("bpe: the first merges of the course's corpus", "[tokenizer][bpe]") {
    // Hugging Face's course, chapter 6; check N2.
    const auto training = bpe_train_steps(
        bpe_corpus({{"hug", 10}, {"pug", 5}, {"pun", 12}, {"bun", 4}, {"hugs", 5}}), 3);
    CHECK(merges_of(training) == Strings{"u+g 20", "u+n 16", "h+ug 15"});
}

TEST_CASE("bpe: the table of pairs before and after a merge", "[tokenizer][bpe]") {
    // "abab": a b 2, b a 1. Merging a b leaves ab ab 1 and nothing else.
    const auto training = bpe_train_steps(bpe_corpus({{"abab", 3}}), 1);
    CHECK(training.table == std::vector<BpePair>{{0, 1, 6}, {1, 0, 3}});
    REQUIRE(training.steps.size() == 1);
    CHECK(training.steps[0].merge == BpeMerge{0, 1, 2, 0});
    CHECK(training.steps[0].changes == std::vector<BpePair>{{0, 1, 0}, {1, 0, 0}, {2, 2, 3}});
    CHECK(training.corpus.words[0].ids == std::vector<int>{2, 2});
}

TEST_CASE("bpe: the count of a word weighs its pairs", "[tokenizer][bpe]") {
    // Twice the pair "xy" in one word against "ab" in a word that comes three times.
    CHECK(merges_of(bpe_train_steps(bpe_corpus({{"xyxy", 1}, {"ab", 3}}), 1)) == Strings{"a+b 3"});
    CHECK(merges_of(bpe_train_steps(bpe_corpus({{"xyxy", 2}, {"ab", 3}}), 1)) == Strings{"x+y 4"});
}

TEST_CASE("bpe: ties", "[tokenizer][bpe]") {
    // "ba" and "ab" once each; b is seen first and has id 0, so swap the words to tell them apart.
    const BpeCorpus corpus{{"a", "b", "c"}, {{{1, 2}, 1}, {{0, 1}, 1}}};
    CHECK(merges_of(bpe_train_steps(corpus, 1, Ties::first_seen)) == Strings{"b+c 1"});
    CHECK(merges_of(bpe_train_steps(corpus, 1, Ties::lowest_ids)) == Strings{"a+b 1"});
}

TEST_CASE("bpe: first seen means in the text as it is now", "[tokenizer][bpe]") {
    // After l+o the pairs "low" 2 and "wx" 2 tie; wx stands first.
    const auto training =
        bpe_train_steps(bpe_corpus({{"wx", 2}, {"low", 2}, {"lo", 1}}), 2, Ties::first_seen);
    CHECK(merges_of(training) == Strings{"l+o 3", "w+x 2"});
}

TEST_CASE("bpe: equal neighbours merge from the left", "[tokenizer][bpe]") {
    const auto training = bpe_train_steps(bpe_corpus({{"aaa", 1}}), 1);
    CHECK(training.corpus.words[0].ids == std::vector<int>{1, 0});
    const Bpe bpe(trained("aaa aaa", 257));
    CHECK(bpe_decode(bpe, std::vector<int>{256}) == "aa");
    CHECK(bpe_encode(bpe, "aaa") == std::vector<int>{256, bpe.bytes("a")[0]});
}

TEST_CASE("bpe: training fast gives the merges of training plainly", "[tokenizer][bpe]") {
    const auto seed = std::uint64_t(GENERATE(range(1, 13)));
    const Ties ties = GENERATE(Ties::first_seen, Ties::lowest_ids);
    const Pattern pattern = GENERATE(Pattern::gpt2, Pattern::o200k, Pattern::none);
    const std::string first = made_up_text(seed, 150), second = made_up_text(seed + 100, 60);
    const std::string_view texts[] = {first, second};

    const auto plain = bpe_train_steps(bpe_byte_corpus(texts, pattern), 90, ties);
    const auto fast = bpe_train(
        texts, {.vocab_size = plain.corpus.symbols.size(), .pattern = pattern, .ties = ties});
    CAPTURE(seed, first);
    CHECK(fast.tokens == plain.corpus.symbols);
    REQUIRE(fast.merges.size() <= plain.steps.size());
    for (std::size_t k = 0; k < fast.merges.size(); ++k)
        CHECK(fast.merges[k] == plain.steps[k].merge);
}

TEST_CASE("bpe: training on random bytes and on one letter", "[tokenizer][bpe][edge]") {
    const std::string text = GENERATE(random_bytes(5, 600), std::string(300, 'a'),
                                      std::string("ab"), std::string("a"), std::string());
    const std::string_view texts[] = {text};
    for (const Pattern pattern : {Pattern::gpt2, Pattern::none}) {
        const auto plain = bpe_train_steps(bpe_byte_corpus(texts, pattern), 40);
        const auto fast = trained(text, plain.corpus.symbols.size(), pattern);
        CHECK(fast.tokens == plain.corpus.symbols);
        const Bpe bpe(fast);
        CHECK(bpe_decode(bpe, bpe_encode(bpe, text)) == text);
    }
    CHECK(trained("", 5000).tokens.size() == 256);
    CHECK(trained("ab", 5000).tokens.size() == 257);
}

TEST_CASE("bpe: encoding fast gives the ids of replaying the merges", "[tokenizer][bpe]") {
    const auto seed = std::uint64_t(GENERATE(range(1, 8)));
    const Pattern pattern = GENERATE(Pattern::gpt2, Pattern::cl100k, Pattern::none);
    const Bpe bpe(trained(made_up_text(seed, 400), 400, pattern));
    const std::string text =
        made_up_text(seed + 50, 200) + random_bytes(seed, 300) + std::string(seed * 40, 'a');
    const auto steps = bpe_encode_steps(bpe, text);
    CAPTURE(seed);
    CHECK(bpe_encode(bpe, text) == steps.ids);
    CHECK(bpe_decode(bpe, steps.ids) == text);
}

TEST_CASE("bpe: merges are replayed in the order learned, not longest first", "[tokenizer][bpe]") {
    // b+c was learned before a+b and before ab+c: abc is a bc, although "ab" would come first.
    BpeTable table = trained("", 256);
    const Bpe bytes(table);
    const int a = bytes.bytes("a")[0], b = bytes.bytes("b")[0], c = bytes.bytes("c")[0];
    table.tokens.insert(table.tokens.end(), {"bc", "ab", "abc"});
    table.merges = {{b, c, 256, 0}, {a, b, 257, 1}, {257, c, 258, 2}};
    const Bpe bpe(table);
    CHECK(bpe_encode(bpe, "abc") == std::vector<int>{a, 256});
    CHECK(bpe_encode(bpe, "abb") == std::vector<int>{257, b});

    const auto steps = bpe_encode_steps(bpe, "abc");
    REQUIRE(steps.steps.size() == 1);
    CHECK(steps.bytes[0] == std::vector<int>{a, b, c});
    CHECK(steps.steps[0].place == 1);
    CHECK(steps.steps[0].merge.rank == 0);
    CHECK(steps.steps[0].ids == std::vector<int>{a, 256});

    // A table that looks whole pieces up first answers otherwise.
    table.whole_piece_first = true;
    CHECK(bpe_encode(Bpe(table), "abc") == std::vector<int>{258});
    CHECK(bpe_encode_steps(Bpe(table), "abc").ids == std::vector<int>{258});
}

TEST_CASE("bpe: the longest match from the left is another way to cut", "[tokenizer][bpe]") {
    const Strings tokens{"a", "b", "c", "bc", "ab", "abc"};
    const std::span<const std::string> all(tokens);
    CHECK(longest_match(all, "abc") == std::vector<int>{5});
    CHECK(longest_match(all.first(5), "abc") == std::vector<int>{4, 2});
    CHECK(longest_match(all.first(4), "abc") == std::vector<int>{0, 3});
    CHECK(longest_match(all, "abx") == std::vector<int>{4, -1});
    CHECK(longest_match(all, "").empty());
}

TEST_CASE("bpe: when bytes are joined says the tokens after any number of merges",
          "[tokenizer][bpe]") {
    const auto seed = std::uint64_t(GENERATE(range(1, 8)));
    const BpeTable table = trained(made_up_text(seed, 200), 256 + 60);
    const std::string text = made_up_text(seed + 100, 30) + "aaaaaaa";
    for (std::size_t k : {0u, 1u, 7u, 30u, 60u}) {
        BpeTable cut = table;
        cut.merges.resize(std::min(k, table.merges.size()));
        const Bpe all(table), some(cut);
        for (std::string_view piece : split_pieces(Pattern::gpt2, text)) {
            //: cut where a byte is not joined yet, and compare with the replayed merges
            const auto joins = bpe_joins(all, piece);
            REQUIRE(joins.size() == piece.size());
            Strings tokens, wanted;
            for (std::size_t i = 0; i < piece.size(); ++i) {
                if (joins[i] >= k) tokens.emplace_back();
                tokens.back() += piece[i];
            }
            for (int id : bpe_encode(some, piece)) wanted.push_back(cut.tokens[std::size_t(id)]);
            CAPTURE(seed, k, piece);
            CHECK(tokens == wanted);
        }
    }
}

TEST_CASE("bpe: the table's first rows at every merge", "[tokenizer][bpe]") {
    // "abab" three times: a+b 6, b+a 3; after a+b there is only ab+ab 3.
    const auto training = bpe_train_steps(bpe_corpus({{"abab", 3}}), 5, Ties::first_seen, 4);
    REQUIRE(training.leading.size() == training.steps.size() + 1);
    CHECK(training.leading[0] == std::vector<BpePair>{{0, 1, 6}, {1, 0, 3}});
    CHECK(training.leading[1] == std::vector<BpePair>{{2, 2, 3}});
    CHECK(training.leading[2].empty());
    // Each merge is the first row, whatever decides between equals.
    for (Ties ties : {Ties::first_seen, Ties::lowest_ids}) {
        const std::string text = made_up_text(3, 120);
        const std::string_view texts[] = {text};
        const auto made = bpe_train_steps(bpe_byte_corpus(texts, Pattern::gpt2), 50, ties, 3);
        for (std::size_t k = 0; k < made.steps.size(); ++k) {
            CHECK(made.leading[k][0].left == made.steps[k].merge.left);
            CHECK(made.leading[k][0].right == made.steps[k].merge.right);
            CHECK(made.leading[k][0].count == made.steps[k].count);
        }
    }
    CHECK(bpe_train_steps(bpe_corpus({{"abab", 3}}), 5).leading.empty());
}

TEST_CASE("bpe: what goes in comes out", "[tokenizer][bpe]") {
    const auto seed = std::uint64_t(GENERATE(range(1, 20)));
    const Bpe bpe(trained(made_up_text(1, 500), 350));
    const std::string text = random_bytes(seed, seed * 37);
    CHECK(bpe_decode(bpe, bpe_encode(bpe, text)) == text);
    for (const char* words : {"", " ", "\n", "   ", "it's 'S", "人工智能，你好", "😀👍🏽",
                              "a\r\n\r\n b", "\xE4\xBD", "\xEF\xBB\xBFx"})
        CHECK(bpe_decode(bpe, bpe_encode(bpe, words)) == words);
}

TEST_CASE("bpe: a piece of many bytes", "[tokenizer][bpe][edge]") {
    const Bpe bpe(trained(made_up_text(3, 400), 500, Pattern::none));
    std::string text;
    for (std::size_t i = 0; i < 40; ++i) text += made_up_text(i, 200);
    CHECK(bpe_decode(bpe, bpe_encode(bpe, text)) == text);
    CHECK(bpe_encode(bpe, text.substr(0, 600)) == bpe_encode_steps(bpe, text.substr(0, 600)).ids);
    const std::string letters(200000, 'a');
    CHECK(bpe_decode(bpe, bpe_encode(bpe, letters)) == letters);
}

TEST_CASE("bpe: added tokens", "[tokenizer][bpe]") {
    BpeTable table = trained("", 256);
    const auto add = [&](const char* text, bool special) -> AddedToken& {
        table.literal.push_back(int(table.tokens.size()));
        table.added.push_back({text, int(table.tokens.size()), special});
        table.tokens.push_back(text);
        return table.added.back();
    };
    add("<s>", true);     // 256
    add("<sep>", true);   // 257
    add("<s><s>", true);  // 258
    add("word", false);   // 259
    add("<trim>", true).strip_left = true;
    table.added.back().strip_right = true;  // 260
    add("the", false).single_word = true;   // 261
    const Bpe bpe(table);
    const int a = bpe.bytes("a")[0], w = bpe.bytes("w")[0];
    CHECK(bpe_encode(bpe, "<s>a").size() == 4);  // plain text
    CHECK(bpe_encode(bpe, "<s>a", true) == std::vector<int>{256, a});
    CHECK(bpe_encode(bpe, "a<s><s><s>a", true) == std::vector<int>{a, 258, 256, a});
    CHECK(bpe_encode(bpe, "<sep><s", true) ==
          std::vector<int>{257, bpe.bytes("<")[0], bpe.bytes("s")[0]});
    CHECK(bpe_encode(bpe, "aworda") == std::vector<int>{a, 259, a});  // not special: always
    CHECK(bpe_encode(bpe, "a  <trim> \n a", true) == std::vector<int>{a, 260, a});
    CHECK(bpe_encode(bpe, "w the w") ==
          std::vector<int>{w, bpe.bytes(" ")[0], 261, bpe.bytes(" ")[0], w});
    CHECK(bpe_encode(bpe, "athea").size() == 5);
    CHECK(bpe_encode(bpe, "中the").size() == 6);  // 中 is a letter: not a word of its own
    CHECK(bpe_encode(bpe, "😀the").size() == 5);
    CHECK(bpe_encode(bpe, "a\u3000<trim>\u00a0a", true) == std::vector<int>{a, 260, a});
    CHECK(bpe_decode(bpe, std::vector<int>{256, a, 258}) == "<s>a<s><s>");
}

TEST_CASE("bpe: a space put before the text", "[tokenizer][bpe]") {
    BpeTable table = trained("", 256);
    table.prefix_space = true;
    const Bpe bpe(table);
    CHECK(bpe_encode(bpe, "a") == bpe.bytes(" a"));
    CHECK(bpe_encode(bpe, " a") == bpe.bytes(" a"));
    CHECK(bpe_encode(bpe, "").empty());
}

TEST_CASE("bpe: bytes without a token", "[tokenizer][bpe][edge]") {
    BpeTable table;
    table.tokens = {"?", "a", "b", "ab"};
    table.merges = {{1, 2, 3, 0}};
    CHECK(bpe_encode(Bpe(table), "axb") == std::vector<int>{3});  // left out
    table.unknown = 0;
    CHECK(bpe_encode(Bpe(table), "axxb") == std::vector<int>{1, 0, 0, 2});
    table.fuse_unknown = true;
    CHECK(bpe_encode(Bpe(table), "axxb") == std::vector<int>{1, 0, 2});
    CHECK(bpe_encode_steps(Bpe(table), "axxb").ids == std::vector<int>{1, 0, 2});
}

TEST_CASE("bpe: the record has every merge", "[tokenizer][bpe]") {
    const auto training = bpe_train_steps(bpe_corpus({{"abab", 3}}), 5);
    Trace trace;
    record(training, trace);
    CHECK(trace["pairs"].same_bits(Tensor({2, 3}, {0, 1, 6, 1, 0, 3})));
    CHECK(trace["merges"].same_bits(Tensor({2, 4}, {0, 1, 2, 6, 2, 2, 3, 3})));
    CHECK(trace.names("symbols") == Strings{"a", "b", "ab", "abab"});
    REQUIRE(trace.events().size() == 2);
    CHECK(trace.events()[1].text == "ab + ab");

    const Bpe bpe(trained("abab abab", 258));
    Trace encoded;
    record(bpe_encode_steps(bpe, "abab"), bpe, encoded);
    CHECK(encoded["ids"].same_bits(Tensor({1}, {257})));
    CHECK(encoded.names("tokens") == Strings{"abab"});
    CHECK(encoded.events().size() == 3);
}

TEST_CASE("bpe: says what is wrong", "[tokenizer][bpe][errors]") {
    CHECK_THROWS_WITH(trained("abc", 255),
                      "bpe_train: vocabulary size is 255, wanted 256 or more: one token for each "
                      "byte");
    CHECK_THROWS_AS(trained("abc", std::size_t(-1)), ValueError);
    const Bpe bpe(trained("abab", 257));
    CHECK_THROWS_WITH(bpe_decode(bpe, std::vector<int>{257}),
                      "bpe: id is 257, wanted one of 0 to 256");
    CHECK_THROWS_AS(bpe_decode(bpe, std::vector<int>{-1}), ValueError);
    BpeTable table = trained("abab", 257);
    table.merges.push_back({0, 999, 1, 1});
    CHECK_THROWS_WITH(Bpe(table), "bpe: a merge names id 999, wanted one of the 257 tokens");
}

TEST_CASE("bpe: the merges of Hugging Face's trainer", "[tokenizer][bpe][oracle]") {
    const auto reference = nlohmann::json::parse(
        read_file(ORRERY_SOURCE_DIR "/tests/tokenizer/reference.json"))["training"];
    const std::string text = reference["text"];
    const auto wanted = reference["merges"].get<Strings>();
    const Tokenizer t(Bpe(trained(text, 256 + wanted.size(), Pattern::gpt2, Ties::lowest_ids)));
    const auto written = nlohmann::json::parse(tokenizer_json(t));
    CHECK(written["model"]["merges"].get<Strings>() == wanted);
}

// The vocabularies themselves are not part of this project.
static Tokenizer published(const std::string& name) {
    const char* data = std::getenv("ORRERY_DATA");
    if (!data) SKIP("ORRERY_DATA is not set");
    return load_tokenizer(std::string(data) + "/vocab/" +
                          (name == "gpt2" ? name : name + "_base.tiktoken"));
}

TEST_CASE("bpe: the ids of OpenAI's own library", "[tokenizer][bpe][oracle]") {
    const std::string name = GENERATE("gpt2", "cl100k", "o200k");
    const Tokenizer t = published(name);
    const auto reference =
        nlohmann::json::parse(read_file(ORRERY_SOURCE_DIR "/tests/tokenizer/reference.json"));
    for (const auto& row : reference["texts"]) {
        const std::string text = row["text"];
        CAPTURE(name, text);
        const auto ids = row[name].get<std::vector<int>>();
        CHECK(t.encode(text) == ids);
        CHECK(t.decode(ids) == text);
        CHECK(bpe_encode_steps(*t.bpe(), text).ids == ids);
    }
    for (const auto& row : reference["invalid"]) {
        const std::string hex = row["hex"];
        std::string bytes;
        for (std::size_t i = 0; i < hex.size(); i += 2)
            bytes += char(std::stoi(hex.substr(i, 2), nullptr, 16));
        CAPTURE(name, hex);
        if (row.contains(name)) CHECK(t.encode(bytes) == row[name].get<std::vector<int>>());
        CHECK(t.decode(t.encode(bytes)) == bytes);
    }
}

TEST_CASE("bpe: special tokens of the published vocabularies", "[tokenizer][bpe][oracle]") {
    // The ids stand in tiktoken_ext/openai_public.py.
    const Tokenizer gpt2 = published("gpt2"), cl100k = published("cl100k"),
                    o200k = published("o200k");
    CHECK(gpt2.encode("<|endoftext|>", {.special = true}) == std::vector<int>{50256});
    CHECK(cl100k.encode("<|endofprompt|>", {.special = true}) == std::vector<int>{100276});
    CHECK(o200k.encode("<|endoftext|>", {.special = true}) == std::vector<int>{199999});
    CHECK(cl100k.vocab_size() == 100277);
    CHECK_THROWS_AS(cl100k.decode(std::vector<int>{100256}), ValueError);
}

TEST_CASE("bpe: parts between special tokens do not disturb each other", "[tokenizer][bpe]") {
    const Tokenizer t = published("cl100k");
    const Strings parts{"hello hello\xFF", "hello  \xE4\xBD", "hello world", "\xFFworld hello"};
    std::string text;
    std::vector<int> ids;
    for (const std::string& part : parts) {
        text += part + "<|endoftext|>";
        for (int id : t.encode(part)) ids.push_back(id);
        ids.push_back(100257);
    }
    CHECK(t.encode(text, {.special = true}) == ids);
}

TEST_CASE("bpe: training that is stopped keeps the merges it has made", "[tokenizer][bpe]") {
    const std::string text = "the cat and the dog and the other cat and that hat";
    const std::string_view whole = text;
    tokenizer::BpeTrainConfig config;
    config.vocab_size = 270;
    const auto all = tokenizer::bpe_train({&whole, 1}, config);
    std::size_t seen = 0;
    config.go_on = [&](const tokenizer::BpeProgress& p) {
        CHECK(p.bytes_read == text.size());
        CHECK(p.bytes == text.size());
        CHECK(p.vocab_size == 270);
        CHECK(p.tokens == 256 + seen);
        return ++seen <= 5;
    };
    const auto some = tokenizer::bpe_train({&whole, 1}, config);
    REQUIRE(all.merges.size() > 5);
    REQUIRE(some.merges.size() == 5);
    for (std::size_t i = 0; i < 5; ++i) CHECK(some.merges[i] == all.merges[i]);
    CHECK(some.tokens.size() == 261);
}
