#include "viz/app/link.hpp"

#include "core/base/random.hpp"
#include "tests/support/catch.hpp"

using namespace orrery;
using namespace orrery::viz;

TEST_CASE("link: component, then knobs by name", "[app][link]") {
    const Link link = parse_link("attention/multi_head?text=the%20cat%20sat&heads=4&t=0.5&heads=2");
    CHECK(link.component == "attention/multi_head");
    REQUIRE(link.find("text"));
    CHECK(*link.find("text") == "the cat sat");
    CHECK(*link.find("heads") == "2");  // the later wins
    CHECK(link.find("head") == nullptr);
    CHECK(parse_link("").component.empty());
    CHECK(parse_link("#norm/layer_norm").component == "norm/layer_norm");
}

TEST_CASE("link: any text survives the round trip", "[app][link]") {
    Random random(1, "link");
    for (int i = 0; i < 200; ++i) {
        Link link;
        link.component = "norm/layer_norm";
        std::string value(random.below(20), ' ');
        for (char& c : value) c = char(random.below(256));
        link.values = {{"text", value}, {"a&b=c", "中文 + 100%"}};
        const Link back = parse_link(to_string(link));
        REQUIRE(back.component == link.component);
        REQUIRE(back.values == link.values);
    }
}

TEST_CASE("link: what is no link gives notes, never an error", "[app][link]") {
    std::vector<std::string> notes;
    const Link link = parse_link("a?b&=c&&d=%zz&%&e=%4", &notes);
    CHECK(notes.size() == 3);
    CHECK(*link.find("d") == "%zz");
    CHECK(*link.find("e") == "%4");
}
