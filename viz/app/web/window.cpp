#include "viz/app/web/window.hpp"

#include <emscripten/emscripten.h>
#include <emscripten/html5.h>
#include <imgui.h>
#include <imgui_impl_opengl3.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "core/base/parallel.hpp"
#include "viz/app/controls.hpp"
#include "viz/app/export.hpp"
#include "viz/app/shell.hpp"
#include "viz/app/shot.hpp"
#include "viz/app/web/touch.hpp"
#include "viz/app/window/gl.hpp"
#include "viz/app/window/gl_paint.hpp"
#include "viz/kit/fonts.hpp"
#include "viz/kit/svg.hpp"

namespace orrery::viz {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr double save_seconds = 1;
constexpr const char* outbox = "/out";  // files written here are handed to the reader

// From a thread that computed: the page looks what there is.
void call_page() {
    MAIN_THREAD_ASYNC_EM_ASM({ Module.called(); });
}

class Page {
   public:
    Page(int width, int height, float ratio, bool threaded)
        : session_(threaded ? std::make_unique<Session>(Session::Pace::threaded, call_page)
                            : std::make_unique<Session>(Session::Pace::sliced)),
          controls_(*session_),
          touch_(controls_) {
        resize(width, height, ratio);
        std::error_code ignored;
        fs::create_directories(outbox, ignored);
        fs::current_path(outbox, ignored);
        session_->native_text = session_->native_editor = true;
        std::string note;
        session_->settings = load_settings(&note);
        session_->progress = load_progress(&note);
        if (!note.empty()) session_->note(note, true);
        saved_settings_ = session_->settings, saved_progress_ = session_->progress;
        begin_drawing();
    }

    Session& session() { return *session_; }
    Controls& controls() { return controls_; }
    Touch& touch() { return touch_; }
    void change() { changed_ = true; }

    void resize(int width, int height, float ratio) {
        width_ = std::max(1, width), height_ = std::max(1, height);
        ratio_ = std::clamp(ratio, 0.5f, 8.0f);
        changed_ = true;
    }

    float scale() const {
        return fitting_scale(session_->scale() * ratio_, {float(width_), float(height_)});
    }
    Point place(float x, float y) const { return {x / scale(), y / scale()}; }

    double tick(double seconds) {
        if (session_->tick(seconds)) changed_ = true;
        if (busy_ != session_->busy()) changed_ = true;
        save_state(seconds);
        if (changed_) return -1;
        double patience = session_->patience();
        if (!(saved_settings_ == session_->settings) || !(saved_progress_ == session_->progress))
            patience = std::min(patience, save_seconds);
        return std::isinf(patience) ? 1e9 : patience;
    }

    void frame() {
        changed_ = false;
        ++frames_;
        const float s = scale();
        const Size size{float(width_) / s, float(height_) / s};
        //: build the picture; a pane that was scrolled too far is put right first
        auto canvas =
            std::make_unique<Canvas>(size, session_->dark(), session_->settings.high_contrast);
        draw_window(*canvas, *session_);
        for (int i = 0; i < 3 && controls_.update(*canvas); ++i) {
            canvas =
                std::make_unique<Canvas>(size, session_->dark(), session_->settings.high_contrast);
            draw_window(*canvas, *session_);
        }
        ImGui::SetCurrentContext(imgui_);
        ImGui::GetIO().DisplaySize = {float(width_), float(height_)};
        ImGui::GetIO().DeltaTime = 1.0f / 60;
        ImGui_ImplOpenGL3_NewFrame();
        ImGui::NewFrame();
        painter_->begin_frame();
        paint(*canvas, *ImGui::GetBackgroundDrawList(), *fonts_, *painter_, {0, 0}, s);
        ImGui::Render();
        const Color c = canvas->theme().background;
        glBindFramebuffer(GL_FRAMEBUFFER, 0);
        glDisable(GL_SCISSOR_TEST);
        glViewport(0, 0, width_, height_);
        glClearColor(float(c.r) / 255, float(c.g) / 255, float(c.b) / 255, 1);
        glClear(GL_COLOR_BUFFER_BIT);
        ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
        background_ = c;
        text_color_ = canvas->theme().text;
        if (glyph_was_missing()) wants_fonts_ = true;
    }

    void fonts_came() {
        end_drawing();
        reload_fonts();
        begin_drawing();
        changed_ = true;
    }

