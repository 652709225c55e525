// A warped photograph: its own pixels.
#include "portrait_picture.glsl"

in vec2 place_px;
in float covering;

out vec4 colour;

void main() {
    colour = vec4(texture(picture, picture_uv(place_px), SHARPER).rgb * covering, covering);
}
