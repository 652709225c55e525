// Lights fixed to the camera; image axes: x right, y down, z away from the viewer.
const int LIGHTS = 4;
uniform int lights;
uniform vec3 light_direction[LIGHTS];
uniform vec3 light_direction_head[LIGHTS];
uniform vec3 light_colour[LIGHTS];
uniform vec4 ambient[3];
uniform mat4 key_view;
uniform sampler2D key_depth;

vec3 linear(vec3 srgb) { return pow(srgb, vec3(2.2)); }

vec3 toned(vec3 light) {
    vec3 soft = 0.6 + 0.4 * (1.0 - exp(-(light - 0.6) / 0.4));
    return pow(mix(light, soft, step(0.6, light)), vec3(1.0 / 2.2));
}

// Share of a light that reaches a point, from its visibility by direction (constant and gradient).
float reached(vec4 seen, int light) {
    return clamp(seen.x + dot(seen.yzw, light_direction_head[light]), 0.0, 1.0);
}

vec3 surrounding(vec3 normal) {
    vec4 basis = vec4(1.0, normal.x, -normal.y, -normal.z);
    return max(vec3(dot(ambient[0], basis), dot(ambient[1], basis), dot(ambient[2], basis)), 0.0);
}

// Taps on a grid of `taps` x `taps`.
float key_shadow(vec3 point, float bias, int taps) {
    vec3 place = (key_view * vec4(point, 1.0)).xyz * 0.5 + 0.5;
    float lit = 0.0;
    float texel = 1.0 / float(textureSize(key_depth, 0).x);
    for (int i = 0; i < taps * taps; i++) {
        vec2 at = place.xy + (vec2(i % taps, i / taps) - 0.5 * float(taps - 1)) * 1.6 * texel;
        lit += smoothstep(-0.5 * bias, 0.5 * bias, textureLod(key_depth, at, 0.0).r + bias - place.z);
    }
    return lit / float(taps * taps);
}
