#include "viz/app/text_editor.hpp"

#include <algorithm>

#include "core/base/text.hpp"
#include "viz/kit/fonts.hpp"
#include "viz/kit/format.hpp"

namespace orrery::viz {
namespace {

constexpr std::size_t most_undo = 100;
constexpr std::size_t most_undo_bytes = std::size_t{16} << 20;

// Blanks, letters and digits, everything else; a Chinese character is a word of its own.
int kind_of(std::uint32_t c) {
    if (c == ' ' || c == '\t' || c == '\n') return 0;
    if (c >= 0x2E80) return 3;
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
        c >= 0xC0)
        return 1;
    return 2;
}

float width_of(std::string_view text, const TextStyle& style) {
    float width = 0;
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint c = next_code_point(text.substr(at));
        width += !c.valid       ? text_width(style.font, style.size, "⟨00⟩")
                 : c.value < 32 ? advance(style.font, ' ') * style.size
                                : advance(style.font, c.value) * style.size;
        at += c.length;
    }
    return width;
}

std::size_t lines_in(std::string_view text) {
    return std::size_t(std::count(text.begin(), text.end(), '\n')) + 1;
}

}  // namespace

//: lines end at newlines, else where a line may break, else where it is full
std::vector<EditorLine> editor_lines(std::string_view text, float width, const TextStyle& style) {
    std::vector<EditorLine> lines;
    std::size_t begin = 0, at = 0, last_break = 0;
    float used = 0, used_at_break = 0;
    std::uint32_t before = 0;
    while (at < text.size()) {
        const CodePoint c = next_code_point(text.substr(at));
        if (c.valid && c.value == '\n') {
            lines.push_back({begin, at});
            begin = last_break = ++at, used = used_at_break = 0, before = 0;
            continue;
        }
        const float w = width_of(text.substr(at, c.length), style);
        if (at > begin && may_break(before, c.value)) last_break = at, used_at_break = used;
        if (used + w > width && at > begin && c.value != ' ') {
            const bool at_break = last_break > begin;
            const std::size_t cut = at_break ? last_break : at;
            lines.push_back({begin, cut});
            used = at_break ? used - used_at_break : 0;
            begin = last_break = cut, used_at_break = 0;
            if (used + w > width && at > begin) {
                lines.push_back({begin, at});
                begin = last_break = at, used = 0;
            }
        }
        used += w, before = c.value, at += c.length;
    }
    lines.push_back({begin, text.size()});
    return lines;
}

std::size_t place_at(std::string_view text, const std::vector<EditorLine>& lines, Point at,
                     const TextStyle& style) {
    if (lines.empty()) return 0;
    const float row = std::max(0.0f, at.y / line_height(style));
    const EditorLine line = lines[std::min(lines.size() - 1, std::size_t(row))];
    float x = 0;
    std::size_t place = line.begin;
    while (place < line.end) {
        const CodePoint c = next_code_point(text.substr(place));
        const float w = width_of(text.substr(place, c.length), style);
        if (x + w / 2 > at.x) break;
        x += w, place += c.length;
    }
    // The end of a wrapped line is the beginning of the next one: stay on this one.
    if (place == line.end && place > line.begin && place < text.size() && text[place] != '\n') do
            --place;
        while (place > line.begin && (static_cast<unsigned char>(text[place]) & 0xC0) == 0x80);
    return place;
}

std::string one_line(std::string_view text) {
    std::string line;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n')
            continue;
        else if (text[i] == '\n' || text[i] == '\r')
            line += "⏎";
        else
            line += text[i];
    return line;
}

std::string many_lines(std::string_view text) {
    constexpr std::string_view sign = "⏎";
    std::string lines;
    while (!text.empty())
        if (text.starts_with(sign))
            lines += '\n', text.remove_prefix(sign.size());
        else
            lines += text[0], text.remove_prefix(1);
    return lines;
}

TextEditor::TextEditor(std::string text) {
    now_.text = std::move(text);
    now_.caret = now_.anchor = now_.text.size();
}

std::pair<std::size_t, std::size_t> TextEditor::selection() const {
    return {std::min(now_.caret, now_.anchor), std::max(now_.caret, now_.anchor)};
}

std::string TextEditor::selected() const {
    const auto [begin, end] = selection();
    return now_.text.substr(begin, end - begin);
}

std::size_t TextEditor::characters() const {
    std::size_t count = 0;
    for (std::string_view rest = now_.text; !rest.empty(); ++count)
        rest.remove_prefix(next_code_point(rest).length);
    return count;
}

void TextEditor::remember(bool typing) {
    redo_.clear();
    if (!(typing && typing_ && !undo_.empty())) undo_.push_back(now_);
    typing_ = typing;
    std::size_t bytes = 0;
    for (const State& state : undo_) bytes += state.text.size();
    while (undo_.size() > 1 && (undo_.size() > most_undo || bytes > most_undo_bytes)) {
        bytes -= undo_.front().text.size();
        undo_.erase(undo_.begin());
    }
}

