#include "viz/kit/formula.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "core/base/text.hpp"
#include "viz/kit/formula_node.hpp"

namespace orrery::viz {

using NodePtr = std::unique_ptr<FormulaNode>;

namespace {

using Kind = FormulaNode::Kind;

//--- reading

struct Word {
    std::string_view from;
    std::string_view to;
};

constexpr std::array greek{
    Word{"alpha", "α"}, Word{"beta", "β"},    Word{"gamma", "γ"},  Word{"delta", "δ"},
    Word{"eps", "ε"},   Word{"epsilon", "ε"}, Word{"eta", "η"},    Word{"theta", "θ"},
    Word{"kappa", "κ"}, Word{"lambda", "λ"},  Word{"mu", "μ"},     Word{"nu", "ν"},
    Word{"pi", "π"},    Word{"rho", "ρ"},     Word{"sigma", "σ"},  Word{"tau", "τ"},
    Word{"phi", "φ"},   Word{"chi", "χ"},     Word{"psi", "ψ"},    Word{"omega", "ω"},
    Word{"Delta", "Δ"}, Word{"Theta", "Θ"},   Word{"Lambda", "Λ"}, Word{"Sigma", "Σ"},
    Word{"Phi", "Φ"},   Word{"Omega", "Ω"},   Word{"inf", "∞"},    Word{"partial", "∂"},
    Word{"zeta", "ζ"},  Word{"xi", "ξ"},      Word{"Gamma", "Γ"},  Word{"nabla", "∇"}};

// Words that are no names of the trace.
constexpr std::array plain_words{
    "if",      "or",        "and",    "not",    "else",   "where", "for",       "with",
    "when",    "otherwise", "exp",    "log",    "sin",    "cos",   "tanh",      "erf",
    "max",     "min",       "argmax", "argmin", "sum",    "prod",  "mean_over", "softmax",
    "sqrt",    "sigmoid",   "floor",  "ceil",   "round",  "abs",   "sign",      "mod",
    "of",      "in",        "the",    "all",    "each",   "over",  "to",        "is",
    "T",       "inf",       "pi",     "norm",   "concat", "topk",  "clip",      "log2",
    "ln",      "true",      "false",  "then",   "from",   "at",    "by",        "P",
    "allowed", "attention", "relu",   "gelu",   "silu",   "Phi",   "lim"};

constexpr std::array big_signs{Word{"sum", "∑"}, Word{"prod", "∏"}};
constexpr std::array big_words{"max", "min", "argmax", "argmin", "lim"};

constexpr std::array relations{Word{"<=", "≤"}, Word{">=", "≥"}, Word{"!=", "≠"}, Word{"==", "="},
                               Word{"->", "→"}, Word{"<-", "←"}, Word{":=", "≔"}, Word{"~=", "≈"},
                               Word{"=", "="},  Word{"<", "<"},  Word{">", ">"},  Word{"~", "∼"},
                               Word{"≤", "≤"},  Word{"≥", "≥"},  Word{"≠", "≠"},  Word{"→", "→"},
                               Word{"≈", "≈"},  Word{"∈", "∈"},  Word{"∝", "∝"}};

constexpr int most_depth = 40;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

template <class List>
std::string_view translated(const List& list, std::string_view word) {
    for (const Word& entry : list)
        if (entry.from == word) return entry.to;
    return {};
}

template <class List>
bool contains(const List& list, std::string_view word) {
    return std::find(list.begin(), list.end(), word) != list.end();
}

NodePtr make(Kind kind) {
    auto node = std::make_unique<FormulaNode>();
    node->kind = kind;
    return node;
}

NodePtr symbol(std::string_view text, float left = 0, float right = 0) {
    NodePtr node = make(Kind::symbol);
    node->text = text;
    node->left = left, node->right = right;
    return node;
}

struct SyntaxError {};

class Reader {
   public:
    explicit Reader(std::string_view text) : text_(text) {}

    NodePtr read() {
        NodePtr row = relation_list();
        skip_blanks();
        if (!rest().empty()) throw SyntaxError{};
        if (row->parts.empty()) throw SyntaxError{};
        return row;
    }
    std::vector<std::string> names;

   private:
    std::string_view rest() const { return text_.substr(at_); }
    bool skip_blanks() {
        const std::size_t begin = at_;
        while (at_ < text_.size() && text_[at_] == ' ') ++at_;
        return at_ > begin;
    }
    bool take(std::string_view word) {
        if (!rest().starts_with(word)) return false;
        at_ += word.size();
        return true;
    }

