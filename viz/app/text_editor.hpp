// Text editor: a text of several lines being written, with its caret, selection and undo
//
// The model alone: `Controls` feeds it keys, the session keeps it while the large field is open,
// and `draw_editor` shows it. Places are offsets in bytes, always between two characters.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "viz/app/widgets.hpp"
#include "viz/kit/canvas.hpp"

namespace orrery::viz {

// What is edited by hand is at most this long; a longer file is used without being edited.
inline constexpr std::size_t editor_most_bytes = 256'000;

// One line as it is shown: bytes [begin, end) of the text, without its newline.
struct EditorLine {
    std::size_t begin = 0, end = 0;
    bool operator==(const EditorLine&) const = default;
};

// Broken at newlines, at blanks and between Chinese characters; every byte but the newlines lies in
// exactly one line.
std::vector<EditorLine> editor_lines(std::string_view text, float width, const TextStyle& style);

class TextEditor {
   public:
    explicit TextEditor(std::string text = {});

    const std::string& text() const { return now_.text; }
    std::size_t caret() const { return now_.caret; }
    // Begin and end of what is selected; the same where nothing is.
    std::pair<std::size_t, std::size_t> selection() const;
    std::string selected() const;
    std::size_t characters() const;

    // In place of the selection. Windows' line ends become newlines.
    void insert(std::string_view text);
    // Another text altogether; can be undone.
    void replace(std::string text);
    void select_all();
    void select_word(std::size_t at);
    void put_caret(std::size_t at, bool extend);
    // What is selected, else the character (the word) before or after the caret.
    void erase(bool forward, bool word = false);
    bool undo();
    bool redo();

    // Keys that move, delete or undo: "Shift+Left", "Ctrl+Backspace", "PageDown" (of `page` lines).
    // False: not one of them.
    bool key(std::string_view chord, float width, const TextStyle& style, std::size_t page);
    // The line of the caret, among those shown at that width.
    std::size_t caret_line(const std::vector<EditorLine>& lines) const;

   private:
    struct State {
        std::string text;
        std::size_t caret = 0, anchor = 0;
    };
    void remember(bool typing);
    std::size_t previous(std::size_t at, bool word) const;
    std::size_t next(std::size_t at, bool word) const;

    State now_;
    std::vector<State> undo_, redo_;
    bool typing_ = false;  // the last change was a letter: the next joins its undo step
    float wanted_x_ = -1;  // Up and Down keep their column
};

// The place in a text under a point of its first line's top left.
std::size_t place_at(std::string_view text, const std::vector<EditorLine>& lines, Point at,
                     const TextStyle& style);

// A text of several lines in a field of one line: its newlines are shown as "⏎", and come back.
std::string one_line(std::string_view text);
std::string many_lines(std::string_view text);

//--- the open editor of a session

// How its text is set, and how wide lines are in a field of that width.
TextStyle editor_style(const Theme& theme);
float editor_width(const Rect& field);
inline constexpr float editor_padding = 10;
void draw_editor(Ui& ui);

}  // namespace orrery::viz
