// The pieces of a formula: what formula.cpp reads and sets, and formula_numbers.cpp puts numbers into
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace orrery::viz {

// A piece of a formula. Sizes are in em of the size it is set at.
struct FormulaNode {
    enum class Kind { row, symbol, fraction, root, scripts, limits, fence };
    Kind kind = Kind::row;
    // fraction: above, below; scripts, limits: base, lower, upper
    std::vector<std::unique_ptr<FormulaNode>> parts;
    std::string text;           // symbol: as it is set; fence: the two brackets
    std::string name;           // what it stands for; "" for signs and numbers
    float left = 0, right = 0;  // space beside it, in em
    float scale = 1;            // symbol: of the letter against the text around it
};

}  // namespace orrery::viz
