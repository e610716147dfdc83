// BPE, drawn: neighbours that stand together most often become one token, again and again
//
//   text as chips            the tokens after t merges, the pair that comes next
//   pairs | word | tokens    the table of counts re-sorts; one word grows together
//
// The animation counts merges: at t = 7 seven are done. Two more views: a word cut by replayed
// merges beside the longest match, and what the merges save, by language.
#include "viz/tokenizer/bpe_panel_picture.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/base/text.hpp"
#include "viz/kit/drawing.hpp"
#include "viz/kit/flow.hpp"
#include "viz/kit/format.hpp"
#include "viz/kit/plot.hpp"
#include "viz/kit/table.hpp"
#include "viz/kit/tokens.hpp"
#include "viz/tokenizer/bpe_panel_trace.hpp"
#include "viz/tokenizer/bpe_samples.hpp"

namespace orrery::viz::bpe_panel {
namespace {

// Words of the pointer's place: which merge number t is at, and how far the next one is.
struct Now {
    std::size_t k = 0;  // merges done
    float glide = 1;    // 0 … 1 while the table re-sorts
    bool is_merging = false;
};

Now now_at(double t, std::size_t merges) {
    Now now;
    const double at = std::clamp(t, 0.0, double(merges));
    const double whole = std::floor(at), rest = at - whole;
    now.k = std::size_t(whole);
    // First the pair is shown that will be joined, then it is.
    constexpr double still = 0.6;
    if (rest >= still + 1e-6 && now.k < merges) {
        ++now.k, now.is_merging = true;
        now.glide = float((rest - still) / (1 - still));
    }
    return now;
}

struct Picture : Drawing {
    std::size_t K = 0, k = 0;
    Now now{};
    bool is_low = false;
    int chosen = -1;  // the id under the mouse, or locked
    int made = -1;    // the id that the last merge made
    int next_left = -1, next_right = -1;
    float chip_h = 24, chip_gap = 3;

    void start() {
        // Where all three tables share little height, everything is set closer.
        is_low = !view.compact && view.size.h < 420 && view.knobs.choice("show") == "merges";
        if (is_low) chip_h = 22, chip_gap = 2;
        K = merges_of(t);
        now = now_at(view.t, K);
        k = now.k;
        chosen = view.chosen().token;
        if (chosen >= int(t.names("symbols").size())) chosen = -1;
        const Tensor& merges = t["merges"];
        if (k > 0) made = int(merges.at({k - 1, 2}));
        if (k < K && !now.is_merging)
            next_left = int(merges.at({k, 0})), next_right = int(merges.at({k, 1}));
    }

    // ---- chips

    std::string shown(int id) const { return shorten_token(shown_token(symbol(t, id))); }
    std::string tip(int id) const {
        const std::size_t m = maker(t, id);
        const Arguments arguments{{"bytes", hex(symbol(t, id))},
                                  {"merge", std::to_string(m)},
                                  {"pair", m ? parents(t, m) : ""}};
        return shown(id) + "\n" + view.say(m ? "tip.learned" : "tip.byte", arguments) + "\n" +
               view.say("tip.id", {{"id", std::to_string(id)}});
    }

    std::size_t id_lines = 0;  // lines of chips, from the top, that have their ids below them
    bool with_ids = false;     // the line that is drawn has
    float chip_tall() const { return with_ids ? chip_h + 15 : chip_h; }
    float chip_width(int id) const {
        const float w = std::max(c.measure(shown(id), label()).w + 9, 15.0f);
        return with_ids ? std::max(w, c.measure(std::to_string(id), quiet()).w + 5) : w;
    }

    enum class Light { none, made, next };
    void chip(const Rect& box, int id, Light light, const std::string& region_id, int place = -1,
              bool whole_tip = true) {
        const bool learned = id >= 256;
        c.rect(box, learned ? theme.raised : theme.sunken, 4, {theme.hairline, 1});
        if (learned) c.rect(box, theme.accent.with_alpha(0.12f), 4);
        if (id == chosen)
            c.rect(box, theme.key.with_alpha(0.30f), 4, {theme.key, 2});
        else if (light == Light::made)
            c.outline(box, {theme.accent, 2}, 4);
        else if (light == Light::next)
            c.outline(box, {theme.attention, 2, Dash::dashed}, 4);
        c.text_in({box.x, box.y, box.w, std::min(box.h, chip_h)}, shown(id), label(Align::centre));
        if (with_ids)
            c.text_in({box.x, box.y + chip_h - 4, box.w, 18}, std::to_string(id),
                      quiet(Align::centre));
        if (region_id.empty()) return;
        Region region;
        region.id = region_id;
        region.box = box;
        region.kind = Region::Kind::button;
        region.target.token = id, region.target.row = place;
        region.action = chosen == id && !view.lock.empty() && view.lock.token == id
                            ? "unlock"
                            : "lock " + to_string(region.target);
        if (whole_tip) region.tip = tip(id);
        c.region(std::move(region));
    }

    // Tokens in lines; returns the height. Nothing is drawn when `draw` is false.
    struct Flowed {
        float height = 0;
        std::size_t shown = 0, lines = 0;
    };
    Flowed chips(const Rect& box, const std::vector<Segment>& list, const char* id, std::size_t all,
                 bool mark_next, bool draw) {
        float x = box.x, y = box.y, tall = 0, tall_below = 0;
        std::size_t line = 0;
        const auto begin_line = [&] {
            with_ids = line + 1 < id_lines, tall_below = chip_tall();
            with_ids = line < id_lines, tall = chip_tall();
        };
        begin_line();
        for (std::size_t i = 0; i < list.size(); ++i) {
            float w = std::min(chip_width(list[i].id), box.w);
            const bool last_line = y + tall + chip_gap + tall_below > box.bottom() + 0.5f;
            const std::size_t rest = all - i;
            const std::string more =
                view.say("more", {{"n", format_count(double(rest), view.language)}});
            const float reserve = last_line && rest > 1 ? c.measure(more, quiet()).w + 8 : 0;
            if (x > box.x && x + w + reserve > box.right() + 0.5f &&
                !rest_fits(list, i, all, box.right() - x)) {
                if (last_line) {
                    if (draw) c.text_in({x + 3, y, box.right() - x - 3, chip_h}, more, quiet());
                    with_ids = false;
                    return {y + tall - box.y, i, line + 1};
                }
                x = box.x, y += tall + chip_gap, ++line;
                begin_line();
                w = std::min(chip_width(list[i].id), box.w);
            }
            Light light = list[i].id == made ? Light::made : Light::none;
            if (mark_next && next_left >= 0) {
                const bool left = i + 1 < list.size() && is_next(list, i);
                const bool right = i > 0 && is_next(list, i - 1);
                if (left || right) light = Light::next;
            }
            if (draw)
                chip({x, y, w, tall}, list[i].id, light,
                     id ? std::string(id) + "." + std::to_string(list[i].begin) : std::string(),
                     int(list[i].begin));
            x += w + chip_gap;
        }
        with_ids = false;
        return {list.empty() ? 0 : y + tall - box.y, list.size(), line + 1};
    }
    // Whether all tokens from i on stand in `width`, so that nothing has to be told of the others.
    bool rest_fits(const std::vector<Segment>& list, std::size_t i, std::size_t all,
                   float width) const {
        if (list.size() < all) return false;
        for (; i < list.size(); ++i) {
            width -= chip_width(list[i].id);
            if (width < -0.5f) return false;
            width -= chip_gap;
        }
        return true;
    }
    // Whether tokens i and i + 1 are joined by the next merge.
    bool is_next(const std::vector<Segment>& list, std::size_t i) const {
        if (list[i].id != next_left || list[i + 1].id != next_right) return false;
        const float joins = marking_joins->flat()[list[i + 1].begin];
        return joins == float(k + 1);
    }
    const Tensor* marking_joins = nullptr;

