#include "viz/app/window/gl_paint.hpp"

#include <imgui.h>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <deque>
#include <map>
#include <tuple>

#include "core/base/error.hpp"
#include "core/base/parallel.hpp"
#include "viz/app/window/gl.hpp"
#include "viz/kit/color_scale.hpp"
#include "viz/kit/pyramid.hpp"

namespace orrery::viz {
namespace {

const char* const vertex_source = R"(
uniform vec4 u_box;       // x, y, width, height in pixels from the top left
uniform vec2 u_screen;    // size of the framebuffer
out vec2 v_pixel;
void main() {
    vec2 corner = vec2(float(gl_VertexID & 1), float(gl_VertexID >> 1));
    v_pixel = u_box.xy + corner * u_box.zw;
    gl_Position = vec4(v_pixel / u_screen * vec2(2.0, -2.0) + vec2(-1.0, 1.0), 0.0, 1.0);
}
)";

const char* const fragment_source = R"(
uniform sampler2D u_data;  // r: the value, g: 1 where masked; texel = 2^level cells
uniform sampler2D u_map;
uniform vec4 u_box;
uniform vec4 u_view;       // the part on show, in cells: x, y, width, height
uniform ivec2 u_level;
uniform ivec2 u_first;     // the texel that texture (0, 0) holds
uniform ivec2 u_cells;     // columns, rows
uniform int u_norm;        // 0 linear, 1 log, 2 signed log
uniform vec2 u_domain;
uniform float u_gap, u_scale, u_alpha;
uniform vec4 u_hatch, u_hidden, u_chevron_dark, u_chevron_light;
in vec2 v_pixel;
out vec4 color;

bool is_nan(float v) { return (floatBitsToUint(v) & 0x7FFFFFFFu) > 0x7F800000u; }
bool is_inf(float v) { return (floatBitsToUint(v) & 0x7FFFFFFFu) == 0x7F800000u; }

float place(float v) {
    if (is_inf(v)) return v > 0.0 ? 1.0 : 0.0;
    if (u_norm == 1) {
        if (!(v > 0.0) || !(u_domain.x > 0.0) || !(u_domain.y > u_domain.x))
            return v >= u_domain.y && u_domain.y > 0.0 ? 1.0 : 0.0;
        return clamp(log(v / u_domain.x) / log(u_domain.y / u_domain.x), 0.0, 1.0);
    }
    if (u_norm == 2) {
        float top = max(abs(u_domain.x), abs(u_domain.y));
        if (!(top > 0.0)) return 0.5;
        float size = log(1.0 + abs(v) / (top * 1e-3)) / log(1001.0);
        return clamp(0.5 + 0.5 * (v < 0.0 ? -size : size), 0.0, 1.0);
    }
    if (!(u_domain.y > u_domain.x)) return 0.5;
    return clamp((v - u_domain.x) / (u_domain.y - u_domain.x), 0.0, 1.0);
}

// The cell under a pixel along one axis, and where it begins and ends, in whole pixels
vec3 cell(float pixel, float origin, float first, float size) {
    float i = floor((pixel - origin) / size + first);
    float begin = floor(origin + (i - first) * size + 0.5);
    if (pixel < begin) { i -= 1.0; begin = floor(origin + (i - first) * size + 0.5); }
    float end = floor(origin + (i + 1.0 - first) * size + 0.5);
    if (pixel >= end) { i += 1.0; begin = end; end = floor(origin + (i + 1.0 - first) * size + 0.5); }
    return vec3(i, begin, end);
}

void main() {
    vec2 size = u_box.zw / u_view.zw;          // pixels a cell
    vec2 pixel = v_pixel;
    vec2 last = vec2(u_cells) - 1.0;
    vec3 across = cell(pixel.x, u_box.x, u_view.x, size.x);
    vec3 down = cell(pixel.y, u_box.y, u_view.y, size.y);

    // The cells under this pixel, in texels of the pooled copy
    vec2 middle = (pixel - u_box.xy) / size + u_view.xy;
    vec2 half_print = 0.5 / size;
    vec2 from = vec2(size.x >= 1.0 ? across.x : floor(middle.x - half_print.x),
                     size.y >= 1.0 ? down.x : floor(middle.y - half_print.y));
    vec2 to = vec2(size.x >= 1.0 ? across.x : ceil(middle.x + half_print.x) - 1.0,
                   size.y >= 1.0 ? down.x : ceil(middle.y + half_print.y) - 1.0);
    ivec2 a = ivec2(clamp(from, vec2(0.0), last)) >> u_level;
    ivec2 b = ivec2(clamp(to, vec2(0.0), last)) >> u_level;
    ivec2 limit = textureSize(u_data, 0) - 1;
    b = min(b, a + 3);

    float value = 0.0;
    bool open = false;
    for (int y = a.y; y <= b.y; ++y)
        for (int x = a.x; x <= b.x; ++x) {
            vec2 t = texelFetch(u_data, clamp(ivec2(x, y) - u_first, ivec2(0), limit), 0).rg;
            if (t.g > 0.5) continue;
            if (!open || is_nan(t.r) || (!is_nan(value) && abs(t.r) > abs(value))) value = t.r;
            open = true;
        }

    vec3 paint;
    vec2 inside = vec2(pixel.x - across.y, pixel.y - down.y);
    vec2 room = vec2(across.z - across.y, down.z - down.y) - u_gap;
    float small = min(room.x, room.y);
    if (!open) {
        // Masked: a hatch that runs on across cells
        float period = 7.0 * u_scale;
        float wave = abs(mod(pixel.x + pixel.y, period) - period * 0.5);
        float line = 1.0 - smoothstep(0.5 * u_scale, 1.1 * u_scale, wave * 0.7071);
        paint = mix(u_hidden.rgb, u_hatch.rgb, line * u_hatch.a);
    } else if (is_nan(value)) {
        bvec2 side = greaterThan(inside, room * 0.5);
        bool dark = small >= 6.0 ? side.x == side.y : mod(floor(pixel.x) + floor(pixel.y), 2.0) > 0.5;
        paint = dark ? vec3(0.0) : vec3(1.0, 0.0, 1.0);
    } else {
        paint = texture(u_map, vec2((place(value) * 255.0 + 0.5) / 256.0, 0.5)).rgb;
        if (is_inf(value) && small >= 7.0) {
            // Up for +Inf, down for -Inf
            vec2 m = (inside - room * 0.5) / small;
            float y = value > 0.0 ? m.y : -m.y;
            float away = abs(y + 0.11 - abs(m.x) * 0.8) * small;
            float ink = abs(m.x) < 0.28 ? 1.0 - smoothstep(0.8 * u_scale, 1.6 * u_scale, away) : 0.0;
            float light = dot(paint, vec3(0.2126, 0.7152, 0.0722));
            paint = mix(paint, light > 0.45 ? u_chevron_dark.rgb : u_chevron_light.rgb, ink);
        }
    }

    float cover = 1.0;
    if (u_gap > 0.0) {
        // A cell with soft round corners
        float round_by = small >= 14.0 ? min(3.0 * u_scale, small * 0.12) : 0.0;
        vec2 d = abs(inside - room * 0.5) - room * 0.5 + round_by;
        float away = length(max(d, 0.0)) - round_by;
        cover = round_by > 0.0 ? clamp(0.5 - away, 0.0, 1.0)
                               : (inside.x < room.x && inside.y < room.y ? 1.0 : 0.0);
    }
    color = vec4(paint, u_alpha * cover);
}
)";

