#include "core/model/decoder_engine.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <mutex>

#include "core/base/error.hpp"
#include "core/base/parallel.hpp"
#include "core/data/batch.hpp"
#include "core/model/decoder_kernels.hpp"
#include "core/position/sinusoidal.hpp"
#include "core/tensor/gemm.hpp"

namespace orrery::model {
namespace {

// Floats that are neither set to 0 when made nor copied.
struct Buffer {
    std::unique_ptr<float[]> floats;
    std::size_t size = 0;
    float* need(std::size_t count) {
        if (count > size) {
            floats.reset(new float[count]);
            size = count;
        }
        return floats.get();
    }
};

// Where one block's weights (or their gradients) begin; biases may be null.
template <class Float>
struct BlockPointers {
    Float *gain_1, *bias_1, *qkv, *qkv_bias, *out, *out_bias;
    Float *gain_2, *bias_2, *up, *up_bias, *down, *down_bias;
};
template <class Float>
struct Pointers {
    Float *tokens, *positions, *gain, *bias, *output;  // output is tokens when tied
    std::vector<BlockPointers<Float>> blocks;
};

// What backward needs of one block's forward pass, for one chunk.
struct BlockCache {
    float *unit_1, *inv_std_1, *normed_1, *qkv, *weights, *mixed;
    float *unit_2, *inv_std_2, *normed_2, *wide;
};

}  // namespace

struct DecoderEngine::Impl {
    CausalDecoderConfig config;
    ParameterLayout layout;
    std::size_t V, d, m, h, dh, L;
    float scale;
    bool is_tanh;
    std::vector<float> fixed_positions;  // [context, d] when sinusoidal

    // Memory of the chunks in flight, used again and again.
    struct Arena {
        Buffer floats;
    };
    std::mutex mutex;
    std::vector<std::unique_ptr<Arena>> idle;
    std::vector<Buffer> chunk_grads;

    // Keys and values of one sequence, for `extend`.
    std::vector<float> past;  // [L, context, 3 d]

    explicit Impl(const CausalDecoderConfig& c)
        : config(c),
          layout(parameter_layout(c)),
          V(c.vocab_size),
          d(c.width),
          m(c.hidden_width()),
          h(c.heads),
          dh(c.head_width()),
          L(c.layers),
          scale(1.0f / std::sqrt(float(c.head_width()))),
          is_tanh(c.activation == "gelu_tanh") {
        if (c.position == "sinusoidal") {
            const Tensor table = position::sinusoidal(c.context, c.width);
            fixed_positions.assign(table.flat().begin(), table.flat().end());
        }
    }

    template <class Float>
    Pointers<Float> pointers(Float* base) const {
        std::size_t next = 0;
        const auto take = [&] { return base + layout.slots[next++].offset; };
        const auto take_bias = [&] { return config.bias ? take() : nullptr; };
        Pointers<Float> p{};
        p.tokens = take();
        p.positions = config.position == "learned" ? take() : nullptr;
        p.blocks.resize(L);
        for (auto& b : p.blocks) {
            b.gain_1 = take(), b.bias_1 = take_bias();
            b.qkv = take(), b.qkv_bias = take_bias();
            b.out = take(), b.out_bias = take_bias();
            b.gain_2 = take(), b.bias_2 = take_bias();
            b.up = take(), b.up_bias = take_bias();
            b.down = take(), b.down_bias = take_bias();
        }
        p.gain = take(), p.bias = take_bias();
        p.output = config.tied ? p.tokens : take();
        return p;
    }

    std::unique_ptr<Arena> borrow() {
        std::lock_guard lock(mutex);
        if (idle.empty()) return std::make_unique<Arena>();
        auto arena = std::move(idle.back());
        idle.pop_back();
        return arena;
    }
    void give_back(std::unique_ptr<Arena> arena) {
        std::lock_guard lock(mutex);
        idle.push_back(std::move(arena));
    }

    // Sequences in a chunk: about 192 rows keep the products efficient; at most 8 chunks when each
    // has a gradient of its own.
    std::size_t sequences_per_chunk(std::size_t batch, std::size_t tokens, bool with_grads) const {
        std::size_t count = std::max<std::size_t>(1, (192 + tokens - 1) / tokens);
        if (with_grads) count = std::max(count, (batch + 7) / 8);
        return std::min(count, batch);
    }

