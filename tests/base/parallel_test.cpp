#include "core/base/parallel.hpp"

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

#include "core/base/error.hpp"
#include "tests/support/catch.hpp"

using namespace orrery;

TEST_CASE("parallel: every index once, in chunks that the thread count does not change",
          "[base][parallel]") {
    const std::size_t before = thread_count();
    for (const std::size_t threads : {1u, 2u, 5u}) {
        set_thread_count(threads);
        CHECK(thread_count() == threads);
        for (const std::size_t n : {0u, 1u, 7u, 100u}) {
            std::vector<std::atomic<int>> seen(n);
            parallel_for(n, 8, [&](std::size_t begin, std::size_t end) {
                if (begin % 8 != 0 || end != std::min<std::size_t>(n, begin + 8))
                    throw std::logic_error("chunk");
                for (std::size_t i = begin; i < end; ++i) ++seen[i];
            });
            for (const auto& times : seen) CHECK(times == 1);
        }
    }
    set_thread_count(before);
}

TEST_CASE("parallel: an exception comes out, and the pool goes on", "[base][parallel][errors]") {
    const auto throwing = [](std::size_t begin, std::size_t) {
        if (begin == 5) throw ValueError("five");
    };
    CHECK_THROWS_AS(parallel_for(10, 1, throwing), ValueError);
    std::atomic<int> count = 0;
    parallel_for(10, 1, [&](std::size_t, std::size_t) { ++count; });
    CHECK(count == 10);
    CHECK_THROWS_AS(parallel_for(10, 0, throwing), ValueError);
}

TEST_CASE("parallel: a thread that stays alone does everything itself", "[base][parallel]") {
    std::atomic<int> count = 0, elsewhere = 0;
    std::thread alone([&] {
        stay_alone();
        const auto self = std::this_thread::get_id();
        parallel_for(100, 1, [&](std::size_t, std::size_t) {
            ++count;
            if (std::this_thread::get_id() != self) ++elsewhere;
        });
    });
    alone.join();
    CHECK(count == 100);
    CHECK(elsewhere == 0);
}

TEST_CASE("parallel: nested calls and several callers", "[base][parallel]") {
    std::atomic<int> count = 0;
    const auto nested = [&] {
        parallel_for(6, 1, [&](std::size_t, std::size_t) {
            parallel_for(5, 1, [&](std::size_t, std::size_t) { ++count; });
        });
    };
    std::thread other(nested);
    nested();
    other.join();
    CHECK(count == 60);
}
