// What is unrelated to the hovered cell is dimmed, and nothing else is
#include "viz/kit/fade.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/robot.hpp"

using namespace orrery;
using namespace orrery::viz;

namespace {

Region cells(const std::string& tensor, Rect box, std::size_t rows, std::size_t cols) {
    Region r;
    r.id = "cells." + tensor, r.box = box, r.kind = Region::Kind::cells;
    r.target.tensor = tensor, r.rows = rows, r.cols = cols;
    return r;
}

// How strongly a point is dimmed: the alpha of the veils over it.
int veil_at(const Canvas& c, Point p) {
    int alpha = 0;
    for (const auto& command : c.commands())
        if (const auto* rect = std::get_if<DrawRect>(&command.what))
            if (rect->box.contains(p)) alpha += rect->fill.a;
    return alpha;
}

}  // namespace

TEST_CASE("fade: row, column and operands stay, the rest is dimmed", "[kit][fade]") {
    Canvas c({400, 100});
    c.region(cells("y", {0, 0, 40, 40}, 4, 4));
    c.region(cells("x", {100, 0, 40, 40}, 4, 4));
    c.region(cells("other", {200, 0, 40, 40}, 4, 4));
    View view;
    view.hover = selection_from("y:r1:c2");
    view.explanation.operands = {{"x", 1, 2, 0, -1}};
    fade_unrelated(c, view, 1);
    const auto at = [&](float left, int row, int col) {
        return veil_at(c, {left + 10 * float(col) + 5, 10 * float(row) + 5});
    };
    const int full = 179;  // 0.7 of 255
    for (int i = 0; i < 4; ++i)
        for (int j = 0; j < 4; ++j) {
            CHECK(at(0, i, j) == (i == 1 || j == 2 ? 0 : full));
            CHECK(at(100, i, j) == (i == 1 ? 0 : full));
            CHECK(at(200, i, j) == full);
        }
    CHECK(veil_at(c, {300, 50}) == 0);
}

TEST_CASE("fade: it grows with the amount, and without operands nothing fades", "[kit][fade]") {
    View view;
    view.hover = selection_from("y:r1:c2");
    const auto veil = [&](float amount) {
        Canvas c({400, 100});
        c.region(cells("other", {200, 0, 40, 40}, 4, 4));
        fade_unrelated(c, view, amount);
        return veil_at(c, {205, 5});
    };
    CHECK(veil(1) == 0);
    view.explanation.operands = {{"x", 0, -1, 0, -1}};
    CHECK(veil(0) == 0);
    CHECK(veil(0.5f) == 89);
    CHECK(veil(1) == 179);
    view.hover = {};
    CHECK(veil(1) == 0);
}

TEST_CASE("fade: a transposed grid and a zoomed one are dimmed where their cells are",
          "[kit][fade]") {
    Canvas c({400, 100});
    Region turned = cells("x", {0, 0, 20, 40}, 4, 2);  // tensor [2, 4] lying on its side
    turned.transposed = true;
    c.region(turned);
    Region near = cells("z", {100, 0, 40, 40}, 4, 4);
    near.view = {0.5f, 0.5f, 0.5f, 0.5f};  // rows and columns 2 and 3, 20 pixels each
    c.region(near);
    View view;
    view.hover = selection_from("y:r0:c0");
    view.explanation.operands = {{"x", 1, 2, 0, -1}, {"z", 3, 4, 2, 3}};
    fade_unrelated(c, view, 1);
    CHECK(veil_at(c, {5, 5}) == 179);
    CHECK(veil_at(c, {15, 35}) == 0);  // the tensor's row 1 is the right column
    CHECK(veil_at(c, {105, 5}) == 179);
    CHECK(veil_at(c, {105, 30}) == 0);
    CHECK(veil_at(c, {130, 30}) == 179);
}

TEST_CASE("fade: it waits for the pointer to rest, takes 120 ms, and then nothing runs",
          "[app][fade]") {
    test::Robot robot("norm/layer_norm");
    Session& s = robot.session;
    s.notes.clear();
    double clock = 1;
    s.tick(clock);
    s.act("hover y:r0:c1");
    s.tick(clock += 0.01);
    CHECK(s.fade() == 0);
    CHECK(s.patience() < 0.2);
    s.tick(clock += 0.1);
    CHECK(s.fade() == 0);
    double began = 0, full = 0;
    for (int i = 0; i < 60; ++i) {
        s.tick(clock += 1.0 / 60);
        if (s.fade() > 0 && began == 0) began = clock - 1.0 / 60;
        if (s.fade() >= 1 && full == 0) full = clock;
    }
    REQUIRE(full > 0);
    CHECK(full - began >= 0.11);
    CHECK(full - began <= 0.16);
    CHECK(s.patience() > 1e6);
    CHECK_FALSE(s.tick(clock += 1));
    //: from cell to cell it does not flicker; off the cells it goes at once
    s.act("hover y:r0:c2");
    s.tick(clock += 1.0 / 60);
    CHECK(s.fade() == 1);
    s.act("hover");
    for (int i = 0; i < 6; ++i) s.tick(clock += 1.0 / 60);
    CHECK(s.fade() == 0);
    CHECK(s.patience() > 1e6);
    s.settings.reduced_motion = true;
    s.act("hover y:r0:c1");
    for (int i = 0; i < 60; ++i) s.tick(clock += 1.0 / 60);
    CHECK(s.fade() == 0);
}
