// What each action does. The verbs, their arguments and keys are listed in viz/app/action.cpp.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/text.hpp"
#include "viz/app/action.hpp"
#include "viz/app/cards.hpp"
#include "viz/app/export.hpp"
#include "viz/app/lesson_player.hpp"
#include "viz/app/own_text.hpp"
#include "viz/app/palette.hpp"
#include "viz/app/session.hpp"
#include "viz/app/slider.hpp"
#include "viz/app/text_editor.hpp"
#include "viz/kit/counting.hpp"
#include "viz/kit/format.hpp"

namespace orrery::viz {
namespace {

constexpr double most_strides = 4;            // through the animation of one stop of a path
constexpr double longest_glide = 1.5;         // seconds of one such stride
constexpr std::size_t most_link_text = 4096;  // longer texts are named in links, not carried

double number_in(std::string_view verb, std::string_view text) {
    double value = 0;
    if (!parse_number(trim(text), value) || std::isnan(value))
        throw ValueError(std::string(verb) + ": is \"" + std::string(text.substr(0, 40)) +
                         "\", wanted a number");
    return value;
}

std::size_t whole_in(std::string_view verb, std::string_view text) {
    const double value = number_in(verb, text);
    if (value < 0 || value > 1e12 || value != std::floor(value))
        throw ValueError(std::string(verb) + ": is " + std::string(text.substr(0, 40)) +
                         ", wanted a whole number from 0");
    return std::size_t(value);
}

bool on_off(std::string_view verb, std::string_view text) {
    if (text == "on" || text == "open" || text == "true") return true;
    if (text == "off" || text == "closed" || text == "false") return false;
    throw ValueError(std::string(verb) + ": is \"" + std::string(text.substr(0, 40)) +
                     "\", wanted on or off");
}

void toggle(std::vector<std::string>& list, std::string_view word, bool in) {
    std::erase(list, word);
    if (in) list.emplace_back(word);
}

}  // namespace

struct Actions {
    Session& s;
    std::string_view verb, rest;
    bool strict;

    using Do = void (*)(Actions&);
    static const std::map<std::string_view, Do>& table();

    std::string_view word() {
        const auto [first, others] = split_word(rest);
        rest = others;
        return first;
    }
    const OpenPanel& panel() const {
        if (!s.panel_) throw ValueError(std::string(verb) + ": no picture is open");
        return *s.panel_;
    }
    const Trace& trace() const {
        panel();
        if (!s.shown_.trace) throw ValueError(std::string(verb) + ": nothing is computed yet");
        return *s.shown_.trace;
    }
    void need_job() const {
        if (!panel().declaration.make_job())
            throw ValueError(std::string(verb) + ": " + s.component_ + " has no training");
    }
    const Knob& knob(std::string_view name) const {
        for (const Knob& k : panel().declaration.knobs())
            if (k.name == name) return k;
        throw ValueError("knob " + std::string(name) + ": this panel has none of that name");
    }

    //--- knobs and inputs
    void set() {
        const std::string_view name = word();
        s.set_knob(name, rest, strict);
    }
    void slide() {
        const Knob& k = knob(word());
        s.set_knob(k.name, slider_value(k, number_in(verb, rest)), false);
    }
    void nudge() {
        const Knob& k = knob(word());
        s.set_knob(k.name, slider_nudge(k, s.knobs_, int(number_in(verb, rest))), false);
    }
    void flip() {
        const Knob& k = knob(word());
        s.set_knob(k.name, s.knobs_.flag(k.name) ? "false" : "true", strict);
    }
    void reset() {
        Knobs changed = s.knobs_;
        if (rest.empty()) {
            changed = Knobs(panel().declaration.knobs());
            changed.set_seed(s.knobs_.seed());
        } else {
            changed.reset(rest);
        }
        if (changed == s.knobs_) return;
        s.remember("reset");
        s.knobs_ = changed;
        s.want();
    }
    void preset() {
        for (const auto& preset : panel().declaration.presets())
            if (preset.name == rest) {
                s.remember("preset");
                Knobs changed(panel().declaration.knobs());
                changed.set_seed(s.knobs_.seed());
                for (const auto& [name, value] : preset.values) changed.set(name, value);
                s.knobs_ = changed;
                s.want();
                return;
            }
        throw ValueError("preset " + std::string(rest) + ": this panel has none of that name");
    }
    void seed() {
        const std::size_t seed = whole_in(verb, rest);
        panel();
        s.remember("seed");
        s.knobs_.set_seed(seed);
        s.want();
    }
    void edit() {
        auto words = split(rest, ' ');
        if (words.size() < 2) throw ValueError("edit: wanted a tensor, its indices and a number");
        const bool undoes = words.back() == "default";
        if (!undoes) number_in(verb, words.back());
        if (!s.knobs_.has("edits")) throw ValueError("edit: this panel has no numbers to edit");
        std::string cell = words[0];
        for (std::size_t i = 1; i + 1 < words.size(); ++i)
            cell += "." + std::to_string(whole_in(verb, words[i]));
        std::string edits;
        for (const auto& old : split(s.knobs_.text("edits"), ';'))
            if (!old.empty() && old.substr(0, old.find('=')) != cell) edits += old + ";";
        if (undoes && !edits.empty()) edits.pop_back();
        s.set_knob("edits", undoes ? edits : edits + cell + "=" + words.back(), strict);
    }

