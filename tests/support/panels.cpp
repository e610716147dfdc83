#include "tests/support/panels.hpp"

#include "viz/app/workspace.hpp"

namespace orrery::test {

Trace default_trace(const viz::RegisteredPanel& registered) {
    const viz::Panel panel = registered.make();
    viz::Declaration d;
    panel.declare(d);
    const viz::Knobs knobs(d.knobs());
    viz::Inputs inputs = resolve_inputs(d, knobs, viz::make_workspace(d.default_text()));
    std::unique_ptr<viz::Job> job;
    if (d.make_job()) {
        job = d.make_job()(knobs, inputs);
        job->step();
        inputs.set_job(job.get());
    }
    Trace trace;
    if (panel.compute) panel.compute(knobs, inputs, trace);
    return trace;
}

}  // namespace orrery::test
