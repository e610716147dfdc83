// Causal decoder, the picture: what the panel's words and facts read off the trace, and its drawing
#pragma once

#include <string>
#include <vector>

#include "viz/kit/panel.hpp"

namespace orrery::viz::causal_decoder_panel {

bool is_empty(const Trace& t);
std::size_t layers_of(const Trace& t);
std::string number(double v);
// "44 %", "0.3 %", "<0.1 %".
std::string percent(double share);
// Name i of an axis; the token of the vocabulary with that id ("—" for none).
std::string word_at(const Trace& t, const char* axis, std::size_t i);
std::string vocabulary(const Trace& t, double id);
// The lens: after stage `stage` (row 0: the embedding), the likeliest token and its share.
std::string stage_name(const Trace& t, const View& view, std::size_t stage);
double lens_share(const Trace& t, std::size_t stage, std::size_t token);
std::string lens_word(const Trace& t, std::size_t stage, std::size_t token);
std::size_t count_of(const Trace& t, const char* name);
// Tokens as a line of text, with blanks where words are written with them.
std::string joined(const std::vector<std::string>& words);

void draw(Canvas& c, const Trace& t, const View& view);

}  // namespace orrery::viz::causal_decoder_panel
