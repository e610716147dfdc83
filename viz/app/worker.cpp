#include "viz/app/worker.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <set>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/tensor/safetensors.hpp"
#include "viz/app/link.hpp"
#include "viz/app/workspace.hpp"
#include "viz/kit/pyramid.hpp"
#include "viz/kit/registry.hpp"
#include "viz/kit/slice.hpp"

namespace orrery::viz {
namespace {

constexpr double publish_every = 0.04;  // seconds between traces while a job runs
constexpr double publish_share = 9;     // and at least this many times what a trace takes
constexpr int most_sources = 4;         // panels that take inputs from one another

double now() {
    using namespace std::chrono;
    return duration<double>(steady_clock::now().time_since_epoch()).count();
}

// A failure inside a panel is shown, whatever it is; only the program's end is not.
template <class F>
std::string guarded(F&& f) {
    try {
        f();
        return "";
    } catch (const std::bad_alloc&) {
        return "out of memory: choose smaller sizes";
    } catch (const std::exception& e) {
        return e.what();
    }
}

}  // namespace

const std::vector<float>* Curves::find(std::string_view name) const {
    for (std::size_t i = 0; i < names.size(); ++i)
        if (names[i] == name) return &values[i];
    return nullptr;
}

std::shared_ptr<const OpenPanel> open_panel(std::string_view id) {
    static std::mutex mutex;
    static std::map<std::string, std::shared_ptr<const OpenPanel>, std::less<>> opened;
    std::lock_guard lock(mutex);
    if (const auto it = opened.find(id); it != opened.end()) return it->second;
    const RegisteredPanel* registered = find_panel(id);
    if (!registered) return nullptr;
    auto panel = std::make_shared<OpenPanel>();
    panel->id = id;
    panel->panel = registered->make();
    if (panel->panel.declare) panel->panel.declare(panel->declaration);
    opened.emplace(panel->id, panel);
    return panel;
}

Until until_from(std::string_view text) {
    text = trim(text);
    if (text.empty()) return {};
    if (text == "nan") return {"nan", true, 0};
    const auto sign = text.find_first_of("<>");
    const auto cut = sign == std::string_view::npos ? text.find(' ') : sign;
    Until until;
    if (cut == std::string_view::npos || !parse_number(trim(text.substr(cut + 1)), until.bound))
        throw ValueError("until: is \"" + std::string(text) +
                         "\", wanted \"loss < 2\", \"step 500\" or \"nan\"");
    until.scalar = trim(text.substr(0, cut));
    until.below = sign == std::string_view::npos ? until.scalar != "step" : text[sign] == '<';
    return until;
}

InputSource input_source(const std::string& in) {
    const std::size_t question = in.find('?');
    const std::string name = in.substr(0, question);
    const std::size_t colon = name.find(':');
    InputSource source;
    source.panel = open_panel(name.substr(0, colon));
    if (!source.panel) return source;
    if (colon != std::string::npos) source.prefix = name.substr(colon + 1);
    source.link = source.panel->id;
    if (question != std::string::npos) source.link += in.substr(question);
    return source;
}

namespace {

// The trace of the panel that `link` opens; the last one is kept, since its children are looked at
// one after the other. Ends in an error when links lead back to themselves.
std::shared_ptr<const Shown> computed_by(const InputSource& source) {
    static std::mutex mutex;
    static std::string last_link;
    static std::shared_ptr<const Shown> last;
    {
        std::lock_guard lock(mutex);
        if (last && last_link == source.link) return last;
    }
    thread_local int depth = 0;
    struct Deeper {
        Deeper() {
            if (++depth > most_sources) {
                --depth;
                throw ValueError("in: inputs come from more than " + std::to_string(most_sources) +
                                 " panels, one inside the other");
            }
        }
        ~Deeper() { --depth; }
    } deeper;

    const Link link = parse_link(source.link);
    const Declaration& d = source.panel->declaration;
    Wish wish;
    wish.panel = source.panel;
    wish.knobs = Knobs(d.knobs());
    for (const auto& [name, value] : link.values)
        if (!is_reserved(name)) wish.knobs.set_clamped(name, value);
    const auto value = [&](const char* name) {
        const std::string* found = link.find(name);
        return found ? *found : std::string();
    };
    long long number = 0;
    if (parse_integer(value("seed"), number) && number >= 0)
        wish.knobs.set_seed(std::uint64_t(number));
    if (parse_integer(value("step"), number) && number >= 0) wish.step = std::size_t(number);
    const std::string tokenizer = value("tokenizer");
    wish.workspace = make_workspace(link.find("text") ? value("text") : d.default_text(),
                                    !d.reads_tokenizer() ? "words"
                                    : tokenizer.empty()  ? "char"
                                                         : tokenizer,
                                    value("model"));
    wish.in = value("in");
    auto shown = std::make_shared<const Shown>(compute_now(wish));
    if (!shown->trace) throw ValueError(source.panel->id + ": " + shown->error);
    std::lock_guard lock(mutex);
    last_link = source.link, last = shown;
    return shown;
}

std::vector<std::string> made_up_inputs(const OpenPanel& panel, const std::string& in,
                                        const Tensors& given) {
    std::vector<std::string> names;
    if (in.empty()) return names;
    for (const auto& input : panel.declaration.inputs())
        if (input.made_up && given.find(input.name) == given.end()) names.push_back(input.name);
    return names;
}

}  // namespace

Tensors given_inputs(const OpenPanel& panel, const std::string& in) {
    Tensors given;
    if (in.empty()) return given;
    if (const InputSource source = input_source(in); source.panel) {
        const auto shown = computed_by(source);
        const std::string prefix = source.prefix.empty() ? "" : source.prefix + ".";
        for (const auto& input : panel.declaration.inputs())
            if (const Entry* entry = shown->trace->find(prefix + input.name))
                given[input.name] = entry->tensor;
    } else {
        const Safetensors file = read_safetensors(in);
        for (const auto& input : panel.declaration.inputs())
            if (const auto it = file.tensors.find(input.name); it != file.tensors.end())
                given[input.name] = it->second.tensor;
    }
    if (given.empty())
        throw ValueError(in + ": has none of the inputs of " + panel.id + ", which ignores it");
    return given;
}

std::shared_ptr<const Workspace> given_workspace(std::shared_ptr<const Workspace> own,
                                                 const std::string& in) {
    const InputSource source = input_source(in);
    if (in.empty() || !source.panel) return own;
    auto workspace = std::make_shared<Workspace>(*own);
    const auto shown = computed_by(source);
    workspace->tokens = shown->trace->names("tokens");
    workspace->vocabulary = shown->trace->names("vocabulary");
    workspace->ids.clear();
    workspace->text.clear();
    for (const auto& token : workspace->tokens) workspace->text += token + " ";
    return workspace;
}

Shown compute_now(const Wish& wish) {
    Shown shown;
    shown.panel = wish.panel;
    shown.knobs = wish.knobs;
    shown.serial = wish.serial;
    const double start = now();
    shown.error = guarded([&] {
        const auto& d = wish.panel->declaration;
        const Tensors given = given_inputs(*wish.panel, wish.in);
        shown.made_up = made_up_inputs(*wish.panel, wish.in, given);
        const auto workspace = given_workspace(wish.workspace, wish.in);
        Knobs knobs = wish.knobs;
        std::shared_ptr<const std::set<std::string>> making, computing;
        if (!given.empty()) {
            making = knobs.watch();
            for (const auto& input : d.inputs())
                if (input.made_up && given.count(input.name))
                    guarded([&] { input.made_up(knobs, *workspace); });
            computing = knobs.watch();
        }
        Inputs inputs = resolve_inputs(d, knobs, workspace, given);
        std::unique_ptr<Job> job;
        if (d.make_job()) {
            job = d.make_job()(wish.knobs, inputs);
            while (job->position() < wish.step && !job->done()) job->step();
            inputs.set_job(job.get());
            shown.step = job->position();
        }
        auto trace = std::make_shared<Trace>();
        if (wish.panel->panel.compute) wish.panel->panel.compute(knobs, inputs, *trace);
        //: what shaped only the inputs that were given does nothing
        if (making)
            for (const auto& name : *making)
                if (!computing->count(name)) shown.idle_knobs.push_back(name);
        shown.inputs = inputs.tensors();
        shown.trace = std::move(trace);
    });
    shown.milliseconds = (now() - start) * 1e3;
    //: what the first frame would have to wait for is done here
    if (shown.trace)
        for (const Entry& entry : shown.trace->entries()) prepare_for_drawing(entry.tensor);
    return shown;
}

Worker::Worker(bool threaded, std::function<void()> wake, std::size_t history_bytes)
    : threaded_(threaded), history_bytes_(history_bytes), wake_(std::move(wake)) {
    if (threaded_) thread_ = std::thread([this] { loop(); });
}

Worker::~Worker() {
    {
        std::lock_guard lock(mutex_);
        ended_ = true;
        newest_ = ++serial_;
    }
    wished_.notify_all();
    if (thread_.joinable()) thread_.join();
}

std::uint64_t Worker::ask(Wish wish) {
    std::lock_guard lock(mutex_);
    wish.serial = ++serial_;
    newest_ = serial_;
    wish_ = std::move(wish);
    idle_ = false;
    wished_.notify_all();
    return serial_;
}

std::optional<Shown> Worker::take() {
    std::lock_guard lock(mutex_);
    return std::exchange(result_, std::nullopt);
}

JobStatus Worker::status() const {
    std::lock_guard lock(mutex_);
    return status_;
}

bool Worker::busy() const {
    std::lock_guard lock(mutex_);
    return !idle_;
}

void Worker::loop() {
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            wished_.wait(lock, [&] { return ended_ || !idle_; });
            if (ended_) return;
        }
        serve(1e300);
    }
}

