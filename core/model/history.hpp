// History: a job's past, so that its timeline goes backward
//
// The scalars of every step are kept, and snapshots of the whole state in a store bounded in bytes.
// When it is full one snapshot goes at a time: the one whose absence leaves the shortest gap. Where
// the length of the run is known, the gaps that fit at its end are known too, and snapshots on that
// grid stay to the end. A few places are kept for where the reader is: going to a step leaves
// snapshots close before it, so that stepping back repeats few steps.
//
// Any step is reached exactly by restoring the nearest snapshot before it and repeating the steps
// from there. Changes of knobs are events of the log and are repeated at their step; changing one
// in the past forks the run: what came after is forgotten.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace orrery::model {

// A job's functions (viz/kit/job.hpp says what each does). They refer to a job that must live
// longer.
struct JobFunctions {
    std::function<void()> step;
    std::function<bool()> done;
    std::function<std::size_t()> position;
    std::function<std::string()> snapshot;
    std::function<void(std::string_view)> restore;
    std::function<std::vector<std::pair<std::string, double>>()> scalars;
    std::function<void(std::string_view, std::string_view)> set;
    std::function<std::size_t()> total = {};  // steps wanted; none, or 0: not known
};
template <class Job>
JobFunctions functions_of(Job& job) {
    return {[&job] { job.step(); },
            [&job] { return job.done(); },
            [&job] { return job.position(); },
            [&job] { return job.snapshot(); },
            [&job](std::string_view state) { job.restore(state); },
            [&job] { return job.scalars(); },
            [&job](std::string_view knob, std::string_view value) { job.set(knob, value); },
            [&job]() -> std::size_t {
                if constexpr (requires { job.total(); })
                    return job.total();
                else
                    return 0;
            }};
}

struct HistoryConfig {
    std::size_t max_bytes = std::size_t{256}
                            << 20;  // of snapshots; two are kept whatever their size
    std::size_t spacing = 1;        // least steps between snapshots
};

class History {
   public:
    // The job may have steps behind it; they are not part of this history. ValueError: spacing 0.
    explicit History(JobFunctions job, HistoryConfig config = {});

    // One step forward: a new one at the end, a repeated one inside. False when the job is done.
    bool step();
    // Exactly there: `step` from begin() to end(); nearest snapshot before, then repeats. When
    // `stop` says so between two steps, stays where it is then. ValueError outside the range.
    void go_to(std::size_t step, const std::function<bool()>& stop = {});
    // The nearest snapshot at or before `step`, at once; stays where it is when that is nearer.
    // Returns the step it is at.
    std::size_t show_nearest(std::size_t step);
    // How many steps go_to would have to repeat.
    std::size_t distance(std::size_t step) const;
    // A knob, from the next step on. In the past this forks: later steps are forgotten.
    void set(std::string_view knob, std::string_view value);
    // Forgets everything after the place where it stands.
    void fork();

    std::size_t begin() const { return begin_; }
    std::size_t end() const { return end_; }  // the furthest step done
    std::size_t position() const { return job_.position(); }

    // One number of every step: entry i is step begin() + 1 + i. Empty when there is no such name;
    // NaN where the job did not give it.
    const std::vector<double>& series(std::string_view name) const;
    std::vector<std::string> names() const;  // in the order the job gives them
    double scalar(std::string_view name, std::size_t step) const;  // NaN when unknown

    struct Change {
        std::size_t step;  // made when so many steps were done
        std::string knob, value;
    };
    const std::vector<Change>& changes() const { return changes_; }
    std::vector<std::size_t> snapshots() const;   // the steps that have one, rising
    std::size_t bytes() const { return bytes_; }  // of all snapshots
    // Steps between the snapshots that are kept to the end of the run, as far as is known.
    std::size_t spacing() const;
    std::size_t longest_gap() const;  // between neighbouring snapshots, or the last and the end

   private:
    void remember();
    void repeat_changes();
    std::size_t capacity() const;     // snapshots that fit, as large as they are now
    std::size_t near_places() const;  // of these, for where the reader is
    void plan();
    bool is_wanted() const;  // a snapshot of where it stands
    void keep_snapshot();
    void thin();
    void drop(std::map<std::size_t, std::string>::iterator gone);
    void forget_near();
    bool on_grid(std::size_t step) const { return grid_ > 0 && (step - begin_) % grid_ == 0; }

    JobFunctions job_;
    HistoryConfig config_;
    std::size_t begin_ = 0, end_ = 0, bytes_ = 0;
    std::size_t grid_ = 0, planned_for_ = 0;  // gaps at the end of a run of so many steps; 0: none
    std::optional<std::size_t> aim_;          // the step that go_to is on the way to
    // Snapshots close before a step the reader went to; first to go when the reader goes elsewhere.
    std::vector<std::size_t> near_;
    std::map<std::size_t, std::string> snapshots_;
    std::vector<std::string> names_;
    std::map<std::string, std::vector<double>, std::less<>> series_;
    std::vector<Change> changes_;
};

}  // namespace orrery::model
