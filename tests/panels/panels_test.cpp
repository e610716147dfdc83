// Every panel there is: its knobs over their ranges, its picture at many sizes, its words
#include <algorithm>
#include <cmath>
#include <set>

#include "core/base/error.hpp"
#include "core/base/random.hpp"
#include "core/base/text.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/layout.hpp"
#include "tests/support/panel.hpp"
#include "tests/support/robot.hpp"
#include "viz/kit/format.hpp"
#include "viz/kit/grid.hpp"
#include "viz/kit/registry.hpp"

using namespace orrery;
using namespace orrery::viz;
using test::PanelAtWork;

namespace {

// NaN anywhere in the trace or a fact, named; "" when all is well. Infinities are results.
std::string first_nan(PanelAtWork& p) {
    if (p.declaration.make_job()) return "";  // there NaN means "not yet", or is the subject
    for (const Entry& entry : p.trace().entries()) {
        // What a formula gives without its precaution is there to be seen failing
        if (entry.name.starts_with("naive.")) continue;
        for (float v : entry.tensor.flat())
            if (std::isnan(v)) return entry.name;
    }
    for (const auto& fact : p.declaration.facts()) {
        const FactValue value = fact.read(p.trace(), p.knobs);
        if (!value.is_text && std::isnan(value.number)) return "fact " + fact.name;
    }
    return "";
}

std::vector<std::string> values_of(const Knob& knob) {
    switch (knob.type) {
        case Knob::Type::toggle:
            return {"true", "false"};
        case Knob::Type::choice:
            return knob.choices;
        case Knob::Type::text:
            return {"", "a", "7", "\"?;=.0.1"};
        default:
            break;
    }
    const bool whole = knob.type == Knob::Type::integer;
    const double middle =
        knob.scale == Scale::log ? std::sqrt(knob.low * knob.high) : (knob.low + knob.high) / 2;
    return {number_text(knob.low, 9), number_text(whole ? std::trunc(middle) : middle, 9),
            number_text(knob.high, 9)};
}

// Whether it computes; settings that make no sense together may be refused, in one clear line.
bool computes(PanelAtWork& p) {
    try {
        p.compute();
        return true;
    } catch (const Error& e) {
        CAPTURE(e.what());
        CHECK(std::string_view(e.what()).find(": ") != std::string_view::npos);
        CHECK(std::string_view(e.what()).find('\n') == std::string_view::npos);
        return false;
    }
}

const Size sizes[] = {{640, 400}, {880, 500}, {1340, 820}};

}  // namespace

TEST_CASE("panels: every knob over its range computes, draws and gives no NaN", "[panels][sweep]") {
    for (const auto& registered : panels()) {
        PanelAtWork first(registered.id);
        if (!first.runs()) continue;
        for (const Knob& knob : first.declaration.knobs())
            for (const std::string& value : values_of(knob)) {
                CAPTURE(registered.id, knob.name, value);
                PanelAtWork p(registered.id);
                REQUIRE_NOTHROW(p.knobs.set_clamped(knob.name, value));
                if (!computes(p)) continue;
                CHECK(first_nan(p) == "");
                REQUIRE_NOTHROW(p.draw(p.view()));
            }
        for (const auto& preset : first.declaration.presets()) {
            CAPTURE(registered.id, preset.name);
            PanelAtWork p(registered.id);
            for (const auto& [name, value] : preset.values)
                REQUIRE_NOTHROW(p.knobs.set(name, value));
            REQUIRE_NOTHROW(p.compute());
            CHECK(first_nan(p) == "");
            REQUIRE_NOTHROW(p.draw(p.view()));
        }
    }
}

TEST_CASE("panels: any text of the user draws", "[panels][sweep]") {
    for (const char* text : {"", "a", "\xff\xfe", "你好，世界", "a b c d e f g h i j k l m n o p",
                             "averyveryverylongwordthatdoesnotfitanywhereatall and another"})
        for (const auto& registered : panels()) {
            PanelAtWork p(registered.id, text);
            if (!p.runs() || !p.declaration.reads_text() || p.declaration.make_job()) continue;
            CAPTURE(registered.id, text);
            if (!computes(p)) continue;
            REQUIRE_NOTHROW(p.draw(p.view()));
        }
}

