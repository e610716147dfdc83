// The transport: the animation's t, and for long work the training step with its loss
#include <algorithm>
#include <cmath>

#include "core/base/text.hpp"
#include "viz/app/shell_parts.hpp"
#include "viz/kit/format.hpp"

namespace orrery::viz {
namespace {

const std::vector<Option>& speeds() {
    static const std::vector<Option> options{{"0.25", "¼×", ""}, {"0.5", "½×", ""}, {"1", "1×", ""},
                                             {"2", "2×", ""},    {"4", "4×", ""},   {"8", "8×", ""},
                                             {"16", "16×", ""},  {"64", "64×", ""}};
    return options;
}

std::string speed_name(float speed) {
    for (const Option& o : speeds())
        if (std::abs(std::stof(o.value) - speed) < 1e-3f) return o.value;
    return format_value(double(speed));
}

// Round steps for the length of the timeline: 50, 100, 200, 500, …
std::size_t timeline_end(std::size_t furthest, std::size_t total) {
    std::size_t end = 50;
    for (int i = 0; end < furthest; ++i) end = i % 3 == 1 ? end * 5 / 2 : end * 2;
    return total > 0 ? std::min(end, std::max(total, furthest)) : end;
}

void draw_curve(Ui& ui, const Rect& box, const std::vector<float>& values, std::size_t end,
                float low, float high, Stroke stroke) {
    std::vector<Point> points;
    const std::size_t stride =
        std::max<std::size_t>(1, values.size() / std::size_t(std::max(box.w, 1.0f)));
    for (std::size_t i = 0; i < values.size(); i += stride) {
        const float v = values[i];
        if (!std::isfinite(v)) continue;
        points.push_back(
            {box.x + box.w * float(i + 1) / float(end),
             box.bottom() - 3 - (box.h - 6) * (v - low) / std::max(high - low, 1e-9f)});
    }
    if (points.size() > 1) ui.c.polyline(std::move(points), stroke);
}

void draw_timeline(Ui& ui, const Rect& box) {
    const Theme& t = ui.theme;
    const JobStatus& job = ui.s.job();
    const std::size_t end = std::max<std::size_t>(1, timeline_end(job.furthest, job.total));
    ui.c.rect(box, t.sunken, corner, {t.hairline, 1});
    const Rect inner = box.inset(8, 2);
    const auto x_of = [&](std::size_t step) {
        return inner.x + inner.w * float(step) / float(end);
    };
    const std::vector<float>* loss = nullptr;
    std::string name;
    if (job.curves && !job.curves->names.empty()) {
        loss = job.curves->find("loss");
        name = loss ? "loss" : job.curves->names.front();
        if (!loss) loss = &job.curves->values.front();
    }
    if (loss && !loss->empty()) {
        float low = 1e30f, high = -1e30f;
        for (const float v : *loss)
            if (std::isfinite(v)) low = std::min(low, v), high = std::max(high, v);
        if (job.before_fork)
            if (const auto* before = job.before_fork->find(name)) {
                for (const float v : *before)
                    if (std::isfinite(v)) low = std::min(low, v), high = std::max(high, v);
                draw_curve(ui, inner, *before, end, low, high,
                           {t.text_quiet.with_alpha(0.7f), 1, Dash::dashed});
            }
        draw_curve(ui, inner, *loss, end, low, high, {t.accent, 1.6f});
    }
    for (const std::size_t step : job.checkpoints) {
        const float x = x_of(step);
        ui.c.line({x, inner.bottom() - 2}, {x, inner.bottom() + 1}, {t.outline, 1});
    }
    const float x = x_of(job.position);
    ui.c.line({x, box.y}, {x, box.bottom()}, {t.text, 2});
    ui.c.circle({x, box.centre().y}, ui.hot("transport.timeline") ? 7.0f : 6.0f, t.text,
                {t.surface, 2});
    if (ui.focused("transport.timeline")) focus_ring(ui, box);
    Region r;
    r.id = "transport.timeline";
    r.kind = Region::Kind::slider;
    const float furthest = x_of(std::max<std::size_t>(job.furthest, 1)) - inner.x;
    r.box = {inner.x, box.y, std::max(1.0f, furthest), box.h};
    r.value = job.furthest ? float(job.position) / float(job.furthest) : 0;
    r.action = "slide-step";
    r.tip = ui.say("transport.timeline");
    ui.c.region(std::move(r));
}

// A condition as it is written: "loss < 2".
std::string until_words(const Until& until) {
    if (until.scalar.empty() || until.scalar == "nan") return until.scalar;
    const std::string bound = number_text(until.bound, 6);
    if (until.scalar == "step") return "step " + bound;
    return until.scalar + (until.below ? " < " : " > ") + bound;
}

// The field that says when a run stops by itself; what was wrong in it stands above it.
void draw_until(Ui& ui, const Rect& box) {
    const Theme& t = ui.theme;
    const Session& s = ui.s;
    const std::string id = "transport.until";
    const auto draft = s.drafts.find(id);
    const std::string content = draft == s.drafts.end() ? "" : draft->second;
    text_field(ui, box, id, content, "until", ui.say("transport.until"),
               ui.say("transport.until.help"), false, Font::mono);
    if (s.until_problem.empty() || content != s.until_wrong) {
        if (s.job().running && !s.until().scalar.empty()) ui.c.outline(box, {t.accent, 2}, corner);
        return;
    }
    ui.c.outline(box, {t.bad, 2}, corner);
    const float width = std::min(320.0f, ui.c.size().w - 24);
    const TextStyle style{Font::body, 14, t.text};
    const float height = ui.c.measure_paragraph(width - 24, s.until_problem, style).h;
    const Rect bubble{std::max(8.0f, std::min(box.x, ui.c.size().w - width - 8)),
                      box.y - height - 32, width, height + 20};
    ui.c.push_layer(1);
    ui.c.rect(bubble, t.raised, corner, {t.bad, 2});
    ui.c.paragraph({bubble.x + 12, bubble.y + 10, width - 24, height}, s.until_problem, style);
    ui.c.pop_layer();
}

void draw_job(Ui& ui, Rect row) {
    const Session& s = ui.s;
    const JobStatus& job = s.job();
    const auto small = [&](std::string id, Icon icon, std::string action, std::string_view tip,
                           bool enabled = true) {
        icon_button(ui, row.take_left(34), std::move(id), icon, std::move(action), ui.say(tip),
                    false, enabled);
    };
    small("transport.restart", Icon::reset, "restart", "transport.restart");
    small("transport.step-back", Icon::previous, "step-back", "transport.step_back",
          job.position > 0);
    ButtonLook run;
    run.primary = true, run.icon = job.running ? Icon::pause : Icon::play;
    run.tip = ui.say(job.running ? "transport.stop" : "transport.run");
    const std::string word = ui.say(job.running ? "transport.stop.word" : "transport.run.word");
    row.take_left(4);
    button(ui, row.take_left(button_width(ui, word, run)), "transport.run", word, "toggle-run",
           run);
    row.take_left(4);
    small("transport.step-once", Icon::next, "step-once", "transport.step_once");
    small("transport.furthest", Icon::last, "step " + std::to_string(job.furthest),
          "transport.furthest", job.position < job.furthest);
    row.take_left(8);

    //: at the right the numbers, and when to stop
    std::string at = ui.say(s.shown().exact ? "transport.step" : "transport.step_near",
                            {{"step", std::to_string(s.shown().step)}});
    if (job.total > 0) at += "/" + std::to_string(job.total);
    if (job.curves && s.shown().step > 0)
        if (const auto* loss = job.curves->find("loss"); loss && s.shown().step <= loss->size())
            at += "   " + ui.say("transport.loss",
                                 {{"loss", format_value(double((*loss)[s.shown().step - 1]))}});
    const TextStyle style{Font::mono, text_label, ui.theme.text, Align::right};
    if (row.w > 420) {
        draw_until(ui, row.take_right(130));
        row.take_right(8);
    }
    std::string waits = job.running ? until_words(s.until()) : "";
    if (!waits.empty()) waits = ui.say("transport.waits", {{"what", waits}});
    const TextStyle quiet{Font::body, text_label, ui.theme.accent, Align::right};
    const float width =
        std::max({120.0f, ui.c.measure(at, style).w + 8, ui.c.measure(waits, quiet).w + 8});
    if (row.w > width + 80) {
        Rect words = row.take_right(width);
        if (!waits.empty()) ui.c.text_in(words.take_bottom(words.h / 2), waits, quiet);
        ui.c.text_in(words, at, style);
        row.take_right(8);
    }
    if (row.w > 40) draw_timeline(ui, row);
}

void draw_motion(Ui& ui, Rect row, bool small) {
    const Session& s = ui.s;
    const Motion& m = s.motion();
    if (!small)
        icon_button(ui, row.take_left(34), "transport.first", Icon::first, "first",
                    ui.say("transport.first"));
    if (!small)
        icon_button(ui, row.take_left(34), "transport.back", Icon::previous, "back",
                    ui.say("transport.back"), false, m.t > 0);
    ButtonLook play;
    play.icon = m.playing ? Icon::pause : Icon::play, play.primary = !small;
    play.tip = ui.say(m.playing ? "transport.pause" : "transport.play");
    row.take_left(4);
    button(ui, row.take_left(small ? 34 : 48), "transport.play", "", "toggle-play", play);
    row.take_left(4);
    if (!small)
        icon_button(ui, row.take_left(34), "transport.next", Icon::next, "next",
                    ui.say("transport.next"), false, m.t < m.length);
    if (!small)
        icon_button(ui, row.take_left(34), "transport.last", Icon::last, "last",
                    ui.say("transport.last"));
    row.take_left(8);
    if (!small) {
        drop_down(ui, row.take_right(72), "transport.speed", speeds(), speed_name(m.speed),
                  "speed ", ui.say("transport.speed"));
        row.take_right(12);
        const std::string at = ui.say(
            "transport.t",
            {{"t", format_value(std::floor(m.t * 10) / 10)}, {"length", format_value(m.length)}});
        const TextStyle style{Font::mono, text_label, ui.theme.text_quiet, Align::right};
        ui.c.text_in(row.take_right(std::max(76.0f, ui.c.measure(at, style).w + 4)), at, style);
        row.take_right(8);
    }
    if (row.w < 40) return;
    //: a tick for every operation
    if (m.length >= 1 && m.length <= 64)
        for (int i = 0; i <= int(m.length); ++i) {
            const float x = row.x + 7 + (row.w - 14) * float(i) / float(m.length);
            ui.c.line({x, row.centre().y + 6}, {x, row.centre().y + 10}, {ui.theme.outline, 1});
        }
    slider(ui, row, "transport.t", m.length > 0 ? float(m.t / m.length) : 0, "slide-t",
           ui.say("transport.slide"));
}

}  // namespace

void draw_transport(Ui& ui, const Rect& box) {
    ui.c.rect(box, ui.theme.surface);
    ui.c.line({box.x, box.y + 0.5f}, {box.right(), box.y + 0.5f}, {ui.theme.hairline, 1});
    Rect row = box.inset(12, 12);
    if (!ui.s.panel()->declaration.make_job()) return draw_motion(ui, row, false);
    if (ui.s.motion().length > 0 && row.w > 700) draw_motion(ui, row.take_right(200), true);
    draw_job(ui, row);
}

}  // namespace orrery::viz
