#include "viz/kit/knobs.hpp"

#include <limits>

#include "core/base/error.hpp"
#include "core/base/random.hpp"
#include "tests/support/catch.hpp"
#include "viz/kit/panel.hpp"

using namespace orrery;
using namespace orrery::viz;

static Declaration sample() {
    Declaration d;
    d.knob("rows", 3, 1, 8);
    d.knob("eps", 1e-5f, 1e-8f, 1.0f, Scale::log);
    d.knob("causal", false);
    d.knob("norm", std::string("pre"), {"pre", "post"});
    d.text_knob("note", "", 4);
    return d;
}

TEST_CASE("knobs: strict setting says what is wrong and changes nothing", "[kit][knobs]") {
    Knobs knobs(sample().knobs());
    CHECK_THROWS_WITH(knobs.set("rows", "9"), "knob rows: is 9, wanted 1 to 8");
    CHECK_THROWS_WITH(knobs.set("rows", "two"),
                      "knob rows: is \"two\", wanted a number from 1 to 8");
    CHECK_THROWS_WITH(knobs.set("rows", "2.5"),
                      "knob rows: is 2.5, wanted a whole number from 1 to 8");
    CHECK_THROWS_WITH(knobs.set("norm", "mid"), "knob norm: is \"mid\", wanted one of pre post");
    CHECK_THROWS_WITH(knobs.set("note", "hello"), "knob note: has 5 bytes, wanted at most 4");
    CHECK_THROWS_WITH(knobs.set("colour", "1"), "knob colour: this panel has none of that name");
    CHECK_THROWS_AS(knobs.set("eps", "nan"), ValueError);
    CHECK(knobs == Knobs(sample().knobs()));
}

TEST_CASE("knobs: lenient setting clamps, and says so", "[kit][knobs]") {
    Knobs knobs(sample().knobs());
    CHECK(knobs.set_clamped("rows", "1e300") == "knob rows: is 1e300, wanted 1 to 8");
    CHECK(knobs.integer("rows") == 8);
    CHECK(knobs.set_clamped("rows", "-inf") != "");
    CHECK(knobs.integer("rows") == 1);
    CHECK(knobs.set_clamped("note", "ab\xE4\xB8\xAD") != "");  // 5 bytes: cut between characters
    CHECK(knobs.text("note") == "ab");
    CHECK(knobs.set_clamped("norm", "mid") != "");
    CHECK(knobs.choice("norm") == "pre");
    CHECK(knobs.set_clamped("causal", "on").empty());
    CHECK(knobs.flag("causal"));
}

TEST_CASE("knobs: what is written reads back to the bit", "[kit][knobs]") {
    Knobs knobs(sample().knobs());
    Random random(1, "knobs");
    for (int i = 0; i < 1000; ++i) {
        const float value = 1e-8f + random.uniform() * (i % 2 ? 1.0f : 1e-6f);
        knobs.set("eps", std::to_string(0.5f));
        knobs.set_clamped("eps", [&] {
            char text[32];
            std::snprintf(text, sizeof text, "%.9g", double(value));
            return std::string(text);
        }());
        Knobs again(sample().knobs());
        again.set("eps", knobs.written("eps"));
        REQUIRE(again.real("eps") == knobs.real("eps"));
    }
    CHECK(Knobs(sample().knobs()).written("eps") == "1e-05");
}

TEST_CASE("panel: edits change single numbers of inputs, and stale ones nothing", "[kit][panel]") {
    Declaration d;
    d.input(
        "q",
        [](const Knobs&, const Workspace&) {
            return Tensor({2, 2}, 1.0f);
        },
        true);
    Knobs knobs(d.knobs());
    knobs.set("edits", "q.0.1=5;q.9.9=7;k.0.0=3;q.1=2;nonsense;q.1.0=x");
    const Inputs in = resolve_inputs(d, knobs, nullptr);
    CHECK(in["q"].same_bits(Tensor({2, 2}, {1, 5, 1, 1})));
    CHECK_THROWS_AS(in["k"], ValueError);
}

TEST_CASE("knobs: a limit as it is written is inside", "[kit][knobs]") {
    Declaration d;
    d.knob("scale", 1.0f, 0.001f, 0.1f);
    Knobs k(d.knobs());
    CHECK_NOTHROW(k.set("scale", "0.001"));
    CHECK_NOTHROW(k.set("scale", "0.1"));
    CHECK_THROWS_AS(k.set("scale", "0.0009"), ValueError);
}
