#include "viz/kit/formula_numbers.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "core/base/text.hpp"
#include "viz/kit/format.hpp"
#include "viz/kit/formula_node.hpp"

namespace orrery::viz {
namespace {

using Kind = FormulaNode::Kind;
using NodePtr = std::unique_ptr<FormulaNode>;
using Axes = std::vector<std::string>;  // of one tensor; "..." is every axis before the named ones

constexpr std::array functions{"exp",  "log",   "ln",  "sin",     "cos",  "tanh", "erf", "abs",
                               "sqrt", "floor", "min", "sigmoid", "ceil", "max",  "sign"};

NodePtr make(Kind kind) {
    auto node = std::make_unique<FormulaNode>();
    node->kind = kind;
    return node;
}

NodePtr symbol(std::string_view text, float side = 0) {
    NodePtr node = make(Kind::symbol);
    node->text = text, node->left = node->right = side;
    return node;
}

bool is_letter(std::string_view text) {
    return text.size() == 1 && ((text[0] >= 'a' && text[0] <= 'z'));
}

// Digits; a minus sign alone is an operator.
bool is_number(const FormulaNode& node) {
    const std::string& text = node.text;
    constexpr std::string_view minus = "−";
    return node.kind == Kind::symbol && !text.empty() &&
           ((text[0] >= '0' && text[0] <= '9') || text[0] == '.' ||
            (text.starts_with(minus) && text.size() > minus.size()));
}

// The letters below a name: "ij" of q_ij and of q_(i,j); nothing where there is more than letters.
std::optional<std::string> letters_of(const FormulaNode* lower) {
    if (!lower) return std::string();
    std::string all;
    if (lower->kind == Kind::symbol) {
        all = lower->text;
    } else {
        if (lower->kind != Kind::row && lower->kind != Kind::fence) return std::nullopt;
        for (const auto& part : lower->parts) {
            if (part->kind == Kind::symbol && part->text == ",") continue;
            const auto inner = letters_of(part.get());
            if (!inner) return std::nullopt;
            all += *inner;
        }
    }
    for (const char c : all)
        if (c < 'a' || c > 'z') return std::nullopt;
    return all;
}

// "x, middle, y [batch, tokens, d]" anywhere in the header's `shapes`.
std::map<std::string, Axes> shapes_of(const Header& header) {
    std::map<std::string, Axes> shapes;
    for (const std::string& line : header.shapes) {
        std::size_t from = 0;
        for (std::size_t open = line.find('['); open != line.npos; open = line.find('[', from)) {
            const std::size_t close = line.find(']', open);
            if (close == line.npos) break;
            Axes axes;
            for (const auto& item :
                 split(std::string_view(line).substr(open + 1, close - open - 1), ','))
                if (!trim(item).empty()) axes.emplace_back(trim(item));
            //: the names before the bracket
            std::size_t end = open;
            for (;;) {
                while (end > from && line[end - 1] == ' ') --end;
                std::size_t begin = end;
                while (begin > from && (std::isalnum(static_cast<unsigned char>(line[begin - 1])) ||
                                        line[begin - 1] == '_'))
                    --begin;
                if (begin == end) break;
                shapes.emplace(line.substr(begin, end - begin), axes);
                end = begin;
                while (end > from && line[end - 1] == ' ') --end;
                if (end == from || line[end - 1] != ',') break;
                --end;
            }
            from = close + 1;
        }
    }
    return shapes;
}

class Writer {
   public:
    Writer(const FormulaSource& source, const Selection& cell, int most_terms)
        : source_(source),
          cell_(cell),
          most_terms_(most_terms),
          shapes_(shapes_of(*source.header)) {
        learn_letters();
        chosen_ = find(cell.tensor);
        if (chosen_) bind();
    }

