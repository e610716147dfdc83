// Going back in time: from letting go of the timeline to the exact step, at the documented size
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <numeric>

#include "core/base/random.hpp"
#include "core/model/history.hpp"
#include "core/model/trainer.hpp"
#include "viz/app/bench.hpp"

namespace orrery::viz {

std::vector<BenchRow> bench_timeline() {
    constexpr std::size_t steps = 2000, jumps = 40;
    model::TrainerConfig c;
    c.model.vocab_size = 65, c.model.context = 64, c.model.bias = false;
    c.batch = 12, c.steps = steps;
    Random random(1, "bench");
    std::vector<int> ids(100000);
    for (int& id : ids) id = int(random.below(65));
    model::Trainer trainer(c, ids, {});
    model::History history(model::functions_of(trainer));
    while (history.step()) {
    }

    //: places all over the run, as a reader drags and lets go, and steps back one by one
    std::vector<double> ms, back;
    const auto timed = [&](std::size_t step, std::vector<double>& list) {
        const auto start = std::chrono::steady_clock::now();
        history.go_to(step);
        const auto end = std::chrono::steady_clock::now();
        list.push_back(std::chrono::duration<double, std::milli>(end - start).count());
    };
    for (std::size_t i = 0; i < jumps; ++i) timed((i * 777 + 90) % steps, ms);
    for (std::size_t step = history.position(), n = 0; step > 1 && n < jumps; ++n)
        timed(--step, back);
    std::sort(ms.begin(), ms.end()), std::sort(back.begin(), back.end());
    const double mean = std::accumulate(back.begin(), back.end(), 0.0) / double(back.size());

    BenchRow jump{"going back anywhere in 2,000 steps", "ms", ms[ms.size() / 2], "", 0, 0, ""};
    BenchRow one{"going back by one step", "ms", mean, "", 0, 0, ""};
    char note[120];
    std::snprintf(note, sizeof note,
                  "(median; worst %.0f ms, of %zu snapshots with gaps up to %zu)", ms.back(),
                  history.snapshots().size(), history.longest_gap());
    jump.note = note;
    std::snprintf(note, sizeof note, "(mean; worst %.0f ms)", back.back());
    one.note = note;
    return {jump, one};
}

}  // namespace orrery::viz
