#include "viz/app/settings.hpp"

#include <cstdlib>
#include <filesystem>

#include "core/base/files.hpp"
#include "tests/support/catch.hpp"

using namespace orrery;
using namespace orrery::viz;
namespace fs = std::filesystem;

namespace {

struct Home {
    fs::path path = fs::temp_directory_path() / "orrery-settings-test";
    Home() {
        fs::remove_all(path);
        fs::create_directories(path);
        setenv("XDG_CONFIG_HOME", (path / "config").c_str(), 1);
        setenv("XDG_STATE_HOME", (path / "state").c_str(), 1);
    }
    ~Home() {
        fs::remove_all(path);
        unsetenv("XDG_CONFIG_HOME");
        unsetenv("XDG_STATE_HOME");
    }
};

}  // namespace

TEST_CASE("settings: what was saved is read again", "[app][settings]") {
    Home home;
    CHECK(load_settings() == Settings{});
    Settings settings;
    settings.language = Language::chinese, settings.dark = false, settings.scale = 1.5f;
    settings.right_width = 500, settings.window_width = 1600;
    REQUIRE(save(settings));
    CHECK(load_settings() == settings);
    Progress progress;
    progress.lessons_done = {"norm/layer_norm"};
    progress.answers["norm/layer_norm#3"] = "1";
    progress.last = "norm/layer_norm?rows=3";
    REQUIRE(save(progress));
    CHECK(load_progress() == progress);
}

TEST_CASE("settings: a corrupt file is kept aside and the defaults hold", "[app][settings]") {
    Home home;
    REQUIRE(save(Settings{}));
    for (const std::string bytes :
         {"", "{", "[1]", "\xff\xfe\x00", "{\"scale\": \"big\"}", "{\"scale\": 1e999}",
          "{\"scale\": -3, \"window_width\": 99999999999}"}) {
        fs::remove(settings_path() + ".bad");
        write_file(settings_path(), bytes);
        std::string note;
        const Settings read = load_settings(&note);
        INFO(bytes);
        CHECK(read.scale >= 0.75f);
        CHECK(read.scale <= 3);
        CHECK(read.window_width <= 16384);
        if (bytes.empty() || bytes[0] != '{' || bytes == "{" ||
            bytes.find("1e999") != std::string::npos) {
            CHECK_THAT(note, ContainsSubstring(".bad"));
            CHECK(fs::exists(settings_path() + ".bad"));
        }
    }
}

TEST_CASE("settings: a place that cannot be written is a note, not a failure", "[app][settings]") {
    Home home;
    write_file((home.path / "config").string(), "a file where a folder should be");
    std::string note;
    CHECK_FALSE(save(Settings{}, &note));
    CHECK_FALSE(note.empty());
}

TEST_CASE("settings: bytes that are only partly good keep what is good", "[app][settings]") {
    bool readable = false;
    const Settings some = settings_from(
        R"({"language": "zh", "dark": "yes", "scale": 2, "high_contrast": true, "left_width": [1],
            "window_width": 1e40, "window_height": null, "unknown": {"a": 1}})",
        &readable);
    CHECK(readable);
    CHECK(some.language == Language::chinese);
    CHECK(some.dark == Settings{}.dark);
    CHECK(some.scale == 2.0f);
    CHECK(some.high_contrast);
    CHECK(some.left_width == Settings{}.left_width);
    CHECK(some.window_width == 16384);
    CHECK(some.window_height == Settings{}.window_height);
    for (const std::string_view bytes :
         {std::string_view(""), std::string_view("\0\0", 2), std::string_view("nul"),
          std::string_view("[{}]"), std::string_view("{\"scale\": 2"),
          std::string_view("\"\xed\xa0\x80\""), std::string_view("7")}) {
        CHECK(settings_from(bytes, &readable) == Settings{});
        CHECK_FALSE(readable);
        CHECK(progress_from(bytes, &readable) == Progress{});
        CHECK_FALSE(readable);
    }
    const std::string deep(100000, '[');
    CHECK(settings_from(deep) == Settings{});
    const Progress odd = progress_from(
        R"({"lessons_done": "all", "lesson_block": {"a": 2, "b": "x"}, "answers": {"q": 1},
            "last": "norm/layer_norm"})",
        &readable);
    CHECK(readable);
    CHECK(odd.last == "norm/layer_norm");
    CHECK(odd.lessons_done.empty());
    const Progress beyond = progress_from(R"({"lesson_block": {"a": 1e40, "b": -1e40, "c": 3}})");
    CHECK(beyond.lesson_block ==
          std::map<std::string, int>{{"a", 2147483647}, {"b", -2147483647 - 1}, {"c", 3}});
}
