#include "viz/kit/matrix.hpp"

#include <cmath>

#include "tests/support/catch.hpp"
#include "tests/support/kit_gallery.hpp"
#include "tests/support/layout.hpp"
#include "viz/app/offscreen.hpp"
#include "viz/kit/color_scale.hpp"
#include "viz/kit/svg.hpp"

using namespace orrery;
using namespace orrery::viz;

TEST_CASE("colour scale: positions", "[kit][matrix]") {
    const Tensor t({2, 2}, {-1, 3, 0, 1});
    MatrixStyle s;
    s.norm = Norm::symmetric;
    ColorScale scale = color_scale(t, s, true);
    CHECK(scale.low == -3);
    CHECK(scale.high == 3);
    CHECK(scale.position(0) == 0.5f);
    CHECK(scale.position(3) == 1);
    CHECK_THAT(scale.position(-1.5f), WithinAbs(0.25, 1e-6));

    s.norm = Norm::linear, s.map = Map::viridis;
    scale = color_scale(t, s, true);
    CHECK(scale.low == -1);
    CHECK(scale.position(1) == 0.5f);
    CHECK(scale.position(100) == 1);
    CHECK(scale.position(-INFINITY) == 0);

    s.norm = Norm::per_row;
    scale = color_scale(t, s, true);
    CHECK(scale.position(3, 0) == 1);
    CHECK(scale.position(1, 1) == 1);
    CHECK(scale.position(1, 0) == 0.5f);

    s.norm = Norm::log, s.low = 0.01f, s.high = 100;
    scale = color_scale(t, s, true);
    CHECK_THAT(scale.position(1), WithinAbs(0.5, 1e-6));
    CHECK_THAT(scale.position(10), WithinAbs(0.75, 1e-6));
    CHECK(scale.position(-1) == 0);
}

TEST_CASE("pooled: a spike survives, NaN too", "[kit][matrix]") {
    Tensor t({100, 100}, 0.01f);
    t.row(37)[83] = -5;
    t.row(90)[2] = NAN;
    const Tensor p = pooled(t, 10, 7);
    CHECK(p.row(3)[5] == -5);
    CHECK(std::isnan(p.row(9)[0]));
    CHECK(p.row(0)[0] == 0.01f);
}

TEST_CASE("matrix: a point of the picture selects the cell whose number stands there",
          "[kit][matrix]") {
    Trace trace;
    Tensor t({3, 5});
    for (std::size_t i = 0; i < 15; ++i) t.flat()[i] = float(i) + 0.5f;
    trace.add("x", t);
    View view;
    Canvas c({600, 400});
    const Rect cells = matrix(c, {20, 20, 500, 360}, trace, "x", view);
    REQUIRE(c.regions().size() == 2);  // the cells, and the colour bar before them
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 5; ++j) {
            const Point p{cells.x + cells.w * (float(j) + 0.5f) / 5,
                          cells.y + cells.h * (float(i) + 0.5f) / 3};
            const Selection s = cell_at(c.regions().back(), p);
            CHECK(s.row == i);
            CHECK(s.col == j);
            // The number drawn around that point
            std::string text;
            for (const Command& command : c.commands())
                if (const auto* d = std::get_if<DrawText>(&command.what); d && d->box.contains(p))
                    text = d->text;
            CHECK(std::stof(text) == t.row(std::size_t(i))[std::size_t(j)]);
        }
}

TEST_CASE("matrix: any shape in any box, none of it outside", "[kit][matrix]") {
    const auto shape = GENERATE(Shape{}, Shape{7}, Shape{1, 1}, Shape{3, 200}, Shape{200, 3},
                                Shape{2, 3, 4}, Shape{0, 4}, Shape{500, 500});
    const auto size = GENERATE(Size{700, 500}, Size{260, 200}, Size{60, 40});
    Trace trace;
    trace.add("x", Tensor(shape, 0.25f));
    View view;
    MatrixLook look;
    look.title = "x", look.row_axis = "row", look.col_axis = "column", look.legend = size.h > 150;
    for (std::size_t i = 0; i < 4; ++i)
        look.col_names.push_back("a long name"), look.row_names.push_back("token");
    Canvas c(size);
    const Rect cells = matrix(c, {0, 0, size.w, size.h}, trace, "x", view, look);
    CAPTURE(to_string(shape), size.w);
    if (size.w > 200) {
        CHECK(cells.right() <= size.w + 1);
        CHECK(cells.bottom() <= size.h + 1);
    }
    CHECK(std::isfinite(cells.w));
    CHECK(!to_svg(c).empty());
}

TEST_CASE("matrix: a slice is the same buffer in every frame", "[kit][matrix]") {
    Trace trace;
    trace.add("x", Tensor({4, 8, 8}, 1.0f));
    View view;
    MatrixLook look;
    look.slice = 2;
    const float* before = nullptr;
    for (int frame = 0; frame < 3; ++frame) {
        Canvas c({300, 300});
        matrix(c, {0, 0, 300, 300}, trace, "x", view, look);
        for (const Command& command : c.commands())
            if (const auto* d = std::get_if<DrawMatrix>(&command.what);
                d && d->tensor.rows() == 8) {
                if (before) CHECK(d->tensor.data() == before);
                before = d->tensor.data();
            }
    }
    CHECK(before != nullptr);
}

TEST_CASE("kit: every page of the gallery can be read", "[kit][layout]") {
    const auto size = GENERATE(Size{1024, 640}, Size{1280, 720}, Size{1920, 1080});
    const auto language = GENERATE(Language::english, Language::chinese);
    const bool dark = GENERATE(true, false);
    for (const auto& [name, canvas] : test::kit_gallery(size, dark, language))
        for (const auto& problem : test::layout_problems(canvas)) {
            CAPTURE(name, size.w, int(language), dark);
            FAIL_CHECK(problem);
        }
}
