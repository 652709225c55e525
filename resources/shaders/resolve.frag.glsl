// Samples of the mesh to one value a pixel: premultiplied colour, the nearest surface for soft
// hair roots, the farthest as depth, so that the depth test only removes what no sample can show.
#include "camera.glsl"
#include "samples.glsl"

uniform SAMPLES mesh_colour;
uniform SAMPLES mesh_depth;
uniform int sample_count;

layout(location = 0) out vec4 colour;
layout(location = 1) out float nearest_m;

void main() {
    ivec2 pixel = ivec2(gl_FragCoord.xy);
    vec4 total = vec4(0.0);
    float nearest = 1.0;
    float farthest = 0.0;
    for (int index = 0; index < sample_count; ++index) {
        total += texelFetch(mesh_colour, pixel, index);
        float depth = texelFetch(mesh_depth, pixel, index).r;
        nearest = min(nearest, depth);
        farthest = max(farthest, depth);
    }
    colour = total / float(sample_count);
    nearest_m = nearest < 1.0 ? metres_from_window_depth(nearest) : NOTHING_M;
    gl_FragDepth = farthest;
}
