#include "core/tensor/safetensors.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/text.hpp"

namespace orrery {
namespace {

using nlohmann::json;

constexpr std::size_t most_header_bytes = 100'000'000;  // the limit of the reference library
constexpr std::size_t most_axes = 32;

// ---------------------------------------------------------------- types

struct Type {
    std::string_view name;
    std::size_t bytes;
    Kind kind;
    double (*read)(const char* from);  // one little-endian number
};

template <class T>
T little_endian(const char* from) {
    static_assert(std::endian::native == std::endian::little);
    T value;
    std::memcpy(&value, from, sizeof value);
    return value;
}
template <class T>
double number(const char* from) {
    return double(little_endian<T>(from));
}

// The upper half of a float32.
double from_bf16(const char* from) {
    const std::uint32_t bits = std::uint32_t{little_endian<std::uint16_t>(from)} << 16;
    float value;
    std::memcpy(&value, &bits, sizeof value);
    return double(value);
}

// 1 sign bit, 5 of exponent, 10 of fraction.
double from_f16(const char* from) {
    const std::uint16_t bits = little_endian<std::uint16_t>(from);
    const int exponent = bits >> 10 & 31, fraction = bits & 1023;
    double size = 0;
    if (exponent == 0)
        size = std::ldexp(fraction, -24);
    else if (exponent == 31)
        size = fraction == 0 ? std::numeric_limits<double>::infinity()
                             : std::numeric_limits<double>::quiet_NaN();
    else
        size = std::ldexp(1024 + fraction, exponent - 25);
    return bits & 0x8000 ? -size : size;
}

constexpr std::array<Type, 13> types{{
    {"F32", 4, Kind::real, number<float>},
    {"F16", 2, Kind::real, from_f16},
    {"BF16", 2, Kind::real, from_bf16},
    {"F64", 8, Kind::real, number<double>},
    {"I64", 8, Kind::index, number<std::int64_t>},
    {"I32", 4, Kind::index, number<std::int32_t>},
    {"I16", 2, Kind::index, number<std::int16_t>},
    {"I8", 1, Kind::index, number<std::int8_t>},
    {"U64", 8, Kind::index, number<std::uint64_t>},
    {"U32", 4, Kind::index, number<std::uint32_t>},
    {"U16", 2, Kind::index, number<std::uint16_t>},
    {"U8", 1, Kind::index, number<std::uint8_t>},
    {"BOOL", 1, Kind::boolean, number<std::uint8_t>},
}};

// ---------------------------------------------------------------- reading

// What the header says about one tensor, every word of it checked.
struct Described {
    std::string name;
    const Type* type;
    Shape shape;
    std::size_t count, begin, end;
};

class Parser {
   public:
    Parser(std::string_view bytes, const std::string& path) : bytes_(bytes), path_(path) {}

    Safetensors parse() {
        const json header = read_header();
        Safetensors file;
        std::vector<Described> described;
        for (const auto& [name, entry] : header.items()) {
            if (name == "__metadata__")
                file.metadata = read_metadata(entry);
            else
                described.push_back(describe(name, entry));
        }
        require_no_gaps(described);
        for (const Described& d : described) file.tensors.emplace(d.name, widen(d));
        return file;
    }

   private:
    [[noreturn]] void fail(const std::string& place, const std::string& what) const {
        throw FormatError(path_, place, what);
    }

    json read_header() {
        //: 8 bytes: how long the header is
        if (bytes_.size() < 8)
            fail("byte 0", "is " + std::to_string(bytes_.size()) +
                               " bytes long, wanted the 8-byte length of a safetensors header");
        const auto length = little_endian<std::uint64_t>(bytes_.data());
        if (length > most_header_bytes || length > bytes_.size() - 8)
            fail("byte 0", "claims a header of " + std::to_string(length) +
                               " bytes, wanted at most the " +
                               std::to_string(std::min(most_header_bytes, bytes_.size() - 8)) +
                               " that can follow");
        const std::string_view text = bytes_.substr(8, std::size_t(length));
        data_ = bytes_.substr(8 + std::size_t(length));
        if (text.empty() || text.front() != '{')
            fail("header", "wanted a JSON object beginning with {");

        //: the header: nested no deeper than it has to be, no name twice
        std::vector<std::set<std::string>> names;
        const auto watch = [&](int depth, json::parse_event_t event, json& parsed) {
            using Happened = json::parse_event_t;
            if (depth > 4) fail("header", "is nested deeper than 4 levels, wanted {name: {…}}");
            if (event == Happened::object_start) names.emplace_back();
            if (event == Happened::object_end) names.pop_back();
            if (event == Happened::key && !names.back().insert(parsed.get<std::string>()).second)
                fail("header", "the name \"" + parsed.get<std::string>() +
                                   "\" stands twice, wanted each once");
            return true;
        };
        try {
            return json::parse(text, watch);
        } catch (const json::exception& error) {
            std::string what = error.what();
            what = what.substr(what.find("] ") == std::string::npos ? 0 : what.find("] ") + 2);
            if (what.size() > 200) what.resize(200);
            if (const std::size_t bad = first_invalid_utf8(what); bad != std::string::npos)
                what.resize(bad);
            fail("header", "is not JSON: " + what);
        }
    }

