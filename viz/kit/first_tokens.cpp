#include "viz/kit/first_tokens.hpp"

namespace orrery::viz {

void keep_all_tokens(Trace& out, std::size_t shown, std::size_t all) {
    if (all > shown) out.text("all_tokens", std::to_string(all));
}

std::string first_tokens(const Trace& t, const View& view, std::size_t shown) {
    const std::string& all = t.text("all_tokens");
    if (all.empty()) return {};
    return view.say("tokens.first", {{"n", std::to_string(shown)}, {"all", all}});
}

void first_tokens_line(Canvas& c, Rect& page, const Trace& t, const View& view, std::size_t shown) {
    const std::string words = first_tokens(t, view, shown);
    if (words.empty()) return;
    Rect line = page.take_top(24);
    line.h = 20;
    c.text_in(line, words, {Font::bold, text_label, c.theme().warning});
}

}  // namespace orrery::viz
