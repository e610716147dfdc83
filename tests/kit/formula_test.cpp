#include "viz/kit/formula.hpp"

#include <cmath>

#include "tests/support/catch.hpp"

using namespace orrery::viz;

namespace {

using Names = std::vector<std::string>;

// The texts of a drawn formula, from left to right.
struct Drawn {
    explicit Drawn(std::string_view line, float size = 20) : canvas({800, 200}) {
        const Formula formula(line);
        measured = formula.measure(canvas, size);
        formula.draw(canvas, {10, 20}, size, [](std::string_view name) { return name == "lit"; });
        for (const Command& command : canvas.commands())
            if (const auto* text = std::get_if<DrawText>(&command.what)) texts.push_back(*text);
    }
    const DrawText* find(std::string_view text) const {
        for (const DrawText& t : texts)
            if (t.text == text) return &t;
        return nullptr;
    }
    float base(std::string_view text) const {
        const DrawText* t = find(text);
        return t ? t->box.y + text_base * t->style.size : NAN;
    }
    std::size_t lines() const {
        std::size_t count = 0;
        for (const Command& command : canvas.commands())
            count += std::holds_alternative<DrawLine>(command.what);
        return count;
    }
    Canvas canvas;
    Size measured;
    std::vector<DrawText> texts;
};

}  // namespace

TEST_CASE("formula: names without their indices, in order of first use", "[kit][formula]") {
    CHECK(Formula("y_j = gain_j * x_j / sqrt(ms(x) + eps)").names() ==
          Names{"y", "gain", "x", "ms", "eps"});
    CHECK(Formula("qkv = x W_qkv^T + b_qkv").names() == Names{"qkv", "x", "W_qkv", "b_qkv"});
    CHECK(Formula("scores_ij = sum_c q_ic * k_jc").names() == Names{"scores", "q", "k"});
    CHECK(Formula("y = inv_rms_i * mean_square").names() == Names{"y", "inv_rms", "mean_square"});
    CHECK(Formula("falling = min_lr + cosine * (max_lr - min_lr)").names() ==
          Names{"falling", "min_lr", "cosine", "max_lr"});
    CHECK(Formula("q [h, d_v], exp(x) if x < 0").names() == Names{"q", "h", "d_v", "x"});
}

TEST_CASE("formula: what follows the grammar parses", "[kit][formula]") {
    for (const char* line : {"a",
                             "1e-6",
                             "-x",
                             "a_(i,j)^(t+1)",
                             "x_{ij}",
                             "((a))",
                             "a/b/c",
                             "sqrt(a/b)",
                             "p = |x| + ||y||",
                             "f(x)(y)",
                             "sum_(j=1)^n x_j",
                             "max_(j<i) x_j",
                             "max_i + 1",
                             "a -> b",
                             "[a; b, ...]",
                             "ids_i = {c : c <= i}",
                             "x' = x * y'",
                             "θ_i = 10000^(-2 i / d)",
                             "∑_j x_j",
                             "W^-1",
                             "p(a | b) = c",
                             "(a, b)* = {a* b*}",
                             "a = b if c >= d otherwise 0.5 e"}) {
        CAPTURE(line);
        CHECK(Formula(line).parsed());
    }
}

TEST_CASE("formula: what does not is set in monospace", "[kit][formula][edge]") {
    for (const char* line : {"", "(a", "a)", "a +", "a * ", "a / ", "x_", "x^", "\"word\"", "a # b",
                             "x_i_(j)", "a ** b", "\xff", "sqrt(a"}) {
        const Formula formula(line);
        CAPTURE(line);
        CHECK_FALSE(formula.parsed());
        CHECK(formula.names().empty());
    }
    const Drawn drawn("a # b");
    REQUIRE(drawn.texts.size() == 1);
    CHECK(drawn.texts[0].style.font == Font::mono);
    CHECK_FALSE(Formula(std::string(300, '(')).parsed());
    CHECK_FALSE(Formula(std::string(5000, 'a')).parsed());
}

TEST_CASE("formula: a fraction stands on both sides of its bar", "[kit][formula]") {
    const Drawn drawn("y = (a + b) / c");
    CHECK(drawn.lines() == 1);
    CHECK(drawn.base("a") < drawn.base("y"));
    CHECK(drawn.base("a") == drawn.base("b"));
    CHECK(drawn.base("c") > drawn.base("y"));
    CHECK(drawn.find("(") == nullptr);  // the bar makes the brackets needless
}

TEST_CASE("formula: the fraction ends where C would end it", "[kit][formula]") {
    const Drawn drawn("a * b / c * e");
    CHECK(drawn.base("a") == drawn.base("b"));
    CHECK(drawn.base("b") < drawn.base("c"));
    CHECK(drawn.base("e") > drawn.base("b"));
    CHECK(drawn.base("e") < drawn.base("c"));
    // a sum takes its fraction along: sum_j (b / c), not (sum_j b) / c
    const Drawn sum("sum_j b / c");
    CHECK(sum.base("∑") > sum.base("b"));
}

TEST_CASE("formula: raised is above, lowered below, nothing under 13", "[kit][formula]") {
    const Drawn drawn("x_i + z^2", 16);
    CHECK(drawn.base("i") > drawn.base("x"));
    CHECK(drawn.base("2") < drawn.base("z"));
    for (const DrawText& text : drawn.texts) CHECK(text.style.size >= text_label);
}

TEST_CASE("formula: Greek names are letters, signs are signs", "[kit][formula]") {
    const Drawn drawn("beta1 * theta_i <= eps - 1");
    for (const char* text : {"β", "1", "θ", "≤", "ε", "−", "·"}) CHECK(drawn.find(text));
}

TEST_CASE("formula: lit names are drawn in the accent", "[kit][formula]") {
    const Drawn drawn("lit_j = other_j");
    REQUIRE(drawn.find("lit"));
    CHECK(drawn.find("lit")->style.color == drawn.canvas.theme().accent);
    CHECK(drawn.find("other")->style.color == drawn.canvas.theme().text);
}

TEST_CASE("formula: every name is a region with an id of its own", "[kit][formula]") {
    const Drawn drawn("y_j = x_j * x_j");
    Names ids;
    for (const Region& region : drawn.canvas.regions()) ids.push_back(region.id);
    CHECK(ids == Names{"formula.y", "formula.x", "formula.x#2"});
}

TEST_CASE("formula: what is drawn lies in what was measured", "[kit][formula]") {
    for (const char* line : {"y_j = gain_j * (x_j - mean) / sqrt(variance + eps) + bias_j",
                             "weights_ij = exp(s_ij) / sum_(j allowed) exp(s_ij)",
                             "prod_(k=1)^n ((a/b)/(c+d))^2", "x # y"}) {
        const Drawn drawn(line);
        const Rect box{10, 20, drawn.measured.w, drawn.measured.h};
        CAPTURE(line);
        for (const DrawText& text : drawn.texts) {
            CHECK(text.box.x >= box.x - 0.5f);
            CHECK(text.box.right() <= box.right() + 0.5f);
            const float base = text.box.y + text_base * text.style.size;
            CHECK(base <= box.bottom());
            CHECK(base - 0.7f * text.style.size >= box.y - 0.5f);
        }
    }
}
