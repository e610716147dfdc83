#include "core/tokenizer/characters.hpp"

#include "core/base/error.hpp"
#include "core/base/random.hpp"
#include "core/tokenizer/tokenizer.hpp"
#include "tests/support/catch.hpp"

using namespace orrery;
using namespace orrery::tokenizer;

TEST_CASE("characters: a word worked by hand", "[tokenizer][characters]") {
    // The alphabet of "banana" is a b n: ids 0 1 2.
    const Characters c = characters_of("banana");
    CHECK(c.alphabet == std::vector<std::string>{"a", "b", "n"});
    CHECK(characters_encode(c, "banana") == std::vector<int>{1, 0, 2, 0, 2, 0});
    CHECK(characters_decode(c, std::vector<int>{2, 0, 1}) == "nab");
}

TEST_CASE("characters: sorted by code point, whatever the length in bytes",
          "[tokenizer][characters]") {
    // U+0041, U+00E9, U+4E2D, U+1F600: one, two, three and four bytes
    const Characters c = characters_of("😀中éA中");
    CHECK(c.alphabet == std::vector<std::string>{"A", "é", "中", "😀"});
    CHECK(characters_encode(c, "中A😀é") == std::vector<int>{2, 0, 3, 1});
}

TEST_CASE("characters: a byte that is not UTF-8 is a symbol after all characters",
          "[tokenizer][characters][edge]") {
    // E4 BD is a character cut off; C0 80 is overlong; ED A0 80 is a surrogate
    const std::string text = "\xE4\xBD中\xC0\x80\xED\xA0\x80z";
    const Characters c = characters_of(text);
    CHECK(c.alphabet ==
          std::vector<std::string>{"z", "中", "\x80", "\xA0", "\xBD", "\xC0", "\xE4", "\xED"});
    CHECK(characters_decode(c, characters_encode(c, text)) == text);
}

TEST_CASE("characters: what goes in comes out", "[tokenizer][characters]") {
    const auto seed = std::uint64_t(GENERATE(range(1, 20)));
    Random random(seed, "test characters");
    std::string text(random.below(2000), '\0');
    for (char& byte : text) byte = char(random.below(256));
    const Tokenizer t = characters_tokenizer(text);
    CAPTURE(seed);
    CHECK(t.decode(t.encode(text)) == text);
}

TEST_CASE("characters: the steps count", "[tokenizer][characters]") {
    const Characters c = characters_of("abc");
    const auto steps = characters_steps(c, "caca");
    CHECK(steps.symbols == std::vector<std::string>{"c", "a", "c", "a"});
    CHECK(steps.counts == std::vector<std::size_t>{2, 0, 2});
    Trace trace;
    record(steps, c, trace);
    CHECK(trace["ids"].same_bits(Tensor({4}, {2, 0, 2, 0})));
    CHECK(trace["counts"].same_bits(Tensor({3}, {2, 0, 2})));
    CHECK(trace.names("alphabet") == c.alphabet);
}

TEST_CASE("characters: nothing and one", "[tokenizer][characters][edge]") {
    CHECK(Tokenizer().encode("").empty());
    CHECK(characters_tokenizer("").vocab_size() == 0);
    CHECK(characters_tokenizer("x").encode("xx") == std::vector<int>{0, 0});
    CHECK(characters_tokenizer(std::string_view("\0", 1)).vocab_size() == 1);
}

TEST_CASE("characters: says what is wrong", "[tokenizer][characters][errors]") {
    const Tokenizer t = characters_tokenizer("中ab");
    CHECK_THROWS_WITH(t.encode("中aé"),
                      "characters: 'é' (U+00E9) at byte 4 is not in the alphabet of 3 characters, "
                      "wanted one that the training text has");
    CHECK_THROWS_WITH(t.encode("a\n"),
                      ContainsSubstring("characters: U+000A at byte 1 is not in the alphabet"));
    CHECK_THROWS_WITH(t.encode("a\xFF"), ContainsSubstring("byte 0xFF at byte 1"));
    CHECK_THROWS_WITH(t.decode(std::vector<int>{0, 3}), "characters: id is 3, wanted 0 to 2");
    CHECK_THROWS_AS(t.decode(std::vector<int>{-1}), ValueError);
    CHECK_THROWS_AS(t.token_bytes(3), ValueError);
    CHECK_THROWS_WITH(characters_from({"a", "bc"}),
                      "characters: symbol 1 has 2 bytes, wanted one character");
    CHECK_THROWS_WITH(characters_from({"a", "a"}), ContainsSubstring("comes twice"));
    CHECK_THROWS_AS(characters_from({""}), ValueError);
}
