#include <algorithm>
#include <chrono>
#include <cmath>

#include "core/base/random.hpp"
#include "viz/app/bench.hpp"
#include "viz/app/offscreen.hpp"
#include "viz/kit/matrix.hpp"
#include "viz/kit/pyramid.hpp"

namespace orrery::viz {

// A matrix of 4096 × 4096 numbers seen for the first time, then zoomed in 48 steps of the wheel and
// out again: how long a frame's list takes to build, and how long OpenGL takes to paint it. The
// pyramid is made by the worker before the first frame and is measured on its own.
std::vector<BenchRow> bench_matrix() {
    std::vector<BenchRow> rows;
    const auto add = [&](std::string name, double value, std::string note) {
        BenchRow row;
        row.name = std::move(name), row.unit = "ms", row.ours = value, row.note = std::move(note);
        rows.push_back(std::move(row));
    };
    const auto milliseconds = [](auto&& work) {
        const auto start = std::chrono::steady_clock::now();
        work();
        return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
            .count();
    };
    constexpr std::size_t side = 4096;
    Tensor matrix_of({side, side});
    Random random(1, "bench matrix");
    for (float& v : matrix_of.flat()) v = float(random.uniform()) - 0.5f;
    Trace trace;
    trace.add("m", matrix_of, "");
    const bool paints = offscreen_problem().empty();
    View view;
    view.size = {1280, 720};
    MatrixLook look;
    look.title = "m";
    const auto frame = [&](double* building, double* painting) {
        Canvas canvas(view.size);
        const double b = milliseconds([&] {
            matrix(canvas, Rect{0, 0, 1280, 720}.inset(12), trace, "m", view, look);
        });
        if (building) *building = b;
        if (!paints) return;
        const double p = milliseconds([&] { render(canvas); });
        if (painting) *painting = p;
    };
    //: what an empty picture costs is not the matrix's
    double empty = 0;
    if (paints) {
        const Canvas nothing(view.size);
        empty = median_ms(9, [&] { render(nothing); });
    }
    add("matrix 4096 × 4096, ends and pyramid",
        milliseconds([&] { prepare_for_drawing(trace["m"]); }),
        "on the worker, before the first frame");
    double build = 0, paint = 0;
    frame(&build, &paint);
    add("matrix 4096 × 4096, first look", build + std::max(paint - empty, 0.0), "aim 100");
    std::vector<double> builds, paints_ms;
    for (int step = 1; step <= 96; ++step) {
        const double times = step <= 48 ? step : 96 - step;
        const auto part = float(std::pow(1.2, -times * 0.75));
        view.lenses["m"].view = {(1 - part) * 0.37f, (1 - part) * 0.61f, part, part};
        frame(&build, &paint);
        builds.push_back(build), paints_ms.push_back(std::max(paint - empty, 0.0));
    }
    std::sort(builds.begin(), builds.end());
    std::sort(paints_ms.begin(), paints_ms.end());
    const auto at = [](const std::vector<double>& v, double p) {
        return v[std::size_t(p * double(v.size() - 1))];
    };
    add("building a zoom step, 99th percentile", at(builds, 0.99), "aim 8");
    if (!paints) return rows;
    add("painting a zoom step, median", at(paints_ms, 0.5),
        "without an empty picture's " + std::to_string(int(empty)) + " ms");
    add("painting a zoom step, slowest", paints_ms.back(), "");
    return rows;
}

}  // namespace orrery::viz
