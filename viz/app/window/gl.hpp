// GL: the OpenGL that this build draws with, 3.3 in a window and ES 3.0 (WebGL 2) in a browser
#pragma once

#ifdef __EMSCRIPTEN__
#include <GLES3/gl3.h>
namespace orrery::viz {
inline constexpr const char* glsl_version = "#version 300 es";
inline constexpr const char* glsl_precision =
    "precision highp float;\nprecision highp int;\nprecision highp sampler2D;\n";
}  // namespace orrery::viz
#else
#define GL_GLEXT_PROTOTYPES
#include <GL/glcorearb.h>
namespace orrery::viz {
inline constexpr const char* glsl_version = "#version 330 core";
inline constexpr const char* glsl_precision = "";
}  // namespace orrery::viz
#endif