GLuint compile(GLenum kind, const char* source) {
    const GLuint shader = glCreateShader(kind);
    const char* parts[] = {glsl_version, "\n", glsl_precision, source};
    glShaderSource(shader, 4, parts, nullptr);
    glCompileShader(shader);
    GLint done = 0;
    glGetShaderiv(shader, GL_COMPILE_STATUS, &done);
    if (!done) {
        char log[1024] = "";
        glGetShaderInfoLog(shader, sizeof log, nullptr, log);
        throw Error(std::string("gl_paint: the matrix shader does not compile: ") + log);
    }
    return shader;
}

// What is pooled together: a value and whether it is masked.
struct Cell {
    float value, masked;
};

// Of two values the one of larger size; NaN is largest; what is masked does not count.
Cell larger(Cell a, Cell b) {
    if (a.masked > 0.5f) return b;
    if (b.masked > 0.5f || std::isnan(a.value)) return a;
    return std::isnan(b.value) || std::abs(b.value) > std::abs(a.value) ? b : a;
}

using Level = Pyramid::Level;  // its values: one float a cell, or two with a mask

// Half as many along one axis or both, with a mask beside every value.
Level halved_masked(const float* values, std::size_t rows, std::size_t cols, bool x, bool y) {
    Level out;
    out.rows = y ? (rows + 1) / 2 : rows, out.cols = x ? (cols + 1) / 2 : cols;
    out.values.resize(out.rows * out.cols * 2);
    parallel_for(out.rows, std::max<std::size_t>(1, 65536 / std::max<std::size_t>(cols, 1)),
                 [&](std::size_t begin, std::size_t end) {
                     for (std::size_t r = begin; r < end; ++r) {
                         const std::size_t i = y ? 2 * r : r, next = y && i + 1 < rows ? i + 1 : i;
                         const float *a = values + i * cols * 2, *b = values + next * cols * 2;
                         float* to = out.values.data() + r * out.cols * 2;
                         for (std::size_t c = 0; c < out.cols; ++c) {
                             Cell best{0, 1};
                             for (const float* line : {a, b})
                                 for (std::size_t j = x ? 2 * c : c;
                                      j < std::min(x ? 2 * c + 2 : c + 1, cols); ++j)
                                     best = larger(best, {line[2 * j], line[2 * j + 1]});
                             to[2 * c] = best.value, to[2 * c + 1] = best.masked;
                         }
                     }
                 });
    return out;
}