    // ---- the text

    static constexpr float head_h = 23, typed_h = 22, foot_h = 24;
    static bool has_typed(float height) { return height >= 190; }

    // The same at every t: what the bytes need, within reason.
    float text_height(const Rect& page) {
        std::vector<Segment> list;
        const Tensor& bytes = t["bytes"];
        const std::size_t seen = std::size_t(page.w * page.h / (20 * chip_h));
        for (std::size_t at = 0; at < std::min(bytes.size(), seen); ++at)
            list.push_back({at, at + 1, byte_id(t, bytes.flat()[at]), 0});
        const float around = head_h + (has_typed(page.h) ? typed_h : 0) + foot_h;
        const auto height = [&](std::size_t lines) {
            id_lines = lines;
            const Rect box{page.x, page.y, page.w, 1e5f};
            const float h = chips(box, list, nullptr, list.size(), false, false).height;
            id_lines = 0;
            return h + around;
        };
        //: with the ids of all bytes where that leaves room for the rest, else of the first line
        if (seen >= bytes.size())
            if (const float all = height(~std::size_t{0}); all <= page.h * 0.42f)
                return std::round(std::max(all, page.h * 0.2f));
        return std::round(std::clamp(height(1), page.h * 0.25f, page.h * 0.58f));
    }

    // A text in one line as it was typed, as much of it as there is room for. `ends` gets the byte
    // before each character, and the length of what stands before it on the page.
    std::string as_typed(std::string_view text, float room,
                         std::vector<std::pair<std::size_t, std::size_t>>& ends) const {
        std::string line;
        std::size_t at = 0;
        float used = 0;
        while (at < text.size() && used <= room) {
            const std::size_t length =
                std::max<std::size_t>(next_code_point(text.substr(at)).length, 1);
            const std::string_view character = text.substr(at, length);
            const std::string piece = character == " " ? " " : shown_token(character);
            ends.emplace_back(at, line.size());
            used += c.measure(piece, label()).w;
            line += piece, at += length;
        }
        ends.emplace_back(at, line.size());
        if (at == text.size() && c.measure(line, label()).w <= room) return line;
        while (ends.size() > 1 && c.measure(line + "…", label()).w > room)
            line.resize(ends[ends.size() - 2].second), ends.pop_back();
        return line + "…";
    }

    void typed(Rect row, const std::vector<Segment>& list) {
        row.take_bottom(3);
        const std::string name = view.say("typed");
        Region region;
        region.id = "typed", region.box = row, region.tip = name + "\n" + view.say("typed.tip");
        c.region(std::move(region));
        c.text_in(row.take_left(c.measure(name, quiet()).w + 8), name, quiet());
        std::vector<std::pair<std::size_t, std::size_t>> ends;
        const std::string line = as_typed(t.text("text"), row.w, ends);
        //: the characters of the chosen token, wherever it stands
        const auto x_of = [&](std::size_t byte, bool is_end) {
            auto it = std::lower_bound(
                ends.begin(), ends.end(), byte,
                [](const auto& e, std::size_t wanted) { return e.first < wanted; });
            if (it == ends.end()) --it;
            if (!is_end && it->first > byte) --it;
            return row.x + c.measure(line.substr(0, it->second), label()).w;
        };
        for (const Segment& s : list) {
            if (s.id != chosen || s.begin >= ends.back().first) continue;
            const float from = x_of(s.begin, false), to = x_of(s.end, true);
            c.rect({from - 1, row.y + 1, to - from + 2, row.h - 2}, theme.key.with_alpha(0.30f), 3);
        }
        c.text_in(row, line, label());
    }

