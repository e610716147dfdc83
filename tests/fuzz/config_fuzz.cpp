// Any bytes are a model's config.json or an Error; what is read is written back to the same model.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/base/error.hpp"
#include "core/model/checkpoint.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace orrery;
    try {
        model::Checkpoint checkpoint;
        model::parse_config({reinterpret_cast<const char*>(data), size}, "config.json", checkpoint);
        const std::string written = model::config_json(checkpoint);
        model::Checkpoint again;
        model::parse_config(written, "again", again);
        if (model::config_json(again) != written) std::abort();
    } catch (const Error&) {
    }
    return 0;
}