constexpr std::size_t most_bytes = std::size_t{512} << 20;
constexpr int frames_kept = 60, frames_kept_small = 8;  // without use
constexpr std::size_t tile_limit = 8192;  // texels a texture has at most along an axis

// One tensor (with its mask): its pooled copies and their textures.
struct Source {
    // Read through const only: writing would give the copy a buffer of its own
    std::shared_ptr<const Tensor> tensor,
        mask;             // copies keep the buffers alive, so an address stands for one content
    bool scaled = false;  // rows were brought to [−1, 1] or [0, 1] one by one
    int channels = 1;
    std::shared_ptr<const Pyramid> pyramid;
    struct Copy {
        Level level;  // empty for (0, 0), the tensor itself, and where it is `shared`
        const Level* shared = nullptr;  // of the pyramid
        GLuint texture = 0;
        int first_col = 0, first_row = 0;  // of the window on texture
        std::size_t rows = 0, cols = 0;    // of the window
    };
    std::map<std::pair<int, int>, Copy> copies;
    int last_used = 0;
};

}  // namespace

struct GlPainter::State {
    GLuint program = 0, array = 0;
    std::map<std::pair<int, bool>, GLuint> maps;
    using Key = std::tuple<const float*, const float*, std::size_t, int>;
    std::map<Key, Source> sources;
    struct Job {
        State* state;
        DrawMatrix matrix;
        Rect box;
        float scale;
    };
    std::deque<Job> jobs;  // of this frame; addresses stay
    int frame = 0;
    std::size_t held = 0;

    GLint at(const char* name) const { return glGetUniformLocation(program, name); }

    State() {
        const GLuint vertex = compile(GL_VERTEX_SHADER, vertex_source);
        const GLuint fragment = compile(GL_FRAGMENT_SHADER, fragment_source);
        program = glCreateProgram();
        glAttachShader(program, vertex), glAttachShader(program, fragment);
        glLinkProgram(program);
        glDeleteShader(vertex), glDeleteShader(fragment);
        GLint done = 0;
        glGetProgramiv(program, GL_LINK_STATUS, &done);
        if (!done) throw Error("gl_paint: the matrix shader does not link");
        glGenVertexArrays(1, &array);
    }

    ~State() {
        for (auto& [key, source] : sources) release(source);
        for (const auto& [key, texture] : maps) glDeleteTextures(1, &texture);
        glDeleteVertexArrays(1, &array);
        glDeleteProgram(program);
    }

    void release(Source& source) {
        for (auto& [level, copy] : source.copies) {
            if (copy.texture) glDeleteTextures(1, &copy.texture);
            held -= copy.rows * copy.cols * std::size_t(source.channels) * sizeof(float);
        }
        source.copies.clear();
    }

    void sweep() {
        for (auto it = sources.begin(); it != sources.end();) {
            const int idle = frame - it->second.last_used;
            const bool small = it->second.tensor->size() <= 65536;
            if (idle > (small ? frames_kept_small : frames_kept) ||
                (held > most_bytes && idle > 1)) {
                release(it->second);
                it = sources.erase(it);
            } else {
                ++it;
            }
        }
    }

