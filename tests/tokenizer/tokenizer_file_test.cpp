#include "core/tokenizer/tokenizer_file.hpp"

#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/tokenizer/characters.hpp"
#include "tests/support/catch.hpp"

using namespace orrery;
using namespace orrery::tokenizer;
using Json = nlohmann::json;

static Tokenizer small_bpe(Pattern pattern = Pattern::gpt2) {
    const std::string_view texts[] = {"low low lower newest newest widest 中文中文 it's it's"};
    return Tokenizer(Bpe(bpe_train(texts, {.vocab_size = 280, .pattern = pattern})));
}

static Tokenizer read(const std::string& json) { return parse_tokenizer(json, "tokenizer.json"); }

static Json document() { return Json::parse(tokenizer_json(small_bpe())); }

TEST_CASE("tokenizer_file: what is written is read again", "[tokenizer][tokenizer_file]") {
    const Pattern pattern =
        GENERATE(Pattern::none, Pattern::gpt2, Pattern::cl100k, Pattern::qwen2, Pattern::o200k);
    const Tokenizer t = small_bpe(pattern);
    const Tokenizer back = read(tokenizer_json(t));
    CHECK(back.bpe()->table().tokens == t.bpe()->table().tokens);
    CHECK(back.bpe()->table().merges == t.bpe()->table().merges);
    CHECK(back.bpe()->table().pattern == pattern);
    CHECK(tokenizer_json(back) == tokenizer_json(t));
    const std::string text = "the lowest   newest\n\n中文 it's 12345\xFF";
    CHECK(back.encode(text) == t.encode(text));
}

TEST_CASE("tokenizer_file: characters, in a file that Hugging Face reads too",
          "[tokenizer][tokenizer_file]") {
    const Tokenizer t = characters_tokenizer("ab\n\"\\中😀\xE4\xFF");
    const Tokenizer back = read(tokenizer_json(t));
    REQUIRE(back.characters());
    CHECK(back.characters()->alphabet == t.characters()->alphabet);
    CHECK(tokenizer_json(back) == tokenizer_json(t));
    const Json json = Json::parse(tokenizer_json(t));
    CHECK(json["model"]["type"] == "BPE");
    CHECK(json["model"]["merges"].empty());
    CHECK(json["model"]["vocab"]["<0xE4>"] == 7);
    CHECK(read(tokenizer_json(Tokenizer())).vocab_size() == 0);
}

TEST_CASE("tokenizer_file: the byte alphabet is GPT-2's", "[tokenizer][tokenizer_file]") {
    // encoder.json of GPT-2: "!" is 0, "~" 93, "¡" 94, "ÿ" 187, byte 0 "Ā" 188, the space "Ġ" 220.
    const Json vocab = document()["model"]["vocab"];
    CHECK(vocab["!"] == 0);
    CHECK(vocab["~"] == 93);
    CHECK(vocab["¡"] == 94);
    CHECK(vocab["ÿ"] == 187);
    CHECK(vocab["Ā"] == 188);
    CHECK(vocab["Ġ"] == 220);
    CHECK(vocab["Ċ"] == 198);
    CHECK(vocab["\u0143"] == 255);  // byte AD, the last
}

TEST_CASE("tokenizer_file: merges as words or as pairs", "[tokenizer][tokenizer_file]") {
    Json json = document();
    for (Json& merge : json["model"]["merges"]) {
        const std::string both = merge;
        const std::size_t gap = both.find(' ');
        merge = {both.substr(0, gap), both.substr(gap + 1)};
    }
    CHECK(read(json.dump()).bpe()->table().merges == small_bpe().bpe()->table().merges);
}

TEST_CASE("tokenizer_file: added tokens and templates", "[tokenizer][tokenizer_file]") {
    Json json = document();
    json["added_tokens"] = Json::parse(R"([
        {"id": 300, "content": "<s>", "special": true},
        {"id": 301, "content": "word", "special": false, "single_word": true}])");
    json["post_processor"] = Json::parse(R"({"type": "TemplateProcessing",
        "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A"}},
                   {"SpecialToken": {"id": "</s>", "type_id": 0}}],
        "special_tokens": {"<s>": {"id": "<s>", "ids": [300]}, "</s>": {"id": "</s>", "ids": [0]}}})");
    const Tokenizer t = read(json.dump());
    CHECK(t.vocab_size() == 302);
    CHECK(t.has(301));
    CHECK(!t.has(290));
    CHECK(t.encode("<s>", {.special = true}) == std::vector<int>{300});
    CHECK(t.encode("<s>").size() > 1);
    CHECK(t.encode("word") == std::vector<int>{301});
    CHECK(t.encode("!", {.add_special = true}) == std::vector<int>{300, 0, 0});
    const Tokenizer back = read(tokenizer_json(t));
    CHECK(back.encode("a<s>word", {.special = true, .add_special = true}) ==
          t.encode("a<s>word", {.special = true, .add_special = true}));
}

