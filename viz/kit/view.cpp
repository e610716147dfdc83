#include "viz/kit/view.hpp"

#include <algorithm>

namespace orrery::viz {

static bool contains(const std::vector<std::string>& list, std::string_view name) {
    return std::find(list.begin(), list.end(), name) != list.end();
}

bool View::shows(std::string_view part) const {
    return !contains(hidden, part) && (shown.empty() || contains(shown, part));
}
bool View::points_at(std::string_view part) const { return contains(pointed, part); }

std::string View::say(std::string_view key, const Arguments& arguments) const {
    return viz::say(language, component, key, arguments);
}

}  // namespace orrery::viz
