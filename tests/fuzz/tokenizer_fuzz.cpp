// Any bytes are a tokenizer or a FormatError; what is read is written back to the same ids; and any
// text comes back from its ids.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/base/error.hpp"
#include "core/tokenizer/bpe.hpp"
#include "core/tokenizer/tokenizer_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace orrery;
    using namespace orrery::tokenizer;
    if (size < 2) return 0;
    const int what = data[0] % 4;
    const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
    const std::string_view text =
        bytes.substr(bytes.size() - std::min<std::size_t>(bytes.size(), 64));
    try {
        if (what == 0) {
            const Tokenizer t = parse_tokenizer_json(bytes, "fuzz");
            const Tokenizer again = parse_tokenizer_json(tokenizer_json(t), "again");
            if (t.bpe() && again.encode(text) != t.encode(text)) std::abort();
        } else if (what == 1) {
            parse_tiktoken(bytes, "fuzz", Pattern::cl100k);
        } else if (what == 2) {
            const std::size_t cut = bytes.find('\0');
            if (cut == std::string_view::npos) return 0;
            parse_vocab_and_merges(bytes.substr(0, cut), "vocab", bytes.substr(cut + 1), "merges");
        } else {
            const auto pattern = Pattern(data[0] / 4 % 5);
            const std::string_view texts[] = {bytes};
            const Bpe bpe(bpe_train(texts, {.vocab_size = 300, .pattern = pattern}));
            const auto ids = bpe_encode(bpe, bytes);
            if (bpe_decode(bpe, ids) != bytes) std::abort();
            if (bytes.size() < 1000 && ids != bpe_encode_steps(bpe, bytes).ids) std::abort();
        }
    } catch (const FormatError&) {
    }
    return 0;
}
