#include "viz/kit/first_tokens.hpp"

#include "viz/kit/examples.hpp"

namespace orrery::viz {

std::size_t all_tokens(const Workspace& w, std::string_view otherwise) {
    if (!w.tokens.empty()) return w.tokens.size();
    const std::string_view text = w.text.empty() ? otherwise : std::string_view(w.text);
    return examples::words(text, text.size()).size();
}

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
