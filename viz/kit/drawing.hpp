// Drawing: what the pictures of panels begin with
//
// A panel's `struct Picture : Drawing` adds its own members and is made with `Picture{{c, t, view}}`.
#pragma once

#include <initializer_list>
#include <string>

#include "core/tensor/trace.hpp"
#include "viz/kit/canvas.hpp"
#include "viz/kit/view.hpp"

namespace orrery::viz {

struct Drawing {
    Canvas& c;
    const Trace& t;
    const View& view;
    const Theme& theme = c.theme();

    // Words beside what is drawn: plain, stepping back, standing out.
    TextStyle label(Align align = Align::left) const;
    TextStyle quiet(Align align = Align::left) const;
    TextStyle bold(Align align = Align::left) const;
    TextStyle bold(Color color, Align align = Align::left) const;

    // How far the operation that begins at `begin` is: 0 not begun, 1 done.
    float phase(double begin, double length = 1) const;

    // The first of some texts that is no wider than `width`; the last where none is.
    std::string fitting(float width, const TextStyle& style,
                        std::initializer_list<std::string> texts) const;
};

}  // namespace orrery::viz
