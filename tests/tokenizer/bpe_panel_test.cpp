// The BPE panel: what its picture says is what the tokenizer does
#include <algorithm>
#include <chrono>
#include <cmath>

#include "core/tokenizer/bpe.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/layout.hpp"
#include "tests/support/panel.hpp"
#include "viz/kit/tokens.hpp"

using namespace orrery;
using namespace orrery::viz;
using test::PanelAtWork;

namespace {

// The chips of the text, in order.
std::vector<std::string> chips_on(const Canvas& c) {
    std::vector<std::string> chips;
    for (const Region& region : c.regions())
        if (region.id.starts_with("chip."))
            chips.push_back(region.tip.substr(0, region.tip.find('\n')));
    return chips;
}

double fact(const PanelAtWork& p, std::string_view name) { return p.fact(name).number; }

std::string word_fact(const PanelAtWork& p, std::string_view name) { return p.fact(name).text; }

}  // namespace

TEST_CASE("bpe panel: the chips after k merges are the text encoded with k merges",
          "[tokenizer][bpe][bpe_panel]") {
    const std::string text = "low lower lowest slow slower 慢慢走 🐱🐭🐱🐭 aaaaaa";
    PanelAtWork p("tokenizer/bpe", text);
    p.compute();
    View view = p.view();
    view.size = {1340, 820};
    for (const double t : {0.0, 1.0, 5.0, p.length()}) {
        //: an independent way: train so far, then the fast encoder
        const std::string_view texts[] = {text};
        const tokenizer::Bpe bpe(tokenizer::bpe_train(texts, {.vocab_size = 256 + std::size_t(t)}));
        std::vector<std::string> wanted;
        for (int id : tokenizer::bpe_encode(bpe, text))
            wanted.push_back(shown_token(bpe.table().tokens[std::size_t(id)]));
        view.t = t;
        CAPTURE(t);
        CHECK(chips_on(p.draw(view)) == wanted);
        CHECK(p.trace()["tokens"].flat()[std::size_t(t)] == float(wanted.size()));
    }
}

TEST_CASE("bpe panel: it stops where no pair stands twice", "[tokenizer][bpe][bpe_panel]") {
    // "abab ab": a+b three times, then ab+ab once in the first piece.
    PanelAtWork p("tokenizer/bpe", "abab ab");
    p.compute();
    CHECK(fact(p, "merges_done") == 1);
    CHECK(fact(p, "vocabulary") == 257);
    CHECK(word_fact(p, "last_token") == "ab");
    CHECK(fact(p, "last_count") == 3);
    // ab ab ␣ ab
    CHECK(fact(p, "tokens") == 4);
    CHECK(fact(p, "bytes_per_token") == 7.0 / 4.0);

    PanelAtWork none("tokenizer/bpe", "abab ab");
    none.knobs.set("merges", "0");
    none.compute();
    CHECK(fact(none, "tokens") == 7);
    CHECK(word_fact(none, "next_pair") == "a + b");
    CHECK(fact(none, "next_count") == 3);
}

TEST_CASE("bpe panel: the winning pair stands large with its count, and at the end all merges",
          "[tokenizer][bpe][bpe_panel]") {
    PanelAtWork p("tokenizer/bpe");
    p.compute();
    View view = p.view();
    view.size = {1340, 900};
    const auto has = [&](double t, const std::string& wanted) {
        view.t = t;
        const auto words = test::texts_on(p.draw(view));
        return std::count(words.begin(), words.end(), wanted) > 0;
    };
    // ␣ + s six times, while it waits and while it is joined; then h + e five times
    CHECK(has(0, "6×"));
    CHECK(has(0.8, "6×"));
    CHECK(has(0.8, "Joined now"));
    CHECK(has(1, "5×"));
    CHECK(has(1, "Ties: the first in the text."));  // with E7 + 94 and 94 + 9F
    CHECK(!has(0, "Ties: the first in the text."));
    // ␣the and ␣sho stand side by side twice, and stay two tokens
    CHECK(has(0, "Counted inside words only; a blank belongs to the word after it."));
    CHECK(has(0, "merge 0 of 28 possible"));
    // nothing has changed before the first merge; after it s + h has lost its five
    CHECK(!has(0, "change"));
    CHECK(has(1, "change"));
    // before a room it begins without what is for those who look closer
    view.presenting = true;
    CHECK(has(0, "nothing merged yet"));
    CHECK(has(1, "merge 1 of 28 possible"));
    CHECK(!has(1, "change"));
    CHECK(!has(1, "bytes (hex)"));
    view.presenting = false;
    CHECK(has(1, "bytes (hex)"));
    CHECK(has(28, "The merges, in order"));
    CHECK(!has(27, "The merges, in order"));
    // In little room as columns, one for each merge.
    view.size = {840, 360}, view.t = 28;
    const Canvas c = p.draw(view);
    CHECK(std::count_if(c.regions().begin(), c.regions().end(),
                        [](const Region& r) { return r.id.starts_with("merge."); }) == 28);
}

