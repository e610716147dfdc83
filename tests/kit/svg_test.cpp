#include "viz/kit/svg.hpp"

#include <algorithm>
#include <cctype>

#include "core/base/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/kit_gallery.hpp"

using namespace orrery;
using namespace orrery::viz;

// Whether tags open and close as they should, attributes are quoted, and no bare & or < stands in
// text.
static std::string xml_problem(const std::string& text) {
    std::vector<std::string> open;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '&') {
            const std::size_t end = text.find(';', i);
            if (end == std::string::npos || end - i > 6) return "bare &";
        }
        if (text[i] != '<') continue;
        const std::size_t end = text.find('>', i);
        if (end == std::string::npos) return "open <";
        const std::string tag = text.substr(i + 1, end - i - 1);
        i = end;
        if (tag[0] == '?') continue;
        if (std::count(tag.begin(), tag.end(), '"') % 2) return "odd quotes in " + tag;
        std::string name;
        for (const char c : tag)
            if (std::isalnum(static_cast<unsigned char>(c)))
                name += c;
            else if (!name.empty())
                break;
        if (tag[0] == '/') {
            if (open.empty() || open.back() != name) return "closes " + name;
            open.pop_back();
        } else if (tag.back() != '/') {
            open.push_back(name);
        }
    }
    return open.empty() ? "" : "never closed: " + open.back();
}

TEST_CASE("svg: is well formed and keeps text as text", "[kit][svg]") {
    for (const auto& [name, canvas] : test::kit_gallery({1280, 720}, true, Language::english)) {
        const std::string svg =
            to_svg(canvas, {{"Title", "a < b & \"c\""}, {"Source", "link?x=1&y=2"}});
        CAPTURE(name);
        CHECK(xml_problem(svg) == "");
        CHECK_THAT(svg, ContainsSubstring("<title>a &lt; b &amp; &quot;c&quot;</title>"));
        if (name == "matrices") {
            CHECK_THAT(svg, ContainsSubstring(">attention weights</text>"));
            CHECK_THAT(svg, ContainsSubstring("data:image/png;base64,iVBOR"));
        }
    }
}

TEST_CASE("base64: the vectors of RFC 4648", "[kit][svg]") {
    CHECK(base64("") == "");
    CHECK(base64("f") == "Zg==");
    CHECK(base64("fo") == "Zm8=");
    CHECK(base64("foo") == "Zm9v");
    CHECK(base64("foobar") == "Zm9vYmFy");
}

TEST_CASE("png: signature, notes and end", "[kit][svg]") {
    const Image image{2, 1, {255, 0, 0, 255, 0, 0, 255, 255}};
    const std::string png = encode_png(image, {{"Title", "注意力"}});
    CHECK(png.substr(1, 3) == "PNG");
    CHECK(png.substr(12, 4) == "IHDR");
    CHECK(png.substr(37, 4) == "iTXt");
    CHECK_THAT(png, ContainsSubstring("注意力"));
    CHECK(png.substr(png.size() - 8, 4) == "IEND");
    CHECK_THROWS_AS(encode_png(Image{2, 2, {}}), ValueError);
}
