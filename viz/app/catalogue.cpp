#include "viz/app/catalogue.hpp"

#include <algorithm>
#include <array>

#include "core/base/text.hpp"
#include "lessons/engine/lesson.hpp"
#include "viz/kit/header.hpp"
#include "viz/kit/registry.hpp"
#include "viz/kit/resources.hpp"

namespace orrery::viz {
namespace {

struct Place {
    std::string_view chapter;
    std::string_view holds;  // families, and components that stand apart from theirs
};
constexpr std::array<Place, 10> path{{
    {"text", "data"},
    {"tokens", "tokenizer"},
    {"embeddings", "position model/embedding"},
    {"attention", "attention tensor"},
    {"block", "norm activation model/feed_forward model/block"},
    {"model", "model"},
    {"training", "objective optim scaling model/trainer"},
    {"parallelism", "parallel"},
    {"adaptation", "finetune align compress"},
    {"use", "infer augment eval"},
}};

std::size_t chapter_index(std::string_view id) {
    for (const std::string_view name : {id, id.substr(0, id.find('/'))})
        for (std::size_t i = 0; i < path.size(); ++i)
            for (const std::string& held : split(path[i].holds, ' '))
                if (held == name) return i;
    return path.size() - 1;
}

std::vector<Chapter> make_catalogue() {
    std::vector<Chapter> chapters;
    for (const Place& place : path) chapters.push_back({std::string(place.chapter), {}});
    for (const RegisteredPanel& panel : panels()) {
        CatalogueItem item;
        item.id = panel.id;
        if (const Header* header = find_header(panel.id)) item.survey = header->survey;
        item.drawn = panel.make().draw != nullptr;
        item.lesson = resource("lessons/" + item.id + ".md") != nullptr;
        chapters[chapter_index(panel.id)].items.push_back(std::move(item));
    }
    for (Chapter& chapter : chapters)
        std::stable_sort(chapter.items.begin(), chapter.items.end(),
                         [](const CatalogueItem& a, const CatalogueItem& b) {
                             if (a.drawn != b.drawn) return a.drawn;
                             return section_key(a.survey) < section_key(b.survey);
                         });
    std::erase_if(chapters, [](const Chapter& chapter) { return chapter.items.empty(); });
    return chapters;
}

}  // namespace

const std::vector<Chapter>& catalogue() {
    static const std::vector<Chapter> chapters = make_catalogue();
    return chapters;
}

const Chapter* chapter_of(std::string_view id) {
    for (const Chapter& chapter : catalogue())
        for (const CatalogueItem& item : chapter.items)
            if (item.id == id) return &chapter;
    return nullptr;
}

const CatalogueItem* find_item(std::string_view id) {
    for (const Chapter& chapter : catalogue())
        for (const CatalogueItem& item : chapter.items)
            if (item.id == id) return &item;
    return nullptr;
}

const std::vector<std::string>& taught_ids() {
    static const std::vector<std::string> ids = [] {
        std::vector<lessons::Lesson> taught;
        for (const Chapter& chapter : catalogue())
            for (const CatalogueItem& item : chapter.items) {
                const std::string file = "lessons/" + item.id + ".md";
                if (item.lesson) taught.push_back(lessons::parse_lesson(*resource(file), file));
            }
        std::vector<std::string> order;
        for (const std::size_t i : lessons::reading_order(taught)) order.push_back(taught[i].id);
        return order;
    }();
    return ids;
}

const std::vector<std::string>& start_here() {
    static const std::vector<std::string> ids = [] {
        std::vector<std::string> found;
        for (const std::string_view id :
             {"tokenizer/bpe", "attention/scaled_dot_product", "model/causal_decoder",
              "model/trainer", "infer/sampling", "norm/layer_norm"}) {
            const CatalogueItem* item = find_item(id);
            if (item && item->drawn && found.size() < 5) found.emplace_back(id);
        }
        return found;
    }();
    return ids;
}

std::string title_of(Language language, std::string_view id) {
    if (const std::string* title = find_string(language, id, "title")) return *title;
    if (const Header* header = find_header(id); header && !header->name.empty())
        return header->name;
    return std::string(id.substr(id.find('/') + 1));
}

std::string tagline_of(Language language, std::string_view id) {
    const std::string* line = find_string(language, id, "tagline");
    return line ? *line : "";
}

}  // namespace orrery::viz
