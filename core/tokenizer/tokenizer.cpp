#include "core/tokenizer/tokenizer.hpp"

#include <variant>

#include "core/base/error.hpp"
#include "core/tokenizer/bpe.hpp"
#include "core/tokenizer/characters.hpp"

namespace orrery::tokenizer {

struct Tokenizer::Model {
    std::variant<Characters, Bpe> kind;
};

Tokenizer::Tokenizer() : Tokenizer(Characters{}) {}
Tokenizer::Tokenizer(Characters characters)
    : model_(std::make_shared<const Model>(Model{std::move(characters)})) {}
Tokenizer::Tokenizer(Bpe bpe) : model_(std::make_shared<const Model>(Model{std::move(bpe)})) {}

const Characters* Tokenizer::characters() const { return std::get_if<Characters>(&model_->kind); }
const Bpe* Tokenizer::bpe() const { return std::get_if<Bpe>(&model_->kind); }

std::string_view Tokenizer::kind() const { return bpe() ? "bpe" : "char"; }

std::size_t Tokenizer::vocab_size() const {
    return bpe() ? bpe()->table().tokens.size() : characters()->alphabet.size();
}

bool Tokenizer::has(int id) const {
    return bpe() ? bpe()->has(id) : id >= 0 && std::size_t(id) < vocab_size();
}

const std::string& Tokenizer::token_bytes(int id) const {
    if (!has(id))
        throw ValueError("tokenizer: id is " + std::to_string(id) + ", wanted one of 0 to " +
                         std::to_string(std::ptrdiff_t(vocab_size()) - 1));
    const auto i = std::size_t(id);
    return bpe() ? bpe()->table().tokens[i] : characters()->alphabet[i];
}

std::vector<int> Tokenizer::encode(std::string_view text, const EncodeOptions& options) const {
    if (!bpe()) return characters_encode(*characters(), text);
    std::vector<int> ids = bpe_encode(*bpe(), text, options.special);
    if (options.add_special) {
        const BpeTable& table = bpe()->table();
        ids.insert(ids.begin(), table.before.begin(), table.before.end());
        ids.insert(ids.end(), table.after.begin(), table.after.end());
    }
    return ids;
}

std::string Tokenizer::decode(std::span<const int> ids) const {
    return bpe() ? bpe_decode(*bpe(), ids) : characters_decode(*characters(), ids);
}

Tokenizer characters_tokenizer(std::string_view text) { return Tokenizer(characters_of(text)); }

}  // namespace orrery::tokenizer
