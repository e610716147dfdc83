#include "core/base/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "core/base/error.hpp"

namespace orrery {
namespace {

thread_local bool inside = false;

// Worker threads that sleep until there is a job. One job at a time; a second caller runs alone.
class Pool {
   public:
    ~Pool() { resize(1); }

    std::size_t size() {
        std::lock_guard lock(owner_);
        if (count_ == 0) start(std::max(1u, std::thread::hardware_concurrency()));
        return count_;
    }

    void resize(std::size_t count) {
        std::lock_guard lock(owner_);
        stop();
        start(count == 0 ? std::max(1u, std::thread::hardware_concurrency()) : count);
    }

    void run(std::size_t n, std::size_t grain,
             const std::function<void(std::size_t, std::size_t)>& body) {
        std::unique_lock owner(owner_, std::try_to_lock);
        if (!owner.owns_lock()) return serial(n, grain, body);
        if (count_ == 0) start(std::max(1u, std::thread::hardware_concurrency()));
        if (count_ == 1) return serial(n, grain, body);
        {
            std::lock_guard lock(mutex_);
            n_ = n;
            grain_ = grain;
            body_ = &body;
            next_ = 0;
            busy_ = threads_.size();
            failure_ = nullptr;
            ++generation_;
        }
        wake_.notify_all();
        inside = true;
        work();
        inside = false;
        std::unique_lock lock(mutex_);
        done_.wait(lock, [&] { return busy_ == 0; });
        body_ = nullptr;
        if (failure_) std::rethrow_exception(failure_);
    }

    static void serial(std::size_t n, std::size_t grain,
                       const std::function<void(std::size_t, std::size_t)>& body) {
        for (std::size_t begin = 0; begin < n; begin += grain)
            body(begin, std::min(n, begin + grain));
    }

   private:
    void start(std::size_t count) {
        count_ = count;
        stopping_ = false;
        for (std::size_t i = 1; i < count; ++i)
            threads_.emplace_back([this, seen = generation_]() mutable { loop(seen); });
    }

    void stop() {
        {
            std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        wake_.notify_all();
        for (auto& thread : threads_) thread.join();
        threads_.clear();
        count_ = 0;
    }

    void loop(std::size_t seen) {
        inside = true;
        while (true) {
            {
                std::unique_lock lock(mutex_);
                wake_.wait(lock, [&] { return stopping_ || generation_ != seen; });
                if (stopping_) return;
                seen = generation_;
            }
            work();
            std::lock_guard lock(mutex_);
            if (--busy_ == 0) done_.notify_one();
        }
    }

    void work() {
        while (true) {
            const std::size_t begin = next_.fetch_add(grain_);
            if (begin >= n_) return;
            try {
                (*body_)(begin, std::min(n_, begin + grain_));
            } catch (...) {
                std::lock_guard lock(mutex_);
                if (!failure_) failure_ = std::current_exception();
            }
        }
    }

    std::mutex owner_, mutex_;
    std::condition_variable wake_, done_;
    std::vector<std::thread> threads_;
    std::size_t count_ = 0, busy_ = 0, generation_ = 0;
    bool stopping_ = false;
    std::size_t n_ = 0, grain_ = 1;
    std::atomic<std::size_t> next_{0};
    const std::function<void(std::size_t, std::size_t)>* body_ = nullptr;
    std::exception_ptr failure_;
};

Pool& pool() {
    static Pool instance;
    return instance;
}

}  // namespace

void parallel_for(std::size_t n, std::size_t grain,
                  const std::function<void(std::size_t, std::size_t)>& body) {
    if (grain == 0) throw ValueError("parallel_for: grain is 0, wanted 1 or more");
    if (inside || n <= grain) return Pool::serial(n, grain, body);
    pool().run(n, grain, body);
}

void set_thread_count(std::size_t count) { pool().resize(count); }
std::size_t thread_count() { return pool().size(); }
void stay_alone() { inside = true; }

}  // namespace orrery
