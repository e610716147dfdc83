// Formula: the header's `formula` lines set as mathematics, with names that light up
//
// Grammar: `a/b` a fraction, `sqrt( )`, `sum_j` and `sum_(j=1)^n`, `x_ij` and `x_(i,j)` lowered,
// `x^2` raised, names, numbers, + - * = < > ( ) [ ] | , ; -> and words. Greek names are set as
// letters. What does not parse is set in monospace.
//
// `x_ij` is the name x with two indices; `W_qkv` and `d_v` are names that end in a lowered word;
// `inv_rms` and `scores_ij` are told apart by the length of what follows the underscore (two
// letters or fewer are indices), unless what stands before it is a single letter.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "viz/kit/canvas.hpp"

namespace orrery::viz {

struct FormulaNode;  // see formula_node.hpp
class Formula {
   public:
    // Never throws; `parsed()` says whether it followed the grammar.
    explicit Formula(std::string_view line);
    // Of pieces that were put together (viz/kit/formula_numbers.hpp).
    explicit Formula(std::unique_ptr<FormulaNode> root);
    ~Formula();
    Formula(Formula&&) noexcept;
    Formula& operator=(Formula&&) noexcept;
    bool parsed() const { return parsed_; }
    // Without their indices, in order of first use: of "y_j = gain_j * x_j" y, gain, x.
    const std::vector<std::string>& names() const { return names_; }
    Size measure(const Canvas& c, float size) const;
    // Names for which `lit` is true are drawn in the accent on a patch of it, others in the colour
    // that `ink` gives them (the text colour without one); each name is a hover region
    // "formula.NAME", further ones of the same name "formula.NAME#2", …
    void draw(Canvas& c, Point at, float size, const std::function<bool(std::string_view)>& lit,
              const std::function<Color(std::string_view)>& ink = {}) const;
    const FormulaNode* root() const { return root_.get(); }  // nullptr when it did not parse

   private:
    std::unique_ptr<FormulaNode> root_;
    std::string line_;
    std::vector<std::string> names_;
    bool parsed_ = false;
};

}  // namespace orrery::viz
