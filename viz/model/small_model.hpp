// Small model: the one that is at hand when nobody gave another
//
// A decoder of two blocks trained on the spot by the program's own trainer on the built-in stories,
// English or Chinese: the same settings give the same model, to the bit. Or the model of a folder.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/causal_decoder.hpp"
#include "core/tokenizer/tokenizer.hpp"

namespace orrery::viz {

struct SmallModel {
    model::CausalDecoderConfig config;
    model::DecoderWeights weights;
    std::vector<std::string>
        vocabulary;  // each id as it is written; id 0 of a trained one: unknown
    std::map<std::string, int, std::less<>> ids;    // words of a trained one
    std::optional<tokenizer::Tokenizer> tokenizer;  // of a folder's
    std::string stories;                            // "en", "zh"; "" a folder's
    std::size_t steps = 0;                          // it was trained
    float loss = 0;                                 // of the last step
};

inline constexpr const char* unknown_word = "⟨?⟩";

// `stories`: "en" or "zh". Trained for at most `steps` steps, fewer where it is large: the work is
// bounded. vocab_size 0: every word that occurs three times. The last few are remembered.
std::shared_ptr<const SmallModel> trained_model(const std::string& stories,
                                                model::CausalDecoderConfig config,
                                                std::uint64_t seed);
// How many of the words the stories know.
std::size_t known_words(const std::string& stories, const std::vector<std::string>& words);

// The model of a folder that `orrery train` or others wrote. FormatError.
std::shared_ptr<const SmallModel> model_of_folder(const std::string& path);

}  // namespace orrery::viz
