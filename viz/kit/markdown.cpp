#include "viz/kit/markdown.hpp"

#include <md4c.h>

#include <algorithm>
#include <utility>

#include "core/base/text.hpp"
#include "lessons/engine/lesson.hpp"
#include "viz/kit/fonts.hpp"

namespace orrery::viz {
namespace {

constexpr float list_indent = 24, quote_indent = 16, cell_pad = 8, least_width = 48;
constexpr std::uint32_t hard_break = '\v', soft_break = '\n';

//--- the document, as blocks one below the other

struct Run {
    std::string text;
    bool bold = false, code = false;
    std::string link;
    std::string fact;  // of which `text` is the number
};
using Runs = std::vector<Run>;

struct Cell {
    Runs runs;
    Align align = Align::left;
};

struct Block {
    enum class Kind { heading, paragraph, code, table, rule };
    Kind kind = Kind::paragraph;
    int level = 0;  // heading
    int lists = 0;  // how many lists it is inside of
    int quotes = 0;
    bool tight = false;  // in a list whose items stand close
    std::string bullet;  // of the first block of a list item
    Runs runs;
    std::string info, body;  // code
    bool fenced = false;
    std::vector<std::vector<Cell>> rows;  // table; the first is the header
};

std::string attribute(const MD_ATTRIBUTE& a) { return a.text ? std::string(a.text, a.size) : ""; }

std::string entity(std::string_view text) {
    static constexpr std::pair<std::string_view, std::string_view> known[] = {
        {"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&nbsp;", "\u00a0"}};
    for (const auto& [name, sign] : known)
        if (text == name) return std::string(sign);
    if (!text.starts_with("&#") || text.size() < 4) return std::string(text);
    std::uint32_t code = 0;
    const bool hex = text[2] == 'x' || text[2] == 'X';
    for (const char c : text.substr(hex ? 3 : 2, text.size() - (hex ? 4 : 3))) {
        const int digit = c >= '0' && c <= '9' ? c - '0'
                          : (c | 32) >= 'a'    ? (c | 32) - 'a' + 10
                                               : 99;
        if (digit >= (hex ? 16 : 10) || code > 0x10FFFF) return std::string(text);
        code = code * (hex ? 16u : 10u) + std::uint32_t(digit);
    }
    const bool whole = code >= 32 && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
    return whole ? to_utf8(code) : std::string(text);
}

class Builder {
   public:
    std::vector<Block> read(std::string_view text) {
        MD_PARSER parser{};
        parser.flags = MD_FLAG_TABLES | MD_FLAG_NOHTML | MD_FLAG_NOINDENTEDCODEBLOCKS;
        parser.enter_block = [](MD_BLOCKTYPE t, void* d, void* u) {
            return static_cast<Builder*>(u)->enter(t, d);
        };
        parser.leave_block = [](MD_BLOCKTYPE t, void*, void* u) {
            return static_cast<Builder*>(u)->leave(t);
        };
        parser.enter_span = [](MD_SPANTYPE t, void* d, void* u) {
            return static_cast<Builder*>(u)->span(t, d, +1);
        };
        parser.leave_span = [](MD_SPANTYPE t, void* d, void* u) {
            return static_cast<Builder*>(u)->span(t, d, -1);
        };
        parser.text = [](MD_TEXTTYPE t, const MD_CHAR* s, MD_SIZE n, void* u) {
            return static_cast<Builder*>(u)->text(t, {s, n});
        };
        md_parse(text.data(), MD_SIZE(text.size()), &parser, this);
        return std::move(blocks_);
    }

   private:
    struct List {
        bool ordered, tight;
        unsigned next;
    };

    Block& open(Block::Kind kind) {
        Block block;
        block.kind = kind;
        block.lists = int(lists_.size());
        block.quotes = quotes_;
        block.tight = !lists_.empty() && lists_.back().tight;
        block.bullet = std::exchange(bullet_, "");
        blocks_.push_back(std::move(block));
        leaf_ = true;
        return blocks_.back();
    }