    std::optional<NumberedLine> write(const Formula& line) {
        if (!line.root() || !chosen_) return std::nullopt;
        const auto& parts = line.root()->parts;
        if (parts.size() != 3 || parts[1]->kind != Kind::symbol || parts[1]->text != "=")
            return std::nullopt;
        elementwise_ = is_elementwise(*parts[2]);
        //: what the line gives, when that is in the trace
        const FormulaNode* left = only(*parts[0]);
        std::optional<double> given;
        if (!left->name.empty()) {
            given = value(*left, false);
            if (!given && find(left->name)) return std::nullopt;
        }
        put_ = 0, sums_ = 0;
        NodePtr open = copied(*parts[2], false);
        if (put_ == 0) return std::nullopt;
        NumberedLine out;
        add(out, copied_as_is(*parts[0]), std::move(open));
        if (sums_ > 0) add(out, nullptr, copied(*parts[2], true));
        if (given) {
            const auto expected = evaluate(*parts[2]);
            const double error = expected ? std::abs(*expected - *given) : 0;
            out.differs = expected && !(std::isnan(*expected) && std::isnan(*given)) &&
                          !(error <= 1e-3 * std::abs(*given) + 1e-5) && !(*expected == *given);
            NodePtr row = make(Kind::row);
            row->parts.push_back(symbol(out.differs ? "≠" : "=", 0.28f));
            row->parts.push_back(symbol(format_value(*given)));
            row->parts.back()->name = left->name;
            push(out, std::move(row));
            //: a total that is the value already is not said twice
            const std::size_t n = out.plain.size();
            if (n > 2 && out.plain[n - 2] == out.plain[n - 1]) {
                out.plain.erase(out.plain.begin() + long(n) - 2);
                out.rows.erase(out.rows.begin() + long(n) - 2);
            }
        }
        return out;
    }

   private:
    static const FormulaNode* only(const FormulaNode& node) {
        const FormulaNode* at = &node;
        while (at->kind == Kind::row && at->parts.size() == 1) at = at->parts[0].get();
        return at;
    }

    void push(NumberedLine& out, NodePtr row) {
        Formula formula(std::move(row));
        out.plain.push_back(plain_text(formula));
        out.rows.push_back(std::move(formula));
    }
    void add(NumberedLine& out, NodePtr left, NodePtr right) {
        tidy(*right, false);
        NodePtr row = make(Kind::row);
        if (left) row->parts.push_back(std::move(left));
        row->parts.push_back(symbol("=", 0.28f));
        row->parts.push_back(std::move(right));
        push(out, std::move(row));
    }

    //--- names, tensors, axes

    std::string entry_name(std::string_view name) const {
        if (!source_.trace->find(name) &&
            !(source_.inputs && source_.inputs->find(name) != source_.inputs->end()))
            for (const auto& [alias, entry] : source_.header->aliases)
                if (alias == name) return entry;
        return std::string(name);
    }
    const Tensor* find(std::string_view name) const {
        const std::string entry = entry_name(name);
        if (const Entry* e = source_.trace->find(entry)) return &e->tensor;
        if (source_.inputs)
            if (const auto it = source_.inputs->find(entry); it != source_.inputs->end())
                return &it->second;
        return nullptr;
    }

