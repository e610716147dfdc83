#include "viz/app/lesson_player.hpp"

namespace orrery::viz {

void lesson_play(Session&, int) {}
void lesson_move(Session&, int) {}
void lesson_answer(Session&, int, const std::string&) {}
void lesson_show_me(Session&, int) {}

}  // namespace orrery::viz
