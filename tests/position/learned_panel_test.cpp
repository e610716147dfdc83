// The panel of learned positions: what it says of neighbours is so of the table on show
#include <string>
#include <variant>

#include "tests/support/catch.hpp"
#include "tests/support/panel.hpp"

using namespace orrery;
using namespace orrery::viz;
using test::PanelAtWork;

static bool says(const Canvas& c, const std::string& words) {
    std::string all;
    for (const Command& command : c.commands())
        if (const auto* text = std::get_if<DrawText>(&command.what)) all += text->text + " ";
    return all.find(words) != std::string::npos;
}

TEST_CASE("learned panel: neighbours are called more alike only where they are",
          "[position][learned_panel]") {
    for (const char* steps : {"0", "5", "300"})
        for (const char* seed : {"1", "2", "3", "4"}) {
            PanelAtWork p("position/learned");
            p.knobs.set("train_steps", steps);
            p.knobs.set_seed(std::stoull(seed));
            p.compute();
            const Tensor& alike = p.trace()["alike"];
            // by hand: of the ten rows in training
            double near = 0, far = 0;
            for (std::size_t i = 0; i < 10; ++i)
                for (std::size_t j = i + 1; j < 10; ++j)
                    (j == i + 1 ? near : far) +=
                        double(alike.row(i)[j]) / (j == i + 1 ? 9.0 : 36.0);
            CAPTURE(steps, seed, near, far);
            const Canvas c = p.draw(p.view());
            CHECK(says(c, "Neighbours are more alike;") == (near > far + 0.2));
            CHECK(says(c, "hardly more alike") == !(near > far + 0.2));
        }
}