TEST_CASE("bpe panel: no room is kept for a remainder that fits", "[tokenizer][bpe][bpe_panel]") {
    PanelAtWork p("tokenizer/bpe");
    p.knobs.set("show", "word");
    p.knobs.set("word", "研究生命");
    p.compute();
    View view = p.view();
    //: every row of the word has the height that it needs, so none is cut
    for (float width = 700; width < 1000; width += 10) {
        view.size = {width, 700};
        CAPTURE(width);
        for (const std::string& word : test::texts_on(p.draw(view)))
            CHECK(word.find(" more") == std::string::npos);
    }
}

TEST_CASE("bpe panel: never is a single row left out", "[tokenizer][bpe][bpe_panel]") {
    PanelAtWork p("tokenizer/bpe");
    p.compute();
    View view = p.view();
    for (float height = 300; height < 700; height += 10) {
        view.size = {840, height};
        CAPTURE(height);
        for (const std::string& word : test::texts_on(p.draw(view)))
            CHECK(word != "… rows left out: 1");
    }
}

TEST_CASE("bpe panel: the default word is one that the longest match cuts otherwise",
          "[tokenizer][bpe][bpe_panel]") {
    PanelAtWork p("tokenizer/bpe");
    p.compute();
    // he (merge 2) is older than ␣sh (merge 21)
    CHECK(word_fact(p, "word_cut") == "␣s | he | lls");
    CHECK(word_fact(p, "longest_cut") == "␣sh | e | lls");

    p.knobs.set("word", "研究生命");
    p.compute();
    CHECK(word_fact(p, "word_cut") == "研究 | 生命");
    CHECK(word_fact(p, "longest_cut") == "研究生 | ⟨E5⟩ | ⟨91⟩ | ⟨BD⟩");
}

TEST_CASE("bpe panel: pieces of characters are bytes in brackets, never a question mark",
          "[tokenizer][bpe][bpe_panel]") {
    PanelAtWork p("tokenizer/bpe");
    p.compute();
    for (const char* show : {"merges", "word", "savings"})
        for (double t = 0; t <= p.length(); t += 1) {
            p.knobs.set("show", show);
            View view = p.view();
            view.t = t;
            for (const std::string& word : test::texts_on(p.draw(view))) {
                CAPTURE(show, t, word);
                CHECK(word.find("\xEF\xBF\xBD") == std::string::npos);
            }
        }
    p.knobs.set("show", "merges");
    View view = p.view();
    view.t = 3;  // the merge of E7 and 94
    const auto words = test::texts_on(p.draw(view));
    CHECK(std::count(words.begin(), words.end(), "⟨E7 94⟩") >= 5);
}

TEST_CASE("bpe panel: a chip, its id and its places know each other",
          "[tokenizer][bpe][bpe_panel]") {
    PanelAtWork p("tokenizer/bpe");
    p.compute();
    View view = p.view();
    const Canvas c = p.draw(view);
    const Region* chip = nullptr;
    const Region* learned = nullptr;
    for (const Region& region : c.regions()) {
        if (region.id == "chip.1") chip = &region;  // "he", behind the s
        if (region.id.starts_with("vocabulary.") && !learned) learned = &region;
    }
    REQUIRE(chip);
    REQUIRE(learned);
    CHECK(chip->tip.find("68 65") != std::string::npos);
    CHECK(chip->tip.find("h + e") != std::string::npos);
    CHECK(chip->tip.ends_with("\nid = 257"));  // the second merge
    // Hovering one lights all of the same id.
    const auto lit = [&](const Canvas& canvas) {
        int count = 0;
        for (const Command& command : canvas.commands())
            if (const auto* rect = std::get_if<DrawRect>(&command.what))
                count += rect->stroke.color == canvas.theme().key && rect->stroke.width == 2;
        return count;
    };
    CHECK(lit(c) == 0);
    view.hover = chip->target;
    view.size = {1340, 820};
    // "he" stands three times as a token of its own, in the word and among the learned
    CHECK(lit(p.draw(view)) >= 4);
}

