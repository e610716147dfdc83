// The main loop: events become actions, a changed session becomes one frame, and otherwise nothing
// runs
#include "viz/app/window.hpp"

#define GL_GLEXT_PROTOTYPES
#include <GL/glcorearb.h>
#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>
#include <imgui.h>
#include <imgui_impl_glfw.h>
#include <imgui_impl_opengl3.h>
#include <imgui_stdlib.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <memory>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/text.hpp"
#include "viz/app/controls.hpp"
#include "viz/app/frame_times.hpp"
#include "viz/app/shell.hpp"
#include "viz/app/text_editor.hpp"
#include "viz/app/window/gl_paint.hpp"
#include "viz/kit/fonts.hpp"

namespace orrery::viz {
namespace {

constexpr double double_click_seconds = 0.35, save_seconds = 2;

std::string key_name(int key, int scancode) {
    switch (key) {
        case GLFW_KEY_SPACE:
            return "Space";
        case GLFW_KEY_ESCAPE:
            return "Escape";
        case GLFW_KEY_ENTER:
        case GLFW_KEY_KP_ENTER:
            return "Enter";
        case GLFW_KEY_TAB:
            return "Tab";
        case GLFW_KEY_BACKSPACE:
            return "Backspace";
        case GLFW_KEY_INSERT:
            return "Insert";
        case GLFW_KEY_DELETE:
            return "Delete";
        case GLFW_KEY_LEFT:
            return "Left";
        case GLFW_KEY_RIGHT:
            return "Right";
        case GLFW_KEY_UP:
            return "Up";
        case GLFW_KEY_DOWN:
            return "Down";
        case GLFW_KEY_HOME:
            return "Home";
        case GLFW_KEY_END:
            return "End";
        case GLFW_KEY_PAGE_UP:
            return "PageUp";
        case GLFW_KEY_PAGE_DOWN:
            return "PageDown";
        case GLFW_KEY_KP_ADD:
            return "+";
        case GLFW_KEY_KP_SUBTRACT:
            return "-";
        default:
            break;
    }
    if (key >= GLFW_KEY_F1 && key <= GLFW_KEY_F12)
        return "F" + std::to_string(key - GLFW_KEY_F1 + 1);
    if (key >= GLFW_KEY_KP_0 && key <= GLFW_KEY_KP_9)
        return std::string(1, char('0' + key - GLFW_KEY_KP_0));
    const char* name = glfwGetKeyName(key, scancode);
    if (!name || !*name) return "";
    std::string text = name;
    if (text.size() == 1 && text[0] >= 'a' && text[0] <= 'z') text[0] = char(text[0] - 32);
    return text;
}

class Window {
   public:
    explicit Window(const OpenCommand& options)
        : options_(options),
          session_(
              std::make_unique<Session>(Session::Pace::threaded, [] { glfwPostEmptyEvent(); })),
          controls_(*session_) {
        session_->native_text = true;
        std::string note;
        session_->settings = load_settings(&note);
        if (!note.empty()) session_->note(note, true);
        note.clear();
        session_->progress = load_progress(&note);
        if (!note.empty()) session_->note(note, true);
        saved_settings_ = session_->settings, saved_progress_ = session_->progress;
        glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, 3);
        glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, 3);
        glfwWindowHint(GLFW_OPENGL_PROFILE, GLFW_OPENGL_CORE_PROFILE);
        glfwWindowHint(GLFW_SCALE_TO_MONITOR, GLFW_TRUE);
        glfwWindowHint(GLFW_VISIBLE, GLFW_FALSE);
        window_ = glfwCreateWindow(session_->settings.window_width,
                                   session_->settings.window_height, "Orrery", nullptr, nullptr);
        if (!window_)
            throw Error(
                "open: no window with OpenGL 3.3: install a graphics driver, or use orrery shot");
        glfwMakeContextCurrent(window_);
        glfwSwapInterval(1);
        glfwSetWindowSizeLimits(window_, 300, 200, GLFW_DONT_CARE, GLFW_DONT_CARE);
        ImGui::CreateContext();
        ImGui::GetIO().IniFilename = nullptr;
        ImGui::GetIO().ConfigFlags |= ImGuiConfigFlags_NoMouseCursorChange;
        fonts_ = std::make_unique<FontSet>(*ImGui::GetIO().Fonts);
        set_callbacks();
        ImGui_ImplGlfw_InitForOpenGL(window_, true);
        ImGui_ImplOpenGL3_Init("#version 330 core");
        keep_newlines();
        painter_ = std::make_unique<GlPainter>();
    }

