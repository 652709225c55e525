#version 330
in vec3 lit_colour;
in vec4 place;
in float cover;
flat in float strand;
layout(location = 0) out vec4 picture;
layout(location = 1) out vec4 truth;

float hashed(vec3 p) {
    p = fract(p * vec3(0.1031, 0.1030, 0.0973));
    p += dot(p, p.yzx + 33.33);
    return fract((p.x + p.y) * p.z);
}

void main() {
    if (cover < 1.0 && hashed(vec3(gl_FragCoord.xy, mod(strand, 991.0))) > cover) discard;
    picture = vec4(lit_colour, 1.0);
    truth = place;
}
