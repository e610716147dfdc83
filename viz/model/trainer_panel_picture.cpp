// Trainer, watched: what moves while a model learns, on one timeline that goes backward
//
//   a batch  ->  forward: the loss  ->  backward: the gradient  ->  the step that every weight takes
//
// Above, the step on show in four boxes. Below on the left, the curves of all steps so far; in the
// middle, layer by layer, how large gradients, weights and steps are; on the right where a head looks
// and what the model says now. When numbers stop being numbers, a banner tells where and why.
#include "viz/model/trainer_panel_picture.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "core/base/text.hpp"
#include "viz/kit/counting.hpp"
#include "viz/kit/drawing.hpp"
#include "viz/kit/flow.hpp"
#include "viz/kit/format.hpp"
#include "viz/kit/matrix.hpp"
#include "viz/kit/plot.hpp"
#include "viz/kit/tokens.hpp"
#include "viz/model/trainer_panel_run.hpp"

namespace orrery::viz::trainer_panel {

// ---- what is read off the trace

double last_of(const Trace& t, const char* name) {
    const Entry* entry = t.find(name);
    if (!entry) return nan;
    const auto flat = entry->tensor.flat();
    for (std::size_t i = flat.size(); i-- > 0;)
        if (!std::isnan(flat[i])) return double(flat[i]);
    return nan;
}

std::string seen(std::string_view bytes) {
    std::string text;
    for (const std::string& character : split_characters(bytes))
        text += character == " " ? " " : shown_token(character);
    return text;
}

std::string group_name(const View& view, const std::string& group) {
    if (!group.starts_with("block.")) return view.say("group." + group);
    return view.say("group.block", {{"n", counted((long long)number_of(group.substr(6)))}});
}

// ---- what is drawn

namespace {

constexpr double far_too_fast = 50;  // a rate at which no training survives

struct Picture : Drawing {
    std::string say(std::string_view key, const Arguments& arguments = {}) const {
        return view.say(key, arguments);
    }
    std::size_t steps_done() const { return t["curve.loss"].size(); }
    // The steps that a curve's axis covers: those done and some more, in round numbers.
    float last_step() const {
        const double most = std::max(1.0, size(1));
        for (double end = 50;; end *= 10)
            for (double factor : {1.0, 2.0, 4.0})
                if (end * factor >= double(steps_done()) || end * factor >= most)
                    return float(std::min(end * factor, most));
    }
    double size(std::size_t i) const { return double(t["sizes"].flat()[i]); }

    // The values of a curve that are there, with their steps.
    Series curve(const char* entry, std::string name, Color color, Dash dash,
                 std::string mark) const {
        Series s{std::move(name), {}, {}, color, dash, std::move(mark)};
        const auto y = t[entry].flat();
        for (std::size_t i = 0; i < y.size(); ++i)
            if (!std::isnan(y[i])) s.x.push_back(float(i + 1)), s.y.push_back(y[i]);
        return s;
    }

    // What the two runs are called: "rate 0.05", "rate × 10".
    bool has_second() const { return t.find("second") != nullptr; }
    std::string run_name(std::size_t which) const {
        const auto values = t["second"].flat();
        const double first = double(values[0]), second = double(values[1]);
        const std::string value = which == 0   ? format_value(first)
                                  : first != 0 ? "× " + format_value(second / first)
                                               : format_value(second);
        return say("short." + t.text("second.knob"), {{"value", value}});
    }
    // The same curve of the second run, behind the first.
    void beside(std::vector<Series>& series, const char* entry, bool named) const {
        if (!has_second()) return;
        Series s = curve(entry, named && !view.compact ? run_name(1) : "", theme.value,
                         Dash::doubled, named ? "◆" : "");
        if (!s.x.empty()) series.insert(series.begin(), std::move(s));
    }

    // ---- the step on show, in four boxes

