// orrery tokenizer, run as a program.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/base/files.hpp"
#include "core/base/random.hpp"
#include "tests/support/catch.hpp"

using namespace orrery;
namespace fs = std::filesystem;

namespace {

struct Ran {
    int status;
    std::string out, messages;
};

class Folder {
   public:
    Folder() { fs::create_directories(path_); }
    ~Folder() { fs::remove_all(path_); }
    std::string operator/(const std::string& name) const { return (path_ / name).string(); }
    // Runs `orrery tokenizer ARGUMENTS`, with `input` as standard input.
    Ran run(const std::string& arguments, const std::string& input = "") const {
        write_file(*this / "stdin", input);
        const std::string line = std::string(ORRERY_PROGRAM) + " tokenizer " + arguments + " <" +
                                 (*this / "stdin") + " >" + (*this / "stdout") + " 2>" +
                                 (*this / "stderr");
        const int status = std::system(line.c_str());
        return {WEXITSTATUS(status), read_file(*this / "stdout"), read_file(*this / "stderr")};
    }

   private:
    fs::path path_ =
        fs::temp_directory_path() / ("orrery_tokenizer_command_" + std::to_string(getpid()));
};

}  // namespace

TEST_CASE("tokenizer command: train, encode, decode", "[tokenizer][command]") {
    const Folder folder;
    Random random(3, "test tokenizer command");
    std::string text = "low lower lowest newest widest\n中文 it's\r\n";
    for (int i = 0; i < 500; ++i) text += char(random.below(256));
    write_file(folder / "text", text);
    const std::string kind = GENERATE("bpe --vocab-size 300", "bpe --vocab-size 270 --pattern none",
                                      "bpe --vocab-size 280 --ties lowest-ids", "char");
    CAPTURE(kind);
    const std::string file = folder / "tokenizer.json";
    CHECK(
        folder.run("train --kind " + kind + " --in " + (folder / "text") + " -o " + file).status ==
        0);
    const Ran ids = folder.run("encode --tokenizer " + file + " --in " + (folder / "text"));
    CHECK(ids.status == 0);
    CHECK(ids.out.find('\n') == ids.out.size() - 1);
    CHECK(folder.run("decode --tokenizer " + file, ids.out).out == text);
    CHECK(folder.run("info --tokenizer " + file).out.find("kind") == 0);
}

TEST_CASE("tokenizer command: lines and JSON lines", "[tokenizer][command]") {
    const Folder folder;
    // Without merges the ids are the bytes in the order of GPT-2: a 64, b 65, the space 220.
    write_file(folder / "text", "a");
    const std::string tokenizer = " --tokenizer " + (folder / "t.json");
    CHECK(
        folder
            .run("train --vocab-size 256 --in " + (folder / "text") + " -o " + (folder / "t.json"))
            .status == 0);
    CHECK(folder.run("encode --lines" + tokenizer, "a b\n\nb").out == "64 220 65\n\n65\n");
    CHECK(folder.run("encode" + tokenizer, "a\n").out == "64 198\n");
    CHECK(folder.run("encode" + tokenizer, "").out == "\n");
    const Ran json = folder.run("encode --jsonl" + tokenizer,
                                "{\"text\": \"ab\"}\n{\"hex\": \"ff61\"}\n{\"text\": \"é\"}\n");
    CHECK(json.out ==
          "{\"ids\": [64,65], \"tokens\": [\"a\",\"b\"]}\n"
          "{\"ids\": [187,64], \"tokens\": [\"⟨FF⟩\",\"a\"]}\n"
          "{\"ids\": [127,102], \"tokens\": [\"⟨C3⟩\",\"⟨A9⟩\"]}\n");
    CHECK(folder.run("decode --lines" + tokenizer, "64 65\n\n65\n").out == "ab\n\nb\n");
    CHECK(folder.run("decode" + tokenizer, "[64, 65]").out == "ab");
    CHECK(folder.run("decode --jsonl" + tokenizer, "{\"ids\": [64]}\n{\"ids\": [187]}\n").out ==
          "{\"text\":\"a\"}\n{\"hex\":\"ff\"}\n");
    const auto info = nlohmann::json::parse(folder.run("info --json" + tokenizer).out);
    CHECK(info["vocab_size"] == 256);
    CHECK(info["pattern"] == "gpt2");
}

TEST_CASE("tokenizer command: what is wrong, in one line and with status 2",
          "[tokenizer][command][errors]") {
    const Folder folder;
    write_file(folder / "text", "abc");
    write_file(folder / "empty", "");
    CHECK(folder.run("train --kind char --in " + (folder / "text") + " -o " + (folder / "t.json"))
              .status == 0);
    const auto wrong = [&](const std::string& arguments, const std::string& input,
                           const std::string& message) {
        const Ran ran = folder.run(arguments, input);
        CAPTURE(arguments, ran.messages);
        CHECK(ran.status == 2);
        CHECK(ran.out.empty());
        CHECK(ran.messages.starts_with("orrery: "));
        CHECK(ran.messages.find('\n') == ran.messages.size() - 1);
        CHECK_THAT(ran.messages, ContainsSubstring(message));
    };
    const std::string in = " --in " + (folder / "text"), t = " --tokenizer " + (folder / "t.json");
    wrong("train --kind wordpiece" + in, "", "is not here yet");
    wrong("train --kind unigram" + in, "", "is not here yet");
    wrong("train --kind words" + in, "", "wanted bpe or char");
    wrong("train --vocab-size 100" + in, "", "wanted 256 or more");
    wrong("train --pattern gpt5" + in, "", "pattern: is 'gpt5'");
    wrong("train --ties coin" + in, "", "wanted first-seen or lowest-ids");
    wrong("train --in " + (folder / "empty"), "", "the text is empty");
    wrong("train --in " + (folder / "nowhere"), "", "cannot open");
    wrong("train --kind char" + in + " -o " + (folder / "no/such/folder.json"), "",
          "no/such/folder.json");
    wrong("encode --tokenizer " + (folder / "text"), "", "is no tokenizer");
    wrong("encode" + t, "abd", "'d' (U+0064) at byte 2 is not in the alphabet");
    wrong("encode --jsonl" + t, "{\"text\": 5}\n", "line 1: wanted {\"text\"");
    wrong("encode --jsonl" + t, "{\"hex\": \"abc\"}\n", "odd number of digits");
    wrong("encode --jsonl" + t, "abc\n", "line 1: is not a JSON object");
    wrong("decode" + t, "0 1 x", "byte 4: is 'x', wanted an id");
    wrong("decode" + t, "0 3", "id is 3, wanted 0 to 2");
    wrong("decode --jsonl" + t, "{\"ids\": [0, \"a\"]}\n", "wanted {\"ids\": [integers]}");
    wrong("encode", "", "--tokenizer is required");
}
