#include "viz/app/palette.hpp"

#include <algorithm>
#include <cctype>

#include "core/base/text.hpp"
#include "viz/app/catalogue.hpp"
#include "viz/app/shell_parts.hpp"
#include "viz/kit/header.hpp"

namespace orrery::viz {
namespace {

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = char(c + 32);
    return out;
}

// 0 no match; more when the word begins the text or a word in it, less when its letters only follow
// one another in it.
int score_of(const std::string& text, const std::string& word) {
    if (word.empty()) return 1;
    const auto at = text.find(word);
    if (at == 0) return 100 - int(std::min<std::size_t>(40, text.size() / 4));
    if (at != std::string::npos)
        return text[at - 1] == ' ' || text[at - 1] == '/' || text[at - 1] == '_' ? 60 : 40;
    std::size_t i = 0;
    for (const char c : text)
        if (i < word.size() && c == word[i]) ++i;
    return i == word.size() && word.size() > 2 ? 10 : 0;
}

int score_all(const std::string& haystack, const std::vector<std::string>& words) {
    int total = 0;
    for (const auto& word : words) {
        const int score = score_of(haystack, word);
        if (score == 0) return 0;
        total += score;
    }
    return total + 1;
}

// Actions without arguments that people look for by name.
constexpr std::string_view offered[]{"home",
                                     "undo",
                                     "redo",
                                     "toggle-theme",
                                     "toggle-language",
                                     "present",
                                     "full-screen",
                                     "copy-link",
                                     "pin",
                                     "compare side",
                                     "compare difference",
                                     "toggle-high-contrast",
                                     "toggle-reduced-motion",
                                     "copy-text",
                                     "export png",
                                     "export svg",
                                     "export csv",
                                     "export npy",
                                     "export safetensors",
                                     "keys",
                                     "tab lesson",
                                     "tab maths",
                                     "tab code",
                                     "tab values",
                                     "tab quiz",
                                     "larger",
                                     "smaller",
                                     "actual-size",
                                     "reset",
                                     "restart",
                                     "restart-new-seed",
                                     "toggle-play",
                                     "left",
                                     "right"};

constexpr std::string_view glossary[]{
    "token",         "embedding",  "attention",     "query",      "key",
    "value",         "head",       "logit",         "softmax",    "mask",
    "loss",          "gradient",   "parameter",     "optimizer",  "residual",
    "context",       "perplexity", "learning_rate", "batch",      "epoch",
    "normalization", "vocabulary", "temperature",   "checkpoint", "overfitting"};

}  // namespace

std::vector<Found> palette_results(const Session& s) {
    const Language language = s.settings.language,
                   other = language == Language::english ? Language::chinese : Language::english;
    std::vector<std::string> words;
    for (const auto& word : split(lower(s.search), ' '))
        if (!word.empty()) words.push_back(word);
    std::vector<Found> found;
    const auto offer = [&](Found f, const std::string& haystack, int bonus) {
        f.score = score_all(lower(haystack), words);
        if (f.score == 0) return;
        f.score += bonus;
        found.push_back(std::move(f));
    };
    for (const Chapter& chapter : catalogue())
        for (const CatalogueItem& item : chapter.items) {
            const std::string title = title_of(language, item.id), twin = title_of(other, item.id);
            offer({"component", title, item.id, "open " + item.id, 0},
                  title + " " + twin + " " + item.id, item.drawn ? 30 : 10);
            if (item.lesson)
                offer({"lesson", title, item.id, "lesson " + item.id, 0},
                      title + " " + twin + " " + item.id, 20);
        }
    for (const std::string name : {"next_token", "next_token_demo"}) {
        const std::string key = "gallery.path." + name;
        const std::string* twin = find_string(other, "", key);
        offer({"lesson", s.say(key), "",
               "class " + name + (language == Language::chinese ? ".zh" : ""), 0},
              s.say(key) + " " + (twin ? *twin : ""), 25);
    }
    for (const std::string_view action : offered) {
        std::string key = "action." + std::string(action);
        std::replace(key.begin(), key.end(), ' ', '_');
        const std::string* twin = find_string(other, "", key);
        offer({"action", s.say(key), std::string(), std::string(action), 0},
              s.say(key) + " " + (twin ? *twin : ""), 5);
    }
    for (const std::string_view word : glossary) {
        const std::string key = "glossary." + std::string(word);
        const std::string* twin = find_string(other, "", key);
        const std::string* meaning = find_string(language, "", key + ".is");
        if (words.empty()) continue;
        offer({"word", s.say(key), meaning ? *meaning : "", "", 0},
              s.say(key) + " " + (twin ? *twin : ""), 0);
    }
    std::stable_sort(found.begin(), found.end(),
                     [](const Found& a, const Found& b) { return a.score > b.score; });
    if (found.size() > 40) found.resize(40);
    return found;
}

