#include "viz/app/compare.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "viz/app/picture.hpp"
#include "viz/app/workspace.hpp"
#include "viz/kit/fade.hpp"
#include "viz/kit/format.hpp"
#include "viz/kit/matrix.hpp"

namespace orrery::viz {
namespace {

constexpr float side_by_side_from = 700, heading_height = 30;
// A picture is laid out for at least this; in less room it is drawn smaller, as long as its words
// can be read.
constexpr float least_width = 760, least_height = 400, least_scale = 0.7f;
constexpr float least_matrix_width = 180, least_matrix_height = 150;

std::string joined(const std::vector<std::string>& words, const std::string& between,
                   std::size_t most) {
    std::string all;
    for (std::size_t i = 0; i < words.size() && i < most; ++i) all += (i ? between : "") + words[i];
    if (words.size() > most) all += between + "+" + std::to_string(words.size() - most);
    return all;
}

// At most 24 characters of a value.
std::string shortened(const std::string& text) {
    std::size_t end = 0;
    for (int i = 0; i < 24 && end < text.size(); ++i) do
            ++end;
        while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80);
    return end < text.size() ? text.substr(0, end) + "…" : text;
}

// The changes of one side: "d 4 · seed 7".
std::string side_words(const std::vector<Change>& changes, bool a) {
    std::vector<std::string> words;
    for (const Change& c : changes) words.push_back(c.what + " " + (a ? c.a : c.b));
    return joined(words, " · ", 5);
}

std::string arrow_words(const std::vector<Change>& changes) {
    std::vector<std::string> words;
    for (const Change& c : changes) words.push_back(c.what + " " + c.a + " → " + c.b);
    return joined(words, " · ", 5);
}

// "A" or "B" in a disc, and what it is.
void heading(Canvas& c, Rect row, std::string_view letter, std::string_view what,
             std::string_view how, Color color) {
    const Theme& t = c.theme();
    row = row.inset(8, 3);
    const float disc = std::max(row.h, c.measure(letter, {Font::bold, 14, t.text}).w + 16);
    const Rect place = row.take_left(disc);
    c.rect(place, t.surface, row.h / 2, {color, 2});
    c.text_in(place, letter, {Font::bold, 14, t.text, Align::centre});
    row.take_left(8);
    const TextStyle bold{Font::bold, 14, t.text}, quiet{Font::body, 14, t.text_quiet};
    if (!what.empty()) {
        c.text_in(row.take_left(std::min(row.w, c.measure(what, bold).w + 2)), what, bold);
        row.take_left(10);
    }
    if (row.w > 30 && !how.empty()) c.text_in(row, how, quiet);
}

// One side, in a canvas as large as the room or a little larger and then drawn smaller.
void draw_side(Canvas& c, const Session& s, const Rect& box, const Shown& shown, View view,
               std::string_view prefix, float fade) {
    if (box.w < 40 || box.h < 40) return;
    const float scale = std::max(shrink({box.w, box.h}, {least_width, least_height}), least_scale);
    view.size = {box.w / scale, box.h / scale};
    if (!shown.trace && shown.error.empty()) {
        c.text_in(box, s.say("compare.computing"),
                  {Font::body, text_body, c.theme().text_quiet, Align::centre});
        return;
    }
    Canvas picture = draw_picture(*s.panel(), shown, view);
    fade_unrelated(picture, view, fade);
    c.embed(picture, box, scale, true, prefix);
}

void draw_side_by_side(Canvas& c, const Session& s, const View& view, float fade) {
    const Theme& t = c.theme();
    const auto what = changes(s);
    const bool beside = view.size.w >= side_by_side_from;
    Rect page{0, 0, view.size.w, view.size.h};
    Rect first = beside ? page.take_left(std::floor(page.w / 2)) : page.take_top(page.h / 2);
    Rect second = page;
    const std::string same = what.empty() ? s.say("compare.same_settings") : "";
    heading(c, first.take_top(heading_height), "A", s.say("compare.a"),
            what.empty() ? same : side_words(what, true), t.warning);
    heading(c, second.take_top(heading_height), "B", s.say("compare.b"),
            what.empty() ? same : side_words(what, false), t.accent);
    View a = s.pinned_view({});
    a.dark = view.dark, a.compact = view.compact;
    View b = view;
    a.beside = s.shown().trace.get(), b.beside = s.pinned()->shown.trace.get();
    draw_side(c, s, first, s.pinned()->shown, a, "a.", fade);
    draw_side(c, s, second, s.shown(), b, "", fade);
    if (beside)
        c.line({second.x + 0.5f, 8}, {second.x + 0.5f, view.size.h - 8}, {t.outline, 1});
    else
        c.line({8, first.bottom() + 0.5f}, {view.size.w - 8, first.bottom() + 0.5f},
               {t.outline, 1});
}

std::vector<std::string> words_of(const Trace& trace, std::initializer_list<std::string> axes,
                                  std::size_t count) {
    for (const std::string& axis : axes)
        if (const auto& words = trace.names(axis); !words.empty() && words.size() == count)
            return words;
    return {};
}

// Facts that are numbers and differ: "largest weight 0.61 → 0.84 (+0.23)".
std::vector<std::string> fact_words(const Session& s) {
    std::vector<std::string> lines;
    const Shown &a = s.pinned()->shown, &b = s.shown();
    if (!a.trace || !b.trace) return lines;
    for (const auto& fact : s.panel()->declaration.facts()) {
        try {
            const FactValue was = fact.read(*a.trace, a.knobs), is = fact.read(*b.trace, b.knobs);
            const std::string* name =
                find_string(s.settings.language, s.component(), "fact." + fact.name);
            const std::string title = name ? *name : fact.name;
            if (was.is_text != is.is_text) continue;
            if (was.is_text) {
                if (was.text != is.text) lines.push_back(title + " " + was.text + " → " + is.text);
                continue;
            }
            if (was.number == is.number || (std::isnan(was.number) && std::isnan(is.number)))
                continue;
            const double d = is.number - was.number;
            const std::string from = format_value(was.number), to = format_value(is.number);
            if (from == to) continue;  // rounding that no one sees
            lines.push_back(title + " " + from + " → " + to + " (" + (d > 0 ? "+" : "") +
                            format_value(d) + ")");
        } catch (const std::exception&) {
        }
    }
    return lines;
}

MatrixLook look_of(const Session& s, const Entry& entry, const View& view) {
    const Tensor& tensor = entry.tensor;
    MatrixLook look;
    const std::string* part = find_string(s.settings.language, s.component(), "part." + entry.name);
    look.title = part ? *part : entry.name;
    const std::size_t height = tensor.rank() < 2 ? 1 : tensor.dim(-2);
    const Trace& b = *s.shown().trace;
    look.row_names = words_of(b, {entry.name + ".rows", "queries", "tokens"}, height);
    look.col_names = words_of(b, {entry.name + ".cols", "keys", "tokens"}, tensor.cols());
    if (tensor.rank() > 2) {
        const std::size_t slices = tensor.size() / std::max<std::size_t>(1, height * tensor.cols());
        const Selection& at = view.chosen();
        look.slice = at.tensor == entry.name ? std::clamp(at.head, 0, int(slices) - 1) : 0;
        if (slices > 1)
            look.note = orrery::to_string(tensor.shape()) + "  " + std::to_string(look.slice + 1) +
                        "/" + std::to_string(slices);
    }
    return look;
}

bool is_drawn(const Session& s, const std::string& name) {
    const Declaration& d = s.panel()->declaration;
    const auto has = [&](const std::vector<std::string>& names) {
        return std::find(names.begin(), names.end(), name) != names.end();
    };
    return has(d.part_names()) || has(d.outputs());
}

void draw_difference(Canvas& c, const Session& s, const View& view) {
    const Theme& t = c.theme();
    Rect page{0, 0, view.size.w, view.size.h};
    const auto what = changes(s);
    heading(c, page.take_top(heading_height), "B − A", "",
            what.empty() ? s.say("compare.same_settings") : arrow_words(what), t.positive);
    const TextStyle line{Font::body, 14, t.text}, quiet{Font::body, text_label, t.text_quiet};
    const Difference* d = s.difference();
    if (!d) {
        const std::string& error = s.shown().trace ? s.pinned()->shown.error : s.shown().error;
        c.paragraph(page.inset(16), error.empty() ? s.say("compare.computing") : error, line);
        return;
    }
    page = page.inset(16, 4);
    const auto paragraph = [&](const std::string& text, const TextStyle& style) {
        if (!text.empty()) page.take_top(c.paragraph(page, text, style).h + 4);
    };
    //: first in words: numbers by name, what did not change, what can not be subtracted
    paragraph(joined(fact_words(s), " · ", 6), line);
    if (d->trace.entries().empty() && !d->alike.empty())
        paragraph(s.say(d->apart.empty() ? "compare.equal" : "compare.equal_shared"), line);
    else if (d->trace.entries().empty())
        paragraph(s.say("compare.nothing"), line);
    if (!d->alike.empty() && !d->trace.entries().empty())
        paragraph(s.say("compare.alike", {{"names", joined(d->alike, ", ", 8)}}), quiet);
    if (!d->apart.empty())
        paragraph(s.say("compare.apart", {{"names", joined(d->apart, ", ", 8)}}), quiet);

    //: scalars in a row of their own, matrices in as many columns as there is room for
    std::vector<const Entry*> matrices;
    std::vector<std::string> scalars;
    const bool some_drawn =
        std::any_of(d->trace.entries().begin(), d->trace.entries().end(),
                    [&](const Entry& entry) { return is_drawn(s, entry.name); });
    for (const Entry& entry : d->trace.entries()) {
        // What the picture itself shows says most; the rest only where there is nothing else
        if (some_drawn && !is_drawn(s, entry.name)) continue;
        if (entry.tensor.size() > 1)
            matrices.push_back(&entry);
        else if (entry.tensor.size() == 1)
            scalars.push_back(entry.name + " " + format_value(double(entry.tensor.flat()[0])));
    }
    paragraph(joined(scalars, " · ", 8), line);
    if (matrices.empty() || page.w < 60 || page.h < 60) return;
    const auto most = std::max<std::size_t>(
        1, std::size_t(page.w / least_matrix_width) * std::size_t(page.h / least_matrix_height));
    // Where not all fit, the last: what is computed from the others.
    if (matrices.size() > most) {
        const auto first = matrices.end() - std::ptrdiff_t(most);
        std::vector<std::string> rest;
        for (auto it = matrices.begin(); it != first; ++it) rest.push_back((*it)->name);
        const std::string more = s.say("compare.more", {{"names", joined(rest, ", ", 8)}});
        const float height = c.measure_paragraph(page.w, more, quiet).h;
        c.paragraph(page.take_bottom(height + 2), more, quiet);
        matrices.erase(matrices.begin(), first);
    }
    const std::size_t count = matrices.size();
    std::vector<MatrixLook> looks;
    for (const Entry* entry : matrices) looks.push_back(look_of(s, *entry, view));
    //: as many columns as make the smallest matrix largest
    std::size_t columns = 1;
    float best = 0;
    for (std::size_t n = 1; n <= count; ++n) {
        const Rect cell{0, 0, page.w / float(n) - 16, page.h / float((count + n - 1) / n) - 12};
        float least = 1e9f;
        for (std::size_t i = 0; i < count; ++i) {
            const Tensor& of = matrices[i]->tensor;
            least = std::min(
                least, matrix_cell(c, cell, of.rank() < 2 ? 1 : of.dim(-2), of.cols(), looks[i]));
        }
        if (cell.w >= least_matrix_width - 16 && least > best * 1.02f) best = least, columns = n;
    }
    const std::size_t rows = (count + columns - 1) / columns;
    View plain = view;
    plain.lenses.clear(), plain.menu.clear(), plain.typed.clear();
    for (std::size_t i = 0; i < count; ++i) {
        const Rect cell{page.x + page.w * float(i % columns) / float(columns),
                        page.y + page.h * float(i / columns) / float(rows), page.w / float(columns),
                        page.h / float(rows)};
        matrix(c, cell.inset(8, 6), d->trace, matrices[i]->name, plain, looks[i]);
    }
}

}  // namespace

