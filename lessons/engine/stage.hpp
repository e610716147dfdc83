// Stage: what a lesson plays against; viz implements it
#pragma once

#include <string>
#include <string_view>

namespace orrery::lessons {

// Every function throws ValueError with one clear line when a name or value is unknown.
class Stage {
   public:
    virtual ~Stage() = default;
    // A fresh panel of that component: knobs at their defaults, everything shown, t at the end.
    virtual void open(std::string_view component) = 0;
    virtual void set(std::string_view knob, std::string_view value) = 0;
    virtual void show(std::string_view part) = 0;  // "all" shows everything
    virtual void hide_all() = 0;
    virtual void point(std::string_view part_or_knob) = 0;
    virtual void step_to(double t) = 0;
    virtual void train_to(std::size_t step) = 0;
    struct Fact {
        double number = 0;
        std::string text;
        bool is_text = false;
    };
    virtual Fact fact(std::string_view name) = 0;
    // Whether the panel that is open has a fact or a knob of that name.
    virtual bool has_fact(std::string_view name) const = 0;
    virtual bool has_knob(std::string_view name) const = 0;
};

}  // namespace orrery::lessons
