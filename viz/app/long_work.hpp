// Long work on the command line: Ctrl-C asks it to stop, a bar on a terminal shows how far it is
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace orrery::viz {

// From here on Ctrl-C asks; the work answers when it can. A second one ends the program at once.
void listen_for_stop();
bool stop_was_asked();

// A line on standard error, drawn at most ten times a second; nothing when that is no terminal.
class ProgressBar {
   public:
    ProgressBar();
    ~ProgressBar() { clear(); }
    // `words` after the bar.
    void draw(std::size_t done, std::size_t total, std::string_view words, bool at_once = false);
    bool is_due() const;  // whether `draw` would draw
    void clear();

   private:
    bool on_;
    bool drawn_ = false;
    std::chrono::steady_clock::time_point last_{};
};

}  // namespace orrery::viz
