#include "lessons/engine/excerpt.hpp"

#include "tests/support/catch.hpp"

using namespace orrery::lessons;

static const char* const source = R"(int f() {
    //: one number a row
    float sum = 0;
    for (float v : row) sum += v * v;

    //: every entry
    for (int j = 0; j < d; ++j) {
        y[j] = x[j];
        //: inside
        z[j] = y[j];

        z[j] += 1;
    }

    return 0;
}
//: outside
int g();
)";

TEST_CASE("excerpt: up to the next marker no deeper", "[lessons][excerpt]") {
    const Excerpt cut = cut_excerpt(source, "one number a row");
    CHECK(cut.error == "");
    CHECK(cut.text == "float sum = 0;\nfor (float v : row) sum += v * v;\n");
    CHECK(cut.first_line == 3);
    CHECK(cut.last_line == 4);
}

TEST_CASE("excerpt: up to the first line indented less", "[lessons][excerpt]") {
    CHECK(cut_excerpt(source, "inside").text == "z[j] = y[j];\n\nz[j] += 1;\n");
}

TEST_CASE("excerpt: deeper markers are comments and stay", "[lessons][excerpt]") {
    // the body ends at the closing brace of f; lines keep their numbers
    CHECK(cut_excerpt(source, "every entry").text ==
          "for (int j = 0; j < d; ++j) {\n    y[j] = x[j];\n    //: inside\n    z[j] = y[j];\n\n   "
          " z[j] += 1;\n}\n"
          "\nreturn 0;\n");
    CHECK(cut_excerpt(source, "outside").text == "int g();\n");
}

TEST_CASE("excerpt: says what is wrong", "[lessons][excerpt][errors]") {
    CHECK(cut_excerpt(source, "none").error == "has no marker \"//: none\"");
    CHECK(cut_excerpt("//: a\nx\n//: a\ny\n", "a").error ==
          "has the marker \"//: a\" twice, in lines 1 and 3");
    CHECK(cut_excerpt("//: a\n", "a").error == "has nothing under the marker \"//: a\"");
    CHECK(cut_excerpt("//: a\n//: b\nx\n", "a").error == "has nothing under the marker \"//: a\"");
}

TEST_CASE("excerpt: at most 20 lines and 64 columns", "[lessons][excerpt][edge]") {
    std::string long_one = "//: a\n";
    for (int i = 0; i < 20; ++i) long_one += "x\n";
    CHECK(cut_excerpt(long_one, "a").error == "");
    CHECK(cut_excerpt(long_one + "x\n", "a").error ==
          "has 21 lines under \"//: a\", wanted at most 20");
    const std::string wide(64, 'x');
    CHECK(cut_excerpt("    //: a\n    " + wide + "\n", "a").error == "");
    CHECK(cut_excerpt("//: a\n" + wide + "x\n", "a").error ==
          "is 65 columns wide under \"//: a\", wanted at most 64");
    // columns are characters, not bytes
    std::string chinese = "//: a\n// ";
    for (int i = 0; i < 61; ++i) chinese += "注";
    CHECK(cut_excerpt(chinese, "a").error == "");
}

TEST_CASE("excerpt: markers with their places", "[lessons][excerpt]") {
    const auto found = markers(source);
    REQUIRE(found.size() == 4);
    CHECK(found[2].words == "inside");
    CHECK(found[2].line == 9);
    CHECK(found[2].indent == 8);
    CHECK(markers("int x;  //: not on its own line\n").empty());
}