    int enter(MD_BLOCKTYPE type, void* detail) {
        switch (type) {
            case MD_BLOCK_QUOTE:
                ++quotes_;
                break;
            case MD_BLOCK_UL:
                lists_.push_back(
                    {false, static_cast<MD_BLOCK_UL_DETAIL*>(detail)->is_tight != 0, 0});
                break;
            case MD_BLOCK_OL: {
                const auto* list = static_cast<MD_BLOCK_OL_DETAIL*>(detail);
                lists_.push_back({true, list->is_tight != 0, list->start});
                break;
            }
            case MD_BLOCK_LI:
                bullet_ = lists_.back().ordered ? std::to_string(lists_.back().next++) + "." : "•";
                leaf_ = false;
                break;
            case MD_BLOCK_HR:
                open(Block::Kind::rule);
                break;
            case MD_BLOCK_H:
                open(Block::Kind::heading).level =
                    int(static_cast<MD_BLOCK_H_DETAIL*>(detail)->level);
                break;
            case MD_BLOCK_CODE: {
                const auto* code = static_cast<MD_BLOCK_CODE_DETAIL*>(detail);
                Block& block = open(Block::Kind::code);
                block.info = attribute(code->info);
                block.fenced = code->fence_char != 0;
                break;
            }
            case MD_BLOCK_P:
                open(Block::Kind::paragraph);
                break;
            case MD_BLOCK_TABLE:
                open(Block::Kind::table);
                break;
            case MD_BLOCK_TR:
                blocks_.back().rows.emplace_back();
                break;
            case MD_BLOCK_TH:
            case MD_BLOCK_TD: {
                const MD_ALIGN align = static_cast<MD_BLOCK_TD_DETAIL*>(detail)->align;
                Cell cell;
                cell.align = align == MD_ALIGN_RIGHT    ? Align::right
                             : align == MD_ALIGN_CENTER ? Align::centre
                                                        : Align::left;
                blocks_.back().rows.back().push_back(std::move(cell));
                break;
            }
            default:
                break;
        }
        return 0;
    }

    int leave(MD_BLOCKTYPE type) {
        if (type == MD_BLOCK_QUOTE) --quotes_;
        if (type == MD_BLOCK_UL || type == MD_BLOCK_OL) lists_.pop_back();
        if (type != MD_BLOCK_TD && type != MD_BLOCK_TH && type != MD_BLOCK_TR &&
            type != MD_BLOCK_THEAD && type != MD_BLOCK_TBODY)
            leaf_ = false;
        return 0;
    }

    int span(MD_SPANTYPE type, void* detail, int change) {
        if (type == MD_SPAN_EM || type == MD_SPAN_STRONG) bold_ += change;
        if (type == MD_SPAN_CODE) code_ += change;
        if (type == MD_SPAN_A)
            link_ = change > 0 ? attribute(static_cast<MD_SPAN_A_DETAIL*>(detail)->href) : "";
        return 0;
    }

    int text(MD_TEXTTYPE type, std::string_view text) {
        if (!leaf_) open(Block::Kind::paragraph);
        Block& block = blocks_.back();
        if (block.kind == Block::Kind::code) {
            block.body += text;
            return 0;
        }
        std::string words(text);
        if (type == MD_TEXT_BR) words = char(hard_break);
        if (type == MD_TEXT_SOFTBR) words = char(soft_break);
        if (type == MD_TEXT_ENTITY) words = entity(text);
        if (type == MD_TEXT_NULLCHAR) words = "\u2400";
        if (block.kind == Block::Kind::table && (block.rows.empty() || block.rows.back().empty()))
            return 0;
        Runs& runs = block.kind == Block::Kind::table ? block.rows.back().back().runs : block.runs;
        const Run run{"", bold_ > 0, code_ > 0, link_};
        if (runs.empty() || runs.back().bold != run.bold || runs.back().code != run.code ||
            runs.back().link != run.link || run.code)
            runs.push_back(run);
        runs.back().text += words;
        return 0;
    }

