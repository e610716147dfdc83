// All commands with their options. CLI11 is slow to compile, so it is included here and nowhere
// else: each command is a plain function of an options struct, in a file of its own.
#include "viz/app/command_line.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>
#include <iostream>
#include <new>

#include "core/base/error.hpp"
#include "core/base/parallel.hpp"
#include "core/tensor/gemm.hpp"
#include "viz/app/bench.hpp"
#include "viz/app/component_commands.hpp"
#include "viz/app/lesson_command.hpp"
#include "viz/app/model_commands.hpp"
#include "viz/app/shot_command.hpp"
#include "viz/app/tokenizer_command.hpp"
#include "viz/app/window.hpp"

namespace orrery::viz {
namespace {

using Command = std::function<int()>;

// Adds a command: its options struct lives as long as the program runs, `run` is what it does.
template <class Options>
CLI::App* add(CLI::App& app, Command& chosen, const char* name, const char* what,
              const char* example, int (*run)(const Options&),
              const std::function<void(CLI::App&, Options&)>& bind) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand(name, what);
    command->footer(std::string("Example\n  ") + example);
    bind(*command, *options);
    command->callback([=, &chosen] { chosen = [=] { return run(*options); }; });
    return command;
}

void add_component_commands(CLI::App& app, Command& chosen) {
    add<ListOptions>(app, chosen, "list", "Every component, with survey section and paper",
                     "orrery list", list_command, [](CLI::App& c, ListOptions& o) {
                         c.add_flag("--json", o.json, "One JSON array");
                         c.add_flag("--pictures", o.pictures, "Only ids of those with a picture");
                     });
    add<ShowOptions>(
        app, chosen, "show", "A component's header, knobs, inputs, outputs and files",
        "orrery show norm/layer_norm", show_command, [](CLI::App& c, ShowOptions& o) {
            c.add_option("COMPONENT", o.component, "Such as norm/layer_norm")->required();
            c.add_flag("--json", o.json, "One JSON object");
        });
    add<RunOptions>(
        app, chosen, "run", "Run one component on your own tensors",
        "orrery run attention/scaled_dot_product --in qkv.safetensors --set "
        "causal=true --out ours.safetensors",
        run_command, [](CLI::App& c, RunOptions& o) {
            c.add_option("COMPONENT", o.component, "Such as norm/layer_norm")->required();
            c.add_option("--in", o.in, "Inputs, and grad.NAME for outputs (safetensors)");
            c.add_option("--set", o.set, "Knobs: name=value")->allow_extra_args(false);
            c.add_option("--seed", o.seed, "Seed of made-up inputs");
            c.add_option("--out", o.out, "Outputs and gradients (safetensors)");
            c.add_option("--trace", o.trace, "Every step on the way (safetensors)");
            c.add_flag("--cost", o.cost, "Operations and bytes, counted");
            c.add_flag("--json", o.json, "One JSON object");
        });
    add<CompareOptions>(
        app, chosen, "compare", "Compare the tensors of two files",
        "orrery compare ours.safetensors theirs.safetensors --atol 1e-5", compare_command,
        [](CLI::App& c, CompareOptions& o) {
            c.add_option("A", o.a, "A safetensors file")->required();
            c.add_option("B", o.b, "Another")->required();
            c.add_option("--atol", o.atol, "Absolute tolerance");
            c.add_option("--rtol", o.rtol, "Relative tolerance, of B");
            c.add_option("--map", o.map, "Names that differ: a=b")->allow_extra_args(false);
            c.add_flag("--json", o.json, "One JSON array");
        });
}

void add_lesson_commands(CLI::App& app, Command& chosen) {
    CLI::App& group = *app.add_subcommand("lesson", "List, read, check and renew the lessons");
    group.require_subcommand(1);
    const auto verb = [&](const char* name, const char* what, bool takes_language) {
        add<LessonOptions>(group, chosen, name, what,
                           (std::string("orrery lesson ") + name + " norm/layer_norm").c_str(),
                           lesson_command, [=](CLI::App& c, LessonOptions& o) {
                               o.what = name;
                               c.add_option("ID", o.id, "Such as norm/layer_norm; all without it");
                               if (takes_language) c.add_option("--lang", o.language, "en or zh");
                               c.add_flag("--json", o.json, "One JSON document");
                           });
    };
    verb("list", "Lessons in reading order", true);
    verb("show", "The text of a lesson", true);
    verb("check", "Replay each lesson and check every claim", false);
    verb("write", "Cut the code excerpts anew from the sources", false);
}

void add_tokenizer_commands(CLI::App& app, Command& chosen) {
    CLI::App& group = *app.add_subcommand("tokenizer", "Train a tokenizer; text to ids and back");
    group.require_subcommand(1);
    const auto which = [](CLI::App& c, std::string& tokenizer, std::string& pattern) {
        c.add_option("--tokenizer", tokenizer,
                     "tokenizer.json, a directory with vocab.json and merges.txt, or .tiktoken")
            ->required();
        c.add_option("--pattern", pattern,
                     "gpt2, cl100k, o200k or none, where a name does not tell");
    };
    add<TokenizerTrainOptions>(
        group, chosen, "train", "Learn a vocabulary from text",
        "orrery tokenizer train --kind bpe --vocab-size 1024 --in book.txt -o tokenizer.json",
        tokenizer_train_command, [](CLI::App& c, TokenizerTrainOptions& o) {
            c.add_option("--kind", o.kind, "bpe or char")->capture_default_str();
            c.add_option("--vocab-size", o.vocab_size, "How many tokens (bpe)")
                ->capture_default_str();
            c.add_option("--pattern", o.pattern, "gpt2, cl100k, o200k or none (bpe)")
                ->capture_default_str();
            c.add_option("--ties", o.ties, "Of pairs as frequent: first-seen or lowest-ids")
                ->capture_default_str();
            c.add_option("--in", o.in, "Text files; - is standard input")->required();
            c.add_option("-o,--out", o.out, "tokenizer.json, or a directory for it; - prints it");
        });
    add<TokenizerEncodeOptions>(
        group, chosen, "encode", "Text to ids",
        "orrery tokenizer encode --tokenizer tokenizer.json --in book.txt",
        tokenizer_encode_command, [=](CLI::App& c, TokenizerEncodeOptions& o) {
            which(c, o.tokenizer, o.pattern);
            c.add_option("--in", o.in, "A text; - is standard input")->capture_default_str();
            CLI::Option* lines = c.add_flag("--lines", o.lines, "Each line is a text of its own");
            c.add_flag("--jsonl", o.jsonl, "{\"text\": …} or {\"hex\": …} a line")->excludes(lines);
            c.add_option("--special", o.special, "all: special tokens in the text become their id")
                ->capture_default_str();
            c.add_flag("--add-special", o.add_special, "What the tokenizer puts around a text");
        });
    add<TokenizerDecodeOptions>(
        group, chosen, "decode", "Ids to text",
        "orrery tokenizer decode --tokenizer tokenizer.json --in ids.txt", tokenizer_decode_command,
        [=](CLI::App& c, TokenizerDecodeOptions& o) {
            which(c, o.tokenizer, o.pattern);
            c.add_option("--in", o.in, "Ids; - is standard input")->capture_default_str();
            CLI::Option* lines = c.add_flag("--lines", o.lines, "Each line gives a line");
            c.add_flag("--jsonl", o.jsonl, "{\"ids\": […]} a line")->excludes(lines);
        });
    add<TokenizerInfoOptions>(group, chosen, "info", "Kind, size, pattern and special tokens",
                              "orrery tokenizer info --tokenizer tokenizer.json",
                              tokenizer_info_command, [=](CLI::App& c, TokenizerInfoOptions& o) {
                                  which(c, o.tokenizer, o.pattern);
                                  c.add_flag("--json", o.json, "One JSON object");
                              });
}

void add_picture_commands(CLI::App& app, Command& chosen) {
    add<OpenCommand>(app, chosen, "open", "The explorer, at a link or a list of links",
                     "orrery open 'attention/scaled_dot_product?causal=true'", open_command,
                     [](CLI::App& c, OpenCommand& o) {
                         c.add_option("LINK", o.link, "A link, or a text file with one a line");
                         c.add_option("--seconds", o.seconds, "Close by itself after so long");
                         c.add_flag("--report", o.report, "Say at the end how long frames took");
                     });
    add<ShotCommand>(app, chosen, "shot", "A picture, or the whole window, as PNG or SVG",
                     "orrery shot norm/layer_norm -o picture.svg --theme light", shot_command,
                     [](CLI::App& c, ShotCommand& o) {
                         c.add_option("LINK", o.link, "\"home\" is the gallery")->required();
                         c.add_option("-o,--out", o.out, "F.png or F.svg")->required();
                         c.add_option("--size", o.size, "WxH in points");
                         c.add_option("--scale", o.scale, "Pixels a point, for PNG");
                         c.add_option("--view", o.view, "picture, window or card");
                         c.add_option("--theme", o.theme, "dark or light");
                         c.add_option("--lang", o.lang, "en or zh");
                         c.add_option("--do", o.actions, "Actions to take first, in order")
                             ->allow_extra_args(false);
                     });
    add<TextCommand>(app, chosen, "text", "A picture in words and numbers",
                     "orrery text norm/layer_norm --lang zh", text_command,
                     [](CLI::App& c, TextCommand& o) {
                         c.add_option("LINK", o.link, "Such as norm/layer_norm?rows=2")->required();
                         c.add_option("--lang", o.lang, "en or zh");
                     });
}

void add_model_commands(CLI::App& app, Command& chosen) {
    CLI::App* train = add<TrainOptions>(
        app, chosen, "train", "Train a model on a text or a task",
        "orrery train --data book.txt --steps 2000 --out model/", train_command,
        [](CLI::App& c, TrainOptions& o) {
            c.add_option(
                "--data", o.data,
                "A text file, -, stories:en, stories:zh, or task:NAME (copy, reverse, sort, "
                "addition, induction, modular_addition)");
            c.add_option("--tokenizer", o.tokenizer,
                         "char, bpe:N (merged on this text, N tokens), or a tokenizer's path");
            c.add_option("--config", o.config, "A JSON file with the names that --set takes");
            c.add_option("--set", o.set, "Settings: name=value")->allow_extra_args(false);
            c.add_option("--steps", o.steps, "How many steps (2000)")
                ->check(CLI::NonNegativeNumber);
            c.add_option("--val", o.val, "The fraction of the text held out (0.1)");
            c.add_option("--eval-every", o.eval_every, "Steps between examinations; 0 never")
                ->check(CLI::NonNegativeNumber);
            c.add_option("--log-every", o.log_every, "Steps between lines of output")
                ->check(CLI::NonNegativeNumber);
            c.add_option("--seed", o.seed, "Seed of weights and batches");
            c.add_option("--out", o.out, "The model directory to write");
            c.add_option("--resume", o.resume, "A model directory whose run is to go on");
            c.add_option("--init", o.init, "A model directory whose weights to begin with");
            c.add_option("--batches", o.batches,
                         "Given ids x, y [steps, batch, tokens] (safetensors)");
            c.add_flag("--json", o.json, "One JSON object a line, as always");
        });
    train->footer("Settings and their defaults\n" + train_settings_help() +
                  "\nExample\n  orrery train --data book.txt --steps 2000 --out model/");
    add<GenerateOptions>(app, chosen, "generate", "Let a model continue a prompt",
                         "orrery generate --model model/ --prompt \"Once upon a time\"",
                         generate_command, [](CLI::App& c, GenerateOptions& o) {
                             c.add_option("--model", o.model, "A model directory")->required();
                             c.add_option("--prompt", o.prompt, "The text to go on from");
                             c.add_flag("--greedy", o.greedy, "Always the likeliest token");
                             c.add_option("--temperature", o.temperature, "0 is greedy (1)");
                             c.add_option("--top-k", o.top_k, "Of so many likeliest; 0 all");
                             c.add_option("--top-p", o.top_p, "Of the fewest with this share (1)");
                             c.add_option("--max-tokens", o.max_tokens, "How many at most (200)");
                             c.add_option("--seed", o.seed, "Seed of the draws");
                             c.add_flag("--json", o.json, "One JSON object");
                         });
    add<EvalOptions>(app, chosen, "eval", "How surprised a model is by a text",
                     "orrery eval --model model/ --data other.txt", eval_command,
                     [](CLI::App& c, EvalOptions& o) {
                         c.add_option("--model", o.model, "A model directory")->required();
                         c.add_option("--data", o.data,
                                      "A text file, -, stories:en, stories:zh, or task:NAME");
                         c.add_option("--ids", o.ids, "ids [batch, tokens] to read (safetensors)");
                         c.add_option("--logits", o.logits, "Where to write their logits");
                         c.add_flag("--json", o.json, "One JSON object");
                     });
}

void add_bench_command(CLI::App& app, Command& chosen) {
    add<BenchOptions>(app, chosen, "bench", "The measurements that the README quotes",
                      "orrery bench frame", bench_command, [](CLI::App& c, BenchOptions& o) {
                          c.add_option("FILTER", o.filter, "Only those whose name contains it");
                          c.add_flag("--json", o.json, "One JSON array");
                      });
}

std::string version() {
    return "orrery " + std::string(ORRERY_VERSION) + "\n" + std::string(gemm_kernel()) + ", " +
           std::to_string(thread_count()) + " threads";
}

}  // namespace