    // Letters get their axes from names whose shape is declared; from those, shapes of others.
    void learn_letters() {
        std::vector<std::pair<std::string, std::string>> uses;
        for (const std::string& line : source_.header->formula) {
            const Formula formula(line);
            if (formula.root()) collect(*formula.root(), uses);
        }
        for (int pass = 0; pass < 3; ++pass)
            for (const auto& [name, letters] : uses) {
                const Axes* axes = declared(name);
                if (!axes) continue;
                Axes named;
                for (const auto& axis : *axes)
                    if (axis != "...") named.push_back(axis);
                if (named.size() == letters.size())
                    for (std::size_t i = 0; i < letters.size(); ++i)
                        letter_axis_.emplace(letters[i], named[i]);
            }
        for (const auto& [name, letters] : uses) {
            if (declared(name) || letters.empty()) continue;
            Axes axes{"..."};
            for (const char c : letters) axes.push_back(axis_of(c));
            guessed_.emplace(entry_name(name), axes);
        }
    }
    static void collect(const FormulaNode& node,
                        std::vector<std::pair<std::string, std::string>>& uses) {
        if (node.kind == Kind::scripts && !node.name.empty())
            if (const auto letters = letters_of(node.parts[1].get()); letters && !letters->empty())
                uses.emplace_back(node.name, *letters);
        for (const auto& part : node.parts)
            if (part) collect(*part, uses);
    }
    std::string axis_of(char letter) const {
        const auto it = letter_axis_.find(letter);
        return it != letter_axis_.end() ? it->second : std::string("letter ") + letter;
    }
    const Axes* declared(std::string_view name) const {
        for (const std::string& key : {std::string(name), entry_name(name)}) {
            if (const auto it = shapes_.find(key); it != shapes_.end()) return &it->second;
            if (const auto it = guessed_.find(key); it != guessed_.end()) return &it->second;
        }
        return nullptr;
    }
    // Axes of the last two places (row, column) of a tensor; "" for a place of length 1.
    std::pair<std::string, std::string> places(std::string_view name, const Tensor& tensor) const {
        const Axes* axes = declared(name);
        if (!axes) axes = borrowed(name, tensor);
        std::string row, col;
        if (axes) {
            const std::size_t n = axes->size();
            if (n >= 1) col = (*axes)[n - 1];
            if (n >= 2) row = (*axes)[n - 2];
            if (n == 1 && col == "...") row = "...", col = "same";
        } else if (tensor.cols() == 1) {
            row = "...";
        } else {
            row = "rows of " + std::string(name), col = "columns of " + std::string(name);
        }
        return {row, col};
    }
    // What the formula does not name has the axes of the nearest entry before it of its shape.
    const Axes* borrowed(std::string_view name, const Tensor& tensor) const {
        if (tensor.cols() == 1) return nullptr;
        const Axes* best = nullptr;
        bool passed = false;
        for (const Entry& e : source_.trace->entries()) {
            if (e.name == name) passed = true;
            if (passed && best) break;
            if (e.tensor.shape() == tensor.shape() && declared(e.name)) best = declared(e.name);
        }
        return best;
    }

    void bind() {
        const auto [row, col] = places(cell_.tensor, *chosen_);
        if (!row.empty() && cell_.row >= 0) at_[row] = cell_.row;
        if (!col.empty() && cell_.col >= 0 && chosen_->cols() > 1) at_[col] = cell_.col;
        if (chosen_->rank() < 2 && !col.empty()) at_[col] = std::max(cell_.col, cell_.row);
    }

    // The length of an axis, from any tensor that has it.
    std::optional<std::size_t> length_of(const std::string& axis) const {
        const auto look =
            [&](const std::map<std::string, Axes>& all) -> std::optional<std::size_t> {
            for (const auto& [name, axes] : all) {
                const Tensor* tensor = find(name);
                if (!tensor) continue;
                for (std::size_t back = 0; back < axes.size() && back < tensor->rank(); ++back)
                    if (axes[axes.size() - 1 - back] == axis && axis != "...")
                        return tensor->dim(-1 - int(back));
            }
            return std::nullopt;
        };
        if (const auto n = look(shapes_)) return n;
        return look(guessed_);
    }

    //--- the number of a name

