// Excerpt: a paragraph of source, cut out by its marker
//
// A marker is a comment `//: some words` on a line of its own. The excerpt is what follows, up to
// the next marker no deeper than it, or to the first line indented less. Deeper markers inside are
// comments and stay; the common indent and blank lines at the ends are left out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace orrery::lessons {

inline constexpr int excerpt_lines = 20, excerpt_columns = 64;

struct Marker {
    std::string words;
    int line = 0;    // of the marker itself, counted from 1
    int indent = 0;  // in columns
};

// All markers of a source, in order.
std::vector<Marker> markers(std::string_view source);

struct Excerpt {
    std::string text;    // every line ends in a newline
    int first_line = 0;  // of the paragraph in the source, counted from 1
    int last_line = 0;
    std::string
        error;  // why there is no such excerpt, or why it is not fit to be quoted; "" if fine
};

// Never throws: a marker that is missing or doubled gives an error and no text, a paragraph that is
// too long or too wide an error and its text.
Excerpt cut_excerpt(std::string_view source, std::string_view marker);

}  // namespace orrery::lessons
