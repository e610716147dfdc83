// A picture in less height than it needs
#include "viz/kit/panel.hpp"

#include <array>

#include "core/tensor/trace.hpp"
#include "tests/support/catch.hpp"

using namespace orrery;
using namespace orrery::viz;

TEST_CASE("panel: in less height than it needs it is laid out with its room and drawn smaller",
          "[kit][panel]") {
    View view;
    view.size = {600, 150};
    Panel panel;
    panel.draw = [](Canvas& c, const Trace&, const View& v) {
        Region region;
        region.id = "corner", region.box = {v.size.w - 20, v.size.h - 10, 20, 10};
        c.region(std::move(region));
    };
    const auto corner = [&](float least) {
        Declaration d;
        d.least_height(least);
        const Canvas c = draw_panel(panel, d, Trace(), view);
        CHECK(c.size().h == view.size.h);
        REQUIRE(c.regions().size() == 1);
        const Rect box = c.regions()[0].box;
        return std::array<float, 4>{box.x, box.y, box.w, box.h};
    };
    // Enough height: as it is.
    CHECK(corner(150) == std::array<float, 4>{580, 140, 20, 10});
    // Half of what it needs: 1200 × 300, drawn half as large.
    CHECK(corner(300) == std::array<float, 4>{590, 145, 10, 5});
    view.compact = true;
    CHECK(corner(300) == std::array<float, 4>{580, 140, 20, 10});
}

TEST_CASE("geometry: how much smaller a thing is drawn where room is short", "[kit][geometry]") {
    CHECK(shrink({640, 400}, {640, 400}) == 1.0f);
    CHECK(shrink({1280, 800}, {640, 400}) == 1.0f);  // never larger
    CHECK(shrink({320, 400}, {640, 400}) == 0.5f);
    CHECK(shrink({320, 100}, {640, 400}) == 0.25f);  // the side that lacks more
    CHECK(shrink({320, 100}, {640, 0}) == 0.5f);     // a side that wants nothing
}