    // The example of the batch whose prediction is told: its tokens, the one wanted last.
    std::vector<std::string> example() const {
        std::vector<std::string> words;
        const Entry* entry = t.find("example");
        const auto& vocabulary = t.names("vocabulary");
        if (entry)
            for (const float id : entry->tensor.flat())
                words.push_back(vocabulary[std::size_t(id)]);
        return words;
    }
    // The tokens that were thought likeliest there, and how likely.
    std::vector<std::pair<std::string, double>> guesses(std::size_t count) const {
        std::vector<std::pair<std::string, double>> list;
        const Entry* entry = t.find("expected");
        if (!entry) return list;
        const auto p = entry->tensor.flat();
        std::vector<std::size_t> order(p.size());
        for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
        std::stable_sort(order.begin(), order.end(),
                         [&](std::size_t i, std::size_t j) { return p[i] > p[j]; });
        for (std::size_t i = 0; i < std::min(count, order.size()); ++i)
            list.emplace_back(t.names("vocabulary")[order[i]], double(p[order[i]]));
        return list;
    }
    static std::string percent(double share) {
        return std::isfinite(share) ? format_short(100 * share, 4) + " %" : format_value(share);
    }
    double scalar(const char* name) const {
        const Entry* entry = t.find(name);
        return entry && entry->tensor.size() == 1 ? double(entry->tensor.flat()[0]) : nan;
    }

    // The rate of the step on show, with the highest of its schedule; a knob that was changed since
    // counts from the next step on.
    std::string rate_text(double lr) const {
        const double peak = double(t["peak"].flat()[0]), knob = view.knobs.number("lr");
        const bool changed = std::isfinite(peak) && std::abs(peak - knob) > 1e-6 * knob;
        return say(changed ? "step.rate.next" : "step.rate",
                   {{"lr", digits(lr, 3)}, {"most", digits(knob, 3)}});
    }
    // So many digits that count, no more.
    static std::string digits(double v, int count) {
        if (!std::isfinite(v) || v == 0) return format_value(v);
        const double unit = std::pow(10.0, std::floor(std::log10(std::abs(v))) - count + 1);
        return format_value(std::round(v / unit) * unit);
    }

    static constexpr float step_height = 66;

    void step_boxes(Rect band) {
        struct Phase {
            std::string name, value, more, tip, brief = more;  // brief: `more` on little room
            std::string short_value = value;
        };
        const double norm = scalar("grad_norm"), clip = size(4), lr = scalar("lr");
        const Tensor& x = t["x"];
        double moved = 0, all = 0;
        for (float v : t["update_norms"].flat()) moved += double(v) * double(v);
        for (float v : t["weight_norms"].flat()) all += double(v) * double(v);
        const auto words = example();
        const bool ahead = size(0) == 0;
        Arguments sizes;
        if (x.rank() == 2)
            sizes = {{"rows", std::to_string(x.dim(0))}, {"tokens", std::to_string(x.dim(1))}};
        const std::string batch = sizes.empty() ? none : say("step.batch", sizes),
                          short_batch = sizes.empty() ? none : say("step.batch.short", sizes);
        const double right =
            words.empty() ? nan
                          : double(t["expected"].flat()[std::size_t(t["example"].flat().back())]);
        const std::string wanted = words.empty() ? none : words.back();
        std::string ranking;
        for (const auto& [word, share] : guesses(5))
            ranking += "\n“" + word + "”  " + percent(share);
        const auto blame = t["gradient_norms"].flat();
        const std::size_t most =
            std::size_t(std::max_element(blame.begin(), blame.end()) - blame.begin());
        const double ratio = all > 0 ? std::sqrt(moved / all) : nan;
        const bool clipped = clip > 0 && norm > clip;
        const Arguments length{{"norm", format_value(norm)}, {"clip", format_value(clip)}};
        const std::string largest = most < blame.size() && std::isfinite(norm)
                                        ? say("step.most", {{"group", group_names()[most]}})
                                        : "";
        const std::string long_one = say(clipped ? "step.clipped" : "step.norm", length);
        const Phase phases[] = {
            {say("step.data"), batch, "", say("tip.phase.0"), "", short_batch},
            {say("step.forward"),
             say("step.right", {{"token", wanted}, {"percent", percent(right)}}),
             say("step.loss", {{"loss", format_value(scalar("loss"))}}),
             say("tip.phase.1", {{"token", wanted},
                                 {"percent", percent(right)},
                                 {"nats", format_value(-std::log(right))},
                                 {"ranking", ranking}})},
            {say("step.backward"), say("step.slopes"),
             long_one + (clipped ? say("step.clipped.why") : largest), say("tip.phase.2"), long_one,
             say("step.slopes.short")},
            {say("step.update"),
             say(ahead ? "step.will_move" : "step.moved", {{"percent", percent(ratio)}}),
             rate_text(lr), say("tip.phase.3"), say("step.rate.short", {{"lr", digits(lr, 3)}})}};
        const float gap = 30, w = (band.w - 3 * gap) / 4;
        for (std::size_t i = 0; i < 4; ++i) {
            const Rect box{band.x + float(i) * (w + gap), band.y, w, band.h};
            const bool now = view.t >= double(i) && view.t < double(i) + 1;
            const bool later = view.t < double(i);
            c.push_alpha(later ? 0.45f : 1.0f);
            c.rect(box, now ? theme.accent.with_alpha(0.14f) : theme.surface, corner,
                   {now ? theme.accent : theme.outline, now ? 2.0f : 1.0f});
            Rect inside = box.inset(10, 5);
            const float line = inside.h / 3;
            c.text_in(inside.take_top(line), phases[i].name, bold());
            c.text_in(inside.take_top(line),
                      fitting(inside.w, quiet(), {phases[i].value, phases[i].short_value}),
                      quiet());
            if (i == 0)
                asked(inside, words);
            else
                c.text_in(inside, fitting(inside.w, quiet(), {phases[i].more, phases[i].brief}),
                          quiet());
            if (i < 3)
                c.arrow({box.right() + 5, box.centre().y}, {box.right() + gap - 5, box.centre().y},
                        {theme.text_quiet, 1.5f});
            c.pop_alpha();
            Region region;
            region.id = "phase." + std::to_string(i);
            region.box = box;
            region.tip = phases[i].tip;
            c.region(std::move(region));
        }
        ring(c, band, "step", view);
    }

