// Job: long work in steps that can be shown, stopped, undone and repeated
//
// Core types stay plain: a job is any type T with the functions below, wrapped by make_job.
//   void        step()                      one step; may throw Error, which ends the job
//   bool        done() const
//   std::size_t position() const            steps done
//   std::size_t total() const               steps wanted, 0 when open-ended
//   std::string snapshot() const            everything the next steps depend on, to the bit
//   void        restore(std::string_view)
//   std::vector<std::pair<std::string, double>> scalars() const   of the last step
//   void        set(std::string_view knob, std::string_view value) a knob changed while running
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace orrery::viz {

using Scalars = std::vector<std::pair<std::string, double>>;

class Job {
   public:
    virtual ~Job() = default;
    virtual void step() = 0;
    virtual bool done() const = 0;
    virtual std::size_t position() const = 0;
    virtual std::size_t total() const = 0;
    virtual std::string snapshot() const = 0;
    virtual void restore(std::string_view state) = 0;
    virtual Scalars scalars() const = 0;
    virtual void set(std::string_view knob, std::string_view value) = 0;
};

template <class T>
class JobOf final : public Job {
   public:
    explicit JobOf(T state) : work(std::move(state)) {}
    void step() override { work.step(); }
    bool done() const override { return work.done(); }
    std::size_t position() const override { return work.position(); }
    std::size_t total() const override { return work.total(); }
    std::string snapshot() const override { return work.snapshot(); }
    void restore(std::string_view state) override { work.restore(state); }
    Scalars scalars() const override { return work.scalars(); }
    void set(std::string_view knob, std::string_view value) override { work.set(knob, value); }
    T work;
};

template <class T>
std::unique_ptr<Job> make_job(T work) {
    return std::make_unique<JobOf<T>>(std::move(work));
}

template <class T>
const T& job_as(const Job& job) {
    return dynamic_cast<const JobOf<T>&>(job).work;
}

}  // namespace orrery::viz
