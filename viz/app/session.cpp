#include "viz/app/session.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/text.hpp"
#include "viz/app/cards.hpp"
#include "viz/app/catalogue.hpp"
#include "viz/app/compare.hpp"
#include "viz/app/workspace.hpp"

namespace orrery::viz {
namespace {

constexpr double note_seconds = 8, bad_note_seconds = 20;
constexpr double opening_most = 8, second_per_operation = 1.0;
constexpr std::size_t most_undo = 200;
constexpr double slice = 0.01;  // seconds of work in one tick
// Bytes of snapshots behind a timeline: natively, and in a browser.
constexpr std::size_t history_bytes = std::size_t{256} << 20,
                      history_bytes_sliced = std::size_t{64} << 20;
constexpr double fade_rest = 0.15, fade_in = 0.12, fade_out = 0.08, longest_frame = 1.0 / 40;

std::string lens_text(const std::map<std::string, Lens, std::less<>>& lenses) {
    std::string text;
    for (const auto& [tensor, lens] : lenses) {
        if (!text.empty()) text += ';';
        text += tensor + ":" + lens.norm;
        for (const float n :
             {lens.low, lens.high, lens.view.x, lens.view.y, lens.view.w, lens.view.h})
            text += ":" + number_text(n);
        if (!lens.map.empty()) text += ":" + lens.map;
    }
    return text;
}

std::map<std::string, Lens, std::less<>> lenses_from(std::string_view text) {
    std::map<std::string, Lens, std::less<>> lenses;
    for (const std::string& one : split(text, ';')) {
        const auto words = split(one, ':');
        if (words.size() != 8 && words.size() != 9) continue;
        double n[6];
        bool good = true;
        for (int i = 0; i < 6; ++i)
            good = good && parse_number(words[std::size_t(i) + 2], n[i]) && std::isfinite(n[i]);
        if (!good) continue;
        Lens lens;
        lens.norm = words[1];
        lens.low = float(n[0]), lens.high = float(n[1]);
        lens.view = {float(n[2]), float(n[3]), float(n[4]), float(n[5])};
        if (lens.view.w <= 0 || lens.view.h <= 0) lens.view = {0, 0, 1, 1};
        if (words.size() == 9) lens.map = words[8];
        lenses[words[0]] = lens;
    }
    return lenses;
}

}  // namespace

Session::Session(Pace pace, std::function<void()> wake)
    : pace_(pace),
      wake_(wake),
      workspace_(make_workspace("")),
      cards_(std::make_unique<Cards>(pace == Pace::threaded, wake)),
      worker_(
          std::make_unique<Worker>(pace == Pace::threaded, wake,
                                   pace == Pace::sliced ? history_bytes_sliced : history_bytes)) {}

Session::~Session() = default;

bool Session::on_path() const {
    return following && panel_ && playlist_at < playlist.size() &&
           parse_link(playlist[playlist_at].link).component == component_;
}

std::string Session::say(std::string_view key, const Arguments& arguments) const {
    return viz::say(settings.language, component_, key, arguments);
}

void Session::note(std::string text, bool bad) {
    for (Note& n : notes)
        if (n.text == text) {
            n.until = clock_ + (bad ? bad_note_seconds : note_seconds);
            return;
        }
    notes.push_back({std::move(text), bad, clock_ + (bad ? bad_note_seconds : note_seconds)});
    if (notes.size() > 4) notes.erase(notes.begin());
    dirty_ = true;
}

//--- opening

void Session::close_panel() {
    opening_run_ = false;
    panel_.reset(), component_.clear(), in_.clear();
    knobs_ = Knobs();
    shown_ = {};
    job_ = {};
    motion_ = {};
    hover = lock = pin = {};
    shown_parts.clear(), pointed.clear(), lenses.clear();
    menu.clear(), focus.clear(), drafts.clear();
    editor.reset();
    pinned_.reset(), difference_.reset(), pin_worker_.reset();
    compare_.clear();
    wish_ = {};
    closed_ = wanted_ = worker_->ask({});
}

void Session::open(const Link& link, bool strict) {
    const std::string before = link_text();
    std::shared_ptr<const OpenPanel> panel;
    if (!link.component.empty()) {
        panel = open_panel(link.component);
        if (!panel) {
            if (strict) throw ValueError("link: there is no component " + link.component);
            note(say("note.unknown_component", {{"name", link.component}}), true);
        }
    }
    const bool same = panel && panel == panel_;
    const auto restarts = wish_.restart, seeks = wish_.seek;
    close_panel();
    wish_.restart = restarts + (same ? 0 : 1);
    wish_.seek = seeks;  // counted on: the worker goes where it is asked when this is new
    if (before != link_text() && !before.empty() && (back_.empty() || back_.back() != before))
        back_.push_back(before);
    else if (before.empty() && panel && (back_.empty() || !back_.back().empty()))
        back_.push_back(before);
    forward_.clear();
    const auto value = [&](std::string_view name) { return link.find(name); };
    if (const auto* lang = value("lang")) {
        if (*lang == "en" || *lang == "zh")
            settings.language = *lang == "zh" ? Language::chinese : Language::english;
        else
            note("lang=" + *lang + ": wanted en or zh");
    }
    if (const auto* theme = value("theme")) {
        if (*theme == "dark" || *theme == "light")
            (presenting ? present_dark : settings.dark) = *theme == "dark";
        else
            note("theme=" + *theme + ": wanted dark or light");
    }
    hidden.clear();
    if (const auto* hide = value("hide")) hidden = split(*hide, ',');
    if (!panel) {
        presenting = false;
        tab = "lesson";
        std::vector<std::string> ids = start_here();
        for (const Chapter& chapter : catalogue())
            for (const CatalogueItem& item : chapter.items)
                if (item.drawn && std::find(ids.begin(), ids.end(), item.id) == ids.end())
                    ids.push_back(item.id);
        cards_->start(std::move(ids));
        return;
    }
    panel_ = panel;
    component_ = panel->id;
    knobs_ = Knobs(panel->declaration.knobs());
    lesson = component_;
    for (const auto& [name, text] : link.values) {
        if (is_reserved(name)) continue;
        if (strict) {
            knobs_.set(name, text);
        } else if (const std::string problem = knobs_.set_clamped(name, text); !problem.empty()) {
            note(problem);
        }
    }
    if (const auto* seed = value("seed")) {
        long long number = 0;
        if (parse_integer(*seed, number) && number >= 0)
            knobs_.set_seed(std::uint64_t(number));
        else
            note("seed=" + *seed + ": wanted a whole number from 0");
    }
    if (const auto* in = value("in")) in_ = *in;
    if (const auto* tokenizer = value("tokenizer")) tokenizer_ = *tokenizer;
    if (const auto* model = value("model")) model_ = *model;
    if (const auto* text = value("text")) open_text(*text);
    if (const auto* wanted = value("tab")) tab = *wanted;
    if (const auto* sel = value("sel")) lock = selection_from(*sel);
    if (const auto* lens = value("view")) lenses = lenses_from(*lens);
    fresh_ = true;
    wanted_t_ = -1;
    if (const auto* t = value("t")) {
        double number = 0;
        if (parse_number(*t, number) && number >= 0)
            wanted_t_ = number;
        else
            note("t=" + *t + ": wanted a number from 0");
    }
    wish_.step = 0;
    if (const auto* step = value("step")) {
        long long number = 0;
        if (parse_integer(*step, number) && number >= 0)
            wish_.step = std::size_t(number);
        else
            note("step=" + *step + ": wanted a whole number from 0");
    }
    ++wish_.seek;
    last_change_.clear();
    renew_workspace();
    if (const auto* kept = value("pin")) open_pin(*kept);
    if (const auto* how = value("compare")) {
        if (!pinned_)
            note("compare=" + *how + ": there is no pin to compare with");
        else if (*how == "side" || *how == "difference")
            compare_ = *how;
        else
            note("compare=" + *how + ": wanted side or difference");
    }
    want();
}

Link Session::state_link() const {
    if (!panel_ || !panel_->declaration.make_job()) return state_link(knobs_, 0);
    return state_link(knobs_, job_.any ? job_.goal : wish_.step);
}

Link Session::state_link(const Knobs& knobs, std::size_t step) const {
    Link link;
    link.component = component_;
    const auto put = [&](std::string name, std::string value) {
        link.values.emplace_back(std::move(name), std::move(value));
    };
    if (!panel_) return link;
    for (const Knob& knob : knobs.declared())
        if (!knobs.is_default(knob.name)) put(knob.name, knobs.written(knob.name));
    if (knobs.seed() != Knobs().seed()) put("seed", std::to_string(knobs.seed()));
    const Declaration& d = panel_->declaration;
    if (own_text_ && d.reads_text()) put("text", text_file_.empty() ? *text_ : "@" + text_file_);
    if (!tokenizer_.empty() && d.reads_tokenizer()) put("tokenizer", tokenizer_);
    if (!model_.empty() && d.reads_model()) put("model", model_);
    if (!in_.empty()) put("in", in_);
    if (!motion_.at_end && !motion_.opening) put("t", number_text(motion_.t, 6));
    if (step > 0) put("step", std::to_string(step));
    return link;
}

Link Session::link() const {
    Link link = state_link();
    if (!panel_) return link;
    const auto put = [&](std::string name, std::string value) {
        link.values.emplace_back(std::move(name), std::move(value));
    };
    if (pinned_) put("pin", pinned_->link);
    if (!compare_.empty()) put("compare", compare_);
    if (!lock.empty()) put("sel", to_string(lock));
    if (!lenses.empty()) put("view", lens_text(lenses));
    if (!hidden.empty()) {
        std::string all;
        for (const auto& name : hidden) all += (all.empty() ? "" : ",") + name;
        put("hide", all);
    }
    if (settings.language == Language::chinese) put("lang", "zh");
    return link;
}

std::string Session::as_source(std::string_view prefix) const {
    Link own = link();
    std::erase_if(own.values, [](const auto& value) {
        for (const char* name : {"lang", "theme", "hide", "tab", "sel", "view", "t"})
            if (value.first == name) return true;
        return false;
    });
    std::string text = to_string(own);
    if (!prefix.empty()) text.insert(component_.size(), ":" + std::string(prefix));
    return text;
}

void Session::renew_workspace() {
    if (!panel_) return;
    const Declaration& d = panel_->declaration;
    const std::string& text = own_text_ ? *text_ : d.default_text();
    const std::string tokenizer =
        d.reads_tokenizer() ? (tokenizer_.empty() ? "char" : tokenizer_) : "words";
    if (workspace_->text == text && workspace_->tokenizer == tokenizer &&
        workspace_->model == model_)
        return;
    try {
        workspace_ = make_workspace(text, tokenizer, model_);
    } catch (const std::exception& e) {
        note(e.what(), true);
    }
}

void Session::set_text(std::string text, bool own, std::string file) {
    text_ = std::make_shared<const std::string>(std::move(text));
    text_file_ = std::move(file);
    own_text_ = own;
    renew_workspace();
    want();
}

// A link carries a long text as "@name:sha256"; the file itself is taken from the current folder
// when it is there and unchanged, else it is asked for.
void Session::open_text(const std::string& from_link) {
    const std::size_t colon = from_link.rfind(':');
    const bool names_file = from_link.size() > 66 && from_link[0] == '@' &&
                            colon != std::string::npos && from_link.size() - colon == 65;
    if (!names_file) {
        text_ = std::make_shared<const std::string>(from_link);
        text_file_.clear();
        own_text_ = true;
        return;
    }
    const std::string name = from_link.substr(1, colon - 1), hash = from_link.substr(colon + 1);
    if (name.find('/') == std::string::npos) {
        try {
            std::string bytes = read_file(name, std::size_t{256} << 20);
            if (sha256(bytes) == hash) {
                text_ = std::make_shared<const std::string>(std::move(bytes));
                text_file_ = from_link.substr(1);
                own_text_ = true;
                return;
            }
        } catch (const std::exception&) {
        }
    }
    note(say("note.needs_file", {{"name", name}}), true);
}

void Session::want() {
    wish_.panel = panel_;
    wish_.knobs = knobs_;
    wish_.workspace = workspace_;
    wish_.in = in_;
    wanted_ = worker_->ask(wish_);
    dirty_ = true;
}

bool Session::stale() const { return panel_ && shown_.serial != wanted_ && worker_->busy(); }

//--- what arrives, and time

void Session::take(Shown shown) {
    if (shown.panel != panel_) return;
    dirty_ = true;
    if (shown.serial == wanted_ && shown.knobs.declared().size() == knobs_.declared().size() &&
        panel_->declaration.make_job())
        knobs_ = shown.knobs;
    if (!shown.trace) {
        // What was there before stays, with the reason why there is nothing newer.
        shown_.error = shown.error;
        shown_.serial = shown.serial;
        shown_.panel = shown.panel;
        if (!shown_.trace) shown_.knobs = shown.knobs;
        return;
    }
    shown_ = std::move(shown);
    if (!shown_.error.empty()) note(shown_.error, true);
    if (fresh_ && !shown_.made_up.empty()) {
        std::string names;
        for (const auto& name : shown_.made_up) names += (names.empty() ? "" : ", ") + name;
        note(say("note.made_up", {{"inputs", names}}));
    }
    try {
        const auto& length = panel_->declaration.length_of();
        motion_.length = length ? std::max(0.0, length(*shown_.trace)) : 0.0;
    } catch (const std::exception&) {
        motion_.length = 0;
    }
    if (!std::isfinite(motion_.length)) motion_.length = 0;
    if (fresh_) {
        fresh_ = false;
        motion_.at_end = true;
        if (wanted_t_ >= 0) {
            set_t(wanted_t_);
        } else if (pace_ != Pace::at_once && !settings.reduced_motion && motion_.length > 0) {
            motion_ = {0, motion_.length, true, false, true, 1};
            // What learns begins by itself: the first steps say more than a picture of none
            if (panel_->declaration.opening_steps() > 0 && shown_.step == 0 && !wish_.run) {
                opening_run_ = true;
                wish_.until = {"step", false, double(panel_->declaration.opening_steps())};
                wish_.run = true;
                want();
            }
        }
    }
    if (motion_.at_end) motion_.t = motion_.length;
    motion_.t = std::min(motion_.t, motion_.length);
    // A selection of something that is no longer there is none.
    for (Selection* s : {&hover, &lock, &pin})
        if (!s->tensor.empty() && !shown_.trace->find(s->tensor)) *s = {};
    renew_difference();
}

void Session::set_t(double t) {
    motion_.t = std::clamp(std::isfinite(t) ? t : 0.0, 0.0, motion_.length);
    motion_.at_end = motion_.t >= motion_.length;
    motion_.opening = false;
    motion_.until = Motion{}.until;
    dirty_ = true;
}

bool Session::tick(double seconds) {
    const double dt = std::clamp(seconds - clock_, 0.0, 0.25);
    clock_ = seconds;
    if (pace_ != Pace::threaded && !worker_->work(slice) && pace_ == Pace::sliced && !panel_)
        cards_->work(slice);
    while (auto shown = worker_->take()) take(std::move(*shown));
    take_pin();
    if (panel_ && panel_->declaration.make_job()) {
        JobStatus status = worker_->status();
        if (status.any && status.serial > closed_) {
            const bool changed = status.position != job_.position ||
                                 status.running != job_.running ||
                                 status.furthest != job_.furthest || status.stopped != job_.stopped;
            if (changed) dirty_ = true;
            if (!status.running && job_.running && !status.stopped.empty()) {
                wish_.run = false;
                if (std::exchange(opening_run_, false) && status.stopped == "until")
                    wish_.until = {};
                else
                    note(say("note.stopped." + status.stopped,
                             {{"step", std::to_string(status.position)}}),
                         status.stopped == "nan");
            }
            job_ = std::move(status);
        }
    }
    if (motion_.playing) {
        // The opening motion takes at most 8 seconds however many operations there are.
        double rate = motion_.speed / second_per_operation;
        if (motion_.opening) rate = std::max(rate, motion_.length / opening_most);
        if (std::isfinite(motion_.until)) rate = std::max(rate, motion_.rate);
        motion_.t += dt * rate;
        if (motion_.t >= motion_.until) {
            motion_.t = motion_.until;
            motion_.playing = false, motion_.until = Motion{}.until;
        }
        if (motion_.t >= motion_.length) {
            motion_.t = motion_.length;
            motion_.at_end = true, motion_.playing = motion_.opening = false;
        }
        dirty_ = true;
    }
    move_fade(dt);
    if (card_moves() || cards_->count() != cards_seen_) dirty_ = true;
    cards_seen_ = cards_->count();
    if (std::erase_if(notes, [&](const Note& n) { return n.until <= clock_; }) > 0) dirty_ = true;
    return std::exchange(dirty_, false);
}

// Only once the pointer rests on a cell; from then on it may move from cell to cell.
bool Session::fade_is_wanted() const {
    return hover.is_cell() && !settings.reduced_motion && panel_ &&
           (fade_ > 0 || clock_ - rest_from_ >= fade_rest);
}

void Session::move_fade(double dt) {
    if (!(hover == resting_)) resting_ = hover, rest_from_ = clock_;
    const float before = fade_;
    const double step = std::min(dt, longest_frame);
    fade_ = float(fade_is_wanted() ? std::min(1.0, double(fade_) + step / fade_in)
                                   : std::max(0.0, double(fade_) - step / fade_out));
    if (settings.reduced_motion) fade_ = 0;
    if (fade_ != before) dirty_ = true;
}

bool Session::card_moves() const {
    const auto is_card = [](const std::string& id) {
        return id.starts_with("card.") || id.starts_with("start.");
    };
    return !panel_ && !settings.reduced_motion && (is_card(under) || is_card(focus));
}

bool Session::busy() const {
    return worker_->busy() || (!panel_ && cards_->missing()) || pin_worker_;
}

double Session::patience() const {
    if (pace_ == Pace::sliced && busy()) return 0;
    if (motion_.playing) return 1.0 / 60;
    if (card_moves()) return 1.0 / 24;
    const bool faded = fade_is_wanted();
    if (faded ? fade_ < 1 : fade_ > 0) return 1.0 / 60;
    double least = std::numeric_limits<double>::infinity();
    if (hover.is_cell() && !faded && panel_ && !settings.reduced_motion)
        least = std::max(0.01, rest_from_ + fade_rest - clock_);
    for (const Note& n : notes) least = std::min(least, std::max(0.01, n.until - clock_));
    return least;
}

void Session::settle() {
    if (pace_ == Pace::threaded) return;
    while (worker_->work(0.2)) {
        if (auto shown = worker_->take()) take(std::move(*shown));
        const JobStatus status = worker_->status();
        if (wish_.run && wish_.until.scalar.empty() && status.total == 0 && status.running) break;
    }
    while (pin_worker_ && pin_worker_->work(0.2)) take_pin();
    tick(clock_);
    if (!panel_) cards_->finish();
}

//--- knobs, and undo

Snapshot Session::snapshot() const {
    std::map<std::string, Lens, std::less<>> looks;
    for (auto [name, lens] : lenses) {
        lens.view = {0, 0, 1, 1};
        if (!lens.plain()) looks[name] = lens;
    }
    return {component_, knobs_,    text_, text_file_, tokenizer_, model_,
            in_,        own_text_, looks, pinned_,    compare_};
}

// Called before a change. Changes of one thing within one press of the mouse are one step.
void Session::remember(const std::string& what) {
    redo_.clear();
    if (gesture != 0 && gesture == last_gesture_ && what == last_change_ && !undo_.empty()) return;
    last_gesture_ = gesture, last_change_ = what;
    undo_.push_back(snapshot());
    if (undo_.size() > most_undo) undo_.erase(undo_.begin());
}

void Session::restore(const Snapshot& s) {
    if (s.component != component_) {
        Link link;
        link.component = s.component;
        open(link, false);
        fresh_ = false, motion_.at_end = true;
    }
    knobs_ = s.knobs;
    text_ = s.text, text_file_ = s.text_file, tokenizer_ = s.tokenizer, model_ = s.model,
    in_ = s.in;
    own_text_ = s.own_text;
    //: scale, range and colours as they were; the zoom stays
    auto looks = s.lenses;
    for (const auto& [name, lens] : lenses)
        if (lens.view.w < 1 || lens.view.h < 1) looks[name].view = lens.view;
    lenses = std::move(looks);
    drafts.clear();
    renew_workspace();
    pin_worker_.reset();
    pinned_ = s.pinned, compare_ = s.compare;
    if (pinned_ && !pinned_->shown.trace) open_pin(std::string(pinned_->link));
    renew_difference();
    want();
}

void Session::set_knob(std::string_view name, std::string_view value, bool strict) {
    if (!panel_) throw ValueError("set: no picture is open");
    Knobs changed = knobs_;
    if (strict) {
        changed.set(name, value);
    } else if (const std::string problem = changed.set_clamped(name, value); !problem.empty()) {
        note(problem);
    }
    if (changed == knobs_) return;
    remember("set " + std::string(name));
    knobs_ = std::move(changed);
    want();
}

void Session::seek(std::size_t step, bool near) {
    wish_.step = step;
    wish_.near = near;
    if (std::exchange(opening_run_, false)) wish_.until = {};
    wish_.run = false;
    ++wish_.seek;
    want();
}

FactValue Session::fact(std::string_view name) const {
    if (!panel_ || !shown_.trace)
        throw ValueError("fact " + std::string(name) + ": nothing is computed");
    for (const auto& fact : panel_->declaration.facts())
        if (fact.name == name) return fact.read(*shown_.trace, shown_.knobs);
    throw ValueError("fact " + std::string(name) + ": " + component_ + " has none of that name");
}

View Session::view(Size size) const { return view_of(shown_, motion_.t, size); }

View Session::view_of(const Shown& shown, double t, Size size) const {
    View v;
    v.size = size;
    v.knobs = shown.trace ? shown.knobs : knobs_;
    v.t = t;
    v.step = shown.step;
    v.exact = shown.exact;
    v.hover = hover, v.lock = lock, v.pin = pin;
    v.shown = shown_parts, v.pointed = pointed, v.hidden = hidden;
    v.lenses = lenses;
    v.menu = menu;
    if (const auto typed = drafts.find("cell"); typed != drafts.end()) v.typed = typed->second;
    v.language = settings.language;
    v.dark = dark();
    v.high_contrast = settings.high_contrast, v.reduced_motion = settings.reduced_motion;
    v.component = component_;
    v.presenting = presenting;
    if (&shown != &shown_) v.menu.clear(), v.typed.clear();
    if (&shown != &shown_ && shown.trace)
        for (Selection* at : {&v.hover, &v.lock, &v.pin})
            if (!lies_in(*at, *shown.trace)) *at = {};
    if (panel_ && shown.trace && !v.chosen().empty()) {
        try {
            v.explanation = explain(panel_->declaration, *shown.trace, v, v.chosen());
        } catch (const std::exception& e) {
            v.explanation.why = e.what();
        }
    }
    return v;
}

}  // namespace orrery::viz