    void text(Rect band) {
        if (!view.shows("text")) return;
        const Tensor &bytes = t["bytes"], &joins = t["joins"];
        const double tokens = scalar(t, "tokens", k);
        ring(c, band.inset(-4), "text", view);
        Rect head = band.take_top(head_h);
        const std::size_t allowed = view.knobs.size("merges");
        const Arguments done{{"k", std::to_string(k)}, {"all", std::to_string(K)}};
        const std::string merges = k == 0 && view.presenting ? view.say("head.merges.none")
                                   : K < allowed             ? view.say("head.merges.fewer", done)
                                                             : view.say("head.merges", done);
        c.text_in(head.take_right(c.measure(merges, bold()).w + 1), merges, bold(Align::right));
        head.take_right(8);
        //: as long as there is room for
        for (const char* key : {"head.size", "head.size.medium", "head.size.short"}) {
            if (view.presenting && key == std::string_view("head.size")) continue;
            const std::string size =
                view.say(key, {{"characters", format_count(scalar(t, "characters"), view.language)},
                               {"bytes", format_count(double(bytes.size()), view.language)},
                               {"tokens", format_count(tokens, view.language)},
                               {"ratio", two(double(bytes.size()) / tokens)}});
            if (c.measure(size, bold()).w > head.w && key != std::string_view("head.size.short"))
                continue;
            c.text_in(head, size, bold());
            break;
        }
        const Rect foot = band.take_bottom(foot_h);
        const Rect line = band.take_top(has_typed(view.size.h - 24) ? typed_h : 0);

        //: as many tokens as can be seen, no more
        std::vector<Segment> list;
        const std::size_t most = std::size_t(band.w * band.h / (15 * chip_h)) + 8;
        for (std::size_t at = 0; at < bytes.size() && list.size() < most;) {
            list.push_back(segment_at(t, bytes, joins, at, bytes.size(), k));
            at = list.back().end;
        }
        if (line.h > 0) typed(line, list);
        marking_joins = &joins;
        //: their ids under as many lines as leave room for all; one at least where two have room
        const auto all = std::size_t(tokens);
        const auto fits = [&](std::size_t lines) {
            id_lines = lines;
            return chips(band, list, nullptr, list.size(), false, false).shown == all;
        };
        std::size_t fitting = 0;
        if (list.size() == all && fits(0)) {
            std::size_t too_many = 64;
            while (fitting + 1 < too_many) {
                const std::size_t middle = (fitting + too_many) / 2;
                (fits(middle) ? fitting : too_many) = middle;
            }
        } else if (band.h >= 2 * chip_h + chip_gap + 15) {
            fitting = 1;
        }
        id_lines = fitting;
        chips(band, list, "chip", all, true, true);
        const bool all_ids =
            id_lines >= chips(band, list, nullptr, list.size(), false, false).lines;
        legend(foot, list, id_lines == 0 ? nullptr : all_ids ? "legend.id" : "legend.id.some");
        id_lines = 0;
    }

    void legend(Rect row, const std::vector<Segment>& list, const char* ids) {
        row.take_top(4);
        const auto item = [&](const char* key, float mark_w, auto&& paint) {
            const std::string word = view.say(key);
            const float w = c.measure(word, quiet()).w;
            if (row.w < w + mark_w + 10) return;
            Rect mark = row.take_left(mark_w + 4);
            mark = {mark.x, mark.y + 3, mark_w, 14};
            paint(mark);
            c.text_in(row.take_left(w + 2), word, quiet());
            row.take_left(14);
        };
        const auto sample = [&](const char* key, const std::string& text) {
            const float w = c.measure(text, quiet()).w + 1;
            item(key, w, [&](const Rect& m) { c.text_in({m.x, m.y - 2, m.w, 18}, text, quiet()); });
        };
        item("legend.byte", 16, [&](const Rect& m) {
            c.rect(m, theme.sunken, 3, {theme.outline, 1});
        });
        //: a byte of a character that needs several, as it stands in the picture
        for (const Segment& s : list)
            if (s.id < 256 && !symbol(t, s.id).empty() &&
                static_cast<unsigned char>(symbol(t, s.id)[0]) >= 0x80) {
                sample("legend.part", shown(s.id));
                break;
            }
        item("legend.learned", 16, [&](const Rect& m) {
            c.rect(m, theme.raised, 3, {theme.hairline, 1});
            c.rect(m, theme.accent.with_alpha(0.12f), 3, {theme.outline, 1});
        });
        if (ids && !list.empty()) sample(ids, std::to_string(list[0].id));
        if (made >= 0)
            item("legend.made", 16, [&](const Rect& m) { c.outline(m, {theme.accent, 2}, 3); });
        if (next_left >= 0)
            item("legend.next", 16, [&](const Rect& m) {
                c.outline(m, {theme.attention, 2, Dash::dashed}, 3);
            });
        if (!t.text("left_out").empty() && row.w > 150)
            c.text_in(row, view.say("legend.left_out", {{"n", t.text("left_out")}}), quiet());
    }

    // ---- the table of pairs

    struct PairRow {
        int left, right;
        float count, change;
    };
    std::vector<PairRow> pair_rows(std::size_t state) const {
        std::vector<PairRow> rows;
        const bool changes = !view.presenting;  // one number a line is enough for a room
        const Tensor& leading = t["leading"];
        for (std::size_t r = 0; r < table_rows; ++r) {
            const float* row = leading.data() + (state * table_rows + r) * 4;
            if (row[0] < 0) break;
            rows.push_back({int(row[0]), int(row[1]), row[2], changes ? row[3] : 0.0f});
        }
        return rows;
    }

    float slot_h() const { return is_low ? 36 : 40; }  // of the winning pair, over the table

    void pairs(Rect box) {
        if (!view.shows("pairs")) return;
        ring(c, box.inset(-4), "pairs", view);
        const auto rows = pair_rows(k);
        //: at the end no pair is worth a line: what was merged is
        const bool ended = k == K && !now.is_merging;
        if (ended && K > 0 && (rows.empty() || rows[0].count < 2)) return history(box);
        Rect head = box.take_top(22);
        const float count_w = 56,
                    change_w =
                        view.presenting
                            ? 12.0f
                            : std::max(44.0f, c.measure(view.say("pairs.change"), quiet()).w + 14);
        Rect columns = head;
        const Rect change = columns.take_right(change_w);
        c.text_in(columns.take_right(count_w), view.say("pairs.count"), quiet(Align::right));
        c.text_in(columns, view.say(now.is_merging ? "pairs.joined" : "pairs.title"), bold());
        const float pitch = chip_h + 2;
        //: a name for the column of changes only where one is to be seen
        const auto lines = std::size_t(std::max(box.h - slot_h(), 0.0f) / pitch);
        const auto seen = rows.begin() + std::ptrdiff_t(std::min(lines + 1, rows.size()));
        if (std::any_of(rows.begin(), seen, [](const PairRow& row) { return row.change != 0; }))
            c.text_in(change, view.say("pairs.change"), quiet(Align::right));
        c.line({box.x, box.y}, {box.right(), box.y}, {theme.outline, 1});
        box.take_top(4);
        if (rows.empty()) {
            c.paragraph(box, view.say("pairs.none"), quiet());
            return;
        }
        std::string note;
        if (ended)
            note = view.say(rows[0].count < 2 ? "pairs.once" : "pairs.stopped");
        else if (!now.is_merging && rows.size() > 1 && rows[1].count == rows[0].count)
            note = view.say("pairs.ties");
        else
            note = view.say("pairs.inside");
        //: the pair that wins, or has just won, large
        const Tensor& merges = t["merges"];
        const Rect slot = box.take_top(slot_h());
        if (now.is_merging)
            winner(
                slot,
                {int(merges.at({k - 1, 0})), int(merges.at({k - 1, 1})), merges.at({k - 1, 3}), 0},
                change_w, made);
        else
            winner(slot, rows[0], change_w, -1);
        box.take_top(4);

        //: the pairs come before the words about them
        const float note_h = note.empty() ? 0 : c.measure_paragraph(box.w, note, quiet()).h + 4;
        if (!ended && box.h - note_h < 2 * pitch) note.clear();
        Rect foot = box.take_bottom(note.empty() ? 0 : note_h);
        const std::size_t skip = now.is_merging ? 0 : 1;
        const std::size_t fit =
            std::min<std::size_t>(std::size_t(box.h / pitch), rows.size() - skip);
        const float most = std::max(
            1.0f, now.is_merging ? std::max(rows[0].count, merges.at({k - 1, 3})) : rows[0].count);

        //: where each row stood before the merge; the first rises to the winner's place
        std::vector<PairRow> before;
        const float p = now.glide * now.glide * (3 - 2 * now.glide);
        if (now.is_merging && k > 0 && now.glide < 1) before = pair_rows(k - 1);
        c.push_clip({box.x - 2, box.y - 1, box.w + 4, float(fit) * pitch + 2});
        for (std::size_t line = std::min(fit + skip, rows.size() - skip); line-- > 0;) {
            const std::size_t r = line + skip;
            float at = float(line);
            if (!before.empty()) {
                std::size_t from = fit + 1;
                for (std::size_t b = 1; b < before.size(); ++b)
                    if (before[b].left == rows[r].left && before[b].right == rows[r].right)
                        from = std::min(b, fit + 1);
                at = float(from - 1) * (1 - p) + (float(r) - 1) * p;
            }
            if (at > float(fit) - 0.96f || at < -0.96f)
                continue;  // below, or in the winner's place
            pair_row({box.x, box.y + at * pitch, box.w, chip_h}, rows[r], r, count_w, change_w,
                     most);
        }
        c.pop_clip();
        if (!note.empty()) {
            foot.y = box.y + float(fit) * pitch + 4;
            c.paragraph(foot, note, quiet());
        }
    }

