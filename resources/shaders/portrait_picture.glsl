// A photograph by pixels, 0 at its top left corner.
uniform sampler2D picture;
uniform vec2 picture_px;

const float SHARPER = -0.5; // mip level: a stretched photograph is blurred enough

// Beyond its borders the picture goes on as its mirror image, which shows no streaks.
vec2 picture_uv(vec2 px) {
    return 1.0 - abs(1.0 - mod(px / picture_px, 2.0));
}