    // sums, with relations, commas and bars between them
    NodePtr relation_list() {
        if (++depth_ > most_depth) throw SyntaxError{};
        NodePtr row = make(Kind::row);
        for (;;) {
            skip_blanks();
            if (rest().empty() || closes()) break;
            if (NodePtr sign = relation())
                row->parts.push_back(std::move(sign));
            else
                row->parts.push_back(sum());
        }
        --depth_;
        return row;
    }

    bool closes() const {
        const char c = rest()[0];
        return c == ')' || c == ']' || c == '}' || (c == '|' && in_bars_ > 0);
    }

    NodePtr relation() {
        for (const Word& entry : relations)
            if (take(entry.from)) return symbol(entry.to, 0.28f, 0.28f);
        if (take("...")) return symbol("…", 0.05f, 0.05f);
        if (take(",") || take(";")) return symbol(text_.substr(at_ - 1, 1), 0, 0.3f);
        if (take(": ")) return symbol(":", 0.1f, 0.3f);
        // a bar that does not open: "p(a | b)"
        if (!opens_bars() && in_bars_ == 0 && take("|")) return symbol("|", 0.2f, 0.2f);
        return nullptr;
    }

    // "|" or "||" with its partner before the bracket around it ends.
    std::string_view bars() const {
        return rest().starts_with("||") ? "||" : rest().starts_with("|") ? "|" : "";
    }
    bool opens_bars() const {
        const std::string_view sign = bars();
        if (sign.empty() || in_bars_ > 0) return false;
        int depth = 0;
        for (std::size_t i = at_ + sign.size(); i < text_.size() && depth >= 0; ++i) {
            if (text_[i] == '(' || text_[i] == '[' || text_[i] == '{') ++depth;
            if (text_[i] == ')' || text_[i] == ']' || text_[i] == '}') --depth;
            if (depth == 0 && text_.substr(i).starts_with(sign)) return true;
        }
        return false;
    }
    NodePtr between_bars() {
        const std::string_view sign = bars(), shown = sign == "||" ? "‖" : "|";
        at_ += sign.size();
        NodePtr row = make(Kind::row);
        row->parts.push_back(symbol(shown));
        ++in_bars_;
        row->parts.push_back(relation_list());
        --in_bars_;
        if (!take(sign)) throw SyntaxError{};
        row->parts.push_back(symbol(shown));
        return row;
    }

    NodePtr sum() {
        NodePtr row = make(Kind::row);
        bool first = true;
        for (;; first = false) {
            skip_blanks();
            const float side = first ? 0.0f : 0.22f, after = first ? 0.04f : 0.22f;
            if (take("+-") || take("±"))
                row->parts.push_back(symbol("±", side, after));
            else if (rest().starts_with("->"))
                break;
            else if (take("-") || take("−"))
                row->parts.push_back(symbol("−", side, after));
            else if (take("+"))
                row->parts.push_back(symbol("+", side, after));
            else if (!first)
                break;
            skip_blanks();
            row->parts.push_back(product(false));
        }
        return row;
    }

    // Factors side by side, with * and /. Everything left of a / is above its bar, the factor right
    // of it below. A sum takes what follows it, bars and all; below a bar, only the factors.
    NodePtr product(bool below) {
        if (++depth_ > most_depth) throw SyntaxError{};
        NodePtr row = make(Kind::row);
        bool blank = false;
        for (;;) {
            blank |= skip_blanks();
            if (!starts_factor()) break;
            NodePtr next = factor();
            if (!row->parts.empty() && row->parts.back()->kind != Kind::symbol) {
                if (blank) next->left += 0.24f;
            } else if (!row->parts.empty() && blank && row->parts.back()->right == 0) {
                next->left += 0.28f;
            }
            const bool takes_rest = next->kind == Kind::limits;
            row->parts.push_back(std::move(next));
            if (takes_rest) {
                NodePtr body = product(below);
                body->left += 0.14f;
                row->parts.push_back(std::move(body));
                break;
            }
            blank = skip_blanks();
            if (rest().starts_with("**")) throw SyntaxError{};
            if (take("*") || take("·") || take("×")) {
                row->parts.push_back(symbol("·", 0.14f, 0.14f));
                skip_blanks();
                if (!starts_factor()) throw SyntaxError{};
            }
            while (!below && take("/")) {
                skip_blanks();
                NodePtr fraction = make(Kind::fraction);
                fraction->left = fraction->right = 0.06f;
                fraction->parts.push_back(unfenced(std::move(row)));
                fraction->parts.push_back(unfenced(denominator()));
                row = make(Kind::row);
                row->parts.push_back(std::move(fraction));
                blank = skip_blanks();
                if (take("*") || take("·")) {
                    row->parts.push_back(symbol("·", 0.14f, 0.14f));
                    skip_blanks();
                    if (!starts_factor()) throw SyntaxError{};
                }
            }
        }
        if (row->parts.empty()) throw SyntaxError{};
        --depth_;
        return row;
    }