    // One pair in large letters with its count; with what it became, when it is joined.
    void winner(Rect box, const PairRow& pair, float change_w, int becomes) {
        c.rect(box.inset(-2, 0), theme.accent.with_alpha(0.14f), 5);
        const TextStyle large{Font::bold, text_title, theme.text, Align::right};
        const std::string count =
            view.say("pairs.times", {{"n", format_value(double(pair.count))}});
        Region region;
        region.id = "pair.0";
        region.box = box;
        region.tip = shown(pair.left) + " + " + shown(pair.right) + "\n" +
                     view.say(becomes < 0 ? "tip.next" : "tip.joined",
                              {{"count", format_value(double(pair.count))}});
        Rect rest = box;
        rest.take_left(4);
        const Rect change = rest.take_right(change_w);
        if (becomes >= 0)
            rest.w += change_w;
        else if (pair.change != 0)
            c.text_in(change, change_of(pair), quiet(Align::right));
        c.text_in(rest.take_right(c.measure(count, large).w + 4), count, large);
        rest.take_right(6);
        //: as large as there is room for
        const std::string left = shown(pair.left), right = shown(pair.right),
                          joined = becomes >= 0 ? shown(becomes) : std::string();
        float size = 20;
        const auto width = [&](const std::string& word) {
            return std::max(c.measure(word, {Font::body, size, {}}).w + 12, 22.0f);
        };
        const auto total = [&] {
            return width(left) + width(right) + 20 + (becomes >= 0 ? 26 + width(joined) : 0);
        };
        while (size > text_label && total() > rest.w) size = std::max(size - 1, text_label);
        const auto piece = [&](const std::string& word, int id, Light light) {
            const Rect chip_box = rest.take_left(std::min(width(word), std::max(rest.w, 1.0f)));
            const Rect at{chip_box.x, box.y + 5, chip_box.w, box.h - 10};
            c.rect(at, id >= 256 ? theme.raised : theme.sunken, 4, {theme.hairline, 1});
            if (light == Light::next) c.outline(at, {theme.attention, 2, Dash::dashed}, 4);
            if (light == Light::made) c.outline(at, {theme.accent, 2}, 4);
            c.text_in(at, word, {Font::body, size, theme.text, Align::centre});
        };
        const Light light = next_left >= 0 ? Light::next : Light::none;
        piece(left, pair.left, light);
        c.text_in(rest.take_left(20), "+", {Font::body, text_body, theme.text, Align::centre});
        piece(right, pair.right, light);
        if (becomes >= 0 && rest.w > 26 + 20) {
            c.text_in(rest.take_left(26), "→", {Font::body, text_body, theme.text, Align::centre});
            piece(joined, becomes, Light::made);
        }
        c.region(std::move(region));
    }

    // All merges in order, each with the count its pair had: the frequent ones came first.
    void history(Rect box) {
        Rect head = box.take_top(22);
        const float count_w = 44;
        c.text_in(head.take_right(count_w), view.say("pairs.count"), quiet(Align::right));
        c.text_in(head, view.say("pairs.history"), bold());
        c.line({box.x, box.y}, {box.right(), box.y}, {theme.outline, 1});
        box.take_top(4);
        const std::string note = view.say("pairs.once");
        const float note_h = c.measure_paragraph(box.w, note, quiet()).h + 4;
        const float pitch = chip_h + 2;
        Rect list = box;
        list.take_bottom(note_h);
        //: the first and the last ones; in little room all of them as columns
        const auto fit = std::size_t(std::max(list.h, 0.0f) / pitch);
        if (fit < std::min<std::size_t>(K, 8)) return history_columns(box, note);
        if (fit == 0) return;
        const bool all = K <= fit;
        const std::size_t first = all ? K : std::max<std::size_t>((fit - 1) * 2 / 3, 1);
        const std::size_t end = all || fit < 3 ? 0 : fit - 1 - first;
        const Tensor& merges = t["merges"];
        const float most = std::max(1.0f, merges.at({0, 3}));
        const float number_w = c.measure(std::to_string(K), quiet()).w + 10;
        const auto line = [&](std::size_t m) {
            Rect row = list.take_top(pitch);
            row.h = chip_h;
            c.text_in(row.take_left(number_w), std::to_string(m), quiet());
            pair_row(
                row,
                {int(merges.at({m - 1, 0})), int(merges.at({m - 1, 1})), merges.at({m - 1, 3}), 0},
                1000 + m, count_w, 0, most, int(merges.at({m - 1, 2})));
        };
        for (std::size_t m = 1; m <= std::min(first, K); ++m) line(m);
        if (!all) {
            c.text_in(list.take_top(pitch),
                      view.say("word.more", {{"n", std::to_string(K - first - end)}}), quiet());
            for (std::size_t m = K - end + 1; m <= K; ++m) line(m);
        }
        c.paragraph({box.x, list.y + 2, box.w, note_h}, note, quiet());
    }

