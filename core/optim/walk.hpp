// Walk: ways of stepping, side by side on a loss of two weights
//
// Two weights are few enough to draw: the loss is a landscape, a run of training a path on it. The
// surfaces are small formulas whose slope is known exactly; the walkers are plain gradient descent,
// AdamW, and Adam with the decay put into the gradient (L2).
#pragma once

#include <string_view>

#include "core/optim/adamw.hpp"

namespace orrery::optim {

// Losses of two weights, lowest at (1, 1/2) or on both sides of it. `stretch` is how much steeper
// the second weight's direction is.
enum class Surface {
    valley,  // ((w1 - 1)^2 + stretch (w2 - 1/2)^2) / 2
    bend,    // ((1 - w1)^2 + stretch (w2 - w1^2 / 2)^2) / 2: Rosenbrock's, half as curved
    saddle,  // (stretch (w2 - 1/2)^2 + (w1^2 - 1)^2 / 2) / 2: flat at w1 = 0, lowest at -1 and 1
};
// By the names above. ValueError for another.
Surface surface_named(std::string_view name);

// `size` multiplies the loss and its gradient.
struct Landscape {
    Surface surface = Surface::valley;
    float stretch = 30, size = 1;
};

// w [2] -> the loss; its gradient [2]. ShapeError when w is not two weights.
float loss(const Landscape& land, const Tensor& w);
Tensor gradient(const Landscape& land, const Tensor& w);
// The loss over a square from -reach to reach, [points, points]: the first row at the highest w2.
Tensor loss_map(const Landscape& land, float reach, std::size_t points);

struct WalkConfig {
    Landscape land;
    AdamwConfig adamw;
    float descent_lr = 0.03f;  // of plain gradient descent
    std::size_t steps = 60;
};

// Every place the walkers came to, the start first; and what AdamW kept on its way. One that is
// thrown out beyond 1e6 stays where it was.
struct WalkSteps {
    Tensor descent;       // [steps + 1, 2]  w - descent_lr * grad
    Tensor l2;            // [steps + 1, 2]  Adam, with weight_decay * w added to the gradient
    Tensor adamw;         // [steps + 1, 2]
    Tensor grad;          // [steps, 2]      AdamW's gradient at the place before each step
    Tensor m, v;          // [steps + 1, 2]  AdamW's averages, at first 0
    Tensor descent_loss;  // [steps + 1]
    Tensor l2_loss;       // [steps + 1]
    Tensor adamw_loss;    // [steps + 1]
};

// ShapeError when `start` is not two weights; ValueError as for adamw_steps.
WalkSteps walk_steps(const Tensor& start, const WalkConfig& config);

// Names the steps for pictures and lessons, each with the paragraph that made it.
void record(const WalkSteps& steps, Trace& out);

// How far each weight comes nearer to 0 in one step through the decay alone.
struct Pull {
    Tensor decoupled;  // [...]  AdamW: lr * weight_decay * w
    Tensor l2;         // [...]  Adam with L2: the step without the decay less the step with it
};
Pull pull_steps(const Tensor& w, const Tensor& grad, const Tensor& m, const Tensor& v,
                std::size_t t, const AdamwConfig& config);
void record(const Pull& pull, Trace& out);

}  // namespace orrery::optim
