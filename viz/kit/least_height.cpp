#include "viz/kit/least_height.hpp"

namespace orrery::viz {

void with_least_height(Canvas& c, const View& view, float least,
                       const std::function<void(Canvas&, const View&)>& draw) {
    if (view.compact || view.size.h >= least || view.size.h <= 0) return draw(c, view);
    const float k = view.size.h / least;
    View roomy = view;
    roomy.size = {view.size.w / k, least};
    Canvas large(roomy.size, view.dark, view.high_contrast);
    draw(large, roomy);
    c.embed(large, {0, 0, view.size.w, view.size.h}, k);
}

}  // namespace orrery::viz
