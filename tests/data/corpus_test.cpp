#include "core/data/corpus.hpp"

#include <map>
#include <set>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/data/story_grammar.hpp"
#include "tests/support/catch.hpp"

using namespace orrery;
using namespace orrery::data;

TEST_CASE("corpus: y is the id that follows each id of x", "[data][corpus]") {
    std::vector<int> ids(20);
    for (int i = 0; i < 20; ++i) ids[std::size_t(i)] = 100 + i;
    const auto steps = corpus_steps(ids, 3, 5, 7, 0);

    REQUIRE(steps.batch.rows == 3);
    REQUIRE(steps.batch.tokens == 5);
    REQUIRE(steps.batch.x.size() == 15);
    for (std::size_t row = 0; row < 3; ++row)
        for (std::size_t j = 0; j < 5; ++j) {
            CHECK(steps.batch.x[row * 5 + j] == int(100 + steps.starts[row] + j));
            CHECK(steps.batch.y[row * 5 + j] == int(100 + steps.starts[row] + j + 1));
        }
}

TEST_CASE("corpus: a batch depends on seed and step alone", "[data][corpus]") {
    const std::vector<int> ids(1000, 1);
    CHECK(corpus_steps(ids, 8, 4, 7, 3).starts == corpus_steps(ids, 8, 4, 7, 3).starts);
    CHECK(corpus_steps(ids, 8, 4, 7, 3).starts != corpus_steps(ids, 8, 4, 7, 4).starts);
    CHECK(corpus_steps(ids, 8, 4, 7, 3).starts != corpus_steps(ids, 8, 4, 8, 3).starts);
}

TEST_CASE("corpus: every start that fits is drawn, and no other", "[data][corpus][edge]") {
    // 7 ids, context 4: windows of 5 ids start at 0, 1 or 2
    std::set<std::size_t> starts;
    for (std::size_t step = 0; step < 100; ++step)
        for (std::size_t start : corpus_steps({1, 2, 3, 4, 5, 6, 7}, 2, 4, 1, step).starts)
            starts.insert(start);
    CHECK(starts == std::set<std::size_t>{0, 1, 2});
    // a text of exactly context + 1 ids has one window
    CHECK(corpus_steps({5, 6, 7}, 1, 2, 1, 0).batch.y == std::vector<int>{6, 7});
}

TEST_CASE("corpus: windows for an examination ask for every id but the first once",
          "[data][corpus]") {
    const std::vector<int> ids{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};  // 9 to predict: 4 + 4 + 1
    const auto batches = corpus_windows(ids, 8, 4);

    REQUIRE(batches.size() == 2);
    CHECK(batches[0].rows == 2);
    CHECK(batches[0].x == std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7});
    CHECK(batches[0].y == std::vector<int>{1, 2, 3, 4, 5, 6, 7, 8});
    CHECK(batches[1].tokens == 1);
    CHECK(batches[1].y == std::vector<int>{9});
    CHECK(corpus_windows(ids, 1, 4).size() == 3);
}

TEST_CASE("corpus: the first part is floor(n (1 - fraction)) characters", "[data][corpus]") {
    // 11 characters, 0.1 held out: floor(9.9) = 9
    const auto parts = split_text("abcdefghijk", 0.1);
    CHECK(parts.train == "abcdefghi");
    CHECK(parts.validation == "jk");
    // never cut within a character: 你好吗 is three of three bytes
    CHECK(split_text("你好吗", 0.5).train == "你");
    CHECK(split_text("你好吗", 0.5).validation == "好吗");
    CHECK(split_text("abc", 0.0).validation.empty());
    CHECK(split_text("", 0.5).train.empty());
}

