#include "viz/kit/canvas.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/text.hpp"
#include "viz/kit/color_scale.hpp"
#include "viz/kit/fonts.hpp"

namespace orrery::viz {
namespace {

Rect overlap(const Rect& a, const Rect& b) {
    const Rect both = intersection(a, b);
    return {both.x, both.y, std::max(both.w, 0.0f), std::max(both.h, 0.0f)};
}

// What can be set in one line: no control characters, and bytes that are not a whole character as
// ⟨E4⟩.
std::string settable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const CodePoint c = next_code_point(text);
        const std::string_view bytes = text.substr(0, std::max<std::size_t>(c.length, 1));
        if (!c.valid) {
            static const char digits[] = "0123456789ABCDEF";
            const auto byte = static_cast<unsigned char>(bytes[0]);
            out += "⟨";
            out += digits[byte >> 4], out += digits[byte & 15];
            out += "⟩";
        } else {
            out += c.value < 32 || c.value == 127 ? std::string_view(" ") : bytes;
        }
        text.remove_prefix(bytes.size());
    }
    return out;
}

float width_of(std::string_view text, const TextStyle& style) {
    return text_width(style.font, style.size, text);
}

bool is_wide(std::uint32_t c) {
    return (c >= 0x2E80 && c <= 0x9FFF) || (c >= 0xAC00 && c <= 0xD7AF) ||
           (c >= 0xF900 && c <= 0xFAFF) || (c >= 0xFE30 && c <= 0xFE4F) ||
           (c >= 0xFF00 && c <= 0xFFEF) || (c >= 0x20000 && c <= 0x3FFFF);
}

bool one_of(std::uint32_t c, std::u32string_view set) {
    return set.find(char32_t(c)) != std::u32string_view::npos;
}

// A line may not begin with these, nor end with those.
bool closes(std::uint32_t c) { return one_of(c, U"，。、；：？！）】」』》〉”’…—～·％,.;:?!)]}%"); }
bool opens(std::uint32_t c) { return one_of(c, U"（【「『《〈“‘([{"); }

}  // namespace

bool may_break(std::uint32_t before, std::uint32_t after) {
    if (closes(after) || opens(before) || after == ' ') return false;
    if (before == ' ') return true;
    if (is_wide(before) || is_wide(after)) return true;
    return before == '-' || before == '/' || before == 0x2013 || before == 0x2014;
}

float line_height(const TextStyle& style) {
    return std::round(style.size * (style.size > 18 ? 1.35f : 1.5f));
}

std::vector<std::string> wrap(std::string_view text, float width, const TextStyle& style) {
    std::vector<std::string> lines;
    const auto close_line = [&](std::string_view line) {
        while (!line.empty() && line.back() == ' ') line.remove_suffix(1);
        lines.push_back(settable(line));
    };
    std::size_t begin = 0, at = 0, last_break = 0;
    std::size_t before_at = 0;  // where the last character began, and its width
    float used = 0, used_at_break = 0, width_before = 0;
    std::uint32_t before = 0;
    while (at < text.size()) {
        const CodePoint c = next_code_point(text.substr(at));
        if (c.value == '\n' && c.valid) {
            close_line(text.substr(begin, at - begin));
            begin = last_break = at + c.length, used = used_at_break = 0, before = 0;
            at += c.length;
            continue;
        }
        if (at > begin && may_break(before, c.value)) last_break = at, used_at_break = used;
        // An invalid byte is shown as four characters
        const float w =
            c.valid ? advance(style.font, c.value) * style.size : width_of("⟨00⟩", style);
        if (used + w > width + 0.01f && at > begin && c.value != ' ') {
            if (last_break > begin) {
                close_line(text.substr(begin, last_break - begin));
                begin = last_break, used -= used_at_break;
            } else {
                // A word longer than a line: cut it, but not in front of a closing mark
                std::size_t cut = at;
                if (c.valid && closes(c.value) && before_at > begin) cut = before_at;
                close_line(text.substr(begin, cut - begin));
                used = cut == at ? 0 : width_before;
                begin = last_break = cut;
            }
            used_at_break = 0;
            // What was carried over may still be too long: cut it there
            if (used + w > width && at > begin && used > 0) {
                close_line(text.substr(begin, at - begin));
                begin = last_break = at, used = 0;
            }
        }
        before_at = at, width_before = w;
        used += w, before = c.value, at += c.length;
    }
    if (begin < text.size() || lines.empty()) close_line(text.substr(begin));
    return lines;
}

