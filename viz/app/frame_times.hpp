// Frame times: how long the frames of the window took to build on the processor
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace orrery::viz {

class FrameTimes {
   public:
    void add(double milliseconds);
    std::size_t count() const { return count_; }
    // Of the last 4096 frames; 0 when there are none.
    double percentile(double p) const;
    double worst() const { return worst_; }

   private:
    std::vector<double> recent_;
    std::size_t count_ = 0;
    double worst_ = 0;
};

// Builds `frames` frames of the whole window for a link, without a display: the canvas, and its
// painting into a draw list. With `training` the link's job runs meanwhile. Used by `orrery bench`
// and the tests.
struct FrameRun {
    FrameTimes times;
    double first_picture = 0;  // seconds from an empty session to the first whole frame
};
FrameRun measure_frames(const std::string& link, std::size_t frames, bool training);

}  // namespace orrery::viz
