// Slice: work inside a panel's compute that lasts, where there is no thread to do it on
//
// A browser without threads computes between frames. What lasts keeps what it has, asks
// `slice_is_over` after each step, and then throws ComeAgain: the worker calls compute again in the
// next slice, until it returns. Where there is a thread no slice ever ends.
#pragma once

namespace orrery::viz {

struct ComeAgain {};  // no error, so nothing that shows errors catches it

// While one lives, slices of this thread end at that second of the steady clock.
class Slice {
   public:
    explicit Slice(double until);
    ~Slice();
    Slice(const Slice&) = delete;
    Slice& operator=(const Slice&) = delete;

   private:
    double before_;
};

bool slice_is_over();

}  // namespace orrery::viz