bool lies_in(const Selection& at, const Trace& trace) {
    if (at.tensor.empty()) return true;
    const Entry* entry = trace.find(at.tensor);
    if (!entry) return false;
    const Tensor& t = entry->tensor;
    if (t.rank() == 0) return at.row <= 0 && at.col <= 0;
    const std::size_t rows = t.rank() < 2 ? 1 : t.dim(-2), cols = t.cols();
    const std::size_t slices = t.size() / std::max<std::size_t>(1, rows * cols);
    return at.row < int(rows) && at.col < int(cols) && (t.rank() < 3 || at.head < int(slices));
}

std::vector<Change> changes(const Session& s) {
    std::vector<Change> all;
    if (!s.pinned() || !s.panel()) return all;
    const Link a = parse_link(s.pinned()->link), b = s.state_link();
    const Knobs plain(s.panel()->declaration.knobs());
    const auto add = [&](std::string what, const std::string* was, const std::string* is,
                         const std::string& otherwise) {
        const std::string& from = was ? *was : otherwise;
        const std::string& to = is ? *is : otherwise;
        if (from != to) all.push_back({std::move(what), shortened(from), shortened(to)});
    };
    const auto title = [&](const std::string& key, const std::string& name) {
        const std::string* found = find_string(s.settings.language, s.component(), key);
        return found ? *found : name;
    };
    for (const Knob& knob : plain.declared()) {
        const std::string *was = a.find(knob.name), *is = b.find(knob.name);
        std::string from = was ? *was : plain.written(knob.name),
                    to = is ? *is : plain.written(knob.name);
        if (knob.type == Knob::Type::choice) {
            from = title("knob." + knob.name + "." + from, from);
            to = title("knob." + knob.name + "." + to, to);
        }
        add(title("knob." + knob.name, knob.name), &from, &to, "");
    }
    const std::string own = s.say("compare.default"), seed = std::to_string(Knobs().seed());
    add(s.say("compare.seed"), a.find("seed"), b.find("seed"), seed);
    add(s.say("compare.step"), a.find("step"), b.find("step"), "0");
    for (const char* name : {"text", "tokenizer", "model", "in"})
        add(s.say("compare." + std::string(name)), a.find(name), b.find(name), own);
    const std::string *was = a.find("t"), *is = b.find("t");
    const std::string end = number_text(s.motion().length, 6);
    if (s.motion().length > 0 && (was || is)) add(s.say("compare.t"), was, is, end);
    return all;
}

