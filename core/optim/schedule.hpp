// Schedule: how large a step to take, and when
//
//   formula   climbing  = (step + 1) / (warmup + 1)
//             progress  = (step - warmup) / (total - warmup)
//             cosine    = (1 + cos(pi * progress)) / 2
//             lr        = min_lr + cosine * (max_lr - min_lr)
//
//   shapes    step, counted from 0    ->    lr, one number
//             Before `warmup` steps are done the rate is max_lr * climbing; from `total` on it
//             stays at min_lr.
//
//   why       At first the weights are chance and the optimizer's averages hold a few gradients
//             only: a large step then can throw the run off for good, so the rate climbs over
//             `warmup` steps. Later, large steps would rattle around the minimum they have found;
//             the cosine brings them down gently.
//
//   cost      6 flops a step, cos counted as one
//   errors    ValueError  a rate is negative or not finite, or min_lr is above max_lr
//   source    warm-up: Vaswani et al., 2017, arXiv:1706.03762; cosine: Loshchilov and Hutter, 2016,
//             arXiv:1608.03983, down to a tenth as in GPT-3; this form: nanoGPT's get_lr
//   survey    2.6
//   badge     computed
//   leaves out  1/sqrt(step) decay (T5, PaLM), linear decay, restarts
//   see       optim/adamw (what it drives), model/trainer
#pragma once

#include "core/tensor/tensor.hpp"
#include "core/tensor/trace.hpp"

namespace orrery::optim {

struct ScheduleConfig {
    float max_lr = 1e-3f;
    float min_lr = 1e-4f;
    std::size_t warmup = 100;  // steps over which the rate climbs
    std::size_t total = 2000;  // where the cosine ends
};

// The rate of step number `step`, counted from 0.
double schedule(std::size_t step, const ScheduleConfig& config);

// The rates of steps 0 … n - 1 with nothing thrown away.
struct ScheduleSteps {
    Tensor step;      // [n]  0, 1, …
    Tensor climbing;  // [n]  1 once the warm-up is over
    Tensor progress;  // [n]  0 during the warm-up, 1 from `total` on
    Tensor cosine;    // [n]  1 during the warm-up, falling to 0
    Tensor lr;        // [n]
    Cost cost;
};
ScheduleSteps schedule_steps(std::size_t n, const ScheduleConfig& config);

// Names the steps for pictures, lessons and export, each with the paragraph that made it.
void record(const ScheduleSteps& steps, Trace& out);

}  // namespace orrery::optim
