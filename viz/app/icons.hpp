// Icons: small signs drawn with the canvas's own shapes
#pragma once

#include "viz/kit/canvas.hpp"

namespace orrery::viz {

enum class Icon {
    none,
    orrery,
    gallery,
    book,
    tree,
    search,
    moon,
    sun,
    reset,
    fit,
    download,
    play,
    pause,
    stop,
    first,
    last,
    next,
    previous,
    close,
    down,
    right,
    left,
    check,
    undo,
    redo,
    link,
    folder,
    screen,
    help,
    panel_right,
    panel_left,
    compare,
};

// Within a square about the middle of `box`, `size` pixels wide.
void draw_icon(Canvas& c, const Rect& box, Icon icon, Color color, float size = 16);

}  // namespace orrery::viz
