// Trace: the named view of what a component computed on the way
//
// A component returns its stages as plain data (`RmsNormSteps`); `record` puts them here under their
// names, in the order they were computed. Pictures, lessons, export, the command line and tests read
// the trace and nothing else.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/tensor/tensor.hpp"

namespace orrery {

// Floating-point operations and bytes moved, counted in the plain loops.
struct Cost {
    double flops = 0.0;
    double bytes = 0.0;
};

// What the numbers of an entry are, for pictures and for the type in a file.
enum class Kind { real, index, boolean };

// One tensor of the trace, and the paragraph of source that made it.
struct Entry {
    std::string name;  // "scores", nested "block.3.attention.scores"
    Tensor tensor;
    std::string component;  // "attention/scaled_dot_product": whose source `marker` stands in
    std::string marker;     // the words after //: of that paragraph
    Kind kind = Kind::real;
};

// One thing that happened, in order: a merge, a training step, a message between ranks.
struct Event {
    std::string name;                                    // "merge", "step", "send"
    std::string text;                                    // for people; may be empty
    std::vector<std::pair<std::string, double>> values;  // ("count", 9), ("loss", 2.31)
    std::vector<std::string> touches;                    // entries it made or changed
};

// Tensors by name: the inputs of a component, or gradients of its outputs.
using Tensors = std::map<std::string, Tensor, std::less<>>;

class Trace {
   public:
    // Says whose source the markers of the following `add` calls stand in: "norm/rms_norm".
    // The first line of every `record`.
    void from(std::string_view component);

    // Adds a tensor under `name` (with the prefix of the nest). ValueError when the name is taken.
    void add(std::string_view name, Tensor tensor, std::string_view marker = "",
             Kind kind = Kind::real);
    void event(Event event);
    void cost(const Cost& cost);  // adds up

    // Everything that `fill` adds gets "prefix." in front of its name; `from` is restored after.
    void nest(std::string_view prefix, const std::function<void(Trace&)>& fill);

    // Words that label rows or columns, by axis name: names("tokens") = {"the", "cat"}.
    void names(std::string_view axis, std::vector<std::string> words);
    const std::vector<std::string>& names(std::string_view axis) const;  // empty when unknown

    // A text that is no tensor: a generated sample, an explanation of a NaN.
    void text(std::string_view name, std::string value);
    const std::string& text(std::string_view name) const;  // empty when unknown

    // The vector–Jacobian product: gradients of outputs by name in, gradients of inputs by name out.
    // An output without an incoming gradient is absent from the argument.
    using Backward = std::function<Tensors(const Tensors& grad_of_outputs)>;
    void backward(Backward function);
    const Backward& backward() const { return backward_; }

    // The tensor of that name; ValueError "trace: no entry …" when there is none.
    const Tensor& operator[](std::string_view name) const;
    const Entry* find(std::string_view name) const;  // nullptr when there is none
    const std::vector<Entry>& entries() const { return entries_; }
    const std::vector<Event>& events() const { return events_; }
    const Cost& cost() const { return cost_; }

   private:
    std::string prefix_, component_;
    std::vector<Entry> entries_;
    std::map<std::string, std::size_t, std::less<>> index_;
    std::vector<Event> events_;
    std::map<std::string, std::vector<std::string>, std::less<>> names_;
    std::map<std::string, std::string, std::less<>> texts_;
    Cost cost_;
    Backward backward_;
};

}  // namespace orrery