    ~Window() {
        session_->progress.last = session_->link_text();
        save_state(true);
        painter_.reset();
        ImGui_ImplOpenGL3_Shutdown();
        ImGui_ImplGlfw_Shutdown();
        fonts_.reset();
        ImGui::DestroyContext();
        session_.reset();
        glfwDestroyWindow(window_);
    }

    void run() {
        const bool is_class = options_.link.ends_with(".txt");
        session_->act(options_.link.empty() ? "home"
                      : is_class            ? "class " + options_.link
                                            : "open " + options_.link);
        const double start = glfwGetTime();
        bool shown = false;
        while (!glfwWindowShouldClose(window_)) {
            wait();
            if (session_->tick(glfwGetTime())) changed_ = true;
            if (options_.seconds > 0 && glfwGetTime() - start > options_.seconds) break;
            take_over();
            if (!changed_) continue;
            changed_ = false;
            frame();
            if (!shown) {
                glfwShowWindow(window_);
                shown = true;
            }
        }
    }

    const FrameTimes& times() const { return times_; }
    double first_frame() const { return first_frame_; }

   private:
    // Sleeps until an event, or until something moves.
    void wait() {
        double patience = session_->patience();
        if (small_field()) patience = std::min(patience, 0.4);  // the caret blinks
        if (options_.seconds > 0) patience = std::min(patience, 0.2);
        if (saved_settings_ != session_->settings || saved_progress_ != session_->progress)
            patience = std::min(patience, save_seconds);
        if (changed_ || again_ > 0)
            glfwPollEvents();
        else if (std::isinf(patience))
            glfwWaitEvents();
        else
            glfwWaitEventsTimeout(std::max(0.001, patience));
        if (again_ > 0) --again_, changed_ = true;
        if (small_field()) changed_ = true;
        save_state(false);
    }

    // What the session asks of the window.
    void take_over() {
        if (!session_->clipboard.empty()) {
            glfwSetClipboardString(window_, session_->clipboard.c_str());
            session_->clipboard.clear();
        }
        if (session_->full_screen != full_screen_) {
            full_screen_ = session_->full_screen;
            GLFWmonitor* monitor = glfwGetPrimaryMonitor();
            const GLFWvidmode* mode = monitor ? glfwGetVideoMode(monitor) : nullptr;
            if (full_screen_ && mode) {
                glfwGetWindowPos(window_, &window_x_, &window_y_);
                glfwGetWindowSize(window_, &window_w_, &window_h_);
                glfwSetWindowMonitor(window_, monitor, 0, 0, mode->width, mode->height,
                                     mode->refreshRate);
            } else if (!full_screen_ && window_w_ > 0) {
                glfwSetWindowMonitor(window_, nullptr, window_x_, window_y_, window_w_, window_h_,
                                     0);
            }
            changed_ = true;
        }
        const std::string title =
            session_->component().empty() ? "Orrery" : session_->component() + " — Orrery";
        if (title != title_) glfwSetWindowTitle(window_, (title_ = title).c_str());
    }

    float scale() const {
        float x = 1, y = 1;
        int width = 1, height = 1;
        glfwGetWindowContentScale(window_, &x, &y);
        glfwGetWindowSize(window_, &width, &height);
        return fitting_scale(session_->scale() * std::max(1.0f, std::min(x, 4.0f)),
                             {float(width), float(height)});
    }