    // One chunk's memory, laid out in an arena. With `keep` every block has a cache of its own.
    struct Chunk {
        std::size_t sequences, n, rows, ld, logits_ld;
        const int *x, *y;
        float *stream, *active, *unit, *inv_std, *normed, *logits, *scores;
        float *dstream, *dnormed, *dactive, *dqkv, *dmixed;
        std::vector<BlockCache> blocks;
    };

    Chunk lay_out(Arena& arena, std::size_t sequences, std::size_t n, bool keep,
                  bool own_logits) const {
        Chunk c{};
        c.sequences = sequences, c.n = n, c.rows = sequences * n;
        c.ld = kernels::padded(n);
        c.logits_ld = kernels::padded(V);
        std::size_t used = 0;
        float* base = nullptr;
        const std::size_t N = c.rows;
        for (int pass = 0; pass < 2; ++pass) {  // first the size, then the places
            used = 0;
            const auto take = [&](std::size_t count) {
                float* at = base ? base + used : nullptr;
                used += kernels::padded(count);
                return at;
            };
            c.stream = take(N * d);
            c.active = take(N * m);
            c.unit = take(N * d), c.inv_std = take(N), c.normed = take(N * d);
            c.logits = own_logits ? take(N * c.logits_ld) : nullptr;
            c.scores = take(n * c.ld);
            if (keep) {
                c.dstream = take(N * d), c.dnormed = take(N * d), c.dactive = take(N * m);
                c.dqkv = take(N * 3 * d), c.dmixed = take(N * d);
            }
            c.blocks.clear();
            for (std::size_t l = 0; l < (keep ? L : 1); ++l) {
                BlockCache b{};
                b.unit_1 = take(N * d), b.inv_std_1 = take(N), b.normed_1 = take(N * d);
                b.qkv = take(N * 3 * d);
                b.weights = take((keep ? sequences * h : 1) * n * c.ld);
                b.mixed = take(N * d);
                b.unit_2 = take(N * d), b.inv_std_2 = take(N), b.normed_2 = take(N * d);
                b.wide = take(N * m);
                c.blocks.push_back(b);
            }
            if (pass == 0) base = arena.floats.need(used + 16);
            if (pass == 0) base += (64 - reinterpret_cast<std::uintptr_t>(base) % 64) % 64 / 4;
        }
        return c;
    }

    static void product(Op a, Op b, std::size_t rows, std::size_t cols, std::size_t inner,
                        const float* x, std::size_t ldx, const float* y, std::size_t ldy,
                        float beta, float* z, std::size_t ldz) {
        gemm_serial(a, b, rows, cols, inner, 1.0f, x, ldx, y, ldy, beta, z, ldz);
    }

    void embed(const Pointers<const float>& w, const Chunk& c) const {
        for (std::size_t r = 0; r < c.rows; ++r) {
            const std::size_t t = r % c.n;
            float* to = c.stream + r * d;
            std::memcpy(to, w.tokens + std::size_t(c.x[r]) * d, d * sizeof(float));
            if (w.positions) kernels::add_rows(d, w.positions + t * d, to);
            if (!fixed_positions.empty()) kernels::add_rows(d, fixed_positions.data() + t * d, to);
        }
    }

    // Queries see keys up to their own place; bands of 64 queries skip the keys none of them sees.
    static constexpr std::size_t band = 64;

    void attend(const Chunk& c, const BlockCache& b, bool keep) const {
        for (std::size_t s = 0; s < c.sequences; ++s)
            for (std::size_t head = 0; head < h; ++head) {
                const float* q = b.qkv + s * c.n * 3 * d + head * dh;
                const float *k = q + d, *v = q + 2 * d;
                float* weights = b.weights + (keep ? (s * h + head) * c.n * c.ld : 0);
                float* mixed = b.mixed + s * c.n * d + head * dh;
                for (std::size_t i = 0; i < c.n; i += band) {
                    const std::size_t rows = std::min(band, c.n - i), seen = i + rows;
                    float* w = weights + i * c.ld;
                    product(Op::plain, Op::transposed, rows, seen, dh, q + i * 3 * d, 3 * d, k,
                            3 * d, 0, w, c.ld);
                    kernels::causal_softmax(rows, kernels::padded(seen), c.ld, i + 1, scale, w);
                    product(Op::plain, Op::plain, rows, dh, seen, w, c.ld, v, 3 * d, 0,
                            mixed + i * d, d);
                }
            }
    }