bool Worker::work(double seconds) {
    if (!busy()) return false;
    return serve(now() + seconds);
}

// Works on the newest wish until it is answered, another comes, or the time is up.
bool Worker::serve(double until_time) {
    {
        std::lock_guard lock(mutex_);
        if (now_.serial != wish_.serial) arrived_ = false;
        now_ = wish_;
    }
    const auto rest = [&](std::uint64_t serial) {
        std::lock_guard lock(mutex_);
        if (serial_ == serial) idle_ = true;
        return !idle_;
    };
    const Wish& wish = now_;
    if (!wish.panel) return rest(wish.serial);

    if (!wish.panel->declaration.make_job()) {
        history_.reset();
        job_.reset(), job_panel_.reset();
        Shown shown;
        try {
            const Slice slice(until_time);
            shown = compute_now(wish);
        } catch (const ComeAgain&) {
            return true;
        }
        {
            std::lock_guard lock(mutex_);
            result_ = std::move(shown);
            status_ = {};
        }
        const bool more = rest(wish.serial);
        if (wake_) wake_();
        return more;
    }

    // A job: begin, take over changed knobs, go where it was asked to, go on.
    if (served_ != wish.serial) {
        served_ = wish.serial;
        stopped_.clear();
        job_error_ = guarded([&] {
            begin(wish);
            apply_knobs(wish);
        });
        arrived_ = false;
    }
    if (job_error_.empty() && job_ && !arrived_) {
        job_error_ = guarded([&] {
            if (sought_ != wish.seek) {
                const std::size_t known = std::min(wish.step, history_->end());
                const auto stop = [&] { return newest_ != wish.serial || now() >= until_time; };
                if (wish.near) {
                    history_->show_nearest(known);
                    near_to_ = known;
                } else {
                    if (known != history_->position()) history_->go_to(known, stop);
                    while (history_->position() < wish.step && !stop() && history_->step()) {
                        if (now() - last_publish_ > publish_every) publish_status(true);
                        if (now() - last_trace_ < std::max(publish_every, publish_wait_)) continue;
                        read_knobs();
                        publish(wish, false);
                    }
                }
                read_knobs();
                if (!wish.near && history_->position() < wish.step && !job_->done()) return;
                sought_ = wish.seek;
            }
            arrived_ = true;
        });
        if (!job_error_.empty()) arrived_ = true;
        if (!arrived_) {
            publish_status(true);
            return true;
        }
        publish(wish);
    }
    // The nearest is on show; while the mouse rests, the exact step is worked towards.
    if (wish.near && job_ && job_error_.empty() && arrived_ && history_->position() < near_to_) {
        const auto stop = [&] { return newest_ != wish.serial || now() >= until_time; };
        job_error_ = guarded([&] { history_->go_to(near_to_, stop); });
        if (newest_ != wish.serial) return true;
        if (history_->position() < near_to_ && job_error_.empty()) return true;
        read_knobs();
        publish(wish);
    }
    bool running = wish.run && job_ && job_error_.empty() && arrived_;
    while (running && newest_ == wish.serial) {
        if (job_->done()) stopped_ = "done";
        if (stops(wish.until)) stopped_ = wish.until.scalar == "nan" ? "nan" : "until";
        if (!stopped_.empty()) break;
        job_error_ = guarded([&] { history_->step(); });
        read_knobs();
        if (job_error_.empty())
            for (const auto& [name, value] : job_->scalars())
                if (!std::isfinite(value) && name == "loss") stopped_ = "nan";
        if (!job_error_.empty() || !stopped_.empty()) break;
        if (now() - last_trace_ > std::max(publish_every, publish_wait_))
            publish(wish);
        else if (now() - last_publish_ > publish_every)
            publish_status(true);
        if (now() >= until_time) {
            publish_status(true);
            return true;
        }
    }
    if (newest_ != wish.serial) return true;
    if (running || !job_error_.empty()) publish(wish);
    publish_status(false);
    const bool more = rest(wish.serial);
    if (wake_) wake_();
    return more;
}