    //--- selection
    void move() {
        const int rows = int(number_in(verb, word())), cols = int(number_in(verb, rest));
        Selection at = s.lock.empty() ? s.hover : s.lock;
        const Entry* entry = at.tensor.empty() ? nullptr : trace().find(at.tensor);
        if (!entry) {
            for (const Entry& e : trace().entries())
                if (e.tensor.rank() >= 2 && e.tensor.size() > 0) {
                    entry = &e, at.tensor = e.name;
                    break;
                }
            if (!entry) return;
        }
        const Tensor& t = entry->tensor;
        const int height = t.rank() < 2 ? 1 : int(t.dim(-2)), width = int(t.cols());
        if (height < 1 || width < 1) return;
        at.row = std::clamp(at.row < 0 ? 0 : at.row + rows, 0, height - 1);
        at.col = std::clamp(at.col < 0 ? 0 : at.col + cols, 0, width - 1);
        s.lock = at;
        s.hover = {};
    }
    void turn(std::string_view name) {
        if (!s.knobs_.has(name)) return;
        const Knob& k = knob(name);
        s.set_knob(k.name, slider_nudge(k, s.knobs_, int(number_in(verb, rest))), false);
    }
    void copy() {
        const Selection at = s.hover.empty() ? s.lock : s.hover;
        if (!at.is_cell() || !trace().find(at.tensor)) return;
        const double value = cell_value(trace()[at.tensor], at);
        s.clipboard = format_value(value, true);
        s.note(s.say("note.copied", {{"what", s.clipboard}}));
    }

    //--- the large field
    TextEditor& editor() const {
        if (!s.editor) throw ValueError(std::string(verb) + ": no text is being edited");
        return *s.editor;
    }
    // The text's own field, or that of a text knob.
    void edit_text() {
        const std::string field(rest);
        std::string text;
        if (field == "text" && panel().declaration.reads_text()) {
            const std::string& which = knob_of_text(s.panel());
            if (which.empty() || s.knobs_.choice(which) == own_text_choice)
                text = s.workspace_->text;
            s.editor_title = s.say("knob.text");
        } else if (field.starts_with("knob.") && knob(field.substr(5)).type == Knob::Type::text) {
            text = s.knobs_.text(field.substr(5));
            const std::string* title = find_string(s.settings.language, s.component_, field);
            s.editor_title = title ? *title : field.substr(5);
        } else {
            throw ValueError("edit-text: is \"" + field.substr(0, 40) +
                             "\", wanted text or knob.NAME of a text");
        }
        if (const auto draft = s.drafts.find(field); draft != s.drafts.end()) {
            text = draft->second;
            s.drafts.erase(draft);
        }
        if (text.size() > editor_most_bytes) throw ValueError(s.say("editor.long", sizes(text)));
        close_all();
        s.editor = std::make_shared<TextEditor>(std::move(text));
        s.editor_for = field;
        s.editor_problem.clear();
        s.scrolls["editor"] = 0, s.reveal_caret = true;
        s.focus = "editor.text";
    }
    Arguments sizes(const std::string& text) const {
        return {{"size", format_bytes(double(text.size()))},
                {"most", format_bytes(double(editor_most_bytes))}};
    }
    // Why a text can not be taken; "" when it can.
    std::string problem_of(const std::string& text) const {
        if (const std::size_t at = first_invalid_utf8(text); at != std::string::npos)
            return s.say("editor.not_utf8", {{"at", counted(static_cast<long long>(at))}});
        for (const char c : text)
            if (static_cast<unsigned char>(c) < 32 && c != '\n' && c != '\t' && c != '\r')
                return s.say("editor.control");
        return "";
    }
    void editor_insert(const std::string& text) {
        TextEditor& e = editor();
        s.editor_problem = problem_of(text);
        const auto [begin, end] = e.selection();
        const std::size_t size = e.text().size() - (end - begin) + text.size();
        if (s.editor_problem.empty() && size > editor_most_bytes)
            s.editor_problem = s.say("editor.too_long", sizes(std::string(size, ' ')));
        if (s.editor_problem.empty()) e.insert(text), s.reveal_caret = true;
    }
    void editor_file() {
        TextEditor& e = editor();
        if (!rest.empty()) s.drafts["editor.path"] = rest;
        std::string path(trim(s.drafts["editor.path"]));
        if (path.size() > 1 && path.front() == '"' && path.back() == '"')
            path = path.substr(1, path.size() - 2);
        if (path.starts_with("~/"))
            if (const char* home = std::getenv("HOME")) path = home + path.substr(1);
        const auto refuse = [&](const std::string& why) {
            s.editor_problem = why + s.say("editor.unchanged");
        };
        if (path.empty()) return refuse(s.say("editor.no_path"));
        std::error_code unknown;
        const auto kind = std::filesystem::status(path, unknown).type();
        // A pipe or a device would be waited for.
        if (kind != std::filesystem::file_type::regular &&
            kind != std::filesystem::file_type::directory &&
            kind != std::filesystem::file_type::not_found)
            return refuse(s.say("editor.no_file", {{"file", path}}));
        if (const auto size = std::filesystem::file_size(path, unknown);
            !unknown && kind == std::filesystem::file_type::regular && size > editor_most_bytes)
            return refuse(
                s.say("editor.file_long", {{"file", path},
                                           {"size", format_bytes(double(size))},
                                           {"most", format_bytes(double(editor_most_bytes))}}));
        std::string text;
        try {
            text = read_file(path == "-" ? "./-" : path, editor_most_bytes);
        } catch (const Error& error) {
            return refuse(std::string(error.what()) + ". ");
        }
        if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
        if (text.empty()) return refuse(s.say("editor.empty", {{"file", path}}));
        if (const std::string why = problem_of(text); !why.empty())
            return refuse(path + ": " + why);
        std::string clean;
        for (std::size_t i = 0; i < text.size(); ++i)
            if (text[i] != '\r' || i + 1 == text.size() || text[i + 1] != '\n') clean += text[i];
        e.replace(std::move(clean));
        s.editor_problem.clear();
        s.focus = "editor.text", s.reveal_caret = true;
    }
    void editor_use() {
        const std::string text = editor().text(), field = s.editor_for;
        try {
            // Not through a line of words: blanks and newlines at the ends are kept.
            const std::string_view does = field == "text" ? "own-text" : "set";
            if (does == "set") {
                s.set_knob(field.substr(5), text, true);
            } else {
                Actions other{s, does, text, strict};
                table().find(does)->second(other);
            }
        } catch (const Error& error) {
            s.editor_problem = error.what();
            return;
        }
        s.editor.reset();
        s.focus.clear(), s.drafts.erase(field), s.drafts.erase("editor.path");
    }
    void editor_cancel() {
        if (!s.editor) return;
        s.editor.reset();
        s.editor_problem.clear();
        s.focus.clear(), s.drafts.erase("editor.path");
    }

