// Hair over face over what lies behind the face, premultiplied; blended over the target.
#include "camera.glsl"

uniform sampler2D mesh_colour;   // premultiplied by coverage
uniform sampler2D hair;          // premultiplied
uniform sampler2D nearest_m;
uniform bool show_depth;
uniform vec2 depth_range_m;

out vec4 premultiplied;

// Hair behind the face's edge. The hair image holds only what the face does not hide, so the part
// of an edge pixel that the face leaves free takes its hair from the freest neighbour.
vec4 hair_behind_edge(ivec2 pixel, float coverage) {
    ivec2 last = textureSize(mesh_colour, 0) - 1;
    float freest = coverage;
    ivec2 source = pixel;
    for (int y = -1; y <= 1; ++y) {
        for (int x = -1; x <= 1; ++x) {
            ivec2 neighbour = clamp(pixel + ivec2(x, y), ivec2(0), last);
            float covered = texelFetch(mesh_colour, neighbour, 0).a;
            if (covered < freest) {
                freest = covered;
                source = neighbour;
            }
        }
    }
    return freest < coverage ? texelFetch(hair, source, 0) : vec4(0.0);
}

void main() {
    ivec2 pixel = ivec2(gl_FragCoord.xy);
    vec4 face = texelFetch(mesh_colour, pixel, 0);
    vec4 front = texelFetch(hair, pixel, 0);
    if (show_depth) face.rgb = vec3(face.a * depth_grey(texelFetch(nearest_m, pixel, 0).r, depth_range_m));
    if (face.a > 0.0 && face.a < 1.0) face += (1.0 - face.a) * hair_behind_edge(pixel, face.a);
    premultiplied = front + (1.0 - front.a) * face;
}