    std::vector<Block> blocks_;
    std::vector<List> lists_;
    std::string bullet_, link_;
    int quotes_ = 0, bold_ = 0, code_ = 0;
    bool leaf_ = false;
};

//--- one paragraph of several fonts

struct Glyph {
    std::uint32_t value;
    std::size_t run, begin, length;
    float w;           // with the padding of code on both its ends
    float before = 0;  // padding in front
};

struct Style {
    float size = text_body;
    bool bold = false;
    Color color;
};

constexpr float code_pad = 4;

Font font_of(const Run& run, const Style& style) {
    if (run.code) return Font::mono;
    return run.bold || style.bold ? Font::bold : Font::body;
}

float size_of(const Run& run, const Style& style) {
    return run.code ? std::max(style.size * 0.875f, text_label) : style.size;
}

bool is_wide(std::uint32_t c) { return c >= 0x2E80; }

std::vector<Glyph> glyphs_of(const Runs& runs, const Style& style) {
    std::vector<Glyph> glyphs;
    for (std::size_t r = 0; r < runs.size(); ++r) {
        const Run& run = runs[r];
        const Font font = font_of(run, style);
        const float size = size_of(run, style);
        const std::size_t first = glyphs.size();
        for (std::size_t i = 0; i < run.text.size();) {
            const CodePoint c = next_code_point(std::string_view(run.text).substr(i));
            const std::size_t length = std::max<std::size_t>(c.length, 1);
            const bool broken = c.value == hard_break || c.value == soft_break;
            // A byte that is no character is shown as ⟨E4⟩
            const float w = broken    ? 0
                            : c.valid ? advance(font, c.value) * size
                                      : text_width(font, size, "⟨00⟩");
            glyphs.push_back({c.value, r, i, length, w});
            i += length;
        }
        if (run.code && glyphs.size() > first) {
            glyphs[first].before = code_pad;
            glyphs[first].w += code_pad;
            glyphs.back().w += code_pad;
        }
    }
    //: a line of the source ends: a blank, but nothing between two Chinese characters
    const float blank = advance(Font::body, ' ') * style.size;
    for (std::size_t i = 0; i < glyphs.size(); ++i) {
        if (glyphs[i].value != soft_break) continue;
        const bool joined = i > 0 && i + 1 < glyphs.size() && is_wide(glyphs[i - 1].value) &&
                            is_wide(glyphs[i + 1].value);
        glyphs[i].value = joined ? 0 : ' ';
        glyphs[i].w = joined ? 0 : blank;
    }
    std::erase_if(glyphs, [](const Glyph& g) { return g.value == 0; });
    return glyphs;
}

struct Line {
    std::size_t begin, end;  // glyphs, without the blanks at the end
    float w;
};

std::vector<Line> lines_of(const std::vector<Glyph>& glyphs, float width) {
    std::vector<Line> lines;
    std::size_t begin = 0, last_break = 0;
    float used = 0, used_at_break = 0;
    const auto close = [&](std::size_t end) {
        std::size_t kept = end;
        while (kept > begin && glyphs[kept - 1].value == ' ') --kept;
        float w = 0;
        for (std::size_t i = begin; i < kept; ++i) w += glyphs[i].w;
        lines.push_back({begin, kept, w});
    };
    for (std::size_t i = 0; i < glyphs.size(); ++i) {
        const Glyph& g = glyphs[i];
        if (g.value == hard_break) {
            close(i);
            begin = last_break = i + 1, used = used_at_break = 0;
            continue;
        }
        if (i > begin && may_break(glyphs[i - 1].value, g.value))
            last_break = i, used_at_break = used;
        if (used + g.w > width + 0.01f && i > begin && g.value != ' ') {
            const bool at_break = last_break > begin;
            const std::size_t end = at_break ? last_break : i;
            close(end);
            used = at_break ? used - used_at_break : 0;
            begin = last_break = end, used_at_break = 0;
            if (used + g.w > width && i > begin) {  // what was carried over is still too long
                close(i);
                begin = last_break = i, used = 0;
            }
        }
        used += g.w;
    }
    if (begin < glyphs.size() || lines.empty()) close(glyphs.size());
    return lines;
}

std::string unique_id(const Canvas& c, const std::string& id) {
    int count = 1;
    for (const Region& region : c.regions())
        if (region.id == id || region.id.starts_with(id + "#")) ++count;
    return count > 1 ? id + "#" + std::to_string(count) : id;
}

// "norm/layer_norm" for "layer_norm.md" in a lesson of the family norm; "" when it leads nowhere
// here.
std::string opened_by(std::string_view target, std::string_view component) {
    if (target.find("://") != target.npos || target.starts_with("mailto:")) return "";
    target = target.substr(0, target.find('#'));
    if (!target.ends_with(".md")) return std::string(target);
    return lessons::linked_lesson(component, target);
}

class Page {
   public:
    Page(Canvas& c, const View& view, const FenceDrawer& fence)
        : c_(c), view_(view), fence_(fence), theme_(c.theme()) {}

    float draw(const std::vector<Block>& blocks, const Rect& box) {
        float y = box.y;
        const Block* before = nullptr;
        for (const Block& block : blocks) {
            y += gap(before, block);
            const float quotes = float(std::min(block.quotes, 8)) * quote_indent;
            const float indent = quotes + float(std::min(block.lists, 8)) * list_indent;
            const Rect place{box.x + indent, y, std::max(box.w - indent, least_width), 0};
            if (!block.bullet.empty()) bullet(block, place);
            const float used = draw_block(block, place);
            for (int q = 0; q < std::min(block.quotes, 8); ++q) {
                const bool joins = before && before->quotes > q;
                const float top = joins ? y - gap(before, block) : y;
                c_.rect({box.x + float(q) * quote_indent, top, 3, y + used - top}, theme_.outline);
            }
            y += used;
            before = &block;
        }
        return y - box.y;
    }

