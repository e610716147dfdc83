// Causal decoder, the whole of it in one picture: every row is one token on its way to the next
//
//   tokens -> embedding + position -> block: attention, feed-forward, stream  (× L)  -> next token
//
// All matrices have a row a token, at the same height. The title of a box opens that component on
// these very tensors. Below, the text goes on token by token, and can be made to go another way.
// The second view looks into the stream: what would be said at every layer, and how long it grows.
#include "viz/model/causal_decoder_panel_picture.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/text.hpp"
#include "viz/kit/color_scale.hpp"
#include "viz/kit/drawing.hpp"
#include "viz/kit/flow.hpp"
#include "viz/kit/format.hpp"
#include "viz/kit/grid.hpp"
#include "viz/kit/matrix.hpp"
#include "viz/kit/scale_ends.hpp"
#include "viz/kit/tokens.hpp"

namespace orrery::viz::causal_decoder_panel {

// ---- what is read off the trace

std::string number(double v) { return format_value(v); }
std::string percent(double share) {
    if (share > 0 && share < 0.0005) return "<0.1 %";
    const double p = share * 100;
    return format_value(p < 9.95 ? std::round(p * 10) / 10 : std::round(p)) + " %";
}

std::string word_at(const Trace& t, const char* axis, std::size_t i) {
    const auto& words = t.names(axis);
    return i < words.size() ? shown_token(words[i]) : std::to_string(i);
}
std::string vocabulary(const Trace& t, double id) {
    return id < 0 ? std::string("—") : word_at(t, "vocabulary", std::size_t(id));
}

bool is_empty(const Trace& t) { return !t.find("logits") || t["logits"].size() == 0; }
std::size_t layers_of(const Trace& t) {
    std::size_t n = 0;
    while (t.find("block." + std::to_string(n) + ".y")) ++n;
    return n;
}
std::size_t count_of(const Trace& t, const char* name) {
    const Entry* entry = t.find(name);
    return entry ? entry->tensor.size() : 0;
}

// The stage that row `s` of the lens is taken after.
std::string stage_name(const Trace& t, const View& view, std::size_t s) {
    const auto& names = t.names("stages");
    if (s >= names.size()) return "";
    const std::string& name = names[s];
    const auto dot = name.find('.');
    return dot == std::string::npos
               ? view.say("stage." + name)
               : view.say("stage." + name.substr(0, dot), {{"n", name.substr(dot + 1)}});
}

double lens_share(const Trace& t, std::size_t stage, std::size_t token) {
    return double(t["lens.share"].row(stage)[token]);
}
std::string lens_word(const Trace& t, std::size_t stage, std::size_t token) {
    return vocabulary(t, double(t["lens.id"].row(stage)[token]));
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words) {
        // a blank between words that are written with one
        const bool wide = !word.empty() && static_cast<unsigned char>(word[0]) >= 0x80;
        const bool mark = word.size() == 1 &&
                          std::string_view(".,!?;:\"").find(word[0]) != std::string_view::npos;
        if (!text.empty() && !wide && !mark && static_cast<unsigned char>(text.back()) < 0x80 &&
            word[0] != ' ')
            text += ' ';
        text += word;
    }
    return text;
}

// ---- what is drawn

namespace {

struct Picture : Drawing {
    Focus focus{};
    std::size_t n = 0, layers = 0, places = 0, layer = 0, place = 0;

    std::string block(std::size_t i) const { return "block." + std::to_string(i); }
    std::size_t generated() const { return count_of(t, "generated"); }
    bool moving() const { return view.t < 2.0 + 2.0 * double(layers) + double(generated()); }

    void start() {
        n = t.names("tokens").size();
        layers = layers_of(t);
        places = t["places.drawn"].rows();
        focus = {view.chosen(), view.explanation, false};
        layer = std::min(view.knobs.size("layer"), layers) - 1;
        place = std::min(view.knobs.size("place"), places) - 1;
        if (!moving()) return;
        // While it moves the block on show is that of the moment; one that is done stays until the next
        // begins. The bars stay those of the rows beside them, which end with the text as it was read:
        // what is drawn only joins the line below.
        const double begun = std::ceil((view.t - 1.0) / 2);
        layer = std::min(std::size_t(std::max(begun, 1.0)), layers) - 1;
    }

    // A title that opens a component on the tensors under `prefix`.
    void door(Rect box, std::initializer_list<std::string> titles, const std::string& prefix,
              const std::string& link, const std::string& tip_key) {
        door_to(box, titles, "open." + prefix + "." + link.substr(0, link.find('?')),
                "enter " + prefix + " " + link, tip_key);
    }
    void door_to(Rect box, std::initializer_list<std::string> titles, const std::string& id,
                 const std::string& action, const std::string& tip_key) {
        const bool has_mark = box.w > 64;
        const std::string title = fitting(box.w - (has_mark ? 24 : 8), bold(), titles);
        Region region;
        region.id = id;
        region.box = box;
        region.kind = Region::Kind::button;
        region.action = action;
        region.tip = view.say(tip_key);
        c.rect(box, theme.raised, 5, {theme.outline, 1});
        Rect inside = box.inset(6, 0);
        if (has_mark) {
            const Point m{box.right() - 10, box.centre().y};
            c.polyline({{m.x - 2, m.y - 4}, {m.x + 2, m.y}, {m.x - 2, m.y + 4}},
                       {theme.accent, 1.5f});
            inside.take_right(10);
        }
        c.text_in(inside, title, bold(has_mark ? Align::left : Align::centre));
        c.region(std::move(region));
    }

