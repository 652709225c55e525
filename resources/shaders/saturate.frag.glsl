// Marks pixels whose hair lets nothing more through: written as depth, they stop what follows.
uniform sampler2D hair;

const float SATURATED = 511.0 / 512.0;  // what is left cannot change eight bits of colour

void main() {
    if (texelFetch(hair, ivec2(gl_FragCoord.xy), 0).a < SATURATED) discard;
    gl_FragDepth = 0.0;
}