   private:
    static float gap(const Block* before, const Block& block) {
        if (!before) return 0;
        if (block.kind == Block::Kind::heading)
            return before->kind == Block::Kind::heading ? 8 : 32;
        if (before->kind == Block::Kind::heading) return before->level == 1 ? 16 : 8;
        if (block.lists > 0 && before->lists > 0 && block.tight) return 4;
        return 16;
    }

    Style style_of(const Block& block) const {
        Style style{text_body, false, block.quotes > 0 ? theme_.text_quiet : theme_.text};
        if (block.kind == Block::Kind::heading) {
            style.bold = true;
            style.size = block.level == 1 ? text_title : text_body + (block.level == 2 ? 2 : 0);
        }
        return style;
    }

    void bullet(const Block& block, const Rect& place) {
        const Style style = style_of(block);
        const float step = line_height({Font::body, style.size, {}});
        c_.text_in({place.x - list_indent, place.y, list_indent - 8, step}, block.bullet,
                   {Font::body, style.size, theme_.text_quiet, Align::right});
    }

    float draw_block(const Block& block, const Rect& place) {
        switch (block.kind) {
            case Block::Kind::heading:
            case Block::Kind::paragraph:
                return paragraph(block.runs, place, style_of(block), Align::left);
            case Block::Kind::code:
                if (fence_ && block.fenced) return fence_(block.info, block.body, place);
                return code_block(c_, place, block.body, 0, 0, 0);
            case Block::Kind::table:
                return table(block, place);
            case Block::Kind::rule:
                c_.rect({place.x, place.y, place.w, 1}, theme_.hairline);
                return 1;
        }
        return 0;
    }

    float paragraph(const Runs& runs, const Rect& place, const Style& style, Align align) {
        const auto glyphs = glyphs_of(runs, style);
        const float step = line_height({Font::body, style.size, {}});
        float y = place.y;
        for (const Line& line : lines_of(glyphs, place.w)) {
            float x = place.x;
            if (align == Align::right) x += place.w - line.w;
            if (align == Align::centre) x += (place.w - line.w) / 2;
            const bool seen = y + step >= c_.clip().y && y <= c_.clip().bottom();
            if (seen) draw_line(runs, glyphs, line, {x, y}, step, style);
            y += step;
        }
        return y - place.y;
    }

    // The glyphs of a line, one text a run.
    void draw_line(const Runs& runs, const std::vector<Glyph>& glyphs, const Line& line, Point at,
                   float step, const Style& style) {
        const float base = at.y + (step - style.size * text_height) / 2 + text_base * style.size;
        float x = at.x;
        for (std::size_t i = line.begin; i < line.end;) {
            const std::size_t r = glyphs[i].run;
            const Run& run = runs[r];
            const float before = glyphs[i].before;
            std::string words;
            float w = 0;
            for (; i < line.end && glyphs[i].run == r; ++i) {
                const Glyph& g = glyphs[i];
                words += g.value == ' ' ? std::string_view(" ")
                                        : std::string_view(run.text).substr(g.begin, g.length);
                w += g.w;
            }
            draw_run(run, words, {x, base}, before, w, style);
            x += w;
        }
    }

    void draw_run(const Run& run, const std::string& words, Point at, float before, float w,
                  const Style& style) {
        const float size = size_of(run, style);
        const Rect box{at.x, at.y - 0.95f * style.size, w, 1.25f * style.size};
        Color color = style.color;
        if (run.code) {
            c_.rect(box, theme_.sunken, 4);
            color = theme_.text;
        }
        const std::string opens = run.link.empty() ? "" : opened_by(run.link, view_.component);
        if (!run.link.empty()) {
            color = theme_.accent;
            c_.line({at.x, at.y + 3}, {at.x + w, at.y + 3}, {theme_.accent.with_alpha(0.6f), 1});
        }
        const bool named = run.code && run.link.empty() && name_word(run, box);
        if (named)
            c_.line({box.x + code_pad, box.bottom()}, {box.right() - code_pad, box.bottom()},
                    {theme_.text_quiet, 1, Dash::dotted});
        c_.text({at.x + before, at.y - text_base * size}, words,
                {font_of(run, style), size, color});
        if (run.link.empty()) return;
        Region region;
        region.id = unique_id(c_, "link." + run.link);
        region.box = box;
        region.kind = opens.empty() ? Region::Kind::hover : Region::Kind::button;
        region.action = opens.empty() ? "" : "open " + opens;
        region.tip = opens.empty() ? run.link : "";
        c_.region(std::move(region));
    }