    void history_columns(Rect box, const std::string& note) {
        const Tensor& merges = t["merges"];
        const float most = std::max(1.0f, merges.at({0, 3}));
        //: in less and less room without the names under the columns, without the note
        const float note_h = c.measure_paragraph(box.w, note, quiet()).h;
        if (box.h >= note_h + 44) c.paragraph(box.take_bottom(note_h), note, quiet());
        const Rect axis = box.take_bottom(box.h >= 80 ? 20 : 0);
        Rect names = box.take_top(20);
        if (box.h < 16) return;
        //: which merge was the first and the last, and how often their pairs stood
        const auto name = [&](std::size_t m) {
            return parents(t, m) + "  " +
                   view.say("pairs.times", {{"n", format_value(double(merges.at({m - 1, 3})))}});
        };
        const std::string from = name(1), to = name(K);
        const float last_w = c.measure(to, quiet()).w + 1;
        if (K > 1 && c.measure(from, quiet()).w + last_w + 16 <= names.w)
            c.text_in(names.take_right(last_w), to, quiet(Align::right));
        c.text_in(names, from, quiet());
        const float w = box.w / float(K), gap = w > 5 ? 2.0f : 0.0f;
        for (std::size_t m = 1; m <= K; ++m) {
            const float count = merges.at({m - 1, 3});
            const float h = std::max(box.h * count / most, 1.0f);
            const Rect bar{box.x + float(m - 1) * w, box.bottom() - h, std::max(w - gap, 1.0f), h};
            c.rect(bar, m == K ? theme.accent : theme.accent.with_alpha(0.6f), gap > 0 ? 1.5f : 0);
            Region region;
            region.id = "merge." + std::to_string(m);
            region.box = {bar.x, box.y, w, box.h};
            region.tip = view.say("word.merge", {{"n", std::to_string(m)}}) + "\n" + name(m);
            c.region(std::move(region));
        }
        c.line({box.x, box.bottom()}, {box.right(), box.bottom()}, {theme.outline, 1});
        if (axis.h < 18) return;
        c.text_in(axis, view.say("word.merge", {{"n", "1"}}), quiet());
        if (K > 1)
            c.text_in(axis, view.say("word.merge", {{"n", std::to_string(K)}}),
                      quiet(Align::right));
    }

    std::string change_of(const PairRow& pair) const {
        return (pair.change > 0 ? "▲ " : "▼ ") + format_value(double(std::abs(pair.change)));
    }

    void pair_row(Rect row, const PairRow& pair, std::size_t r, float count_w, float change_w,
                  float most, int becomes = -1) {
        if (becomes < 0) c.rect(row.inset(-2, 0), theme.background);
        const Rect whole = row;
        const Rect change = row.take_right(change_w), count = row.take_right(count_w);
        //: the bar, then the chips on it
        const float bar = row.w * pair.count / most;
        c.rect({row.x, row.bottom() - 3, bar, 3}, theme.accent.with_alpha(0.7f), 1.5f);
        row.h -= 4;
        float left_w = std::min(chip_width(pair.left), row.w - 30);
        const float right_w = std::min(chip_width(pair.right), row.w - left_w - 14);
        chip({row.x, row.y, left_w, row.h}, pair.left, Light::none, "");
        c.text_in({row.x + left_w, row.y, 13, row.h}, "+", quiet(Align::centre));
        chip({row.x + left_w + 13, row.y, right_w, row.h}, pair.right, Light::none, "");
        const float made_at = left_w + right_w + 13 + 22;
        if (becomes >= 0 && made_at + chip_width(becomes) <= row.w) {
            c.text_in({row.x + made_at - 22, row.y, 22, row.h}, "→", quiet(Align::centre));
            chip({row.x + made_at, row.y, chip_width(becomes), row.h}, becomes, Light::none, "");
        }
        c.text_in(count, format_value(double(pair.count)), bold(Align::right));
        if (pair.change != 0) c.text_in(change, change_of(pair), quiet(Align::right));
        Region region;
        region.id = "pair." + std::to_string(r);
        region.box = whole;
        region.tip = shown(pair.left) + " + " + shown(pair.right) + "\n" +
                     view.say("tip.pair", {{"count", format_value(double(pair.count))},
                                           {"left", hex(symbol(t, pair.left))},
                                           {"right", hex(symbol(t, pair.right))}});
        if (pair.change != 0)
            region.tip += "\n" + view.say("tip.change", {{"change", change_of(pair)}});
        c.region(std::move(region));
    }

    // ---- a word growing together

    struct WordRow {
        std::size_t merge;  // 0: the bytes
        std::vector<Segment> chips;
        float height;
    };

    // The states of a stretch of bytes: before any merge, and after each that joined something.
    std::vector<WordRow> word_rows(const char* bytes, const char* joins, std::size_t begin,
                                   std::size_t end, float width) {
        std::set<std::size_t> merges{0};
        const Tensor& joined = t[joins];
        for (std::size_t i = begin + 1; i < end; ++i)
            if (const auto m = std::size_t(joined.flat()[i]); m > 0 && m <= k) merges.insert(m);
        std::vector<WordRow> rows;
        for (std::size_t m : merges) {
            WordRow row{m, segments(t, bytes, joins, begin, end, m), 0};
            row.height =
                chips({0, 0, width, 4000}, row.chips, nullptr, row.chips.size(), false, false)
                    .height;
            rows.push_back(std::move(row));
        }
        return rows;
    }

    // The first row on show: 0 when all fit, else the newest are and a line tells of the others. One
    // alone is never left out: the line would take its place.
    static std::size_t first_row(const std::vector<WordRow>& rows, float height, float gap) {
        float all = -gap;
        for (const WordRow& row : rows) all += row.height + gap;
        if (all <= height || rows.size() < 2) return 0;
        std::size_t first = rows.size() - 1;
        float used = 20 + rows[first].height;
        while (first > 2 && used + gap + rows[first - 1].height <= height)
            used += gap + rows[--first].height;
        return first;
    }