    void plus(Point at, bool lit) const {
        const Color color = lit ? theme.accent : theme.text_quiet;
        c.circle(at, 7, theme.background, {color, 1.5f});
        c.line({at.x - 4, at.y}, {at.x + 4, at.y}, {color, 1.5f});
        c.line({at.x, at.y - 4}, {at.x, at.y + 4}, {color, 1.5f});
    }

    void cells(const Rect& box, const std::string& name, Role role, bool share, float end,
               float reveal, bool numbers = false) {
        GridLook look;
        look.role = role;
        look.numbers = numbers;
        look.reveal = reveal;
        look.style.gap = 0;
        if (share) {
            look.style.map = Map::cividis, look.style.norm = Norm::linear;
            look.style.low = 0, look.style.high = 1;
            // What must not be looked at is hatched, as in every picture of attention
            look.style.mask = Tensor(flat_matrix(t[name]).shape());
            for (std::size_t i = 0; i < look.style.mask.rows(); ++i)
                for (std::size_t j = 0; j <= i && j < look.style.mask.cols(); ++j)
                    look.style.mask.row(i)[j] = 1;
        } else {
            look.style.low = -end, look.style.high = end;
        }
        grid_cells(c, box, t, name, focus, view, look);
    }

    // ---- the flow

    struct Places {
        Rect tokens, embed, frame, looks, active, stream, bars;
        float door_h = 24, title_y = 0, door_y = 0, road_y = 0;
    };

    bool is_low() const { return view.size.h < 360; }
    bool is_roomy() const { return view.size.h >= 430; }
    bool is_branched() const { return !t.text("branch.place").empty() && !moving(); }
    float text_height() const {
        if (is_low()) return is_branched() ? 100 : 74;
        return is_roomy() ? 122 : is_branched() ? 120 : 96;
    }
    // What stands above and below the cells of the two tables of layers.
    static constexpr float lens_frame = 74, norms_frame = 50;

    float early_height() const {
        if (is_low() && is_branched()) return 6;
        return is_roomy() ? 46 : 26;
    }

    Places layout(Rect box) {
        Places p;
        float name_w = 0;
        for (const auto& word : t.names("tokens"))
            name_w = std::max(name_w, c.measure(shown_token(word), label()).w + 14);
        name_w = std::clamp(name_w, 56.0f, std::max(72.0f, box.w * 0.13f));
        const float bars_w = std::clamp(box.w * 0.25f, 150.0f, 340.0f);
        const float gap = std::clamp(box.w * 0.03f, 16.0f, 34.0f);
        const float door_h = is_low()     ? 20
                             : is_roomy() ? 24
                                          : 22,
                    head = 2 * door_h + (is_low() ? 20 : 25), under = early_height();
        const float row_h = std::min((box.h - head - under) / float(n), 64.0f);
        const float top = box.y + head, h = row_h * float(n);
        float rest = box.w - name_w - bars_w - 3 * gap;
        const float embed_w = rest * 0.19f;
        p.tokens = {box.x, top, name_w, h};
        p.embed = {p.tokens.right() + gap, top, embed_w, h};
        p.frame = {p.embed.right() + gap, box.y - 4, rest - embed_w, head + h + 10};
        p.bars = {p.frame.right() + gap, top, bars_w, h};
        Rect inside = p.frame.inset(10, 0);
        const float small = std::clamp(box.w * 0.014f, 9.0f, 16.0f), w = inside.w - 2 * small;
        p.looks = {inside.x, top, w * 0.30f, h};
        p.active = {p.looks.right() + small, top, w * 0.42f, h};
        p.stream = {p.active.right() + small, top, inside.right() - p.active.right() - small, h};
        p.door_h = door_h, p.title_y = top - head, p.road_y = top - door_h - (is_low() ? 11 : 16);
        p.door_y = top - door_h - 3;
        return p;
    }

    std::string sizes_link(const std::string& component) const {
        const std::string heads =
            std::to_string(t[block(layer) + ".attention.attention.weights"].dim(1));
        if (component == "model/block") return component + "?heads=" + heads;
        if (component == "attention/multi_head")
            return component + "?heads=" + heads + "&causal=true";
        return component;
    }

    void flow(const Rect& box) {
        const Places p = layout(box);
        const float row_h = p.tokens.h / float(n);

        //: the road that every row travels: nothing on it is overwritten, only added to
        if (view.shows("block")) {
            const bool entered = view.shows("embedding");
            const float from = entered ? p.embed.right() - 8 : p.frame.x - 12,
                        to = view.shows("next") ? p.bars.x - 1 : p.frame.right() + 18;
            if (entered) c.line({from, p.embed.y}, {from, p.road_y - 1.5f}, {theme.outline, 3});
            c.line({from, p.road_y}, {to - 6, p.road_y}, {theme.outline, 3});
            c.polygon({{to, p.road_y}, {to - 10, p.road_y - 6}, {to - 10, p.road_y + 6}},
                      theme.outline);
        }
        if (view.shows("tokens")) tokens(p, row_h);
        if (view.shows("embedding")) {
            door({p.embed.x, p.title_y, p.embed.w, p.door_h},
                 {view.say("box.embedding"), view.say("box.embedding.short")}, "tokens",
                 "model/embedding", "door.embedding");
            cells(p.embed, "embedded", Role::neutral, false, largest_of(t, view, {"embedded"}),
                  phase(0));
            ring(c, p.embed, "embedding", view);
        }
        if (view.shows("block")) frame(p);
        if (view.shows("next")) next(p);
        if (view.shows("block") && view.shows("embedding")) early(p);
    }

