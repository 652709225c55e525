// Distance of the nearest solid Gaussian, or of the one after it; the smallest number stays.
#include "camera.glsl"
#include "splat_alpha.glsl"

uniform sampler2D first_m;          // what the pass before this one found
uniform bool is_second;
uniform float gap_m;                // farther behind the first one nothing counts

flat in vec4 colour_opacity;
noperspective in vec4 offset_depth;

out float near_m;

void main() {
    near_m = splat_alpha(colour_opacity.a, offset_depth.xy) > SOLID ? offset_depth.z : NOTHING_M;
    if (is_second) {
        float first = texelFetch(first_m, ivec2(gl_FragCoord.xy), 0).r;
        if (near_m <= first || near_m > first + gap_m) near_m = NOTHING_M;
    }
}