    NodePtr denominator() {
        if (!starts_factor()) throw SyntaxError{};
        NodePtr first = factor();
        if (first->kind != Kind::limits) return first;
        NodePtr row = make(Kind::row);
        row->parts.push_back(std::move(first));
        NodePtr body = product(true);
        body->left += 0.14f;
        row->parts.push_back(std::move(body));
        return row;
    }

    // Brackets that a bar makes needless.
    static NodePtr unfenced(NodePtr node) {
        if (node->kind == Kind::row && node->parts.size() == 1) {
            node->parts[0]->left = 0;
            return unfenced(std::move(node->parts[0]));
        }
        if (node->kind == Kind::fence && node->text != "[]") return std::move(node->parts[0]);
        return node;
    }

    bool starts_factor() const {
        if (rest().empty()) return false;
        const char c = rest()[0];
        if (is_letter(c) || is_digit(c) || c == '(' || c == '[' || c == '{') return true;
        if (c == '|') return opens_bars();
        if (c == '.') return at_ + 1 < text_.size() && is_digit(text_[at_ + 1]);
        return starts_symbol();
    }

    // A letter outside ASCII that is no sign of ours.
    bool starts_symbol() const {
        if (!(rest()[0] & 0x80)) return false;
        const CodePoint c = next_code_point(rest());
        if (!c.valid) throw SyntaxError{};
        for (const std::string_view sign : {"−", "±", "·", "×"})
            if (rest().starts_with(sign)) return false;
        for (const Word& entry : relations)
            if (rest().starts_with(entry.from)) return false;
        return true;
    }

    NodePtr factor() {
        const bool is_name = is_letter(rest()[0]);
        NodePtr base = atom();
        for (;;) {
            if (is_name && base->kind != Kind::limits && rest().starts_with("(")) {
                NodePtr call = make(Kind::row);
                call->parts.push_back(std::move(base));
                call->parts.push_back(bracket());
                base = std::move(call);
                continue;
            }
            if (take("^"))
                add_script(base, 2);
            else if (take("_"))
                add_script(base, 1);
            else if (take("'"))
                base = primed(std::move(base));
            else if (is_star())
                add_script(base, 2);
            else
                return base;
        }
    }

    // "a* b": a star that belongs to the name, not "a * b".
    bool is_star() const {
        if (!rest().starts_with("*") || rest().starts_with("**")) return false;
        return rest().size() == 1 ||
               std::string_view(" ,)]}=").find(rest()[1]) != std::string_view::npos;
    }

    static NodePtr primed(NodePtr base) {
        NodePtr row = make(Kind::row);
        row->parts.push_back(std::move(base));
        row->parts.push_back(symbol("′"));
        return row;
    }

    // `base` is wrapped, once, so that it has places for a lower (1) and an upper (2) script.
    void add_script(NodePtr& base, std::size_t place) {
        if (base->kind != Kind::scripts && base->kind != Kind::limits) {
            NodePtr wrapped = make(Kind::scripts);
            wrapped->parts.resize(3);
            wrapped->name = base->name;
            wrapped->parts[0] = std::move(base);
            base = std::move(wrapped);
        }
        if (base->parts[place]) throw SyntaxError{};
        base->parts[place] = script();
    }

    // After ^ or _: one name or number, a minus before it, or anything in brackets.
    NodePtr script() {
        ++in_script_;
        NodePtr node = script_inside();
        --in_script_;
        return node;
    }
    NodePtr script_inside() {
        if (rest().empty()) throw SyntaxError{};
        const char c = rest()[0];
        if (c == '(' || c == '{') return unfenced(bracket());
        NodePtr row = make(Kind::row);
        if (take("-")) row->parts.push_back(symbol("−"));
        if (take("*")) {
            row->parts.push_back(symbol("*"));
            return row;
        }
        row->parts.push_back(atom());
        return row;
    }