    std::optional<double> value(const FormulaNode& node, bool inside = true) const {
        const std::string& name = node.name;
        if (name.empty()) return std::nullopt;
        const auto letters = node.kind == Kind::scripts ? letters_of(node.parts[1].get())
                                                        : std::optional<std::string>("");
        const Tensor* tensor = find(name);
        if (!tensor) {
            if (node.kind == Kind::scripts && node.parts[1]) return std::nullopt;
            if (source_.knobs && source_.knobs->has(entry_name(name))) {
                for (const Knob& knob : source_.knobs->declared())
                    if (knob.name == entry_name(name) &&
                        (knob.type == Knob::Type::integer || knob.type == Knob::Type::real))
                        return source_.knobs->number(knob.name);
            }
            if (const auto n = length_of(name)) return double(*n);
            return std::nullopt;
        }
        if (tensor->size() == 1) return read(*tensor, 0, 0);
        if (!letters) return std::nullopt;
        const bool one_per_row = tensor->cols() == 1;
        if (letters->empty() && inside && !one_per_row && !elementwise_) return std::nullopt;
        const auto [row_axis, col_axis] = places(name, *tensor);
        std::optional<int> row = where(row_axis), col = where(col_axis);
        //: letters say more than the chosen cell
        const std::size_t n = letters->size();
        if (n >= 2) {
            row = letter((*letters)[n - 2]), col = letter((*letters)[n - 1]);
        } else if (n == 1) {
            const char c = (*letters)[0];
            const std::string axis = axis_of(c);
            if (axis == row_axis && tensor->rank() >= 2)
                row = letter(c);
            else if (axis == col_axis || tensor->rank() < 2)
                col = letter(c);
            else
                return std::nullopt;
        }
        if (tensor->rank() < 2 || tensor->dim(-2) == 1) row = 0;
        if (one_per_row) col = 0;
        if (!row || !col) return std::nullopt;
        return read(*tensor, *row, *col);
    }
    std::optional<double> read(const Tensor& tensor, int row, int col) const {
        Selection at;
        at.row = row, at.col = col, at.head = cell_.head, at.layer = cell_.layer;
        if (tensor.rank() < 3) at.head = -1;
        const int rows = tensor.rank() < 2 ? 1 : int(tensor.dim(-2));
        if (row < 0 || col < 0 || row >= rows || col >= int(tensor.cols())) return std::nullopt;
        return source_.cell(tensor, at);
    }
    std::optional<int> where(const std::string& axis) const {
        const auto it = at_.find(axis);
        return it == at_.end() ? std::nullopt : std::optional<int>(it->second);
    }
    std::optional<int> letter(char c) const {
        const auto it = running_.find(c);
        return it != running_.end() ? std::optional<int>(it->second) : where(axis_of(c));
    }

    // Whether numbers may stand for whole tensors: no product of matrices, no function of a row.
    bool is_elementwise(const FormulaNode& node) const {
        if (node.kind == Kind::scripts && node.parts[2]) {
            const std::string up = plain(*node.parts[2]);
            if (up == "T") return false;
        }
        if (is_call(node)) {
            const std::string& name = node.parts[0]->text;
            if (std::find(functions.begin(), functions.end(), name) == functions.end())
                return false;
        }
        return std::all_of(node.parts.begin(), node.parts.end(),
                           [&](const NodePtr& p) { return !p || is_elementwise(*p); });
    }
    static bool is_call(const FormulaNode& node) {
        return node.kind == Kind::row && node.parts.size() == 2 &&
               node.parts[1]->kind == Kind::fence && node.parts[1]->text == "()" &&
               (node.parts[0]->kind == Kind::symbol || node.parts[0]->kind == Kind::scripts) &&
               !is_number(*node.parts[0]) && node.parts[1]->left == 0 &&
               (node.parts[0]->kind == Kind::scripts || node.parts[0]->text.size() > 1 ||
                (node.parts[0]->text[0] & 0x80) == 0) &&
               node.parts[0]->right == 0 && node.parts[0]->left == 0;
    }

    //--- sums

    struct Range {
        char letter = 0;
        std::vector<int> places;
    };
    // What a sum runs over: "j", "j allowed" (only where that entry is not 0).
    std::optional<Range> range_of(const FormulaNode& limits) {
        if (plain(*limits.parts[0]) != "∑" || limits.parts[2] || !limits.parts[1])
            return std::nullopt;
        std::vector<std::string> words;
        collect_words(*limits.parts[1], words);
        if (words.empty() || words.size() > 2 || !is_letter(words[0])) return std::nullopt;
        const char c = words[0][0];
        const auto count = length_of(axis_of(c));
        if (!count || *count > 1'000'000) return std::nullopt;
        Range range{c, {}};
        const Tensor* filter = nullptr;
        std::pair<std::string, std::string> axes;
        if (words.size() == 2) {
            filter = find(words[1]);
            if (!filter) return std::nullopt;
            axes = places(words[1], *filter);
        }
        for (int i = 0; i < int(*count); ++i) {
            if (filter) {
                const auto row =
                    axes.first == axis_of(c) ? std::optional<int>(i) : where(axes.first);
                const auto col =
                    axes.second == axis_of(c) ? std::optional<int>(i) : where(axes.second);
                if (!row || !col) return std::nullopt;
                const auto allowed = read(*filter, *row, *col);
                if (!allowed) return std::nullopt;
                if (*allowed == 0) continue;
            }
            range.places.push_back(i);
        }
        return range;
    }
    static void collect_words(const FormulaNode& node, std::vector<std::string>& words) {
        if (node.kind == Kind::symbol) return words.push_back(node.text);
        for (const auto& part : node.parts)
            if (part) collect_words(*part, words);
    }

