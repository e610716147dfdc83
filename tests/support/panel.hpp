// A panel at work, without a window: declared, computed, drawn
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "viz/kit/canvas.hpp"
#include "viz/kit/panel.hpp"

namespace orrery::test {

class PanelAtWork {
   public:
    explicit PanelAtWork(std::string_view id);
    PanelAtWork(std::string_view id, const std::string& text);

    bool runs() const { return panel.compute != nullptr; }
    void compute();  // a job is at its first step
    const Trace& trace() const { return *trace_; }
    const viz::Inputs& inputs() const { return inputs_; }
    viz::FactValue fact(std::string_view name) const;
    double length() const;                          // of the animation
    viz::View view() const;                         // 880 × 500, at the end of the animation
    viz::Canvas draw(const viz::View& view) const;  // empty without a drawing of its own

    viz::Panel panel;
    viz::Declaration declaration;
    viz::Knobs knobs;
    Tensors given;  // inputs to take instead of the made-up ones

   private:
    std::string id_;
    std::shared_ptr<const viz::Workspace> workspace_;
    viz::Inputs inputs_;
    std::unique_ptr<viz::Job> job_;
    std::unique_ptr<Trace> trace_;
};

// A panel with these knobs set, computed.
using KnobValues = std::vector<std::pair<std::string, std::string>>;
PanelAtWork computed(std::string_view id, const KnobValues& knobs = {});

// All texts on a canvas, in the order they were drawn; and whether some words are among them, also
// where they run on from one text to the next.
std::vector<std::string> texts_on(const viz::Canvas& canvas);
bool says(const viz::Canvas& canvas, std::string_view words);
// The first text that is these words; nullptr when there is none.
const viz::DrawText* find_text(const viz::Canvas& canvas, std::string_view words);

// A number that the canvas wrote into a cell of a tensor.
struct NumberedCell {
    viz::Selection at;
    std::string text;
};
std::vector<NumberedCell> numbered_cells(const viz::Canvas& canvas);

// Whether `text`, as format_short and format_value write it, is `value` rounded to the digits
// shown.
bool reads_as(std::string_view text, double value);

}  // namespace orrery::test
