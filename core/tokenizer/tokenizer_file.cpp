#include "core/tokenizer/tokenizer_file.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/text.hpp"
#include "core/tokenizer/characters.hpp"

namespace orrery::tokenizer {
namespace {

using Json = nlohmann::json;

constexpr std::size_t most_ids = 1u << 22;       // no published vocabulary comes near
constexpr int deepest = 8;                       // sequences within sequences
constexpr std::size_t longest_token = 1u << 12;  // bytes; o200k's longest has 128

//: bytes as printable characters, as GPT-2 writes them
struct ByteAlphabet {
    std::array<std::string, 256> shown;
    std::unordered_map<std::uint32_t, unsigned char> byte_of;
    ByteAlphabet() {
        std::uint32_t next = 256;
        for (std::size_t i = 0; i < 256; ++i) {
            const unsigned char byte = bpe_byte_order()[i];
            const std::uint32_t c = i < 188 ? byte : next++;
            shown[byte] = to_utf8(c);
            byte_of[c] = byte;
        }
    }
    std::string show(std::string_view bytes) const {
        std::string text;
        for (char c : bytes) text += shown[static_cast<unsigned char>(c)];
        return text;
    }
    // False when the text has a character that stands for no byte; `bytes` is then the text.
    bool read(std::string_view text, std::string& bytes) const {
        bytes.clear();
        for (std::size_t at = 0; at < text.size();) {
            const CodePoint c = next_code_point(text.substr(at));
            const auto found = byte_of.find(c.value);
            if (!c.valid || found == byte_of.end()) return bytes = text, false;
            bytes += char(found->second);
            at += c.length;
        }
        return true;
    }
};

const ByteAlphabet& byte_alphabet() {
    static const ByteAlphabet alphabet;
    return alphabet;
}

// ---- reading JSON -----------------------------------------------------------------------------

// A value of a JSON file and where it stands, for messages.
struct Node {
    const Json* value;
    const std::string* path;
    std::string place;