    std::map<std::string, std::string> read_metadata(const json& entry) const {
        std::map<std::string, std::string> metadata;
        if (!entry.is_object()) fail("__metadata__", "wanted an object of texts");
        for (const auto& [key, value] : entry.items()) {
            if (!value.is_string()) fail("__metadata__", "\"" + key + "\" is no text, wanted one");
            metadata[key] = value.get<std::string>();
        }
        return metadata;
    }

    // The member `key`: a list of whole numbers from 0.
    std::vector<std::size_t> numbers(const std::string& name, const json& entry,
                                     const char* key) const {
        const auto found = entry.find(key);
        if (found == entry.end() || !found->is_array())
            fail("tensor \"" + name + "\"", std::string("has no list ") + key + ", wanted one");
        if (found->size() > most_axes)
            fail("tensor \"" + name + "\"",
                 std::string(key) + " has " + std::to_string(found->size()) +
                     " entries, wanted at most " + std::to_string(most_axes));
        std::vector<std::size_t> list;
        for (const json& item : *found) {
            if (!item.is_number_unsigned())
                fail("tensor \"" + name + "\"", std::string(key) + " wanted whole numbers from 0");
            list.push_back(item.get<std::size_t>());
        }
        return list;
    }

    Described describe(const std::string& name, const json& entry) const {
        const std::string place = "tensor \"" + name + "\"";
        if (!entry.is_object())
            fail(place, "is described by no object, wanted dtype, shape, data_offsets");

        //: the type
        const auto dtype = entry.find("dtype");
        if (dtype == entry.end() || !dtype->is_string()) fail(place, "has no dtype, wanted one");
        const auto type = std::find_if(types.begin(), types.end(), [&](const Type& t) {
            return t.name == dtype->get_ref<const std::string&>();
        });
        if (type == types.end())
            fail(place,
                 "has dtype " + dtype->get<std::string>().substr(0, 40) +
                     ", wanted F32, F16, BF16, F64, I64, I32, I16, I8, U64, U32, U16, U8 or BOOL");

        //: the shape, and how many bytes that makes
        Described d{name, &*type, numbers(name, entry, "shape"), 1, 0, 0};
        const bool is_empty = std::find(d.shape.begin(), d.shape.end(), 0u) != d.shape.end();
        for (const std::size_t axis : d.shape) {
            if (!is_empty && axis > data_.size() / d.count)
                fail(place, "has shape " + to_string(d.shape) + ", more than the " +
                                std::to_string(data_.size()) + " bytes of data in the file");
            d.count = is_empty ? 0 : d.count * axis;
        }
        try {
            element_count(d.shape);
        } catch (const ValueError&) {
            fail(place, "has shape " + to_string(d.shape) + ", wanted one that fits in memory");
        }

        //: where they lie
        const auto offsets = numbers(name, entry, "data_offsets");
        if (offsets.size() != 2) fail(place, "data_offsets wanted two numbers");
        d.begin = offsets[0], d.end = offsets[1];
        if (d.begin > d.end || d.end > data_.size())
            fail(place, "lies at bytes " + std::to_string(d.begin) + " to " +
                            std::to_string(d.end) + ", wanted a range within the " +
                            std::to_string(data_.size()) + " bytes of data");
        if (d.count > data_.size() / type->bytes || d.end - d.begin != d.count * type->bytes)
            fail(place, "has " + std::to_string(d.end - d.begin) + " bytes for shape " +
                            to_string(d.shape) + " of " + std::string(type->name) + ", wanted " +
                            std::to_string(d.count) + " times " + std::to_string(type->bytes));
        return d;
    }

