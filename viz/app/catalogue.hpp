// Catalogue: all components along the survey's path, with their titles
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "viz/kit/language.hpp"

namespace orrery::viz {

struct CatalogueItem {
    std::string id;
    std::string survey;   // "2.3"
    bool drawn = false;   // has a picture of its own
    bool lesson = false;  // has a lesson
};
struct Chapter {
    std::string key;                   // "attention": say("chapter.attention")
    std::vector<CatalogueItem> items;  // drawn ones first, then by survey section
};

// Text → tokens → embeddings → attention → block → model → training → parallelism → adaptation →
// use.
const std::vector<Chapter>& catalogue();
const CatalogueItem* find_item(std::string_view id);
// The chapter a component stands in; nullptr when there is no such component.
const Chapter* chapter_of(std::string_view id);
// Components with lessons in reading order: every need first, then as the catalogue has them.
const std::vector<std::string>& taught_ids();
// At most five, the first to be looked at.
const std::vector<std::string>& start_here();

// The component's title; its id's last word where the language file has none.
std::string title_of(Language language, std::string_view id);
std::string tagline_of(Language language, std::string_view id);

}  // namespace orrery::viz
