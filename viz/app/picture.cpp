#include "viz/app/picture.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/error.hpp"
#include "viz/kit/header.hpp"
#include "viz/kit/matrix.hpp"

namespace orrery::viz {
namespace {

// A panel without a drawing of its own: every tensor of its trace as a labelled matrix.
void draw_trace(Canvas& c, const Trace& trace, const View& view) {
    std::vector<const Entry*> entries;
    for (const Entry& entry : trace.entries())
        if (entry.tensor.size() > 0 && entry.tensor.rank() > 0) entries.push_back(&entry);
    if (entries.empty()) return;
    const Rect page = Rect{0, 0, view.size.w, view.size.h}.inset(view.compact ? 8 : 16);
    const std::size_t most = view.compact ? 4 : 12;
    const std::size_t count = std::min(entries.size(), most);
    const auto columns = std::size_t(std::clamp(
        std::ceil(std::sqrt(double(count) * double(page.w) / double(std::max(page.h, 1.0f)) / 1.6)),
        1.0, double(count)));
    const std::size_t rows = (count + columns - 1) / columns;
    for (std::size_t i = 0; i < count; ++i) {
        const Rect cell{page.x + page.w * float(i % columns) / float(columns),
                        page.y + page.h * float(i / columns) / float(rows), page.w / float(columns),
                        page.h / float(rows)};
        MatrixLook look;
        look.title = entries[i]->name;
        look.legend = !view.compact;
        if (entries[i]->tensor.rank() > 2) look.slice = 0;
        matrix(c, cell.inset(8), trace, entries[i]->name, view, look);
    }
}

}  // namespace

Canvas draw_picture(const OpenPanel& panel, const Shown& shown, const View& view) {
    Canvas c(view.size, view.dark, view.high_contrast);
    if (!shown.trace) {
        if (!shown.error.empty()) {
            const float width = std::max(80.0f, std::min(view.size.w - 64, 560.0f));
            const Rect box{(view.size.w - width) / 2, view.size.h / 3, width, 120};
            c.paragraph(box, shown.error, {Font::body, text_body, c.theme().text});
        }
        return c;
    }
    try {
        if (panel.panel.draw)
            panel.panel.draw(c, *shown.trace, view);
        else
            draw_trace(c, *shown.trace, view);
        return c;
    } catch (const std::exception& e) {
        Canvas failed(view.size, view.dark, view.high_contrast);
        failed.paragraph(Rect{0, 0, view.size.w, view.size.h}.inset(24), e.what(),
                         {Font::body, text_body, failed.theme().text});
        return failed;
    }
}

std::string badge_of(std::string_view id) {
    const Header* header = find_header(id);
    return header ? header->badge : "";
}

}  // namespace orrery::viz
