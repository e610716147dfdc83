#include "viz/kit/resources.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>

#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_PNG
#define STBI_NO_STDIO
#include "stb_image.h"

namespace orrery::viz {

// In the generated file: the compressed block of all files (see cmake/pack_resources.cpp).
extern const std::size_t resource_block_size, resource_packed_size;
extern const std::uint64_t resource_packed[];

namespace {

using Files = std::map<std::string, std::string, std::less<>>;

// The block is a row of "path\0size\0bytes".
Files unpack() {
    std::string block(resource_block_size, '\0');
    const int got = stbi_zlib_decode_buffer(block.data(), int(block.size()),
                                            reinterpret_cast<const char*>(resource_packed),
                                            int(resource_packed_size));
    Files files;
    if (got != int(block.size())) return files;
    for (std::size_t at = 0; at < block.size();) {
        const std::string path = block.c_str() + at;
        at += path.size() + 1;
        const std::string digits = block.c_str() + at;
        at += digits.size() + 1;
        const std::size_t size = std::strtoull(digits.c_str(), nullptr, 10);
        files.emplace(path, block.substr(at, size));
        at += size;
    }
    return files;
}

const Files& packed_files() {
    static const Files files = unpack();
    return files;
}

bool ends_with(std::string_view text, std::string_view end) {
    return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// The same choice as in cmake/Resources.cmake.
bool is_resource(std::string_view path) {
    if (path.find("..") != path.npos) return false;
    if (path.starts_with("core/")) return ends_with(path, ".hpp") || ends_with(path, ".cpp");
    if (path.starts_with("viz/")) return ends_with(path, "_panel.cpp") || ends_with(path, ".json");
    return path.starts_with("lessons/") && ends_with(path, ".md");
}

// The files below ORRERY_SOURCE as they are now. Every version ever read is kept, so that what
// `resource` has returned stays valid.
class Folder {
   public:
    explicit Folder(std::string root) : root_(std::move(root)) {}

    const std::string* read(std::string_view path) {
        if (!is_resource(path)) return nullptr;
        std::error_code error;
        const std::filesystem::path file = root_ / std::filesystem::path(path);
        const auto time = std::filesystem::last_write_time(file, error);
        if (error) return nullptr;
        const std::lock_guard lock(mutex_);
        Versions& versions = files_[std::string(path)];
        if (versions.empty() || versions.back().time != time) {
            std::ifstream stream(file, std::ios::binary);
            if (!stream) return nullptr;
            versions.push_back(
                {time, std::make_unique<std::string>(std::istreambuf_iterator<char>(stream),
                                                     std::istreambuf_iterator<char>())});
        }
        return versions.back().text.get();
    }

    std::vector<std::string> paths() const {
        std::vector<std::string> found;
        for (const char* top : {"core", "viz", "lessons"}) {
            std::error_code error;
            std::filesystem::recursive_directory_iterator at(root_ / top, error), end;
            for (; !error && at != end; at.increment(error)) {
                const std::string path = at->path().lexically_relative(root_).generic_string();
                if (is_resource(path)) found.push_back(path);
            }
        }
        std::sort(found.begin(), found.end());
        return found;
    }

   private:
    struct Version {
        std::filesystem::file_time_type time;
        std::unique_ptr<std::string> text;
    };
    using Versions = std::vector<Version>;
    std::filesystem::path root_;
    std::mutex mutex_;
    std::map<std::string, Versions, std::less<>> files_;
};

// nullptr unless ORRERY_SOURCE names a folder.
Folder* source_folder() {
    static const std::unique_ptr<Folder> folder = [] {
        const char* root = std::getenv("ORRERY_SOURCE");
        return root && *root ? std::make_unique<Folder>(root) : nullptr;
    }();
    return folder.get();
}

}  // namespace

const std::string* resource(std::string_view path) {
    if (Folder* folder = source_folder()) return folder->read(path);
    const auto found = packed_files().find(path);
    return found == packed_files().end() ? nullptr : &found->second;
}

std::vector<std::string> resource_paths(std::string_view prefix) {
    std::vector<std::string> all;
    if (Folder* folder = source_folder())
        all = folder->paths();
    else
        for (const auto& file : packed_files()) all.push_back(file.first);
    std::erase_if(all, [&](const std::string& path) { return !path.starts_with(prefix); });
    return all;
}

}  // namespace orrery::viz