void TextEditor::insert(std::string_view text) {
    std::string clean;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
        clean += text[i] == '\r' ? '\n' : text[i];
    }
    const auto [begin, end] = selection();
    if (clean.empty() && begin == end) return;
    const bool letter = begin == end && next_code_point(clean).length == clean.size() &&
                        kind_of(next_code_point(clean).value) != 0;
    remember(letter);
    now_.text.replace(begin, end - begin, clean);
    now_.caret = now_.anchor = begin + clean.size();
    wanted_x_ = -1;
}

void TextEditor::replace(std::string text) {
    if (text == now_.text) return;
    remember(false);
    now_.text = std::move(text);
    now_.caret = now_.anchor = now_.text.size();
    wanted_x_ = -1;
}

void TextEditor::select_all() {
    now_.anchor = 0, now_.caret = now_.text.size();
    typing_ = false;
}

void TextEditor::select_word(std::size_t at) {
    put_caret(at, false);
    if (now_.caret >= now_.text.size()) return;
    const auto kind = [&](std::size_t p) {
        return kind_of(next_code_point(std::string_view(now_.text).substr(p)).value);
    };
    const int wanted = kind(now_.caret);
    std::size_t begin = now_.caret, end = next(now_.caret, false);
    while (begin > 0 && wanted != 3 && kind(previous(begin, false)) == wanted)
        begin = previous(begin, false);
    while (end < now_.text.size() && wanted != 3 && kind(end) == wanted) end = next(end, false);
    now_.anchor = begin, now_.caret = end;
}

void TextEditor::put_caret(std::size_t at, bool extend) {
    now_.caret = std::min(at, now_.text.size());
    if (!extend) now_.anchor = now_.caret;
    typing_ = false, wanted_x_ = -1;
}

std::size_t TextEditor::previous(std::size_t at, bool word) const {
    const auto back = [&](std::size_t p) {
        std::size_t q = p - 1;
        while (q > 0 && p - q < 4 && (static_cast<unsigned char>(now_.text[q]) & 0xC0) == 0x80) --q;
        // Bytes that are no character are passed one at a time.
        return next_code_point(std::string_view(now_.text).substr(q)).length == p - q ? q : p - 1;
    };
    if (at == 0) return 0;
    if (!word) return back(at);
    const auto kind = [&](std::size_t p) {
        return kind_of(next_code_point(std::string_view(now_.text).substr(p)).value);
    };
    while (at > 0 && kind(back(at)) == 0) at = back(at);
    if (at == 0) return 0;
    const int passed = kind(at = back(at));
    while (at > 0 && passed != 3 && kind(back(at)) == passed) at = back(at);
    return at;
}

std::size_t TextEditor::next(std::size_t at, bool word) const {
    const std::string_view text = now_.text;
    const auto step = [&] {
        at += std::max<std::size_t>(1, next_code_point(text.substr(at)).length);
    };
    if (at >= text.size()) return text.size();
    const int passed = kind_of(next_code_point(text.substr(at)).value);
    step();
    if (!word) return at;
    const auto kind = [&] { return kind_of(next_code_point(text.substr(at)).value); };
    while (at < text.size() && passed != 3 && kind() == passed) step();
    while (at < text.size() && kind() == 0) step();
    return at;
}

void TextEditor::erase(bool forward, bool word) {
    auto [begin, end] = selection();
    if (begin == end) {
        if (forward)
            end = next(begin, word);
        else
            begin = previous(end, word);
    }
    if (begin == end) return;
    remember(false);
    now_.text.erase(begin, end - begin);
    now_.caret = now_.anchor = begin;
    wanted_x_ = -1;
}

bool TextEditor::undo() {
    if (undo_.empty()) return false;
    redo_.push_back(std::move(now_));
    now_ = std::move(undo_.back());
    undo_.pop_back();
    typing_ = false, wanted_x_ = -1;
    return true;
}

bool TextEditor::redo() {
    if (redo_.empty()) return false;
    undo_.push_back(std::move(now_));
    now_ = std::move(redo_.back());
    redo_.pop_back();
    typing_ = false, wanted_x_ = -1;
    return true;
}

std::size_t TextEditor::caret_line(const std::vector<EditorLine>& lines) const {
    std::size_t line = 0;
    while (line + 1 < lines.size() && lines[line + 1].begin <= now_.caret) ++line;
    return line;
}