    json state() {
        const Session& s = *session_;
        busy_ = s.busy();
        json j{{"link", s.link_text()},
               {"component", s.component()},
               {"drawn", s.shown().trace != nullptr},
               {"language", code(s.settings.language)},
               {"dark", s.settings.dark},
               {"presenting", s.presenting},
               {"full_screen", s.full_screen},
               {"frames", frames_},
               {"running", s.job().running},
               {"busy", busy_ || s.patience() < 0.1},
               {"wants_fonts", std::exchange(wants_fonts_, false)},
               {"background", hex(background_)},
               {"text_color", hex(text_color_)},
               {"clipboard", std::exchange(session_->clipboard, std::string())},
               {"wants_file", std::exchange(session_->wants_file, false)},
               {"editor", s.editor != nullptr},
               {"saved", std::exchange(saved_, false)},
               {"files", json::array()}};
        for (const auto& file : fs::directory_iterator(outbox))
            if (file.is_regular_file()) j["files"].push_back(file.path().string());
        if (const Region* field = controls_.text_field()) {
            const float s1 = scale();
            j["field"] = {{"id", field->id},
                          {"x", field->box.x * s1},
                          {"y", field->box.y * s1},
                          {"w", field->box.w * s1},
                          {"h", field->box.h * s1},
                          {"content", field->content},
                          {"multiline", field->multiline},
                          {"search", field->action == "search"},
                          {"mono", field->action != "search" && field->action != "own-text"},
                          {"size", (field->action == "search" ? text_body + 1 : 14.0f) * s1}};
        }
        return j;
    }

    json regions() const {
        json all = json::array();
        const float s = scale();
        for (const Region& r : controls_.regions())
            all.push_back({{"id", r.id},
                           {"kind", int(r.kind)},
                           {"action", r.action},
                           {"x", r.box.x * s},
                           {"y", r.box.y * s},
                           {"w", r.box.w * s},
                           {"h", r.box.h * s}});
        return all;
    }

   private:
    static std::string hex(Color c) {
        char text[8];
        std::snprintf(text, sizeof text, "#%02X%02X%02X", c.r, c.g, c.b);
        return text;
    }

    void begin_drawing() {
        imgui_ = ImGui::CreateContext();
        ImGui::SetCurrentContext(imgui_);
        ImGui::GetIO().IniFilename = nullptr;
        fonts_ = std::make_unique<FontSet>(*ImGui::GetIO().Fonts);
        ImGui_ImplOpenGL3_Init(glsl_version);
        painter_ = std::make_unique<GlPainter>();
    }
    void end_drawing() {
        ImGui::SetCurrentContext(imgui_);
        painter_.reset();
        ImGui_ImplOpenGL3_Shutdown();
        fonts_.reset();
        ImGui::DestroyContext(imgui_);
    }

    // The page copies the files to the browser's own store when `saved` is said.
    void save_state(double clock) {
        if (clock < next_save_) return;
        next_save_ = clock + save_seconds;
        session_->progress.last = session_->link_text();
        std::string note;
        if (!(saved_settings_ == session_->settings)) {
            save(saved_settings_ = session_->settings, &note);
            saved_ = changed_ = true;
        }
        if (!(saved_progress_ == session_->progress)) {
            save(saved_progress_ = session_->progress, &note);
            saved_ = changed_ = true;
        }
        if (!note.empty()) session_->note(note, true);
    }

    std::unique_ptr<Session> session_;
    Controls controls_;
    Touch touch_;
    ImGuiContext* imgui_ = nullptr;
    std::unique_ptr<FontSet> fonts_;
    std::unique_ptr<GlPainter> painter_;
    Settings saved_settings_;
    Progress saved_progress_;
    Color background_{}, text_color_{};
    int width_ = 1, height_ = 1, frames_ = 0;
    float ratio_ = 1;
    bool changed_ = true, saved_ = false, wants_fonts_ = false, busy_ = false;
    double next_save_ = 0;
};

std::unique_ptr<Page> page;
std::string answer;  // what was returned last

const char* keep(std::string text) {
    answer = std::move(text);
    return answer.c_str();
}
const char* keep(const json& j) {
    return keep(j.dump(-1, ' ', false, json::error_handler_t::replace));
}

}  // namespace
}  // namespace orrery::viz

