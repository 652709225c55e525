// Lines a pixel wide however far away, a stronger one every fifth, the axes in subtle colours;
// all fade with distance and towards the horizon, where lines would crowd.
#include "camera.glsl"

const float STEP_M = 0.1;
const float STRONG_EVERY = 5.0;
const vec3 X_AXIS = vec3(0.85, 0.35, 0.35);
const vec3 Z_AXIS = vec3(0.35, 0.50, 0.90);

uniform float ground_m;
uniform float half_size_m;
uniform vec3 line_colour;
uniform float strength;

in vec2 ground;

out vec4 premultiplied;

// Coverage of lines at whole numbers of each coordinate; crowded ones fade into nothing.
vec2 lines_at(vec2 place) {
    vec2 per_pixel = max(fwidth(place), 1e-6);
    vec2 away = abs(fract(place - 0.5) - 0.5) / per_pixel;
    return clamp(1.0 - away, 0.0, 1.0) * clamp(1.5 - 3.0 * per_pixel, 0.0, 1.0);
}

void main() {
    vec2 fine = lines_at(ground / STEP_M);
    vec2 strong = lines_at(ground / (STEP_M * STRONG_EVERY));
    vec2 axis = clamp(1.0 - abs(ground) / max(fwidth(ground), 1e-6), 0.0, 1.0);
    float alpha = max(0.5 * max(fine.x, fine.y), max(strong.x, strong.y));
    vec3 colour = line_colour;
    // The x axis runs where z is 0.
    colour = mix(colour, X_AXIS, axis.y);
    colour = mix(colour, Z_AXIS, axis.x);
    alpha = max(alpha, 1.5 * max(axis.x, axis.y));

    vec3 to_eye = camera.eye.xyz - vec3(ground.x, ground_m, ground.y);
    float grazing = smoothstep(0.0, 0.12, to_eye.y / length(to_eye));
    float near = 1.0 - smoothstep(0.4, 1.0, length(ground) / half_size_m);
    premultiplied = vec4(colour, 1.0) * min(1.0, strength * alpha * grazing * near);
}
