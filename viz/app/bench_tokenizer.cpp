// Tokenizers beside SentencePiece: both trainers as whole programs on the same text, from reading
// the file to writing the vocabulary; encoding inside the program, SentencePiece's less its start.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/data/corpus.hpp"
#include "core/tokenizer/bpe.hpp"
#include "core/tokenizer/tokenizer.hpp"
#include "viz/app/bench.hpp"

namespace orrery::viz {
namespace {

namespace fs = std::filesystem;

// A folder of our own, gone at the end.
struct Folder {
    fs::path path =
        fs::temp_directory_path() / ("orrery_bench_tokenizer_" + std::to_string(getpid()));
    Folder() { fs::create_directories(path); }
    ~Folder() {
        std::error_code ignored;
        fs::remove_all(path, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::string operator/(const char* name) const { return (path / name).string(); }
};

bool runs(const std::string& command) {
    return std::system((command + " >/dev/null 2>&1").c_str()) == 0;
}

double once_ms(const std::function<void()>& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
        .count();
}

double median(std::vector<double> times) {
    std::sort(times.begin(), times.end());
    return times[times.size() / 2];
}

// Medians of runs taken in turn; the first of each is not counted. Without a peer 0.
struct Pair {
    double ours = 0, peer = 0;
};
Pair in_turn(int runs, const std::function<void()>& ours, const std::function<void()>& peer) {
    std::vector<double> our_times, peer_times;
    for (int i = 0; i <= runs; ++i) {
        const double a = once_ms(ours), b = peer ? once_ms(peer) : 0;
        if (i == 0) continue;
        our_times.push_back(a);
        peer_times.push_back(b);
    }
    return {median(our_times), median(peer_times)};
}

}  // namespace

std::vector<BenchRow> bench_tokenizer() {
    const char* data = std::getenv("ORRERY_DATA");
    const std::string shakespeare = std::string(data ? data : "") + "/text/tinyshakespeare.txt";
    const bool has_shakespeare = data && fs::exists(shakespeare);
    const std::string text =
        has_shakespeare ? read_file(shakespeare) : data::load_corpus("stories:en").text;
    const std::string of =
        has_shakespeare ? ", 1.1 MB of English" : ", " + std::to_string(text.size()) + " bytes";
    const double megabytes = double(text.size()) / 1e6;

    const Folder folder;
    write_file(folder / "text", text);
    write_file(folder / "nothing", "");
    const bool has_peer = runs("spm_train --help") && runs("spm_encode --help");
    const std::string peer_name = "SentencePiece";
    const std::string absent = has_peer ? "" : "not installed: apt install sentencepiece";
    const auto command = [](std::string line) { return [line] { (void)runs(line); }; };
    std::vector<BenchRow> rows;

    const std::string self = fs::read_symlink("/proc/self/exe").string();
    const std::string ours_line = "'" + self +
                                  "' tokenizer train --kind bpe --vocab-size 1024 --in '" +
                                  (folder / "text") + "' -o '" + (folder / "ours.json") + "'";
    const std::string peer_line = "spm_train --model_type=bpe --vocab_size=1024 --input='" +
                                  (folder / "text") + "' --model_prefix='" + (folder / "peer") +
                                  "'";
    if (!runs(ours_line)) throw Error("bench tokenizer: '" + self + "' cannot train a tokenizer");
    const Pair training =
        in_turn(5, command(ours_line), has_peer ? command(peer_line) : std::function<void()>());
    rows.push_back({"BPE training to 1,024" + of, "ms", training.ours, peer_name, training.peer,
                    has_peer ? training.peer / training.ours : 0, absent});

    const auto encoding = [&](const std::string& name, const tokenizer::Tokenizer& t, bool beside) {
        const std::string line = "spm_encode --output_format=id --model='" +
                                 (folder / "peer.model") + "' --output=/dev/null --input='";
        double start = 0;
        const bool with_peer = beside && has_peer;
        if (with_peer)
            start = in_turn(
                        3, [] {}, command(line + (folder / "nothing") + "'"))
                        .peer;
        const Pair times = in_turn(
            9, [&] { (void)t.encode(text); },
            with_peer ? command(line + (folder / "text") + "'") : std::function<void()>());
        BenchRow row{name + of, "MB/s", megabytes / times.ours * 1e3, beside ? peer_name : "",
                     0,         0,      beside ? absent : ""};
        if (with_peer) {
            row.peer = megabytes / std::max(times.peer - start, 0.01) * 1e3;
            row.ratio = row.ours / row.peer;
        }
        rows.push_back(std::move(row));
    };
    encoding("encoding, own 1,024 tokens", tokenizer::load_tokenizer(folder / "ours.json"), true);
    const std::string gpt2 = std::string(data ? data : "") + "/vocab/gpt2";
    if (data && fs::exists(gpt2))
        encoding("encoding, GPT-2's 50,257 tokens", tokenizer::load_tokenizer(gpt2), false);
    return rows;
}

}  // namespace orrery::viz
