#include "core/model/history.hpp"

#include <cmath>
#include <cstring>

#include "core/base/error.hpp"
#include "core/base/random.hpp"
#include "tests/support/catch.hpp"

using namespace orrery;
using namespace orrery::model;

namespace {

// A job whose every step depends on all that came before, and on a knob.
struct Walk {
    double place = 1, speed = 1;
    std::size_t done_ = 0, last = 1000;
    std::size_t weight = 8;  // bytes of a snapshot

    void step() { place = place * 0.75 + speed * Random(1, "walk", done_++).normal(); }
    bool done() const { return done_ >= last; }
    std::size_t position() const { return done_; }
    std::string snapshot() const {
        std::string s(24 + weight, 'x');
        std::memcpy(s.data(), &place, 8), std::memcpy(s.data() + 8, &speed, 8);
        std::memcpy(s.data() + 16, &done_, 8);
        return s;
    }
    void restore(std::string_view s) {
        std::memcpy(&place, s.data(), 8), std::memcpy(&speed, s.data() + 8, 8);
        std::memcpy(&done_, s.data() + 16, 8);
    }
    std::vector<std::pair<std::string, double>> scalars() const {
        return {{"place", place}, {"speed", speed}};
    }
    void set(std::string_view, std::string_view value) { speed = std::stod(std::string(value)); }
};

}  // namespace

TEST_CASE("history: any step again, to the bit", "[model][history]") {
    Walk walk;
    History history(functions_of(walk), {4000, 1});
    std::vector<double> places;
    while (history.step()) places.push_back(walk.place);
    REQUIRE(places.size() == 1000);
    CHECK(history.end() == 1000);

    Random random(2, "visits");
    for (int i = 0; i < 200; ++i) {
        const std::size_t to = 1 + random.below(1000);
        CAPTURE(to);
        const std::size_t far = history.distance(to);
        const std::size_t before = walk.position();
        history.go_to(to);
        CHECK(walk.position() == to);
        CHECK(walk.place == places[to - 1]);
        CHECK(history.scalar("place", to) == places[to - 1]);
        CHECK(far <= std::max<std::size_t>(history.longest_gap(), to >= before ? to - before : 0));
    }
    CHECK(history.series("place") == places);
    history.go_to(0);
    CHECK(walk.place == 1.0);
}

TEST_CASE("history: memory stays within its bound", "[model][history]") {
    Walk walk;
    walk.weight = 976;  // 1,000 bytes a snapshot
    History history(functions_of(walk), {10000, 1});
    while (history.step()) {
        CHECK(history.bytes() <= 10000);
        CHECK(history.snapshots().size() * 1000 == history.bytes());
        CHECK(history.snapshots().front() == 0);
    }
    // 1,000 steps in 10 places, nine gaps: 111 steps each at best, twice that while it grows
    CHECK(history.snapshots().size() == 10);
    CHECK(history.longest_gap() <= 222);
}

TEST_CASE("history: where the end is known, gaps are as short as fit", "[model][history]") {
    Walk walk;
    walk.weight = 976, walk.last = 2000;
    JobFunctions job = functions_of(walk);
    job.total = [] { return 2000; };
    History history(job, {26000, 1});
    // 26 places, three of them for where the reader is: 22 gaps of 91 steps
    while (history.step()) CHECK(history.longest_gap() <= 91);
    CHECK(history.bytes() <= 26000);
    Random random(3, "visits");
    for (int i = 0; i < 100; ++i) {
        const std::size_t to = random.below(2001);
        CHECK((to >= walk.position() || history.distance(to) < 91));
        history.go_to(to);
        CHECK(history.bytes() <= 26000);
        CHECK(history.longest_gap() <= 91);
    }
}

