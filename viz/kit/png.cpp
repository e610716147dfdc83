#include "viz/kit/png.hpp"

#include <array>

#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STBI_WRITE_NO_STDIO
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#endif
#include <stb_image_write.h>
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

#include "core/base/error.hpp"

namespace orrery::viz {
namespace {

std::uint32_t crc_of(std::string_view bytes) {
    static const std::array<std::uint32_t, 256> table = [] {
        std::array<std::uint32_t, 256> t{};
        for (std::uint32_t n = 0; n < 256; ++n) {
            std::uint32_t c = n;
            for (int k = 0; k < 8; ++k) c = (c & 1) ? 0xEDB88320u ^ (c >> 1) : c >> 1;
            t[n] = c;
        }
        return t;
    }();
    std::uint32_t crc = 0xFFFFFFFFu;
    for (const char b : bytes)
        crc = table[(crc ^ static_cast<unsigned char>(b)) & 0xFF] ^ (crc >> 8);
    return ~crc;
}

std::string big_endian(std::uint32_t v) {
    return {char(v >> 24), char((v >> 16) & 0xFF), char((v >> 8) & 0xFF), char(v & 0xFF)};
}

}  // namespace

std::string encode_png(const Image& image, const Notes& notes) {
    if (image.width < 1 || image.height < 1 ||
        image.rgba.size() != std::size_t(image.width) * std::size_t(image.height) * 4)
        throw ValueError("encode_png: the image has no pixels, wanted width × height × 4 bytes");
    std::string out;
    const auto append = [](void* to, void* data, int size) {
        static_cast<std::string*>(to)->append(static_cast<const char*>(data), std::size_t(size));
    };
    if (!stbi_write_png_to_func(append, &out, image.width, image.height, 4, image.rgba.data(),
                                image.width * 4))
        throw ValueError("encode_png: out of memory");

    // Notes stand right after the signature (8 bytes) and the header chunk (25 bytes)
    std::string chunks;
    for (const auto& [name, text] : notes) {
        std::string body = "iTXt" + name.substr(0, 79);
        body += std::string(5, '\0') +
                text;  // end of name, not compressed, no language, no translation
        chunks += big_endian(std::uint32_t(body.size() - 4)) + body + big_endian(crc_of(body));
    }
    out.insert(33, chunks);
    return out;
}

std::string base64(std::string_view bytes) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t v = 0;
        for (std::size_t k = 0; k < 3; ++k)
            v = v << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
        for (std::size_t k = 0; k < 4; ++k)
            out += i + k < bytes.size() + 1 ? digits[v >> (18 - 6 * k) & 63] : '=';
    }
    return out;
}

}  // namespace orrery::viz
