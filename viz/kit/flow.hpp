// Flow: stages of a computation from left to right, with arrows between them
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "viz/kit/canvas.hpp"
#include "viz/kit/view.hpp"

namespace orrery::viz {

// Lays out stages (parts of a panel) in rows, shares the width by weight, wraps to a further row
// when a stage would get less than its least width, draws the arrows, and leaves hidden parts
// blank.
class Flow {
   public:
    Flow(Canvas& c, const View& view, Rect box);

    // A stage for `part`; `draw` gets the box inside it. `weight`: its share of the width.
    void stage(std::string_view part, float weight, float least_width,
               std::function<void(const Rect&)> draw);
    // The word on the arrow into the next stage: "softmax", "÷ √d".
    void arrow(std::string word);
    // Lays out and draws everything.
    void finish();

   private:
    struct Stage {
        std::string part;
        float weight, least_width;
        std::function<void(const Rect&)> draw;
        std::string arrow;
    };
    Canvas& canvas_;
    const View& view_;
    Rect box_;
    std::vector<Stage> stages_;
};

// A box that can be entered: title, its words below; a click opens `link`. Returns the inside.
Rect flow_box(Canvas& c, const Rect& box, std::string_view title, Role role, std::string_view link);

// A soft ring around `box` when the view points at `part`.
void ring(Canvas& c, const Rect& box, std::string_view part, const View& view);

}  // namespace orrery::viz