    void frame() {
        int width = 0, height = 0, pixels_w = 0, pixels_h = 0;
        glfwGetWindowSize(window_, &width, &height);
        glfwGetFramebufferSize(window_, &pixels_w, &pixels_h);
        if (width <= 0 || height <= 0 || pixels_w <= 0) return;
        const float s = scale();
        const Size size{float(width) / s, float(height) / s};
        const auto begin = std::chrono::steady_clock::now();
        //: build the picture; a pane that was scrolled too far is put right first
        auto canvas =
            std::make_unique<Canvas>(size, session_->dark(), session_->settings.high_contrast);
        draw_window(*canvas, *session_);
        for (int i = 0; i < 3 && controls_.update(*canvas); ++i) {
            canvas =
                std::make_unique<Canvas>(size, session_->dark(), session_->settings.high_contrast);
            draw_window(*canvas, *session_);
        }
        ImGui_ImplOpenGL3_NewFrame();
        ImGui_ImplGlfw_NewFrame();
        ImGui::NewFrame();
        painter_->begin_frame();
        paint(*canvas, *ImGui::GetBackgroundDrawList(), *fonts_, *painter_, {0, 0}, s);
        text_input(s, *canvas);
        ImGui::Render();
        times_.add(
            std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
                .count());

        const Color c = canvas->theme().background;
        glViewport(0, 0, pixels_w, pixels_h);
        glClearColor(float(c.r) / 255, float(c.g) / 255, float(c.b) / 255, 1);
        glClear(GL_COLOR_BUFFER_BIT);
        ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
        glfwSwapBuffers(window_);
        if (first_frame_ == 0) first_frame_ = glfwGetTime();
    }

    // A field of one line would lose the newlines of what is pasted: they are a sign there.
    static void keep_newlines() {
        auto& io = ImGui::GetPlatformIO();
        io.Platform_GetClipboardTextFn = [](ImGuiContext*) -> const char* {
            static std::string text;
            const char* given = glfwGetClipboardString(nullptr);
            text = one_line(given ? given : "");
            return text.c_str();
        };
        io.Platform_SetClipboardTextFn = [](ImGuiContext*, const char* text) {
            glfwSetClipboardString(nullptr, many_lines(text).c_str());
        };
    }

    // The field with the keyboard, unless it is the large one, which draws itself.
    const Region* small_field() const {
        const Region* field = controls_.text_field();
        return field && !field->multiline ? field : nullptr;
    }

