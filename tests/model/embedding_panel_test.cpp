// The embedding panel: what its picture says of the look-up
#include <algorithm>

#include "tests/support/catch.hpp"
#include "tests/support/layout.hpp"
#include "tests/support/panel.hpp"
#include "viz/kit/format.hpp"
#include "viz/kit/grid.hpp"

using namespace orrery;
using namespace orrery::viz;
using Catch::Matchers::WithinAbs;
using test::PanelAtWork;

namespace {

double fact(const PanelAtWork& p, std::string_view name) { return p.fact(name).number; }

}  // namespace

TEST_CASE("embedding panel: ids are places in the sorted vocabulary", "[model][embedding_panel]") {
    PanelAtWork p("model/embedding", "b a b");
    p.compute();
    // a b bird bread … : "a" is row 0, "b" row 1
    CHECK(p.trace()["ids"].flat()[0] == 1);
    CHECK(p.trace()["ids"].flat()[1] == 0);
    CHECK(p.trace()["ids"].flat()[2] == 1);
    CHECK(fact(p, "picked") == 2);
    CHECK(fact(p, "table_rows") == 8);
    CHECK(fact(p, "products") == 3 * 8 * 4);
    CHECK(fact(p, "one_hot_apart") == 0);
}

TEST_CASE("embedding panel: positions tell equal words apart", "[model][embedding_panel]") {
    PanelAtWork p("model/embedding", "b a b");
    for (const char* kind : {"learned", "sinusoidal", "none"}) {
        p.knobs.set("position", kind);
        p.compute();
        CAPTURE(kind);
        CHECK(fact(p, "again_y") == 0);
        const bool apart = std::string_view(kind) != "none";
        CHECK((fact(p, "again_x") > 0.01) == apart);
    }
    // sin 0, cos 0 at place 1; sin 2, cos 2 at place 3: 0.9093 and 1 + 0.4161 apart
    p.knobs.set("position", "sinusoidal");
    p.compute();
    CHECK_THAT(fact(p, "again_x"), WithinAbs(1.4161, 1e-4));
}

TEST_CASE("embedding panel: gradients of equal tokens add up, others get none",
          "[model][embedding_panel]") {
    PanelAtWork p("model/embedding", "b a b");
    p.compute();
    const Tensor &dx = p.trace()["dx"], &dtable = p.trace()["dtable"];
    for (std::size_t j = 0; j < dx.cols(); ++j) {
        CHECK_THAT(dtable.row(1)[j], WithinAbs(double(dx.row(0)[j] + dx.row(2)[j]), 1e-6));
        CHECK(dtable.row(0)[j] == dx.row(1)[j]);
        for (std::size_t v = 2; v < dtable.rows(); ++v) CHECK(dtable.row(v)[j] == 0);
    }
    CHECK(fact(p, "untouched") == 6);
}

TEST_CASE("embedding panel: hovering any number ends in it", "[model][embedding_panel]") {
    PanelAtWork p("model/embedding", "b a b");
    p.compute();
    const View view = p.view();
    for (const char* tensor : {"table", "y", "position", "x", "last", "one_hot", "dx", "dtable",
                               "logits", "chances", "ids"}) {
        const Tensor matrix = flat_matrix(p.trace()[tensor]);
        for (std::size_t i = 0; i < matrix.rows(); ++i)
            for (std::size_t j = 0; j < matrix.cols(); ++j) {
                CAPTURE(tensor, i, j);
                const auto said =
                    explain(p.declaration, p.trace(), view, {tensor, -1, -1, int(i), int(j), -1});
                CHECK(said.formula.ends_with(" = " + format_value(double(matrix.row(i)[j]))));
                CHECK(!said.why.starts_with("⟦"));
            }
    }
    // b is row 1: its second place is the third token's
    CHECK(explain(p.declaration, p.trace(), view, {"one_hot", -1, -1, 2, 1, -1}).formula ==
          "column 1, id 1 = 1");
    const Canvas picture = p.draw(view);
    for (const Region& region : picture.regions())
        if (region.id == "token.0") CHECK(region.tip.ends_with("id = 1"));
}

