// The block's panel: the road, what is added to it, and the gradient with and without it
#include <cmath>

#include "core/model/block.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/panel.hpp"
#include "tests/support/robot.hpp"
#include "viz/kit/grid.hpp"

using namespace orrery;
using namespace orrery::viz;
using Catch::Matchers::WithinAbs;
using test::PanelAtWork;

static PanelAtWork computed(const test::KnobValues& knobs = {}) {
    return test::computed("model/block", knobs);
}

static double length_of(std::span<const float> row) {
    double squares = 0;
    for (float v : row) squares += double(v) * double(v);
    return std::sqrt(squares);
}

TEST_CASE("block panel: what stands on the road is the sum of what came and what was added",
          "[model][block][panel]") {
    const auto p = computed();
    const Trace& t = p.trace();
    for (std::size_t i = 0; i < t["x"].size(); ++i) {
        CHECK(t["middle"].flat()[i] == t["x"].flat()[i] + t["attention.y"].flat()[i]);
        CHECK(t["y"].flat()[i] == t["middle"].flat()[i] + t["feed_forward.y"].flat()[i]);
    }
    const Tensor x = flat_matrix(t["x"]), added = flat_matrix(t["attention.y"]);
    for (std::size_t i = 0; i < x.rows(); ++i) {
        CHECK_THAT(t["lengths"].row(i)[0], WithinAbs(length_of(x.row(i)), 1e-5));
        CHECK_THAT(t["lengths"].row(i)[1], WithinAbs(length_of(added.row(i)), 1e-5));
    }
}

TEST_CASE("block panel: a gradient through a stack of one is that of the block",
          "[model][block][panel][gradient]") {
    const auto p = computed({{"stack", "1"}});
    const Tensor& with = p.trace()["gradient.with"];
    REQUIRE(with.size() == 2);
    CHECK(with.flat()[0] == 1);
    // backward is linear: the length it gives to a gradient does not depend on how it was scaled
    REQUIRE(p.trace().backward());
    const Tensor& y = p.trace()["y"];
    Tensor dy(y.shape());
    dy.data()[3] = 1;
    const Tensor once = p.trace().backward()({{"y", dy}}).at("x");
    dy.data()[3] = 2;
    const Tensor twice = p.trace().backward()({{"y", dy}}).at("x");
    CHECK_THAT(length_of(twice.flat()), WithinAbs(2 * length_of(once.flat()), 1e-4));
    // the road itself carries it: cell 3 of x gets the whole of it, and what the halves send back
    CHECK(once.flat()[3] > 0.5f);
}

TEST_CASE("block panel: halves that add nothing leave row and gradient alone",
          "[model][block][panel]") {
    PanelAtWork p("model/block");
    for (const char* name : {"attention.out.weight", "feed_forward.down.weight"}) {
        const Tensor like = resolve_inputs(p.declaration, p.knobs, nullptr).tensors().at(name);
        p.given[name] = Tensor(like.shape());
    }
    p.compute();
    CHECK(p.trace()["y"].same_bits(p.trace()["x"]));
    for (float v : p.trace()["gradient.with"].flat()) CHECK_THAT(v, WithinAbs(1.0, 1e-6));
    // without the road nothing comes through
    CHECK(p.trace()["gradient.without"].flat()[1] == 0);
}

TEST_CASE("block panel: its boxes open on its own tensors", "[model][block][panel][links]") {
    const auto p = computed();
    const struct {
        const char *link, *prefix, *same;
    } doors[] = {{"norm/layer_norm", "norm_1", "norm_1.y"},
                 {"norm/layer_norm", "norm_2", "norm_2.y"},
                 {"attention/multi_head?heads=2&causal=true", "attention", "attention.y"},
                 {"model/feed_forward", "feed_forward", "feed_forward.y"}};
    for (const auto& door : doors) {
        CAPTURE(door.link, door.prefix);
        test::Robot robot("model/block");
        REQUIRE(robot.session.act(std::string("enter ") + door.prefix + " " + door.link));
        robot.session.settle();
        REQUIRE(robot.session.shown().error == "");
        const Tensor &there = (*robot.session.shown().trace)["y"], &here = p.trace()[door.same];
        REQUIRE(there.size() == here.size());
        for (std::size_t i = 0; i < here.size(); ++i)
            CHECK_THAT(there.flat()[i], WithinAbs(double(here.flat()[i]), 1e-5));
    }
}

TEST_CASE("block panel: the road takes the room of what is hidden", "[model][block][panel]") {
    const auto p = computed();
    View view = p.view();
    const auto height = [&] {
        const Canvas canvas = p.draw(view);
        for (const Region& r : canvas.regions())
            if (r.id == "cells.middle") return r.box.h;
        return 0.0f;
    };
    const float beside = height();
    view.hidden = {"lengths", "gradient"};
    CHECK(height() > 1.3f * beside);
    const Canvas alone = p.draw(view);
    for (const Region& r : alone.regions()) CHECK(!r.id.starts_with("cells.lengths"));
    // Asked for the gradient and nothing of it may be shown: the road
    view.knobs.set("show", "gradient");
    CHECK(height() > 0);
}
