// A square of ground around the avatar.
#include "camera.glsl"

uniform float ground_m;
uniform float half_size_m;

out vec2 ground;

void main() {
    ground = (vec2(gl_VertexID & 1, gl_VertexID >> 1) * 2.0 - 1.0) * half_size_m;
    gl_Position = camera.clip * vec4(ground.x, ground_m, ground.y, 1.0);
}
