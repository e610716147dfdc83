// Npy: one tensor in a file that NumPy reads with numpy.load
//
//   layout  "\x93NUMPY", version, header length, a Python dict {'descr', 'fortran_order', 'shape'},
//   data source  https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#pragma once

#include <string>
#include <string_view>

#include "core/tensor/tensor.hpp"

namespace orrery {

// Little-endian float32 in row-major order, which is what write_npy writes. FormatError for
// anything else: another type or order, a truncated file, bytes left over, a header that is no dict
// of these three.
Tensor read_npy(const std::string& path);
Tensor parse_npy(std::string_view bytes, const std::string& path);

void write_npy(const std::string& path, const Tensor& tensor);
std::string npy_bytes(const Tensor& tensor);

}  // namespace orrery
