// Tasks: a batch of exercises with known answers; no picture yet
#include "core/data/tasks.hpp"

#include <algorithm>

#include "viz/kit/panel.hpp"

namespace orrery::viz {
namespace {

void declare(Declaration& d) {
    d.knob("task", "reverse", data::task_names());
    d.knob("length", 5, 1, 9);
    d.knob("symbols", 10, 9, 26);
    d.knob("modulus", 23, 2, 97);
    d.knob("last_digit_first", false);
    d.knob("held_out", false);
    d.knob("batch", 4, 1, 16);
    d.knob("draw", 0, 0, 1000);
    d.output("examples");
    d.output("x");
    d.output("y");
    d.fact("examples", [](const Trace& t, const Knobs&) { return t.text("examples"); });
}

void compute(const Knobs& k, const Inputs&, Trace& out) {
    data::TaskConfig config{.task = data::task_named(k.choice("task")),
                            .length = k.size("length"),
                            .symbols = k.size("symbols"),
                            .modulus = k.size("modulus"),
                            .last_digit_first = k.flag("last_digit_first")};
    if (config.task == data::Task::induction)
        config.length = std::max<std::size_t>(config.length, 2);
    const auto part = k.flag("held_out") ? data::Part::validation : data::Part::train;
    record(data::task_steps(config, k.size("batch"), k.seed(), k.size("draw"), part), config, out);
}

}  // namespace

Panel make_data_tasks_panel() { return {declare, compute, nullptr}; }

}  // namespace orrery::viz