void draw_palette(Canvas& c, const Session& s) {
    Ui ui(c, s);
    const Theme& t = ui.theme;
    const Size page = c.size();
    c.push_layer(1);
    c.rect({0, 0, page.w, page.h}, Color{0, 0, 0, 110});
    Region back;
    back.id = "backdrop", back.box = {0, 0, page.w, page.h}, back.kind = Region::Kind::button,
    back.action = "close";
    c.region(std::move(back));
    const float width = std::min(640.0f, page.w - 32);
    const auto results = palette_results(s);
    constexpr float row_height = 40, field = 52;
    const float room = std::max(80.0f, page.h * 0.78f - field - 60);
    const std::size_t rows = std::min(results.size(), std::size_t(room / row_height));
    const Rect box{(page.w - width) / 2, std::min(80.0f, page.h * 0.1f), width,
                   field + 8 + row_height * float(std::max<std::size_t>(rows, 1)) + 8};
    c.rect({box.x, box.y + 4, box.w, box.h}, Color{0, 0, 0, 90}, corner + 6);
    c.rect(box, t.raised, corner + 4, {t.outline, 1});
    Region own;
    own.id = "palette", own.box = box;
    c.region(std::move(own));
    Rect rest = box;
    Rect head = rest.take_top(field);
    draw_icon(c, head.take_left(48), Icon::search, t.text_quiet, 18);
    const bool focused = s.native_text && s.focus == "palette.text";
    if (!focused)
        c.text_in(head.inset(4, 0), s.search.empty() ? ui.say("palette.placeholder") : s.search,
                  {Font::body, text_body + 1, s.search.empty() ? t.text_quiet : t.text});
    Region field_region;
    field_region.id = "palette.text", field_region.box = head.inset(4, 6),
    field_region.kind = Region::Kind::text;
    field_region.action = "search", field_region.content = s.search;
    c.region(std::move(field_region));
    c.line({box.x, rest.y}, {box.right(), rest.y}, {t.hairline, 1});
    rest = rest.inset(8);
    if (results.empty()) {
        c.text_in(rest.inset(12, 0), ui.say("palette.nothing"), ui.label());
    }
    // The chosen row is always among those on show.
    const auto chosen =
        std::size_t(std::clamp(s.search_choice, 0, std::max(0, int(results.size()) - 1)));
    const std::size_t first = rows == 0 || chosen < rows ? 0 : chosen - rows + 1;
    for (std::size_t i = first; i < first + rows && i < results.size(); ++i) {
        const Found& f = results[i];
        const Rect row = rest.take_top(row_height);
        const std::string id = "palette.result." + std::to_string(i);
        if (i == chosen) c.rect(row, t.accent.with_alpha(0.2f), corner);
        if (i != chosen && s.under == id) c.rect(row, t.text.with_alpha(0.06f), corner);
        Rect inner = row.inset(12, 0);
        const std::string kind = ui.say("palette." + f.kind);
        const TextStyle quiet{Font::body, text_label, t.text_quiet};
        c.text_in(inner.take_right(c.measure(kind, quiet).w + 4), kind,
                  {Font::body, text_label, t.text_quiet, Align::right});
        const TextStyle title{Font::body, text_body - 1, t.text};
        const float w = std::min(inner.w, c.measure(f.title, title).w + 2);
        c.text_in(inner.take_left(w), f.title, title);
        inner.take_left(12);
        if (inner.w > 60) c.text_in(inner.inset(0, 0), f.detail, quiet);
        Region r;
        r.id = id, r.box = row, r.kind = Region::Kind::button,
        r.action = f.action.empty() ? "close" : f.action;
        if (f.kind == "word") r.tip = f.title + "\n" + f.detail;
        c.region(std::move(r));
    }
    c.pop_layer();
}

}  // namespace orrery::viz