    // The end of one example, as far as there is room, and the token that is wanted after it.
    void asked(const Rect& line, const std::vector<std::string>& words) const {
        if (words.empty()) return;
        const TextStyle mono{Font::mono, text_label, theme.text_quiet};
        TextStyle answer = mono;
        answer.color = theme.text;
        const float chip = c.measure(words.back(), answer).w + 8;
        std::string tail;
        for (std::size_t i = words.size() - 1; i-- > 0;) {
            const std::string longer = words[i] + tail;
            if (c.measure("…" + longer, mono).w > line.w - chip - 8) {
                tail = "…" + tail;
                break;
            }
            tail = longer;
        }
        const float w = c.text_in(line, tail, mono).w;
        const Rect box{line.x + w + 4, line.y + 1, std::min(chip, line.w - w - 4), line.h - 1};
        c.rect(box, theme.accent.with_alpha(0.2f), 3, {theme.accent, 1});
        c.text_in(box.inset(4, 0), words.back(), answer);
    }

    // ---- curves

    void loss(const Rect& box) {
        std::vector<Series> series;
        Series train = curve("curve.loss",
                             view.compact   ? ""
                             : has_second() ? run_name(0)
                                            : say("series.loss"),
                             theme.accent, Dash::solid, "■");
        const bool empty = train.x.empty();
        if (!empty) series.push_back(std::move(train));
        Series held = curve("curve.val_loss", view.compact ? "" : say("series.val_loss"), theme.key,
                            Dash::dashed, "▲");
        if (!held.x.empty()) series.push_back(std::move(held));
        if (has_second()) {
            Series other = curve("second.val_loss", "", theme.value, Dash::dashed, "");
            if (!other.x.empty()) series.insert(series.begin(), std::move(other));
            beside(series, "second.loss", true);
        }
        const float guess = float(std::log(size(3)));
        const float end = last_step();
        series.push_back({view.compact ? "" : say("series.guess"),
                          {0, end},
                          {guess, guess},
                          theme.text_quiet,
                          Dash::dotted,
                          ""});
        float highest = guess;
        for (const Series& s : series)
            for (float y : s.y)
                if (std::isfinite(y)) highest = std::max(highest, y);
        PlotLook look;
        look.title = say("title.loss");
        look.x_axis = say("axis.step"), look.y_axis = say("axis.loss");
        look.x_high = end;
        look.log_y = highest > 10 * guess;
        if (!look.log_y) look.y_high = highest * 1.08f;
        look.cursor = steps_done() > 0 ? float(steps_done()) : -1;
        look.id = "plot.loss", look.action = "step";
        const Rect plot = line_plot(c, box, series, look, view);
        if (empty && !view.compact) {
            // Where the curve will begin: the loss of the first batch
            const float first = float(scalar("loss"));
            const float y = plot.bottom() - first / look.y_high * plot.h;
            if (first > 0 && y > plot.y && y < plot.bottom())
                c.circle({plot.x, y}, 4, theme.accent);
            const TextStyle style{Font::body, text_body, theme.text_quiet, Align::centre};
            const bool lost = view.knobs.number("lr") >= far_too_fast;
            // Before a room there is no button to press
            const std::string words = say(lost              ? "loss.none.fast"
                                          : view.presenting ? "loss.none.plain"
                                                            : "loss.none");
            const auto lines = wrap(words, plot.w - 24, style);
            const float h = 22 * float(lines.size());
            Rect under{plot.x + 6, plot.centre().y - h / 2, plot.w - 12, h};
            float w = 0;
            for (const auto& line : lines) w = std::max(w, c.measure(line, style).w + 12);
            c.rect({plot.centre().x - w / 2, under.y, w, h}, theme.background);
            for (const auto& line : lines) c.text_in(under.take_top(22), line, style);
        }
        ring(c, box, "loss", view);
    }