    void draw_word_rows(Rect& box, const std::vector<WordRow>& rows, const char* id,
                        float label_w) {
        //: the newest rows that fit
        const float gap = 6;
        const std::size_t first = first_row(rows, box.h, gap);
        for (std::size_t i = first; i < rows.size(); ++i) {
            if (i == first && first > 0) {
                c.text_in(box.take_top(20), view.say("word.more", {{"n", std::to_string(first)}}),
                          quiet());
            }
            const WordRow& row = rows[i];
            Rect line = box.take_top(std::min(row.height, box.h));
            if (line.h < chip_h) break;
            box.take_top(gap);
            const std::string name =
                row.merge == 0 ? view.say("word.bytes")
                               : view.say("word.merge", {{"n", std::to_string(row.merge)}});
            c.text_in({line.x, line.y, label_w - 6, chip_h}, name, quiet());
            line.take_left(label_w);
            const int keep = made;
            made = row.merge > 0 ? int(t["merges"].at({row.merge - 1, 2})) : -1;
            chips(line, row.chips, (std::string(id) + std::to_string(row.merge)).c_str(),
                  row.chips.size(), false, true);
            made = keep;
        }
    }

    float label_width() const {
        return std::max(c.measure(view.say("word.bytes"), quiet()).w,
                        c.measure(view.say("word.merge", {{"n", "888"}}), quiet()).w) +
               8;
    }

    void word(Rect box) {
        if (!view.shows("word")) return;
        ring(c, box.inset(-4), "word", view);
        //: the word under the mouse, or the chosen one
        const Selection& s = view.chosen();
        const char *bytes = "word_bytes", *joins = "word_joins";
        std::size_t begin = 0, end = t["word_bytes"].size();
        std::string name = t.text("word");
        const Tensor& pieces = t["pieces"];
        if (s.tensor.empty() && s.token >= 0 && s.row >= 0 && std::size_t(s.row) < pieces.size()) {
            bytes = "bytes", joins = "joins";
            begin = std::size_t(s.row), end = begin + 1;
            const float piece = pieces.flat()[begin];
            while (begin > 0 && pieces.flat()[begin - 1] == piece) --begin;
            while (end < pieces.size() && pieces.flat()[end] == piece) ++end;
            end = std::min(end, begin + most_word);
            name = t.text("text").substr(begin, end - begin);
        }
        Rect head = box.take_top(22);
        const float label_w = label_width();
        const auto rows = word_rows(bytes, joins, begin, end, box.w - label_w);
        c.text_in(head,
                  view.say("word.title", {{"word", shorten_token(shown_token(name))},
                                          {"n", std::to_string(rows.back().chips.size())}}),
                  bold());
        c.line({box.x, box.y}, {box.right(), box.y}, {theme.outline, 1});
        box.take_top(5);
        draw_word_rows(box, rows, "word.", label_w);
    }

    // ---- the vocabulary

    void vocabulary(Rect box) {
        if (!view.shows("vocabulary")) return;
        ring(c, box.inset(-4), "vocabulary", view);
        const int id = chosen >= 0 ? chosen : made >= 0 ? made : first_id();
        Rect head = box.take_top(22);
        c.text_in(head, view.say("vocabulary.title", {{"n", std::to_string(256 + k)}}), bold());
        c.line({box.x, box.y}, {box.right(), box.y}, {theme.outline, 1});
        box.take_top(5);

        //: one token, spelled out
        const std::size_t m = maker(t, id);
        Rect line = box.take_top(chip_h);
        const float w = std::min(chip_width(id), line.w - 60);
        chip(line.take_left(w), id, id == made ? Light::made : Light::none, "");
        line.take_left(8);
        c.text_in(line, view.say("vocabulary.id", {{"id", std::to_string(id)}}), bold());
        const std::string from =
            m ? view.say("vocabulary.from", {{"n", std::to_string(m)}, {"pair", parents(t, m)}})
              : view.say(view.presenting ? "vocabulary.byte.plain" : "vocabulary.byte");
        box.take_top(3);
        box.take_top(c.paragraph(box, from, quiet()).h + 2);
        if (box.h >= 22 && !view.presenting) byte_cells(box, id);
        if (box.h >= 20)
            c.text_in(box.take_top(20),
                      view.say("vocabulary.places",
                               {{"n", format_count(double(places_of(t, id, k)), view.language)}}),
                      quiet());
        box.take_top(6);

        //: all that were learned, the newest first
        std::vector<Segment> list;
        for (std::size_t n = k; n > 0; --n) {
            Segment s;
            s.begin = n, s.end = n + 1, s.id = int(t["merges"].at({n - 1, 2}));
            list.push_back(s);
        }
        if (list.empty() || box.h < chip_h + 20) return;
        c.text_in(box.take_top(20), view.say("vocabulary.learned"), quiet());
        float x = box.x, y = box.y;
        for (std::size_t i = 0; i < list.size(); ++i) {
            const std::string number = std::to_string(list[i].id);
            const float number_w = c.measure(number, quiet()).w + 4;
            const float chip_w = std::min(chip_width(list[i].id), box.w - number_w);
            const float width = number_w + chip_w;
            const bool last_line = y + 2 * chip_h + chip_gap > box.bottom() + 0.5f;
            const std::string more = view.say("more", {{"n", std::to_string(list.size() - i)}});
            const float reserve =
                last_line && i + 1 < list.size() ? c.measure(more, quiet()).w + 14 : 0;
            if (x > box.x && x + width + reserve > box.right() + 0.5f) {
                if (last_line) {
                    c.text_in({x + 3, y, box.right() - x - 3, chip_h}, more, quiet());
                    break;
                }
                x = box.x, y += chip_h + chip_gap;
            }
            c.text_in({x, y, number_w, chip_h}, number, quiet());
            chip({x + number_w, y, chip_w, chip_h}, list[i].id,
                 list[i].id == made ? Light::made : Light::none, "vocabulary." + number);
            x += width + 10;
        }
    }

    int first_id() const { return t["bytes"].size() ? byte_id(t, t["bytes"].flat()[0]) : 0; }