bool TextEditor::key(std::string_view chord, float width, const TextStyle& style,
                     std::size_t page) {
    if (chord == "Ctrl+A") return select_all(), true;
    if (chord == "Ctrl+Z") return undo(), true;
    if (chord == "Ctrl+Y" || chord == "Ctrl+Shift+Z") return redo(), true;
    if (chord == "Enter" || chord == "Shift+Enter") return insert("\n"), true;
    if (chord == "Backspace" || chord == "Shift+Backspace") return erase(false), true;
    if (chord == "Delete") return erase(true), true;
    if (chord == "Ctrl+Backspace") return erase(false, true), true;
    if (chord == "Ctrl+Delete") return erase(true, true), true;
    bool word = false, extend = false;
    if (chord.starts_with("Ctrl+")) word = true, chord.remove_prefix(5);
    if (chord.starts_with("Shift+")) extend = true, chord.remove_prefix(6);
    const auto [begin, end] = selection();
    const bool leaves = begin != end && !extend && !word;  // an arrow goes to the end of what was
    if (chord == "Left")
        return put_caret(leaves ? begin : previous(now_.caret, word), extend), true;
    if (chord == "Right") return put_caret(leaves ? end : next(now_.caret, word), extend), true;
    if (word && chord == "Home") return put_caret(0, extend), true;
    if (word && chord == "End") return put_caret(now_.text.size(), extend), true;
    const bool up = chord == "Up" || chord == "PageUp",
               down = chord == "Down" || chord == "PageDown";
    if (!up && !down && chord != "Home" && chord != "End") return false;
    const auto lines = editor_lines(now_.text, width, style);
    const std::size_t line = caret_line(lines);
    if (chord == "Home") return put_caret(lines[line].begin, extend), true;
    const float far = 1e9f, high = line_height(style);
    if (chord == "End")
        return put_caret(place_at(now_.text, lines, {far, (float(line) + 0.5f) * high}, style),
                         extend),
               true;
    const std::string_view before =
        std::string_view(now_.text).substr(lines[line].begin, now_.caret - lines[line].begin);
    const float x = wanted_x_ >= 0 ? wanted_x_ : width_of(before, style);
    const std::size_t by = chord.starts_with("Page") ? std::max<std::size_t>(1, page) : 1;
    if (up && line == 0) return put_caret(0, extend), true;
    if (down && line + 1 == lines.size()) return put_caret(now_.text.size(), extend), true;
    const std::size_t to = up ? line - std::min(line, by) : std::min(lines.size() - 1, line + by);
    put_caret(place_at(now_.text, lines, {x, (float(to) + 0.5f) * high}, style), extend);
    wanted_x_ = x;
    return true;
}

//--- the open editor of a session

TextStyle editor_style(const Theme& theme) { return {Font::body, text_body, theme.text}; }

float editor_width(const Rect& field) { return field.w - 2 * editor_padding - 10; }

