#include <algorithm>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "viz/app/bench.hpp"

namespace orrery::viz {

double median_ms(int runs, const std::function<void()>& work) {
    std::vector<double> times;
    for (int i = 0; i <= runs; ++i) {
        const auto start = std::chrono::steady_clock::now();
        work();
        const auto end = std::chrono::steady_clock::now();
        if (i > 0) times.push_back(std::chrono::duration<double, std::milli>(end - start).count());
    }
    std::nth_element(times.begin(), times.begin() + std::ptrdiff_t(times.size() / 2), times.end());
    return times[times.size() / 2];
}

int bench_command(const BenchOptions& options) {
    const std::vector<Benchmark> benchmarks{{"training", bench_training},
                                            {"tokenizer", bench_tokenizer},
                                            {"frame", bench_frame},
                                            {"timeline", bench_timeline},
                                            {"matrix", bench_matrix}};
    nlohmann::json document = nlohmann::json::array();
    bool any = false;
    for (const Benchmark& benchmark : benchmarks) {
        if (benchmark.name.find(options.filter) == std::string::npos) continue;
        any = true;
        for (const BenchRow& row : benchmark.run()) {
            if (options.json) {
                nlohmann::json item{{"name", row.name}, {"unit", row.unit}, {"ours", row.ours}};
                if (!row.peer_name.empty()) item["peer_name"] = row.peer_name;
                if (row.peer > 0) item["peer"] = row.peer, item["ratio"] = row.ratio;
                if (!row.note.empty()) item["note"] = row.note;
                document.push_back(std::move(item));
                continue;
            }
            std::printf("%-46s %10.4g %-9s", row.name.c_str(), row.ours, row.unit.c_str());
            if (row.peer > 0)
                std::printf(" %s %.4g: %.2f times as good", row.peer_name.c_str(), row.peer,
                            row.ratio);
            else if (!row.peer_name.empty())
                std::printf(" %s: absent", row.peer_name.c_str());
            std::printf("%s%s\n", row.note.empty() ? "" : "  ", row.note.c_str());
            std::fflush(stdout);
        }
    }
    if (!any) {
        std::string names;
        for (const auto& benchmark : benchmarks) names += " " + benchmark.name;
        throw ValueError("bench " + options.filter + ": no benchmark of that name, wanted one of" +
                         names);
    }
    if (options.json) std::printf("%s\n", document.dump(2).c_str());
    return 0;
}

}  // namespace orrery::viz
