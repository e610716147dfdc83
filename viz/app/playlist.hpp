// Playlist: the links of a class in a text file, gone through while presenting
//
//   # a comment
//   norm/layer_norm?rows=3
//   Each row is centred, then scaled.
//   After that its mean is 0 and its spread is 1.
//   attention/scaled_dot_product
//
// One link a line; the lines below it, until the next link, are said under the picture, one a step.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "viz/kit/language.hpp"

namespace orrery::viz {

struct Slide {
    std::string link;
    std::vector<std::string> sentences;
    friend bool operator==(const Slide&, const Slide&) = default;
};

// Never throws. A line that can not be used (a sentence before any link, a component that there is
// not) gives a note with its number and is left out.
std::vector<Slide> slides_from(std::string_view text, const std::string& name,
                               std::vector<std::string>* notes = nullptr);
// Of a file, or of a list the program carries: "next_token" is lessons/paths/next_token.txt. Error when
// it can not be read, ValueError when no link is in it.
std::vector<Slide> read_slides(const std::string& path, std::vector<std::string>* notes = nullptr);

bool is_carried_path(const std::string& name);
// The same list in another language, where the program carries it: "next_token" is "next_token.zh".
std::string path_in(const std::string& name, Language language);

}  // namespace orrery::viz