void draw_editor(Ui& ui) {
    const Session& s = ui.s;
    if (!s.editor) return;
    const Theme& t = ui.theme;
    const Size page = ui.c.size();
    const TextEditor& editor = *s.editor;
    ui.c.push_layer(1);
    ui.c.rect({0, 0, page.w, page.h}, Color{0, 0, 0, 110});
    // A press beside it does nothing: what was written is not lost by it.
    Region behind;
    behind.id = "editor.behind", behind.box = {0, 0, page.w, page.h};
    ui.c.region(std::move(behind));
    const float width = std::min(760.0f, page.w - 32), height = std::min(560.0f, page.h - 32);
    const Rect box{(page.w - width) / 2, (page.h - height) / 2, width, height};
    ui.c.rect({box.x, box.y + 4, box.w, box.h}, Color{0, 0, 0, 90}, corner + 6);
    ui.c.rect(box, t.raised, corner + 4, {t.outline, 1});
    Region own;
    own.id = "editor", own.box = box;
    ui.c.region(std::move(own));
    Rect rest = box.inset(16, 12);

    //: its title, and how much there is
    Rect head = rest.take_top(28);
    const std::string count =
        ui.say("editor.count", {{"characters", std::to_string(editor.characters())},
                                {"lines", std::to_string(lines_in(editor.text()))}});
    const float count_width = ui.c.measure(count, ui.label()).w + 4;
    ui.c.text_in(head.take_right(count_width), count,
                 {Font::body, text_label, t.text_quiet, Align::right});
    ui.c.text_in(head, s.editor_title, ui.strong());
    rest.take_top(8);

    //: from the bottom: what is done with it, a file, what was wrong
    Rect foot = rest.take_bottom(34);
    ButtonLook use;
    use.primary = true, use.tip = ui.say("editor.use.help");
    const std::string use_word = ui.say("editor.use"), cancel_word = ui.say("editor.cancel");
    button(ui, foot.take_right(button_width(ui, use_word, use)), "editor.use", use_word,
           "editor-use", use);
    foot.take_right(8);
    ButtonLook cancel;
    cancel.tip = ui.say("editor.cancel.help");
    button(ui, foot.take_right(button_width(ui, cancel_word, cancel)), "editor.cancel", cancel_word,
           "editor-cancel", cancel);
    foot.take_right(12);
    const std::string keys = ui.say("editor.keys");
    if (ui.c.measure(keys, ui.label()).w <= foot.w) ui.c.text_in(foot, keys, ui.label());
    rest.take_bottom(10);
    {
        Rect row = rest.take_bottom(34);
        ButtonLook look;
        look.icon = Icon::folder;
        if (s.native_editor) {
            //: the browser has no files to name, it has them chosen
            const std::string choose = ui.say("editor.choose");
            look.tip = ui.say("editor.choose.help");
            button(ui, row.take_left(button_width(ui, choose, look)), "editor.choose", choose,
                   "editor-choose", look);
        } else {
            const std::string read = ui.say("editor.read"), label = ui.say("editor.file");
            ui.c.text_in(row.take_left(ui.c.measure(label, ui.label()).w + 10), label, ui.label());
            look.tip = ui.say("editor.read.help");
            const auto path = s.drafts.find("editor.path");
            look.enabled = path != s.drafts.end() && !trim(path->second).empty();
            button(ui, row.take_right(button_width(ui, read, look)), "editor.read", read,
                   "editor-file", look);
            row.take_right(8);
            text_field(ui, row, "editor.path", path == s.drafts.end() ? "" : path->second,
                       "editor-path", ui.say("editor.file.placeholder"),
                       ui.say("editor.file.help"));
        }
        rest.take_bottom(10);
    }
    if (!s.editor_problem.empty()) {
        const TextStyle style{Font::body, 14, t.text};
        const float tall = ui.c.measure_paragraph(rest.w - 24, s.editor_problem, style).h + 12;
        const Rect row = rest.take_bottom(tall);
        ui.c.rect(row, t.surface, corner, {t.bad, 1});
        ui.c.rect({row.x, row.y, 4, row.h}, t.bad, 2);
        ui.c.paragraph(row.inset(12, 6), s.editor_problem, style);
        rest.take_bottom(10);
    }

    //: the text itself: selection, letters, caret
    const bool focused = ui.focused("editor.text");
    ui.c.rect(rest, t.sunken, corner, {focused ? t.outline : t.hairline, 1});
    if (focused) focus_ring(ui, rest);
    const TextStyle style = editor_style(t);
    const float high = line_height(style);
    const auto lines = editor_lines(editor.text(), editor_width(rest), style);
    ScrollArea area(ui, rest.inset(1), "editor");
    const Point origin{rest.x + editor_padding, area.content().y + editor_padding - 1};
    const auto x_of = [&](const EditorLine& line, std::size_t place) {
        return origin.x + width_of(std::string_view(editor.text())
                                       .substr(line.begin, std::clamp(place, line.begin, line.end) -
                                                               line.begin),
                                   style);
    };
    const auto [from, to] = editor.selection();
    const std::size_t caret_line = editor.caret_line(lines);
    const bool drawn = !(focused && s.native_editor);
    for (std::size_t i = 0; i < lines.size() && drawn; ++i) {
        const EditorLine& line = lines[i];
        const Rect row{origin.x, origin.y + float(i) * high, editor_width(rest), high};
        if (!area.visible(row)) continue;
        if (from != to && from <= line.end && to > line.begin) {
            const float left = x_of(line, from);
            // A newline that is selected too shows as a little more.
            const float right = x_of(line, to) + (to > line.end ? 6.0f : 0.0f);
            ui.c.rect({left, row.y, std::max(2.0f, right - left), high},
                      t.accent.with_alpha(0.35f));
        }
        const std::string_view words =
            std::string_view(editor.text()).substr(line.begin, line.end - line.begin);
        if (!trim(words).empty())
            ui.c.text({row.x, row.y + (high - style.size * text_height) / 2}, words, style);
        if (focused && i == caret_line)
            ui.c.rect({x_of(line, editor.caret()) - 0.5f, row.y + 1, 2, high - 2}, t.accent);
    }
    if (editor.text().empty() && drawn)
        ui.c.text({origin.x + 4, origin.y}, ui.say("editor.placeholder"),
                  {Font::body, text_body, t.text_quiet});
    Region field;
    field.id = "editor.text", field.box = rest, field.kind = Region::Kind::text;
    field.action = "editor-text", field.content = editor.text(), field.multiline = true;
    ui.c.region(std::move(field));
    //: where the caret is, for the pane to go there
    Region caret;
    caret.id = "anchor.caret", caret.box = {rest.x + 4, rest.y + 4, 1, 1};
    caret.value = float(caret_line) * high;
    ui.c.region(std::move(caret));
    area.end(origin.y + float(lines.size()) * high + editor_padding);
    ui.c.pop_layer();
}

}  // namespace orrery::viz