    std::optional<double> total(const Range& range, const FormulaNode& body) {
        double sum = 0;
        const auto outer = running_;
        for (const int i : range.places) {
            running_[range.letter] = i;
            const auto term = evaluate(body);
            if (!term) {
                running_ = outer;
                return std::nullopt;
            }
            sum += *term;
        }
        running_ = outer;
        return sum;
    }

    //--- copies with numbers

    NodePtr copied_as_is(const FormulaNode& node) {
        NodePtr copy = make(node.kind);
        copy->text = node.text, copy->name = node.name;
        copy->left = node.left, copy->right = node.right, copy->scale = node.scale;
        for (const auto& part : node.parts)
            copy->parts.push_back(part ? copied_as_is(*part) : nullptr);
        return copy;
    }

    NodePtr number(double v, const std::string& name) {
        NodePtr node = symbol(format_value(v));
        node->name = name;
        ++put_;
        return node;
    }

    NodePtr copied(const FormulaNode& node, bool totals) {
        if (!node.name.empty()) {
            if (const auto v = value(node)) {
                NodePtr digits = number(*v, node.name);
                if (node.kind == Kind::scripts && node.parts[2]) {
                    NodePtr raised = make(Kind::scripts);
                    raised->parts.resize(3);
                    raised->parts[0] = *v < 0 ? fenced(std::move(digits)) : std::move(digits);
                    raised->parts[2] = copied(*node.parts[2], totals);
                    digits = std::move(raised);
                }
                digits->left = node.left, digits->right = node.right;
                return digits;
            }
            return copied_as_is(node);
        }
        if (is_call(node)) {
            NodePtr call = make(Kind::row);
            call->left = node.left, call->right = node.right;
            call->parts.push_back(copied_as_is(*node.parts[0]));
            call->parts.push_back(copied(*node.parts[1], totals));
            return call;
        }
        NodePtr copy = make(node.kind);
        copy->text = node.text;
        copy->left = node.left, copy->right = node.right, copy->scale = node.scale;
        for (std::size_t i = 0; i < node.parts.size(); ++i) {
            const auto& part = node.parts[i];
            if (!part) {
                copy->parts.push_back(nullptr);
                continue;
            }
            //: a sum and what it sums
            if (node.kind == Kind::row && part->kind == Kind::limits && i + 1 < node.parts.size()) {
                const FormulaNode& body = *node.parts[i + 1];
                if (NodePtr written = sum(*part, body, totals, node.parts.size() > 2)) {
                    written->left = part->left;
                    copy->parts.push_back(std::move(written));
                    ++i;
                    continue;
                }
            }
            copy->parts.push_back(node.kind == Kind::limits ? copied_as_is(*part)
                                                            : copied(*part, totals));
        }
        return copy;
    }

