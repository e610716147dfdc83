#include "viz/app/playlist.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/text.hpp"
#include "viz/app/link.hpp"
#include "viz/kit/registry.hpp"
#include "viz/kit/resources.hpp"

namespace orrery::viz {

// "family/name" or "family/name?…", without a blank: what no sentence looks like.
static bool looks_like_link(std::string_view line) {
    const std::string_view id = line.substr(0, line.find('?'));
    const auto slash = id.find('/');
    if (slash == std::string_view::npos || slash == 0 || slash + 1 == id.size()) return false;
    if (id.size() == line.size() && line.find(' ') != std::string_view::npos) return false;
    return std::all_of(id.begin(), id.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '/';
    });
}

std::vector<Slide> slides_from(std::string_view text, const std::string& name,
                               std::vector<std::string>* notes) {
    std::vector<Slide> slides;
    bool left_out = false;  // the sentences of a link that was left out go with it
    int number = 0;
    const auto note = [&](const std::string& what) {
        if (notes) notes->push_back(name + ":" + std::to_string(number) + ": " + what);
    };
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    for (const std::string& raw : split(text, '\n')) {
        ++number;
        const std::string_view line = trim(raw);
        if (line.empty() || line.front() == '#') continue;
        if (looks_like_link(line)) {
            const Link link = parse_link(line);
            left_out = !find_panel(link.component);
            if (left_out)
                note("there is no component \"" + link.component + "\": left out");
            else
                slides.push_back({std::string(line), {}, {}});
        } else if (!left_out && slides.empty()) {
            note("is neither a link nor below one: left out");
        } else if (!left_out) {
            std::string_view words = line;
            double time = -1;
            const auto blank = line.find(' ');
            if (line.front() == '@' && blank != std::string_view::npos &&
                parse_number(line.substr(1, blank - 1), time) && std::isfinite(time) && time >= 0)
                words = trim(line.substr(blank));
            else
                time = -1;
            slides.back().sentences.emplace_back(words);
            slides.back().times.push_back(time);
        }
    }
    return slides;
}

double time_of_sentence(const Slide& slide, std::size_t i, double length) {
    if (i < slide.times.size() && slide.times[i] >= 0) return std::min(slide.times[i], length);
    const std::size_t last = slide.sentences.size() - 1;
    return last > 0 ? std::round(length * double(i) / double(last)) : 0;
}

std::size_t sentence_by(const Slide& slide, double t, double length) {
    std::size_t at = 0;
    for (std::size_t i = 1; i < slide.sentences.size(); ++i)
        if (time_of_sentence(slide, i, length) <= t) at = i;
    return at;
}

static const std::string* carried_path(const std::string& name) {
    return resource("lessons/paths/" + name + ".txt");
}

bool is_carried_path(const std::string& name) { return carried_path(name) != nullptr; }

std::string path_in(const std::string& name, Language language) {
    std::string other = name.ends_with(".zh") ? name.substr(0, name.size() - 3) : name;
    if (language == Language::chinese) other += ".zh";
    return is_carried_path(name) && is_carried_path(other) ? other : name;
}

std::vector<Slide> read_slides(const std::string& path, std::vector<std::string>* notes) {
    const std::string* carried = carried_path(path);
    auto slides = slides_from(carried ? *carried : read_file(path, std::size_t{1} << 20),
                              path.substr(path.rfind('/') + 1), notes);
    if (slides.empty())
        throw ValueError(path +
                         ": has no link of a component, wanted one a line, such as "
                         "norm/layer_norm?rows=3");
    return slides;
}

}  // namespace orrery::viz
