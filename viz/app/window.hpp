// The window: GLFW and OpenGL around a session
#pragma once

#include <string>
#include <vector>

namespace orrery::viz {

struct OpenCommand {
    std::string link;     // a link, or a text file with one a line
    double seconds = 0;   // closes by itself after this long; 0: when the user closes it
    bool report = false;  // says at the end how long frames took
};
// 0 when the window was closed, 1 when there is no display (says what to do instead).
int open_command(const OpenCommand& options);

}  // namespace orrery::viz
