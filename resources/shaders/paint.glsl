// Paint on a face; the readable twin is avatar_core/mega/painted.py. Texels lie like those of any
// picture, the top row first.
const float AS_IT_IS = 128.0 / 255.0;   // of a share: nothing changes
const float DARKEST = 1e-4;             // of what paint is shaded by
const float LEAST_SHADE = 0.25, MOST_SHADE = 4.0;

uniform sampler2D paint_colour;         // premultiplied, and how much of the face it covers
uniform sampler2D paint_shares;         // gloss, wrinkles

// A colour of the face under paint, which view and expression shade as they shade the bare face.
//   bare: display colour. basic: the same before they changed it.
vec3 painted(vec3 bare, vec3 basic, vec4 paint) {
    vec3 shade = clamp(bare / max(basic, DARKEST), LEAST_SHADE, MOST_SHADE);
    return (1.0 - paint.a) * bare + shade * paint.rgb;
}