Difference difference_of(const Trace& a, const Trace& b) {
    Difference d;
    for (const Entry& entry : b.entries()) {
        const Entry* other = a.find(entry.name);
        // What only numbers things (ids, places) has no difference that means anything.
        if (!other || other->tensor.shape() != entry.tensor.shape() ||
            (entry.kind == Kind::index && !entry.tensor.same_bits(other->tensor))) {
            d.apart.push_back(entry.name);
            continue;
        }
        const auto from = other->tensor.flat(), to = entry.tensor.flat();
        Tensor minus(entry.tensor.shape());
        const auto out = minus.flat();
        bool equal = true;
        for (std::size_t i = 0; i < to.size(); ++i) {
            const bool same = to[i] == from[i] || (std::isnan(to[i]) && std::isnan(from[i]));
            out[i] = same ? 0.0f : to[i] - from[i];
            equal = equal && same;
        }
        if (equal)
            d.alike.push_back(entry.name);
        else
            d.trace.add(entry.name, std::move(minus));
    }
    for (const Entry& entry : a.entries())
        if (!b.find(entry.name)) d.apart.push_back(entry.name);
    return d;
}

Canvas session_picture(const Session& s, const View& view, float fade) {
    if (!s.pinned() || s.compare().empty() || view.compact) {
        Canvas alone = draw_picture(*s.panel(), s.shown(), view);
        fade_unrelated(alone, view, fade);
        return alone;
    }
    Canvas c(view.size, view.dark, view.high_contrast);
    if (s.compare() == "side")
        draw_side_by_side(c, s, view, fade);
    else
        draw_difference(c, s, view);
    return c;
}

