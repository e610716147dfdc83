// PNG: pixels as a file, with notes
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace orrery::viz {

// Rows from the top, four bytes a pixel: red, green, blue, opacity.
struct Image {
    int width = 0, height = 0;
    std::vector<std::uint8_t> rgba;
    const std::uint8_t* pixel(int x, int y) const {
        return rgba.data() + (std::size_t(y) * std::size_t(width) + std::size_t(x)) * 4;
    }
};

// Notes ("Title", "Source", "Software") go into the file as iTXt, in UTF-8.
using Notes = std::vector<std::pair<std::string, std::string>>;
std::string encode_png(const Image& image, const Notes& notes = {});

std::string base64(std::string_view bytes);

}  // namespace orrery::viz
