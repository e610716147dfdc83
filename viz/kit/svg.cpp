#include "viz/kit/svg.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "viz/kit/color_scale.hpp"

namespace orrery::viz {
namespace {

constexpr std::size_t most_cells = 48;

// At most two decimals, without regard to the locale.
std::string number(float value) {
    if (!std::isfinite(value)) return "0";
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, "%lld",
                  static_cast<long long>(std::llround(double(value) * 100)));
    std::string digits = buffer, sign;
    if (digits[0] == '-') sign = "-", digits.erase(0, 1);
    while (digits.size() < 3) digits.insert(0, "0");
    std::string text = sign + digits.substr(0, digits.size() - 2);
    std::string rest = digits.substr(digits.size() - 2);
    while (!rest.empty() && rest.back() == '0') rest.pop_back();
    if (!rest.empty()) text += "." + rest;
    return text == "-0" ? "0" : text;
}

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else if (c == '"')
            out += "&quot;";
        else if (static_cast<unsigned char>(c) >= 32)
            out += c;
    }
    return out;
}

std::string hex(Color c) {
    char buffer[8];
    std::snprintf(buffer, sizeof buffer, "#%02X%02X%02X", unsigned(c.r), unsigned(c.g),
                  unsigned(c.b));
    return buffer;
}

std::string attribute(const char* name, float value) {
    return std::string(" ") + name + "=\"" + number(value) + "\"";
}

std::string fill(Color c) {
    if (c.a == 0) return " fill=\"none\"";
    std::string out = " fill=\"" + hex(c) + "\"";
    if (c.a < 255) out += attribute("fill-opacity", float(c.a) / 255);
    return out;
}

std::string stroke(const Stroke& s) {
    if (s.width <= 0 || s.color.a == 0) return "";
    std::string out = " stroke=\"" + hex(s.color) + "\"" + attribute("stroke-width", s.width);
    if (s.color.a < 255) out += attribute("stroke-opacity", float(s.color.a) / 255);
    if (s.dash == Dash::dashed)
        out += " stroke-dasharray=\"" + number(s.width * 2 + 4) + " " + number(s.width + 3) + "\"";
    if (s.dash == Dash::dotted)
        out += " stroke-linecap=\"round\" stroke-dasharray=\"0.1 " + number(s.width * 3 + 1) + "\"";
    return out;
}

std::string place(const Rect& r) {
    return attribute("x", r.x) + attribute("y", r.y) + attribute("width", std::max(r.w, 0.0f)) +
           attribute("height", std::max(r.h, 0.0f));
}

std::string points(const std::vector<Point>& list) {
    std::string out;
    for (const Point& p : list) out += (out.empty() ? "" : " ") + number(p.x) + "," + number(p.y);
    return out;
}

class Writer {
   public:
    explicit Writer(const Theme& theme) : theme_(theme) {}

    void operator()(const DrawRect& d) {
        if (d.stroke.dash == Dash::doubled && d.stroke.width > 0) {
            frame(d.box, d.fill, {d.stroke.color, d.stroke.width, Dash::solid}, d.radius);
            frame(d.box.inset(d.stroke.width * 2), {0, 0, 0, 0},
                  {d.stroke.color, d.stroke.width, Dash::solid}, d.radius);
        } else {
            frame(d.box, d.fill, d.stroke, d.radius);
        }
    }
    void operator()(const DrawLine& d) {
        Stroke s = d.stroke;
        if (s.dash == Dash::doubled) s.width *= 2;
        out += "<polyline fill=\"none\" stroke-linejoin=\"round\" points=\"" + points(d.points) +
               "\"" + stroke(s) + "/>\n";
    }
    void operator()(const DrawPolygon& d) {
        out += "<polygon points=\"" + points(d.points) + "\"" + fill(d.fill) + "/>\n";
    }
    void operator()(const DrawCircle& d) {
        out += "<circle" + attribute("cx", d.centre.x) + attribute("cy", d.centre.y) +
               attribute("r", d.radius) + fill(d.fill) + stroke(d.stroke) + "/>\n";
    }
    void operator()(const DrawHatch& d) {
        out += "<rect" + place(d.box) + " fill=\"url(#" + hatch(d.color, d.spacing) + ")\"/>\n";
    }
    void operator()(const DrawText& d) {
        const char* family = d.style.font == Font::mono
                                 ? "'JetBrains Mono', 'Fira Code', monospace"
                                 : "Inter, 'WenQuanYi Micro Hei', 'Noto Sans CJK SC', sans-serif";
        out += "<text xml:space=\"preserve\"" + attribute("x", d.box.x) +
               attribute("y", d.box.y + d.style.size * text_base) +
               attribute("textLength", d.box.w) +
               " lengthAdjust=\"spacingAndGlyphs\" font-family=\"" + family + "\"" +
               attribute("font-size", d.style.size) +
               (d.style.font == Font::bold ? " font-weight=\"600\"" : "") + fill(d.style.color) +
               ">" + escaped(d.text) + "</text>\n";
    }
    void operator()(const DrawMatrix& d) {
        const bool faint = d.alpha < 1;
        if (faint) out += "<g" + attribute("opacity", d.alpha) + ">\n";
        if (d.tensor.rows() <= most_cells && d.tensor.cols() <= most_cells)
            cells(d);
        else
            picture(d);
        if (faint) out += "</g>\n";
    }

