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
        {"edit", "TENSOR INDEX… VALUE|default", "Shift+Up", true},
        {"text", "TEXT", "", true},
        {"own-text", "TEXT", "", true},
        {"default-text", "", "", true},
        {"text-file", "PATH", "", true},
        {"tokenizer", "words|char|PATH", "", true},
        {"in", "FILE|COMPONENT[:PREFIX][?KNOBS]", "", true},
        {"enter", "PREFIX LINK", "", false},
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
        {"settle-step", "", "", false},
        {"run", "", "", false},
        {"stop", "", "", false},
        {"toggle-run", "", "", false},
        {"step-once", "", "Shift+Right", false},
        {"step-back", "", "Shift+Left", false},
        {"until", "CONDITION", "", false},
        {"restart", "", "R", false},
        {"restart-new-seed", "", "Shift+R", true},
        // how matrices are looked at
        {"lens", "TENSOR norm NAME | map NAME | view X Y W H | range LOW HIGH | fit", "", false},
        {"zoom", "TENSOR X Y FACTOR", "", false},
        {"pan", "TENSOR X Y", "", false},
        {"fit", "", "", false},
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

const std::vector<KeyBinding>& key_bindings() {
    static const std::vector<KeyBinding> bindings{
        // While presenting these come first.
        {"Space", "next", "", "", true},
        {"PageDown", "next", "", "", true},
        {"PageUp", "back", "", "", true},
        {".", "blank", "", "", true},
        {"B", "blank", "B", "keys.blank", true},
        {"Ctrl+K", "palette", "Ctrl+K", "keys.palette"},
        {"F1", "keys", "F1", "keys.keys"},
        {"F2", "source", "F2", "keys.source"},
        {"F5", "present", "F5", "keys.present"},
        {"Shift+P", "present", "", ""},
        {"F8", "toggle-language", "F8", "keys.language"},
        {"F11", "full-screen", "F11", "keys.full_screen"},
        {"Space", "toggle-play", "Space", "keys.play"},
        {"Left", "back", "← →", "keys.operation"},
        {"Right", "next", "", ""},
        {"Home", "first", "Home End", "keys.ends"},
        {"End", "last", "", ""},
        {"Shift+Left", "step-back", "Shift+← →", "keys.step"},
        {"Shift+Right", "step-once", "", ""},
        {",", "slower", ", .", "keys.speed"},
        {".", "faster", "", ""},
        {"[", "layer -1", "[ ]", "keys.layer"},
        {"]", "layer 1", "", ""},
        {"Shift+[", "head -1", "{ }", "keys.head"},
        {"Shift+]", "head 1", "", ""},
        {"Enter", "lock", "Enter", "keys.lock"},
        {"Escape", "close", "Esc", "keys.close"},
        {"P", "pin", "P", "keys.pin"},
        {"D", "pin", "D", "keys.difference"},
        {"C", "copy", "C", "keys.copy"},
        {"R", "restart", "R", "keys.restart"},
        {"Shift+R", "restart-new-seed", "Shift+R", "keys.new_seed"},
        {"1", "tab lesson", "1 – 5", "keys.tabs"},
        {"2", "tab maths", "", ""},
        {"3", "tab code", "", ""},
        {"4", "tab values", "", ""},
        {"5", "tab quiz", "", ""},
        {"Ctrl+Z", "undo", "Ctrl+Z", "keys.undo"},
        {"Ctrl+Shift+Z", "redo", "Ctrl+Shift+Z", "keys.redo"},
        {"Ctrl+Y", "redo", "", ""},
        {"Ctrl+=", "larger", "Ctrl + − 0", "keys.scale"},
        {"Ctrl++", "larger", "", ""},
        {"Ctrl+Shift+=", "larger", "", ""},
        {"Ctrl+-", "smaller", "", ""},
        {"Ctrl+0", "actual-size", "", ""},
        {"L", "copy-link", "L", "keys.link"},
        {"E", "export", "E", "keys.export"},
        {"Alt+Left", "go-back", "Alt+← →", "keys.go"},
        {"Alt+Right", "go-forward", "", ""},
        {"Tab", "focus", "Tab", "keys.focus"},
        {"Shift+Tab", "focus", "", ""},
    };
    return bindings;
}

std::pair<std::string_view, std::string_view> split_word(std::string_view line) {
    line = trim(line);
    const std::size_t end = std::min(line.find(' '), line.size());
    std::string_view rest = line.substr(end);
    while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
    return {line.substr(0, end), rest};
}

}  // namespace orrery::viz
