// A Gaussian of clean hair: it fades into the skin over its own depth instead of being cut by it.
#include "splat_alpha.glsl"

const float BODY = 1.5;             // radius of an ellipsoid, standard deviations

uniform sampler2D mesh_nearest_m;
uniform bool as_ellipsoids;

flat in vec4 colour_opacity;
noperspective in vec4 offset_depth;

out vec4 premultiplied;

void main() {
    vec3 colour = colour_opacity.rgb;
    float alpha = splat_alpha(colour_opacity.a, offset_depth.xy);
    if (as_ellipsoids) {
        float inside = 1.0 - dot(offset_depth.xy, offset_depth.xy) / (BODY * BODY);
        alpha = inside > 0.0 ? 1.0 : 0.0;
        colour *= mix(0.35, 1.0, sqrt(max(inside, 0.0)));
    }
    float surface = texelFetch(mesh_nearest_m, ivec2(gl_FragCoord.xy), 0).r;
    float softness = offset_depth.w;
    alpha *= smoothstep(-softness, softness, surface - offset_depth.z);
    premultiplied = vec4(colour * alpha, alpha);
}
