// Any bytes are a link: nothing throws, and a link that was read once reads the same again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "viz/app/link.hpp"
#include "viz/kit/registry.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace orrery::viz;
    std::vector<std::string> notes;
    const Link link = parse_link({reinterpret_cast<const char*>(data), size}, &notes);
    const Link again = parse_link(to_string(link));
    if (again.component != link.component || again.values != link.values) std::abort();
    // Every panel takes any values: clamped or refused with a note.
    for (const auto& registered : panels()) {
        Declaration d;
        registered.make().declare(d);
        Knobs knobs(d.knobs());
        for (const auto& [name, value] : link.values) knobs.set_clamped(name, value);
        for (std::size_t i = 0; i < d.knobs().size() && i < link.values.size(); ++i)
            knobs.set_clamped(d.knobs()[i].name, link.values[i].second);
    }
    selection_from(std::string(reinterpret_cast<const char*>(data), size));
    return 0;
}
