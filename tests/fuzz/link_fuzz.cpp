// Any bytes are a link: nothing throws, a link that was read once reads the same again, and knobs of every
// type take any value, clamped or refused with a note.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "viz/app/link.hpp"
#include "viz/kit/knobs.hpp"
#include "viz/kit/selection.hpp"

using namespace orrery::viz;

static std::vector<Knob> one_of_each() {
    std::vector<Knob> knobs(5);
    const Knob::Type types[] = {Knob::Type::integer, Knob::Type::real, Knob::Type::toggle,
                                Knob::Type::choice, Knob::Type::text};
    for (std::size_t i = 0; i < knobs.size(); ++i) {
        knobs[i].name = std::string(1, char('a' + i));
        knobs[i].type = types[i];
        knobs[i].low = -3, knobs[i].high = 5;
    }
    knobs[3].choices = {"x", "y"};
    knobs[3].word = "x";
    knobs[4].max_bytes = 6;
    return knobs;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    const Link link = parse_link(bytes);
    const Link again = parse_link(to_string(link));
    if (again.component != link.component || again.values != link.values) std::abort();

    Knobs knobs(one_of_each());
    for (const auto& [name, value] : link.values) {
        knobs.set_clamped(name, value);
        for (const Knob& knob : knobs.declared()) {
            knobs.set_clamped(knob.name, value);
            Knobs copy(knobs.declared());
            copy.set(knob.name, knobs.written(knob.name));  // what is written is in range
            if (copy.written(knob.name) != knobs.written(knob.name)) std::abort();
        }
    }
    const Selection selection = selection_from(bytes);
    if (selection_from(to_string(selection)) != selection) std::abort();
    return 0;
}
