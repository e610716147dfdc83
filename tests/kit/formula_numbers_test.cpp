#include "viz/kit/formula_numbers.hpp"

#include <cmath>
#include <random>

#include "core/base/text.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/panel.hpp"
#include "viz/app/export.hpp"
#include "viz/kit/format.hpp"

using namespace orrery;
using namespace orrery::viz;

namespace {

// The test's own arithmetic: + − · / ( ) sqrt exp, numbers, ^( ). NaN where there is more.
struct Sum {
    std::string text;
    std::size_t at = 0;
    void blanks() {
        while (at < text.size() && text[at] == ' ') ++at;
    }
    bool take(std::string_view word) {
        blanks();
        if (!std::string_view(text).substr(at).starts_with(word)) return false;
        at += word.size();
        return true;
    }
    double whole() {
        const double v = sum();
        blanks();
        return at == text.size() ? v : NAN;
    }
    double sum() {
        double v = take("−") ? -product() : product();
        for (;;) {
            if (take("+"))
                v += product();
            else if (take("−"))
                v -= product();
            else
                return v;
        }
    }
    double product() {
        double v = power();
        for (;;) {
            if (take("·"))
                v *= power();
            else if (take("/"))
                v /= power();
            else
                return v;
        }
    }
    double power() {
        const double base = atom();
        return take("^") ? std::pow(base, atom()) : base;
    }
    double atom() {
        blanks();
        if (take("sqrt(")) return std::sqrt(closed());
        if (take("exp(")) return std::exp(closed());
        if (take("(")) return closed();
        const std::size_t begin = at;
        std::string digits;
        if (take("−")) digits = "-";
        while (at < text.size()) {
            if (std::isdigit(static_cast<unsigned char>(text[at])) || text[at] == '.')
                digits += text[at++];
            else if (text[at] == 'e') {
                digits += text[at++];
                if (std::string_view(text).substr(at).starts_with("−"))
                    digits += '-', at += std::string_view("−").size();
            } else
                break;
        }
        double v = 0;
        return at > begin && parse_number(digits, v) ? v : NAN;
    }
    double closed() {
        const double v = sum();
        return take(")") ? v : NAN;
    }
};

double worked(std::string text) {
    if (const auto at = text.rfind("="); at != text.npos) text = text.substr(at + 1);
    return Sum{std::string(trim(text))}.whole();
}

struct AtWork {
    test::PanelAtWork panel;
    FormulaSource source;
    explicit AtWork(std::string_view id) : panel(id) {
        panel.compute();
        source.header = find_header(id);
        source.trace = &panel.trace();
        source.inputs = &panel.inputs().tensors();
        source.knobs = &panel.knobs;
        source.cell = cell_value;
    }
    std::optional<NumberedLine> line(std::size_t i, const Selection& at, int terms = 99) const {
        return with_numbers(Formula(source.header->formula[i]), source, at, terms);
    }
};

Selection cell(std::string name, int row, int col) {
    Selection s;
    s.tensor = std::move(name), s.row = row, s.col = col;
    return s;
}

// Each line that speaks of the cell evaluates to the number it ends in.
void check_cells(std::string_view id, const std::vector<std::string>& names, int wanted) {
    const AtWork work(id);
    std::mt19937 random(7);
    int lines = 0;
    for (const std::string& name : names) {
        const Tensor& tensor = work.panel.trace()[name];
        for (int n = 0; n < 12; ++n) {
            const Selection at =
                cell(name, int(random() % tensor.rows()), int(random() % tensor.cols()));
            for (std::size_t i = 0; i < work.source.header->formula.size(); ++i) {
                const auto line = work.line(i, at);
                if (!line || line->rows.size() < 2) continue;
                ++lines;
                CAPTURE(id, name, at.row, at.col, line->plain);
                const double last = worked(line->plain.back());
                if (!std::isfinite(last)) continue;
                CHECK_FALSE(line->differs);
                for (std::size_t r = 0; r + 1 < line->plain.size(); ++r)
                    CHECK_THAT(worked(line->plain[r]),
                               Catch::Matchers::WithinAbs(last, 4e-3 * (1 + std::abs(last))));
            }
        }
    }
    CHECK(lines >= wanted);
}

}  // namespace

TEST_CASE("formula numbers: LayerNorm's lines come to what the trace holds", "[kit][formula]") {
    check_cells("norm/layer_norm", {"y", "unit", "x", "mean", "variance"}, 60);
}

TEST_CASE("formula numbers: attention's lines come to what the trace holds", "[kit][formula]") {
    check_cells("attention/scaled_dot_product", {"scores", "scaled", "weights", "out"}, 60);
}

TEST_CASE("formula numbers: each number is the cell its name means", "[kit][formula]") {
    const AtWork work("norm/layer_norm");
    const Trace& t = work.panel.trace();
    const auto line = work.line(2, cell("y", 1, 2));
    REQUIRE(line);
    const auto shown = [&](const char* name, int row, int col) {
        return format_value(cell_value(t[name], cell(name, row, col)));
    };
    const std::string& text = line->plain[0];
    CAPTURE(text);
    for (const auto& number : {shown("x", 1, 2), shown("mean", 1, 0), shown("variance", 1, 0),
                               shown("gain", 0, 2), shown("bias", 0, 2)})
        CHECK(text.find(number) != text.npos);
    CHECK(line->plain.back().find(shown("y", 1, 2)) != std::string::npos);

    const AtWork dots("attention/scaled_dot_product");
    const Trace& d = dots.panel.trace();
    const auto scores = dots.line(0, cell("scores", 1, 2));
    REQUIRE(scores);
    CAPTURE(scores->plain);
    for (int c = 0; c < int(d["q"].cols()); ++c) {
        CHECK(scores->plain[0].find(format_value(cell_value(d["q"], cell("q", 1, c)))) !=
              std::string::npos);
        CHECK(scores->plain[0].find(format_value(cell_value(d["k"], cell("k", 2, c)))) !=
              std::string::npos);
    }
    //: another cell, other numbers
    CHECK(dots.line(0, cell("scores", 2, 1))->plain[0] != scores->plain[0]);
}

TEST_CASE("formula numbers: a long sum shows its first terms, and its total", "[kit][formula]") {
    const AtWork work("norm/layer_norm");
    const auto line = work.line(0, cell("y", 0, 0), 2);
    REQUIRE(line);
    REQUIRE(line->rows.size() == 3);
    CAPTURE(line->plain);
    CHECK(line->plain[0].find("…") != std::string::npos);
    CHECK_THAT(worked(line->plain[1]), Catch::Matchers::WithinAbs(worked(line->plain[2]), 1e-3));
}

TEST_CASE("formula numbers: says so when the run does otherwise", "[kit][formula]") {
    AtWork work("attention/scaled_dot_product");
    work.panel.knobs.set("scaled", "false");
    work.panel.compute();
    work.source.trace = &work.panel.trace();
    const auto line = work.line(1, cell("scaled", 1, 1));
    REQUIRE(line);
    CHECK(line->differs);
    CHECK(line->plain.back().find("≠") != std::string::npos);
}

TEST_CASE("formula numbers: what has no number keeps its symbol", "[kit][formula]") {
    const AtWork work("norm/layer_norm");
    const auto line =
        with_numbers(Formula("y_j = gain_j * nothing_j + bias_j"), work.source, cell("y", 0, 1), 3);
    REQUIRE(line);
    CHECK(line->plain[0].find("nothing") != std::string::npos);
    CHECK_FALSE(line->differs);
    CHECK_FALSE(with_numbers(Formula("a = b + c"), work.source, cell("y", 0, 1), 3));
}
