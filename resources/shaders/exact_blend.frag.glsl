// MeGA's occlusion-aware blend (arXiv 2404.19026, section 3.4), premultiplied.
// The readable twin is avatar_core/mega/blend.py.
#include "camera.glsl"

const float BLUR_SIGMA_PX = 1.5;

uniform sampler2D face;             // one sample a pixel
uniform sampler2D hair;             // premultiplied
uniform sampler2D mask;
uniform sampler2D nearest_m;
uniform int blur_reach;             // 2, or 0 for none
uniform bool white_twice;           // hair is put on white before its alpha weighs it again
uniform bool show_depth;
uniform vec2 depth_range_m;

out vec4 premultiplied;

// Reflected about the middle of the outermost pixel.
ivec2 reflected(ivec2 pixel, ivec2 last) {
    return last - abs(last - abs(pixel));
}

float blurred_mask(ivec2 pixel) {
    ivec2 last = textureSize(mask, 0) - 1;
    float total = 0.0, weights = 0.0;
    for (int y = -blur_reach; y <= blur_reach; ++y) {
        for (int x = -blur_reach; x <= blur_reach; ++x) {
            float weight = exp(-float(x * x + y * y) / (2.0 * BLUR_SIGMA_PX * BLUR_SIGMA_PX));
            total += weight * texelFetch(mask, reflected(pixel + ivec2(x, y), last), 0).r;
            weights += weight;
        }
    }
    return total / weights;
}

void main() {
    ivec2 pixel = ivec2(gl_FragCoord.xy);
    vec4 skin = texelFetch(face, pixel, 0);
    vec4 locks = texelFetch(hair, pixel, 0);
    if (show_depth) skin.rgb = vec3(depth_grey(texelFetch(nearest_m, pixel, 0).r, depth_range_m));
    float front = blurred_mask(pixel);
    float hair_share = front * locks.a;
    float face_share = clamp(skin.a - hair_share, 0.0, 1.0);
    vec3 hair_colour = white_twice
        ? hair_share * (locks.rgb + 1.0 - locks.a)
        : front * locks.rgb;
    premultiplied = vec4(face_share * skin.rgb + hair_colour, face_share + hair_share);
}