TEST_CASE("corpus: any bytes are a text, empty is not", "[data][corpus][edge]") {
    const auto binary = corpus_of("bytes", std::string("ab\xFF\x00zz", 6));
    CHECK(binary.text.size() == 6);
    CHECK(binary.note ==
          "byte 2 is not UTF-8; bytes that belong to no character are kept as they are");
    CHECK(corpus_of("one", "x").note.empty());
    CHECK_THROWS_WITH(corpus_of("none.txt", ""), "none.txt: empty, wanted some text to learn from");
    CHECK_THROWS_AS(load_corpus("/no/such/file.txt"), FormatError);
    CHECK_THROWS_AS(load_corpus("/"), FormatError);
}

TEST_CASE("corpus: says what is wrong", "[data][corpus][errors]") {
    CHECK_THROWS_WITH(corpus_batch({1, 2, 3}, 1, 3, 1, 0),
                      "corpus: the text has 3 tokens, wanted at least 4 for a context of 3");
    CHECK_THROWS_WITH(
        corpus_batch({1}, 1, 3, 1, 0),
        "corpus: the text has 1 tokens, wanted at least 2: one to read and one to predict");
    CHECK_THROWS_AS(corpus_batch({1, 2, 3}, 0, 1, 1, 0), ValueError);
    CHECK_THROWS_AS(corpus_batch({1, 2, 3}, 1, 0, 1, 0), ValueError);
    CHECK_THROWS_AS(corpus_windows({}, 1, 1), ValueError);
    CHECK_THROWS_AS(split_text("abc", 1.0), ValueError);
    CHECK_THROWS_AS(split_text("abc", -0.1), ValueError);
}

TEST_CASE("story grammar: rules, choices kept for a story, fields, capitals", "[data][corpus]") {
    const auto grammar = parse_story_grammar(
        "story = <hero> has [thing]\n  and [thing].\\n<^hero.1> is <hero.2>.\n"
        "hero = Mia/she/it\n"
        "thing = one | two\n");
    const std::string story = write_story(grammar, 1, 0);
    CHECK((story == "Mia has one and two.\nShe is it." ||
           story == "Mia has two and one.\nShe is it."));
    CHECK(story == write_story(grammar, 1, 0));
}

TEST_CASE("story grammar: says what is wrong", "[data][corpus][errors]") {
    CHECK_THROWS_WITH(parse_story_grammar("nonsense"),
                      "story grammar: \"nonsense\" is no rule, wanted name = one | another");
    CHECK_THROWS_WITH(write_story(parse_story_grammar("story = [gone]"), 1, 0),
                      "story grammar: no rule named \"gone\"");
    CHECK_THROWS_AS(write_story(parse_story_grammar("story = [story]"), 1, 0), ValueError);
    CHECK_THROWS_AS(write_story(parse_story_grammar("story = [open"), 1, 0), ValueError);
    CHECK_THROWS_AS(write_story(parse_story_grammar("story = <a.9>\na = x/y"), 1, 0), ValueError);
}

TEST_CASE("corpus: the built-in stories are text of the size and kind promised", "[data][corpus]") {
    const std::string source = GENERATE("stories:en", "stories:zh");
    CAPTURE(source);
    const Corpus stories = load_corpus(source);
    CHECK(stories.text.size() >= 100'000);
    CHECK(stories.text.size() <= 300'000);
    CHECK(stories.note.empty());
    CHECK(stories.text == load_corpus(source).text);
    // nothing of the grammar is left over
    for (const char* sign : {"[", "]", "<", ">", "|", "/", "\\", "="})
        CHECK(stories.text.find(sign) == std::string::npos);
    std::set<std::string> characters;
    for (const auto& character : split_characters(stories.text)) characters.insert(character);
    CHECK(characters.size() < 400);
    if (source == "stories:zh") CHECK(stories.text.find(' ') == std::string::npos);
    // no two stories of the first hundred are the same
    std::set<std::string> different;
    const auto& grammar = source == "stories:en" ? english_stories() : chinese_stories();
    for (std::size_t i = 0; i < 100; ++i) different.insert(write_story(grammar, 1, i));
    CHECK(different.size() == 100);
}