    void attend_backward(const Chunk& c, const BlockCache& b) const {
        for (std::size_t s = 0; s < c.sequences; ++s)
            for (std::size_t head = 0; head < h; ++head) {
                const std::size_t at = s * c.n * 3 * d + head * dh;
                const float *q = b.qkv + at, *k = q + d, *v = q + 2 * d;
                float *dq = c.dqkv + at, *dk = dq + d, *dv = dq + 2 * d;
                const float* weights = b.weights + (s * h + head) * c.n * c.ld;
                const float* dmixed = c.dmixed + s * c.n * d + head * dh;
                // From the last band down: it sees every key and so sets dk and dv, others add.
                const std::size_t bands = (c.n + band - 1) / band;
                for (std::size_t j = bands; j-- > 0;) {
                    const std::size_t i = j * band;
                    const std::size_t rows = std::min(band, c.n - i), seen = i + rows;
                    const float beta = j + 1 == bands ? 0.0f : 1.0f;
                    const float* w = weights + i * c.ld;
                    const float* dm = dmixed + i * d;
                    product(Op::plain, Op::transposed, rows, seen, dh, dm, d, v, 3 * d, 0, c.scores,
                            c.ld);
                    product(Op::transposed, Op::plain, seen, dh, rows, w, c.ld, dm, d, beta, dv,
                            3 * d);
                    kernels::causal_softmax_backward(rows, kernels::padded(seen), c.ld, i + 1,
                                                     scale, w, c.scores);
                    product(Op::plain, Op::plain, rows, dh, seen, c.scores, c.ld, k, 3 * d, 0,
                            dq + i * 3 * d, 3 * d);
                    product(Op::transposed, Op::plain, seen, dh, rows, c.scores, c.ld,
                            q + i * 3 * d, 3 * d, beta, dk, 3 * d);
                }
            }
    }

    // Up to the final norm, in c.normed. With `keep` everything backward needs stays in c.blocks.
    void forward(const Pointers<const float>& w, const Chunk& c, bool keep) const {
        const std::size_t N = c.rows;
        embed(w, c);
        const float* pending = nullptr;  // a bias that the next norm adds to the stream first
        for (std::size_t l = 0; l < L; ++l) {
            const auto& p = w.blocks[l];
            const auto& b = c.blocks[keep ? l : 0];
            kernels::norm_forward(N, d, c.stream, pending, p.gain_1, p.bias_1, config.norm_eps,
                                  b.unit_1, b.inv_std_1, b.normed_1);
            product(Op::plain, Op::transposed, N, 3 * d, d, b.normed_1, d, p.qkv, d, 0, b.qkv,
                    3 * d);
            if (p.qkv_bias) kernels::add_bias(N, 3 * d, 3 * d, p.qkv_bias, b.qkv);
            attend(c, b, keep);
            product(Op::plain, Op::transposed, N, d, d, b.mixed, d, p.out, d, 1, c.stream, d);
            kernels::norm_forward(N, d, c.stream, p.out_bias, p.gain_2, p.bias_2, config.norm_eps,
                                  b.unit_2, b.inv_std_2, b.normed_2);
            product(Op::plain, Op::transposed, N, m, d, b.normed_2, d, p.up, d, 0, b.wide, m);
            kernels::gelu_forward(is_tanh, N, m, b.wide, p.up_bias, c.active);
            product(Op::plain, Op::transposed, N, d, m, c.active, m, p.down, m, 1, c.stream, d);
            pending = p.down_bias;
        }
        kernels::norm_forward(N, d, c.stream, pending, w.gain, w.bias, config.norm_eps, c.unit,
                              c.inv_std, c.normed);
    }

