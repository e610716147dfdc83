// Trainer, the job: a trainer, what it is trained on, the curves so far, and a second run beside it
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/tasks.hpp"
#include "core/model/trainer.hpp"
#include "core/tokenizer/tokenizer.hpp"
#include "viz/kit/panel.hpp"

namespace orrery::viz::trainer_panel {

inline constexpr double nan = std::numeric_limits<double>::quiet_NaN();

struct Source {
    std::optional<tokenizer::Tokenizer> tokenizer;  // of a text
    std::optional<data::TaskConfig> task;
    std::vector<data::Batch> held_out;  // a task's
    std::vector<std::string> words;     // each id as it is shown
};

// A run beside it, from the same seed, with one knob times a factor.
struct Second {
    model::Trainer trainer;
    Knob knob;
    double factor = 1;
    double values[2] = {0, 0};  // the knob's in the first run and in this
};

class Run {
   public:
    Run(model::Trainer made, std::shared_ptr<const Source> from);

    void step();
    bool done() const { return trainer.done(); }
    std::size_t position() const { return trainer.position(); }
    std::size_t total() const { return trainer.total(); }
    std::string snapshot() const;
    void restore(std::string_view state);
    Scalars scalars() const;
    void set(std::string_view knob, std::string_view value);

    // What the model says now.
    Tensor logits(const data::Batch& batch) const;
    data::Answers answers(const data::Batch& batch) const;

    struct Measured {
        float loss = float(nan), val_loss = float(nan), lr = float(nan), grad_norm = float(nan);
    };
    struct Row {
        Measured first, second;
        float exact = float(nan);
        float peak = float(nan);  // the highest rate of the schedule when the step was made
    };
    model::Trainer trainer;
    std::optional<Second> second;
    std::shared_ptr<const Source> source;
    std::vector<Row> log;                              // entry i is of step i + 1
    std::shared_ptr<const model::TrainerSteps> ahead;  // the first step

   private:
    static Measured measured(const model::Trainer& of);
    double exact_ = nan;
};

// The whole number that a choice of a knob is written as.
std::size_t number_of(const std::string& word);

// The job of the knobs and inputs.
std::unique_ptr<Job> start(const Knobs& k, const Inputs& in);

}  // namespace orrery::viz::trainer_panel
