#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/text.hpp"
#include "viz/kit/fonts.hpp"
#include "viz/kit/markdown.hpp"

namespace orrery::viz {
namespace {

constexpr float row = 20, pad = grid * 1.5f;

constexpr std::array keywords{
    "alignas",  "auto",     "bool",    "break",     "case",      "catch",   "char",     "class",
    "const",    "continue", "default", "delete",    "do",        "double",  "else",     "enum",
    "explicit", "extern",   "false",   "float",     "for",       "friend",  "if",       "inline",
    "int",      "long",     "mutable", "namespace", "new",       "nullptr", "operator", "override",
    "private",  "public",   "return",  "short",     "signed",    "sizeof",  "static",   "struct",
    "switch",   "template", "this",    "throw",     "true",      "try",     "typename", "unsigned",
    "using",    "virtual",  "void",    "while",     "constexpr", "final",   "noexcept", "size_t"};

enum class Ink { plain, keyword, number, string, comment, marker };

struct Piece {
    Ink ink;
    std::size_t begin, end;
};

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// The pieces of one line, in order, without gaps.
std::vector<Piece> pieces(std::string_view line, bool& in_comment) {
    std::vector<Piece> found;
    const auto add = [&](Ink ink, std::size_t begin, std::size_t end) {
        if (!found.empty() && found.back().ink == ink)
            found.back().end = end;
        else if (end > begin)
            found.push_back({ink, begin, end});
    };
    std::size_t i = 0;
    while (i < line.size()) {
        const std::size_t begin = i;
        const std::string_view rest = line.substr(i);
        if (in_comment || rest.starts_with("/*")) {
            const std::size_t end = line.find("*/", in_comment ? i : i + 2);
            in_comment = end == line.npos;
            i = in_comment ? line.size() : end + 2;
            add(Ink::comment, begin, i);
        } else if (rest.starts_with("//")) {
            i = line.size();
            add(rest.starts_with("//:") ? Ink::marker : Ink::comment, begin, i);
        } else if (line[i] == '"' || line[i] == '\'') {
            const char quote = line[i++];
            while (i < line.size() && line[i] != quote) i += line[i] == '\\' ? 2 : 1;
            i = std::min(i + 1, line.size());
            add(Ink::string, begin, i);
        } else if (line[i] >= '0' && line[i] <= '9') {
            while (i < line.size() &&
                   (is_word(line[i]) || line[i] == '.' || (line[i] == '-' && (line[i - 1] == 'e'))))
                ++i;
            add(Ink::number, begin, i);
        } else if (is_word(line[i])) {
            while (i < line.size() && is_word(line[i])) ++i;
            const std::string_view word = line.substr(begin, i - begin);
            const bool known = std::find(keywords.begin(), keywords.end(), word) != keywords.end();
            add(known ? Ink::keyword : Ink::plain, begin, i);
        } else {
            ++i;
            add(line[begin] == '#' && found.empty() ? Ink::keyword : Ink::plain, begin, i);
        }
    }
    return found;
}

Color color_of(Ink ink, const Theme& theme) {
    switch (ink) {
        case Ink::keyword:
            return theme.query_text;
        case Ink::number:
            return theme.key_text;
        case Ink::string:
            return theme.value_text;
        case Ink::comment:
            return theme.text_quiet;
        case Ink::marker:
            return theme.accent;
        case Ink::plain:
            break;
    }
    return theme.text;
}

// Where a line of code is cut so that no part is wider than `columns`, the later ones being
// indented: offsets of the parts' beginnings.
std::vector<std::size_t> cuts(std::string_view line, std::size_t columns, std::size_t indent) {
    std::vector<std::size_t> begins{0};
    std::size_t column = 0, last_blank = 0, column_at_blank = 0;
    for (std::size_t i = 0; i < line.size();) {
        const CodePoint c = next_code_point(line.substr(i));
        const std::size_t wide = c.value >= 0x2E80 ? 2 : 1;
        if (column + wide > columns && i > begins.back()) {
            const bool at_blank = last_blank > begins.back() && column_at_blank > indent;
            const std::size_t begin = at_blank ? last_blank : i;
            column = indent + (at_blank ? column - column_at_blank : 0);
            begins.push_back(begin);
        }
        column += wide;
        i += std::max<std::size_t>(c.length, 1);
        if (c.value == ' ') last_blank = i, column_at_blank = column;
    }
    return begins;
}

struct CodeRow {
    std::size_t line, begin, end;  // of the code
    float indent = 0;              // in columns
};

}  // namespace

float code_block(Canvas& c, const Rect& box, std::string_view code, int first_line, int lit_begin,
                 int lit_end) {
    const Theme& theme = c.theme();
    const float column = advance(Font::mono, '0') * text_code;
    std::vector<std::string> lines = split(code, '\n');
    if (!lines.empty() && lines.back().empty()) lines.pop_back();

    //: the rows on screen, long lines going on below
    const int last = first_line + int(lines.size()) - 1;
    const std::string widest = std::to_string(last);
    const float gutter =
        first_line > 0 ? text_width(Font::mono, text_label, widest) + 2 * grid : 0.0f;
    const float room = std::max(box.w - 2 * pad - gutter, 8 * column);
    const auto columns = std::size_t(room / column + 0.01f);
    std::vector<CodeRow> rows;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        std::string& line = lines[i];
        if (line.ends_with('\r')) line.pop_back();
        const std::size_t own = std::min(line.find_first_not_of(' '), line.size());
        const std::size_t indent = std::min(own + 4, columns / 2);
        const auto begins = cuts(line, columns, indent);
        for (std::size_t k = 0; k < begins.size(); ++k)
            rows.push_back({i, begins[k], k + 1 < begins.size() ? begins[k + 1] : line.size(),
                            k == 0 ? 0.0f : float(indent)});
    }
    const float height = float(rows.size()) * row + 2 * pad;
    c.rect({box.x, box.y, box.w, height}, theme.sunken, corner);

