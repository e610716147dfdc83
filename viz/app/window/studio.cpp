#include "viz/app/window/studio.hpp"

#include <imgui.h>
#include <imgui_impl_opengl3.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/base/error.hpp"
#include "viz/app/window/gl.hpp"

namespace orrery::viz {

Studio::Studio() {
    ImGuiContext* caller = ImGui::GetCurrentContext();
    imgui_ = ImGui::CreateContext();
    ImGui::SetCurrentContext(imgui_);
    fonts_ = std::make_unique<FontSet>(*ImGui::GetIO().Fonts);
    ImGui::GetIO().IniFilename = nullptr;
    ImGui_ImplOpenGL3_Init(glsl_version);
    painter_ = std::make_unique<GlPainter>();
    ImGui::SetCurrentContext(caller);
}

Image Studio::picture(const Canvas& canvas, float scale) {
    const int width = std::max(1, int(std::lround(canvas.size().w * scale)));
    const int height = std::max(1, int(std::lround(canvas.size().h * scale)));
    if (width > 16384 || height > 16384)
        throw ValueError("shot: the picture would be " + std::to_string(width) + " × " +
                         std::to_string(height) + " pixels, wanted at most 16384");
    ImGuiContext* caller = ImGui::GetCurrentContext();
    ImGui::SetCurrentContext(imgui_);
    GLuint buffer = 0, store = 0;
    glGenFramebuffers(1, &buffer);
    glGenRenderbuffers(1, &store);
    glBindRenderbuffer(GL_RENDERBUFFER, store);
    glRenderbufferStorage(GL_RENDERBUFFER, GL_RGBA8, width, height);
    glBindFramebuffer(GL_FRAMEBUFFER, buffer);
    glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER, store);

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
    glDeleteFramebuffers(1, &buffer);
    glDeleteRenderbuffers(1, &store);
    ImGui::SetCurrentContext(caller);
    return image;
}

}  // namespace orrery::viz