    GLuint map_texture(Map map, bool dark) {
        GLuint& texture = maps[{int(map), dark}];
        if (texture) return texture;
        std::uint8_t entries[256 * 4];
        for (int i = 0; i < 256; ++i) {
            const Color c = map_color(map, float(i) / 255, dark);
            const std::uint8_t four[] = {c.r, c.g, c.b, 255};
            std::memcpy(entries + i * 4, four, 4);
        }
        glGenTextures(1, &texture);
        glBindTexture(GL_TEXTURE_2D, texture);
        glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_LINEAR);
        glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
        glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
        glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
        glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, 256, 1, 0, GL_RGBA, GL_UNSIGNED_BYTE, entries);
        return texture;
    }

    Source& source_of(const DrawMatrix& d, const ColorScale& scale) {
        const bool masked = d.style.mask.rank() > 0 && d.style.mask.size() == d.tensor.size();
        const int scaled =
            d.style.norm == Norm::per_row ? (d.style.map == Map::diverging ? 2 : 1) : 0;
        const Key key{d.tensor.data(), masked ? d.style.mask.data() : nullptr, d.tensor.cols(),
                      scaled};
        auto [it, fresh] = sources.try_emplace(key);
        Source& source = it->second;
        source.last_used = frame;
        if (!fresh) return source;
        source.tensor = std::make_shared<const Tensor>(d.tensor);
        if (masked) source.mask = std::make_shared<const Tensor>(d.style.mask);
        source.channels = masked ? 2 : 1;
        source.scaled = scaled != 0;
        //: every row between its own ends
        if (scaled) {
            Copy base;
            base.level.rows = d.tensor.rows(), base.level.cols = d.tensor.cols();
            base.level.values.resize(d.tensor.size() * std::size_t(source.channels));
            for (std::size_t i = 0; i < d.tensor.rows(); ++i)
                for (std::size_t j = 0; j < d.tensor.cols(); ++j) {
                    const float v = d.tensor.row(i)[j];
                    const std::size_t at = (i * d.tensor.cols() + j) * std::size_t(source.channels);
                    const float p = scale.position(v, i);
                    base.level.values[at] = !std::isfinite(v) ? v : scaled == 2 ? p * 2 - 1 : p;
                    if (masked) base.level.values[at + 1] = d.style.mask.row(i)[j] == 0 ? 1 : 0;
                }
            source.copies[{0, 0}] = std::move(base);
        } else if (masked) {
            Copy base;
            base.level.rows = d.tensor.rows(), base.level.cols = d.tensor.cols();
            base.level.values.resize(d.tensor.size() * 2);
            for (std::size_t i = 0; i < d.tensor.size(); ++i) {
                base.level.values[i * 2] = d.tensor.flat()[i];
                base.level.values[i * 2 + 1] = d.style.mask.flat()[i] == 0 ? 1 : 0;
            }
            source.copies[{0, 0}] = std::move(base);
        }
        return source;
    }
    using Copy = Source::Copy;

    // The copy at a level, pooled step by step from finer ones, which are kept for the next zoom.
    Copy& copy_at(Source& source, int kx, int ky) {
        const auto found = source.copies.find({kx, ky});
        if (found != source.copies.end()) return found->second;
        if (kx == 0 && ky == 0) return source.copies[{0, 0}];
        //: squares of a plain matrix were pooled by the worker that computed it
        if (source.channels == 1 && !source.scaled && kx == ky &&
            source.tensor->size() >= pyramid_from) {
            if (!source.pyramid) source.pyramid = pyramid_of(*source.tensor);
            if (std::size_t(kx) <= source.pyramid->levels.size()) {
                Copy& ready = source.copies[{kx, ky}];
                ready.shared = &source.pyramid->levels[std::size_t(kx) - 1];
                return ready;
            }
        }
        const int fx = ky > kx ? kx : kx - 1, fy = kx > ky ? ky : ky - 1;
        const Copy& fine = copy_at(source, fx, fy);
        const Level& level = fine.shared ? *fine.shared : fine.level;
        const bool plain = level.values.empty();
        const float* values = plain ? source.tensor->data() : level.values.data();
        const std::size_t rows = plain ? source.tensor->rows() : level.rows;
        const std::size_t cols = plain ? source.tensor->cols() : level.cols;
        Copy coarse;
        coarse.level = source.channels == 2 ? halved_masked(values, rows, cols, kx > fx, ky > fy)
                                            : halved(values, rows, cols, kx > fx, ky > fy);
        return source.copies[{kx, ky}] = std::move(coarse);
    }

    // Brings texels [r0, r1) × [c0, c1) of a copy onto its texture, all of them when they fit.
    void upload(Source& source, Copy& copy, std::size_t r0, std::size_t r1, std::size_t c0,
                std::size_t c1) {
        const Level& level = copy.shared ? *copy.shared : copy.level;
        const bool plain = level.values.empty();
        const float* values = plain ? source.tensor->data() : level.values.data();
        const std::size_t rows = plain ? source.tensor->rows() : level.rows;
        const std::size_t cols = plain ? source.tensor->cols() : level.cols;
        const std::size_t n = std::size_t(source.channels);
        const auto holds = [&] {
            return copy.texture && std::size_t(copy.first_row) <= r0 &&
                   std::size_t(copy.first_col) <= c0 &&
                   std::size_t(copy.first_row) + copy.rows >= r1 &&
                   std::size_t(copy.first_col) + copy.cols >= c1;
        };
        if (holds()) {
            glBindTexture(GL_TEXTURE_2D, copy.texture);
            return;
        }
        //: a window of the texels around those on show
        const auto window = [](std::size_t from, std::size_t to, std::size_t all) {
            const std::size_t length =
                std::min({all, tile_limit, std::max<std::size_t>(2048, to - from + 1024)});
            const std::size_t middle = (from + to) / 2;
            const std::size_t first = middle < length / 2 ? 0 : middle - length / 2;
            return std::pair{std::min(first, all - length), length};
        };
        const auto [first_row, row_count] = window(r0, r1, rows);
        const auto [first_col, col_count] = window(c0, c1, cols);
        if (!copy.texture) glGenTextures(1, &copy.texture);
        held -= copy.rows * copy.cols * n * sizeof(float);
        copy.first_row = int(first_row), copy.first_col = int(first_col);
        copy.rows = row_count, copy.cols = col_count;
        held += copy.rows * copy.cols * n * sizeof(float);
        glBindTexture(GL_TEXTURE_2D, copy.texture);
        glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
        glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
        glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAX_LEVEL, 0);
        glPixelStorei(GL_UNPACK_ROW_LENGTH, GLint(cols));
        glTexImage2D(GL_TEXTURE_2D, 0, n == 2 ? GL_RG32F : GL_R32F, GLsizei(col_count),
                     GLsizei(row_count), 0, n == 2 ? GL_RG : GL_RED, GL_FLOAT,
                     values + (first_row * cols + first_col) * n);
        glPixelStorei(GL_UNPACK_ROW_LENGTH, 0);
    }

    void draw(const Job& job, const ImDrawCmd& command) {
        const ImDrawData* data = ImGui::GetDrawData();
        const ImVec2 offset = data->DisplayPos, ratio = data->FramebufferScale;
        const DrawMatrix& d = job.matrix;
        const float rows = float(d.tensor.rows()), cols = float(d.tensor.cols());
        const Rect box{(job.box.x - offset.x) * ratio.x, (job.box.y - offset.y) * ratio.y,
                       job.box.w * ratio.x, job.box.h * ratio.y};
        const Rect clip{(command.ClipRect.x - offset.x) * ratio.x,
                        (command.ClipRect.y - offset.y) * ratio.y,
                        (command.ClipRect.z - command.ClipRect.x) * ratio.x,
                        (command.ClipRect.w - command.ClipRect.y) * ratio.y};
        const Rect seen = intersection(box, clip);
        if (seen.empty() || d.style.view.empty()) return;
        const Rect view{d.style.view.x * cols, d.style.view.y * rows, d.style.view.w * cols,
                        d.style.view.h * rows};

        //: the pooled copy with about one texel a pixel
        const auto level_of = [](float cells_a_pixel) {
            return cells_a_pixel < 2 ? 0 : int(std::floor(std::log2(cells_a_pixel)));
        };
        const int kx = level_of(view.w / box.w), ky = level_of(view.h / box.h);
        const ColorScale scale = color_scale(d.tensor, d.style, d.dark);
        Source& source = source_of(d, scale);
        Copy& copy = copy_at(source, kx, ky);

        //: which of its texels are on show
        const auto texel = [](float cell, float limit, int k) {
            return std::size_t(std::clamp(cell, 0.0f, limit - 1)) >> k;
        };
        const float left = view.x + (seen.x - box.x) / box.w * view.w;
        const float top = view.y + (seen.y - box.y) / box.h * view.h;
        const std::size_t c0 = texel(left, cols, kx), r0 = texel(top, rows, ky);
        const std::size_t c1 = texel(left + seen.w / box.w * view.w, cols, kx) + 1;
        const std::size_t r1 = texel(top + seen.h / box.h * view.h, rows, ky) + 1;
        glActiveTexture(GL_TEXTURE1);
        glBindTexture(GL_TEXTURE_2D, map_texture(d.style.map, d.dark));
        glActiveTexture(GL_TEXTURE0);
        glPixelStorei(GL_UNPACK_ALIGNMENT, 4);
        upload(source, copy, r0, r1, c0, c1);

        GLint viewport[4];
        glGetIntegerv(GL_VIEWPORT, viewport);
        glEnable(GL_SCISSOR_TEST);
        glScissor(GLint(seen.x), GLint(float(viewport[3]) - seen.bottom()),
                  GLsizei(std::ceil(seen.w)), GLsizei(std::ceil(seen.h)));
        glUseProgram(program);
        glBindVertexArray(array);
        const Theme& colours = theme(d.dark);
        const auto four = [&](const char* name, Color c, float alpha) {
            glUniform4f(at(name), float(c.r) / 255, float(c.g) / 255, float(c.b) / 255, alpha);
        };
        const float pixels = job.scale * ratio.x;
        const float cell = std::min(box.w / view.w, box.h / view.h);
        glUniform1i(at("u_data"), 0), glUniform1i(at("u_map"), 1);
        glUniform4f(at("u_box"), box.x, box.y, box.w, box.h);
        glUniform2f(at("u_screen"), float(viewport[2]), float(viewport[3]));
        glUniform4f(at("u_view"), view.x, view.y, view.w, view.h);
        glUniform2i(at("u_level"), kx, ky);
        glUniform2i(at("u_first"), copy.first_col, copy.first_row);
        glUniform2i(at("u_cells"), int(d.tensor.cols()), int(d.tensor.rows()));
        const bool log = d.style.norm == Norm::log;
        glUniform1i(at("u_norm"), !log                                             ? 0
                                  : d.style.map == Map::diverging || scale.low < 0 ? 2
                                                                                   : 1);
        if (source.scaled)
            glUniform2f(at("u_domain"), d.style.map == Map::diverging ? -1.0f : 0.0f, 1.0f);
        else
            glUniform2f(at("u_domain"), scale.low, scale.high);
        const float gap = cell >= 8 * pixels ? std::round(d.style.gap * pixels) : 0;
        glUniform1f(at("u_gap"), gap);
        glUniform1f(at("u_scale"), pixels);
        glUniform1f(at("u_alpha"), d.alpha);
        four("u_hidden", colours.sunken, 1), four("u_hatch", colours.text_quiet, 0.55f);
        four("u_chevron_dark", rgb(0x15171C), 1), four("u_chevron_light", rgb(0xFFFFFF), 1);
        glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
    }
};

GlPainter::GlPainter() : state_(std::make_unique<State>()) {}
GlPainter::~GlPainter() = default;

void GlPainter::begin_frame() {
    ++state_->frame;
    state_->jobs.clear();
    state_->sweep();
}

void GlPainter::paint(ImDrawList& list, const DrawMatrix& matrix, const Rect& box, float scale) {
    if (box.empty() || matrix.tensor.size() == 0) return;
    state_->jobs.push_back({state_.get(), matrix, box, scale});
    list.AddCallback(
        [](const ImDrawList*, const ImDrawCmd* command) {
            const auto* job = static_cast<const State::Job*>(command->UserCallbackData);
            job->state->draw(*job, *command);
        },
        &state_->jobs.back());
    list.AddCallback(ImDrawCallback_ResetRenderState, nullptr);
}

std::size_t GlPainter::bytes() const { return state_->held; }

}  // namespace orrery::viz
