#include "viz/app/lesson_stage.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "viz/app/workspace.hpp"

namespace orrery::viz {

static std::string listed(const std::vector<std::string>& names) {
    std::string text;
    for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
    return text.empty() ? "none" : text;
}

void LessonStage::open(std::string_view component) {
    const RegisteredPanel* found = find_panel(component);
    if (!found) throw ValueError("no panel " + std::string(component));
    id_ = component;
    panel_ = found->make();
    declaration_ = std::make_unique<Declaration>();
    panel_.declare(*declaration_);
    knobs_ = Knobs(declaration_->knobs());
    workspace_ = make_workspace(declaration_->default_text());
    job_.reset();
    trace_.reset();
    shown_.clear();
    pointed_.clear();
    t_ = 0;
}

const Declaration& LessonStage::declaration() const {
    if (!declaration_) throw ValueError("no panel is open");
    return *declaration_;
}

void LessonStage::set(std::string_view name, std::string_view value) {
    const Declaration& d = declaration();
    trace_.reset();
    if (name == "text" && !knobs_.has(name) && d.reads_text()) {
        workspace_ = make_workspace(std::string(value));
        job_.reset();
        return;
    }
    if (name == "seed" && !knobs_.has(name)) {
        long long seed = 0;
        if (!parse_integer(value, seed) || seed < 0)
            throw ValueError("seed: is " + std::string(value) + ", wanted a whole number");
        knobs_.set_seed(std::uint64_t(seed));
        job_.reset();
        return;
    }
    knobs_.set(name, value);
    if (!job_) return;
    for (const Knob& knob : d.knobs())
        if (knob.name == name && knob.restarts) {
            job_.reset();
            return;
        }
    job_->set(name, value);
}

bool LessonStage::has_part(std::string_view name) const {
    const auto& parts = declaration().part_names();
    return std::find(parts.begin(), parts.end(), name) != parts.end();
}

void LessonStage::show(std::string_view part) {
    if (part == "all") {
        shown_.clear();
        return;
    }
    if (!has_part(part))
        throw ValueError("no part " + std::string(part) + ", wanted all or one of " +
                         listed(declaration().part_names()));
    shown_.emplace_back(part);
}

void LessonStage::hide_all() { shown_.clear(); }

void LessonStage::point(std::string_view name) {
    if (!has_part(name) && !has_knob(name))
        throw ValueError("no part or knob " + std::string(name));
    pointed_.emplace_back(name);
}

void LessonStage::step_to(double t) {
    const auto& length_of = declaration().length_of();
    const double length = length_of ? length_of(trace()) : 0;
    if (t > length)
        throw ValueError("step to " + number_text(t) + ": the animation ends at " +
                         number_text(length));
    t_ = t;
}

void LessonStage::start_job() {
    const auto& make = declaration().make_job();
    if (!make) throw ValueError(id_ + " is not trained");
    job_ = make(knobs_, resolve_inputs(declaration(), knobs_, workspace_));
}

void LessonStage::train_to(std::size_t step) {
    if (!job_ || job_->position() > step) start_job();
    trace_.reset();
    while (job_->position() < step) {
        if (job_->done() && job_->position() < job_->total()) return;  // it stopped by itself
        if (job_->done())
            throw ValueError("train to " + std::to_string(step) + ": the run ends at step " +
                             std::to_string(job_->position()));
        job_->step();
    }
}

const Trace& LessonStage::trace() {
    const Declaration& d = declaration();
    if (trace_) return *trace_;
    if (!panel_.compute) throw ValueError(id_ + " computes nothing");
    if (d.make_job() && !job_) start_job();
    Inputs inputs = resolve_inputs(d, knobs_, workspace_);
    if (job_) inputs.set_job(job_.get());
    auto made = std::make_unique<Trace>();
    panel_.compute(knobs_, inputs, *made);
    trace_ = std::move(made);
    return *trace_;
}

LessonStage::Fact LessonStage::fact(std::string_view name) {
    std::vector<std::string> names;
    for (const auto& fact : declaration().facts()) {
        names.push_back(fact.name);
        if (fact.name != name) continue;
        const FactValue value = fact.read(trace(), knobs_);
        return {value.number, value.text, value.is_text};
    }
    throw ValueError("no fact " + std::string(name) + ", wanted one of " + listed(names));
}

bool LessonStage::has_fact(std::string_view name) const {
    const auto& facts = declaration().facts();
    return std::any_of(facts.begin(), facts.end(), [&](const auto& f) { return f.name == name; });
}

bool LessonStage::has_knob(std::string_view name) const {
    return knobs_.has(name) || name == "seed" || (name == "text" && declaration().reads_text());
}

}  // namespace orrery::viz