    // One after another they cover the data: no overlap, no hole, nothing left over.
    void require_no_gaps(std::vector<Described>& described) const {
        std::sort(described.begin(), described.end(), [](const Described& a, const Described& b) {
            return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
        });
        std::size_t at = 0;
        for (const Described& d : described) {
            if (d.begin != at)
                fail("tensor \"" + d.name + "\"", "begins at byte " + std::to_string(d.begin) +
                                                      " of the data, wanted " + std::to_string(at) +
                                                      ", where the one before ends");
            at = d.end;
        }
        if (at != data_.size())
            fail("byte " + std::to_string(bytes_.size() - data_.size() + at),
                 std::to_string(data_.size() - at) +
                     " bytes belong to no tensor, wanted the file to end");
    }

    StoredTensor widen(const Described& d) const {
        std::vector<float> values(d.count);
        const char* from = data_.data() + d.begin;
        if (d.type->name == "F32") {
            if (d.count > 0) std::memcpy(values.data(), from, d.count * sizeof(float));
        } else {
            for (std::size_t i = 0; i < d.count; ++i) {
                const double value = d.type->read(from + i * d.type->bytes);
                values[i] = float(value);
                if (d.type->kind == Kind::boolean && value > 1) refuse(d, i, value, "0 or 1");
                const bool is_exact = double(values[i]) == value && std::abs(value) < 0x1p53;
                if (d.type->kind == Kind::index && !is_exact)
                    refuse(d, i, value, "a whole number that a float can hold");
            }
        }
        return {Tensor(d.shape, std::move(values)), d.type->kind};
    }

    [[noreturn]] void refuse(const Described& d, std::size_t i, double value,
                             const char* wanted) const {
        fail("tensor \"" + d.name + "\"",
             "entry " + std::to_string(i) + " is " + number_text(value, 17) + ", wanted " + wanted);
    }

    std::string_view bytes_, data_;
    const std::string& path_;
};

// ---------------------------------------------------------------- writing

template <class T>
void put(std::string& bytes, T value) {
    char raw[sizeof value];
    std::memcpy(raw, &value, sizeof value);
    bytes.append(raw, sizeof value);
}

void put_tensor(std::string& bytes, const std::string& name, const StoredTensor& stored) {
    if (stored.kind == Kind::real) {
        bytes.append(reinterpret_cast<const char*>(stored.tensor.data()),
                     stored.tensor.size() * sizeof(float));
        return;
    }
    for (const float value : stored.tensor.flat()) {
        if (stored.kind == Kind::boolean) {
            put(bytes, std::uint8_t(value != 0.0f));
        } else {
            if (!(std::abs(value) < 9.2e18f) || value != std::floor(value))
                throw ValueError("safetensors: " + name + " holds " + number_text(value) +
                                 ", wanted whole numbers");
            put(bytes, std::int64_t(value));
        }
    }
}

}  // namespace

Safetensors parse_safetensors(std::string_view bytes, const std::string& path) {
    return Parser(bytes, path).parse();
}

Safetensors read_safetensors(const std::string& path) {
    return parse_safetensors(read_file(path), path);
}

std::string to_bytes(const Safetensors& file) {
    //: the data, the widest type first so that everything stays aligned
    json header = json::object();
    std::string data;
    for (const Kind kind : {Kind::index, Kind::real, Kind::boolean})
        for (const auto& [name, stored] : file.tensors) {
            if (stored.kind != kind) continue;
            if (name == "__metadata__" || first_invalid_utf8(name) != std::string::npos)
                throw ValueError(
                    "safetensors: a tensor is named \"__metadata__\" or by no valid text, "
                    "wanted another name");
            const std::size_t begin = data.size();
            put_tensor(data, name, stored);
            header[name] = {{"dtype", kind == Kind::index  ? "I64"
                                      : kind == Kind::real ? "F32"
                                                           : "BOOL"},
                            {"shape", stored.tensor.shape()},
                            {"data_offsets", {begin, data.size()}}};
        }
    for (const auto& [key, value] : file.metadata) header["__metadata__"][key] = value;

    //: the header, padded so that the data begins at a multiple of 8
    std::string text = header.dump(-1, ' ', false, json::error_handler_t::replace);
    text.append((8 - text.size() % 8) % 8, ' ');
    std::string bytes;
    put(bytes, std::uint64_t{text.size()});
    return bytes + text + data;
}

void write_safetensors(const std::string& path, const Safetensors& file) {
    write_file(path, to_bytes(file));
}

}  // namespace orrery
