// Playlist: the links of a class in a text file, gone through while presenting
//
//   # a comment
//   norm/layer_norm?rows=3
//   Each row is centred, then scaled.
//   After that its mean is 0 and its spread is 1.
//   attention/scaled_dot_product
//
// One link a line; the lines below it, until the next link, are said under the picture, from the beginning
// of its animation to the end, or where one says so: "@2 So much for the mean." at its operation 2.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "viz/kit/language.hpp"

namespace orrery::viz {

struct Slide {
    std::string link;
    std::vector<std::string> sentences;
    std::vector<double> times;  // of each sentence, when in the animation it is said; -1: see below
    friend bool operator==(const Slide&, const Slide&) = default;
};

// When sentence i is said, in an animation of that length: as written, "@2 So …"; else they are spread
// from its beginning to its end.
double time_of_sentence(const Slide& slide, std::size_t i, double length);
// The last of those that are said by then.
std::size_t sentence_by(const Slide& slide, double t, double length);

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