    void unpin() {
        if (!s.pinned_) return;
        s.remember("pin");
        s.pin_worker_.reset();
        s.pinned_.reset(), s.difference_.reset(), s.compare_.clear();
    }

    //--- matrices
    void lens() {
        const std::string name(word());
        const std::string_view what = word();
        Lens lens = s.lenses.count(name) ? s.lenses[name] : Lens{};
        const auto one_of = [&](std::initializer_list<std::string_view> words) {
            if (rest != "default" && std::find(words.begin(), words.end(), rest) == words.end())
                throw ValueError("lens " + std::string(what) + ": there is no \"" +
                                 std::string(rest.substr(0, 40)) + "\"");
            return std::string(rest == "default" ? "" : rest);
        };
        const Lens before = lens;
        if (what == "norm") {
            lens.norm = one_of({"", "linear", "log", "per_row", "symmetric"});
        } else if (what == "map") {
            lens.map = one_of({"", "cividis", "viridis", "grey", "diverging", "dots"});
        } else if (what == "shift") {
            // An end dragged: "low|high|both_low|both_high PER_PIXEL LOW HIGH DX DY"
            const std::string_view end = word();
            const double per_pixel = number_in(verb, word());
            const double from = number_in(verb, word()), to = number_in(verb, word());
            if (lens.low == lens.high) lens.low = float(from), lens.high = float(to);
            const auto by = float(number_in(verb, word()) * per_pixel);
            const auto least = float(std::abs(per_pixel));
            if (end.starts_with("both_")) {
                lens.high = std::max(lens.high + (end == "both_low" ? -by : by), least);
                lens.low = -lens.high;
            } else if (end == "low")
                lens.low = std::min(lens.low + by, lens.high - least);
            else
                lens.high = std::max(lens.high + by, lens.low + least);
            if (!std::isfinite(lens.low) || !std::isfinite(lens.high)) lens.low = lens.high = 0;
        } else if (what == "view") {
            Rect r{float(number_in(verb, word())), float(number_in(verb, word())),
                   float(number_in(verb, word())), float(number_in(verb, word()))};
            if (!(r.w > 0) || !(r.h > 0) || r.w > 1 || r.h > 1) r = {0, 0, 1, 1};
            r.x = std::clamp(r.x, 0.0f, 1 - r.w), r.y = std::clamp(r.y, 0.0f, 1 - r.h);
            lens.view = r;
        } else if (what == "range") {
            const double low = number_in(verb, word()), high = number_in(verb, word());
            lens.low = float(std::min(low, high)), lens.high = float(std::max(low, high));
        } else if (what == "fit") {
            lens = {};
        } else {
            throw ValueError("lens: is \"" + std::string(what) +
                             "\", wanted norm, map, view, range, shift or fit");
        }
        if (!(lens == before)) s.remember("lens " + name);
        if (lens.plain())
            s.lenses.erase(name);
        else
            s.lenses[name] = lens;
    }
    // Larger by `factor` about the point (x, y) of what is on show, given as fractions of it.
    void zoom() {
        const std::string name(word());
        const double x = number_in(verb, word()), y = number_in(verb, word()),
                     factor = number_in(verb, word());
        Lens lens = s.lenses.count(name) ? s.lenses[name] : Lens{};
        Rect& r = lens.view;
        const float w = std::clamp(float(r.w / factor), 1e-5f, 1.0f),
                    h = std::clamp(float(r.h / factor), 1e-5f, 1.0f);
        r = {std::clamp(r.x + float(x) * (r.w - w), 0.0f, 1 - w),
             std::clamp(r.y + float(y) * (r.h - h), 0.0f, 1 - h), w, h};
        if (lens.plain())
            s.lenses.erase(name);
        else
            s.lenses[name] = lens;
    }
    void pan() {
        const std::string name(word());
        const auto it = s.lenses.find(name);
        if (it == s.lenses.end()) return;
        Rect& r = it->second.view;
        r.x = std::clamp(r.x + float(number_in(verb, word())) * r.w, 0.0f, 1 - r.w);
        r.y = std::clamp(r.y + float(number_in(verb, word())) * r.h, 0.0f, 1 - r.h);
    }

