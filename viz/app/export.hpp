// Export: the picture as PNG or SVG, its tensors as CSV, npy or safetensors, itself in words
#pragma once

#include <string>

#include "core/tensor/trace.hpp"
#include "viz/app/session.hpp"

namespace orrery::viz {

// The element of a tensor that a selection names: the last two axes by row and col, leading ones by
// head (0 when it names none). NaN outside.
double cell_value(const Tensor& tensor, const Selection& selection);

// Writes what is on show and returns the path. `kind`: png, svg, csv (the selected tensor, or all
// one after the other), npy, safetensors. An empty path is made up from the component's name, in
// the current folder, without overwriting. ValueError, FormatError.
std::string export_picture(const Session& session, const std::string& kind,
                           const std::string& path);
std::string export_tensor(const Trace& trace, const std::string& kind, const std::string& name,
                          const std::string& path);

std::string to_csv(const Tensor& tensor);
std::string to_npy(const Tensor& tensor);

// The picture in words and numbers: the panel's own description, or its tensors summed up.
std::string describe(const Session& session);

}  // namespace orrery::viz
