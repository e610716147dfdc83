#include "viz/kit/flow.hpp"

#include <algorithm>
#include <cmath>

namespace orrery::viz {
namespace {

constexpr float row_gap = 20, least_arrow = 44;
constexpr float most_pressed = 1.2f;  // least widths may be cut by this factor before a row breaks

TextStyle arrow_style(const Theme& t) {
    return {Font::body, text_label, t.text_quiet, Align::centre};
}

}  // namespace

Flow::Flow(Canvas& c, const View& view, Rect box) : canvas_(c), view_(view), box_(box) {}

void Flow::stage(std::string_view part, float weight, float least_width,
                 std::function<void(const Rect&)> draw) {
    stages_.push_back(
        {std::string(part), std::max(weight, 0.01f), least_width, std::move(draw), ""});
}

// The word belongs to the stage it leads away from.
void Flow::arrow(std::string word) {
    if (!stages_.empty()) stages_.back().arrow = word.empty() ? " " : std::move(word);
}

void Flow::finish() {
    if (stages_.empty()) return;
    const Theme& t = canvas_.theme();
    const auto arrow_width = [&](const Stage& s) {
        if (s.arrow.empty()) return 24.0f;
        if (view_.compact) return 26.0f;
        return std::max(least_arrow, canvas_.measure(s.arrow, arrow_style(t)).w + 20);
    };

    //: as few rows as possible, pressed together a little rather than broken
    std::vector<float> wanted(stages_.size());
    float total = 0;
    for (std::size_t i = 0; i < stages_.size(); ++i) {
        wanted[i] = stages_[i].least_width + (i > 0 ? arrow_width(stages_[i - 1]) : 0);
        total += wanted[i];
    }
    const float limit = box_.w * most_pressed;
    const auto broken_at = [&](float width) {
        std::vector<std::size_t> starts{0};
        float used = 0;
        for (std::size_t i = 0; i < stages_.size(); ++i) {
            if (i > starts.back() && used + wanted[i] > width) starts.push_back(i), used = 0;
            used += wanted[i];
        }
        return starts;
    };
    std::vector<std::size_t> starts = broken_at(limit);
    //: rows of about the same length
    for (float width = total / float(starts.size()); width < limit; width += 16) {
        const auto even = broken_at(width);
        if (even.size() > starts.size()) continue;
        starts = even;
        break;
    }
    starts.push_back(stages_.size());

    const std::size_t rows = starts.size() - 1;
    const float height = (box_.h - row_gap * float(rows - 1)) / float(rows);
    for (std::size_t r = 0; r < rows; ++r) {
        const std::size_t begin = starts[r], end = starts[r + 1];
        float fixed = 0, weights = 0;
        for (std::size_t i = begin; i < end; ++i) {
            if (i > 0) fixed += i == begin && r == 0 ? 0 : arrow_width(stages_[i - 1]);
            fixed += stages_[i].least_width, weights += stages_[i].weight;
        }
        const float spare = std::max(0.0f, box_.w - fixed);
        const float squeeze = fixed > box_.w ? box_.w / fixed : 1.0f;
        float x = box_.x;
        const float y = box_.y + float(r) * (height + row_gap);
        for (std::size_t i = begin; i < end; ++i) {
            const Stage& s = stages_[i];
            //: the arrow into this stage
            if (i > 0) {
                const Stage& before = stages_[i - 1];
                const float width = arrow_width(before) * squeeze;
                if (!before.arrow.empty() && view_.shows(before.part) && view_.shows(s.part)) {
                    const float middle = y + std::min(height * 0.5f, 130.0f);
                    const Rect word{x + 2, middle - 24, width - 4, 20};
                    if (!view_.compact && before.arrow != " ")
                        canvas_.text_in(word, before.arrow, arrow_style(t));
                    canvas_.arrow({x + 6, middle}, {x + width - 6, middle}, {t.outline, 1.5f});
                }
                x += width;
            }
            const float width = (s.least_width + spare * s.weight / weights) * squeeze;
            const Rect inside{x, y, width, height};
            if (view_.shows(s.part) && s.draw) {
                s.draw(inside);
                ring(canvas_, inside, s.part, view_);
            }
            x += width;
        }
    }
    stages_.clear();
}

Rect flow_box(Canvas& c, const Rect& box, std::string_view title, Role role,
              std::string_view link) {
    const Theme& t = c.theme();
    c.rect(box, t.surface, corner, {t.hairline, 1});
    Rect inside = box.inset(12, 10);
    Rect head = inside.take_top(24);
    if (role != Role::neutral) {
        c.rect({box.x, box.y + 10, 3, 22}, t.role(role), 1.5f);
    }
    if (!link.empty()) {
        //: a small arrow says that it can be entered
        Rect mark = head.take_right(14);
        const Point m = mark.centre();
        c.polyline({{m.x - 2, m.y - 4}, {m.x + 2, m.y}, {m.x - 2, m.y + 4}}, {t.text_quiet, 1.5f});
        Region region;
        region.id = "flow." + std::string(link);
        region.box = box;
        region.kind = Region::Kind::button;
        region.action = "open " + std::string(link);
        region.tip = std::string(title);
        c.region(std::move(region));
    }
    c.text_in(head, title, {Font::bold, text_body, t.role_text(role), Align::left});
    inside.take_top(4);
    return inside;
}

void ring(Canvas& c, const Rect& box, std::string_view part, const View& view) {
    if (!view.points_at(part)) return;
    const Color color = c.theme().accent;
    c.outline(box.inset(-7), {color.with_alpha(0.9f), 2}, 10);
    c.outline(box.inset(-10), {color.with_alpha(0.35f), 3}, 13);
    c.outline(box.inset(-13), {color.with_alpha(0.15f), 3}, 16);
}

}  // namespace orrery::viz