    void backward(const Pointers<const float>& w, const Pointers<float>& g, const Chunk& c) const {
        const std::size_t N = c.rows;
        product(Op::transposed, Op::plain, V, d, N, c.logits, c.logits_ld, c.normed, d, 0, g.output,
                d);
        product(Op::plain, Op::plain, N, d, V, c.logits, c.logits_ld, w.output, d, 0, c.dnormed, d);
        kernels::norm_backward(N, d, c.dnormed, c.unit, c.inv_std, w.gain, false, c.dstream, g.gain,
                               g.bias);
        for (std::size_t l = L; l-- > 0;) {
            const auto& p = w.blocks[l];
            const auto& gp = g.blocks[l];
            const auto& b = c.blocks[l];

            //: back through the feed-forward half
            if (gp.down_bias) kernels::column_sums(N, d, c.dstream, gp.down_bias);
            product(Op::plain, Op::plain, N, m, d, c.dstream, d, p.down, m, 0, c.dactive, m);
            kernels::gelu_backward(is_tanh, N, m, b.wide, p.up_bias, c.dactive, c.active,
                                   gp.up_bias);
            product(Op::transposed, Op::plain, d, m, N, c.dstream, d, c.active, m, 0, gp.down, m);
            product(Op::transposed, Op::plain, m, d, N, c.dactive, m, b.normed_2, d, 0, gp.up, d);
            product(Op::plain, Op::plain, N, d, m, c.dactive, m, p.up, d, 0, c.dnormed, d);
            kernels::norm_backward(N, d, c.dnormed, b.unit_2, b.inv_std_2, p.gain_2, true,
                                   c.dstream, gp.gain_2, gp.bias_2);

            //: back through the attention half
            if (gp.out_bias) kernels::column_sums(N, d, c.dstream, gp.out_bias);
            product(Op::plain, Op::plain, N, d, d, c.dstream, d, p.out, d, 0, c.dmixed, d);
            product(Op::transposed, Op::plain, d, d, N, c.dstream, d, b.mixed, d, 0, gp.out, d);
            attend_backward(c, b);
            if (gp.qkv_bias) kernels::column_sums(N, 3 * d, c.dqkv, gp.qkv_bias);
            product(Op::transposed, Op::plain, 3 * d, d, N, c.dqkv, 3 * d, b.normed_1, d, 0, gp.qkv,
                    d);
            product(Op::plain, Op::plain, N, d, 3 * d, c.dqkv, 3 * d, p.qkv, d, 0, c.dnormed, d);
            kernels::norm_backward(N, d, c.dnormed, b.unit_1, b.inv_std_1, p.gain_1, true,
                                   c.dstream, gp.gain_1, gp.bias_1);
        }

        //: what reached the embeddings
        for (std::size_t r = 0; r < N; ++r) {
            const float* from = c.dstream + r * d;
            kernels::add_rows(d, from, g.tokens + std::size_t(c.x[r]) * d);
            if (g.positions) kernels::add_rows(d, from, g.positions + r % c.n * d);
        }
    }

    // Everything that backward adds to and no product sets.
    void clear_sums(const Pointers<float>& g) const {
        const auto zero = [](float* p, std::size_t count) {
            if (p) std::memset(p, 0, count * sizeof(float));
        };
        if (!config.tied) zero(g.tokens, V * d);
        zero(g.positions, config.context * d);
        zero(g.gain, d), zero(g.bias, d);
        for (const auto& b : g.blocks) {
            zero(b.gain_1, d), zero(b.bias_1, d), zero(b.qkv_bias, 3 * d), zero(b.out_bias, d);
            zero(b.gain_2, d), zero(b.bias_2, d), zero(b.up_bias, m), zero(b.down_bias, d);
        }
    }

    void to_logits(const Pointers<const float>& w, const Chunk& c, float* out,
                   std::size_t ld) const {
        product(Op::plain, Op::transposed, c.rows, V, d, c.normed, d, w.output, d, 0, out, ld);
    }

