// A picture in less height than it needs
#include "viz/kit/least_height.hpp"
#include <array>

#include "tests/support/catch.hpp"

using namespace orrery::viz;

TEST_CASE("least height: laid out with its room and drawn smaller", "[kit][least_height]") {
    View view;
    view.size = {600, 150};
    const auto draw = [](Canvas& c, const View& v) {
        Region region;
        region.id = "corner", region.box = {v.size.w - 20, v.size.h - 10, 20, 10};
        c.region(std::move(region));
    };
    const auto corner = [&](float least) {
        Canvas c(view.size, true, false);
        with_least_height(c, view, least, draw);
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
