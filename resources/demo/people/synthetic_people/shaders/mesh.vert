#version 330
// A point of the head: placed in image space, then in the view that is drawn (camera or light).
uniform mat4 image_from_head;
uniform mat4 image_from_body;
uniform mat4 view;
in vec3 position;
in vec3 normal;
in vec3 neutral;
in vec2 uv;
in vec4 visibility;
in float on_head;
in float part;
out vec3 image_point;
out vec3 image_normal;
out vec3 neutral_point;
out vec2 atlas;
out vec4 seen;
out float openness;
flat out float material;

void main() {
    mat4 placed = image_from_head * on_head + image_from_body * (1.0 - on_head);
    image_point = (placed * vec4(position, 1.0)).xyz;
    image_normal = mat3(placed) * normal;
    neutral_point = neutral;
    atlas = uv;
    seen = visibility;
    openness = clamp(visibility.x + 0.67 * dot(visibility.yzw, normal), 0.05, 1.0);
    material = part;
    gl_Position = view * vec4(image_point, 1.0);
}
