// Worker: the one thread that computes; what was wished for last is what it works on
//
// The window never waits. It states a wish (a panel, its knobs, its step); the worker computes and
// publishes whole traces that never change afterwards. Long work is done one step at a time, so
// that a new wish is heard within one step. Without a thread (tests, pictures, web) the same work
// is done in slices by `work`.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/model/history.hpp"
#include "viz/kit/panel.hpp"

namespace orrery::viz {

// Scalars by name, one number a step: entry i is of step i + 1; NaN where a step did not give one.
struct Curves {
    std::vector<std::string> names;
    std::vector<std::vector<float>> values;  // by name, then by step
    std::size_t size() const { return values.empty() ? 0 : values.front().size(); }
    const std::vector<float>* find(std::string_view name) const;
};

// A panel and its declaration, read once.
struct OpenPanel {
    std::string id;
    Panel panel;
    Declaration declaration;
};
// nullptr when there is no such panel. Any thread.
std::shared_ptr<const OpenPanel> open_panel(std::string_view id);

// When a running job stops by itself: "", "step 500", "loss < 2", "nan".
struct Until {
    std::string scalar;  // a scalar's name; "step"; "" never
    bool below = true;
    double bound = 0;
};
// ValueError when it is none of these.
Until until_from(std::string_view text);

struct Wish {
    std::shared_ptr<const OpenPanel> panel;
    Knobs knobs;
    std::shared_ptr<const Workspace> workspace;
    // Where inputs come from: "", a safetensors file, or another panel's trace: "ID", "ID:prefix",
    // "ID:prefix?knob=value&text=…", the query being that of the panel's own link.
    std::string in;
    // Jobs only.
    std::size_t step = 0;       // go there, when `seek` is new
    std::uint64_t seek = 0;     // counts requests to go somewhere
    std::uint64_t restart = 0;  // counts requests to begin anew
    bool near = false;          // the nearest checkpoint will do (dragging)
    bool run = false;           // then go on
    Until until;
    std::uint64_t serial = 0;  // set by `ask`
};

// What was computed; never changes.
struct Shown {
    std::shared_ptr<const OpenPanel> panel;
    Knobs knobs;                         // those the trace was computed with
    std::shared_ptr<const Trace> trace;  // nullptr when the computation failed
    Tensors inputs;
    std::size_t step = 0;
    bool exact = true;
    std::string error;                 // what failed, one line
    std::vector<std::string> made_up;  // inputs that `in` did not have
    // Knobs that only shape inputs which `in` did have: they do nothing here.
    std::vector<std::string> idle_knobs;
    double milliseconds = 0;
    std::uint64_t serial = 0;  // the wish it answers; 0 on the way to a step asked for
};

struct JobStatus {
    bool any = false, running = false;
    std::size_t position = 0, furthest = 0, total = 0;
    std::size_t goal = 0;  // the step it is on its way to, or `position`
    std::string stopped;   // why it stopped by itself: "until", "done", "nan"
    std::string error;
    std::shared_ptr<const Curves> curves;       // scalars of every step so far
    std::shared_ptr<const Curves> before_fork;  // of the run that was left, if any
    std::size_t forked_at = 0;
    std::vector<std::size_t> checkpoints;
    std::uint64_t serial = 0;  // the wish that was worked on
};

class Worker {
   public:
    // `wake` is called from the thread whenever there is something to take. `history_bytes` bounds
    // what a job's timeline holds.
    explicit Worker(bool threaded, std::function<void()> wake = {},
                    std::size_t history_bytes = std::size_t{256} << 20);
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    std::uint64_t ask(Wish wish);
    // The newest result not yet taken.
    std::optional<Shown> take();
    JobStatus status() const;
    // Whether the wish has not been answered yet, or a job runs.
    bool busy() const;
    // Without a thread: works for about `seconds` (at least one step). False when nothing is left
    // to do.
    bool work(double seconds);

   private:
    void loop();
    bool serve(double until_time);
    void begin(const Wish& wish);
    void apply_knobs(const Wish& wish);
    void read_knobs();
    std::shared_ptr<const Curves> curves() const;
    // What the job is at now; on the way to the wished step it answers no wish yet (serial 0).
    void publish(const Wish& wish, bool arrived = true);
    void publish_status(bool running);
    bool stops(const Until& until) const;

    const bool threaded_;
    const std::size_t history_bytes_;
    std::function<void()> wake_;

    // Shared with the frame thread, under the mutex.
    mutable std::mutex mutex_;
    std::condition_variable wished_;
    Wish wish_;
    std::uint64_t serial_ = 0;
    std::optional<Shown> result_;
    JobStatus status_;
    bool ended_ = false, idle_ = true;

    // The worker's own.
    std::atomic<std::uint64_t> newest_{0};
    Wish now_;
    std::shared_ptr<const OpenPanel> job_panel_;
    std::shared_ptr<const Workspace> job_workspace_;
    Knobs job_start_, job_knobs_;
    std::unique_ptr<Job> job_;
    std::optional<model::History> history_;
    std::size_t near_to_ = 0;  // where a dragged timeline points
    std::uint64_t sought_ = 0, restarted_ = 0, served_ = 0;
    double last_publish_ = 0, last_trace_ = 0, publish_wait_ = 0;
    bool arrived_ = true;
    std::string stopped_, job_error_;
    std::shared_ptr<const Curves> before_fork_;
    std::size_t forked_at_ = 0;
    std::string in_;
    Tensors given_;

    std::thread thread_;
};

// `in` taken apart; a panel's only when there is one of that name.
struct InputSource {
    std::shared_ptr<const OpenPanel> panel;  // nullptr: `in` is a file
    std::string prefix;                      // of the trace's names, without the last dot
    std::string link;                        // that opens the panel as it was
};
InputSource input_source(const std::string& in);

// Inputs from `in`: a file or another component's trace. FormatError, ValueError.
Tensors given_inputs(const OpenPanel& panel, const std::string& in);
// The workspace of a panel whose inputs come from another's trace has that trace's tokens.
std::shared_ptr<const Workspace> given_workspace(std::shared_ptr<const Workspace> own,
                                                 const std::string& in);

// Computes a panel here and now (gallery cards, tests).
Shown compute_now(const Wish& wish);

}  // namespace orrery::viz
