// Any bytes are an npy file or a FormatError; what is read is written back to the same tensor.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/base/error.hpp"
#include "core/tensor/npy.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace orrery;
    try {
        const std::string_view bytes(reinterpret_cast<const char*>(data), size);
        const Tensor tensor = parse_npy(bytes, "fuzz");
        if (!parse_npy(npy_bytes(tensor), "again").same_bits(tensor)) std::abort();
    } catch (const FormatError&) {
    }
    return 0;
}
