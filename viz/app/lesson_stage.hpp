// Lesson stage: a panel without a window, for `orrery lesson check` and tests
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lessons/engine/stage.hpp"
#include "viz/kit/panel.hpp"
#include "viz/kit/registry.hpp"

namespace orrery::viz {

class LessonStage final : public lessons::Stage {
   public:
    void open(std::string_view component) override;
    void set(std::string_view knob, std::string_view value) override;
    void show(std::string_view part) override;
    void hide_all() override;
    void point(std::string_view part_or_knob) override;
    void step_to(double t) override;
    void train_to(std::size_t step) override;
    Fact fact(std::string_view name) override;
    bool has_fact(std::string_view name) const override;
    bool has_knob(std::string_view name) const override;

    // What the panel computes as it stands now.
    const Trace& trace();
    const Knobs& knobs() const { return knobs_; }
    const Declaration& declaration() const;
    const std::vector<std::string>& shown() const { return shown_; }

   private:
    bool has_part(std::string_view name) const;
    void start_job();

    std::string id_;
    Panel panel_;
    std::unique_ptr<Declaration> declaration_;
    Knobs knobs_;
    std::shared_ptr<const Workspace> workspace_;
    std::unique_ptr<Job> job_;
    std::unique_ptr<Trace> trace_;  // nullptr: to be computed
    std::vector<std::string> shown_, pointed_;
    double t_ = 0;
};

}  // namespace orrery::viz
