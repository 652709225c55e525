// A Gaussian of clean hair: it fades into the skin over its own depth instead of being cut by it,
// unless it is drawn coarsely.
#include "splat_alpha.glsl"

uniform sampler2D mesh_nearest_m;

flat in vec4 colour_opacity;
noperspective in vec4 offset_depth;

out vec4 premultiplied;

void main() {
    float alpha = splat_alpha(colour_opacity.a, offset_depth.xy);
#ifndef COARSE
    float surface = texelFetch(mesh_nearest_m, ivec2(gl_FragCoord.xy), 0).r;
    float softness = offset_depth.w;
    alpha *= smoothstep(-softness, softness, surface - offset_depth.z);
#endif
    premultiplied = vec4(colour_opacity.rgb * alpha, alpha);
}
