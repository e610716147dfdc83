#include "core/tensor/safetensors.hpp"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "core/base/error.hpp"
#include "tests/support/catch.hpp"

using namespace orrery;

// A file with this header and data, its length as it should be.
static std::string file_of(const std::string& header, const std::string& data) {
    const std::uint64_t length = header.size();
    std::string bytes(8, '\0');
    std::memcpy(bytes.data(), &length, 8);
    return bytes + header + data;
}

static Tensor one(const std::string& type, const std::string& data, std::size_t bytes_each) {
    const std::string n = std::to_string(data.size() / bytes_each);
    const auto file = parse_safetensors(
        file_of("{\"x\":{\"dtype\":\"" + type + "\",\"shape\":[" + n + "],\"data_offsets\":[0," +
                    std::to_string(data.size()) + "]}}",
                data),
        "a");
    return file.tensors.at("x").tensor;
}

TEST_CASE("safetensors: every type is widened", "[tensor][safetensors]") {
    const auto bytes = [](std::initializer_list<int> list) {
        std::string s;
        for (int b : list) s += char(b);
        return s;
    };
    const float inf = std::numeric_limits<float>::infinity();
    CHECK(one("F32", bytes({0, 0, 0x80, 0x3F, 0, 0, 0x20, 0xC0}), 4)
              .same_bits(Tensor({2}, {1, -2.5f})));
    // half: 1, -2, 65504 (largest), 2^-24 (smallest), infinity
    CHECK(one("F16", bytes({0, 0x3C, 0, 0xC0, 0xFF, 0x7B, 1, 0, 0, 0x7C}), 2)
              .same_bits(Tensor({5}, {1, -2, 65504, 0x1p-24f, inf})));
    const Tensor half_nan = one("F16", bytes({0, 0x7E}), 2);
    CHECK(std::isnan(half_nan.flat()[0]));
    CHECK(one("BF16", bytes({0x80, 0x3F, 0x49, 0x40}), 2).same_bits(Tensor({2}, {1, 3.140625f})));
    CHECK(one("F64", bytes({0, 0, 0, 0, 0, 0, 0xF0, 0x3F}), 8).same_bits(Tensor({1}, {1})));
    CHECK(one("I64", bytes({0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}), 8)
              .same_bits(Tensor({1}, {-2})));
    CHECK(one("I32", bytes({0, 1, 0, 0}), 4).same_bits(Tensor({1}, {256})));
    CHECK(one("U8", bytes({255, 0}), 1).same_bits(Tensor({2}, {255, 0})));
    CHECK(one("BOOL", bytes({1, 0}), 1).same_bits(Tensor({2}, {1, 0})));
}

TEST_CASE("safetensors: there and back, with kinds and metadata", "[tensor][safetensors]") {
    Safetensors file;
    file.tensors["weights"] = {Tensor({2, 2}, {1.5f, -0.0f, 1e-40f, 3}), Kind::real};
    file.tensors["ids"] = {Tensor({3}, {0, 7, 16777216}), Kind::index};
    file.tensors["mask"] = {Tensor({2}, {1, 0}), Kind::boolean};
    file.tensors["empty"] = {Tensor({0, 5}), Kind::real};
    file.tensors["scalar"] = {Tensor({}, {4}), Kind::real};
    file.metadata["link"] = "norm/layer_norm?d=8";
    const auto back = parse_safetensors(to_bytes(file), "a");
    CHECK(back.metadata == file.metadata);
    REQUIRE(back.tensors.size() == 5);
    for (const auto& [name, stored] : file.tensors) {
        CHECK(back.tensors.at(name).tensor.same_bits(stored.tensor));
        CHECK(back.tensors.at(name).kind == stored.kind);
    }
    CHECK(parse_safetensors(to_bytes({}), "a").tensors.empty());
    file.tensors["ids"].tensor.flat()[0] = 0.5f;
    CHECK_THROWS_AS(to_bytes(file), ValueError);
}

TEST_CASE("safetensors: a truncated file is refused wherever it is cut",
          "[tensor][safetensors][errors]") {
    Safetensors file;
    file.tensors["x"] = {Tensor({3}, {1, 2, 3}), Kind::real};
    file.tensors["y"] = {Tensor({2}, {4, 5}), Kind::index};
    const std::string good = to_bytes(file);
    for (std::size_t cut = 0; cut < good.size(); ++cut)
        CHECK_THROWS_AS(parse_safetensors(std::string_view(good).substr(0, cut), "a"), FormatError);
    CHECK_THROWS_AS(parse_safetensors(good + "x", "a"), FormatError);
}

