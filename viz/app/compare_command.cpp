#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "core/tensor/safetensors.hpp"
#include "viz/app/component_commands.hpp"

namespace orrery::viz {
namespace {

struct Difference {
    double absolute = 0, relative = 0;  // the largest of each; infinity where only one is NaN
    long long first = -1;               // flat index of the first element outside the tolerance
};

Difference difference(const Tensor& a, const Tensor& b, double atol, double rtol) {
    Difference d;
    const auto x = a.flat(), y = b.flat();
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double p = double(x[i]), q = double(y[i]);
        if (p == q || (std::isnan(p) && std::isnan(q))) continue;
        const double gap = std::isnan(p - q) ? INFINITY : std::abs(p - q);
        d.absolute = std::max(d.absolute, gap);
        d.relative = std::max(d.relative, q == 0 ? INFINITY : gap / std::abs(q));
        if (d.first < 0 && !(gap <= atol + rtol * std::abs(q))) d.first = (long long)(i);
    }
    return d;
}

// "[1, 0, 3]" of a flat index.
std::string index_text(std::size_t flat, const Shape& shape) {
    Shape index(shape.size());
    for (std::size_t axis = shape.size(); axis-- > 0;) {
        index[axis] = flat % shape[axis];
        flat /= shape[axis];
    }
    return to_string(index);
}

nlohmann::json number(double value) {
    if (std::isfinite(value)) return value;
    return std::isnan(value) ? "nan" : "inf";
}

}  // namespace

int compare_command(const CompareOptions& options) {
    const auto a = read_safetensors(options.a).tensors, b = read_safetensors(options.b).tensors;
    std::map<std::string, std::string> renamed;
    for (const std::string& pair : options.map) {
        const std::size_t equals = pair.find('=');
        if (equals == std::string::npos || !a.contains(pair.substr(0, equals)) ||
            !b.contains(pair.substr(equals + 1)))
            throw ValueError("compare: --map " + pair + ": wanted A=B, a name of each file");
        renamed[pair.substr(0, equals)] = pair.substr(equals + 1);
    }
    bool all_equal = true;
    nlohmann::json document = nlohmann::json::array();
    std::map<std::string, bool> seen;
    const auto report = [&](const std::string& name, const std::string& verdict, bool equal,
                            const Difference& d = {}, const std::string& first = "") {
        all_equal = all_equal && equal;
        if (options.json) {
            nlohmann::json row{{"name", name},
                               {"equal", equal},
                               {"verdict", verdict},
                               {"max_abs", number(d.absolute)},
                               {"max_rel", number(d.relative)}};
            if (!first.empty()) row["first_difference"] = first;
            document.push_back(std::move(row));
        } else {
            std::printf("%-9s %-32s max abs %-12.4g max rel %-12.4g%s%s\n", verdict.c_str(),
                        name.c_str(), d.absolute, d.relative, first.empty() ? "" : " first at ",
                        first.c_str());
        }
    };
    for (const auto& [name, stored] : a) {
        const auto other = b.find(renamed.contains(name) ? renamed[name] : name);
        if (other == b.end()) {
            report(name, "only in A", false);
            continue;
        }
        seen[other->first] = true;
        const Tensor &x = stored.tensor, &y = other->second.tensor;
        if (x.shape() != y.shape()) {
            report(name, "shapes " + to_string(x.shape()) + " and " + to_string(y.shape()), false);
            continue;
        }
        const Difference d = difference(x, y, options.atol, options.rtol);
        report(name, d.first < 0 ? "equal" : "differs", d.first < 0, d,
               d.first < 0 ? "" : index_text(std::size_t(d.first), x.shape()));
    }
    for (const auto& [name, stored] : b)
        if (!seen.contains(name)) report(name, "only in B", false);
    if (options.json) std::printf("%s\n", document.dump(2).c_str());
    return all_equal ? 0 : 1;
}

}  // namespace orrery::viz