std::string shorten(std::string_view text, float width, const TextStyle& style) {
    std::string whole = settable(text);
    if (width_of(whole, style) <= width + 0.01f) return whole;
    const float room = width - advance(style.font, 0x2026) * style.size;
    float used = 0;
    std::size_t at = 0;
    while (at < whole.size()) {
        const CodePoint c = next_code_point(std::string_view(whole).substr(at));
        const float w = advance(style.font, c.value) * style.size;
        if (used + w > room) break;
        used += w, at += c.length;
    }
    while (at > 0 && whole[at - 1] == ' ') --at;
    if (room < 0) return "";
    return whole.substr(0, at) + "…";
}

Canvas::Canvas(Size size, bool dark, bool high_contrast)
    : size_(size), theme_(&viz::theme(dark, high_contrast)), clips_{Rect{0, 0, size.w, size.h}} {}

Color Canvas::faded(Color color) const { return color.with_alpha(alphas_.back()); }

void Canvas::add(Command command) {
    if (clip().empty()) return;
    command.clip = clip();
    command.layer = layers_.back();
    commands_.push_back(std::move(command));
}

void Canvas::rect(const Rect& box, Color fill, float radius, Stroke stroke) {
    stroke.color = faded(stroke.color);
    add({DrawRect{box, faded(fill), stroke, radius}, {}, 0});
}

void Canvas::outline(const Rect& box, Stroke stroke, float radius) {
    rect(box, Color{0, 0, 0, 0}, radius, stroke);
}

void Canvas::line(Point a, Point b, Stroke stroke) { polyline({a, b}, stroke); }

void Canvas::polyline(std::vector<Point> points, Stroke stroke) {
    if (points.size() < 2) return;
    stroke.color = faded(stroke.color);
    add({DrawLine{std::move(points), stroke}, {}, 0});
}

void Canvas::polygon(std::vector<Point> points, Color fill) {
    if (points.size() < 3) return;
    add({DrawPolygon{std::move(points), faded(fill)}, {}, 0});
}

void Canvas::circle(Point centre, float radius, Color fill, Stroke stroke) {
    stroke.color = faded(stroke.color);
    add({DrawCircle{centre, radius, faded(fill), stroke}, {}, 0});
}

void Canvas::hatch(const Rect& box, Color color, float spacing) {
    if (!box.empty()) add({DrawHatch{box, faded(color), std::max(spacing, 1.0f)}, {}, 0});
}

void Canvas::arrow(Point a, Point b, Stroke stroke) {
    const float dx = b.x - a.x, dy = b.y - a.y;
    const float length = std::hypot(dx, dy);
    if (length < 0.5f) return;
    const float head = std::min(4 + 2.5f * stroke.width, length);
    const Point unit{dx / length, dy / length};
    const Point base{b.x - unit.x * head, b.y - unit.y * head};
    const float half = head * 0.55f;
    line(a, base, stroke);
    polygon({b,
             {base.x - unit.y * half, base.y + unit.x * half},
             {base.x + unit.y * half, base.y - unit.x * half}},
            stroke.color);
}

void Canvas::matrix(const Rect& box, const Tensor& tensor, const MatrixStyle& style) {
    if (box.empty() || tensor.size() == 0) return;
    if (style.map == Map::dots) return dots(box, tensor, style);
    add({DrawMatrix{box, tensor, style, theme_->dark, alphas_.back()}, {}, 0});
}

// A dot in every cell, its area the size of the number; where cells are too small, shades.
void Canvas::dots(const Rect& box, const Tensor& tensor, MatrixStyle style) {
    const ColorScale scale = color_scale(tensor, style, theme_->dark);
    const std::size_t rows = tensor.rows(), cols = tensor.cols();
    const float w = box.w / (style.view.w * float(cols)), h = box.h / (style.view.h * float(rows));
    if (std::min(w, h) < 5 || rows * cols > 16384) {
        style.map = scale.low < 0 ? Map::diverging : Map::grey;
        return matrix(box, tensor, style);
    }
    //: the ground, with the hatch, NaN and infinities as in every matrix
    Tensor ground = tensor;
    for (float& v : ground.flat())
        if (std::isfinite(v)) v = 0;
    MatrixStyle flat = style;
    flat.norm = Norm::linear, flat.low = 0, flat.high = 1;
    add({DrawMatrix{box, ground, flat, theme_->dark, alphas_.back()}, {}, 0});
    push_clip(box);
    for (std::size_t i = 0; i < rows; ++i)
        for (std::size_t j = 0; j < cols; ++j) {
            const float v = tensor.row(i)[j];
            if (!std::isfinite(v) || v == 0) continue;
            if (style.mask.rank() != 0 && style.mask.row(i)[j] == 0) continue;
            const float size = scale.size(v, i);
            const Point at{box.x + (float(j) + 0.5f - style.view.x * float(cols)) * w,
                           box.y + (float(i) + 0.5f - style.view.y * float(rows)) * h};
            const Color fill = v < 0 ? theme_->negative : theme_->positive;
            circle(at, std::sqrt(size) * 0.46f * std::min(w, h), fill.with_alpha(0.6f), {fill, 1});
        }
    pop_clip();
}

