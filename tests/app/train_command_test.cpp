// The program itself: train, generate, eval on texts it has never seen
#include <sys/wait.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/tensor/safetensors.hpp"
#include "tests/support/catch.hpp"
#include "viz/app/train_settings.hpp"

using namespace orrery;
using namespace orrery::viz;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

struct Folder {
    fs::path path;
    explicit Folder(const char* name)
        : path(fs::temp_directory_path() / ("orrery_" + std::string(name))) {
        fs::remove_all(path);
        fs::create_directories(path);
    }
    ~Folder() { fs::remove_all(path); }
    std::string operator/(const char* name) const { return (path / name).string(); }
};

struct Result {
    int status = 0;
    std::string out, err;
    std::vector<json> lines() const {
        std::vector<json> all;
        for (std::size_t at = 0; at < out.size();) {
            const std::size_t end = std::min(out.find('\n', at), out.size());
            if (end > at) all.push_back(json::parse(out.substr(at, end - at)));
            at = end + 1;
        }
        return all;
    }
};

Result orrery_program(const Folder& folder, const std::string& arguments,
                      const std::string& after = "") {
    const std::string out = folder / "stdout", err = folder / "stderr";
    const std::string command =
        std::string(ORRERY_PROGRAM) + " " + arguments + " 2>" + err + " " + after + " >" + out;
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 255, read_file(out), read_file(err)};
}

const std::string tiny =
    " --set layers=1 --set heads=2 --set width=16 --set context=16 --set batch=4 ";

std::string some_text() {
    std::string text;
    for (int i = 0; i < 60; ++i) text += "the cat sat on the mat. 猫坐在垫子上。\n";
    return text;
}

}  // namespace

TEST_CASE("train: a text it has never seen, then generate and eval", "[app][train]") {
    const Folder folder("train");
    write_file(folder / "text.txt", some_text());
    const auto trained = orrery_program(
        folder, "train --data " + (folder / "text.txt") + tiny +
                    "--steps 40 --eval-every 20 --log-every 10 --seed 3 --out " + (folder / "m"));
    CAPTURE(trained.err);
    REQUIRE(trained.status == 0);
    const auto lines = trained.lines();
    REQUIRE(lines.size() == 5);  // steps 1, 10, 20, 30, 40
    CHECK(lines[0]["step"] == 1);
    CHECK(lines[4]["step"] == 40);
    CHECK(lines[4]["loss"].get<double>() < lines[0]["loss"].get<double>());
    for (const json& line : lines)
        for (const char* field : {"step", "loss", "lr", "grad_norm", "tokens_per_s"})
            CHECK(line.contains(field));
    CHECK(lines[2].contains("val_loss"));
    CHECK(!lines[1].contains("val_loss"));
    for (const char* file : {"m/config.json", "m/model.safetensors", "m/tokenizer.json"})
        CHECK(fs::exists(folder / file));

    const std::string generate =
        "generate --model " + (folder / "m") + " --prompt 'the 猫' --max-tokens 20 ";
    const auto a = orrery_program(folder, generate + "--seed 5"),
               b = orrery_program(folder, generate + "--seed 5");
    CHECK(a.status == 0);
    CHECK(a.out == b.out);
    CHECK(a.out.starts_with("the 猫"));
    CHECK(orrery_program(folder, generate + "--seed 6").out != a.out);
    CHECK(orrery_program(folder, generate + "--greedy").out ==
          orrery_program(folder, generate + "--temperature 0 --seed 9").out);
    const json as_json = json::parse(orrery_program(folder, generate + "--json").out);
    CHECK(as_json["ids"].size() == 20);
    const auto unknown =
        orrery_program(folder, "generate --model " + (folder / "m") + " --prompt ZZZ");
    CHECK(unknown.status == 2);
    CHECK(unknown.err.starts_with("orrery: "));

    const json eval = json::parse(orrery_program(folder, "eval --json --model " + (folder / "m") +
                                                             " --data " + (folder / "text.txt"))
                                      .out);
    const double loss = eval["loss"], bits = eval["bits_per_byte"];
    CHECK_THAT(eval["perplexity"].get<double>(), WithinRel(std::exp(loss), 1e-9));
    CHECK_THAT(bits, WithinRel(loss * eval["tokens"].get<double>() / std::log(2.0) /
                                   eval["bytes"].get<double>(),
                               1e-9));
}

