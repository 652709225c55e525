// 1 where hair lies in front of the head, MeGA's mask before it is cleaned.
#include "camera.glsl"

uniform sampler2D head_m;           // NOTHING_M where there is none
uniform sampler2D hair_m;
uniform bool free_unmasked;         // where no head is, nothing can hide hair

out float mask;

void main() {
    ivec2 pixel = ivec2(gl_FragCoord.xy);
    float head = texelFetch(head_m, pixel, 0).r;
    mask = head > texelFetch(hair_m, pixel, 0).r ? 1.0 : 0.0;
    if (free_unmasked && head >= NOTHING_M) mask = 1.0;
}
