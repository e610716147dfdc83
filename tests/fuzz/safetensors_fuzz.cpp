// Any bytes are a safetensors file or a FormatError; what is read is written back to the same tensors.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/base/error.hpp"
#include "core/tensor/safetensors.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace orrery;
    try {
        const std::string_view bytes(reinterpret_cast<const char*>(data), size);
        const Safetensors file = parse_safetensors(bytes, "fuzz");
        const Safetensors again = parse_safetensors(to_bytes(file), "again");
        if (again.tensors.size() != file.tensors.size()) std::abort();
        for (const auto& [name, stored] : file.tensors)
            if (!again.tensors.at(name).tensor.same_bits(stored.tensor)) std::abort();
    } catch (const FormatError&) {
    }
    return 0;
}
