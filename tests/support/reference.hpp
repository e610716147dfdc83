// Stored tensors of another library: {"shape": [..], "values": [..]} in JSON, and comparing with
// them
#pragma once

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "core/tensor/tensor.hpp"

namespace orrery::test {

// The JSON of tests/PATH.
inline nlohmann::json stored(const std::string& path) {
    std::ifstream file(std::string(ORRERY_SOURCE_DIR) + "/tests/" + path);
    return nlohmann::json::parse(file);
}

inline Tensor tensor_of(const nlohmann::json& stored) {
    return Tensor(stored.at("shape").get<Shape>(), stored.at("values").get<std::vector<float>>());
}

// The largest difference of an element, as a share of the largest element; infinite when the shapes
// differ or something is NaN.
inline double relative_difference(const Tensor& a, const Tensor& b) {
    if (a.shape() != b.shape()) return INFINITY;
    double largest = 0, difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        largest = std::max(largest, std::abs(double(b.flat()[i])));
        const double d = std::abs(double(a.flat()[i]) - double(b.flat()[i]));
        if (!(d <= difference)) difference = std::isnan(d) ? INFINITY : d;
    }
    return difference / std::max(largest, 1e-30);
}

}  // namespace orrery::test