    void rate(Rect box) {
        PlotLook look;
        look.x_axis = say("axis.step");
        look.x_high = last_step();
        look.action = "step";
        Rect left = box.take_left((box.w - 16) / 2);
        box.take_left(16);
        look.title = say("title.lr"), look.id = "plot.lr", look.y_axis = say("axis.lr");
        std::vector<Series> rates{curve("curve.lr", "", theme.value, Dash::solid, "")};
        if (has_second()) rates[0].color = theme.accent;
        beside(rates, "second.lr", false);
        line_plot(c, left, rates, look, view);
        const bool task = t.find("curve.exact_match");
        look.title = say(task ? "title.exact" : "title.grad_norm");
        look.y_axis = say(task ? "axis.exact" : "axis.grad_norm");
        look.id = "plot.second";
        const Series norm = curve(task ? "curve.exact_match" : "curve.grad_norm", "",
                                  theme.attention, Dash::solid, "");
        if (task)
            look.y_high = 1;
        else
            look.log_y = true;
        std::vector<Series> norms{norm};
        if (has_second()) norms[0].color = theme.accent;
        if (!task) beside(norms, "second.grad_norm", false);
        line_plot(c, box, norms, look, view);
        ring(c, {left.x, left.y, box.right() - left.x, left.h}, "rate", view);
    }

    // ---- layer by layer

    std::vector<std::string> group_names() const {
        std::vector<std::string> names;
        for (const std::string& group : t.names("groups")) names.push_back(group_name(view, group));
        return names;
    }

    void gradients(const Rect& box) {
        const auto names = group_names();
        std::vector<Bar> list;
        for (std::size_t i = 0; i < names.size() && i < t["gradient_norms"].size(); ++i)
            list.push_back({names[i], t["gradient_norms"].flat()[i], theme.attention,
                            "gradient_norms", 0, int(i)});
        PlotLook look;
        look.title = say("title.gradients"), look.x_axis = say("axis.gradients");
        bars(c, box, list, look, view);
        ring(c, box, "gradients", view);
    }

