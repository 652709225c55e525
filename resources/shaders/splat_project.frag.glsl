// Projects Gaussians: one fragment each, into records that the quads are drawn from. Records lie
// in the order of drawing, so that a batch of quads reads one stretch of them.
// The readable twin is avatar_core/gaussians/projection.py.
#include "camera.glsl"
#include "harmonics.glsl"
#include "splat_alpha.glsl"

const float DILATION_PX2 = 0.3;           // part of the model that training assumed
const float LARGEST_PX2 = 1e10;           // beyond any picture: a broken scale
const float FIELD_MARGIN = 1.3;           // of tan(half field of view), inside the Jacobian only
const vec2 SOFTNESS_RANGE_M = vec2(0.0005, 0.004);
const int MOST_BOXES = 12;                // along a quad; longer ones are left to the depth test

uniform usampler2D order;                 // which Gaussian each record is of
uniform int record_count;
uniform sampler2D means_opacities;
uniform sampler2D quats;                  // w x y z
uniform sampler2D scales_weights;         // w: how far it takes the tint of selected ones
uniform sampler2D tiles;                  // farthest that shows in squares of pixels, metres
uniform int tile_px;
uniform mat3 hair_turn;
uniform vec4 selection_tint;              // colour, strength
uniform bool show_depth;
uniform vec2 depth_range_m;               // light to dark

layout(location = 0) out vec4 place;      // centre px, depth m, opacity (0: not drawn)
layout(location = 1) out vec4 axes;       // two half axes of the quad, px, y down
layout(location = 2) out vec4 look;       // colour, softness m

mat3 rotation_from_quat(vec4 q) {
    float w = q.x, x = q.y, y = q.z, z = q.w;
    return mat3(1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y + w * z), 2.0 * (x * z - w * y),
                2.0 * (x * y - w * z), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z + w * x),
                2.0 * (x * z + w * y), 2.0 * (y * z - w * x), 1.0 - 2.0 * (x * x + y * y));
}

// Whether nothing at this distance can be seen in a box of pixels, y up.
bool box_is_hidden(vec2 low, vec2 high, float front_m) {
    ivec2 last = textureSize(tiles, 0) - 1;
    ivec2 first_tile = clamp(ivec2(floor(low / float(tile_px))), ivec2(0), last);
    ivec2 last_tile = clamp(ivec2(floor(high / float(tile_px))), ivec2(0), last);
    for (int y = first_tile.y; y <= last_tile.y; ++y) {
        for (int x = first_tile.x; x <= last_tile.x; ++x) {
            if (front_m <= texelFetch(tiles, ivec2(x, y), 0).r) return false;
        }
    }
    return true;
}

// Whether the quad is hidden: asked for boxes along its longer axis that cover it, about a tile
// long each, since one box around a slanted strand would reach far beyond it.
bool quad_is_hidden(vec2 centre, vec4 half_axes, float front_m) {
    vec2 middle = vec2(centre.x, camera.image.y - centre.y);
    vec2 major = vec2(half_axes.x, -half_axes.y);
    float boxes = ceil(2.0 * length(major) / float(tile_px));
    if (boxes > float(MOST_BOXES)) return false;
    vec2 stride = 2.0 * major / boxes;
    vec2 reach = 0.5 * abs(stride) + abs(half_axes.zw);
    for (float box = 0.5; box < boxes; ++box) {
        vec2 place = middle - major + box * stride;
        if (!box_is_hidden(place - reach, place + reach, front_m)) return false;
    }
    return true;
}

void main() {
    place = axes = look = vec4(0.0);
    ivec2 slot = ivec2(gl_FragCoord.xy);
    int width = textureSize(order, 0).x;
    if (slot.y * width + slot.x >= record_count) return;
    int index = int(texelFetch(order, slot, 0).r);
    ivec2 texel = data_texel(index, 1, 0, textureSize(means_opacities, 0).x);
    vec4 mean_opacity = texelFetch(means_opacities, texel, 0);
    vec3 local = (camera.view * vec4(mean_opacity.xyz, 1.0)).xyz;
    float opacity = mean_opacity.w;
    // Written so that a NaN fails it.
    if (!(local.z > camera.image.z && local.z < camera.image.w && opacity >= FAINTEST)) return;

    vec4 scale_weight = texelFetch(scales_weights, texel, 0);
    mat3 rotation = rotation_from_quat(normalize(texelFetch(quats, texel, 0)));
    mat3 axes_in_camera = mat3(camera.view) * rotation;
    for (int axis = 0; axis < 3; ++axis) axes_in_camera[axis] *= scale_weight[axis];
    mat3 rows = transpose(axes_in_camera);  // rows[i]: how the scaled axes move camera axis i

    vec2 focal = camera.lens.xy;
    vec2 slope = local.xy / local.z;
    vec2 limit = FIELD_MARGIN * 0.5 * camera.image.xy / focal;
    vec2 clamped = clamp(slope, -limit, limit);
    vec3 across = focal.x / local.z * (rows[0] - clamped.x * rows[2]);
    vec3 down = focal.y / local.z * (rows[1] - clamped.y * rows[2]);
    float xx = dot(across, across) + DILATION_PX2;
    float xy = dot(across, down);
    float yy = dot(down, down) + DILATION_PX2;

    if (!(xx + yy < LARGEST_PX2)) return;  // fails for a NaN as well

    float middle = 0.5 * (xx + yy);
    float spread = length(vec2(0.5 * (xx - yy), xy));
    // The smaller one cannot fall below the dilation, except by cancellation.
    vec2 deviations = sqrt(vec2(middle + spread, max(middle - spread, DILATION_PX2)));
    float turn = 0.5 * atan(2.0 * xy, xx - yy);
    vec2 major = spread > 0.0 ? vec2(cos(turn), sin(turn)) : vec2(1.0, 0.0);
    float radius = sqrt(2.0 * log(opacity / FAINTEST));
    vec4 half_axes = radius * vec4(deviations.x * major, deviations.y * vec2(-major.y, major.x));
    vec2 centre = camera.lens.zw + focal * slope;
#ifdef COARSE
    float softness = 0.0;
#else
    float softness = clamp(length(rows[2]), SOFTNESS_RANGE_M.x, SOFTNESS_RANGE_M.y);
#endif
    if (quad_is_hidden(centre, half_axes, local.z - softness)) return;

    vec3 way = transpose(hair_turn) * normalize(mean_opacity.xyz - camera.eye.xyz);
    vec3 colour = harmonic_colour(index, way);
    colour = mix(colour, selection_tint.rgb, selection_tint.a * scale_weight.w);
    if (show_depth) colour = vec3(depth_grey(local.z, depth_range_m));
    place = vec4(centre, local.z, opacity);
    axes = half_axes;
    look = vec4(colour, softness);
}