using namespace orrery;
using namespace orrery::viz;

extern "C" {

EMSCRIPTEN_KEEPALIVE int orrery_begin(const char* link, int width, int height, float ratio,
                                      const char* language, int reduced_motion, int threads) {
    stay_alone();
    set_thread_count(std::size_t(std::max(1, threads)));
    EmscriptenWebGLContextAttributes wanted;
    emscripten_webgl_init_context_attributes(&wanted);
    wanted.majorVersion = 2;
    wanted.alpha = wanted.depth = wanted.antialias = false;
    wanted.preserveDrawingBuffer = true;  // a frame is drawn only when something changed
    const auto context = emscripten_webgl_create_context("#canvas", &wanted);
    if (context <= 0) return 0;
    emscripten_webgl_make_context_current(context);
    try {
        page = std::make_unique<Page>(width, height, ratio, threads > 0);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "orrery: %s\n", e.what());
        return 0;
    }
    Session& s = page->session();
    if (*language) s.act(std::string("language ") + language);
    if (reduced_motion) s.settings.reduced_motion = true;
    s.act(*link ? std::string("open ") + link : std::string("home"));
    return 1;
}

EMSCRIPTEN_KEEPALIVE void orrery_resize(int width, int height, float ratio) {
    page->resize(width, height, ratio);
}

EMSCRIPTEN_KEEPALIVE double orrery_tick(double seconds) { return page->tick(seconds); }

EMSCRIPTEN_KEEPALIVE void orrery_frame() { page->frame(); }

EMSCRIPTEN_KEEPALIVE const char* orrery_state() { return keep(page->state()); }

EMSCRIPTEN_KEEPALIVE const char* orrery_words() {
    try {
        return keep(describe(page->session()));
    } catch (const std::exception& e) {
        return keep(std::string(e.what()));
    }
}

EMSCRIPTEN_KEEPALIVE void orrery_pointer(int what, float x, float y, int button) {
    const Point at = page->place(x, y);
    Controls& c = page->controls();
    page->change();
    switch (what) {
        case pointer_move:
            return c.move(at);
        case pointer_leave:
            return c.leave();
        case pointer_press:
            c.move(at);
            return c.press(at, button);
        case pointer_release:
            return c.release(at, button);
        default:
            return c.double_click(at);
    }
}

EMSCRIPTEN_KEEPALIVE void orrery_touch(int what, int finger, float x, float y) {
    page->change();
    page->touch().event(Touch::What(what), finger, page->place(x, y));
}

EMSCRIPTEN_KEEPALIVE void orrery_wheel(float x, float y, float dx, float dy, int zoom) {
    page->change();
    page->controls().wheel(page->place(x, y), dx, dy, zoom != 0);
}

EMSCRIPTEN_KEEPALIVE int orrery_key(const char* chord) {
    page->change();
    return page->controls().key(chord) ? 1 : 0;
}

EMSCRIPTEN_KEEPALIVE void orrery_shift(int down) {
    if (page->session().full_digits == (down != 0)) return;
    page->session().full_digits = down != 0;
    page->change();
}

EMSCRIPTEN_KEEPALIVE int orrery_act(const char* line) {
    page->change();
    return page->session().act(line) ? 1 : 0;
}

EMSCRIPTEN_KEEPALIVE void orrery_type(const char* text) {
    page->change();
    page->controls().type(text);
}

EMSCRIPTEN_KEEPALIVE void orrery_commit(const char* text) {
    page->change();
    page->controls().commit(text);
}

EMSCRIPTEN_KEEPALIVE void orrery_step_aside() {
    page->change();
    page->controls().step_aside();
}

EMSCRIPTEN_KEEPALIVE void orrery_fonts_came() { page->fonts_came(); }

EMSCRIPTEN_KEEPALIVE const char* orrery_svg(const char* link, const char* lang, const char* theme) {
    try {
        ShotOptions options;
        options.lang = lang, options.theme = theme;
        const std::string name = link;
        return keep(
            to_svg(shot_of_link(name, options), {{"Title", name.substr(0, name.find('?'))}}));
    } catch (const std::exception& e) {
        return keep(std::string("error: ") + e.what());
    }
}

EMSCRIPTEN_KEEPALIVE const char* orrery_regions() { return keep(page->regions()); }

}  // extern "C"
