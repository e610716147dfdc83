#include "core/model/history.hpp"

#include <limits>

#include "core/base/error.hpp"

namespace orrery::model {

static constexpr double nan = std::numeric_limits<double>::quiet_NaN();

History::History(JobFunctions job, HistoryConfig config)
    : job_(std::move(job)), config_(config), spacing_(config.spacing) {
    if (config.spacing == 0)
        throw ValueError("history: spacing is 0, wanted 1 or more steps between snapshots");
    begin_ = end_ = job_.position();
    keep_snapshot();
}

bool History::step() {
    if (job_.done()) return false;
    const std::size_t before = position();
    job_.step();
    if (position() == before) return false;
    if (position() > end_) {
        end_ = position();
        remember();
    } else {
        repeat_changes();
    }
    if ((position() - begin_) % spacing_ == 0) keep_snapshot();
    return true;
}

// A change made here the first time is made here again.
void History::repeat_changes() {
    for (const auto& change : changes_)
        if (change.step == position()) job_.set(change.knob, change.value);
}

// The scalars of the step just done; a name that comes up later is unknown before.
void History::remember() {
    const std::size_t count = end_ - begin_;
    for (const auto& [name, value] : job_.scalars()) {
        auto [found, is_new] = series_.try_emplace(name);
        if (is_new) names_.push_back(name);
        found->second.resize(count, nan);
        found->second[count - 1] = value;
    }
    for (auto& [name, values] : series_) values.resize(count, nan);
}

void History::keep_snapshot() {
    if (snapshots_.count(position())) return;
    std::string state = job_.snapshot();
    bytes_ += state.size();
    snapshots_.emplace(position(), std::move(state));
    while (bytes_ > config_.max_bytes && snapshots_.size() > 2) thin();
}

// Every second snapshot goes; the first stays, so that every step can be reached.
void History::thin() {
    spacing_ *= 2;
    for (auto it = snapshots_.begin(); it != snapshots_.end();) {
        if ((it->first - begin_) % spacing_ == 0) {
            ++it;
        } else {
            bytes_ -= it->second.size();
            it = snapshots_.erase(it);
        }
    }
}

std::size_t History::show_nearest(std::size_t step) {
    if (step < begin_ || step > end_)
        throw ValueError("history: step " + std::to_string(step) + ", wanted " +
                         std::to_string(begin_) + " to " + std::to_string(end_));
    const auto nearest = std::prev(snapshots_.upper_bound(step));
    if (position() != nearest->first) {
        job_.restore(nearest->second);
        repeat_changes();
    }
    return nearest->first;
}

std::size_t History::distance(std::size_t step) const {
    const auto after = snapshots_.upper_bound(step);
    if (after == snapshots_.begin()) return 0;
    const std::size_t nearest = std::prev(after)->first;
    if (position() <= step && position() >= nearest) return step - position();
    return step - nearest;
}

void History::go_to(std::size_t step, const std::function<bool()>& stop) {
    if (step < begin_ || step > end_)
        throw ValueError("history: step " + std::to_string(step) + ", wanted " +
                         std::to_string(begin_) + " to " + std::to_string(end_));
    const std::size_t here = position();
    const std::size_t nearest = std::prev(snapshots_.upper_bound(step))->first;
    if (here > step || here < nearest) show_nearest(step);
    while (position() < step && !(stop && stop()))
        if (!this->step()) break;
}

void History::fork() {
    end_ = position();
    for (auto& [name, values] : series_) values.resize(end_ - begin_);
    for (auto it = snapshots_.upper_bound(end_); it != snapshots_.end();) {
        bytes_ -= it->second.size();
        it = snapshots_.erase(it);
    }
    std::erase_if(changes_, [&](const Change& change) { return change.step > end_; });
}

void History::set(std::string_view knob, std::string_view value) {
    job_.set(knob, value);
    if (position() < end_) fork();
    changes_.push_back({position(), std::string(knob), std::string(value)});
}

const std::vector<double>& History::series(std::string_view name) const {
    static const std::vector<double> none;
    const auto found = series_.find(name);
    return found == series_.end() ? none : found->second;
}

std::vector<std::string> History::names() const { return names_; }

double History::scalar(std::string_view name, std::size_t step) const {
    const auto& values = series(name);
    return step <= begin_ || step - begin_ > values.size() ? nan : values[step - begin_ - 1];
}

std::vector<std::size_t> History::snapshots() const {
    std::vector<std::size_t> steps;
    for (const auto& entry : snapshots_) steps.push_back(entry.first);
    return steps;
}

}  // namespace orrery::model
