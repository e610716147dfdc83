// Canvas: what pictures and the whole window are drawn on
//
// A canvas records a display list: shapes, text, matrices, and regions (what lies under the mouse
// and what a click does). The list is then painted by the ImGui draw list, written as SVG, or read
// by a test, so the three can not differ. Drawing is pure: it has no result but the list.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/tensor/tensor.hpp"
#include "viz/kit/geometry.hpp"
#include "viz/kit/selection.hpp"
#include "viz/kit/theme.hpp"

namespace orrery::viz {

enum class Font { body, bold, mono };
enum class Align { left, centre, right };
enum class Dash { solid, dashed, dotted, doubled };

struct TextStyle {
    Font font = Font::body;
    float size = text_body;
    Color color;
    Align align = Align::left;
};

struct Stroke {
    Color color;
    float width = 1.0f;
    Dash dash = Dash::solid;
};

// How numbers become colours.
enum class Norm { linear, log, per_row, symmetric };
struct MatrixStyle {
    Map map = Map::diverging;
    Norm norm = Norm::symmetric;
    float low = 0, high = 0;  // domain; low == high means fitted to the data
    Rect view{0, 0, 1, 1};    // the part on show, as fractions of columns (x, w) and rows (y, h)
    Tensor mask;              // [rows, cols], 0 = hatched; rank 0 = nothing is masked
    float gap = 1;            // pixels between cells, when they are large
};

// The commands of the display list. `clip` of each is what it may touch.
struct DrawRect {
    Rect box;
    Color fill;
    Stroke stroke;
    float radius;
};
struct DrawLine {
    std::vector<Point> points;
    Stroke stroke;
};
struct DrawPolygon {
    std::vector<Point> points;
    Color fill;
};
struct DrawCircle {
    Point centre;
    float radius;
    Color fill;
    Stroke stroke;
};
struct DrawHatch {
    Rect box;
    Color color;
    float spacing;
};
struct DrawText {
    Rect box;
    std::string text;
    TextStyle style;
};  // box: the line, as measured
struct DrawMatrix {
    Rect box;
    Tensor tensor;
    MatrixStyle style;
    bool dark;
    float alpha = 1;
};  // [rows, cols]

struct Command {
    std::variant<DrawRect, DrawLine, DrawPolygon, DrawCircle, DrawHatch, DrawText, DrawMatrix> what;
    Rect clip;
    int layer = 0;  // 0 the page, 1 what floats over it (menus), 2 the tooltip
};

// What lies under the mouse. The last region that contains the point wins.
struct Region {
    enum class Kind {
        hover,   // only shows its tip
        button,  // click: `action`
        slider,  // drag along x (or y when taller than wide): `action` + fraction in [0, 1]
        cells,   // a grid of rows × cols hit by arithmetic: selection `target` with row and col
        text,    // a text field; the app lays an input over it: `action` + text
        scroll,  // wheel and drag move what is inside: `action` + pixels
        drag,    // press and move: `action` + "dx dy"
    };
    std::string id;  // stable and unique in a frame: "knob.rows", "cells.scores", "tab.code"
    Rect box;
    Kind kind = Kind::hover;
    std::string action;  // in the action language of the app (viz/app/action.hpp); may be empty
    std::string tip;     // what it says on hover, when it is not a selection
    Selection target;    // what hovering selects
    std::size_t rows = 0, cols = 0;  // cells: the grid as it lies on the page
    bool transposed = false;         // cells: the tensor's rows run from left to right
    Rect view{0, 0, 1, 1};           // cells: the part of the grid on show
    std::string
        edit;  // cells: "q 0 0": a drag up or down changes the number (edit q 0 0 ROW COL V)
    float step = 0.1f;       // cells: what a few pixels of that drag change
    std::string paint;       // cells: "mask 0": click or drag turns cells on and off
    float value = 0;         // slider: the fraction now; scroll: the offset now
    std::string content;     // text: what the field holds now
    bool multiline = false;  // text
    bool enabled = true;
    int layer = 0;
};

class Canvas {
   public:
    explicit Canvas(Size size, bool dark = true, bool high_contrast = false);

