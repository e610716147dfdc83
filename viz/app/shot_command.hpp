// orrery shot, text: pictures and words from the command line
#pragma once

#include <string>
#include <vector>

namespace orrery::viz {

struct ShotCommand {
    std::string link, out, view = "picture", theme, lang, size = "1280x720";
    float scale = 1;
    std::vector<std::string> actions;  // in the action language, before the picture is taken
};
int shot_command(const ShotCommand& options);

struct TextCommand {
    std::string link, lang;
};
int text_command(const TextCommand& options);

}  // namespace orrery::viz
