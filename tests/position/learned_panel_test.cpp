// The panel of learned positions: what it says of neighbours is so of the table on show
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/panel.hpp"

using namespace orrery;
using namespace orrery::viz;
using test::PanelAtWork;
using test::says;

TEST_CASE("learned panel: a Chinese text is cut into characters, each with a row",
          "[position][learned_panel]") {
    PanelAtWork p("position/learned", "小猫看见小狗");
    p.compute();
    CHECK(p.trace()["x"].rows() == 6);
    CHECK(p.trace().names("tokens") ==
          std::vector<std::string>{"小", "猫", "看", "见", "小", "狗"});
    for (std::size_t j = 0; j < 4; ++j)  // 小 and 小: the same row of the word
        CHECK(p.trace()["x"].row(0)[j] == p.trace()["x"].row(4)[j]);
}

TEST_CASE("learned panel: the words' rows are those of the embedding",
          "[position][learned_panel]") {
    PanelAtWork p("position/learned", "the cat"), other("model/embedding", "a dog sees the cat");
    p.compute(), other.compute();
    const Tensor &x = p.trace()["x"], &y = other.trace()["y"];
    for (std::size_t j = 0; j < 4; ++j) {
        CHECK(x.row(0)[j] == y.row(3)[j]);  // the
        CHECK(x.row(1)[j] == y.row(4)[j]);  // cat
    }
}

TEST_CASE("learned panel: without the likeness the sum says what it is for",
          "[position][learned_panel]") {
    PanelAtWork p("position/learned");
    p.compute();
    View view = p.view();
    CHECK(!says(p.draw(view), "stands at places 1 and 5"));
    view.hidden = {"alike"};
    const Canvas c = p.draw(view);
    CHECK(says(c, "stands at places 1 and 5"));
    CHECK(!says(c, "cosine"));
    CHECK(!says(c, "Trained 300 steps"));
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