TEST_CASE("history: stepping back repeats few steps", "[model][history]") {
    Walk walk;
    walk.weight = 976, walk.last = 2000;
    JobFunctions job = functions_of(walk);
    job.total = [] { return 2000; };
    History history(job, {26000, 1});
    std::vector<double> places;
    while (history.step()) places.push_back(walk.place);
    history.go_to(1000);
    std::size_t repeated = 0;
    for (std::size_t to = 999; to >= 900; --to) {
        repeated += history.distance(to);
        history.go_to(to);
        CHECK(walk.place == places[to - 1]);
    }
    CHECK(repeated < 500);  // five for each; from a grid of 91 alone they would be 45
}

TEST_CASE("history: a state larger than the bound still goes back", "[model][history][edge]") {
    Walk walk;
    walk.last = 20;
    History history(functions_of(walk), {1, 1});
    std::vector<double> places;
    while (history.step()) places.push_back(walk.place);
    CHECK(history.snapshots().size() <= 2);
    history.go_to(7);
    CHECK(walk.place == places[6]);
}

TEST_CASE("history: changes of knobs are repeated at their step", "[model][history]") {
    Walk walk;
    History history(functions_of(walk), {500, 1});
    std::vector<double> places;
    for (int i = 0; i < 300; ++i) {
        if (i == 40) history.set("speed", "3");
        if (i == 200) history.set("speed", "-1");
        history.step();
        places.push_back(walk.place);
    }
    for (std::size_t to : {300, 41, 40, 201, 200, 299, 39, 300}) {
        CAPTURE(to);
        history.go_to(to);
        CHECK(walk.place == places[to - 1]);
    }
    // Back at the end the run goes on as if nothing had happened.
    Walk straight;
    for (int i = 0; i < 310; ++i) {
        if (i == 40) straight.set("", "3");
        if (i == 200) straight.set("", "-1");
        straight.step();
    }
    history.go_to(10), history.go_to(300);
    for (int i = 0; i < 10; ++i) history.step();
    CHECK(walk.place == straight.place);
}

TEST_CASE("history: a change at the end survives a visit to the past", "[model][history]") {
    Walk walk, straight;
    History history(functions_of(walk), {});
    for (int i = 0; i < 5; ++i) history.step(), straight.step();
    history.set("speed", "4"), straight.set("", "4");
    history.go_to(2), history.go_to(5);
    history.step(), straight.step();
    CHECK(walk.place == straight.place);
}

TEST_CASE("history: a change in the past forks the run", "[model][history]") {
    Walk walk, other;
    History history(functions_of(walk), {});
    for (int i = 0; i < 50; ++i) history.step();
    history.set("speed", "7");
    for (int i = 0; i < 50; ++i) history.step();
    history.go_to(30);
    history.set("speed", "2");
    CHECK(history.end() == 30);
    CHECK(history.snapshots().back() == 30);
    CHECK(history.series("place").size() == 30);
    REQUIRE(history.changes().size() == 1);
    CHECK(history.changes()[0].step == 30);

    for (int i = 0; i < 40; ++i) history.step();
    for (int i = 0; i < 70; ++i) {
        if (i == 30) other.set("", "2");
        other.step();
    }
    CHECK(walk.place == other.place);
    history.go_to(31), history.go_to(70);
    CHECK(walk.place == other.place);
}

TEST_CASE("history: the nearest snapshot at once, the rest when asked", "[model][history]") {
    Walk walk;
    History history(functions_of(walk), {1 << 20, 10});
    for (int i = 0; i < 55; ++i) history.step();
    CHECK(history.show_nearest(37) == 30);
    CHECK(walk.position() == 30);
    CHECK(history.distance(37) == 7);
    int asked = 0;
    history.go_to(37, [&] { return ++asked > 3; });
    CHECK(walk.position() == 33);
    history.go_to(37);
    CHECK(walk.position() == 37);
}

TEST_CASE("history: says what is wrong", "[model][history][errors]") {
    Walk walk;
    CHECK_THROWS_AS(History(functions_of(walk), {100, 0}), ValueError);
    History history(functions_of(walk), {});
    CHECK_THROWS_WITH(history.go_to(1), "history: step 1, wanted 0 to 0");
    CHECK(history.series("no such").empty());
    CHECK(std::isnan(history.scalar("place", 1)));
}