    void tokens(const Places& p, float row_h) {
        const Rect title{p.tokens.x, p.title_y, p.tokens.w + 10, p.door_h};
        c.text_in(title, view.say("box.tokens"), bold());
        Region about;
        about.id = "title.tokens", about.box = title, about.tip = view.say("door.tokens");
        c.region(std::move(about));
        if (view.shows("embedding")) {
            const float y = p.tokens.centre().y;
            c.arrow({p.tokens.right() + 3, y}, {p.embed.x - 4, y}, {theme.text_quiet, 1.5f});
        }
        const auto& words = t.names("tokens");
        const Selection& s = view.chosen();
        const Tensor ids = flat_matrix(t["tokens.ids"]);
        for (std::size_t i = 0; i < n; ++i) {
            const Rect chip =
                Rect{p.tokens.x, p.tokens.y + float(i) * row_h, p.tokens.w, row_h}.inset(0, 1);
            const bool lit =
                s.token == int(i) || (!s.tensor.empty() && s.row == int(i) && s.tensor != "norms" &&
                                      s.tensor != "lens.share" && s.tensor != "places.drawn");
            c.rect(chip, lit ? theme.accent.with_alpha(0.2f) : theme.raised, 4,
                   {lit ? theme.accent : theme.hairline, 1});
            c.text_in(chip.inset(5, 0), shown_token(words[i]), label());
            const double id = double(ids.row(0)[i]);
            Region region;
            region.id = "token." + std::to_string(i);
            region.box = chip;
            region.target.token = int(i);
            region.tip = view.say(
                "tip.token",
                {{"word", shown_token(words[i])}, {"id", number(id)}, {"read", vocabulary(t, id)}});
            c.region(std::move(region));
        }
        ring(c, p.tokens, "tokens", view);
    }

    void frame(const Places& p) {
        //: as many blocks as there are, one behind the other
        for (std::size_t back = std::min<std::size_t>(layers, 3); back-- > 1;) {
            const float by = 4 * float(back);
            c.rect({p.frame.x + by, p.frame.y - by, p.frame.w, p.frame.h}, theme.background, 8,
                   {theme.hairline, 1});
        }
        c.rect(p.frame, theme.surface, 8, {theme.outline, 1.5f});
        c.line({p.frame.x - 8, p.road_y}, {p.frame.right() + 6, p.road_y}, {theme.outline, 3});
        Rect head{p.frame.x + 8, p.title_y, p.frame.w - 16, p.door_h};
        const std::string all = "× " + std::to_string(layers);
        const float all_w = c.measure(all, bold()).w;
        c.text_in(head.take_right(all_w + 2), all, bold());
        head.take_right(8);
        //: one is looked into
        if (layers > 1 && layers <= 6 && head.w > 70 + 26 * float(layers))
            for (std::size_t i = layers; i-- > 0;) {
                const Rect tab = head.take_right(24);
                head.take_right(2);
                const bool on = i == layer;
                c.rect(tab, on ? theme.accent : theme.raised, 5, {theme.outline, 1});
                c.text_in(tab, std::to_string(i + 1),
                          {Font::bold, text_label, on ? theme.text_on_accent : theme.text,
                           Align::centre});
                Region region;
                region.id = "block.tab." + std::to_string(i);
                region.box = tab, region.kind = Region::Kind::button;
                region.action = "set layer " + std::to_string(i + 1);
                region.tip = view.say("tip.tab", {{"n", std::to_string(i + 1)}});
                c.region(std::move(region));
            }
        const std::string which = view.say("box.block", {{"n", std::to_string(layer + 1)}});
        const std::string prefix = block(layer);
        door(head.take_left(std::min(head.w - 4, c.measure(which, bold()).w + 34)),
             {which, std::to_string(layer + 1)}, prefix, sizes_link("model/block"), "door.block");

        const std::size_t first = 1 + 2 * layer;  // the operation in which this block begins
        const float attend = phase(double(first)), think = phase(double(first + 1));
        door({p.looks.x, p.door_y, p.looks.w, p.door_h},
             {view.say("box.attention.long"), view.say("box.attention"),
              view.say("box.attention.short")},
             prefix + ".attention", sizes_link("attention/multi_head"), "door.attention");
        door({p.active.x, p.door_y, p.active.w, p.door_h},
             {view.say("box.feed_forward.long"), view.say("box.feed_forward"),
              view.say("box.feed_forward.short")},
             prefix + ".feed_forward", "model/feed_forward", "door.feed_forward");
        door_to({p.stream.x, p.door_y, p.stream.w, p.door_h},
                {view.say("box.stream"), view.say("box.stream.short")}, "open.stream",
                "set show layers", "door.stream");

        //: each reads the road, and adds to it
        for (const Rect* half : {&p.looks, &p.active}) {
            const bool lit = half == &p.looks ? attend > 0 && attend < 1 : think > 0 && think < 1;
            const Color color = lit ? theme.accent : theme.text_quiet;
            c.line({half->x + 12, p.road_y}, {half->x + 12, p.door_y - 4}, {color, 1.5f});
            c.polygon({{half->x + 12, p.door_y},
                       {half->x + 8, p.door_y - 6},
                       {half->x + 16, p.door_y - 6}},
                      color);
            c.line({half->right() - 8, p.door_y}, {half->right() - 8, p.road_y + 6}, {color, 1.5f});
            plus({half->right() - 8, p.road_y}, lit);
        }
        cells(p.looks, prefix + ".looks", Role::attention, true, 1, attend);
        cells(p.active, prefix + ".feed_forward.active", Role::neutral, false,
              largest_of(t, view, {prefix + ".feed_forward.active"}), think);
        cells(p.stream, prefix + ".y", Role::neutral, false, largest_of(t, view, {prefix + ".y"}),
              think);
        ring(c, p.frame, "block", view);
    }

