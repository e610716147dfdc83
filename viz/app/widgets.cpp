#include "viz/app/widgets.hpp"

#include <algorithm>
#include <cmath>

namespace orrery::viz {
namespace {

constexpr float bar_width = 6, row_height = 32;

Color mixed(Color a, Color b, float t) {
    const auto mix = [t](std::uint8_t x, std::uint8_t y) {
        return std::uint8_t(float(x) + (float(y) - float(x)) * t + 0.5f);
    };
    return {mix(a.r, b.r), mix(a.g, b.g), mix(a.b, b.b), 255};
}

Region region(std::string id, const Rect& box, Region::Kind kind, std::string action,
              std::string tip) {
    Region r;
    r.id = std::move(id), r.box = box, r.kind = kind;
    r.action = std::move(action), r.tip = std::move(tip);
    return r;
}

}  // namespace

void focus_ring(Ui& ui, const Rect& box, float radius) {
    ui.c.outline(box.inset(-2), {ui.theme.focus, 2}, radius + 2);
}

float button_width(const Ui& ui, std::string_view label, const ButtonLook& look) {
    const float text =
        label.empty() ? 0 : ui.c.measure(label, {look.font, look.size, ui.theme.text}).w;
    const float icon = look.icon == Icon::none ? 0 : 16.0f + (label.empty() ? 0 : 6.0f);
    return std::max(target, std::ceil(text + icon) + 24);
}

void button(Ui& ui, const Rect& box, std::string id, std::string_view label, std::string action,
            const ButtonLook& look) {
    const Theme& t = ui.theme;
    const bool hot = ui.hot(id) && look.enabled;
    Color fill = look.primary ? t.accent : look.quiet ? t.surface.with_alpha(0) : t.raised;
    Color ink = look.primary ? t.text_on_accent : look.selected ? t.accent : t.text;
    if (look.selected && !look.primary) fill = mixed(t.surface, t.accent, 0.14f);
    if (hot) fill = look.primary ? mixed(t.accent, t.text, 0.12f) : mixed(t.raised, t.text, 0.08f);
    if (!look.enabled) ink = mixed(t.surface, t.text_quiet, 0.55f);
    const Stroke edge = look.quiet || look.primary ? Stroke{t.hairline, 0} : Stroke{t.hairline, 1};
    ui.c.rect(box, fill, corner, edge);
    const TextStyle style{look.font, look.size, ink, Align::left};
    const float text = label.empty() ? 0 : ui.c.measure(label, style).w;
    const float icon = look.icon == Icon::none ? 0 : 16, between = icon > 0 && text > 0 ? 6 : 0;
    Rect inner = box.inset(label.empty() ? 0.0f : 10.0f, 0);
    float x = inner.x;
    if (look.align == Align::centre)
        x = std::max(inner.x, inner.x + (inner.w - icon - between - text) / 2);
    if (icon > 0) draw_icon(ui.c, {x, box.y, icon, box.h}, look.icon, ink);
    if (!label.empty()) {
        x += icon + between;
        ui.c.text_in({x, box.y, inner.right() - x + 2, box.h}, label, style);
    }
    if (ui.focused(id)) focus_ring(ui, box);
    Region r = region(std::move(id), box, Region::Kind::button, std::move(action), look.tip);
    r.enabled = look.enabled;
    ui.c.region(std::move(r));
}

void icon_button(Ui& ui, const Rect& box, std::string id, Icon icon, std::string action,
                 std::string tip, bool selected, bool enabled) {
    ButtonLook look;
    look.icon = icon, look.quiet = true, look.selected = selected, look.enabled = enabled;
    look.tip = std::move(tip);
    button(ui, box, std::move(id), "", std::move(action), look);
}

void toggle_switch(Ui& ui, const Rect& box, std::string id, bool on, std::string action,
                   std::string tip) {
    const Theme& t = ui.theme;
    const Rect track{box.x, box.centre().y - 10, 36, 20};
    ui.c.rect(track, on ? t.accent : t.sunken, 10, {on ? t.accent : t.outline, 1});
    ui.c.circle({on ? track.right() - 10 : track.x + 10, track.centre().y},
                ui.hot(id) ? 7.5f : 6.5f, on ? t.text_on_accent : t.outline);
    if (ui.focused(id)) focus_ring(ui, track, 10);
    ui.c.region(
        region(std::move(id), box, Region::Kind::button, std::move(action), std::move(tip)));
}

void slider(Ui& ui, const Rect& box, std::string id, float fraction, std::string action,
            std::string tip) {
    const Theme& t = ui.theme;
    const float y = box.centre().y, left = box.x + 7, width = box.w - 14;
    const float x = left + width * fraction;
    ui.c.rect({left, y - 2, width, 4}, mixed(t.surface, t.outline, 0.45f), 2);
    ui.c.rect({left, y - 2, width * fraction, 4}, t.accent, 2);
    ui.c.circle({x, y}, ui.hot(id) ? 8.0f : 7.0f, t.accent, {t.surface, 2});
    if (ui.focused(id)) focus_ring(ui, {x - 7, y - 7, 14, 14}, 7);
    Region r = region(std::move(id), {left, box.y, width, box.h}, Region::Kind::slider,
                      std::move(action), std::move(tip));
    r.value = fraction;
    ui.c.region(std::move(r));
}

void text_field(Ui& ui, const Rect& box, std::string id, std::string_view content,
                std::string action, std::string_view placeholder, std::string tip, bool multiline,
                Font font) {
    const Theme& t = ui.theme;
    const bool focused = ui.focused(id);
    ui.c.rect(box, t.sunken, corner, {ui.hot(id) || focused ? t.outline : t.hairline, 1});
    const TextStyle style{font, font == Font::mono ? text_label : text_label + 1, t.text};
    // While it has the keyboard the window's own input shows the text.
    if (!focused || !ui.s.native_text) {
        if (content.empty()) {
            ui.c.text_in(box.inset(8, 0), placeholder, {font, style.size, t.text_quiet});
        } else if (multiline) {
            ui.c.push_clip(box.inset(1));
            ui.c.paragraph(box.inset(8, 6), content.substr(0, 600), style);
            ui.c.pop_clip();
        } else {
            std::string line(content.substr(0, 400));
            for (std::size_t at = 0; (at = line.find('\n', at)) != line.npos;)
                line.replace(at, 1, "⏎");
            ui.c.text_in(box.inset(8, 0), line, style);
        }
    }
    if (focused) focus_ring(ui, box);
    Region r = region(std::move(id), box, Region::Kind::text, std::move(action), std::move(tip));
    r.content = content, r.multiline = multiline;
    ui.c.region(std::move(r));
}

float segmented_width(const Ui& ui, const std::vector<Option>& options) {
    float width = 0;
    for (const Option& o : options) width += std::ceil(ui.c.measure(o.label, ui.label()).w) + 20;
    return width;
}

void segmented(Ui& ui, const Rect& box, std::string id, const std::vector<Option>& options,
               std::string_view chosen, std::string prefix) {
    const Theme& t = ui.theme;
    ui.c.rect(box, t.sunken, corner, {t.hairline, 1});
    const float spare =
        std::max(0.0f, box.w - segmented_width(ui, options)) / float(options.size());
    float x = box.x;
    for (const Option& o : options) {
        const float width = std::ceil(ui.c.measure(o.label, ui.label()).w) + 20 + spare;
        const Rect cell{x, box.y, std::min(width, box.right() - x), box.h};
        const std::string own = id + "." + o.value;
        const bool on = o.value == chosen;
        if (on) ui.c.rect(cell.inset(2), t.raised, corner - 1, {t.outline, 1});
        if (!on && ui.hot(own))
            ui.c.rect(cell.inset(2), mixed(t.sunken, t.text, 0.07f), corner - 1);
        ui.c.text_in(
            cell.inset(3, 0), o.label,
            {on ? Font::bold : Font::body, text_label, on ? t.text : t.text_quiet, Align::centre});
        if (ui.focused(own)) focus_ring(ui, cell);
        ui.c.region(region(own, cell, Region::Kind::button, prefix + o.value, o.tip));
        x += width;
    }
}

void drop_down(Ui& ui, const Rect& box, std::string id, const std::vector<Option>& options,
               std::string_view chosen, std::string prefix, std::string tip) {
    const Theme& t = ui.theme;
    std::string_view label = chosen;
    for (const Option& o : options)
        if (o.value == chosen) label = o.label;
    const bool open = ui.s.menu == id;
    ui.c.rect(box, ui.hot(id) || open ? mixed(t.raised, t.text, 0.06f) : t.raised, corner,
              {t.hairline, 1});
    ui.c.text_in({box.x + 10, box.y, box.w - 34, box.h}, label, {Font::body, text_label, t.text});
    draw_icon(ui.c, {box.right() - 24, box.y, 20, box.h}, Icon::down, t.text_quiet, 12);
    if (ui.focused(id)) focus_ring(ui, box);
    ui.c.region(region(id, box, Region::Kind::button, "menu " + id, std::move(tip)));
    if (open) menu_list(ui, box, id, options, chosen, std::move(prefix), box.w);
}

void menu_list(Ui& ui, const Rect& anchor, std::string id, const std::vector<Option>& options,
               std::string_view chosen, std::string prefix, float width) {
    const Theme& t = ui.theme;
    const Size page = ui.c.size();
    for (const Option& o : options)
        width = std::max(width, ui.c.measure(o.label, ui.label()).w + 44);
    const float height = row_height * float(options.size()) + 8;
    Rect box{std::min(anchor.x, page.w - width - 4), anchor.bottom() + 4, width, height};
    if (box.bottom() > page.h - 4) box.y = anchor.y - 4 - height;
    box.y = std::max(4.0f, box.y), box.x = std::max(4.0f, box.x);
    ui.c.push_layer(1);
    ui.c.push_clip({0, 0, page.w, page.h});
    ui.c.region(region("backdrop", {0, 0, page.w, page.h}, Region::Kind::button, "close", ""));
    ui.c.rect({box.x, box.y + 2, box.w, box.h}, Color{0, 0, 0, 60}, corner + 2);
    ui.c.rect(box, t.raised, corner, {t.outline, 1});
    Rect rows = box.inset(4);
    for (const Option& o : options) {
        const Rect row = rows.take_top(row_height);
        const std::string own = id + "." + o.value;
        if (ui.hot(own) || ui.focused(own))
            ui.c.rect(row, mixed(t.raised, t.accent, 0.22f), corner - 2);
        if (o.value == chosen)
            draw_icon(ui.c, {row.x + 4, row.y, 20, row.h}, Icon::check, t.accent, 12);
        ui.c.text_in({row.x + 28, row.y, row.w - 34, row.h}, o.label,
                     {Font::body, text_label, t.text});
        ui.c.region(region(own, row, Region::Kind::button, prefix + o.value, o.tip));
    }
    ui.c.pop_clip();
    ui.c.pop_layer();
}

float pill_width(const Ui& ui, std::string_view text) {
    return std::ceil(ui.c.measure(text, {Font::bold, text_label, ui.theme.text}).w) + 20;
}

void pill(Ui& ui, const Rect& box, std::string_view text, Color color) {
    ui.c.rect(box, color.with_alpha(0.14f), box.h / 2, {color.with_alpha(0.6f), 1});
    ui.c.text_in(box.inset(6, 0), text, {Font::bold, text_label, color, Align::centre});
}

ScrollArea::ScrollArea(Ui& ui, const Rect& box, std::string id)
    : ui_(ui), box_(box), id_(std::move(id)) {
    const auto it = ui.s.scrolls.find(id_);
    offset_ = it == ui.s.scrolls.end() ? 0 : it->second;
    ui.c.push_clip(box);
    Region r = region("scroll." + id_, box, Region::Kind::scroll, "scroll " + id_, "");
    r.value = offset_;
    ui.c.region(std::move(r));
    content_ = {box.x, box.y - offset_, box.w - bar_width - 4, 1e6f};
}

bool ScrollArea::visible(const Rect& b) const { return b.bottom() > box_.y && b.y < box_.bottom(); }

void ScrollArea::end(float bottom) {
    const float height = bottom - (box_.y - offset_);
    const float most = std::max(0.0f, height - box_.h);
    ui_.c.pop_clip();
    if (most <= 0.5f) return;
    // The bar says how much there is, and is dragged; its action takes the fraction of the whole
    // way.
    const float thumb = std::max(24.0f, box_.h * box_.h / height);
    const float y = box_.y + (box_.h - thumb) * std::min(1.0f, offset_ / most);
    const std::string id = "bar." + id_;
    ui_.c.rect({box_.right() - bar_width - 2, y, bar_width, thumb},
               ui_.theme.outline.with_alpha(ui_.hot(id) ? 0.9f : 0.45f), bar_width / 2);
    Region r = region(id, {box_.right() - 12, box_.y, 12, box_.h}, Region::Kind::scroll,
                      "scroll " + id_, "");
    r.value = offset_;
    r.rows = std::size_t(height);  // the whole height, for dragging the bar
    ui_.c.region(std::move(r));
}

}  // namespace orrery::viz
