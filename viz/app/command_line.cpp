#include "viz/app/command_line.hpp"

#include <cstdio>

namespace orrery::viz {

int command_line(int, char**) {
    std::puts("orrery");
    return 0;
}

}  // namespace orrery::viz
