// A Gaussian as MeGA's rasteriser sees it: whole, unless it lies far behind the first solid one.
#include "camera.glsl"
#include "splat_alpha.glsl"

uniform sampler2D first_m;
uniform float gap_m;

flat in vec4 colour_opacity;
noperspective in vec4 offset_depth;

out vec4 premultiplied;

void main() {
    float alpha = splat_alpha(colour_opacity.a, offset_depth.xy);
    if (offset_depth.z > texelFetch(first_m, ivec2(gl_FragCoord.xy), 0).r + gap_m) alpha = 0.0;
    premultiplied = vec4(colour_opacity.rgb * alpha, alpha);
}
