#include "camera.glsl"

in vec3 position;
in vec3 normal;
in vec2 uv;

// Centroid: at the silhouette the pixel's middle may lie outside the triangle.
centroid out vec2 texture_uv;
out vec3 surface_normal;
out vec3 to_eye;

void main() {
    texture_uv = vec2(uv.x, 1.0 - uv.y);  // the texture's first row is its top
    surface_normal = normal;
    to_eye = camera.eye.xyz - position;
    gl_Position = camera.clip * vec4(position, 1.0);
}
