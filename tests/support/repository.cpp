#include "tests/support/repository.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace orrery::test {

static const std::filesystem::path root = ORRERY_SOURCE_DIR;

std::vector<std::string> files_in(std::string_view folder, std::string_view end) {
    std::vector<std::string> found;
    if (!std::filesystem::is_directory(root / std::filesystem::path(folder))) return found;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(root / std::filesystem::path(folder))) {
        const std::string path = entry.path().lexically_relative(root).generic_string();
        if (entry.is_regular_file() && path.ends_with(end)) found.push_back(path);
    }
    std::sort(found.begin(), found.end());
    return found;
}

bool exists(std::string_view path) {
    return std::filesystem::exists(root / std::filesystem::path(path));
}

std::string read(std::string_view path) {
    std::ifstream file(root / std::filesystem::path(path), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

const std::vector<viz::Header>& components() {
    static const std::vector<viz::Header> all = [] {
        std::vector<viz::Header> found;
        auto paths = files_in("core", ".hpp");
        for (const auto& path : files_in("viz", "_panel.cpp")) paths.push_back(path);
        for (const auto& path : paths) {
            viz::Header header = viz::parse_header(read(path), path);
            const bool known = std::any_of(found.begin(), found.end(),
                                           [&](const viz::Header& h) { return h.id == header.id; });
            if (header.is_component() && !known) found.push_back(std::move(header));
        }
        std::sort(found.begin(), found.end(), [](const viz::Header& a, const viz::Header& b) {
            const auto ka = viz::section_key(a.survey), kb = viz::section_key(b.survey);
            return ka != kb ? ka < kb : a.id < b.id;
        });
        return found;
    }();
    return all;
}

std::string family_of(std::string_view path) {
    const std::size_t begin = path.find('/') + 1;
    return std::string(path.substr(begin, path.find('/', begin) - begin));
}

std::string listed(const std::vector<std::string>& lines) {
    std::string text;
    for (const auto& line : lines) text += "\n    " + line;
    return text;
}

}  // namespace orrery::test