TEST_CASE("train: an interrupted run goes on exactly", "[app][train]") {
    const Folder folder("resume");
    write_file(folder / "text.txt", some_text());
    const std::string run = "train --data " + (folder / "text.txt") + tiny +
                            "--steps 300 --log-every 1 --eval-every 100 --out ";
    REQUIRE(orrery_program(folder, run + (folder / "whole")).status == 0);
    // a reader that goes away stops the run, and what is done is kept
    orrery_program(folder, run + (folder / "part"), "| head -n 5");
    const json before = json::parse(read_file(folder / "part/training.json"));
    CHECK(before["done"].get<int>() >= 5);
    CHECK(before["done"].get<int>() < 300);
    const auto rest = orrery_program(folder, "train --resume " + (folder / "part"));
    CAPTURE(rest.err);
    REQUIRE(rest.status == 0);
    CHECK(rest.lines().back()["step"] == 300);
    CHECK(read_file(folder / "part/model.safetensors") ==
          read_file(folder / "whole/model.safetensors"));

    write_file(folder / "text.txt", some_text() + "more");
    const auto other = orrery_program(folder, "train --steps 301 --resume " + (folder / "part"));
    CHECK(other.status == 2);
    CHECK_THAT(other.err, ContainsSubstring("is not the text that the run"));
}

TEST_CASE("train: given weights and given batches", "[app][train]") {
    const Folder folder("batches");
    Safetensors batches;
    Tensor x({3, 2, 8}), y({3, 2, 8});
    for (std::size_t i = 0; i < x.size(); ++i)
        x.flat()[i] = float(i % 7), y.flat()[i] = float((i + 1) % 7);
    batches.tensors["x"] = {x, Kind::index};
    batches.tensors["y"] = {y, Kind::index};
    write_safetensors(folder / "b.safetensors", batches);
    const auto first = orrery_program(
        folder, "train --batches " + (folder / "b.safetensors") + tiny + "--out " + (folder / "m"));
    CAPTURE(first.err);
    REQUIRE(first.status == 0);
    REQUIRE(first.lines().size() == 3);
    CHECK_THAT(first.lines()[0]["loss"].get<double>(), WithinAbs(std::log(7.0), 0.2));
    const auto second =
        orrery_program(folder, "train --init " + (folder / "m") + " --batches " +
                                   (folder / "b.safetensors") + " --out " + (folder / "m2"));
    REQUIRE(second.status == 0);
    CHECK(second.lines()[0]["loss"] != first.lines()[0]["loss"]);

    Safetensors ids;
    ids.tensors["ids"] = {
        Tensor({2, 8}, std::vector<float>(x.flat().begin(), x.flat().begin() + 16)), Kind::index};
    write_safetensors(folder / "ids.safetensors", ids);
    REQUIRE(orrery_program(folder, "eval --model " + (folder / "m2") + " --ids " +
                                       (folder / "ids.safetensors") + " --logits " +
                                       (folder / "logits.safetensors"))
                .status == 0);
    CHECK(read_safetensors(folder / "logits.safetensors").tensors.at("logits").tensor.shape() ==
          Shape{2, 8, 7});
}

TEST_CASE("train: a task, and its answers", "[app][train]") {
    const Folder folder("task");
    const auto trained = orrery_program(
        folder,
        "train --data task:copy --set length=2 --set symbols=4 --set layers=1 --set width=32 "
        "--set lr=0.01 --set warmup=10 --set batch=32 --steps 200 --out " +
            (folder / "m"));
    CAPTURE(trained.err);
    REQUIRE(trained.status == 0);
    CHECK(trained.lines().back()["exact_match"].get<double>() > 0.95);
    CHECK(orrery_program(folder, "generate --greedy --model " + (folder / "m") + " --prompt 'ca>'")
              .out == "ca>ca\n");
    const json eval = json::parse(
        orrery_program(folder, "eval --json --model " + (folder / "m") + " --data task:copy").out);
    CHECK(eval["exact_match"].get<double>() > 0.95);
    CHECK(orrery_program(folder, "eval --model " + (folder / "m") + " --data task:sort").status ==
          2);
}