    //--- time and training
    void play() {
        panel();
        if (s.motion_.length <= 0) return;
        if (s.motion_.t >= s.motion_.length) s.motion_.t = 0;
        s.motion_.playing = true, s.motion_.at_end = s.motion_.opening = false;
    }
    void pause() {
        s.motion_.playing = s.motion_.opening = false;
        s.motion_.until = Motion{}.until;
    }
    // There at once, or, before a class, as a movement that eyes can follow.
    void glide(double to) {
        const Motion& m = s.motion_;
        if (!s.presenting || s.settings.reduced_motion || s.pace_ == Session::Pace::at_once ||
            to <= m.t)
            return s.set_t(to);
        s.motion_.until = to, s.motion_.rate = (to - m.t) / longest_glide;
        s.motion_.playing = true, s.motion_.at_end = s.motion_.opening = false;
    }
    void run(bool on) {
        need_job();
        s.wish_.run = on;
        s.wish_.near = false;
        if (!on || std::exchange(s.opening_run_, false)) s.wish_.until = {};
        s.want();
    }
    // What is no condition is said beside the field, with what would be one.
    void until() {
        need_job();
        s.until_wrong.clear(), s.until_problem.clear();
        const auto refuse = [&](std::string why) {
            if (strict) throw ValueError("until: " + why);
            s.until_wrong = rest, s.until_problem = std::move(why);
        };
        Until wanted;
        try {
            wanted = until_from(rest);
        } catch (const Error&) {
            return refuse(s.say("until.unclear", {{"text", std::string(rest.substr(0, 40))}}));
        }
        if (wanted.scalar.empty()) {
            s.wish_.until = {};
            return s.want();
        }
        const Curves* curves = s.job_.curves.get();
        if (wanted.scalar != "step" && wanted.scalar != "nan" && curves && !curves->names.empty() &&
            !curves->find(wanted.scalar)) {
            std::string names;
            for (const auto& name : curves->names) names += (names.empty() ? "" : ", ") + name;
            return refuse(s.say("until.no_scalar", {{"name", wanted.scalar}, {"names", names}}));
        }
        if (wanted.scalar == "step" && wanted.bound <= double(s.job_.position))
            return refuse(s.say("until.passed", {{"step", std::to_string(s.job_.position)}}));
        s.opening_run_ = false;
        s.wish_.until = wanted;
        run(true);
    }
    void scrub(std::size_t step, bool near) {
        need_job();
        s.seek(step, near);
    }
    void restart(bool new_seed) {
        panel();
        if (new_seed) {
            s.remember("seed");
            s.knobs_.set_seed(s.knobs_.seed() + 1);
        }
        if (panel().declaration.make_job()) {
            ++s.wish_.restart;
            s.seek(0, false);
        } else if (new_seed) {
            s.want();
        } else {
            reset();
        }
        if (s.motion_.length > 0 && !s.settings.reduced_motion &&
            s.pace_ != Session::Pace::at_once) {
            s.motion_.t = 0;
            s.motion_.playing = s.motion_.opening = true, s.motion_.at_end = false;
        }
    }

    // One operation on. On a path to the next sentence, through long animations in a few strides, and
    // from the end of both to the next stop.
    void next(int direction) {
        const bool on = direction > 0;
        s.strokes.clear();
        if (s.presenting && s.on_path()) return next_on_path(on);
        const double t = there();
        pause();
        if (on ? t < s.motion_.length : t > 0)
            glide(on ? std::min(std::floor(t + 1), s.motion_.length)
                     : std::max(std::ceil(t - 1), 0.0));
    }
    double there() const { return std::isfinite(s.motion_.until) ? s.motion_.until : s.motion_.t; }
    void next_on_path(bool on) {
        const Slide& slide = s.playlist[s.playlist_at];
        const double length = s.motion_.length, t = there();
        const std::size_t said = slide.sentences.size();
        const bool moved_all = on ? t >= length : t <= 0;
        if (moved_all && (on ? s.sentence_at + 1 >= said : s.sentence_at == 0)) {
            if (on && s.playlist_at + 1 == s.playlist.size()) return s.note(s.say("path.end"));
            if (on || s.playlist_at > 0)
                go_to_stop(s.playlist_at + (on ? 1 : std::size_t(-1)), !on);
            return;
        }
        pause();
        if (moved_all) return void(s.sentence_at += on ? 1 : std::size_t(-1));
        std::vector<double> stops{0, length};
        const double stride = std::max(1.0, std::ceil(length / most_strides));
        for (double at = stride; said > 1 && at < length; at += stride) stops.push_back(at);
        for (std::size_t i = 0; i < said; ++i) stops.push_back(time_of_sentence(slide, i, length));
        double to = on ? length : 0;
        for (const double stop : stops)
            if (on ? stop > t && stop < to : stop < t && stop > to) to = stop;
        s.sentence_at = sentence_by(slide, to, length);
        glide(to);
    }
    // While presenting at the beginning of its animation, or at the end of everything. What needs but
    // one sentence moves by itself.
    void go_to_stop(std::size_t i, bool at_end) {
        const bool presenting = s.presenting;
        s.playlist_at = i;
        const Slide& slide = s.playlist[i];
        const Link link = parse_link(slide.link);
        s.open(link, false);
        s.sentence_at = at_end && !slide.sentences.empty() ? slide.sentences.size() - 1 : 0;
        if (presenting && !link.find("t"))
            s.wanted_t_ = at_end ? 1e9 : slide.sentences.size() == 1 ? -1 : 0;
        s.presenting = presenting && s.panel_ != nullptr;
        s.following = true;
        s.strokes.clear();
        if (is_carried_path(s.playlist_name))
            s.progress.path = s.playlist_name, s.progress.stop = int(i);
    }
    void present_class() {
        std::vector<std::string> notes;
        const std::string name(rest);
        const bool says_which = name.ends_with(".zh");
        s.playlist_name = says_which ? name : path_in(name, s.settings.language);
        s.playlist = read_slides(s.playlist_name, &notes);
        for (const auto& n : notes) s.note(n, true);
        begin_presenting();
        go_to_stop(0, false);
    }
    void begin_presenting() {
        close_all();
        s.present_dark = s.blank = false;
        s.presenting = true;
    }
    // here: on with it before a class; next, back: to another stop, as it is shown now.
    void path() {
        if (s.playlist.empty() && !s.progress.path.empty()) {
            const std::string name = path_in(s.progress.path, s.settings.language);
            s.playlist = read_slides(name);
            s.playlist_name = name;
            s.playlist_at = std::min(std::size_t(s.progress.stop), s.playlist.size() - 1);
        }
        if (s.playlist.empty()) throw ValueError(s.say("path.none"));
        if (rest == "here") {
            const bool there = s.following && s.on_path();
            begin_presenting();
            if (!there) go_to_stop(s.playlist_at, false);
        } else if (rest == "next" || rest == "back") {
            if (rest == "next" ? s.playlist_at + 1 < s.playlist.size() : s.playlist_at > 0)
                go_to_stop(s.playlist_at + (rest == "next" ? 1 : std::size_t(-1)), false);
        } else {
            throw ValueError("path: is \"" + std::string(rest) + "\", wanted here, next or back");
        }
    }
    void present() {
        const bool on = !s.presenting && s.panel_;
        close_all();
        put_tools_away();
        s.presenting = on, s.present_dark = false;
    }
    // The sentences of a path follow the language; where it is stays.
    void speak(Language language) {
        s.settings.language = language;
        const std::string name = path_in(s.playlist_name, language);
        if (s.playlist.empty() || name == s.playlist_name) return;
        auto slides = read_slides(name);
        if (slides.size() != s.playlist.size()) return;
        s.playlist = std::move(slides), s.playlist_name = name;
        const std::size_t said = s.playlist[s.playlist_at].sentences.size();
        s.sentence_at = std::min(s.sentence_at, std::max<std::size_t>(said, 1) - 1);
        if (s.following) s.progress.path = name;
    }
    // The pen draws from where the pointer was to where it is.
    void ink() {
        const float dx = float(number_in(verb, word())), dy = float(number_in(verb, rest));
        if (!s.pen) return;
        if (s.strokes.empty() || s.stroke_gesture_ != s.gesture) {
            if (s.strokes.size() >= 500) return;
            s.strokes.push_back({{s.mouse.x - dx, s.mouse.y - dy}});
            s.stroke_gesture_ = s.gesture;
        }
        if (s.strokes.back().size() < 20000) s.strokes.back().push_back(s.mouse);
    }
    void put_tools_away() {
        s.strokes.clear();
        s.laser = s.pen = s.spotlight = s.blank = false;
    }

