// A warped photograph: its own pixels, premultiplied where the person was cut out of it.
#include "portrait_picture.glsl"

in vec2 place_px;
in float covering;

out vec4 colour;

void main() {
    colour = texture(picture, picture_uv(place_px), SHARPER) * covering;
}
