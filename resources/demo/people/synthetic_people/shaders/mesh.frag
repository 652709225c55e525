// Skin, eyes, mouth and clothes.
uniform sampler2D albedo;
uniform float relief;
uniform float oiliness;
uniform float lip_gloss;
uniform int shadow_taps;
in vec3 image_point;
in vec3 image_normal;
in vec3 neutral_point;
in vec2 atlas;
in vec4 seen;
in float openness;
flat in float material;
layout(location = 0) out vec4 picture;
layout(location = 1) out vec4 truth;

const float CLOTHES = 0.5;
const float LIPS = 1.0, GARMENT = 5.0, EYE_LEFT = 6.0, EYE_RIGHT = 7.0, TEETH = 8.0, INSIDE = 12.0;

// Mikkelsen 2010, Bump mapping unparametrized surfaces on the GPU.
vec3 bumped(vec3 normal, float height) {
    vec3 dx = dFdx(image_point), dy = dFdy(image_point);
    vec3 across = cross(dy, normal), up = cross(normal, dx);
    float area = dot(dx, across);
    vec3 slope = sign(area) * (dFdx(height) * across + dFdy(height) * up);
    return normalize(abs(area) * normal - slope);
}

void main() {
    vec4 painted = texture(albedo, atlas);
    vec3 base = linear(painted.rgb);
    vec3 normal = normalize(image_normal);
    if (normal.z > 0.0 && material > EYE_RIGHT) normal = -normal;
    bool is_eye = material == EYE_LEFT || material == EYE_RIGHT;
    bool is_mouth = material >= TEETH;
    bool is_cloth = material == GARMENT;
    if (!is_eye && !is_mouth) normal = bumped(normal, painted.a * relief);
    vec3 towards = vec3(0.0, 0.0, -1.0);
    float wetness = is_eye ? 1.0 : is_mouth ? 0.7 : is_cloth ? 0.0 : material == LIPS ? lip_gloss : oiliness;
    float shine = is_eye ? 140.0 : is_mouth ? 60.0 : material == LIPS ? 36.0 : 16.0;
    vec3 wrap = is_cloth ? vec3(0.0) : is_eye ? vec3(0.25) : vec3(0.32, 0.14, 0.10);
    vec3 diffuse = vec3(0.0), gloss = vec3(0.0);
    float facing = clamp(1.0 - dot(normal, towards), 0.0, 1.0);
    float fresnel = 0.035 + 0.4 * pow(facing, 5.0);
    for (int i = 0; i < lights; i++) {
        float cosine = dot(normal, light_direction[i]);
        float share = is_mouth ? 0.85 : reached(seen, i);
        if (i == 0) share = min(share * 1.4, 1.0) * mix(0.12, 1.0, key_shadow(image_point, 0.006, shadow_taps));
        vec3 lit = max((vec3(cosine) + wrap) / (1.0 + wrap), 0.0);
        diffuse += light_colour[i] * lit * share;
        vec3 half_way = normalize(light_direction[i] + towards);
        float mirrored = max(dot(normal, half_way), 0.0);
        float lobe = 0.7 * pow(mirrored, shine) * (shine + 8.0) / 25.0
            + 0.3 * pow(mirrored, 3.5 * shine) * (3.5 * shine + 8.0) / 25.0;
        gloss += light_colour[i] * lobe * fresnel * share * step(0.0, cosine);
    }
    float open = is_mouth ? 0.75 : openness;
    vec3 around = surrounding(normal) * open;
    // Light that leaks through skin is red.
    vec3 leak = is_cloth || is_eye ? vec3(1.0) : mix(vec3(1.0, 0.55, 0.45), vec3(1.0), open);
    vec3 light = base * (diffuse * 0.9 + around * leak) + wetness * (gloss + surrounding(reflect(-towards, normal)) * fresnel * open * 0.6);
    picture = vec4(toned(light), is_cloth ? CLOTHES : 1.0);
    truth = vec4(neutral_point, image_point.z);
}
