#include "core/base/files.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "core/base/error.hpp"
#include "tests/support/catch.hpp"

using namespace orrery;
namespace fs = std::filesystem;

// A folder of its own that goes away.
struct Folder {
    fs::path path = fs::temp_directory_path() / ("orrery-files-" + std::to_string(::getpid()));
    Folder() { fs::create_directories(path); }
    ~Folder() { fs::remove_all(path); }
    std::string operator/(const char* name) const { return (path / name).string(); }
};

TEST_CASE("files: what is written is read", "[base][files]") {
    const Folder folder;
    std::string bytes = "注意\n";
    bytes += '\0';
    for (int i = 0; i < 300000; ++i) bytes += char(i * 7);
    write_file(folder / "a", bytes);
    CHECK(read_file(folder / "a") == bytes);
    write_file(folder / "a", "");
    CHECK(read_file(folder / "a").empty());
    CHECK(std::distance(fs::directory_iterator(folder.path), {}) == 1);  // nothing left beside it
}

TEST_CASE("files: a link stays a link, and a device is not replaced", "[base][files][edge]") {
    const Folder folder;
    write_file(folder / "real", "old");
    fs::create_symlink(folder / "real", folder / "link");
    write_file(folder / "link", "new");
    CHECK(fs::is_symlink(folder / "link"));
    CHECK(read_file(folder / "real") == "new");
    write_file("/dev/null", "gone");
    CHECK(fs::is_character_file("/dev/null"));
    CHECK(read_file("/dev/null").empty());
}

TEST_CASE("files: says what is wrong, and leaves the old file as it was", "[base][files][errors]") {
    const Folder folder;
    CHECK_THROWS_WITH(read_file(folder / "none"),
                      (folder / "none") + ": cannot open: No such file or directory");
    CHECK_THROWS_WITH(read_file(folder.path.string()),
                      folder.path.string() + ": is a directory, wanted a file");
    CHECK_THROWS_AS(write_file(folder.path.string(), "x"), FormatError);
    CHECK_THROWS_AS(write_file(folder / "no/such/folder", "x"), FormatError);
    write_file(folder / "big", "12345");
    CHECK(read_file(folder / "big", 5) == "12345");
    CHECK_THROWS_AS(read_file(folder / "big", 4), FormatError);
    CHECK_THROWS_AS(read_file("/dev/zero", 1000), FormatError);  // has no size and no end
    if (fs::exists("/dev/full"))
        CHECK_THROWS_WITH(write_file("/dev/full", "x"), ContainsSubstring("No space left"));
}

TEST_CASE("files: SHA-256 gives the published examples", "[base][files]") {
    // FIPS 180-4 and NIST's example values
    CHECK(sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    CHECK(sha256(std::string(1000000, 'a')) ==
          "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}
