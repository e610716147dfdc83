// The settings of a training run by name, for --set, --config and for going on with a saved run
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/data/tasks.hpp"
#include "core/model/trainer.hpp"

namespace orrery::viz {

struct TrainSettings {
    model::TrainerConfig trainer;
    data::TaskConfig task;
};

// ValueError when there is no such setting, or the value is none of its kind.
void set_setting(TrainSettings& settings, std::string_view name, std::string_view value);
// As set_setting reads it back to the same value, to the bit.
std::string written_setting(const TrainSettings& settings, std::string_view name);
// All names; `of_model` are those that a model's files fix for good.
std::vector<std::string> setting_names();
bool is_of_model(std::string_view name);

}  // namespace orrery::viz