    // A title, and beside it what the colours mean. Returns what is left of the box.
    Rect titled(Rect box, const std::string& title, Role role, const MatrixStyle& style,
                std::span<const float> values) const {
        Rect line = box.take_top(26);
        line.h = 22;
        const float used = c.text_in(line, title, {Font::bold, text_body, theme.role_text(role)}).w;
        line.take_left(used + 14);
        if (std::any_of(values.begin(), values.end(), [](float v) { return std::isnan(v); })) {
            const float w = c.measure("NaN", quiet()).w;
            Rect swatch = line.take_right(w + 20);
            const Tensor one({1, 1}, float(nan));
            MatrixStyle plain = style;
            plain.low = 0, plain.high = 1;
            c.matrix({swatch.x, swatch.centre().y - 6, 14, 12}, one, plain);
            swatch.take_left(20);
            c.text_in(swatch, "NaN", quiet());
            line.take_right(10);
        }
        line.y += 2, line.h = 18;
        if (line.w >= 44) color_bar(c, line, style, view, false);
        return box;
    }

    // A small histogram for each layer, from its lowest to its highest number, which stand beside it.
    void counted(const Rect& whole, const char* entry, const char* key, std::string_view part) {
        const Tensor& counts = t[entry];
        const Tensor& range =
            t[entry == std::string_view("weight_histogram") ? "weight_range" : "update_range"];
        const auto names = group_names();
        const std::size_t rows = std::min(counts.rows(), names.size()), bins_shown = counts.cols();
        Rect box = whole;
        Rect title = box.take_top(26);
        title.h = 22;
        c.text_in(title, say(std::string("title.") + key), {Font::bold, text_body, theme.text});
        const Rect foot = box.take_bottom(20);
        if (rows == 0 || bins_shown == 0) return;

        //: names left, ends right, where there is room for them
        std::vector<std::string> ends;
        float names_width = 0, ends_width = 0;
        for (std::size_t i = 0; i < rows; ++i)
            names_width = std::max(names_width, c.measure(names[i], label()).w);
        for (const int count : {2, 1, 0}) {
            ends.assign(rows, count > 0 ? none : "");
            ends_width = 0;
            for (std::size_t i = 0; i < rows; ++i) {
                const double low = double(range.row(i)[0]), high = double(range.row(i)[1]);
                if (count > 0 && std::isfinite(low) && std::isfinite(high))
                    ends[i] = digits(low, count) + " … " + digits(high, count);
                ends_width = std::max(ends_width, c.measure(ends[i], quiet()).w);
            }
            if (box.w - names_width - ends_width - 22 >= 40) break;
        }
        const float h = std::min(box.h / float(rows), 40.0f);
        const float width = box.w - names_width - ends_width - 22;
        const bool named = h >= 14;
        const Rect cells{std::round(box.x + (named ? names_width + 10 : 0)), std::round(box.y),
                         std::floor(std::max(width, 40.0f)), h * float(rows)};
        const Selection& chosen = view.chosen();
        for (std::size_t i = 0; i < rows; ++i) {
            const Rect row{cells.x, cells.y + h * float(i), cells.w, h};
            const auto values = counts.row(i);
            const float most = *std::max_element(values.begin(), values.end());
            const float low = range.row(i)[0], high = range.row(i)[1];
            if (named) {
                c.text_in({box.x, row.y, names_width, h}, names[i], label(Align::right));
                c.text_in({row.right() + 10, row.y, ends_width + 2, h}, ends[i], quiet());
            }
            const float bin = row.w / float(bins_shown), room = h - 5;
            for (std::size_t j = 0; j < bins_shown; ++j) {
                if (!(values[j] > 0) || !(most > 0)) continue;
                const bool lit =
                    chosen.tensor == entry && chosen.row == int(i) && chosen.col == int(j);
                const float tall = std::max(1.5f, room * values[j] / most);
                c.rect({row.x + bin * float(j), row.bottom() - 2 - tall, std::max(bin - 1, 1.0f),
                        tall},
                       lit ? theme.text : theme.accent);
            }
            c.line({row.x, row.bottom() - 1.5f}, {row.right(), row.bottom() - 1.5f},
                   {theme.outline, 1});
            if (std::isfinite(low) && std::isfinite(high) && high > low && low <= 0 && high >= 0) {
                const float x = row.x - low / (high - low) * row.w;
                c.line({x, row.y + 2}, {x, row.bottom() - 2}, {theme.text, 1, Dash::dashed});
            }
        }
        Region region;
        region.id = std::string("cells.") + entry;
        region.box = cells;
        region.kind = Region::Kind::cells;
        region.target.tensor = entry;
        region.rows = rows, region.cols = bins_shown;
        c.region(std::move(region));
        c.text_in({cells.x, cells.bottom() + 2, foot.right() - cells.x, 18},
                  say(std::string("axis.") + key), quiet());
        ring(c, whole, part, view);
    }