    // What the last token would say if it went to the end from there: after the embedding, and
    // after every block. Of many blocks as many as have room, the last among them. A strip of its
    // own, with its title: its entries do not belong to the columns over it.
    void early(const Places& p) {
        const std::size_t S = t["lens.share"].rows(), per = (S - 1) / layers;
        if (early_height() < 24) return;
        const bool one_line = !is_roomy();
        const float y = p.frame.bottom() + 4, whole = p.frame.right() - p.tokens.x;
        const std::size_t all = layers + 1;
        const float least = one_line ? 84.0f : 112.0f;
        const float entries = std::max(134 * float(std::min<std::size_t>(all, 3)),
                                       least * float(std::min<std::size_t>(all, 5)));
        const float room = one_line ? whole - entries : whole;
        // Beside bars of another temperature its own is told, even where there is little room.
        const bool other = view.knobs.real("temperature") != 1.0f;
        const std::string title = fitting(
            room, quiet(),
            {view.say(other || !view.presenting ? "early.line"
                      : one_line                ? "early.line.brief"
                                                : "early.line.plain"),
             view.say(other             ? "early.line.other"
                      : view.presenting ? "early.line.brief"
                                        : "early.line.lens"),
             view.say(other ? "early.short" : "early.line.brief"), view.say("early.short")});
        const float title_w = c.measure(title, quiet()).w + 10;
        c.text_in({p.tokens.x, y, std::min(title_w, room), 18}, title, quiet());
        Rect strip{p.tokens.x, y + 20, whole, 18};
        if (one_line) strip = {p.tokens.x + title_w, y, whole - title_w, 18};
        const std::size_t count = std::clamp<std::size_t>(std::size_t(strip.w / least), 2, all);
        const float w = std::min(strip.w / float(count), 240.0f);
        for (std::size_t k = 0; k < count; ++k) {
            const std::size_t i = k * (all - 1) / (count - 1);  // blocks passed
            const std::size_t stage = i * per;
            const Rect box{strip.x + w * float(k), strip.y, w, 18};
            const float mark = k > 0 ? 14.0f : 0.0f;
            if (k > 0) c.text_in({box.x, box.y, mark, 18}, "›", quiet());
            if (phase(double(2 * i)) < 1) continue;
            const Rect inside{box.x + mark, box.y, w - mark - 8, 18};
            const std::string word = lens_word(t, stage, n - 1);
            const std::string both = word + " " + percent(lens_share(t, stage, n - 1));
            const float word_w = std::min(c.measure(both, bold()).w, inside.w);
            const std::string name =
                fitting(inside.w - word_w - 6, quiet(),
                        {i == 0 ? view.say("box.embedding")
                                : view.say("box.block", {{"n", std::to_string(i)}}),
                         i == 0 ? view.say("box.embedding.short") : std::to_string(i), ""});
            float x = inside.x;
            if (!name.empty()) x = c.text_in({x, box.y, inside.w, 18}, name, quiet()).right() + 6;
            c.text_in({x, box.y, std::max(inside.right() - x, 10.0f) + 2, 18},
                      fitting(inside.right() - x + 2, bold(),
                              {both, word, shorten(word, inside.right() - x, bold())}),
                      bold());
            Region region;
            region.id = "early." + std::to_string(stage);
            region.box = box, region.kind = Region::Kind::button;
            region.action = "set show layers";
            region.target = {"lens.share", -1, -1, int(stage), int(n - 1), -1};
            c.region(std::move(region));
        }
    }

    // ---- the next token

    // Ids by falling probability at the place on show, the one that was drawn among them.
    std::vector<std::size_t> candidates(std::size_t most) const {
        const Tensor& all = t["places.probabilities"];
        const auto row = all.row(place);
        std::vector<std::size_t> order(row.size());
        for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
        most = std::min(most, order.size());
        std::partial_sort(order.begin(), order.begin() + std::ptrdiff_t(most), order.end(),
                          [&](std::size_t a, std::size_t b) {
                              return row[a] != row[b] ? row[a] > row[b] : a < b;
                          });
        order.resize(most);
        if (place < generated() && most > 0) {
            const auto drawn = std::size_t(t["generated"].flat()[place]);
            if (std::find(order.begin(), order.end(), drawn) == order.end()) order.back() = drawn;
        }
        return order;
    }