    [[noreturn]] void fail(const std::string& what) const { throw FormatError(*path, place, what); }
    Node of(const std::string& name) const {
        const std::string inner = place.empty() ? name : place + "." + name;
        if (!value->is_object()) fail("is " + std::string(value->type_name()) + ", wanted object");
        const auto found = value->find(name);
        static const Json nothing;
        return {found == value->end() ? &nothing : &*found, path, inner};
    }
    bool is_null() const { return value->is_null(); }
    const std::string& text() const {
        if (!value->is_string()) fail("is " + std::string(value->type_name()) + ", wanted string");
        return value->get_ref<const std::string&>();
    }
    std::string text_or(const char* otherwise) const { return is_null() ? otherwise : text(); }
    bool flag_or(bool otherwise) const {
        if (is_null()) return otherwise;
        if (!value->is_boolean())
            fail("is " + std::string(value->type_name()) + ", wanted boolean");
        return value->get<bool>();
    }
    int id() const {
        if (!value->is_number_integer())
            fail("is " + std::string(value->type_name()) + ", wanted an id");
        const auto id = value->get<long long>();
        if (id < 0 || id >= (long long)(most_ids))
            fail("is " + std::to_string(id) + ", wanted 0 to " + std::to_string(most_ids - 1));
        return int(id);
    }
    std::vector<Node> items() const {
        if (is_null()) return {};
        if (!value->is_array()) fail("is " + std::string(value->type_name()) + ", wanted array");
        std::vector<Node> all;
        for (std::size_t i = 0; i < value->size(); ++i)
            all.push_back({&(*value)[i], path, place + "[" + std::to_string(i) + "]"});
        return all;
    }
};

Json parse_json(std::string_view bytes, const std::string& path) {
    try {
        return Json::parse(bytes);
    } catch (const Json::parse_error& error) {
        throw FormatError(path, "byte " + std::to_string(error.byte), "is not JSON");
    } catch (const Json::exception&) {
        throw FormatError(path, "", "is not JSON");
    }
}

using Vocabulary = std::unordered_map<std::string, int>;

Vocabulary read_vocabulary(const Node& node) {
    if (!node.value->is_object())
        node.fail("is " + std::string(node.value->type_name()) + ", wanted object of tokens");
    Vocabulary vocabulary;
    std::vector<bool> taken;
    for (const auto& [token, id] : node.value->items()) {
        const Node entry{&id, node.path, node.place.empty() ? token : node.place + "." + token};
        const auto i = std::size_t(entry.id());
        if (i >= taken.size()) taken.resize(i + 1);
        if (taken[i]) entry.fail("is " + std::to_string(i) + ", which another token has too");
        taken[i] = true;
        vocabulary[token] = int(i);
    }
    return vocabulary;
}

void place_token(BpeTable& table, int id, std::string bytes) {
    if (std::size_t(id) >= table.tokens.size()) table.tokens.resize(std::size_t(id) + 1);
    table.tokens[std::size_t(id)] = std::move(bytes);
}

void place_vocabulary(BpeTable& table, const Vocabulary& vocabulary) {
    for (const auto& [token, id] : vocabulary) {
        std::string bytes;
        if (token.empty()) continue;
        if (!byte_alphabet().read(token, bytes)) table.literal.push_back(id);
        place_token(table, id, std::move(bytes));
    }
    std::sort(table.literal.begin(), table.literal.end());
}

void add_merge(BpeTable& table, const Vocabulary& vocabulary, const std::string& left,
               const std::string& right, const std::string& path, const std::string& place) {
    const auto id = [&](const std::string& token) {
        const auto found = vocabulary.find(token);
        if (found == vocabulary.end())
            throw FormatError(path, place,
                              "names '" + token + "', wanted a token of the vocabulary");
        return found->second;
    };
    if (left.empty() || right.empty())
        throw FormatError(path, place, "has an empty side, wanted two tokens");
    table.merges.push_back(
        {id(left), id(right), id(left + right), std::uint32_t(table.merges.size())});
}

void read_merges(BpeTable& table, const Vocabulary& vocabulary, const Node& merges) {
    for (const Node& merge : merges.items()) {
        if (merge.value->is_array()) {
            const auto sides = merge.items();
            if (sides.size() != 2) merge.fail("has " + std::to_string(sides.size()) + ", wanted 2");
            add_merge(table, vocabulary, sides[0].text(), sides[1].text(), *merge.path,
                      merge.place);
        } else {
            const std::string& both = merge.text();
            const std::size_t gap = both.find(' ');
            if (gap == std::string::npos || both.find(' ', gap + 1) != std::string::npos)
                merge.fail("is '" + both + "', wanted two tokens and a space between them");
            add_merge(table, vocabulary, both.substr(0, gap), both.substr(gap + 1), *merge.path,
                      merge.place);
        }
    }
}

// ---- tokenizer.json ---------------------------------------------------------------------------

// What the pre-tokenizers say; false when none is byte-level.
bool read_pre_tokenizer(const Node& node, BpeTable& table, int depth = 0) {
    if (node.is_null()) return false;
    if (depth > deepest) node.fail("is nested too deep");
    const std::string type = node.of("type").text();
    if (type == "Sequence") {
        bool is_byte_level = false;
        for (const Node& inner : node.of("pretokenizers").items())
            is_byte_level = read_pre_tokenizer(inner, table, depth + 1) || is_byte_level;
        return is_byte_level;
    }
    if (type == "ByteLevel") {
        table.prefix_space = node.of("add_prefix_space").flag_or(true);
        if (node.of("use_regex").flag_or(true)) {
            if (table.pattern != Pattern::none)
                node.fail("cuts after another pattern did, wanted use_regex false");
            table.pattern = Pattern::gpt2;
        }
        return true;
    }
    if (type == "Split") {
        const Node regex = node.of("pattern").of("Regex");
        const std::string text = regex.text();
        if (table.pattern != Pattern::none) node.fail("is a second pattern, wanted one");
        for (Pattern p : {Pattern::gpt2, Pattern::cl100k, Pattern::qwen2, Pattern::o200k})
            if (text == pattern_regex(p)) table.pattern = p;
        // tiktoken writes the same with possessive quantifiers.
        if (text == R"('(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| )"
                    R"(?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s)")
            table.pattern = Pattern::cl100k;
        if (table.pattern == Pattern::none)
            regex.fail("is '" + text + "', wanted the pattern of gpt2, cl100k, qwen2 or o200k");
        const std::string behavior = node.of("behavior").text_or("Isolated");
        const bool is_inverted = node.of("invert").flag_or(false);
        if (!(behavior == "Isolated" || (behavior == "Removed" && is_inverted)))
            node.of("behavior").fail("is " + behavior + ", wanted Isolated");
        return false;
    }
    node.of("type").fail("is " + type + ", wanted ByteLevel, or Split and ByteLevel");
}

void read_added(const Node& node, BpeTable& table, const Vocabulary& vocabulary) {
    for (const Node& item : node.items()) {
        AddedToken added;
        added.text = item.of("content").text();
        added.id = item.of("id").id();
        added.special = item.of("special").flag_or(false);
        added.strip_left = item.of("lstrip").flag_or(false);
        added.strip_right = item.of("rstrip").flag_or(false);
        added.single_word = item.of("single_word").flag_or(false);
        added.normalized = item.of("normalized").flag_or(!added.special);
        if (added.text.empty()) item.of("content").fail("is empty, wanted a token");
        if (!vocabulary.count(added.text)) {
            const auto i = std::size_t(added.id);
            if (i < table.tokens.size() && !table.tokens[i].empty())
                item.of("id").fail("is " + std::to_string(i) + ", which another token has too");
            place_token(table, added.id, added.text);
            table.literal.push_back(added.id);
        } else {
            added.id = vocabulary.at(added.text);
            // It is decoded as it is written, not as bytes behind printable characters.
            place_token(table, added.id, added.text);
        }
        table.added.push_back(std::move(added));
    }
}

void read_post_processor(const Node& node, BpeTable& table, int depth = 0) {
    if (node.is_null()) return;
    if (depth > deepest) node.fail("is nested too deep");
    const std::string type = node.of("type").text();
    if (type == "ByteLevel") return;
    if (type == "Sequence") {
        for (const Node& inner : node.of("processors").items())
            read_post_processor(inner, table, depth + 1);
    } else if (type == "RobertaProcessing" || type == "BertProcessing") {
        const auto cls = node.of("cls").items(), sep = node.of("sep").items();
        if (cls.size() != 2 || sep.size() != 2) node.fail("wanted cls and sep as [token, id]");
        table.before = {cls[1].id()};
        table.after = {sep[1].id()};
    } else if (type == "TemplateProcessing") {
        bool is_after = false;
        for (const Node& piece : node.of("single").items()) {
            if (!piece.of("Sequence").is_null()) {
                is_after = true;
                continue;
            }
            const std::string name = piece.of("SpecialToken").of("id").text();
            for (const Node& id : node.of("special_tokens").of(name).of("ids").items())
                (is_after ? table.after : table.before).push_back(id.id());
        }
    } else {
        node.of("type").fail("is " + type + ", wanted ByteLevel or TemplateProcessing");
    }
}

// "<0xE4>" as the byte E4; "" when it is something else.
std::string stray_byte(const std::string& token) {
    const std::string_view digits = "0123456789ABCDEF";
    if (token.size() != 6 || !token.starts_with("<0x") || token[5] != '>') return "";
    const std::size_t high = digits.find(token[3]), low = digits.find(token[4]);
    if (high == digits.npos || low == digits.npos) return "";
    return std::string(1, char(high * 16 + low));
}

Tokenizer read_characters(const Node& node, const Vocabulary& vocabulary) {
    std::vector<std::string> alphabet(vocabulary.size());
    for (const auto& [token, id] : vocabulary) {
        if (std::size_t(id) >= alphabet.size())
            node.of(token).fail("is " + std::to_string(id) + ", wanted ids 0 to " +
                                std::to_string(alphabet.size() - 1) + " without a gap");
        const std::string byte = stray_byte(token);
        alphabet[std::size_t(id)] = byte.empty() ? token : byte;
    }
    try {
        return Tokenizer(characters_from(std::move(alphabet)));
    } catch (const ValueError& error) {
        node.fail(std::string("wanted single characters: ") + error.what());
    }
}

Bpe make_bpe(BpeTable table, const std::string& path) {
    try {
        return Bpe(std::move(table));
    } catch (const ValueError& error) {
        throw FormatError(path, "", error.what());
    }
}

}  // namespace

Tokenizer parse_tokenizer_json(std::string_view bytes, const std::string& path) {
    const Json document = parse_json(bytes, path);
    const Node root{&document, &path, ""};
    const Node model = root.of("model");
    if (model.is_null()) root.fail("has no model: wanted Hugging Face's tokenizer.json");
    const std::string type = model.of("type").text_or("BPE");
    if (type != "BPE") model.of("type").fail("is " + type + ", wanted BPE: others come later");
    for (const char* name : {"continuing_subword_prefix", "end_of_word_suffix"})
        if (!model.of(name).text_or("").empty())
            model.of(name).fail("is '" + model.of(name).text() + "', wanted none");
    if (!model.of("dropout").is_null() && *model.of("dropout").value != 0)
        model.of("dropout").fail("is set, wanted none: encoding would be random");
    if (!root.of("normalizer").is_null())
        root.of("normalizer").fail("is set, wanted none: others come later");

    BpeTable table;
    table.pattern = Pattern::none;
    const Vocabulary vocabulary = read_vocabulary(model.of("vocab"));
    if (!read_pre_tokenizer(root.of("pre_tokenizer"), table)) {
        if (root.of("pre_tokenizer").is_null() && model.of("merges").items().empty() &&
            root.of("added_tokens").items().empty())
            return read_characters(model.of("vocab"), vocabulary);
        root.of("pre_tokenizer").fail("is not byte-level, wanted ByteLevel: others come later");
    }
    place_vocabulary(table, vocabulary);
    read_merges(table, vocabulary, model.of("merges"));
    read_added(root.of("added_tokens"), table, vocabulary);
    read_post_processor(root.of("post_processor"), table);
    table.whole_piece_first = model.of("ignore_merges").flag_or(false);
    table.fuse_unknown = model.of("fuse_unk").flag_or(false);
    if (const std::string unknown = model.of("unk_token").text_or(""); !unknown.empty()) {
        const auto found = vocabulary.find(unknown);
        if (found != vocabulary.end()) table.unknown = found->second;
    }
    return Tokenizer(make_bpe(std::move(table), path));
}

Bpe parse_vocab_and_merges(std::string_view vocab, const std::string& vocab_path,
                           std::string_view merges, const std::string& merges_path,
                           Pattern pattern) {
    const Json document = parse_json(vocab, vocab_path);
    const Vocabulary vocabulary = read_vocabulary(Node{&document, &vocab_path, ""});
    BpeTable table;
    table.pattern = pattern;
    place_vocabulary(table, vocabulary);

    std::size_t line_number = 0;
    for (const std::string& full : split(merges, '\n')) {
        ++line_number;
        const std::string line = full.ends_with('\r') ? full.substr(0, full.size() - 1) : full;
        if (line.empty() || line.starts_with("#version")) continue;
        const std::string place = "line " + std::to_string(line_number);
        const std::size_t gap = line.find(' ');
        if (gap == std::string::npos || line.find(' ', gap + 1) != std::string::npos)
            throw FormatError(merges_path, place, "wanted two tokens and a space between them");
        add_merge(table, vocabulary, line.substr(0, gap), line.substr(gap + 1), merges_path, place);
    }

    //: what neither bytes nor merges give is special
    std::vector<bool> is_made(table.tokens.size());
    for (const BpeMerge& merge : table.merges) is_made[std::size_t(merge.made)] = true;
    for (const auto& [token, id] : vocabulary) {
        const std::string& bytes = table.tokens[std::size_t(id)];
        if (is_made[std::size_t(id)] || bytes.size() < 2) continue;
        if (token.front() != '<' || token.back() != '>') continue;
        table.added.push_back({token, id});
        if (table.tokens[std::size_t(id)] != token) place_token(table, id, token);
        table.literal.push_back(id);
    }
    std::sort(table.added.begin(), table.added.end(),
              [](const AddedToken& a, const AddedToken& b) { return a.id < b.id; });
    return make_bpe(std::move(table), vocab_path);
}

// ---- tiktoken ---------------------------------------------------------------------------------

static std::string from_base64(std::string_view text, const std::string& path,
                               const std::string& place) {
    const auto digit = [&](char c) -> std::uint32_t {
        if (c >= 'A' && c <= 'Z') return std::uint32_t(c - 'A');
        if (c >= 'a' && c <= 'z') return std::uint32_t(c - 'a' + 26);
        if (c >= '0' && c <= '9') return std::uint32_t(c - '0' + 52);
        if (c == '+') return 62;
        if (c == '/') return 63;
        throw FormatError(path, place, "wanted bytes in base64, a space and an id");
    };
    while (text.ends_with('=')) text.remove_suffix(1);
    std::string bytes;
    std::uint32_t bits = 0;
    int count = 0;
    for (char c : text) {
        bits = bits << 6 | digit(c);
        count += 6;
        if (count >= 8) bytes += char(bits >> (count -= 8) & 0xff);
    }
    return bytes;
}

Bpe parse_tiktoken(std::string_view bytes, const std::string& path, Pattern pattern) {
    BpeTable table;
    table.pattern = pattern;
    table.is_tiktoken = true;
    table.whole_piece_first = true;
    std::size_t line_number = 0;
    while (!bytes.empty()) {
        std::string_view line = bytes.substr(0, bytes.find('\n'));
        bytes.remove_prefix(std::min(line.size() + 1, bytes.size()));
        const std::string place = "line " + std::to_string(++line_number);
        line = trim(line);
        if (line.empty()) continue;
        const std::size_t gap = line.find(' ');
        long long id = -1;
        if (gap == std::string_view::npos || !parse_integer(line.substr(gap + 1), id))
            throw FormatError(path, place, "wanted bytes in base64, a space and an id");
        if (id < 0 || id >= (long long)(most_ids))
            throw FormatError(
                path, place,
                "id is " + std::to_string(id) + ", wanted 0 to " + std::to_string(most_ids - 1));
        std::string token = from_base64(line.substr(0, gap), path, place);
        if (token.empty() || token.size() > longest_token)
            throw FormatError(path, place,
                              "token has " + std::to_string(token.size()) + " bytes, wanted 1 to " +
                                  std::to_string(longest_token));
        if (std::size_t(id) < table.tokens.size() && !table.tokens[std::size_t(id)].empty())
            throw FormatError(path, place,
                              "id is " + std::to_string(id) + ", which another token has too");
        place_token(table, int(id), std::move(token));
    }

    std::unordered_map<std::string_view, int> id_of;
    id_of.reserve(table.tokens.size());
    for (std::size_t id = 0; id < table.tokens.size(); ++id) {
        if (table.tokens[id].empty()) continue;
        if (!id_of.try_emplace(table.tokens[id], int(id)).second)
            throw FormatError(path, "",
                              "id " + std::to_string(id) + " has the bytes of id " +
                                  std::to_string(id_of[table.tokens[id]]));
    }
    for (int byte = 0; byte < 256; ++byte) {
        const char c = char(byte);
        if (!id_of.count(std::string_view(&c, 1)))
            throw FormatError(path, "",
                              "has no token for byte " + std::to_string(byte) + ", wanted all 256");
    }

    //: every way to cut a token into two tokens is a merge, ranked by its id
    for (std::size_t id = 0; id < table.tokens.size(); ++id) {
        const std::string_view token = table.tokens[id];
        for (std::size_t cut = 1; cut < token.size(); ++cut) {
            const auto left = id_of.find(token.substr(0, cut));
            if (left == id_of.end()) continue;
            const auto right = id_of.find(token.substr(cut));
            if (right == id_of.end()) continue;
            table.merges.push_back({left->second, right->second, int(id), std::uint32_t(id)});
        }
    }
    id_of.clear();  // its keys stand in the tokens

    //: the special tokens that stand in tiktoken's own source
    const auto special = [&](std::string text, int id) {
        if (std::size_t(id) < table.tokens.size() && !table.tokens[std::size_t(id)].empty()) return;
        place_token(table, id, text);
        table.literal.push_back(id);
        table.added.push_back({std::move(text), id});
    };
    if (pattern == Pattern::gpt2 && table.tokens.size() >= 50256) special("<|endoftext|>", 50256);
    if (pattern == Pattern::cl100k && table.tokens.size() == 100256) {
        special("<|endoftext|>", 100257);
        special("<|fim_prefix|>", 100258);
        special("<|fim_middle|>", 100259);
        special("<|fim_suffix|>", 100260);
        special("<|endofprompt|>", 100276);
    }
    if (pattern == Pattern::o200k && table.tokens.size() == 199998) {
        special("<|endoftext|>", 199999);
        special("<|endofprompt|>", 200018);
    }
    return make_bpe(std::move(table), path);
}

// ---- by path ----------------------------------------------------------------------------------

Tokenizer parse_tokenizer(std::string_view bytes, const std::string& path,
                          std::string_view pattern) {
    if (path.ends_with(".model"))
        throw FormatError(path, "",
                          "is a SentencePiece model, which is not read yet: wanted "
                          "tokenizer.json, vocab.json with merges.txt, or .tiktoken");
    if (path.ends_with("vocab.txt"))
        throw FormatError(path, "",
                          "is a WordPiece vocabulary, which is not read yet: wanted "
                          "tokenizer.json, vocab.json with merges.txt, or .tiktoken");
    const std::string_view start = trim(bytes.substr(0, 256));
    if (path.ends_with(".json") || start.starts_with('{')) return parse_tokenizer_json(bytes, path);
    if (path.ends_with(".tiktoken") || !pattern.empty()) {
        const std::string name = path.substr(path.find_last_of('/') + 1);
        std::string_view told = pattern;
        if (told.empty()) {
            for (const char* known : {"r50k", "p50k", "gpt2"})
                if (name.find(known) != std::string::npos) told = "gpt2";
            if (name.find("cl100k") != std::string::npos) told = "cl100k";
            if (name.find("o200k") != std::string::npos) told = "o200k";
        }
        if (told.empty())
            throw FormatError(path, "",
                              "its name does not tell the pattern: give gpt2, cl100k, "
                              "o200k or none (--pattern)");
        return Tokenizer(parse_tiktoken(bytes, path, pattern_named(told)));
    }
    throw FormatError(path, "",
                      "is no tokenizer: wanted tokenizer.json, a directory with "
                      "vocab.json and merges.txt, or a .tiktoken file");
}

Tokenizer load_tokenizer(const std::string& path, std::string_view pattern) {
    namespace fs = std::filesystem;
    std::error_code none;
    if (!fs::is_directory(path, none)) return parse_tokenizer(read_file(path), path, pattern);
    const auto has = [&](const char* name) { return fs::exists(path + "/" + name, none); };
    if (has("tokenizer.json")) return load_tokenizer(path + "/tokenizer.json");
    for (const auto& [vocab, merges] :
         {std::pair{"vocab.json", "merges.txt"}, std::pair{"encoder.json", "vocab.bpe"}}) {
        if (!has(vocab) || !has(merges)) continue;
        const std::string vocab_path = path + "/" + vocab, merges_path = path + "/" + merges;
        return Tokenizer(parse_vocab_and_merges(
            read_file(vocab_path), vocab_path, read_file(merges_path), merges_path,
            pattern.empty() ? Pattern::gpt2 : pattern_named(pattern)));
    }
    for (const char* later : {"tokenizer.model", "vocab.txt"})
        if (has(later)) return load_tokenizer(path + "/" + later);
    throw FormatError(path, "", "has no tokenizer.json, nor vocab.json with merges.txt");
}

// ---- writing ----------------------------------------------------------------------------------

static std::string quoted(const std::string& text) { return Json(text).dump(); }

static std::string characters_json(const Characters& characters) {
    std::string vocab;
    for (std::size_t id = 0; id < characters.alphabet.size(); ++id) {
        const std::string& symbol = characters.alphabet[id];
        char stray[8];
        std::snprintf(stray, sizeof stray, "<0x%02X>",
                      unsigned(static_cast<unsigned char>(symbol[0])));
        const bool is_character = first_invalid_utf8(symbol) == std::string::npos;
        vocab += (id > 0 ? ",\n      " : "\n      ") + quoted(is_character ? symbol : stray) +
                 ": " + std::to_string(id);
    }
    return R"({
  "version": "1.0",
  "truncation": null,
  "padding": null,
  "added_tokens": [],
  "normalizer": null,
  "pre_tokenizer": null,
  "post_processor": null,
  "decoder": {"type": "Sequence", "decoders": [{"type": "ByteFallback"}, {"type": "Fuse"}]},
  "model": {
    "type": "BPE",
    "dropout": null,
    "unk_token": null,
    "continuing_subword_prefix": null,
    "end_of_word_suffix": null,
    "fuse_unk": false,
    "byte_fallback": true,
    "ignore_merges": false,
    "vocab": {)" +
           vocab + R"(
    },
    "merges": []
  }
}
)";
}