void Worker::begin(const Wish& wish) {
    bool anew = !job_ || job_panel_ != wish.panel || restarted_ != wish.restart ||
                job_workspace_ != wish.workspace || in_ != wish.in ||
                job_start_.seed() != wish.knobs.seed();
    if (!anew)
        for (const Knob& knob : wish.knobs.declared())
            if (knob.restarts && job_start_.written(knob.name) != wish.knobs.written(knob.name))
                anew = true;
    if (!anew) return;
    history_.reset();
    job_.reset();
    before_fork_.reset();
    const auto& d = wish.panel->declaration;
    given_ = given_inputs(*wish.panel, wish.in);
    Inputs inputs = resolve_inputs(d, wish.knobs, wish.workspace, given_);
    job_ = d.make_job()(wish.knobs, inputs);
    Job& job = *job_;
    model::HistoryConfig history_config;
    history_config.max_bytes = history_bytes_;
    history_.emplace(
        model::JobFunctions{
            [&job] { job.step(); }, [&job] { return job.done(); },
            [&job] { return job.position(); }, [&job] { return job.snapshot(); },
            [&job](std::string_view state) { job.restore(state); },
            [&job] { return job.scalars(); },
            [&job](std::string_view knob, std::string_view value) { job.set(knob, value); },
            [&job] { return job.total(); }},
        history_config);
    job_panel_ = wish.panel, job_workspace_ = wish.workspace, in_ = wish.in;
    job_start_ = job_knobs_ = wish.knobs;
    restarted_ = wish.restart;
}