TEST_CASE("train: bad input is one clear line and status 2", "[app][train][errors]") {
    const Folder folder("bad");
    write_file(folder / "empty.txt", "");
    write_file(folder / "one.txt", "x");
    write_file(folder / "binary.bin", std::string("\x00\xFF\xFE"
                                                  "abc\x80",
                                                  7));
    const auto fails = [&](const std::string& arguments, const char* says) {
        CAPTURE(arguments);
        const auto result = orrery_program(folder, arguments);
        CAPTURE(result.err);
        CHECK(result.status == 2);
        CHECK(result.err.starts_with("orrery: "));
        CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
        CHECK_THAT(result.err, ContainsSubstring(says));
    };
    const std::string out = " --steps 2 --out " + (folder / "m");
    fails("train --data " + (folder / "empty.txt") + out, "empty");
    fails("train --data " + (folder / "one.txt") + out, "tokens to learn from");
    fails("train --data /no/such/file" + out, "/no/such/file");
    fails("train --data task:nothing" + out, "no task");
    fails("train --data stories:en", "--out");
    fails("train" + out, "--data");
    fails("train --data stories:en --set nonsense=1" + out, "nonsense");
    fails("train --data stories:en --set heads=3" + out, "heads");
    fails("train --data stories:en --set lr=fast" + out, "lr");
    fails("train --resume " + (folder / "nowhere"), "training.json");
    fails("generate --model " + (folder / "nowhere"), "config.json");
    fails("eval --model " + (folder / "nowhere"), "--data");
    const auto binary =
        orrery_program(folder, "train --val 0 --data " + (folder / "binary.bin") + tiny + out);
    CHECK(binary.status == 0);
    CHECK_THAT(binary.err, ContainsSubstring("byte 1 is not UTF-8"));
}

TEST_CASE("train settings: every one is written as it is read", "[app][train]") {
    for (const std::string& name : setting_names()) {
        CAPTURE(name);
        const TrainSettings defaults;
        TrainSettings other;
        set_setting(other, name, written_setting(defaults, name));
        CHECK(written_setting(other, name) == written_setting(defaults, name));
    }
    TrainSettings settings;
    set_setting(settings, "learning_rate", "0.1");
    CHECK(settings.trainer.lr == 0.1f);
    set_setting(settings, "n_layer", "3");
    CHECK(settings.trainer.model.layers == 3);
    CHECK_THROWS_WITH(set_setting(settings, "heads", "-1"),
                      "setting heads: is \"-1\", wanted a whole number, 0 or more");
}

TEST_CASE("train: pairs merged on the text are the model's tokens", "[app][train_command]") {
    const Folder folder("train_bpe");
    const std::string text = folder / "text.txt", out = folder / "model";
    write_file(text, some_text());
    const auto trained = orrery_program(
        folder, "train --data " + text + " --tokenizer bpe:280" + tiny + "--steps 5 --out " + out);
    REQUIRE(trained.status == 0);
    CHECK(json::parse(read_file(out + "/tokenizer.json"))["model"]["type"] == "BPE");
    CHECK(json::parse(read_file(out + "/config.json"))["vocab_size"] == 280);
    // the held-out loss that training says is what eval says of that part
    CHECK(orrery_program(folder, "eval --model " + out + " --data " + text).status == 0);
    const auto wrote =
        orrery_program(folder, "generate --model " + out + " --prompt the --max-tokens 5 --greedy");
    CHECK(wrote.status == 0);
    CHECK(wrote.out.starts_with("the"));
    const auto wrong = orrery_program(
        folder, "train --data " + text + " --tokenizer bpe:12" + tiny + "--steps 5 --out " + out);
    CHECK(wrong.status == 2);
}
