#include "core/optim/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace orrery::optim {
namespace {

constexpr double pi = 3.14159265358979324;

void check(const ScheduleConfig& c) {
    const auto require = [](bool holds, const char* name, float value, const char* wanted) {
        if (!holds)
            throw ValueError(std::string("schedule: ") + name + " is " + number_text(value) +
                             ", wanted " + wanted);
    };
    require(c.max_lr >= 0 && std::isfinite(c.max_lr), "max_lr", c.max_lr, "a number of 0 or more");
    require(c.min_lr >= 0 && c.min_lr <= c.max_lr, "min_lr", c.min_lr, "a number from 0 to max_lr");
}

struct Rate {
    double climbing = 1, progress = 0, cosine = 1, lr = 0;
};

Rate rate(std::size_t step, const ScheduleConfig& c) {
    Rate r;
    if (step < c.warmup) {
        //: climb in a straight line
        r.climbing = double(step + 1) / double(c.warmup + 1);
        r.lr = double(c.max_lr) * r.climbing;
        return r;
    }
    //: how far between the top and the end
    r.progress = step < c.total ? double(step - c.warmup) / double(c.total - c.warmup) : 1.0;

    //: half a wave of a cosine, from 1 down to 0
    r.cosine = 0.5 * (1.0 + std::cos(pi * r.progress));

    //: between the largest rate and the smallest
    r.lr = double(c.min_lr) + r.cosine * (double(c.max_lr) - double(c.min_lr));
    return r;
}

}  // namespace

double schedule(std::size_t step, const ScheduleConfig& config) {
    check(config);
    return rate(step, config).lr;
}

ScheduleSteps schedule_steps(std::size_t n, const ScheduleConfig& config) {
    check(config);
    const Tensor each({n});
    ScheduleSteps s{each, each, each, each, each, {}};
    for (std::size_t step = 0; step < n; ++step) {
        const Rate r = rate(step, config);
        s.step.flat()[step] = float(step);
        s.climbing.flat()[step] = float(r.climbing);
        s.progress.flat()[step] = float(r.progress);
        s.cosine.flat()[step] = float(r.cosine);
        s.lr.flat()[step] = float(r.lr);
        s.cost.flops += 6;
    }
    return s;
}

void record(const ScheduleSteps& s, Trace& out) {
    out.from("optim/schedule");
    out.add("step", s.step, "", Kind::index);
    out.add("climbing", s.climbing, "climb in a straight line");
    out.add("progress", s.progress, "how far between the top and the end");
    out.add("cosine", s.cosine, "half a wave of a cosine, from 1 down to 0");
    out.add("lr", s.lr, "between the largest rate and the smallest");
    out.cost(s.cost);
}

}  // namespace orrery::optim
