#include "viz/app/offscreen.hpp"

#include <EGL/egl.h>
#include <EGL/eglext.h>
#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "core/base/error.hpp"
#include "viz/app/window/studio.hpp"

namespace orrery::viz {
namespace {

// An OpenGL 3.3 context that shows nothing.
struct Context {
    virtual ~Context() = default;
    virtual void enter() = 0;
    virtual void leave() = 0;
};

// Without a display.
class EglContext : public Context {
   public:
    EglContext() {
        const auto get_display = reinterpret_cast<PFNEGLGETPLATFORMDISPLAYEXTPROC>(
            eglGetProcAddress("eglGetPlatformDisplayEXT"));
        if (get_display)
            display_ = get_display(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, nullptr);
        if (display_ == EGL_NO_DISPLAY || !eglInitialize(display_, nullptr, nullptr)) {
            display_ = eglGetDisplay(EGL_DEFAULT_DISPLAY);
            if (display_ == EGL_NO_DISPLAY || !eglInitialize(display_, nullptr, nullptr))
                throw Error("no EGL display");
        }
        const EGLint wanted[] = {EGL_SURFACE_TYPE, EGL_PBUFFER_BIT, EGL_RENDERABLE_TYPE,
                                 EGL_OPENGL_BIT, EGL_NONE};
        EGLConfig config = nullptr;
        EGLint count = 0;
        if (!eglBindAPI(EGL_OPENGL_API)) throw Error("EGL has no desktop OpenGL");
        if (!eglChooseConfig(display_, wanted, &config, 1, &count) || count == 0)
            config = nullptr;  // EGL_KHR_no_config_context
        const EGLint version[] = {EGL_CONTEXT_MAJOR_VERSION,
                                  3,
                                  EGL_CONTEXT_MINOR_VERSION,
                                  3,
                                  EGL_CONTEXT_OPENGL_PROFILE_MASK,
                                  EGL_CONTEXT_OPENGL_CORE_PROFILE_BIT,
                                  EGL_NONE};
        context_ = eglCreateContext(display_, config, EGL_NO_CONTEXT, version);
        if (context_ == EGL_NO_CONTEXT) throw Error("no OpenGL 3.3");
        if (!eglMakeCurrent(display_, EGL_NO_SURFACE, EGL_NO_SURFACE, context_)) {
            const EGLint size[] = {EGL_WIDTH, 16, EGL_HEIGHT, 16, EGL_NONE};
            surface_ = eglCreatePbufferSurface(display_, config, size);
        }
        leave();
    }
    void enter() override {
        eglBindAPI(EGL_OPENGL_API);
        if (!eglMakeCurrent(display_, surface_, surface_, context_))
            throw Error("the OpenGL context can not be used");
    }
    void leave() override {
        eglMakeCurrent(display_, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
    }

   private:
    EGLDisplay display_ = EGL_NO_DISPLAY;
    EGLContext context_ = EGL_NO_CONTEXT;
    EGLSurface surface_ = EGL_NO_SURFACE;
};

// With a display: a window that is never shown. Made by the thread that has the other windows.
class HiddenWindow : public Context {
   public:
    HiddenWindow() {
        if (!glfwInit()) throw Error("no display: " + reason());
        glfwDefaultWindowHints();
        glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, 3);
        glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, 3);
        glfwWindowHint(GLFW_OPENGL_PROFILE, GLFW_OPENGL_CORE_PROFILE);
        glfwWindowHint(GLFW_VISIBLE, GLFW_FALSE);
        window_ = glfwCreateWindow(16, 16, "Orrery", nullptr, nullptr);
        glfwDefaultWindowHints();
        if (!window_) throw Error("no window with OpenGL 3.3: " + reason());
    }
    void enter() override { glfwMakeContextCurrent(window_); }
    void leave() override { glfwMakeContextCurrent(nullptr); }

   private:
    static std::string reason() {
        const char* text = nullptr;
        glfwGetError(&text);
        return text ? text : "unknown";
    }
    GLFWwindow* window_ = nullptr;
};

// Everything that is made once and used for every picture.
class Darkroom {
   public:
    explicit Darkroom(std::unique_ptr<Context> context) : context_(std::move(context)) {
        context_->enter();
        try {
            studio_ = std::make_unique<Studio>();
        } catch (...) {
            context_->leave();
            throw;
        }
        context_->leave();
    }
    Image picture(const Canvas& canvas, float scale) {
        context_->enter();
        try {
            Image image = studio_->picture(canvas, scale);
            context_->leave();
            return image;
        } catch (...) {
            context_->leave();
            throw;
        }
    }

   private:
    std::unique_ptr<Context> context_;
    std::unique_ptr<Studio> studio_;
};

// Runs `work` in a thread of its own: an OpenGL context belongs to a thread, and the caller's own
// stays as it is.
void apart(const std::function<void()>& work) {
    static std::mutex one_at_a_time;
    const std::lock_guard lock(one_at_a_time);
    std::exception_ptr failure;
    std::thread thread([&] {
        try {
            work();
        } catch (...) {
            failure = std::current_exception();
        }
    });
    thread.join();
    if (failure) std::rethrow_exception(failure);
}

// Never freed: the driver may be gone before. EGL first, which needs no display; else a hidden
// window. Error with both reasons.
Darkroom& darkroom() {
    static Darkroom* one = nullptr;
    if (one) return *one;
    std::string without;
    try {
        apart([] { one = new Darkroom(std::make_unique<EglContext>()); });
        return *one;
    } catch (const std::exception& error) {
        without = error.what();
    }
    try {
        auto window = std::make_unique<HiddenWindow>();
        apart([&] { one = new Darkroom(std::move(window)); });
    } catch (const std::exception& error) {
        throw Error("without a display: " + without + "; with one: " + error.what());
    }
    return *one;
}

}  // namespace

std::string offscreen_problem() {
    try {
        darkroom();
        return "";
    } catch (const std::exception& error) {
        return std::string("no OpenGL to paint with: ") + error.what() +
               ": install libegl1 and libgl1-mesa-dri, or set DISPLAY, or write an .svg";
    }
}

Image render(const Canvas& canvas, float scale) {
    const std::string problem = offscreen_problem();
    if (!problem.empty()) throw Error("shot: " + problem);
    Image image;
    apart([&] { image = darkroom().picture(canvas, scale); });
    return image;
}

std::string render_png(const Canvas& canvas, float scale, const Notes& notes) {
    return encode_png(render(canvas, scale), notes);
}

}  // namespace orrery::viz
