// The training step, beside PyTorch's
//
// Both run in turns in one sitting, so that whatever else the machine does falls on both.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "core/base/files.hpp"
#include "core/base/parallel.hpp"
#include "core/base/random.hpp"
#include "core/model/trainer.hpp"
#include "viz/app/bench.hpp"
#include "viz/kit/resources.hpp"

namespace orrery::viz {
namespace {

constexpr std::size_t batch = 12, context = 64, vocabulary = 65;
constexpr int rounds = 3, steps_in_round = 60;

model::TrainerConfig documented_run() {
    model::TrainerConfig c;
    c.model.vocab_size = vocabulary;
    c.model.context = context;
    c.model.bias = false;
    c.batch = batch;
    c.steps = 0;
    return c;
}

std::vector<int> random_ids(std::size_t count) {
    Random random(1, "bench");
    std::vector<int> ids(count);
    for (int& id : ids) id = int(random.below(vocabulary));
    return ids;
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values.empty() ? 0.0 : values[values.size() / 2];
}

// The peer's script, in a file of its own while it runs.
class Peer {
   public:
    Peer()
        : path_(std::filesystem::temp_directory_path() /
                ("orrery_bench_" + std::to_string(::getpid()) + ".py")) {
        const std::string* script = resource("scripts/bench_pytorch.py");
        if (!script) return;
        write_file(path_.string(), *script);
        ask("--steps 5");
    }
    ~Peer() {
        std::error_code ignored;
        std::filesystem::remove(path_, ignored);
    }
    bool absent() const { return version_.empty(); }
    const std::string& version() const { return version_; }
    const std::string& why_absent() const { return why_absent_; }

    // Milliseconds of one step; 0 when it failed.
    double ms(std::size_t threads) {
        return ask("--steps " + std::to_string(steps_in_round) + " --threads " +
                   std::to_string(threads) +
                   (settings_.empty() ? "" : " --settings '" + settings_ + "'"));
    }
    void choose_settings() { settings_.clear(); }

   private:
    double ask(const std::string& arguments) {
        std::string answer;
        for (const char* python : {"/usr/bin/python3", "python3"}) {
            const std::string command =
                std::string(python) + " '" + path_.string() + "' " + arguments + " 2>/dev/null";
            std::FILE* pipe = ::popen(command.c_str(), "r");
            if (!pipe) continue;
            answer.clear();
            char buffer[512];
            while (const std::size_t n = std::fread(buffer, 1, sizeof buffer, pipe))
                answer.append(buffer, n);
            ::pclose(pipe);
            const auto json = nlohmann::json::parse(answer, nullptr, false);
            if (!json.is_object()) continue;
            if (json.contains("absent")) {
                why_absent_ = json.value("absent", "");
                continue;
            }
            version_ = json.value("version", "");
            settings_ = json.value("settings", "");
            return json.value("ms", 0.0);
        }
        return 0.0;
    }
    std::filesystem::path path_;
    std::string version_, settings_;
    std::string why_absent_ = "no python3 that has PyTorch: apt install python3-torch";
};

BenchRow measure(Peer& peer, std::size_t threads) {
    set_thread_count(threads);
    model::Trainer trainer(documented_run(), random_ids(100000), {});
    const double tokens = double(batch * context);
    std::vector<double> ours, theirs;
    peer.choose_settings();
    for (int round = 0; round < rounds; ++round) {
        ours.push_back(median_ms(steps_in_round, [&] { trainer.step(); }));
        if (!peer.absent()) theirs.push_back(peer.ms(threads));
    }
    BenchRow row;
    row.name = "training step, 4 layers, width 128, " + std::to_string(threads) +
               (threads == 1 ? " thread" : " threads");
    row.unit = "tokens/s";
    row.ours = tokens / median(ours) * 1e3;
    row.peer_name = "PyTorch" + (peer.absent() ? "" : " " + peer.version() + " eager");
    if (peer.absent()) {
        row.note = peer.why_absent();
    } else if (const double ms = median(theirs); ms > 0) {
        row.peer = tokens / ms * 1e3;
        row.ratio = row.ours / row.peer;
        char note[64];
        std::snprintf(note, sizeof note, "(%.1f ms and %.1f ms a step)", median(ours), ms);
        row.note = note;
    }
    return row;
}

}  // namespace

std::vector<BenchRow> bench_training() {
    const std::size_t threads = thread_count();
    Peer peer;
    std::vector<BenchRow> rows{measure(peer, threads)};
    if (threads > 1) rows.push_back(measure(peer, 1));
    set_thread_count(threads);

    //: without a peer: examining a text, and writing one
    auto config = documented_run();
    model::CausalDecoder decoder(config.model, model::initial_weights(config.model, 1));
    const auto ids = random_ids(20001);
    BenchRow examine{"loss over a text, forward only", "tokens/s", 0, "", 0, 0, ""};
    examine.ours = 20000 / median_ms(9, [&] { (void)decoder.loss(ids); }) * 1e3;
    BenchRow write{"writing, one token at a time", "tokens/s", 0, "", 0, 0, ""};
    write.ours =
        context /
        median_ms(9,
                  [&] {
                      for (std::size_t i = 1; i <= context; ++i)
                          (void)decoder.next_token_logits(std::span<const int>(ids).first(i));
                  }) *
        1e3;
    rows.push_back(examine);
    rows.push_back(write);
    return rows;
}

}  // namespace orrery::viz