    //--- the window
    void set_scale(double scale) {
        s.settings.scale = float(std::clamp(std::round(scale * 20) / 20, 0.75, 3.0));
    }
    void close_all() {
        s.menu.clear();
        s.palette = s.keys_shown = s.drawer = false;
        s.search.clear();
        editor_cancel();
    }
};

const std::map<std::string_view, Actions::Do>& Actions::table() {
    static const std::map<std::string_view, Do> table{
        {"open",
         [](Actions& a) {
             std::vector<std::string> notes;
             const Link link = parse_link(a.rest, &notes);
             a.close_all();
             a.s.open(link, a.strict);
             for (const auto& n : notes) a.s.note(n);
         }},
        {"home", [](Actions& a) { a.close_all(), a.s.open({}, false); }},
        {"go-back",
         [](Actions& a) {
             if (a.s.back_.empty()) return;
             const std::string to = a.s.back_.back(), here = a.s.link_text();
             auto back = a.s.back_, forward = a.s.forward_;
             back.pop_back(), forward.push_back(here);
             a.s.open(parse_link(to), false);
             a.s.back_ = back, a.s.forward_ = forward;
         }},
        {"go-forward",
         [](Actions& a) {
             if (a.s.forward_.empty()) return;
             const std::string to = a.s.forward_.back(), here = a.s.link_text();
             auto back = a.s.back_, forward = a.s.forward_;
             forward.pop_back(), back.push_back(here);
             a.s.open(parse_link(to), false);
             a.s.back_ = back, a.s.forward_ = forward;
         }},
        {"set", [](Actions& a) { a.set(); }},
        {"slide", [](Actions& a) { a.slide(); }},
        {"nudge", [](Actions& a) { a.nudge(); }},
        {"flip", [](Actions& a) { a.flip(); }},
        {"reset", [](Actions& a) { a.reset(); }},
        {"preset", [](Actions& a) { a.preset(); }},
        {"seed", [](Actions& a) { a.seed(); }},
        {"edit", [](Actions& a) { a.edit(); }},
        {"text",
         [](Actions& a) {
             if (a.s.workspace_->text == a.rest) return;
             a.s.remember("text");
             a.s.set_text(std::string(a.rest), true);
         }},
        {"own-text",
         [](Actions& a) {
             const std::string& knob = knob_of_text(a.s.panel());
             const bool unused = !knob.empty() && a.s.knobs_.choice(knob) != own_text_choice;
             if (a.s.workspace_->text == a.rest && !unused) return;
             //: pasted bytes that are no text change nothing
             if (const std::size_t at = first_invalid_utf8(a.rest); at != std::string::npos)
                 throw ValueError(a.s.say("note.text_not_utf8", {{"at", counted(int(at))}}));
             for (const char c : a.rest)
                 if (static_cast<unsigned char>(c) < 32 && c != '\n' && c != '\t' && c != '\r')
                     throw ValueError(a.s.say("note.text_control"));
             a.s.remember("text");
             if (unused) a.s.set_knob(knob, own_text_choice, true);
             a.s.set_text(std::string(a.rest), true);
         }},
        {"default-text",
         [](Actions& a) {
             if (!a.s.own_text_) return;
             a.s.remember("text");
             a.s.set_text("", false);
         }},
        {"edit-text", [](Actions& a) { a.edit_text(); }},
        {"editor-text",
         [](Actions& a) {
             a.editor().replace(std::string(a.rest));
             a.s.editor_problem.clear();
         }},
        {"editor-insert", [](Actions& a) { a.editor_insert(percent_decode(a.rest)); }},
        {"editor-key",
         [](Actions& a) {
             constexpr float wide = 600;
             a.editor().key(a.rest, wide, editor_style(theme(true)), 10);
             a.s.reveal_caret = true;
         }},
        {"editor-path",
         [](Actions& a) {
             a.editor();
             a.s.drafts["editor.path"] = a.rest;
         }},
        {"editor-file", [](Actions& a) { a.editor_file(); }},
        {"editor-use", [](Actions& a) { a.editor_use(); }},
        {"editor-choose", [](Actions& a) { a.s.wants_file = true; }},
        {"editor-cancel", [](Actions& a) { a.editor_cancel(); }},
        {"text-file",
         [](Actions& a) {
             std::string text = read_file(std::string(a.rest), std::size_t{256} << 20);
             if (text.empty())
                 throw ValueError(std::string(a.rest) + ": is empty, wanted some text");
             a.s.remember("text-file");
             const std::size_t size = text.size();
             const std::string name = std::string(a.rest.substr(a.rest.rfind('/') + 1));
             const std::string file = size > most_link_text ? name + ":" + sha256(text) : "";
             a.s.set_text(std::move(text), true, file);
             a.s.note(
                 a.s.say("note.text_read", {{"file", name}, {"size", format_bytes(double(size))}}));
         }},
        {"tokenizer",
         [](Actions& a) {
             a.s.remember("tokenizer");
             a.s.tokenizer_ = a.rest;
             a.s.renew_workspace();
             a.s.want();
         }},
        {"in",
         [](Actions& a) {
             a.panel();
             a.s.remember("in");
             a.s.in_ = a.rest;
             a.s.want();
         }},
        {"enter",
         [](Actions& a) {
             a.panel();
             const std::string_view prefix = a.word();
             const std::string source = a.s.as_source(prefix == "." ? "" : prefix);
             Link link = parse_link(a.rest);
             link.values.emplace_back("in", source);
             a.s.open(link, a.strict);
         }},
        {"undo",
         [](Actions& a) {
             if (a.s.undo_.empty()) return;
             const Snapshot to = a.s.undo_.back();
             a.s.undo_.pop_back();
             a.s.redo_.push_back(a.s.snapshot());
             a.s.restore(to);
             a.s.last_change_.clear();
         }},
        {"redo",
         [](Actions& a) {
             if (a.s.redo_.empty()) return;
             const Snapshot to = a.s.redo_.back();
             a.s.redo_.pop_back();
             a.s.undo_.push_back(a.s.snapshot());
             a.s.restore(to);
             a.s.last_change_.clear();
         }},
        {"hover", [](Actions& a) { a.s.hover = selection_from(std::string(a.rest)); }},
        {"lock",
         [](Actions& a) {
             a.s.lock = a.rest.empty() ? a.s.hover : selection_from(std::string(a.rest));
         }},
        {"unlock", [](Actions& a) { a.s.lock = a.s.pin = {}; }},
        {"pin",
         [](Actions& a) {
             if (!a.rest.empty()) {
                 const Selection at = selection_from(std::string(a.rest));
                 a.s.pin = at == a.s.pin ? Selection{} : at;
             } else if (a.s.pinned_) {
                 a.unpin();
             } else {
                 a.trace();
                 a.s.remember("pin");
                 a.s.pin_state();
                 a.s.note(a.s.say("compare.pinned"));
             }
         }},
        {"unpin", [](Actions& a) { a.unpin(); }},
        {"compare",
         [](Actions& a) {
             a.trace();
             const std::string& now = a.s.compare_;
             if (a.rest.empty())
                 a.s.set_compare(now.empty() ? "side" : now == "side" ? "difference" : "");
             else if (a.rest == "off")
                 a.s.set_compare("");
             else if (a.rest == "side" || a.rest == "difference")
                 a.s.set_compare(std::string(a.rest));
             else
                 throw ValueError("compare: is \"" + std::string(a.rest) +
                                  "\", wanted off, side or difference");
         }},
        {"move", [](Actions& a) { a.move(); }},
        {"layer", [](Actions& a) { a.turn("layer"); }},
        {"head", [](Actions& a) { a.turn("head"); }},
        {"copy", [](Actions& a) { a.copy(); }},
        {"show",
         [](Actions& a) {
             if (a.rest == "all") return a.s.shown_parts.clear();
             const auto& parts = a.panel().declaration.part_names();
             if (std::find(parts.begin(), parts.end(), a.rest) == parts.end())
                 throw ValueError("part " + std::string(a.rest) +
                                  ": this panel has none of that name");
             toggle(a.s.shown_parts, a.rest, true);
         }},
        {"hide",
         [](Actions& a) {
             const auto& parts = a.panel().declaration.part_names();
             if (a.s.shown_parts.empty()) a.s.shown_parts = parts;
             toggle(a.s.shown_parts, a.rest, false);
         }},
        {"point",
         [](Actions& a) {
             a.s.pointed.clear();
             if (!a.rest.empty()) a.s.pointed.emplace_back(a.rest);
         }},
        {"t", [](Actions& a) { a.pause(), a.s.set_t(number_in(a.verb, a.rest)); }},
        {"slide-t",
         [](Actions& a) {
             a.pause();
             a.s.set_t(number_in(a.verb, a.rest) * a.s.motion_.length);
         }},
        {"play", [](Actions& a) { a.play(); }},
        {"pause", [](Actions& a) { a.pause(); }},
        {"toggle-play",
         [](Actions& a) {
             // With a job and no animation, Space runs and stops the job.
             if (a.s.panel_ && a.s.panel_->declaration.make_job() && a.s.motion_.length <= 0)
                 return a.run(!a.s.wish_.run);
             a.s.motion_.playing ? a.pause() : a.play();
         }},
        {"next", [](Actions& a) { a.next(+1); }},
        {"back", [](Actions& a) { a.next(-1); }},
        {"first", [](Actions& a) { a.pause(), a.s.set_t(0); }},
        {"last", [](Actions& a) { a.pause(), a.s.set_t(a.s.motion_.length); }},
        {"speed",
         [](Actions& a) {
             a.s.motion_.speed = float(std::clamp(number_in(a.verb, a.rest), 0.25, 64.0));
         }},
        {"faster", [](Actions& a) { a.s.motion_.speed = std::min(a.s.motion_.speed * 2, 64.0f); }},
        {"slower", [](Actions& a) { a.s.motion_.speed = std::max(a.s.motion_.speed / 2, 0.25f); }},
        {"step", [](Actions& a) { a.scrub(whole_in(a.verb, a.rest), false); }},
        {"scrub", [](Actions& a) { a.scrub(whole_in(a.verb, a.rest), true); }},
        {"slide-step",
         [](Actions& a) {
             const double at = std::clamp(number_in(a.verb, a.rest), 0.0, 1.0);
             a.scrub(std::size_t(std::llround(at * double(a.s.job_.furthest))), true);
         }},
        {"settle-step",
         [](Actions& a) {
             if (a.s.wish_.near) a.scrub(a.s.wish_.step, false);
         }},
        {"run", [](Actions& a) { a.run(true); }},
        {"stop", [](Actions& a) { a.run(false); }},
        {"toggle-run", [](Actions& a) { a.run(!a.s.wish_.run); }},
        {"step-once", [](Actions& a) { a.scrub(a.s.job_.position + 1, false); }},
        {"step-back",
         [](Actions& a) { a.scrub(a.s.job_.position > 0 ? a.s.job_.position - 1 : 0, false); }},
        {"until", [](Actions& a) { a.until(); }},
        {"restart", [](Actions& a) { a.restart(false); }},
        {"restart-new-seed", [](Actions& a) { a.restart(true); }},
        {"lens", [](Actions& a) { a.lens(); }},
        {"zoom", [](Actions& a) { a.zoom(); }},
        {"pan", [](Actions& a) { a.pan(); }},
        {"fit",
         [](Actions& a) {
             // The whole of every matrix; scale, range and colours stay as chosen
             for (auto it = a.s.lenses.begin(); it != a.s.lenses.end();) {
                 it->second.view = {0, 0, 1, 1};
                 it = it->second.plain() ? a.s.lenses.erase(it) : std::next(it);
             }
         }},
        {"tab",
         [](Actions& a) {
             static constexpr std::string_view tabs[]{"lesson", "maths", "code", "values", "quiz"};
             if (std::find(std::begin(tabs), std::end(tabs), a.rest) == std::end(tabs))
                 throw ValueError("tab: is \"" + std::string(a.rest) +
                                  "\", wanted lesson, maths, code, values or quiz");
             a.s.tab = a.rest;
             a.s.settings.right_open = true;
         }},
        {"left",
         [](Actions& a) {
             a.s.settings.left_open =
                 a.rest.empty() ? !a.s.settings.left_open : on_off(a.verb, a.rest);
         }},
        {"right",
         [](Actions& a) {
             a.s.settings.right_open =
                 a.rest.empty() ? !a.s.settings.right_open : on_off(a.verb, a.rest);
         }},
        {"left-width",
         [](Actions& a) {
             a.s.settings.left_width = float(std::clamp(number_in(a.verb, a.rest), 160.0, 480.0));
         }},
        {"right-width",
         [](Actions& a) {
             a.s.settings.right_width = float(std::clamp(number_in(a.verb, a.rest), 240.0, 960.0));
         }},
        {"drawer", [](Actions& a) { a.s.drawer = !a.s.drawer; }},
        {"language",
         [](Actions& a) {
             if (a.rest != "en" && a.rest != "zh")
                 throw ValueError("language: is \"" + std::string(a.rest) + "\", wanted en or zh");
             a.speak(a.rest == "zh" ? Language::chinese : Language::english);
         }},
        {"toggle-language",
         [](Actions& a) {
             a.speak(a.s.settings.language == Language::english ? Language::chinese
                                                                : Language::english);
         }},
        {"theme",
         [](Actions& a) {
             if (a.rest != "dark" && a.rest != "light")
                 throw ValueError("theme: is \"" + std::string(a.rest) +
                                  "\", wanted dark or light");
             (a.s.presenting ? a.s.present_dark : a.s.settings.dark) = a.rest == "dark";
         }},
        {"toggle-theme",
         [](Actions& a) {
             bool& dark = a.s.presenting ? a.s.present_dark : a.s.settings.dark;
             dark = !dark;
         }},
        {"scale", [](Actions& a) { a.set_scale(number_in(a.verb, a.rest)); }},
        {"larger", [](Actions& a) { a.set_scale(double(a.s.settings.scale) * 1.15); }},
        {"smaller", [](Actions& a) { a.set_scale(double(a.s.settings.scale) / 1.15); }},
        {"actual-size", [](Actions& a) { a.set_scale(1); }},
        {"reduced-motion",
         [](Actions& a) { a.s.settings.reduced_motion = on_off(a.verb, a.rest); }},
        {"high-contrast", [](Actions& a) { a.s.settings.high_contrast = on_off(a.verb, a.rest); }},
        {"toggle-reduced-motion",
         [](Actions& a) { a.s.settings.reduced_motion = !a.s.settings.reduced_motion; }},
        {"toggle-high-contrast",
         [](Actions& a) { a.s.settings.high_contrast = !a.s.settings.high_contrast; }},
        {"full-screen", [](Actions& a) { a.s.full_screen = !a.s.full_screen; }},
        {"present", [](Actions& a) { a.present(); }},
        {"path", [](Actions& a) { a.path(); }},
        {"class", [](Actions& a) { a.present_class(); }},
        {"laser", [](Actions& a) { a.s.laser = !a.s.laser, a.s.pen = false; }},
        {"pen", [](Actions& a) { a.s.pen = !a.s.pen, a.s.laser = false; }},
        {"spotlight", [](Actions& a) { a.s.spotlight = !a.s.spotlight; }},
        {"ink", [](Actions& a) { a.ink(); }},
        {"blank", [](Actions& a) { a.s.blank = !a.s.blank; }},
        {"palette",
         [](Actions& a) {
             const bool open = !a.s.palette;
             a.close_all();
             a.s.palette = open;
             a.s.search_choice = 0;
             a.s.focus = open ? "palette.text" : "";
         }},
        {"search",
         [](Actions& a) {
             a.s.search = a.rest;
             a.s.search_choice = 0;
             a.s.palette = true;
         }},
        {"choose",
         [](Actions& a) {
             const int count = int(palette_results(a.s).size());
             if (count == 0) return;
             a.s.search_choice =
                 std::clamp(a.s.search_choice + int(number_in(a.verb, a.rest)), 0, count - 1);
         }},
        {"take",
         [](Actions& a) {
             const auto results = palette_results(a.s);
             if (a.s.search_choice < 0 || std::size_t(a.s.search_choice) >= results.size()) return;
             const std::string action = results[std::size_t(a.s.search_choice)].action;
             a.close_all();
             a.s.focus.clear();
             if (!action.empty()) a.s.act(action);
         }},
        {"keys",
         [](Actions& a) {
             const bool open = !a.s.keys_shown;
             a.close_all();
             a.s.keys_shown = open;
         }},
        {"source",
         [](Actions& a) {
             a.s.tab = a.s.tab == "code" ? "lesson" : "code";
             a.s.settings.right_open = true;
         }},
        {"menu",
         [](Actions& a) { a.s.menu = a.s.menu == a.rest ? std::string() : std::string(a.rest); }},
        {"close",
         [](Actions& a) {
             // One thing at a time: what floats, then the presenter, then the lock.
             if (a.s.editor && a.s.focus == "editor.path") return void(a.s.focus = "editor.text");
             if (a.s.editor) return a.editor_cancel();
             if (!a.s.menu.empty() || a.s.palette || a.s.keys_shown || a.s.drawer)
                 return a.close_all();
             if (!a.s.focus.empty()) return a.s.focus.clear();
             if (a.s.presenting) {
                 if (a.s.laser || a.s.pen || a.s.spotlight || a.s.blank || !a.s.strokes.empty())
                     return a.put_tools_away();
                 return void(a.s.presenting = false);
             }
             if (!a.s.lock.empty() || !a.s.pin.empty()) return void(a.s.lock = a.s.pin = {});
             a.unpin();
         }},
        {"more-knobs", [](Actions& a) { a.s.more_knobs = !a.s.more_knobs; }},
        {"focus", [](Actions& a) { a.s.focus = a.rest; }},
        {"scroll",
         [](Actions& a) {
             const std::string area(a.word());
             a.s.scrolls[area] = std::max(0.0f, float(number_in(a.verb, a.rest)));
         }},
        {"draft",
         [](Actions& a) {
             const std::string field(a.word());
             a.s.drafts[field] = a.rest;
         }},
        {"dismiss",
         [](Actions& a) {
             const std::size_t i = whole_in(a.verb, a.rest);
             if (i < a.s.notes.size()) a.s.notes.erase(a.s.notes.begin() + std::ptrdiff_t(i));
         }},
        {"copy-link",
         [](Actions& a) {
             a.s.clipboard = a.s.link_text();
             a.s.note(a.s.say("note.link_copied"));
         }},
        {"copy-text",
         [](Actions& a) {
             a.s.clipboard = describe(a.s);
             a.s.note(a.s.say("note.text_copied"));
         }},
        {"export",
         [](Actions& a) {
             const std::string kind(a.word());
             a.s.menu.clear();
             if (kind.empty()) return void(a.s.menu = "export");
             a.trace();
             const std::string path = export_picture(a.s, kind, std::string(a.rest));
             a.s.note(a.s.say("note.exported", {{"file", path}}));
         }},
        {"export-tensor",
         [](Actions& a) {
             const std::string kind(a.word()), name(a.word());
             a.s.menu.clear();
             const std::string path = export_tensor(a.trace(), kind, name, std::string(a.rest));
             a.s.note(a.s.say("note.exported", {{"file", path}}));
         }},
        {"lesson",
         [](Actions& a) {
             const std::string id(a.rest);
             if (a.s.component_ != id) a.s.open(parse_link(id), a.strict);
             a.s.tab = "lesson";
             a.s.settings.right_open = true;
         }},
        {"lesson-play", [](Actions& a) { lesson_play(a.s, int(whole_in(a.verb, a.rest))); }},
        {"lesson-next", [](Actions& a) { lesson_move(a.s, +1); }},
        {"lesson-back", [](Actions& a) { lesson_move(a.s, -1); }},
        {"answer",
         [](Actions& a) {
             const int question = int(whole_in(a.verb, a.word()));
             lesson_answer(a.s, question, std::string(a.rest));
         }},
        {"show-me", [](Actions& a) { lesson_show_me(a.s, int(whole_in(a.verb, a.rest))); }},
    };
    return table;
}

void Session::act_strictly(std::string_view line) {
    const auto [verb, rest] = split_word(line);
    const auto it = Actions::table().find(verb);
    if (it == Actions::table().end())
        throw ValueError("action: there is no \"" + std::string(verb.substr(0, 40)) + "\"");
    Actions actions{*this, verb, rest, true};
    it->second(actions);
    dirty_ = true;
}

bool Session::act(std::string_view line) {
    const auto [verb, rest] = split_word(line);
    if (verb.empty()) return true;
    const auto it = Actions::table().find(verb);
    dirty_ = true;
    try {
        if (it == Actions::table().end())
            throw ValueError("action: there is no \"" + std::string(verb.substr(0, 40)) + "\"");
        Actions actions{*this, verb, rest, false};
        it->second(actions);
        return true;
    } catch (const std::bad_alloc&) {
        note(say("note.memory"), true);
    } catch (const std::exception& e) {
        note(e.what(), true);
    }
    return false;
}

}  // namespace orrery::viz
