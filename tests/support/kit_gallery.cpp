#include "tests/support/kit_gallery.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/random.hpp"
#include "viz/kit/flow.hpp"
#include "viz/kit/matrix.hpp"
#include "viz/kit/plot.hpp"
#include "viz/kit/table.hpp"
#include "viz/kit/tokens.hpp"

namespace orrery::test {
namespace {

using namespace viz;

Tensor draws(const Shape& shape, const char* purpose, float scale = 1) {
    Tensor t(shape);
    Random random(7, purpose);
    for (float& v : t.flat()) v = random.normal() * scale;
    return t;
}

// A causal attention over n tokens.
struct Attention {
    Tensor scores, mask, weights;
    explicit Attention(std::size_t n)
        : scores(draws({n, n}, "scores")), mask({n, n}, 1.0f), weights({n, n}) {
        for (std::size_t i = 0; i < n; ++i) {
            float sum = 0;
            for (std::size_t j = 0; j < n; ++j) {
                mask.row(i)[j] = j <= i ? 1.0f : 0.0f;
                if (j <= i) sum += std::exp(scores.row(i)[j]);
            }
            for (std::size_t j = 0; j <= i; ++j)
                weights.row(i)[j] = std::exp(scores.row(i)[j]) / sum;
        }
    }
};

Canvas matrices(Size size, bool dark, Language language) {
    Canvas c(size, dark);
    const bool chinese = language == Language::chinese;
    const std::vector<std::string> words =
        chinese ? std::vector<std::string>{"小猫", "坐在", "垫子", "上", "睡着", "了", "。"}
                : std::vector<std::string>{"The", "animal", "didn't", "cross",
                                           "the", "street", "because"};
    const Attention a(words.size());
    Trace trace;
    trace.add("q", draws({7, 8}, "q")), trace.add("k", draws({7, 8}, "k"));
    trace.add("v", draws({7, 8}, "v"));
    trace.add("scores", a.scores), trace.add("weights", a.weights);
    trace.add("out", draws({7, 8}, "out"));
    Tensor odd = draws({6, 6}, "odd");
    odd.flat()[7] = std::numeric_limits<float>::quiet_NaN();
    odd.flat()[14] = std::numeric_limits<float>::infinity();
    odd.flat()[21] = -std::numeric_limits<float>::infinity();
    trace.add("odd", odd);
    Tensor large = draws({1024, 1024}, "large", 0.1f);
    large.row(512)[300] = 4;
    trace.add("large", large), trace.add("wide", draws({6, 300}, "wide"));
    trace.add("gain", draws({8}, "gain"));

    View view;
    view.language = language, view.dark = dark, view.size = size;
    view.hover = {"weights", -1, -1, 5, 2, -1};
    view.lock = {"weights", -1, -1, 3, 1, -1};
    view.explanation.operands = {{"scores", 5, 6, 0, 6}, {"q", 5, 6, 0, 8},   {"k", 0, 7, 0, 8},
                                 {"v", 0, 7, 0, 8},      {"odd", 0, 1, 0, 1}, {"wide", 0, 1, 0, 1},
                                 {"large", 0, 1, 0, 1}};
    view.pointed = {"scores"};

    Rect page = Rect{0, 0, size.w, size.h}.inset(24);
    const float strip = token_strip(c, page, words, view);
    page.take_top(strip + 20);
    const std::string query = chinese ? "查询" : "query", key = chinese ? "键" : "key";

    Flow flow(c, view, page.take_top(page.h * 0.56f));
    flow.stage("q", 1, 190, [&](const Rect& box) {
        Rect rest = box;
        const Rect upper = rest.take_top(box.h / 2 - 6);
        rest.take_top(12);
        matrix(c, upper, trace, "q", view,
               {.title = "Q",
                .role = Role::query,
                .row_names = words,
                .max_cell = 28,
                .legend = false});
        matrix(
            c, rest, trace, "k", view,
            {.title = "K", .role = Role::key, .row_names = words, .max_cell = 28, .legend = false});
    });
    flow.arrow("÷ √d");
    flow.stage("scores", 1.2f, 240, [&](const Rect& box) {
        matrix(c, box, trace, "scores", view,
               {.title = chinese ? "分数" : "scores",
                .row_names = words,
                .col_names = words,
                .row_axis = query,
                .col_axis = key,
                .mask = &a.mask});
    });
    flow.arrow("softmax");
    flow.stage("weights", 1.2f, 240, [&](const Rect& box) {
        matrix(c, box, trace, "weights", view,
               {.title = chinese ? "注意力权重" : "attention weights",
                .role = Role::attention,
                .map = Map::cividis,
                .norm = Norm::linear,
                .low = 0,
                .high = 1,
                .row_names = words,
                .col_names = words,
                .row_axis = query,
                .col_axis = key,
                .mask = &a.mask});
    });
    flow.arrow("× V");
    flow.stage("v", 0.8f, 170, [&](const Rect& box) {
        matrix(c, box, trace, "v", view,
               {.title = "V", .role = Role::value, .max_cell = 28, .reveal = 0.63f});
    });
    flow.finish();

    page.take_top(24);
    const float width = (page.w - 3 * 24) / 4;
    matrix(c, page.take_left(width), trace, "odd", view,
           {.title = "NaN, ±∞",
            .map = Map::viridis,
            .norm = Norm::linear,
            .col_axis = chinese ? "特征" : "feature"});
    page.take_left(24);
    matrix(c, page.take_left(width), trace, "large", view,
           {.title = "1024 × 1024",
            .map = Map::viridis,
            .norm = Norm::linear,
            .row_axis = chinese ? "输出" : "out",
            .col_axis = chinese ? "输入" : "in"});
    page.take_left(24);
    Rect column = page.take_left(width);
    matrix(c, column.take_top(page.h / 2), trace, "wide", view,
           {.title = chinese ? "六行三百列" : "wide",
            .norm = Norm::log,
            .row_axis = chinese ? "行" : "row",
            .col_axis = chinese ? "列" : "column"});
    page.take_left(24);
    View plain = view;
    plain.explanation.operands.clear();
    Rect cards = page;
    matrix(c, cards.take_top(page.h / 2), trace, "gain", plain,
           {.title = chinese ? "增益" : "gain", .col_axis = chinese ? "特征" : "feature"});
    plain.compact = true;
    matrix(c, cards.take_top(page.h / 2), trace, "scores", plain, {.mask = &a.mask});
    return c;
}

Canvas plots(Size size, bool dark, Language language) {
    Canvas c(size, dark);
    const Theme& t = c.theme();
    const bool chinese = language == Language::chinese;
    View view;
    view.language = language, view.dark = dark, view.size = size;
    Rect page = Rect{0, 0, size.w, size.h}.inset(24);

    Series train{chinese ? "训练" : "train", {}, {}, t.query, Dash::solid, "▲"};
    Series valid{chinese ? "验证" : "validation", {}, {}, t.key, Dash::dashed, "◆"};
    Random random(7, "loss");
    for (int i = 0; i <= 2000; ++i) {
        const float x = float(i);
        const float loss = 1.5f + 2.7f * std::exp(-x / 260);
        train.x.push_back(x), train.y.push_back(loss + 0.06f * random.normal());
        if (i % 100 == 0) valid.x.push_back(x), valid.y.push_back(loss + 0.12f);
    }
    Rect upper = page.take_top(page.h * 0.48f);
    PlotLook look;
    look.title = chinese ? "损失" : "Loss", look.x_axis = chinese ? "步" : "step",
    look.y_axis = chinese ? "每个词元的纳特" : "nats per token";
    look.cursor = 840, look.id = "loss", look.action = "step";
    line_plot(c, upper.take_left(upper.w * 0.58f), {train, valid}, look, view);
    upper.take_left(24);

    Series norm{chinese ? "梯度" : "gradient", {}, {}, t.attention, Dash::solid, "■"};
    for (int i = 0; i <= 400; ++i)
        norm.x.push_back(float(i)),
            norm.y.push_back(
                i > 200 && i < 210 ? NAN : std::pow(10.0f, std::sin(float(i) / 40) * 1.5f - 1));
    PlotLook log_look;
    log_look.title = chinese ? "梯度范数" : "Gradient norm",
    log_look.x_axis = chinese ? "步" : "step", log_look.log_y = true,
    log_look.y_axis = chinese ? "范数" : "norm";
    line_plot(c, upper, {norm}, log_look, view);

    page.take_top(24);
    const float width = (page.w - 48) / 3;
    Rect left = page.take_left(width);
    const Tensor values = draws({4000}, "histogram", 0.02f);
    PlotLook h;
    h.title = chinese ? "权重" : "Weights", h.x_axis = chinese ? "值" : "value",
    h.y_axis = chinese ? "个数" : "count", h.id = "weights";
    histogram(c, left, values.flat(), 48, t.value, h, view);
    page.take_left(24);
    Rect middle = page.take_left(width);
    PlotLook b;
    b.title = chinese ? "下一个词元" : "Next token", b.x_axis = chinese ? "概率" : "probability",
    b.x_low = 0, b.x_high = 1, b.id = "next";
    bars(c, middle,
         {{"the", 0.61f, t.query, "weights", 1, 0},
          {"cat", 0.22f, t.query, "weights", 1, 1},
          {"because", 0.09f, t.query, "", -1, -1},
          {"⏎", 0.03f, t.query, "", -1, -1},
          {"−loss", -0.2f, t.key, "", -1, -1}},
         b, view);
    page.take_left(24);
    table(c, page,
          {{chinese ? "层" : "Layer", Align::left, Font::body, 1},
           {chinese ? "形状" : "Shape", Align::left, Font::mono, 1},
           {chinese ? "范数" : "Norm", Align::right, Font::body, 0}},
          {{"block.0.attention.q", "[128, 128]", "11.31"},
           {"block.0.attention.k", "[128, 128]", "9.872"},
           {"block.0.feed_forward.up", "[512, 128]", "20.4"},
           {"norm.gain", "[128]", "1.02"}},
          {.id = "layers", .lit = 1}, view);
    return c;
}

Canvas words(Size size, bool dark, Language language) {
    Canvas c(size, dark);
    const Theme& t = c.theme();
    View view;
    view.language = language, view.dark = dark, view.size = size;
    Rect page = Rect{0, 0, size.w, size.h}.inset(24);
    c.text_in(page.take_top(36),
              language == Language::chinese ? "层归一化 LayerNorm"
                                            : "LayerNorm: the same row, centred and scaled",
              {Font::bold, text_title, t.text, Align::left});
    page.take_top(8);
    const char* text =
        language == Language::chinese
            ? "每一层都会往同一个向量上加一点东西，于是向量越来越长。归一化（normalization）把这种"
              "增长抵消掉：每一行先减去自己的均值，再除以自己的标准差。“增益”与“偏置”随后把尺度还给"
              "模型。"
            : "Every layer of a transformer adds a little to the same vector, so the vector grows. "
              "Normalisation undoes the growth: each row loses its own mean and is divided by its "
              "own standard deviation. Gain and bias then give the model its scale back.";
    const Rect used = c.paragraph({page.x, page.y, std::min(page.w, 640.0f), 0}, text,
                                  {Font::body, text_body, t.text, Align::left});
    page.take_top(used.h + 24);

    Rect row = page.take_top(120);
    const char* titles[] = {"Q", "K", "V", "softmax(QKᵀ/√d) V"};
    const Role roles[] = {Role::query, Role::key, Role::value, Role::attention};
    const float width = (row.w - 3 * 16) / 4;
    for (int i = 0; i < 4; ++i) {
        Rect inside = flow_box(c, row.take_left(width), titles[i], roles[i],
                               i == 3 ? "attention/scaled_dot_product" : "");
        c.paragraph(inside,
                    language == Language::chinese ? "形状为词元数乘宽度" : "tokens by width",
                    {Font::body, text_label, t.text_quiet, Align::left});
        row.take_left(16);
    }
    page.take_top(24);
    std::vector<std::string> tokens{"The", " cat", " sat", "\n",   "\xE4\xBD",
                                    "猫",  " on",  " the", " mat", "."};
    view.lock = {"weights", -1, -1, 1, 8, -1};
    page.take_top(token_strip(c, page, tokens, view) + 24);

    Rect swatches = page.take_top(64);
    for (const Color color :
         {t.background, t.surface, t.raised, t.sunken, t.hairline, t.outline, t.accent, t.good,
          t.warning, t.bad, t.focus, t.query, t.key, t.value, t.attention}) {
        c.rect(swatches.take_left(48), color, corner, {t.outline, 1});
        swatches.take_left(12);
    }
    page.take_top(16);
    for (const Map map : {Map::cividis, Map::viridis, Map::grey, Map::diverging}) {
        MatrixStyle style;
        style.map = map, style.norm = Norm::linear, style.low = -1, style.high = 1;
        color_bar(c, page.take_top(24), style, view, map == Map::cividis);
    }
    c.text_in(page.take_top(32), "for (float v : x.row(i)) sum += v * v;  // √d ≈ 2.83, −0.5",
              {Font::mono, text_code, t.text, Align::left});
    return c;
}

}  // namespace

std::vector<std::pair<std::string, Canvas>> kit_gallery(Size size, bool dark, Language language) {
    std::vector<std::pair<std::string, Canvas>> pages;
    pages.emplace_back("matrices", matrices(size, dark, language));
    pages.emplace_back("plots", plots(size, dark, language));
    pages.emplace_back("words", words(size, dark, language));
    return pages;
}

}  // namespace orrery::test
