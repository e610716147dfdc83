#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "core/tensor/safetensors.hpp"
#include "viz/app/component_commands.hpp"
#include "viz/kit/format.hpp"
#include "viz/kit/registry.hpp"

namespace orrery::viz {
namespace {

constexpr std::string_view grad_prefix = "grad.";

bool is_output(const Declaration& d, std::string_view name) {
    for (const auto& output : d.outputs())
        if (output == name) return true;
    return false;
}

bool is_input(const Declaration& d, std::string_view name) {
    for (const auto& input : d.inputs())
        if (input.name == name) return true;
    return false;
}

void set_knobs(Knobs& knobs, const std::vector<std::string>& settings) {
    for (const std::string& setting : settings) {
        const std::size_t equals = setting.find('=');
        if (equals == std::string::npos)
            throw ValueError("--set " + setting + ": has no =, wanted name=value");
        knobs.set(setting.substr(0, equals), setting.substr(equals + 1));
    }
}

// Sorts the tensors of a file into inputs and incoming gradients.
void read_given(const std::string& path, const Declaration& d, Tensors& given, Tensors& grads) {
    for (auto& [name, stored] : read_safetensors(path).tensors) {
        if (is_input(d, name))
            given.insert_or_assign(name, stored.tensor);
        else if (name.starts_with(grad_prefix) && is_output(d, name.substr(grad_prefix.size())))
            grads.insert_or_assign(name.substr(grad_prefix.size()), stored.tensor);
        else {
            std::string wanted;
            for (const auto& input : d.inputs()) wanted += " " + input.name;
            for (const auto& output : d.outputs()) wanted += " grad." + output;
            throw FormatError(path, name, "the component takes no such tensor, wanted" + wanted);
        }
    }
}

}  // namespace

int run_command(const RunOptions& options) {
    const RegisteredPanel* found = find_panel(options.component);
    if (!found)
        throw ValueError(options.component +
                         ": no component of that name: see them all with `orrery list`");
    const Panel panel = found->make();
    if (!panel.compute)
        throw ValueError(options.component +
                         ": cannot be run on tensors: `orrery show` says which command it has");
    Declaration d;
    panel.declare(d);
    if (d.make_job())
        throw ValueError(options.component + ": is long work in steps: use `orrery train`");
    Knobs knobs(d.knobs());
    set_knobs(knobs, options.set);
    knobs.set_seed(options.seed);

    Tensors given, grads;
    if (!options.in.empty()) read_given(options.in, d, given, grads);
    auto workspace = std::make_shared<Workspace>();
    workspace->text = d.default_text();
    const Inputs in = resolve_inputs(d, knobs, workspace, given);

    Trace trace;
    const auto start = std::chrono::steady_clock::now();
    panel.compute(knobs, in, trace);
    const double ms =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();

    Safetensors out;
    for (const auto& name : d.outputs()) {
        const Entry* entry = trace.find(name);
        if (!entry)
            throw Error(options.component + ": declares the output " + name +
                        " and did not compute it: this is a fault of the panel");
        out.tensors[name] = {entry->tensor, entry->kind};
    }
    if (!grads.empty()) {
        if (!trace.backward())
            throw ValueError(options.component + ": has no gradient: leave out the grad. tensors");
        for (const auto& [name, grad] : grads)
            require_shape(options.component.c_str(), ("grad." + name).c_str(), grad,
                          trace[name].shape());
        for (auto& [name, grad] : trace.backward()(grads))
            out.tensors[std::string(grad_prefix) + name] = {grad};
    }
    out.metadata["component"] = options.component;
    out.metadata["seed"] = std::to_string(options.seed);
    if (!options.out.empty()) write_safetensors(options.out, out);
    if (!options.trace.empty()) {
        Safetensors file;
        file.metadata = out.metadata;
        for (const Entry& entry : trace.entries())
            file.tensors[entry.name] = {entry.tensor, entry.kind};
        write_safetensors(options.trace, file);
    }

    nlohmann::json document{{"component", options.component}, {"milliseconds", ms}};
    for (const auto& [name, stored] : out.tensors)
        document["tensors"][name] = stored.tensor.shape();
    for (const auto& fact : d.facts()) {
        const FactValue value = fact.read(trace, knobs);
        if (value.is_text)
            document["facts"][fact.name] = value.text;
        else
            document["facts"][fact.name] = value.number;
    }
    if (options.cost)
        document["cost"] = {{"flops", trace.cost().flops}, {"bytes", trace.cost().bytes}};
    if (options.json) {
        std::printf("%s\n",
                    document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
        return 0;
    }
    for (const auto& [name, stored] : out.tensors)
        std::printf("%-24s %s\n", name.c_str(), orrery::to_string(stored.tensor.shape()).c_str());
    for (const auto& fact : d.facts()) {
        const FactValue value = fact.read(trace, knobs);
        std::printf("%-24s %s\n", fact.name.c_str(),
                    value.is_text ? value.text.c_str() : format_value(value.number).c_str());
    }
    if (options.cost)
        std::printf("%-24s %s floating-point operations, %s moved\n", "cost",
                    format_count(trace.cost().flops).c_str(),
                    format_bytes(trace.cost().bytes).c_str());
    return 0;
}

}  // namespace orrery::viz