    void next(const Places& p) {
        const std::string place_text = std::to_string(place + 1);
        std::string link = "infer/sampling?temperature=" + view.knobs.written("temperature") +
                           "&top_k=" + view.knobs.written("top_k") +
                           "&top_p=" + view.knobs.written("top_p") +
                           "&u=" + number_text(double(t["next.u"].flat()[0]), 6);
        door({p.bars.x, p.title_y, p.bars.w, p.door_h},
             {view.say("box.next"), view.say("box.next.short")}, "next", link, "door.next");
        std::string before =
            place == 0 ? word_at(t, "tokens", n - 1) : word_at(t, "generated", place - 1);
        // The mark of what was drawn is explained under the bars, or here when there is no room.
        const bool legend_below = early_height() > 20;
        const float drawn_w = c.measure(view.say("next.drawn"), quiet()).w + 14;
        const float room = p.bars.w - (legend_below ? 0 : drawn_w + 8);
        const std::string heat = number(double(view.knobs.real("temperature")));
        // A room hears of the temperature where it does something
        const bool plain = view.presenting && view.knobs.real("temperature") == 1.0f;
        c.text_in(
            {p.bars.x, p.door_y, room, 20},
            plain
                ? fitting(room, quiet(), {view.say("next.after.plain", {{"word", before}}), before})
                : fitting(room, quiet(),
                          {view.say("next.after", {{"word", before}, {"temperature", heat}}),
                           view.say("next.temperature", {{"temperature", heat}}), before}),
            quiet());
        if (phase(double(2 * layers + 1)) <= 0) return;

        const float row_h = std::clamp(p.bars.h / 8, 20.0f, 30.0f);
        const auto list = candidates(std::size_t(p.bars.h / row_h));
        const auto shares = t["places.probabilities"].row(place);
        const auto drawn = t["places.drawn"].row(place);
        float name_w = 30;
        for (std::size_t id : list)
            name_w = std::max(name_w, c.measure(vocabulary(t, double(id)), label()).w + 4);
        name_w = std::min(name_w, p.bars.w * 0.42f);
        float most = 0.0001f;
        for (std::size_t id : list) most = std::max({most, shares[id], drawn[id]});
        const bool said_yet =
            place < generated() && view.t >= 2.0 + 2.0 * double(layers) + double(place) + 0.6;
        const bool is_branched = t.text("branch.place") == place_text;
        const std::size_t other =
            is_branched ? std::size_t(t["branch"].flat()[place]) : std::size_t(-1);
        for (std::size_t r = 0; r < list.size(); ++r) {
            const std::size_t id = list[r];
            Rect line{p.bars.x, p.bars.y + float(r) * row_h, p.bars.w, row_h};
            Region region;
            region.id = "next." + std::to_string(r);
            region.box = line, region.kind = Region::Kind::button;
            region.action = "set branch " + place_text + ":" +
                            (id < t.names("vocabulary").size() ? t.names("vocabulary")[id]
                                                               : std::to_string(id));
            region.target = {"places.drawn", -1, -1, int(place), int(id), -1};
            region.enabled = generated() > 0;
            const bool is_said = said_yet && std::size_t(t["generated"].flat()[place]) == id;
            if (is_said || id == other)
                c.rect(line.inset(0, 1), (is_said ? theme.accent : theme.value).with_alpha(0.18f),
                       4);
            Rect mark = line.take_left(14);
            if (is_said) c.circle(mark.centre(), 4, theme.accent);
            if (id == other) {
                const Point m = mark.centre();
                c.polygon({{m.x, m.y - 5}, {m.x + 5, m.y}, {m.x, m.y + 5}, {m.x - 5, m.y}},
                          theme.value);
            }
            c.text_in(line.take_left(name_w), vocabulary(t, double(id)), label(Align::right));
            line.take_left(6);
            const float value_w = 50;
            Rect bar = line;
            bar.w -= value_w;
            bar = bar.inset(0, row_h * 0.24f);
            const float w = bar.w * drawn[id] / most, all = bar.w * shares[id] / most;
            if (drawn[id] > 0)
                c.rect({bar.x, bar.y, std::max(w, 1.0f), bar.h}, theme.attention, 2);
            else {
                c.hatch({bar.x, bar.y, std::max(all, 3.0f), bar.h}, theme.text_quiet, 4);
                c.outline({bar.x, bar.y, std::max(all, 3.0f), bar.h}, {theme.outline, 1});
            }
            c.text_in(line.take_right(value_w - 2),
                      drawn[id] > 0 ? percent(double(drawn[id])) : "0 %", label(Align::right));
            c.region(std::move(region));
        }
        //: what the marks mean
        Rect legend{p.bars.x, p.bars.bottom() + 8, p.bars.w, 18};
        if (said_yet) {
            const Rect mark = legend_below ? legend.take_left(drawn_w)
                                           : Rect{p.bars.right() - drawn_w, p.door_y, drawn_w, 20};
            c.circle({mark.x + 4, mark.centre().y}, 4, theme.accent);
            c.text_in({mark.x + 13, mark.y, drawn_w - 13, mark.h}, view.say("next.drawn"), quiet());
            if (legend_below) legend.take_left(12);
        }
        const auto left =
            std::size_t(std::count_if(drawn.begin(), drawn.end(), [](float v) { return v > 0; }));
        if (left < drawn.size() && legend_below) {
            c.hatch({legend.x, legend.y + 4, 12, 10}, theme.text_quiet, 4);
            c.outline({legend.x, legend.y + 4, 12, 10}, {theme.outline, 1});
            c.text_in({legend.x + 16, legend.y, legend.w - 16, 18},
                      view.say("next.cut", {{"left", std::to_string(left)}}), quiet());
        }
        ring(c, {p.bars.x, p.title_y, p.bars.w, p.bars.bottom() - p.door_y + 34}, "next", view);
    }

