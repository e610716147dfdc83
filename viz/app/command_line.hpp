// The command line: `orrery COMMAND …`, all commands in one table
//
// Each command lives in a file of its own, viz/app/<name>_command.cpp, with one function below. Exit
// status: 0 done, 1 the work failed (or a comparison found a difference), 2 the arguments or files were
// wrong, with one line "orrery: what: why: what to do".
#pragma once

#include <string>
#include <vector>

namespace orrery::viz {

int command_line(int argc, char** argv);

// What the commands share. Parsing is by CLI11, in command_line.cpp alone; each command is registered
// there with its options bound to one of these structs.
struct TokenizerOptions;

}  // namespace orrery::viz
