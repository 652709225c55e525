// Colours of a neural face, from the points that the surface pass left. With several points a
// pixel, those of the same piece of skin share a colour; only edges are decoded more than once.
#include "camera.glsl"
#include "samples.glsl"
#include "pixel_decoder.glsl"
#ifdef PAINTED
#include "paint.glsl"
#endif

const float SAME_PLACE = 1.0 / 64.0;    // of the atlas

uniform SAMPLES surface;                // u, v, metres (0: nothing), headlight
uniform int sample_count;
uniform vec3 shares;                    // of the textures in what is shown
uniform bool relative;                  // to the basic texture, on mid grey
uniform float coarsest_paint;           // level of detail

layout(location = 0) out vec4 colour;
layout(location = 1) out float nearest_m;

// World place of a pixel at a distance.
vec3 place_of(vec2 pixel, float z_m) {
    vec2 image = vec2(pixel.x, camera.image.y - pixel.y);
    vec3 local = vec3((image - camera.lens.zw) / camera.lens.xy * z_m, z_m);
    return transpose(mat3(camera.view)) * (local - camera.view[3].xyz);
}

#ifdef PAINTED
// How far a pixel beside the one at hand is away in the atlas. Beyond a seam or an edge: far.
float way_to(ivec2 beside, int index, vec2 uv) {
    ivec2 last = ivec2(camera.image.xy) - 1;
    vec4 there = texelFetch(surface, clamp(beside, ivec2(0), last), index);
    return there.z > 0.0 ? distance(there.xy, uv) : SAME_PLACE;
}

// Level of detail at which a texel of the paint is as large as a pixel.
float paint_level(int index, vec2 uv) {
    ivec2 pixel = ivec2(gl_FragCoord.xy);
    float across = min(way_to(pixel + ivec2(1, 0), index, uv), way_to(pixel - ivec2(1, 0), index, uv));
    float up = min(way_to(pixel + ivec2(0, 1), index, uv), way_to(pixel - ivec2(0, 1), index, uv));
    float texels = sqrt(across * up) * float(textureSize(paint_colour, 0).x);
    return clamp(log2(max(texels, 1.0)), 0.0, coarsest_paint);
}
#endif

vec3 shown(vec4 point, int index) {
    vec3 place = place_of(gl_FragCoord.xy, point.z);
    vec3 parts = shares;
    bool compares = relative;           // with the basic texture, by a second turn of the network
#ifdef PAINTED
    vec2 at = vec2(point.x, 1.0 - point.y);
    float level = paint_level(index, point.xy);
    vec4 paint = textureLod(paint_colour, at, level);
    parts.yz *= textureLod(paint_shares, at, level).xy / AS_IT_IS;
    compares = compares || (paint.a > 0.0 && parts.yz != vec2(0.0));
#endif
    vec3 bare = vec3(0.0), basic = vec3(0.0);
    // A loop, so that the network is compiled once.
    int turn = 0;
    do {
        basic = decoded_colour(point.xy, place, turn == 0 ? parts : vec3(1.0, 0.0, 0.0));
        bare = turn == 0 ? basic : bare;
    } while (++turn < (compares ? 2 : 1));
    vec3 total = bare;
#ifdef PAINTED
    total = painted(bare, basic, paint);
    basic = painted(basic, basic, paint);
#endif
    if (relative) total = 0.5 + total - basic;
    return clamp(total, 0.0, 1.0) * point.w;
}

void main() {
    ivec2 pixel = ivec2(gl_FragCoord.xy);
    float nearest = NOTHING_M, farthest = 0.0;
    int pending = 0;                    // a bit for every sample that wants a colour
    for (int index = 0; index < sample_count; ++index) {
        float z_m = texelFetch(surface, pixel, index).z;
        pending |= z_m > 0.0 ? 1 << index : 0;
        nearest = z_m > 0.0 ? min(nearest, z_m) : nearest;
        farthest = max(farthest, z_m);
    }
    gl_FragDepth = pending == (1 << sample_count) - 1 ? window_depth(farthest) : 1.0;
    nearest_m = nearest;
    vec4 total = vec4(0.0);
    // Software rasterisers do all that some pixel of a few needs: one turn for the samples of one
    // piece of skin, another only where pieces meet.
    do {
        int first = max(findLSB(pending), 0);
        vec4 lead = texelFetch(surface, pixel, first);
        vec4 decoded = vec4(shown(lead, first), 1.0);
        for (int index = 0; index < sample_count; ++index) {
            vec2 away = abs(texelFetch(surface, pixel, index).xy - lead.xy);
            bool same = (pending >> index & 1) == 1 && max(away.x, away.y) <= SAME_PLACE;
            total += same ? decoded : vec4(0.0);
            pending = same ? pending & ~(1 << index) : pending;
        }
        pending &= ~(1 << first);       // a place that is no number is not even near itself
    } while (pending != 0);
    colour = total / float(sample_count);
}
