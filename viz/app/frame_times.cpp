#include "viz/app/frame_times.hpp"

#include <imgui.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <thread>

#include "viz/app/controls.hpp"
#include "viz/app/shell.hpp"
#include "viz/kit/paint.hpp"

namespace orrery::viz {
namespace {

constexpr std::size_t most_kept = 4096;
constexpr std::size_t warm_up =
    30;  // frames in which letters are drawn into the atlas for the first time

double now() {
    using namespace std::chrono;
    return duration<double>(steady_clock::now().time_since_epoch()).count();
}

// Processor time of this thread, which a busy machine does not stretch.
double processor_now() {
    timespec t{};
    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) != 0) return now();
    return double(t.tv_sec) + double(t.tv_nsec) * 1e-9;
}

// Matrices cost the processor a handful of commands; their pixels are the graphics card's.
class NoMatrices final : public MatrixPainter {
   public:
    void paint(ImDrawList& list, const DrawMatrix&, const Rect& box, float) override {
        list.AddRectFilled({box.x, box.y}, {box.right(), box.bottom()}, 0xFF808080);
    }
};

}  // namespace

void FrameTimes::add(double milliseconds) {
    if (recent_.size() < most_kept)
        recent_.push_back(milliseconds);
    else
        recent_[count_ % most_kept] = milliseconds;
    ++count_;
    worst_ = std::max(worst_, milliseconds);
}

double FrameTimes::percentile(double p) const {
    if (recent_.empty()) return 0;
    std::vector<double> sorted = recent_;
    std::sort(sorted.begin(), sorted.end());
    const auto at = std::size_t(std::ceil(p / 100 * double(sorted.size())));
    return sorted[std::min(sorted.size() - 1, at > 0 ? at - 1 : 0)];
}

FrameRun measure_frames(const std::string& link, std::size_t frames, bool training) {
    ImGuiContext* const caller = ImGui::GetCurrentContext();
    ImGuiContext* const context = ImGui::CreateContext();
    ImGui::SetCurrentContext(context);
    ImGuiIO& io = ImGui::GetIO();
    io.IniFilename = nullptr;
    io.BackendFlags |= ImGuiBackendFlags_RendererHasTextures;
    io.DisplaySize = {1280, 720};
    io.DeltaTime = 1.0f / 60;
    FrameRun run;
    {
        FontSet fonts(*io.Fonts);
        NoMatrices matrices;
        const double start = now();
        Session session(Session::Pace::threaded);
        Controls controls(session);
        session.act("open " + link);
        if (training) session.act("run");
        for (std::size_t i = 0; i < frames; ++i) {
            // The mouse wanders over the window, so that hovering is paid for too.
            const double a = double(i) * 0.05;
            const double begin = processor_now();
            session.tick(now() - start);
            controls.move({float(640 + 500 * std::sin(a)), float(340 + 250 * std::sin(1.7 * a))});
            Canvas canvas({1280, 720}, session.dark(), session.settings.high_contrast);
            draw_window(canvas, session);
            controls.update(canvas);
            ImGui::NewFrame();
            paint(canvas, *ImGui::GetBackgroundDrawList(), fonts, matrices, {0, 0}, 1);
            ImGui::Render();
            if (i >= warm_up) run.times.add((processor_now() - begin) * 1e3);
            for (ImTextureData* texture : ImGui::GetPlatformIO().Textures)
                if (texture->Status == ImTextureStatus_WantDestroy)
                    texture->SetStatus(ImTextureStatus_Destroyed);
                else
                    texture->SetStatus(ImTextureStatus_OK);
            if (run.first_picture == 0 && (session.shown().trace || !session.panel()))
                run.first_picture = now() - start;
            if (training || run.first_picture == 0)
                std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
    }
    for (ImTextureData* texture : ImGui::GetPlatformIO().Textures)
        texture->SetStatus(ImTextureStatus_Destroyed);
    ImGui::DestroyContext(context);
    ImGui::SetCurrentContext(caller);
    return run;
}

}  // namespace orrery::viz
