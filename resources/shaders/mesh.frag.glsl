// The face's texture is display-referred and already lit; `shading` adds a headlight on request.
#include "headlight.glsl"
#ifdef PAINTED
#include "paint.glsl"
#endif

const int COLOUR = 0, UV = 1, PARTS = 2, DISPLACEMENT = 3;
const float CHECKS = 32.0;          // along the atlas
const float FULL_SCALE_M = 0.0005;  // displacement that saturates a colour

uniform sampler2D albedo;
uniform sampler2D parts;            // the part of each triangle, a row of texels after the other
uniform int face_view;

centroid in vec2 atlas;
centroid in vec2 texture_uv;
in vec3 surface_normal;
in vec3 to_eye;
in vec3 displaced;

out vec4 colour;

vec3 uv_colour() {
    vec2 check = floor(atlas * CHECKS);
    float tone = mod(check.x + check.y, 2.0) < 1.0 ? 1.0 : 0.8;
    return tone * vec3(atlas, 0.25);
}

// Hues a golden section apart: neighbours in the list never look alike.
vec3 part_colour() {
    int width = textureSize(parts, 0).x;
    float part = texelFetch(parts, ivec2(gl_PrimitiveID % width, gl_PrimitiveID / width), 0).r;
    vec3 hue = fract(0.61803398875 * part + 0.08 + vec3(0.0, 2.0, 1.0) / 3.0);
    return mix(vec3(0.8), clamp(abs(6.0 * hue - 3.0) - 1.0, 0.0, 1.0), 0.55);
}

void main() {
    vec3 display;
    if (face_view == UV) display = uv_colour();
    else if (face_view == PARTS) display = part_colour();
    else if (face_view == DISPLACEMENT) display = 0.5 + 0.5 * displaced / FULL_SCALE_M;
    else display = texture(albedo, texture_uv).rgb;
#ifdef PAINTED
    display = painted(display, display, texture(paint_colour, texture_uv));
#endif
    colour = vec4(clamp(display, 0.0, 1.0) * headlight(surface_normal, to_eye), 1.0);
}