TEST_CASE("bpe panel: the text stands as it was typed, and ids from the start",
          "[tokenizer][bpe][bpe_panel]") {
    const std::string text = "abab 生 ab";
    PanelAtWork p("tokenizer/bpe", text);
    p.compute();
    View view = p.view();
    //: the picture of the window at 1280x720, 1024x640 and 1920x1080
    for (const Size size : {Size{892, 382}, Size{976, 302}, Size{1340, 720}})
        for (const double t : {0.0, 1.0}) {
            view.size = size, view.t = t;
            CAPTURE(size.w, t);
            const auto words = test::texts_on(p.draw(view));
            CHECK(std::count(words.begin(), words.end(), text) == 1);
            // a is byte 97, its id 64: 33 … 126 come first
            const auto tokens = std::size_t(p.trace()["tokens"].flat()[std::size_t(t)]);
            CHECK(std::count(words.begin(), words.end(), t == 0 ? "64" : "256") >=
                  (t == 0 ? 3 : 2));
            CHECK(chips_on(p.draw(view)).size() == tokens);
        }
    // A text longer than the line is cut where it ends, with a mark.
    std::string long_text;
    for (int i = 0; i < 60; ++i) long_text += "生 abc ";
    PanelAtWork q("tokenizer/bpe", long_text);
    q.compute();
    view = q.view();
    view.size = {892, 382};
    const auto words = test::texts_on(q.draw(view));
    CHECK(std::count_if(words.begin(), words.end(), [](const std::string& word) {
              return word.starts_with("生 abc 生 abc") && word.ends_with("…");
          }) == 1);
}

TEST_CASE("bpe panel: every view at every size, and with hard texts",
          "[tokenizer][bpe][bpe_panel][layout]") {
    const std::string longest(2000, 'x');
    for (const std::string& text :
         {std::string(), std::string("a"), std::string("我爱北京天安门"),
          std::string("🐱🐭👩‍👩‍👧🐚"), std::string("\xff\xfe\x00z", 4), longest,
          std::string("she sells sea shells on the shore")})
        for (const char* show : {"merges", "word", "savings"})
            for (const Size size : {Size{640, 400}, Size{880, 400}, Size{1340, 820}})
                for (const Language language : {Language::english, Language::chinese}) {
                    PanelAtWork p("tokenizer/bpe", text);
                    p.knobs.set("show", show);
                    p.compute();
                    for (const double share : {0.0, 0.5, 1.0}) {
                        View view = p.view();
                        view.size = size, view.language = language;
                        view.t = std::floor(p.length() * share);
                        CAPTURE(text.substr(0, 40), show, size.w, code(language), view.t);
                        CHECK(test::layout_problems(p.draw(view)) == std::vector<std::string>{});
                    }
                }
}

TEST_CASE("bpe panel: a text of ten thousand characters stays within the frame",
          "[tokenizer][bpe][bpe_panel]") {
    std::string text;
    for (int i = 0; text.size() < 30000; ++i)
        text += i % 3 ? "河上有一座石桥，" : "the river " + std::to_string(i * i) + " ";
    PanelAtWork p("tokenizer/bpe", text);
    p.compute();
    for (const char* show : {"merges", "word", "savings"}) {
        p.knobs.set("show", show);
        View view = p.view();
        double best = 1e9;
        for (int n = 0; n < 5; ++n) {
            const auto begin = std::chrono::steady_clock::now();
            const Canvas c = p.draw(view);
            best = std::min(best, std::chrono::duration<double, std::milli>(
                                      std::chrono::steady_clock::now() - begin)
                                      .count());
        }
        CAPTURE(show, best);
        WARN("bpe panel, " << show << ": " << best << " ms a frame");
        CHECK(best < 40);  // the budget is 4; sanitizers and a busy machine are slower
    }
}