int command_line(int argc, char** argv) {
    CLI::App app{"A working model of large language models that you can read, run and watch.",
                 "orrery"};
    Command chosen;
    int threads = 0;
    app.require_subcommand(0, 1);
    app.fallthrough();
    app.add_option("--threads", threads, "How many threads to use (0: one for each core)")
        ->check(CLI::Range(0, 1024));
    app.add_flag_callback(
        "--version", [] { throw CLI::CallForVersion(version(), 0); }, "Version, kernel, threads");
    add_picture_commands(app, chosen);
    add_component_commands(app, chosen);
    add_lesson_commands(app, chosen);
    add_tokenizer_commands(app, chosen);
    add_model_commands(app, chosen);
    add_bench_command(app, chosen);

    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& success) {
        return app.exit(success);  // --help, --version
    } catch (const CLI::ParseError& error) {
        std::cerr << "orrery: " << error.what() << ": see orrery --help\n";
        return 2;
    }
    try {
        if (threads > 0) set_thread_count(std::size_t(threads));
        if (!chosen) {
            return open_command({});
        }
        const int status = chosen();
        if (std::fflush(stdout) != 0 || std::ferror(stdout))
            return std::cerr << "orrery: standard output: cannot be written\n", 1;
        return status;
    } catch (const ValueError& error) {
        std::cerr << "orrery: " << error.what() << "\n";
        return 2;
    } catch (const ShapeError& error) {
        std::cerr << "orrery: " << error.what() << "\n";
        return 2;
    } catch (const FormatError& error) {
        std::cerr << "orrery: " << error.what() << "\n";
        return 2;
    } catch (const std::bad_alloc&) {
        std::cerr << "orrery: out of memory: use a smaller size\n";
        return 1;
    } catch (const std::exception& error) {
        std::cerr << "orrery: " << error.what() << "\n";
        return 1;
    }
}

}  // namespace orrery::viz
