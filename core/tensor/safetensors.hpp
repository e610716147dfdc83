// safetensors: named tensors in one file, as every other library reads them
//
//   layout  8 bytes n (little-endian), n bytes of JSON {name: {dtype, shape, data_offsets}}, the
//   data source  https://github.com/huggingface/safetensors
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "core/tensor/trace.hpp"

namespace orrery {

struct StoredTensor {
    Tensor tensor;           // F16, BF16, F64, I32, I64, U8 and BOOL are widened to float
    Kind kind = Kind::real;  // index: written as I64; boolean: written as BOOL
};
using StoredTensors = std::map<std::string, StoredTensor, std::less<>>;

struct Safetensors {
    StoredTensors tensors;
    std::map<std::string, std::string> metadata;
};

// FormatError with path, place and what was expected: a truncated file, a header that lies about
// offsets or shapes, an overlap, an unknown type. An integer above 2^24 that a float cannot hold
// too.
Safetensors read_safetensors(const std::string& path);
Safetensors parse_safetensors(std::string_view bytes, const std::string& path);
void write_safetensors(const std::string& path, const Safetensors& file);
std::string to_bytes(const Safetensors& file);

}  // namespace orrery
