#include "core/tokenizer/pretokenize.hpp"

#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/random.hpp"
#include "core/base/text.hpp"
#include "tests/support/catch.hpp"

using namespace orrery;
using namespace orrery::tokenizer;

static std::vector<std::string> pieces(Pattern pattern, std::string_view text) {
    std::vector<std::string> all;
    for (std::string_view piece : split_pieces(pattern, text)) all.emplace_back(piece);
    return all;
}
using Pieces = std::vector<std::string>;

TEST_CASE("pretokenize: the pieces of Hugging Face's regular expressions",
          "[tokenizer][pretokenize]") {
    const auto reference =
        nlohmann::json::parse(read_file(ORRERY_SOURCE_DIR "/tests/tokenizer/reference.json"));
    const std::string name = GENERATE("gpt2", "cl100k", "o200k");
    for (const auto& row : reference["texts"]) {
        const std::string text = row["text"];
        CAPTURE(name, text);
        CHECK(pieces(pattern_named(name), text) == row["pieces"][name].get<Pieces>());
    }
}

TEST_CASE("pretokenize: read off the patterns by hand", "[tokenizer][pretokenize]") {
    // \s+(?!\S) leaves one space to the word
    CHECK(pieces(Pattern::gpt2, "a   b") == Pieces{"a", "  ", " b"});
    CHECK(pieces(Pattern::gpt2, "a\n\nb") == Pieces{"a", "\n", "\n", "b"});
    // 's is lower case only, and comes before letters
    CHECK(pieces(Pattern::gpt2, "it's IT'S") == Pieces{"it", "'s", " IT", "'", "S"});
    // \p{N}+ against \p{N}{1,3} against \p{N}
    CHECK(pieces(Pattern::gpt2, "12345") == Pieces{"12345"});
    CHECK(pieces(Pattern::cl100k, "12345") == Pieces{"123", "45"});
    CHECK(pieces(Pattern::qwen2, "12345") == Pieces{"1", "2", "3", "4", "5"});
    // \s*[\r\n]+ takes all lines at once
    CHECK(pieces(Pattern::cl100k, "a \n\n  b") == Pieces{"a", " \n\n", " ", " b"});
    CHECK(pieces(Pattern::cl100k, "(a)\n\n") == Pieces{"(a", ")\n\n"});
    CHECK(pieces(Pattern::cl100k, "IT'S") == Pieces{"IT", "'S"});
    // small letters followed by capitals begin a new word; a contraction stays with its word
    CHECK(pieces(Pattern::o200k, "camelCase it's") == Pieces{"camel", "Case", " it's"});
    CHECK(pieces(Pattern::o200k, "a//b") == Pieces{"a", "//", "b"});
    CHECK(pieces(Pattern::none, "a b\n c") == Pieces{"a b\n c"});
    CHECK(pieces(Pattern::gpt2, "").empty());
}

TEST_CASE("pretokenize: a byte that is not UTF-8 is a sign", "[tokenizer][pretokenize][edge]") {
    CHECK(pieces(Pattern::gpt2, "a\xFF\xFE!b") == Pieces{"a", "\xFF\xFE!", "b"});
    CHECK(pieces(Pattern::cl100k, " \xE4\xBD\n") == Pieces{" \xE4\xBD\n"});
    CHECK(pieces(Pattern::o200k, "\xC0/") == Pieces{"\xC0/"});
}

TEST_CASE("pretokenize: pieces are never empty and are the text", "[tokenizer][pretokenize]") {
    const auto seed = std::uint64_t(GENERATE(range(1, 30)));
    const Pattern pattern =
        GENERATE(Pattern::gpt2, Pattern::cl100k, Pattern::qwen2, Pattern::o200k);
    Random random(seed, "test pretokenize");
    const Pieces pool{"a",  "B", " ", "  ", "\n", "\r\n", "'s", "'LL", "1",    "!",    "/",
                      "中", "é", "É", "ʰ",  "ǅ",  "́",     "३",  "😀",   "\xFF", "\xE4", "ſ"};
    std::string text, back;
    for (std::size_t i = random.below(40); i > 0; --i) text += pool[random.below(pool.size())];
    CAPTURE(seed, text);
    for (const std::string& piece : pieces(pattern, text)) {
        CHECK(!piece.empty());
        back += piece;
    }
    CHECK(back == text);
}

TEST_CASE("pretokenize: patterns by name", "[tokenizer][pretokenize][errors]") {
    for (const char* name : {"none", "gpt2", "cl100k", "qwen2", "o200k"})
        CHECK(pattern_name(pattern_named(name)) == name);
    CHECK_THROWS_WITH(pattern_named("gpt3"),
                      "pattern: is 'gpt3', wanted gpt2, cl100k, o200k or none");
}
