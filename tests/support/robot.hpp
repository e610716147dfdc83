// Robot: a session with a window of its own that no one sees, for tests that press and look
#pragma once

#include <string>
#include <vector>

#include "viz/app/controls.hpp"
#include "viz/app/session.hpp"
#include "viz/app/shell.hpp"
#include "viz/kit/canvas.hpp"

namespace orrery::test {

struct Robot {
    viz::Session session{viz::Session::Pace::at_once};
    viz::Controls controls{session};
    viz::Size size{1280, 720};
    double clock = 0;

    explicit Robot(const std::string& link = "") { go(link); }
    void go(const std::string& link) {
        session.act(link.empty() ? "home" : "open " + link);
        session.settle();
    }

    // One frame, as the window makes it.
    viz::Canvas frame() {
        clock += 0.05;
        session.tick(clock);
        viz::Canvas canvas(size, session.dark(), session.settings.high_contrast);
        viz::draw_window(canvas, session);
        for (int i = 0; i < 3 && controls.update(canvas); ++i) {
            canvas = viz::Canvas(size, session.dark(), session.settings.high_contrast);
            viz::draw_window(canvas, session);
        }
        return canvas;
    }
    bool has(std::string_view id) {
        frame();
        return controls.find(id) != nullptr;
    }
    // Presses the middle of a region; false when there is none of that name.
    bool click(std::string_view id) {
        frame();
        const viz::Region* r = controls.find(id);
        if (!r) return false;
        const viz::Point at = r->box.centre();
        controls.move(at);
        controls.press(at);
        controls.release(at);
        session.settle();
        return true;
    }
};

// All text of a canvas, one piece a line.
inline std::string text_of(const viz::Canvas& canvas) {
    std::string all;
    for (const auto& command : canvas.commands())
        if (const auto* text = std::get_if<viz::DrawText>(&command.what)) all += text->text + "\n";
    return all;
}

}  // namespace orrery::test