    NodePtr sum(const FormulaNode& sign, const FormulaNode& body, bool totals, bool beside) {
        const auto range = range_of(sign);
        if (!range) return nullptr;
        const int before = put_;
        if (totals) {
            const auto all = total(*range, body);
            if (!all) return nullptr;
            ++put_;
            return symbol(format_value(*all));
        }
        NodePtr row = make(Kind::row);
        const auto outer = running_;
        int written = 0;
        for (const int i : range->places) {
            if (written == most_terms_ && int(range->places.size()) > most_terms_ + 1) {
                row->parts.push_back(symbol("+", 0.22f));
                row->parts.push_back(symbol("…"));
                break;
            }
            running_[range->letter] = i;
            if (written++) row->parts.push_back(symbol("+", 0.22f));
            NodePtr term = copied(body, false);
            term->left = 0;
            row->parts.push_back(std::move(term));
        }
        running_ = outer;
        if (range->places.empty()) row->parts.push_back(symbol("0"));
        if (put_ == before && !range->places.empty()) return nullptr;
        ++sums_;
        return beside ? fenced(std::move(row)) : std::move(row);
    }

    static NodePtr fenced(NodePtr inner) {
        NodePtr fence = make(Kind::fence);
        fence->text = "()";
        fence->left = inner->left, inner->left = 0;
        fence->parts.push_back(std::move(inner));
        return fence;
    }

    // Brackets around negative numbers after a sign; a dot between numbers side by side.
    static void tidy(FormulaNode& node, bool after_sign) {
        if (node.kind != Kind::row) {
            for (std::size_t i = 0; i < node.parts.size(); ++i)
                if (node.parts[i]) {
                    if (i == 0 && node.kind == Kind::scripts && node.parts[i]->kind == Kind::symbol)
                        continue;
                    tidy(*node.parts[i], false);
                }
            return;
        }
        bool after = after_sign, factor = false;
        for (std::size_t i = 0; i < node.parts.size(); ++i) {
            FormulaNode& part = *node.parts[i];
            const bool sign = part.kind == Kind::symbol && !is_number(part) && part.name.empty() &&
                              (part.left > 0 || part.right > 0 || part.text == "…");
            if (!sign && factor && !is_call(node) && part.kind != Kind::limits) {
                NodePtr dot = symbol("·", 0.14f);
                part.left = 0;
                node.parts.insert(node.parts.begin() + long(i), std::move(dot));
                after = true, factor = false;
                continue;
            }
            if (!sign && after && part.kind == Kind::symbol && is_number(part) &&
                part.text.starts_with("−")) {
                const float left = part.left;
                part.left = 0;
                node.parts[i] = fenced(std::move(node.parts[i]));
                node.parts[i]->left = left;
            } else {
                tidy(part, after);
            }
            after = sign;
            factor = !sign && !is_call(node);
        }
    }

    //--- the value of a piece

