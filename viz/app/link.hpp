// Links: one grammar for the command line, the URL, lessons, saved state and tests
//
// `attention/multi_head?text=the%20cat&heads=4&t=0.5&seed=7&lang=zh`: component id, then knobs by name,
// percent-encoded. Reserved names, never knobs: t step seed lang theme hide tab sel view in text
// tokenizer model pin compare.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace orrery::viz {

struct Link {
    std::string component;                                    // "" = the gallery
    std::vector<std::pair<std::string, std::string>> values;  // decoded, in order, later wins
    const std::string* find(std::string_view name) const;
};

// Never throws: bytes that are no link at all give notes and what could be read.
Link parse_link(std::string_view text, std::vector<std::string>* notes = nullptr);
std::string to_string(const Link& link);
bool is_reserved(std::string_view name);
std::string percent_encode(std::string_view text);
std::string percent_decode(std::string_view text);

}  // namespace orrery::viz
