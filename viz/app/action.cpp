#include "viz/app/action.hpp"

#include "core/base/text.hpp"

namespace orrery::viz {

const std::vector<ActionVerb>& action_verbs() {
    static const std::vector<ActionVerb> verbs{
        // where
        {"open", "LINK", "", false},
        {"home", "", "", false},
        {"go-back", "", "Alt+Left", false},
        {"go-forward", "", "Alt+Right", false},
        // knobs and inputs
        {"set", "KNOB VALUE", "", true},
        {"slide", "KNOB FRACTION", "", true},
        {"nudge", "KNOB STEPS", "", true},
        {"flip", "KNOB", "", true},
        {"reset", "[KNOB]", "", true},
        {"preset", "NAME", "", true},
        {"seed", "N", "", true},
        {"edit", "TENSOR INDEX… VALUE", "", true},
        {"text", "TEXT", "", true},
        {"own-text", "TEXT", "", true},
        {"default-text", "", "", true},
        {"text-file", "PATH", "", true},
        {"tokenizer", "words|char|PATH", "", true},
        {"in", "FILE|COMPONENT[:PREFIX]", "", true},
        {"undo", "", "Ctrl+Z", false},
        {"redo", "", "Ctrl+Shift+Z", false},
        // selection
        {"hover", "SELECTION", "", false},
        {"lock", "[SELECTION]", "Enter", false},
        {"unlock", "", "Escape", false},
        {"pin", "[SELECTION]", "P", false},
        {"move", "ROWS COLUMNS", "", false},
        {"layer", "STEPS", "", true},
        {"head", "STEPS", "", true},
        {"copy", "", "C", false},
        // parts
        {"show", "PART|all", "", false},
        {"hide", "PART", "", false},
        {"point", "PART|KNOB", "", false},
        // the animation
        {"t", "VALUE", "", false},
        {"slide-t", "FRACTION", "", false},
        {"play", "", "", false},
        {"pause", "", "", false},
        {"toggle-play", "", "Space", false},
        {"next", "", "Right", false},
        {"back", "", "Left", false},
        {"first", "", "Home", false},
        {"last", "", "End", false},
        {"speed", "FACTOR", "", false},
        {"faster", "", ".", false},
        {"slower", "", ",", false},
        // long work
        {"step", "N", "", false},
        {"scrub", "N", "", false},
        {"slide-step", "FRACTION", "", false},
        {"run", "", "", false},
        {"stop", "", "", false},
        {"toggle-run", "", "", false},
        {"step-once", "", "Shift+Right", false},
        {"step-back", "", "Shift+Left", false},
        {"until", "CONDITION", "", false},
        {"restart", "", "R", false},
        {"restart-new-seed", "", "Shift+R", true},
        // how matrices are looked at
        {"lens", "TENSOR norm NAME | view X Y W H | range LOW HIGH | fit", "", false},
        {"zoom", "TENSOR X Y FACTOR", "", false},
        {"pan", "TENSOR X Y", "", false},
        // the window
        {"tab", "lesson|maths|code|values|quiz", "", false},
        {"left", "[open|closed]", "", false},
        {"right", "[open|closed]", "", false},
        {"left-width", "PIXELS", "", false},
        {"right-width", "PIXELS", "", false},
        {"drawer", "", "", false},
        {"language", "en|zh", "", false},
        {"toggle-language", "", "F8", false},
        {"theme", "dark|light", "", false},
        {"toggle-theme", "", "", false},
        {"scale", "FACTOR", "", false},
        {"larger", "", "Ctrl++", false},
        {"smaller", "", "Ctrl+-", false},
        {"actual-size", "", "Ctrl+0", false},
        {"reduced-motion", "on|off", "", false},
        {"high-contrast", "on|off", "", false},
        {"full-screen", "", "F11", false},
        {"present", "", "F5", false},
        {"blank", "", "", false},
        {"palette", "", "Ctrl+K", false},
        {"search", "TEXT", "", false},
        {"choose", "STEPS", "", false},
        {"take", "", "", false},
        {"keys", "", "F1", false},
        {"source", "", "F2", false},
        {"menu", "NAME", "", false},
        {"close", "", "", false},
        {"more-knobs", "", "", false},
        {"focus", "REGION", "", false},
        {"scroll", "AREA PIXELS", "", false},
        {"draft", "FIELD TEXT", "", false},
        {"dismiss", "N", "", false},
        // out
        {"copy-link", "", "L", false},
        {"copy-text", "", "", false},
        {"export", "png|svg|csv|npy|safetensors [PATH]", "E", false},
        {"export-tensor", "csv|npy|safetensors TENSOR [PATH]", "", false},
        // lessons
        {"lesson", "COMPONENT", "", false},
        {"lesson-play", "BLOCK", "", false},
        {"lesson-next", "", "", false},
        {"lesson-back", "", "", false},
        {"answer", "QUESTION CHOICE", "", false},
        {"show-me", "TASK", "", false},
    };
    return verbs;
}

std::pair<std::string_view, std::string_view> split_word(std::string_view line) {
    line = trim(line);
    const std::size_t end = std::min(line.find(' '), line.size());
    std::string_view rest = line.substr(end);
    while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
    return {line.substr(0, end), rest};
}

}  // namespace orrery::viz
