#include "viz/kit/header.hpp"

#include "tests/support/catch.hpp"

using namespace orrery::viz;

static const char* const example = R"(// RMSNorm: divide each row by
// its root mean square
//
//   formula   ms(x) = (1/d) sum_j x_j^2
//             y_j   = gain_j * x_j / sqrt(ms(x) + eps)
//
//   shapes    x [..., d]    gain [d]    ->    y [..., d]
//             W = gain_weight, n = 3
//
//   why       LayerNorm centres and scales. RMSNorm keeps
//             only the scaling.
//
//   cost      forward 4d
//   errors    ShapeError  x has no axis
//             backward: ShapeError  dy is not like y
//   source    Zhang and Sennrich, 2019,
//             arXiv:1910.07467. Its formula has no eps.
//   survey    2.5
//   badge     computed
//   leaves out  the learned gain
//               starts at 1
//   see       norm/layer_norm (centres, too), norm/deep_norm
#pragma once
//   picture later
)";

TEST_CASE("header: every label is read", "[kit][header]") {
    const Header h = parse_header(example, "core/norm/rms_norm.hpp");
    CHECK(h.id == "norm/rms_norm");
    CHECK(h.name == "RMSNorm");
    CHECK(h.sentence == "divide each row by its root mean square");
    REQUIRE(h.formula.size() == 2);
    CHECK(h.formula[0] == "ms(x) = (1/d) sum_j x_j^2");
    CHECK(h.formula[1] == "y_j   = gain_j * x_j / sqrt(ms(x) + eps)");
    CHECK(h.shapes.size() == 2);
    CHECK(h.why == "LayerNorm centres and scales. RMSNorm keeps only the scaling.");
    REQUIRE(h.errors.size() == 2);
    CHECK(h.errors[1] == "backward: ShapeError  dy is not like y");
    CHECK(h.source == "Zhang and Sennrich, 2019, arXiv:1910.07467. Its formula has no eps.");
    CHECK(h.arxiv() == "1910.07467");
    CHECK(h.survey == "2.5");
    CHECK(h.badge == "computed");
    CHECK(h.leaves_out == "the learned gain starts at 1");
    REQUIRE(h.see.size() == 2);
    CHECK(h.see[0].id == "norm/layer_norm");
    CHECK(h.see[0].why == "centres, too");
    CHECK(h.see[1].why == "");
    REQUIRE(h.aliases.size() == 1);
    CHECK(h.aliases[0] == std::pair<std::string, std::string>{"W", "gain_weight"});
    CHECK(h.problems.empty());
    CHECK(h.is_component());
    CHECK_FALSE(h.picture_later);  // it stands after the block
}

TEST_CASE("header: picture later, doubled labels and empty ones", "[kit][header][edge]") {
    const Header h = parse_header(
        "// A: b\n//   survey    2.5\n//   survey    2.6\n//   why\n//   picture later\n", "x.hpp");
    CHECK(h.picture_later);
    CHECK(h.survey == "2.5");
    REQUIRE(h.problems.size() == 2);
    CHECK(h.problems[0] == "the label \"survey\" is there twice");
    CHECK(h.problems[1] == "the label \"why\" has no text");
}

TEST_CASE("header: plumbing has no survey label", "[kit][header][edge]") {
    CHECK_FALSE(parse_header("// Tensor: numbers\n#pragma once\n", "t.hpp").is_component());
    CHECK_FALSE(parse_header("", "t.hpp").is_component());
    CHECK_FALSE(parse_header("int x;\n//   survey    2\n", "t.hpp").is_component());
}

TEST_CASE("header: sections sort by number", "[kit][header]") {
    CHECK(section_key("2.5") < section_key("2.10"));
    CHECK(section_key("2.10") < section_key("3"));
    CHECK(section_key("2.5, 3.1") == std::vector<int>{2, 5});
    CHECK(section_key("none").empty());
}

TEST_CASE("header: components are found by their survey label", "[kit][header]") {
    REQUIRE(find_header("norm/layer_norm"));
    CHECK(find_header("norm/layer_norm")->survey == "2.5");
    CHECK(find_header("tensor/tensor") == nullptr);
    CHECK(find_header("no/such") == nullptr);
}
