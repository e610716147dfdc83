#include "core/tensor/trace.hpp"

#include "core/base/error.hpp"

namespace orrery {

void Trace::from(std::string_view component) { component_ = component; }

void Trace::add(std::string_view name, Tensor tensor, std::string_view marker, Kind kind) {
    std::string full = prefix_ + std::string(name);
    if (!index_.emplace(full, entries_.size()).second)
        throw ValueError("trace: the name " + full + " is taken, wanted one name for one tensor");
    entries_.push_back({std::move(full), std::move(tensor), component_, std::string(marker), kind});
}

void Trace::event(Event event) {
    for (auto& name : event.touches) name.insert(0, prefix_);
    events_.push_back(std::move(event));
}

void Trace::cost(const Cost& cost) {
    cost_.flops += cost.flops;
    cost_.bytes += cost.bytes;
}

void Trace::nest(std::string_view prefix, const std::function<void(Trace&)>& fill) {
    const std::string outer = prefix_, component = component_;
    prefix_ = outer + std::string(prefix) + ".";
    fill(*this);
    prefix_ = outer;
    component_ = component;
}

void Trace::names(std::string_view axis, std::vector<std::string> words) {
    names_.insert_or_assign(std::string(axis), std::move(words));
}

const std::vector<std::string>& Trace::names(std::string_view axis) const {
    static const std::vector<std::string> none;
    const auto found = names_.find(axis);
    return found == names_.end() ? none : found->second;
}

void Trace::text(std::string_view name, std::string value) {
    texts_.insert_or_assign(prefix_ + std::string(name), std::move(value));
}

const std::string& Trace::text(std::string_view name) const {
    static const std::string none;
    const auto found = texts_.find(name);
    return found == texts_.end() ? none : found->second;
}

void Trace::backward(Backward function) { backward_ = std::move(function); }

const Tensor& Trace::operator[](std::string_view name) const {
    if (const Entry* entry = find(name)) return entry->tensor;
    throw ValueError("trace: no entry " + std::string(name));
}

const Entry* Trace::find(std::string_view name) const {
    const auto found = index_.find(name);
    return found == index_.end() ? nullptr : &entries_[found->second];
}

}  // namespace orrery
