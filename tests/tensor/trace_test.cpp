#include "core/tensor/trace.hpp"

#include "core/base/error.hpp"
#include "tests/support/catch.hpp"

using namespace orrery;

TEST_CASE("trace: entries in order, by name, with their source", "[tensor][trace]") {
    Trace t;
    t.from("norm/rms_norm");
    t.add("y", Tensor({1}, {5}), "one number scales the whole row");
    t.add("mask", Tensor({1}), "", Kind::boolean);
    REQUIRE(t.entries().size() == 2);
    CHECK(t.entries()[0].component == "norm/rms_norm");
    CHECK(t.entries()[0].marker == "one number scales the whole row");
    CHECK(t.entries()[1].kind == Kind::boolean);
    CHECK(t["y"].flat()[0] == 5);
    CHECK(t.find("z") == nullptr);
    CHECK_THROWS_WITH(t["z"], "trace: no entry z");
    CHECK_THROWS_AS(t.add("y", Tensor()), ValueError);
}

TEST_CASE("trace: nests prefix names and give the component back", "[tensor][trace]") {
    Trace t;
    t.from("model/block");
    t.nest("block.3", [](Trace& block) {
        block.nest("attention", [](Trace& inner) {
            inner.from("attention/multi_head");
            inner.add("scores", Tensor());
            inner.event({"step", "", {{"loss", 2}}, {"scores"}});
            inner.text("why", "because");
        });
        block.add("y", Tensor());
    });
    CHECK(t.find("block.3.attention.scores")->component == "attention/multi_head");
    CHECK(t.find("block.3.y")->component == "model/block");
    CHECK(t.events()[0].touches[0] == "block.3.attention.scores");
    CHECK(t.text("block.3.attention.why") == "because");
    CHECK(t.text("none").empty());
}

TEST_CASE("trace: costs add up, axes have names, backward is kept", "[tensor][trace]") {
    Trace t;
    t.cost({3, 4});
    t.cost({10, 20});
    CHECK(t.cost().flops == 13);
    CHECK(t.cost().bytes == 24);
    t.names("tokens", {"the", "cat"});
    CHECK(t.names("tokens").size() == 2);
    CHECK(t.names("heads").empty());
    CHECK_FALSE(t.backward());
    t.backward([](const Tensors& dy) { return dy; });
    CHECK(t.backward()({{"y", Tensor()}}).count("y") == 1);
}
