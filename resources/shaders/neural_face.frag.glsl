// Colours of a neural face, from the points that the surface pass left. With several points a
// pixel, those of the same piece of skin share a colour; only edges are decoded more than once.
#include "camera.glsl"
#include "samples.glsl"
#include "pixel_decoder.glsl"

const float SAME_PLACE = 1.0 / 64.0;    // of the atlas

uniform SAMPLES surface;                // u, v, metres (0: nothing), headlight
uniform int sample_count;
uniform vec3 shares;                    // of the textures in what is shown
uniform bool relative;                  // to the basic texture, on mid grey

layout(location = 0) out vec4 colour;
layout(location = 1) out float nearest_m;

// World place of a pixel at a distance.
vec3 place_of(vec2 pixel, float z_m) {
    vec2 image = vec2(pixel.x, camera.image.y - pixel.y);
    vec3 local = vec3((image - camera.lens.zw) / camera.lens.xy * z_m, z_m);
    return transpose(mat3(camera.view)) * (local - camera.view[3].xyz);
}

vec3 shown(vec4 point) {
    vec3 place = place_of(gl_FragCoord.xy, point.z);
    vec3 total = vec3(relative ? 0.5 : 0.0);
    // A loop, so that the network is compiled once.
    for (int turn = 0; turn < (relative ? 2 : 1); ++turn) {
        vec3 decoded = decoded_colour(point.xy, place, turn == 0 ? shares : vec3(1.0, 0.0, 0.0));
        total += turn == 0 ? decoded : -decoded;
    }
    return clamp(total, 0.0, 1.0) * point.w;
}

void main() {
    ivec2 pixel = ivec2(gl_FragCoord.xy);
    vec4 total = vec4(0.0);
    vec4 last = vec4(-1.0);
    vec3 last_colour = vec3(0.0);
    float nearest = NOTHING_M, farthest = 0.0;
    bool open = false;
    for (int index = 0; index < sample_count; ++index) {
        vec4 point = texelFetch(surface, pixel, index);
        if (point.z <= 0.0) {
            open = true;
            continue;
        }
        vec2 away = abs(point.xy - last.xy);
        if (max(away.x, away.y) > SAME_PLACE) {
            last_colour = shown(point);
            last = point;
        }
        total += vec4(last_colour, 1.0);
        nearest = min(nearest, point.z);
        farthest = max(farthest, point.z);
    }
    colour = total / float(sample_count);
    nearest_m = nearest;
    gl_FragDepth = open ? 1.0 : window_depth(farthest);
}
