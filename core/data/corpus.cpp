#include "core/data/corpus.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/random.hpp"
#include "core/base/text.hpp"
#include "core/data/story_grammar.hpp"

namespace orrery::data {

// One clear line about bytes that are no text; they are kept and learned like any other.
static std::string note_on(std::string_view text) {
    const std::size_t bad = first_invalid_utf8(text);
    if (bad == std::string_view::npos) return "";
    return "byte " + std::to_string(bad) +
           " is not UTF-8; bytes that belong to no character are kept as they are";
}

Corpus corpus_of(std::string name, std::string text) {
    if (text.empty()) throw FormatError(name, "", "empty, wanted some text to learn from");
    std::string note = note_on(text);
    return {std::move(name), std::move(text), std::move(note)};
}

Corpus load_corpus(const std::string& source) {
    if (source == "stories:en")
        return corpus_of(source, write_stories(english_stories(), 1, stories_bytes));
    if (source == "stories:zh")
        return corpus_of(source, write_stories(chinese_stories(), 1, stories_bytes));
    return corpus_of(source, read_file(source));
}

TextParts split_text(std::string_view text, double fraction) {
    if (!(fraction >= 0.0 && fraction < 1.0))
        throw ValueError("split_text: fraction is " + number_text(fraction) +
                         ", wanted 0 or more and less than 1");
    std::vector<std::size_t> begins;
    for (std::size_t at = 0; at < text.size(); at += next_code_point(text.substr(at)).length)
        begins.push_back(at);

    //: the first part is to learn from, the rest is held out
    const double n = double(begins.size());
    const auto train = std::size_t(std::floor(n * (1.0 - fraction)));
    const std::size_t cut = train < begins.size() ? begins[train] : text.size();
    return {text.substr(0, cut), text.substr(cut)};
}

static void require_windows(const char* who, const std::vector<int>& ids, std::size_t batch,
                            std::size_t context) {
    if (batch == 0) throw ValueError(std::string(who) + ": batch is 0, wanted 1 or more");
    if (context == 0) throw ValueError(std::string(who) + ": context is 0, wanted 1 or more");
    if (ids.size() < 2)
        throw ValueError(std::string(who) + ": the text has " + std::to_string(ids.size()) +
                         " tokens, wanted at least 2: one to read and one to predict");
}

CorpusSteps corpus_steps(const std::vector<int>& ids, std::size_t batch, std::size_t context,
                         std::uint64_t seed, std::uint64_t step) {
    require_windows("corpus", ids, batch, context);
    if (ids.size() <= context)
        throw ValueError("corpus: the text has " + std::to_string(ids.size()) +
                         " tokens, wanted at least " + std::to_string(context + 1) +
                         " for a context of " + std::to_string(context));
    CorpusSteps s;
    s.batch = {batch, context, {}, {}};

    //: where each window begins
    Random random(seed, "batch", step);
    for (std::size_t b = 0; b < batch; ++b) s.starts.push_back(random.below(ids.size() - context));

    //: the target of each place is the id that follows it
    for (std::size_t start : s.starts)
        for (std::size_t j = 0; j < context; ++j) {
            s.batch.x.push_back(ids[start + j]);
            s.batch.y.push_back(ids[start + j + 1]);
        }
    return s;
}

Batch corpus_batch(const std::vector<int>& ids, std::size_t batch, std::size_t context,
                   std::uint64_t seed, std::uint64_t step) {
    return corpus_steps(ids, batch, context, seed, step).batch;
}

std::vector<Batch> corpus_windows(const std::vector<int>& ids, std::size_t batch,
                                  std::size_t context) {
    require_windows("corpus_windows", ids, batch, context);
    const std::size_t pairs = ids.size() - 1;
    std::vector<Batch> batches;
    for (std::size_t start = 0; start < pairs; start += context) {
        //: side by side, so that every id but the first is predicted once
        const std::size_t width = std::min(context, pairs - start);
        const bool fits =
            !batches.empty() && batches.back().tokens == width && batches.back().rows < batch;
        if (!fits) batches.push_back({0, width, {}, {}});
        Batch& last = batches.back();
        last.rows++;
        last.x.insert(last.x.end(), ids.begin() + start, ids.begin() + start + width);
        last.y.insert(last.y.end(), ids.begin() + start + 1, ids.begin() + start + width + 1);
    }
    return batches;
}

void record(const CorpusSteps& s, Trace& out) {
    out.from("data/corpus");
    const Shape shape{s.batch.rows, s.batch.tokens};
    const auto floats = [](const auto& values) {
        return std::vector<float>(values.begin(), values.end());
    };
    out.add("starts", Tensor({s.starts.size()}, floats(s.starts)), "where each window begins",
            Kind::index);
    out.add("x", Tensor(shape, floats(s.batch.x)),
            "the target of each place is the id that follows it", Kind::index);
    out.add("y", Tensor(shape, floats(s.batch.y)),
            "the target of each place is the id that follows it", Kind::index);
}

}  // namespace orrery::data
