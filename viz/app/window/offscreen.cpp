#include "viz/app/offscreen.hpp"

#include <EGL/egl.h>
#include <EGL/eglext.h>
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
class Context {
   public:
    Context() {
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
    void enter() {
        eglBindAPI(EGL_OPENGL_API);
        if (!eglMakeCurrent(display_, surface_, surface_, context_))
            throw Error("the OpenGL context can not be used");
    }
    void leave() { eglMakeCurrent(display_, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT); }

   private:
    EGLDisplay display_ = EGL_NO_DISPLAY;
    EGLContext context_ = EGL_NO_CONTEXT;
    EGLSurface surface_ = EGL_NO_SURFACE;
};

// Everything that is made once and used for every picture.
class Darkroom {
   public:
    Darkroom() {
        context_.enter();
        try {
            studio_ = std::make_unique<Studio>();
        } catch (...) {
            context_.leave();
            throw;
        }
        context_.leave();
    }
    Image picture(const Canvas& canvas, float scale) {
        context_.enter();
        Image image = studio_->picture(canvas, scale);
        context_.leave();
        return image;
    }

   private:
    Context context_;
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

Darkroom& darkroom() {
    static Darkroom* one = new Darkroom;  // never freed: the driver may be gone before
    return *one;
}

}  // namespace

std::string offscreen_problem() {
    std::string problem;
    try {
        apart([] { darkroom(); });
    } catch (const std::exception& error) {
        problem = std::string("no picture without a display: ") + error.what() +
                  ": install libegl1 and libgl1-mesa-dri, or write an .svg";
    }
    return problem;
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