    // ---- the text goes on

    float chip(Point at, float room, const std::string& word, double share, bool lit,
               const std::string& id, const std::string& action, const std::string& tip,
               Color color) {
        const std::string shown = shown_token(word);
        const float w =
            std::max(c.measure(shown, label()).w + 14, c.measure(percent(share), quiet()).w + 4);
        if (w > room) return 0;
        const Rect box{at.x, at.y, w, 24};
        c.rect(box, color.with_alpha(lit ? 0.35f : 0.14f), 5, {color, lit ? 2.0f : 1.0f});
        c.text_in(box.inset(2, 0), shown, label(Align::centre));
        c.text_in({at.x - 2, at.y + 25, w + 4, 18}, percent(share), quiet(Align::centre));
        Region region;
        region.id = id, region.box = {at.x, at.y, w, 44};
        region.kind = action.empty() ? Region::Kind::hover : Region::Kind::button;
        region.action = action, region.tip = tip;
        c.region(std::move(region));
        return w;
    }

    void text(Rect box) {
        c.line({box.x, box.y}, {box.right(), box.y}, {theme.hairline, 1});
        box.take_top(8);
        const TextStyle said{Font::body, text_body - 1, theme.text_quiet};
        //: the text so far, as much of its end as half a line holds
        std::vector<std::string> words = t.names("tokens");
        std::string before = joined(words);
        while (words.size() > 1 && c.measure(before, said).w > box.w * 0.42f) {
            words.erase(words.begin());
            before = "… " + joined(words);
        }
        if (c.measure(before, said).w > box.w * 0.42f) before = "…";
        const float start = box.x + c.text({box.x, box.y + 2}, before, said).w + 10;
        const std::size_t shown =
            std::size_t(std::clamp(view.t - 2.0 - 2.0 * double(layers), 0.0, double(generated())));
        float x = start;
        std::vector<float> at;
        std::size_t k = 0;
        for (; k < shown; ++k) {
            at.push_back(x);
            const float w =
                chip({x, box.y}, box.right() - x - (k + 1 < shown ? 30 : 0),
                     t.names("generated")[k], double(t["generated.share"].flat()[k]), k == place,
                     "said." + std::to_string(k), "set place " + std::to_string(k + 1),
                     view.say("tip.said", {{"n", std::to_string(k + 1)},
                                           {"word", shown_token(t.names("generated")[k])},
                                           {"p", number(double(t["generated.share"].flat()[k]))}}),
                     theme.accent);
            if (w == 0) {
                c.text({x, box.y + 3}, "+" + std::to_string(shown - k), quiet());
                break;
            }
            x += w + 5;
        }
        if (generated() == 0)
            c.text_in({start, box.y, box.right() - start, 24}, view.say("text.none"), quiet());
        const std::string hint = generated() == 0 ? "" : view.say("text.hint");
        if (!is_roomy() && x > start && k == shown)
            c.text_in(
                {x + 8, box.y, box.right() - x - 8, 24},
                fitting(box.right() - x - 8, quiet(), {hint, view.say("text.hint.short"), ""}),
                quiet(Align::right));
        if (!is_roomy() && x > start && k == shown)
            c.text_in({x + 8, box.y + 24, box.right() - x - 8, 18},
                      fitting(box.right() - x - 8, quiet(),
                              {view.say("text.joins"), view.say("text.joins.brief"), ""}),
                      quiet(Align::right));
        Rect below{box.x, box.y + 48, box.w, box.bottom() - box.y - 48};
        long long from = 0;
        if (parse_integer(t.text("branch.place"), from) && from >= 1 && !moving() &&
            std::size_t(from) <= at.size()) {
            other_way(below, std::size_t(from) - 1, at[std::size_t(from) - 1]);
        } else if (!is_low()) {
            if (is_roomy() && generated() > 0)
                c.text_in(below.take_top(20),
                          fitting(below.w, quiet(), {view.say("text.joins") + " " + hint, hint}),
                          quiet());
            c.text_in(below.take_top(20), about_model(), quiet());
        }
        if (!is_low() || !is_branched()) legend({box.x, box.bottom() - 18, box.w, 18});
        ring(c, box, "text", view);
    }

    // What the colours mean.
    void legend(Rect box) {
        MatrixStyle signs, shares;
        signs.high = 1, signs.low = -1;
        shares.map = Map::cividis, shares.norm = Norm::linear, shares.low = 0, shares.high = 1;
        for (const auto& [style, key] :
             {std::pair{signs, "legend.stream"}, {shares, "legend.looks"}}) {
            const std::string words = view.say(key);
            const float w = c.measure(words, quiet()).w;
            if (box.w < w + 130) return;
            color_bar(c, box.take_left(110), style, view, false);
            box.take_left(6);
            c.text_in(box.take_left(w + 1), words, quiet());
            box.take_left(20);
        }
    }