    Size size() const { return size_; }
    const Theme& theme() const { return *theme_; }

    void rect(const Rect& box, Color fill, float radius = 0, Stroke stroke = {Color{}, 0});
    void outline(const Rect& box, Stroke stroke, float radius = 0);
    void line(Point a, Point b, Stroke stroke);
    void polyline(std::vector<Point> points, Stroke stroke);
    void polygon(std::vector<Point> points, Color fill);
    void circle(Point centre, float radius, Color fill, Stroke stroke = {Color{}, 0});
    void hatch(const Rect& box, Color color, float spacing = 6);
    // An arrow with a head at `b`.
    void arrow(Point a, Point b, Stroke stroke);
    // A matrix [rows, cols] as one picture; NaN is a magenta checker, ±Inf a chevron.
    void matrix(const Rect& box, const Tensor& tensor, const MatrixStyle& style);

    // One line of text whose top-left (by align: top-centre, top-right) is `at`. Returns its box.
    Rect text(Point at, std::string_view text, const TextStyle& style);
    // One line centred vertically in `box` and aligned in it; shortened with “…” when too wide.
    Rect text_in(const Rect& box, std::string_view text, const TextStyle& style);
    // Wrapped to the width of `box`, from its top; returns what was used. Breaks between Chinese
    // characters too. Text that does not fit the height is still drawn: check the result.
    Rect paragraph(const Rect& box, std::string_view text, const TextStyle& style);
    // The size of one line; of a wrapped paragraph.
    Size measure(std::string_view text, const TextStyle& style) const;
    Size measure_paragraph(float width, std::string_view text, const TextStyle& style) const;

    void push_clip(const Rect& box);
    void pop_clip();
    const Rect& clip() const { return clips_.back(); }
    void push_layer(int layer);
    void pop_layer();
    // Everything drawn until pop_alpha is that much fainter.
    void push_alpha(float alpha);
    void pop_alpha();

    void region(Region region);

    // Another canvas drawn into this one: its origin at the corner of `box`, everything `scale`
    // times as large, clipped to `box`. Its regions come along when `live`, in their order, before
    // later ones. With a `prefix` their ids begin with it and they only tell: they have no actions.
    void embed(const Canvas& picture, const Rect& box, float scale = 1.0f, bool live = true,
               std::string_view prefix = {});

    const std::vector<Command>& commands() const { return commands_; }
    const std::vector<Region>& regions() const { return regions_; }

   private:
    void dots(const Rect& box, const Tensor& tensor, MatrixStyle style);
    Color faded(Color color) const;
    void add(Command command);

    Size size_;
    const Theme* theme_;
    std::vector<Command> commands_;
    std::vector<Region> regions_;
    std::vector<Rect> clips_;
    std::vector<int> layers_{0};
    std::vector<float> alphas_{1.0f};
};

// The box of one line is its width by `text_height` em; its base line is `text_base` em below the
// top.
inline constexpr float text_height = 1.25f, text_base = 0.985f;
// Line height of wrapped text: the distance between base lines.
float line_height(const TextStyle& style);
// `text` broken to lines of at most `width`: at blanks, between Chinese characters (never before a
// closing or after an opening mark), at newlines; a word longer than a line is cut.
std::vector<std::string> wrap(std::string_view text, float width, const TextStyle& style);
// Whether a line may end between two characters (code points).
bool may_break(std::uint32_t before, std::uint32_t after);
// `text` shortened with “…” to at most `width`.
std::string shorten(std::string_view text, float width, const TextStyle& style);

// The topmost region at a point that reacts; nullptr where there is none.
const Region* hit(const std::vector<Region>& regions, Point p);
// Row and column under a point of a `cells` region.
Selection cell_at(const Region& region, Point p);

}  // namespace orrery::viz