    //: only what is in sight
    bool in_comment = false;
    std::size_t split_line = lines.size();
    std::vector<Piece> inks;
    for (std::size_t r = 0; r < rows.size(); ++r) {
        const CodeRow& at = rows[r];
        if (at.line != split_line) {
            inks = pieces(lines[at.line], in_comment);
            split_line = at.line;
        }
        const float y = box.y + pad + float(r) * row;
        if (y + row < c.clip().y || y > c.clip().bottom()) continue;
        const int number = std::max(first_line, 1) + int(at.line);
        if (number >= lit_begin && number < lit_end) {
            c.rect({box.x, y, box.w, row}, theme.accent.with_alpha(0.14f));
            c.rect({box.x, y, 3, row}, theme.accent);
        }
        if (first_line > 0 && at.begin == 0)
            c.text_in({box.x + pad, y, gutter - 2 * grid, row}, std::to_string(number),
                      {Font::mono, text_label, theme.text_quiet, Align::right});
        float x = box.x + pad + gutter + at.indent * column;
        const float top = y + (row - text_code * text_height) / 2;
        for (const Piece& piece : inks) {
            const std::size_t begin = std::max(piece.begin, at.begin);
            const std::size_t end = std::min(piece.end, at.end);
            if (begin >= end) continue;
            const std::string_view text =
                std::string_view(lines[at.line]).substr(begin, end - begin);
            const std::size_t blanks = std::min(text.find_first_not_of(' '), text.size());
            const float shift = float(blanks) * column;
            x += shift;
            if (blanks < text.size())
                x += c.text({x, top}, text.substr(blanks),
                            {Font::mono, text_code, color_of(piece.ink, theme)})
                         .w;
        }
    }
    return height;
}

}  // namespace orrery::viz
