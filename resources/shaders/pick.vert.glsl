#include "camera.glsl"

in vec3 position;

void main() {
    gl_Position = camera.clip * vec4(position, 1.0);
}
