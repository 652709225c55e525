// A rectangle of a portrait's picture.
uniform vec4 shown; // left, top, width, height of what fills the target, pixels of the picture
uniform vec4 box;   // the same of the rectangle

out vec2 place;

void main() {
    place = vec2(float(gl_VertexID & 1), float(gl_VertexID >> 1));
    vec2 share = (box.xy + place * box.zw - shown.xy) / shown.zw;
    gl_Position = vec4(2.0 * share.x - 1.0, 1.0 - 2.0 * share.y, 0.0, 1.0);
}
