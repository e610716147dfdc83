// Packs files into a C++ source: pack_resources ROOT LIST OUT
//
// The block before compression is, for each file, "path\0size\0bytes". It is stored as 64-bit numbers,
// which compilers read far faster than bytes.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STBIW_WINDOWS_UTF8
#include "stb_image_write.h"

int main(int argc, char** argv) {
    if (argc != 4) return std::cerr << "pack_resources: usage: ROOT LIST OUT\n", 2;
    std::ifstream list(argv[2]);
    std::string block, path;
    while (std::getline(list, path)) {
        if (path.empty()) continue;
        std::ifstream file(std::string(argv[1]) + "/" + path, std::ios::binary);
        if (!file) return std::cerr << "pack_resources: cannot read " << path << "\n", 1;
        const std::string bytes{std::istreambuf_iterator<char>(file), {}};
        block += path + '\0' + std::to_string(bytes.size()) + '\0' + bytes;
    }
    int packed_size = 0;
    unsigned char* packed = stbi_zlib_compress(reinterpret_cast<unsigned char*>(block.data()),
                                               int(block.size()), &packed_size, 9);
    if (!packed) return std::cerr << "pack_resources: compression failed\n", 1;
    std::ofstream out(argv[3]);
    out << "#include <cstddef>\n#include <cstdint>\n\nnamespace orrery::viz {\n"
        << "extern const std::size_t resource_block_size, resource_packed_size;\n"
        << "extern const std::uint64_t resource_packed[];\n"
        << "const std::size_t resource_block_size = " << block.size()
        << ", resource_packed_size = " << packed_size << ";\n"
        << "const std::uint64_t resource_packed[] = {\n";
    for (int i = 0; i < packed_size; i += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, packed + i, std::size_t(std::min(8, packed_size - i)));
        out << word << "u," << (i % 64 == 56 ? "\n" : "");
    }
    out << "0};\n}  // namespace orrery::viz\n";
    std::free(packed);
    return out ? 0 : 1;
}
