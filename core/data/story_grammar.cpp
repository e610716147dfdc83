#include "core/data/story_grammar.hpp"

#include <algorithm>
#include <cctype>
#include <numeric>

#include "core/base/error.hpp"
#include "core/base/random.hpp"
#include "core/base/text.hpp"

namespace orrery::data {
namespace {

// One story being written: what is already decided, and which alternatives are still unused.
class Writer {
   public:
    Writer(const StoryGrammar& grammar, std::uint64_t seed, std::uint64_t number)
        : grammar_(grammar), random_(seed, "story", number) {}

    std::string expand(std::string_view text, int depth = 0) {
        if (depth > 40) throw ValueError("story grammar: a rule leads back to itself");
        std::string out;
        for (std::size_t i = 0; i < text.size(); ++i) {
            const char open = text[i];
            if (open != '[' && open != '<') {
                out += open;
                continue;
            }
            const std::size_t close = text.find(open == '[' ? ']' : '>', i);
            if (close == std::string_view::npos)
                throw ValueError("story grammar: \"" + std::string(text.substr(i)) +
                                 "\" is not closed");
            const std::string_view name = text.substr(i + 1, close - i - 1);
            out += open == '[' ? expand(deal(name), depth + 1) : bound(name, depth);
            i = close;
        }
        return out;
    }

   private:
    const std::vector<std::string>& rule(std::string_view name) const {
        const auto found = grammar_.find(name);
        if (found == grammar_.end())
            throw ValueError("story grammar: no rule named \"" + std::string(name) + "\"");
        return found->second;
    }

    // An alternative of the rule, dealt like cards: none twice until all are out.
    std::string deal(std::string_view name) {
        const auto& alternatives = rule(name);
        auto& deck = decks_[std::string(name)];
        if (deck.empty()) {
            deck.resize(alternatives.size());
            std::iota(deck.begin(), deck.end(), std::size_t{0});
        }
        const std::size_t place = random_.below(deck.size());
        const std::size_t chosen = deck[place];
        deck.erase(deck.begin() + std::ptrdiff_t(place));
        return alternatives[chosen];
    }

    // "^hero.2": decided at its first use, then the same to the end of the story.
    std::string bound(std::string_view reference, int depth) {
        const bool capital = !reference.empty() && reference[0] == '^';
        if (capital) reference.remove_prefix(1);
        std::size_t field = 0;
        if (const auto dot = reference.find('.'); dot != std::string_view::npos) {
            long long number = 0;
            if (!parse_integer(reference.substr(dot + 1), number) || number < 0)
                throw ValueError("story grammar: <" + std::string(reference) +
                                 "> has no field number");
            field = std::size_t(number);
            reference = reference.substr(0, dot);
        }
        auto decided = decided_.find(reference);
        if (decided == decided_.end())
            decided =
                decided_.emplace(std::string(reference), expand(deal(reference), depth + 1)).first;
        const auto fields = split(decided->second, '/');
        if (field >= fields.size())
            throw ValueError("story grammar: \"" + decided->second + "\" has no field " +
                             std::to_string(field));
        std::string word = fields[field];
        if (capital && !word.empty())
            word[0] = char(std::toupper(static_cast<unsigned char>(word[0])));
        return word;
    }

    const StoryGrammar& grammar_;
    Random random_;
    std::map<std::string, std::vector<std::size_t>, std::less<>> decks_;
    std::map<std::string, std::string, std::less<>> decided_;
};

std::string unescape(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (text.substr(i, 2) == "\\n")
            out += '\n', ++i;
        else
            out += text[i];
    return out;
}

}  // namespace

StoryGrammar parse_story_grammar(std::string_view text) {
    // lines that start with a blank belong to the one before
    std::vector<std::string> lines;
    for (const std::string& line : split(text, '\n')) {
        const std::string_view words = trim(line);
        if (words.empty()) continue;
        const bool continues = line[0] == ' ';
        if (continues && !lines.empty()) {
            // Chinese is written without blanks
            const auto is_chinese = [](char c) { return static_cast<unsigned char>(c) >= 0x80; };
            const bool joins = is_chinese(lines.back().back()) || is_chinese(words.front());
            lines.back() += (joins ? "" : " ") + std::string(words);
        } else
            lines.emplace_back(words);
    }
    StoryGrammar grammar;
    for (const std::string& line : lines) {
        const std::size_t equals = line.find(" = ");
        if (equals == std::string::npos)
            throw ValueError("story grammar: \"" + line +
                             "\" is no rule, wanted name = one | another");
        auto& alternatives = grammar[line.substr(0, equals)];
        for (const std::string& alternative : split(line.substr(equals + 3), '|'))
            alternatives.push_back(unescape(trim(alternative)));
    }
    return grammar;
}

std::string write_story(const StoryGrammar& grammar, std::uint64_t seed, std::uint64_t number) {
    return Writer(grammar, seed, number).expand("[story]");
}

std::string write_stories(const StoryGrammar& grammar, std::uint64_t seed, std::size_t bytes) {
    std::string text;
    for (std::uint64_t number = 0; text.size() < bytes; ++number) {
        if (number > 0) text += "\n\n";
        text += write_story(grammar, seed, number);
    }
    text += '\n';
    return text;
}

}  // namespace orrery::data
