// The right pane: five tabs about the open picture
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "core/base/text.hpp"
#include "lessons/engine/excerpt.hpp"
#include "viz/app/catalogue.hpp"
#include "viz/app/export.hpp"
#include "viz/app/lesson_player.hpp"
#include "viz/app/shell_parts.hpp"
#include "viz/kit/color_scale.hpp"
#include "viz/kit/format.hpp"
#include "viz/kit/formula.hpp"
#include "viz/kit/formula_numbers.hpp"
#include "viz/kit/header.hpp"
#include "viz/kit/markdown.hpp"
#include "viz/kit/resources.hpp"

namespace orrery::viz {
namespace {

using lessons::Block;

bool is_hidden(const Session& s, std::string_view name) {
    return std::find(s.hidden.begin(), s.hidden.end(), name) != s.hidden.end();
}

// Writes down a page.
struct Page {
    Ui& ui;
    const ScrollArea& area;
    Rect at;  // what is left of it
    Page(Ui& u, const ScrollArea& a) : ui(u), area(a), at(a.content()) { at.w -= 8; }

    void gap(float height) { at.y += height; }
    Rect take(float height) {
        const Rect strip{at.x, at.y, at.w, height};
        at.y += height;
        return strip;
    }
    void paragraph(std::string_view text, const TextStyle& style, float indent = 0) {
        at.y += ui.c.paragraph({at.x + indent, at.y, at.w - indent, 1e6f}, text, style).h;
    }
    void heading(std::string_view text) {
        gap(14);
        paragraph(text, {Font::bold, text_label, ui.theme.text_quiet});
        gap(4);
    }
};

// One panel of a lesson, one question: a card with a line at its left.
struct CardBox {
    Page& page;
    float top;
    explicit CardBox(Page& p) : page(p), top(p.at.y) {
        page.gap(10);
        page.at.x += 14, page.at.w -= 28;
    }
    void end(Color line) {
        page.at.x -= 14, page.at.w += 28;
        page.gap(10);
        const Rect box{page.at.x, top, page.at.w, page.at.y - top};
        page.ui.c.outline(box, {page.ui.theme.hairline, 1}, corner);
        page.ui.c.rect({box.x, box.y + 6, 3, box.h - 12}, line, 1.5f);
    }
};

// What a verb will change, as the reader knows it: "Heads 8". "" for what needs no words.
std::string verb_text(const Ui& ui, const std::string& component, const lessons::Verb& verb) {
    using Kind = lessons::Verb::Kind;
    const auto title = [&](const std::string& key, const std::string& otherwise) {
        const std::string* found = find_string(ui.s.settings.language, component, key);
        return found ? *found : otherwise;
    };
    if (verb.kind == Kind::train) return ui.say("compare.step") + " " + format_value(verb.number);
    if (verb.kind != Kind::set || verb.name == "edits") return "";
    const std::string knob = "knob." + verb.name;
    return title(knob, verb.name) + " " + title(knob + "." + verb.word, verb.word);
}

void draw_ask(Page& page, const std::string& lesson, int index, const lessons::Ask& ask) {
    Ui& ui = page.ui;
    const Theme& t = ui.theme;
    const auto given = ui.s.progress.answers.find(answer_key(lesson, index));
    const bool answered = given != ui.s.progress.answers.end();
    CardBox card(page);
    page.paragraph(ask.question, {Font::bold, 15, t.text});
    page.gap(8);
    const std::string id = "ask." + std::to_string(index);
    bool right = false;
    for (std::size_t i = 0; i < ask.choices.size(); ++i) {
        const auto& choice = ask.choices[i];
        const bool chosen = answered && given->second == std::to_string(i);
        if (chosen && choice.right) right = true;
        const TextStyle style{Font::body, 15, t.text};
        const float height =
            std::max(32.0f, ui.c.measure_paragraph(page.at.w - 40, choice.text, style).h + 12);
        const Rect row = page.take(height);
        const std::string own = id + "." + std::to_string(i);
        const Color edge = !answered      ? t.hairline
                           : choice.right ? t.good
                           : chosen       ? t.bad
                                          : t.hairline;
        ui.c.rect(row,
                  ui.hot(own) && !answered ? t.text.with_alpha(0.06f) : t.raised.with_alpha(0.5f),
                  corner, {edge, chosen || (answered && choice.right) ? 1.5f : 1.0f});
        if (answered && (choice.right || chosen))
            draw_icon(ui.c, {row.x + 6, row.y, 20, row.h}, choice.right ? Icon::check : Icon::close,
                      choice.right ? t.good : t.bad, 13);
        else
            ui.c.circle({row.x + 16, row.centre().y}, 6, t.raised.with_alpha(0), {t.outline, 1.2f});
        ui.c.paragraph({row.x + 32, row.y + 6, row.w - 40, row.h}, choice.text, style);
        if (ui.focused(own)) focus_ring(ui, row);
        Region r;
        r.id = own, r.box = row, r.kind = Region::Kind::button;
        r.action = "answer " + std::to_string(index) + " " + std::to_string(i);
        ui.c.region(std::move(r));
        page.gap(6);
    }
    if (!ask.answer.empty()) {
        //: the answer is read off the trace when it is asked for, so it can not be stale
        double truth = std::numeric_limits<double>::quiet_NaN(), number = 0;
        std::string text;
        try {
            const FactValue value = ui.s.fact(ask.answer);
            truth = value.number, text = value.is_text ? value.text : format_value(value.number);
        } catch (const std::exception&) {
        }
        const auto draft = ui.s.drafts.find(id);
        text_field(ui, page.take(34), id,
                   answered                     ? given->second
                   : draft != ui.s.drafts.end() ? draft->second
                                                : "",
                   "answer " + std::to_string(index), ui.say("quiz.number"), "", false, Font::mono);
        page.gap(6);
        if (answered) {
            right = parse_number(given->second, number) &&
                    std::abs(number - truth) <= 0.02 * std::abs(truth) + 1e-6;
            page.paragraph(ui.say("quiz.truth", {{"value", text}}),
                           {Font::bold, 14, right ? t.good : t.text});
        }
    }
    if (answered) {
        page.gap(4);
        page.paragraph(ui.say(right ? "quiz.right" : "quiz.wrong") + " " + ask.why,
                       {Font::body, 15, t.text});
    }
    card.end(answered ? (right ? t.good : t.warning) : t.accent);
    page.gap(10);
}

void draw_task(Page& page, int index, const lessons::Task& task) {
    Ui& ui = page.ui;
    const bool done = is_done(ui.s, task);
    CardBox card(page);
    page.paragraph(ui.say("lesson.task"), {Font::bold, text_label, ui.theme.text_quiet});
    page.paragraph(task.sentence, {Font::body, 15, ui.theme.text});
    page.gap(8);
    Rect row = page.take(30);
    if (done) {
        draw_icon(ui.c, row.take_left(22), Icon::check, ui.theme.good, 15);
        ui.c.text_in(row, ui.say("lesson.task.done"), {Font::bold, 14, ui.theme.good});
    } else if (!task.show_me.empty()) {
        const std::string label = ui.say("lesson.show_me");
        button(ui, row.take_left(button_width(ui, label)), "task." + std::to_string(index), label,
               "show-me " + std::to_string(index));
    }
    card.end(done ? ui.theme.good : ui.theme.accent);
    page.gap(10);
}

// The settings of a lesson's picture that are otherwise now: its knobs were turned since.
bool was_changed(const Session& s, const Block& block) {
    for (const auto& verb : block.verbs) {
        if (verb.kind != lessons::Verb::Kind::set || !s.knobs().has(verb.name)) continue;
        Knobs as_told = s.knobs();
        as_told.set_clamped(verb.name, verb.word);
        if (!(as_told == s.knobs())) return true;
    }
    return false;
}

void draw_panel_block(Page& page, const lessons::Lesson& lesson, int index, const Block& block) {
    Ui& ui = page.ui;
    const auto at = ui.s.lesson_at.find(ui.s.lesson);
    const bool current = at != ui.s.lesson_at.end() && at->second == index;
    const bool changed = current && was_changed(ui.s, block);
    if (changed)
        page.paragraph(ui.say("lesson.changed"), {Font::body, 14, ui.theme.text}), page.gap(4);
    Rect row = page.take(32);
    const int asked = lessons::prediction_before(lesson, std::size_t(index));
    const bool hidden =
        asked >= 0 && !current && !ui.s.progress.answers.count(answer_key(lesson.id, asked));
    ButtonLook look;
    look.icon = current && !changed ? Icon::check : Icon::play;
    look.primary = !current && !hidden, look.selected = current, look.enabled = !hidden;
    const std::string label = hidden    ? ui.say("lesson.predict")
                              : changed ? ui.say("lesson.set_again")
                              : current ? ui.say("lesson.shown")
                                        : ui.say("lesson.show");
    button(ui, row.take_left(button_width(ui, label, look)), "play." + std::to_string(index), label,
           "lesson-play " + std::to_string(index), look);
    row.take_left(10);
    std::string words;  // as many as fit whole
    for (const auto& verb : block.verbs) {
        const std::string text = verb_text(ui, block.component, verb);
        if (text.empty()) continue;
        const std::string more = words.empty() ? text : words + " · " + text;
        if (ui.c.measure(more, ui.label()).w > row.w) break;
        words = more;
    }
    ui.c.text_in(row, words, ui.label());
    page.gap(12);
}

// Where a paragraph of source stands: path, and the lines of the marker's excerpt.
lessons::Excerpt made_by(const Entry& entry, std::string& path) {
    path = "core/" + entry.component + ".cpp";
    const std::string* source = resource(path);
    return source ? lessons::cut_excerpt(*source, entry.marker) : lessons::Excerpt{};
}

const Entry* chosen_entry(const Session& s) {
    if (!s.shown().trace) return nullptr;
    const Selection& at = s.hover.tensor.empty() ? s.lock : s.hover;
    return at.tensor.empty() ? nullptr : s.shown().trace->find(at.tensor);
}

void excerpt_card(Page& page, const std::string& path, const lessons::Excerpt& excerpt,
                  std::string_view title) {
    Ui& ui = page.ui;
    if (!title.empty()) {
        page.paragraph(title, {Font::bold, 14, ui.theme.text});
        page.gap(2);
    }
    page.paragraph(path + ":" + std::to_string(excerpt.first_line),
                   {Font::mono, text_label, ui.theme.text_quiet});
    page.gap(4);
    const bool lit = !title.empty();  // it made what is chosen; in a lesson nothing is
    page.gap(code_block(ui.c, page.at, excerpt.text, excerpt.first_line,
                        lit ? excerpt.first_line : 0, lit ? excerpt.last_line + 1 : 0));
    page.gap(10);
}

struct Numbers {
    double low = 0, high = 0, mean = 0;
};

// Least, largest and mean of the finite values; those of large tensors are remembered.
Numbers numbers_of(const Tensor& tensor) {
    struct Known {
        Tensor tensor;  // holds the buffer, so that its address means it
        Numbers numbers;
    };
    static thread_local std::vector<Known> known;
    const float* data = tensor.data();
    for (const Known& k : known)
        if (std::as_const(k.tensor).data() == data && k.tensor.size() == tensor.size())
            return k.numbers;
    Numbers n{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(), 0};
    std::size_t count = 0;
    for (const float v : tensor.flat())
        if (std::isfinite(v))
            n.low = std::min(n.low, double(v)), n.high = std::max(n.high, double(v)),
            n.mean += double(v), ++count;
    n.mean = count ? n.mean / double(count) : std::numeric_limits<double>::quiet_NaN();
    if (!count) n.low = n.high = n.mean;
    if (tensor.size() > 4096) {
        if (known.size() >= 32) known.erase(known.begin());
        known.push_back({tensor, n});
    }
    return n;
}

// Links to other lessons say their titles in the reader's language, not the names of their files.
std::string with_titles(std::string_view prose, const std::string& lesson, Language language) {
    std::string out;
    for (std::size_t at = 0; at < prose.size();) {
        const std::size_t open = prose[at] == '[' ? at : prose.npos;
        const std::size_t middle = open == prose.npos ? prose.npos : prose.find("](", open);
        const std::size_t close = middle == prose.npos ? prose.npos : prose.find(')', middle);
        if (close != prose.npos && prose.substr(open, close - open).find('\n') == prose.npos) {
            const std::string_view target = prose.substr(middle + 2, close - middle - 2);
            const std::string id = lessons::linked_lesson(lesson, target);
            if (!id.empty() && find_item(id)) {
                out += "[" + title_of(language, id) + "](" + std::string(target) + ")";
                at = close + 1;
                continue;
            }
        }
        out += prose[at++];
    }
    return out;
}

std::string why_of(const Session& s, const Header& header) {
    const std::string* said = find_string(s.settings.language, s.component(), "header.why");
    return said ? *said : header.why;
}

// A formula as large as the pane allows, at most `size`.
void set_formula(Page& page, const Formula& formula, float size,
                 const std::function<bool(std::string_view)>& lit,
                 const std::function<Color(std::string_view)>& ink) {
    Size need = formula.measure(page.ui.c, size);
    if (need.w > page.at.w)
        size = std::max(13.0f, size * page.at.w / need.w), need = formula.measure(page.ui.c, size);
    formula.draw(page.ui.c, {page.at.x, page.at.y}, size, lit, ink);
    page.gap(need.h);
}

// A text of one's own, or one that a link brought: the numbers in the lesson are not of it.
bool tells_of_another_text(const Session& s, const lessons::Lesson& lesson) {
    return s.panel() && s.component() == lesson.id && s.panel()->declaration.reads_text() &&
           s.own_text() && s.workspace().text != s.panel()->declaration.default_text();
}

// What the path says at the stop that is open, for those who left the presenter.
void draw_path_card(Page& page) {
    const Session& s = page.ui.s;
    if (!s.on_path()) return;
    std::string all;
    for (const std::string& sentence : s.playlist[s.playlist_at].sentences)
        all += (all.empty() || s.settings.language == Language::chinese ? "" : " ") + sentence;
    CardBox card(page);
    page.paragraph(page.ui.say("path.stop", {{"n", std::to_string(s.playlist_at + 1)},
                                             {"all", std::to_string(s.playlist.size())}}),
                   {Font::bold, text_label, page.ui.theme.text_quiet});
    page.paragraph(all, {Font::body, 15, page.ui.theme.text});
    card.end(page.ui.theme.accent);
    page.gap(10);
}

}  // namespace

float draw_lesson_tab(Ui& ui, const ScrollArea& area) {
    Page page(ui, area);
    draw_path_card(page);
    const Theme& t = ui.theme;
    const lessons::Lesson* lesson = lesson_of(ui.s.lesson, ui.s.settings.language);
    if (!lesson) {
        page.gap(8);
        const Header* header = find_header(ui.s.component());
        page.paragraph(tagline_of(ui.s.settings.language, ui.s.component()),
                       {Font::body, text_body, t.text});
        page.gap(12);
        if (header && !header->why.empty())
            page.paragraph(why_of(ui.s, *header), {Font::body, 15, t.text});
        page.gap(16);
        page.paragraph(ui.say("lesson.none"), {Font::body, 14, t.text_quiet});
        return page.at.y + 24;
    }
    page.gap(4);
    if (tells_of_another_text(ui.s, *lesson)) {
        page.paragraph(ui.say("lesson.other"), {Font::body, 14, t.text});
        page.gap(8);
    }
    const View view = ui.s.view({});
    float here = -1;
    for (std::size_t i = 0; i < lesson->blocks.size(); ++i) {
        const Block& block = lesson->blocks[i];
        switch (block.kind) {
            case Block::Kind::prose:
                if (i > 0 && trim(block.body).starts_with('#')) page.gap(16);
                page.gap(markdown(ui.c, page.at,
                                  i == 0
                                      ? with_titles(block.body, lesson->id, ui.s.settings.language)
                                      : block.body,
                                  view));
                page.gap(8);
                break;
            case Block::Kind::panel:
                if (const auto at = ui.s.lesson_at.find(ui.s.lesson);
                    at != ui.s.lesson_at.end() && at->second == int(i))
                    here = page.at.y - area.content().y;
                draw_panel_block(page, *lesson, int(i), block);
                break;
            case Block::Kind::code: {
                const std::string* source = resource(block.path);
                const auto excerpt =
                    source ? lessons::cut_excerpt(*source, block.marker) : lessons::Excerpt{};
                if (!excerpt.text.empty())
                    excerpt_card(page, block.path, excerpt, "");
                else
                    page.gap(code_block(ui.c, page.at, block.body, 1, 0, 0) + 8);
                break;
            }
            case Block::Kind::ask:
                draw_ask(page, lesson->id, int(i), block.ask);
                break;
            case Block::Kind::task:
                draw_task(page, int(i), block.task);
                break;
            case Block::Kind::plain:
                page.gap(code_block(ui.c, page.at, block.body, 1, 0, 0) + 8);
                break;
        }
    }
    // Says where the picture on show is told of, so that the pane can follow.
    if (here >= 0) {
        Region anchor;
        anchor.id = "anchor.lesson", anchor.value = here;
        anchor.box = {ui.c.clip().x, ui.c.clip().y, 1, 1};
        ui.c.region(std::move(anchor));
    }
    return page.at.y + 32;
}

float draw_quiz_tab(Ui& ui, const ScrollArea& area) {
    Page page(ui, area);
    page.gap(8);
    const lessons::Lesson* lesson = lesson_of(ui.s.lesson, ui.s.settings.language);
    int count = 0;
    if (lesson)
        for (std::size_t i = 0; i < lesson->blocks.size(); ++i)
            if (lesson->blocks[i].kind == Block::Kind::ask)
                draw_ask(page, lesson->id, int(i), lesson->blocks[i].ask), ++count;
    if (count == 0) page.paragraph(ui.say("quiz.none"), {Font::body, 14, ui.theme.text_quiet});
    return page.at.y + 24;
}

float draw_maths_tab(Ui& ui, const ScrollArea& area) {
    Page page(ui, area);
    const Theme& t = ui.theme;
    const Header* header = find_header(ui.s.component());
    page.gap(8);
    if (!header) {
        page.paragraph(ui.say("maths.none"), {Font::body, 14, t.text_quiet});
        return page.at.y;
    }
    const View view = ui.s.view({});
    const Selection& at = view.chosen();
    const TextStyle prose{Font::body, 15, t.text}, code{Font::mono, text_label, t.text};
    page.paragraph(tagline_of(ui.s.settings.language, ui.s.component()), prose);
    page.heading(ui.say("maths.formula"));
    const auto lit = [&](std::string_view name) {
        if (name == view.explanation.term || name == at.tensor) return true;
        for (const auto& [symbol, entry] : header->aliases)
            if (symbol == name && entry == at.tensor) return true;
        return false;
    };
    const Declaration& declared = ui.s.panel()->declaration;
    const auto ink = [&](std::string_view name) {
        for (const auto& [symbol, entry] : header->aliases)
            if (symbol == name) name = entry;
        const Role role = declared.role_of(name);
        return role == Role::neutral ? t.text : t.role_text(role);
    };
    FormulaSource source;
    source.header = header, source.trace = ui.s.shown().trace.get();
    source.inputs = &ui.s.shown().inputs, source.knobs = &ui.s.shown().knobs;
    source.cell = cell_value;
    const bool on_cell = source.trace && at.is_cell() && source.trace->find(at.tensor);
    if (on_cell) page.paragraph(cell_words(ui, at), {Font::bold, 14, t.text}), page.gap(8);
    bool numbers = false, differs = false;
    for (const std::string& line : header->formula) {
        const Formula formula(line);
        if (!formula.parsed()) {
            page.paragraph(line, code);
            page.gap(6);
            continue;
        }
        //: too wide even when small: what it is called on a line of its own
        const auto equals = line.find(" = ");
        if (formula.measure(ui.c, 13).w > page.at.w && equals != std::string::npos) {
            set_formula(page, Formula(line.substr(0, equals)), 18, lit, ink);
            page.gap(4);
            const float indent = 16;
            const TextStyle sign{Font::body, 15, t.text};
            ui.c.text({page.at.x, page.at.y}, "=", sign);
            page.at.x += indent, page.at.w -= indent;
            set_formula(page, Formula(line.substr(equals + 3)), 18, lit, ink);
            page.at.x -= indent, page.at.w += indent;
        } else {
            set_formula(page, formula, 18, lit, ink);
        }
        page.gap(10);
        if (!on_cell) continue;
        //: as many terms of its sums as the pane is wide
        std::optional<NumberedLine> with;
        for (int terms = 4; terms >= 1; --terms) {
            with = with_numbers(formula, source, at, terms);
            float width = 0;
            if (with)
                for (const Formula& row : with->rows)
                    width = std::max(width, row.measure(ui.c, 15).w);
            if (width <= page.at.w - 16) break;
        }
        if (!with) continue;
        numbers = true, differs = differs || with->differs;
        const float top = page.at.y;
        page.at.x += 16, page.at.w -= 16;
        for (std::size_t i = 0; i < with->rows.size(); ++i) {
            if (with->rows[i].measure(ui.c, 13).w <= page.at.w)
                set_formula(page, with->rows[i], 15, lit, ink);
            else
                page.paragraph(with->plain[i], code);
            page.gap(6);
        }
        page.at.x -= 16, page.at.w += 16;
        ui.c.rect({page.at.x + 4, top, 2, page.at.y - top - 6}, t.hairline, 1);
        page.gap(8);
    }
    if (differs) page.paragraph(ui.say("maths.differs"), {Font::body, 14, t.text}), page.gap(8);
    if (!view.explanation.why.empty())
        page.paragraph(view.explanation.why, {Font::body, 14, t.text});
    else if (!on_cell)
        page.paragraph(ui.say("maths.hover"), {Font::body, 14, t.text_quiet});
    else if (!numbers)
        page.paragraph(ui.say("maths.no_line"), {Font::body, 14, t.text_quiet});
    //: facts of this run
    const auto& facts = ui.s.panel()->declaration.facts();
    if (!facts.empty() && ui.s.shown().trace) {
        page.heading(ui.say("maths.facts"));
        for (const auto& fact : facts) {
            std::string text;
            try {
                const FactValue value = fact.read(*ui.s.shown().trace, ui.s.shown().knobs);
                text = value.is_text ? value.text : format_value(value.number);
                if (const std::string* word =
                        find_string(ui.s.settings.language, ui.s.component(), "word." + value.text);
                    value.is_text && word)
                    text = *word;
            } catch (const std::exception&) {
                continue;
            }
            const std::string* name =
                find_string(ui.s.settings.language, ui.s.component(), "fact." + fact.name);
            Rect row = page.take(24);
            const TextStyle number{Font::mono, text_label, t.text, Align::right};
            const float width = std::min(row.w * 0.6f, ui.c.measure(text, number).w + 4);
            ui.c.text_in(row.take_right(width), text, number);
            ui.c.text_in(row, name ? *name : fact.name, {Font::body, 14, t.text_quiet});
        }
    }
    const auto section = [&](std::string_view key, const std::string& text,
                             const TextStyle& style) {
        if (text.empty()) return;
        page.heading(ui.say(key));
        page.paragraph(text, style);
    };
    const auto lines = [&](std::string_view key, const std::vector<std::string>& all) {
        std::string text;
        for (const auto& line : all) text += (text.empty() ? "" : "\n") + line;
        section(key, text, code);
    };
    //: in another language what the component's file of strings says stands for the header
    const auto own_lines = [&](std::string_view key, std::string_view own_key,
                               const std::vector<std::string>& all) {
        const std::string* said = find_string(ui.s.settings.language, ui.s.component(), own_key);
        if (said)
            section(key, *said, {Font::body, 14, t.text});
        else
            lines(key, all);
    };
    own_lines("maths.shapes", "header.shapes", header->shapes);
    section("maths.why", why_of(ui.s, *header), prose);
    own_lines("maths.cost", "header.cost", header->cost);
    const std::string* own = find_string(ui.s.settings.language, ui.s.component(), "leaves_out");
    section("maths.leaves_out", own ? *own : header->leaves_out, prose);
    section("maths.source", header->source, {Font::body, 14, t.text});
    section("maths.survey", header->survey, {Font::body, 14, t.text});
    if (!header->see.empty()) {
        page.heading(ui.say("maths.see"));
        for (const auto& see : header->see) {
            if (!find_item(see.id)) continue;
            const std::string title = title_of(ui.s.settings.language, see.id);
            Rect row = page.take(30);
            ButtonLook look;
            look.quiet = true, look.icon = Icon::right, look.align = Align::left,
            look.tip = see.why;
            button(ui, row.take_left(std::min(row.w, button_width(ui, title, look))),
                   "see." + see.id, title, "open " + see.id, look);
        }
    }
    return page.at.y + 32;
}

float draw_code_tab(Ui& ui, const ScrollArea& area) {
    Page page(ui, area);
    const Theme& t = ui.theme;
    page.gap(8);
    //: the paragraph that made what is hovered or locked
    std::string lit_path;
    lessons::Excerpt lit;
    if (const Entry* entry = chosen_entry(ui.s); entry && !entry->marker.empty()) {
        lit = made_by(*entry, lit_path);
        if (!lit.text.empty() && lit_path == "core/" + ui.s.component() + ".cpp")
            page.paragraph(ui.say("code.made", {{"name", entry->name}}), {Font::bold, 14, t.text}),
                page.gap(6);
        else if (!lit.text.empty())
            excerpt_card(page, lit_path, lit, ui.say("code.made", {{"name", entry->name}}));
    } else {
        page.paragraph(ui.say("code.hover"), {Font::body, text_label, t.text_quiet});
        page.gap(8);
    }
    //: the whole file below
    const std::string id = ui.s.component();
    std::vector<Option> files;
    for (const std::string& path :
         {"core/" + id + ".cpp", "core/" + id + ".hpp", "viz/" + id + "_panel.cpp"})
        if (resource(path)) files.push_back({path, path.substr(path.rfind('/') + 1), path});
    if (files.empty()) return page.at.y;
    const auto wanted = ui.s.drafts.find("code");
    std::string path = files.front().value;
    for (const Option& file : files)
        if (wanted != ui.s.drafts.end() && wanted->second == file.value) path = file.value;
    Rect row = page.take(30);
    if (segmented_width(ui, files) <= row.w)
        segmented(ui, row.take_left(segmented_width(ui, files)), "code.file", files, path,
                  "draft code ");
    else
        drop_down(ui, row, "code.file", files, path, "draft code ", path);
    page.gap(8);
    const bool here = path == lit_path && !lit.text.empty();
    if (here) {
        //: about where its first line is; long lines that go on below push it further down
        const auto& text = *resource(path);
        std::size_t end = 0;
        for (int line = 1; line < lit.first_line && end < text.size(); ++line)
            end = std::min(text.find('\n', end), text.size() - 1) + 1;
        Canvas measure(ui.c.size(), t.dark);
        Region anchor;
        anchor.id = "anchor.code", anchor.content = path + "#" + std::to_string(lit.first_line);
        anchor.value = page.at.y - area.content().y +
                       code_block(measure, page.at, std::string_view(text).substr(0, end), 1, 0, 0);
        anchor.box = {ui.c.clip().x, ui.c.clip().y, 1, 1};
        ui.c.region(std::move(anchor));
    }
    page.gap(code_block(ui.c, page.at, *resource(path), 1, here ? lit.first_line : 0,
                        here ? lit.last_line + 1 : 0));
    return page.at.y + 32;
}

float draw_values_tab(Ui& ui, const ScrollArea& area) {
    Page page(ui, area);
    const Theme& t = ui.theme;
    page.gap(8);
    if (!ui.s.shown().trace) return page.at.y;
    const Trace& trace = *ui.s.shown().trace;
    const TextStyle head{Font::bold, text_label, t.text_quiet},
        number{Font::mono, text_label, t.text, Align::right};
    Rect row = page.take(24);
    const float column = std::min(84.0f, row.w * 0.19f);
    for (const std::string_view key : {"values.mean", "values.max", "values.min"})
        ui.c.text_in(row.take_right(column), ui.say(key),
                     {Font::bold, text_label, t.text_quiet, Align::right});
    ui.c.text_in(row, ui.say("values.name"), head);
    for (const Entry& entry : trace.entries()) {
        const std::string id = "values." + entry.name;
        const Rect line = page.take(46);
        if (!area.visible(line)) continue;
        const bool chosen = ui.s.lock.tensor == entry.name;
        if (chosen || ui.hot(id))
            ui.c.rect(line, chosen ? t.accent.with_alpha(0.14f) : t.text.with_alpha(0.05f), corner);
        ui.c.line({line.x, line.bottom()}, {line.right(), line.bottom()}, {t.hairline, 1});
        Rect cells = line.inset(4, 2);
        if (entry.tensor.size() > 0) {
            const Numbers n = numbers_of(entry.tensor);
            for (const double value : {n.mean, n.high, n.low})
                ui.c.text_in(cells.take_right(column), format_short(value, int(column / 8.4f)),
                             number);
        }
        Rect words = cells;
        ui.c.text_in(words.take_top(22), entry.name, {Font::mono, text_label, t.text});
        ui.c.text_in(words.take_top(20), orrery::to_string(entry.tensor.shape()),
                     {Font::mono, text_label, t.text_quiet});
        Region r;
        r.id = id, r.box = line, r.kind = Region::Kind::button;
        r.action = chosen ? "unlock" : "lock " + entry.name;
        ui.c.region(std::move(r));
        if (!chosen) continue;
        Rect buttons = page.take(36).inset(4, 4);
        for (const std::string kind : {"csv", "npy", "safetensors"}) {
            const std::string label = kind == "csv" ? "CSV" : kind;
            button(ui, buttons.take_left(button_width(ui, label)), "values.export." + kind, label,
                   "export-tensor " + kind + " " + entry.name);
            buttons.take_left(6);
        }
    }
    page.gap(12);
    if (trace.cost().flops > 0)
        page.paragraph(ui.say("values.cost",
                              {{"flops", format_count(trace.cost().flops, ui.s.settings.language)},
                               {"bytes", format_bytes(trace.cost().bytes)}}),
                       {Font::body, 14, t.text_quiet});
    page.gap(8);
    const std::string all = ui.say("values.export_all");
    button(ui, page.take(32), "values.export_all", all, "export safetensors");
    return page.at.y + 24;
}

void draw_right(Ui& ui, const WindowLayout& l) {
    const Theme& t = ui.theme;
    const Session& s = ui.s;
    Rect box = l.right;
    if (l.drawer) ui.c.rect({box.x - 6, box.y, 6, box.h}, Color{0, 0, 0, 60});
    ui.c.rect(box, t.surface);
    ui.c.line({box.x + 0.5f, box.y}, {box.x + 0.5f, box.bottom()}, {t.hairline, 1});
    Region pane;
    pane.id = "right", pane.box = box;
    ui.c.region(std::move(pane));
    //: the tabs
    Rect tabs = box.take_top(44);
    ui.c.line({tabs.x, tabs.bottom() - 0.5f}, {tabs.right(), tabs.bottom() - 0.5f},
              {t.hairline, 1});
    Rect close = tabs.take_right(36);
    icon_button(ui, close.inset(2, 6), "right.close", l.drawer ? Icon::close : Icon::panel_right,
                l.drawer ? "drawer" : "right closed", ui.say("right.close"));
    tabs.take_left(8);
    std::vector<std::string> names;
    for (const std::string name : {"lesson", "maths", "code", "values", "quiz"})
        if (!is_hidden(s, name)) names.push_back(name);
    float total = 0;
    for (const auto& name : names)
        total += ui.c.measure(ui.say("tab." + name), {Font::bold, 14, t.text}).w;
    const float spare =
        std::max(8.0f, (tabs.w - total) / float(std::max<std::size_t>(1, names.size())));
    for (const auto& name : names) {
        const std::string word = ui.say("tab." + name), id = "tab." + name;
        const float width = ui.c.measure(word, {Font::bold, 14, t.text}).w + std::min(spare, 28.0f);
        const Rect tab = tabs.take_left(width);
        const bool on = s.tab == name;
        ui.c.text_in(tab, word,
                     {on ? Font::bold : Font::body, 14, on || ui.hot(id) ? t.text : t.text_quiet,
                      Align::centre});
        if (on) ui.c.rect({tab.x + 6, tab.bottom() - 3, tab.w - 12, 3}, t.accent, 1.5f);
        if (ui.focused(id)) focus_ring(ui, tab.inset(2, 4));
        Region r;
        r.id = id, r.box = tab, r.kind = Region::Kind::button, r.action = "tab " + name;
        ui.c.region(std::move(r));
    }
    //: the lesson's own way forward stays below its text
    Rect foot;
    const lessons::Lesson* lesson =
        s.tab == "lesson" ? lesson_of(s.lesson, s.settings.language) : nullptr;
    if (lesson) foot = box.take_bottom(52);
    ScrollArea area(ui, box.inset(16, 0), "right." + s.tab);
    float bottom = 0;
    if (s.tab == "maths")
        bottom = draw_maths_tab(ui, area);
    else if (s.tab == "code")
        bottom = draw_code_tab(ui, area);
    else if (s.tab == "values")
        bottom = draw_values_tab(ui, area);
    else if (s.tab == "quiz")
        bottom = draw_quiz_tab(ui, area);
    else
        bottom = draw_lesson_tab(ui, area);
    area.end(bottom);
    if (lesson) {
        ui.c.rect(foot, t.surface);
        ui.c.line({foot.x, foot.y}, {foot.right(), foot.y}, {t.hairline, 1});
        int count = 0, done = 0;
        const auto at = s.lesson_at.find(s.lesson);
        for (std::size_t i = 0; i < lesson->blocks.size(); ++i)
            if (lesson->blocks[i].kind == Block::Kind::panel) {
                ++count;
                if (at != s.lesson_at.end() && at->second >= int(i)) ++done;
            }
        Rect row = foot.inset(16, 10);
        ButtonLook next;
        next.primary = true, next.icon = Icon::next, next.enabled = done < count;
        const std::string word = ui.say(done == 0 ? "lesson.begin" : "lesson.next");
        button(ui, row.take_right(button_width(ui, word, next)), "lesson.next", word, "lesson-next",
               next);
        row.take_right(6);
        icon_button(ui, row.take_right(32), "lesson.back", Icon::previous, "lesson-back",
                    ui.say("lesson.back"), false, done > 1);
        //: one dot for each picture of the lesson
        for (int i = 0; i < count && row.w > 14; ++i) {
            const Rect dot = row.take_left(16);
            ui.c.circle({dot.x + 6, dot.centre().y}, 4.5f, i < done ? t.accent : t.sunken,
                        {i < done ? t.accent : t.outline, 1});
        }
    }
    if (!l.drawer) {
        Region edge;
        edge.id = "right.edge", edge.box = {l.right.x - 4, l.right.y, 8, l.right.h};
        edge.kind = Region::Kind::drag, edge.action = "right-width", edge.value = -l.right.w;
        ui.c.region(std::move(edge));
    }
}

}  // namespace orrery::viz
