#include <algorithm>
#include <cmath>
#include <limits>

#include "viz/app/bench.hpp"
#include "viz/app/frame_times.hpp"
#include "viz/app/session.hpp"
#include "viz/kit/registry.hpp"

namespace orrery::viz {

// How long the processor builds a frame of the whole window at 1280 × 720 (99th percentile), how
// long the first whole picture takes, and how many frames a window at rest draws.
std::vector<BenchRow> bench_frame() {
    std::vector<BenchRow> rows;
    const auto add = [&](std::string name, std::string unit, double value, std::string note) {
        BenchRow row;
        row.name = std::move(name), row.unit = std::move(unit), row.ours = value;
        row.note = std::move(note);
        rows.push_back(std::move(row));
    };
    double worst = 0, first = 0;
    std::string slowest;
    for (const RegisteredPanel& panel : panels()) {
        const Panel made = panel.make();
        const auto open = open_panel(panel.id);
        if (!made.draw || open->declaration.make_job()) continue;
        const FrameRun run = measure_frames(std::string(panel.id), 600, false);
        if (run.times.percentile(99) > worst) worst = run.times.percentile(99), slowest = panel.id;
        first = std::max(first, run.first_picture);
    }
    if (!slowest.empty()) {
        add("building a frame, slowest view, 99th percentile", "ms", worst, slowest + "; aim 4");
        add("first picture, without the window's start", "ms", first * 1e3, "aim 1000 with it");
    }
    if (find_panel("model/trainer")) {
        const FrameRun run = measure_frames("model/trainer", 1200, true);
        add("building a frame while training, 99th percentile", "ms", run.times.percentile(99),
            "aim 8");
    }
    Session session(Session::Pace::at_once);
    session.act("open " + slowest);
    session.settle();
    double clock = 0;
    session.tick(clock += 1);
    int frames = 0;
    for (int i = 0; i < 100; ++i) frames += session.tick(clock += 1);
    add("frames in 100 seconds of rest", "frames", frames, "aim 0");
    return rows;
}

}  // namespace orrery::viz