    // body(chunk number, first sequence, its chunk) for every chunk of the batch, on all threads.
    template <class Body>
    void for_chunks(std::size_t batch, std::size_t n, bool keep, bool own_logits,
                    std::span<const int> x, std::span<const int> y, std::size_t per_chunk,
                    Body body) {
        const std::size_t chunks = (batch + per_chunk - 1) / per_chunk;
        parallel_for(chunks, 1, [&](std::size_t begin, std::size_t end) {
            for (std::size_t i = begin; i < end; ++i) {
                const std::size_t first = i * per_chunk;
                auto arena = borrow();
                Chunk c = lay_out(*arena, std::min(per_chunk, batch - first), n, keep, own_logits);
                c.x = x.data() + first * n;
                c.y = y.empty() ? nullptr : y.data() + first * n;
                body(i, first, c);
                give_back(std::move(arena));
            }
        });
    }
};

DecoderEngine::DecoderEngine(const CausalDecoderConfig& config) {
    check(config);
    impl_ = std::make_unique<Impl>(config);
}
DecoderEngine::~DecoderEngine() = default;
DecoderEngine::DecoderEngine(DecoderEngine&&) noexcept = default;
DecoderEngine& DecoderEngine::operator=(DecoderEngine&&) noexcept = default;

const CausalDecoderConfig& DecoderEngine::config() const { return impl_->config; }
const ParameterLayout& DecoderEngine::layout() const { return impl_->layout; }

static std::size_t counted(std::span<const int> y) {
    return std::size_t(std::count_if(y.begin(), y.end(), [](int id) { return id >= 0; }));
}

LossSum DecoderEngine::loss_and_grads(std::span<const float> weights, std::span<const int> x,
                                      std::span<const int> y, std::size_t tokens,
                                      std::span<float> grads, std::span<double> group_squares) {
    Impl& s = *impl_;
    const std::size_t batch = x.size() / tokens;
    const std::size_t per_chunk = s.sequences_per_chunk(batch, tokens, true);
    const std::size_t chunks = (batch + per_chunk - 1) / per_chunk;
    const auto w = s.pointers<const float>(weights.data());
    LossSum sum;
    sum.tokens = counted(y);
    const float scale = sum.tokens == 0 ? 0.0f : 1.0f / float(sum.tokens);
    if (sum.tokens == 0) {
        std::fill(grads.begin(), grads.end(), 0.0f);
        std::fill(group_squares.begin(), group_squares.end(), 0.0);
        return sum;
    }

    //: each chunk on one thread, forward and backward
    if (s.chunk_grads.size() < chunks) s.chunk_grads.resize(chunks);
    std::vector<double> nats(chunks);
    s.for_chunks(batch, tokens, true, true, x, y, per_chunk,
                 [&](std::size_t i, std::size_t, const Impl::Chunk& c) {
                     float* buffer = s.chunk_grads[i].need(s.layout.count);
                     const auto g = s.pointers<float>(buffer);
                     s.clear_sums(g);
                     s.forward(w, c, true);
                     s.to_logits(w, c, c.logits, c.logits_ld);
                     nats[i] =
                         kernels::cross_entropy(c.rows, s.V, c.logits_ld, c.logits, c.y, scale);
                     s.backward(w, g, c);
                 });
    for (double part : nats) sum.nats += part;

    //: the chunks' gradients added, always in the same order
    struct Piece {
        std::size_t begin, count, group;
    };
    std::vector<Piece> pieces;
    for (const auto& slot : s.layout.slots)
        for (std::size_t at = 0; at < slot.size; at += 32768)
            pieces.push_back(
                {slot.offset + at, std::min<std::size_t>(32768, slot.size - at), slot.group});
    std::vector<double> squares(pieces.size());
    parallel_for(pieces.size(), 4, [&](std::size_t begin, std::size_t end) {
        std::vector<const float*> parts(chunks);
        for (std::size_t i = begin; i < end; ++i) {
            for (std::size_t c = 0; c < chunks; ++c)
                parts[c] = s.chunk_grads[c].floats.get() + pieces[i].begin;
            squares[i] = kernels::sum_parts(pieces[i].count, parts, grads.data() + pieces[i].begin);
        }
    });
    if (!group_squares.empty()) {
        std::fill(group_squares.begin(), group_squares.end(), 0.0);
        for (std::size_t i = 0; i < pieces.size(); ++i)
            group_squares[pieces[i].group] += squares[i];
    }
    return sum;
}

LossSum DecoderEngine::loss(std::span<const float> weights, std::span<const int> x,
                            std::span<const int> y, std::size_t tokens) {
    Impl& s = *impl_;
    const std::size_t batch = x.size() / tokens;
    const std::size_t per_chunk = s.sequences_per_chunk(batch, tokens, false);
    const auto w = s.pointers<const float>(weights.data());
    std::vector<double> nats((batch + per_chunk - 1) / per_chunk);
    s.for_chunks(batch, tokens, false, true, x, y, per_chunk,
                 [&](std::size_t i, std::size_t, const Impl::Chunk& c) {
                     s.forward(w, c, false);
                     s.to_logits(w, c, c.logits, c.logits_ld);
                     nats[i] = kernels::cross_entropy(c.rows, s.V, c.logits_ld, c.logits, c.y, 0);
                 });
    LossSum sum;
    sum.tokens = counted(y);
    for (double part : nats) sum.nats += part;
    return sum;
}

LossSum DecoderEngine::loss_of_text(std::span<const float> weights, std::span<const int> ids) {
    const std::size_t context = config().context, targets = ids.size() - 1;
    const std::size_t whole = targets / context * context;
    LossSum sum;
    const auto add = [&](std::size_t begin, std::size_t count, std::size_t tokens) {
        if (count == 0) return;
        const LossSum part =
            loss(weights, ids.subspan(begin, count), ids.subspan(begin + 1, count), tokens);
        sum.nats += part.nats;
        sum.tokens += part.tokens;
    };
    add(0, whole, context);
    add(whole, targets - whole, targets - whole);
    return sum;
}

void DecoderEngine::probe(std::span<const float> weights, std::span<const int> ids,
                          std::span<float> attention, std::span<float> out) {
    Impl& s = *impl_;
    const std::size_t n = ids.size();
    const auto w = s.pointers<const float>(weights.data());
    s.for_chunks(1, n, true, false, ids, {}, 1,
                 [&](std::size_t, std::size_t, const Impl::Chunk& c) {
                     s.forward(w, c, true);
                     s.to_logits(w, c, out.data(), s.V);
                     float* to = attention.data();
                     for (const auto& block : c.blocks)
                         for (std::size_t r = 0; r < s.h * n; ++r, to += n)
                             std::memcpy(to, block.weights + r * c.ld, n * sizeof(float));
                     // The bands leave what no query of theirs sees untouched.
                     for (std::size_t r = 0; r < s.L * s.h * n; ++r)
                         for (std::size_t j = r % n + 1; j < n; ++j) attention[r * n + j] = 0.0f;
                 });
}

void DecoderEngine::logits(std::span<const float> weights, std::span<const int> x,
                           std::size_t tokens, std::span<float> out) {
    Impl& s = *impl_;
    const std::size_t batch = x.size() / tokens;
    const auto w = s.pointers<const float>(weights.data());
    s.for_chunks(batch, tokens, false, false, x, {}, s.sequences_per_chunk(batch, tokens, false),
                 [&](std::size_t, std::size_t first, const Impl::Chunk& c) {
                     s.forward(w, c, false);
                     s.to_logits(w, c, out.data() + first * tokens * s.V, s.V);
                 });
}

void DecoderEngine::extend(std::span<const float> weights, std::span<const int> ids,
                           std::size_t first, std::span<float> out) {
    Impl& s = *impl_;
    const std::size_t d = s.d, m = s.m, rows = ids.size(), context = s.config.context;
    const auto w = s.pointers<const float>(weights.data());
    s.past.resize(s.L * context * 3 * d);
    const std::size_t ld = kernels::padded(first + rows);
    std::vector<float> stream(rows * d), unit(rows * d), inv_std(rows), normed(rows * d),
        mixed(rows * d), wide(rows * m), active(rows * m), scores(s.h * rows * ld);
    const auto times = [](std::size_t n, std::size_t out_width, std::size_t in, const float* x,
                          const float* weight, float beta, float* y, std::size_t ldy) {
        gemm(Op::plain, Op::transposed, n, out_width, in, 1.0f, x, in, weight, in, beta, y, ldy);
    };

    for (std::size_t r = 0; r < rows; ++r) {
        float* to = stream.data() + r * d;
        std::memcpy(to, w.tokens + std::size_t(ids[r]) * d, d * sizeof(float));
        if (w.positions) kernels::add_rows(d, w.positions + (first + r) * d, to);
        if (!s.fixed_positions.empty())
            kernels::add_rows(d, s.fixed_positions.data() + (first + r) * d, to);
    }
    const float* pending = nullptr;
    for (std::size_t l = 0; l < s.L; ++l) {
        const auto& p = w.blocks[l];
        kernels::norm_forward(rows, d, stream.data(), pending, p.gain_1, p.bias_1,
                              s.config.norm_eps, unit.data(), inv_std.data(), normed.data());

        //: the new keys and values stand behind the old ones
        float* qkv = s.past.data() + l * context * 3 * d;
        float* fresh = qkv + first * 3 * d;
        times(rows, 3 * d, d, normed.data(), p.qkv, 0, fresh, 3 * d);
        if (p.qkv_bias) kernels::add_bias(rows, 3 * d, 3 * d, p.qkv_bias, fresh);
        parallel_for(s.h, s.h * rows * first > 65536 ? 1 : s.h, [&](std::size_t a, std::size_t b) {
            for (std::size_t head = a; head < b; ++head) {
                const float* k = qkv + d + head * s.dh;
                float* at = scores.data() + head * rows * ld;
                gemm_serial(Op::plain, Op::transposed, rows, first + rows, s.dh, 1.0f,
                            fresh + head * s.dh, 3 * d, k, 3 * d, 0, at, ld);
                kernels::causal_softmax(rows, ld, ld, first + 1, s.scale, at);
                gemm_serial(Op::plain, Op::plain, rows, s.dh, first + rows, 1.0f, at, ld, k + d,
                            3 * d, 0, mixed.data() + head * s.dh, d);
            }
        });
        times(rows, d, d, mixed.data(), p.out, 1, stream.data(), d);
        kernels::norm_forward(rows, d, stream.data(), p.out_bias, p.gain_2, p.bias_2,
                              s.config.norm_eps, unit.data(), inv_std.data(), normed.data());
        times(rows, m, d, normed.data(), p.up, 0, wide.data(), m);
        kernels::gelu_forward(s.is_tanh, rows, m, wide.data(), p.up_bias, active.data());
        times(rows, d, m, active.data(), p.down, 1, stream.data(), d);
        pending = p.down_bias;
    }
    float* last = stream.data() + (rows - 1) * d;
    kernels::norm_forward(1, d, last, pending, w.gain, w.bias, s.config.norm_eps, unit.data(),
                          inv_std.data(), normed.data());
    times(1, s.V, d, normed.data(), w.output, 0, out.data(), s.V);
}

void require_examples(const CausalDecoderConfig& config, std::span<const int> x,
                      std::span<const int> y, std::size_t tokens) {
    if (tokens == 0 || tokens > config.context)
        throw ValueError("causal_decoder: " + std::to_string(tokens) +
                         " tokens in an example, wanted 1 to " + std::to_string(config.context));
    if (x.empty() || x.size() % tokens != 0)
        throw ValueError("causal_decoder: " + std::to_string(x.size()) +
                         " ids, wanted a multiple of " + std::to_string(tokens));
    if (!y.empty() && y.size() != x.size())
        throw ValueError("causal_decoder: " + std::to_string(y.size()) + " targets, wanted " +
                         std::to_string(x.size()));
    const auto require_id = [&](int id, const char* what) {
        if (id < 0 || std::size_t(id) >= config.vocab_size)
            throw ValueError(std::string("causal_decoder: ") + what + " " + std::to_string(id) +
                             ", wanted 0 to " + std::to_string(config.vocab_size - 1));
    };
    for (int id : x) require_id(id, "an id is");
    for (int id : y)
        if (id != data::no_target) require_id(id, "a target is");
}

}  // namespace orrery::model
