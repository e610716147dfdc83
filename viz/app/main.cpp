#include "viz/app/command_line.hpp"

int main(int argc, char** argv) { return orrery::viz::command_line(argc, argv); }
