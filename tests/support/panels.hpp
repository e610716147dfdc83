// Panels computed as they open, for tests
#pragma once

#include "core/tensor/trace.hpp"
#include "viz/kit/registry.hpp"

namespace orrery::test {

// The trace of a panel at its defaults; a job is run for one step.
Trace default_trace(const viz::RegisteredPanel& registered);

}  // namespace orrery::test