std::string compare_words(const Session& s) {
    if (!s.pinned()) return "";
    const auto what = changes(s);
    std::string text =
        s.say("compare.words",
              {{"changes", what.empty() ? s.say("compare.same_settings") : arrow_words(what)}}) +
        "\n";
    for (const std::string& line : fact_words(s)) text += line + "\n";
    if (!s.pinned()->shown.trace || !s.shown().trace) return text;
    const Difference d = difference_of(*s.pinned()->shown.trace, *s.shown().trace);
    for (const Entry& entry : d.trace.entries()) {
        float most = 0;
        for (const float v : entry.tensor.flat())
            if (std::isfinite(v)) most = std::max(most, std::abs(v));
        text += s.say("compare.words.tensor",
                      {{"name", entry.name}, {"most", format_value(double(most))}}) +
                "\n";
    }
    if (!d.alike.empty())
        text += s.say("compare.alike", {{"names", joined(d.alike, ", ", 99)}}) + "\n";
    if (!d.apart.empty())
        text += s.say("compare.apart", {{"names", joined(d.apart, ", ", 99)}}) + "\n";
    return text;
}

//--- what the session keeps of it

View Session::pinned_view(Size size) const { return view_of(pinned_->shown, pinned_->t, size); }

void Session::pin_state() {
    if (!panel_) throw ValueError("pin: no picture is open");
    if (!shown_.trace) throw ValueError("pin: nothing is computed yet");
    auto pinned = std::make_shared<Pinned>();
    pinned->link = viz::to_string(state_link(shown_.knobs, shown_.step));
    pinned->shown = shown_;
    pinned->t = motion_.t, pinned->at_end = motion_.at_end;
    pin_worker_.reset();
    pinned_ = std::move(pinned);
    renew_difference();
}