    // ---- what it looks at, and what it says

    void attention(const Rect& whole) {
        const Tensor& weights = t["attention"];
        const std::size_t layers = weights.dim(0), heads = weights.dim(1);
        if (layers * heads == 0) return;
        const std::size_t layer = std::clamp<std::size_t>(view.knobs.size("layer"), 1, layers) - 1;
        const std::size_t head = std::clamp<std::size_t>(view.knobs.size("head"), 1, heads) - 1;
        MatrixLook look;
        look.map = Map::cividis;
        look.norm = Norm::linear;
        look.low = 0, look.high = 1;
        look.row_names = look.col_names = t.names("tokens");
        look.row_axis = say("axis.query"), look.col_axis = say("axis.key");
        look.slice = int(layer * heads + head);
        // What must not be looked at is hatched, as in every picture of attention
        Tensor seen({weights.dim(2), weights.dim(3)});
        for (std::size_t i = 0; i < seen.rows(); ++i)
            for (std::size_t j = 0; j <= i && j < seen.cols(); ++j) seen.row(i)[j] = 1;
        look.mask = &seen;
        look.max_cell = 34;
        look.legend = false;
        Rect box = whole;
        if (view.compact) {
            matrix(c, box, t, "attention", view, look);
            return;
        }
        MatrixStyle style;
        style.map = look.map, style.norm = look.norm, style.low = 0, style.high = 1;
        box =
            titled(box,
                   say("title.attention",
                       {{"layer", counted_from_1(layer)}, {"head", counted_from_1(head)}}),
                   Role::attention, style,
                   weights.flat().subspan((layer * heads + head) * weights.dim(2) * weights.dim(3),
                                          weights.dim(2) * weights.dim(3)));
        const std::string meaning = say("note.attention");
        const Size needed = c.measure_paragraph(box.w, meaning, quiet());
        if (box.h > needed.h + 50 + 16 * float(weights.dim(2))) {
            c.paragraph(box, meaning, quiet());
            box.take_top(needed.h + 6);
        }
        matrix(c, box, t, "attention", view, look);
        ring(c, whole, "attention", view);
    }
    static std::string counted_from_1(std::size_t i) { return viz::counted((long long)i); }

    // Opens the whole model on the weights of this step.
    void whole_model(Rect& row) {
        const TextStyle large{Font::bold, text_body, theme.text};
        const float room = row.w - c.measure(say("title.sample"), large).w - 16;
        const std::string text =
            fitting(room - 30, label(), {say("open.model"), say("open.model.short")});
        const float width = c.measure(text, label()).w + 30;
        if (width > room) return;
        const Rect box = row.take_right(width);
        row.take_right(8);
        c.rect(box, theme.raised, 5, {theme.outline, 1});
        const Point m{box.right() - 10, box.centre().y};
        c.polyline({{m.x - 2, m.y - 4}, {m.x + 2, m.y}, {m.x - 2, m.y + 4}}, {theme.accent, 1.5f});
        c.text_in({box.x + 8, box.y, box.w - 24, box.h}, text, label());
        const Knobs& k = view.knobs;
        Region region;
        region.id = "open.model", region.box = box, region.kind = Region::Kind::button;
        region.action =
            "enter . model/causal_decoder?layers=" + k.written("layers") +
            "&heads=" + k.written("heads") + "&head_width=" +
            std::to_string(number_of(k.choice("width")) / number_of(k.choice("heads"))) +
            "&context=" + k.written("context");
        region.tip = say("open.model.tip");
        c.region(std::move(region));
    }