    void other_way(const Rect& below, std::size_t from, float at) {
        const float y = below.y + 2;
        c.polyline({{at + 8, below.y - 6}, {at + 8, y + 12}, {at + 20, y + 12}}, {theme.value, 2});
        float x = at + 24;
        const auto& words = t.names("branch");
        for (std::size_t k = from; k < words.size(); ++k) {
            const float w = chip(
                {x, y}, below.right() - x - (k + 1 < words.size() ? 30 : 0), words[k],
                double(t["branch.share"].flat()[k]), k == from, "other." + std::to_string(k), "",
                view.say("tip.other", {{"word", shown_token(words[k])},
                                       {"p", number(double(t["branch.share"].flat()[k]))}}),
                theme.value);
            if (w == 0) {
                c.text({x, y + 3}, "+" + std::to_string(words.size() - k), quiet());
                break;
            }
            x += w + 5;
        }
        //: back to one way
        const std::string back = view.say("text.back");
        const float w = c.measure(back, label()).w + 16;
        if (at - below.x > w + 8) {
            const Rect box{below.x, y, w, 24};
            c.rect(box, theme.raised, 5, {theme.outline, 1});
            c.text_in(box, back, label(Align::centre));
            Region region;
            region.id = "branch.drop", region.box = box, region.kind = Region::Kind::button;
            region.action = "reset branch", region.tip = view.say("tip.back");
            c.region(std::move(region));
        }
    }

    std::string about_model() const {
        const std::string& stories = t.text("stories");
        const auto sizes = t["sizes"].flat();
        std::string text;
        if (view.presenting && (stories == "en" || stories == "zh"))
            text = view.say("about.plain",
                            {{"parameters", format_count(double(sizes[2]), view.language)}});
        else if (stories == "en" || stories == "zh")
            text = view.say("about." + stories,
                            {{"parameters", format_count(double(sizes[2]), view.language)},
                             {"steps", number(double(sizes[0]))},
                             {"loss", number(std::round(double(sizes[1]) * 100) / 100)}});
        else
            text = view.say(stories.empty() ? "about.folder" : "about." + stories,
                            {{"parameters", format_count(double(sizes[2]), view.language)}});
        if (t.text("unknown") != "0")
            text = view.say("about.unknown", {{"n", t.text("unknown")}}) + " " + text;
        //: the rest is not only not shown, the model does not read it
        if (const std::string& all = t.text("all_tokens"); !all.empty())
            text = view.say("about.first", {{"n", std::to_string(n)}, {"all", all}}) +
                   (view.language == Language::chinese ? "" : " ") + text;
        return text;
    }

    // ---- layer by layer

    double told() const {
        const double all = 2.0 + 2.0 * double(layers) + double(generated());
        return std::clamp(view.t / all, 0.0, 1.0);
    }

    void stages(Rect box) {
        const bool both = view.shows("lens") && view.shows("norms");
        const std::size_t S = t["lens.share"].rows();
        float name_w = 0;
        for (std::size_t s = 0; s < S; ++s)
            name_w = std::max(name_w, c.measure(stage_name(t, view, s), label()).w);
        name_w += 4;
        //: both tables share the height, the second right below the first
        const float rest = (box.h - lens_frame - (both ? norms_frame : 0)) / float(S);
        const float norm_h =
            std::clamp(std::max(rest * 0.36f, std::min(20.0f, rest * 0.48f)), 12.0f, 44.0f);
        if (view.shows("lens"))
            lens(both ? box.take_top(lens_frame + std::min(rest - norm_h, 84.0f) * float(S)) : box,
                 name_w);
        if (view.shows("norms")) norms(box, name_w, both ? norm_h : 44.0f);
    }

    std::vector<std::string> token_names(float width) const {
        std::vector<std::string> names;
        for (const auto& word : t.names("tokens"))
            names.push_back(shorten(shown_token(word), width, quiet()));
        return names;
    }

    void lens(Rect box, float name_w) {
        const Tensor& share = t["lens.share"];
        const std::size_t S = share.rows();
        c.text_in(box.take_top(20), view.say(view.presenting ? "title.lens.plain" : "title.lens"),
                  bold());
        box.take_bottom(34);
        Rect head = box.take_top(20);
        head.take_left(name_w + 8), box.take_left(name_w + 8);
        const float w = std::min(box.w / float(n), 190.0f), h = std::min(box.h / float(S), 84.0f);
        const auto names = token_names(w - 4);
        for (std::size_t i = 0; i < n; ++i)
            c.text_in({head.x + w * float(i), head.y, w, 20}, names[i], quiet(Align::centre));
        MatrixStyle style;
        style.map = Map::cividis, style.norm = Norm::linear, style.low = 0, style.high = 1;
        const ColorScale scale = color_scale(share, style, view.dark);
        // Token by token, layer by layer, so that every step of the motion shows something
        const double done = told() * double(S * n);
        for (std::size_t s = 0; s < S; ++s) {
            const float y = box.y + h * float(s);
            c.text_in({box.x - name_w - 8, y, name_w, h}, stage_name(t, view, s),
                      label(Align::right));
            for (std::size_t i = 0; i < n; ++i) {
                if (done < double(s * n + i + 1) - 1e-6) break;
                const Rect cell = Rect{box.x + w * float(i), y, w, h}.inset(1);
                const Color fill = scale.color(share.row(s)[i]);
                c.rect(cell, fill, 3);
                TextStyle word{Font::bold, text_label, ink_on(fill), Align::centre};
                if (h >= 44 && w >= 84) word.size = text_body;
                const std::string text = shorten(lens_word(t, s, i), w - 6, word);
                if (h >= 36) {
                    const float line = word.size + 4;
                    c.text_in({cell.x, cell.centre().y - line, cell.w, line}, text, word);
                    word.font = Font::body;
                    c.text_in({cell.x, cell.centre().y, cell.w, line}, percent(lens_share(t, s, i)),
                              word);
                } else {
                    const std::string share_text = percent(lens_share(t, s, i));
                    c.text_in(cell, fitting(cell.w - 4, word, {text + "  " + share_text, text}),
                              word);
                }
            }
        }
        const Rect cells{box.x, box.y, w * float(n), h * float(S)};
        const Selection& chosen = view.chosen();
        if (chosen.tensor == "lens.share" && chosen.row >= 0 && chosen.col >= 0)
            c.outline(grid_cell(cells, S, n, std::size_t(chosen.row), std::size_t(chosen.col)),
                      {theme.text, 2}, 3);
        Region region;
        region.id = "cells.lens.share";
        region.box = cells, region.kind = Region::Kind::cells;
        region.target.tensor = "lens.share";
        region.rows = S, region.cols = n;
        c.region(std::move(region));
        color_bar(c, {cells.x, cells.bottom() + 4, std::min(cells.w, 200.0f), 18}, style, view,
                  false);
        c.text_in({cells.x + 210, cells.bottom() + 4, std::max(cells.w - 210, 10.0f), 18},
                  fitting(cells.w - 212, quiet(),
                          {view.say(view.presenting ? "note.lens.plain" : "note.lens"), ""}),
                  quiet());
        ring(c, cells, "lens", view);
    }

