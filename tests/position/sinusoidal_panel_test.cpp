// The sinusoidal panel: what it says of its clocks
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/layout.hpp"
#include "tests/support/panel.hpp"

using namespace orrery;
using namespace orrery::viz;
using test::PanelAtWork;

TEST_CASE("sinusoidal panel: how many numbers a place has, and by how much each clock is slower",
          "[position][sinusoidal][sinusoidal_panel]") {
    PanelAtWork p("position/sinusoidal");
    p.compute();
    View view = p.view();
    view.size = {1340, 800};
    const auto said = [&] {
        std::string all;
        for (const std::string& line : test::texts_on(p.draw(view))) all += line + " ";
        return all;
    };
    // 8 pairs are 16 numbers; 10000^(1/8) = 3.162; 2π × 10000^(2/8) = 62.83
    CHECK(said().find("16 numbers") != std::string::npos);
    CHECK(said().find("3.16") != std::string::npos);
    CHECK(said().find("marked pair, 3: once round in 62.83 positions") != std::string::npos);
    // 4 pairs are 8 numbers; 10000^(1/4) = 10
    p.knobs.set("pairs", "4");
    p.compute();
    CHECK(said().find("8 numbers") != std::string::npos);
    CHECK(said().find("takes 10") != std::string::npos);
}
