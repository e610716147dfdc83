// Story grammar: rules that write little stories, the source of the built-in corpus
//
// A grammar is lines `name = one | another | a third`; a line that starts with a blank continues the
// one before. In an alternative
//   [rule]     is replaced by an alternative of `rule`; within a story none is used twice until all
//              have been
//   <rule>     is replaced by the same alternative through the whole story (the hero, the lost hat);
//   <rule.2>   by its third field, fields being separated by `/`; <^rule> begins with a capital
//   \n         is a new line
// Each story begins with the rule `story` and its own random stream, so story i of a seed is always
// the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace orrery::data {

using StoryGrammar = std::map<std::string, std::vector<std::string>, std::less<>>;

// ValueError with the line when it is no rule; a rule named in an alternative but not given is found
// by write_story.
StoryGrammar parse_story_grammar(std::string_view text);

const StoryGrammar& english_stories();
const StoryGrammar& chinese_stories();

std::string write_story(const StoryGrammar& grammar, std::uint64_t seed, std::uint64_t number);
// Whole stories with an empty line between, until there are at least `bytes`.
std::string write_stories(const StoryGrammar& grammar, std::uint64_t seed, std::size_t bytes);

}  // namespace orrery::data
