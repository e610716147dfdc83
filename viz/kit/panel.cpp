#include "viz/kit/panel.hpp"

#include <cmath>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "viz/kit/format.hpp"

namespace orrery::viz {

Canvas draw_panel(const Panel& panel, const Declaration& d, const Trace& trace, const View& view) {
    const bool fits = view.compact || view.size.h <= 0;
    const float k = fits ? 1 : shrink(view.size, {0, d.least_height()});
    View laid_out = view;
    laid_out.size = {view.size.w / k, view.size.h / k};
    Canvas c(laid_out.size, view.dark, view.high_contrast);
    panel.draw(c, trace, laid_out);
    if (k == 1) return c;
    Canvas smaller(view.size, view.dark, view.high_contrast);
    smaller.embed(c, {0, 0, view.size.w, view.size.h}, k);
    return smaller;
}

// ---- inputs

const Tensor& Inputs::operator[](std::string_view name) const {
    const auto found = tensors_.find(name);
    if (found == tensors_.end())
        throw ValueError("input " + std::string(name) + ": the panel declares none of that name");
    return found->second;
}

const Tensor* Inputs::find(std::string_view name) const {
    const auto found = tensors_.find(name);
    return found == tensors_.end() ? nullptr : &found->second;
}

void Inputs::set(std::string_view name, Tensor tensor) {
    tensors_.insert_or_assign(std::string(name), std::move(tensor));
}

void Inputs::set_workspace(std::shared_ptr<const Workspace> workspace) {
    workspace_ = std::move(workspace);
}

const Job& Inputs::require_job() const {
    if (!job_) throw ValueError("panel: no job is running, wanted one (train to a step first)");
    return *job_;
}

// ---- declaration

Knob& Declaration::add(Knob knob) {
    for (const Knob& other : knobs_)
        if (other.name == knob.name) throw ValueError("knob " + knob.name + ": declared twice");
    knobs_.push_back(std::move(knob));
    return knobs_.back();
}

Knob& Declaration::knob(std::string name, int value, int low, int high) {
    Knob knob;
    knob.name = std::move(name), knob.type = Knob::Type::integer;
    knob.number = value, knob.low = low, knob.high = high;
    return add(std::move(knob));
}

Knob& Declaration::knob(std::string name, float value, float low, float high, Scale scale) {
    Knob knob;
    knob.name = std::move(name), knob.type = Knob::Type::real, knob.scale = scale;
    knob.number = double(value), knob.low = double(low), knob.high = double(high);
    return add(std::move(knob));
}

Knob& Declaration::knob(std::string name, bool value) {
    Knob knob;
    knob.name = std::move(name), knob.type = Knob::Type::toggle;
    knob.number = value, knob.high = 1;
    return add(std::move(knob));
}

Knob& Declaration::knob(std::string name, std::string value, std::vector<std::string> choices) {
    Knob knob;
    knob.name = std::move(name), knob.type = Knob::Type::choice;
    knob.word = std::move(value), knob.choices = std::move(choices);
    return add(std::move(knob));
}

Knob& Declaration::text_knob(std::string name, std::string value, std::size_t max_bytes) {
    Knob knob;
    knob.name = std::move(name), knob.type = Knob::Type::text;
    knob.word = std::move(value), knob.max_bytes = max_bytes;
    return add(std::move(knob));
}

void Declaration::input(std::string name, Source made_up, bool editable) {
    inputs_.push_back({std::move(name), std::move(made_up), editable});
    if (!editable) return;
    for (const Knob& knob : knobs_)
        if (knob.name == "edits") return;
    text_knob("edits", "", 65536);
}

void Declaration::optional_input(std::string name) {
    inputs_.push_back({std::move(name), {}, false});
}
void Declaration::output(std::string name) { outputs_.push_back(std::move(name)); }
void Declaration::uses_text(std::string default_text) {
    reads_text_ = true, default_text_ = std::move(default_text);
}
void Declaration::uses_tokenizer() { reads_tokenizer_ = true; }
void Declaration::uses_model() { reads_model_ = true; }
void Declaration::fact(std::string name, FactOf read) {
    facts_.push_back({std::move(name), std::move(read)});
}
void Declaration::role(std::string tensor, Role role) {
    roles_.emplace_back(std::move(tensor), role);
}

Role Declaration::role_of(std::string_view tensor) const {
    for (const auto& [name, role] : roles_)
        if (name == tensor) return role;
    return Role::neutral;
}

void Declaration::explain(std::string tensor, Explain explain) {
    explains_.emplace_back(std::move(tensor), std::move(explain));
}
void Declaration::least_height(float height) { least_height_ = height; }
void Declaration::length(std::function<double(const Trace&)> events) {
    length_ = std::move(events);
}
void Declaration::describe(std::function<std::string(const Trace&, const View&)> words) {
    describe_ = std::move(words);
}
void Declaration::preset(std::string name,
                         std::vector<std::pair<std::string, std::string>> values) {
    presets_.push_back({std::move(name), std::move(values)});
}
void Declaration::job(MakeJob make, std::size_t opening_steps) {
    make_job_ = std::move(make);
    opening_steps_ = opening_steps;
}

const Declaration::Explain* Declaration::find_explain(std::string_view tensor) const {
    for (const auto& [name, function] : explains_)
        if (name == tensor) return &function;
    return nullptr;
}

// ---- what every panel shares

// Applies "q.0.3=1.5;k.1.0=-2": tensor name, an index for each axis, the new number. Parts that name no
// element (an edit made before the tensor shrank) change nothing.
static void apply_edits(std::string_view edits, std::string_view name, Tensor& tensor) {
    for (const std::string& edit : split(edits, ';')) {
        const auto sides = split(edit, '=');
        double value = 0;
        if (sides.size() != 2 || !parse_number(sides[1], value)) continue;
        auto words = split(sides[0], '.');
        // In a picture a vector is one row
        if (tensor.rank() == 1 && words.size() == 3 && words[1] == "0")
            words.erase(words.begin() + 1);
        if (words.size() != tensor.rank() + 1 || words[0] != name) continue;
        std::size_t offset = 0;
        bool inside = true;
        for (std::size_t axis = 0; axis < tensor.rank() && inside; ++axis) {
            long long at = 0;
            inside = parse_integer(words[axis + 1], at) && at >= 0 &&
                     std::size_t(at) < tensor.shape()[axis];
            if (inside) offset = offset * tensor.shape()[axis] + std::size_t(at);
        }
        if (inside) tensor.flat()[offset] = float(value);
    }
}

Inputs resolve_inputs(const Declaration& d, const Knobs& knobs,
                      std::shared_ptr<const Workspace> workspace, const Tensors& given) {
    Inputs in;
    if (!workspace) workspace = std::make_shared<Workspace>();
    for (const auto& input : d.inputs()) {
        const auto found = given.find(input.name);
        if (found == given.end() && !input.made_up) continue;
        Tensor tensor = found != given.end() ? found->second : input.made_up(knobs, *workspace);
        if (input.editable && !knobs.text("edits").empty())
            apply_edits(knobs.text("edits"), input.name, tensor);
        in.set(input.name, std::move(tensor));
    }
    in.set_workspace(std::move(workspace));
    return in;
}

Explanation explain(const Declaration& d, const Trace& trace, const View& view,
                    const Selection& selection) {
    if (!selection.is_cell() || !trace.find(selection.tensor)) return {};
    if (const auto* function = d.find_explain(selection.tensor))
        return (*function)(trace, view, selection);
    return {};
}

}  // namespace orrery::viz
