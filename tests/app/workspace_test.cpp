#include "viz/app/workspace.hpp"

#include <unistd.h>

#include <filesystem>

#include "core/base/error.hpp"
#include "core/tokenizer/bpe.hpp"
#include "core/tokenizer/tokenizer.hpp"
#include "tests/support/catch.hpp"

using namespace orrery;
using namespace orrery::viz;
using Strings = std::vector<std::string>;

TEST_CASE("workspace: words and characters", "[app][workspace]") {
    CHECK(make_workspace("the cat, 中文")->tokens == Strings{"the", "cat", ",", "中", "文"});
    const auto characters = make_workspace("ab 中\xFF", "char");
    CHECK(characters->tokens == Strings{"a", "b", " ", "中", "\xFF"});
    CHECK(characters->ids == std::vector<int>{1, 2, 0, 3, 4});
}

TEST_CASE("workspace: a tokenizer file, read again when it changes", "[app][workspace]") {
    const auto path = (std::filesystem::temp_directory_path() /
                       ("orrery_workspace_" + std::to_string(getpid()) + ".json"))
                          .string();
    const std::string_view texts[] = {"low low low lower"};
    save_tokenizer(
        tokenizer::Tokenizer(tokenizer::Bpe(tokenizer::bpe_train(texts, {.vocab_size = 259}))),
        path);
    const auto bpe = make_workspace("low lowest", path);
    CHECK(bpe->tokens == Strings{"low", " low", "e", "s", "t"});
    CHECK(bpe->ids.size() == 5);

    save_tokenizer(tokenizer::characters_tokenizer("low"), path);
    std::filesystem::last_write_time(
        path, std::filesystem::last_write_time(path) + std::chrono::seconds(2));
    CHECK(make_workspace("wolo", path)->ids == std::vector<int>{2, 1, 0, 1});
    CHECK_THROWS_AS(make_workspace("lowest", path), ValueError);
    std::filesystem::remove(path);
    CHECK_THROWS_AS(make_workspace("low", path), FormatError);
}

TEST_CASE("workspace: of a long text the first tokens", "[app][workspace][edge]") {
    std::string text;
    for (int i = 0; i < 50000; ++i) text += "the cat ";
    for (const char* how : {"words", "char"}) {
        const auto w = make_workspace(text, how);
        CHECK(w->text.size() == text.size());
        CHECK(w->tokens.size() == workspace_most_tokens);
        CHECK(w->ids.size() == workspace_most_tokens);
    }
}
