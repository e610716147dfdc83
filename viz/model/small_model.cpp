#include "viz/model/small_model.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <mutex>

#include "core/base/error.hpp"
#include "core/data/corpus.hpp"
#include "core/model/checkpoint.hpp"
#include "core/model/trainer.hpp"
#include "viz/kit/slice.hpp"
#include "viz/kit/words.hpp"

namespace orrery::viz {
namespace {

constexpr std::size_t most_steps = 400, batch = 16, window = 16, least_occurrences = 3;
constexpr double most_flops = 16e9;  // of the whole training
constexpr float height_of_rate = 0.02f;

// A corpus as words, the most frequent first.
struct Stories {
    std::vector<std::string> text, vocabulary;
};

const Stories& stories_of(const std::string& language) {
    static std::mutex mutex;
    static std::map<std::string, Stories> read;
    std::lock_guard lock(mutex);
    if (const auto it = read.find(language); it != read.end()) return it->second;
    Stories s;
    s.text = split_words(data::load_corpus("stories:" + language).text, std::size_t(-1));
    std::map<std::string, std::size_t> counts;
    for (const auto& word : s.text) ++counts[word];
    for (const auto& [word, count] : counts)
        if (count >= least_occurrences) s.vocabulary.push_back(word);
    std::stable_sort(
        s.vocabulary.begin(), s.vocabulary.end(),
        [&](const std::string& a, const std::string& b) { return counts[a] > counts[b]; });
    return read.emplace(language, std::move(s)).first->second;
}

std::string key_of(const std::string& stories, const model::CausalDecoderConfig& c,
                   std::uint64_t seed) {
    std::string key =
        stories + c.activation + c.position + (c.bias ? "b" : "") + (c.tied ? "t" : "");
    for (const std::size_t n : {c.vocab_size, c.context, c.layers, c.heads, c.width, c.hidden})
        key += " " + std::to_string(n);
    return key + " " + std::to_string(c.norm_eps) + " " + std::to_string(seed);
}

// A training that may go on in the next slice.
struct Training {
    std::shared_ptr<SmallModel> made = std::make_shared<SmallModel>();
    std::unique_ptr<model::Trainer> trainer;
};

Training begin_training(const std::string& stories, model::CausalDecoderConfig config,
                        std::uint64_t seed) {
    const Stories& corpus = stories_of(stories);
    Training training;
    SmallModel* made = training.made.get();
    made->stories = stories;

    //: the vocabulary: id 0 stands for every word that is not in it
    std::size_t size = corpus.vocabulary.size() + 1;
    if (config.vocab_size > 0) size = std::min(size, std::max<std::size_t>(config.vocab_size, 2));
    config.vocab_size = size;
    made->vocabulary = {unknown_word};
    for (std::size_t i = 0; i + 1 < size; ++i) {
        made->ids.emplace(corpus.vocabulary[i], int(i + 1));
        made->vocabulary.push_back(corpus.vocabulary[i]);
    }
    std::vector<int> ids;
    ids.reserve(corpus.text.size());
    for (const auto& word : corpus.text) {
        const auto it = made->ids.find(word);
        ids.push_back(it == made->ids.end() ? 0 : it->second);
    }

    //: as many steps as the work allows
    model::TrainerConfig t;
    t.model = config;
    t.tokens = std::min(config.context, window);
    t.batch = batch;
    const double d = double(config.width), layers = double(config.layers);
    const double step_flops =
        6.0 * double(batch * t.tokens) *
        (double(size) * d + layers * (4 * d * d + 2 * d * double(config.hidden_width())));
    t.steps = std::size_t(std::clamp(most_flops / step_flops, 10.0, double(most_steps)));
    t.lr = height_of_rate * std::min(1.0f, 24.0f / float(config.width));
    t.min_lr = t.lr / 10;
    t.warmup = std::min<std::size_t>(10, t.steps / 2);
    t.seed = seed;
    training.trainer = std::make_unique<model::Trainer>(t, std::move(ids), std::vector<int>{});
    made->config = config;
    return training;
}

// Throws ComeAgain when the slice is over before the last step.
std::shared_ptr<const SmallModel> finish(Training& training) {
    SmallModel& made = *training.made;
    model::Trainer& trainer = *training.trainer;
    while (!trainer.done()) {
        trainer.step();
        for (const auto& [name, value] : trainer.scalars())
            if (name == "loss") made.loss = float(value);
        if (!trainer.done() && slice_is_over()) throw ComeAgain{};
    }
    made.steps = trainer.position();
    made.weights = trainer.weights();
    return training.made;
}

}  // namespace

std::shared_ptr<const SmallModel> trained_model(const std::string& stories,
                                                model::CausalDecoderConfig config,
                                                std::uint64_t seed) {
    static std::mutex mutex;
    static std::vector<std::pair<std::string, std::shared_ptr<const SmallModel>>> known;
    const std::string key = key_of(stories, config, seed);
    std::lock_guard lock(mutex);
    for (const auto& [name, found] : known)
        if (name == key) return found;
    static std::map<std::string, Training> begun;
    if (!begun.count(key)) {
        if (begun.size() > 2) begun.clear();
        begun.emplace(key, begin_training(stories, std::move(config), seed));
    }
    auto made = finish(begun.at(key));
    begun.erase(key);
    known.emplace_back(key, made);
    if (known.size() > 6) known.erase(known.begin());
    return made;
}

std::size_t known_words(const std::string& stories, const std::vector<std::string>& words) {
    const auto& vocabulary = stories_of(stories).vocabulary;
    std::size_t count = 0;
    for (const auto& word : words)
        count += std::find(vocabulary.begin(), vocabulary.end(), word) != vocabulary.end();
    return count;
}

std::shared_ptr<const SmallModel> model_of_folder(const std::string& path) {
    static std::mutex mutex;
    static std::string last_path;
    static std::filesystem::file_time_type last_time;
    static std::shared_ptr<const SmallModel> last;
    std::lock_guard lock(mutex);
    std::error_code unknown;
    const auto time = std::filesystem::last_write_time(path + "/model.safetensors", unknown);
    if (last && path == last_path && time == last_time && !unknown) return last;
    model::Checkpoint checkpoint = model::load_checkpoint(path);
    auto made = std::make_shared<SmallModel>();
    made->config = checkpoint.config;
    made->weights = std::move(checkpoint.weights);
    made->tokenizer = std::move(checkpoint.tokenizer);
    if (made->tokenizer) {
        const auto& t = *made->tokenizer;
        for (std::size_t id = 0; id < made->config.vocab_size; ++id)
            made->vocabulary.push_back(t.has(int(id)) ? t.token_bytes(int(id)) : std::string());
    } else if (checkpoint.task) {
        made->vocabulary = data::task_vocabulary(*checkpoint.task);
        for (std::size_t i = 0; i < made->vocabulary.size(); ++i)
            made->ids.emplace(made->vocabulary[i], int(i));
    }
    made->vocabulary.resize(made->config.vocab_size);
    last = made, last_path = path, last_time = time;
    return made;
}

}  // namespace orrery::viz