    NodePtr bracket() {
        const char open = text_[at_++];
        const char close = open == '(' ? ')' : open == '[' ? ']' : '}';
        NodePtr fence = make(Kind::fence);
        fence->text = {open, close};
        const int bars_around = std::exchange(in_bars_, 0);
        fence->parts.push_back(relation_list());
        in_bars_ = bars_around;
        if (!take(std::string_view(&close, 1))) throw SyntaxError{};
        return fence;
    }

    NodePtr atom() {
        if (rest().empty()) throw SyntaxError{};
        const char c = rest()[0];
        if (c == '(' || c == '[' || c == '{') return bracket();
        if (opens_bars()) return between_bars();
        if (is_digit(c) || c == '.') return number();
        if (is_letter(c)) return name();
        if (starts_symbol()) {
            const std::size_t length = next_code_point(rest()).length;
            at_ += length;
            NodePtr node = symbol(text_.substr(at_ - length, length));
            if (node->text == "√" && !rest().empty() && rest()[0] == '(') return root();
            if (node->text == "∑" || node->text == "Σ") return limits("∑", true);
            return node;
        }
        throw SyntaxError{};
    }

    NodePtr number() {
        const std::size_t begin = at_;
        while (at_ < text_.size() && (is_digit(text_[at_]) || text_[at_] == '.')) ++at_;
        if (at_ + 1 < text_.size() && text_[at_] == 'e') {
            std::size_t end = at_ + 1;
            if (text_[end] == '-' || text_[end] == '+') ++end;
            if (end < text_.size() && is_digit(text_[end])) {
                while (end < text_.size() && is_digit(text_[end])) ++end;
                at_ = end;
            }
        }
        return symbol(text_.substr(begin, at_ - begin));
    }

    NodePtr root() {
        NodePtr node = make(Kind::root);
        node->parts.push_back(unfenced(bracket()));
        return node;
    }

    NodePtr limits(std::string_view sign, bool big) {
        NodePtr node = make(Kind::limits);
        node->parts.resize(3);
        node->parts[0] = symbol(sign);
        node->parts[0]->scale = big ? 1.5f : 1.0f;
        for (;;) {
            if (take("_"))
                node->parts[1] = script();
            else if (take("^"))
                node->parts[2] = script();
            else
                return node;
        }
    }

    // "max_j x_j" and "max_(j<i) x_j" run over j; "max_norm" and "max_i + 1" are names.
    bool is_limit(std::size_t at) const {
        if (at + 1 >= text_.size() || text_[at] != '_') return false;
        if (text_[at + 1] == '(') return true;
        std::size_t end = at + 2;
        if (end < text_.size() && (is_letter(text_[end]) || is_digit(text_[end]))) return false;
        if (end >= text_.size() || text_[end] != ' ') return false;
        while (end < text_.size() && text_[end] == ' ') ++end;
        return end < text_.size() &&
               (is_letter(text_[end]) || is_digit(text_[end]) || text_[end] == '(');
    }

    // One word with its underscores: "x", "x_ij", "inv_rms", "W_qkv".
    NodePtr name() {
        const std::size_t begin = at_;
        std::size_t end = at_;
        while (end < text_.size() && (is_letter(text_[end]) || is_digit(text_[end]) ||
                                      (text_[end] == '_' && end + 1 < text_.size() &&
                                       (is_letter(text_[end + 1]) || is_digit(text_[end + 1])))))
            ++end;
        const std::string_view word = text_.substr(begin, end - begin);
        const std::size_t under = word.rfind('_');
        const std::string_view head = word.substr(0, word.find('_'));

        if (head == "sqrt" && under == word.npos && end < text_.size() && text_[end] == '(') {
            at_ = end;
            return root();
        }
        if (const auto sign = translated(big_signs, head); !sign.empty()) {
            at_ = begin + head.size();
            return limits(sign, true);
        }
        if (contains(big_words, head) && is_limit(begin + head.size())) {
            at_ = begin + head.size();
            return limits(head, false);
        }
        at_ = end;
        if (under == word.npos) {
            const std::size_t digits = word.find_first_of("0123456789");
            const bool is_greek = !translated(greek, word.substr(0, digits)).empty();
            if (digits != word.npos && is_greek)
                return named(word, word.substr(0, digits), word.substr(digits));
            return named(word, word, "");
        }
        const std::string_view base = word.substr(0, under), lower = word.substr(under + 1);
        if (base.size() == 1 || !translated(greek, base).empty()) {
            const bool index = is_index(base, lower);
            return named(index ? base : word, base, lower);
        }
        // "scores_ij" and "inv_rms_i" are indexed, "max_lr" is not.
        const bool index =
            lower.size() <= 2 && lower.find_first_not_of("abchijknpt0123456789") == lower.npos;
        return index ? named(base, base, lower) : named(word, word, "");
    }

