#include "viz/app/worker.hpp"

#include <chrono>
#include <cmath>
#include <cstring>
#include <thread>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "tests/support/catch.hpp"
#include "viz/app/workspace.hpp"

using namespace orrery;
using namespace orrery::viz;

namespace {

// x moves by rate · (its own digits): a state whose every step depends on all before.
struct Walk {
    double x = 1, rate = 0.5;
    std::size_t at = 0, total_steps = 0;
    bool breaks = false;
    void step() {
        if (breaks && at == 5) throw ValueError("walk: fell over");
        x = x * rate + std::sin(x) + double(at);
        ++at;
    }
    bool done() const { return total_steps && at >= total_steps; }
    std::size_t position() const { return at; }
    std::size_t total() const { return total_steps; }
    std::string snapshot() const {
        std::string s(sizeof(double) * 2 + sizeof(std::size_t), '\0');
        std::memcpy(s.data(), &x, 8), std::memcpy(s.data() + 8, &rate, 8),
            std::memcpy(s.data() + 16, &at, 8);
        return s;
    }
    void restore(std::string_view s) {
        std::memcpy(&x, s.data(), 8), std::memcpy(&rate, s.data() + 8, 8),
            std::memcpy(&at, s.data() + 16, 8);
    }
    Scalars scalars() const { return {{"loss", x}}; }
    void set(std::string_view knob, std::string_view value) {
        if (knob == "rate")
            parse_number(value, rate);
        else
            throw ValueError("walk: no knob " + std::string(knob));
    }
};

std::shared_ptr<const OpenPanel> walk_panel(bool breaks = false, std::size_t total = 0) {
    auto panel = std::make_shared<OpenPanel>();
    panel->id = "test/walk";
    Declaration& d = panel->declaration;
    d.knob("rate", 0.5f, 0.0f, 1.0f);
    d.knob("look", 0, 0, 9);
    d.knob("size", 1, 1, 9).restarts = true;
    d.job([=](const Knobs& k, const Inputs&) {
        Walk walk;
        walk.rate = double(k.real("rate")), walk.breaks = breaks, walk.total_steps = total;
        walk.x = double(k.size("size"));
        return make_job(walk);
    });
    panel->panel.compute = [](const Knobs&, const Inputs& in, Trace& out) {
        const Walk& walk = in.job<Walk>();
        out.from("test/walk");
        out.add("x", Tensor({1, 2}, {float(walk.x), float(walk.x - double(float(walk.x)))}));
    };
    return panel;
}

struct Bench {
    Worker worker{false};
    Wish wish;
    Shown last;
    explicit Bench(std::shared_ptr<const OpenPanel> panel) {
        wish.panel = panel;
        wish.knobs = Knobs(panel->declaration.knobs());
        wish.workspace = make_workspace("");
    }
    const Shown& go() {
        worker.ask(wish);
        for (int i = 0; i < 100000 && worker.work(0.05); ++i) {
        }
        while (auto shown = worker.take()) last = *shown;
        return last;
    }
    const Shown& to(std::size_t step, bool near = false) {
        wish.step = step, wish.near = near, ++wish.seek;
        return go();
    }
    Tensor x() const { return (*last.trace)["x"]; }
};

}  // namespace

TEST_CASE("worker: the timeline goes backward, bit for bit", "[app][worker]") {
    Bench bench(walk_panel());
    std::vector<Tensor> seen;
    for (std::size_t step = 0; step <= 40; ++step) {
        CHECK(bench.to(step).step == step);
        seen.push_back(bench.x());
    }
    for (const std::size_t step : {17u, 3u, 39u, 0u, 40u, 22u}) {
        CHECK(bench.to(step).step == step);
        CHECK(bench.x().same_bits(seen[step]));
        CHECK(bench.last.exact);
    }
    CHECK(bench.worker.status().furthest == 40);
}

TEST_CASE("worker: on the way to a far step there is something to see, which answers no wish",
          "[app][worker]") {
    Bench bench(walk_panel());
    bench.wish.step = 200000, ++bench.wish.seek;
    const std::uint64_t asked = bench.worker.ask(bench.wish);
    std::size_t on_the_way = 0;
    for (int i = 0; i < 100000 && bench.worker.work(0.02); ++i)
        if (auto shown = bench.worker.take(); shown && shown->step < bench.wish.step) {
            CHECK(shown->serial != asked);
            CHECK(shown->step > 0);
            CHECK(bench.worker.status().running);
            CHECK(bench.worker.status().goal == bench.wish.step);
            ++on_the_way;
        } else if (shown) {
            bench.last = *shown;
        }
    while (auto shown = bench.worker.take()) bench.last = *shown;
    CHECK(on_the_way > 0);
    CHECK(bench.last.step == bench.wish.step);
    CHECK(bench.last.serial == asked);
    CHECK_FALSE(bench.worker.status().running);
    CHECK(bench.worker.status().goal == bench.wish.step);
}

