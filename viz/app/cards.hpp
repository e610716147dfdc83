// Cards: the traces behind the small pictures of the gallery, computed in the background
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "viz/app/worker.hpp"

namespace orrery::viz {

class Cards {
   public:
    Cards(bool threaded, std::function<void()> wake);
    ~Cards();
    Cards(const Cards&) = delete;
    Cards& operator=(const Cards&) = delete;

    // Begins to compute what is missing, in this order; called again it does nothing.
    void start(std::vector<std::string> ids);
    // Computes everything that is missing, here (without a thread).
    void finish();
    // Without a thread: goes on with what is missing for about `seconds`. False when all is there.
    bool work(double seconds);
    bool missing() const { return (threaded_ ? count() : at_) < ids_.size(); }
    // nullptr while it is not there yet.
    std::shared_ptr<const Shown> find(std::string_view id) const;
    // Grows with every card that arrives.
    std::size_t count() const;

   private:
    void compute(const std::string& id);
    const bool threaded_;
    std::function<void()> wake_;
    mutable std::mutex mutex_;
    std::map<std::string, std::shared_ptr<const Shown>, std::less<>> done_;
    std::vector<std::string> ids_;
    std::unique_ptr<Worker> worker_;  // of `work`
    std::size_t at_ = 0;              // the card that `work` is at
    std::atomic<bool> ended_{false};
    std::thread thread_;
};

// The wish for a card: defaults, or the preset named "card"; a job is taken a few steps along.
Wish card_wish(std::string_view id);

}  // namespace orrery::viz