    void sample(Rect box) {
        const Rect whole = box;
        const bool task = t.find("examples.right");
        Rect title = box.take_top(26);
        title.h = 22;
        if (!task) whole_model(title);
        const double exact = last_of(t, "curve.exact_match");
        c.text_in(title,
                  task ? (std::isnan(exact)
                              ? say("title.answers")
                              : say("title.answers_right",
                                    {{"percent", format_value(std::round(1000 * exact) / 10)}}))
                       : say("title.sample"),
                  {Font::bold, text_body, theme.text});
        if (task)
            answers(box);
        else {
            c.push_clip(box);
            const std::string prompt = seen(t.text("prompt")), text = seen(t.text("sample"));
            //: what all is done for: as large as lets most of it be read
            const float size = box.h >= 210 ? text_body : text_code;
            const Rect used = c.paragraph(box, prompt, {Font::mono, size, theme.text_quiet});
            box.take_top(used.h + 4);
            if (text.empty())
                c.paragraph(box, say("sample.none"), quiet());
            else
                c.paragraph(box, beginning(box, text, size), {Font::mono, size, theme.text});
            c.pop_clip();
        }
        ring(c, whole, "sample", view);
    }

    // As much of a text as the box has room for.
    std::string beginning(const Rect& box, const std::string& text, float size) const {
        const TextStyle style{Font::mono, size, theme.text};
        if (c.measure_paragraph(box.w, text, style).h <= box.h) return text;
        const auto characters = split_characters(text);
        std::size_t low = 0, high = characters.size();
        const auto first = [&](std::size_t n) {
            std::string part;
            for (std::size_t i = 0; i < n; ++i) part += characters[i];
            return part + "…";
        };
        while (low + 1 < high) {
            const std::size_t middle = (low + high) / 2;
            (c.measure_paragraph(box.w, first(middle), style).h <= box.h ? low : high) = middle;
        }
        return first(low);
    }

    void answers(const Rect& box) {
        const auto lines = split(t.text("examples"), '\n');
        const Tensor& right = t["examples.right"];
        const float h = std::min(26.0f, box.h / float(std::max<std::size_t>(1, right.size())));
        for (std::size_t i = 0; i < right.size() && i < lines.size(); ++i) {
            const auto fields = split(lines[i], '\t');
            if (fields.size() < 3) continue;
            const bool is_right = right.flat()[i] > 0;
            Rect row{box.x, box.y + float(i) * h, box.w, h};
            const TextStyle mono{Font::mono, text_code, theme.text};
            const float q = std::min(c.measure(fields[0] + " ", mono).w, row.w * 0.55f);
            c.text_in(row.take_left(18), is_right ? "✓" : "✗",
                      {Font::bold, text_code, is_right ? theme.good : theme.bad});
            c.text_in(row.take_left(q), fields[0], {Font::mono, text_code, theme.text_quiet});
            const float a = c.text_in(row, fields[1], mono).w;
            row.take_left(a + 8);
            if (view.knobs.choice("source") == "modular_addition")
                c.text_in(row, "(mod " + std::to_string(view.knobs.size("modulus")) + ")", quiet());
            Region region;
            region.id = "answer." + std::to_string(i);
            region.box = {box.x, box.y + float(i) * h, box.w, h};
            region.tip = say(is_right ? "tip.right" : "tip.wrong",
                             {{"answer", fields[1]}, {"wanted", fields[2]}});
            c.region(std::move(region));
        }
    }

    // ---- where it stopped being numbers, and why

    float banner_height(float width) const {
        return 40 + c.measure_paragraph(width - 32, cause(), label()).h;
    }
    std::string cause() const {
        const auto n = t["nan"].flat();
        return say("nan." + t.text("nan.cause"),
                   {{"tensor", t.text("nan.tensor")},
                    {"before", t.text("nan.before")},
                    {"largest", format_value(double(n[2]))},
                    {"lr", format_value(double(n[3]))},
                    {"percent", format_value(std::round(100 * double(n[4])))}});
    }
    void banner(const Rect& box) {
        const auto n = t["nan"].flat();
        c.rect(box, theme.bad.with_alpha(0.12f), corner, {theme.bad, 1.5f});
        Rect inside = box.inset(16, 8);
        c.text_in(inside.take_top(22),
                  say("nan.title", {{"step", format_value(double(n[0]))},
                                    {"tensor", t.text("nan.tensor")},
                                    {"value", format_value(double(n[1]))}}),
                  {Font::bold, text_body, theme.text});
        c.paragraph(inside, cause(), label());
    }

