// Settings and progress: kept on this machine only, in the usual place of the system
//
// $XDG_CONFIG_HOME/orrery/settings.json and $XDG_STATE_HOME/orrery/progress.json, written
// atomically. A file that can not be read is kept beside as .bad, and the defaults are used.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "viz/kit/language.hpp"

namespace orrery::viz {

struct Settings {
    Language language = Language::english;
    bool dark = true;
    float scale = 1;  // 0.75 to 3
    bool reduced_motion = false, high_contrast = false;
    bool left_open = true, right_open = true;
    float left_width = 240, right_width = 340;
    int window_width = 1280, window_height = 720;

    friend bool operator==(const Settings&, const Settings&) = default;
};

struct Progress {
    std::set<std::string> lessons_done;          // ids
    std::map<std::string, int> lesson_block;     // where each lesson was left
    std::map<std::string, std::string> answers;  // "id#question": the choice
    std::string last;                            // the link that was open
    std::string path;  // of those that the program carries, the one begun,
    int stop = 0;      // and where it was left, from 0

    friend bool operator==(const Progress&, const Progress&) = default;
};

// Never throw: `note` gets one line when a file was not usable or could not be written.
Settings load_settings(std::string* note = nullptr);
Progress load_progress(std::string* note = nullptr);
bool save(const Settings& settings, std::string* note = nullptr);
bool save(const Progress& progress, std::string* note = nullptr);

// What the bytes of such a file say. Any bytes give settings that are in range: what is missing or
// of the wrong type keeps its default. `readable` is false when they are no JSON object at all.
Settings settings_from(std::string_view bytes, bool* readable = nullptr);
Progress progress_from(std::string_view bytes, bool* readable = nullptr);
// The bytes that `save` writes.
std::string to_bytes(const Settings& settings);
std::string to_bytes(const Progress& progress);

std::string settings_path();
std::string progress_path();

}  // namespace orrery::viz
