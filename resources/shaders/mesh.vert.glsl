#include "camera.glsl"

uniform float nearer;  // share of the way to the eye, for lines that lie in the surface

in vec3 position;
in vec3 normal;
in vec3 displacement;
in vec2 uv;

// Centroid: at the silhouette the pixel's middle may lie outside the triangle.
centroid out vec2 atlas;
centroid out vec2 texture_uv;
centroid out float metres;  // along the camera's z axis
out vec3 surface_normal;
out vec3 to_eye;
out vec3 displaced;

void main() {
    atlas = uv;
    texture_uv = vec2(uv.x, 1.0 - uv.y);
    metres = (camera.view * vec4(position, 1.0)).z;
    surface_normal = normal;
    to_eye = camera.eye.xyz - position;
    displaced = displacement;
    gl_Position = camera.clip * vec4(position + nearer * to_eye, 1.0);
}
