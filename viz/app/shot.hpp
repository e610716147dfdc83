// Shot: pictures and words without a display
#pragma once

#include <string>
#include <vector>

#include "viz/app/session.hpp"
#include "viz/kit/canvas.hpp"

namespace orrery::viz {

struct ShotOptions {
    Size size{1280, 720};              // in logical pixels
    float scale = 1;                   // of the file: 2 gives twice as many pixels each way
    bool window = false;               // the whole window instead of the picture alone
    bool footer = false;               // title, link and seed below the picture
    std::string theme, lang;           // "" as the link says
    bool card = false;                 // the picture as it looks on a gallery card
    std::vector<std::string> actions;  // done first, in the action language
};

// The session as it is.
Canvas shot_of(const Session& session, const ShotOptions& options);
// The link, opened strictly and computed (a job runs to the link's step). ValueError when there is
// no such component or the computation fails.
Canvas shot_of_link(const std::string& link, const ShotOptions& options);

// By the path's ending: .svg with text as text, .png through an off-screen OpenGL context. The link
// goes into the metadata. ValueError for another ending, FormatError when it cannot be written.
void write_canvas(const Canvas& canvas, const std::string& path, float scale,
                  const std::string& link);

}  // namespace orrery::viz
