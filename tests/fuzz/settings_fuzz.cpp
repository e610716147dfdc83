// Any bytes are a settings or a progress file: nothing throws, what is read is in range, and what is
// written from it reads the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "viz/app/settings.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace orrery::viz;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const Settings settings = settings_from(bytes);
    if (!(settings.scale >= 0.75f && settings.scale <= 3.0f)) std::abort();
    if (!(settings.left_width >= 160 && settings.left_width <= 480)) std::abort();
    if (!(settings.right_width >= 240 && settings.right_width <= 960)) std::abort();
    if (settings.window_width < 300 || settings.window_width > 16384) std::abort();
    if (settings.window_height < 200 || settings.window_height > 16384) std::abort();
    if (settings_from(to_bytes(settings)) != settings) std::abort();
    const Progress progress = progress_from(bytes);
    if (progress_from(to_bytes(progress)) != progress) std::abort();
    return 0;
}
