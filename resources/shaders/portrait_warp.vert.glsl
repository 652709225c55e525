// A warped photograph: where each piece of it has gone.
uniform vec4 shown; // left, top, width, height of what fills the target, pixels of the picture

in vec2 position;
in vec2 place;
in vec4 mouth;
in float layer;
in float cover;

out vec2 place_px;
out vec4 in_mouth;
out float covering;
flat out int part;

void main() {
    place_px = place;
    in_mouth = mouth;
    covering = cover;
    part = int(layer + 0.5);
    vec2 share = (position - shown.xy) / shown.zw;
    gl_Position = vec4(2.0 * share.x - 1.0, 1.0 - 2.0 * share.y, 0.0, 1.0);
}
