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
    // The root of 4 is explained above the queries as soon as there is one, so not beside it too
    const auto said = [&](double t, const std::string& part) {
        view.t = t;
        std::string all;
        for (const std::string& line : test::texts_on(p.draw(view))) all += line + " ";
        return all.find(part) != std::string::npos;
    };
    CHECK(said(4, "d = 4"));
    CHECK(!said(4, "scores; "));
    CHECK(!said(1, "d = 4"));
    // Where it is not said there, it is beside the root
    view.hidden = {"q"};
    CHECK(title(4, "scores; a row of Q has d = 4 numbers"));
    CHECK(!title(1, "scores; a row of Q has d = 4 numbers"));
}

TEST_CASE("attention panel: before a room no step speaks of what a later one does",
          "[attention][scaled_dot_product][attention_panel]") {
    PanelAtWork p("attention/scaled_dot_product", "a b");
    p.given["q"] = Tensor({2, 1}, {1, 1});
    p.given["k"] = Tensor({2, 1}, {0, 0.6931472f});  // exp: 1 and 2, so shares 1/3 and 2/3
    p.given["v"] = Tensor({2, 1}, {0, 3});
    p.compute();
    View view = p.view();
    view.size = {1340, 800}, view.presenting = true;
    const auto words = [&](double t) {
        view.t = t;
        return test::texts_on(p.draw(view));
    };
    CHECK(!has(words(3), "softmax"));
    CHECK(has(words(3.5), "softmax"));
    //: the shares, without what only softmax explains
    CHECK(has(words(4), "0.667"));
    CHECK(!has(words(4), "all exp together 3"));
    //: at the end a number of the answer: 1/3 × 0 + 2/3 × 3 = 2
    CHECK(has(words(5), "0.667 × 3"));
    CHECK(has(words(5), "sum = 2"));
    //: what the numbers are, where it has room
    PanelAtWork whole("attention/scaled_dot_product");
    whole.compute();
    View room = whole.view();
    room.size = {1340, 800}, room.presenting = true, room.t = 4;
    CHECK(has(test::texts_on(whole.draw(room)), "score → share"));
    room.t = 5;
    CHECK(has(test::texts_on(whole.draw(room)), "“mat”, number 1 of the output"));
    room.presenting = false;
    CHECK(has(test::texts_on(whole.draw(room)), "Query of “mat”, key of “on”"));
}