TEST_CASE("panels: nothing overlaps, is cut off or too small", "[panels][layout]") {
    for (const auto& registered : panels()) {
        PanelAtWork p(registered.id);
        if (!p.runs() || !p.panel.draw) continue;
        REQUIRE_NOTHROW(p.compute());
        const double length = p.length();
        for (const Size size : sizes)
            for (const Language language : {Language::english, Language::chinese})
                for (const bool dark : {true, false})
                    for (const double t : {0.0, 0.3 * length, 0.7 * length, length}) {
                        View view = p.view();
                        view.size = size, view.language = language, view.dark = dark, view.t = t;
                        const Canvas c = p.draw(view);
                        CAPTURE(registered.id, size.w, size.h, code(language), dark, t);
                        const auto problems = test::layout_problems(c);
                        CHECK(problems == std::vector<std::string>{});
                        if (t == length && !problems.empty()) break;
                    }
    }
}

TEST_CASE("panels: a gallery card draws", "[panels][layout]") {
    for (const auto& registered : panels()) {
        PanelAtWork p(registered.id);
        if (!p.runs() || !p.panel.draw) continue;
        REQUIRE_NOTHROW(p.compute());
        View view = p.view();
        view.compact = true, view.size = {220, 140};
        CAPTURE(registered.id);
        const auto problems = test::layout_problems(p.draw(view));
        CHECK(problems == std::vector<std::string>{});
    }
}

TEST_CASE("panels: what stands in a cell is the tensor's number", "[panels][hover]") {
    for (const auto& registered : panels()) {
        PanelAtWork p(registered.id);
        if (!p.runs() || !p.panel.draw) continue;
        REQUIRE_NOTHROW(p.compute());
        View view = p.view();
        view.size = {1340, 820};
        const Canvas c = p.draw(view);
        const auto cells = test::numbered_cells(c);
        if (cells.empty()) continue;
        Random random(3, registered.id);
        for (int n = 0; n < 40; ++n) {
            const auto& cell = cells[random.below(cells.size())];
            CAPTURE(registered.id, cell.at.tensor, cell.at.row, cell.at.col, cell.text);
            const Entry* entry = p.trace().find(cell.at.tensor);
            REQUIRE(entry);
            const Tensor matrix = flat_matrix(entry->tensor);
            REQUIRE(std::size_t(cell.at.row) < matrix.rows());
            REQUIRE(std::size_t(cell.at.col) < matrix.cols());
            const double stored =
                double(matrix.row(std::size_t(cell.at.row))[std::size_t(cell.at.col)]);
            CHECK(test::reads_as(cell.text, stored));
        }
    }
}

// What floats over the page in a window: the tooltip.
static std::vector<std::string> tooltip_of(const Canvas& c) {
    std::vector<std::string> lines;
    for (const Command& command : c.commands())
        if (const auto* text = std::get_if<DrawText>(&command.what); text && command.layer == 2)
            lines.push_back(text->text);
    return lines;
}

TEST_CASE("panels: the tooltip under the mouse says the exported number", "[panels][hover]") {
    for (const auto& registered : panels()) {
        if (!registered.make().draw) continue;
        test::Robot robot{std::string(registered.id)};
        const Session& session = robot.session;
        if (!session.shown().trace || session.panel()->declaration.make_job()) continue;
        robot.session.act("last");
        std::vector<Region> regions;  // of one cell, or of many
        const Canvas first = robot.frame();
        for (const Region& region : first.regions())
            if (!region.target.tensor.empty() && session.shown().trace->find(region.target.tensor))
                regions.push_back(region);
        REQUIRE(!regions.empty());
        Random random(5, registered.id);
        for (int n = 0; n < 40; ++n) {
            const Region& region = regions[random.below(regions.size())];
            const Point at{region.box.x + region.box.w * (0.02f + 0.96f * random.uniform()),
                           region.box.y + region.box.h * (0.02f + 0.96f * random.uniform())};
            robot.controls.move(at);
            const auto lines = tooltip_of(robot.frame());
            const Selection& s = session.hover;
            if (!s.is_cell()) continue;  // another region lies over it
            const Tensor& all = (*session.shown().trace)[s.tensor];
            const Tensor matrix = all.rank() == 4 && s.head >= 0
                                      ? all.slice(0).slice(std::size_t(s.head))
                                      : flat_matrix(all);
            const float value = matrix.row(std::size_t(s.row))[std::size_t(s.col)];
            CAPTURE(registered.id, region.id, s.tensor, s.row, s.col, value, lines);
            CHECK(std::count(lines.begin(), lines.end(), format_value(double(value))) >= 1);
        }
    }
}

