#version 330
// A strand's point, moved sideways so that the strand is a strip that faces the view.
uniform mat4 image_from_head;
uniform mat4 view;
uniform float least_half_width;
uniform float width_scale;
in vec3 position;
in vec3 tangent;
in float half_width;
in float side;

void main() {
    vec4 placed = view * image_from_head * vec4(position, 1.0);
    vec2 along = (mat3(view) * mat3(image_from_head) * tangent).xy;
    float width = max(half_width * width_scale * length(view[0].xyz), least_half_width);
    vec2 across = vec2(-along.y, along.x) / max(length(along), 1e-6);
    gl_Position = placed + vec4(across * side * width, 0.0, 0.0);
}
