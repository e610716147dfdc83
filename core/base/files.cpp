#include "core/base/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "core/base/error.hpp"

namespace orrery {
namespace {

[[noreturn]] void fail(const std::string& path, const std::string& doing, int reason) {
    throw FormatError(path, "", doing + ": " + std::strerror(reason));
}

// An open file that closes itself.
class File {
   public:
    explicit File(int descriptor) : descriptor_(descriptor) {}
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() {
        if (descriptor_ > 2) ::close(descriptor_);
    }
    int get() const { return descriptor_; }
    int close() {
        const int status = descriptor_ > 2 ? ::close(descriptor_) : 0;
        descriptor_ = -1;
        return status;
    }

   private:
    int descriptor_;
};

void write_all(const File& file, std::string_view bytes, const std::string& path) {
    while (!bytes.empty()) {
        const auto part = std::min<std::size_t>(bytes.size(), std::size_t{1} << 24);
        const ssize_t written = ::write(file.get(), bytes.data(), part);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) fail(path, "cannot write", errno);
        bytes.remove_prefix(std::size_t(written));
    }
}

}  // namespace

std::string read_file(const std::string& path, std::uint64_t most) {
    const bool is_input = path == "-";
    const File file(is_input ? 0 : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0) fail(path, "cannot open", errno);
    struct stat about {};
    if (::fstat(file.get(), &about) != 0) fail(path, "cannot read", errno);
    if (S_ISDIR(about.st_mode)) throw FormatError(path, "", "is a directory, wanted a file");

    //: read until the end, whatever the file says its size is
    std::string bytes;
    const auto too_large = [&] {
        return FormatError(
            path, "", "is larger than " + std::to_string(most) + " bytes, wanted a smaller file");
    };
    if (S_ISREG(about.st_mode)) {
        if (std::uint64_t(about.st_size) > most) throw too_large();
        bytes.reserve(std::size_t(about.st_size) + 1);
    }
    std::size_t step = std::size_t{1} << 16;
    while (true) {
        const std::size_t before = bytes.size();
        bytes.resize(before +
                     std::max(step, std::min(bytes.capacity() - before, std::size_t{1} << 24)));
        const ssize_t got = ::read(file.get(), bytes.data() + before, bytes.size() - before);
        const int reason = errno;
        bytes.resize(before + std::size_t(std::max<ssize_t>(0, got)));
        if (got < 0 && reason == EINTR) continue;
        if (got < 0) fail(path, "cannot read", reason);
        if (bytes.size() > most) throw too_large();
        if (got == 0) return bytes;
        step = std::min<std::size_t>(step * 2, std::size_t{1} << 24);
    }
}

void write_file(const std::string& path, std::string_view bytes) {
    //: standard output, devices and pipes are written to as they are
    struct stat about {};
    const bool is_output = path == "-";
    const bool exists = !is_output && ::stat(path.c_str(), &about) == 0;
    if (exists && S_ISDIR(about.st_mode))
        throw FormatError(path, "", "is a directory, wanted a file");
    if (is_output || (exists && !S_ISREG(about.st_mode))) {
        const File file(is_output ? 1 : ::open(path.c_str(), O_WRONLY | O_CLOEXEC));
        if (file.get() < 0) fail(path, "cannot open", errno);
        write_all(file, bytes, path);
        return;
    }

    //: a file beside it first; where the path is a link, beside what it points to
    std::error_code none;
    const auto resolved = std::filesystem::canonical(path, none);
    const std::string target = none ? path : resolved.string();
    static std::atomic<unsigned> count{0};
    const std::string beside =
        target + "." + std::to_string(::getpid()) + "-" + std::to_string(count++) + ".tmp";
    const mode_t mode = exists ? about.st_mode & 0777 : 0666;
    if (exists && ::access(target.c_str(), W_OK) != 0) fail(path, "cannot write", errno);
    try {
        File file(::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
        if (file.get() < 0) fail(path, "cannot write", errno);
        write_all(file, bytes, path);
        if (::fsync(file.get()) != 0 && errno != EINVAL && errno != EROFS)
            fail(path, "cannot write", errno);
        if (file.close() != 0) fail(path, "cannot write", errno);

        //: then one rename, which is all or nothing
        if (::rename(beside.c_str(), target.c_str()) != 0) fail(path, "cannot replace", errno);
    } catch (...) {
        ::unlink(beside.c_str());
        throw;
    }
}

// ---------------------------------------------------------------- SHA-256

namespace {

// The first 32 bits of the fractions of the cube roots of the first 64 primes.
constexpr std::array<std::uint32_t, 64> round_constants = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

void mix_block(std::array<std::uint32_t, 8>& hash, const unsigned char* block) {
    //: 16 words of the block, stretched to 64
    std::array<std::uint32_t, 64> w;
    for (std::size_t i = 0; i < 16; ++i)
        w[i] = std::uint32_t(block[4 * i]) << 24 | std::uint32_t(block[4 * i + 1]) << 16 |
               std::uint32_t(block[4 * i + 2]) << 8 | block[4 * i + 3];
    for (std::size_t i = 16; i < 64; ++i) {
        const std::uint32_t a = w[i - 15], b = w[i - 2];
        w[i] = w[i - 16] + (std::rotr(a, 7) ^ std::rotr(a, 18) ^ a >> 3) + w[i - 7] +
               (std::rotr(b, 17) ^ std::rotr(b, 19) ^ b >> 10);
    }

    //: 64 rounds of mixing
    auto [a, b, c, d, e, f, g, h] = hash;
    for (std::size_t i = 0; i < 64; ++i) {
        const std::uint32_t one = h + (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25)) +
                                  ((e & f) ^ (~e & g)) + round_constants[i] + w[i];
        const std::uint32_t two =
            (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
        h = g, g = f, f = e, e = d + one, d = c, c = b, b = a, a = one + two;
    }
    const std::array<std::uint32_t, 8> mixed = {a, b, c, d, e, f, g, h};
    for (std::size_t i = 0; i < 8; ++i) hash[i] += mixed[i];
}

}  // namespace

std::string sha256(std::string_view bytes) {
    std::array<std::uint32_t, 8> hash = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
    const std::size_t whole = bytes.size() / 64 * 64, rest = bytes.size() - whole;
    for (std::size_t at = 0; at < whole; at += 64) mix_block(hash, data + at);

    //: the last bytes, a single one bit, zeros, and the length in bits
    unsigned char last[128] = {};
    if (rest > 0) std::memcpy(last, data + whole, rest);
    last[rest] = 0x80;
    const std::size_t length = rest < 56 ? 64 : 128;
    const std::uint64_t bits = std::uint64_t{bytes.size()} * 8;
    for (std::size_t i = 0; i < 8; ++i)
        last[length - 1 - i] = static_cast<unsigned char>(bits >> 8 * i);
    for (std::size_t at = 0; at < length; at += 64) mix_block(hash, last + at);

    std::string text;
    for (const std::uint32_t word : hash)
        for (int shift = 28; shift >= 0; shift -= 4) text += "0123456789abcdef"[word >> shift & 15];
    return text;
}

}  // namespace orrery
