#include "viz/app/export.hpp"

#include <filesystem>

#include "core/base/files.hpp"
#include "core/tensor/safetensors.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/robot.hpp"

using namespace orrery;
using namespace orrery::viz;
namespace fs = std::filesystem;

TEST_CASE("export: npy as numpy writes it", "[app][export]") {
    const std::string bytes = to_npy(Tensor({2, 3}, {1, 2, 3, 4, 5, 6}));
    // numpy.save of the same array: 128 bytes of header, version 1.0, then 24 bytes of data.
    CHECK(bytes.size() == 128 + 24);
    CHECK(bytes.substr(0, 10) == std::string("\x93NUMPY\x01\x00\x76\x00", 10));
    CHECK(bytes.substr(10, 61) == "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }  ");
    CHECK(bytes[127] == '\n');
    CHECK(to_npy(Tensor({4}, 0.0f)).find("'shape': (4,), }") != std::string::npos);
}

TEST_CASE("export: a row of CSV a row of the tensor", "[app][export]") {
    CHECK(to_csv(Tensor({2, 2}, {1, -2.5f, 0.1f, 3})) == "1,-2.5\n0.100000001,3\n");
}

TEST_CASE("export: what is on show is what is written", "[app][export]") {
    const fs::path dir = fs::temp_directory_path() / "orrery-export-test";
    fs::create_directories(dir);
    test::Robot robot("norm/layer_norm");
    const Trace& trace = *robot.session.shown().trace;

    const std::string all = (dir / "all.safetensors").string();
    REQUIRE(robot.session.act("export safetensors " + all));
    const Safetensors file = read_safetensors(all);
    CHECK(file.metadata.at("link") == robot.session.link_text());
    for (const Entry& entry : trace.entries())
        CHECK(file.tensors.at(entry.name).tensor.same_bits(entry.tensor));

    const std::string svg = (dir / "picture.svg").string();
    REQUIRE(robot.session.act("export svg " + svg));
    CHECK_THAT(read_file(svg), ContainsSubstring("<svg") && ContainsSubstring("LayerNorm"));
    CHECK_FALSE(robot.session.act("export gif"));
    CHECK_FALSE(robot.session.act("export svg /no/such/folder/x.svg"));
    fs::remove_all(dir);
}

TEST_CASE("export: words say every fact and tensor", "[app][export]") {
    test::Robot robot("norm/layer_norm");
    const std::string words = describe(robot.session);
    for (const Entry& entry : robot.session.shown().trace->entries())
        CHECK_THAT(words, ContainsSubstring(entry.name));
}