TEST_CASE("worker: a knob of the job changed in the past forks the run", "[app][worker]") {
    Bench bench(walk_panel());
    bench.to(30);
    const Tensor straight = bench.x();
    bench.to(10);
    bench.wish.knobs.set("rate", "0.25");
    bench.go();
    CHECK(bench.worker.status().furthest == 10);
    CHECK(bench.worker.status().forked_at == 10);
    REQUIRE(bench.worker.status().before_fork);
    CHECK(bench.worker.status().before_fork->size() == 30);
    bench.to(30);
    CHECK_FALSE(bench.x().same_bits(straight));
    // Before the change the knob has its old value again, and after it the new one.
    bench.to(5);
    CHECK(bench.last.knobs.real("rate") == 0.5f);
    bench.wish.knobs = bench.last.knobs;
    const Tensor forked = (bench.to(30), bench.x());
    CHECK(bench.last.knobs.real("rate") == 0.25f);
    bench.wish.knobs = bench.last.knobs;
    CHECK((bench.to(12), bench.to(30), bench.x()).same_bits(forked));
}

TEST_CASE("worker: a knob of the picture neither forks nor restarts", "[app][worker]") {
    Bench bench(walk_panel());
    bench.to(30);
    bench.to(10);
    bench.wish.knobs.set("look", "4");
    bench.go();
    CHECK(bench.worker.status().furthest == 30);
    CHECK(bench.last.step == 10);
    CHECK(bench.last.knobs.integer("look") == 4);
}

TEST_CASE("worker: a restarting knob and a restart begin anew", "[app][worker]") {
    Bench bench(walk_panel());
    bench.to(20);
    bench.wish.knobs.set("size", "3");
    bench.go();
    CHECK(bench.worker.status().furthest == 0);
    bench.to(20);
    ++bench.wish.restart;
    bench.to(0);
    CHECK(bench.worker.status().furthest == 0);
}

TEST_CASE("worker: it stops at a step, below a loss, at the end, and when a step fails",
          "[app][worker]") {
    SECTION("step") {
        Bench bench(walk_panel());
        bench.wish.run = true, bench.wish.until = until_from("step 25");
        CHECK(bench.go().step == 25);
        CHECK(bench.worker.status().stopped == "until");
    }
    SECTION("loss") {
        Bench bench(walk_panel());
        bench.wish.run = true, bench.wish.until = until_from("loss > 50");
        bench.go();
        CHECK(bench.worker.status().stopped == "until");
        CHECK(bench.x().at({0, 0}) > 50);
    }
    SECTION("end") {
        Bench bench(walk_panel(false, 12));
        bench.wish.run = true;
        CHECK(bench.go().step == 12);
        CHECK(bench.worker.status().stopped == "done");
    }
    SECTION("failure") {
        Bench bench(walk_panel(true));
        bench.wish.run = true;
        bench.go();
        CHECK(bench.last.error == "walk: fell over");
        CHECK(bench.last.step == 5);
        CHECK_FALSE(bench.worker.busy());
    }
}

TEST_CASE("worker: what is no condition says so", "[app][worker][errors]") {
    CHECK_THROWS_AS(until_from("loss"), ValueError);
    CHECK_THROWS_AS(until_from("loss < soon"), ValueError);
    CHECK(until_from("").scalar.empty());
    CHECK(until_from("step 5").bound == 5);
}

TEST_CASE("worker: a thread answers the newest of many wishes and can be left at once",
          "[app][worker]") {
    const auto panel = walk_panel();
    Worker worker(true);
    Wish wish;
    wish.panel = panel, wish.workspace = make_workspace("");
    wish.knobs = Knobs(panel->declaration.knobs());
    std::uint64_t newest = 0;
    for (int i = 0; i < 200; ++i) {
        wish.step = std::size_t(i % 50), ++wish.seek;
        newest = worker.ask(wish);
    }
    std::optional<Shown> last;
    for (int i = 0; i < 5000 && (!last || last->serial != newest); ++i) {
        if (auto shown = worker.take()) last = shown;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    REQUIRE(last);
    CHECK(last->serial == newest);
    CHECK(last->step == 49);
    wish.run = true;  // runs for ever; the destructor ends it within one step
    worker.ask(wish);
}

TEST_CASE("worker: while it runs, its step is said more often than a dear trace is taken",
          "[app][worker]") {
    using namespace std::chrono_literals;
    auto panel = std::make_shared<OpenPanel>(*walk_panel());
    panel->panel.compute = [](const Knobs&, const Inputs&, Trace&) {
        std::this_thread::sleep_for(60ms);  // the next one is more than half a second away
    };
    Worker worker(true);
    Wish wish;
    wish.panel = panel, wish.workspace = make_workspace("");
    wish.knobs = Knobs(panel->declaration.knobs());
    wish.run = true, wish.until = until_from("step 3000000");
    worker.ask(wish);
    std::size_t position = 0, moved = 0, traces = 0;
    for (int i = 0; i < 2000 && moved < 12; ++i) {
        if (worker.take()) ++traces;
        const std::size_t now = worker.status().position;
        if (now != position) ++moved;
        position = now;
        std::this_thread::sleep_for(1ms);
    }
    CHECK(moved == 12);
    CHECK(traces < 6);
}