    // x_ij, k_jc and v_t are indexed; d_v, W_q and W_qkv are names of their own.
    static bool is_index(std::string_view base, std::string_view lower) {
        if (base == "d" || base == "n") return false;
        if (base.size() == 1 && base[0] < 'a' && lower.size() == 1 && is_letter(lower[0]) &&
            lower != "i" && lower != "j" && lower != "t")
            return false;
        return std::all_of(lower.begin(), lower.end(), [](char c) {
            return is_digit(c) ||
                   std::string_view("bcehijklmnprst").find(c) != std::string_view::npos;
        });
    }

    NodePtr named(std::string_view name, std::string_view shown, std::string_view lower) {
        std::string_view letter = translated(greek, shown);
        NodePtr base = symbol(letter.empty() ? shown : letter);
        if (!contains(plain_words, name) && !(in_script_ > 0 && name.size() == 1)) {
            base->name = name;
            if (!contains(names, name)) names.emplace_back(name);
        }
        if (lower.empty()) return base;
        NodePtr node = make(Kind::scripts);
        node->name = base->name;
        node->parts.resize(3);
        node->parts[0] = std::move(base);
        node->parts[1] = symbol(lower);
        return node;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    int depth_ = 0, in_script_ = 0, in_bars_ = 0;
};

//--- setting

struct Box {
    float w = 0, up = 0, down = 0;  // above and below the base line
};

constexpr float letter_up = 0.76f, letter_down = 0.25f, axis = 0.34f;

float script_size(float size) { return std::max(size * 0.74f, text_label); }
float inner_size(float size) { return std::max(size * 0.92f, text_label); }

class Setter {
   public:
    using Lit = std::function<bool(std::string_view)>;
    using Ink = std::function<Color(std::string_view)>;
    // Without a canvas to draw on it only measures.
    Setter(const Canvas& measures, Canvas* canvas, const Lit* lit, const Ink* ink = nullptr)
        : measures_(measures),
          canvas_(canvas),
          lit_(lit),
          ink_(ink),
          color_(measures.theme().text) {}

    Box set(const FormulaNode& node, Point at, float size, bool accent = false) {
        const float left = node.left * size, right = node.right * size;
        at.x += left;
        const bool own = lit_ && *lit_ && !node.name.empty() && (*lit_)(node.name);
        const Color outer = color_;
        if (ink_ && *ink_ && !node.name.empty()) color_ = (*ink_)(node.name);
        Box box = inside(node, at, size, accent || own);
        color_ = outer;
        // What is lit stands on a patch too: colour alone would not say it.
        if (canvas_ && own && !in_name_) {
            const Rect patch = Rect{at.x, at.y - box.up, box.w, box.up + box.down}.inset(-2, -1);
            canvas_->rect(patch, measures_.theme().accent.with_alpha(0.16f), 3);
        }
        if (canvas_ && !node.name.empty() && !in_name_) add_region(node.name, at, box);
        box.w += left + right;
        return box;
    }

   private:
    Box inside(const FormulaNode& node, Point at, float size, bool accent) {
        switch (node.kind) {
            case Kind::row:
                return row(node, at, size, accent);
            case Kind::symbol:
                return letters(node, at, size * node.scale, accent);
            case Kind::fraction:
                return fraction(node, at, size, accent);
            case Kind::root:
                return root(node, at, size, accent);
            case Kind::scripts:
                return scripts(node, at, size, accent);
            case Kind::limits:
                return limits(node, at, size, accent);
            case Kind::fence:
                return fence(node, at, size, accent);
        }
        return {};
    }

    Color color(bool accent) const { return accent ? measures_.theme().accent : color_; }

    Box measure(const FormulaNode& node, float size) {
        return Setter(measures_, nullptr, nullptr).set(node, {}, size);
    }