// A changed knob is an event of the run when it changes the job's state; in the past it forks the
// run.
void Worker::apply_knobs(const Wish& wish) {
    for (const Knob& knob : wish.knobs.declared()) {
        const std::string value = wish.knobs.written(knob.name);
        if (knob.restarts || value == job_knobs_.written(knob.name)) continue;
        const std::string before = job_->snapshot();
        job_knobs_.set(knob.name, value);
        try {
            job_->set(knob.name, value);
        } catch (const ValueError&) {
            continue;  // a knob of the picture, which the job does not know
        }
        if (job_->snapshot() == before) continue;
        if (history_->position() < history_->end()) {
            before_fork_ = curves();
            forked_at_ = history_->position();
        }
        history_->set(knob.name, value);
    }
}

// Knobs that have ever been changed get the value they had at this place of the run.
void Worker::read_knobs() {
    for (const auto& change : history_->changes())
        job_knobs_.set(change.knob, job_start_.written(change.knob));
    for (const auto& change : history_->changes())
        if (change.step <= history_->position()) job_knobs_.set(change.knob, change.value);
}

std::shared_ptr<const Curves> Worker::curves() const {
    auto curves = std::make_shared<Curves>();
    curves->names = history_->names();
    for (const auto& name : curves->names) {
        const auto& series = history_->series(name);
        curves->values.emplace_back(series.begin(), series.end());
    }
    return curves;
}

