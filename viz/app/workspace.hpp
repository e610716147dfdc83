// Workspace: the text that panels share, cut into tokens
#pragma once

#include <memory>
#include <string>

#include "viz/kit/panel.hpp"

namespace orrery::viz {

// Tokens are made of at most this much of a text; the text itself is kept whole.
inline constexpr std::size_t workspace_most_tokens = 4096;

// `tokenizer`: "words" (blanks separate, a Chinese character is a word, punctuation stands alone),
// "char" (one token a character), or the path of a tokenizer file. FormatError when that can not be
// read, ValueError when it lacks a character of the text. Ids of "words" and "char" count the
// different tokens in the order of their bytes.
std::shared_ptr<const Workspace> make_workspace(std::string text,
                                                const std::string& tokenizer = "words",
                                                const std::string& model = "");

}  // namespace orrery::viz