    // The bytes of a token as they stand at its first place in the text.
    void byte_cells(Rect& box, int id) {
        const std::string& bytes = symbol(t, id);
        std::size_t place = bytes.size();
        const Tensor &values = t["bytes"], &joins = t["joins"];
        bool found = false;
        for (std::size_t at = 0; at < values.size() && !found;) {
            const Segment s = segment_at(t, values, joins, at, values.size(), k);
            if (s.id == id) place = at, found = true;
            at = s.end;
        }
        Rect row = box.take_top(22);
        const std::string name = view.say("vocabulary.bytes");
        c.text_in(row.take_left(c.measure(name, quiet()).w + 6), name, quiet());
        const TextStyle mono{Font::mono, text_label, theme.text, Align::centre};
        const std::size_t fit = std::size_t(std::max(0.0f, row.w) / 22);
        const std::size_t count =
            bytes.size() <= fit ? bytes.size() : std::max<std::size_t>(fit, 3) - 2;
        if (count < bytes.size()) {
            const std::string more = "+" + std::to_string(bytes.size() - count);
            c.text_in({row.x + 22 * float(count) + 4, row.y, 40, row.h}, more, quiet());
        }
        for (std::size_t i = 0; i < count; ++i) {
            const Rect cell = row.take_left(22);
            c.rect(cell.inset(1), theme.sunken, 3);
            c.text_in(cell, hex(std::string_view(bytes).substr(i, 1)), mono);
            if (!found) continue;
            Region region;
            region.id = "byte." + std::to_string(i);
            region.box = cell;
            region.target.tensor = "bytes", region.target.row = 0;
            region.target.col = int(place + i);
            c.region(std::move(region));
        }
    }

    // ---- the word, cut in two ways

    void both_ways(Rect page) {
        const std::string name = shorten_token(shown_token(t.text("word")));
        Rect head = page.take_top(26);
        c.text_in(head, view.say("both.title", {{"word", name}, {"k", std::to_string(k)}}),
                  {Font::bold, text_body, theme.text});
        const auto bpe = word_ids(t, k), longest = longest_ids(t, k);
        const std::string says =
            view.say(bpe == longest ? "both.same" : "both.differ",
                     {{"bpe", joined_text(t, bpe)}, {"longest", joined_text(t, longest)}});
        Rect verdict = page.take_bottom(c.measure_paragraph(page.w - 24, says, label()).h + 16);
        page.take_bottom(8);
        const float gap = 28;
        Rect left = page.take_left((page.w - gap) / 2);
        page.take_left(gap);
        Rect right = page;
        const auto begin_half = [&](Rect& box, const char* part, const std::string& title,
                                    const std::string& how) {
            ring(c, box.inset(-4), part, view);
            c.text_in(box.take_top(22), title, bold());
            box.take_top(c.paragraph(box, how, quiet()).h + 6);
            c.line({box.x, box.y}, {box.right(), box.y}, {theme.outline, 1});
            box.take_top(6);
        };
        if (view.shows("word")) {
            begin_half(left, "word", view.say("both.bpe"), view.say("both.bpe.how"));
            const float label_w = label_width();
            draw_word_rows(
                left,
                word_rows("word_bytes", "word_joins", 0, t["word_bytes"].size(), left.w - label_w),
                "word.", label_w);
        }
        if (view.shows("longest")) {
            begin_half(right, "longest", view.say("both.longest"), view.say("both.longest.how"));
            longest_rows(right, longest);
        }
        if (!view.shows("word") || !view.shows("longest")) return;
        verdict.y = std::min(verdict.y, std::max(left.y, right.y) + 14);
        c.rect(verdict, theme.surface, corner, {theme.hairline, 1});
        c.paragraph(verdict.inset(12, 8), says, label());
    }

    void longest_rows(Rect& box, const std::vector<int>& ids) {
        const float label_w =
            std::max(label_width(), c.measure(view.say("both.step", {{"n", "88"}}), quiet()).w + 8);
        const std::string& word = t.text("word");
        std::vector<WordRow> rows;
        std::size_t at = 0;
        for (std::size_t n = 0; n <= ids.size(); ++n) {
            WordRow row{n, {}, 0};
            std::size_t place = 0;
            for (std::size_t i = 0; i < n; ++i) {
                row.chips.push_back({place, place, ids[i], 0});
                place += symbol(t, ids[i]).size();
            }
            at = place;
            for (std::size_t b = at; b < word.size(); ++b)
                row.chips.push_back({b, b + 1, byte_id(t, t["word_bytes"].flat()[b]), 0});
            row.height = chips({0, 0, box.w - label_w, 4000}, row.chips, nullptr, row.chips.size(),
                               false, false)
                             .height;
            rows.push_back(std::move(row));
        }
        const float gap = 6;
        const std::size_t first = first_row(rows, box.h, gap);
        for (std::size_t n = first; n < rows.size(); ++n) {
            if (n == first && first > 0)
                c.text_in(box.take_top(20), view.say("word.more", {{"n", std::to_string(first)}}),
                          quiet());
            Rect line = box.take_top(std::min(rows[n].height, box.h));
            if (line.h < chip_h) break;
            box.take_top(gap);
            c.text_in(
                {line.x, line.y, label_w - 6, chip_h},
                n == 0 ? view.say("word.bytes") : view.say("both.step", {{"n", std::to_string(n)}}),
                quiet());
            line.take_left(label_w);
            const int keep = made;
            made = n > 0 ? ids[n - 1] : -1;
            chips(line, rows[n].chips, ("longest." + std::to_string(n)).c_str(),
                  rows[n].chips.size(), false, true);
            made = keep;
        }
    }

    // ---- what the merges save

    // What is measured, and that less of it is better.
    std::string measure_of(float width) const {
        return fitting(width - 20, quiet(),
                       {view.say("languages.y.long"), view.say("languages.y")});
    }

    // A text with its line breaks and indents as single blanks.
    static std::string one_line(std::string_view text) {
        std::string line;
        for (const char ch : text.substr(0, 400)) {
            const bool blank = ch == '\n' || ch == ' ';
            if (!blank || (!line.empty() && line.back() != ' ')) line += blank ? ' ' : ch;
        }
        return line;
    }

