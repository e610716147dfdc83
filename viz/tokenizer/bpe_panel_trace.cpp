#include "viz/tokenizer/bpe_panel_trace.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/text.hpp"
#include "viz/kit/tokens.hpp"

namespace orrery::viz::bpe_panel {

double scalar(const Trace& t, const char* name, std::size_t i) {
    const Tensor& tensor = t[name];
    return i < tensor.size() ? double(tensor.flat()[i]) : 0.0;
}
double last(const Trace& t, const char* name) {
    const Tensor& tensor = t[name];
    return tensor.size() ? double(tensor.flat()[tensor.size() - 1]) : 0.0;
}
std::size_t merges_of(const Trace& t) { return t["merges"].dim(0); }

const std::string& symbol(const Trace& t, int id) {
    static const std::string none;
    const auto& symbols = t.names("symbols");
    return id >= 0 && std::size_t(id) < symbols.size() ? symbols[std::size_t(id)] : none;
}

int byte_id(const Trace& t, float value) {
    // The order of the bytes is the same in every table.
    static const std::vector<int> ids = [&] {
        std::vector<int> known(256, 0);
        for (int id = 0; id < 256; ++id)
            if (const auto& s = symbol(t, id); s.size() == 1)
                known[static_cast<unsigned char>(s[0])] = id;
        return known;
    }();
    return ids[std::size_t(value) & 255];
}

Segment segment_at(const Trace& t, const Tensor& bytes, const Tensor& joins, std::size_t begin,
                   std::size_t end, std::size_t k) {
    Segment s{begin, begin + 1, 0, 0};
    const auto joined = joins.flat();
    while (s.end < end && joined[s.end] > 0 && std::size_t(joined[s.end]) <= k)
        s.made_by = std::max(s.made_by, std::size_t(joined[s.end++]));
    s.id =
        s.made_by > 0 ? int(t["merges"].at({s.made_by - 1, 2})) : byte_id(t, bytes.flat()[begin]);
    return s;
}

std::vector<Segment> segments(const Trace& t, const char* bytes, const char* joins,
                              std::size_t begin, std::size_t end, std::size_t k) {
    std::vector<Segment> list;
    while (begin < end) {
        list.push_back(segment_at(t, t[bytes], t[joins], begin, end, k));
        begin = list.back().end;
    }
    return list;
}

std::string joined_text(const Trace& t, const std::vector<int>& ids) {
    std::string text;
    for (int id : ids) text += (text.empty() ? "" : " | ") + shown_token(symbol(t, id));
    return text;
}
std::vector<int> word_ids(const Trace& t, std::size_t k) {
    std::vector<int> ids;
    for (const Segment& s : segments(t, "word_bytes", "word_joins", 0, t["word_bytes"].size(), k))
        ids.push_back(s.id);
    return ids;
}
std::vector<int> longest_ids(const Trace& t, std::size_t k) {
    std::vector<int> ids;
    for (float id : t["longest"].row(k))
        if (id >= 0) ids.push_back(int(id));
    return ids;
}

std::string shorten_token(const std::string& token) {
    constexpr std::size_t most = 18;  // characters
    std::size_t at = 0, count = 0;
    while (at < token.size() && count < most) {
        at += std::max<std::size_t>(next_code_point(std::string_view(token).substr(at)).length, 1);
        ++count;
    }
    return at < token.size() ? token.substr(0, at) + "…" : token;
}

std::string parents(const Trace& t, std::size_t m) {
    const Tensor& merges = t["merges"];
    return shorten_token(shown_token(symbol(t, int(merges.at({m - 1, 0}))))) + " + " +
           shorten_token(shown_token(symbol(t, int(merges.at({m - 1, 1})))));
}
std::size_t maker(const Trace& t, int id) {
    if (id < 256) return 0;
    const Tensor& merges = t["merges"];
    for (std::size_t m = 0; m < merges.dim(0); ++m)
        if (int(merges.at({m, 2})) == id) return m + 1;
    return 0;
}
std::string hex(std::string_view bytes) {
    static const char digits[] = "0123456789ABCDEF";
    std::string text;
    for (char c : bytes) {
        const auto b = static_cast<unsigned char>(c);
        text += (text.empty() ? "" : " ");
        text += digits[b >> 4], text += digits[b & 15];
    }
    return text;
}
std::size_t places_of(const Trace& t, int id, std::size_t k) {
    const Tensor &bytes = t["bytes"], &joins = t["joins"];
    std::size_t count = 0;
    for (std::size_t at = 0; at < bytes.size();) {
        const Segment s = segment_at(t, bytes, joins, at, bytes.size(), k);
        count += s.id == id, at = s.end;
    }
    return count;
}

std::string two(double v) {
    std::string text = std::to_string(std::llround(v * 100));
    while (text.size() < 3) text.insert(0, "0");
    return text.insert(text.size() - 2, ".");
}

}  // namespace orrery::viz::bpe_panel