    void clip_to(const Rect& clip) {
        const std::string key = place(clip);
        if (key == clip_) return;
        end_clip();
        clip_ = key;
        const std::string name = "clip" + std::to_string(++count_);
        definitions += "<clipPath id=\"" + name + "\"><rect" + key + "/></clipPath>\n";
        out += "<g clip-path=\"url(#" + name + ")\">\n";
    }
    void end_clip() {
        if (!clip_.empty()) out += "</g>\n";
        clip_.clear();
    }

    std::string out, definitions;

   private:
    void frame(const Rect& box, Color inside, const Stroke& s, float radius) {
        const Rect r = s.width > 0 ? box.inset(s.width / 2) : box;
        out += "<rect" + place(r);
        if (radius > 0) out += attribute("rx", std::min(radius, std::min(r.w, r.h) / 2));
        out += fill(inside) + stroke(s) + "/>\n";
    }

    std::string hatch(Color color, float spacing) {
        const std::string key = hex(color) + std::to_string(color.a) + number(spacing);
        for (const auto& [known, name] : hatches_)
            if (known == key) return name;
        const std::string name = "hatch" + std::to_string(hatches_.size());
        definitions += "<pattern id=\"" + name + "\" patternUnits=\"userSpaceOnUse\"" +
                       attribute("width", spacing) + attribute("height", spacing) +
                       " patternTransform=\"rotate(45)\"><rect width=\"1\"" +
                       attribute("height", spacing) + fill(color) + "/></pattern>\n";
        hatches_.emplace_back(key, name);
        return name;
    }

    void cells(const DrawMatrix& d) {
        const ColorScale scale = color_scale(d.tensor, d.style, d.dark);
        const std::size_t rows = d.tensor.rows(), cols = d.tensor.cols();
        const float w = d.box.w / (float(cols) * d.style.view.w);
        const float h = d.box.h / (float(rows) * d.style.view.h);
        const float gap = std::min(w, h) >= 8 ? d.style.gap : 0;
        const float radius = std::min(w, h) >= 16 ? 2.0f : 0.0f;
        for (std::size_t i = 0; i < rows; ++i)
            for (std::size_t j = 0; j < cols; ++j) {
                const Rect cell{d.box.x + (float(j) - d.style.view.x * float(cols)) * w,
                                d.box.y + (float(i) - d.style.view.y * float(rows)) * h, w - gap,
                                h - gap};
                if (intersection(cell, d.box).empty()) continue;
                const float v = d.tensor.row(i)[j];
                const bool hidden = d.style.mask.rank() > 0 && d.style.mask.row(i)[j] == 0;
                if (hidden) {
                    frame(cell, theme_.sunken, {}, radius);
                    out += "<rect" + place(cell) + " fill=\"url(#" +
                           hatch(theme_.text_quiet.with_alpha(0.55f), 5) + ")\"/>\n";
                } else if (std::isnan(v)) {
                    frame(cell, nan_color, {}, radius);
                    const Rect a{cell.x, cell.y, cell.w / 2, cell.h / 2};
                    frame(a, rgb(0x000000), {}, 0);
                    frame({a.right(), a.bottom(), a.w, a.h}, rgb(0x000000), {}, 0);
                } else {
                    const Color c = scale.color(v, i);
                    frame(cell, c, {}, radius);
                    if (std::isinf(v)) chevron(cell, v > 0, ink_on(c));
                }
            }
    }

