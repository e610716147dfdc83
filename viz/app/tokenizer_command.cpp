#include "viz/app/tokenizer_command.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <functional>
#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/text.hpp"
#include "core/tokenizer/bpe.hpp"
#include "core/tokenizer/characters.hpp"
#include "core/tokenizer/tokenizer.hpp"
#include "viz/app/long_work.hpp"

namespace orrery::viz {
namespace {

using Json = nlohmann::json;
using tokenizer::Tokenizer;

void write_out(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

void append_ids(std::string& out, const std::vector<int>& ids) {
    char digits[16];
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (i > 0) out += ' ';
        out.append(digits, std::to_chars(digits, digits + sizeof digits, ids[i]).ptr);
    }
    out += '\n';
}

// Calls `each` with every line, without its newline; a newline at the very end opens no line.
void for_lines(std::string_view text,
               const std::function<void(std::string_view, std::size_t)>& each) {
    std::size_t number = 0;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        each(line, ++number);
        text.remove_prefix(std::min(line.size() + 1, text.size()));
    }
}

Json json_line(const std::string& path, std::string_view line, std::size_t number) {
    Json value = Json::parse(line, nullptr, false);
    if (value.is_discarded() || !value.is_object())
        throw FormatError(path, "line " + std::to_string(number), "is not a JSON object");
    return value;
}

std::string from_hex(const std::string& path, std::string_view hex, std::size_t number) {
    const auto digit = [&](char c) {
        if (c >= '0' && c <= '9') return c - '0';
        if (c >= 'a' && c <= 'f') return c - 'a' + 10;
        if (c >= 'A' && c <= 'F') return c - 'A' + 10;
        throw FormatError(path, "line " + std::to_string(number),
                          "hex has '" + std::string(1, c) + "', wanted digits 0 to f");
    };
    if (hex.size() % 2 != 0)
        throw FormatError(path, "line " + std::to_string(number),
                          "hex has an odd number of digits, wanted two for each byte");
    std::string bytes;
    for (std::size_t i = 0; i < hex.size(); i += 2)
        bytes += char(digit(hex[i]) * 16 + digit(hex[i + 1]));
    return bytes;
}

std::string to_hex(std::string_view bytes) {
    std::string hex;
    char two[3];
    for (char c : bytes) {
        std::snprintf(two, sizeof two, "%02x", unsigned(static_cast<unsigned char>(c)));
        hex += two;
    }
    return hex;
}

// The text of a token; bytes that are not whole characters as ⟨E4 BD⟩.
std::string readable(const std::string& bytes) {
    if (first_invalid_utf8(bytes) == std::string::npos) return bytes;
    std::string text;
    bool is_open = false;
    for (const std::string& c : split_characters(bytes)) {
        const bool is_stray = first_invalid_utf8(c) != std::string::npos;
        if (is_stray) {
            char two[4];
            std::snprintf(two, sizeof two, "%02X", unsigned(static_cast<unsigned char>(c[0])));
            text += (is_open ? " " : "⟨") + std::string(two);
        } else {
            text += (is_open ? "⟩" : "") + c;
        }
        is_open = is_stray;
    }
    return text + (is_open ? "⟩" : "");
}

std::vector<int> ids_of(const Json& value, const std::string& path, std::size_t number) {
    std::vector<int> ids;
    const auto found = value.find("ids");
    bool is_good = found != value.end() && found->is_array();
    if (is_good)
        for (const Json& id : *found) {
            is_good = is_good && id.is_number_integer() && id >= -1 && id <= 1 << 30;
            if (is_good) ids.push_back(id.get<int>());
        }
    if (!is_good)
        throw FormatError(path, "line " + std::to_string(number), "wanted {\"ids\": [integers]}");
    return ids;
}

std::vector<int> ids_in(std::string_view text, const std::string& path) {
    std::vector<int> ids;
    const char* const separators = " \t\r\n,[]";
    for (std::size_t at = text.find_first_not_of(separators); at < text.size();
         at = text.find_first_not_of(separators, at)) {
        const std::size_t end = std::min(text.find_first_of(separators, at), text.size());
        long long id = 0;
        if (!parse_integer(text.substr(at, end - at), id) || id < -1 || id > 1 << 30)
            throw FormatError(
                path, "byte " + std::to_string(at),
                "is '" +
                    readable(std::string(text.substr(at, std::min(end - at, std::size_t(20))))) +
                    "', wanted an id");
        ids.push_back(int(id));
        at = end;
    }
    return ids;
}

}  // namespace