TEST_CASE("embedding panel: every view at every size, and with hard texts",
          "[model][embedding_panel][layout]") {
    for (const char* text :
         {"", "a", "我爱北京天安门", "🐱 🐭 🐱", "one two three four five six seven eight nine",
          "averyveryverylongwordthatdoesnotfitanywhere and"})
        for (const char* show : {"rows", "one_hot", "gradient", "tied"})
            for (const char* d : {"4", "16"})
                for (const Size size : {Size{640, 400}, Size{880, 400}, Size{1340, 820}})
                    for (const Language language : {Language::english, Language::chinese}) {
                        PanelAtWork p("model/embedding", text);
                        p.knobs.set("show", show);
                        p.knobs.set("d", d);
                        p.compute();
                        View view = p.view();
                        view.size = size, view.language = language;
                        CAPTURE(text, show, d, size.w, code(language));
                        CHECK(test::layout_problems(p.draw(view)) == std::vector<std::string>{});
                    }
}

TEST_CASE("embedding panel: of a model's large table the picked rows are drawn, inside the picture",
          "[model][embedding_panel][layout]") {
    Tensor table({365, 6});
    for (std::size_t i = 0; i < table.size(); ++i) table.flat()[i] = float(i);
    for (const char* show : {"rows", "one_hot", "gradient", "tied"}) {
        PanelAtWork p("model/embedding");
        p.given["table"] = table;
        p.given["ids"] = Tensor({1, 5}, {364, 7, 300, 7, 12});
        p.knobs.set("show", show);
        p.compute();
        const Tensor& some = p.trace()["picked.table"];
        REQUIRE(some.rows() == 4);  // 7, 12, 300 and 364
        CHECK(some.row(0)[1] == 43);
        CHECK(some.row(3)[0] == 2184);
        const View view = p.view();
        const Canvas c = p.draw(view);
        CAPTURE(show);
        for (const Region& region : c.regions()) {
            CAPTURE(region.id);
            CHECK(region.box.bottom() <= view.size.h);
            CHECK(region.box.right() <= view.size.w);
            if (region.target.tensor != "picked.table") continue;
            const auto& d = p.declaration;
            Selection cell = region.target;
            cell.row = 3, cell.col = 0;
            CHECK(explain(d, p.trace(), view, cell).why ==
                  explain(d, p.trace(), view, {"table", -1, -1, 364, 0, -1}).why);
        }
    }
}

TEST_CASE("embedding panel: on the way out the last row is scored by every row, then softmax",
          "[model][embedding_panel]") {
    PanelAtWork p("model/embedding", "a b");
    p.given["table"] = Tensor({2, 2}, {1, 0, 2, 1});
    p.given["ids"] = Tensor({2}, {0, 1});
    p.knobs.set("position", "none");
    p.knobs.set("show", "tied");
    p.compute();
    // b is (2, 1): with a (1, 0) 2, with itself 5; e^2 / (e^2 + e^5) = 1 / (1 + e^3) = 0.0474
    CHECK(p.trace()["last"].flat()[0] == 2);
    CHECK(p.trace()["last"].flat()[1] == 1);
    CHECK(p.trace()["logits"].row(1)[0] == 2);
    CHECK(p.trace()["logits"].row(1)[1] == 5);
    CHECK_THAT(p.trace()["chances"].row(1)[0], WithinAbs(0.0474259, 1e-6));
    CHECK_THAT(p.trace()["chances"].row(1)[1], WithinAbs(0.9525741, 1e-6));
    // With a place added the row is not the word's own: the picture says so
    View view = p.view();
    view.size = {1340, 820};
    const auto says = [&](const std::string& wanted) {
        const auto words = test::texts_on(p.draw(view));
        return std::count(words.begin(), words.end(), wanted) == 1;
    };
    CHECK(says("row of the last token"));
    PanelAtWork placed("model/embedding", "a b");
    placed.knobs.set("show", "tied");
    placed.compute();
    View other = placed.view();
    other.size = {1340, 820};
    const auto words = test::texts_on(placed.draw(other));
    CHECK(std::count(words.begin(), words.end(), "“b” after the last block (made up here)") == 1);
    const auto score = explain(p.declaration, p.trace(), p.view(), {"logits", -1, -1, 1, 1, -1});
    CHECK(score.formula == "2 × 2 + 1 × 1 = 5");
    const auto y = explain(p.declaration, p.trace(), p.view(), {"y", -1, -1, 1, 0, -1});
    CHECK(y.formula.ends_with("= 2"));
}

TEST_CASE("embedding panel: beside a Chinese text stand Chinese words",
          "[model][embedding_panel]") {
    PanelAtWork p("model/embedding", "小猫看见小狗");
    p.compute();
    const auto& words = p.trace().names("table.rows");
    CHECK(words.size() == 8);
    for (const std::string& word : words) CHECK(static_cast<unsigned char>(word[0]) >= 0xE0);
}
