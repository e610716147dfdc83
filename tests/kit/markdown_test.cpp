#include "viz/kit/markdown.hpp"

#include <algorithm>

#include "tests/support/catch.hpp"

using namespace orrery::viz;

namespace {

struct Page {
    explicit Page(std::string_view text, float width = 300, const FenceDrawer& fence = {})
        : canvas({width + 40, 4000}) {
        View view;
        view.component = "norm/layer_norm";
        height = markdown(canvas, {20, 10, width, 100}, text, view, fence);
        for (const Command& command : canvas.commands())
            if (const auto* text_drawn = std::get_if<DrawText>(&command.what))
                texts.push_back(*text_drawn);
    }
    const DrawText& find(std::string_view words) const {
        for (const DrawText& t : texts)
            if (t.text == words) return t;
        FAIL("not drawn: " << words);
        return texts.front();
    }
    Canvas canvas;
    std::vector<DrawText> texts;
    float height = 0;
};

float base(const DrawText& t) { return t.box.y + text_base * t.style.size; }

}  // namespace

TEST_CASE("markdown: nothing leaves its column, nothing overlaps", "[kit][markdown]") {
    const float width = GENERATE(80.0f, 160.0f, 308.0f, 900.0f);
    const Page page(
        "# A title that is long enough to be wrapped\n\nSome *emphasis*, `code = 1`, a\n"
        "[link](layer_norm.md) and averyveryverylongwordthatdoesnotfitanywhereatall.\n\n"
        "层归一化让每个词元的那一行均值为零，标准差为一。\n换行不加空格。\n\n"
        "- one\n- two\n  - three\n\n1. first\n2. second\n\n> quoted words\n\n"
        "| a | b |\n| --- | ---: |\n| some words in a cell | 1 |\n\n```\nint x = 0;  // a long "
        "line of code\n```\n",
        width);
    CAPTURE(width);
    for (std::size_t i = 0; i < page.texts.size(); ++i) {
        const Rect& a = page.texts[i].box;
        CAPTURE(page.texts[i].text);
        CHECK(a.x >= 20 - 0.5f);
        if (width > 100) CHECK(a.right() <= 20 + width + 0.5f);
        CHECK(a.bottom() <= 10 + page.height + 0.5f);
        CHECK(page.texts[i].style.size >= text_label);
        for (std::size_t j = i + 1; j < page.texts.size(); ++j) {
            const Rect& b = page.texts[j].box;
            const bool apart = a.right() <= b.x + 0.5f || b.right() <= a.x + 0.5f ||
                               a.bottom() <= b.y + 6 || b.bottom() <= a.y + 6;
            CAPTURE(page.texts[j].text);
            CHECK(apart);
        }
    }
}

TEST_CASE("markdown: fonts of one line share a base line", "[kit][markdown]") {
    const Page page("Plain `code` **strong**\n", 400);
    REQUIRE(page.texts.size() >= 3);
    CHECK(page.find("code").style.font == Font::mono);
    CHECK(page.find("strong").style.font == Font::bold);
    for (const DrawText& text : page.texts)
        CHECK_THAT(base(text), WithinAbs(base(page.texts[0]), 0.01));
}

TEST_CASE("markdown: a claim reads as its number, and says what it is when hovered",
          "[kit][markdown]") {
    const Page page("It is `mean = 0.5`, not `rows = 3` and not `x = 1`.\n", 900);
    CHECK(page.find("0.5").style.font == Font::mono);
    CHECK(page.find("rows = 3").style.font == Font::mono);  // a knob keeps its name
    CHECK(page.find("x = 1").style.font == Font::mono);
    const auto& regions = page.canvas.regions();
    const auto fact = std::find_if(regions.begin(), regions.end(), [](const Region& r) {
        return r.id.find("word.mean") != std::string::npos;
    });
    REQUIRE(fact != regions.end());
    CHECK(fact->tip == "Mean of the row");
}

TEST_CASE("markdown: a line of the source ends in a blank, not so in Chinese", "[kit][markdown]") {
    CHECK(Page("one\ntwo\n").texts[0].text == "one two");
    CHECK(Page("一行\n二行\n").texts[0].text == "一行二行");
    CHECK(Page("one  \ntwo\n").texts[0].text == "one");
}

