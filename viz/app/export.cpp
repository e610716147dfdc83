#include "viz/app/export.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/text.hpp"
#include "core/tensor/npy.hpp"
#include "core/tensor/safetensors.hpp"
#include "viz/app/catalogue.hpp"
#include "viz/app/compare.hpp"
#include "viz/app/shot.hpp"
#include "viz/kit/format.hpp"

namespace orrery::viz {
namespace {

std::string free_path(std::string stem, const std::string& ending) {
    for (char& c : stem)
        if (c == '/' || c == '.' || c == ':') c = '-';
    std::string path = "orrery-" + stem + "." + ending;
    for (int n = 2; std::filesystem::exists(path) && n < 1000; ++n)
        path = "orrery-" + stem + "-" + std::to_string(n) + "." + ending;
    return path;
}

std::string bytes_as(const std::string& kind, const Tensor& tensor) {
    return kind == "csv" ? to_csv(tensor) : to_npy(tensor);
}

Safetensors stored(const Trace& trace, const std::string& only) {
    Safetensors file;
    for (const Entry& entry : trace.entries())
        if (only.empty() || entry.name == only)
            file.tensors[entry.name] = {entry.tensor, entry.kind};
    return file;
}

}  // namespace

double cell_value(const Tensor& tensor, const Selection& s) {
    const std::size_t cols = tensor.cols(), height = tensor.rank() < 2 ? 1 : tensor.dim(-2);
    const auto row = std::size_t(std::max(s.row, 0)), col = std::size_t(std::max(s.col, 0)),
               slice = std::size_t(std::max(s.head, 0));
    const std::size_t at = (slice * height + row) * cols + col;
    if (row >= height || col >= cols || at >= tensor.size())
        return std::numeric_limits<double>::quiet_NaN();
    return double(tensor.flat()[at]);
}

std::string to_csv(const Tensor& tensor) {
    std::string text;
    for (std::size_t i = 0; i < tensor.rows(); ++i) {
        const auto row = tensor.row(i);
        for (std::size_t j = 0; j < row.size(); ++j)
            text += (j ? "," : "") + number_text(double(row[j]));
        text += '\n';
    }
    return text;
}

std::string to_npy(const Tensor& tensor) { return npy_bytes(tensor); }

std::string export_tensor(const Trace& trace, const std::string& kind, const std::string& name,
                          const std::string& given) {
    if (kind != "csv" && kind != "npy" && kind != "safetensors")
        throw ValueError("export: is \"" + kind + "\", wanted csv, npy or safetensors");
    const Tensor& tensor = trace[name];
    const std::string path = given.empty() ? free_path(name, kind) : given;
    write_file(path,
               kind == "safetensors" ? to_bytes(stored(trace, name)) : bytes_as(kind, tensor));
    return path;
}

std::string export_picture(const Session& session, const std::string& kind,
                           const std::string& given) {
    const Trace& trace = *session.shown().trace;
    if (kind == "csv" || kind == "npy") {
        const Selection at = session.hover.empty() ? session.lock : session.hover;
        std::string name = at.tensor;
        if (name.empty() && !trace.entries().empty()) name = trace.entries().back().name;
        return export_tensor(trace, kind, name, given);
    }
    const std::string path = given.empty() ? free_path(session.component(), kind) : given;
    if (kind == "safetensors") {
        Safetensors file = stored(trace, "");
        file.metadata["link"] = session.link_text();
        write_file(path, to_bytes(file));
    } else if (kind == "png" || kind == "svg") {
        ShotOptions options;
        options.footer = true;
        options.scale = 2;
        const Canvas canvas = shot_of(session, options);
        write_canvas(canvas, path, options.scale, session.link_text());
    } else {
        throw ValueError("export: is \"" + kind + "\", wanted png, svg, csv, npy or safetensors");
    }
    return path;
}

std::string describe(const Session& session) {
    const OpenPanel* panel = session.panel();
    if (!panel || !session.shown().trace) return "";
    const Trace& trace = *session.shown().trace;
    const View view = session.view({1280, 720});
    std::string text = title_of(session.settings.language, session.component()) + "\n";
    if (const auto& words = panel->declaration.words()) text += words(trace, view) + "\n";
    for (const auto& fact : panel->declaration.facts()) {
        const FactValue value = fact.read(trace, session.shown().knobs);
        const std::string* name =
            find_string(session.settings.language, panel->id, "fact." + fact.name);
        text += (name ? *name : fact.name) + " " +
                (value.is_text ? value.text : format_value(value.number)) + "\n";
    }
    for (const Entry& entry : trace.entries()) {
        float low = std::numeric_limits<float>::infinity(), high = -low;
        double sum = 0;
        for (const float v : entry.tensor.flat())
            low = std::min(low, v), high = std::max(high, v), sum += double(v);
        text += entry.name + " " + orrery::to_string(entry.tensor.shape());
        if (entry.tensor.size() > 0)
            text += session.say("describe.range",
                                {{"low", format_value(double(low))},
                                 {"high", format_value(double(high))},
                                 {"mean", format_value(sum / double(entry.tensor.size()))}});
        text += "\n";
    }
    return text + compare_words(session);
}

}  // namespace orrery::viz
