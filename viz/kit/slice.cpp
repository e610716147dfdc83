#include "viz/kit/slice.hpp"

#include <chrono>
#include <limits>

namespace orrery::viz {

static thread_local double end_of_slice = std::numeric_limits<double>::infinity();

Slice::Slice(double until) : before_(end_of_slice) { end_of_slice = until; }
Slice::~Slice() { end_of_slice = before_; }

bool slice_is_over() {
    using namespace std::chrono;
    return duration<double>(steady_clock::now().time_since_epoch()).count() >= end_of_slice;
}

}  // namespace orrery::viz