static std::string pre_tokenizer_json(const BpeTable& table) {
    const std::string space = table.prefix_space ? "true" : "false";
    const auto byte_level = [&](const char* use_regex) {
        return R"({"type": "ByteLevel", "add_prefix_space": )" + space +
               R"(, "trim_offsets": true, "use_regex": )" + use_regex + "}";
    };
    if (table.pattern == Pattern::gpt2) return byte_level("true");
    if (table.pattern == Pattern::none) return byte_level("false");
    return R"({"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": )" +
           quoted(std::string(pattern_regex(table.pattern))) +
           R"(}, "behavior": "Isolated", "invert": false}, )" + byte_level("false") + "]}";
}

static std::string post_processor_json(const BpeTable& table) {
    if (table.before.empty() && table.after.empty())
        return R"({"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, )"
               R"("use_regex": true})";
    std::string single, specials;
    const auto piece = [&](int id) {
        const std::string name = quoted(table.tokens[std::size_t(id)]);
        single += (single.empty() ? "" : ", ") + (R"({"SpecialToken": {"id": )" + name) +
                  R"(, "type_id": 0}})";
        const std::string entry = name + R"(: {"id": )" + name + R"(, "ids": [)" +
                                  std::to_string(id) + R"(], "tokens": [)" + name + "]}";
        if (specials.find(entry) == std::string::npos)
            specials += (specials.empty() ? "" : ", ") + entry;
    };
    for (int id : table.before) piece(id);
    single +=
        (single.empty() ? "" : ", ") + std::string(R"({"Sequence": {"id": "A", "type_id": 0}})");
    for (int id : table.after) piece(id);
    return R"({"type": "TemplateProcessing", "single": [)" + single +
           R"(], "pair": [{"Sequence": {"id": "A", "type_id": 0}}, )"
           R"({"Sequence": {"id": "B", "type_id": 1}}], "special_tokens": {)" +
           specials + "}}";
}