int tokenizer_train_command(const TokenizerTrainOptions& o) {
    if (o.kind == "wordpiece" || o.kind == "unigram")
        throw ValueError("tokenizer train: kind is " + o.kind +
                         ", which is not here yet: use bpe or char");
    if (o.kind != "bpe" && o.kind != "char")
        throw ValueError("tokenizer train: kind is " + o.kind + ", wanted bpe or char");
    if (o.ties != "first-seen" && o.ties != "lowest-ids")
        throw ValueError("tokenizer train: ties is " + o.ties +
                         ", wanted first-seen or lowest-ids");
    if (o.in.empty()) throw ValueError("tokenizer train: no text, wanted --in FILE");
    tokenizer::BpeTrainConfig config;
    config.vocab_size = o.vocab_size;
    config.pattern = tokenizer::pattern_named(o.pattern);
    config.ties =
        o.ties == "lowest-ids" ? tokenizer::Ties::lowest_ids : tokenizer::Ties::first_seen;

    std::vector<std::string> files;
    std::size_t bytes = 0;
    for (const std::string& path : o.in) {
        files.push_back(read_file(path));
        bytes += files.back().size();
    }
    if (bytes == 0)
        throw ValueError("tokenizer train: the text is empty, wanted at least one character");

    Tokenizer trained;
    if (o.kind == "char") {
        std::string all;
        for (const std::string& file : files) all += file;
        trained = tokenizer::characters_tokenizer(all);
    } else {
        const std::vector<std::string_view> texts(files.begin(), files.end());
        listen_for_stop();
        ProgressBar bar;
        config.go_on = [&](const tokenizer::BpeProgress& p) {
            if (bar.is_due()) {
                const bool reads = p.bytes_read < p.bytes;
                const std::string words = reads ? "reading " + std::to_string(p.bytes_read >> 20) +
                                                      "/" + std::to_string(p.bytes >> 20) + " MiB"
                                                : "token " + std::to_string(p.tokens) + "/" +
                                                      std::to_string(p.vocab_size);
                reads ? bar.draw(p.bytes_read, p.bytes, words)
                      : bar.draw(p.tokens, p.vocab_size, words);
            }
            return !stop_was_asked();
        };
        trained = Tokenizer(tokenizer::Bpe(tokenizer::bpe_train(texts, config)));
        bar.clear();
        if (stop_was_asked())
            std::fprintf(stderr,
                         "orrery: note: stopped early: %zu of %zu tokens are made and written\n",
                         trained.vocab_size(), o.vocab_size);
        else if (trained.vocab_size() < o.vocab_size)
            std::fprintf(stderr,
                         "orrery: the text has no more pairs to merge: %zu tokens, not %zu\n",
                         trained.vocab_size(), o.vocab_size);
    }
    if (o.out.empty() || o.out == "-")
        write_out(tokenizer_json(trained));
    else
        save_tokenizer(trained, o.out);
    std::fprintf(stderr, "orrery: %zu tokens from %zu bytes\n", trained.vocab_size(), bytes);
    return 0;
}

