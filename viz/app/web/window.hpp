// The page's side of the window: events in, frames and wishes out
//
// page.js owns the document: it calls these functions, draws when told to, lays an HTML text field
// over the focused box, and carries out what `orrery_state` says (clipboard, downloads, link).
// Everything else is the session, the controls and the window's drawing that the native program
// has. Places are in pixels of the canvas. Texts that are returned live until the next call.
#pragma once

extern "C" {
// The canvas's WebGL 2 context is made here. 0 when there is none. What is computed is computed by
// `threads` threads, which call `Module.called` when there is something to take; with 0 threads by
// `orrery_tick`, in slices.
int orrery_begin(const char* link, int width, int height, float ratio, const char* language,
                 int reduced_motion, int threads);
void orrery_resize(int width, int height, float ratio);

// Moves what moves (without threads it works for a few milliseconds first). Seconds until it wants to be called again
// (1e9: when something happens); below zero: draw a frame.
double orrery_tick(double seconds);
void orrery_frame();
// What the page has to know, as JSON: link, title, texts to copy, files to hand out, the text
// field.
const char* orrery_state();
// The picture in words, for those who do not see it.
const char* orrery_words();

enum OrreryPointer { pointer_move, pointer_leave, pointer_press, pointer_release, pointer_double };
void orrery_pointer(int what, float x, float y, int button);
// A finger: 0 down, 1 moved, 2 up, 3 taken away, 4 held for long. Two fingers zoom.
void orrery_touch(int what, int finger, float x, float y);
void orrery_wheel(float x, float y, float dx, float dy, int zoom);
// "Ctrl+Shift+Z". 1 when it was of use.
int orrery_key(const char* chord);
void orrery_shift(int down);
int orrery_act(const char* line);
void orrery_type(const char* text);
void orrery_commit(const char* text);
void orrery_step_aside();
void orrery_fonts_came();

// For tests: what `orrery shot LINK -o F.svg` writes, and the regions of the window as JSON.
const char* orrery_svg(const char* link, const char* lang, const char* theme);
const char* orrery_regions();
}
