const float FAINTEST = 1.0 / 255.0;
const float OPAQUEST = 0.99;

uniform sampler2D mesh_nearest_m;

flat in vec4 colour_opacity;
noperspective in vec4 offset_depth;

out vec4 premultiplied;

void main() {
    float falloff = exp(-0.5 * dot(offset_depth.xy, offset_depth.xy));
    float alpha = min(OPAQUEST, colour_opacity.a * falloff);
    // Nothing added is nothing seen, and cheaper than a discard on software rasterisers.
    if (alpha < FAINTEST) alpha = 0.0;
    // Fades into the skin over the Gaussian's own depth instead of being cut by it.
    float surface = texelFetch(mesh_nearest_m, ivec2(gl_FragCoord.xy), 0).r;
    float softness = offset_depth.w;
    alpha *= smoothstep(-softness, softness, surface - offset_depth.z);
    premultiplied = vec4(colour_opacity.rgb * alpha, alpha);
}
