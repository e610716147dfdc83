// Plots: lines over an axis, bars, histograms
#pragma once

#include <string>
#include <vector>

#include "viz/kit/canvas.hpp"
#include "viz/kit/view.hpp"

namespace orrery::viz {

struct Series {
    std::string name = {};
    std::vector<float> x = {}, y = {};  // NaN breaks the line
    Color color = {};
    Dash dash = Dash::solid;
    std::string mark = {};  // second channel, drawn at the line's end: "train", "▲"
};

struct PlotLook {
    std::string title = {}, x_axis = {}, y_axis = {};  // axes are always named
    bool log_x = false, log_y = false;
    float x_low = 0, x_high = 0;  // equal: fitted
    float y_low = 0, y_high = 0;
    float cursor = -1;    // a vertical line at this x; negative: none
    std::string id = {};  // of the hover regions; a click acts `action` + x
    std::string action = {};
};

// Lines with axes, ticks at round numbers, a legend at the lines' ends. Returns the plotting area.
Rect line_plot(Canvas& c, const Rect& box, const std::vector<Series>& series, const PlotLook& look,
               const View& view);

struct Bar {
    std::string name = {};
    float value = 0;
    Color color = {};
    std::string tensor = {};  // hovering selects (tensor, row, col)
    int row = -1, col = -1;
};
// Horizontal bars, name left, value right; negative ones go left of the zero line.
void bars(Canvas& c, const Rect& box, const std::vector<Bar>& bars, const PlotLook& look,
          const View& view);

// `values` counted into bins of equal width over [low, high] (fitted when equal), as columns.
Rect histogram(Canvas& c, const Rect& box, std::span<const float> values, int bins, Color color,
               const PlotLook& look, const View& view);

// Round tick positions covering [low, high], at most `count` of them: 1, 2 or 5 times a power of
// ten.
std::vector<double> ticks(double low, double high, int count);

}  // namespace orrery::viz
