// The attention panel: what a weight is made of, and what d is
#include <algorithm>
#include <string>
#include <vector>

#include "core/tensor/tensor.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/panel.hpp"

using namespace orrery;
using namespace orrery::viz;
using test::PanelAtWork;

namespace {

bool has(const std::vector<std::string>& words, const std::string& wanted) {
    return std::count(words.begin(), words.end(), wanted) > 0;
}

}  // namespace

TEST_CASE("attention panel: a share is its exponential divided by all of them",
          "[attention][scaled_dot_product][attention_panel]") {
    PanelAtWork p("attention/scaled_dot_product", "a b");
    p.given["q"] = Tensor({2, 1}, {1, 1});
    p.given["k"] = Tensor({2, 1}, {0, 0.6931472f});  // exp: 1 and 2, together 3
    p.given["v"] = Tensor({2, 1}, {0, 3});
    p.compute();
    View view = p.view();
    view.size = {1340, 800}, view.hover = {"weights", -1, -1, 1, 1, -1};
    const auto words = test::texts_on(p.draw(view));
    CHECK(has(words, "all exp together 3"));
    CHECK(has(words, "“b”: 2 ÷ 3 = 0.667"));
    // Neither stands as the other's value
    CHECK(!has(words, "exp(0.693)"));
}

TEST_CASE("attention panel: where softmax has just run its shares are taken apart, V comes later",
          "[attention][scaled_dot_product][attention_panel]") {
    PanelAtWork p("attention/scaled_dot_product");
    p.compute();
    View view = p.view();
    view.size = {1340, 800};
    const auto title = [&](double t, const std::string& begin) {
        view.t = t;
        const auto words = test::texts_on(p.draw(view));
        return std::any_of(words.begin(), words.end(),
                           [&](const std::string& w) { return w.starts_with(begin); });
    };
    CHECK(title(4, "What “mat” looks at"));
    CHECK(title(4, "exp(0.945) = 2.573"));
    CHECK(!title(4, "“the”, number 1 of the output"));
    CHECK(title(4.01, "“the”, number 1 of the output"));
    // The root of 4 stands where d is said to be 4
    CHECK(title(4, "scores; a row of Q has d = 4 numbers"));
    CHECK(!title(1, "scores; a row of Q has d = 4 numbers"));
}
