#include "tests/support/color_difference.hpp"

#include <cmath>

namespace orrery::test {
namespace {

constexpr double pi = 3.14159265358979323846;

double linear(int byte) {
    const double s = byte / 255.0;
    return s <= 0.04045 ? s / 12.92 : std::pow((s + 0.055) / 1.055, 2.4);
}

// Machado, Oliveira and Fernandes, "A physiologically-based model for simulation of color vision
// deficiency", 2009: the matrices of severity 1, applied to linear light.
constexpr double seen_by[3][9] = {
    {0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998},
    {0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881},
    {1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.303900}};

double degrees(double y, double x) {
    if (x == 0 && y == 0) return 0;
    const double d = std::atan2(y, x) * 180 / pi;
    return d < 0 ? d + 360 : d;
}

}  // namespace

Lab to_lab(viz::Color color, Vision vision) {
    double rgb[3] = {linear(color.r), linear(color.g), linear(color.b)};
    if (vision != Vision::normal) {
        const double* m = seen_by[int(vision) - 1];
        double out[3];
        for (int i = 0; i < 3; ++i) {
            out[i] = m[i * 3] * rgb[0] + m[i * 3 + 1] * rgb[1] + m[i * 3 + 2] * rgb[2];
            out[i] = std::fmin(std::fmax(out[i], 0.0), 1.0);
        }
        for (int i = 0; i < 3; ++i) rgb[i] = out[i];
    }
    const double x = (0.4124564 * rgb[0] + 0.3575761 * rgb[1] + 0.1804375 * rgb[2]) / 0.95047;
    const double y = 0.2126729 * rgb[0] + 0.7151522 * rgb[1] + 0.0721750 * rgb[2];
    const double z = (0.0193339 * rgb[0] + 0.1191920 * rgb[1] + 0.9503041 * rgb[2]) / 1.08883;
    const auto f = [](double t) {
        return t > 216.0 / 24389 ? std::cbrt(t) : (24389.0 / 27 * t + 16) / 116;
    };
    return {116 * f(y) - 16, 500 * (f(x) - f(y)), 200 * (f(y) - f(z))};
}

double ciede2000(const Lab& x, const Lab& y) {
    const double c_mean = (std::hypot(x.a, x.b) + std::hypot(y.a, y.b)) / 2;
    const double c7 = std::pow(c_mean, 7), g = 0.5 * (1 - std::sqrt(c7 / (c7 + std::pow(25.0, 7))));
    const double a1 = (1 + g) * x.a, a2 = (1 + g) * y.a;
    const double c1 = std::hypot(a1, x.b), c2 = std::hypot(a2, y.b);
    const double h1 = degrees(x.b, a1), h2 = degrees(y.b, a2);
    const double dl = y.l - x.l, dc = c2 - c1;
    double dh = 0, h_mean = h1 + h2;
    if (c1 * c2 != 0) {
        dh = h2 - h1;
        if (dh > 180) dh -= 360;
        if (dh < -180) dh += 360;
        if (std::abs(h1 - h2) <= 180)
            h_mean = (h1 + h2) / 2;
        else
            h_mean = h1 + h2 < 360 ? (h1 + h2 + 360) / 2 : (h1 + h2 - 360) / 2;
    }
    const double big_dh = 2 * std::sqrt(c1 * c2) * std::sin(dh / 2 * pi / 180);
    const double l = (x.l + y.l) / 2, c = (c1 + c2) / 2;
    const auto cosine = [](double d) { return std::cos(d * pi / 180); };
    const double t = 1 - 0.17 * cosine(h_mean - 30) + 0.24 * cosine(2 * h_mean) +
                     0.32 * cosine(3 * h_mean + 6) - 0.20 * cosine(4 * h_mean - 63);
    const double sl = 1 + 0.015 * (l - 50) * (l - 50) / std::sqrt(20 + (l - 50) * (l - 50));
    const double sc = 1 + 0.045 * c, sh = 1 + 0.015 * c * t;
    const double cc7 = std::pow(c, 7);
    const double rt = -2 * std::sqrt(cc7 / (cc7 + std::pow(25.0, 7))) *
                      std::sin(60 * std::exp(-std::pow((h_mean - 275) / 25, 2)) * pi / 180);
    const double tl = dl / sl, tc = dc / sc, th = big_dh / sh;
    return std::sqrt(tl * tl + tc * tc + th * th + rt * tc * th);
}

}  // namespace orrery::test