    std::optional<double> evaluate(const FormulaNode& node) {
        if (!node.name.empty() && node.kind == Kind::symbol) return value(node);
        switch (node.kind) {
            case Kind::symbol: {
                double v = 0;
                if (node.text == "π") return 3.14159265358979323846;
                if (parse_number(node.text, v)) return v;
                return std::nullopt;
            }
            case Kind::fence:
                if (node.text != "()") return std::nullopt;
                return evaluate(*node.parts[0]);
            case Kind::fraction: {
                const auto a = evaluate(*node.parts[0]), b = evaluate(*node.parts[1]);
                if (!a || !b) return std::nullopt;
                return *a / *b;
            }
            case Kind::root: {
                const auto a = evaluate(*node.parts[0]);
                if (!a) return std::nullopt;
                return std::sqrt(*a);
            }
            case Kind::scripts: {
                std::optional<double> base = !node.name.empty() ? value(node)
                                             : node.parts[1]    ? std::nullopt
                                                                : evaluate(*node.parts[0]);
                if (!base || !node.parts[2]) return base;
                const auto up = evaluate(*node.parts[2]);
                if (!up) return std::nullopt;
                return std::pow(*base, *up);
            }
            case Kind::limits:
                return std::nullopt;
            case Kind::row:
                return is_call(node) ? call(node) : row_value(node);
        }
        return std::nullopt;
    }
    std::optional<double> call(const FormulaNode& node) {
        const std::string& f = node.parts[0]->text;
        const FormulaNode& in = *node.parts[1]->parts[0];
        std::vector<double> a;
        std::vector<const FormulaNode*> parts;
        for (const auto& part : in.parts) {
            if (part->kind == Kind::symbol && part->text == ",") continue;
            const auto v = evaluate(*part);
            if (!v) return std::nullopt;
            a.push_back(*v);
        }
        if (a.size() == 2 && f == "min") return std::min(a[0], a[1]);
        if (a.size() == 2 && f == "max") return std::max(a[0], a[1]);
        if (a.size() != 1) return std::nullopt;
        if (f == "exp") return std::exp(a[0]);
        if (f == "log" || f == "ln") return std::log(a[0]);
        if (f == "sin") return std::sin(a[0]);
        if (f == "cos") return std::cos(a[0]);
        if (f == "tanh") return std::tanh(a[0]);
        if (f == "erf") return std::erf(a[0]);
        if (f == "abs") return std::abs(a[0]);
        if (f == "floor") return std::floor(a[0]);
        return std::nullopt;
    }
    // A sum of products, or one product: signs tell which.
    std::optional<double> row_value(const FormulaNode& node) {
        double sum = 0, product = 1, sign = 1;
        bool any = false;
        for (std::size_t i = 0; i < node.parts.size(); ++i) {
            const FormulaNode& part = *node.parts[i];
            if (part.kind == Kind::symbol && part.name.empty()) {
                if (part.text == "·") continue;
                if (part.text == "+" || part.text == "−") {
                    if (any) sum += sign * product;
                    sign = part.text == "+" ? 1 : -1, product = 1, any = false;
                    continue;
                }
            }
            std::optional<double> v;
            if (part.kind == Kind::limits && i + 1 < node.parts.size()) {
                const auto range = range_of(part);
                if (!range) return std::nullopt;
                v = total(*range, *node.parts[++i]);
            } else {
                v = evaluate(part);
            }
            if (!v) return std::nullopt;
            product *= *v, any = true;
        }
        if (!any) return std::nullopt;
        return sum + sign * product;
    }

   public:
    static std::string plain(const FormulaNode& node) {
        const auto inner = [](const NodePtr& p) { return p ? plain(*p) : std::string(); };
        switch (node.kind) {
            case Kind::symbol: {
                const std::string side(node.left > 0.1f || node.right > 0.1f ? " " : "");
                return side + node.text + side;
            }
            case Kind::fraction:
                return "(" + inner(node.parts[0]) + ") / (" + inner(node.parts[1]) + ")";
            case Kind::root:
                return "sqrt(" + inner(node.parts[0]) + ")";
            case Kind::scripts:
            case Kind::limits: {
                std::string text = inner(node.parts[0]);
                if (node.parts[1]) text += "_(" + inner(node.parts[1]) + ")";
                if (node.parts[2]) text += "^(" + inner(node.parts[2]) + ")";
                return text;
            }
            case Kind::fence:
                return node.text.substr(0, 1) + inner(node.parts[0]) + node.text.substr(1);
            case Kind::row: {
                std::string text;
                for (const auto& part : node.parts) {
                    if (!text.empty() && part->kind != Kind::symbol && part->left > 0) text += " ";
                    text += plain(*part);
                }
                return text;
            }
        }
        return "";
    }

   private:
    const FormulaSource& source_;
    const Selection& cell_;
    const int most_terms_;
    std::map<std::string, Axes> shapes_, guessed_;
    std::map<char, std::string> letter_axis_;
    std::map<std::string, int> at_;  // where on each axis the chosen cell is
    std::map<char, int> running_;    // letters of sums
    const Tensor* chosen_ = nullptr;
    bool elementwise_ = true;
    int put_ = 0, sums_ = 0;
};

}  // namespace

std::optional<NumberedLine> with_numbers(const Formula& line, const FormulaSource& source,
                                         const Selection& cell, int most_terms) {
    if (!source.header || !source.trace || !source.cell) return std::nullopt;
    return Writer(source, cell, most_terms).write(line);
}

std::string plain_text(const Formula& formula) {
    return formula.root() ? Writer::plain(*formula.root()) : "";
}

}  // namespace orrery::viz
