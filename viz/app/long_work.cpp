#include "viz/app/long_work.hpp"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>

namespace orrery::viz {
namespace {

volatile std::sig_atomic_t stop_asked = 0;
void ask_to_stop(int) { stop_asked = 1; }

}  // namespace

void listen_for_stop() {
    stop_asked = 0;
    struct sigaction action {};
    action.sa_handler = ask_to_stop;
    action.sa_flags = int(SA_RESETHAND);
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
    std::signal(SIGPIPE, SIG_IGN);  // a closed pipe is a reason to save, not to vanish
}

bool stop_was_asked() { return stop_asked != 0; }

ProgressBar::ProgressBar() : on_(isatty(STDERR_FILENO)) {}

bool ProgressBar::is_due() const {
    return on_ && std::chrono::steady_clock::now() - last_ > std::chrono::milliseconds(100);
}

void ProgressBar::draw(std::size_t done, std::size_t total, std::string_view words, bool at_once) {
    if (!on_ || (!at_once && !is_due())) return;
    constexpr std::size_t width = 30;
    total = std::max<std::size_t>(1, total);
    std::string bar(std::min(width, width * std::min(done, total) / total), '#');
    bar.resize(width, '.');
    std::fprintf(stderr, "\r\033[K[%s] %.*s", bar.c_str(), int(words.size()), words.data());
    std::fflush(stderr);
    last_ = std::chrono::steady_clock::now();
    drawn_ = true;
}

void ProgressBar::clear() {
    if (drawn_) std::fputs("\r\033[K", stderr);
    drawn_ = false;
}

}  // namespace orrery::viz