static std::string bpe_json(const BpeTable& table) {
    std::vector<bool> is_literal(table.tokens.size());
    for (int id : table.literal) is_literal[std::size_t(id)] = true;
    std::vector<bool> is_added(table.tokens.size());
    for (const AddedToken& added : table.added) is_added[std::size_t(added.id)] = true;

    std::string vocab, merges, added_tokens;
    for (std::size_t id = 0; id < table.tokens.size(); ++id) {
        if (table.tokens[id].empty()) continue;
        const std::string text = is_literal[id] || is_added[id]
                                     ? table.tokens[id]
                                     : byte_alphabet().show(table.tokens[id]);
        vocab +=
            (vocab.empty() ? "\n      " : ",\n      ") + quoted(text) + ": " + std::to_string(id);
    }
    for (const BpeMerge& merge : table.merges)
        merges += (merges.empty() ? "\n      " : ",\n      ") +
                  quoted(byte_alphabet().show(table.tokens[std::size_t(merge.left)]) + " " +
                         byte_alphabet().show(table.tokens[std::size_t(merge.right)]));
    const auto flag = [](bool value) { return value ? "true" : "false"; };
    for (const AddedToken& added : table.added)
        added_tokens +=
            std::string(added_tokens.empty() ? "\n    " : ",\n    ") +
            "{\"id\": " + std::to_string(added.id) + ", \"content\": " + quoted(added.text) +
            ", \"single_word\": " + flag(added.single_word) +
            ", \"lstrip\": " + flag(added.strip_left) + ", \"rstrip\": " + flag(added.strip_right) +
            ", \"normalized\": " + flag(added.normalized) +
            ", \"special\": " + flag(added.special) + "}";
    return R"({
  "version": "1.0",
  "truncation": null,
  "padding": null,
  "added_tokens": [)" +
           added_tokens + (added_tokens.empty() ? "" : "\n  ") + R"(],
  "normalizer": null,
  "pre_tokenizer": )" +
           pre_tokenizer_json(table) + R"(,
  "post_processor": )" +
           post_processor_json(table) + R"(,
  "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
  "model": {
    "type": "BPE",
    "dropout": null,
    "unk_token": )" +
           (table.unknown >= 0 ? quoted(table.tokens[std::size_t(table.unknown)]) : "null") + R"(,
    "continuing_subword_prefix": null,
    "end_of_word_suffix": null,
    "fuse_unk": )" +
           flag(table.fuse_unknown) + R"(,
    "byte_fallback": false,
    "ignore_merges": )" +
           flag(table.whole_piece_first) + R"(,
    "vocab": {)" +
           vocab + R"(
    },
    "merges": [)" +
           merges + (merges.empty() ? "" : "\n    ") + R"(]
  }
}
)";
}

std::string tokenizer_json(const Tokenizer& tokenizer) {
    return tokenizer.bpe() ? bpe_json(tokenizer.bpe()->table())
                           : characters_json(*tokenizer.characters());
}

void save_tokenizer(const Tokenizer& tokenizer, const std::string& path) {
    std::error_code none;
    const bool is_directory = std::filesystem::is_directory(path, none);
    write_file(is_directory ? path + "/tokenizer.json" : path, tokenizer_json(tokenizer));
}

}  // namespace orrery::tokenizer
