#include "core/tensor/npy.hpp"

#include "core/base/error.hpp"
#include "tests/support/catch.hpp"

using namespace orrery;

// The header numpy.save writes for version 1.0: 128 bytes in all.
static std::string numpy_file(std::string dict, std::string_view data) {
    dict.resize(117, ' ');
    return std::string("\x93NUMPY\x01\x00\x76\x00", 10) + dict + "\n" + std::string(data);
}

TEST_CASE("npy: reads what NumPy writes", "[tensor][npy]") {
    // 1.0f and -2.0f, little-endian
    const std::string_view data("\x00\x00\x80\x3F\x00\x00\x00\xC0", 8);
    const Tensor want({1, 2}, {1, -2});
    CHECK(parse_npy(numpy_file("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }", data),
                    "a")
              .same_bits(want));
    CHECK(parse_npy(numpy_file("{\"shape\":(2,),\"descr\":\"<f4\",\"fortran_order\":False}", data),
                    "a")
              .same_bits(want.reshaped({2})));
}

TEST_CASE("npy: there and back", "[tensor][npy]") {
    for (const Shape& shape : {Shape{}, Shape{3}, Shape{2, 3}, Shape{0, 4}, Shape{1, 1, 1, 1, 5}}) {
        Tensor t(shape);
        float next = 0.25f;
        for (float& v : t.flat()) v = next += 1;
        const std::string bytes = npy_bytes(t);
        CHECK(parse_npy(bytes, "a").same_bits(t));
        CHECK((bytes.size() - 4 * t.size()) % 64 == 0);
    }
    CHECK_THAT(npy_bytes(Tensor()), ContainsSubstring("'shape': (), }"));
    CHECK_THAT(npy_bytes(Tensor({3})), ContainsSubstring("'shape': (3,), }"));
    CHECK_THAT(npy_bytes(Tensor({2, 3})), ContainsSubstring("'shape': (2, 3), }"));
}

TEST_CASE("npy: refuses what is not float32 in rows, whole", "[tensor][npy][errors]") {
    const std::string_view four("\0\0\0\0", 4);
    const auto refused = [&](const std::string& dict, std::string_view data) {
        CHECK_THROWS_AS(parse_npy(numpy_file(dict, data), "a.npy"), FormatError);
    };
    refused("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }", four);
    refused("{'descr': '<f4', 'fortran_order': True, 'shape': (1,), }", four);
    refused("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", four);
    refused("{'descr': '<f4', 'fortran_order': False, 'shape': (0,), }", four);
    refused("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", four);
    refused("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999,99999999999), }", four);
    refused("{'descr': '<f4', 'fortran_order': False, }", four);
    refused("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), } more", four);
    refused("", four);
    const std::string good = npy_bytes(Tensor({2, 2}, {1, 2, 3, 4}));
    for (std::size_t cut = 0; cut < good.size(); ++cut)
        CHECK_THROWS_AS(parse_npy(std::string_view(good).substr(0, cut), "a.npy"), FormatError);
    CHECK_THROWS_WITH(parse_npy("PK", "a.npy"), "a.npy: byte 0: is no npy file, wanted \\x93NUMPY");
}
