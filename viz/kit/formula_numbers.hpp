// Formula numbers: a formula line again, with the numbers of one cell of the trace put in
//
// Which cell a name means is read off the header: `shapes` names the axes ("q [..., queries, d]"),
// the letters below a name count along them ("q_ic": i along queries, c along d), and the chosen
// cell says where on each axis. Nothing here knows any component.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/tensor/trace.hpp"
#include "viz/kit/formula.hpp"
#include "viz/kit/header.hpp"
#include "viz/kit/knobs.hpp"
#include "viz/kit/selection.hpp"

namespace orrery::viz {

// Where the numbers are read. `cell` reads one cell: the function that the tooltip uses.
struct FormulaSource {
    const Header* header = nullptr;
    const Trace* trace = nullptr;
    const Tensors* inputs = nullptr;  // those that are not in the trace; may be nullptr
    const Knobs* knobs = nullptr;     // may be nullptr
    std::function<double(const Tensor&, const Selection&)> cell;
};

// One line of the header's formula with numbers, as lines to be set below one another:
// "mean = (1/8) (0.3 + 1.2 + …)", "= (1/8) · 2.48", "= 0.31".
struct NumberedLine {
    std::vector<Formula> rows;
    std::vector<std::string> plain;  // each row in one line of characters, to be read aloud
    bool differs = false;            // the run did otherwise: a knob or the mask changes this step
};

// nullopt when the line says nothing about the cell, or has no name with a number. `most_terms` of
// a sum are written out before the dots.
std::optional<NumberedLine> with_numbers(const Formula& line, const FormulaSource& source,
                                         const Selection& cell, int most_terms = 3);

// A formula in one line of characters: "1 * (0.5 - 0.31) / sqrt(0.91 + 1e-5)".
std::string plain_text(const Formula& formula);

}  // namespace orrery::viz
