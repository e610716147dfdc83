#include "viz/app/window.hpp"

#include <cstdio>

namespace orrery::viz {

int open_command(const OpenCommand&) {
    std::fputs(
        "orrery: open: this build has no window: build with the preset release, or use orrery "
        "shot\n",
        stderr);
    return 1;
}

}  // namespace orrery::viz