    void savings(Rect page) {
        const float gap = 32;
        constexpr std::size_t L = std::size(samples::languages);
        const bool own = view.shows("savings"), languages = view.shows("languages");
        // In little room the numbers stand beside the curves.
        const bool tabled = languages && page.h > 330;
        Rect below = page.take_bottom(tabled ? 28 * float(L + 1) + 6 : 0);
        page.take_bottom(tabled ? 8 : 0);
        Rect left = page.take_left(!own ? 0 : languages ? (page.w - gap) / 2 : page.w);
        page.take_left(own ? gap : 0);
        std::vector<float> x;
        for (std::size_t s = 0; s <= K; ++s) x.push_back(float(s));
        PlotLook look;
        look.x_axis = K < view.knobs.size("merges")
                          ? view.say("axis.merges.fewer", {{"all", std::to_string(K)}})
                          : view.say("axis.merges");
        // One scale for both: a character has at most four bytes, mostly one to three.
        look.y_low = 0, look.y_high = 3.2f;
        look.cursor = float(k), look.action = "t";
        if (own) {
            ring(c, left.inset(-4), "savings", view);
            Series line{view.say("savings.line"), x, {}, theme.accent, Dash::solid, "■"};
            for (float tokens : t["tokens"].flat())
                line.y.push_back(tokens / float(scalar(t, "characters")));
            PlotLook here = look;
            here.y_axis = measure_of(left.w);
            here.title = view.say("savings.title"), here.id = "savings";
            here.y_high = std::max(3.2f, line.y.empty() ? 0.0f : line.y[0] * 1.06f);
            line_plot(c, left, {line}, here, view);
        }
        if (!languages) return;
        ring(c, page.inset(-4), "languages", view);
        const Color colors[] = {theme.query, theme.key, theme.value};
        const Dash dashes[] = {Dash::solid, Dash::dashed, Dash::dotted};
        const char* const marks[] = {"▲", "◆", "●"};
        std::vector<Series> lines;
        std::vector<std::vector<std::string>> rows;
        for (std::size_t l = 0; l < L; ++l) {
            const std::string name = view.say(std::string("language.") + samples::languages[l].key);
            const double characters = scalar(t, "language_characters", l);
            const double ratio = double(t["language_tokens"].row(l)[k]) / characters;
            Series line{
                tabled ? name : name + " " + two(ratio), x, {}, colors[l], dashes[l], marks[l]};
            for (float tokens : t["language_tokens"].row(l))
                line.y.push_back(float(double(tokens) / characters));
            const double tokens = double(t["language_tokens"].row(l)[k]);
            rows.push_back({name, "", format_value(characters), format_value(tokens),
                            two(tokens / characters)});
            lines.push_back(std::move(line));
        }
        look.title = fitting(page.w - 20, {Font::bold, text_body, theme.text},
                             {view.say("languages.title." + view.knobs.choice("learn")),
                              view.say("languages.title")});
        look.id = "languages", look.y_axis = measure_of(page.w);
        line_plot(c, page, lines, look, view);
        if (!tabled) return;
        //: the numbers, each line with the mark of its curve
        const Rect mark = below.take_left(20);
        for (std::size_t l = 0; l < L; ++l)
            c.text_in({mark.x, mark.y + 28 * float(l + 1) + 2, mark.w, 28}, marks[l],
                      {Font::body, text_label, colors[l], Align::right});
        //: how each begins, as far as there is room
        const float numbers_w = 20 * 4 + c.measure(view.say("languages.characters"), bold()).w +
                                c.measure(view.say("languages.tokens"), bold()).w +
                                c.measure(view.say("languages.ratio"), bold()).w;
        const float names_w = 100, begins_w = below.w - names_w - numbers_w - 24;
        if (begins_w > 160)
            for (std::size_t l = 0; l < L; ++l)
                rows[l][1] = shorten(one_line(samples::languages[l].read), begins_w,
                                     {Font::body, text_code, theme.text});
        table(c, below,
              {{view.say("languages.sample"), Align::left, Font::body, 0},
               {begins_w > 160 ? view.say("languages.begins") : "", Align::left, Font::body, 1},
               {view.say("languages.characters"), Align::right, Font::mono, 0},
               {view.say("languages.tokens"), Align::right, Font::mono, 0},
               {view.say("languages.ratio"), Align::right, Font::mono, 0}},
              rows, {}, view);
    }
};

// A gallery card: the first tokens, growing together.
void draw_card(Picture& p, Rect page) {
    const Tensor &bytes = p.t["bytes"], &joins = p.t["joins"];
    std::vector<Segment> list;
    for (std::size_t at = 0; at < bytes.size() && list.size() < 60;) {
        list.push_back(segment_at(p.t, bytes, joins, at, bytes.size(), p.k));
        at = list.back().end;
    }
    p.marking_joins = &joins;
    p.chips(page, list, nullptr, list.size(), true, true);
}

}  // namespace

void draw(Canvas& c, const Trace& t, const View& view) {
    Picture picture{{c, t, view}};
    Rect page = Rect{0, 0, view.size.w, view.size.h}.inset(view.compact ? 8.0f : 18.0f,
                                                           view.compact ? 8.0f : 12.0f);
    if (t["bytes"].size() == 0) {
        if (!view.compact)
            c.paragraph(page, view.say("empty"), {Font::body, text_body, c.theme().text_quiet});
        return;
    }
    picture.start();
    if (view.compact) return draw_card(picture, page);
    const std::string& which = view.knobs.choice("show");
    if (which == "word") {
        // On a large page all is drawn half as large again.
        const float scale = page.h > 520 && page.w > 1000 ? 1.5f : 1.0f;
        if (scale == 1) return picture.both_ways(page);
        const Size small_size{page.w / scale, page.h / scale};
        Canvas small(small_size, view.dark, view.high_contrast);
        Picture large{{small, t, view}};
        large.start();
        large.both_ways({0, 0, small_size.w, small_size.h});
        c.embed(small, page, scale);
        return;
    }
    if (which == "savings") return picture.savings(page);
    if (view.shows("text")) {
        picture.text(page.take_top(picture.text_height(page)));
        page.take_top(picture.is_low ? 8 : 12);
    }
    //: what is on show shares the width
    struct Part {
        const char* name;
        float share;
        void (Picture::*paint)(Rect);
    };
    const Part parts[] = {{"pairs", 0.35f, &Picture::pairs},
                          {"word", 0.35f, &Picture::word},
                          {"vocabulary", 0.30f, &Picture::vocabulary}};
    const float gap = 24;
    float total = 0, count = 0;
    for (const Part& part : parts)
        if (view.shows(part.name)) total += part.share, ++count;
    const float free = page.w - gap * std::max(count - 1, 0.0f);
    for (const Part& part : parts)
        if (view.shows(part.name)) {
            (picture.*part.paint)(
                page.take_left(std::min(free * part.share / total, count > 1 ? 560.0f : 900.0f)));
            page.take_left(gap);
        }
}

}  // namespace orrery::viz::bpe_panel