TEST_CASE("tokenizer_file: the two files of GPT-2", "[tokenizer][tokenizer_file]") {
    std::string vocab = "{";
    const Json all = document()["model"]["vocab"];
    for (const auto& [token, id] : all.items())
        vocab += (vocab.size() > 1 ? "," : "") + Json(token).dump() + ":" + id.dump();
    vocab += ",\"<|endoftext|>\":280}";
    std::string merges = "#version: 0.2\n";
    const Json learned = document()["model"]["merges"];
    for (const std::string merge : learned) merges += merge + "\r\n";
    const Tokenizer t{parse_vocab_and_merges(vocab, "vocab.json", merges, "merges.txt")};
    CHECK(t.encode("lower it's 中文") == small_bpe().encode("lower it's 中文"));
    CHECK(t.encode("<|endoftext|>", {.special = true}) == std::vector<int>{280});
    CHECK(t.encode("<|endoftext|>").size() > 5);
    CHECK(t.token_bytes(280) == "<|endoftext|>");

    CHECK_THROWS_WITH(parse_vocab_and_merges(vocab, "vocab.json", "a b c\n", "merges.txt"),
                      "merges.txt: line 1: wanted two tokens and a space between them");
    CHECK_THROWS_WITH(parse_vocab_and_merges(vocab, "vocab.json", "l o\nq q\n", "merges.txt"),
                      "merges.txt: line 2: names 'qq', wanted a token of the vocabulary");
}

static std::string rank_file() {
    // Bytes 0 to 255 in order, then "ab" 256, "bc" 257, "abc" 258.
    const char* digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string file;
    for (int b = 0; b < 256; ++b) {
        file += digits[b >> 2];
        file += digits[(b & 3) << 4];
        file += "== " + std::to_string(b) + "\n";
    }
    return file + "YWI= 256\nYmM= 257\nYWJj 258\n";
}

TEST_CASE("tokenizer_file: a rank file of tiktoken", "[tokenizer][tokenizer_file]") {
    const Tokenizer t = parse_tokenizer(rank_file(), "x.tiktoken", "gpt2");
    CHECK(t.vocab_size() == 259);
    CHECK(t.encode("abc") == std::vector<int>{258});
    CHECK(t.encode("abbc") == std::vector<int>{256, 257});
    // Both a+bc and ab+c make "abc": the lowest id that any neighbours spell comes first.
    CHECK(t.encode("xabcbc") == std::vector<int>{'x', 258, 257});
    CHECK(t.decode(t.encode("\xFF\x80 ab")) == "\xFF\x80 ab");

    CHECK_THROWS_WITH(parse_tokenizer(rank_file(), "x.tiktoken"),
                      ContainsSubstring("its name does not tell the pattern"));
    CHECK_THROWS_AS(parse_tokenizer(rank_file(), "x.tiktoken", "gpt9"), ValueError);
    const auto wrong = [](const std::string& file, const std::string& message) {
        CHECK_THROWS_WITH(parse_tokenizer(file, "x.tiktoken", "gpt2"), ContainsSubstring(message));
    };
    wrong("", "has no token for byte 0");
    wrong("IQ== zero\n", "line 1: wanted bytes in base64, a space and an id");
    wrong("I*== 0\n", "line 1: wanted bytes in base64");
    wrong("IQ== 99999999\n", "line 1: id is 99999999, wanted 0 to 4194303");
    wrong("IQ== 0\nIg== 0\n", "line 2: id is 0, which another token has too");
    wrong(rank_file() + "YWI= 300\n", "id 300 has the bytes of id 256");
}