bool Worker::stops(const Until& until) const {
    if (until.scalar.empty()) return false;
    if (until.scalar == "step") return double(job_->position()) >= until.bound;
    for (const auto& [name, value] : job_->scalars()) {
        // others are NaN where a step did not measure them
        if (until.scalar == "nan" && name == "loss" && job_->position() > 0 &&
            !std::isfinite(value))
            return true;
        if (name == until.scalar && job_->position() > 0)
            return until.below ? value < until.bound : value > until.bound;
    }
    return false;
}

void Worker::publish(const Wish& wish, bool arrived) {
    Shown shown;
    shown.panel = wish.panel;
    shown.serial = arrived ? wish.serial : 0;
    const double start = now();
    if (job_) {
        shown.knobs = job_knobs_;
        shown.step = job_->position();
        shown.exact = !wish.near || shown.step == wish.step;
        const std::string failed = guarded([&] {
            Inputs inputs =
                resolve_inputs(wish.panel->declaration, shown.knobs, wish.workspace, given_);
            inputs.set_job(job_.get());
            auto trace = std::make_shared<Trace>();
            if (wish.panel->panel.compute) wish.panel->panel.compute(shown.knobs, inputs, *trace);
            shown.inputs = inputs.tensors();
            shown.trace = std::move(trace);
        });
        shown.error = job_error_.empty() ? failed : job_error_;
    } else {
        shown.knobs = wish.knobs;
        shown.error = job_error_;
    }
    shown.milliseconds = (now() - start) * 1e3;
    last_trace_ = now();
    publish_wait_ = publish_share * shown.milliseconds / 1e3;
    {
        std::lock_guard lock(mutex_);
        result_ = std::move(shown);
    }
    publish_status(!arrived || (wish.run && stopped_.empty() && job_error_.empty()));
}

void Worker::publish_status(bool running) {
    JobStatus status;
    status.any = true;
    status.running = running;
    if (job_) {
        status.position = job_->position();
        status.goal = arrived_ ? status.position : now_.step;
        status.total = job_->total();
        status.furthest = std::max(history_->end(), status.position);
        status.curves = curves();
        status.checkpoints = history_->snapshots();
    }
    status.serial = now_.serial;
    status.before_fork = before_fork_;
    status.forked_at = forked_at_;
    status.stopped = stopped_;
    status.error = job_error_;
    {
        std::lock_guard lock(mutex_);
        status_ = std::move(status);
    }
    last_publish_ = now();
    if (wake_) wake_();
}

}  // namespace orrery::viz
