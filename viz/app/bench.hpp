// Benchmarks: our time beside a peer's, measured in one run on one machine
//
// A peer that is not installed is reported absent, never quoted from memory.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace orrery::viz {

// One measured pair. Times and rates are medians over interleaved runs.
struct BenchRow {
    std::string name;  // "training step, 4 layers, width 128"
    std::string unit;  // "tokens/s", "ms", "MB/s"
    double ours = 0;
    std::string peer_name;  // "PyTorch 1.13 eager, 2 threads"; "" when there is no peer
    double peer = 0;        // 0: absent
    double ratio = 0;       // how many times better ours is; 0 without a peer
    std::string note;       // "PyTorch is not installed: apt install python3-torch"
};

struct Benchmark {
    std::string name;  // what `orrery bench FILTER` matches
    std::function<std::vector<BenchRow>()> run;
};

// Each lives in its own file, viz/app/bench_<name>.cpp; the table is in viz/app/bench_command.cpp.
std::vector<BenchRow> bench_training();
std::vector<BenchRow> bench_tokenizer();
std::vector<BenchRow> bench_frame();
std::vector<BenchRow> bench_timeline();
std::vector<BenchRow> bench_matrix();

struct BenchOptions {
    std::string filter;  // only benchmarks whose name contains it
    bool json = false;
};
int bench_command(const BenchOptions& options);

// The median of several runs of `work`, in milliseconds; the first run is not counted.
double median_ms(int runs, const std::function<void()>& work);

}  // namespace orrery::viz
