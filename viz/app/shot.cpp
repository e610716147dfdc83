#include "viz/app/shot.hpp"

#include <algorithm>
#include <cstdio>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/text.hpp"
#include "viz/app/action.hpp"
#include "viz/app/catalogue.hpp"
#include "viz/app/compare.hpp"
#include "viz/app/controls.hpp"
#include "viz/app/export.hpp"
#include "viz/app/offscreen.hpp"
#include "viz/app/picture.hpp"
#include "viz/app/shell.hpp"
#include "viz/app/shot_command.hpp"
#include "viz/kit/registry.hpp"
#include "viz/kit/svg.hpp"

namespace orrery::viz {
namespace {

constexpr float footer_height = 40;

Size size_from(const std::string& text) {
    const auto x = text.find_first_of("xX");
    long long w = 0, h = 0;
    if (x == std::string::npos || !parse_integer(text.substr(0, x), w) ||
        !parse_integer(text.substr(x + 1), h) || w < 16 || h < 16 || w > 16384 || h > 16384)
        throw ValueError("size: is \"" + text + "\", wanted WxH from 16x16 to 16384x16384");
    return {float(w), float(h)};
}

}  // namespace

// How much larger than elsewhere the presenter draws; a window that is too low or narrow is drawn
// smaller.
static float window_scale(const Session& s, Size size) {
    return fitting_scale(s.presenting && s.panel() ? presenter_scale : 1.0f, size);
}

static Canvas window_of(const Session& s, Size size, bool dark) {
    const float k = window_scale(s, size);
    Canvas canvas({size.w / k, size.h / k}, dark, s.settings.high_contrast);
    draw_window(canvas, s);
    return canvas;
}

Canvas shot_of(const Session& session, const ShotOptions& options) {
    const bool dark = options.theme.empty() ? session.dark() : options.theme == "dark";
    Canvas canvas(options.size, dark, session.settings.high_contrast);
    if (options.window) {
        const float k = window_scale(session, options.size);
        if (k == 1) return window_of(session, options.size, dark);
        canvas.embed(window_of(session, options.size, dark), {0, 0, options.size.w, options.size.h},
                     k);
        return canvas;
    }
    const Theme& theme = canvas.theme();
    Rect page{0, 0, options.size.w, options.size.h};
    canvas.rect(page, theme.background);
    if (!session.panel()) {
        draw_window(canvas, session);
        return canvas;
    }
    Rect footer;
    if (options.footer) footer = page.take_bottom(footer_height);
    View view = session.view({page.w, page.h});
    view.dark = dark;
    view.compact = options.card;
    canvas.embed(session_picture(session, view), page);
    if (options.footer) {
        canvas.line({footer.x, footer.y}, {footer.right(), footer.y}, {theme.hairline});
        canvas.text_in(footer.inset(16, 0),
                       title_of(session.settings.language, session.component()),
                       {Font::bold, text_label, theme.text});
        canvas.text_in(
            footer.inset(16, 0),
            session.link_text() + " · " +
                session.say("status.seed", {{"seed", std::to_string(session.knobs().seed())}}),
            {Font::mono, text_label, theme.text_quiet, Align::right});
    }
    return canvas;
}

static std::unique_ptr<Session> opened(const std::string& link, const std::string& theme,
                                       const std::string& lang) {
    std::vector<std::string> notes;
    const Link parsed = parse_link(link, &notes);
    if (!parsed.component.empty() && !find_panel(parsed.component))
        throw ValueError("link: there is no component \"" + parsed.component +
                         "\": orrery list shows them all");
    auto session = std::make_unique<Session>(Session::Pace::at_once);
    if (!session->act("open " + link)) throw ValueError(session->notes.back().text);
    if (!theme.empty()) session->act_strictly("theme " + theme);
    if (!lang.empty()) session->act_strictly("language " + lang);
    session->settle();
    for (const auto& note : session->notes) notes.push_back(note.text);
    for (const auto& note : notes) std::fprintf(stderr, "orrery: %s\n", note.c_str());
    session->notes.clear();
    if (session->panel() && !session->shown().trace) throw ValueError(session->shown().error);
    return session;
}

Canvas shot_of_link(const std::string& link, const ShotOptions& options) {
    const auto session = opened(link, options.theme, options.lang);
    //: besides actions, the mouse: "mouse X Y", "click REGION" and "wait SECONDS", as the
    //: window has them
    Controls controls(*session);
    for (const std::string& action : options.actions) {
        const auto [verb, rest] = split_word(action);
        if (verb == "mouse" || verb == "click") {
            const float k = window_scale(*session, options.size);
            controls.update(window_of(*session, options.size, session->dark()));
            const Region* region = verb == "click" ? controls.find(rest) : nullptr;
            double x = region ? double(region->box.centre().x) : -1;
            double y = region ? double(region->box.centre().y) : -1;
            const auto [first, second] = split_word(rest);
            if (!region && (!parse_number(first, x) || !parse_number(second, y)))
                throw ValueError("--do: \"" + action + "\": there is no such place in the window");
            const Point at = region ? region->box.centre() : Point{float(x) / k, float(y) / k};
            controls.move(at);
            if (verb == "click") controls.press(at), controls.release(at);
        } else if (double seconds = 0; verb == "wait" && parse_number(rest, seconds)) {
            // Time passes as the window sees it, frame by frame.
            for (int frame = 0; frame < int(std::min(seconds, 60.0) * 60); ++frame)
                session->tick(session->clock() + 1.0 / 60);
        } else {
            session->act_strictly(action);
        }
        session->settle();
    }
    // The presenter is light unless it is told otherwise, and panes follow what was done.
    if (session->presenting && !options.theme.empty())
        session->act_strictly("theme " + options.theme);
    for (int i = 0; options.window && !options.actions.empty() && i < 3; ++i)
        if (!controls.update(window_of(*session, options.size, session->dark()))) break;
    return shot_of(*session, options);
}

void write_canvas(const Canvas& canvas, const std::string& path, float scale,
                  const std::string& link) {
    const std::string title = link.substr(0, link.find('?'));
    const Notes notes{
        {"Title", title.empty() ? "Orrery" : title}, {"Source", link}, {"Software", "Orrery"}};
    if (path.ends_with(".svg"))
        write_file(path, to_svg(canvas, notes));
    else if (path.ends_with(".png"))
        write_file(path, render_png(canvas, scale, notes));
    else
        throw ValueError(path + ": ends in neither .png nor .svg");
}

int shot_command(const ShotCommand& o) {
    if (o.view != "picture" && o.view != "window" && o.view != "card")
        throw ValueError("--view: is \"" + o.view + "\", wanted picture, window or card");
    if (!(o.scale >= 0.25f && o.scale <= 8))
        throw ValueError("--scale: wanted a number from 0.25 to 8");
    ShotOptions options;
    options.size = size_from(o.size);
    options.scale = o.scale;
    options.window = o.view == "window";
    options.card = o.view == "card";
    options.theme = o.theme, options.lang = o.lang;
    options.actions = o.actions;
    //: an empty picture is no picture: its commands are better
    if (const auto panel = open_panel(parse_link(o.link).component);
        panel && !panel->panel.draw && !options.window)
        throw ValueError(panel->id + ": has no picture yet: use `" + instead_of_picture(*panel) +
                         "`, or --view window for what it says and computes");
    write_canvas(shot_of_link(o.link, options), o.out, o.scale, o.link);
    return 0;
}

int text_command(const TextCommand& o) {
    const auto session = opened(o.link, "", o.lang);
    if (session->panel() && session->shown().trace->entries().empty())
        throw ValueError(session->component() + ": computes no tensors to describe: use `" +
                         instead_of_picture(*session->panel()) + "`");
    std::fputs(describe(*session).c_str(), stdout);
    return 0;
}

}  // namespace orrery::viz
