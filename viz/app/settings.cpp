#include "viz/app/settings.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "core/base/error.hpp"
#include "core/base/files.hpp"

namespace orrery::viz {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

std::string folder(const char* variable, const char* below_home) {
    if (const char* set = std::getenv(variable); set && *set == '/') return set;
    const char* home = std::getenv("HOME");
    return std::string(home && *home ? home : "/tmp") + below_home;
}

// The bytes as a JSON object; an empty one, and false, when they are none.
json object_from(std::string_view bytes, bool* readable) {
    json j = json::parse(bytes, nullptr, false);
    const bool good = j.is_object();
    if (readable) *readable = good;
    return good ? j : json::object();
}

// The file's bytes; one that can not be used is kept aside, and `from` gets nothing.
template <class T>
T load(const std::string& path, T (*from)(std::string_view, bool*), std::string* note) {
    std::error_code ignored;
    if (!fs::exists(path, ignored)) return T{};
    try {
        bool readable = false;
        T value = from(read_file(path, std::size_t{1} << 22), &readable);
        if (readable) return value;
    } catch (const std::exception&) {
    }
    fs::rename(path, path + ".bad", ignored);
    if (note) *note = path + ": not readable, kept as " + path + ".bad: starting with the defaults";
    return T{};
}

// A number brought within the ints: to convert one beyond them is undefined.
int whole(const json& j) {
    return static_cast<int>(std::clamp(j.get<double>(), -2147483648.0, 2147483647.0));
}

template <class T>
T value_of(const json& j) {
    if constexpr (std::is_same_v<T, int>) {
        return whole(j);
    } else if constexpr (std::is_same_v<T, std::map<std::string, int>>) {
        T numbers;
        for (const auto& [name, number] : j.get<std::map<std::string, json>>()) {
            numbers[name] = whole(number);
        }
        return numbers;
    } else {
        return j.get<T>();
    }
}

template <class T>
void read(const json& j, const char* name, T& value) {
    const auto it = j.find(name);
    if (it == j.end()) return;
    try {
        value = value_of<T>(*it);
    } catch (const json::exception&) {
    }
}

std::string written(const json& j) {
    return j.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

bool store(const std::string& path, const std::string& bytes, std::string* note) {
    try {
        fs::create_directories(fs::path(path).parent_path());
        write_file(path, bytes);
        return true;
    } catch (const std::exception& e) {
        if (note) *note = e.what();
        return false;
    }
}

}  // namespace

std::string settings_path() {
    return folder("XDG_CONFIG_HOME", "/.config") + "/orrery/settings.json";
}
std::string progress_path() {
    return folder("XDG_STATE_HOME", "/.local/state") + "/orrery/progress.json";
}

Settings load_settings(std::string* note) {
    return load<Settings>(settings_path(), settings_from, note);
}

Settings settings_from(std::string_view bytes, bool* readable) {
    const json j = object_from(bytes, readable);
    Settings s;
    std::string language = "en";
    read(j, "language", language);
    s.language = language == "zh" ? Language::chinese : Language::english;
    read(j, "dark", s.dark);
    read(j, "scale", s.scale);
    read(j, "reduced_motion", s.reduced_motion);
    read(j, "high_contrast", s.high_contrast);
    read(j, "left_open", s.left_open);
    read(j, "right_open", s.right_open);
    read(j, "left_width", s.left_width);
    read(j, "right_width", s.right_width);
    read(j, "window_width", s.window_width);
    read(j, "window_height", s.window_height);
    const auto within = [](auto value, auto low, auto high) {
        return value >= low && value <= high ? value : value > high ? high : low;  // NaN: low
    };
    s.scale = within(s.scale, 0.75f, 3.0f);
    s.left_width = within(s.left_width, 160.0f, 480.0f);
    s.right_width = within(s.right_width, 240.0f, 960.0f);
    s.window_width = within(s.window_width, 300, 16384);
    s.window_height = within(s.window_height, 200, 16384);
    return s;
}

std::string to_bytes(const Settings& s) {
    return written({{"language", code(s.language)},
                    {"dark", s.dark},
                    {"scale", s.scale},
                    {"reduced_motion", s.reduced_motion},
                    {"high_contrast", s.high_contrast},
                    {"left_open", s.left_open},
                    {"right_open", s.right_open},
                    {"left_width", s.left_width},
                    {"right_width", s.right_width},
                    {"window_width", s.window_width},
                    {"window_height", s.window_height}});
}

bool save(const Settings& s, std::string* note) {
    return store(settings_path(), to_bytes(s), note);
}

Progress load_progress(std::string* note) {
    return load<Progress>(progress_path(), progress_from, note);
}

Progress progress_from(std::string_view bytes, bool* readable) {
    const json j = object_from(bytes, readable);
    Progress p;
    read(j, "lessons_done", p.lessons_done);
    read(j, "lesson_block", p.lesson_block);
    read(j, "answers", p.answers);
    read(j, "last", p.last);
    read(j, "path", p.path);
    read(j, "stop", p.stop);
    p.stop = std::clamp(p.stop, 0, 10000);
    return p;
}

std::string to_bytes(const Progress& p) {
    return written({{"lessons_done", p.lessons_done},
                    {"lesson_block", p.lesson_block},
                    {"answers", p.answers},
                    {"last", p.last},
                    {"path", p.path},
                    {"stop", p.stop}});
}

bool save(const Progress& p, std::string* note) {
    return store(progress_path(), to_bytes(p), note);
}

}  // namespace orrery::viz
