// Words: a text cut where a reader would cut it
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace orrery::viz {

// Blanks separate, a Chinese character is a word, punctuation stands alone. The first `most`.
std::vector<std::string> split_words(std::string_view text, std::size_t most);

}  // namespace orrery::viz
