// Language: strings by key, from `viz/<family>/<name>.<en|zh>.json` and `viz/lang/<en|zh>.json`
//
// The files are flat: {"title": "…", "knob.rows": "Rows", "knob.rows.help": "…", "part.x": "…",
// "fact.mean": "…", "leaves_out": "…"}. `{name}` in a string is an argument.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace orrery::viz {

enum class Language { english, chinese };
using Arguments = std::vector<std::pair<std::string, std::string>>;

std::string_view code(Language language);  // "en", "zh"

// The string of `component` ("" = the shell), falling back to the shell's; nullptr when missing.
const std::string* find_string(Language language, std::string_view component, std::string_view key);
// As find_string, with arguments filled in; "⟦key⟧" when it is missing.
std::string say(Language language, std::string_view component, std::string_view key,
                const Arguments& arguments = {});
// All strings of one file, for the tests.
const std::map<std::string, std::string, std::less<>>& strings(Language language,
                                                               std::string_view component);

}  // namespace orrery::viz
