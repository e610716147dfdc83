// Token strip: the text as chips, one a token, linked with every picture
#pragma once

#include <string>
#include <vector>

#include "viz/kit/canvas.hpp"
#include "viz/kit/view.hpp"

namespace orrery::viz {

// Chips from left to right, wrapped; the chosen row's and column's tokens are boxed. Hovering a
// chip selects (token = i). Returns the height used. Blanks show as ␣, newlines as ⏎, bytes that
// are not a whole character as ⟨E4 BD⟩.
float token_strip(Canvas& c, const Rect& box, const std::vector<std::string>& tokens,
                  const View& view);

// A token as it is shown. A character that no font draws shows as its number, U+1F41A.
std::string shown_token(std::string_view bytes);

}  // namespace orrery::viz
