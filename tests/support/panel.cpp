#include "tests/support/panel.hpp"

#include <cmath>
#include <stdexcept>

#include "core/base/text.hpp"
#include "viz/app/workspace.hpp"
#include "viz/kit/registry.hpp"

namespace orrery::test {

using namespace viz;

static Panel find(std::string_view id) {
    const RegisteredPanel* found = find_panel(id);
    if (!found) throw std::runtime_error("no panel " + std::string(id));
    return found->make();
}

PanelAtWork::PanelAtWork(std::string_view id) : panel(find(id)), id_(id) {
    panel.declare(declaration);
    knobs = Knobs(declaration.knobs());
    workspace_ = make_workspace(declaration.default_text(),
                                declaration.reads_tokenizer() ? "char" : "words");
}

PanelAtWork::PanelAtWork(std::string_view id, const std::string& text) : PanelAtWork(id) {
    workspace_ = make_workspace(text, declaration.reads_tokenizer() ? "char" : "words");
}

void PanelAtWork::compute() {
    inputs_ = resolve_inputs(declaration, knobs, workspace_, given);
    if (declaration.make_job()) {
        job_ = declaration.make_job()(knobs, inputs_);
        inputs_.set_job(job_.get());
    }
    trace_ = std::make_unique<Trace>();
    panel.compute(knobs, inputs_, *trace_);
}

FactValue PanelAtWork::fact(std::string_view name) const {
    for (const auto& fact : declaration.facts())
        if (fact.name == name) return fact.read(*trace_, knobs);
    throw std::runtime_error(id_ + " has no fact " + std::string(name));
}

double PanelAtWork::length() const {
    return declaration.length_of() ? declaration.length_of()(*trace_) : 0;
}

View PanelAtWork::view() const {
    View v;
    v.size = {880, 500};
    v.knobs = knobs;
    v.component = id_;
    if (trace_) v.t = length();
    return v;
}

Canvas PanelAtWork::draw(const View& view) const {
    if (!panel.draw) return Canvas(view.size, view.dark);
    return draw_panel(panel, declaration, *trace_, view);
}

PanelAtWork computed(std::string_view id, const KnobValues& knobs) {
    PanelAtWork p(id);
    for (const auto& [name, value] : knobs) p.knobs.set(name, value);
    p.compute();
    return p;
}

std::vector<std::string> texts_on(const Canvas& canvas) {
    std::vector<std::string> texts;
    for (const Command& command : canvas.commands())
        if (const auto* text = std::get_if<DrawText>(&command.what)) texts.push_back(text->text);
    return texts;
}

bool says(const Canvas& canvas, std::string_view words) {
    std::string all;
    for (const std::string& text : texts_on(canvas)) all += text + " ";
    return all.find(words) != std::string::npos;
}

const DrawText* find_text(const Canvas& canvas, std::string_view words) {
    for (const Command& command : canvas.commands())
        if (const auto* text = std::get_if<DrawText>(&command.what); text && text->text == words)
            return text;
    return nullptr;
}

std::vector<NumberedCell> numbered_cells(const Canvas& canvas) {
    std::vector<NumberedCell> cells;
    for (const Command& command : canvas.commands()) {
        const auto* text = std::get_if<DrawText>(&command.what);
        if (!text || text->text.empty()) continue;
        // Words and names over a matrix are no cells.
        if (text->text.find_first_of("0123456789") == std::string::npos) continue;
        for (const Region& region : canvas.regions())
            if (region.kind == Region::Kind::cells && region.box.contains(text->box.centre())) {
                const Selection at = cell_at(region, text->box.centre());
                if (at.is_cell()) cells.push_back({at, text->text});
            }
    }
    return cells;
}

bool reads_as(std::string_view text, double value) {
    if (text == "NaN") return std::isnan(value);
    if (text == "+∞" || text == "−∞") return std::isinf(value) && (value > 0) == (text == "+∞");
    if (text == "≈0" || text == "+0" || text == "−0") return std::abs(value) < 1;
    // A real minus sign for a hyphen; ".3" for "0.3"; "1e−5" for 1e-5.
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text.substr(i).starts_with("−")) {
            plain += '-';
            i += std::string_view("−").size() - 1;
        } else {
            plain += text[i];
        }
    }
    const std::size_t dot = plain.find('.');
    if (dot != std::string::npos && (dot == 0 || plain[dot - 1] == '-')) plain.insert(dot, "0");
    double read = 0;
    if (!parse_number(plain, read)) return false;
    // Half a unit of the last digit shown.
    const std::size_t e = plain.find('e');
    const std::string mantissa = plain.substr(0, e);
    const std::size_t point = mantissa.find('.');
    const double decimals = point == std::string::npos ? 0 : double(mantissa.size() - point - 1);
    double unit = std::pow(10.0, -decimals);
    if (e != std::string::npos) {
        double power = 0;
        parse_number(plain.substr(e + 1), power);
        unit *= std::pow(10.0, power);
    }
    return std::abs(read - value) <= 0.5001 * unit;
}

}  // namespace orrery::test
