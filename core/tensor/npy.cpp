#include "core/tensor/npy.hpp"

#include <cstdint>
#include <cstring>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/text.hpp"

namespace orrery {
namespace {

constexpr std::string_view magic = "\x93NUMPY";

// Reads the dict of the header, word by word.
class Header {
   public:
    Header(std::string_view text, const std::string& path) : text_(text), path_(path) {}

    Shape read() {
        expect('{');
        bool has_type = false, has_order = false, has_shape = false;
        while (!take('}')) {
            const std::string_view key = quoted();
            expect(':');
            if (key == "descr") {
                const std::string_view type = quoted();
                if (type != "<f4") fail("has type " + printable(type) + ", wanted <f4 (float32)");
                has_type = true;
            } else if (key == "fortran_order") {
                if (!take_word("False")) fail("is in column order, wanted fortran_order False");
                has_order = true;
            } else if (key == "shape") {
                shape_ = tuple();
                has_shape = true;
            } else {
                fail("has the key " + printable(key) + ", wanted descr, fortran_order, shape");
            }
            if (!take(',')) {
                expect('}');
                break;
            }
        }
        if (!has_type || !has_order || !has_shape) fail("wanted descr, fortran_order and shape");
        if (!trim(text_).empty()) fail("goes on after }, wanted its end");
        return shape_;
    }

   private:
    [[noreturn]] void fail(const std::string& what) const {
        throw FormatError(path_, "header", what);
    }

    static std::string printable(std::string_view text) {
        std::string out;
        for (const char c : text.substr(0, 20)) out += c >= ' ' && c <= '~' ? c : '?';
        return out;
    }
    bool take(char c) {
        text_ = trim(text_);
        if (text_.empty() || text_.front() != c) return false;
        text_.remove_prefix(1);
        return true;
    }
    void expect(char c) {
        if (!take(c)) fail(std::string("wanted ") + c);
    }
    bool take_word(std::string_view word) {
        text_ = trim(text_);
        if (text_.substr(0, word.size()) != word) return false;
        text_.remove_prefix(word.size());
        return true;
    }
    std::string_view quoted() {
        const char quote = take('\'') ? '\'' : take('"') ? '"' : ' ';
        const std::size_t end = quote == ' ' ? std::string_view::npos : text_.find(quote);
        if (end == std::string_view::npos) fail("wanted a quoted name");
        const std::string_view inside = text_.substr(0, end);
        text_.remove_prefix(end + 1);
        return inside;
    }
    Shape tuple() {
        Shape shape;
        expect('(');
        while (!take(')')) {
            text_ = trim(text_);
            const std::string_view digits = text_.substr(0, text_.find_first_not_of("0123456789"));
            long long axis = 0;
            if (!parse_integer(digits, axis) || shape.size() >= 32)
                fail("wanted a shape like (2, 3)");
            shape.push_back(std::size_t(axis));
            text_.remove_prefix(digits.size());
            if (!take(',')) {
                expect(')');
                break;
            }
        }
        return shape;
    }

    std::string_view text_;
    const std::string& path_;
    Shape shape_;
};

}  // namespace

Tensor parse_npy(std::string_view bytes, const std::string& path) {
    //: "\x93NUMPY", two bytes of version, the header's length in 2 bytes (version 1) or 4
    if (bytes.size() < 10 || bytes.substr(0, 6) != magic)
        throw FormatError(path, "byte 0", "is no npy file, wanted \\x93NUMPY");
    const int version = bytes[6];
    if (version < 1 || version > 3)
        throw FormatError(path, "byte 6",
                          "has version " + std::to_string(version) + ", wanted 1 to 3");
    const std::size_t length_bytes = version == 1 ? 2 : 4, begin = 8 + length_bytes;
    std::uint32_t length = 0;
    for (std::size_t i = 0; i < length_bytes && 8 + i < bytes.size(); ++i)
        length |= std::uint32_t(static_cast<unsigned char>(bytes[8 + i])) << 8 * i;
    if (bytes.size() < begin || length > bytes.size() - begin)
        throw FormatError(path, "byte 8",
                          "claims a header of " + std::to_string(length) +
                              " bytes, wanted no more than the file has");

    //: the data must be just what the shape asks for
    const Shape shape = Header(bytes.substr(begin, length), path).read();
    const std::string_view data = bytes.substr(begin + length);
    std::size_t count = 0;
    try {
        count = element_count(shape);
    } catch (const ValueError&) {
        throw FormatError(path, "header", "has shape " + to_string(shape) + ", larger than memory");
    }
    if (data.size() != count * sizeof(float))
        throw FormatError(path, "data",
                          "is " + std::to_string(data.size()) + " bytes for shape " +
                              to_string(shape) + ", wanted " +
                              std::to_string(count * sizeof(float)));
    std::vector<float> values(count);
    if (count > 0) std::memcpy(values.data(), data.data(), data.size());
    return Tensor(shape, std::move(values));
}

Tensor read_npy(const std::string& path) { return parse_npy(read_file(path), path); }

std::string npy_bytes(const Tensor& tensor) {
    std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (";
    for (std::size_t i = 0; i < tensor.rank(); ++i)
        header += (i > 0 ? " " : "") + std::to_string(tensor.shape()[i]) + ",";
    if (tensor.rank() > 1) header.pop_back();  // Python writes (), (3,) and (2, 3)
    header += "), }";
    header.append(63 - (10 + header.size()) % 64, ' ');  // the data begins at a multiple of 64
    header += '\n';

    std::string bytes(magic);
    bytes += {'\x01', '\x00', static_cast<char>(header.size() & 255),
              static_cast<char>(header.size() >> 8)};
    bytes += header;
    bytes.append(reinterpret_cast<const char*>(tensor.data()), tensor.size() * sizeof(float));
    return bytes;
}

void write_npy(const std::string& path, const Tensor& tensor) {
    write_file(path, npy_bytes(tensor));
}

}  // namespace orrery
