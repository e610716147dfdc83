#include "viz/app/offscreen.hpp"

#define GL_GLEXT_PROTOTYPES
#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GL/glcorearb.h>
#include <imgui.h>
#include <imgui_impl_opengl3.h>
#include <cmath>
#include <cstring>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "core/base/error.hpp"
#include "viz/app/window/gl_paint.hpp"
#include "viz/kit/fonts.hpp"

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
class Studio {
   public:
    Studio() {
        context_.enter();
        try {
            ImGuiContext* caller = ImGui::GetCurrentContext();
            imgui_ = ImGui::CreateContext();
            ImGui::SetCurrentContext(imgui_);
            fonts_ = std::make_unique<FontSet>(*ImGui::GetIO().Fonts);
            ImGui::GetIO().IniFilename = nullptr;
            ImGui_ImplOpenGL3_Init("#version 330 core");
            painter_ = std::make_unique<GlPainter>();
            ImGui::SetCurrentContext(caller);
        } catch (...) {
            context_.leave();
            throw;
        }
        context_.leave();
    }

    Image picture(const Canvas& canvas, float scale) {
        const int width = std::max(1, int(std::lround(canvas.size().w * scale)));
        const int height = std::max(1, int(std::lround(canvas.size().h * scale)));
        if (width > 16384 || height > 16384)
            throw ValueError("shot: the picture would be " + std::to_string(width) + " × " +
                             std::to_string(height) + " pixels, wanted at most 16384");
        context_.enter();
        ImGuiContext* caller = ImGui::GetCurrentContext();
        ImGui::SetCurrentContext(imgui_);
        GLuint frame = 0, target = 0;
        glGenFramebuffers(1, &frame);
        glGenRenderbuffers(1, &target);
        glBindRenderbuffer(GL_RENDERBUFFER, target);
        glRenderbufferStorage(GL_RENDERBUFFER, GL_RGBA8, width, height);
        glBindFramebuffer(GL_FRAMEBUFFER, frame);
        glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER, target);

        ImGuiIO& io = ImGui::GetIO();
        io.DisplaySize = {float(width), float(height)};
        io.DeltaTime = 1.0f / 60;
        ImGui_ImplOpenGL3_NewFrame();
        ImGui::NewFrame();
        painter_->begin_frame();
        paint(canvas, *ImGui::GetBackgroundDrawList(), *fonts_, *painter_, {0, 0}, scale);
        ImGui::Render();
        const Color c = canvas.theme().background;
        glViewport(0, 0, width, height);
        glDisable(GL_SCISSOR_TEST);
        glClearColor(float(c.r) / 255, float(c.g) / 255, float(c.b) / 255, 1);
        glClear(GL_COLOR_BUFFER_BIT);
        ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());

        //: rows come from the bottom
        Image image{width, height,
                    std::vector<std::uint8_t>(std::size_t(width) * std::size_t(height) * 4)};
        std::vector<std::uint8_t> upside_down(image.rgba.size());
        glPixelStorei(GL_PACK_ALIGNMENT, 4);
        glReadPixels(0, 0, width, height, GL_RGBA, GL_UNSIGNED_BYTE, upside_down.data());
        const std::size_t row = std::size_t(width) * 4;
        for (std::size_t y = 0; y < std::size_t(height); ++y)
            std::memcpy(image.rgba.data() + y * row,
                        upside_down.data() + (std::size_t(height) - 1 - y) * row, row);
        for (std::size_t i = 3; i < image.rgba.size(); i += 4) image.rgba[i] = 255;

        glBindFramebuffer(GL_FRAMEBUFFER, 0);
        glDeleteFramebuffers(1, &frame);
        glDeleteRenderbuffers(1, &target);
        ImGui::SetCurrentContext(caller);
        context_.leave();
        return image;
    }

   private:
    Context context_;
    std::unique_ptr<FontSet> fonts_;
    ImGuiContext* imgui_ = nullptr;
    std::unique_ptr<GlPainter> painter_;
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

Studio& studio() {
    static Studio* one = new Studio;  // never freed: the driver may be gone before
    return *one;
}

}  // namespace

std::string offscreen_problem() {
    std::string problem;
    try {
        apart([] { studio(); });
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
    apart([&] { image = studio().picture(canvas, scale); });
    return image;
}

std::string render_png(const Canvas& canvas, float scale, const Notes& notes) {
    return encode_png(render(canvas, scale), notes);
}

}  // namespace orrery::viz