    void norms(Rect box, float name_w, float most) {
        const std::size_t S = t["norms"].rows();
        c.text_in(box.take_top(20), view.say("title.norms"), bold());
        box.take_left(name_w + 8);
        const float w = std::min(box.w / float(n), 190.0f);
        const float h = std::min((box.h - 26) / float(S), most);
        GridLook look;
        look.names_width = name_w;
        for (std::size_t s = 0; s < S; ++s) look.row_names.push_back(stage_name(t, view, s));
        look.style.map = Map::cividis, look.style.norm = Norm::linear;
        look.style.low = 0, look.style.high = round_up(largest_of(t, view, {"norms"}));
        look.reveal = float(told());
        const Rect cells{box.x, box.y + 2, w * float(n), h * float(S)};
        grid_cells(c, cells, t, "norms", focus, view, look);
        lens_bar(c, {cells.x, cells.bottom() + 4, std::min(cells.w, 200.0f), 18}, "norms",
                 t["norms"], look.style, view);
        ring(c, cells, "norms", view);
    }

    // ---- a card of the gallery

    void card(Rect box) {
        const float w = box.w / 10, gap = w * 0.5f;
        const Rect embed{box.x, box.y + 6, w * 2, box.h - 12};
        cells(embed, "embedded", Role::neutral, false, largest_of(t, view, {"embedded"}), phase(0));
        const Rect frame{embed.right() + gap, box.y, w * 4.4f, box.h};
        c.rect({frame.x + 5, frame.y - 4, frame.w, frame.h}, theme.background, 6,
               {theme.hairline, 1});
        c.rect(frame, theme.surface, 6, {theme.outline, 1.5f});
        const float half = (frame.w - 24) / 2;
        cells({frame.x + 8, frame.y + 10, half, frame.h - 20}, block(layer) + ".looks",
              Role::attention, true, 1, phase(double(1 + 2 * layer)));
        cells({frame.x + 16 + half, frame.y + 10, half, frame.h - 20}, block(layer) + ".y",
              Role::neutral, false, largest_of(t, view, {block(layer) + ".y"}),
              phase(double(2 + 2 * layer)));
        const Rect bars{frame.right() + gap, box.y + 6, box.right() - frame.right() - gap,
                        box.h - 12};
        const auto list = candidates(6);
        const auto shares = t["places.probabilities"].row(place);
        for (std::size_t r = 0; r < list.size(); ++r) {
            const float h = bars.h / 6, share = shares[list[r]] / std::max(shares[list[0]], 1e-6f);
            if (phase(double(2 * layers + 1)) > 0)
                c.rect({bars.x, bars.y + h * float(r) + 2, std::max(bars.w * share, 1.0f), h - 4},
                       theme.attention, 2);
        }
    }

    void page() {
        Rect all = Rect{0, 0, view.size.w, view.size.h}.inset(view.compact ? 10 : 18,
                                                              view.compact ? 12 : 10);
        if (view.compact) return card(all);
        const bool of_layers = view.shown.empty() ? view.knobs.choice("show") == "layers"
                                                  : view.shows("lens") || view.shows("norms");
        if (of_layers) return stages(all);
        if (view.shows("text")) {
            text(all.take_bottom(text_height()));
            all.take_bottom(4);
        }
        all.take_top(6);
        flow(all);
    }
};

}  // namespace

void draw(Canvas& c, const Trace& t, const View& view) {
    if (is_empty(t)) {
        if (!view.compact)
            c.text_in({0, 0, view.size.w, view.size.h}, view.say("empty"),
                      {Font::body, text_body, c.theme().text_quiet, Align::centre});
        return;
    }
    Picture picture{{c, t, view}};
    picture.start();
    picture.page();
}

}  // namespace orrery::viz::causal_decoder_panel
