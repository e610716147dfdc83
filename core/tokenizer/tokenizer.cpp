#include "core/tokenizer/tokenizer.hpp"

#include "core/base/error.hpp"
#include "core/tokenizer/characters.hpp"

namespace orrery::tokenizer {

struct Tokenizer::Model {
    Characters characters;
};

Tokenizer::Tokenizer() : Tokenizer(Characters{}) {}
Tokenizer::Tokenizer(Characters characters)
    : model_(std::make_shared<const Model>(Model{std::move(characters)})) {}

std::string_view Tokenizer::kind() const { return "char"; }
std::size_t Tokenizer::vocab_size() const { return model_->characters.alphabet.size(); }

std::vector<int> Tokenizer::encode(std::string_view text, const EncodeOptions&) const {
    return characters_encode(model_->characters, text);
}

std::string Tokenizer::decode(std::span<const int> ids) const {
    return characters_decode(model_->characters, ids);
}

bool Tokenizer::has(int id) const { return id >= 0 && std::size_t(id) < vocab_size(); }

const std::string& Tokenizer::token_bytes(int id) const {
    if (!has(id))
        throw ValueError("tokenizer: id is " + std::to_string(id) + ", wanted 0 to " +
                         std::to_string(std::ptrdiff_t(vocab_size()) - 1));
    return model_->characters.alphabet[std::size_t(id)];
}

const Characters* Tokenizer::characters() const { return &model_->characters; }
const Bpe* Tokenizer::bpe() const { return nullptr; }

Tokenizer characters_tokenizer(std::string_view text) { return Tokenizer(characters_of(text)); }

}  // namespace orrery::tokenizer