    // An unstyled input of Dear ImGui over the field that has the keyboard.
    void text_input(float s, const Canvas& canvas) {
        const Region* field = small_field();
        if (!field) {
            editing_.clear();
            return;
        }
        if (editing_ != field->id) {
            editing_ = field->id;
            text_ = one_line(field->content);
            take_keyboard_ = 2, again_ = 2;
        }
        const Theme& t = canvas.theme();
        const auto color = [](Color c) { return IM_COL32(c.r, c.g, c.b, c.a); };
        const Rect box = field->box;
        ImGui::SetNextWindowPos({box.x * s, box.y * s});
        ImGui::SetNextWindowSize({box.w * s, box.h * s});
        ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(0, 0));
        ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 0.0f);
        ImGui::PushStyleVar(ImGuiStyleVar_WindowMinSize, ImVec2(1, 1));
        const bool mono = field->action != "search" && field->action != "own-text" &&
                          field->action != "editor-path";
        const float size = field->action == "search" ? text_body + 1 : mono ? text_label : 14.0f;
        ImGui::PushFont((*fonts_)[mono ? Font::mono : Font::body], size * s);
        const float pad = std::max(0.0f, (box.h * s - ImGui::GetFontSize()) / 2 - 1.5f * s);
        ImGui::PushStyleVar(ImGuiStyleVar_FramePadding,
                            ImVec2(field->action == "search" ? 0.0f : 8 * s, pad));
        ImGui::PushStyleColor(ImGuiCol_WindowBg, IM_COL32(0, 0, 0, 0));
        ImGui::PushStyleColor(ImGuiCol_FrameBg, IM_COL32(0, 0, 0, 0));
        ImGui::PushStyleColor(ImGuiCol_Text, color(t.text));
        ImGui::PushStyleColor(ImGuiCol_InputTextCursor, color(t.text));
        ImGui::PushStyleColor(ImGuiCol_TextSelectedBg, color(t.accent.with_alpha(0.35f)));
        ImGui::PushStyleColor(ImGuiCol_NavCursor, IM_COL32(0, 0, 0, 0));
        ImGui::Begin("field", nullptr,
                     ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove |
                         ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoScrollWithMouse |
                         ImGuiWindowFlags_NoNav);
        if (take_keyboard_ > 0) {
            ImGui::SetKeyboardFocusHere();
            --take_keyboard_;
        }
        ImGui::SetNextItemWidth(box.w * s);
        const std::string before = text_;
        const bool enter = ImGui::InputText(
            "##text", &text_,
            ImGuiInputTextFlags_EnterReturnsTrue | ImGuiInputTextFlags_AutoSelectAll);
        ImGui::End();
        ImGui::PopStyleColor(6);
        ImGui::PopFont();
        ImGui::PopStyleVar(4);
        if (text_ != before) controls_.type(many_lines(text_)), changed_ = true;
        if (enter) {
            const bool file = field->action == "editor-path";
            controls_.commit(many_lines(text_));
            if (file) session_->act("editor-file");
            editing_.clear();
            changed_ = true, again_ = 1;
        }
    }

    void save_state(bool now) {
        const double clock = glfwGetTime();
        if (!now && clock < next_save_) return;
        std::string note;
        if (!(saved_settings_ == session_->settings))
            save(saved_settings_ = session_->settings, &note);
        if (!(saved_progress_ == session_->progress))
            save(saved_progress_ = session_->progress, &note);
        if (!note.empty() && !save_failed_) session_->note(note, true), save_failed_ = true;
        next_save_ = clock + save_seconds;
    }

    //--- events
    static Window& of(GLFWwindow* w) { return *static_cast<Window*>(glfwGetWindowUserPointer(w)); }
    Point logical(double x, double y) const { return {float(x) / scale(), float(y) / scale()}; }
    Point mouse() const {
        double x = 0, y = 0;
        glfwGetCursorPos(window_, &x, &y);
        return logical(x, y);
    }

    // Leaves the text field with what was typed.
    void leave_field() {
        if (!controls_.text_field() || editing_.empty()) return;
        controls_.commit(many_lines(text_));
        editing_.clear();
    }

    void set_callbacks() {
        glfwSetWindowUserPointer(window_, this);
        glfwSetCursorPosCallback(window_, [](GLFWwindow* w, double x, double y) {
            of(w).controls_.move(of(w).logical(x, y));
            of(w).changed_ = true;
        });
        glfwSetCursorEnterCallback(window_, [](GLFWwindow* w, int entered) {
            if (!entered) of(w).controls_.leave();
            of(w).changed_ = true;
        });
        glfwSetMouseButtonCallback(window_, [](GLFWwindow* w, int button, int action, int) {
            Window& self = of(w);
            const Point at = self.mouse();
            self.changed_ = true;
            if (action == GLFW_RELEASE) return self.controls_.release(at, button);
            if (button != GLFW_MOUSE_BUTTON_LEFT && button != GLFW_MOUSE_BUTTON_MIDDLE) return;
            const Region* field = self.controls_.text_field();
            if (field && !field->box.contains(at) && field->action != "search") self.leave_field();
            const double clock = glfwGetTime();
            if (button == GLFW_MOUSE_BUTTON_LEFT && clock - self.last_press_ < double_click_seconds)
                self.controls_.double_click(at);
            self.last_press_ = clock;
            self.controls_.press(at, button);
        });
        glfwSetScrollCallback(window_, [](GLFWwindow* w, double dx, double dy) {
            const bool zoom = glfwGetKey(w, GLFW_KEY_LEFT_CONTROL) == GLFW_PRESS ||
                              glfwGetKey(w, GLFW_KEY_RIGHT_CONTROL) == GLFW_PRESS;
            of(w).controls_.wheel(of(w).mouse(), float(dx), float(dy), zoom);
            of(w).changed_ = true;
        });
        glfwSetKeyCallback(window_, [](GLFWwindow* w, int key, int scancode, int action, int mods) {
            of(w).key(key, scancode, action, mods);
        });
        glfwSetCharCallback(window_, [](GLFWwindow* w, unsigned int c) {
            of(w).controls_.insert(to_utf8(c));
            of(w).changed_ = true;
        });
        glfwSetDropCallback(window_, [](GLFWwindow* w, int count, const char** paths) {
            if (count > 0) of(w).session_->act(std::string("text-file ") + paths[0]);
            of(w).changed_ = true;
        });
        glfwSetFramebufferSizeCallback(window_,
                                       [](GLFWwindow* w, int, int) { of(w).changed_ = true; });
        glfwSetWindowRefreshCallback(window_, [](GLFWwindow* w) { of(w).frame(); });
        glfwSetWindowSizeCallback(window_, [](GLFWwindow* w, int width, int height) {
            if (of(w).full_screen_ || width < 300 || height < 200) return;
            of(w).session_->settings.window_width = width;
            of(w).session_->settings.window_height = height;
        });
    }

    void key(int key, int scancode, int action, int mods) {
        changed_ = true;
        if (key == GLFW_KEY_LEFT_SHIFT || key == GLFW_KEY_RIGHT_SHIFT)
            session_->full_digits = action != GLFW_RELEASE;
        if (action == GLFW_RELEASE) return;
        const std::string name = key_name(key, scancode);
        if (name.empty()) return;
        std::string chord;
        if (mods & GLFW_MOD_CONTROL) chord += "Ctrl+";
        if (mods & GLFW_MOD_ALT) chord += "Alt+";
        if (mods & GLFW_MOD_SHIFT) chord += "Shift+";
        chord += name;
        if (const Region* field = controls_.text_field()) {
            // Text fields keep their keys; a few lead out of them.
            if (field->multiline && (chord == "Ctrl+V" || chord == "Shift+Insert")) {
                const char* text = glfwGetClipboardString(window_);
                if (text) controls_.insert(text);
            } else if (field->multiline) {
                controls_.key(chord);
            } else if (chord == "Ctrl+Enter") {
                //: what was typed so far goes along
                if (controls_.key(chord)) editing_.clear();
            } else if (chord == "Escape") {
                controls_.step_aside();
                editing_.clear();
            } else if (chord == "Tab" || chord == "Shift+Tab") {
                if (field->action != "search") leave_field();
                controls_.key(chord);
            } else if (chord == "Ctrl+K" || (name.size() > 1 && name[0] == 'F')) {
                controls_.key(chord);
            } else if (field->action == "search" && (chord == "Up" || chord == "Down")) {
                controls_.key(chord);
            }
            return;
        }
        controls_.key(chord);
    }

    OpenCommand options_;
    std::unique_ptr<Session> session_;
    Controls controls_;
    GLFWwindow* window_ = nullptr;
    std::unique_ptr<FontSet> fonts_;
    std::unique_ptr<GlPainter> painter_;
    FrameTimes times_;
    Settings saved_settings_;
    Progress saved_progress_;
    std::string editing_, text_, title_;
    int take_keyboard_ = 0, again_ = 0;
    bool changed_ = true, full_screen_ = false, save_failed_ = false;
    int window_x_ = 0, window_y_ = 0, window_w_ = 0, window_h_ = 0;
    double last_press_ = -1, next_save_ = 0, first_frame_ = 0;
};

std::string last_error() {
    const char* text = nullptr;
    glfwGetError(&text);
    return text ? text : "unknown";
}

}  // namespace

int open_command(const OpenCommand& options) {
    //: a text file holds one link a line: a class, gone through while presenting
    if (options.link.ends_with(".txt")) {
        std::vector<std::string> notes;
        read_slides(options.link, &notes);
        for (const auto& note : notes) std::fprintf(stderr, "orrery: %s\n", note.c_str());
    }
    if (!glfwInit()) {
        std::fprintf(
            stderr,
            "orrery: open: no display: %s: use orrery shot LINK -o picture.png, or set DISPLAY\n",
            last_error().c_str());
        return 1;
    }
    int status = 0;
    try {
        Window window(options);
        window.run();
        if (options.report)
            std::printf(
                "{\"frames\": %zu, \"first_frame_s\": %.3f, \"build_ms_median\": %.3f, "
                "\"build_ms_p99\": %.3f}\n",
                window.times().count(), window.first_frame(), window.times().percentile(50),
                window.times().percentile(99));
    } catch (const Error& e) {
        std::fprintf(stderr, "orrery: %s\n", e.what());
        status = 1;
    }
    glfwTerminate();
    return status;
}

}  // namespace orrery::viz