    Box row(const FormulaNode& node, Point at, float size, bool accent) {
        Box box{0, letter_up * size, letter_down * size};
        for (const auto& part : node.parts) {
            const Box b = set(*part, {at.x + box.w, at.y}, size, accent);
            box = {box.w + b.w, std::max(box.up, b.up), std::max(box.down, b.down)};
        }
        return box;
    }

    Box letters(const FormulaNode& node, Point at, float size, bool accent) {
        const TextStyle style{Font::body, size, color(accent)};
        // A big sign hangs around the axis of the letters beside it.
        const float drop = node.scale > 1 ? size * 0.14f : 0;
        if (canvas_) canvas_->text({at.x, at.y + drop - text_base * size}, node.text, style);
        return {measures_.measure(node.text, style).w, letter_up * size - drop,
                letter_down * size + drop};
    }

    Box fraction(const FormulaNode& node, Point at, float size, bool accent) {
        const float inner = inner_size(size), pad = 0.12f * size, gap = 0.16f * size;
        const Box top = measure(*node.parts[0], inner), bottom = measure(*node.parts[1], inner);
        const float w = std::max(top.w, bottom.w) + 2 * pad;
        const float bar = at.y - axis * size;
        const float up = bar - gap - top.down, down = bar + gap + bottom.up;
        if (canvas_) {
            set(*node.parts[0], {at.x + (w - top.w) / 2, up}, inner, accent);
            set(*node.parts[1], {at.x + (w - bottom.w) / 2, down}, inner, accent);
            canvas_->line({at.x, bar}, {at.x + w, bar},
                          {color(accent), std::max(1.0f, size * 0.06f)});
        }
        return {w, at.y - up + top.up, down - at.y + bottom.down};
    }

    Box root(const FormulaNode& node, Point at, float size, bool accent) {
        const Box in = measure(*node.parts[0], size);
        const float hook = 0.62f * size, gap = 0.14f * size, pad = 0.1f * size;
        const float top = at.y - in.up - gap, foot = at.y + in.down * 0.7f;
        if (canvas_) {
            const float w = hook + in.w + pad, step = 0.34f * (foot - top);
            const Stroke stroke{color(accent), std::max(1.0f, size * 0.065f)};
            canvas_->polyline({{at.x + 0.04f * size, foot - step},
                               {at.x + 0.16f * size, foot - step - 0.08f * size},
                               {at.x + 0.32f * size, foot},
                               {at.x + 0.54f * size, top},
                               {at.x + w, top}},
                              stroke);
            set(*node.parts[0], {at.x + hook, at.y}, size, accent);
        }
        return {hook + in.w + pad, in.up + gap + 0.08f * size, in.down};
    }

    Box scripts(const FormulaNode& node, Point at, float size, bool accent) {
        const bool outer = in_name_;
        in_name_ = in_name_ || !node.name.empty();
        const Box base = set(*node.parts[0], at, size, accent);
        const float small = script_size(size), x = at.x + base.w + 0.03f * size;
        const bool both = node.parts[1] && node.parts[2];  // further apart, not to touch
        Box box = base;
        float widest = 0;
        if (node.parts[1]) {
            const float drop = std::max((both ? 0.34f : 0.24f) * size, base.down - 0.1f * size);
            const Box b = set(*node.parts[1], {x, at.y + drop}, small, accent);
            widest = b.w;
            box.down = std::max(box.down, drop + b.down);
        }
        in_name_ = outer;
        if (node.parts[2]) {
            const float lift = std::max((both ? 0.48f : 0.38f) * size, base.up - 0.42f * size);
            const Box b = set(*node.parts[2], {x, at.y - lift}, small, accent);
            widest = std::max(widest, b.w);
            box.up = std::max(box.up, lift + b.up);
        }
        box.w = base.w + 0.03f * size + widest;
        return box;
    }

    Box limits(const FormulaNode& node, Point at, float size, bool accent) {
        const float small = script_size(size);
        const Box sign = measure(*node.parts[0], size);
        const Box lower = node.parts[1] ? measure(*node.parts[1], small) : Box{};
        const Box upper = node.parts[2] ? measure(*node.parts[2], small) : Box{};
        const float w = std::max({sign.w, lower.w, upper.w}), gap = 0.04f * size;
        Box box{w, sign.up, sign.down};
        if (canvas_) set(*node.parts[0], {at.x + (w - sign.w) / 2, at.y}, size, accent);
        if (node.parts[1]) {
            const float y = at.y + sign.down + gap + lower.up * 0.9f;
            if (canvas_) set(*node.parts[1], {at.x + (w - lower.w) / 2, y}, small, accent);
            box.down = y - at.y + lower.down;
        }
        if (node.parts[2]) {
            const float y = at.y - sign.up - gap - upper.down;
            if (canvas_) set(*node.parts[2], {at.x + (w - upper.w) / 2, y}, small, accent);
            box.up = at.y - y + upper.up;
        }
        return box;
    }