TEST_CASE("safetensors: headers that lie are refused", "[tensor][safetensors][errors]") {
    const std::string data(8, '\0');
    const auto refused = [&](const std::string& header, const char* says) {
        CAPTURE(header);
        CHECK_THROWS_WITH(parse_safetensors(file_of(header, data), "a"), ContainsSubstring(says));
        CHECK_THROWS_AS(parse_safetensors(file_of(header, data), "a"), FormatError);
    };
    refused(R"({"x":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})", "wanted 3 times 4");
    refused(R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[0,12]}})", "within the 8 bytes");
    refused(R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})", "within the 8 bytes");
    refused(R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[0]}})", "two numbers");
    refused(R"({"x":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})", "whole numbers");
    refused(R"({"x":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}})", "whole numbers");
    refused(R"({"x":{"dtype":"F32","shape":2,"data_offsets":[0,8]}})", "no list shape");
    refused(R"({"x":{"dtype":"F31","shape":[2],"data_offsets":[0,8]}})", "has dtype F31");
    refused(R"({"x":{"shape":[2],"data_offsets":[0,8]}})", "no dtype");
    refused(R"({"x":7})", "no object");
    refused(R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", "belong to no tensor");
    refused(R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", "begins at byte 4");
    refused(
        R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"y":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
        "begins at byte 4");
    refused(
        R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})",
        "stands twice");
    refused(R"({"x":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}})",
            "more than the 8 bytes");
    refused(
        R"({"x":{"dtype":"F32","shape":[4611686018427387904,4611686018427387904,0],"data_offsets":[0,0]}})",
        "fits in memory");
    refused(R"({"x":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]}})",
            "whole numbers");
    refused(R"({"__metadata__":{"a":1}})", "is no text");
    refused(R"({"__metadata__":[]})", "object of texts");
    refused("{\"x\"", "is not JSON");
    refused("[]", "beginning with {");
    refused("", "beginning with {");
    refused("{\"a\":" + std::string(100000, '['), "nested deeper");
    refused("{\"\xFF\":{}}", "is not JSON");
}

TEST_CASE("safetensors: a length that lies does not ask for memory",
          "[tensor][safetensors][errors]") {
    std::string bytes(16, '\xFF');
    CHECK_THROWS_WITH(parse_safetensors(bytes, "a"), ContainsSubstring("claims a header of"));
    CHECK_THROWS_WITH(
        parse_safetensors("", "a.st"),
        "a.st: byte 0: is 0 bytes long, wanted the 8-byte length of a safetensors header");
}

TEST_CASE("safetensors: numbers that a float cannot hold are refused",
          "[tensor][safetensors][errors]") {
    const auto int64 = [](std::int64_t value) {
        std::string bytes(8, '\0');
        std::memcpy(bytes.data(), &value, 8);
        return bytes;
    };
    CHECK(one("I64", int64(1 << 24), 8).same_bits(Tensor({1}, {16777216})));
    CHECK_THROWS_WITH(
        one("I64", int64((1 << 24) + 1), 8),
        "a: tensor \"x\": entry 0 is 16777217, wanted a whole number that a float can hold");
    CHECK_THROWS_AS(one("I64", int64((std::int64_t{1} << 60) + 1), 8), FormatError);
    CHECK_THROWS_AS(one("BOOL", std::string(1, '\x02'), 1), FormatError);
}

TEST_CASE("safetensors: a model of another library loads", "[tensor][safetensors][data]") {
    const char* data = std::getenv("ORRERY_DATA");
    if (!data) SKIP("ORRERY_DATA is not set");
    const auto file =
        read_safetensors(std::string(data) + "/models/stories260K-hf/model.safetensors");
    CHECK(file.tensors.at("model.embed_tokens.weight").tensor.shape() == Shape{512, 64});
    std::size_t parameters = 0;
    for (const auto& [name, stored] : file.tensors) parameters += stored.tensor.size();
    CHECK(parameters >= 260000);
}
