// Session: everything the window is a picture of, and the one way to change it
//
// `act` does one line of the action language (viz/app/action.hpp); widgets, keys, lessons, the
// search box, links and tests all go through it. `draw_window` (viz/app/shell.hpp) reads a session
// and changes nothing.
#pragma once

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "viz/app/link.hpp"
#include "viz/app/playlist.hpp"
#include "viz/app/settings.hpp"
#include "viz/app/worker.hpp"
#include "viz/kit/panel.hpp"

namespace orrery::viz {

inline constexpr float presenter_scale = 1.75f;

struct Note {
    std::string text;
    bool bad = false;
    double until = 0;  // seconds of the session's clock
};

// A state kept to be compared with the one on show: A, when what is on show is B.
struct Pinned {
    std::string link;    // of the same component, whole
    Shown shown;         // without a trace until it is computed
    double t = 0;        // place in its animation,
    bool at_end = true;  // or its end
};

// What undo brings back.
struct Snapshot {
    std::string component;
    Knobs knobs;
    std::shared_ptr<const std::string> text;
    std::string text_file, tokenizer, model, in;
    bool own_text = false;
    std::map<std::string, Lens, std::less<>> lenses;  // scale, range and colours; not the zoom
    std::shared_ptr<const Pinned> pinned;
    std::string compare;
};

// The animation inside a picture.
struct Motion {
    double t = 0, length = 0;
    bool playing = false, at_end = true;
    bool opening = false;  // the motion that plays once when a panel opens
    float speed = 1;
    // While presenting a step glides: to where, and how many operations a second at least.
    double until = std::numeric_limits<double>::infinity(), rate = 0;
};

// The small pictures of the gallery, computed in the background.
class Cards;
class TextEditor;   // viz/app/text_editor.hpp
struct Difference;  // viz/app/compare.hpp

class Session {
   public:
    // threaded: a window. sliced: a window without threads (most web hosts); `tick` does the work,
    // a few milliseconds at a time. at_once: tests and pictures; `tick` and `settle` do the work.
    enum class Pace { threaded, sliced, at_once };
    explicit Session(Pace pace, std::function<void()> wake = {});
    ~Session();

    // Does one action. Never throws: what it did not understand becomes a note, and false.
    bool act(std::string_view line);
    // The same, for lessons and the command line: ValueError with one clear line.
    void act_strictly(std::string_view line);
    // Takes what was computed and moves what moves. True: the window must be drawn again.
    bool tick(double seconds);
    // Seconds until the next tick is wanted; infinity when nothing moves.
    double patience() const;
    // Whether something is still being computed.
    bool busy() const;
    // Works until everything wished for is there (a job that runs on for ever: for one slice).
    void settle();

    //--- what is open
    const OpenPanel* panel() const { return panel_.get(); }
    const std::string& component() const { return component_; }  // "" = the gallery
    const Knobs& knobs() const { return knobs_; }
    const Shown& shown() const { return shown_; }
    bool stale() const;
    const JobStatus& job() const { return job_; }
    const Until& until() const { return wish_.until; }  // what a run waits for; no scalar: nothing
    const Motion& motion() const { return motion_; }
    const Workspace& workspace() const { return *workspace_; }
    bool own_text() const { return own_text_; }
    // Where the inputs come from ("" = made up): see Wish::in.
    const std::string& in() const { return in_; }
    // What `in` of a panel says that takes its inputs from the one that is open.
    std::string as_source(std::string_view prefix) const;
    Link link() const;
    std::string link_text() const { return to_string(link()); }
    FactValue fact(std::string_view name) const;
    // As the window is drawn now: the presenter is light and large unless it is told otherwise.
    bool dark() const { return presenting ? present_dark : settings.dark; }
    float scale() const {
        return presenting ? std::max(presenter_scale, settings.scale) : settings.scale;
    }
    // The view of a picture of that size; of the pinned state.
    View view(Size size) const;
    View pinned_view(Size size) const;
    // A, when there is one, and how it is compared: "" (B alone), "side", "difference".
    const Pinned* pinned() const { return pinned_.get(); }
    const std::string& compare() const { return compare_; }
    // B − A, when that is on show and both are there.
    const Difference* difference() const { return difference_.get(); }
    // How far what is unrelated to the hovered cell has stepped back: 0 to 1.
    float fade() const { return fade_; }
    // The link of what is computed and when, without how it is looked at.
    Link state_link() const;
    const Cards& cards() const { return *cards_; }
    std::string say(std::string_view key, const Arguments& arguments = {}) const;

    //--- selection
    Selection hover, lock, pin;
    std::vector<std::string> shown_parts, pointed;
    std::map<std::string, Lens, std::less<>> lenses;
    std::vector<std::string> hidden;  // knobs, tabs and parts that a link hides

