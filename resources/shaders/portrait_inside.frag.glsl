// A warped photograph behind its lids and lips: what it shows there, and what it does not.
#include "portrait_picture.glsl"

uniform sampler2D filling; // white of the eyes; alpha: seen through open lids or lips
uniform vec4 filling_box;
uniform vec3 irises[2];
uniform vec2 iris_shifts[2];
uniform vec2 jaw_shift;
uniform float lips_parted; // in halves of the mouth's width
uniform vec3 tooth;
uniform float tooth_amount;
uniform float jaw_share;
uniform vec2 mouth_down; // half of its width, pixels

in vec2 place_px;
in vec4 in_mouth;
flat in int part;

out vec4 colour;

// As blurred as the surface asks for, wherever the colour is taken from.
vec3 photograph(vec2 px) {
    vec2 across = exp2(SHARPER) * dFdx(place_px) / picture_px;
    vec2 down = exp2(SHARPER) * dFdy(place_px) / picture_px;
    return textureGrad(picture, picture_uv(px), across, down).rgb;
}

vec4 filled(vec2 px) {
    return texture(filling, (px - filling_box.xy) / filling_box.zw);
}

float seen(vec2 px) {
    return filled(px).a;
}

// The iris with what the lids hide of it, mirrored from what they do not.
vec3 iris_colour(vec2 px, vec2 middle) {
    vec2 below = vec2(px.x, 2.0 * middle.y - px.y);
    vec2 within = middle + 0.35 * (px - middle);
    vec3 hidden = mix(photograph(within), photograph(below), seen(below));
    return mix(hidden, photograph(px), seen(px));
}

vec3 eye(vec3 iris, vec2 shift) {
    vec2 px = place_px - shift;
    float rim = length(px - iris.xy) / iris.z;
    vec4 guess = filled(place_px);
    vec3 known = photograph(place_px);
    // The white is the photograph's own, save where it has the iris or a lid.
    float was = length(place_px - iris.xy) / iris.z;
    vec3 white = mix(guess.rgb, known, guess.a * smoothstep(1.1, 1.4, was));
    vec3 moved = mix(iris_colour(px, iris.xy), white, smoothstep(0.95, 1.12, rim));
    float still = 1.0 - smoothstep(0.04, 0.3, length(shift) / iris.z);
    return mix(moved, known, guess.a * still);
}

// Teeth under the upper lip, for a photograph that shows none.
vec3 with_teeth(vec3 cavity, float across, float below) {
    float side = abs(across);
    float between = abs(fract(across / 0.19) - 0.5);
    float row = 0.30 - 0.14 * side * side - 0.035 * smoothstep(0.3, 0.5, between);
    float shape = (1.0 - smoothstep(row - 0.04, row + 0.02, below))
        * (1.0 - smoothstep(0.55, 0.9, side));
    float light = (1.0 - 0.45 * side * side) * (0.72 + 0.28 * smoothstep(0.0, 0.16, below));
    light *= 0.86 + 0.14 * smoothstep(0.5, 0.42, between);
    return mix(cavity, tooth * light, shape * tooth_amount);
}

vec3 mouth() {
    float across = in_mouth.x, below = in_mouth.y, share = in_mouth.z, gap = in_mouth.w;
    vec3 tongue = vec3(0.62, 0.27, 0.25) * tooth.r;
    vec3 dark = vec3(0.16, 0.055, 0.05) * tooth.r;
    float side = across * across;
    float lit = smoothstep(0.35 + 0.3 * side, 0.95, share) * (1.0 - smoothstep(0.1, 0.75, side));
    vec3 inside = mix(dark, tongue, 0.85 * lit);
    inside = with_teeth(inside, across, below);
    // What the photograph shows between the lips: above the split it stays with the skull, below
    // it goes with the jaw.
    float split = (1.0 - jaw_share) * gap;
    vec2 lower = place_px - jaw_shift;
    float lower_below = below - dot(jaw_shift, mouth_down) / dot(mouth_down, mouth_down);
    float of_jaw = jaw_share > 0.0 ? smoothstep(split - 0.08, split - 0.04, lower_below) : 0.0;
    inside = mix(inside, photograph(lower), seen(lower) * of_jaw);
    float of_skull = jaw_share > 0.0 ? 1.0 - smoothstep(split - 0.03, split + 0.03, below) : 1.0;
    float end = smoothstep(0.72, 0.96, below / max(gap, 0.02));
    // A lip raised above where it was shows more of the teeth's upper ends.
    float above = max(-below, 0.0);
    vec2 upper = place_px + (above + min(3.0 * above, min(0.12, 0.5 * gap))) * mouth_down;
    of_skull *= 1.0 - end * smoothstep(0.0, 0.05, lips_parted);
    // The line between closed lips is no part of what opens behind them.
    of_skull *= 1.0 - tooth_amount * smoothstep(0.0, 0.12, lips_parted);
    return mix(inside, photograph(upper), seen(upper) * of_skull);
}

void main() {
    vec3 shown = part == 3 ? mouth() : eye(irises[part - 1], iris_shifts[part - 1]);
    colour = vec4(shown, 1.0);
}