TEST_CASE("tokenizer_file: says what is wrong", "[tokenizer][tokenizer_file][errors]") {
    const auto wrong = [](const std::string& json, const std::string& message) {
        CHECK_THROWS_WITH(read(json), ContainsSubstring(message));
        CHECK_THROWS_AS(read(json), FormatError);
    };
    wrong("", "tokenizer.json: byte 1: is not JSON");
    wrong("{\"model\": ", "is not JSON");
    wrong("[]", "is array, wanted object");
    wrong("{}", "has no model");
    wrong("{\"model\": {\"type\": \"WordPiece\"}}", "model.type: is WordPiece, wanted BPE");
    wrong("{\"model\": {\"type\": \"BPE\"}}", "model.vocab: is null, wanted object of tokens");
    wrong("{\"model\": {\"vocab\": {\"a\": \"x\"}}}", "model.vocab.a: is string, wanted an id");
    wrong("{\"model\": {\"vocab\": {\"a\": -1}}}", "is -1, wanted 0 to 4194303");
    wrong("{\"model\": {\"vocab\": {\"a\": 1e99}}}", "is number, wanted an id");
    wrong("{\"model\": {\"vocab\": {\"a\": 0, \"b\": 0}}}", "which another token has too");
    wrong("{\"model\": {\"vocab\": {\"a\": 5}}}", "is 5, wanted ids 0 to 0 without a gap");
    wrong("{\"model\": {\"vocab\": {\"ab\": 0}}}", "wanted single characters");

    const auto changed = [&](const char* pointer, const Json& value, const std::string& message) {
        Json json = document();
        json[Json::json_pointer(pointer)] = value;
        wrong(json.dump(), message);
    };
    changed("/normalizer", {{"type", "NFC"}}, "normalizer: is set");
    changed("/model/dropout", 0.1, "model.dropout: is set");
    changed("/model/end_of_word_suffix", "</w>",
            "model.end_of_word_suffix: is '</w>', wanted none");
    changed("/model/merges/0", "a b c", "model.merges[0]: is 'a b c'");
    changed("/model/merges/0", {"a"}, "model.merges[0]: has 1, wanted 2");
    changed("/model/merges/0", "q q", "names 'qq', wanted a token of the vocabulary");
    changed("/model/merges", "x", "model.merges: is string, wanted array");
    changed("/pre_tokenizer", {{"type", "Whitespace"}}, "pre_tokenizer.type: is Whitespace");
    changed("/pre_tokenizer", nullptr, "pre_tokenizer: is not byte-level");
    changed("/post_processor", {{"type", "Odd"}}, "post_processor.type: is Odd");
    changed("/added_tokens", Json::array({{{"id", 3}, {"content", "<x>"}}}),
            "added_tokens[0].id: is 3, which another token has too");
    Json deep = nullptr;
    for (int i = 0; i < 40; ++i)
        deep = {{"type", "Sequence"}, {"pretokenizers", Json::array({deep})}};
    changed("/pre_tokenizer", deep, "is nested too deep");
    CHECK_THROWS_WITH(parse_tokenizer("x", "tokenizer.model"), ContainsSubstring("SentencePiece"));
    CHECK_THROWS_WITH(parse_tokenizer("x", "vocab.txt"), ContainsSubstring("WordPiece"));
    CHECK_THROWS_WITH(parse_tokenizer("x", "notes.txt"), ContainsSubstring("is no tokenizer"));
}

TEST_CASE("tokenizer_file: in a model's directory", "[tokenizer][tokenizer_file]") {
    namespace fs = std::filesystem;
    const fs::path folder =
        fs::temp_directory_path() / ("orrery_tokenizer_" + std::to_string(getpid()));
    fs::create_directories(folder);
    CHECK_THROWS_WITH(load_tokenizer(folder.string()), ContainsSubstring("has no tokenizer.json"));
    save_tokenizer(small_bpe(), folder.string());
    CHECK(load_tokenizer(folder.string()).encode("lower") == small_bpe().encode("lower"));
    CHECK(load_tokenizer((folder / "tokenizer.json").string()).kind() == "bpe");
    save_tokenizer(characters_tokenizer("abc"), (folder / "c.json").string());
    CHECK(load_tokenizer((folder / "c.json").string()).kind() == "char");
    CHECK_THROWS_AS(load_tokenizer((folder / "none.json").string()), FormatError);
    fs::remove_all(folder);
}
