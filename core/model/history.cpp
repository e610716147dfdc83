#include "core/model/history.hpp"

#include <algorithm>
#include <iterator>
#include <limits>

#include "core/base/error.hpp"

namespace orrery::model {

static constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// How far before a step that was gone to snapshots are left: each step back repeats a few steps.
static constexpr std::size_t near_distances[] = {28, 8, 2};

History::History(JobFunctions job, HistoryConfig config) : job_(std::move(job)), config_(config) {
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
    plan();
    if (is_wanted()) keep_snapshot();
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

std::size_t History::capacity() const {
    const std::size_t each = std::max<std::size_t>(1, bytes_ / snapshots_.size());
    return std::max<std::size_t>(2, config_.max_bytes / each);
}

// Few of many: they are taken from the places of all other steps.
std::size_t History::near_places() const {
    return std::min(std::size(near_distances), capacity() / 6);
}

// Where the length of the run is known, the gaps that fit when it ends.
void History::plan() {
    const std::size_t total = job_.total ? job_.total() : 0;
    if (total == planned_for_) return;
    planned_for_ = total;
    grid_ = 0;
    if (total <= begin_) return;
    const std::size_t places = capacity() - near_places();
    grid_ =
        std::max(config_.spacing, (total - begin_ - 1) / std::max<std::size_t>(1, places - 1) + 1);
}

std::size_t History::spacing() const {
    const std::size_t places = std::max<std::size_t>(2, capacity() - near_places());
    return std::max(config_.spacing, (end_ - begin_) / (places - 1));
}

std::size_t History::longest_gap() const {
    std::size_t longest = end_ - snapshots_.rbegin()->first;
    for (auto it = std::next(snapshots_.begin()); it != snapshots_.end(); ++it)
        longest = std::max(longest, it->first - std::prev(it)->first);
    return longest;
}

bool History::is_wanted() const {
    if (on_grid(position())) return true;
    const std::size_t since = position() - std::prev(snapshots_.upper_bound(position()))->first;
    //: close before the step that is aimed at, so that stepping back is a short way
    if (aim_ && near_places() > 0 && *aim_ > position())
        for (const std::size_t distance : near_distances)
            if (*aim_ - position() == distance && since > distance / 2) return true;
    return position() == end_ && since >= spacing();
}

void History::keep_snapshot() {
    if (snapshots_.count(position())) return;
    std::string state = job_.snapshot();
    bytes_ += state.size();
    snapshots_.emplace(position(), std::move(state));
    plan();
    if (position() < end_ && !on_grid(position())) near_.push_back(position());
    forget_near();
    while (bytes_ > config_.max_bytes && snapshots_.size() > 2) thin();
}

// Of those close to the reader as many as there are places for: first go those after the step
// aimed at, then the oldest.
void History::forget_near() {
    while (near_.size() > near_places()) {
        auto gone = near_.begin();
        for (auto it = near_.begin(); it != near_.end(); ++it)
            if (aim_ && *it > *aim_ && !(*gone > *aim_ && *gone > *it)) gone = it;
        drop(snapshots_.find(*gone));
        near_.erase(gone);
    }
}

// One snapshot goes: that whose absence leaves the shortest gap. The first stays, so that every
// step can be reached; those on the grid stay as long as there are others.
void History::thin() {
    auto gone = snapshots_.end();
    std::size_t shortest = 0;
    bool gone_on_grid = false;
    for (auto it = std::next(snapshots_.begin()); it != snapshots_.end(); ++it) {
        if (std::find(near_.begin(), near_.end(), it->first) != near_.end()) continue;
        const auto after = std::next(it);
        if (after == snapshots_.end() && snapshots_.size() > 2) continue;  // the newest
        const std::size_t gap =
            (after == snapshots_.end() ? end_ : after->first) - std::prev(it)->first;
        const bool stays = on_grid(it->first);
        if (gone != snapshots_.end() &&
            (stays > gone_on_grid || (stays == gone_on_grid && gap >= shortest)))
            continue;
        gone = it, shortest = gap, gone_on_grid = stays;
    }
    if (gone == snapshots_.end()) {  // all others are close to the reader
        if (near_.empty()) return void(drop(std::prev(snapshots_.end())));
        gone = snapshots_.find(near_.front());
        near_.erase(near_.begin());
    }
    if (gone_on_grid) grid_ *= 2;  // more than was planned for
    drop(gone);
}

void History::drop(std::map<std::size_t, std::string>::iterator gone) {
    bytes_ -= gone->second.size();
    snapshots_.erase(gone);
}

std::size_t History::show_nearest(std::size_t step) {
    if (step < begin_ || step > end_)
        throw ValueError("history: step " + std::to_string(step) + ", wanted " +
                         std::to_string(begin_) + " to " + std::to_string(end_));
    const auto nearest = std::prev(snapshots_.upper_bound(step));
    if (position() > step || position() < nearest->first) {
        job_.restore(nearest->second);
        repeat_changes();
    }
    return position();
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
    aim_ = step;
    while (position() < step && !(stop && stop()))
        if (!this->step()) break;
    aim_.reset();
}

void History::fork() {
    end_ = position();
    for (auto& [name, values] : series_) values.resize(end_ - begin_);
    for (auto it = snapshots_.upper_bound(end_); it != snapshots_.end();) {
        bytes_ -= it->second.size();
        it = snapshots_.erase(it);
    }
    std::erase_if(near_, [&](std::size_t step) { return step > end_; });
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
