// First tokens: a picture that draws only the beginning of a text says so, everywhere alike
#pragma once

#include <string>

#include "core/tensor/trace.hpp"
#include "viz/kit/canvas.hpp"
#include "viz/kit/panel.hpp"
#include "viz/kit/view.hpp"

namespace orrery::viz {

// How many tokens a workspace's text has, for panels that take words; without a text, `otherwise`'s.
std::size_t all_tokens(const Workspace& w, std::string_view otherwise);

// Keeps in the trace that the text has `all` tokens, when the picture has only the first `shown`.
void keep_all_tokens(Trace& out, std::size_t shown, std::size_t all);

// "Shown: the first 10 of 24 tokens."; empty when nothing was left out.
std::string first_tokens(const Trace& t, const View& view, std::size_t shown);

// The same as a line that it takes off the top of `page`; no line when nothing was left out.
void first_tokens_line(Canvas& c, Rect& page, const Trace& t, const View& view, std::size_t shown);

}  // namespace orrery::viz