TEST_CASE("panels: every explained cell has a formula that ends in its value or a reason",
          "[panels][hover]") {
    for (const auto& registered : panels()) {
        PanelAtWork p(registered.id);
        if (!p.runs() || p.declaration.make_job()) continue;
        REQUIRE_NOTHROW(p.compute());
        Random random(4, registered.id);
        for (const Entry& entry : p.trace().entries()) {
            if (!p.declaration.find_explain(entry.name) || entry.tensor.size() == 0) continue;
            const Tensor matrix = flat_matrix(entry.tensor);
            for (int n = 0; n < 10; ++n) {
                View view = p.view();
                Selection s;
                s.tensor = entry.name;
                s.row = int(random.below(matrix.rows())), s.col = int(random.below(matrix.cols()));
                view.hover = s;
                for (const Language language : {Language::english, Language::chinese}) {
                    view.language = language;
                    const Explanation e = explain(p.declaration, p.trace(), view, s);
                    CAPTURE(registered.id, entry.name, s.row, s.col, e.formula, e.why);
                    CHECK(!(e.formula + e.why).empty());
                    CHECK(e.why.find("⟦") == std::string::npos);
                    const float value = matrix.row(std::size_t(s.row))[std::size_t(s.col)];
                    const std::size_t equals = e.formula.rfind("= ");
                    if (equals != std::string::npos)
                        CHECK(test::reads_as(e.formula.substr(equals + 2), double(value)));
                }
            }
        }
    }
}

TEST_CASE("panels: the picture in words, in both languages", "[panels][words]") {
    for (const auto& registered : panels()) {
        PanelAtWork p(registered.id);
        if (!p.runs() || !p.declaration.words()) continue;
        REQUIRE_NOTHROW(p.compute());
        std::set<std::string> texts;
        for (const Language language : {Language::english, Language::chinese}) {
            View view = p.view();
            view.language = language;
            const std::string words = p.declaration.words()(p.trace(), view);
            CAPTURE(registered.id, words);
            CHECK(words.size() > 10);
            CHECK(words.find("⟦") == std::string::npos);
            CHECK(words.find('{') == std::string::npos);
            texts.insert(words);
        }
        CHECK(texts.size() == 2);
    }
}

TEST_CASE("panels: what is declared has a name in both languages", "[panels][words]") {
    for (const auto& registered : panels()) {
        const PanelAtWork p(registered.id);
        for (const Language language : {Language::english, Language::chinese}) {
            std::vector<std::string> keys{"title", "tagline"};
            for (const Knob& knob : p.declaration.knobs()) {
                if (knob.name == "edits") continue;
                keys.push_back("knob." + knob.name);
                keys.push_back("knob." + knob.name + ".help");
                if (knob.type == Knob::Type::choice && p.panel.draw)
                    for (const auto& choice : knob.choices) {
                        double number = 0;  // a number needs no translation
                        if (!parse_number(choice, number))
                            keys.push_back("knob." + knob.name + "." + choice);
                    }
            }
            for (const auto& fact : p.declaration.facts()) keys.push_back("fact." + fact.name);
            for (const auto& preset : p.declaration.presets())
                keys.push_back("preset." + preset.name);
            std::vector<std::string> missing;
            for (const auto& key : keys)
                if (!strings(language, registered.id).contains(key)) missing.push_back(key);
            CAPTURE(registered.id, code(language));
            CHECK(missing == std::vector<std::string>{});
        }
    }
}
