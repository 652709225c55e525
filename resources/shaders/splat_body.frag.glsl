// A Gaussian as a solid body of one and a half standard deviations, lit from the eye.
#include "splat_alpha.glsl"

const float BODY = 1.5;

uniform sampler2D mesh_nearest_m;

flat in vec4 colour_opacity;
noperspective in vec4 offset_depth;

out vec4 premultiplied;

void main() {
    float inside = 1.0 - dot(offset_depth.xy, offset_depth.xy) / (BODY * BODY);
    float surface = texelFetch(mesh_nearest_m, ivec2(gl_FragCoord.xy), 0).r;
    float alpha = inside > 0.0 && offset_depth.z < surface ? 1.0 : 0.0;
    premultiplied = vec4(colour_opacity.rgb * mix(0.35, 1.0, sqrt(max(inside, 0.0))) * alpha, alpha);
}