Rect Canvas::text(Point at, std::string_view text, const TextStyle& style) {
    std::string shown = settable(text);
    const float width = width_of(shown, style);
    Rect box{at.x, at.y, width, style.size * text_height};
    if (style.align == Align::centre) box.x -= width / 2;
    if (style.align == Align::right) box.x -= width;
    if (shown.empty()) return box;
    TextStyle own = style;
    own.color = faded(style.color);
    add({DrawText{box, std::move(shown), own}, {}, 0});
    return box;
}

Rect Canvas::text_in(const Rect& box, std::string_view text, const TextStyle& style) {
    const std::string shown = shorten(text, box.w, style);
    const float y = box.y + (box.h - style.size * text_height) / 2;
    float x = box.x;
    if (style.align == Align::centre) x = box.x + box.w / 2;
    if (style.align == Align::right) x = box.right();
    return this->text({x, y}, shown, style);
}

Rect Canvas::paragraph(const Rect& box, std::string_view text, const TextStyle& style) {
    if (text.empty()) return {box.x, box.y, 0, 0};
    const float step = line_height(style);
    float y = box.y, widest = 0;
    for (const auto& line : wrap(text, box.w, style)) {
        const Rect row{box.x, y, box.w, step};
        const float top = y + (step - style.size * text_height) / 2;
        float x = row.x;
        if (style.align == Align::centre) x = row.x + row.w / 2;
        if (style.align == Align::right) x = row.right();
        widest = std::max(widest, this->text({x, top}, line, style).w);
        y += step;
    }
    return {box.x, box.y, widest, y - box.y};
}

Size Canvas::measure(std::string_view text, const TextStyle& style) const {
    return {width_of(settable(text), style), style.size * text_height};
}

Size Canvas::measure_paragraph(float width, std::string_view text, const TextStyle& style) const {
    if (text.empty()) return {};
    const auto lines = wrap(text, width, style);
    float widest = 0;
    for (const auto& line : lines) widest = std::max(widest, width_of(line, style));
    return {widest, float(lines.size()) * line_height(style)};
}

void Canvas::push_clip(const Rect& box) { clips_.push_back(overlap(clip(), box)); }
void Canvas::pop_clip() {
    if (clips_.size() > 1) clips_.pop_back();
}
void Canvas::push_layer(int layer) { layers_.push_back(layer); }
void Canvas::pop_layer() {
    if (layers_.size() > 1) layers_.pop_back();
}
void Canvas::push_alpha(float alpha) {
    alphas_.push_back(alphas_.back() * std::clamp(alpha, 0.0f, 1.0f));
}
void Canvas::pop_alpha() {
    if (alphas_.size() > 1) alphas_.pop_back();
}

void Canvas::region(Region region) {
    const Rect whole = region.box;
    region.box = overlap(clip(), whole);
    if (region.box.empty()) return;
    //: a grid that is cut off shows that part of its cells
    Rect& view = region.view;
    view = {view.x + (region.box.x - whole.x) / whole.w * view.w,
            view.y + (region.box.y - whole.y) / whole.h * view.h, view.w * region.box.w / whole.w,
            view.h * region.box.h / whole.h};
    region.layer = layers_.back();
    regions_.push_back(std::move(region));
}

const Region* hit(const std::vector<Region>& regions, Point p) {
    const Region* best = nullptr;
    for (const Region& region : regions)
        if (region.box.contains(p) && (!best || region.layer >= best->layer)) best = &region;
    return best;
}

//: hit testing is arithmetic
Selection cell_at(const Region& region, Point p) {
    if (!region.box.contains(p) || region.rows == 0 || region.cols == 0) return {};
    const float fx = region.view.x + (p.x - region.box.x) / region.box.w * region.view.w;
    const float fy = region.view.y + (p.y - region.box.y) / region.box.h * region.view.h;
    if (fx < 0 || fy < 0 || fx >= 1 || fy >= 1) return {};
    Selection cell = region.target;
    cell.row = std::min(int(fy * float(region.rows)), int(region.rows) - 1);
    cell.col = std::min(int(fx * float(region.cols)), int(region.cols) - 1);
    if (region.transposed) std::swap(cell.row, cell.col);
    return cell;
}

}  // namespace orrery::viz