    void chevron(const Rect& cell, bool up, Color ink) {
        const float s = std::min(cell.w, cell.h) * 0.25f * (up ? 1.0f : -1.0f);
        const Point m = cell.centre();
        out += "<polyline fill=\"none\" points=\"" +
               points({{m.x - std::abs(s), m.y + s / 2},
                       {m.x, m.y - s / 2},
                       {m.x + std::abs(s), m.y + s / 2}}) +
               "\"" + stroke({ink, 1.5f, Dash::solid}) + "/>\n";
    }

    void picture(const DrawMatrix& d) {
        const std::size_t rows = d.tensor.rows(), cols = d.tensor.cols();
        const Rect& view = d.style.view;
        const auto edge = [](float fraction, std::size_t n) {
            return std::size_t(std::clamp(std::lround(double(fraction) * double(n)), 0L, long(n)));
        };
        const std::size_t r0 = edge(view.y, rows), c0 = edge(view.x, cols);
        const std::size_t r1 = std::max(edge(view.y + view.h, rows), r0 + 1);
        const std::size_t c1 = std::max(edge(view.x + view.w, cols), c0 + 1);
        if (r1 > rows || c1 > cols) return;

        Tensor part({r1 - r0, c1 - c0}), open({r1 - r0, c1 - c0}, 1.0f);
        const ColorScale scale = color_scale(d.tensor, d.style, d.dark);
        for (std::size_t i = r0; i < r1; ++i)
            for (std::size_t j = c0; j < c1; ++j) {
                part.row(i - r0)[j - c0] = d.tensor.row(i)[j];
                if (d.style.mask.rank() > 0) open.row(i - r0)[j - c0] = d.style.mask.row(i)[j];
            }
        const auto room = [](float pixels) { return std::size_t(std::max(1.0f, pixels * 2)); };
        const Tensor small = pooled(part, room(d.box.h), room(d.box.w));
        const Tensor seen = pooled(open, small.rows(), small.cols());
        Image image{int(small.cols()), int(small.rows()), {}};
        for (std::size_t i = 0; i < small.rows(); ++i)
            for (std::size_t j = 0; j < small.cols(); ++j) {
                const float v = small.row(i)[j];
                Color c = scale.color(v, r0 + i * (r1 - r0) / small.rows());
                if (std::isnan(v)) c = nan_color;
                if (seen.row(i)[j] == 0) c = (i + j) % 4 == 0 ? theme_.text_quiet : theme_.sunken;
                image.rgba.insert(image.rgba.end(), {c.r, c.g, c.b, 255});
            }
        out += "<image" + place(d.box) +
               " preserveAspectRatio=\"none\" image-rendering=\"pixelated\" "
               "href=\"data:image/png;base64," +
               base64(encode_png(image)) + "\"/>\n";
    }

    const Theme& theme_;
    std::vector<std::pair<std::string, std::string>> hatches_;
    std::string clip_;
    int count_ = 0;
};

}  // namespace

std::string to_svg(const Canvas& canvas, const Notes& notes) {
    Writer writer(canvas.theme());
    int top = 0;
    for (const Command& command : canvas.commands()) top = std::max(top, command.layer);
    for (int layer = 0; layer <= top; ++layer)
        for (const Command& command : canvas.commands()) {
            if (command.layer != layer) continue;
            writer.clip_to(command.clip);
            std::visit(writer, command.what);
        }
    writer.end_clip();

    const Size size = canvas.size();
    std::string out =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"" +
        attribute("width", size.w) + attribute("height", size.h) + " viewBox=\"0 0 " +
        number(size.w) + " " + number(size.h) + "\">\n";
    std::string metadata;
    for (const auto& [name, text] : notes) {
        if (name == "Title")
            out += "<title>" + escaped(text) + "</title>\n";
        else
            metadata += escaped(name) + ": " + escaped(text) + "\n";
    }
    if (!metadata.empty()) out += "<metadata>" + metadata + "</metadata>\n";
    out += "<defs>\n" + writer.definitions + "</defs>\n<rect width=\"100%\" height=\"100%\"" +
           fill(canvas.theme().background) + "/>\n" + writer.out + "</svg>\n";
    return out;
}

}  // namespace orrery::viz