    // Whether a code span names something of the picture; if so hovering it can say and light it.
    bool name_word(const Run& run, const Rect& box) {
        std::string_view name = trim(run.fact.empty() ? run.text : run.fact);
        name = trim(name.substr(0, name.find(" = ")));
        const auto is_letter = [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                   c == '_' || c == '.';
        };
        if (name.empty() || name.size() > 60 || view_.component.empty() ||
            !std::all_of(name.begin(), name.end(), is_letter))
            return false;
        const auto& own = strings(view_.language, view_.component);
        for (const char* kind : {"part.", "fact.", "knob.", "input."}) {
            const auto title = own.find(kind + std::string(name));
            const bool is_fact = std::string_view(kind) == "fact.";
            if (title == own.end() || (!run.fact.empty() && !is_fact)) continue;
            Region region;
            region.id = unique_id(c_, "word." + std::string(name));
            region.box = box;
            region.tip = title->second;
            c_.region(std::move(region));
            return true;
        }
        return false;
    }

    float table(const Block& block, const Rect& place) {
        std::size_t columns = 0;
        for (const auto& line : block.rows) columns = std::max(columns, line.size());
        if (columns == 0) return 0;

        //: as wide as the words, or each its share
        std::vector<float> widths(columns, 0.0f);
        for (std::size_t r = 0; r < block.rows.size(); ++r)
            for (std::size_t k = 0; k < block.rows[r].size(); ++k) {
                float w = 0;
                for (const Glyph& g : glyphs_of(block.rows[r][k].runs, cell_style(r))) w += g.w;
                widths[k] = std::max(widths[k], w + 2 * cell_pad + 1);
            }
        fit(widths, place.w);

        float y = place.y, whole = 0;
        for (const float w : widths) whole += w;
        for (std::size_t r = 0; r < block.rows.size(); ++r) {
            float x = place.x, deepest = 0;
            for (std::size_t k = 0; k < block.rows[r].size(); ++k) {
                const Cell& cell = block.rows[r][k];
                const Rect inside{x + cell_pad, y + 6, widths[k] - 2 * cell_pad, 0};
                deepest =
                    std::max(deepest, paragraph(cell.runs, inside, cell_style(r), cell.align));
                x += widths[k];
            }
            y += deepest + 12;
            c_.rect({place.x, y - 1, whole, 1}, r == 0 ? theme_.outline : theme_.hairline);
        }
        return y - place.y;
    }

    Style cell_style(std::size_t r) const { return {text_body, r == 0, theme_.text}; }

    // Narrow columns keep their width; the others share what is left.
    static void fit(std::vector<float>& widths, float room) {
        float whole = 0;
        for (const float w : widths) whole += w;
        if (whole <= room) return;
        float left = room;
        std::size_t open = widths.size();
        std::vector<bool> kept(widths.size(), false);
        for (bool changed = true; changed && open > 0;) {
            changed = false;
            for (std::size_t k = 0; k < widths.size(); ++k)
                if (!kept[k] && widths[k] <= left / float(open)) {
                    kept[k] = changed = true;
                    left -= widths[k], --open;
                    if (open == 0) break;
                }
        }
        for (std::size_t k = 0; k < widths.size(); ++k)
            if (!kept[k]) widths[k] = std::max(left / float(open), least_width);
    }

    Canvas& c_;
    const View& view_;
    const FenceDrawer& fence_;
    const Theme& theme_;
};

// A claim, `fact = 0.446`, reads as its number; the fact's name is said when it is hovered.
void read_claims(Runs& runs, const View& view) {
    for (Run& run : runs) {
        const auto equals = run.text.find(" = ");
        if (!run.code || equals == std::string::npos || view.component.empty()) continue;
        const std::string name(trim(std::string_view(run.text).substr(0, equals)));
        if (!find_string(view.language, view.component, "fact." + name)) continue;
        run.text = trim(std::string_view(run.text).substr(equals + 3));
        run.fact = name;
    }
}

}  // namespace

float markdown(Canvas& c, const Rect& box, std::string_view text, const View& view,
               const FenceDrawer& fence) {
    auto blocks = Builder().read(text);
    for (Block& block : blocks) {
        read_claims(block.runs, view);
        for (auto& row : block.rows)
            for (Cell& cell : row) read_claims(cell.runs, view);
    }
    return Page(c, view, fence).draw(blocks, box);
}

}  // namespace orrery::viz