// A of a link is computed beside what is on show.
void Session::open_pin(const std::string& text) {
    const Link link = parse_link(text);
    if (link.component != component_) {
        note(say("compare.other_component", {{"name", link.component}}), true);
        return;
    }
    auto pinned = std::make_shared<Pinned>();
    pinned->link = text;
    Wish wish;
    wish.panel = panel_;
    wish.knobs = Knobs(panel_->declaration.knobs());
    std::string own_text, tokenizer, model;
    bool has_text = false;
    for (const auto& [name, value] : link.values) {
        double number = 0;
        const bool is_number = parse_number(value, number) && number >= 0 && number < 1e15;
        if (!is_reserved(name)) wish.knobs.set_clamped(name, value);
        if (name == "seed" && is_number) wish.knobs.set_seed(std::uint64_t(number));
        if (name == "step" && is_number) wish.step = std::size_t(number);
        if (name == "t" && is_number) pinned->t = number, pinned->at_end = false;
        if (name == "in") wish.in = value;
        if (name == "tokenizer") tokenizer = value;
        if (name == "model") model = value;
        if (name == "text") own_text = value, has_text = true;
    }
    ++wish.seek;
    const Declaration& d = panel_->declaration;
    if (tokenizer.empty()) tokenizer = d.reads_tokenizer() ? "char" : "words";
    const bool file = has_text && !own_text.empty() && own_text == "@" + text_file_;
    try {
        wish.workspace = make_workspace(file       ? *text_
                                        : has_text ? own_text
                                                   : d.default_text(),
                                        tokenizer, model);
    } catch (const std::exception& e) {
        note(std::string("pin: ") + e.what(), true);
        return;
    }
    pinned_ = std::move(pinned);
    pin_worker_ = std::make_unique<Worker>(pace_ == Pace::threaded, wake_);
    pin_worker_->ask(std::move(wish));
}

void Session::take_pin() {
    if (!pin_worker_) return;
    if (pace_ != Pace::threaded) pin_worker_->work(0.01);
    while (auto shown = pin_worker_->take()) {
        auto pinned = std::make_shared<Pinned>(*pinned_);
        pinned->shown = std::move(*shown);
        double length = 0;
        try {
            if (const auto& of = panel_->declaration.length_of(); of && pinned->shown.trace)
                length = of(*pinned->shown.trace);
        } catch (const std::exception&) {
        }
        if (!(length > 0) || !std::isfinite(length)) length = 0;
        pinned->t = pinned->at_end ? length : std::min(pinned->t, length);
        pinned_ = std::move(pinned);
        dirty_ = true;
        renew_difference();
    }
    if (!pin_worker_->busy() && pinned_->shown.panel) pin_worker_.reset();
}

void Session::set_compare(std::string how) {
    if (how == compare_) return;
    remember("compare");
    if (!how.empty() && !pinned_) pin_state();
    std::erase_if(notes, [&](const Note& n) { return n.text == say("compare.pinned"); });
    compare_ = std::move(how);
    renew_difference();
}

void Session::renew_difference() {
    difference_.reset();
    if (compare_ != "difference" || !pinned_ || !pinned_->shown.trace || !shown_.trace) return;
    difference_ =
        std::make_shared<const Difference>(difference_of(*pinned_->shown.trace, *shown_.trace));
}

}  // namespace orrery::viz