int tokenizer_encode_command(const TokenizerEncodeOptions& o) {
    if (o.special != "none" && o.special != "all")
        throw ValueError("tokenizer encode: special is " + o.special + ", wanted none or all");
    const Tokenizer t = tokenizer::load_tokenizer(o.tokenizer, o.pattern);
    const tokenizer::EncodeOptions how{o.special == "all", o.add_special};
    const std::string text = read_file(o.in);
    std::string out;
    if (o.jsonl) {
        for_lines(text, [&](std::string_view line, std::size_t number) {
            if (trim(line).empty()) return;
            const Json value = json_line(o.in, line, number);
            const bool is_hex = value.contains("hex");
            const auto given = value.find(is_hex ? "hex" : "text");
            if (given == value.end() || !given->is_string())
                throw FormatError(o.in, "line " + std::to_string(number),
                                  "wanted {\"text\": …} or {\"hex\": …}");
            const std::string& words = given->get_ref<const std::string&>();
            const std::vector<int> ids =
                t.encode(is_hex ? from_hex(o.in, words, number) : words, how);
            Json tokens = Json::array();
            for (int id : ids) tokens.push_back(readable(t.token_bytes(id)));
            out += "{\"ids\": " + Json(ids).dump() + ", \"tokens\": " + tokens.dump() + "}\n";
            write_out(out);
            out.clear();
        });
    } else if (o.lines) {
        for_lines(text, [&](std::string_view line, std::size_t) {
            append_ids(out, t.encode(line, how));
        });
    } else {
        append_ids(out, t.encode(text, how));
    }
    write_out(out);
    return 0;
}

int tokenizer_decode_command(const TokenizerDecodeOptions& o) {
    const Tokenizer t = tokenizer::load_tokenizer(o.tokenizer, o.pattern);
    const std::string text = read_file(o.in);
    if (o.jsonl) {
        for_lines(text, [&](std::string_view line, std::size_t number) {
            if (trim(line).empty()) return;
            const std::string bytes = t.decode(ids_of(json_line(o.in, line, number), o.in, number));
            Json answer;
            if (first_invalid_utf8(bytes) == std::string::npos)
                answer["text"] = bytes;
            else
                answer["hex"] = to_hex(bytes);
            write_out(answer.dump() + "\n");
        });
    } else if (o.lines) {
        for_lines(text, [&](std::string_view line, std::size_t) {
            write_out(t.decode(ids_in(line, o.in)) + "\n");
        });
    } else {
        write_out(t.decode(ids_in(text, o.in)));
    }
    return 0;
}

int tokenizer_info_command(const TokenizerInfoOptions& o) {
    const Tokenizer t = tokenizer::load_tokenizer(o.tokenizer, o.pattern);
    std::size_t count = 0, longest = 0;
    int longest_id = -1;
    for (int id = 0; std::size_t(id) < t.vocab_size(); ++id) {
        if (!t.has(id)) continue;
        ++count;
        if (t.token_bytes(id).size() > longest) longest = t.token_bytes(id).size(), longest_id = id;
    }
    Json info{{"kind", t.kind()},
              {"vocab_size", t.vocab_size()},
              {"tokens", count},
              {"longest_token_bytes", longest},
              {"longest_token_id", longest_id}};
    if (t.bpe()) {
        const tokenizer::BpeTable& table = t.bpe()->table();
        info["pattern"] = pattern_name(table.pattern);
        info["merges"] = table.merges.size();
        Json special = Json::object();
        for (const auto& added : table.added) special[added.text] = added.id;
        info["added_tokens"] = std::move(special);
    }
    if (o.json) {
        write_out(info.dump() + "\n");
        return 0;
    }
    std::string out = "kind           " + std::string(t.kind()) + "\nvocabulary     " +
                      std::to_string(t.vocab_size());
    if (count != t.vocab_size()) out += ", " + std::to_string(count) + " of them tokens";
    if (t.bpe()) {
        const tokenizer::BpeTable& table = t.bpe()->table();
        out += "\npattern        " + std::string(pattern_name(table.pattern)) +
               "\nmerges         " + std::to_string(table.merges.size());
        for (const auto& added : table.added)
            out += "\nadded token    " + std::to_string(added.id) + " " + added.text;
    }
    out +=
        "\nlongest token  " + std::to_string(longest) + " bytes, id " + std::to_string(longest_id);
    write_out(out + "\n");
    return 0;
}

}  // namespace orrery::viz