    Box fence(const FormulaNode& node, Point at, float size, bool accent) {
        const Box in = measure(*node.parts[0], size);
        const bool tall = in.up + in.down > 1.5f * size && node.text != "{}";
        const float side = (tall ? 0.36f : 0.0f) * size;
        const TextStyle style{Font::body, size, color(accent)};
        const float plain = measures_.measure(node.text.substr(0, 1), style).w;
        const float w = tall ? side : plain;
        if (canvas_) {
            set(*node.parts[0], {at.x + w, at.y}, size, accent);
            if (tall) {
                bracket(node.text[0], at.x + w - 0.08f * size, at.y, in, size, -1, accent);
                bracket(node.text[1], at.x + w + in.w + 0.08f * size, at.y, in, size, 1, accent);
            } else {
                const float y = at.y - text_base * size;
                canvas_->text({at.x, y}, node.text.substr(0, 1), style);
                canvas_->text({at.x + w + in.w, y}, node.text.substr(1), style);
            }
        }
        return {in.w + 2 * w, in.up, in.down};
    }

    // A bracket as high as what it holds; `side` -1 opens, 1 closes.
    void bracket(char what, float x, float base, const Box& in, float size, float side,
                 bool accent) {
        const float top = base - in.up, bottom = base + in.down, deep = 0.2f * size;
        std::vector<Point> points;
        if (what == '[' || what == ']') {
            points = {{x, top}, {x + side * deep, top}, {x + side * deep, bottom}, {x, bottom}};
        } else {
            for (int i = 0; i <= 16; ++i) {
                const float s = float(i) / 16;
                points.push_back(
                    {x + side * deep * std::sin(s * 3.14159265f), top + (bottom - top) * s});
            }
        }
        canvas_->polyline(std::move(points), {color(accent), std::max(1.0f, size * 0.07f)});
    }

    void add_region(const std::string& name, Point at, const Box& box) {
        std::string id = "formula." + name;
        int count = 1;
        for (const Region& region : canvas_->regions())
            if (region.id == id || region.id.starts_with(id + "#")) ++count;
        if (count > 1) id += "#" + std::to_string(count);
        Region region;
        region.id = id;
        region.box = Rect{at.x, at.y - box.up, box.w, box.up + box.down}.inset(-2);
        canvas_->region(std::move(region));
    }

    const Canvas& measures_;
    Canvas* canvas_;
    const Lit* lit_;
    const Ink* ink_;
    Color color_;
    bool in_name_ = false;
};

}  // namespace

Formula::Formula(std::string_view line) : line_(trim(line)) {
    if (line_.size() > 400) return;
    Reader reader(line_);
    try {
        root_ = reader.read();
        parsed_ = true;
        names_ = std::move(reader.names);
    } catch (const SyntaxError&) {
        root_.reset();
    }
}

Formula::Formula(std::unique_ptr<FormulaNode> root) : root_(std::move(root)), parsed_(true) {}

Formula::~Formula() = default;
Formula::Formula(Formula&&) noexcept = default;
Formula& Formula::operator=(Formula&&) noexcept = default;

Size Formula::measure(const Canvas& c, float size) const {
    if (!root_) return c.measure(line_, {Font::mono, std::max(size * 0.875f, text_label), {}});
    const Box box = Setter(c, nullptr, nullptr).set(*root_, {}, size);
    return {box.w, box.up + box.down};
}

void Formula::draw(Canvas& c, Point at, float size,
                   const std::function<bool(std::string_view)>& lit,
                   const std::function<Color(std::string_view)>& ink) const {
    if (!root_) {
        c.text(at, line_, {Font::mono, std::max(size * 0.875f, text_label), c.theme().text});
        return;
    }
    const Box box = Setter(c, nullptr, nullptr).set(*root_, {}, size);
    Setter(c, &c, &lit, &ink).set(*root_, {at.x, at.y + box.up}, size);
}

}  // namespace orrery::viz