    // ---- the page

    // One column: parts one above the other, those not shown left out.
    struct Cell {
        std::string_view part;
        float weight;
        std::function<void(const Rect&)> draw;
    };
    struct Column {
        float weight;
        std::vector<Cell> cells;
    };

    void columns(const Rect& page, std::vector<Column> list) const {
        float total = 0;
        for (Column& column : list) {
            std::erase_if(column.cells, [&](const Cell& cell) { return !view.shows(cell.part); });
            if (!column.cells.empty()) total += column.weight;
        }
        std::erase_if(list, [](const Column& column) { return column.cells.empty(); });
        const float gap_x = 28, gap_y = view.compact ? 8 : 16;
        const float free = page.w - gap_x * float(std::max<std::size_t>(1, list.size()) - 1);
        float x = page.x;
        for (const Column& column : list) {
            const float w = free * column.weight / total;
            float weights = 0;
            for (const Cell& cell : column.cells) weights += cell.weight;
            const float room = page.h - gap_y * float(column.cells.size() - 1);
            float y = page.y;
            for (const Cell& cell : column.cells) {
                const float h = room * cell.weight / weights;
                cell.draw({x, y, w, h});
                y += h + gap_y;
            }
            x += w + gap_x;
        }
    }

    void page() {
        Rect all = Rect{0, 0, view.size.w, view.size.h}.inset(view.compact ? 8 : 20,
                                                              view.compact ? 8 : 14);
        if (view.compact) {
            attention(all.take_right(std::min(all.w * 0.42f, all.h)));
            all.take_right(14);
            loss(all);
            return;
        }
        if (t.find("nan")) {
            banner(all.take_top(banner_height(all.w)));
            all.take_top(12);
        }
        // Where numbers ended the four boxes have little to tell: they make room
        if (view.shows("step") && (!t.find("nan") || all.h >= 480)) {
            const bool low = all.h < 340;
            step_boxes(all.take_top(low ? step_height - 6 : step_height));
            all.take_top(low ? 6 : 12);
        }
        const Cell loss_cell{"loss", 1.5f, [&](const Rect& r) { loss(r); }};
        const Cell rate_cell{"rate", 1.0f, [&](const Rect& r) { rate(r); }};
        const Cell gradient_cell{"gradients", 1.0f, [&](const Rect& r) { gradients(r); }};
        const Cell weight_cell{"weights", 1.0f, [&](const Rect& r) {
                                   counted(r, "weight_histogram", "weights", "weights");
                               }};
        const Cell update_cell{"updates", 1.0f, [&](const Rect& r) {
                                   counted(r, "update_histogram", "updates", "updates");
                               }};
        const Cell attention_cell{"attention", 1.2f, [&](const Rect& r) { attention(r); }};
        const Cell sample_cell{"sample", 1.0f, [&](const Rect& r) { sample(r); }};

        // A lesson says what is shown; otherwise a small picture has room for a third of it.
        const bool roomy = all.h >= 480 && all.w >= 800;
        const std::string& show = view.knobs.choice("show");
        if (!view.shown.empty() || (roomy && show == "overview"))
            columns(all, {{1.25f, {loss_cell, rate_cell}},
                          {1.0f, {gradient_cell, weight_cell, update_cell}},
                          {1.0f, {attention_cell, sample_cell}}});
        else if (show == "layers" && !roomy)
            columns(all, {{0.8f, {gradient_cell}}, {1.1f, {weight_cell}}, {1.1f, {update_cell}}});
        else if (show == "layers")
            columns(all, {{1.0f, {gradient_cell}}, {1.2f, {weight_cell, update_cell}}});
        else if (show == "curves")
            columns(all, {{1.2f, {loss_cell}}, {1.4f, {rate_cell}}});
        else
            columns(all, {{1.05f, {loss_cell}}, {1.0f, {attention_cell}}, {1.15f, {sample_cell}}});
    }
};

}  // namespace

void draw(Canvas& c, const Trace& t, const View& view) {
    if (!t.find("sizes")) return;
    Picture{{c, t, view}}.page();
}

}  // namespace orrery::viz::trainer_panel
