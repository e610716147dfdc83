#include "viz/kit/canvas.hpp"

#include "core/base/text.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/layout.hpp"
#include "viz/kit/fonts.hpp"

using namespace orrery;
using namespace orrery::viz;

static TextStyle style(float size = 16) { return {Font::body, size, rgb(0xFFFFFF), Align::left}; }

TEST_CASE("canvas: the fonts are found", "[kit][canvas]") { CHECK(font_problem() == ""); }

TEST_CASE("canvas: measures are linear in the size, and monospace is even", "[kit][canvas]") {
    const Canvas c({100, 100});
    CHECK_THAT(c.measure("Attention 注意力", style(32)).w,
               WithinRel(2 * c.measure("Attention 注意力", style(16)).w, 1e-5f));
    const TextStyle mono{Font::mono, 10, {}, Align::left};
    CHECK_THAT(c.measure("iiii", mono).w, WithinRel(c.measure("MMMM", mono).w, 1e-5f));
    // JetBrains Mono is 600/1000 em wide, and a Chinese character one em
    CHECK_THAT(c.measure("x", mono).w, WithinAbs(6.0, 0.01));
    CHECK_THAT(c.measure("注", style(16)).w, WithinAbs(16.0, 0.3));
}

TEST_CASE("canvas: wrapping keeps every character and every line fits", "[kit][canvas]") {
    const std::string text =
        "Every layer adds a "
        "little，于是向量越来越长。归一化（normalization）把它抵消掉：“先减均值”，再除以标准差！ "
        "antidisestablishmentarianism_and_more";
    const float width = GENERATE(60.0f, 120.0f, 300.0f, 2000.0f);
    const auto lines = wrap(text, width, style());
    std::string joined, wanted;
    for (const auto& line : lines) {
        CAPTURE(width, line);
        CHECK(text_width(Font::body, 16, line) <= width + 0.1f);
        joined += line;
        for (const char* mark : {"，", "。", "：", "！", "）", "”"})
            CHECK(line.rfind(mark, 0) != 0);
        for (const char* mark : {"（", "“"}) {
            const std::string m = mark;
            CHECK(
                (line.size() < m.size() || line.compare(line.size() - m.size(), m.size(), m) != 0));
        }
    }
    const auto without_blanks = [](std::string s) {
        std::erase(s, ' ');
        return s;
    };
    CHECK(without_blanks(joined) == without_blanks(text));
}

TEST_CASE("canvas: newlines, empty text and bytes that are no text", "[kit][canvas]") {
    CHECK(wrap("", 100, style()) == std::vector<std::string>{""});
    CHECK(wrap("a\n\nb", 100, style()) == std::vector<std::string>{"a", "", "b"});
    CHECK(wrap("ab", 0, style()) == std::vector<std::string>{"a", "b"});
    Canvas c({200, 50});
    c.text({0, 0}, "a\xE4\xBD\tb", style());
    CHECK(std::get<DrawText>(c.commands().at(0).what).text == "a⟨E4⟩⟨BD⟩ b");
}

TEST_CASE("canvas: too long a line is shortened", "[kit][canvas]") {
    CHECK(shorten("attention", 1000, style()) == "attention");
    const std::string cut = shorten("attention weights", 80, style());
    CHECK_THAT(cut, ContainsSubstring("…"));
    CHECK(text_width(Font::body, 16, cut) <= 80);
    CHECK(text_width(Font::body, 16, cut) > 60);
    CHECK(shorten("attention", 3, style()) == "");
}

TEST_CASE("canvas: alignment", "[kit][canvas]") {
    Canvas c({400, 100});
    TextStyle s = style();
    s.align = Align::right;
    CHECK_THAT(c.text({300, 10}, "right", s).right(), WithinAbs(300, 0.01));
    s.align = Align::centre;
    CHECK_THAT(c.text_in({100, 0, 200, 40}, "middle", s).centre().x, WithinAbs(200, 0.01));
    CHECK_THAT(c.text_in({100, 0, 200, 40}, "middle", s).centre().y, WithinAbs(20, 0.01));
}

