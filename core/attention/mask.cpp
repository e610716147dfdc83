#include "core/attention/mask.hpp"

#include <algorithm>

#include "core/base/error.hpp"

namespace orrery::attention {

Tensor full_mask(std::size_t queries, std::size_t keys) { return Tensor({queries, keys}, 1.0f); }

Tensor causal_mask(std::size_t queries, std::size_t keys, std::size_t first_query) {
    Tensor mask({queries, keys});
    //: nobody sees the future
    for (std::size_t i = 0; i < queries; ++i) {
        for (std::size_t j = 0; j < keys; ++j) {
            mask.row(i)[j] = j <= i + first_query ? 1.0f : 0.0f;
        }
    }
    return mask;
}

Tensor prefix_mask(std::size_t tokens, std::size_t prefix) {
    if (prefix > tokens)
        throw ValueError("mask: prefix is " + std::to_string(prefix) + ", wanted at most " +
                         std::to_string(tokens));
    Tensor mask({tokens, tokens});
    //: the prefix is open to all, the rest only backwards
    for (std::size_t i = 0; i < tokens; ++i)
        for (std::size_t j = 0; j < tokens; ++j)
            mask.row(i)[j] = j <= i || j < prefix ? 1.0f : 0.0f;
    return mask;
}

Tensor window_mask(std::size_t tokens, std::size_t window) {
    Tensor mask({tokens, tokens});
    //: backwards, but not far
    for (std::size_t i = 0; i < tokens; ++i)
        for (std::size_t j = 0; j <= i; ++j) mask.row(i)[j] = i - j < window ? 1.0f : 0.0f;
    return mask;
}

Tensor padding_mask(const std::vector<std::size_t>& lengths, std::size_t tokens) {
    for (std::size_t length : lengths)
        if (length > tokens)
            throw ValueError("mask: a length is " + std::to_string(length) + ", wanted at most " +
                             std::to_string(tokens));
    Tensor mask({lengths.size(), 1, tokens, tokens});
    //: filling is never looked at
    for (std::size_t b = 0; b < lengths.size(); ++b)
        for (std::size_t i = 0; i < tokens; ++i)
            std::fill_n(mask.row(b * tokens + i).data(), lengths[b], 1.0f);
    return mask;
}

Tensor packing_mask(const std::vector<std::size_t>& document) {
    Tensor mask({document.size(), document.size()});
    //: documents that share a row do not see each other
    const std::size_t tokens = document.size();
    for (std::size_t i = 0; i < tokens; ++i)
        for (std::size_t j = 0; j < tokens; ++j)
            if (document[i] == document[j]) mask.row(i)[j] = 1.0f;
    return mask;
}

Tensor both(const Tensor& a, const Tensor& b) {
    const std::size_t rank = std::max(a.rank(), b.rank());
    const auto axis = [rank](const Tensor& t, std::size_t k) {
        return k + t.rank() < rank ? std::size_t(1) : t.shape()[k + t.rank() - rank];
    };
    Shape shape(rank);
    for (std::size_t k = 0; k < rank; ++k) {
        if (axis(a, k) != axis(b, k) && axis(a, k) != 1 && axis(b, k) != 1)
            throw ShapeError("mask: shapes " + to_string(a.shape()) + " and " +
                             to_string(b.shape()) + " do not fit, wanted equal axes or 1");
        shape[k] = axis(a, k) == 1 ? axis(b, k) : axis(a, k);
    }
    // Where entry n of the joined shape lies in t.
    const auto place = [&](const Tensor& t, std::size_t n) {
        std::size_t at = 0, step = 1;
        for (std::size_t k = rank; k-- > 0; n /= shape[k]) {
            if (axis(t, k) != 1) at += n % shape[k] * step;
            step *= axis(t, k);
        }
        return t.flat()[at];
    };
    Tensor joined(shape);
    const auto flat = joined.flat();
    //: allowed where both allow
    for (std::size_t n = 0; n < flat.size(); ++n)
        if (place(a, n) != 0.0f && place(b, n) != 0.0f) flat[n] = 1.0f;
    return joined;
}

MaskSteps mask_steps(const Tensor& mask) {
    if (mask.rank() < 2)
        throw ShapeError("mask: it has shape " + to_string(mask.shape()) +
                         ", wanted [..., queries, keys]");
    Shape per_query = mask.shape(), per_key = mask.shape();
    per_query[mask.rank() - 1] = 1;
    per_key[mask.rank() - 2] = 1;
    MaskSteps s{Tensor(mask.shape()), Tensor(per_query), Tensor(per_key), 0, mask.size()};

    //: count what is allowed
    const std::size_t queries = mask.dim(-2), keys = mask.dim(-1);
    for (std::size_t r = 0; r < mask.rows(); ++r)
        for (std::size_t j = 0; j < keys; ++j)
            if (mask.row(r)[j] != 0.0f) {
                s.mask.row(r)[j] = 1.0f;
                s.per_query.flat()[r] += 1.0f;
                s.per_key.row(r / queries)[j] += 1.0f;
                ++s.allowed;
            }
    return s;
}

void record(const MaskSteps& s, Trace& out) {
    out.from("attention/mask");
    out.add("mask", s.mask, "count what is allowed", Kind::boolean);
    out.add("per_query", s.per_query, "count what is allowed", Kind::index);
    out.add("per_key", s.per_key, "count what is allowed", Kind::index);
}

}  // namespace orrery::attention
