const float FAINTEST = 1.0 / 255.0;
const float OPAQUEST = 0.99;

uniform sampler2D mesh_nearest_m;

flat in vec4 colour_opacity;
in vec4 offset_depth;

out vec4 premultiplied;

void main() {
    float falloff = exp(-0.5 * dot(offset_depth.xy, offset_depth.xy));
    float alpha = min(OPAQUEST, colour_opacity.a * falloff);
    if (alpha < FAINTEST) discard;
    // Fades into the skin over the Gaussian's own depth instead of being cut by it.
    float surface = texelFetch(mesh_nearest_m, ivec2(gl_FragCoord.xy), 0).r;
    float softness = offset_depth.w;
    alpha *= smoothstep(-softness, softness, surface - offset_depth.z);
    premultiplied = vec4(colour_opacity.rgb * alpha, alpha);
}