    //--- the window
    Settings settings;
    Progress progress;
    std::string tab = "lesson";
    std::string focus;  // region with the keyboard
    std::string under;  // region under the mouse
    Point mouse{-1, -1};
    bool full_digits = false;  // Shift is held
    bool picture_has_focus = false;
    std::string menu;    // open drop-down
    std::string search;  // text of the search box
    int search_choice = 0;
    bool palette = false, keys_shown = false, presenting = false, drawer = false, blank = false;
    bool more_knobs = false;
    bool present_dark = false;  // the theme while presenting
    std::map<std::string, float, std::less<>> scrolls;
    std::map<std::string, std::string, std::less<>> drafts;  // text fields being edited
    // The large field: its text, the field it was opened for, and what was wrong with a file.
    std::shared_ptr<TextEditor> editor;
    std::string editor_for, editor_title, editor_problem;
    bool reveal_caret = false;               // the editor's pane is to show the caret
    std::string until_wrong, until_problem;  // text of that field which was no condition, and why
    std::vector<Note> notes;
    std::string clipboard;  // to be taken by the window
    bool wants_file =
        false;  // a file is to be chosen: a wish to the window, where it has a chooser
    std::string export_wish;  // "png", "svg", … to be done by the window
    // A path: the links of a class, which of them and of its sentences is on show, and tools. It is
    // kept when the presenter is left, so that one may look around and come back.
    std::vector<Slide> playlist;
    std::string playlist_name;  // as `read_slides` takes it
    std::size_t playlist_at = 0, sentence_at = 0;
    bool following = false;  // a stop of it was opened in this session
    bool on_path() const;    // what is open is the stop where the path is
    bool laser = false, pen = false, spotlight = false;
    std::vector<std::vector<Point>> strokes;  // of the pen, until the next step
    bool full_screen = false;
    bool native_text = false;    // the window shows the text of the focused field
    bool native_editor = false;  // … and that of the large one (the browser)
    std::uint64_t gesture = 0;   // counts presses of the mouse: one undo step each
    // Lesson and quiz: which lesson is read, how far, what was answered.
    std::string lesson;  // component id
    std::map<std::string, int, std::less<>> lesson_at;
    bool follow_lesson = false;  // the pane is to show what was played
    double clock() const { return clock_; }

    void note(std::string text, bool bad = false);
    bool can_undo() const { return !undo_.empty(); }
    bool can_redo() const { return !redo_.empty(); }

   private:
    friend struct Actions;
    void open(const Link& link, bool strict);
    void close_panel();
    void want();  // asks the worker for what the state says
    void take(Shown shown);
    void set_knob(std::string_view name, std::string_view value, bool strict);
    void set_text(std::string text, bool own, std::string file = "");
    void open_text(const std::string& from_link);
    void renew_workspace();
    void remember(const std::string& what);
    Snapshot snapshot() const;
    void restore(const Snapshot& snapshot);
    void seek(std::size_t step, bool near);
    void set_t(double t);
    Link state_link(const Knobs& knobs, std::size_t step) const;
    View view_of(const Shown& shown, double t, Size size) const;
    void pin_state();
    void open_pin(const std::string& link);
    void take_pin();
    void set_compare(std::string how);
    void renew_difference();
    bool card_moves() const;
    bool fade_is_wanted() const;
    void move_fade(double dt);

    const Pace pace_;
    const std::function<void()> wake_;
    std::shared_ptr<const OpenPanel> panel_;
    std::string component_, in_;
    Knobs knobs_;
    Shown shown_;
    JobStatus job_;
    Motion motion_;
    std::shared_ptr<const Workspace> workspace_;
    std::shared_ptr<const std::string> text_ = std::make_shared<std::string>();
    std::string text_file_;  // "name:sha256" of a text that is too long for a link
    std::string tokenizer_, model_;
    bool own_text_ = false;
    Wish wish_;
    std::uint64_t wanted_ = 0;  // the serial of the newest wish
    std::uint64_t closed_ = 0;  // what was wished until here was of a picture that is closed
    std::vector<Snapshot> undo_, redo_;
    std::string last_change_;
    std::uint64_t last_gesture_ = 0, stroke_gesture_ = 0;
    std::vector<std::string> back_, forward_;  // links
    double clock_ = 0;
    bool dirty_ = true;
    bool fresh_ = false;        // just opened: the first trace starts the opening motion
    bool opening_run_ = false;  // the job runs as part of the opening motion
    double wanted_t_ = -1;
    Selection resting_;  // where the pointer is, and since when
    double rest_from_ = 0;
    float fade_ = 0;
    std::size_t cards_seen_ = 0;
    std::shared_ptr<const Pinned> pinned_;
    std::string compare_;
    std::shared_ptr<const Difference> difference_;
    std::unique_ptr<Cards> cards_;
    std::unique_ptr<Worker> worker_, pin_worker_;  // pin_worker_: while A of a link is computed
};

}  // namespace orrery::viz