TEST_CASE("markdown: links open lessons, addresses are told", "[kit][markdown]") {
    const Page page(
        "[a](../attention/mask.zh.md) [b](rms_norm.md) [c](norm/x?d=3) [d](https://e.org)");
    const auto& regions = page.canvas.regions();
    REQUIRE(regions.size() == 4);
    CHECK(regions[0].action == "open attention/mask");
    CHECK(regions[1].action == "open norm/rms_norm");
    CHECK(regions[2].action == "open norm/x?d=3");
    CHECK(regions[3].action == "");
    CHECK(regions[3].tip == "https://e.org");
}

TEST_CASE("markdown: fences go to the caller and take their height", "[kit][markdown]") {
    std::string seen;
    const auto with = [&](float height) {
        return Page("before\n\n```panel of=a/b\nset x = 1\n```\n\nafter\n", 300,
                    [&](std::string_view info, std::string_view body, const Rect& place) {
                        seen = std::string(info) + "|" + std::string(body);
                        CHECK(place.x == 20);
                        CHECK(place.w == 300);
                        return height;
                    });
    };
    const Page small = with(10), large = with(110);
    CHECK(seen == "panel of=a/b|set x = 1\n");
    CHECK(large.height == small.height + 100);
    CHECK(large.find("after").box.y == small.find("after").box.y + 100);
}

TEST_CASE("markdown: a table keeps to its width and its alignment", "[kit][markdown]") {
    const Page page("| name | n |\n| --- | ---: |\n| x | 1 |\n| a longer name than fits | 22 |\n",
                    160);
    CHECK_THAT(page.find("1").box.right(), WithinAbs(page.find("22").box.right(), 0.5));
    CHECK(page.find("name").style.font == Font::bold);
    CHECK(page.find("x").style.font == Font::body);
}

TEST_CASE("markdown: odd input is drawn as well as can be", "[kit][markdown][edge]") {
    CHECK(Page("").height == 0);
    std::string deep;
    for (int i = 0; i < 200; ++i) deep += "> ";
    CHECK(Page(deep + "quoted").height > 0);
    CHECK(Page("\xff\xfe `\xff` &#1; &#xD800; &#99999999; &bogus;").height > 0);
    CHECK(Page("- \n- \n\n1. \n").height >= 0);
    CHECK(Page("|a|\n|-|\n").height > 0);
    CHECK(Page("a &amp; b &#65;").texts[0].text == "a & b A");
}

TEST_CASE("code: lines that are too long go on below", "[kit][code]") {
    Canvas canvas({400, 400});
    const float height = code_block(canvas, {0, 0, 400, 0}, "int x;\nint y;\n", 5, 6, 7);
    CHECK(height == 2 * 20 + 24);
    Canvas narrow({400, 400});
    const float taller =
        code_block(narrow, {0, 0, 200, 0}, "const float y = a_long_name + b;\n", 0, 0, 0);
    CHECK(taller == 2 * 20 + 24);
    std::string all;
    for (const Command& command : narrow.commands())
        if (const auto* text = std::get_if<DrawText>(&command.what)) {
            all += text->text + " ";
            CHECK(text->box.right() <= 200);
        }
    CHECK(all == "const float y =  a_long_name + b; ");  // a text ends in the blank it is cut at
}

TEST_CASE("code: numbers and the marked line", "[kit][code]") {
    Canvas canvas({400, 400});
    code_block(canvas, {0, 0, 400, 0}, "int x;\nint y;\n", 9, 10, 11);
    std::vector<std::string> texts;
    int marked = 0;
    for (const Command& command : canvas.commands()) {
        if (const auto* text = std::get_if<DrawText>(&command.what)) texts.push_back(text->text);
        if (const auto* rect = std::get_if<DrawRect>(&command.what))
            if (rect->fill == canvas.theme().accent) {
                ++marked;
                CHECK(rect->box.y == 12 + 20);
            }
    }
    CHECK(marked == 1);
    CHECK(texts == std::vector<std::string>{"9", "int", "x;", "10", "int", "y;"});
}
