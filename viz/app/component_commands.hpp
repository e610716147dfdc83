// orrery list, show, run: the components from the command line
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace orrery::viz {

struct ListOptions {
    bool json = false;
    bool pictures = false;  // only the ids of components with a picture, one a line
};
int list_command(const ListOptions& options);

struct ShowOptions {
    std::string component;
    bool json = false;
};
int show_command(const ShowOptions& options);

struct RunOptions {
    std::string component;
    std::string in, out, trace;    // safetensors files; "" = none
    std::vector<std::string> set;  // "name=value"
    std::uint64_t seed = 1;
    bool cost = false, json = false;
};
// Runs one component on your own tensors. Where `in` holds "grad.NAME" for an output NAME, the output
// file holds "grad.X" for every float input X. ValueError, ShapeError or FormatError on bad input.
int run_command(const RunOptions& options);

struct CompareOptions {
    std::string a, b;
    double atol = 1e-6, rtol = 1e-5;
    std::vector<std::string> map;  // "a=b": the tensor a of the first file is b of the second
    bool json = false;
};
// 0 when every tensor of both files agrees: |a - b| <= atol + rtol |b|; 1 when one does not.
int compare_command(const CompareOptions& options);

}  // namespace orrery::viz
