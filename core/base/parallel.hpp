// parallel_for: the one place that owns threads
//
// The work is cut into fixed chunks that do not depend on the number of threads, so results are the
// same to the bit however many threads run. Nested calls run in the calling thread.
#pragma once

#include <cstddef>
#include <functional>

namespace orrery {

// Calls body(begin, end) for consecutive chunks of `grain` indices covering [0, n). Chunks run
// concurrently, in any order; an exception of any chunk is thrown again here after all have ended.
// ValueError when grain is 0.
void parallel_for(std::size_t n, std::size_t grain,
                  const std::function<void(std::size_t begin, std::size_t end)>& body);

// How many threads parallel_for uses, the calling one included. 0 means one for each core.
void set_thread_count(std::size_t count);
std::size_t thread_count();
// From here on the calling thread's calls run in it alone: for a thread that must not wait, as a
// browser's own must not.
void stay_alone();

}  // namespace orrery
