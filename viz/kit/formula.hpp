// Formula: the header's `formula` lines set as mathematics, with live numbers
//
// Grammar: `a/b` a fraction, `sqrt( )`, `sum_j`, `x_ij` and `x_(i,j)` lowered, `x^2` raised, names,
// numbers, + - * = ( ) [ ] , and words. What does not parse is set in monospace.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "viz/kit/canvas.hpp"

namespace orrery::viz {

struct FormulaNode;  // see formula.cpp
class Formula {
   public:
    // Never throws; `parsed()` says whether it followed the grammar.
    explicit Formula(std::string_view line);
    ~Formula();
    Formula(Formula&&) noexcept;
    Formula& operator=(Formula&&) noexcept;
    bool parsed() const;
    const std::vector<std::string>& names() const;  // in order of first use
    Size measure(const Canvas& c, float size) const;
    // Names for which `lit` is true are drawn in the accent; each name is a hover region "formula.NAME".
    void draw(Canvas& c, Point at, float size,
              const std::function<bool(std::string_view)>& lit) const;

   private:
    std::unique_ptr<FormulaNode> root_;
    std::string line_;
    std::vector<std::string> names_;
    bool parsed_ = false;
};

}  // namespace orrery::viz