TEST_CASE("canvas: clips, layers and alpha stack", "[kit][canvas]") {
    Canvas c({100, 100});
    c.push_clip({10, 10, 50, 50});
    c.push_clip({40, 40, 50, 50});
    c.push_alpha(0.5f), c.push_alpha(0.5f), c.push_layer(1);
    c.rect({0, 0, 100, 100}, rgb(0xFFFFFF));
    c.pop_layer(), c.pop_alpha(), c.pop_alpha(), c.pop_clip(), c.pop_clip();
    c.rect({0, 0, 100, 100}, rgb(0xFFFFFF));
    const Command& first = c.commands().at(0);
    CHECK(first.clip.x == 40);
    CHECK(first.clip.right() == 60);
    CHECK(first.layer == 1);
    CHECK(std::get<DrawRect>(first.what).fill.a == 64);
    CHECK(std::get<DrawRect>(c.commands().at(1).what).fill.a == 255);
    c.push_clip({200, 200, 10, 10});
    c.rect({200, 200, 5, 5}, rgb(0xFFFFFF));
    CHECK(c.commands().size() == 2);
}

TEST_CASE("canvas: the last region on the highest layer is hit", "[kit][canvas]") {
    Canvas c({100, 100});
    const auto add = [&](const char* id, Rect box) {
        Region r;
        r.id = id, r.box = box;
        c.region(r);
    };
    c.push_layer(1), add("menu", {40, 40, 20, 20}), c.pop_layer();
    add("page", {0, 0, 100, 100}), add("button", {45, 45, 50, 20});
    CHECK(hit(c.regions(), {50, 50})->id == "menu");
    CHECK(hit(c.regions(), {70, 50})->id == "button");
    CHECK(hit(c.regions(), {5, 5})->id == "page");
    CHECK(hit(c.regions(), {500, 5}) == nullptr);
}

TEST_CASE("canvas: the cell under a point", "[kit][canvas]") {
    Region r;
    r.box = {100, 200, 80, 40};
    r.rows = 4, r.cols = 8;
    r.target.tensor = "scores";
    for (int i = 0; i < 4; ++i)
        for (int j = 0; j < 8; ++j) {
            const Selection s = cell_at(r, {105.0f + 10 * float(j), 205.0f + 10 * float(i)});
            CHECK(s.row == i);
            CHECK(s.col == j);
            CHECK(s.tensor == "scores");
        }
    CHECK(cell_at(r, {100, 200}).col == 0);
    CHECK(cell_at(r, {179.99f, 239.99f}).row == 3);
    CHECK(cell_at(r, {180, 200}).empty());
    CHECK(cell_at(r, {99, 200}).empty());

    //: zoomed to the lower right quarter
    r.view = {0.5f, 0.5f, 0.5f, 0.5f};
    CHECK(cell_at(r, {101, 201}).row == 2);
    CHECK(cell_at(r, {101, 201}).col == 4);
    CHECK(cell_at(r, {179, 239}).row == 3);
    CHECK(cell_at(r, {179, 239}).col == 7);
}

TEST_CASE("canvas: a region that is cut off keeps its cells in place", "[kit][canvas]") {
    Canvas c({100, 100});
    Region r;
    r.box = {0, -50, 100, 100}, r.kind = Region::Kind::cells, r.rows = 10, r.cols = 10;
    r.target.tensor = "x";
    c.region(r);
    CHECK(cell_at(c.regions().at(0), {5, 5}).row == 5);
    CHECK(cell_at(c.regions().at(0), {95, 45}).row == 9);
}

TEST_CASE("layout: finds what is wrong", "[kit][layout]") {
    const auto problems = [](auto draw) {
        Canvas c({200, 100});
        draw(c);
        return test::layout_problems(c);
    };
    CHECK(problems([](Canvas& c) { c.text({10, 10}, "fine", style()); }).empty());
    CHECK(problems([](Canvas& c) {
              c.text({10, 10}, "one", style()), c.text({12, 14}, "two", style());
          }).size() == 1);
    CHECK(problems([](Canvas& c) { c.text({180, 10}, "too far right", style()); }).size() == 1);
    CHECK(problems([](Canvas& c) { c.text({10, 300}, "below", style()); }).size() == 1);
    CHECK(problems([](Canvas& c) { c.text({10, 10}, "small", style(12)); }).size() == 1);
    CHECK(problems([](Canvas& c) { c.text({10, 10}, "\U0001F9A9", style()); }).size() == 1);
    CHECK(problems([](Canvas& c) { c.text({10, 10}, "⟦a.key⟧", style()); }).size() == 1);
    CHECK(problems([](Canvas& c) {
              c.text({10, 10}, "hidden", style());
              c.rect({0, 0, 100, 50}, rgb(0x000000));
              c.text({10, 12}, "seen", style());
          }).empty());
}
